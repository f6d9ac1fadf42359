//! Checks the invariants on live data.
