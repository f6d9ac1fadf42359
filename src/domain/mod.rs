//! Floor 0: what the words mean and which rules hold between them.
//!
//! Everything here is pure: no input or output, no clock, no randomness, no
//! database, no HTTP. Time and random bytes arrive as arguments, so every rule
//! can be tested by a table.
//!
//! **Invariant:** a value of a domain type has passed its own check; text from
//! outside becomes one exactly once, in a constructor that can say no.

pub mod account;
pub mod appointment;
pub mod attention;
pub mod calendar;
pub mod change;
pub mod credential;
pub mod dependant;
pub mod document;
pub mod estimate;
pub mod guidance;
pub mod id;
pub mod listing;
pub mod location;
pub mod mail;
pub mod npi;
pub mod period;
pub mod place;
pub mod practitioner;
pub mod schedule;
pub mod screening;
pub mod series;
pub mod service;
pub mod slot;
pub mod text;
pub mod waitlist;
