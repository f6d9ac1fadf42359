//! The second factor: set up, proved, asked for, taken away.
//!
//! **Invariant:** a code lets in once. Its step is compared and stored in the
//! transaction that lets in.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    delivery::{self, PostError, letter},
    domain::{account::Account, id::AccountId},
    secret::{RecoveryCode, Sealer, SecretError, TotpSecret},
    store::{
        StoreError, Tx,
        account::{self, Proofs},
        audit::Entry,
        recovery_code,
    },
};

use super::Secrets;

/// Why the second factor stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// It is set up already.
    #[error("two-step sign-in is on already; turn it off first")]
    AlreadyOn,
    /// Nothing was asked for.
    #[error("ask for a secret first")]
    NotBegun,
    /// The code is not the present one.
    #[error("this is not the present code")]
    WrongCode,
    /// There is none to take away.
    #[error("two-step sign-in is not on")]
    NotOn,
    /// Admins keep theirs.
    #[error("an admin cannot sign in without a second factor")]
    AdminsKeepTheirs,
    /// The mail could not be written.
    #[error("the mail could not be written")]
    Post(#[from] PostError),
    /// A secret could not be made or read.
    #[error("the second factor could not be read or sealed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the second factor could not be stored")]
    Store(#[from] StoreError),
}

/// What a code sent at sign-in is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// The account has no second factor.
    NotSetUp,
    /// It has one, and no code was sent.
    Missing,
    /// Not right, or used before.
    Wrong,
    /// Right, and used up now.
    Right,
}

fn context(id: AccountId) -> String {
    format!("account/totp_sealed/{id}")
}

/// The secret as it is stored.
pub fn seal(sealer: &Sealer, id: AccountId, secret: &TotpSecret) -> Result<Vec<u8>, SecretError> {
    sealer.seal(&context(id), secret.as_bytes())
}

fn open(sealer: &Sealer, id: AccountId, sealed: &[u8]) -> Result<TotpSecret, SecretError> {
    let plain = sealer.open(&context(id), sealed)?;
    TotpSecret::from_bytes(&plain).ok_or(SecretError::Truncated)
}

/// Uses up a code: six digits of the present, or a recovery code.
pub fn check(
    tx: &mut Tx,
    secrets: &Secrets,
    id: AccountId,
    proofs: &Proofs,
    code: Option<&str>,
) -> Result<Factor, super::sign_in::SignInError> {
    let Some(sealed) = proofs.totp_sealed.as_deref().filter(|_| proofs.totp_confirmed) else {
        return Ok(Factor::NotSetUp);
    };
    let Some(code) = code.filter(|code| !code.trim().is_empty()) else { return Ok(Factor::Missing) };
    let secret = open(&secrets.sealer, id, sealed)?;
    if let Some(step) = secret.check(code, tx.now().timestamp(), proofs.totp_last_step) {
        let used = account::use_totp_step(tx, id, step)?;
        return Ok(if used { Factor::Right } else { Factor::Wrong });
    }
    let Some(code) = RecoveryCode::parse(code) else { return Ok(Factor::Wrong) };
    if !recovery_code::take(tx, id, code.hash(&secrets.recovery).as_bytes())? {
        return Ok(Factor::Wrong);
    }
    tx.audit(Entry::new("account.recovery_code", "account", id).by(id));
    Ok(Factor::Right)
}

/// Keeps a secret until its owner proves that the authenticator has it. Asking again replaces it.
pub fn begin(
    tx: &mut Tx,
    sealer: &Sealer,
    id: AccountId,
    secret: &TotpSecret,
) -> Result<(), SecondFactorError> {
    if proofs(tx, id)?.totp_confirmed {
        return Err(SecondFactorError::AlreadyOn);
    }
    let sealed = seal(sealer, id, secret)?;
    account::update_totp(tx, id, Some(&sealed))?;
    tx.audit(Entry::new("account.totp", "account", id).with(json!({"step": "begun"})));
    Ok(())
}

/// Turns the second factor on once its owner shows a code; the recovery codes are good from then on.
pub fn prove(
    tx: &mut Tx,
    secrets: &Secrets,
    who: &Account,
    code: &str,
    recovery_codes: &[RecoveryCode],
) -> Result<(), SecondFactorError> {
    let proofs = proofs(tx, who.id)?;
    if proofs.totp_confirmed {
        return Err(SecondFactorError::AlreadyOn);
    }
    let sealed = proofs.totp_sealed.ok_or(SecondFactorError::NotBegun)?;
    let now = tx.now();
    let secret = open(&secrets.sealer, who.id, &sealed)?;
    let step = secret.check(code, now.timestamp(), proofs.totp_last_step);
    if !account::use_totp_step(tx, who.id, step.ok_or(SecondFactorError::WrongCode)?)? {
        return Err(SecondFactorError::WrongCode);
    }
    account::update_totp_confirmed(tx, who.id)?;
    recovery_code::delete_all(tx, who.id)?;
    for code in recovery_codes {
        recovery_code::insert(tx, who.id, code.hash(&secrets.recovery).as_bytes())?;
    }
    changed(tx, &secrets.sealer, who, "on", letter::second_factor_on)
}

/// Takes the second factor away. The caller has asked for the password.
pub fn remove(tx: &mut Tx, sealer: &Sealer, who: &Account) -> Result<(), SecondFactorError> {
    if who.is_admin {
        return Err(SecondFactorError::AdminsKeepTheirs);
    }
    let proofs = proofs(tx, who.id)?;
    if proofs.totp_sealed.is_none() {
        return Err(SecondFactorError::NotOn);
    }
    account::update_totp(tx, who.id, None)?;
    recovery_code::delete_all(tx, who.id)?;
    changed(tx, sealer, who, "off", letter::second_factor_off)
}

fn changed(
    tx: &mut Tx,
    sealer: &Sealer,
    who: &Account,
    step: &str,
    mail: fn(&Account, DateTime<Utc>) -> crate::domain::mail::Mail,
) -> Result<(), SecondFactorError> {
    let notice = mail(who, tx.now());
    delivery::post(tx, sealer, &notice)?;
    tx.audit(Entry::new("account.totp", "account", who.id).with(json!({"step": step})));
    Ok(())
}

/// What the account proves itself by, while no other transaction changes it.
fn proofs(tx: &mut Tx, id: AccountId) -> Result<Proofs, StoreError> {
    tx.serialise(&[id.into()])?;
    account::proofs(tx, id)?.ok_or(StoreError::NotFound("account"))
}
