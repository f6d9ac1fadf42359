//! The steps of the checking of credentials. Rows are only ever added.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::{
    credential::{CredentialStatus, Decision, Method},
    id::CredentialId,
};

use super::{
    dialect::{Id, Instant},
    schema::credential_decision,
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credential_decision)]
struct DecisionRow {
    id: Id,
    credential_id: Id,
    decided_at: Instant,
    actor_id: Id,
    from_status: Option<String>,
    to_status: String,
    method: Option<String>,
    source_url: Option<String>,
    checked_on: Option<NaiveDate>,
    note: String,
}

impl TryFrom<DecisionRow> for Decision {
    type Error = StoreError;

    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let damaged = |why: &'static str| move || StoreError::damaged("credential_decision", why);
        let status = |code: &str, why| CredentialStatus::from_code(code).ok_or_else(damaged(why));
        let method = |code: &str| Method::from_code(code).ok_or_else(damaged("method"));
        Ok(Self {
            id: row.id.0.into(),
            credential: row.credential_id.0.into(),
            decided_at: row.decided_at.0,
            actor: row.actor_id.0.into(),
            from: row.from_status.as_deref().map(|code| status(code, "from_status")).transpose()?,
            to: status(&row.to_status, "to_status")?,
            method: row.method.as_deref().map(method).transpose()?,
            source_url: row.source_url,
            checked_on: row.checked_on,
            note: row.note,
        })
    }
}

/// All steps of those credentials, by credential and in the order they were taken.
pub fn of(conn: &mut Conn, credentials: &[CredentialId]) -> Result<Vec<Decision>, StoreError> {
    let ids: Vec<Id> = credentials.iter().copied().map(Id::of).collect();
    let rows: Vec<DecisionRow> = credential_decision::table
        .filter(credential_decision::credential_id.eq_any(ids))
        .order((credential_decision::credential_id, credential_decision::decided_at, credential_decision::id))
        .select(DecisionRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Decision::try_from).collect()
}

/// Adds a step.
pub fn insert(tx: &mut Tx, decision: &Decision) -> Result<(), StoreError> {
    let row = DecisionRow {
        id: Id::of(decision.id),
        credential_id: Id::of(decision.credential),
        decided_at: Instant(decision.decided_at),
        actor_id: Id::of(decision.actor),
        from_status: decision.from.map(|status| status.code().to_owned()),
        to_status: decision.to.code().to_owned(),
        method: decision.method.map(|method| method.code().to_owned()),
        source_url: decision.source_url.clone(),
        checked_on: decision.checked_on,
        note: decision.note.clone(),
    };
    diesel::insert_into(credential_decision::table).values(row).execute(&mut **tx)?;
    Ok(())
}
