//! Passwords that were asked to be set anew. One row an account: asking again replaces it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::id::AccountId;

use super::{
    dialect::{Id, Instant},
    schema::password_reset,
    tx::{Conn, StoreError, Tx},
};

/// Keeps a token's hash, in place of an earlier one of the same account.
pub fn put(
    tx: &mut Tx,
    account: AccountId,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rest =
        (password_reset::token_hash.eq(token_hash), password_reset::expires_at.eq(Instant(expires_at)));
    let replaced =
        diesel::update(password_reset::table.find(Id::of(account))).set(rest).execute(&mut **tx)?;
    if replaced == 0 {
        diesel::insert_into(password_reset::table)
            .values((password_reset::account_id.eq(Id::of(account)), rest))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Whose token it is, if it has not lapsed.
pub fn account_of(
    conn: &mut Conn,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, StoreError> {
    let row: Option<Id> = password_reset::table
        .filter(password_reset::token_hash.eq(token_hash).and(password_reset::expires_at.gt(Instant(now))))
        .select(password_reset::account_id)
        .first(conn)
        .optional()?;
    Ok(row.map(|id| id.0.into()))
}

/// Forgets the token of an account.
pub fn delete(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    diesel::delete(password_reset::table.find(Id::of(account))).execute(&mut **tx)?;
    Ok(())
}

/// Forgets those that have lapsed.
pub fn delete_lapsed(tx: &mut Tx) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::delete(password_reset::table.filter(password_reset::expires_at.le(now))).execute(&mut **tx)?;
    Ok(())
}
