//! Adds a clinician's agreement to a screening that needs one.
//!
//! **Invariant:** an agreement is added once and never changed; who doubts it
//! answers the questions again.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        id::{AccountId, ScreeningId},
        screening::{Clearance, Outcome, Screening},
    },
    secret::{Sealer, SecretError},
    store::{StoreError, Tx, audit::Entry, clearance, patient, screening},
};

use super::screen::place_of_clearance;

/// A clinician's agreement.
#[derive(Clone)]
pub struct Clear {
    /// In whose care the patient is.
    pub account: AccountId,
    /// Which.
    pub screening: ScreeningId,
    /// Who agreed to what.
    pub clearance: Clearance,
    /// Seals it.
    pub sealer: Arc<Sealer>,
}

/// Why an agreement was not added.
#[derive(Debug, thiserror::Error)]
pub enum ClearError {
    /// Unknown, or somebody else's.
    #[error("there is no such screening")]
    NotFound,
    /// Nothing on the list applies.
    #[error("this screening needs no clearance")]
    NotNeeded,
    /// There is one.
    #[error("this screening has a clearance already")]
    Exists,
    /// It could not be sealed.
    #[error("the clearance could not be sealed")]
    Secret(#[from] SecretError),
    /// It could not be written down.
    #[error("the clearance cannot be written")]
    Unwritable(#[from] serde_json::Error),
    /// It failed.
    #[error("the clearance could not be stored")]
    Store(#[source] StoreError),
}

impl From<StoreError> for ClearError {
    fn from(err: StoreError) -> Self {
        if clearance::ALREADY_THERE.iter().any(|rule| err.breaks(rule)) {
            Self::Exists
        } else {
            Self::Store(err)
        }
    }
}

/// Adds the agreement to the screening of somebody of the account.
pub fn clear(tx: &mut Tx, wish: &Clear) -> Result<(Screening, DateTime<Utc>), ClearError> {
    let found = screening::find(tx, wish.screening)?.ok_or(ClearError::NotFound)?;
    if !patient::is_in_care_of(tx, found.patient, wish.account)? {
        return Err(ClearError::NotFound);
    }
    if found.outcome != Outcome::NeedsClearance {
        return Err(ClearError::NotNeeded);
    }
    if found.has_clearance {
        return Err(ClearError::Exists);
    }
    let text = serde_json::to_vec(&wish.clearance)?;
    let sealed = wish.sealer.seal(&place_of_clearance(found.id), &text)?;
    let now = tx.now();
    clearance::insert(tx, found.id, now, &sealed)?;
    tx.audit(Entry::new("screening.clear", "screening", found.id));
    Ok((Screening { has_clearance: true, ..found }, now))
}
