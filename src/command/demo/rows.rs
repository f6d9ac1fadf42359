//! A made-up practitioner as the records that are stored.

use chrono::NaiveDate;

use crate::{
    domain::{
        id::{AccountId, LocationId, PractitionerId},
        location::Location,
        npi::{Npi, check_digit},
        practitioner::{BookingTerms, Origin, Practitioner},
        schedule::{Schedule, WeeklyHours},
        service::{Price, Service},
    },
    store::Tx,
};

use super::{
    profile::{Hours, Kind, Offered, Profile},
    towns::Town,
};

/// The record itself.
pub fn record(
    one: &Profile,
    id: PractitionerId,
    account: Option<AccountId>,
    town: &Town,
    number: usize,
) -> Practitioner {
    Practitioner {
        id,
        account,
        npi: town.is_in_registry().then(|| made_up_npi(number)).flatten(),
        provider_type: one.provider_type,
        given_name: one.given_name.clone(),
        family_name: one.family_name.clone(),
        time_zone: town.zone,
        bio: one.bio.clone(),
        languages: one.languages.clone(),
        concerns: one.concerns.clone(),
        accepts_new_patients: one.accepts_new_patients,
        terms: BookingTerms::default(),
        excluded: false,
        origin: if one.kind == Kind::Imported { Origin::Nppes } else { Origin::Registered },
        closed: false,
        version: 1,
    }
}

/// A number with the right check digit from below the first that was ever given to anybody.
fn made_up_npi(number: usize) -> Option<Npi> {
    let first_nine = 100_000_000 + u64::try_from(number).ok()?;
    format!("{first_nine}{}", check_digit(first_nine)).parse().ok()
}

/// The place of practice.
pub fn practice(one: &Profile, practitioner: PractitionerId, id: LocationId, town: &Town) -> Location {
    Location {
        id,
        practitioner,
        name: one.practice.clone(),
        address_line: one.address_line.clone(),
        city: town.place.name.clone(),
        region: town.place.region.clone(),
        postal_code: town.place.postal_code.clone(),
        country: town.place.country,
        position: one.position,
        time_zone: town.zone,
        removed: false,
        version: 1,
    }
}

/// What can be booked.
pub fn services(tx: &Tx, one: &Profile, practitioner: PractitionerId, town: &Town) -> Vec<Service> {
    let currency = town.customs().currency.parse().ok();
    let made = |offered: &Offered| Service {
        id: tx.new_id(),
        practitioner,
        name: offered.name.to_owned(),
        rules: offered.rules,
        price: currency.map(|currency| Price { minor: offered.price_minor, currency }),
        requires_confirmation: offered.requires_confirmation,
        cancellation_notice_minutes: 1_440,
        removed: false,
        version: 1,
    };
    one.services.iter().map(made).collect()
}

/// The week.
pub fn hours(one: &Profile, location: LocationId, town: &Town, today: NaiveDate) -> Schedule {
    let window = |hours: &Hours| WeeklyHours {
        weekday: hours.weekday,
        start: hours.start,
        end: hours.end,
        location,
        services: None,
        valid_from: None,
        valid_until: None,
        every_weeks: hours.every_weeks,
        anchor_on: (hours.every_weeks > 1).then_some(today),
    };
    Schedule { time_zone: town.zone, weekly: one.hours.iter().map(window).collect(), exceptions: Vec::new() }
}
