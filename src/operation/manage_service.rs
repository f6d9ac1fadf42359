//! Adds, changes and removes services.
