//! Free time as it is kept: runs of starts for each place, quick to ask and cheap to hold.
//!
//! **Invariant:** inside the instants it is good for, an answer is that of
//! [`Offer::first`](crate::domain::slot::Offer::first); outside of them there is none.

use chrono::{DateTime, Duration, Utc};

use super::query::offered;
use crate::domain::{
    listing::Listing,
    period::Period,
    schedule::local_date,
    service::Service,
    slot::Offer,
};

/// How far ahead the next free time is looked for.
pub(super) const OUTLOOK: Duration = Duration::days(90);
/// How far behind and beyond that starts are kept, so that they need not be made anew with every midnight.
const BEHIND: Duration = Duration::days(1);
const BEYOND: Duration = Duration::days(8);

/// Starts that follow each other by a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    /// The first, in seconds of Unix time.
    first: u32,
    count: u16,
    step_minutes: u16,
}

impl Run {
    fn step(self) -> u32 {
        u32::from(self.step_minutes) * 60
    }

    fn last(self) -> u32 {
        self.first + u32::from(self.count.saturating_sub(1)) * self.step()
    }

    /// The first start of it at or after that second.
    fn from(self, at: u32) -> u32 {
        let ahead = at.saturating_sub(self.first);
        match self.step() {
            0 => self.first,
            step => self.first + ahead.div_ceil(step) * step,
        }
    }
}

/// The starts of services with the same notice and horizon at one place.
#[derive(Debug)]
struct Starts {
    nth: u16,
    notice_minutes: u32,
    horizon_days: u32,
    /// In order, apart from one another.
    runs: Box<[Run]>,
}

impl Starts {
    fn first(&self, from: u32, until: u32) -> Option<u32> {
        let reaching = self.runs.partition_point(|run| run.last() < from);
        self.runs.get(reaching).map(|run| run.from(from)).filter(|start| *start < until)
    }
}

/// All of a practitioner's free time.
#[derive(Debug)]
pub(super) struct Free {
    /// The seconds for which it has starts, the end excluded.
    from: u32,
    until: u32,
    /// As of which instants the claims in it stand.
    since: DateTime<Utc>,
    lapses: Option<DateTime<Utc>>,
    same_day: bool,
    zone: chrono_tz::Tz,
    starts: Box<[Starts]>,
}

/// What is known about the first start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// It is this, or there is none.
    Known(Option<DateTime<Utc>>),
    /// The starts kept do not say.
    Unknown,
}

impl Free {
    /// The free time of that listing as of `now`; `None` where it does not fit the form: a start that is no
    /// whole second, or beyond what is counted.
    pub fn of(listing: &Listing, now: DateTime<Utc>) -> Option<Self> {
        let kept = Period::new(now - BEHIND, now + OUTLOOK + BEYOND)?;
        let kept = Period::new(whole(second(kept.start())?)?, whole(second(kept.end())?)?)?;
        let mut classes: Vec<(u16, u32, u32)> = Vec::new();
        let mut starts = Vec::new();
        for (nth, place) in (0u16..).zip(&listing.locations).filter(|(_, place)| !place.removed) {
            for service in offered(listing) {
                let class = (nth, service.rules.minimum_notice_minutes, service.rules.horizon_days);
                if classes.contains(&class) {
                    continue;
                }
                classes.push(class);
                let alike = offered(listing).filter(|s| {
                    (s.rules.minimum_notice_minutes, s.rules.horizon_days) == (class.1, class.2)
                });
                let mut all: Vec<Run> = Vec::new();
                for service in alike {
                    all.extend(runs(listing, service, place.id, kept, now)?);
                }
                starts.push(Starts {
                    nth,
                    notice_minutes: class.1,
                    horizon_days: class.2,
                    runs: apart(all)?.into_boxed_slice(),
                });
            }
        }
        starts.retain(|starts| !starts.runs.is_empty());
        let lapses = || listing.busy.iter().filter_map(|busy| busy.held_until);
        Some(Self {
            from: second(kept.start())?,
            until: second(kept.end())?,
            since: lapses().filter(|at| *at <= now).max().unwrap_or(DateTime::<Utc>::MIN_UTC),
            lapses: lapses().filter(|at| *at > now).min(),
            same_day: listing.practitioner.terms.same_day_booking,
            zone: listing.schedule.time_zone,
            starts: starts.into_boxed_slice(),
        })
    }

    /// Whether claims and time kept are those of that instant, and reach over the outlook.
    pub fn is_good_at(&self, at: DateTime<Utc>) -> bool {
        let covers = |at: DateTime<Utc>| {
            at.timestamp() >= i64::from(self.from) && at.timestamp() < i64::from(self.until) - 1
        };
        self.since <= at && self.lapses.is_none_or(|lapse| at < lapse) && covers(at) && covers(at + OUTLOOK)
    }

    /// Whether it was good for earlier instants only.
    pub fn is_outdated_at(&self, at: DateTime<Utc>) -> bool {
        let ends = (at + OUTLOOK).timestamp() >= i64::from(self.until) - 1;
        ends || self.lapses.is_some_and(|lapse| lapse <= at)
    }

    /// No start is before that second, as of whatever later instant; 0 if that cannot be told.
    pub fn earliest(&self) -> u32 {
        if self.lapses.is_some() {
            return 0;
        }
        let firsts = self.starts.iter().filter_map(|starts| starts.runs.first());
        firsts.map(|run| run.first).min().unwrap_or(u32::MAX)
    }

    /// The first start at that place in `within` as of `at`.
    pub fn first(&self, nth: usize, within: Period, at: DateTime<Utc>) -> First {
        if !self.is_good_at(at) {
            return First::Unknown;
        }
        let mut first: Option<u32> = None;
        for starts in self.starts.iter().filter(|starts| usize::from(starts.nth) == nth) {
            let notice = Duration::minutes(starts.notice_minutes.into());
            let horizon = Duration::days(starts.horizon_days.into());
            // Starts are whole seconds: not before the first is at or after its next whole one.
            let from = ceiling((at + notice).max(within.start()));
            let until = ceiling(within.end()).min(floor(at + horizon) + 1);
            if from >= until {
                continue;
            }
            let (Ok(from), Ok(until)) = (u32::try_from(from), u32::try_from(until)) else {
                return First::Unknown;
            };
            if from < self.from || until > self.until {
                return First::Unknown;
            }
            let found = self.allowed(starts, from, until, at);
            first = [first, found].into_iter().flatten().min();
        }
        First::Known(first.and_then(whole))
    }

    fn allowed(&self, starts: &Starts, from: u32, until: u32, at: DateTime<Utc>) -> Option<u32> {
        let mut found = starts.first(from, until)?;
        if self.same_day {
            return Some(found);
        }
        let today = local_date(self.zone, at);
        while local_date(self.zone, whole(found)?) == today {
            found = starts.first(found + 1, until)?;
        }
        Some(found)
    }
}

/// The first start by the rules themselves, where what is kept does not say.
pub(super) fn by_rules(
    listing: &Listing,
    nth: usize,
    within: Period,
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let place = listing.locations.get(nth)?;
    let first = |service| Offer::new(listing, service).first(Some(place.id), within, at, 1);
    offered(listing).filter_map(|service| Some(first(service).first()?.visit.start())).min()
}

fn runs(
    listing: &Listing,
    service: &Service,
    place: crate::domain::id::LocationId,
    within: Period,
    now: DateTime<Utc>,
) -> Option<Vec<Run>> {
    let step_minutes = u16::try_from(service.rules.start_interval_minutes).ok()?;
    let pack = |run: crate::domain::slot::Run| {
        Some(Run { first: second(run.first)?, count: u16::try_from(run.count).ok()?, step_minutes })
    };
    Offer::new(listing, service).ahead(place, within, now).into_iter().map(pack).collect()
}

/// The same starts, in order and each once.
fn apart(mut runs: Vec<Run>) -> Option<Vec<Run>> {
    runs.sort_by_key(|run| run.first);
    runs.dedup();
    if runs.is_sorted_by(|a, b| a.last() < b.first) {
        return Some(runs);
    }
    let each = |run: &Run| {
        let run = *run;
        (0..u32::from(run.count)).map(move |nth| run.first + nth * run.step())
    };
    let mut starts: Vec<u32> = runs.iter().flat_map(each).collect();
    starts.sort();
    starts.dedup();
    let mut apart: Vec<Run> = Vec::with_capacity(runs.len());
    for start in starts {
        match apart.last_mut() {
            Some(run) if run.count == 1 && (start - run.first).is_multiple_of(60) => {
                match u16::try_from((start - run.first) / 60) {
                    Ok(step) if step <= 240 => (run.count, run.step_minutes) = (2, step),
                    _ => apart.push(Run { first: start, count: 1, step_minutes: 0 }),
                }
            }
            Some(run) if run.count > 1 && run.count < u16::MAX && start == run.last() + run.step() => {
                run.count += 1;
            }
            _ => apart.push(Run { first: start, count: 1, step_minutes: 0 }),
        }
    }
    Some(apart)
}

fn second(at: DateTime<Utc>) -> Option<u32> {
    u32::try_from(at.timestamp()).ok()
}

fn whole(second: u32) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(second.into(), 0)
}

fn floor(at: DateTime<Utc>) -> i64 {
    at.timestamp()
}

fn ceiling(at: DateTime<Utc>) -> i64 {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}
