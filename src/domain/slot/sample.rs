//! A bookable listing for tests, changed by each as it needs.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::{
    credential::{Credential, CredentialKind, CredentialStatus},
    listing::{Busy, Listing},
    location::{Location, Position},
    period::Period,
    practitioner::{BookingTerms, Origin, Practitioner, ProviderType},
    schedule::sample::{place, schedule, service},
    service::{BookingRules, Service},
};

/// `2026-11-02T09:00` or `2026-11-02`, in UTC.
pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    let text = text.trim();
    let time = if text.len() == 10 { "T00:00:00Z" } else { ":00Z" };
    format!("{text}{time}").parse().expect("an instant")
}

/// `START END`, each as [`instant`] reads it.
pub(crate) fn period(text: &str) -> Period {
    let (start, end) = text.trim().split_once(' ').expect("start end");
    Period::new(instant(start), instant(end)).expect("not empty")
}

/// A booking of that visit, with minutes kept free before and after.
pub(crate) fn booking(visit: Period, before: i64, after: i64) -> Busy {
    let [before, after] = [before, after].map(chrono::Duration::minutes);
    let busy = Period::new(visit.start() - before, visit.end() + after).expect("not empty");
    Busy { visit, busy, location: place(1), is_hold: false, held_until: None }
}

/// A practitioner with places 1 and 2 in `zone`, both licensed, all services offered everywhere.
pub(crate) fn listing(zone: &str, hours: &str) -> Listing {
    let id = uuid::Uuid::from_u128(9).into();
    let place_called = |number| Location {
        id: place(number),
        practitioner: id,
        name: String::new(),
        address_line: String::new(),
        city: "Portland".to_owned(),
        region: "OR".to_owned(),
        postal_code: String::new(),
        country: "US".parse().expect("a country"),
        position: Position::new(45.5, -122.7).expect("a position"),
        time_zone: zone.parse().expect("a zone"),
        removed: false,
        version: 1,
    };
    Listing {
        practitioner: Practitioner {
            id,
            account: None,
            npi: None,
            provider_type: ProviderType::MassageTherapist,
            given_name: "Dana".to_owned(),
            family_name: "Reyes".to_owned(),
            time_zone: zone.parse().expect("a zone"),
            bio: String::new(),
            languages: Vec::new(),
            concerns: Vec::new(),
            accepts_new_patients: true,
            terms: BookingTerms::default(),
            excluded: false,
            origin: Origin::Registered,
            closed: false,
            version: 1,
        },
        account_active: true,
        credentials: vec![
            credential(CredentialKind::Licence),
            credential(CredentialKind::CraniosacralCertification),
        ],
        locations: vec![place_called(1), place_called(2)],
        services: Vec::new(),
        schedule: schedule(zone, hours),
        time_off: Vec::new(),
        busy: Vec::new(),
    }
}

fn credential(kind: CredentialKind) -> Credential {
    Credential {
        id: uuid::Uuid::from_u128(7).into(),
        practitioner: uuid::Uuid::from_u128(9).into(),
        kind,
        provider_type: ProviderType::MassageTherapist,
        issuer: "Board".to_owned(),
        jurisdiction: "US-OR".parse().expect("a jurisdiction"),
        number: "1234".to_owned(),
        issued_on: NaiveDate::MIN,
        expires_on: None,
        status: CredentialStatus::Verified,
        submitted_at: DateTime::UNIX_EPOCH,
        verified_on: None,
        method: None,
        source_url: None,
        version: 1,
    }
}

/// Service 1: `minutes` long, every `step` minutes, no buffers, no notice, a year ahead.
pub(crate) fn visit_of(minutes: u32, step: u32) -> Service {
    Service {
        id: service(1),
        practitioner: uuid::Uuid::from_u128(9).into(),
        name: String::new(),
        rules: BookingRules {
            buffer_after_minutes: 0,
            minimum_notice_minutes: 0,
            horizon_days: 365,
            start_interval_minutes: step,
            ..BookingRules::lasting(minutes)
        },
        price: None,
        requires_confirmation: false,
        cancellation_notice_minutes: 1440,
        removed: false,
        version: 1,
    }
}
