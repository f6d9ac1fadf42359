//! Shows, changes and closes an own account.
