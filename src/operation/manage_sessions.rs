//! Lists and ends sessions.

use crate::{
    domain::id::{AccountId, SessionId},
    store::{StoreError, Tx, audit::Entry, password_reset, registration, session},
};

use super::throttle;

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// There is none, or it is another's.
    #[error("there is no such session")]
    NotFound,
    /// The store failed.
    #[error("the session could not be ended")]
    Store(#[from] StoreError),
}

/// Ends one of the account's own sessions, at once.
pub fn end(tx: &mut Tx, owner: AccountId, id: SessionId) -> Result<(), EndError> {
    if !session::delete(tx, owner, id)? {
        return Err(EndError::NotFound);
    }
    tx.audit(Entry::new("session.end", "session", id));
    Ok(())
}

/// Removes what has lapsed: sessions, tokens of mails, counts of failures.
pub fn forget_lapsed(tx: &mut Tx) -> Result<(), StoreError> {
    session::delete_lapsed(tx)?;
    registration::delete_lapsed(tx)?;
    password_reset::delete_lapsed(tx)?;
    throttle::forget(tx)
}
