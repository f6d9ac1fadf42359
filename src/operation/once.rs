//! Does a thing once, however often it is asked for under one key.
//!
//! Callers that cannot know whether a request was heard send it again under the
//! same key. The first answer is kept, sealed, in the transaction it tells of,
//! and given again for a day.
//!
//! **Invariant:** an answer is kept if and only if what it tells of was
//! committed; while one transaction works under a key, no other one does.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{
    secret::{Sealer, SecretError, mac},
    store::{
        Conn, StoreError, Tx,
        idempotency::{self, Claim, Kept},
    },
};

use super::{
    App, Secrets,
    chores::{self, ChoreError},
};

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::hours(24);

/// Whose key it is.
#[derive(Debug, Clone, Copy)]
pub enum Asker<'a> {
    /// An account's.
    Account(Uuid),
    /// Somebody's who is not signed in, at that address.
    Address(&'a str),
}

/// What makes a request the same as another.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its path.
    pub path: &'a str,
    /// Its query string.
    pub query: &'a str,
    /// Its body, whole.
    pub body: &'a [u8],
}

/// Why a request under a key is not done now.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// It is being done right now.
    #[error("a request with this key is still being answered")]
    InFlight,
    /// The key came with another request before.
    #[error("this key was used for another request")]
    Reused,
    /// The answer could not be sealed or opened.
    #[error("a kept answer could not be sealed or opened")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("a kept answer could not be stored or read")]
    Store(#[from] StoreError),
}

/// The claim a request makes. Its digests are keyed: neither the key, nor the address, nor a password
/// in the body can be guessed from them.
#[must_use]
pub fn claim(secrets: &Secrets, asker: Asker<'_>, key: &str, request: Request<'_>) -> Claim {
    let (kind, who) = match &asker {
        Asker::Account(id) => ("account", id.as_bytes().as_slice()),
        Asker::Address(address) => ("address", address.as_bytes()),
    };
    let digest = &secrets.idempotency;
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] =
        digest.sign_parts(&[b"key", kind.as_bytes(), who, key.as_bytes()]);
    let Request { method, path, query, body } = request;
    let fingerprint =
        digest.sign_parts(&[b"request", method.as_bytes(), path.as_bytes(), query.as_bytes(), body]);
    Claim { id: Uuid::from_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]), fingerprint }
}

/// The answer given before to the same request under the same key, if it still counts.
pub fn earlier(
    conn: &mut Conn,
    sealer: &Sealer,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>, OnceError> {
    let Some(kept) = idempotency::find(conn, claim.id, now - KEPT_FOR)? else { return Ok(None) };
    if !mac::same(&kept.fingerprint, &claim.fingerprint) {
        return Err(OnceError::Reused);
    }
    Ok(Some(open(sealer, &kept)?))
}

/// Begins to work under a key: nobody else does until the transaction ends. Gives the answer there is already.
pub fn begin(tx: &mut Tx, sealer: &Sealer, claim: &Claim) -> Result<Option<Vec<u8>>, OnceError> {
    if !tx.try_serialise(claim.id)? {
        return Err(OnceError::InFlight);
    }
    let now = tx.now();
    earlier(tx, sealer, claim, now)
}

/// Keeps the answer. [`begin`] came before it in the same transaction.
pub fn keep(tx: &mut Tx, sealer: &Sealer, claim: &Claim, answer: &[u8]) -> Result<(), OnceError> {
    let sealed = sealer.seal(&place_of(claim.id), answer)?;
    idempotency::put(tx, claim, &sealed)?;
    Ok(())
}

/// Forgets what no longer counts.
pub fn forget(app: &App) -> Result<(), ChoreError> {
    let until = app.now() - KEPT_FOR;
    if app.store().read_blocking(|conn| idempotency::is_any_until(conn, until))? {
        app.store().write_blocking(chores::system(app), move |tx| idempotency::delete_until(tx, until))?;
    }
    Ok(())
}

/// Whether a kept answer can be read.
pub(super) fn opens(sealer: &Sealer, kept: &Kept) -> bool {
    open(sealer, kept).is_ok()
}

fn open(sealer: &Sealer, kept: &Kept) -> Result<Vec<u8>, SecretError> {
    sealer.open(&place_of(kept.id), &kept.sealed)
}

/// What the seal is bound to: an answer copied to another row does not open.
fn place_of(id: Uuid) -> String {
    format!("idempotency/answer/{id}")
}
