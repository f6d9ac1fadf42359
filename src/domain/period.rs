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

    /// What the two share; `None` if they only touch or lie apart.
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// The same time as few periods as possible: sorted, apart from each other, touching ones joined.
#[must_use]
pub fn merge(periods: &[Period]) -> Vec<Period> {
    let mut sorted = periods.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<Period> = Vec::with_capacity(sorted.len());
    for period in sorted {
        match merged.last_mut() {
            Some(last) if period.start <= last.end => last.end = last.end.max(period.end),
            _ => merged.push(period),
        }
    }
    merged
}

/// What is left of `open` without `busy`, merged. Both may come in any order and overlap themselves.
#[must_use]
pub fn subtract(open: &[Period], busy: &[Period]) -> Vec<Period> {
    let busy = merge(busy);
    let mut left = Vec::new();
    for period in merge(open) {
        let first = busy.partition_point(|taken| taken.end <= period.start);
        let mut from = period.start;
        for taken in busy.iter().skip(first).take_while(|taken| taken.start < period.end) {
            left.extend(Period::new(from, taken.start));
            from = taken.end;
        }
        left.extend(Period::new(from, period.end));
    }
    left
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn minute(minute: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 2, 0, 0, 0).unwrap() + Duration::minutes(minute)
    }

    /// `9:00-12:00 13:00-14:30` on one day.
    fn periods_of(text: &str) -> Vec<Period> {
        let time = |text: &str| {
            let (hours, minutes) = text.split_once(':').expect("H:MM");
            minute(hours.parse::<i64>().expect("hours") * 60 + minutes.parse::<i64>().expect("minutes"))
        };
        let period = |text: &str| {
            let (start, end) = text.split_once('-').expect("start-end");
            Period::new(time(start), time(end)).expect("not empty")
        };
        text.split_whitespace().map(period).collect()
    }

    fn cells<const N: usize>(row: &str) -> [&str; N] {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        cells.try_into().expect("as many cells as the table has columns")
    }

    fn covers(periods: &[Period], at: DateTime<Utc>) -> bool {
        periods.iter().any(|period| period.holds(at))
    }

    #[test]
    fn sharing_time() {
        let table = "
            9:00-12:00  | 10:00-11:00 | 10:00-11:00
            9:00-12:00  | 11:00-13:00 | 11:00-12:00
            9:00-12:00  | 12:00-13:00 |
            9:00-12:00  | 13:00-14:00 |
            9:00-12:00  | 9:00-12:00  | 9:00-12:00";
        for row in table.trim().lines() {
            let [a, b, shared] = cells(row).map(periods_of);
            let found: Vec<Period> = a[0].intersect(b[0]).into_iter().collect();
            assert_eq!(found, shared, "a | b | shared: {row}");
            assert_eq!(a[0].overlaps(b[0]), !shared.is_empty(), "{row}");
        }
    }

    #[test]
    fn merging_joins_what_touches() {
        let table = "
            9:00-10:00 10:00-11:00            | 9:00-11:00
            11:00-12:00 9:00-10:00            | 9:00-10:00 11:00-12:00
            9:00-12:00 10:00-11:00            | 9:00-12:00
            9:00-10:00 9:00-10:00 9:30-9:45   | 9:00-10:00
                                              | ";
        for row in table.trim_start_matches('\n').lines() {
            let [periods, merged] = cells(row).map(periods_of);
            assert_eq!(merge(&periods), merged, "periods | merged: {row}");
        }
    }

    #[test]
    fn subtracting_busy_time() {
        let table = "
            9:00-12:00             |                        | 9:00-12:00
            9:00-12:00             | 10:00-10:30            | 9:00-10:00 10:30-12:00
            9:00-12:00             | 8:00-9:30 11:30-13:00  | 9:30-11:30
            9:00-12:00             | 12:00-13:00            | 9:00-12:00
            9:00-12:00             | 8:00-13:00             |
            9:00-12:00             | 9:00-10:00 10:00-12:00 |
            9:00-10:00 10:00-11:00 | 12:00-13:00            | 9:00-11:00
            9:00-10:00 11:00-12:00 | 9:30-11:30             | 9:00-9:30 11:30-12:00";
        for row in table.trim().lines() {
            let [open, busy, left] = cells(row).map(periods_of);
            assert_eq!(subtract(&open, &busy), left, "open | busy | left: {row}");
        }
    }

    fn periods() -> impl Strategy<Value = Vec<Period>> {
        let period = (0..180_i64, 1..40_i64).prop_map(|(start, length)| {
            Period::new(minute(start), minute(start + length)).expect("not empty")
        });
        prop::collection::vec(period, 0..8)
    }

    proptest! {
        /// A minute is left exactly when it was open and is not busy.
        #[test]
        fn subtract_keeps_open_minutes(open in periods(), busy in periods()) {
            let left = subtract(&open, &busy);
            for at in (-1..230).map(minute) {
                prop_assert_eq!(covers(&left, at), covers(&open, at) && !covers(&busy, at));
            }
            prop_assert_eq!(merge(&left), left);
        }

        /// Merging changes no minute, leaves a gap between neighbours, and is done after once.
        #[test]
        fn merge_keeps_every_minute(periods in periods()) {
            let merged = merge(&periods);
            for at in (-1..230).map(minute) {
                prop_assert_eq!(covers(&merged, at), covers(&periods, at));
            }
            prop_assert!(merged.windows(2).all(|pair| pair[0].end < pair[1].start));
        }

        /// A minute is shared exactly when both hold it.
        #[test]
        fn intersect_keeps_shared_minutes(a in periods(), b in periods()) {
            for (a, b) in a.into_iter().zip(b) {
                let shared = a.intersect(b);
                for at in (-1..230).map(minute) {
                    prop_assert_eq!(shared.is_some_and(|s| s.holds(at)), a.holds(at) && b.holds(at));
                }
            }
        }
    }
}
