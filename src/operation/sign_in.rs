//! Opens a session.
