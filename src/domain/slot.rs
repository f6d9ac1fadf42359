//! Free time cut into starts that can be booked.
//!
//! An [`Offer`] is one service of one practitioner. It lists the starts that can be booked and, for
//! any instant, says every rule that takes it away. Listing, the first free start and explaining
//! ask the same function, `Offer::against`, about each start; booking asks `explain`.
//!
//! **Invariant:** an instant is in [`Offer::slots`] exactly when [`Offer::explain`] has nothing to
//! say about it; the slots of `[a, c)` are those of `[a, b)` and then those of `[b, c)`.

mod ahead;
mod claims;
#[cfg(test)]
mod laws;
mod rule;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

pub use self::ahead::Run;
use self::claims::{Asked, Claims};
pub use self::rule::{Reason, Rule};
use super::{
    id::LocationId,
    listing::Listing,
    location::Location,
    period::Period,
    schedule::{Window, local_date},
    service::Service,
};

/// How much of the calendar is looked at in one go when the earliest starts are wanted.
const STRIDE: Duration = Duration::days(2);

/// A visit that can be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot {
    /// From its start to its end, buffers left aside.
    pub visit: Period,
    /// Where.
    pub location: LocationId,
}

/// One service of one practitioner, ready to be asked about its times.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    listing: &'a Listing,
    service: &'a Service,
    claims: Claims,
}

impl<'a> Offer<'a> {
    /// The offer of `service`, which must be one of the listing's own.
    #[must_use]
    pub fn new(listing: &'a Listing, service: &'a Service) -> Self {
        Self { listing, service, claims: Claims::new(listing) }
    }

    /// Every visit that can be booked and starts in `within`, by start and then location, each once.
    /// Without a `location`, at all of them.
    #[must_use]
    pub fn slots(&self, location: Option<LocationId>, within: Period, now: DateTime<Utc>) -> Vec<Slot> {
        self.free(location, within, now).collect()
    }

    /// The earliest `most` of [`Offer::slots`]; looks no further into the calendar than it must.
    #[must_use]
    pub fn first(
        &self,
        location: Option<LocationId>,
        within: Period,
        now: DateTime<Utc>,
        most: usize,
    ) -> Vec<Slot> {
        self.free(location, within, now).take(most).collect()
    }

    /// Every rule that takes the start `at` away, in the order of [`Rule`]; empty if it is offered.
    ///
    /// Without a `location` it is offered where any place offers it. Otherwise the place with the
    /// fewest objections speaks: one that has hours then or, if none has, the first of the listing.
    #[must_use]
    pub fn explain(
        &self,
        location: Option<LocationId>,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Vec<Reason> {
        let moment = at.checked_add_signed(Duration::nanoseconds(1)).and_then(|end| Period::new(at, end));
        let windows = moment.map(|moment| self.windows(location, moment)).unwrap_or_default();
        let verdicts = windows
            .iter()
            .filter_map(|window| self.place(window.location))
            .map(|place| (Some(place), self.against(at, Some(place), &windows, now)));
        let (place, rules) = verdicts.min_by_key(|(_, rules)| rules.len()).unwrap_or_else(|| {
            let place = location.and_then(|id| self.place(id)).or_else(|| self.places().next());
            (place, self.against(at, place, &windows, now))
        });
        rules.into_iter().map(|rule| Reason { rule, detail: self.detail(rule, at, place) }).collect()
    }

    /// Places that are not removed.
    fn places(&self) -> impl Iterator<Item = &'a Location> {
        self.listing.locations.iter().filter(|place| !place.removed)
    }

    fn place(&self, id: LocationId) -> Option<&'a Location> {
        self.places().find(|place| place.id == id)
    }

    /// Windows for this service at that place, or at any, that share time with `within`.
    fn windows(&self, location: Option<LocationId>, within: Period) -> Vec<Window<'a>> {
        let mut windows = self.listing.schedule.windows(within);
        windows.retain(|window| {
            location.is_none_or(|id| id == window.location)
                && window.is_for(self.service.id)
                && self.place(window.location).is_some()
        });
        windows
    }

    /// The free starts in `within`, found one stride at a time.
    fn free(
        &self,
        location: Option<LocationId>,
        within: Period,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = Slot> {
        let bookable = self.bookable_from(now).and_then(|period| period.intersect(within));
        strides(bookable).flat_map(move |stride| {
            let windows = self.windows(location, stride);
            let starts = self.starts(&windows, stride);
            starts.into_iter().filter_map(move |(start, location)| {
                let place = self.place(location)?;
                let visit = self.visit(start)?;
                self.against(start, Some(place), &windows, now).is_empty().then_some(Slot { visit, location })
            })
        })
    }

    /// Where starts can lie by the clock alone, so that nothing beyond is looked at. The rules
    /// themselves are applied by `Offer::against`; this only must not be narrower than they are.
    fn bookable_from(&self, now: DateTime<Utc>) -> Option<Period> {
        let latest = later(now, self.service.rules.horizon());
        // The last allowed start is included.
        Period::new(later(now, self.service.rules.minimum_notice()), later(latest, Duration::nanoseconds(1)))
    }

    /// The grid of every window inside `stride` as far as the visit fits, by start and location, each once.
    fn starts(&self, windows: &[Window<'_>], stride: Period) -> Vec<(DateTime<Utc>, LocationId)> {
        let step = self.service.rules.start_interval();
        let mut starts = Vec::new();
        for window in windows {
            let mut next = first_on_grid(window.period.start(), step, stride.start());
            while let Some(start) = next.filter(|start| *start < stride.end()) {
                if !self.fits(start, window) {
                    break;
                }
                starts.push((start, window.location));
                next = start.checked_add_signed(step).filter(|next| *next > start);
            }
        }
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    /// The visit that begins at `start`; `None` at the end of the calendar or if it takes no time.
    fn visit(&self, start: DateTime<Utc>) -> Option<Period> {
        Period::new(start, start.checked_add_signed(self.service.rules.duration())?)
    }

    fn fits(&self, start: DateTime<Utc>, window: &Window<'_>) -> bool {
        self.visit(start).is_some_and(|visit| window.period.contains(visit))
    }

    /// The one decision: every rule that takes `start` at `place` away. `windows` are those for this
    /// service that hold `start`, and may hold others besides.
    fn against(
        &self,
        start: DateTime<Utc>,
        place: Option<&Location>,
        windows: &[Window<'_>],
        now: DateTime<Utc>,
    ) -> BTreeSet<Rule> {
        let mut rules = BTreeSet::new();
        self.against_clock(start, now, &mut rules);
        let here = windows.iter().filter(|window| {
            window.period.holds(start) && place.is_some_and(|place| place.id == window.location)
        });
        self.against_hours(start, here, &mut rules);
        if let Some(visit) = self.visit(start) {
            let asked =
                Asked { visit, buffered: self.buffered(visit), location: place.map(|place| place.id) };
            self.claims.against(asked, now, &mut rules);
        }
        if let Some(place) = place {
            let standing = self.listing.standing();
            let blockers = standing.blockers(place, local_date(place.time_zone, start));
            rules.extend(blockers.into_iter().map(Rule::from));
        }
        if self.service.removed || !self.listing.practitioner.accepts_new_patients {
            rules.insert(Rule::NotAccepting);
        }
        rules
    }

    fn against_clock(&self, start: DateTime<Utc>, now: DateTime<Utc>, rules: &mut BTreeSet<Rule>) {
        let terms = &self.service.rules;
        rules.extend((start < now).then_some(Rule::Past));
        rules.extend((start < later(now, terms.minimum_notice())).then_some(Rule::MinimumNotice));
        rules.extend((start > later(now, terms.horizon())).then_some(Rule::Horizon));
        let zone = self.listing.schedule.time_zone;
        let is_today = || start >= now && local_date(zone, start) == local_date(zone, now);
        let same_day = self.listing.practitioner.terms.same_day_booking;
        rules.extend((!same_day && is_today()).then_some(Rule::SameDay));
    }

    /// `here` are the windows at the place that hold `start`. One and the same must fit the visit
    /// and have `start` on its grid.
    fn against_hours<'w>(
        &self,
        start: DateTime<Utc>,
        here: impl Iterator<Item = &'w Window<'w>>,
        rules: &mut BTreeSet<Rule>,
    ) {
        let step = self.service.rules.start_interval();
        let found: Vec<(bool, bool)> = here
            .map(|window| (self.fits(start, window), is_on_grid(window.period.start(), step, start)))
            .collect();
        if found.contains(&(true, true)) {
            return;
        }
        if found.iter().any(|(fits, _)| *fits) {
            rules.insert(Rule::OffGrid);
            return;
        }
        let schedule = &self.listing.schedule;
        let closed = schedule.is_closed_on(local_date(schedule.time_zone, start));
        rules.insert(if closed { Rule::ClosedDate } else { Rule::OutsideHours });
        let is_off_grid = !found.is_empty() && found.iter().all(|(_, on_grid)| !on_grid);
        rules.extend(is_off_grid.then_some(Rule::OffGrid));
    }

    /// The visit with the time kept free around it.
    fn buffered(&self, visit: Period) -> Period {
        let terms = &self.service.rules;
        let start =
            visit.start().checked_sub_signed(terms.buffer_before()).unwrap_or(DateTime::<Utc>::MIN_UTC);
        Period::new(start, later(visit.end(), terms.buffer_after())).unwrap_or(visit)
    }
}

/// `at + by`, or the last instant there is.
fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The whole cut into strides, earliest first.
fn strides(whole: Option<Period>) -> impl Iterator<Item = Period> {
    let stride = |whole: Period| Period::new(whole.start(), later(whole.start(), STRIDE).min(whole.end()));
    let first = whole.and_then(stride);
    std::iter::successors(first, move |last| Period::new(last.end(), whole?.end()).and_then(stride))
}

/// The first start on the grid that is not before `from`; without a step the anchor alone is on it.
fn first_on_grid(anchor: DateTime<Utc>, step: Duration, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if from <= anchor {
        return Some(anchor);
    }
    let step = step.num_nanoseconds().filter(|step| *step > 0)?;
    let ahead = (from - anchor).num_nanoseconds()?;
    let missing = (step - ahead % step) % step;
    from.checked_add_signed(Duration::nanoseconds(missing))
}

/// Whether a whole number of steps leads from `anchor` to `start`.
fn is_on_grid(anchor: DateTime<Utc>, step: Duration, start: DateTime<Utc>) -> bool {
    first_on_grid(anchor, step, start) == Some(start)
}
