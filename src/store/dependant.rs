//! Patients in somebody's care. The birth date comes here sealed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    account::AccountStatus,
    dependant::Relation,
    id::{AccountId, PatientId},
};

use super::{
    dialect::{Id, Instant},
    schema::{account, dependant, patient},
    tx::{Conn, StoreError, Tx},
};

/// Somebody in care as stored.
#[derive(Clone)]
pub struct Stored {
    /// As a patient.
    pub id: PatientId,
    /// In whose care.
    pub account: AccountId,
    /// What to call the person.
    pub name: String,
    /// What the person is to the holder.
    pub relation: Relation,
    /// The birth date, sealed.
    pub sealed: Vec<u8>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Rises by one with every change.
    pub version: i64,
}

type DependantRow = (Id, Id, String, Instant, String, Option<Vec<u8>>, i64);

fn stored(
    (id, account, name, created_at, relation, sealed, version): DependantRow,
) -> Result<Stored, StoreError> {
    let damaged = |why: &'static str| move || StoreError::damaged("dependant", why);
    Ok(Stored {
        id: id.0.into(),
        account: account.0.into(),
        name,
        relation: Relation::from_code(&relation).ok_or_else(damaged("relation"))?,
        sealed: sealed.ok_or_else(damaged("sealed"))?,
        created_at: created_at.0,
        version,
    })
}

/// Those in an account's care after an id, by id, which is when they were added; at most `most`.
pub fn list(
    conn: &mut Conn,
    account: AccountId,
    after: Option<PatientId>,
    most: i64,
) -> Result<Vec<Stored>, StoreError> {
    let mut query = dependant::table
        .inner_join(patient::table.on(patient::id.eq(dependant::patient_id)))
        .filter(patient::account_id.eq(Id::of(account)).and(dependant::removed_at.is_null()))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(patient::id.gt(Id::of(after)));
    }
    let rows: Vec<DependantRow> = query
        .order(patient::id)
        .limit(most)
        .select((
            patient::id,
            patient::account_id,
            patient::name,
            patient::created_at,
            dependant::relation,
            dependant::sealed,
            dependant::version,
        ))
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// One in an account's care.
pub fn find(conn: &mut Conn, account: AccountId, id: PatientId) -> Result<Option<Stored>, StoreError> {
    let row: Option<DependantRow> = dependant::table
        .inner_join(patient::table.on(patient::id.eq(dependant::patient_id)))
        .filter(patient::id.eq(Id::of(id)).and(patient::account_id.eq(Id::of(account))))
        .filter(dependant::removed_at.is_null())
        .select((
            patient::id,
            patient::account_id,
            patient::name,
            patient::created_at,
            dependant::relation,
            dependant::sealed,
            dependant::version,
        ))
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// Adds what is known of a dependant. The patient must be there already.
pub fn insert(tx: &mut Tx, new: &Stored) -> Result<(), StoreError> {
    diesel::insert_into(dependant::table)
        .values((
            dependant::patient_id.eq(Id::of(new.id)),
            dependant::relation.eq(new.relation.code()),
            dependant::sealed.eq(Some(&new.sealed)),
            dependant::version.eq(new.version),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Replaces what is known of a dependant, the name excepted.
pub fn update(tx: &mut Tx, now: &Stored) -> Result<(), StoreError> {
    diesel::update(dependant::table.find(Id::of(now.id)))
        .set((
            dependant::relation.eq(now.relation.code()),
            dependant::sealed.eq(Some(&now.sealed)),
            dependant::version.eq(now.version),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes somebody out of care; the birth date goes.
pub fn remove(tx: &mut Tx, id: PatientId) -> Result<(), StoreError> {
    let removed_at = Some(Instant(tx.now()));
    diesel::update(dependant::table.find(Id::of(id)))
        .set((dependant::removed_at.eq(removed_at), dependant::sealed.eq(None::<Vec<u8>>)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Those still in the care of accounts that are closed: there should be none.
pub fn left_behind(conn: &mut Conn) -> Result<Vec<PatientId>, StoreError> {
    let ids: Vec<Id> = dependant::table
        .inner_join(patient::table.on(patient::id.eq(dependant::patient_id)))
        .inner_join(account::table.on(account::id.eq(patient::account_id)))
        .filter(account::status.eq(AccountStatus::Closed.code()).and(dependant::removed_at.is_null()))
        .select(dependant::patient_id)
        .load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}
