//! Waiting for a time that is taken, and times offered to those who wait.
//!
//! An entry waits for one practitioner and one service within a window. What was
//! free already when it was made is not offered to it: it could have been
//! booked. Whatever becomes free later is offered to one entry at a time, in the
//! order in which they were made, and kept for it while the offer is open.
//!
//! **Invariant:** nobody is made an offer in their night: it begins and ends by
//! day, on one date of theirs.

use chrono::{DateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::{
    id::{
        AccountId, AppointmentId, LocationId, OfferId, PatientId, PractitionerId, ScreeningId, ServiceId,
        WaitlistId,
    },
    period::Period,
};

/// When the day of whoever is offered a time begins, on their clock.
const DAY_BEGINS: u32 = 8;
/// By which hour everything offered that day has ended.
const DAY_ENDS: u32 = 21;

/// What became of an entry. That its window has passed follows from the clock and is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryStatus {
    /// It waits.
    Waiting,
    /// A time in its window was booked.
    Booked,
    /// Its patient waits no longer.
    Withdrawn,
}

impl EntryStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Booked, Self::Withdrawn];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Booked => "booked",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// Somebody waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its identity.
    pub id: WaitlistId,
    /// Who asked.
    pub account: AccountId,
    /// For whom.
    pub patient: PatientId,
    /// With whom.
    pub practitioner: PractitionerId,
    /// What.
    pub service: ServiceId,
    /// Where; anywhere where none is named.
    pub location: Option<LocationId>,
    /// On the strength of which answers.
    pub screening: ScreeningId,
    /// A later booking that is given up for an earlier time.
    pub replaces: Option<AppointmentId>,
    /// The visit lies in here as a whole.
    pub window: Period,
    /// What of the window was free when the entry was made and has not been taken since.
    pub free_then: Vec<Period>,
    /// How long its offers hold, as it was set when the entry was made.
    pub offer_minutes: u32,
    /// What became of it.
    pub status: EntryStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Entry {
    /// Whether it waits still at that instant.
    #[must_use]
    pub fn waits_at(&self, now: DateTime<Utc>) -> bool {
        self.status == EntryStatus::Waiting && now < self.window.end()
    }

    /// Whether a visit is one it waits for: wholly in its window, and not free all along.
    #[must_use]
    pub fn wants(&self, visit: Period) -> bool {
        self.window.contains(visit) && !self.free_then.iter().any(|free| free.contains(visit))
    }

    /// Whether another asks for the same.
    #[must_use]
    pub fn is_same_wish(&self, other: &Self) -> bool {
        self.practitioner == other.practitioner
            && self.service == other.service
            && self.location == other.location
            && self.window == other.window
    }
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfferStatus {
    /// Its time is kept until it ends.
    Open,
    /// Its time was booked.
    Accepted,
    /// Its patient does not want the time.
    Declined,
    /// Nobody answered in time.
    Lapsed,
    /// Its entry waits no longer.
    Withdrawn,
}

impl OfferStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Accepted, Self::Declined, Self::Lapsed, Self::Withdrawn];

    /// The code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// A time kept for somebody who waits. Its claim on the time has the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldOffer {
    /// Its identity.
    pub id: OfferId,
    /// To whom.
    pub entry: WaitlistId,
    /// Whose time.
    pub practitioner: PractitionerId,
    /// For whom.
    pub patient: PatientId,
    /// Where.
    pub location: LocationId,
    /// The visit offered.
    pub visit: Period,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Until when it is kept.
    pub expires_at: DateTime<Utc>,
    /// What became of it.
    pub status: OfferStatus,
}

impl HeldOffer {
    /// Whether it can be accepted at that instant.
    #[must_use]
    pub fn is_open_at(&self, now: DateTime<Utc>) -> bool {
        self.status == OfferStatus::Open && now < self.expires_at
    }
}

/// Whether an offer that lasts so long falls into the day of somebody who lives in that zone.
#[must_use]
pub fn is_by_day(zone: Tz, offer: Period) -> bool {
    let (from, until) = (offer.start().with_timezone(&zone), offer.end().with_timezone(&zone));
    from.date_naive() == until.date_naive() && DAY_BEGINS <= from.hour() && until.hour() < DAY_ENDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        let (from, until) = text.trim().split_once(' ').unwrap();
        let at = |time: &str| format!("2026-12-01T{time}:00Z").parse().unwrap();
        Period::new(at(from), at(until)).unwrap()
    }

    #[test]
    fn offers_are_made_by_day() {
        // Portland is eight hours behind Greenwich then, Tokyo nine ahead.
        let table = "
            America/Los_Angeles | 15:59 16:29 | no
            America/Los_Angeles | 16:00 16:30 | yes
            America/Los_Angeles | 04:29 04:59 | yes
            America/Los_Angeles | 04:30 05:00 | no
            Asia/Tokyo          | 11:29 11:59 | yes
            Asia/Tokyo          | 11:30 12:00 | no
            Asia/Tokyo          | 11:45 12:15 | no
            Asia/Tokyo          | 00:00 23:30 | no
            Etc/UTC             | 08:00 20:59 | yes";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let zone: Tz = cells[0].parse().unwrap();
            assert_eq!(is_by_day(zone, period(cells[1])), cells[2] == "yes", "{row}");
        }
    }

    #[test]
    fn codes_read_back() {
        for status in EntryStatus::ALL {
            assert_eq!(EntryStatus::from_code(status.code()), Some(status));
        }
        for status in OfferStatus::ALL {
            assert_eq!(OfferStatus::from_code(status.code()), Some(status));
        }
    }
}
