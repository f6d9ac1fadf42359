//! Times practitioners are away.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    id::{PractitionerId, TimeOffId},
    period::Period,
};

use super::{
    dialect::{Id, Instant, is_among},
    schema::time_off,
    tx::{Conn, StoreError, Tx},
};

/// A stretch of time somebody is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeOff {
    /// Its identity.
    pub id: TimeOffId,
    /// Who.
    pub practitioner: PractitionerId,
    /// When.
    pub period: Period,
    /// Why, for themselves.
    pub reason: String,
}

type TimeOffRow = (Id, Id, Instant, Instant, String);

fn time_off_of(row: TimeOffRow) -> Result<TimeOff, StoreError> {
    let (id, practitioner, starts_at, ends_at, reason) = row;
    let period =
        Period::new(starts_at.0, ends_at.0).ok_or_else(|| StoreError::damaged("time_off", "empty"))?;
    Ok(TimeOff { id: id.0.into(), practitioner: practitioner.0.into(), period, reason })
}

/// Times away of those practitioners that end after `from`, by practitioner and start.
pub fn of(
    conn: &mut Conn,
    practitioners: &[PractitionerId],
    from: DateTime<Utc>,
) -> Result<Vec<TimeOff>, StoreError> {
    let rows: Vec<TimeOffRow> = time_off::table
        .filter(is_among!(time_off::practitioner_id, practitioners))
        .filter(time_off::ends_at.gt(Instant(from)))
        .order((time_off::practitioner_id, time_off::starts_at, time_off::id))
        .load(conn)?;
    rows.into_iter().map(time_off_of).collect()
}

/// The time away with that id, if it is that practitioner's.
pub fn find(
    conn: &mut Conn,
    practitioner: PractitionerId,
    id: TimeOffId,
) -> Result<Option<TimeOff>, StoreError> {
    let row: Option<TimeOffRow> = time_off::table
        .filter(time_off::id.eq(Id::of(id)))
        .filter(time_off::practitioner_id.eq(Id::of(practitioner)))
        .first(conn)
        .optional()?;
    row.map(time_off_of).transpose()
}

/// A practitioner's times away by start, after one of them, at most `most`.
pub fn list(
    conn: &mut Conn,
    practitioner: PractitionerId,
    after: Option<(DateTime<Utc>, TimeOffId)>,
    most: i64,
) -> Result<Vec<TimeOff>, StoreError> {
    let mut query = time_off::table.filter(time_off::practitioner_id.eq(Id::of(practitioner))).into_boxed();
    if let Some((starts_at, id)) = after {
        let starts_at = Instant(starts_at);
        query = query.filter(
            time_off::starts_at
                .gt(starts_at)
                .or(time_off::starts_at.eq(starts_at).and(time_off::id.gt(Id::of(id)))),
        );
    }
    let rows: Vec<TimeOffRow> = query.order((time_off::starts_at, time_off::id)).limit(most).load(conn)?;
    rows.into_iter().map(time_off_of).collect()
}

/// Adds a time away.
pub fn insert(tx: &mut Tx, time_off: &TimeOff) -> Result<(), StoreError> {
    diesel::insert_into(time_off::table)
        .values((
            time_off::id.eq(Id::of(time_off.id)),
            time_off::practitioner_id.eq(Id::of(time_off.practitioner)),
            time_off::starts_at.eq(Instant(time_off.period.start())),
            time_off::ends_at.eq(Instant(time_off.period.end())),
            time_off::reason.eq(&time_off.reason),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes a time away back; whether there was one.
pub fn delete(tx: &mut Tx, practitioner: PractitionerId, id: TimeOffId) -> Result<bool, StoreError> {
    let gone = diesel::delete(
        time_off::table
            .filter(time_off::id.eq(Id::of(id)))
            .filter(time_off::practitioner_id.eq(Id::of(practitioner))),
    )
    .execute(&mut **tx)?;
    Ok(gone == 1)
}
