//! One search, from the query to the page.
//!
//! Candidates come out of a heap in the order of their ranks, and free time is
//! looked up only for those the page needs. Two things look at everything that
//! matches: facets, because they count it, and the order by earliest start,
//! because it ranks it.
//!
//! **Invariant:** the pages of a query, put together, are the list that filtering
//! and sorting everything would give.

use std::{cell::RefCell, cmp::Ordering, collections::BinaryHeap, sync::Arc};

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::{
    cursor::{Cursor, Rank},
    facet::{Passes, Tally},
    geo::{BANDS, Ring},
    index::{Availability, Memo, Snapshot, Spot},
    query::{Filter, Found, Item, Query, Sort, offered},
};
use crate::domain::{
    location::Location,
    period::Period,
    schedule::{Schedule, local_date, resolve},
};

/// How far ahead the next free time is looked for.
const OUTLOOK: Duration = Duration::days(90);

/// Answers the query from that snapshot.
pub(super) fn find(
    snapshot: &Snapshot,
    availability: &dyn Availability,
    query: &Query,
    now: DateTime<Utc>,
) -> Found {
    let as_of = query.after.as_ref().map_or(now, |cursor| cursor.as_of().min(now));
    let filter = Filter::new(query);
    Search { snapshot, availability, query, filter, now, as_of, dates: RefCell::default() }.run()
}

/// A place that matches. The greatest candidate is the one that comes first, as a heap wants it.
struct Candidate<'a> {
    rank: Rank<&'a str>,
    spot: &'a Spot,
    location: &'a Location,
    distance: Option<f64>,
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.rank.cmp(&self.rank)
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Candidate<'_> {}

/// A query under way.
struct Search<'a> {
    snapshot: &'a Snapshot,
    availability: &'a dyn Availability,
    query: &'a Query,
    filter: Filter<'a>,
    now: DateTime<Utc>,
    /// The instant for which free times are ranked: that of the first page.
    as_of: DateTime<Utc>,
    /// Today's date in the zones met so far: few, so that looking through them beats hashing.
    dates: RefCell<Vec<(Tz, NaiveDate)>>,
}

impl<'a> Search<'a> {
    fn run(&self) -> Found {
        let fits = self.query.after.as_ref().is_none_or(|cursor| cursor.fits(self.query));
        let limit = if fits { self.query.limit } else { 0 };
        let mut tally = self.query.facets.then(Tally::default);
        let mut page: Vec<Candidate<'_>> = Vec::new();
        for ring in self.rings() {
            let mut waiting = BinaryHeap::from(self.candidates(ring, tally.as_mut()));
            // One more than fits tells whether there is a next page.
            while page.len() <= limit {
                let Some(candidate) = waiting.pop() else { break };
                // Counting has asked already.
                if tally.is_some() || self.is_available(candidate.spot, candidate.location) {
                    page.push(candidate);
                }
            }
            if page.len() > limit {
                break;
            }
        }
        let more = page.len() > limit;
        page.truncate(limit);
        let last = page.last().filter(|_| more);
        Found {
            next: last.map(|last| Cursor::after(self.query, self.as_of, last.rank.clone())),
            items: page.iter().map(|candidate| self.item(candidate)).collect(),
            total: tally.as_ref().map(|tally| tally.total),
            facets: tally.map(|tally| tally.facets),
        }
    }

    /// Where to look, nearest first; `None` stands for everywhere. The nearest are sought in
    /// widening rings, so that a large radius over a city costs no more than a small one.
    fn rings(&self) -> Vec<Option<Ring>> {
        let Some(origin) = self.query.origin else {
            return vec![None];
        };
        if self.query.sort != Sort::Distance || self.query.facets {
            return Ring::disc(origin, self.query.radius_km).map(Some).into_iter().collect();
        }
        let shown = self.query.after.as_ref().map_or(0, |cursor| cursor.rank().distance);
        let rings = Ring::widening(origin, self.query.radius_km).into_iter();
        rings.filter(|ring| shown <= ring.up_to().to_bits()).map(Some).collect()
    }

    fn candidates(&self, ring: Option<Ring>, mut tally: Option<&mut Tally>) -> Vec<Candidate<'a>> {
        let bands = ring.map_or(0..=BANDS - 1, |ring| ring.bands());
        let spots = self.snapshot.spots(bands);
        spots.filter_map(|spot| self.candidate(spot, ring, tally.as_deref_mut())).collect()
    }

    /// The place as a candidate of this page, if it matches and was not on a page before.
    fn candidate(
        &self,
        spot: &'a Spot,
        ring: Option<Ring>,
        tally: Option<&mut Tally>,
    ) -> Option<Candidate<'a>> {
        if ring.is_some_and(|ring| !ring.may_hold(spot.unit)) {
            return None;
        }
        let location = spot.location()?;
        let distance = match ring {
            Some(ring) => Some(ring.distance_of(location.position)?),
            None => None,
        };
        let practitioner = &spot.entry.listing.practitioner;
        let passes = Passes {
            provider_type: self.filter.admits_type(practitioner),
            language: self.filter.admits_language(practitioner),
            concern: self.filter.admits_concern(practitioner),
        };
        let counts = passes.all() || (tally.is_some() && passes.but_one());
        if !counts
            || !self.filter.admits(&spot.entry)
            || !(self.query.include_unverified || self.is_verified(spot, location))
        {
            return None;
        }
        if let Some(tally) = tally {
            if !self.is_available(spot, location) {
                return None;
            }
            tally.count(practitioner, passes);
            if !passes.all() {
                return None;
            }
        }
        let rank = self.rank(spot, location, distance);
        let is_next = self.query.after.as_ref().is_none_or(|cursor| cursor.rank() < rank);
        is_next.then_some(Candidate { rank, spot, location, distance })
    }

    fn rank(&self, spot: &'a Spot, location: &Location, distance: Option<f64>) -> Rank<&'a str> {
        let (practitioner, location_id) = (spot.entry.listing.practitioner.id, location.id);
        let distance = distance.map_or(0, f64::to_bits);
        let nothing =
            Rank { soonest: 0, distance: 0, family: "", given: "", practitioner, location: location_id };
        match self.query.sort {
            Sort::Distance => Rank { distance, ..nothing },
            Sort::Soonest => {
                let start = self.next_start(spot, location, self.as_of);
                let soonest = start.map_or(i64::MAX, |start| start.timestamp_micros());
                Rank { soonest, distance, ..nothing }
            }
            Sort::Name => Rank { family: &spot.entry.name.family, given: &spot.entry.name.given, ..nothing },
        }
    }

    fn item(&self, candidate: &Candidate<'_>) -> Item {
        let (spot, location) = (candidate.spot, candidate.location);
        Item {
            listing: Arc::clone(&spot.entry.listing),
            location: location.clone(),
            distance_km: candidate.distance,
            verified: self.is_verified(spot, location),
            bookable: self.is_bookable(spot, location),
            next_available_at: self.next_start(spot, location, self.now),
        }
    }

    fn today(&self, zone: Tz) -> NaiveDate {
        let mut dates = self.dates.borrow_mut();
        if let Some((_, date)) = dates.iter().find(|(known, _)| *known == zone) {
            return *date;
        }
        let date = self.now.with_timezone(&zone).date_naive();
        dates.push((zone, date));
        date
    }

    fn is_verified(&self, spot: &Spot, location: &Location) -> bool {
        spot.entry.listing.standing().licensed(location, self.today(location.time_zone))
    }

    fn is_bookable(&self, spot: &Spot, location: &Location) -> bool {
        let listing = &spot.entry.listing;
        let today = self.today(location.time_zone);
        listing.standing().blockers(location, today).is_empty()
            && offered(listing).next().is_some()
            && has_hours(&listing.schedule, location)
    }

    /// Whether some service can be booked to start inside the window asked for.
    fn is_available(&self, spot: &Spot, location: &Location) -> bool {
        let Some(window) = self.query.available else {
            return true;
        };
        let listing = &spot.entry.listing;
        let starts = |service| self.availability.first_start(listing, service, location.id, window, self.now);
        self.is_bookable(spot, location) && offered(listing).any(|service| starts(service).is_some())
    }

    /// The earliest start there as of `at`, from the last answer where that still holds.
    fn next_start(&self, spot: &Spot, location: &Location, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if !self.is_bookable(spot, location) {
            return None;
        }
        let memo = spot.entry.memos.get(spot.nth)?;
        // A memo in somebody else's hands is not waited for.
        let known = memo.try_lock().ok().and_then(|memo| *memo);
        if let Some(known) = known.filter(|known| known.asked_at <= at && at < known.good_until) {
            return Some(known.start);
        }
        let found = self.first_start(spot, location, at);
        if let (Some(found), Ok(mut memo)) = (found, memo.try_lock())
            && memo.is_none_or(|older| older.asked_at <= at)
        {
            *memo = Some(found);
        }
        found.map(|found| found.start)
    }

    fn first_start(&self, spot: &Spot, location: &Location, at: DateTime<Utc>) -> Option<Memo> {
        let listing = &spot.entry.listing;
        let within = Period::new(at, at.checked_add_signed(OUTLOOK)?)?;
        let starts = offered(listing).filter_map(|service| {
            let start = self.availability.first_start(listing, service, location.id, within, at)?;
            Some((start, service.rules.minimum_notice()))
        });
        let (start, notice) = starts.min()?;
        // It stays first until it comes within its notice, or a hold that hides an earlier one lapses.
        let lapses = listing.busy.iter().filter_map(|busy| busy.held_until).filter(|until| *until > at);
        let mut good_until = lapses.fold(start - notice, DateTime::min);
        if !listing.practitioner.terms.same_day_booking {
            let zone = listing.schedule.time_zone;
            let midnight = resolve(zone, local_date(zone, start).and_time(NaiveTime::MIN));
            good_until = midnight.map_or(at, |midnight| good_until.min(midnight.at));
        }
        Some(Memo { asked_at: at, good_until, start })
    }
}

fn has_hours(schedule: &Schedule, location: &Location) -> bool {
    let weekly = schedule.weekly.iter().map(|window| window.location);
    let dated = schedule.exceptions.iter().flat_map(|date| &date.windows).map(|window| window.location);
    weekly.chain(dated).any(|place| place == location.id)
}
