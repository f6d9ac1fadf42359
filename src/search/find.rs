//! One search, from the query to the page.
//!
//! Nodes of the tree come out of a heap in the order of the best that may lie below them, and the
//! search ends as soon as that is worse than the worst of the page. Counting looks at everything
//! that matches, apart from the page.
//!
//! **Invariant:** the pages of a query, put together, are the list that filtering
//! and sorting everything would give.

use std::{cell::RefCell, cmp::Reverse, collections::BinaryHeap, sync::Arc};

use chrono::{DateTime, Duration, Utc};

use super::{
    bits::{BEYOND, Wanted},
    candidate::{Candidate, Key},
    cursor::{Cursor, Rank},
    entry::{Dates, Spot, day, name_key},
    facet::Tally,
    geo::{self, TOLERANCE_KM},
    hours::Hours,
    index::{Leaf, Snapshot},
    query::{Filter, Found, Item, Query, Sort},
    record,
    tree::{Summary, Way},
};

/// Answers the query from that snapshot.
pub(super) fn find(snapshot: &Snapshot, query: &Query, now: DateTime<Utc>) -> Found {
    let as_of = query.after.as_ref().map_or(now, |cursor| cursor.as_of().min(now));
    let centre = query.origin.map(|origin| geo::unit(origin).map(|along| along as f32));
    let reach = match centre {
        Some(_) => geo::longest_chord(query.radius_km + TOLERANCE_KM),
        None => f32::INFINITY,
    };
    let wanted = Wanted::of(query, &snapshot.codes);
    let (filter, days) = (Filter::new(query), RefCell::default());
    let window = query.available.and_then(Hours::of);
    let shown = query.after.as_ref().map(|cursor| (key(query.sort, &cursor.rank()), cursor.rank()));
    Search { snapshot, query, filter, wanted, now, as_of, centre, reach, window, shown, days }.run()
}

fn key(sort: Sort, rank: &Rank<&str>) -> Key {
    match sort {
        Sort::Distance => (0, rank.distance),
        Sort::Soonest => (rank.soonest.max(0).cast_unsigned(), rank.distance),
        Sort::Name => (name_key(rank.family), 0),
    }
}

/// A query under way.
struct Search<'a> {
    snapshot: &'a Snapshot,
    query: &'a Query,
    filter: Filter<'a>,
    wanted: Wanted,
    now: DateTime<Utc>,
    /// The instant for which free times are ranked: that of the first page.
    as_of: DateTime<Utc>,
    centre: Option<[f32; 3]>,
    /// The square of the longest chord looked at.
    reach: f32,
    /// The end of the window asked for, in seconds, and its hours.
    window: Option<(u32, Hours)>,
    /// Where the page before ended.
    shown: Option<(Key, Rank<&'a str>)>,
    /// Today in the zones met so far: few, so that looking through them beats hashing.
    days: RefCell<Vec<(u16, u16)>>,
}

impl<'a> Search<'a> {
    fn run(&self) -> Found {
        let fits = self.query.after.as_ref().is_none_or(|cursor| cursor.fits(self.query));
        let limit = if fits { self.query.limit } else { 0 };
        let is_nowhere =
            self.query.origin.is_some() && (self.query.radius_km.is_nan() || self.query.radius_km < 0.0);
        let mut page = if is_nowhere || limit == 0 { Vec::new() } else { self.page(limit) };
        let more = page.len() > limit;
        page.truncate(limit);
        let last = page.last().filter(|_| more);
        let tally = self.query.facets.then(|| if is_nowhere { Tally::default() } else { self.tally() });
        Found {
            next: last.and_then(|last| Some(Cursor::after(self.query, self.as_of, last.rank()?))),
            items: page.iter().map(|candidate| self.item(candidate)).collect(),
            total: tally.as_ref().map(|tally| tally.total),
            facets: tally.map(|tally| tally.facets(&self.snapshot.codes)),
        }
    }

    /// The best, one more than fits: it tells whether there is a next page.
    fn page(&self, limit: usize) -> Vec<Candidate<'a>> {
        let mut best: BinaryHeap<Candidate<'a>> = BinaryHeap::with_capacity(limit + 2);
        let mut ahead: BinaryHeap<Reverse<(Key, u32)>> = BinaryHeap::with_capacity(64);
        ahead.extend(self.bound(0).map(|key| Reverse((key, 0))));
        while let Some(Reverse((key, node))) = ahead.pop() {
            if best.len() > limit && best.peek().is_some_and(|worst| worst.key < key) {
                break;
            }
            match self.snapshot.tree.node(node).map(|(_, way)| way) {
                Some(Way::Leaf(leaf)) => {
                    self.snapshot.leaf(leaf).into_iter().for_each(|leaf| self.scan(leaf, limit, &mut best));
                }
                Some(Way::Fork { other, .. }) => {
                    let below = [node + 1, other];
                    ahead.extend(below.into_iter().filter_map(|n| Some(Reverse((self.bound(n)?, n)))));
                }
                None => {}
            }
        }
        best.into_sorted_vec()
    }

    /// What the best below a node may be; `None` if nothing below it can match.
    fn bound(&self, node: u32) -> Option<Key> {
        let (summary, _) = self.snapshot.tree.node(node)?;
        if !self.may_match(summary, &self.wanted) {
            return None;
        }
        let near = match self.centre {
            Some(centre) => self.near(summary, centre)?,
            None => 0,
        };
        Some(match self.query.sort {
            Sort::Distance => (0, near),
            Sort::Soonest => (self.earliest(summary), near),
            Sort::Name => (summary.name(), 0),
        })
    }

    fn may_match(&self, summary: &Summary, wanted: &Wanted) -> bool {
        wanted.met_by(summary.bits())
            && self.window.is_none_or(|(until, hours)| summary.until() < until || summary.has_hour(hours))
    }

    fn near(&self, summary: &Summary, centre: [f32; 3]) -> Option<u64> {
        let (near, far) = summary.chords(centre);
        if near > self.reach {
            return None;
        }
        if self.query.sort == Sort::Distance
            && let Some((shown, _)) = self.shown
            && geo::at_most_km(far).to_bits() < shown.1
        {
            return None;
        }
        if self.query.sort == Sort::Name { Some(0) } else { Some(geo::at_least_km(near).to_bits()) }
    }

    fn earliest(&self, summary: &Summary) -> u64 {
        match summary.earliest() {
            u32::MAX => i64::MAX.cast_unsigned(),
            // What is kept begins a day before it was made.
            _ if self.as_of < self.now - Duration::days(1) => 0,
            second => u64::from(second) * 1_000_000,
        }
    }

    /// Takes what is better than the worst of the page out of a leaf.
    fn scan(&self, leaf: &'a Leaf, limit: usize, best: &mut BinaryHeap<Candidate<'a>>) {
        let mut reach = self.reach_of(best, limit);
        for ((bits, unit), spot) in leaf.bits.iter().zip(&leaf.units).zip(&leaf.spots) {
            let is_far = || self.centre.is_some_and(|centre| geo::chord(centre, *unit) > reach);
            if !self.wanted.met_by(*bits) || is_far() {
                continue;
            }
            let worst = best.peek().filter(|_| best.len() > limit);
            if let Some(candidate) = self.candidate(*bits, spot, worst) {
                best.push(candidate);
                if best.len() > limit + 1 {
                    best.pop();
                }
                reach = self.reach_of(best, limit);
            }
        }
    }

    fn reach_of(&self, best: &BinaryHeap<Candidate<'a>>, limit: usize) -> f32 {
        match best.peek().filter(|_| best.len() > limit && self.query.sort == Sort::Distance) {
            Some(worst) => self.reach.min(geo::longest_chord(f64::from_bits(worst.key.1))),
            None => self.reach,
        }
    }

    /// The place as a candidate, if it matches, comes after the page before and before the worst so far.
    fn candidate(&self, bits: u64, spot: &'a Spot, worst: Option<&Candidate<'a>>) -> Option<Candidate<'a>> {
        let distance = self.query.origin.map(|origin| origin.distance_km(spot.position));
        if distance.is_some_and(|distance| distance > self.query.radius_km + TOLERANCE_KM) {
            return None;
        }
        if !self.matches(spot) || !self.has_codes(bits, spot) {
            return None;
        }
        let key = match self.query.sort {
            Sort::Distance => (0, distance.map_or(0, f64::to_bits)),
            Sort::Soonest => {
                let start = self.next_start(spot, self.as_of).map(|start| start.timestamp_micros());
                (start.unwrap_or(i64::MAX).max(0).cast_unsigned(), distance.map_or(0, f64::to_bits))
            }
            Sort::Name => (spot.name, 0),
        };
        if worst.is_some_and(|worst| worst.key < key) {
            return None;
        }
        let candidate = Candidate { key, sort: self.query.sort, spot, distance };
        let is_next = self.shown.as_ref().is_none_or(|(key, rank)| candidate.is_after(*key, rank))
            && worst.is_none_or(|worst| candidate < *worst);
        (is_next && self.is_available(spot)).then_some(candidate)
    }

    /// The filters that are no facet and that bits alone do not decide, free time aside.
    fn matches(&self, spot: &Spot) -> bool {
        (self.query.include_unverified || self.is_verified(spot))
            && self.query.max_price.is_none_or(|most| spot.entry.costs_at_most(most))
            && self.filter.admits_name(spot)
    }

    /// Whether codes without bits of their own are met too.
    fn has_codes(&self, bits: u64, spot: &Spot) -> bool {
        if bits & BEYOND == 0 || (self.wanted.concerns | self.wanted.language) & BEYOND == 0 {
            return true;
        }
        let listing = spot.entry.listing();
        listing.is_some_and(|listing| {
            let person = &listing.practitioner;
            self.filter.admits_concern(person) && self.filter.admits_language(person)
        })
    }

    fn item(&self, candidate: &Candidate<'_>) -> Item {
        let spot = candidate.spot;
        Item {
            practitioner: spot.entry.id,
            distance_km: candidate.distance,
            verified: self.is_verified(spot),
            bookable: self.is_bookable(spot),
            next_available_at: self.next_start(spot, self.now),
            day: self.today(spot.zone),
            nth: spot.nth,
            entry: Arc::clone(&spot.entry),
        }
    }

    fn today(&self, zone: u16) -> u16 {
        let mut days = self.days.borrow_mut();
        if let Some((_, today)) = days.iter().find(|(known, _)| *known == zone) {
            return *today;
        }
        let date = record::zone(zone).map(|zone| self.now.with_timezone(&zone).date_naive());
        let today = day(date.unwrap_or(self.now.date_naive()));
        days.push((zone, today));
        today
    }

    fn holds_today(&self, spot: &Spot, dates: Dates) -> bool {
        dates.hold(self.today(spot.zone))
    }

    fn is_verified(&self, spot: &Spot) -> bool {
        self.holds_today(spot, spot.licensed)
            && (!spot.is_gapped
                || spot.entry.listing().is_some_and(|listing| {
                    let place = listing.locations.get(usize::from(spot.nth));
                    place.is_some_and(|place| {
                        let today = self.now.with_timezone(&place.time_zone).date_naive();
                        listing.standing().licensed(place, today)
                    })
                }))
    }

    fn is_bookable(&self, spot: &Spot) -> bool {
        self.holds_today(spot, spot.bookable)
            && (!spot.is_gapped
                || spot.entry.listing().is_some_and(|listing| {
                    let place = listing.locations.get(usize::from(spot.nth));
                    place.is_some_and(|place| listing.blockers_at(place, self.now).is_empty())
                }))
    }

    /// Whether some service can be booked to start inside the window asked for.
    fn is_available(&self, spot: &Spot) -> bool {
        let Some(window) = self.query.available else { return true };
        self.is_bookable(spot) && spot.entry.first_start(spot.nth, window, self.now).is_some()
    }

    fn next_start(&self, spot: &Spot, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.is_bookable(spot) { spot.entry.next_start(spot.nth, at) } else { None }
    }

    /// Counts everything that matches.
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        let wanted = self.wanted.without_facets();
        let mut waiting = vec![0];
        while let Some(node) = waiting.pop() {
            let Some((summary, way)) = self.snapshot.tree.node(node) else { continue };
            let (near, far) = self.centre.map_or((0.0, 0.0), |centre| summary.chords(centre));
            if !self.may_match(summary, &wanted) || near > self.reach {
                continue;
            }
            match way {
                Way::Fork { other, .. } => waiting.extend([other, node + 1]),
                Way::Leaf(leaf) => {
                    let is_inside = geo::at_most_km(far) <= self.query.radius_km;
                    let leaf = self.snapshot.leaf(leaf);
                    leaf.into_iter().for_each(|leaf| self.count(leaf, is_inside, &wanted, &mut tally));
                }
            }
        }
        tally
    }

    fn count(&self, leaf: &Leaf, is_inside: bool, wanted: &Wanted, tally: &mut Tally) {
        for ((bits, unit), spot) in leaf.bits.iter().zip(&leaf.units).zip(&leaf.spots) {
            if !wanted.met_by(*bits)
                || !(is_inside || self.is_within(*unit, spot))
                || !self.matches(spot)
                || !self.is_available(spot)
            {
                continue;
            }
            if bits & BEYOND == 0 {
                tally.count(*bits, &self.wanted);
            } else if let Some(listing) = spot.entry.listing() {
                tally.count_by_record(&listing.practitioner, &self.filter);
            }
        }
    }

    fn is_within(&self, unit: [f32; 3], spot: &Spot) -> bool {
        let (Some(origin), Some(centre)) = (self.query.origin, self.centre) else { return true };
        geo::chord(centre, unit) <= self.reach
            && origin.distance_km(spot.position) <= self.query.radius_km + TOLERANCE_KM
    }
}
