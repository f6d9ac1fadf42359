//! The people treated. Every account has a patient of its own, with the same id.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    appointment::AppointmentStatus,
    id::{AccountId, PatientId, PractitionerId},
};

use super::{
    dialect::{Id, Instant},
    schema::{appointment, patient},
    tx::{Conn, StoreError, Tx},
};

/// The account a patient belongs to.
pub fn account_of(conn: &mut Conn, id: PatientId) -> Result<Option<AccountId>, StoreError> {
    let row: Option<Id> =
        patient::table.find(Id::of(id)).select(patient::account_id).first(conn).optional()?;
    Ok(row.map(|id| id.0.into()))
}

/// Adds a patient.
pub fn insert(
    tx: &mut Tx,
    id: PatientId,
    account: AccountId,
    name: &str,
    created_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(patient::table)
        .values((
            patient::id.eq(Id::of(id)),
            patient::account_id.eq(Id::of(account)),
            patient::name.eq(name),
            patient::created_at.eq(Instant(created_at)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Changes the name.
pub fn update_name(tx: &mut Tx, id: PatientId, name: &str) -> Result<(), StoreError> {
    diesel::update(patient::table.find(Id::of(id))).set(patient::name.eq(name)).execute(&mut **tx)?;
    Ok(())
}

/// Whether appointments that stand and have not ended name the account, or the practitioner record it answers for.
pub fn has_appointments_ahead(
    conn: &mut Conn,
    account: AccountId,
    practitioner: Option<PractitionerId>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let standing = [AppointmentStatus::Pending, AppointmentStatus::Booked, AppointmentStatus::Arrived]
        .map(AppointmentStatus::code);
    let mut query = appointment::table
        .filter(appointment::status.eq_any(standing))
        .filter(appointment::ends_at.gt(Instant(now)))
        .into_boxed();
    query = match practitioner {
        Some(id) => query.filter(
            appointment::account_id.eq(Id::of(account)).or(appointment::practitioner_id.eq(Id::of(id))),
        ),
        None => query.filter(appointment::account_id.eq(Id::of(account))),
    };
    Ok(query.count().get_result::<i64>(conn)? > 0)
}
