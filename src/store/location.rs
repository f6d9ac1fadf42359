//! Places where practitioners treat.

use diesel::prelude::*;

use crate::domain::{
    id::{LocationId, PractitionerId},
    location::{Location, Position},
};

use super::{
    dialect::{Id, is_among},
    schema::location,
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = location)]
struct LocationRow {
    id: Id,
    practitioner_id: Id,
    name: String,
    address_line: String,
    city: String,
    region: String,
    postal_code: String,
    country: String,
    latitude: f64,
    longitude: f64,
    time_zone: String,
    removed: bool,
    version: i64,
}

impl TryFrom<LocationRow> for Location {
    type Error = StoreError;

    fn try_from(row: LocationRow) -> Result<Self, StoreError> {
        let damaged = |why: &str| StoreError::damaged("location", why);
        Ok(Self {
            id: row.id.0.into(),
            practitioner: row.practitioner_id.0.into(),
            name: row.name,
            address_line: row.address_line,
            city: row.city,
            region: row.region,
            postal_code: row.postal_code,
            country: row.country.parse().map_err(|_| damaged("country"))?,
            position: Position::new(row.latitude, row.longitude).map_err(|_| damaged("position"))?,
            time_zone: row.time_zone.parse().map_err(|_| damaged("time_zone"))?,
            removed: row.removed,
            version: row.version,
        })
    }
}

fn row_of(location: &Location) -> LocationRow {
    LocationRow {
        id: Id::of(location.id),
        practitioner_id: Id::of(location.practitioner),
        name: location.name.clone(),
        address_line: location.address_line.clone(),
        city: location.city.clone(),
        region: location.region.clone(),
        postal_code: location.postal_code.clone(),
        country: location.country.code().to_owned(),
        latitude: location.position.latitude(),
        longitude: location.position.longitude(),
        time_zone: location.time_zone.name().to_owned(),
        removed: location.removed,
        version: location.version,
    }
}

/// The place with that id, if it is that practitioner's; removed ones too.
pub fn find(
    conn: &mut Conn,
    practitioner: PractitionerId,
    id: LocationId,
) -> Result<Option<Location>, StoreError> {
    let row = location::table
        .filter(location::id.eq(Id::of(id)))
        .filter(location::practitioner_id.eq(Id::of(practitioner)))
        .select(LocationRow::as_select())
        .first(conn)
        .optional()?;
    row.map(Location::try_from).transpose()
}

/// Places of those practitioners that are not removed, by practitioner and in the order they were made.
pub fn of(conn: &mut Conn, practitioners: &[PractitionerId]) -> Result<Vec<Location>, StoreError> {
    let rows: Vec<LocationRow> = location::table
        .filter(is_among!(location::practitioner_id, practitioners))
        .filter(location::removed.eq(false))
        .order((location::practitioner_id, location::id))
        .select(LocationRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Location::try_from).collect()
}

/// Adds a place.
pub fn insert(tx: &mut Tx, location: &Location) -> Result<(), StoreError> {
    diesel::insert_into(location::table).values(row_of(location)).execute(&mut **tx)?;
    Ok(())
}

/// Replaces a place that is still at the version before; `NotFound` where somebody was quicker.
pub fn update(tx: &mut Tx, location: &Location) -> Result<(), StoreError> {
    let changed = diesel::update(
        location::table
            .filter(location::id.eq(Id::of(location.id)))
            .filter(location::version.eq(location.version - 1)),
    )
    .set(row_of(location))
    .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound("location at that version")) }
}

/// Those of the places that exist, removed ones too.
pub fn among(conn: &mut Conn, ids: &[LocationId]) -> Result<Vec<Location>, StoreError> {
    let ids: Vec<Id> = ids.iter().copied().map(Id::of).collect();
    let rows: Vec<LocationRow> =
        location::table.filter(location::id.eq_any(ids)).select(LocationRow::as_select()).load(conn)?;
    rows.into_iter().map(Location::try_from).collect()
}
