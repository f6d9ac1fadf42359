//! Who treats, and what makes them bookable at a place on a date.

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;

use super::{
    credential::{Credential, CredentialKind},
    id::{AccountId, PractitionerId},
    location::Location,
    npi::Npi,
};

/// The five professions that give craniosacral therapy here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProviderType {
    /// Doctor of chiropractic.
    Chiropractor,
    /// Osteopathic physician (US) or osteopath (elsewhere).
    Osteopath,
    /// Physical therapist; physiotherapist outside the US.
    PhysicalTherapist,
    /// Occupational therapist.
    OccupationalTherapist,
    /// Massage therapist; needs a craniosacral certification besides the licence.
    MassageTherapist,
}

impl ProviderType {
    /// All of them, in the order they are listed.
    pub const ALL: [Self; 5] = [
        Self::Chiropractor,
        Self::Osteopath,
        Self::PhysicalTherapist,
        Self::OccupationalTherapist,
        Self::MassageTherapist,
    ];

    /// The code used in rows, in JSON and in queries.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Chiropractor => "chiropractor",
            Self::Osteopath => "osteopath",
            Self::PhysicalTherapist => "physical_therapist",
            Self::OccupationalTherapist => "occupational_therapist",
            Self::MassageTherapist => "massage_therapist",
        }
    }

    /// The type with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The general NUCC taxonomy code of the profession (NUCC 25.1). Osteopathic
    /// physicians have no code of their own; 204D00000X is the nearest.
    #[must_use]
    pub fn nucc(self) -> &'static str {
        match self {
            Self::Chiropractor => "111N00000X",
            Self::Osteopath => "204D00000X",
            Self::PhysicalTherapist => "225100000X",
            Self::OccupationalTherapist => "225X00000X",
            Self::MassageTherapist => "225700000X",
        }
    }

    /// Whether the licence alone is not enough and a craniosacral certification must stand beside it.
    #[must_use]
    pub fn needs_certification(self) -> bool {
        self == Self::MassageTherapist
    }
}

/// Where a record came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The practitioner made it.
    Registered,
    /// Imported from the NPPES registry; nobody has claimed it yet.
    Nppes,
}

impl Origin {
    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Nppes => "nppes",
        }
    }

    /// The origin with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Registered, Self::Nppes].into_iter().find(|o| o.code() == code)
    }
}

/// What a practitioner wants observed by every booking, whatever the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingTerms {
    /// How long it takes from one place to another: between visits at different places at least so much
    /// time is kept, buffers left aside.
    pub travel_minutes: u32,
    /// Most visits that start on one date, by the calendar of the schedule's zone.
    pub daily_limit: Option<u32>,
    /// Most visits that start in one week, Monday to Sunday there.
    pub weekly_limit: Option<u32>,
    /// Whether today can still be booked.
    pub same_day_booking: bool,
    /// After how long a request that nobody has confirmed lapses.
    pub request_lapse_minutes: u32,
}

impl BookingTerms {
    /// Longest way between two places.
    pub const MOST_TRAVEL_MINUTES: u32 = 24 * 60;
    /// Shortest and longest time for an answer to a request.
    pub const REQUEST_LAPSE_MINUTES: (u32, u32) = (15, 30 * 24 * 60);

    /// The way between two places.
    #[must_use]
    pub fn travel(&self) -> Duration {
        Duration::minutes(i64::from(self.travel_minutes))
    }

    /// How long a request waits for an answer.
    #[must_use]
    pub fn request_lapse(&self) -> Duration {
        Duration::minutes(i64::from(self.request_lapse_minutes))
    }
}

impl Default for BookingTerms {
    fn default() -> Self {
        Self {
            travel_minutes: 0,
            daily_limit: None,
            weekly_limit: None,
            same_day_booking: true,
            request_lapse_minutes: 48 * 60,
        }
    }
}

/// Somebody who treats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Practitioner {
    /// Its identity.
    pub id: PractitionerId,
    /// Who signs in for it; none for an unclaimed import.
    pub account: Option<AccountId>,
    /// National Provider Identifier, where there is one.
    pub npi: Option<Npi>,
    /// Profession.
    pub provider_type: ProviderType,
    /// Given name or names; may be empty for people of one name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Home zone, the default of the schedule.
    pub time_zone: Tz,
    /// In their own words.
    pub bio: String,
    /// BCP 47 codes, lower case.
    pub languages: Vec<String>,
    /// Codes of `GET /v1/concerns`.
    pub concerns: Vec<String>,
    /// Whether new bookings are taken at all.
    pub accepts_new_patients: bool,
    /// What every booking has to observe.
    pub terms: BookingTerms,
    /// On an exclusion list.
    pub excluded: bool,
    /// Where the record came from.
    pub origin: Origin,
    /// Closed by its registry or its owner: shown to nobody.
    pub closed: bool,
    /// Rises by one with every change.
    pub version: i64,
}

impl Practitioner {
    /// Given and family name as one line.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name).trim().to_owned()
    }
}

/// Something that stands between a record and being bookable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Blocker {
    /// Nobody answers for the record, or their account is not active.
    Account,
    /// On an exclusion list.
    Excluded,
    /// No verified licence covers the place and the date.
    Licence,
    /// No verified craniosacral certification covers the date.
    Certification,
    /// No place yet.
    Location,
    /// No service yet.
    Service,
    /// No hours yet.
    Hours,
}

impl Blocker {
    /// The code shown in `blockers`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Account => "account_inactive",
            Self::Excluded => "excluded",
            Self::Licence => "licence",
            Self::Certification => "certification",
            Self::Location => "location",
            Self::Service => "service",
            Self::Hours => "hours",
        }
    }

    /// What is missing, in words for the practitioner.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::Account => "no active account answers for this record",
            Self::Excluded => "this practitioner is on an exclusion list",
            Self::Licence => "no verified licence for this profession covers this place on this date",
            Self::Certification => {
                "a massage therapist also needs a verified craniosacral certification covering this date"
            }
            Self::Location => "add a place where you treat",
            Self::Service => "add a service that can be booked",
            Self::Hours => "add weekly hours",
        }
    }
}

/// All that decides whether a practitioner may be booked.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The record.
    pub practitioner: &'a Practitioner,
    /// Whether its account exists and is active.
    pub account_active: bool,
    /// All credentials, whatever their status.
    pub credentials: &'a [Credential],
}

impl Standing<'_> {
    /// What keeps them from being booked at `place` on `on`, the local date there. Empty means bookable.
    ///
    /// This is the one rule of eligibility: search, slots and the booking transaction all ask here.
    #[must_use]
    pub fn blockers(&self, place: &Location, on: NaiveDate) -> Vec<Blocker> {
        let mut blockers = Vec::new();
        if !self.account_active || self.practitioner.closed {
            blockers.push(Blocker::Account);
        }
        if self.practitioner.excluded {
            blockers.push(Blocker::Excluded);
        }
        if !self.licensed(place, on) {
            blockers.push(Blocker::Licence);
        }
        if self.practitioner.provider_type.needs_certification() && !self.certified(on) {
            blockers.push(Blocker::Certification);
        }
        blockers
    }

    /// Whether nothing keeps them from being booked at `place` on any day from `first` to `last`, told from
    /// single papers: `false` may also mean that two follow each other.
    #[must_use]
    pub fn stands_throughout(&self, place: &Location, first: NaiveDate, last: NaiveDate) -> bool {
        // A paper is good on days without gaps: if on both ends, then throughout.
        let lasts = |paper: &Credential| paper.covers_date(first) && paper.covers_date(last);
        self.blockers(place, first).is_empty()
            && self.licences_at(place).any(lasts)
            && (!self.practitioner.provider_type.needs_certification() || self.certificates().any(lasts))
    }

    /// Whether a verified licence for the profession covers that place on that local date.
    #[must_use]
    pub fn licensed(&self, place: &Location, on: NaiveDate) -> bool {
        self.licences_at(place).any(|licence| licence.covers_date(on))
    }

    /// Whether a verified craniosacral certification covers that date.
    #[must_use]
    pub fn certified(&self, on: NaiveDate) -> bool {
        self.certificates().any(|certificate| certificate.covers_date(on))
    }

    /// Licences for the profession that are good at that place, whatever their status and dates.
    pub fn licences_at(&self, place: &Location) -> impl Iterator<Item = &Credential> {
        self.credentials.iter().filter(move |credential| {
            credential.kind == CredentialKind::Licence
                && credential.provider_type == self.practitioner.provider_type
                && credential.jurisdiction.covers(place.country, &place.region)
        })
    }

    /// Craniosacral certifications, whatever their status and dates.
    pub fn certificates(&self) -> impl Iterator<Item = &Credential> {
        let kind = CredentialKind::CraniosacralCertification;
        self.credentials.iter().filter(move |credential| credential.kind == kind)
    }
}
