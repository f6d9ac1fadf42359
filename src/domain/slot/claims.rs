//! Claims on a practitioner's time, ordered for quick questions.
//!
//! **Invariant:** a question costs a binary search and the claims near it, however long the lists are.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Rule;
use crate::domain::{
    listing::Busy,
    period::{Period, merge},
};

/// Bookings, holds and time away, sorted.
#[derive(Debug, Clone)]
pub(super) struct Claims {
    /// By the start of the claim, buffers included.
    busy: Vec<Busy>,
    /// For each of `busy`, the latest end among it and all before: never falls, so it can be searched.
    reach: Vec<DateTime<Utc>>,
    /// Time away, merged.
    away: Vec<Period>,
}

impl Claims {
    pub(super) fn new(busy: &[Busy], time_off: &[Period]) -> Self {
        let mut busy = busy.to_vec();
        busy.sort_unstable_by_key(|claim| claim.busy);
        let reach = busy
            .iter()
            .scan(DateTime::<Utc>::MIN_UTC, |reach, claim| {
                *reach = claim.busy.end().max(*reach);
                Some(*reach)
            })
            .collect();
        Self { busy, reach, away: merge(time_off) }
    }

    /// Adds the rules by which somebody else has the time of `visit`, which takes up `buffered`.
    pub(super) fn against(
        &self,
        visit: Period,
        buffered: Period,
        now: DateTime<Utc>,
        rules: &mut BTreeSet<Rule>,
    ) {
        let away = self.away.partition_point(|away| away.end() <= buffered.start());
        let is_away = self.away.get(away).is_some_and(|away| away.overlaps(buffered));
        rules.extend(is_away.then_some(Rule::TimeOff));

        let first = self.reach.partition_point(|reach| *reach <= buffered.start());
        let near = self.busy.iter().skip(first).take_while(|claim| claim.busy.start() < buffered.end());
        rules.extend(near.filter(|claim| claim.busy.overlaps(buffered)).filter_map(|claim| {
            match claim.held_until {
                Some(until) => (until > now).then_some(Rule::Held),
                None if claim.visit.overlaps(visit) => Some(Rule::Booked),
                None => Some(Rule::Buffer),
            }
        }));
    }
}
