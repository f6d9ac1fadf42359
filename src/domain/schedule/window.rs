//! From wall-clock hours to elapsed time.
//!
//! **Invariant:** a window never depends on the stretch that was asked for: asking for more
//! days never moves, shortens or splits one.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

use super::Schedule;
use crate::domain::{
    id::{LocationId, ServiceId},
    period::Period,
};

/// Hours of one date in elapsed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window<'a> {
    /// From resolved start to resolved end.
    pub period: Period,
    /// Where.
    pub location: LocationId,
    /// Only for these services; none means for all.
    pub services: Option<&'a [ServiceId]>,
    /// The date whose hours these are: of the wall-clock start.
    pub date: NaiveDate,
}

impl Window<'_> {
    /// Whether that service is given in it.
    #[must_use]
    pub fn is_for(&self, service: ServiceId) -> bool {
        self.services.is_none_or(|services| services.contains(&service))
    }
}

/// What a wall-clock time comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The instant.
    pub at: DateTime<Utc>,
    /// Whether clocks skip that time: it lies in a gap.
    pub skipped: bool,
}

/// The instant of a wall-clock time (RFC 5545 §3.3.5): of an ambiguous time its first occurrence;
/// a time in a gap is read with the offset in force before the gap. `None` at the ends of the calendar.
#[must_use]
pub fn resolve(zone: Tz, local: NaiveDateTime) -> Option<Resolved> {
    if let Some(at) = zone.from_local_datetime(&local).earliest() {
        return Some(Resolved { at: at.with_timezone(&Utc), skipped: false });
    }
    let (_, before) = GapInfo::new(&local, &zone)?.begin?;
    let at = local.checked_sub_offset(before.fix())?.and_utc();
    Some(Resolved { at, skipped: true })
}

/// The date that a calendar on the wall shows at that instant.
#[must_use]
pub fn local_date(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    let utc = at.naive_utc();
    let offset = zone.offset_from_utc_datetime(&utc).fix();
    // Within a day of the calendar's ends there is no local time; the date in UTC is the nearest there is.
    utc.checked_add_offset(offset).unwrap_or(utc).date()
}

/// The elapsed time from one wall-clock time to another, starting on `date`; `None` if nothing is left of it.
fn elapsed(zone: Tz, date: NaiveDate, start: NaiveTime, end: NaiveTime) -> Option<Period> {
    let end_date = if end <= start { date.succ_opt()? } else { date };
    let start = resolve(zone, date.and_time(start))?;
    let end = resolve(zone, end_date.and_time(end))?;
    // Both read with the offset before the gap, they would make up hours that clocks never showed.
    if start.skipped && end.skipped && end_date == date {
        return None;
    }
    Period::new(start.at, end.at)
}

impl Schedule {
    /// Every window that shares time with `within`, whole, by start and then location.
    ///
    /// Costs as much as the days in `within`, however far they lie from the start of any rule.
    #[must_use]
    pub fn windows(&self, within: Period) -> Vec<Window<'_>> {
        let mut windows: Vec<Window<'_>> = dates_reaching(within)
            .flat_map(|date| self.windows_of(date))
            .filter(|window| window.period.overlaps(within))
            .collect();
        windows.sort_by_key(|window| (window.period, window.location));
        windows
    }

    fn windows_of(&self, date: NaiveDate) -> Vec<Window<'_>> {
        let zone = self.time_zone;
        let window = |start, end, location, services| {
            let period = elapsed(zone, date, start, end)?;
            Some(Window { period, location, services, date })
        };
        if let Some(exception) = self.exception_on(date) {
            let instead = exception.windows.iter();
            return instead.filter_map(|w| window(w.start, w.end, w.location, None)).collect();
        }
        let usual = self.weekly.iter().filter(|hours| hours.occurs_on(date));
        usual.filter_map(|w| window(w.start, w.end, w.location, w.services.as_deref())).collect()
    }
}

/// Every date whose hours may share time with `within`.
///
/// The hours of a date end before two days after its midnight, and no zone is as much as a day from
/// UTC; so a date in UTC, three days back and one ahead is enough, whatever clocks do.
fn dates_reaching(within: Period) -> impl Iterator<Item = NaiveDate> {
    let first = within.start().date_naive();
    let last = within.end().date_naive();
    let first = first.checked_sub_days(Days::new(3)).unwrap_or(NaiveDate::MIN);
    let last = last.succ_opt().unwrap_or(NaiveDate::MAX);
    // `iter_days` ends by itself at the last date there is.
    first.iter_days().take_while(move |date| *date <= last)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::Duration;

    use super::super::sample;
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        let text = if text.len() == 10 { format!("{text}T00:00Z") } else { text.to_owned() };
        let text = text.replace('Z', ":00Z");
        text.parse().expect("an instant")
    }

    fn period(text: &str) -> Period {
        let (start, end) = text.trim().split_once(' ').expect("start end");
        Period::new(instant(start), instant(end.trim())).expect("not empty")
    }

    fn windows_in(zone: &str, hours: &str, within: &str) -> String {
        let schedule = sample::schedule(zone, hours);
        let windows = schedule.windows(period(within));
        let shown = windows.iter().map(|w| {
            let [start, end] = [w.period.start(), w.period.end()].map(|at| at.format("%m-%dT%H:%MZ"));
            format!("{start}/{end}")
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn wall_clock_hours_in_elapsed_time() {
        let table = "
            America/Chicago     | tue 07:30-12:00 | 2026-10-27 2026-11-04 | 10-27T12:30Z/10-27T17:00Z 11-03T13:30Z/11-03T18:00Z
            Asia/Kathmandu      | mon 09:15-10:15 | 2026-06-01 2026-06-02 | 06-01T03:30Z/06-01T04:30Z
            Asia/Kolkata        | mon 09:30-10:30 | 2026-06-01 2026-06-02 | 06-01T04:00Z/06-01T05:00Z
            Pacific/Chatham     | mon 09:00-10:00 | 2026-05-31 2026-06-02 | 05-31T20:15Z/05-31T21:15Z
            Europe/London       | mon 09:00-17:00 | 2026-01-05 2026-01-06 | 01-05T09:00Z/01-05T17:00Z
            Europe/London       | mon 09:00-17:00 | 2026-07-06 2026-07-07 | 07-06T08:00Z/07-06T16:00Z
            America/Los_Angeles | sat 22:00-02:00 | 2026-10-31 2026-11-03 | 11-01T05:00Z/11-01T10:00Z
            America/Los_Angeles | sat 22:00-02:00 | 2026-11-01T09:59Z 2026-11-03 | 11-01T05:00Z/11-01T10:00Z
            America/Los_Angeles | sat 22:00-02:00 | 2026-11-01T10:00Z 2026-11-03 |
            Australia/Lord_Howe | sun 01:45-03:00 | 2026-04-04 2026-04-06 | 04-04T14:45Z/04-04T16:30Z
            America/New_York    | sun 01:30-03:00 | 2026-11-01 2026-11-02 | 11-01T05:30Z/11-01T08:00Z
            America/New_York    | sun 00:00-00:00 | 2026-11-01T06:00Z 2026-11-02 | 11-01T04:00Z/11-02T05:00Z
            America/New_York    | sun 02:15-02:45 | 2026-03-08 2026-03-09 |
            America/New_York    | sun 02:00-03:00 | 2026-03-08 2026-03-09 |
            America/New_York    | sun 02:15-03:30 | 2026-03-08 2026-03-09 | 03-08T07:15Z/03-08T07:30Z
            America/New_York    | sun 01:30-02:30 | 2026-03-08 2026-03-09 | 03-08T06:30Z/03-08T07:30Z
            America/St_Johns    | sun 01:00-04:00 | 2026-03-08 2026-03-09 | 03-08T04:30Z/03-08T06:30Z
            America/St_Johns    | sun 01:00-04:00 | 2026-11-01 2026-11-02 | 11-01T03:30Z/11-01T07:30Z
            Pacific/Apia        | fri 09:00-17:00 | 2011-12-28 2012-01-02 |
            Pacific/Apia        | sat 09:00-17:00 | 2011-12-28 2012-01-02 | 12-30T19:00Z/12-31T03:00Z
            Pacific/Apia        | thu 22:00-02:00 | 2011-12-28 2012-01-02 | 12-30T08:00Z/12-30T12:00Z
            Pacific/Apia        | fri 22:00-02:00 | 2011-12-28 2012-01-02 | ";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [zone, hours, within, windows] = cells[..] else { panic!("four columns: {row}") };
            assert_eq!(windows_in(zone, hours, within), windows, "{row}");
        }
    }

    #[test]
    fn dates_that_count() {
        let table = "
            mon 09:00-10:00 every=2 anchor=2026-01-11           | 2026-01-01 2026-02-10 | 01-05 01-19 02-02
            sun 09:00-10:00 every=2 anchor=2026-01-05           | 2026-01-01 2026-02-10 | 01-11 01-25 02-08
            mon 09:00-10:00 every=2 anchor=2090-01-02           | 2026-01-01 2026-01-31 | 01-12 01-26
            mon 09:00-10:00 from=2026-01-12 until=2026-01-19    | 2026-01-01 2026-02-10 | 01-12 01-19
            mon 09:00-10:00; 2026-01-12 closed; 2026-01-13 09:00-10:00 | 2026-01-05 2026-01-20 | 01-05 01-13 01-19
            mon 09:00-10:00 every=0; tue 09:00-10:00 every=2    | 2026-01-01 2026-02-10 |
            mon 22:00-02:00; 2026-01-13 closed                  | 2026-01-13 2026-01-14 | 01-12";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [hours, within, dates] = cells[..] else { panic!("three columns: {row}") };
            let schedule = sample::schedule("UTC", hours);
            let windows = schedule.windows(period(within));
            let found: Vec<String> = windows.iter().map(|w| w.date.format("%m-%d").to_string()).collect();
            assert_eq!(found.join(" "), dates, "{row}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic() {
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"] {
            let every_day = "mon 00:00-00:00; tue 00:00-00:00; wed 00:00-00:00; thu 00:00-00:00; \
                             fri 00:00-00:00; sat 00:00-00:00; sun 00:00-00:00";
            let schedule = sample::schedule(zone, every_day);
            let week = Duration::days(7);
            for within in [Period::new(first, first + week), Period::new(last - week, last)] {
                assert!(schedule.windows(within.expect("not empty")).len() > 4, "{zone}");
            }
            for at in [first, last] {
                let _ = local_date(schedule.time_zone, at);
            }
            assert_eq!(schedule.windows(period("9999-12-31 9999-12-31T01:00Z")).len(), 1, "{zone}");
        }
    }

    /// A time that clocks show is its first showing; one they skip is read as if they had not changed yet.
    #[test]
    fn resolving_agrees_with_watching_the_clock() {
        let table = "
            America/New_York 2026-03-07 2026-03-10
            America/New_York 2026-10-31 2026-11-03
            Europe/London 2026-03-28 2026-03-31
            Europe/London 2026-10-24 2026-10-27
            Australia/Lord_Howe 2026-04-04 2026-04-07
            Australia/Lord_Howe 2026-10-03 2026-10-06
            America/St_Johns 2026-03-07 2026-03-10
            America/St_Johns 2006-10-28 2006-10-31
            Pacific/Apia 2011-12-28 2012-01-03";
        for row in table.trim().lines() {
            let (zone, days) = row.trim().split_once(' ').expect("zone days");
            let zone: Tz = zone.parse().expect("a zone");
            let days = period(days);
            let mut first_shown: BTreeMap<NaiveDateTime, DateTime<Utc>> = BTreeMap::new();
            let mut at = days.start();
            while at < days.end() {
                first_shown.entry(at.with_timezone(&zone).naive_local()).or_insert(at);
                at += Duration::minutes(1);
            }
            let [mut local, last] =
                [first_shown.keys().next(), first_shown.keys().next_back()].map(|end| *end.expect("shown"));
            let mut expected = days.start();
            while local <= last {
                let resolved = resolve(zone, local).expect("resolved");
                let shown = first_shown.get(&local);
                // Without a change, a minute later on the wall is a minute later.
                expected = shown.copied().unwrap_or(expected);
                assert_eq!(resolved, Resolved { at: expected, skipped: shown.is_none() }, "{zone} {local}");
                expected += Duration::minutes(1);
                local += Duration::minutes(1);
            }
        }
    }
}
