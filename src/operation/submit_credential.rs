//! Hands in a credential for review, or changes the facts of one.
//!
//! **Invariant:** facts that changed are unchecked facts: the credential goes
//! back to review, and until then counts for nothing.

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    domain::{
        change::Change,
        credential::{Credential, CredentialKind, CredentialStatus, Decision, Jurisdiction},
        id::{AccountId, CredentialId, PractitionerId},
    },
    store::{StoreError, Tx, audit::Entry, credential, decision},
};

use super::{
    manage_practitioner::{Keeper, kept_alone},
    review::{self, Filed, today_of},
};

/// Most credentials of one practitioner.
pub const MOST: i64 = 30;

/// What is handed in.
#[derive(Debug, Clone)]
pub struct Submit {
    /// For whom.
    pub practitioner: PractitionerId,
    /// By whom.
    pub keeper: Keeper,
    /// What it is.
    pub kind: CredentialKind,
    /// The board or body that issued it.
    pub issuer: String,
    /// Where it is good.
    pub jurisdiction: Jurisdiction,
    /// Its number.
    pub number: String,
    /// First day it is good.
    pub issued_on: NaiveDate,
    /// Last day it is good.
    pub expires_on: Option<NaiveDate>,
    /// A word to whoever checks it.
    pub note: String,
}

/// What is to become of a credential's facts; `None` leaves one as it is.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The board or body that issued it.
    pub issuer: Option<String>,
    /// Where it is good.
    pub jurisdiction: Option<Jurisdiction>,
    /// Its number.
    pub number: Option<String>,
    /// First day it is good.
    pub issued_on: Option<NaiveDate>,
    /// Last day it is good; `Some(None)` for one that does not expire.
    pub expires_on: Option<Option<NaiveDate>>,
}

/// A change of a credential's facts.
#[derive(Debug, Clone)]
pub struct Amend {
    /// Whose.
    pub practitioner: PractitionerId,
    /// Which.
    pub credential: CredentialId,
    /// By whom.
    pub keeper: Keeper,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
    /// The new facts.
    pub wanted: Wanted,
    /// A word to whoever checks it.
    pub note: String,
}

/// Why a credential was not handed in or changed.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Unknown, or somebody else's.
    #[error("there is no such credential")]
    NotFound,
    /// There are enough.
    #[error("a practitioner has at most {MOST} credentials")]
    TooMany,
    /// The last day would be before the first.
    #[error("must not be before issued_on")]
    Dates,
    /// Its status does not allow it.
    #[error("a credential that is {} cannot be changed; hand in a new one", .0.code())]
    InvalidTransition(CredentialStatus),
    /// Changed since they read it.
    #[error("the credential was changed in the meantime")]
    Stale,
    /// It failed.
    #[error("the credential could not be stored")]
    Store(#[from] StoreError),
}

/// Hands in a credential.
pub fn submit(tx: &mut Tx, wish: &Submit) -> Result<Filed, SubmitError> {
    let owner = kept_alone(tx, wish.practitioner, wish.keeper)?.ok_or(SubmitError::NotFound)?;
    if credential::count(tx, owner.id)? >= MOST {
        return Err(SubmitError::TooMany);
    }
    let held = Credential {
        id: tx.new_id(),
        practitioner: owner.id,
        kind: wish.kind,
        provider_type: owner.provider_type,
        issuer: wish.issuer.clone(),
        jurisdiction: wish.jurisdiction.clone(),
        number: wish.number.clone(),
        issued_on: wish.issued_on,
        expires_on: wish.expires_on,
        status: CredentialStatus::Submitted,
        submitted_at: tx.now(),
        verified_on: None,
        method: None,
        source_url: None,
        version: 1,
    };
    check_dates(&held)?;
    credential::insert(tx, &held)?;
    note_submission(tx, &held, wish.keeper.account, None, &wish.note)?;
    let detail = json!({"kind": held.kind.code(), "jurisdiction": held.jurisdiction.to_string()});
    tx.audit(Entry::new("credential.submit", "credential", held.id).with(detail));
    read_back(tx, held.id)
}

/// Changes the facts. What was checked is so no longer: the credential is submitted again. The
/// same facts once more answer a request for information, and otherwise change nothing.
pub fn amend(tx: &mut Tx, wish: &Amend) -> Result<Filed, SubmitError> {
    let owner = kept_alone(tx, wish.practitioner, wish.keeper)?.ok_or(SubmitError::NotFound)?;
    let before = credential::find(tx, wish.credential)?.filter(|held| held.practitioner == owner.id);
    let before = before.ok_or(SubmitError::NotFound)?;
    if wish.seen.is_some_and(|seen| seen != before.version) {
        return Err(SubmitError::Stale);
    }
    let from = before.status_on(today_of(&owner, tx.now()));
    let to = from.after_edit().ok_or(SubmitError::InvalidTransition(from))?;
    let mut after = applied(&before, &wish.wanted);
    after.provider_type = owner.provider_type;
    check_dates(&after)?;
    if after == before && from != CredentialStatus::InformationRequested {
        return read_back(tx, before.id);
    }
    (after.status, after.submitted_at, after.version) = (to, tx.now(), before.version + 1);
    (after.verified_on, after.method, after.source_url) = (None, None, None);
    credential::update(tx, &after)?;
    note_submission(tx, &after, wish.keeper.account, Some(from), &wish.note)?;
    let detail = json!({"from": from.code(), "to": to.code(), "fields": changed(&before, &after)});
    tx.audit(Entry::new("credential.amend", "credential", after.id).with(detail));
    read_back(tx, after.id)
}

/// Writes a submission into the credential's history and tells the directory.
pub fn note_submission(
    tx: &mut Tx,
    held: &Credential,
    actor: AccountId,
    from: Option<CredentialStatus>,
    note: &str,
) -> Result<(), StoreError> {
    let step = Decision {
        id: tx.new_id(),
        credential: held.id,
        decided_at: tx.now(),
        actor,
        from,
        to: held.status,
        method: None,
        source_url: None,
        checked_on: None,
        note: note.to_owned(),
    };
    decision::insert(tx, &step)?;
    tx.announce(Change::Profile(held.practitioner));
    Ok(())
}

fn applied(before: &Credential, wanted: &Wanted) -> Credential {
    let mut after = before.clone();
    let wanted = wanted.clone();
    after.issuer = wanted.issuer.unwrap_or(after.issuer);
    after.jurisdiction = wanted.jurisdiction.unwrap_or(after.jurisdiction);
    after.number = wanted.number.unwrap_or(after.number);
    after.issued_on = wanted.issued_on.unwrap_or(after.issued_on);
    after.expires_on = wanted.expires_on.unwrap_or(after.expires_on);
    after
}

fn check_dates(held: &Credential) -> Result<(), SubmitError> {
    match held.expires_on {
        Some(last) if last < held.issued_on => Err(SubmitError::Dates),
        _ => Ok(()),
    }
}

/// Names of the facts that changed, for the trail: never their values.
fn changed(before: &Credential, after: &Credential) -> Vec<&'static str> {
    [
        ("provider_type", before.provider_type != after.provider_type),
        ("issuer", before.issuer != after.issuer),
        ("jurisdiction", before.jurisdiction != after.jurisdiction),
        ("number", before.number != after.number),
        ("issued_on", before.issued_on != after.issued_on),
        ("expires_on", before.expires_on != after.expires_on),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

fn read_back(tx: &mut Tx, id: CredentialId) -> Result<Filed, SubmitError> {
    let now = tx.now();
    review::find(tx, id, now)?.ok_or(SubmitError::NotFound)
}
