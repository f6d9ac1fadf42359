//! Bookings made together.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::{
    id::{AppointmentId, SeriesId},
    series::Series,
};

use super::{
    dialect::{Id, Instant},
    schema::{appointment, appointment_series, appointment_series_visit},
    tx::{Conn, StoreError, Tx},
};

type SeriesRow = (Id, Id, Id, i32, Instant);

/// The series with that id.
pub fn find(conn: &mut Conn, id: SeriesId) -> Result<Option<Series>, StoreError> {
    let row: Option<SeriesRow> = appointment_series::table.find(Id::of(id)).first(conn).optional()?;
    let Some((id, practitioner, patient, every_weeks, created_at)) = row else { return Ok(None) };
    let every_weeks =
        u32::try_from(every_weeks).map_err(|err| StoreError::damaged("appointment_series", err))?;
    Ok(Some(Series {
        id: id.0.into(),
        practitioner: practitioner.0.into(),
        patient: patient.0.into(),
        every_weeks,
        created_at: created_at.0,
    }))
}

/// The bookings of a series by start.
pub fn visits(conn: &mut Conn, id: SeriesId) -> Result<Vec<AppointmentId>, StoreError> {
    let ids: Vec<Id> = appointment_series_visit::table
        .inner_join(appointment::table.on(appointment::id.eq(appointment_series_visit::appointment_id)))
        .filter(appointment_series_visit::series_id.eq(Id::of(id)))
        .order((appointment::starts_at, appointment::id))
        .select(appointment::id)
        .load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}

/// To which series those of the bookings belong that belong to one.
pub fn of(
    conn: &mut Conn,
    appointments: &[AppointmentId],
) -> Result<HashMap<AppointmentId, SeriesId>, StoreError> {
    let ids: Vec<Id> = appointments.iter().copied().map(Id::of).collect();
    let rows: Vec<(Id, Id)> = appointment_series_visit::table
        .filter(appointment_series_visit::appointment_id.eq_any(ids))
        .load(conn)?;
    Ok(rows.into_iter().map(|(visit, series)| (visit.0.into(), series.0.into())).collect())
}

/// Adds a series with its bookings, which must be there already.
pub fn insert(tx: &mut Tx, series: &Series, visits: &[AppointmentId]) -> Result<(), StoreError> {
    let every_weeks = i32::try_from(series.every_weeks).unwrap_or(i32::MAX);
    diesel::insert_into(appointment_series::table)
        .values((
            appointment_series::id.eq(Id::of(series.id)),
            appointment_series::practitioner_id.eq(Id::of(series.practitioner)),
            appointment_series::patient_id.eq(Id::of(series.patient)),
            appointment_series::every_weeks.eq(every_weeks),
            appointment_series::created_at.eq(Instant(series.created_at)),
        ))
        .execute(&mut **tx)?;
    for visit in visits {
        diesel::insert_into(appointment_series_visit::table)
            .values((
                appointment_series_visit::appointment_id.eq(Id::of(*visit)),
                appointment_series_visit::series_id.eq(Id::of(series.id)),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}
