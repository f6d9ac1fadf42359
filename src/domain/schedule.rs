//! Weekly hours and exceptions, and what they come to in elapsed time.
//!
//! A schedule is kept as people say it: wall-clock times in one zone. [`Schedule::windows`]
//! turns the days asked for into elapsed time, [`Schedule::check`] says what is wrong with one.
//!
//! **Invariant:** a wall-clock time becomes an instant in one place, [`resolve`]
//! (RFC 5545 §3.3.5), with the offset of its own date and never of another day.

mod check;
#[cfg(test)]
pub(crate) mod sample;
mod window;

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use self::{
    check::{Fault, Field, ScheduleError, Spot},
    window::{Resolved, Window, local_date, resolve},
};
use super::id::{LocationId, ServiceId};

/// Hours that return every week, or every few weeks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyHours {
    /// Day on which the window starts.
    pub weekday: Weekday,
    /// Wall-clock start in the schedule's zone.
    pub start: NaiveTime,
    /// Wall-clock end; at or before `start` means the next day.
    pub end: NaiveTime,
    /// Where.
    pub location: LocationId,
    /// Only for these services; none means for all.
    pub services: Option<Vec<ServiceId>>,
    /// First date on which it counts, inclusive.
    pub valid_from: Option<NaiveDate>,
    /// Last date on which it counts, inclusive.
    pub valid_until: Option<NaiveDate>,
    /// Every how many weeks; 1 is every week.
    pub every_weeks: u32,
    /// A date in a week that counts; needed when `every_weeks` is more than 1.
    pub anchor_on: Option<NaiveDate>,
}

impl WeeklyHours {
    /// Whether a window starts on that date, exceptions aside.
    ///
    /// Weeks begin on Monday and count from the week of `anchor_on`, backwards too. Where the
    /// counting is not defined (0 weeks, or no anchor for several) no date counts.
    #[must_use]
    pub fn occurs_on(&self, date: NaiveDate) -> bool {
        self.weekday == date.weekday()
            && self.valid_from.is_none_or(|first| first <= date)
            && self.valid_until.is_none_or(|last| date <= last)
            && self.counts_in_week_of(date)
    }

    fn counts_in_week_of(&self, date: NaiveDate) -> bool {
        match (self.every_weeks, self.anchor_on) {
            (1, _) => true,
            (2.., Some(anchor)) => {
                (week_number(date) - week_number(anchor)).rem_euclid(i64::from(self.every_weeks)) == 0
            }
            _ => false,
        }
    }
}

/// Weeks from Monday to Sunday, numbered without a break. Day 1 of the common era was a Monday.
fn week_number(date: NaiveDate) -> i64 {
    (i64::from(date.num_days_from_ce()) - 1).div_euclid(7)
}

/// One window of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateWindow {
    /// Wall-clock start.
    pub start: NaiveTime,
    /// Wall-clock end; at or before `start` means the next day.
    pub end: NaiveTime,
    /// Where.
    pub location: LocationId,
}

/// A date that does not follow the week: it has these windows instead; none means closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateException {
    /// The date on which windows would start.
    pub date: NaiveDate,
    /// What holds instead; empty means closed.
    pub windows: Vec<DateWindow>,
}

/// When a practitioner works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The zone of every wall-clock time in it.
    pub time_zone: Tz,
    /// What returns.
    pub weekly: Vec<WeeklyHours>,
    /// What does not follow the week; at most one a date.
    pub exceptions: Vec<DateException>,
}

impl Schedule {
    /// The exception that replaces that date, if there is one.
    #[must_use]
    pub fn exception_on(&self, date: NaiveDate) -> Option<&DateException> {
        self.exceptions.iter().find(|exception| exception.date == date)
    }

    /// Whether an exception closes that date.
    #[must_use]
    pub fn is_closed_on(&self, date: NaiveDate) -> bool {
        self.exception_on(date).is_some_and(|exception| exception.windows.is_empty())
    }

    /// Whether there are no hours at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places().next().is_none()
    }

    /// Whether some hours are at that place.
    #[must_use]
    pub fn names(&self, location: LocationId) -> bool {
        self.places().any(|place| place == location)
    }

    /// Where each of the hours is, weekly ones first.
    fn places(&self) -> impl Iterator<Item = LocationId> {
        let dated = self.exceptions.iter().flat_map(|exception| &exception.windows);
        self.weekly.iter().map(|hours| hours.location).chain(dated.map(|window| window.location))
    }
}
