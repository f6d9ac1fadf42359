//! What admins do besides deciding on credentials: bar accounts, look at the
//! whole, and heed the exclusion list.

use serde_json::json;

use crate::{
    domain::{account::AccountStatus, change::Change, id::AccountId, npi::Npi},
    store::{StoreError, Tx, account, audit::Entry, practitioner, session},
};

/// What is to become of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Barred, and signed out everywhere.
    Suspend,
    /// Let in again.
    Reinstate,
}

/// A measure against an account.
#[derive(Debug, Clone)]
pub struct Take {
    /// Against which.
    pub account: AccountId,
    /// By which admin.
    pub admin: AccountId,
    /// What is done.
    pub measure: Measure,
    /// Why; it stays in the trail.
    pub reason: String,
}

/// Why a measure was refused.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No such account, or closed for good.
    #[error("there is no such account")]
    NotFound,
    /// It is the admin's own.
    #[error("nobody suspends or reinstates an account of their own")]
    Own,
    /// It is so already.
    #[error("this account is {} already", .0.code())]
    InvalidTransition(AccountStatus),
    /// It failed.
    #[error("the account could not be changed")]
    Store(#[from] StoreError),
}

/// Suspends or reinstates an account; its practitioner can be booked no longer, or again.
pub fn take(tx: &mut Tx, wish: &Take) -> Result<AccountStatus, AccountError> {
    if wish.account == wish.admin {
        return Err(AccountError::Own);
    }
    let (_, treats) = account::find_with_practitioner(tx, wish.account)?.ok_or(AccountError::NotFound)?;
    // A booking that is under way with them ends first, or sees what is decided here.
    let mut waiting = vec![wish.account.into()];
    waiting.extend(treats.map(uuid::Uuid::from));
    tx.serialise(&waiting)?;
    let mut held = account::find(tx, wish.account)?.ok_or(AccountError::NotFound)?;
    let (action, to) = match wish.measure {
        Measure::Suspend => ("account.suspend", AccountStatus::Suspended),
        Measure::Reinstate => ("account.reinstate", AccountStatus::Active),
    };
    match held.status {
        AccountStatus::Closed => return Err(AccountError::NotFound),
        status if status == to => return Err(AccountError::InvalidTransition(status)),
        _ => {}
    }
    (held.status, held.version) = (to, held.version + 1);
    account::update(tx, &held)?;
    if to == AccountStatus::Suspended {
        session::delete_all(tx, wish.account, None)?;
    }
    treats.into_iter().for_each(|id| tx.announce(Change::Profile(id)));
    tx.audit(Entry::new(action, "account", wish.account).with(json!({"reason": wish.reason})));
    Ok(to)
}

/// Marks the practitioner with that NPI as excluded, or no longer so; says whether it changed anything.
pub fn apply_exclusion(tx: &mut Tx, npi: Npi, excluded: bool) -> Result<bool, StoreError> {
    let Some(found) = practitioner::of_npi(tx, npi)? else { return Ok(false) };
    tx.serialise(&[found.id.into()])?;
    let Some(mut held) = practitioner::find(tx, found.id)?.filter(|held| held.excluded != excluded) else {
        return Ok(false);
    };
    held.excluded = excluded;
    held.version += 1;
    practitioner::update(tx, &held)?;
    tx.announce(Change::Profile(held.id));
    let action = if excluded { "practitioner.exclude" } else { "practitioner.readmit" };
    tx.audit(Entry::new(action, "practitioner", held.id));
    Ok(true)
}
