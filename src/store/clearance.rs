//! Clinicians' agreements, sealed before they come here.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::id::ScreeningId;

use super::{
    dialect::{Id, Instant},
    schema::clearance,
    tx::{Conn, StoreError, Tx},
};

/// The rules that refuse a second agreement for one screening.
pub const ALREADY_THERE: &[&str] = &["clearance_pkey", "clearance_screening_id_key"];

/// When a clearance was given, and its sealed words.
pub type Sealed = (DateTime<Utc>, Vec<u8>);

/// The sealed agreement for a screening, and when it was added.
pub fn find(conn: &mut Conn, screening: ScreeningId) -> Result<Option<Sealed>, StoreError> {
    let row: Option<(Instant, Vec<u8>)> = clearance::table
        .find(Id::of(screening))
        .select((clearance::created_at, clearance::sealed))
        .first(conn)
        .optional()?;
    Ok(row.map(|(at, sealed)| (at.0, sealed)))
}

/// Adds an agreement. Fails with one of [`ALREADY_THERE`] where there is one.
pub fn insert(
    tx: &mut Tx,
    screening: ScreeningId,
    created_at: DateTime<Utc>,
    sealed: &[u8],
) -> Result<(), StoreError> {
    diesel::insert_into(clearance::table)
        .values((
            clearance::screening_id.eq(Id::of(screening)),
            clearance::created_at.eq(Instant(created_at)),
            clearance::sealed.eq(sealed),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
