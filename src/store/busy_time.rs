//! Time that cannot be given twice: the claims of bookings, of holds and of what the waitlist offers.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{exists, not, select},
    prelude::*,
};
use uuid::Uuid;

use crate::domain::{
    id::{HoldId, PatientId, PractitionerId},
    listing::Busy,
    period::Period,
};

use super::{
    dialect::{Id, Instant, insert_rows, is_among},
    schema::{busy_time, waitlist_offer},
    tx::{Conn, StoreError, Tx},
};

/// The rule that refuses a second claim on a practitioner's time.
pub const PRACTITIONER_OVERLAP: &str = "appointment_no_overlap";
/// The rule that refuses a second claim on a patient's time.
pub const PATIENT_OVERLAP: &str = "patient_no_overlap";

pub(super) type BusyRow = (Id, Instant, Instant, Instant, Instant, Option<Id>, bool, Option<Instant>);

pub(super) fn busy_of(row: BusyRow) -> Result<(PractitionerId, Busy), StoreError> {
    let (practitioner, starts_at, ends_at, busy_from, busy_until, location, is_hold, held_until) = row;
    let empty = || StoreError::damaged("busy_time", "empty");
    let busy = Busy {
        visit: Period::new(starts_at.0, ends_at.0).ok_or_else(empty)?,
        busy: Period::new(busy_from.0, busy_until.0).ok_or_else(empty)?,
        location: location.ok_or_else(|| StoreError::damaged("busy_time", "nowhere"))?.0.into(),
        is_hold,
        held_until: held_until.map(|at| at.0),
    };
    Ok((practitioner.0.into(), busy))
}

/// Claims on those practitioners' time that end after `from`, by practitioner and start.
pub fn of(
    conn: &mut Conn,
    practitioners: &[PractitionerId],
    from: DateTime<Utc>,
) -> Result<Vec<(PractitionerId, Busy)>, StoreError> {
    let rows: Vec<BusyRow> = busy_time::table
        .filter(is_among!(busy_time::practitioner_id, practitioners))
        .filter(busy_time::busy_until.gt(Instant(from)))
        .order((busy_time::practitioner_id, busy_time::busy_from))
        .select(COLUMNS)
        .load(conn)?;
    rows.into_iter().map(busy_of).collect()
}

/// The columns of a [`BusyRow`].
pub(super) type Columns = (
    busy_time::practitioner_id,
    busy_time::starts_at,
    busy_time::ends_at,
    busy_time::busy_from,
    busy_time::busy_until,
    busy_time::location_id,
    busy_time::is_hold,
    busy_time::held_until,
);
pub(super) const COLUMNS: Columns = (
    busy_time::practitioner_id,
    busy_time::starts_at,
    busy_time::ends_at,
    busy_time::busy_from,
    busy_time::busy_until,
    busy_time::location_id,
    busy_time::is_hold,
    busy_time::held_until,
);

/// The columns of a [`ClaimRow`].
const CLAIM_COLUMNS: (busy_time::id, busy_time::patient_id, Columns) =
    (busy_time::id, busy_time::patient_id, COLUMNS);

/// Whose time a hold claims, and for whom.
pub fn parties_of_hold(
    conn: &mut Conn,
    id: HoldId,
) -> Result<Option<(PractitionerId, PatientId)>, StoreError> {
    let row: Option<(Id, Id)> = busy_time::table
        .filter(busy_time::id.eq(Id::of(id)).and(busy_time::is_hold.eq(true)))
        .filter(not(exists(waitlist_offer::table.filter(waitlist_offer::id.eq(busy_time::id)))))
        .select((busy_time::practitioner_id, busy_time::patient_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(practitioner, patient)| (practitioner.0.into(), patient.0.into())))
}

/// A hold of that patient, lapsed or not, and whose time it claims.
pub fn find_hold(
    conn: &mut Conn,
    id: HoldId,
    patient: PatientId,
) -> Result<Option<(PractitionerId, Busy)>, StoreError> {
    let row: Option<BusyRow> = busy_time::table
        .filter(busy_time::id.eq(Id::of(id)).and(busy_time::patient_id.eq(Id::of(patient))))
        .filter(busy_time::is_hold.eq(true))
        .filter(not(exists(waitlist_offer::table.filter(waitlist_offer::id.eq(busy_time::id)))))
        .select(COLUMNS)
        .first(conn)
        .optional()?;
    row.map(busy_of).transpose()
}

/// How many holds of a patient have not lapsed. What the waitlist offers is no hold of theirs.
pub fn count_holds(conn: &mut Conn, patient: PatientId, now: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(busy_time::table
        .filter(busy_time::patient_id.eq(Id::of(patient)))
        .filter(busy_time::is_hold.eq(true).and(busy_time::held_until.gt(Some(Instant(now)))))
        .filter(not(exists(waitlist_offer::table.filter(waitlist_offer::id.eq(busy_time::id)))))
        .count()
        .get_result(conn)?)
}

/// Claims a time. Refused by [`PRACTITIONER_OVERLAP`] or [`PATIENT_OVERLAP`] where somebody has it.
pub fn insert(
    tx: &mut Tx,
    id: Uuid,
    practitioner: PractitionerId,
    patient: PatientId,
    busy: Busy,
) -> Result<(), StoreError> {
    insert_all(tx, &[Claim { id, practitioner, patient, busy }])
}

/// Claims several times: all of them or none.
pub fn insert_all(tx: &mut Tx, claims: &[Claim]) -> Result<(), StoreError> {
    let row = |claim: &Claim| {
        (
            busy_time::id.eq(Id(claim.id)),
            busy_time::practitioner_id.eq(Id::of(claim.practitioner)),
            busy_time::patient_id.eq(Id::of(claim.patient)),
            busy_time::starts_at.eq(Instant(claim.busy.visit.start())),
            busy_time::ends_at.eq(Instant(claim.busy.visit.end())),
            busy_time::busy_from.eq(Instant(claim.busy.busy.start())),
            busy_time::busy_until.eq(Instant(claim.busy.busy.end())),
            busy_time::location_id.eq(Id::of(claim.busy.location)),
            busy_time::is_hold.eq(claim.busy.is_hold),
            busy_time::held_until.eq(claim.busy.held_until.map(Instant)),
        )
    };
    insert_rows!(&mut **tx, busy_time::table, claims.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// Moves a claim. Refused as [`insert`] is; a claim never stands in its own way.
pub fn update(tx: &mut Tx, id: Uuid, busy: Busy) -> Result<(), StoreError> {
    let moved = diesel::update(busy_time::table.find(Id(id)))
        .set((
            busy_time::starts_at.eq(Instant(busy.visit.start())),
            busy_time::ends_at.eq(Instant(busy.visit.end())),
            busy_time::busy_from.eq(Instant(busy.busy.start())),
            busy_time::busy_until.eq(Instant(busy.busy.end())),
            busy_time::location_id.eq(Id::of(busy.location)),
            busy_time::is_hold.eq(busy.is_hold),
            busy_time::held_until.eq(busy.held_until.map(Instant)),
        ))
        .execute(&mut **tx)?;
    if moved == 1 { Ok(()) } else { Err(StoreError::NotFound("busy_time")) }
}

/// Gives a time back.
pub fn delete(tx: &mut Tx, id: Uuid) -> Result<(), StoreError> {
    diesel::delete(busy_time::table.find(Id(id))).execute(&mut **tx)?;
    Ok(())
}

/// What has lapsed of the claims of those practitioners and patients, and whether it was only a hold.
pub fn lapsed(
    conn: &mut Conn,
    parties: &[(PractitionerId, PatientId)],
    now: DateTime<Utc>,
) -> Result<Vec<(Uuid, bool)>, StoreError> {
    // All that has lapsed and is not yet tidied up is little; all that either has claimed may be much.
    let rows: Vec<(Id, bool, Id, Id)> = busy_time::table
        .filter(busy_time::held_until.le(Some(Instant(now))))
        .select((busy_time::id, busy_time::is_hold, busy_time::practitioner_id, busy_time::patient_id))
        .load(conn)?;
    let is_theirs = |(_, _, of, by): &(Id, bool, Id, Id)| {
        parties.iter().any(|(practitioner, patient)| *of == Id::of(*practitioner) || *by == Id::of(*patient))
    };
    Ok(rows.into_iter().filter(is_theirs).map(|(id, is_hold, _, _)| (id.0, is_hold)).collect())
}

/// Whether there are holds that have lapsed by then.
pub fn has_lapsed_holds(conn: &mut Conn, by: DateTime<Utc>) -> Result<bool, StoreError> {
    let lapsed =
        busy_time::table.filter(busy_time::held_until.le(Some(Instant(by))).and(busy_time::is_hold.eq(true)));
    Ok(select(exists(lapsed)).get_result(conn)?)
}

/// Gives all holds back that have lapsed.
pub fn delete_lapsed_holds(tx: &mut Tx) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let lapsed =
        busy_time::table.filter(busy_time::held_until.le(Some(now)).and(busy_time::is_hold.eq(true)));
    diesel::delete(lapsed).execute(&mut **tx)?;
    Ok(())
}

/// Who asked whom for what has lapsed unconfirmed, at most `most`.
pub fn lapsed_requests(
    conn: &mut Conn,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<(PractitionerId, PatientId)>, StoreError> {
    let rows: Vec<(Id, Id)> = busy_time::table
        .filter(busy_time::held_until.le(Some(Instant(now))).and(busy_time::is_hold.eq(false)))
        .order(busy_time::held_until)
        .limit(most)
        .select((busy_time::practitioner_id, busy_time::patient_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(practitioner, patient)| (practitioner.0.into(), patient.0.into())).collect())
}

/// Lets a booking's claim stand for good, or until its request lapses.
pub fn update_lapse(tx: &mut Tx, id: Uuid, lapses_at: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    diesel::update(busy_time::table.find(Id(id)))
        .set(busy_time::held_until.eq(lapses_at.map(Instant)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Gives all holds of a patient back, and what is offered to them; whose time they claimed.
pub fn delete_holds(tx: &mut Tx, patient: PatientId) -> Result<Vec<PractitionerId>, StoreError> {
    let of: Vec<Id> = diesel::delete(
        busy_time::table.filter(busy_time::patient_id.eq(Id::of(patient)).and(busy_time::is_hold.eq(true))),
    )
    .returning(busy_time::practitioner_id)
    .get_results(&mut **tx)?;
    Ok(of.into_iter().map(|id| id.0.into()).collect())
}

/// A claim with everything it names, for those who check them all.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Of the appointment or the hold.
    pub id: Uuid,
    /// Whose time.
    pub practitioner: PractitionerId,
    /// Whose visit.
    pub patient: PatientId,
    /// Which time.
    pub busy: Busy,
}

type ClaimRow = (Id, Id, BusyRow);

fn claim_of(row: ClaimRow) -> Result<Claim, StoreError> {
    let (id, patient, busy) = row;
    let (practitioner, busy) = busy_of(busy)?;
    Ok(Claim { id: id.0, practitioner, patient: patient.0.into(), busy })
}

/// Claims by practitioner and start after one of them, at most `most`.
pub fn by_practitioner(conn: &mut Conn, after: Option<&Claim>, most: i64) -> Result<Vec<Claim>, StoreError> {
    let mut query = busy_time::table.into_boxed();
    if let Some(last) = after {
        let (who, from, id) = (Id::of(last.practitioner), Instant(last.busy.busy.start()), Id(last.id));
        query =
            query.filter(busy_time::practitioner_id.gt(who).or(busy_time::practitioner_id.eq(who).and(
                busy_time::busy_from.gt(from).or(busy_time::busy_from.eq(from).and(busy_time::id.gt(id))),
            )));
    }
    let rows: Vec<ClaimRow> = query
        .order((busy_time::practitioner_id, busy_time::busy_from, busy_time::id))
        .limit(most)
        .select(CLAIM_COLUMNS)
        .load(conn)?;
    rows.into_iter().map(claim_of).collect()
}

/// Claims by patient and start after one of them, at most `most`.
pub fn by_patient(conn: &mut Conn, after: Option<&Claim>, most: i64) -> Result<Vec<Claim>, StoreError> {
    let mut query = busy_time::table.into_boxed();
    if let Some(last) = after {
        let (who, from, id) = (Id::of(last.patient), Instant(last.busy.visit.start()), Id(last.id));
        query =
            query.filter(busy_time::patient_id.gt(who).or(busy_time::patient_id.eq(who).and(
                busy_time::starts_at.gt(from).or(busy_time::starts_at.eq(from).and(busy_time::id.gt(id))),
            )));
    }
    let rows: Vec<ClaimRow> = query
        .order((busy_time::patient_id, busy_time::starts_at, busy_time::id))
        .limit(most)
        .select(CLAIM_COLUMNS)
        .load(conn)?;
    rows.into_iter().map(claim_of).collect()
}

/// Those of the claims that exist.
pub fn among(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<Claim>, StoreError> {
    let ids: Vec<Id> = ids.iter().copied().map(Id).collect();
    let rows: Vec<ClaimRow> =
        busy_time::table.filter(busy_time::id.eq_any(ids)).select(CLAIM_COLUMNS).load(conn)?;
    rows.into_iter().map(claim_of).collect()
}
