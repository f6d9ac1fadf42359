//! Listings and queries for tests, made from few numbers so that a failing case can be read.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Query, Sort};
use crate::domain::{
    credential::{Credential, CredentialKind, CredentialStatus},
    listing::{Busy, Listing},
    location::{Location, Position},
    period::Period,
    practitioner::{BookingTerms, Origin, Practitioner, ProviderType},
    schedule::{Schedule, WeeklyHours},
    service::{BookingRules, Price, Service},
};

/// A listing in few numbers, so that a failing case can be read.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    pub id: u8,
    pub places: Vec<(f64, f64)>,
    pub kind: usize,
    pub names: (usize, usize),
    pub speaks: usize,
    pub treats: usize,
    pub price: Option<i64>,
    /// Days from today to the last day of the licence; none for no licence.
    pub licence: Option<i64>,
    pub flags: u8,
    pub busy_days: i64,
    pub held: bool,
}

const LANGUAGES: [&[&str]; 5] = [&["en"], &["en", "es"], &["es-mx", "es"], &["es-mx", "es-es"], &[]];
const CONCERNS: [&[&str]; 4] = [&["headache"], &["headache", "jaw_tension"], &["stress"], &[]];
const FAMILIES: [&str; 5] = ["Nguyễn", "O'Brien", "obrien", "", "李"];
const GIVEN: [&str; 4] = ["Dana", "Zoë Ann", "dana", ""];
const ZONES: [Tz; 3] = [Tz::Pacific__Kiritimati, Tz::America__Los_Angeles, Tz::Pacific__Pago_Pago];

pub(super) fn now() -> DateTime<Utc> {
    "2026-11-24T10:30:00Z".parse().unwrap()
}

pub(super) fn id<T: From<Uuid>>(sketch: &Sketch, nth: usize) -> T {
    // Location ids run against practitioner ids, so that neither order stands in for the other.
    Uuid::from_u128(u128::from(sketch.id) * 7919 + 1_000_000 - 31 * nth as u128).into()
}

fn practitioner(sketch: &Sketch) -> Practitioner {
    let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect();
    let on = |bit: u8| sketch.flags & (1 << bit) != 0;
    Practitioner {
        id: id(sketch, 0),
        account: (!on(0)).then(|| Uuid::from_u128(1).into()),
        npi: None,
        provider_type: ProviderType::ALL[sketch.kind],
        given_name: GIVEN[sketch.names.0].into(),
        family_name: FAMILIES[sketch.names.1].into(),
        time_zone: Tz::UTC,
        bio: String::new(),
        languages: words(LANGUAGES[sketch.speaks]),
        concerns: words(CONCERNS[sketch.treats]),
        accepts_new_patients: !on(1),
        terms: BookingTerms {
            same_day_booking: !on(7),
            daily_limit: (sketch.treats == 2).then_some(1),
            ..BookingTerms::default()
        },
        excluded: on(2) && on(3),
        origin: Origin::Registered,
        closed: on(3) && on(4),
        version: 1,
    }
}

fn credential(sketch: &Sketch, kind: CredentialKind, last: NaiveDate) -> Credential {
    Credential {
        id: id(sketch, 20),
        practitioner: id(sketch, 0),
        kind,
        provider_type: ProviderType::ALL[sketch.kind],
        issuer: "Board".into(),
        jurisdiction: if sketch.flags & 32 == 0 { "NZ".parse() } else { "NZ-AUK".parse() }.unwrap(),
        number: "1234".into(),
        issued_on: last - Duration::days(700),
        expires_on: Some(last),
        status: CredentialStatus::Verified,
        submitted_at: now(),
        verified_on: None,
        method: None,
        source_url: None,
        version: 1,
    }
}

fn location(sketch: &Sketch, nth: usize, (latitude, longitude): (f64, f64)) -> Location {
    Location {
        id: id(sketch, 1 + nth),
        practitioner: id(sketch, 0),
        name: String::new(),
        address_line: String::new(),
        city: String::new(),
        region: if nth == 0 { "AUK" } else { "OTA" }.into(),
        postal_code: String::new(),
        country: "NZ".parse().unwrap(),
        position: Position::new(latitude, longitude).unwrap(),
        time_zone: ZONES[nth % ZONES.len()],
        removed: nth == 2,
        version: 1,
    }
}

fn service(sketch: &Sketch, nth: usize) -> Service {
    let price = sketch.price.map(|minor| minor + 1000 * nth as i64);
    Service {
        id: id(sketch, 10 + nth),
        practitioner: id(sketch, 0),
        name: "Session".into(),
        rules: BookingRules {
            minimum_notice_minutes: if sketch.speaks == 4 { 2_000 * nth as u32 } else { 120 },
            horizon_days: if sketch.treats == 3 { 2 + 300 * nth as u32 } else { 90 },
            start_interval_minutes: [15, 20][sketch.kind % 2],
            ..BookingRules::lasting(60 + 30 * nth as u32)
        },
        price: price.map(|minor| Price { minor, currency: ["NZD", "USD"][nth % 2].parse().unwrap() }),
        requires_confirmation: false,
        cancellation_notice_minutes: 0,
        removed: nth == 2,
        version: 1,
    }
}

pub(super) fn listing(sketch: &Sketch) -> Listing {
    let locations: Vec<Location> =
        sketch.places.iter().enumerate().map(|(nth, at)| location(sketch, nth, *at)).collect();
    // An hour of the practitioner's own in every day, for some a longer one.
    let start = NaiveTime::from_hms_opt(u32::from(sketch.id) % 24, 0, 0).unwrap();
    let hours = |location: &Location, weekday| WeeklyHours {
        weekday,
        start,
        end: start + Duration::minutes(60 + 40 * sketch.speaks as i64),
        location: location.id,
        services: None,
        valid_from: None,
        valid_until: None,
        every_weeks: 1,
        anchor_on: None,
    };
    let week = |location| (0..7).map(move |day| hours(location, Weekday::try_from(day).unwrap()));
    let kinds = [CredentialKind::Licence, CredentialKind::CraniosacralCertification];
    let last = sketch.licence.map(|days| now().date_naive() + Duration::days(days));
    let busy = Period::new(now(), now() + Duration::days(sketch.busy_days)).map(|busy| Busy {
        visit: busy,
        busy,
        location: id(sketch, 1),
        is_hold: sketch.held,
        held_until: sketch.held.then(|| now() + Duration::minutes(10)),
    });
    Listing {
        practitioner: practitioner(sketch),
        account_active: sketch.flags & 0b1_0001 == 0,
        credentials: last
            .map(|last| kinds.map(|k| credential(sketch, k, last)))
            .into_iter()
            .flatten()
            .collect(),
        services: (0..sketch.names.0).map(|nth| service(sketch, nth)).collect(),
        schedule: Schedule {
            time_zone: Tz::UTC,
            weekly: locations.iter().filter(|_| sketch.flags & 64 == 0).flat_map(week).collect(),
            exceptions: Vec::new(),
        },
        locations,
        time_off: Vec::new(),
        busy: busy.into_iter().collect(),
    }
}

fn point() -> impl Strategy<Value = (f64, f64)> {
    let latitude = prop_oneof![Just(90.0), Just(-90.0), 89.5..=90.0, -1.0..=1.0, -90.0..=90.0];
    let longitude = prop_oneof![Just(180.0), Just(-180.0), 179.0..=180.0, -180.0..=-179.0, -180.0..=180.0];
    prop_oneof![Just((0.0, 179.9)), Just((89.9, 0.0)), Just((89.9, 180.0)), (latitude, longitude)]
}

pub(super) fn sketch() -> impl Strategy<Value = Sketch> {
    let licence = prop_oneof![4 => Just(Some(300)), 2 => (-1..=1i64).prop_map(Some), 1 => Just(None)];
    let who = (0..12u8, 0..5usize, (0..4usize, 0..5usize), 0..5usize, 0..4usize);
    let price = prop_oneof![Just(None), (5..9i64).prop_map(|tens| Some(tens * 1000))];
    // Two draws over each other keep most flags down.
    let flags = (any::<u8>(), any::<u8>()).prop_map(|(a, b)| a & b);
    let rest = (prop::collection::vec(point(), 0..4), price, licence, flags, 0..4i64, any::<bool>());
    (who, rest).prop_map(
        |((id, kind, names, speaks, treats), (places, price, licence, flags, busy_days, held))| Sketch {
            id,
            places,
            kind,
            names,
            speaks,
            treats,
            price,
            licence,
            flags,
            busy_days,
            held,
        },
    )
}

pub(super) fn query() -> impl Strategy<Value = Query> {
    let radius = prop_oneof![Just(0.0), Just(25.0), 0.0..600.0, 0.0..20_020.0, Just(20_020.0)];
    let place = (prop::option::of(point()), radius);
    let text = (
        prop::option::weighted(0.3, prop::sample::select(vec!["en", "ES", "es-MX", "fr"])),
        prop::option::weighted(
            0.3,
            prop::sample::select(vec!["ob", "DANA", "zoe a", "nguye", "ngyuen", "李", "-"]),
        ),
        prop::collection::vec(prop::sample::select(vec!["headache", "stress"]), 0..2),
        prop::collection::vec(prop::sample::select(ProviderType::ALL.to_vec()), 0..3),
    );
    let window = (0..4i64, 1..40i64).prop_map(|(from, hours)| {
        let from = now() + Duration::days(from);
        Period::new(from, from + Duration::hours(hours))
    });
    let window = prop_oneof![2 => Just(None), 1 => window];
    let most = prop::option::weighted(0.3, (4..9i64).prop_map(|tens| tens * 1000));
    let sort = prop::sample::select(vec![Sort::Distance, Sort::Soonest, Sort::Name]);
    let rest = (window, any::<bool>(), most, any::<bool>(), sort, any::<bool>(), 1..6usize);
    (place, text, rest).prop_map(|((at, radius_km), (language, name, concerns, provider_types), rest)| {
        let (available, accepts_new_patients, most, include_unverified, sort, facets, limit) = rest;
        Query {
            origin: at.map(|(lat, lon)| Position::new(lat, lon).unwrap()),
            radius_km,
            provider_types,
            concerns: concerns.into_iter().map(str::to_owned).collect(),
            language: language.map(str::to_owned),
            available,
            accepts_new_patients,
            name: name.map(str::to_owned),
            max_price: most.map(|minor| Price { minor, currency: "NZD".parse().unwrap() }),
            include_unverified,
            sort,
            facets,
            limit,
            after: None,
        }
    })
}

/// A bookable chiropractor at one place.
pub(super) fn plain(number: u8, at: (f64, f64)) -> Sketch {
    Sketch {
        id: number,
        places: vec![at],
        kind: 0,
        names: (1, 0),
        speaks: 0,
        treats: 0,
        price: None,
        licence: Some(300),
        flags: 0,
        busy_days: 0,
        held: false,
    }
}
