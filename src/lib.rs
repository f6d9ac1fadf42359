//! Stillpoint: a practitioner directory and appointment booking for craniosacral therapy.
//!
//! Four things never happen: a double booking, a lost confirmed booking, a booking without a valid
//! screening, a booking with somebody whose licence does not cover that day and place.
//!
//! # The map
//!
//! Floors outside, resources inside: few modules on five floors, and on each floor files carry the
//! resource's name. No floor imports a higher one; a test holds that.
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 0 | [`domain`] | what the words mean and which rules hold between them; pure |
//! | 1 | [`store`] | rows on SQLite or PostgreSQL; the only floor that names diesel |
//! | 1 | [`search`] | the directory and the gazetteer in memory; a pure data structure |
//! | 1 | [`secret`] | hashing, tokens, second factors, sealing; the only floor that names crypto |
//! | 1 | [`config`] | what can be set, each value parsed once |
//! | 2 | [`operation`] | decides; one file per thing a person does |
//! | 2 | [`import`] | files in, rows out, what was refused reported |
//! | 2 | [`delivery`] | the outbox and its worker: mail |
//! | 3 | [`web`] | HTTP; the only floor that names actix-web |
//! | 4 | [`command`] | the command line |
//!
//! # One booking, from route to row
//!
//! 1. [`web::api::appointment`]: one line in the table of routes; the handler parses and calls.
//! 2. [`operation::App::write`]: one transaction with one `now`.
//! 3. [`operation::book`]: tells the story; each "no" is a variant of its error.
//! 4. [`operation::offered`] asks [`domain::slot::Offer`], the same function that lists slots, and
//!    [`domain::practitioner::Standing`], the one rule of eligibility.
//! 5. [`store::busy_time`]: the row whose constraints refuse what slipped between check and insert.
//! 6. [`web::answer`]: under an `Idempotency-Key` the answer is a row of the same transaction.
//! 7. Commit; then [`operation::directory`] reads the practitioner afresh into the index.
//! 8. [`web::refusal`] says which refusal is 409.
//!
//! # What is deliberately absent
//!
//! - No module but [`store::dialect`] knows that there are two databases.
//! - Nothing below the edge asks for the time or for randomness by itself.
//! - Public search never touches the database, and nothing about the searcher is kept.
//! - No health data reaches the store unsealed, and none reaches a log, a mail or a URL.
//! - There is no stored "expired": it follows from the date. There is no stored slot: it is computed.
//!
//! # Where building departed from the first plan
//!
//! - Bookings and holds claim their time in one table of their own, [`store::busy_time`], because an
//!   exclusion constraint sees one table only and each must refuse the other.
//! - Hours are one row a practitioner, read and written whole, so that listing slots takes the same
//!   number of queries whatever the hours look like.
//! - The index is told which practitioner changed, not what: it reads the rows again after the commit,
//!   so that two changes heard in the wrong order still end in the right picture.

pub mod command;
pub mod config;
pub mod delivery;
pub mod domain;
pub mod import;
pub mod operation;
pub mod search;
pub mod secret;
pub mod store;
pub mod web;
