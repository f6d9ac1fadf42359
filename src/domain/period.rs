//! A stretch of time: half-open, never empty.
//!
//! `[start, end)`: 10:00–11:00 and 11:00–12:00 touch and do not overlap.
//!
//! **Invariant:** `start < end`; no function here returns an empty period.

use chrono::{DateTime, Duration, Utc};

/// A half-open stretch of time that is never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Period {
    /// From `start` (included) to `end` (excluded); `None` if that would be empty.
    #[must_use]
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// First instant inside.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        self.start
    }

    /// First instant after it.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        self.end
    }

    /// Elapsed time from start to end.
    #[must_use]
    pub fn duration(self) -> Duration {
        self.end - self.start
    }

    /// Whether the two share an instant.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether all of `other` lies inside.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the instant lies inside.
    #[must_use]
    pub fn holds(self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }
}
