//! Opens a session, and asks for the password again where that is due.
//!
//! **Invariant:** an unknown address, a wrong password, a wrong code and a barred
//! account are one refusal, after the same work; every one of them is counted.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use crate::{
    domain::{
        account::{Account, AccountStatus, EmailAddress},
        id::{AccountId, PractitionerId, SessionId},
    },
    secret::{SecretError, Token},
    store::{
        Context, StoreError, Tx, account,
        audit::Entry,
        session::{self, Session},
    },
};

use super::{
    App, Secrets,
    second_factor::{self, Factor},
    throttle,
};

/// Most characters kept of what a client says it is.
const MOST_CLIENT: usize = 200;

/// What somebody sends who wants to sign in; as it was typed.
#[derive(Clone)]
pub struct SignIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// A six-digit code, or a recovery code.
    pub totp: Option<String>,
    /// What the client says it is.
    pub client: String,
}

/// A session just opened. Its token is shown now and never again.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// Its token.
    pub token: Token,
    /// Whose.
    pub account: Account,
    /// Their practitioner record, if any.
    pub practitioner: Option<PractitionerId>,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Something of it is wrong; which, is not said.
    #[error("the address, the password or the code is not right")]
    InvalidCredentials,
    /// The password is right, but a code is needed too.
    #[error("a code from the authenticator is needed as well")]
    SecondFactorRequired,
    /// Too many tries in vain.
    #[error("too many tries; wait {seconds} seconds")]
    Throttled {
        /// How long to wait.
        seconds: u64,
    },
    /// A secret could not be checked or made.
    #[error("the password or the code could not be checked")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("signing in could not be stored")]
    Store(#[from] StoreError),
}

/// What was found out about a password before the transaction that counts.
#[derive(Clone)]
struct Tried {
    key: String,
    account: Option<AccountId>,
    /// The hash it was compared with.
    against: Option<String>,
    matches: bool,
    /// A stronger hash of the same password.
    stronger: Option<String>,
}

/// What a transaction decided about somebody at the door. A refusal is kept as well: its count must stay.
pub type Decided = Result<Opened, SignInError>;

/// Work that opens a session for whoever has the address and the password, and the code where one is set up.
pub async fn signing_in(
    app: &App,
    wish: SignIn,
) -> Result<impl Fn(&mut Tx<'_>) -> Result<Decided, SignInError> + Send + 'static, SignInError> {
    let SignIn { email, password, totp, client } = wish;
    let Ok(email) = email.parse::<EmailAddress>() else {
        let hasher = app.hasher();
        app.off_loop(move || hasher.verify(&password, None)).await??;
        return Err(SignInError::InvalidCredentials);
    };
    let tried = try_password(app, email.key(), password).await?;
    let (secrets, token) = (app.secrets(), Token::generate()?);
    Ok(move |tx: &mut Tx<'_>| settle(tx, &secrets, &tried, totp.as_deref(), &token, &client))
}

/// Asks the account's owner for the password once more; wrong ones are counted as at sign-in.
pub async fn confirm(
    app: &App,
    context: Context,
    who: &Account,
    password: String,
) -> Result<(), SignInError> {
    let tried = try_password(app, who.email.key(), password).await?;
    app.write(context, move |tx| {
        tx.serialise(&[throttle::lock(&tried.key)])?;
        if let Some(refused) = waiting(tx, &tried.key)? {
            return Ok(Err(refused));
        }
        if tried.matches { Ok(Ok(())) } else { refuse(tx, &tried, "password").map(Err) }
    })
    .await?
}

/// Compares the password, with the same work whether or not there is such an account.
async fn try_password(app: &App, key: String, password: String) -> Result<Tried, SignInError> {
    let now = app.now();
    let looked_up = key.clone();
    let (refused, found) = app
        .read(move |conn| {
            let refused = throttle::wait(conn, &looked_up, now)?;
            let account = account::of_email(conn, &looked_up)?;
            let active = account.filter(|account| account.status == AccountStatus::Active);
            let proofs = active.as_ref().map(|account| account::proofs(conn, account.id)).transpose()?;
            let hash = proofs.flatten().map(|proofs| proofs.password_hash);
            Ok::<_, StoreError>((refused, active.map(|account| account.id).zip(hash)))
        })
        .await?;
    if let Some(seconds) = refused {
        return Err(SignInError::Throttled { seconds });
    }
    let (account, against) = found.unzip();
    let (hasher, compared) = (app.hasher(), against.clone());
    let (verified, stronger) = app
        .off_loop(move || {
            let verified = hasher.verify(&password, compared.as_deref())?;
            // Too busy to hash again: the next sign-in will.
            let again = password.parse().ok().filter(|_| verified.rehash);
            Ok::<_, SecretError>((verified, again.and_then(|password| hasher.hash(&password).ok())))
        })
        .await??;
    Ok(Tried { key, account, against, matches: verified.matches, stronger })
}

/// Decides, counts and opens in one transaction.
fn settle(
    tx: &mut Tx,
    secrets: &Secrets,
    tried: &Tried,
    totp: Option<&str>,
    token: &Token,
    client: &str,
) -> Result<Decided, SignInError> {
    tx.serialise(&[throttle::lock(&tried.key)])?;
    if let Some(refused) = waiting(tx, &tried.key)? {
        return Ok(Err(refused));
    }
    let Some((account, practitioner, proofs)) = standing(tx, tried)? else {
        return refuse(tx, tried, "password").map(Err);
    };
    match second_factor::check(tx, secrets, account.id, &proofs, totp)? {
        Factor::Missing => return Ok(Err(SignInError::SecondFactorRequired)),
        Factor::Wrong => return refuse(tx, tried, "totp").map(Err),
        // Nobody oversees with a password alone, whatever the rows say.
        Factor::NotSetUp if account.is_admin => return refuse(tx, tried, "totp").map(Err),
        Factor::NotSetUp | Factor::Right => {}
    }
    if let Some(stronger) = &tried.stronger {
        account::update_password_hash(tx, account.id, stronger)?;
    }
    throttle::clear(tx, &tried.key)?;
    Ok(Ok(open(tx, account, practitioner, token, client)?))
}

/// The account as it stands now, if the password tried is still its own.
fn standing(
    tx: &mut Tx,
    tried: &Tried,
) -> Result<Option<(Account, Option<PractitionerId>, account::Proofs)>, StoreError> {
    let Some(id) = tried.account.filter(|_| tried.matches) else { return Ok(None) };
    let found = account::find_with_practitioner(tx, id)?;
    let Some((account, practitioner)) = found.filter(|(who, _)| who.status == AccountStatus::Active) else {
        return Ok(None);
    };
    let proofs = account::proofs(tx, id)?.filter(|now| Some(&now.password_hash) == tried.against.as_ref());
    Ok(proofs.map(|proofs| (account, practitioner, proofs)))
}

fn waiting(tx: &mut Tx, key: &str) -> Result<Option<SignInError>, StoreError> {
    let now = tx.now();
    Ok(throttle::wait(tx, key, now)?.map(|seconds| SignInError::Throttled { seconds }))
}

fn refuse(tx: &mut Tx, tried: &Tried, what: &str) -> Result<SignInError, SignInError> {
    throttle::count(tx, &tried.key)?;
    let entry = Entry::new("session.fail", "account", uuid::Uuid::nil()).with(json!({"wrong": what}));
    tx.audit(Entry { subject: tried.account.map(Into::into), ..entry });
    Ok(SignInError::InvalidCredentials)
}

/// Opens a session for an account that has proved itself.
pub fn open(
    tx: &mut Tx,
    account: Account,
    practitioner: Option<PractitionerId>,
    token: &Token,
    client: &str,
) -> Result<Opened, StoreError> {
    let id: SessionId = tx.new_id();
    let created_at = tx.now();
    let session = Session {
        id,
        account: account.id,
        created_at,
        expires_at: end_of(&account, practitioner, created_at),
        client: client.chars().filter(|c| !c.is_control()).take(MOST_CLIENT).collect(),
    };
    session::insert(tx, &session, token.hash().as_bytes())?;
    tx.audit(Entry::new("session.create", "session", id).by(account.id));
    Ok(Opened { session, token: token.clone(), account, practitioner })
}

/// The more somebody may do, the sooner they are asked again.
fn end_of(account: &Account, practitioner: Option<PractitionerId>, from: DateTime<Utc>) -> DateTime<Utc> {
    let hours = match (account.is_admin, practitioner) {
        (true, _) => 12,
        (false, Some(_)) => 24,
        (false, None) => 30 * 24,
    };
    from + Duration::hours(hours)
}
