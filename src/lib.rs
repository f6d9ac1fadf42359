//! Stillpoint.
pub mod domain;
pub mod secret;
