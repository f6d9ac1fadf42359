//! The people in an account holder's care: added, changed, taken out of care.
//!
//! **Invariant:** nobody is taken out of care while a visit of theirs lies
//! ahead, and of somebody taken out of care nothing is kept but the name that
//! visits go by.

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    domain::{
        change::Change,
        dependant::{Dependant, Relation},
        id::{AccountId, PatientId},
    },
    secret::{Sealer, SecretError},
    store::{
        Conn, StoreError, Tx,
        audit::Entry,
        busy_time,
        dependant::{self, Stored},
        patient,
    },
};

/// How many people may be in the care of one account at once.
pub const MOST: usize = 20;

/// Somebody to be taken into care.
#[derive(Clone)]
pub struct Add {
    /// By whom.
    pub account: AccountId,
    /// What to call the person.
    pub name: String,
    /// The birth date.
    pub birth_on: NaiveDate,
    /// What the person is to the holder.
    pub relation: Relation,
}

/// What is to be another; `None` stays as it is.
#[derive(Clone)]
pub struct Edit {
    /// In whose care.
    pub account: AccountId,
    /// Whose data.
    pub id: PatientId,
    /// The version the caller has seen, where it insists on it.
    pub seen: Option<i64>,
    /// What to call the person.
    pub name: Option<String>,
    /// The birth date.
    pub birth_on: Option<NaiveDate>,
    /// What the person is to the holder.
    pub relation: Option<Relation>,
}

/// Why somebody was not added, changed, shown or taken out of care.
#[derive(Debug, thiserror::Error)]
pub enum DependantError {
    /// Nobody like that in their care.
    #[error("there is no such person in your care")]
    NotFound,
    /// As many as there may be.
    #[error("at most {MOST} people can be in the care of one account")]
    TooMany,
    /// Changed since the caller read it.
    #[error("this was changed in the meantime")]
    Stale,
    /// Visits lie ahead.
    #[error("visits of this person lie ahead; cancel them first")]
    AppointmentsPending,
    /// The birth date could not be sealed or opened.
    #[error("the birth date could not be sealed or opened")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the person could not be stored or read")]
    Store(#[from] StoreError),
}

/// Takes somebody into care.
pub fn add(tx: &mut Tx, sealer: &Sealer, wish: &Add) -> Result<Dependant, DependantError> {
    tx.serialise(&[wish.account.into()])?;
    // Whoever may not act for themselves any more takes nobody else into care either.
    if !patient::is_in_care_of(tx, uuid::Uuid::from(wish.account).into(), wish.account)? {
        return Err(DependantError::NotFound);
    }
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    if dependant::list(tx, wish.account, None, most)?.len() >= MOST {
        return Err(DependantError::TooMany);
    }
    let added = Dependant {
        id: tx.new_id(),
        account: wish.account,
        name: wish.name.clone(),
        birth_on: wish.birth_on,
        relation: wish.relation,
        created_at: tx.now(),
        version: 1,
    };
    patient::insert(tx, added.id, added.account, &added.name, added.created_at)?;
    dependant::insert(tx, &sealed(sealer, &added)?)?;
    tx.audit(Entry::new("dependant.add", "patient", added.id));
    Ok(added)
}

/// A page of those in an account's care, in the order in which they were added, at most `most`.
pub fn list(
    conn: &mut Conn,
    sealer: &Sealer,
    account: AccountId,
    after: Option<PatientId>,
    most: i64,
) -> Result<Vec<Dependant>, DependantError> {
    let found = dependant::list(conn, account, after, most)?;
    found.into_iter().map(|stored| opened(sealer, stored)).collect()
}

/// One in an account's care.
pub fn find(
    conn: &mut Conn,
    sealer: &Sealer,
    account: AccountId,
    id: PatientId,
) -> Result<Dependant, DependantError> {
    let found = dependant::find(conn, account, id)?.ok_or(DependantError::NotFound)?;
    opened(sealer, found)
}

/// Changes what is known of somebody in care. What changes nothing is no change: the version stays.
pub fn edit(tx: &mut Tx, sealer: &Sealer, wish: &Edit) -> Result<Dependant, DependantError> {
    tx.serialise(&[wish.id.into()])?;
    let before = find(tx, sealer, wish.account, wish.id)?;
    if wish.seen.is_some_and(|seen| seen != before.version) {
        return Err(DependantError::Stale);
    }
    let mut after = Dependant {
        name: wish.name.clone().unwrap_or_else(|| before.name.clone()),
        birth_on: wish.birth_on.unwrap_or(before.birth_on),
        relation: wish.relation.unwrap_or(before.relation),
        ..before.clone()
    };
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    patient::update_name(tx, after.id, &after.name)?;
    dependant::update(tx, &sealed(sealer, &after)?)?;
    let detail = json!({
        "name": after.name != before.name,
        "birth_on": after.birth_on != before.birth_on,
        "relation": after.relation != before.relation,
    });
    tx.audit(Entry::new("dependant.update", "patient", after.id).with(detail));
    Ok(after)
}

/// Takes somebody out of care; times held for them are given back.
pub fn remove(
    tx: &mut Tx,
    account: AccountId,
    id: PatientId,
    seen: Option<i64>,
) -> Result<(), DependantError> {
    // A booking for them that is under way ends first, or sees that they are gone.
    tx.serialise(&[id.into()])?;
    let before = dependant::find(tx, account, id)?.ok_or(DependantError::NotFound)?;
    if seen.is_some_and(|seen| seen != before.version) {
        return Err(DependantError::Stale);
    }
    let now = tx.now();
    if patient::has_visits_ahead(tx, id, now)? {
        return Err(DependantError::AppointmentsPending);
    }
    for practitioner in busy_time::delete_holds(tx, id)? {
        tx.announce(Change::Calendar(practitioner));
    }
    dependant::remove(tx, id)?;
    tx.audit(Entry::new("dependant.remove", "patient", id));
    Ok(())
}

/// Keeps bookings for anybody in the account's care waiting until this transaction ends; who they are.
pub(super) fn kept_waiting(tx: &mut Tx, account: AccountId) -> Result<Vec<PatientId>, StoreError> {
    let all = dependant::list(tx, account, None, i64::MAX)?;
    let ids: Vec<PatientId> = all.into_iter().map(|stored| stored.id).collect();
    tx.serialise(&ids.iter().map(|id| (*id).into()).collect::<Vec<uuid::Uuid>>())?;
    Ok(ids)
}

fn sealed(sealer: &Sealer, open: &Dependant) -> Result<Stored, SecretError> {
    let date = open.birth_on.to_string();
    Ok(Stored {
        id: open.id,
        account: open.account,
        name: open.name.clone(),
        relation: open.relation,
        sealed: sealer.seal(&place_of_birth_date(open.id), date.as_bytes())?,
        created_at: open.created_at,
        version: open.version,
    })
}

fn opened(sealer: &Sealer, stored: Stored) -> Result<Dependant, DependantError> {
    let date = sealer.open(&place_of_birth_date(stored.id), &stored.sealed)?;
    let date = String::from_utf8_lossy(&date).parse();
    Ok(Dependant {
        id: stored.id,
        account: stored.account,
        name: stored.name,
        birth_on: date.map_err(|_| StoreError::damaged("dependant", "birth date"))?,
        relation: stored.relation,
        created_at: stored.created_at,
        version: stored.version,
    })
}

/// What the seal on a birth date is bound to.
fn place_of_birth_date(id: PatientId) -> String {
    format!("dependant/sealed/{id}")
}
