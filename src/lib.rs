//! Stillpoint: a practitioner directory and appointment booking for craniosacral therapy.

pub mod domain;
pub mod search;
pub mod secret;
pub mod store;
// Decides.
pub mod command;
pub mod config;
pub mod delivery;
pub mod import;
pub mod operation;
pub mod web;
