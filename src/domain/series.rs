//! Visits that return every few weeks, and when they begin.
//!
//! **Invariant:** every visit begins at the same time on the wall of the
//! practice; what the clocks do between is resolved as it is for hours.

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;

use super::{
    id::{PatientId, PractitionerId, SeriesId},
    schedule::resolve,
};

/// Fewest visits of a series.
pub const FEWEST: u32 = 2;
/// Most visits of a series.
pub const MOST: u32 = 12;
/// Most weeks from one visit to the next.
pub const MOST_WEEKS: u32 = 12;

/// Bookings made together. Which ones it consists of stands with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// Its identity.
    pub id: SeriesId,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Who is treated.
    pub patient: PatientId,
    /// How many weeks lie between two visits.
    pub every_weeks: u32,
    /// When it was booked.
    pub created_at: DateTime<Utc>,
}

/// How often visits return, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// How many weeks lie between two visits, 1 to [`MOST_WEEKS`].
    pub every_weeks: u32,
    /// How many visits, [`FEWEST`] to [`MOST`].
    pub count: u32,
}

impl Rhythm {
    /// When the visits begin, the first of them at `first`; fewer where the calendar ends.
    #[must_use]
    pub fn starts(self, zone: Tz, first: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let local = first.with_timezone(&zone).naive_local();
        let later = (1..self.count).map_while(|n| {
            let days = Days::new(u64::from(n) * u64::from(self.every_weeks) * 7);
            Some(resolve(zone, local.checked_add_days(days)?)?.at)
        });
        std::iter::once(first).chain(later).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_keep_the_time_on_the_wall() {
        let table = "
            America/Los_Angeles | 1 3 | 2026-10-21T16:00Z | 10-21T16:00 10-28T16:00 11-04T17:00
            America/Los_Angeles | 2 3 | 2027-03-01T17:00Z | 03-01T17:00 03-15T16:00 03-29T16:00
            America/New_York    | 1 2 | 2027-03-07T07:30Z | 03-07T07:30 03-14T07:30
            America/New_York    | 1 3 | 2026-10-25T05:30Z | 10-25T05:30 11-01T05:30 11-08T06:30
            America/New_York    | 1 2 | 2026-11-01T06:30Z | 11-01T06:30 11-08T06:30
            Australia/Lord_Howe | 4 2 | 2026-09-10T23:00Z | 09-10T23:00 10-08T22:30
            Asia/Kolkata        | 12 2 | 2026-12-28T04:00Z | 12-28T04:00 03-22T04:00";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [zone, rhythm, first, starts] = cells[..] else { panic!("four columns: {row}") };
            let (weeks, count) = rhythm.split_once(' ').expect("weeks count");
            let rhythm = Rhythm { every_weeks: weeks.parse().unwrap(), count: count.parse().unwrap() };
            let first = first.replace('Z', ":00Z").parse().expect("an instant");
            let found = rhythm.starts(zone.parse().expect("a zone"), first);
            let found: Vec<String> = found.iter().map(|at| at.format("%m-%dT%H:%M").to_string()).collect();
            assert_eq!(found.join(" "), starts, "{row}");
        }
    }

    #[test]
    fn a_series_ends_with_the_calendar() {
        let rhythm = Rhythm { every_weeks: MOST_WEEKS, count: MOST };
        let last = DateTime::<Utc>::MAX_UTC - chrono::Duration::days(100);
        assert!(rhythm.starts(chrono_tz::UTC, last).len() <= 2);
    }
}
