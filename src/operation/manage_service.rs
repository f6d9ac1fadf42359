//! Adds, changes and removes what can be booked.
//!
//! **Invariant:** a booking keeps the length, the buffers, the price and the
//! notice it was agreed with, whatever becomes of its service.

use crate::{
    domain::{
        change::Change,
        id::{PractitionerId, ServiceId},
        service::{BookingRules, Currency, Price, Service},
    },
    store::{Conn, StoreError, Tx, audit::Entry, service},
};

use super::manage_practitioner::{Keeper, kept_alone};

/// Most services of one practitioner.
pub const MOST_SERVICES: usize = 50;

/// What a service is to be.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is called.
    pub name: String,
    /// When it can be booked.
    pub rules: BookingRules,
    /// What it costs, if that is stated.
    pub price: Option<Price>,
    /// A booking waits for the practitioner's word.
    pub requires_confirmation: bool,
    /// A cancellation later than this before the start is marked late.
    pub cancellation_notice_minutes: u32,
}

/// A new service.
#[derive(Debug, Clone)]
pub struct AddService {
    /// Whose.
    pub practitioner: PractitionerId,
    /// By whom.
    pub keeper: Keeper,
    /// What it is to be.
    pub draft: Draft,
}

/// What is to become of a service; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What it is called.
    pub name: Option<String>,
    /// Length of the visit.
    pub duration_minutes: Option<u32>,
    /// Kept free before.
    pub buffer_before_minutes: Option<u32>,
    /// Kept free after.
    pub buffer_after_minutes: Option<u32>,
    /// How long ahead.
    pub minimum_notice_minutes: Option<u32>,
    /// How far ahead.
    pub horizon_days: Option<u32>,
    /// Step of the grid.
    pub start_interval_minutes: Option<u32>,
    /// The price in minor units; `Some(None)` clears it.
    pub price_minor: Option<Option<i64>>,
    /// Its currency; `Some(None)` clears it.
    pub currency: Option<Option<Currency>>,
    /// Whether a booking waits for the practitioner's word.
    pub requires_confirmation: Option<bool>,
    /// When a cancellation is late.
    pub cancellation_notice_minutes: Option<u32>,
}

/// A change of a service.
#[derive(Debug, Clone)]
pub struct EditService {
    /// Whose.
    pub practitioner: PractitionerId,
    /// Which.
    pub service: ServiceId,
    /// By whom.
    pub keeper: Keeper,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
    /// What is to become of it.
    pub wanted: Wanted,
}

/// The removal of a service.
#[derive(Debug, Clone, Copy)]
pub struct RemoveService {
    /// Whose.
    pub practitioner: PractitionerId,
    /// Which.
    pub service: ServiceId,
    /// By whom.
    pub keeper: Keeper,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
}

/// Why a service was not added, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Unknown, or somebody else's.
    #[error("there is no such service")]
    NotFound,
    /// Changed since they read it.
    #[error("the service was changed in the meantime")]
    Stale,
    /// As many as there may be.
    #[error("a practitioner has at most {MOST_SERVICES} services")]
    TooMany,
    /// Half a price.
    #[error("a price needs both price_minor and currency")]
    HalfPrice,
    /// It failed.
    #[error("the service could not be stored")]
    Store(#[from] StoreError),
}

/// A price from its two halves: both or neither.
pub fn price(minor: Option<i64>, currency: Option<Currency>) -> Result<Option<Price>, ServiceError> {
    match (minor, currency) {
        (Some(minor), Some(currency)) => Ok(Some(Price { minor, currency })),
        (None, None) => Ok(None),
        _ => Err(ServiceError::HalfPrice),
    }
}

/// Adds a service.
pub fn add(tx: &mut Tx, wish: &AddService) -> Result<Service, ServiceError> {
    let id = wish.practitioner;
    kept_alone(tx, id, wish.keeper)?.ok_or(ServiceError::NotFound)?;
    if service::of(tx, &[id])?.len() >= MOST_SERVICES {
        return Err(ServiceError::TooMany);
    }
    let made = Service {
        id: tx.new_id(),
        practitioner: id,
        name: wish.draft.name.clone(),
        rules: wish.draft.rules,
        price: wish.draft.price,
        requires_confirmation: wish.draft.requires_confirmation,
        cancellation_notice_minutes: wish.draft.cancellation_notice_minutes,
        removed: false,
        version: 1,
    };
    service::insert(tx, &made)?;
    tx.announce(Change::Profile(id));
    tx.audit(Entry::new("service.create", "service", made.id));
    Ok(made)
}

/// A service of the practitioner that is not removed.
pub fn standing(
    conn: &mut Conn,
    practitioner: PractitionerId,
    id: ServiceId,
) -> Result<Option<Service>, StoreError> {
    Ok(service::find(conn, practitioner, id)?.filter(|service| !service.removed))
}

/// Changes a service.
pub fn edit(tx: &mut Tx, wish: &EditService) -> Result<Service, ServiceError> {
    kept_alone(tx, wish.practitioner, wish.keeper)?.ok_or(ServiceError::NotFound)?;
    let before = standing(tx, wish.practitioner, wish.service)?.ok_or(ServiceError::NotFound)?;
    if wish.seen.is_some_and(|seen| seen != before.version) {
        return Err(ServiceError::Stale);
    }
    let mut after = applied(&before, &wish.wanted)?;
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    service::update(tx, &after)?;
    tx.announce(Change::Profile(wish.practitioner));
    tx.audit(Entry::new("service.update", "service", after.id));
    Ok(after)
}

fn applied(before: &Service, wanted: &Wanted) -> Result<Service, ServiceError> {
    let mut after = before.clone();
    let rules = &mut after.rules;
    for (field, wanted) in [
        (&mut rules.duration_minutes, wanted.duration_minutes),
        (&mut rules.buffer_before_minutes, wanted.buffer_before_minutes),
        (&mut rules.buffer_after_minutes, wanted.buffer_after_minutes),
        (&mut rules.minimum_notice_minutes, wanted.minimum_notice_minutes),
        (&mut rules.horizon_days, wanted.horizon_days),
        (&mut rules.start_interval_minutes, wanted.start_interval_minutes),
        (&mut after.cancellation_notice_minutes, wanted.cancellation_notice_minutes),
    ] {
        *field = wanted.unwrap_or(*field);
    }
    after.name = wanted.name.clone().unwrap_or(after.name);
    after.requires_confirmation = wanted.requires_confirmation.unwrap_or(after.requires_confirmation);
    let minor = wanted.price_minor.unwrap_or(before.price.map(|price| price.minor));
    let currency = wanted.currency.unwrap_or(before.price.map(|price| price.currency));
    after.price = price(minor, currency)?;
    Ok(after)
}

/// Removes a service; bookings of it stand.
pub fn remove(tx: &mut Tx, wish: &RemoveService) -> Result<(), ServiceError> {
    kept_alone(tx, wish.practitioner, wish.keeper)?.ok_or(ServiceError::NotFound)?;
    let mut gone = standing(tx, wish.practitioner, wish.service)?.ok_or(ServiceError::NotFound)?;
    if wish.seen.is_some_and(|seen| seen != gone.version) {
        return Err(ServiceError::Stale);
    }
    gone.removed = true;
    gone.version += 1;
    service::update(tx, &gone)?;
    tx.announce(Change::Profile(wish.practitioner));
    tx.audit(Entry::new("service.remove", "service", gone.id));
    Ok(())
}
