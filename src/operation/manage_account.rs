//! The own account: name and zone, password, closing.

use chrono_tz::Tz;
use serde_json::json;

use crate::{
    delivery::{self, PostError, letter},
    domain::{
        account::{Account, AccountStatus},
        change::Change,
        id::{AccountId, PatientId, SessionId},
    },
    secret::{Sealer, SecretError},
    store::{
        Context, StoreError, Tx, account, audit::Entry, calendar_feed, dependant, password_reset, patient,
        practitioner, recovery_code, registration, session,
    },
};

use super::{
    App, join_waitlist, manage_dependants,
    register::choose_password,
    sign_in::{self, SignInError},
    throttle,
};

/// What stands where a name stood.
const NOBODY: &str = "Closed account";

/// Which of the own data are to be others.
#[derive(Debug, Clone, Default)]
pub struct UpdateAccount {
    /// A new name.
    pub name: Option<String>,
    /// A new zone.
    pub time_zone: Option<Tz>,
    /// The version the caller has seen.
    pub version: Option<i64>,
}

/// Why the account stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// It was changed since the caller read it.
    #[error("the account was changed in the meantime")]
    Stale,
    /// The new password may not be chosen; why.
    #[error("the password {0}")]
    Password(String),
    /// The caller could not prove to be the owner.
    #[error("the owner could not be made sure of")]
    SignIn(#[from] SignInError),
    /// Appointments lie ahead.
    #[error("appointments lie ahead; cancel them first")]
    AppointmentsPending,
    /// The mail could not be written.
    #[error("the mail could not be written")]
    Post(#[from] PostError),
    /// A secret could not be made.
    #[error("the password could not be hashed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the account could not be stored")]
    Store(#[from] StoreError),
}

/// Changes name and zone. Times already agreed stay as they are.
pub fn update(tx: &mut Tx, id: AccountId, wish: &UpdateAccount) -> Result<Account, AccountError> {
    tx.serialise(&[id.into()])?;
    let mut who = account::find(tx, id)?.ok_or(StoreError::NotFound("account"))?;
    if wish.version.is_some_and(|seen| seen != who.version) {
        return Err(AccountError::Stale);
    }
    if let Some(name) = &wish.name {
        patient::update_name(tx, PatientId::from(uuid::Uuid::from(id)), name)?;
        who.name.clone_from(name);
    }
    who.time_zone = wish.time_zone.unwrap_or(who.time_zone);
    who.version += 1;
    account::update(tx, &who)?;
    let detail = json!({"name": wish.name.is_some(), "time_zone": wish.time_zone.is_some()});
    tx.audit(Entry::new("account.update", "account", id).with(detail));
    Ok(who)
}

/// Changes the password; every other session ends.
pub async fn change_password(
    app: &App,
    context: Context,
    who: Account,
    keep: SessionId,
    current: String,
    new: &str,
) -> Result<(), AccountError> {
    let chosen = choose_password(new, &[&who.name, who.email.as_str()]).map_err(AccountError::Password)?;
    sign_in::confirm(app, context.clone(), &who, current).await?;
    let (hasher, sealer) = (app.hasher(), app.secrets().sealer);
    let hash = app.off_loop(move || hasher.hash(&chosen)).await??;
    app.write(context, move |tx| set_password(tx, &sealer, &who, keep, &hash)).await
}

fn set_password(
    tx: &mut Tx,
    sealer: &Sealer,
    who: &Account,
    keep: SessionId,
    hash: &str,
) -> Result<(), AccountError> {
    tx.serialise(&[who.id.into()])?;
    account::update_password_hash(tx, who.id, hash)?;
    password_reset::delete(tx, who.id)?;
    let ended = session::delete_all(tx, who.id, Some(keep))?;
    throttle::clear(tx, &who.email.key())?;
    delivery::post(tx, sealer, &letter::password_changed(who, tx.now()))?;
    tx.audit(Entry::new("account.password", "account", who.id).with(json!({"sessions_ended": ended})));
    Ok(())
}

/// Closes the account; the caller has made sure of its owner.
pub async fn close(app: &App, context: Context, id: AccountId) -> Result<(), AccountError> {
    let sealer = app.secrets().sealer;
    app.write(context, move |tx| shut(tx, &sealer, id)).await
}

/// Closes for good: no session, no name, no address stays. What was booked keeps its place in the books.
fn shut(tx: &mut Tx, sealer: &Sealer, id: AccountId) -> Result<(), AccountError> {
    let record = practitioner::of_account(tx, id)?;
    let mut locks = vec![id.into()];
    locks.extend(record.as_ref().map(|record| uuid::Uuid::from(record.id)));
    tx.serialise(&locks)?;
    let cared_for = manage_dependants::kept_waiting(tx, id)?;
    let who = account::find(tx, id)?.ok_or(StoreError::NotFound("account"))?;
    let now = tx.now();
    if patient::has_appointments_ahead(tx, id, record.as_ref().map(|record| record.id), now)? {
        return Err(AccountError::AppointmentsPending);
    }
    delivery::post(tx, sealer, &letter::closed(&who, now))?;
    session::delete_all(tx, id, None)?;
    password_reset::delete(tx, id)?;
    recovery_code::delete_all(tx, id)?;
    calendar_feed::delete_all(tx, id)?;
    registration::delete(tx, &who.email.key())?;
    throttle::clear(tx, &who.email.key())?;
    join_waitlist::forget(tx, uuid::Uuid::from(id).into())?;
    for patient in cared_for {
        join_waitlist::forget(tx, patient)?;
        dependant::remove(tx, patient)?;
    }
    erase(tx, who)?;
    if let Some(mut record) = record {
        record.closed = true;
        record.bio.clear();
        record.version += 1;
        practitioner::update(tx, &record)?;
        tx.announce(Change::Profile(record.id));
    }
    tx.audit(Entry::new("account.close", "account", id));
    Ok(())
}

fn erase(tx: &mut Tx, mut who: Account) -> Result<(), AccountError> {
    let placeholder = format!("closed-{}@closed.invalid", who.id);
    who.email = placeholder.parse().map_err(|_| StoreError::damaged("account", "no placeholder"))?;
    NOBODY.clone_into(&mut who.name);
    who.status = AccountStatus::Closed;
    who.is_admin = false;
    who.version += 1;
    account::update(tx, &who)?;
    account::update_password_hash(tx, who.id, "")?;
    account::update_totp(tx, who.id, None)?;
    patient::update_names(tx, who.id, NOBODY)?;
    Ok(())
}
