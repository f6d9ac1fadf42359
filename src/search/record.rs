//! A listing as bytes, and back.
//!
//! A million listings fit in memory only where those nobody looks at are small: a tenth of the structs
//! and strings they are made from. The head holds what ranking asks for, the claims are
//! kept apart because they change most.
//!
//! **Invariant:** a listing comes back equal, provided all in it names its own practitioner.

use std::{collections::HashMap, sync::LazyLock};

use chrono::Weekday;
use chrono_tz::{TZ_VARIANTS, Tz};

use super::pack::{Pack, Unpack};
use crate::domain::{
    credential::{Credential, CredentialKind, CredentialStatus, Method},
    id::{LocationId, PractitionerId, ServiceId},
    listing::{Busy, Listing},
    location::{Location, Position},
    period::Period,
    practitioner::{BookingTerms, Origin, Practitioner, ProviderType},
    schedule::{DateException, DateWindow, Schedule, WeeklyHours},
    service::{BookingRules, Price, Service},
    text::folded,
};

static ZONES: LazyLock<HashMap<Tz, u16>> = LazyLock::new(|| TZ_VARIANTS.iter().copied().zip(0..).collect());

/// A zone as its number among all.
pub(super) fn zone_number(zone: Tz) -> u16 {
    ZONES.get(&zone).copied().unwrap_or(0)
}

/// The zone of that number.
pub(super) fn zone(number: u16) -> Option<Tz> {
    TZ_VARIANTS.get(usize::from(number)).copied()
}

/// What ranking asks for, read without the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub family: &'a str,
    pub given: &'a str,
    ids: Unpack<'a>,
}

impl<'a> Head<'a> {
    pub fn read(record: &'a [u8]) -> Option<Self> {
        let mut from = Unpack::new(record);
        Some(Self { family: from.text()?, given: from.text()?, ids: from })
    }

    /// The identity of the location at that place in the listing.
    pub fn location(&self, nth: usize) -> Option<LocationId> {
        let mut ids = self.ids;
        (nth < ids.size()?).then_some(())?;
        for _ in 0..nth {
            ids.id::<LocationId>()?;
        }
        ids.id()
    }
}

/// Everything but the claims.
pub(super) fn pack(listing: &Listing) -> Vec<u8> {
    let mut to = Pack::default();
    let person = &listing.practitioner;
    to.text(&folded(&person.family_name));
    to.text(&folded(&person.given_name));
    to.list(&listing.locations, |to, place| to.id(place.id));
    practitioner(&mut to, person);
    to.byte(u8::from(listing.account_active));
    to.list(&listing.locations, location);
    to.list(&listing.credentials, credential);
    to.list(&listing.services, service);
    schedule(&mut to, listing);
    to.list(&listing.time_off, |to, away| period(to, *away));
    to.bytes()
}

/// The claims.
pub(super) fn pack_busy(listing: &Listing) -> Vec<u8> {
    let mut to = Pack::default();
    to.list(&listing.busy, |to, claim| {
        period(to, claim.visit);
        period(to, claim.busy);
        at(to, listing, claim.location);
        to.byte(u8::from(claim.is_hold));
        to.maybe(claim.held_until, Pack::instant);
    });
    to.bytes()
}

/// The listing of a practitioner from its record and its claims.
pub(super) fn unpack(id: PractitionerId, record: &[u8], busy: &[u8]) -> Option<Listing> {
    let mut from = Unpack::new(record);
    from.text()?;
    from.text()?;
    let ids: Vec<LocationId> = from.list(Unpack::id)?;
    let practitioner = read_practitioner(&mut from, id)?;
    let account_active = from.flag()?;
    let mut next = ids.iter();
    let locations = from.list(|from| read_location(from, *next.next()?, id))?;
    let credentials = from.list(|from| read_credential(from, id))?;
    let services = from.list(|from| read_service(from, id))?;
    let services_known: Vec<ServiceId> = services.iter().map(|service| service.id).collect();
    let schedule = read_schedule(&mut from, &ids, &services_known)?;
    let time_off = from.list(read_period)?;
    let busy = if busy.is_empty() { Vec::new() } else { Unpack::new(busy).list(|from| claim(from, &ids))? };
    Some(Listing { practitioner, account_active, credentials, locations, services, schedule, time_off, busy })
}

fn claim(from: &mut Unpack<'_>, ids: &[LocationId]) -> Option<Busy> {
    Some(Busy {
        visit: read_period(from)?,
        busy: read_period(from)?,
        location: known(from, ids)?,
        is_hold: from.flag()?,
        held_until: from.maybe(Unpack::instant)?,
    })
}

fn practitioner(to: &mut Pack, person: &Practitioner) {
    to.maybe(person.account, Pack::id);
    to.maybe(person.npi, |to, npi| to.number(npi.number()));
    to.text(person.provider_type.code());
    to.text(&person.given_name);
    to.text(&person.family_name);
    to.number(zone_number(person.time_zone).into());
    to.text(&person.bio);
    to.list(&person.languages, |to, language| to.text(language));
    to.list(&person.concerns, |to, concern| to.text(concern));
    let terms = &person.terms;
    let flags = [
        person.accepts_new_patients,
        terms.same_day_booking,
        person.excluded,
        person.closed,
        person.origin == Origin::Nppes,
    ];
    to.byte(flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag)));
    to.number(terms.travel_minutes.into());
    to.maybe(terms.daily_limit, |to, limit| to.number(limit.into()));
    to.maybe(terms.weekly_limit, |to, limit| to.number(limit.into()));
    to.number(terms.request_lapse_minutes.into());
    to.signed(person.version);
}

fn read_practitioner(from: &mut Unpack<'_>, id: PractitionerId) -> Option<Practitioner> {
    let account = from.maybe(Unpack::id)?;
    let npi = from.maybe(|from| format!("{:010}", from.number()?).parse().ok())?;
    let provider_type = ProviderType::from_code(from.text()?)?;
    let [given_name, family_name] = [from.text()?, from.text()?].map(str::to_owned);
    let time_zone = read_zone(from)?;
    let bio = from.text()?.to_owned();
    let texts = |from: &mut Unpack<'_>| from.list(|from| from.text().map(str::to_owned));
    let (languages, concerns) = (texts(from)?, texts(from)?);
    let flags = from.byte()?;
    let is = |bit: u8| flags >> bit & 1 == 1;
    Some(Practitioner {
        id,
        account,
        npi,
        provider_type,
        given_name,
        family_name,
        time_zone,
        bio,
        languages,
        concerns,
        accepts_new_patients: is(0),
        terms: BookingTerms {
            travel_minutes: from.small()?,
            daily_limit: from.maybe(Unpack::small)?,
            weekly_limit: from.maybe(Unpack::small)?,
            same_day_booking: is(1),
            request_lapse_minutes: from.small()?,
        },
        excluded: is(2),
        origin: if is(4) { Origin::Nppes } else { Origin::Registered },
        closed: is(3),
        version: from.signed()?,
    })
}

fn location(to: &mut Pack, place: &Location) {
    for text in [&place.name, &place.address_line, &place.city, &place.region, &place.postal_code] {
        to.text(text);
    }
    to.text(place.country.code());
    to.float(place.position.latitude());
    to.float(place.position.longitude());
    to.number(zone_number(place.time_zone).into());
    to.byte(u8::from(place.removed));
    to.signed(place.version);
}

fn read_location(from: &mut Unpack<'_>, id: LocationId, practitioner: PractitionerId) -> Option<Location> {
    Some(Location {
        id,
        practitioner,
        name: from.text()?.to_owned(),
        address_line: from.text()?.to_owned(),
        city: from.text()?.to_owned(),
        region: from.text()?.to_owned(),
        postal_code: from.text()?.to_owned(),
        country: from.text()?.parse().ok()?,
        position: Position::new(from.float()?, from.float()?).ok()?,
        time_zone: read_zone(from)?,
        removed: from.flag()?,
        version: from.signed()?,
    })
}

fn credential(to: &mut Pack, paper: &Credential) {
    to.id(paper.id);
    to.text(paper.kind.code());
    to.text(paper.provider_type.code());
    to.text(&paper.issuer);
    to.text(&paper.jurisdiction.to_string());
    to.text(&paper.number);
    to.date(paper.issued_on);
    to.maybe(paper.expires_on, Pack::date);
    to.text(paper.status.code());
    to.instant(paper.submitted_at);
    to.maybe(paper.verified_on, Pack::date);
    to.maybe(paper.method, |to, method| to.text(method.code()));
    to.maybe(paper.source_url.as_deref(), Pack::text);
    to.signed(paper.version);
}

fn read_credential(from: &mut Unpack<'_>, practitioner: PractitionerId) -> Option<Credential> {
    let status = |code: &str| CredentialStatus::ALL.into_iter().find(|status| status.code() == code);
    Some(Credential {
        id: from.id()?,
        practitioner,
        kind: CredentialKind::from_code(from.text()?)?,
        provider_type: ProviderType::from_code(from.text()?)?,
        issuer: from.text()?.to_owned(),
        jurisdiction: from.text()?.parse().ok()?,
        number: from.text()?.to_owned(),
        issued_on: from.date()?,
        expires_on: from.maybe(Unpack::date)?,
        status: status(from.text()?)?,
        submitted_at: from.instant()?,
        verified_on: from.maybe(Unpack::date)?,
        method: from.maybe(|from| Method::from_code(from.text()?))?,
        source_url: from.maybe(|from| from.text().map(str::to_owned))?,
        version: from.signed()?,
    })
}

fn service(to: &mut Pack, service: &Service) {
    to.id(service.id);
    to.text(&service.name);
    let rules = &service.rules;
    for number in [
        rules.duration_minutes,
        rules.buffer_before_minutes,
        rules.buffer_after_minutes,
        rules.minimum_notice_minutes,
        rules.horizon_days,
        rules.start_interval_minutes,
        service.cancellation_notice_minutes,
    ] {
        to.number(number.into());
    }
    to.maybe(service.price, |to, price| {
        to.signed(price.minor);
        to.text(price.currency.code());
    });
    to.byte(u8::from(service.requires_confirmation) | u8::from(service.removed) << 1);
    to.signed(service.version);
}

fn read_service(from: &mut Unpack<'_>, practitioner: PractitionerId) -> Option<Service> {
    let (id, name) = (from.id()?, from.text()?.to_owned());
    let rules = BookingRules {
        duration_minutes: from.small()?,
        buffer_before_minutes: from.small()?,
        buffer_after_minutes: from.small()?,
        minimum_notice_minutes: from.small()?,
        horizon_days: from.small()?,
        start_interval_minutes: from.small()?,
    };
    let cancellation_notice_minutes = from.small()?;
    let price =
        |from: &mut Unpack<'_>| Some(Price { minor: from.signed()?, currency: from.text()?.parse().ok()? });
    let price = from.maybe(price)?;
    let flags = from.byte()?;
    Some(Service {
        id,
        practitioner,
        name,
        rules,
        price,
        requires_confirmation: flags & 1 != 0,
        cancellation_notice_minutes,
        removed: flags & 2 != 0,
        version: from.signed()?,
    })
}

fn schedule(to: &mut Pack, listing: &Listing) {
    let schedule = &listing.schedule;
    to.number(zone_number(schedule.time_zone).into());
    to.list(&schedule.weekly, |to, hours| {
        to.byte(hours.weekday.num_days_from_monday() as u8);
        to.time(hours.start);
        to.time(hours.end);
        at(to, listing, hours.location);
        to.maybe(hours.services.as_ref(), |to, services| {
            let all = || listing.services.iter().map(|service| service.id);
            to.list(services, |to, service| one_of(to, all(), *service));
        });
        to.maybe(hours.valid_from, Pack::date);
        to.maybe(hours.valid_until, Pack::date);
        to.number(hours.every_weeks.into());
        to.maybe(hours.anchor_on, Pack::date);
    });
    to.list(&schedule.exceptions, |to, exception| {
        to.date(exception.date);
        to.list(&exception.windows, |to, window| {
            to.time(window.start);
            to.time(window.end);
            at(to, listing, window.location);
        });
    });
}

fn read_schedule(from: &mut Unpack<'_>, places: &[LocationId], services: &[ServiceId]) -> Option<Schedule> {
    let hours = |from: &mut Unpack<'_>| {
        Some(WeeklyHours {
            weekday: Weekday::try_from(from.byte()?).ok()?,
            start: from.time()?,
            end: from.time()?,
            location: known(from, places)?,
            services: from.maybe(|from| from.list(|from| known(from, services)))?,
            valid_from: from.maybe(Unpack::date)?,
            valid_until: from.maybe(Unpack::date)?,
            every_weeks: from.small()?,
            anchor_on: from.maybe(Unpack::date)?,
        })
    };
    let window = |from: &mut Unpack<'_>| {
        Some(DateWindow { start: from.time()?, end: from.time()?, location: known(from, places)? })
    };
    Some(Schedule {
        time_zone: read_zone(from)?,
        weekly: from.list(hours)?,
        exceptions: from
            .list(|from| Some(DateException { date: from.date()?, windows: from.list(window)? }))?,
    })
}

fn period(to: &mut Pack, period: Period) {
    to.instant(period.start());
    let length = period.duration();
    to.signed(length.num_seconds());
    to.signed(length.subsec_nanos().into());
}

fn read_period(from: &mut Unpack<'_>) -> Option<Period> {
    let start = from.instant()?;
    let length = chrono::Duration::seconds(from.signed()?) + chrono::Duration::nanoseconds(from.signed()?);
    Period::new(start, start.checked_add_signed(length)?)
}

fn at(to: &mut Pack, listing: &Listing, location: LocationId) {
    one_of(to, listing.locations.iter().map(|place| place.id), location);
}

/// An identity by its number among those known, counted from one; whole where it is not among them.
fn one_of<T: Into<uuid::Uuid> + PartialEq>(to: &mut Pack, known: impl Iterator<Item = T>, id: T) {
    match { known }.position(|other| other == id) {
        Some(nth) => to.number(nth as u64 + 1),
        None => {
            to.number(0);
            to.id(id);
        }
    }
}

fn known<T: From<uuid::Uuid> + Copy>(from: &mut Unpack<'_>, known: &[T]) -> Option<T> {
    match from.size()?.checked_sub(1) {
        Some(nth) => known.get(nth).copied(),
        None => from.id(),
    }
}

fn read_zone(from: &mut Unpack<'_>) -> Option<Tz> {
    zone(u16::try_from(from.number()?).ok()?)
}
