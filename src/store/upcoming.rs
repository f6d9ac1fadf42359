//! Bookings that lie ahead, as far as hours, places and times away are concerned.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    appointment::AppointmentStatus,
    id::{AppointmentId, LocationId, PractitionerId, ServiceId},
    period::Period,
};

use super::{
    dialect::{Id, Instant},
    schema::appointment,
    tx::{Conn, StoreError},
};

/// A booking that lies ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// Its identity.
    pub id: AppointmentId,
    /// What.
    pub service: ServiceId,
    /// Where.
    pub location: LocationId,
    /// How far it has come.
    pub status: AppointmentStatus,
    /// The visit itself.
    pub visit: Period,
}

type UpcomingRow = (Id, Id, Id, String, Instant, Instant);

fn upcoming_of(row: UpcomingRow) -> Result<Upcoming, StoreError> {
    let (id, service, location, status, starts_at, ends_at) = row;
    let damaged = |why: &str| StoreError::damaged("appointment", why);
    Ok(Upcoming {
        id: id.0.into(),
        service: service.0.into(),
        location: location.0.into(),
        status: AppointmentStatus::from_code(&status).ok_or_else(|| damaged("status"))?,
        visit: Period::new(starts_at.0, ends_at.0).ok_or_else(|| damaged("empty"))?,
    })
}

/// Bookings of a practitioner that still take up their time and end after `now`, by start.
pub fn of(
    conn: &mut Conn,
    practitioner: PractitionerId,
    now: DateTime<Utc>,
) -> Result<Vec<Upcoming>, StoreError> {
    let active = AppointmentStatus::ALL.into_iter().filter(|status| status.is_active());
    let rows: Vec<UpcomingRow> = appointment::table
        .filter(appointment::practitioner_id.eq(Id::of(practitioner)))
        .filter(appointment::ends_at.gt(Instant(now)))
        .filter(appointment::status.eq_any(active.map(AppointmentStatus::code).collect::<Vec<_>>()))
        .order((appointment::starts_at, appointment::id))
        .select((
            appointment::id,
            appointment::service_id,
            appointment::location_id,
            appointment::status,
            appointment::starts_at,
            appointment::ends_at,
        ))
        .load(conn)?;
    rows.into_iter().map(upcoming_of).collect()
}
