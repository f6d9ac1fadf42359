//! What the model knows: a few people and places, and everything agreed between them.
//!
//! Plain data, found by position in its list. It shares no code with the server.

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

pub type At = DateTime<Utc>;

/// What each practitioner offers, the same for all. Lengths in minutes.
#[derive(Debug)]
pub struct Service {
    pub name: &'static str,
    pub lasts: i64,
    pub before: i64,
    pub after: i64,
    pub notice: i64,
    pub horizon_days: i64,
    pub step: i64,
    pub asks: bool,
}

pub const SERVICES: [Service; 3] = [
    service("Session", 60, (0, 15), 120, (90, 30), false),
    service("Long session with rest", 40, (30, 20), 60, (40, 20), false),
    service("First visit", 30, (0, 0), 0, (60, 15), true),
];

const fn service(
    name: &'static str,
    lasts: i64,
    (before, after): (i64, i64),
    notice: i64,
    (horizon_days, step): (i64, i64),
    asks: bool,
) -> Service {
    Service { name, lasts, before, after, notice, horizon_days, step, asks }
}

/// A request that is not confirmed after so long has lapsed, and never later than it would begin.
pub const LAPSE: i64 = 2_880;

/// A cancellation by the patient later than this before the start is late.
pub const CANCELLATION_NOTICE: i64 = 1_440;

/// Where each practitioner works. Both in Oregon, on either side of a zone's border.
pub const PLACES: [Tz; 2] = [chrono_tz::America::Los_Angeles, chrono_tz::America::Boise];

/// Who is treated. The last is in the care of the one before.
pub const PATIENTS: usize = 4;

/// Whose account a patient's calls are made from.
pub fn account_of(patient: usize) -> usize {
    patient.min(2)
}

/// Hours on one weekday, in minutes from its midnight; the end may lie in the next day.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub day: Weekday,
    pub start: i64,
    pub end: i64,
    pub place: usize,
}

/// From, until and place of a window on a date, in minutes from midnight.
pub type Stretch = (i64, i64, usize);

#[derive(Debug, Clone)]
pub struct Hours {
    pub zone: Tz,
    pub weekly: Vec<Window>,
    /// Dates with other hours; none where it is closed.
    pub exceptions: Vec<(NaiveDate, Option<Stretch>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Submitted,
    Verified,
    Suspended,
    Revoked,
}

#[derive(Debug, Clone)]
pub struct Licence {
    pub practice: usize,
    /// Good in another state than where the places are.
    pub elsewhere: bool,
    pub first: NaiveDate,
    pub last: Option<NaiveDate>,
    pub checked: Checked,
}

#[derive(Debug, Clone)]
pub struct Away {
    pub practice: usize,
    pub from: At,
    pub until: At,
    pub gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Booked,
    Arrived,
    Fulfilled,
    Cancelled,
    NoShow,
}

impl State {
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// Its time is taken.
    pub fn stands(self) -> bool {
        !matches!(self, Self::Cancelled | Self::NoShow)
    }

    /// It may still be moved or called off.
    pub fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::Booked)
    }
}

/// A time with somebody: what is asked for, held and booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    pub practice: usize,
    pub patient: usize,
    pub service: usize,
    pub place: usize,
    pub at: At,
}

impl Spot {
    pub fn service(&self) -> &'static Service {
        &SERVICES[self.service]
    }

    pub fn ends(&self) -> At {
        self.at + minutes(self.service().lasts)
    }

    /// The visit with what is kept free around it.
    pub fn busy(&self) -> (At, At) {
        (self.at - minutes(self.service().before), self.ends() + minutes(self.service().after))
    }
}

#[derive(Debug, Clone)]
pub struct Visit {
    pub spot: Spot,
    pub state: State,
    pub screening: usize,
    /// The zone it was agreed in.
    pub zone: Tz,
    pub late: bool,
    /// When it lapses while it is a request.
    pub lapses_at: At,
    /// No licence covers it, as things stand.
    pub unlicensed: bool,
    /// The list its patient answered is no longer in force.
    pub outdated: bool,
}

impl Visit {
    pub fn is_frozen(&self) -> bool {
        self.unlicensed || self.outdated
    }
}

#[derive(Debug, Clone)]
pub struct Hold {
    pub spot: Spot,
    pub until: At,
    /// Released, or used up.
    pub gone: bool,
}

#[derive(Debug, Clone)]
pub struct Screening {
    pub patient: usize,
    pub version: i64,
    pub answered: At,
    pub said_yes: bool,
    pub needs_clearance: bool,
    pub cleared: bool,
    /// By which practitioners its answers were read.
    pub read_by: [bool; 2],
}

#[derive(Debug, Clone)]
pub struct World {
    pub now: At,
    /// Of the list of contraindications.
    pub version: i64,
    pub hours: [Hours; 2],
    pub licences: Vec<Licence>,
    pub away: Vec<Away>,
    pub visits: Vec<Visit>,
    pub holds: Vec<Hold>,
    pub screenings: Vec<Screening>,
    /// Visits booked together.
    pub series: Vec<Vec<usize>>,
}

impl World {
    /// When a request for that time lapses that is made now.
    pub fn lapse_of(&self, at: At) -> At {
        at.min(self.now + minutes(LAPSE))
    }

    /// Calls off what has lapsed by now; whether there was any.
    pub fn lapse(&mut self) -> bool {
        let now = self.now;
        let lapsed = self.visits.iter_mut().filter(|v| v.state == State::Pending && v.lapses_at <= now);
        lapsed.fold(false, |_, visit| {
            visit.state = State::Cancelled;
            (visit.unlicensed, visit.outdated) = (false, false);
            true
        })
    }
}

pub fn minutes(n: i64) -> chrono::Duration {
    chrono::Duration::minutes(n)
}

pub fn days(n: i64) -> chrono::Duration {
    chrono::Duration::days(n)
}
