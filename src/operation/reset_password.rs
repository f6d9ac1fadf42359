//! Replaces a forgotten password.
