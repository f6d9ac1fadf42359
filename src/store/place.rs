//! The gazetteer's rows.

use diesel::prelude::*;

use crate::domain::{location::Position, place::Place, text::folded};

use super::{
    schema::{place, place_edition},
    tx::{Conn, StoreError, Tx},
};

type PlaceRow = (String, String, String, String, f64, f64, i64);

/// Every place, in no order.
pub fn all(conn: &mut Conn) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<PlaceRow> = place::table
        .select((
            place::name,
            place::region,
            place::country,
            place::postal_code,
            place::latitude,
            place::longitude,
            place::population,
        ))
        .load(conn)?;
    rows.into_iter().map(place_of).collect()
}

fn place_of(row: PlaceRow) -> Result<Place, StoreError> {
    let (name, region, country, postal_code, latitude, longitude, population) = row;
    let damaged = |why: &str| StoreError::damaged("place", why);
    Ok(Place {
        name,
        region,
        country: country.parse().map_err(|_| damaged("country"))?,
        postal_code,
        position: Position::new(latitude, longitude).map_err(|_| damaged("position"))?,
        population,
    })
}

/// What makes two rows speak of the same place.
#[must_use]
pub fn key(place: &Place) -> String {
    if place.postal_code.is_empty() {
        format!("{}/{}/{}", place.country, place.region, folded(&place.name))
    } else {
        format!("{}#{}", place.country, place.postal_code)
    }
}

/// Whether a put added, changed or left a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was not there.
    Inserted,
    /// It was there and differed.
    Updated,
    /// It was there already.
    Unchanged,
}

/// Adds a place or replaces the one with the same key. A row without a name keeps the name it had.
pub fn put(tx: &mut Tx, new: &Place, source: &str) -> Result<Put, StoreError> {
    let key = key(new);
    let old: Option<PlaceRow> = place::table
        .find(&key)
        .select((
            place::name,
            place::region,
            place::country,
            place::postal_code,
            place::latitude,
            place::longitude,
            place::population,
        ))
        .first(&mut **tx)
        .optional()?;
    let old = old.map(place_of).transpose()?;
    let mut new = new.clone();
    if let Some(old) = &old {
        if new.name.is_empty() {
            new.name.clone_from(&old.name);
            new.region.clone_from(&old.region);
        }
        if new.population == 0 {
            new.population = old.population;
        }
        if *old == new {
            return Ok(Put::Unchanged);
        }
    }
    let values = (
        place::name.eq(&new.name),
        place::region.eq(&new.region),
        place::country.eq(new.country.code()),
        place::postal_code.eq(&new.postal_code),
        place::latitude.eq(new.position.latitude()),
        place::longitude.eq(new.position.longitude()),
        place::population.eq(new.population),
        place::source.eq(source),
    );
    if old.is_some() {
        diesel::update(place::table.find(&key)).set(values).execute(&mut **tx)?;
        Ok(Put::Updated)
    } else {
        diesel::insert_into(place::table).values((place::key.eq(&key), values)).execute(&mut **tx)?;
        Ok(Put::Inserted)
    }
}

/// Rises with every import.
pub fn edition(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(place_edition::table.find(1).select(place_edition::number).first(conn)?)
}

/// Makes running servers read the gazetteer again.
pub fn raise_edition(tx: &mut Tx) -> Result<(), StoreError> {
    diesel::update(place_edition::table.find(1))
        .set(place_edition::number.eq(place_edition::number + 1))
        .execute(&mut **tx)?;
    Ok(())
}
