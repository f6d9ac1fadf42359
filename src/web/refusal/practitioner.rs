//! Refusals about practitioners.
