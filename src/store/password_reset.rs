//! Forgotten passwords, waiting for a new one.
