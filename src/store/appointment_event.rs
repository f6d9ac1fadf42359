//! What happened to bookings, step by step. Reasons are sealed: people write health words there.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    appointment::AppointmentStatus,
    id::{AccountId, AppointmentId},
};

use super::{
    dialect::{Id, Instant, insert_rows, is_among},
    schema::appointment_event,
    tx::{Conn, StoreError, Tx},
};

/// One step, its reason still sealed.
#[derive(Debug, Clone)]
pub struct Step {
    /// Counts from 0.
    pub number: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none for the system.
    pub actor: Option<AccountId>,
    /// In which part: `patient`, `practitioner`, `admin` or `system`.
    pub actor_role: String,
    /// Status before; none for the booking itself.
    pub from: Option<AppointmentStatus>,
    /// Status after.
    pub to: AppointmentStatus,
    /// Why, sealed.
    pub reason: Option<Vec<u8>>,
}

type StepRow = (Id, i32, Instant, Option<Id>, String, Option<String>, String, Option<Vec<u8>>);

fn step_of(row: StepRow) -> Result<(AppointmentId, Step), StoreError> {
    let (appointment, number, at, actor, actor_role, from, to, reason) = row;
    let status = |code: &str| {
        AppointmentStatus::from_code(code).ok_or_else(|| StoreError::damaged("appointment_event", "status"))
    };
    let from = from.as_deref().map(status).transpose()?;
    let actor = actor.map(|id| id.0.into());
    let step = Step { number, at: at.0, actor, actor_role, from, to: status(&to)?, reason };
    Ok((appointment.0.into(), step))
}

/// The steps of those bookings, by booking and in order.
pub fn of(conn: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<(AppointmentId, Step)>, StoreError> {
    let rows: Vec<StepRow> = appointment_event::table
        .filter(is_among!(appointment_event::appointment_id, ids))
        .order((appointment_event::appointment_id, appointment_event::number))
        .load(conn)?;
    rows.into_iter().map(step_of).collect()
}

/// When those bookings last changed.
pub fn last_changes(
    conn: &mut Conn,
    ids: &[AppointmentId],
) -> Result<HashMap<AppointmentId, DateTime<Utc>>, StoreError> {
    let rows: Vec<(Id, Instant)> = appointment_event::table
        .filter(is_among!(appointment_event::appointment_id, ids))
        .order((appointment_event::appointment_id, appointment_event::number))
        .select((appointment_event::appointment_id, appointment_event::at))
        .load(conn)?;
    // In order, so that the last step of each is what stays.
    Ok(rows.into_iter().map(|(id, at)| (id.0.into(), at.0)).collect())
}

/// The number the next step gets.
pub fn next_number(conn: &mut Conn, id: AppointmentId) -> Result<i32, StoreError> {
    let last: Option<i32> = appointment_event::table
        .filter(appointment_event::appointment_id.eq(Id::of(id)))
        .select(diesel::dsl::max(appointment_event::number))
        .first(conn)?;
    Ok(last.map_or(0, |last| last + 1))
}

/// Adds steps, each to its booking.
pub fn insert(tx: &mut Tx, steps: &[(AppointmentId, Step)]) -> Result<(), StoreError> {
    let row = |(id, step): &(AppointmentId, Step)| {
        (
            appointment_event::appointment_id.eq(Id::of(*id)),
            appointment_event::number.eq(step.number),
            appointment_event::at.eq(Instant(step.at)),
            appointment_event::actor_id.eq(step.actor.map(Id::of)),
            appointment_event::actor_role.eq(step.actor_role.clone()),
            appointment_event::from_status.eq(step.from.map(AppointmentStatus::code)),
            appointment_event::to_status.eq(step.to.code()),
            appointment_event::reason.eq(step.reason.clone()),
        )
    };
    insert_rows!(&mut **tx, appointment_event::table, steps.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}
