//! Hands in and changes credentials.
