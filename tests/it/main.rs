//! The whole server over HTTP, once per database.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that meets something else than it expects fails"
)]

mod common;

mod account;
mod admin;
mod appointment;
mod architecture;
mod command;
mod concurrency;
mod credential;
mod dependant;
mod directory;
mod doctor;
mod durability;
mod evidence;
mod http;
mod idempotency;
mod import;
mod practice;
mod practitioner;
mod screening;
mod slot;
