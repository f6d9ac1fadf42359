//! Messages to be sent. Their content is sealed, and gone once they are sent.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::id::OutboxId;

use super::{
    dialect::{Id, Instant, Kept, insert_rows, is_among},
    schema::outbox,
    tx::{Conn, StoreError, Tx},
};

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its identity, also in the message itself.
    pub id: OutboxId,
    /// Recipient, subject and text, sealed.
    pub sealed: Vec<u8>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Since when it is due.
    pub due_at: DateTime<Utc>,
    /// How often sending it has failed.
    pub attempts: i32,
}

type WaitingRow = (Id, Vec<u8>, Instant, Option<Instant>, i32);

/// A message to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its identity.
    pub id: OutboxId,
    /// What kind of message it is.
    pub kind: &'static str,
    /// Recipient, subject and text, sealed.
    pub sealed: Vec<u8>,
}

/// Adds messages that are due at once.
pub fn insert(tx: &mut Tx, messages: &[Written]) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let row = |message: &Written| {
        (
            outbox::id.eq(Id::of(message.id)),
            outbox::kind.eq(message.kind),
            outbox::sealed.eq(message.sealed.clone()),
            outbox::created_at.eq(now),
            outbox::next_attempt_at.eq(Some(now)),
            outbox::attempts.eq(0),
            outbox::last_error.eq(""),
        )
    };
    insert_rows!(&mut **tx, outbox::table, messages.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// Messages that are due, longest first, at most `most`.
pub fn due(conn: &mut Conn, now: DateTime<Utc>, most: i64) -> Result<Vec<Waiting>, StoreError> {
    let rows: Vec<WaitingRow> = outbox::table
        .filter(outbox::next_attempt_at.le(Some(Instant(now))))
        .order((outbox::next_attempt_at, outbox::id))
        .limit(most)
        .select((outbox::id, outbox::sealed, outbox::created_at, outbox::next_attempt_at, outbox::attempts))
        .load(conn)?;
    let waiting = |(id, sealed, created_at, due_at, attempts): WaitingRow| Waiting {
        id: id.0.into(),
        sealed,
        created_at: created_at.0,
        due_at: due_at.map_or(created_at.0, |at| at.0),
        attempts,
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// Takes the messages for this process until `until`; those that another was quicker to take are left out.
pub fn claim(tx: &mut Tx, waiting: &[Waiting], until: DateTime<Utc>) -> Result<Vec<OutboxId>, StoreError> {
    let ids: Vec<OutboxId> = waiting.iter().map(|waiting| waiting.id).collect();
    // Whoever takes one moves it past the instant at which these were read as due.
    let Some(due_at) = waiting.iter().map(|waiting| waiting.due_at).max() else { return Ok(Vec::new()) };
    let claimed: Vec<Id> = Kept(
        diesel::update(
            outbox::table
                .filter(is_among!(outbox::id, ids))
                .filter(outbox::next_attempt_at.le(Some(Instant(due_at)))),
        )
        .set(outbox::next_attempt_at.eq(Some(Instant(until))))
        .returning(outbox::id),
    )
    .load(&mut **tx)?;
    Ok(claimed.into_iter().map(|id| id.0.into()).collect())
}

/// Notes that messages went out, and forgets what they said.
pub fn update_sent(tx: &mut Tx, ids: &[OutboxId]) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let sent = (
        outbox::sent_at.eq(Some(now)),
        outbox::next_attempt_at.eq(None::<Instant>),
        outbox::sealed.eq(Vec::<u8>::new()),
        outbox::last_error.eq(""),
    );
    let updated =
        diesel::update(outbox::table.filter(is_among!(outbox::id, ids))).set(sent).returning(outbox::id);
    let _: Vec<Id> = Kept(updated).load(&mut **tx)?;
    Ok(())
}

/// Notes a failure, and when to try again; `None`: never.
pub fn update_failed(
    tx: &mut Tx,
    id: OutboxId,
    attempts: i32,
    next: Option<DateTime<Utc>>,
    error: &str,
) -> Result<(), StoreError> {
    diesel::update(outbox::table.find(Id::of(id)))
        .set((
            outbox::attempts.eq(attempts),
            outbox::next_attempt_at.eq(next.map(Instant)),
            outbox::last_error.eq(error),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Forgets messages sent before then.
pub fn delete_sent_before(tx: &mut Tx, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::delete(outbox::table.filter(outbox::sent_at.lt(Some(Instant(at))))).execute(&mut **tx)?;
    Ok(())
}
