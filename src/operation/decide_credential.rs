//! Verifies, rejects, suspends, revokes.
