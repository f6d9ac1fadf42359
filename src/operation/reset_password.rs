//! A new password for somebody who forgot the old one, by way of the mailbox.
//!
//! **Invariant:** the caller cannot tell whether an address is known; a second
//! factor is still asked for afterwards.

use crate::{
    delivery::{self, PostError, letter},
    domain::account::{Account, AccountStatus, EmailAddress},
    secret::{Sealer, SecretError, Token, TokenHash},
    store::{Conn, StoreError, Tx, account, audit::Entry, password_reset, session},
};

use super::{
    App,
    register::{TOKEN_LIFETIME, choose_password},
    throttle,
};

/// Why there is no new password.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The token is unknown, used or too old.
    #[error("this link is not valid, or no longer")]
    UnknownToken,
    /// The password may not be chosen; why.
    #[error("the password {0}")]
    Password(String),
    /// The mail could not be written.
    #[error("the mail could not be written")]
    Post(#[from] PostError),
    /// A secret could not be made.
    #[error("the password or a token could not be made")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the password could not be stored")]
    Store(#[from] StoreError),
}

/// Work that sends a link to choose a new password, where the address has an account.
pub fn asking(
    app: &App,
    email: EmailAddress,
) -> Result<impl Fn(&mut Tx<'_>) -> Result<(), ResetError> + Send + 'static, ResetError> {
    let (token, sealer) = (Token::generate()?, app.secrets().sealer);
    let public_url = app.config().public_url.clone();
    Ok(move |tx: &mut Tx<'_>| send_link(tx, &sealer, &public_url, &email, &token))
}

fn send_link(
    tx: &mut Tx,
    sealer: &Sealer,
    public_url: &str,
    email: &EmailAddress,
    token: &Token,
) -> Result<(), ResetError> {
    let key = email.key();
    tx.serialise(&[throttle::lock(&key)])?;
    // Written either way: a commit with nothing to write would be quicker.
    let may_mail = throttle::may_mail(tx, &key)?;
    tx.audit(Entry { subject: None, ..Entry::new("password.ask", "account", uuid::Uuid::nil()) });
    let known = account::of_email(tx, &key)?.filter(|known| known.status == AccountStatus::Active);
    let Some(known) = known.filter(|_| may_mail) else { return Ok(()) };
    let expires_at = tx.now() + TOKEN_LIFETIME;
    password_reset::put(tx, known.id, token.hash().as_bytes(), expires_at)?;
    delivery::post(tx, sealer, &letter::reset(&known.email, public_url, token))?;
    Ok(())
}

/// Work that sets the password that the bearer of the token chose; every session of the account ends.
pub async fn resetting(
    app: &App,
    token: &str,
    password: &str,
) -> Result<impl Fn(&mut Tx<'_>) -> Result<(), ResetError> + Send + 'static, ResetError> {
    let token = Token::parse(token).ok_or(ResetError::UnknownToken)?.hash();
    let now = app.now();
    let who = app.read(move |conn| of_token(conn, token, now)).await?;
    let chosen = choose_password(password, &[&who.name, who.email.as_str()]).map_err(ResetError::Password)?;
    let (hasher, sealer) = (app.hasher(), app.secrets().sealer);
    let hash = app.off_loop(move || hasher.hash(&chosen)).await??;
    Ok(move |tx: &mut Tx<'_>| settle(tx, &sealer, token, &hash))
}

fn of_token(
    conn: &mut Conn,
    token: TokenHash,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Account, ResetError> {
    let id = password_reset::account_of(conn, token.as_bytes(), now)?.ok_or(ResetError::UnknownToken)?;
    let found = account::find(conn, id)?.filter(|who| who.status == AccountStatus::Active);
    found.ok_or(ResetError::UnknownToken)
}

fn settle(tx: &mut Tx, sealer: &Sealer, token: TokenHash, hash: &str) -> Result<(), ResetError> {
    let now = tx.now();
    let who = of_token(tx, token, now)?;
    tx.serialise(&[who.id.into()])?;
    // Once more, now that nobody else uses the same token.
    let who = of_token(tx, token, now)?;
    account::update_password_hash(tx, who.id, hash)?;
    password_reset::delete(tx, who.id)?;
    session::delete_all(tx, who.id, None)?;
    throttle::clear(tx, &who.email.key())?;
    delivery::post(tx, sealer, &letter::password_changed(&who, now))?;
    tx.audit(Entry::new("account.password", "account", who.id).by(who.id));
    Ok(())
}
