//! Free time as it is kept: runs of starts for each place, quick to ask and cheap to hold.
//!
//! **Invariant:** inside the instants it is good for, an answer is that of
//! [`Offer::first`](crate::domain::slot::Offer::first); outside of them there is none.

use chrono::{DateTime, Duration, Utc};

use super::{hours::Hours, query::offered};
use crate::domain::{
    id::LocationId, listing::Listing, period::Period, schedule::local_date, service::Service, slot::Offer,
};

/// How far ahead the next free time is looked for.
pub(super) const OUTLOOK: Duration = Duration::days(90);
/// How far behind and beyond that starts are kept, so that they need not be made anew with every midnight.
const BEHIND: Duration = Duration::days(1);
const BEYOND: Duration = Duration::days(8);

/// What is known of somebody's starts without looking at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ahead {
    /// None is before that second.
    pub earliest: u32,
    /// Those before `until` fall into these hours of the week.
    pub hours: Hours,
    pub until: u32,
}

impl Ahead {
    pub const NEVER: Self = Self { earliest: u32::MAX, hours: Hours([0; 3]), until: u32::MAX };
    pub const UNKNOWN: Self = Self { earliest: 0, hours: Hours::ALL, until: u32::MAX };

    fn of(starts: &[Starts], until: u32) -> Self {
        let mut hours = Hours::default();
        starts.iter().flat_map(Starts::each).for_each(|start| hours.add(start));
        let first = starts.iter().filter_map(|starts| starts.firsts.first().copied()).min();
        // Where nothing is free there may be something when more of the calendar is looked at.
        Self { earliest: first.unwrap_or(until), until, hours }
    }
}

/// The starts of services with the same notice and horizon at one place: runs in order and apart
/// from one another, in which starts follow each other by one step.
#[derive(Debug)]
struct Starts {
    nth: u16,
    notice_minutes: u32,
    horizon_days: u32,
    step: u32,
    /// The first start of each run, in seconds of Unix time.
    firsts: Box<[u32]>,
    /// How many come after the first.
    more: Box<[u8]>,
}

impl Starts {
    /// From starts in order, each once.
    fn of((nth, notice_minutes, horizon_days): (u16, u32, u32), step: u32, starts: &[u32]) -> Self {
        let (mut firsts, mut more): (Vec<u32>, Vec<u8>) = (Vec::new(), Vec::new());
        let mut next = None;
        for start in starts {
            match more.last_mut().filter(|more| next == Some(*start) && **more < u8::MAX) {
                Some(more) => *more += 1,
                None => {
                    firsts.push(*start);
                    more.push(0);
                }
            }
            next = start.checked_add(step);
        }
        Self { nth, notice_minutes, horizon_days, step, firsts: firsts.into(), more: more.into() }
    }

    /// The first start from `from` on and before `until`.
    fn first(&self, from: u32, until: u32) -> Option<u32> {
        // The last run that begins by then may reach so far; if not, the next one begins later.
        let begun = self.firsts.partition_point(|first| *first <= from);
        let within = begun.checked_sub(1).and_then(|run| {
            let (first, more) = (*self.firsts.get(run)?, *self.more.get(run)?);
            let steps = if self.step == 0 { 0 } else { (from - first).div_ceil(self.step) };
            let is_in = steps <= u32::from(more) && (self.step > 0 || from == first);
            is_in.then_some(first + steps * self.step)
        });
        within.or_else(|| self.firsts.get(begun).copied()).filter(|start| *start < until)
    }

    fn each(&self) -> impl Iterator<Item = u32> {
        let runs = self.firsts.iter().zip(&self.more);
        let step = self.step;
        runs.flat_map(move |(first, more)| (0..=u32::from(*more)).map(move |nth| first + nth * step))
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
    ahead: Ahead,
    starts: Box<[Starts]>,
}

/// The first start at one place, and from when until when, both included, it is that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Next {
    nth: u16,
    start: u32,
    from: u32,
    until: u32,
}

impl Next {
    /// The first start there as of `at`, if this tells it.
    pub fn start(&self, nth: u16, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let holds =
            self.nth == nth && i64::from(self.from) <= floor(at) && ceiling(at) <= i64::from(self.until);
        if holds { whole(self.start) } else { None }
    }
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
                let alike = offered(listing)
                    .filter(|s| (s.rules.minimum_notice_minutes, s.rules.horizon_days) == (class.1, class.2));
                let mut all: Vec<u32> = Vec::new();
                for service in alike {
                    add_starts(&mut all, listing, service, place.id, kept, now)?;
                }
                // Stable, because it is quick where most is in order already.
                all.sort();
                all.dedup();
                let step = service.rules.start_interval_minutes.checked_mul(60)?;
                starts.push(Starts::of(class, step, &all));
            }
        }
        starts.retain(|starts| !starts.firsts.is_empty());
        let lapses = || listing.busy.iter().filter_map(|busy| busy.held_until);
        let (from, until) = (second(kept.start())?, second(kept.end())?);
        Some(Self {
            from,
            until,
            since: lapses().filter(|at| *at <= now).max().unwrap_or(DateTime::<Utc>::MIN_UTC),
            lapses: lapses().filter(|at| *at > now).min(),
            same_day: listing.practitioner.terms.same_day_booking,
            zone: listing.schedule.time_zone,
            // A claim that lapses leaves time of which nothing is known yet.
            ahead: if lapses().any(|at| at > now) { Ahead::UNKNOWN } else { Ahead::of(&starts, until) },
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

    /// What is true of every start, as of whatever later instant.
    pub fn ahead(&self) -> Ahead {
        self.ahead
    }

    /// The first start in the outlook, with how long it stays the first; `None` where that cannot be told.
    pub fn next(&self, nth: u16, at: DateTime<Utc>) -> Option<Next> {
        let within = Period::new(at, at + OUTLOOK)?;
        let First::Known(Some(start)) = self.first(nth, within, at) else { return None };
        if !self.same_day {
            return None;
        }
        // It is the first until it comes within the longest notice of anything there, or a claim lapses.
        let here = self.starts.iter().filter(|starts| starts.nth == nth);
        let notice = here.map(|starts| starts.notice_minutes).max().unwrap_or(0);
        let last = start - Duration::minutes(notice.into());
        let last = self.lapses.map_or(last, |lapse| last.min(lapse - Duration::seconds(1)));
        let outdated = DateTime::from_timestamp(i64::from(self.until) - 2, 0)? - OUTLOOK;
        Some(Next {
            nth,
            start: second(start)?,
            from: u32::try_from(ceiling(at)).ok()?,
            until: second(last.min(outdated))?,
        })
    }

    /// The first start at that place in `within` as of `at`.
    pub fn first(&self, nth: u16, within: Period, at: DateTime<Utc>) -> First {
        if !self.is_good_at(at) {
            return First::Unknown;
        }
        let mut first: Option<u32> = None;
        for starts in self.starts.iter().filter(|starts| starts.nth == nth) {
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

/// Adds every start of that service; `None` where one is no whole second.
fn add_starts(
    starts: &mut Vec<u32>,
    listing: &Listing,
    service: &Service,
    place: LocationId,
    within: Period,
    now: DateTime<Utc>,
) -> Option<()> {
    let step = service.rules.start_interval_minutes.checked_mul(60)?;
    for run in Offer::new(listing, service).ahead(place, within, now) {
        if run.first.timestamp_subsec_nanos() > 0 {
            return None;
        }
        let first = second(run.first)?;
        first.checked_add((run.count - 1).checked_mul(step)?)?;
        starts.extend((0..run.count).map(|nth| first + nth * step));
    }
    Some(())
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
