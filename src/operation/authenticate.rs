//! Who is behind a session token.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        account::{Account, AccountStatus},
        id::{PractitionerId, SessionId},
    },
    secret::Token,
    store::{StoreError, account},
};

use super::App;

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

/// The account behind a token; none when the token is unknown or ended, or the account is not active.
pub async fn by_token(app: &App, token: &str) -> Result<Option<Authenticated>, StoreError> {
    let Some(token) = Token::parse(token) else { return Ok(None) };
    let (hash, now) = (token.hash(), app.now());
    app.store()
        .ask(move |conn| {
            let found = account::of_session(conn, hash.as_bytes(), now)?;
            let found = found.filter(|(_, _, account, _)| account.status == AccountStatus::Active);
            Ok(found.map(|(session, signed_in_at, account, practitioner)| Authenticated {
                account,
                session,
                signed_in_at,
                practitioner,
            }))
        })
        .await
}
