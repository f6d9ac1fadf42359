//! Searches the directory.
