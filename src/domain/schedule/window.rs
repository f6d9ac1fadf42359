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
