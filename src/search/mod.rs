//! The directory in memory: who treats where, near whom, when next.
//!
//! A pure data structure on the first floor. It is filled with listings, told of
//! changes, and answers from what it holds: no row, no file, no clock. What can
//! be booked is decided by the rules of [`slot`](crate::domain::slot), whose answers are kept here; the
//! transaction that books decides again on the rows.
//!
//! * [`index`]: what readers hold and how it changes under them
//! * [`query`], [`cursor`], [`facet`]: what is asked and what comes back
//! * [`find`](index::Index::find): one search, nearest, soonest or by name
//! * `tree`, `entry`, `free`, `record`: where points lie, what is kept of each, how small
//! * [`place`]: the gazetteer, from text to a point on the earth
//!
//! **Invariant:** a reader never waits for a writer for longer than one pointer
//! takes to swap, and sees either all of a change or nothing of it.

mod bits;
mod candidate;
mod cities;
mod code;
pub mod cursor;
mod entry;
pub mod facet;
mod find;
mod free;
mod gather;
mod geo;
mod hours;
pub mod index;
mod pack;
pub mod place;
pub mod query;
mod record;
mod region;
mod text;
mod tree;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod place_table;
#[cfg(test)]
mod sketch;

pub use cursor::{Cursor, CursorError};
pub use facet::Facets;
pub use index::Index;
pub use place::Gazetteer;
pub use query::{Found, Item, Query, Sort};
