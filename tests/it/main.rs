//! The whole server over HTTP, once per database.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that meets something else than it expects fails"
)]

mod common;

mod access;
mod account;
mod admin;
mod appointment;
mod architecture;
mod booking_terms;
mod calendar;
mod command;
mod concurrency;
mod credential;
mod dependant;
mod directory;
mod doctor;
mod durability;
mod estimate;
mod evidence;
mod http;
mod idempotency;
mod import;
mod model;
mod practice;
mod practitioner;
mod race;
mod recall;
mod screening;
mod series;
mod slot;
mod waitlist;
