//! Claims near a time that is asked for, without looking through a full calendar.
//!
//! **Invariant:** what is read does not grow with what is claimed elsewhere: claims of one practitioner,
//! and of one patient, never overlap, so those that begin last before an instant are all that reach it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::domain::{
    id::{PatientId, PractitionerId},
    listing::Busy,
    period::Period,
};

use super::{
    busy_time::{BusyRow, COLUMNS, busy_of},
    dialect::{self, FoundClaim, Id, Instant},
    schema::busy_time,
    tx::{Conn, StoreError},
};

/// Claims on one practitioner's time that touch `within`, by start, in two questions however many there
/// are. Claims never overlap, so of those that start before it only the last can reach into it.
pub fn touching(
    conn: &mut Conn,
    practitioner: PractitionerId,
    within: Period,
) -> Result<Vec<Busy>, StoreError> {
    let theirs = busy_time::practitioner_id.eq(Id::of(practitioner));
    let last_before: Option<BusyRow> = busy_time::table
        .filter(theirs.and(busy_time::busy_from.lt(Instant(within.start()))))
        .order(busy_time::busy_from.desc())
        .select(COLUMNS)
        .first(conn)
        .optional()?;
    let inside: Vec<BusyRow> = busy_time::table
        .filter(theirs)
        .filter(busy_time::busy_from.ge(Instant(within.start())))
        .filter(busy_time::busy_from.lt(Instant(within.end())))
        .order(busy_time::busy_from)
        .select(COLUMNS)
        .load(conn)?;
    let rows = last_before.into_iter().chain(inside);
    busy_ending_after(rows, within.start())
}

/// How many claims are read at once where few are expected.
const FEW: i64 = 8;

/// The same where few are expected, for several practitioners in the order asked: mostly in one
/// question for each, and where a question is a journey in one for all.
pub fn touching_few(
    conn: &mut Conn,
    asked: &[(PractitionerId, Period)],
) -> Result<Vec<Vec<Busy>>, StoreError> {
    let Conn::Postgres(server) = conn else {
        return asked.iter().map(|(practitioner, within)| few_of(conn, *practitioner, *within)).collect();
    };
    let ids = asked.iter().map(|(practitioner, _)| Id::of(*practitioner)).collect();
    let before = asked.iter().map(|(_, within)| Instant(within.end())).collect();
    let mut rows: Vec<Vec<BusyRow>> = vec![Vec::new(); asked.len()];
    for found in dialect::claims_before(server, ids, before, FEW)? {
        if let Some(rows) = usize::try_from(found.nth - 1).ok().and_then(|nth| rows.get_mut(nth)) {
            rows.push(row_of(&found));
        }
    }
    let few = |((practitioner, within), rows): (&(PractitionerId, Period), _)| {
        all_of_few(conn, *practitioner, *within, rows)
    };
    asked.iter().zip(rows).map(few).collect()
}

fn row_of(found: &FoundClaim) -> BusyRow {
    (
        found.practitioner_id,
        found.starts_at,
        found.ends_at,
        found.busy_from,
        found.busy_until,
        found.location_id,
        found.is_hold,
        found.held_until,
    )
}

fn few_of(conn: &mut Conn, practitioner: PractitionerId, within: Period) -> Result<Vec<Busy>, StoreError> {
    let rows: Vec<BusyRow> = busy_time::table
        .filter(busy_time::practitioner_id.eq(Id::of(practitioner)))
        .filter(busy_time::busy_from.lt(Instant(within.end())))
        .order(busy_time::busy_from.desc())
        .limit(FEW)
        .select(COLUMNS)
        .load(conn)?;
    all_of_few(conn, practitioner, within, rows)
}

/// The last few that begin before the end, latest first; all of them where these are not enough.
fn all_of_few(
    conn: &mut Conn,
    practitioner: PractitionerId,
    within: Period,
    mut rows: Vec<BusyRow>,
) -> Result<Vec<Busy>, StoreError> {
    // The earliest read begins inside: there may be more before it.
    if i64::try_from(rows.len()) == Ok(FEW) && rows.last().is_some_and(|row| row.3.0 >= within.start()) {
        return touching(conn, practitioner, within);
    }
    rows.reverse();
    busy_ending_after(rows.into_iter(), within.start())
}

fn busy_ending_after(
    rows: impl Iterator<Item = BusyRow>,
    start: DateTime<Utc>,
) -> Result<Vec<Busy>, StoreError> {
    rows.filter(|row| row.4.0 > start).map(|row| busy_of(row).map(|(_, busy)| busy)).collect()
}

/// Claims of one patient that may overlap a visit: which they are, and when each ends.
pub type PatientClaims = Vec<(Uuid, DateTime<Utc>)>;

/// Those claims of patients, in the order asked, that may reach into a visit: they begin before it ends,
/// and stand now. A patient's claims never overlap, so only the last can; and the last but one where that
/// is the one left aside.
pub fn of_patients(
    conn: &mut Conn,
    asked: &[(PatientId, Period)],
    now: DateTime<Utc>,
) -> Result<Vec<PatientClaims>, StoreError> {
    let Conn::Postgres(server) = conn else {
        return asked.iter().map(|(patient, visit)| of_patient(conn, *patient, *visit, now)).collect();
    };
    let ids = asked.iter().map(|(patient, _)| Id::of(*patient)).collect();
    let before = asked.iter().map(|(_, visit)| Instant(visit.end())).collect();
    let mut claims: Vec<PatientClaims> = vec![Vec::new(); asked.len()];
    for found in dialect::patient_claims_before(server, ids, before, Instant(now))? {
        if let Some(claims) = usize::try_from(found.nth - 1).ok().and_then(|nth| claims.get_mut(nth)) {
            claims.push((found.id.0, found.ends_at.0));
        }
    }
    Ok(claims)
}

/// Whether the patient has a claim that overlaps the visit.
pub fn patient_is_busy(
    conn: &mut Conn,
    patient: PatientId,
    visit: Period,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let claims = of_patient(conn, patient, visit, now)?;
    Ok(claims.iter().any(|(_, ends_at)| *ends_at > visit.start()))
}

fn of_patient(
    conn: &mut Conn,
    patient: PatientId,
    visit: Period,
    now: DateTime<Utc>,
) -> Result<PatientClaims, StoreError> {
    let last: Vec<(Id, Instant)> = busy_time::table
        .filter(busy_time::patient_id.eq(Id::of(patient)))
        .filter(busy_time::starts_at.lt(Instant(visit.end())))
        .filter(busy_time::held_until.is_null().or(busy_time::held_until.gt(Some(Instant(now)))))
        .order(busy_time::starts_at.desc())
        .limit(2)
        .select((busy_time::id, busy_time::ends_at))
        .load(conn)?;
    Ok(last.into_iter().map(|(id, ends_at)| (id.0, ends_at.0)).collect())
}
