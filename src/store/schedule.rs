//! Hours, one row a practitioner: they are always read and written whole.

use diesel::prelude::*;

use crate::domain::{id::PractitionerId, schedule::Schedule};

use super::{
    dialect::{Id, is_among},
    schema::schedule,
    tx::{Conn, StoreError, Tx},
};

type ScheduleRow = (Id, String, String, String, i64);

fn schedule_of(row: ScheduleRow) -> Result<(PractitionerId, Schedule, i64), StoreError> {
    let (id, time_zone, weekly, exceptions, version) = row;
    let damaged = |why: &str| StoreError::damaged("schedule", why);
    let schedule = Schedule {
        time_zone: time_zone.parse().map_err(|_| damaged("time_zone"))?,
        weekly: serde_json::from_str(&weekly).map_err(|_| damaged("weekly"))?,
        exceptions: serde_json::from_str(&exceptions).map_err(|_| damaged("exceptions"))?,
    };
    Ok((id.0.into(), schedule, version))
}

/// The hours of one practitioner with their version; none before they were first set.
pub fn find(conn: &mut Conn, practitioner: PractitionerId) -> Result<Option<(Schedule, i64)>, StoreError> {
    let row: Option<ScheduleRow> = schedule::table.find(Id::of(practitioner)).first(conn).optional()?;
    Ok(row.map(schedule_of).transpose()?.map(|(_, schedule, version)| (schedule, version)))
}

/// The hours of those practitioners that have set them, by practitioner.
pub fn of(
    conn: &mut Conn,
    practitioners: &[PractitionerId],
) -> Result<Vec<(PractitionerId, Schedule)>, StoreError> {
    let rows: Vec<ScheduleRow> = schedule::table
        .filter(is_among!(schedule::practitioner_id, practitioners))
        .order(schedule::practitioner_id)
        .load(conn)?;
    rows.into_iter().map(|row| schedule_of(row).map(|(id, schedule, _)| (id, schedule))).collect()
}

/// Sets the hours; `version` is the new one. `NotFound` where the stored one is not the version before.
pub fn put(
    tx: &mut Tx,
    practitioner: PractitionerId,
    hours: &Schedule,
    version: i64,
) -> Result<(), StoreError> {
    let values = (
        schedule::time_zone.eq(hours.time_zone.name()),
        schedule::weekly.eq(serde_json::json!(hours.weekly).to_string()),
        schedule::exceptions.eq(serde_json::json!(hours.exceptions).to_string()),
        schedule::version.eq(version),
    );
    if version == 1 {
        diesel::insert_into(schedule::table)
            .values((schedule::practitioner_id.eq(Id::of(practitioner)), values))
            .execute(&mut **tx)?;
        return Ok(());
    }
    let changed = diesel::update(
        schedule::table
            .filter(schedule::practitioner_id.eq(Id::of(practitioner)))
            .filter(schedule::version.eq(version - 1)),
    )
    .set(values)
    .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound("schedule at that version")) }
}
