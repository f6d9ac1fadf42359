//! Claims on a practitioner's time, ordered for quick questions.
//!
//! **Invariant:** a question costs a binary search and the claims near it, however long the lists are;
//! how many visits a day or a week has is counted once.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{Rule, later};
use crate::domain::{
    id::LocationId,
    listing::{Busy, Listing},
    period::{Period, merge},
    practitioner::BookingTerms,
    schedule::local_date,
};

/// A time somebody asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) visit: Period,
    /// The visit with its buffers.
    pub(super) buffered: Period,
    pub(super) location: Option<LocationId>,
}

/// Bookings, holds and time away, sorted.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    /// By the start of the claim, buffers included.
    busy: Vec<Busy>,
    /// For each of `busy`, the latest end among it and all before: never falls, so it can be searched.
    reach: Vec<DateTime<Utc>>,
    /// Time away, merged.
    away: Vec<Period>,
    terms: BookingTerms,
    zone: Tz,
    /// By the date of the visit; only where a day is limited.
    of_day: HashMap<NaiveDate, Vec<Busy>>,
    /// The same by the Monday of the week; only where a week is limited.
    of_week: HashMap<NaiveDate, Vec<Busy>>,
}

impl Claims {
    pub(super) fn new(listing: &Listing) -> Self {
        let mut busy = listing.busy.clone();
        busy.sort_unstable_by_key(|claim| claim.busy);
        let reach = busy
            .iter()
            .scan(DateTime::<Utc>::MIN_UTC, |reach, claim| {
                *reach = claim.busy.end().max(*reach);
                Some(*reach)
            })
            .collect();
        let (terms, zone) = (listing.practitioner.terms, listing.schedule.time_zone);
        let counted = |limit: Option<u32>, key: fn(NaiveDate) -> NaiveDate| {
            let mut counted: HashMap<NaiveDate, Vec<Busy>> = HashMap::new();
            for claim in busy.iter().filter(|_| limit.is_some()) {
                let on = key(local_date(zone, claim.visit.start()));
                counted.entry(on).or_default().push(*claim);
            }
            counted
        };
        let of_day = counted(terms.daily_limit, |date| date);
        let of_week = counted(terms.weekly_limit, monday_of);
        Self { reach, away: merge(&listing.time_off), terms, zone, of_day, of_week, busy }
    }

    /// Adds the rules by which somebody else has that time, or leaves none for it.
    pub(super) fn against(&self, asked: Asked, now: DateTime<Utc>, rules: &mut BTreeSet<Rule>) {
        let buffered = asked.buffered;
        let away = self.away.partition_point(|away| away.end() <= buffered.start());
        let is_away = self.away.get(away).is_some_and(|away| away.overlaps(buffered));
        rules.extend(is_away.then_some(Rule::TimeOff));

        rules.extend(self.near(buffered, now).filter(|claim| claim.busy.overlaps(buffered)).map(|claim| {
            match claim.is_hold {
                true => Rule::Held,
                false if claim.visit.overlaps(asked.visit) => Rule::Booked,
                false => Rule::Buffer,
            }
        }));
        self.against_travel(asked, now, rules);
        let on = local_date(self.zone, asked.visit.start());
        let full = |limit: Option<u32>, counted: Option<&Vec<Busy>>| {
            let standing = counted.into_iter().flatten().filter(|claim| claim.stands_at(now));
            limit.is_some_and(|limit| standing.count() >= limit as usize)
        };
        rules.extend(full(self.terms.daily_limit, self.of_day.get(&on)).then_some(Rule::DailyLimit));
        let week = self.of_week.get(&monday_of(on));
        rules.extend(full(self.terms.weekly_limit, week).then_some(Rule::WeeklyLimit));
    }

    /// The dates, and the Mondays of the weeks, that have as many visits at `now` as their limits allow.
    pub(super) fn full(&self, now: DateTime<Utc>) -> [HashSet<NaiveDate>; 2] {
        let full = |limit: Option<u32>, counted: &HashMap<NaiveDate, Vec<Busy>>| {
            let Some(limit) = limit else { return HashSet::new() };
            let standing = |claims: &[Busy]| claims.iter().filter(|claim| claim.stands_at(now)).count();
            counted.iter().filter(|(_, c)| standing(c) >= limit as usize).map(|(on, _)| *on).collect()
        };
        [full(self.terms.daily_limit, &self.of_day), full(self.terms.weekly_limit, &self.of_week)]
    }

    /// Visits elsewhere that the visit meets, or that leave no time for the way.
    fn against_travel(&self, asked: Asked, now: DateTime<Utc>, rules: &mut BTreeSet<Rule>) {
        let travel = self.terms.travel();
        let Some(location) = asked.location.filter(|_| travel > Duration::zero()) else { return };
        let start = asked.visit.start().checked_sub_signed(travel).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let Some(reach) = Period::new(start, later(asked.visit.end(), travel)) else { return };
        let mut elsewhere = self.near(reach, now).filter(|claim| claim.location != location);
        // What overlaps is told as booked or held already.
        let is_short = |claim: &Busy| claim.visit.overlaps(reach) && !claim.visit.overlaps(asked.visit);
        rules.extend(elsewhere.any(is_short).then_some(Rule::Travel));
    }

    /// Claims that stand then and begin before `within` ends, from the first that may reach into it.
    fn near(&self, within: Period, now: DateTime<Utc>) -> impl Iterator<Item = &Busy> {
        let first = self.reach.partition_point(|reach| *reach <= within.start());
        let near = self.busy.iter().skip(first).take_while(move |claim| claim.busy.start() < within.end());
        near.filter(move |claim| claim.stands_at(now))
    }
}

/// The Monday of the week of a date.
pub(super) fn monday_of(date: NaiveDate) -> NaiveDate {
    let since = Days::new(u64::from(date.weekday().num_days_from_monday()));
    date.checked_sub_days(since).unwrap_or(NaiveDate::MIN)
}
