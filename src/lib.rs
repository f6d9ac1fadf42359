//! Stillpoint.
pub mod domain;
