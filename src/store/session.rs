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

/// The session with that token that has not ended, and whose it is.
pub fn find_live(
    conn: &mut Conn,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(SessionId, AccountId)>, StoreError> {
    let row: Option<(Id, Id)> = session::table
        .filter(session::token_hash.eq(token_hash).and(session::expires_at.gt(Instant(now))))
        .select((session::id, session::account_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, account)| (id.0.into(), account.0.into())))
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
