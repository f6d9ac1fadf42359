//! Publishes the next list.
