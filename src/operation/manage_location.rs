//! Adds, changes and removes places.
