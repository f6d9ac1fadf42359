//! Calendars that programs fetch. Their secrets are stored as hashes only.

use diesel::prelude::*;

use crate::domain::{
    account::AccountStatus,
    calendar::{Feed, FeedKind},
    id::{AccountId, CalendarFeedId, PractitionerId},
};

use super::{
    dialect::{Id, Instant},
    schema::{account, calendar_feed, practitioner},
    tx::{Conn, StoreError, Tx},
};

type FeedRow = (Id, Id, String, Instant);

fn feed_of((id, account, kind, created_at): FeedRow) -> Result<Feed, StoreError> {
    Ok(Feed {
        id: id.0.into(),
        account: account.0.into(),
        kind: FeedKind::from_code(&kind).ok_or_else(|| StoreError::damaged("calendar_feed", "kind"))?,
        created_at: created_at.0,
    })
}

/// The feed with that secret, of an account that may be used, with its practitioner record that is
/// not closed, if any.
pub fn find_live(
    conn: &mut Conn,
    token_hash: &[u8],
) -> Result<Option<(Feed, Option<PractitionerId>)>, StoreError> {
    let row: Option<(FeedRow, Option<Id>)> = calendar_feed::table
        .inner_join(account::table.on(account::id.eq(calendar_feed::account_id)))
        .left_join(
            practitioner::table
                .on(practitioner::account_id.eq(account::id.nullable()).and(practitioner::closed.eq(false))),
        )
        .filter(calendar_feed::token_hash.eq(token_hash))
        .filter(account::status.eq(AccountStatus::Active.code()))
        .select((
            (calendar_feed::id, calendar_feed::account_id, calendar_feed::kind, calendar_feed::created_at),
            practitioner::id.nullable(),
        ))
        .first(conn)
        .optional()?;
    row.map(|(row, treats)| Ok((feed_of(row)?, treats.map(|id| id.0.into())))).transpose()
}

/// The feeds of an account after one, in the order in which they were made; at most `most`.
pub fn list(
    conn: &mut Conn,
    account: AccountId,
    after: Option<CalendarFeedId>,
    most: i64,
) -> Result<Vec<Feed>, StoreError> {
    let mut query = calendar_feed::table.filter(calendar_feed::account_id.eq(Id::of(account))).into_boxed();
    if let Some(after) = after {
        query = query.filter(calendar_feed::id.gt(Id::of(after)));
    }
    let rows: Vec<FeedRow> = query
        .order(calendar_feed::id)
        .limit(most)
        .select((
            calendar_feed::id,
            calendar_feed::account_id,
            calendar_feed::kind,
            calendar_feed::created_at,
        ))
        .load(conn)?;
    rows.into_iter().map(feed_of).collect()
}

/// Adds a feed.
pub fn insert(tx: &mut Tx, new: &Feed, token_hash: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(calendar_feed::table)
        .values((
            calendar_feed::id.eq(Id::of(new.id)),
            calendar_feed::account_id.eq(Id::of(new.account)),
            calendar_feed::kind.eq(new.kind.code()),
            calendar_feed::token_hash.eq(token_hash),
            calendar_feed::created_at.eq(Instant(new.created_at)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Removes a feed of that account; whether there was one.
pub fn delete(tx: &mut Tx, account: AccountId, id: CalendarFeedId) -> Result<bool, StoreError> {
    let feed = calendar_feed::table
        .filter(calendar_feed::id.eq(Id::of(id)).and(calendar_feed::account_id.eq(Id::of(account))));
    Ok(diesel::delete(feed).execute(&mut **tx)? > 0)
}

/// Removes all feeds of an account.
pub fn delete_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    diesel::delete(calendar_feed::table.filter(calendar_feed::account_id.eq(Id::of(account))))
        .execute(&mut **tx)?;
    Ok(())
}

/// Feeds of accounts that are closed: there should be none.
pub fn left_behind(conn: &mut Conn) -> Result<Vec<CalendarFeedId>, StoreError> {
    let ids: Vec<Id> = calendar_feed::table
        .inner_join(account::table.on(account::id.eq(calendar_feed::account_id)))
        .filter(account::status.eq(AccountStatus::Closed.code()))
        .select(calendar_feed::id)
        .load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}
