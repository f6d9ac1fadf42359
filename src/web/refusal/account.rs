//! Refusals about accounts.
