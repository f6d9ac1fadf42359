//! Signed-in browsers and clients. Tokens are stored as hashes only.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::id::{AccountId, SessionId};

use super::{
    dialect::{Id, Instant},
    schema::session,
    tx::{Conn, StoreError, Tx},
};

/// A session as its owner may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// What the client said it is.
    pub client: String,
}

/// Adds a session.
pub fn insert(tx: &mut Tx, new: &Session, token_hash: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(session::table)
        .values((
            session::id.eq(Id::of(new.id)),
            session::account_id.eq(Id::of(new.account)),
            session::token_hash.eq(token_hash),
            session::created_at.eq(Instant(new.created_at)),
            session::expires_at.eq(Instant(new.expires_at)),
            session::client.eq(&new.client),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The account's sessions that have not ended, oldest first, after one, at most `most`.
pub fn list_live(
    conn: &mut Conn,
    account: AccountId,
    now: DateTime<Utc>,
    after: Option<SessionId>,
    most: i64,
) -> Result<Vec<Session>, StoreError> {
    let mut query = session::table
        .filter(session::account_id.eq(Id::of(account)).and(session::expires_at.gt(Instant(now))))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(session::id.gt(Id::of(after)));
    }
    let rows: Vec<(Id, Instant, Instant, String)> = query
        .order(session::id)
        .limit(most)
        .select((session::id, session::created_at, session::expires_at, session::client))
        .load(conn)?;
    let session = |(id, created, expires, client): (Id, Instant, Instant, String)| Session {
        id: id.0.into(),
        account,
        created_at: created.0,
        expires_at: expires.0,
        client,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends a session of that account; whether there was one.
pub fn delete(tx: &mut Tx, account: AccountId, id: SessionId) -> Result<bool, StoreError> {
    let ended = diesel::delete(
        session::table.filter(session::id.eq(Id::of(id)).and(session::account_id.eq(Id::of(account)))),
    )
    .execute(&mut **tx)?;
    Ok(ended > 0)
}

/// Ends all sessions of an account, but perhaps one; how many.
pub fn delete_all(tx: &mut Tx, account: AccountId, but: Option<SessionId>) -> Result<usize, StoreError> {
    let all = session::table.filter(session::account_id.eq(Id::of(account)));
    Ok(match but {
        Some(but) => diesel::delete(all.filter(session::id.ne(Id::of(but)))).execute(&mut **tx)?,
        None => diesel::delete(all).execute(&mut **tx)?,
    })
}

/// Forgets sessions that have ended by themselves.
pub fn delete_lapsed(tx: &mut Tx) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::delete(session::table.filter(session::expires_at.le(now))).execute(&mut **tx)?;
    Ok(())
}
