//! Who is behind a session token.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        account::{Account, AccountStatus},
        id::{PractitionerId, SessionId},
    },
    secret::Token,
    store::{Store, StoreError, account},
};

use super::{App, together::Together};

/// Somebody with a valid session.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who.
    pub account: Account,
    /// By which session.
    pub session: SessionId,
    /// When that session began.
    pub signed_in_at: DateTime<Utc>,
    /// Their practitioner record, if any.
    pub practitioner: Option<PractitionerId>,
}

/// Finds out who is behind a token, for many at once.
pub(super) type Sessions = Together<Token, Result<Option<Authenticated>, StoreError>>;

/// Begins to look sessions up.
pub(super) fn sessions(store: &Store) -> std::io::Result<Sessions> {
    let store = store.clone();
    Together::open("sessions", move |tokens: Vec<Token>| look_up(&store, &tokens))
}

fn look_up(store: &Store, tokens: &[Token]) -> Vec<Result<Option<Authenticated>, StoreError>> {
    let hashes: Vec<Vec<u8>> = tokens.iter().map(|token| token.hash().as_bytes().to_vec()).collect();
    let now = store.now();
    let found = match store.ask_blocking(|conn| account::of_sessions(conn, &hashes, now)) {
        Ok(found) => found,
        Err(err) => {
            let words = err.to_string();
            let again = || Err(StoreError::Unavailable(words.clone().into()));
            return std::iter::once(Err(err))
                .chain(std::iter::repeat_with(again))
                .take(tokens.len())
                .collect();
        }
    };
    let of = |hash: &Vec<u8>| {
        let (session, signed_in_at, account, practitioner) = found.get(hash)?.clone();
        let is_active = account.status == AccountStatus::Active;
        is_active.then_some(Authenticated { account, session, signed_in_at, practitioner })
    };
    hashes.iter().map(|hash| Ok(of(hash))).collect()
}

/// The account behind a token; none when the token is unknown or ended, or the account is not active.
pub async fn by_token(app: &App, token: &str) -> Result<Option<Authenticated>, StoreError> {
    let Some(token) = Token::parse(token) else { return Ok(None) };
    app.sessions().ask(token).await?
}
