//! The numbered list of what commits made true.
//!
//! Every process follows it, so a change made by another process (a second
//! server, an import beside a running one) reaches this one's index too.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::{change::Change, id::PractitionerId};

use super::{
    dialect::{Id, Instant, MultiBackend, insert_rows},
    schema::change,
    tx::{Conn, StoreError, Tx},
};

/// A change with its number.
#[derive(Debug, Clone, Copy)]
pub struct Numbered {
    /// Rises; gaps are transactions undone or not yet committed.
    pub number: i64,
    /// Which process made it.
    pub process: Uuid,
    /// What.
    pub change: Change,
}

/// Most changes in one statement.
const AT_ONCE: usize = 500;

/// Writes changes.
pub(super) fn insert(
    conn: &mut Conn,
    changes: &[Change],
    process: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = |change: &Change| {
        (
            change::kind.eq(change.code()),
            change::practitioner_id.eq(Id::of(change.practitioner())),
            change::process.eq(Id(process)),
            change::at.eq(Instant(now)),
        )
    };
    for some in changes.chunks(AT_ONCE) {
        insert_rows!(&mut *conn, change::table, some.iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Changes above `number` and those with a number of `missing`, in order, at most `most`.
pub fn after(conn: &mut Conn, number: i64, missing: &[i64], most: i64) -> Result<Vec<Numbered>, StoreError> {
    let mut rows = rows_where(conn, change::number.gt(number), most)?;
    if !missing.is_empty() {
        rows.extend(rows_where(conn, change::number.eq_any(missing.to_vec()), most)?);
    }
    rows.into_iter()
        .map(|(number, kind, id, process)| {
            let practitioner = PractitionerId::from(id.0);
            let change = match kind.as_str() {
                "profile" => Change::Profile(practitioner),
                "calendar" => Change::Calendar(practitioner),
                other => return Err(StoreError::damaged("change", other)),
            };
            Ok(Numbered { number, process: process.0, change })
        })
        .collect()
}

type ChangeRow = (i64, String, Id, Id);

fn rows_where<C>(conn: &mut Conn, which: C, most: i64) -> Result<Vec<ChangeRow>, StoreError>
where
    C: diesel::BoxableExpression<change::table, MultiBackend, SqlType = diesel::sql_types::Bool> + 'static,
{
    let which: Box<dyn diesel::BoxableExpression<_, MultiBackend, SqlType = diesel::sql_types::Bool>> =
        Box::new(which);
    Ok(change::table
        .filter(which)
        .order(change::number)
        .limit(most)
        .select((change::number, change::kind, change::practitioner_id, change::process))
        .load(conn)?)
}

/// The highest number so far; 0 when there is none.
pub fn latest(conn: &mut Conn) -> Result<i64, StoreError> {
    let number: Option<i64> = change::table.select(diesel::dsl::max(change::number)).first(conn)?;
    Ok(number.unwrap_or(0))
}

/// Forgets changes older than `before`: every running process has heard them by then.
pub fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(change::table.filter(change::at.lt(Instant(before)))).execute(&mut **tx)?)
}
