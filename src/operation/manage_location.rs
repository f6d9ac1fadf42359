//! Adds, changes and removes the places of a practitioner.
//!
//! **Invariant:** no visit that lies ahead and no hours that may still come
//! name a removed place.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::{
    domain::{
        change::Change,
        id::{LocationId, PractitionerId},
        location::{Country, Location, Position},
        schedule::{Schedule, local_date},
    },
    search::Gazetteer,
    store::{Conn, StoreError, Tx, appointment, audit::Entry, location, schedule},
};

use super::{
    manage_practitioner::{Keeper, kept_alone},
    place_address::{self, AddressError},
};

/// Most places of one practitioner.
pub const MOST_LOCATIONS: usize = 20;

/// What is to become of a place; `None` leaves a field as it is, or to be found out.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The practice's name.
    pub name: Option<String>,
    /// Street and number.
    pub address_line: Option<String>,
    /// City or town.
    pub city: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<Country>,
    /// Where exactly; otherwise the gazetteer says.
    pub position: Option<Position>,
    /// The zone; otherwise the coordinates say.
    pub time_zone: Option<Tz>,
}

/// A new place.
#[derive(Clone)]
pub struct AddLocation {
    /// Whose.
    pub practitioner: PractitionerId,
    /// By whom.
    pub keeper: Keeper,
    /// Its country.
    pub country: Country,
    /// The rest of it.
    pub wanted: Wanted,
    /// Where addresses are looked up.
    pub gazetteer: Arc<Gazetteer>,
}

/// A change of a place.
#[derive(Clone)]
pub struct EditLocation {
    /// Whose.
    pub practitioner: PractitionerId,
    /// Which.
    pub location: LocationId,
    /// By whom.
    pub keeper: Keeper,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
    /// What is to become of it.
    pub wanted: Wanted,
    /// Where addresses are looked up.
    pub gazetteer: Arc<Gazetteer>,
}

/// The removal of a place.
#[derive(Debug, Clone, Copy)]
pub struct RemoveLocation {
    /// Whose.
    pub practitioner: PractitionerId,
    /// Which.
    pub location: LocationId,
    /// By whom.
    pub keeper: Keeper,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
}

/// Why a place was not added, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// Unknown, or somebody else's.
    #[error("there is no such place")]
    NotFound,
    /// Changed since they read it.
    #[error("the place was changed in the meantime")]
    Stale,
    /// As many as there may be.
    #[error("a practitioner has at most {MOST_LOCATIONS} places")]
    TooMany,
    /// It cannot be placed.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Something that lies ahead is there.
    #[error("this place is still used by {}", in_words(*.appointments, *.has_hours))]
    InUse {
        /// How many visits that lie ahead.
        appointments: usize,
        /// Whether hours that may still come.
        has_hours: bool,
    },
    /// It failed.
    #[error("the place could not be stored")]
    Store(#[from] StoreError),
}

fn in_words(appointments: usize, has_hours: bool) -> String {
    match (appointments, has_hours) {
        (0, _) => "the schedule".to_owned(),
        (many, false) => format!("{many} upcoming appointments"),
        (many, true) => format!("{many} upcoming appointments and the schedule"),
    }
}

/// Adds a place.
pub fn add(tx: &mut Tx, wish: &AddLocation) -> Result<Location, LocationError> {
    let id = wish.practitioner;
    kept_alone(tx, id, wish.keeper)?.ok_or(LocationError::NotFound)?;
    if location::of(tx, &[id])?.len() >= MOST_LOCATIONS {
        return Err(LocationError::TooMany);
    }
    let place = placed(tx.new_id(), wish)?;
    location::insert(tx, &place)?;
    tx.announce(Change::Profile(id));
    tx.audit(Entry::new("location.create", "location", place.id));
    Ok(place)
}

/// The new place, with what was not said found out.
fn placed(id: LocationId, wish: &AddLocation) -> Result<Location, AddressError> {
    let wanted = wish.wanted.clone();
    let city = wanted.city.unwrap_or_default();
    let region = place_address::region(wish.country, &wanted.region.unwrap_or_default())?;
    let postal_code = wanted.postal_code.unwrap_or_default();
    let position = match wanted.position {
        Some(position) => position,
        None => place_address::position(&wish.gazetteer, wish.country, &region, &city, &postal_code)?,
    };
    let time_zone = match wanted.time_zone {
        Some(zone) => zone,
        None => place_address::zone(position)?,
    };
    Ok(Location {
        id,
        practitioner: wish.practitioner,
        name: wanted.name.unwrap_or_default(),
        address_line: wanted.address_line.unwrap_or_default(),
        city,
        region,
        postal_code,
        country: wish.country,
        position,
        time_zone,
        removed: false,
        version: 1,
    })
}

/// A place of the practitioner that is not removed.
pub fn standing(
    conn: &mut Conn,
    practitioner: PractitionerId,
    id: LocationId,
) -> Result<Option<Location>, StoreError> {
    Ok(location::find(conn, practitioner, id)?.filter(|place| !place.removed))
}

/// Changes a place. Another address without coordinates is looked up anew; visits already agreed keep
/// the zone they were agreed in.
pub fn edit(tx: &mut Tx, wish: &EditLocation) -> Result<Location, LocationError> {
    kept_alone(tx, wish.practitioner, wish.keeper)?.ok_or(LocationError::NotFound)?;
    let before = standing(tx, wish.practitioner, wish.location)?.ok_or(LocationError::NotFound)?;
    if wish.seen.is_some_and(|seen| seen != before.version) {
        return Err(LocationError::Stale);
    }
    let mut after = applied(&before, &wish.wanted)?;
    if wish.wanted.position.is_none() && moved(&before, &after) {
        let Location { country, region, city, postal_code, .. } = &after;
        after.position = place_address::position(&wish.gazetteer, *country, region, city, postal_code)?;
    }
    if wish.wanted.time_zone.is_none() && after.position != before.position {
        after.time_zone = place_address::zone(after.position)?;
    }
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    location::update(tx, &after)?;
    tx.announce(Change::Profile(wish.practitioner));
    tx.audit(Entry::new("location.update", "location", after.id));
    Ok(after)
}

fn applied(before: &Location, wanted: &Wanted) -> Result<Location, AddressError> {
    let mut after = before.clone();
    let wanted = wanted.clone();
    after.name = wanted.name.unwrap_or(after.name);
    after.address_line = wanted.address_line.unwrap_or(after.address_line);
    after.city = wanted.city.unwrap_or(after.city);
    after.country = wanted.country.unwrap_or(after.country);
    after.region = place_address::region(after.country, &wanted.region.unwrap_or(after.region))?;
    after.postal_code = wanted.postal_code.unwrap_or(after.postal_code);
    after.position = wanted.position.unwrap_or(after.position);
    after.time_zone = wanted.time_zone.unwrap_or(after.time_zone);
    Ok(after)
}

fn moved(before: &Location, after: &Location) -> bool {
    let address = |place: &Location| {
        [&place.address_line, &place.city, &place.region, &place.postal_code].map(Clone::clone)
    };
    before.country != after.country || address(before) != address(after)
}

/// Removes a place; appointments that were there keep naming it.
pub fn remove(tx: &mut Tx, wish: &RemoveLocation) -> Result<(), LocationError> {
    let (practitioner, id) = (wish.practitioner, wish.location);
    kept_alone(tx, practitioner, wish.keeper)?.ok_or(LocationError::NotFound)?;
    let mut place = standing(tx, practitioner, id)?.ok_or(LocationError::NotFound)?;
    if wish.seen.is_some_and(|seen| seen != place.version) {
        return Err(LocationError::Stale);
    }
    let now = tx.now();
    let ahead = appointment::upcoming(tx, practitioner, now)?;
    let appointments = ahead.iter().filter(|visit| visit.location == id).count();
    let hours = schedule::find(tx, practitioner)?.map(|(hours, _)| hours);
    let has_hours = hours.is_some_and(|hours| may_still_open(&hours, id, now));
    if appointments > 0 || has_hours {
        return Err(LocationError::InUse { appointments, has_hours });
    }
    place.removed = true;
    place.version += 1;
    location::update(tx, &place)?;
    tx.announce(Change::Profile(practitioner));
    tx.audit(Entry::new("location.remove", "location", id));
    Ok(())
}

/// Whether hours at that place are not all past.
fn may_still_open(hours: &Schedule, place: LocationId, now: chrono::DateTime<chrono::Utc>) -> bool {
    // Hours that began yesterday may run past midnight.
    let today = local_date(hours.time_zone, now);
    let since = today.pred_opt().unwrap_or(today);
    let mut weekly = hours.weekly.iter().filter(|weekly| weekly.location == place);
    let mut dated = hours.exceptions.iter().filter(|exception| exception.date >= since);
    weekly.any(|weekly| weekly.valid_until.is_none_or(|last| last >= since))
        || dated.any(|exception| exception.windows.iter().any(|window| window.location == place))
}
