//! Decisions on credentials.
