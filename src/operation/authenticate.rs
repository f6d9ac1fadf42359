//! Who is behind a session token.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        account::{Account, AccountStatus},
        id::{PractitionerId, SessionId},
    },
    secret::Token,
    store::{StoreError, account, session},
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
    app.read(move |conn| {
        let Some(live) = session::find_live(conn, hash.as_bytes(), now)? else { return Ok(None) };
        let Some((account, practitioner)) = account::find_with_practitioner(conn, live.account)? else {
            return Ok(None);
        };
        if account.status != AccountStatus::Active {
            return Ok(None);
        }
        let (session, signed_in_at) = (live.id, live.created_at);
        Ok(Some(Authenticated { account, session, signed_in_at, practitioner }))
    })
    .await
}
