//! Appointments ahead that rest on answers to a list no longer in force.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    appointment::AppointmentStatus,
    id::{AppointmentId, PatientId, PractitionerId},
};

use super::{
    dialect::{Id, Instant},
    schema::{appointment, screening},
    tx::{Conn, StoreError},
};

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    /// Which.
    pub id: AppointmentId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// Who treats.
    pub practitioner: PractitionerId,
    /// Who is treated.
    pub patient: PatientId,
}

/// Appointments still to take place that begin after `now` and were booked under a version before
/// `version`, by start. One that took place before it was to begin has nothing left to be answered.
pub fn appointments(conn: &mut Conn, version: i32, now: DateTime<Utc>) -> Result<Vec<Outdated>, StoreError> {
    let ahead = |status: &AppointmentStatus| status.is_active() && *status != AppointmentStatus::Fulfilled;
    let standing = AppointmentStatus::ALL.into_iter().filter(ahead);
    let rows: Vec<(Id, Instant, Id, Id)> = appointment::table
        .inner_join(screening::table.on(screening::id.eq(appointment::screening_id)))
        .filter(screening::version.lt(version))
        .filter(appointment::starts_at.gt(Instant(now)))
        .filter(appointment::status.eq_any(standing.map(AppointmentStatus::code).collect::<Vec<_>>()))
        .order((appointment::starts_at, appointment::id))
        .select((
            appointment::id,
            appointment::starts_at,
            appointment::practitioner_id,
            appointment::patient_id,
        ))
        .load(conn)?;
    let outdated = |(id, starts_at, practitioner, patient): (Id, Instant, Id, Id)| Outdated {
        id: id.0.into(),
        starts_at: starts_at.0,
        practitioner: practitioner.0.into(),
        patient: patient.0.into(),
    };
    Ok(rows.into_iter().map(outdated).collect())
}
