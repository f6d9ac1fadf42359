//! What admins do besides deciding on credentials: look at the whole, and bar accounts.
//!
//! **Invariant:** an account that is barred is signed out in the same
//! transaction, and nobody bars or readmits their own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{
        account::AccountStatus, appointment::AppointmentStatus, change::Change, credential::CredentialStatus,
        id::AccountId,
    },
    store::{Conn, StoreError, Tx, account, audit::Entry, overview, session},
};

/// How many days before its last day a credential counts as expiring.
pub const EXPIRING_DAYS: u64 = 30;

/// Counts by status.
pub type Counts = BTreeMap<&'static str, i64>;

/// The whole at a glance.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// Credentials by status as it stands today, by the calendar of Greenwich.
    pub credentials: Counts,
    /// Verified ones whose last day comes within [`EXPIRING_DAYS`].
    pub expiring: i64,
    /// Practitioners: registered, imported, closed; excluded among the first two.
    pub practitioners: Counts,
    /// Accounts by status.
    pub accounts: Counts,
    /// Appointments by status.
    pub appointments: Counts,
    /// Appointments that something has to be cleared up about.
    pub frozen: i64,
    /// Messages that wait to be sent.
    pub waiting: i64,
    /// Messages that were given up.
    pub parked: i64,
    /// Entries of the exclusion list.
    pub exclusions: i64,
}

/// Counts everything.
pub fn overview(conn: &mut Conn, now: DateTime<Utc>) -> Result<Overview, StoreError> {
    let (expired, expiring) = overview::expiring(conn, now.date_naive(), EXPIRING_DAYS)?;
    let mut credentials =
        counted(CredentialStatus::ALL.map(CredentialStatus::code), overview::credentials(conn)?);
    credentials.entry(CredentialStatus::Verified.code()).and_modify(|count| *count -= expired);
    credentials.insert(CredentialStatus::Expired.code(), expired);
    let statuses = [AccountStatus::Active, AccountStatus::Suspended, AccountStatus::Closed];
    let (waiting, parked) = overview::outbox(conn)?;
    Ok(Overview {
        credentials,
        expiring,
        practitioners: overview::practitioners(conn)?.into_iter().collect(),
        accounts: counted(statuses.map(AccountStatus::code), overview::accounts(conn)?),
        appointments: counted(
            AppointmentStatus::ALL.map(AppointmentStatus::code),
            overview::appointments(conn)?,
        ),
        frozen: overview::frozen(conn)?,
        waiting,
        parked,
        exclusions: overview::exclusions(conn)?,
    })
}

/// Every status with its count, also where there is none.
fn counted<const N: usize>(statuses: [&'static str; N], found: overview::Counts) -> Counts {
    let found: BTreeMap<String, i64> = found.into_iter().collect();
    statuses.into_iter().map(|status| (status, found.get(status).copied().unwrap_or(0))).collect()
}

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
