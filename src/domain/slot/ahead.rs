//! The free starts of a long stretch at once, for whoever keeps them.
//!
//! [`Offer::slots`](super::Offer::slots) puts every rule to every start. Here each claim and each time away is
//! turned into the starts it forbids, and every window is cut by them: what is left of a day is a
//! few runs of the grid. Dates are asked for standing and limits, not starts.
//!
//! **Invariant:** the starts of [`Offer::ahead`] that the clock allows (not past, not within the
//! notice, not beyond the horizon, not today where today is closed) are the starts of
//! [`Offer::slots`](super::Offer::slots).

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use chrono::{DateTime, Datelike, Duration, NaiveDate, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Offer, claims::monday_of};
use crate::domain::{
    id::LocationId,
    listing::Listing,
    location::Location,
    period::Period,
    schedule::{Window, local_date},
};

/// Starts of one window that follow each other by the service's step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first.
    pub first: DateTime<Utc>,
    /// How many, at least one.
    pub count: u32,
}

/// Starts that a claim forbids: those strictly between the two, in nanoseconds of Unix time.
type Forbidden = (i64, i64);

impl Offer<'_> {
    /// Every start in `within` at `location` as runs, by window; windows may overlap and bring a start
    /// twice. What the clock says against a start is left out: it changes without anybody's doing.
    #[must_use]
    pub fn ahead(&self, location: LocationId, within: Period, now: DateTime<Utc>) -> Vec<Run> {
        let Some(place) = self.place(location) else { return Vec::new() };
        let person = &self.listing.practitioner;
        let is_closed = [person.terms.daily_limit, person.terms.weekly_limit].contains(&Some(0));
        if self.service.removed || !person.accepts_new_patients || is_closed {
            return Vec::new();
        }
        let days = Days::new(self, place, within, now);
        let forbidden = self.forbidden(location, now);
        let mut runs = Vec::new();
        for window in self.windows(Some(location), within) {
            self.cut(&window, within, &forbidden, |run| days.keep(run, self.step(), &mut runs));
        }
        runs
    }

    fn step(&self) -> i64 {
        self.service.rules.start_interval().num_nanoseconds().unwrap_or(0)
    }

    /// What claims and time away forbid, by where it begins.
    fn forbidden(&self, location: LocationId, now: DateTime<Utc>) -> Vec<Forbidden> {
        let (rules, travel) = (&self.service.rules, self.listing.practitioner.terms.travel());
        // A visit with its buffers meets `taken` when it starts less than this before or after it.
        let meets = |taken: Period, before: Duration, after: Duration| {
            (
                nanos(taken.start()).saturating_sub(span(before)),
                nanos(taken.end()).saturating_add(span(after)),
            )
        };
        let buffered =
            |taken: Period| meets(taken, rules.duration() + rules.buffer_after(), rules.buffer_before());
        let mut all: Vec<Forbidden> = self.listing.time_off.iter().map(|away| buffered(*away)).collect();
        for claim in self.listing.busy.iter().filter(|claim| claim.stands_at(now)) {
            all.push(buffered(claim.busy));
            if travel > Duration::zero() && claim.location != location {
                all.push(meets(claim.visit, rules.duration() + travel, travel));
            }
        }
        all.sort_unstable();
        all
    }

    /// Gives the runs of one window that nothing forbids.
    fn cut(
        &self,
        window: &Window<'_>,
        within: Period,
        forbidden: &[Forbidden],
        mut give: impl FnMut((i64, i64)),
    ) {
        let step = self.step();
        let anchor = nanos(window.period.start());
        let last = nanos(window.period.end()).saturating_sub(span(self.service.rules.duration()));
        let last = last.min(nanos(within.end()).saturating_sub(1));
        let mut next = on_grid(anchor, step, nanos(within.start()));
        // Sorted by where they begin, so that none after one beyond the window touches it.
        for (after, before) in forbidden.iter().take_while(|(after, _)| *after < last) {
            let Some(start) = next.filter(|start| *start <= last) else { return };
            if *before <= start {
                continue;
            }
            if start <= *after {
                give((start, count(start, *after, step)));
            }
            next = on_grid(anchor, step, *before);
        }
        if let Some(start) = next.filter(|start| *start <= last) {
            give((start, count(start, last, step)));
        }
    }
}

/// Which dates can be booked at all: by the licences where the place is, by the limits in the schedule's zone.
struct Days<'a> {
    listing: &'a Listing,
    place: &'a Location,
    full: HashSet<NaiveDate>,
    full_weeks: HashSet<NaiveDate>,
    all_stand: bool,
    stands: RefCell<HashMap<NaiveDate, bool>>,
}

impl<'a> Days<'a> {
    fn new(offer: &Offer<'a>, place: &'a Location, within: Period, now: DateTime<Utc>) -> Self {
        let listing = offer.listing;
        let [full, full_weeks] = offer.claims.full(now);
        let mut days =
            Self { listing, place, full, full_weeks, all_stand: false, stands: RefCell::default() };
        let first = within.start().date_naive() - Duration::days(1);
        let last = within.end().date_naive() + Duration::days(1);
        days.all_stand = listing.standing().stands_throughout(place, first, last);
        days
    }

    /// Puts the starts of a run whose dates can be booked into `runs`.
    fn keep(&self, (first, count): (i64, i64), step: i64, runs: &mut Vec<Run>) {
        let at = |nth: i64| DateTime::from_timestamp_nanos(first + nth * step);
        if self.all_stand && self.full.is_empty() && self.full_weeks.is_empty() {
            runs.push(run(at(0), count));
            return;
        }
        let zones = [self.place.time_zone, self.listing.schedule.time_zone];
        if zones.iter().all(|zone| is_one_date(*zone, at(0), at(count - 1))) {
            runs.extend(self.is_open(at(0)).then(|| run(at(0), count)));
            return;
        }
        runs.extend((0..count).map(at).filter(|start| self.is_open(*start)).map(|start| run(start, 1)));
    }

    fn is_open(&self, start: DateTime<Utc>) -> bool {
        let here = local_date(self.place.time_zone, start);
        let day = local_date(self.listing.schedule.time_zone, start);
        let stands = || {
            let mut known = self.stands.borrow_mut();
            let ask = || self.listing.standing().blockers(self.place, here).is_empty();
            *known.entry(here).or_insert_with(ask)
        };
        !self.full.contains(&day)
            && (self.full_weeks.is_empty() || !self.full_weeks.contains(&monday_of(day)))
            && (self.all_stand || stands())
    }
}

fn run(first: DateTime<Utc>, count: i64) -> Run {
    Run { first, count: u32::try_from(count).unwrap_or(u32::MAX) }
}

/// Whether everything from one to the other lies on one date: the same at both ends, less than a
/// day apart, and clocks not changed in between.
fn is_one_date(zone: Tz, first: DateTime<Utc>, last: DateTime<Utc>) -> bool {
    let [from, until] = [first, last].map(|at| zone.offset_from_utc_datetime(&at.naive_utc()).fix());
    from == until
        && last - first < Duration::hours(24)
        && local_date(zone, first).num_days_from_ce() == local_date(zone, last).num_days_from_ce()
}

/// The first start on the grid of `anchor` that is not before `from`.
fn on_grid(anchor: i64, step: i64, from: i64) -> Option<i64> {
    if from <= anchor {
        return Some(anchor);
    }
    if step <= 0 {
        return None;
    }
    let steps = from.checked_sub(anchor)?.checked_add(step - 1)? / step;
    anchor.checked_add(steps.checked_mul(step)?)
}

/// How many starts from `first` to `last`, both included.
fn count(first: i64, last: i64, step: i64) -> i64 {
    if step <= 0 { 1 } else { (last - first) / step + 1 }
}

/// Nanoseconds of Unix time; beyond the years that have them, the last there are.
fn nanos(at: DateTime<Utc>) -> i64 {
    at.timestamp_nanos_opt().unwrap_or(if at.timestamp() < 0 { i64::MIN } else { i64::MAX })
}

fn span(length: Duration) -> i64 {
    length.num_nanoseconds().unwrap_or(i64::MAX)
}
