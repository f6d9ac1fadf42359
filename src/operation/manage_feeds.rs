//! Calendars that programs fetch by a secret address: made, listed, revoked.
//!
//! **Invariant:** the secret is told once and only its hash is kept; a feed
//! opens nothing once it is revoked, or its account may not be used.

use serde_json::json;

use crate::{
    domain::{
        calendar::{Feed, FeedKind},
        id::{AccountId, CalendarFeedId},
    },
    secret::TokenHash,
    store::{StoreError, Tx, audit::Entry, calendar_feed, patient, practitioner},
};

/// How many feeds an account may have at once.
pub const MOST: usize = 10;

/// Why a feed was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No such feed, or not theirs.
    #[error("there is no such calendar feed")]
    NotFound,
    /// The account has no practitioner record.
    #[error("only a practitioner has a calendar of that kind")]
    NoPractitioner,
    /// As many as there may be.
    #[error("an account has at most {MOST} calendar feeds; revoke one first")]
    TooMany,
    /// The store failed.
    #[error("the calendar feed could not be stored")]
    Store(#[from] StoreError),
}

/// Makes a feed that the secret with that hash opens.
pub fn create(tx: &mut Tx, account: AccountId, kind: FeedKind, hash: TokenHash) -> Result<Feed, FeedError> {
    tx.serialise(&[account.into()])?;
    // An account that was closed in the meantime gets nothing new.
    if !patient::is_in_care_of(tx, uuid::Uuid::from(account).into(), account)? {
        return Err(FeedError::NotFound);
    }
    let treats = practitioner::of_account(tx, account)?.filter(|record| !record.closed);
    if kind == FeedKind::Practitioner && treats.is_none() {
        return Err(FeedError::NoPractitioner);
    }
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    if calendar_feed::list(tx, account, None, most)?.len() >= MOST {
        return Err(FeedError::TooMany);
    }
    let feed = Feed { id: tx.new_id(), account, kind, created_at: tx.now() };
    calendar_feed::insert(tx, &feed, hash.as_bytes())?;
    let detail = json!({"kind": kind.code()});
    tx.audit(Entry::new("calendar_feed.create", "calendar_feed", feed.id).with(detail));
    Ok(feed)
}

/// Revokes a feed, at once.
pub fn revoke(tx: &mut Tx, account: AccountId, id: CalendarFeedId) -> Result<(), FeedError> {
    if !calendar_feed::delete(tx, account, id)? {
        return Err(FeedError::NotFound);
    }
    tx.audit(Entry::new("calendar_feed.revoke", "calendar_feed", id));
    Ok(())
}
