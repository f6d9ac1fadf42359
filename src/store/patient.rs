//! The people treated.
