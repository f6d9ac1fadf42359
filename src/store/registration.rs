//! Addresses that wait to be verified. One row an address: asking again replaces it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;

use crate::domain::account::EmailAddress;

use super::{
    dialect::Instant,
    schema::registration,
    tx::{Conn, StoreError, Tx},
};

/// What somebody asked for when registering.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    /// The address to be verified.
    pub email: EmailAddress,
    /// What to call them.
    pub name: String,
    /// Zone in which times are told to them.
    pub time_zone: Tz,
    /// PHC string.
    pub password_hash: String,
}

/// Keeps a registration, in place of an earlier one of the same address.
pub fn put(
    tx: &mut Tx,
    new: &Registration,
    token_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let key = new.email.key();
    let rest = (
        registration::email.eq(new.email.as_str()),
        registration::name.eq(&new.name),
        registration::time_zone.eq(new.time_zone.name()),
        registration::password_hash.eq(&new.password_hash),
        registration::token_hash.eq(token_hash),
        registration::expires_at.eq(Instant(expires_at)),
    );
    let replaced = diesel::update(registration::table.find(&key)).set(rest).execute(&mut **tx)?;
    if replaced == 0 {
        diesel::insert_into(registration::table)
            .values((registration::email_key.eq(&key), rest))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// The registration with that token that has not lapsed.
pub fn of_token(
    conn: &mut Conn,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Registration>, StoreError> {
    let row: Option<(String, String, String, String)> = registration::table
        .filter(registration::token_hash.eq(token_hash).and(registration::expires_at.gt(Instant(now))))
        .select((
            registration::email,
            registration::name,
            registration::time_zone,
            registration::password_hash,
        ))
        .first(conn)
        .optional()?;
    let Some((email, name, time_zone, password_hash)) = row else { return Ok(None) };
    let damaged = |why: &str| StoreError::damaged("registration", why);
    Ok(Some(Registration {
        email: email.parse().map_err(|_| damaged("email"))?,
        name,
        time_zone: time_zone.parse().map_err(|_| damaged("time_zone"))?,
        password_hash,
    }))
}

/// Forgets the registration of an address.
pub fn delete(tx: &mut Tx, email_key: &str) -> Result<(), StoreError> {
    diesel::delete(registration::table.find(email_key)).execute(&mut **tx)?;
    Ok(())
}

/// Forgets those that have lapsed.
pub fn delete_lapsed(tx: &mut Tx) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    diesel::delete(registration::table.filter(registration::expires_at.le(now))).execute(&mut **tx)?;
    Ok(())
}
