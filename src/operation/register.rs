//! Opens accounts: asked for by anybody, opened by whoever reads the mail.
//!
//! **Invariant:** the caller cannot tell whether an address is known; only its
//! mailbox can.

use chrono::Duration;
use chrono_tz::Tz;
use serde_json::json;

use crate::{
    delivery::{self, PostError, letter},
    domain::{
        account::{Account, AccountStatus, EmailAddress, Password},
        id::{AccountId, PatientId},
    },
    secret::{Sealer, SecretError, Token, TokenHash, TotpSecret, common},
    store::{
        StoreError, Tx, account,
        audit::Entry,
        patient,
        registration::{self, Registration},
    },
};

use super::{App, second_factor, throttle};

/// How long a token in a mail is good.
pub const TOKEN_LIFETIME: Duration = Duration::minutes(60);

/// What somebody asks for who wants an account.
#[derive(Debug, Clone)]
pub struct Register {
    /// Where the mail goes.
    pub email: EmailAddress,
    /// Checked by [`choose_password`].
    pub password: Password,
    /// What to call them.
    pub name: String,
    /// Zone in which times are told to them.
    pub time_zone: Tz,
}

/// Why no account was opened.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The token is unknown, used or too old.
    #[error("this link is not valid, or no longer")]
    InvalidToken,
    /// Somebody has the address. Told on the command line only.
    #[error("there is an account with this address already")]
    EmailTaken,
    /// The mail could not be written.
    #[error("the mail could not be written")]
    Post(#[from] PostError),
    /// A secret could not be made.
    #[error("the password or a token could not be made")]
    Secret(#[from] SecretError),
    /// It could not be stored.
    #[error("the account could not be stored")]
    Store(#[from] StoreError),
}

/// A password that may be chosen by somebody with that name and address, or why not.
pub fn choose_password(text: &str, own_words: &[&str]) -> Result<Password, String> {
    let password: Password =
        text.parse().map_err(|err: crate::domain::account::PasswordError| err.to_string())?;
    let is_own = own_words.iter().any(|word| word.trim().to_lowercase() == text.to_lowercase());
    if is_own || common::is_common(text, own_words) {
        return Err("is too easy to guess: it is among the common ones, or made of your own name".to_owned());
    }
    Ok(password)
}

/// Work that sends a mail to the address: to confirm it, or to say that it has an account. Always the same.
pub async fn asking(
    app: &App,
    wish: Register,
) -> Result<impl Fn(&mut Tx<'_>) -> Result<(), RegisterError> + Send + 'static, RegisterError> {
    let (hasher, password) = (app.hasher(), wish.password);
    let password_hash = app.off_loop(move || hasher.hash(&password)).await??;
    let (token, sealer) = (Token::generate()?, app.secrets().sealer);
    let public_url = app.config().public_url.clone();
    let new = Registration { email: wish.email, name: wish.name, time_zone: wish.time_zone, password_hash };
    Ok(move |tx: &mut Tx<'_>| ask(tx, &sealer, &public_url, &new, &token))
}

fn ask(
    tx: &mut Tx,
    sealer: &Sealer,
    public_url: &str,
    new: &Registration,
    token: &Token,
) -> Result<(), RegisterError> {
    let key = new.email.key();
    tx.serialise(&[throttle::lock(&key)])?;
    let known = account::of_email(tx, &key)?;
    let may_mail = throttle::may_mail(tx, &key)?;
    // One action for both, so that the trail does not tell either.
    tx.audit(Entry { subject: None, ..Entry::new("account.register", "account", uuid::Uuid::nil()) });
    let mail = match known {
        Some(known) => letter::already_known(&known.email),
        None => {
            let expires_at = tx.now() + TOKEN_LIFETIME;
            registration::put(tx, new, token.hash().as_bytes(), expires_at)?;
            letter::verify(&new.email, public_url, token)
        }
    };
    if may_mail {
        delivery::post(tx, sealer, &mail)?;
    }
    Ok(())
}

/// Opens the account whose mail carried the token, with a patient of the same identity.
pub fn verify(tx: &mut Tx, token: TokenHash) -> Result<Account, RegisterError> {
    let now = tx.now();
    let found = registration::of_token(tx, token.as_bytes(), now)?.ok_or(RegisterError::InvalidToken)?;
    let key = found.email.key();
    tx.serialise(&[throttle::lock(&key)])?;
    // Once more, now that nobody else uses the same token.
    let found = registration::of_token(tx, token.as_bytes(), now)?.ok_or(RegisterError::InvalidToken)?;
    registration::delete(tx, &key)?;
    if account::of_email(tx, &key)?.is_some() {
        return Err(RegisterError::InvalidToken);
    }
    let new = account_of(tx, found.email, found.name, found.time_zone, false);
    insert(tx, &new, &found.password_hash, None)?;
    throttle::clear(tx, &key)?;
    tx.audit(Entry::new("account.verify", "account", new.id).by(new.id));
    Ok(new)
}

/// What the command line knows of a new admin.
pub struct CreateAdmin {
    /// Their address; taken to be theirs.
    pub email: EmailAddress,
    /// What to call them.
    pub name: String,
    /// Zone in which times are told to them.
    pub time_zone: Tz,
    /// PHC string of a password that passed [`choose_password`].
    pub password_hash: String,
    /// The second factor, shown to them once by the command.
    pub totp: TotpSecret,
}

/// Opens an account that may oversee, active at once and with a second factor from the start.
pub fn create_admin(tx: &mut Tx, sealer: &Sealer, wish: &CreateAdmin) -> Result<Account, RegisterError> {
    let key = wish.email.key();
    tx.serialise(&[throttle::lock(&key)])?;
    if account::of_email(tx, &key)?.is_some() {
        return Err(RegisterError::EmailTaken);
    }
    registration::delete(tx, &key)?;
    let new = account_of(tx, wish.email.clone(), wish.name.clone(), wish.time_zone, true);
    let sealed = second_factor::seal(sealer, new.id, &wish.totp)?;
    insert(tx, &new, &wish.password_hash, Some(sealed))?;
    tx.audit(Entry::new("account.create_admin", "account", new.id).with(json!({"totp": true})));
    Ok(new)
}

fn account_of(tx: &Tx, email: EmailAddress, name: String, time_zone: Tz, is_admin: bool) -> Account {
    let id: AccountId = tx.new_id();
    let created_at = tx.now();
    Account { id, email, name, time_zone, status: AccountStatus::Active, is_admin, created_at, version: 1 }
}

fn insert(
    tx: &mut Tx,
    new: &Account,
    password_hash: &str,
    totp_sealed: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    account::insert(tx, new, password_hash, totp_sealed)?;
    patient::insert(tx, PatientId::from(uuid::Uuid::from(new.id)), new.id, &new.name, new.created_at)
}
