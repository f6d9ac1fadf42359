//! A booking and the moves of its status.
//!
//! **Invariant:** status only moves along [`AppointmentStatus::may_become`]; an
//! active appointment blocks its time, buffers included, for its practitioner
//! and its patient.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::{
    id::{AccountId, AppointmentId, LocationId, PatientId, PractitionerId, ScreeningId, ServiceId},
    period::Period,
    service::Price,
};

/// How far a booking has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AppointmentStatus {
    /// Waits for the practitioner's word; its time is taken.
    Pending,
    /// Agreed.
    Booked,
    /// The patient is there.
    Arrived,
    /// It took place.
    Fulfilled,
    /// It will not take place.
    Cancelled,
    /// The patient did not come.
    NoShow,
}

impl AppointmentStatus {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Booked, Self::Arrived, Self::Fulfilled, Self::Cancelled, Self::NoShow];

    /// The code as stored and shown.
    #[must_use]
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

    /// The status with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether it still takes up its time. A visit that took place keeps it: the time was used.
    #[must_use]
    pub fn is_active(self) -> bool {
        !matches!(self, Self::Cancelled | Self::NoShow)
    }

    /// The moves that exist.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Booked | Self::Cancelled)
                | (Self::Booked, Self::Arrived | Self::Cancelled | Self::NoShow)
                | (Self::Arrived, Self::Fulfilled)
        )
    }
}

/// A booking.
#[derive(Debug, Clone, PartialEq)]
pub struct Appointment {
    /// Its identity; stays through rescheduling.
    pub id: AppointmentId,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Who is treated.
    pub patient: PatientId,
    /// Who booked.
    pub account: AccountId,
    /// What.
    pub service: ServiceId,
    /// Where.
    pub location: LocationId,
    /// On the strength of which answers.
    pub screening: ScreeningId,
    /// How far it has come.
    pub status: AppointmentStatus,
    /// The visit itself.
    pub visit: Period,
    /// The visit with the buffers agreed when it was booked.
    pub busy: Period,
    /// The zone it was agreed in.
    pub time_zone: Tz,
    /// The price as agreed then.
    pub price: Option<Price>,
    /// A cancellation later than this before the start is late, as agreed then.
    pub cancellation_notice_minutes: u32,
    /// Cancelled inside the notice.
    pub late: bool,
    /// RFC 5545 §3.8.7.4: rises with every change a calendar should hear of.
    pub sequence: i32,
    /// When a request lapses that nobody has confirmed; none once it is agreed or called off.
    pub lapses_at: Option<DateTime<Utc>>,
    /// When it was booked.
    pub created_at: DateTime<Utc>,
    /// Rises by one with every change.
    pub version: i64,
}

impl Appointment {
    /// Whether somebody in the care of the account's holder is treated, not the holder.
    #[must_use]
    pub fn is_for_dependant(&self) -> bool {
        uuid::Uuid::from(self.patient) != uuid::Uuid::from(self.account)
    }

    /// Whether it was asked for and nobody has confirmed it in time.
    #[must_use]
    pub fn has_lapsed_at(&self, now: DateTime<Utc>) -> bool {
        self.lapses_at.is_some_and(|at| at <= now)
    }

    /// Whether a cancellation by the patient now comes inside the notice.
    #[must_use]
    pub fn is_late_at(&self, now: DateTime<Utc>) -> bool {
        now > self.visit.start() - Duration::minutes(i64::from(self.cancellation_notice_minutes))
    }
}

/// One step in the life of a booking, kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: AccountId,
    /// In which part: `patient`, `practitioner`, `admin` or `system`.
    pub actor_role: &'static str,
    /// Status before; none for the booking itself.
    pub from: Option<AppointmentStatus>,
    /// Status after.
    pub to: AppointmentStatus,
    /// Why, in their words.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_moves_exist() {
        let allowed = "pending booked, pending cancelled, booked arrived, booked cancelled, booked no_show, arrived fulfilled";
        let allowed: Vec<&str> = allowed.split(", ").collect();
        for from in AppointmentStatus::ALL {
            for to in AppointmentStatus::ALL {
                let pair = format!("{} {}", from.code(), to.code());
                assert_eq!(from.may_become(to), allowed.contains(&pair.as_str()), "{pair}");
            }
        }
    }
}
