//! Publishes the next version of the contraindications.
//!
//! **Invariant:** a published list never changes; answers stay answers to the
//! list they were given to.

use serde_json::json;

use crate::{
    domain::id::AppointmentId,
    domain::screening::{Contraindication, ContraindicationList, Statement},
    store::{
        StoreError, Tx,
        audit::Entry,
        contraindication,
        outdated::{self, Outdated},
    },
};

use super::recall;

/// The next list.
#[derive(Debug, Clone)]
pub struct Publish {
    /// What is asked.
    pub items: Vec<Contraindication>,
    /// What is acknowledged.
    pub statements: Vec<Statement>,
}

/// Why a list was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Another admin published one at the same time.
    #[error("another version was published at the same time; read it before you publish yours")]
    Raced,
    /// It failed.
    #[error("the list could not be stored")]
    Store(#[source] StoreError),
}

impl From<StoreError> for PublishError {
    fn from(err: StoreError) -> Self {
        if contraindication::VERSION_TAKEN.iter().any(|rule| err.breaks(rule)) {
            Self::Raced
        } else {
            Self::Store(err)
        }
    }
}

/// Publishes a list; with it, the appointments ahead whose patients answered an older one.
pub fn publish(tx: &mut Tx, wish: &Publish) -> Result<(ContraindicationList, Vec<Outdated>), PublishError> {
    let now = tx.now();
    let list = ContraindicationList {
        version: contraindication::current_version(tx)? + 1,
        published_at: now,
        items: wish.items.clone(),
        statements: wish.statements.clone(),
    };
    contraindication::insert(tx, &list)?;
    let affected = outdated::appointments(tx, list.version, now)?;
    let ids: Vec<AppointmentId> = affected.iter().map(|booked| booked.id).collect();
    recall::freeze_outdated(tx, &ids)?;
    // There is one list, so it has no identifier but its version.
    let detail = json!({"version": list.version, "affected_appointments": affected.len()});
    let entry = Entry::new("contraindications.publish", "contraindications", uuid::Uuid::nil());
    tx.audit(Entry { subject: None, ..entry.with(detail) });
    Ok((list, affected))
}
