//! The whole server over HTTP, once per database.

mod common;

mod account;
mod admin;
mod appointment;
mod architecture;
mod command;
mod credential;
mod directory;
mod doctor;
mod http;
mod import;
mod practitioner;
mod screening;
mod slot;
