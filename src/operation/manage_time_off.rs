//! Adds and removes times away.
