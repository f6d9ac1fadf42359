//! Which status and kind each operation's refusal becomes. The only place that says 409.
//!
//! One match per operation error, one file per resource.

mod account;
pub mod booking;
mod credential;
mod dependant;
mod once;
mod practitioner;
mod screening;
