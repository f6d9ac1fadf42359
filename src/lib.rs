//! Stillpoint.
pub mod domain;
pub mod search;
