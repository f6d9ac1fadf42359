//! An admin decides on a credential.
//!
//! **Invariant:** nobody decides on a credential of their own, and every
//! decision says who took it, how it was checked and why.

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    domain::{
        change::Change,
        credential::{Credential, CredentialKind, CredentialStatus, Decision, Method, Verdict},
        id::{AccountId, CredentialId},
    },
    store::{StoreError, Tx, audit::Entry, credential, decision, practitioner},
};

use super::{
    manage_practitioner::claim_npi,
    review::{self, Filed, today_of},
};

/// A decision.
#[derive(Debug, Clone)]
pub struct Decide {
    /// On which credential.
    pub credential: CredentialId,
    /// Who takes it.
    pub admin: AccountId,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
    /// What they decide.
    pub verdict: Verdict,
    /// How they checked.
    pub method: Method,
    /// Where they checked.
    pub source_url: Option<String>,
    /// When they checked.
    pub checked_on: NaiveDate,
    /// Why.
    pub note: String,
}

/// Why a decision was refused.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// No such credential.
    #[error("there is no such credential")]
    NotFound,
    /// It is the admin's own.
    #[error("nobody decides on a credential of their own")]
    Own,
    /// Its status does not allow it.
    #[error("a credential that is {} cannot be decided on with {}", .0.code(), .1.code())]
    InvalidTransition(CredentialStatus, Verdict),
    /// Its last day has passed: verified, it would be expired at once.
    #[error("the credential's last day, {0}, has passed; ask for its renewal")]
    Over(NaiveDate),
    /// Changed since they read it.
    #[error("the credential was changed in the meantime")]
    Stale,
    /// It failed.
    #[error("the decision could not be stored")]
    Store(#[from] StoreError),
}

/// Takes a decision.
pub fn decide(tx: &mut Tx, wish: &Decide) -> Result<Filed, DecideError> {
    let (before, from) = decidable(tx, wish)?;
    let to = from.after(wish.verdict).ok_or(DecideError::InvalidTransition(from, wish.verdict))?;
    let mut after = before.clone();
    (after.status, after.version) = (to, before.version + 1);
    if to == CredentialStatus::Verified {
        (after.verified_on, after.method) = (Some(wish.checked_on), Some(wish.method));
        after.source_url.clone_from(&wish.source_url);
    }
    credential::update(tx, &after)?;
    note_decision(tx, wish, from, to)?;
    tx.announce(Change::Profile(after.practitioner));
    if wish.verdict == Verdict::Verify && after.kind == CredentialKind::Licence {
        claim_npi(tx, after.practitioner)?;
    }
    let now = tx.now();
    review::find(tx, after.id, now)?.ok_or(DecideError::NotFound)
}

/// The credential as it stands, alone with its practitioner, and its status today.
fn decidable(tx: &mut Tx, wish: &Decide) -> Result<(Credential, CredentialStatus), DecideError> {
    let found = credential::find(tx, wish.credential)?.ok_or(DecideError::NotFound)?;
    tx.serialise(&[found.practitioner.into()])?;
    let held = credential::find(tx, wish.credential)?.ok_or(DecideError::NotFound)?;
    let owner = practitioner::find(tx, held.practitioner)?.ok_or(DecideError::NotFound)?;
    if owner.account == Some(wish.admin) {
        return Err(DecideError::Own);
    }
    if wish.seen.is_some_and(|seen| seen != held.version) {
        return Err(DecideError::Stale);
    }
    let today = today_of(&owner, tx.now());
    let from = held.status_on(today);
    match held.expires_on.filter(|last| *last < today) {
        Some(last) if from == CredentialStatus::Submitted && wish.verdict == Verdict::Verify => {
            Err(DecideError::Over(last))
        }
        _ => Ok((held, from)),
    }
}

fn note_decision(
    tx: &mut Tx,
    wish: &Decide,
    from: CredentialStatus,
    to: CredentialStatus,
) -> Result<(), StoreError> {
    let step = Decision {
        id: tx.new_id(),
        credential: wish.credential,
        decided_at: tx.now(),
        actor: wish.admin,
        from: Some(from),
        to,
        method: Some(wish.method),
        source_url: wish.source_url.clone(),
        checked_on: Some(wish.checked_on),
        note: wish.note.clone(),
    };
    decision::insert(tx, &step)?;
    let detail = json!({
        "decision": wish.verdict.code(), "from": from.code(), "to": to.code(), "method": wish.method.code(),
    });
    tx.audit(Entry::new("credential.decide", "credential", wish.credential).with(detail));
    Ok(())
}
