//! What is shown of a practitioner: the public profile, and the owner's view of it.
//!
//! **Invariant:** nothing here knows an e-mail address, and the public profile
//! has no field that only the owner may see.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        credential::{Credential, CredentialStatus, Method},
        listing::Listing,
        practitioner::{Blocker, Origin},
        schedule::local_date,
    },
    operation::manage_practitioner::Record,
};

use super::{booking_terms::BookingTermsBody, location::LocationBody, service::ServiceBody};

/// Said of an import nobody has claimed or checked.
const IMPORTED: &str =
    "Taken from the public NPPES registry; neither checked nor claimed by the practitioner.";

/// What anybody may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileBody {
    id: String,
    name: String,
    provider_type: &'static str,
    /// Whether a verified licence covers one of the places today.
    verified: bool,
    /// Whether anything can be booked at one of the places today.
    bookable: bool,
    #[schema(required)]
    npi: Option<String>,
    bio: String,
    languages: Vec<String>,
    concerns: Vec<String>,
    accepts_new_patients: bool,
    /// `registered` by the practitioner, or imported from `nppes`.
    origin: &'static str,
    /// For unverified imports: where the facts come from.
    #[schema(required)]
    source_note: Option<&'static str>,
    locations: Vec<LocationBody>,
    services: Vec<ServiceBody>,
    /// To the public only those verified and good today.
    credentials: Vec<ShownCredentialBody>,
}

impl ProfileBody {
    /// The public profile.
    pub fn of(listing: &Listing, now: DateTime<Utc>) -> Self {
        let today = local_date(listing.practitioner.time_zone, now);
        let good = listing.credentials.iter().filter(|credential| credential.covers_date(today));
        let credentials = good.map(ShownCredentialBody::to_anybody).collect();
        Self::with(listing, credentials, now)
    }

    fn with(listing: &Listing, credentials: Vec<ShownCredentialBody>, now: DateTime<Utc>) -> Self {
        let person = &listing.practitioner;
        let verified = listing.is_verified(now);
        Self {
            id: person.id.to_string(),
            name: person.full_name(),
            provider_type: person.provider_type.code(),
            verified,
            bookable: listing.blockers(now).is_empty(),
            npi: person.npi.map(|npi| npi.to_string()),
            bio: person.bio.clone(),
            languages: person.languages.clone(),
            concerns: person.concerns.clone(),
            accepts_new_patients: person.accepts_new_patients,
            origin: person.origin.code(),
            source_note: (person.origin == Origin::Nppes && !verified).then_some(IMPORTED),
            locations: listing.locations.iter().map(LocationBody::from).collect(),
            services: listing.services.iter().map(ServiceBody::from).collect(),
            credentials,
        }
    }
}

/// What the owner and admins see.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnRecordBody {
    #[serde(flatten)]
    profile: ProfileBody,
    given_name: String,
    family_name: String,
    time_zone: &'static str,
    /// `draft`, `in_review`, `active`, `suspended`, `excluded` or `closed`.
    status: &'static str,
    /// What still stands between this record and being bookable.
    blockers: Vec<BlockerBody>,
    booking_terms: BookingTermsBody,
    /// The `npi` stands in an imported listing, which is taken over when a licence has been verified.
    claims_import: bool,
}

impl OwnRecordBody {
    /// The owner's view.
    pub fn of(record: &Record, now: DateTime<Utc>) -> Self {
        let listing = &record.listing;
        let person = &listing.practitioner;
        let today = local_date(person.time_zone, now);
        let credentials = listing.credentials.iter().map(|c| ShownCredentialBody::to_owner(c, today));
        let mut profile = ProfileBody::with(listing, credentials.collect(), now);
        profile.npi = person.npi.or(record.claims_npi).map(|npi| npi.to_string());
        Self {
            profile,
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            time_zone: person.time_zone.name(),
            status: listing.status(now).code(),
            blockers: listing.blockers(now).into_iter().map(BlockerBody::from).collect(),
            booking_terms: person.terms.into(),
            claims_import: record.claims_npi.is_some(),
        }
    }
}

/// Something that stands in the way of being bookable.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockerBody {
    code: &'static str,
    detail: &'static str,
}

impl From<Blocker> for BlockerBody {
    fn from(blocker: Blocker) -> Self {
        Self { code: blocker.code(), detail: blocker.detail() }
    }
}

/// A credential as a profile shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownCredentialBody {
    /// Only for the owner and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Only for the owner and admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    kind: &'static str,
    issuer: String,
    jurisdiction: String,
    number: String,
    #[schema(required)]
    verified_on: Option<NaiveDate>,
    /// How it was verified: `primary_source` or `document`.
    #[schema(required)]
    method: Option<&'static str>,
    #[schema(required)]
    source_url: Option<String>,
    issued_on: NaiveDate,
    #[schema(required)]
    expires_on: Option<NaiveDate>,
}

impl ShownCredentialBody {
    fn to_anybody(credential: &Credential) -> Self {
        Self {
            id: None,
            status: None,
            kind: credential.kind.code(),
            issuer: credential.issuer.clone(),
            jurisdiction: credential.jurisdiction.to_string(),
            number: credential.number.clone(),
            verified_on: credential.verified_on,
            method: credential.method.map(Method::code),
            source_url: credential.source_url.clone(),
            issued_on: credential.issued_on,
            expires_on: credential.expires_on,
        }
    }

    fn to_owner(credential: &Credential, today: NaiveDate) -> Self {
        let status: CredentialStatus = credential.status_on(today);
        Self {
            id: Some(credential.id.to_string()),
            status: Some(status.code()),
            ..Self::to_anybody(credential)
        }
    }
}
