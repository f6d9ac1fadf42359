//! Answers kept under the keys of their callers. Rows hold digests and sealed bytes only.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::{
    dialect::{Id, Instant},
    schema::idempotency,
    tx::{Conn, StoreError, Tx},
};

/// One request under one caller's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Keyed digest of the caller and the key.
    pub id: Uuid,
    /// Keyed digest of the request.
    pub fingerprint: [u8; 32],
}

/// An answer as it lies in the store.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Under which caller's key.
    pub id: Uuid,
    /// Of which request.
    pub fingerprint: Vec<u8>,
    /// The answer, sealed.
    pub sealed: Vec<u8>,
}

type Row = (Id, Vec<u8>, Vec<u8>);
const COLUMNS: (idempotency::id, idempotency::fingerprint, idempotency::answer) =
    (idempotency::id, idempotency::fingerprint, idempotency::answer);

fn kept((id, fingerprint, sealed): Row) -> Kept {
    Kept { id: id.0, fingerprint, sealed }
}

/// The answer under that key, if it was kept after `since`.
pub fn find(conn: &mut Conn, id: Uuid, since: DateTime<Utc>) -> Result<Option<Kept>, StoreError> {
    let row: Option<Row> = idempotency::table
        .filter(idempotency::id.eq(Id(id)).and(idempotency::created_at.gt(Instant(since))))
        .select(COLUMNS)
        .first(conn)
        .optional()?;
    Ok(row.map(kept))
}

/// Keeps an answer as of now, in place of one that has lapsed.
pub fn put(tx: &mut Tx, claim: &Claim, sealed: &[u8]) -> Result<(), StoreError> {
    diesel::delete(idempotency::table.find(Id(claim.id))).execute(&mut **tx)?;
    diesel::insert_into(idempotency::table)
        .values((
            idempotency::id.eq(Id(claim.id)),
            idempotency::fingerprint.eq(claim.fingerprint.as_slice()),
            idempotency::answer.eq(sealed),
            idempotency::created_at.eq(Instant(tx.now())),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Whether an answer was kept at `at` or earlier.
pub fn is_any_until(conn: &mut Conn, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let lapsed = idempotency::table.filter(idempotency::created_at.le(Instant(at)));
    Ok(lapsed.select(idempotency::id).first::<Id>(conn).optional()?.is_some())
}

/// Forgets answers kept at `at` or earlier.
pub fn delete_until(tx: &mut Tx, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::delete(idempotency::table.filter(idempotency::created_at.le(Instant(at)))).execute(&mut **tx)?;
    Ok(())
}

/// Kept answers by identifier, at most `most` beyond `after`.
pub fn after(conn: &mut Conn, after: Option<Uuid>, most: i64) -> Result<Vec<Kept>, StoreError> {
    let rows: Vec<Row> = idempotency::table
        .filter(idempotency::id.gt(Id(after.unwrap_or(Uuid::nil()))))
        .order(idempotency::id)
        .select(COLUMNS)
        .limit(most)
        .load(conn)?;
    Ok(rows.into_iter().map(kept).collect())
}
