//! Passwords that everybody knows.
