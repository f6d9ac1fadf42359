//! The people treated. Every account has a patient of its own, with the same id,
//! and one for each person in its care.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{exists, select},
    prelude::*,
};

use crate::domain::{
    appointment::AppointmentStatus,
    id::{AccountId, PatientId, PractitionerId},
};

use super::{
    account,
    dialect::{Id, Instant, is_among},
    schema::{appointment, patient},
    tx::{Conn, StoreError, Tx},
};

/// Appointments that are still to be held or are being held.
const STANDING: [AppointmentStatus; 3] =
    [AppointmentStatus::Pending, AppointmentStatus::Booked, AppointmentStatus::Arrived];

/// The account a patient belongs to.
pub fn account_of(conn: &mut Conn, id: PatientId) -> Result<Option<AccountId>, StoreError> {
    let row: Option<Id> =
        patient::table.find(Id::of(id)).select(patient::account_id).first(conn).optional()?;
    Ok(row.map(|id| id.0.into()))
}

/// The accounts those patients belong to.
pub fn accounts_of(conn: &mut Conn, ids: &[PatientId]) -> Result<HashMap<PatientId, AccountId>, StoreError> {
    let ids: Vec<Id> = ids.iter().copied().map(Id::of).collect();
    let rows: Vec<(Id, Id)> = patient::table
        .filter(patient::id.eq_any(ids))
        .select((patient::id, patient::account_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, account)| (id.0.into(), account.0.into())).collect())
}

/// What those patients are called.
pub fn names(conn: &mut Conn, ids: &[PatientId]) -> Result<HashMap<PatientId, String>, StoreError> {
    let rows: Vec<(Id, String)> =
        patient::table.filter(is_among!(patient::id, ids)).select((patient::id, patient::name)).load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id.0.into(), name)).collect())
}

/// Whether the account may ask for something new for the patient: its own, or somebody in its care
/// now. An account that may not be used acts for nobody.
pub fn is_in_care_of(conn: &mut Conn, id: PatientId, of: AccountId) -> Result<bool, StoreError> {
    Ok(account::carers_of(conn, &[id])?.get(&id).is_some_and(|carer| carer.may_ask(of)))
}

/// Whether an appointment of the patient stands and has not ended.
pub fn has_visits_ahead(conn: &mut Conn, id: PatientId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let ahead = appointment::table
        .filter(appointment::patient_id.eq(Id::of(id)))
        .filter(appointment::status.eq_any(STANDING.map(AppointmentStatus::code)))
        .filter(appointment::ends_at.gt(Instant(now)))
        .filter(appointment::lapses_at.is_null().or(appointment::lapses_at.gt(Some(Instant(now)))));
    Ok(select(exists(ahead)).get_result(conn)?)
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

/// Changes the names of all patients of an account, those taken out of care included.
pub fn update_names(tx: &mut Tx, account: AccountId, name: &str) -> Result<(), StoreError> {
    diesel::update(patient::table.filter(patient::account_id.eq(Id::of(account))))
        .set(patient::name.eq(name))
        .execute(&mut **tx)?;
    Ok(())
}

/// Whether appointments that stand and have not ended name the account, or the practitioner record it answers for.
pub fn has_appointments_ahead(
    conn: &mut Conn,
    account: AccountId,
    practitioner: Option<PractitionerId>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let standing = STANDING.map(AppointmentStatus::code);
    let mut query = appointment::table
        .filter(appointment::status.eq_any(standing))
        .filter(appointment::ends_at.gt(Instant(now)))
        .filter(appointment::lapses_at.is_null().or(appointment::lapses_at.gt(Some(Instant(now)))))
        .into_boxed();
    query = match practitioner {
        Some(id) => query.filter(
            appointment::account_id.eq(Id::of(account)).or(appointment::practitioner_id.eq(Id::of(id))),
        ),
        None => query.filter(appointment::account_id.eq(Id::of(account))),
    };
    Ok(query.count().get_result::<i64>(conn)? > 0)
}
