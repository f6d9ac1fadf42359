//! What is wrong with a schedule, and where.
//!
//! Overlap is judged on the wall clock, because that is what the practitioner wrote: hours that
//! share time only because clocks jump one night are no mistake. Weekly hours must agree among
//! themselves whatever exceptions replace, so that dropping an exception never breaks a schedule.
//!
//! **Invariant:** in a schedule that passes, no two windows share wall-clock time on any date.

use std::{collections::BTreeMap, fmt};

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};

use super::{Schedule, WeeklyHours, week_number};

/// The most weeks that hours may lie apart.
const MOST_WEEKS: u32 = 52;

const DAY: i64 = 24 * 60 * 60;

/// Which entry of a schedule is meant, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// An entry of `weekly`.
    Weekly(usize),
    /// An entry of `exceptions`.
    Exception(usize),
    /// A window of an entry of `exceptions`.
    ExceptionWindow(usize, usize),
}

impl fmt::Display for Spot {
    /// As a JSON pointer (RFC 6901) into the body of the schedule.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly(hours) => write!(f, "/weekly/{hours}"),
            Self::Exception(exception) => write!(f, "/exceptions/{exception}"),
            Self::ExceptionWindow(exception, window) => write!(f, "/exceptions/{exception}/windows/{window}"),
        }
    }
}

/// Which field of an entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Its start.
    Start,
    /// Its end.
    End,
    /// The date of an exception.
    Date,
    /// The last date.
    ValidUntil,
    /// How many weeks apart.
    EveryWeeks,
    /// The week to count from.
    AnchorOn,
}

impl Field {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Date => "date",
            Self::ValidUntil => "valid_until",
            Self::EveryWeeks => "every_weeks",
            Self::AnchorOn => "anchor_on",
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Shares time with that entry.
    #[error("shares time with {0}")]
    Overlap(Spot),
    /// Another exception has the date already.
    #[error("{0} is for the same date")]
    SecondException(Spot),
    /// Not from 1 to 52.
    #[error("must be from 1 to {MOST_WEEKS}")]
    EveryWeeks,
    /// Several weeks apart, but nothing to count from.
    #[error("is needed when every_weeks is more than 1")]
    AnchorMissing,
    /// Ends before it starts.
    #[error("is before valid_from")]
    ValidityReversed,
}

/// One thing that is wrong with a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct ScheduleError {
    /// In which entry.
    pub spot: Spot,
    /// In which of its fields.
    pub field: Field,
    /// What it is.
    pub fault: Fault,
}

impl ScheduleError {
    /// Where it is, as a JSON pointer: `/weekly/1/start`.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("{}/{}", self.spot, self.field.name())
    }
}

impl Schedule {
    /// Finds everything that is wrong, first in `weekly`, then in `exceptions`. A window is told at most
    /// one overlap: weekly hours with an entry before them, a window of an exception with its own
    /// date, the one before or the one after. No hours at all are fine.
    pub fn check(&self) -> Result<(), Vec<ScheduleError>> {
        let mut errors = check_weekly(&self.weekly);
        errors.extend(check_exceptions(self));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Seconds from midnight; the end may lie in the next day.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: i64,
    end: i64,
}

impl Span {
    fn new(start: NaiveTime, end: NaiveTime) -> Self {
        let [start, end] = [start, end].map(|time| i64::from(time.num_seconds_from_midnight()));
        Self { start, end: if end <= start { end + DAY } else { end } }
    }

    /// The same span, seen from a date that lies `days` earlier.
    fn later(self, days: i64) -> Self {
        Self { start: self.start + days * DAY, end: self.end + days * DAY }
    }

    /// The field to change in order to come clear of `other`, if they overlap.
    fn clash(self, other: Self) -> Option<Field> {
        let overlaps = self.start < other.end && other.start < self.end;
        overlaps.then_some(if self.start < other.start { Field::End } else { Field::Start })
    }
}

/// The dates of weekly hours: every `step` days from `phase`, between `first` and `last`.
#[derive(Debug, Clone, Copy)]
struct Dates {
    phase: i64,
    step: i64,
    first: i64,
    last: i64,
}

impl Dates {
    fn of(hours: &WeeklyHours) -> Self {
        let day = |date: NaiveDate| i64::from(date.num_days_from_ce());
        let week = hours.anchor_on.map_or(0, week_number);
        Self {
            phase: week * 7 + 1 + i64::from(hours.weekday.num_days_from_monday()),
            step: i64::from(hours.every_weeks) * 7,
            first: day(hours.valid_from.unwrap_or(NaiveDate::MIN)),
            last: day(hours.valid_until.unwrap_or(NaiveDate::MAX)),
        }
    }

    /// Whether one of these dates lies `days` before one of the others.
    fn meet(&self, others: &Self, days: i64) -> bool {
        if (self.phase + days - others.phase).rem_euclid(7) != 0 {
            return false;
        }
        let first = self.first.max(others.first - days);
        let last = self.last.min(others.last - days);
        let start = first + (self.phase - first).rem_euclid(self.step);
        // Both steps are whole weeks: the pattern of the two repeats after others.step / 7 of ours.
        (0..others.step / 7)
            .map(|turn| start + turn * self.step)
            .take_while(|date| *date <= last)
            .any(|date| (date + days - others.phase).rem_euclid(others.step) == 0)
    }
}

fn check_weekly(weekly: &[WeeklyHours]) -> Vec<ScheduleError> {
    let mut errors = Vec::new();
    let mut sound: Vec<(Spot, Span, Dates)> = Vec::new();
    for (index, hours) in weekly.iter().enumerate() {
        let spot = Spot::Weekly(index);
        let faults = faults_of(hours);
        if faults.is_empty() {
            let (span, dates) = (Span::new(hours.start, hours.end), Dates::of(hours));
            let clash = sound.iter().find_map(|(other, their_span, their_dates)| {
                let clash = |days| {
                    let field = span.clash(their_span.later(days))?;
                    dates.meet(their_dates, days).then_some(field)
                };
                (-1..=1).find_map(clash).map(|field| (field, Fault::Overlap(*other)))
            });
            errors.extend(clash.map(|(field, fault)| ScheduleError { spot, field, fault }));
            sound.push((spot, span, dates));
        }
        errors.extend(faults.into_iter().map(|(field, fault)| ScheduleError { spot, field, fault }));
    }
    errors
}

fn faults_of(hours: &WeeklyHours) -> Vec<(Field, Fault)> {
    let mut faults = Vec::new();
    if !(1..=MOST_WEEKS).contains(&hours.every_weeks) {
        faults.push((Field::EveryWeeks, Fault::EveryWeeks));
    }
    if hours.every_weeks > 1 && hours.anchor_on.is_none() {
        faults.push((Field::AnchorOn, Fault::AnchorMissing));
    }
    if matches!((hours.valid_from, hours.valid_until), (Some(first), Some(last)) if last < first) {
        faults.push((Field::ValidUntil, Fault::ValidityReversed));
    }
    faults
}

fn check_exceptions(schedule: &Schedule) -> Vec<ScheduleError> {
    let mut errors = Vec::new();
    let mut by_date: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    for (index, exception) in schedule.exceptions.iter().enumerate() {
        let first = *by_date.entry(exception.date).or_insert(index);
        if first != index {
            let fault = Fault::SecondException(Spot::Exception(first));
            errors.push(ScheduleError { spot: Spot::Exception(index), field: Field::Date, fault });
        }
    }
    let dated = Dated { schedule, by_date };
    for (date, index) in &dated.by_date {
        let around = dated.around(*date);
        let own = dated.spans_of(*index);
        for (nth, (spot, span)) in own.iter().enumerate() {
            let others = own.iter().take(nth).chain(&around);
            let clash = others
                .into_iter()
                .find_map(|(other, theirs)| span.clash(*theirs).map(|field| (field, Fault::Overlap(*other))));
            errors.extend(clash.map(|(field, fault)| ScheduleError { spot: *spot, field, fault }));
        }
    }
    errors
}

/// A schedule with its exceptions by date, the first of each date.
struct Dated<'a> {
    schedule: &'a Schedule,
    by_date: BTreeMap<NaiveDate, usize>,
}

impl Dated<'_> {
    fn spans_of(&self, exception: usize) -> Vec<(Spot, Span)> {
        let windows = self.schedule.exceptions.get(exception).into_iter().flat_map(|e| e.windows.iter());
        windows
            .enumerate()
            .map(|(nth, w)| (Spot::ExceptionWindow(exception, nth), Span::new(w.start, w.end)))
            .collect()
    }

    /// What stands on the dates before and after, seen from `date`. Of two exceptions side by side
    /// only the later looks back, so that their overlap is told once.
    fn around(&self, date: NaiveDate) -> Vec<(Spot, Span)> {
        let mut around = Vec::new();
        for (neighbour, days) in [(date.pred_opt(), -1), (date.succ_opt(), 1)] {
            let Some(neighbour) = neighbour else { continue };
            let spans = match self.by_date.get(&neighbour) {
                Some(exception) if days < 0 => self.spans_of(*exception),
                Some(_) => Vec::new(),
                None => self.weekly_on(neighbour),
            };
            around.extend(spans.into_iter().map(|(spot, span)| (spot, span.later(days))));
        }
        around
    }

    fn weekly_on(&self, date: NaiveDate) -> Vec<(Spot, Span)> {
        let weekly = self.schedule.weekly.iter().enumerate();
        weekly
            .filter(|(_, hours)| hours.occurs_on(date))
            .map(|(index, hours)| (Spot::Weekly(index), Span::new(hours.start, hours.end)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    fn problems(text: &str) -> String {
        let Err(errors) = sample::schedule("America/New_York", text).check() else { return String::new() };
        let told: Vec<String> = errors.iter().map(|e| format!("{} {e}", e.pointer())).collect();
        told.join("; ")
    }

    #[test]
    fn overlaps_are_told_where_they_are() {
        let table = "
                                                                   |
            mon 09:00-12:00; mon 12:00-17:00                       |
            mon 09:00-12:00; mon 11:59-17:00                       | /weekly/1/start shares time with /weekly/0
            mon 11:00-17:00; mon 09:00-12:00                       | /weekly/1/end shares time with /weekly/0
            mon 09:00-12:00 at=1; mon 10:00-11:00 at=2             | /weekly/1/start shares time with /weekly/0
            mon 09:00-12:00 for=1; mon 10:00-11:00 for=2           | /weekly/1/start shares time with /weekly/0
            mon 22:00-02:00; tue 01:00-03:00                       | /weekly/1/start shares time with /weekly/0
            mon 22:00-02:00; tue 02:00-03:00                       |
            sun 22:00-02:00; mon 01:00-03:00                       | /weekly/1/start shares time with /weekly/0
            mon 01:00-03:00; sun 22:00-02:00                       | /weekly/1/end shares time with /weekly/0
            mon 00:00-00:00; tue 00:00-00:00                       |
            mon 00:01-00:01; tue 00:00-01:00                       | /weekly/1/start shares time with /weekly/0
            mon 09:00-10:00; tue 09:00-10:00; mon 09:00-10:00; tue 09:30-09:40 | /weekly/2/start shares time with /weekly/0; /weekly/3/start shares time with /weekly/1";
        check_rows(table);
    }

    #[test]
    fn phases_and_validity_keep_windows_apart() {
        let table = "
            mon 09:00-12:00 every=2 anchor=2026-01-05; mon 09:00-12:00 every=2 anchor=2026-01-12 |
            mon 09:00-12:00 every=2 anchor=2026-01-05; mon 09:00-12:00 every=2 anchor=2026-01-25 | /weekly/1/start shares time with /weekly/0
            mon 09:00-12:00 every=2 anchor=2026-01-05; mon 09:00-12:00 every=3 anchor=2026-01-12 | /weekly/1/start shares time with /weekly/0
            mon 09:00-12:00 every=2 anchor=2026-01-05; mon 09:00-12:00 every=4 anchor=2026-01-12 |
            mon 09:00-12:00 every=2 anchor=2026-01-05; mon 09:00-12:00                           | /weekly/1/start shares time with /weekly/0
            sun 22:00-02:00 every=2 anchor=2026-01-05; mon 01:00-02:00 every=2 anchor=2026-01-05 |
            sun 22:00-02:00 every=2 anchor=2026-01-05; mon 01:00-02:00 every=2 anchor=2026-01-12 | /weekly/1/start shares time with /weekly/0
            mon 09:00-12:00 until=2026-01-31; mon 09:00-12:00 from=2026-02-01                    |
            mon 09:00-12:00 until=2026-02-02; mon 09:00-12:00 from=2026-02-02                    | /weekly/1/start shares time with /weekly/0
            mon 09:00-12:00 until=2026-02-01; mon 09:00-12:00 from=2026-01-27                    |
            mon 22:00-02:00 until=2026-02-02; tue 01:00-03:00 from=2026-02-03                    | /weekly/1/start shares time with /weekly/0
            mon 22:00-02:00 until=2026-02-01; tue 01:00-03:00 from=2026-02-03                    |
            mon 09:00-12:00 every=51 anchor=2026-01-05; mon 09:00-12:00 every=52 anchor=2026-01-12 until=2026-12-31 from=2026-01-01 |
            mon 09:00-12:00 every=51 anchor=2026-01-05; mon 09:00-12:00 every=52 anchor=2026-01-12 | /weekly/1/start shares time with /weekly/0";
        check_rows(table);
    }

    #[test]
    fn exceptions_meet_their_neighbours() {
        let table = "
            mon 09:00-12:00; 2026-11-02 10:00-11:00                       |
            2026-11-02 09:00-12:00,11:00-13:00                            | /exceptions/0/windows/1/start shares time with /exceptions/0/windows/0
            sun 22:00-02:00; 2026-11-02 01:00-03:00                       | /exceptions/0/windows/0/start shares time with /weekly/0
            sun 22:00-02:00; 2026-11-01 closed; 2026-11-02 01:00-03:00    |
            sun 22:00-02:00 until=2026-10-31; 2026-11-02 01:00-03:00      |
            tue 01:00-03:00; 2026-11-02 22:00-02:00                       | /exceptions/0/windows/0/end shares time with /weekly/0
            tue 01:00-03:00; 2026-11-02 22:00-02:00; 2026-11-03 closed    |
            2026-11-02 22:00-02:00; 2026-11-03 01:00-03:00                | /exceptions/1/windows/0/start shares time with /exceptions/0/windows/0
            2026-11-03 01:00-03:00; 2026-11-02 22:00-02:00                | /exceptions/0/windows/0/start shares time with /exceptions/1/windows/0
            2026-11-02 closed; 2026-11-02 09:00-10:00                     | /exceptions/1/date /exceptions/0 is for the same date";
        check_rows(table);
    }

    #[test]
    fn rules_that_cannot_be_counted() {
        let table = "
            mon 09:00-12:00 every=0                                    | /weekly/0/every_weeks must be from 1 to 52
            mon 09:00-12:00 every=53 anchor=2026-01-05                 | /weekly/0/every_weeks must be from 1 to 52
            mon 09:00-12:00 every=52 anchor=2026-01-05                 |
            mon 09:00-12:00 every=2                                    | /weekly/0/anchor_on is needed when every_weeks is more than 1
            mon 09:00-12:00 from=2026-02-02 until=2026-02-01           | /weekly/0/valid_until is before valid_from
            mon 09:00-12:00 from=2026-02-02 until=2026-02-02           |";
        check_rows(table);
    }

    fn check_rows(table: &str) {
        for row in table.trim_start_matches('\n').lines() {
            let (text, told) = row.split_once('|').expect("schedule | problems");
            assert_eq!(problems(text), told.trim(), "{row}");
        }
    }
}
