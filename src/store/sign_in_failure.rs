//! How often something was tried in vain, by key: an address, known or not.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{
    dialect::Instant,
    schema::sign_in_failure,
    tx::{Conn, StoreError, Tx},
};

/// How often, and when last.
pub fn find(conn: &mut Conn, key: &str) -> Result<Option<(i32, DateTime<Utc>)>, StoreError> {
    let row: Option<(i32, Instant)> = sign_in_failure::table
        .find(key)
        .select((sign_in_failure::failures, sign_in_failure::last_at))
        .first(conn)
        .optional()?;
    Ok(row.map(|(failures, at)| (failures, at.0)))
}

/// Keeps the count, as of now.
pub fn put(tx: &mut Tx, key: &str, failures: i32) -> Result<(), StoreError> {
    let rest = (sign_in_failure::failures.eq(failures), sign_in_failure::last_at.eq(Instant(tx.now())));
    let changed = diesel::update(sign_in_failure::table.find(key)).set(rest).execute(&mut **tx)?;
    if changed == 0 {
        diesel::insert_into(sign_in_failure::table)
            .values((sign_in_failure::email_key.eq(key), rest))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Forgets the count.
pub fn delete(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    diesel::delete(sign_in_failure::table.find(key)).execute(&mut **tx)?;
    Ok(())
}

/// Forgets counts last raised before then.
pub fn delete_before(tx: &mut Tx, at: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::delete(sign_in_failure::table.filter(sign_in_failure::last_at.lt(Instant(at))))
        .execute(&mut **tx)?;
    Ok(())
}
