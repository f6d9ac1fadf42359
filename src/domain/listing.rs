//! Everything about one practitioner that the directory and the slots need.
//!
//! A listing is what a search answers from and what a booking is checked
//! against: both load the same thing and ask it the same questions.

use chrono::{DateTime, Utc};

use super::{
    credential::Credential,
    location::Location,
    period::Period,
    practitioner::{Practitioner, Standing},
    schedule::Schedule,
    service::Service,
};

/// Somebody's claim on a practitioner's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Busy {
    /// The visit itself.
    pub visit: Period,
    /// The visit with its buffers; contains `visit`.
    pub busy: Period,
    /// When the claim lapses by itself: a hold. `None` for a booking.
    pub held_until: Option<DateTime<Utc>>,
}

/// One practitioner with everything that decides what can be booked.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The record.
    pub practitioner: Practitioner,
    /// Whether its account exists and is active.
    pub account_active: bool,
    /// All credentials, whatever their status.
    pub credentials: Vec<Credential>,
    /// Places not removed, in the order they were made.
    pub locations: Vec<Location>,
    /// Services not removed, in the order they were made.
    pub services: Vec<Service>,
    /// Hours.
    pub schedule: Schedule,
    /// Times away.
    pub time_off: Vec<Period>,
    /// Claims on time, from now on.
    pub busy: Vec<Busy>,
}

impl Listing {
    /// What decides eligibility.
    #[must_use]
    pub fn standing(&self) -> Standing<'_> {
        Standing {
            practitioner: &self.practitioner,
            account_active: self.account_active,
            credentials: &self.credentials,
        }
    }
}
