//! Weekly hours and exceptions, and what they come to in elapsed time.

use chrono::{NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

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
