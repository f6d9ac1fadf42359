//! Refusals about credentials.
