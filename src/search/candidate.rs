//! A place that may come onto the page.
//!
//! Most places are told apart by numbers that lie beside them; names and identities, which lie
//! elsewhere in memory, are looked at only where those are equal.
//!
//! **Invariant:** candidates sort as their ranks do, and never against their keys.

use std::cmp::Ordering;

use super::{cursor::Rank, entry::Spot, query::Sort};

/// The beginning of a rank as numbers, by which nodes can be compared with places.
pub(super) type Key = (u64, u64);

/// A place that matches.
pub(super) struct Candidate<'a> {
    pub key: Key,
    pub sort: Sort,
    pub spot: &'a Spot,
    pub distance: Option<f64>,
}

impl<'a> Candidate<'a> {
    /// Its whole rank.
    pub fn rank(&self) -> Option<Rank<&'a str>> {
        let head = self.spot.entry.head()?;
        let (practitioner, location) = (self.spot.entry.id, head.location(self.spot.nth.into())?);
        let nothing = Rank { soonest: 0, distance: 0, family: "", given: "", practitioner, location };
        Some(match self.sort {
            Sort::Distance => Rank { distance: self.key.1, ..nothing },
            Sort::Soonest => Rank { soonest: self.key.0.cast_signed(), distance: self.key.1, ..nothing },
            Sort::Name => Rank { family: head.family, given: head.given, ..nothing },
        })
    }

    /// Whether it comes after what has that key and that rank.
    pub fn is_after(&self, key: Key, rank: &Rank<&str>) -> bool {
        match self.key.cmp(&key) {
            Ordering::Equal => self.rank().is_some_and(|own| own > *rank),
            order => order.is_gt(),
        }
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key).then_with(|| self.rank().cmp(&other.rank()))
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}
