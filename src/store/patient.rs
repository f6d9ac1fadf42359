//! The people treated. Every account has a patient of its own, with the same id.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::id::{AccountId, PatientId};

use super::{
    dialect::{Id, Instant},
    schema::patient,
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
