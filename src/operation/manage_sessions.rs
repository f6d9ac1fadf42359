//! Lists and ends sessions.
