//! A place that may come onto the page.
//!
//! **Invariant:** candidates sort as their ranks do, and never against their keys.

use std::cmp::Ordering;

use super::{cursor::Rank, entry::Spot};

/// The beginning of a rank as numbers, by which nodes can be compared with places.
pub(super) type Key = (u64, u64);

/// A place that matches.
pub(super) struct Candidate<'a> {
    pub key: Key,
    pub rank: Rank<&'a str>,
    pub spot: &'a Spot,
    pub distance: Option<f64>,
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Candidate<'_> {}
