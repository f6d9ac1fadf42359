//! Refusals about screenings.
