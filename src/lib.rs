//! Stillpoint.
pub mod domain;
pub mod store;
