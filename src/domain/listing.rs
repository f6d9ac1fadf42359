//! Everything about one practitioner that the directory and the slots need.
//!
//! A listing is what a search answers from and what a booking is checked
//! against: both load the same thing and ask it the same questions.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    credential::{Credential, CredentialKind, CredentialStatus},
    id::LocationId,
    location::Location,
    period::Period,
    practitioner::{Blocker, Practitioner, Standing},
    schedule::{Schedule, local_date},
    service::Service,
};

/// Somebody's claim on a practitioner's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Busy {
    /// The visit itself.
    pub visit: Period,
    /// The visit with its buffers; contains `visit`.
    pub busy: Period,
    /// Where the visit is.
    pub location: LocationId,
    /// Whether it is only kept for somebody: a hold, or what the waitlist offers.
    pub is_hold: bool,
    /// When the claim lapses by itself: that of a hold, and of a request until it is confirmed.
    pub held_until: Option<DateTime<Utc>>,
}

impl Busy {
    /// Whether it still stands then.
    #[must_use]
    pub fn stands_at(&self, now: DateTime<Utc>) -> bool {
        self.held_until.is_none_or(|until| until > now)
    }
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

/// How far a record has come, as its owner sees it. Nothing of it is stored: it follows from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordStatus {
    /// No licence has been handed in.
    Draft,
    /// A licence waits to be checked.
    InReview,
    /// A verified licence for the profession is good today.
    Active,
    /// The account, or every licence that was verified, is not to be relied on for now.
    Suspended,
    /// On an exclusion list.
    Excluded,
    /// Closed by its registry or its owner.
    Closed,
}

impl RecordStatus {
    /// The code shown in `status`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Excluded => "excluded",
            Self::Closed => "closed",
        }
    }
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

    /// What keeps anything from being booked at `place` now. Empty means that the directory calls it bookable.
    #[must_use]
    pub fn blockers_at(&self, place: &Location, now: DateTime<Utc>) -> Vec<Blocker> {
        let mut blockers = self.standing().blockers(place, local_date(place.time_zone, now));
        blockers.extend(self.services.iter().all(|service| service.removed).then_some(Blocker::Service));
        blockers.extend((!self.schedule.names(place.id)).then_some(Blocker::Hours));
        blockers
    }

    /// What keeps the practitioner from being booked anywhere now: empty as soon as one place has
    /// no blocker, otherwise what the place nearest to it lacks.
    #[must_use]
    pub fn blockers(&self, now: DateTime<Utc>) -> Vec<Blocker> {
        let places = self.locations.iter().filter(|place| !place.removed);
        let lacking = places.map(|place| self.blockers_at(place, now)).min_by_key(Vec::len);
        lacking.unwrap_or_else(|| self.blockers_without_place(now))
    }

    /// Whether strangers may see it: not closed, not excluded, and no inactive account behind it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let barred = self.practitioner.account.is_some() && !self.account_active;
        !(self.practitioner.closed || self.practitioner.excluded || barred)
    }

    /// Whether a verified licence covers one of its places today, by the calendar there.
    #[must_use]
    pub fn is_verified(&self, now: DateTime<Utc>) -> bool {
        let licensed = |place: &Location| self.standing().licensed(place, local_date(place.time_zone, now));
        let mut places = self.locations.iter().filter(|place| !place.removed).peekable();
        match places.peek() {
            Some(_) => places.any(licensed),
            None => self.has_licence(local_date(self.practitioner.time_zone, now)),
        }
    }

    fn blockers_without_place(&self, now: DateTime<Utc>) -> Vec<Blocker> {
        let today = local_date(self.practitioner.time_zone, now);
        let person = &self.practitioner;
        let uncertified = person.provider_type.needs_certification() && !self.standing().certified(today);
        [
            (!self.account_active || person.closed, Blocker::Account),
            (person.excluded, Blocker::Excluded),
            (!self.has_licence(today), Blocker::Licence),
            (uncertified, Blocker::Certification),
            (true, Blocker::Location),
            (self.services.iter().all(|service| service.removed), Blocker::Service),
            (self.schedule.is_empty(), Blocker::Hours),
        ]
        .into_iter()
        .filter_map(|(stands, blocker)| stands.then_some(blocker))
        .collect()
    }

    /// Whether a verified licence for the profession is good on that day, anywhere.
    #[must_use]
    pub fn has_licence(&self, on: NaiveDate) -> bool {
        self.licences().any(|licence| licence.covers_date(on))
    }

    /// How far the record has come.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> RecordStatus {
        let today = local_date(self.practitioner.time_zone, now);
        let any = |wanted: &[CredentialStatus]| self.licences().any(|l| wanted.contains(&l.status_on(today)));
        if self.practitioner.closed {
            RecordStatus::Closed
        } else if self.practitioner.excluded {
            RecordStatus::Excluded
        } else if self.practitioner.account.is_some() && !self.account_active {
            RecordStatus::Suspended
        } else if self.has_licence(today) {
            RecordStatus::Active
        } else if any(&[CredentialStatus::Submitted, CredentialStatus::InformationRequested]) {
            RecordStatus::InReview
        } else if any(&[CredentialStatus::Suspended]) {
            RecordStatus::Suspended
        } else {
            RecordStatus::Draft
        }
    }

    fn licences(&self) -> impl Iterator<Item = &Credential> {
        let profession = self.practitioner.provider_type;
        self.credentials.iter().filter(move |credential| {
            credential.kind == CredentialKind::Licence && credential.provider_type == profession
        })
    }
}
