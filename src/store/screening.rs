//! Patients' answers to the contraindications, and who has read them.
//!
//! Answers come here sealed and are read apart from the rest: most who ask
//! about a screening have no business with the answers.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{count_star, exists, select},
    prelude::*,
};

use crate::domain::{
    id::{AccountId, PatientId, PractitionerId, ScreeningId},
    screening::{Outcome, Screening},
};

use super::{
    dialect::{Id, Instant, is_among},
    schema::{appointment, clearance, screening, screening_reading},
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = screening)]
struct ScreeningRow {
    id: Id,
    patient_id: Id,
    version: i32,
    outcome: String,
    created_at: Instant,
    valid_until: Instant,
    text_sha256: String,
}

fn screening_of((row, cleared): (ScreeningRow, Option<Id>)) -> Result<Screening, StoreError> {
    Ok(Screening {
        id: row.id.0.into(),
        patient: row.patient_id.0.into(),
        version: row.version,
        outcome: Outcome::from_code(&row.outcome)
            .ok_or_else(|| StoreError::damaged("screening", "outcome"))?,
        created_at: row.created_at.0,
        valid_until: row.valid_until.0,
        text_sha256: row.text_sha256,
        has_clearance: cleared.is_some(),
    })
}

/// The screening with that id.
pub fn find(conn: &mut Conn, id: ScreeningId) -> Result<Option<Screening>, StoreError> {
    let row: Option<(ScreeningRow, Option<Id>)> = screening::table
        .left_join(clearance::table.on(clearance::screening_id.eq(screening::id)))
        .filter(screening::id.eq(Id::of(id)))
        .select((ScreeningRow::as_select(), clearance::screening_id.nullable()))
        .first(conn)
        .optional()?;
    row.map(screening_of).transpose()
}

/// A patient's screenings older than `after`, newest first, at most `most`.
pub fn of_patient(
    conn: &mut Conn,
    patient: PatientId,
    after: Option<(DateTime<Utc>, ScreeningId)>,
    most: i64,
) -> Result<Vec<Screening>, StoreError> {
    let mut query = screening::table
        .left_join(clearance::table.on(clearance::screening_id.eq(screening::id)))
        .filter(screening::patient_id.eq(Id::of(patient)))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            screening::created_at
                .lt(Instant(at))
                .or(screening::created_at.eq(Instant(at)).and(screening::id.lt(Id::of(id)))),
        );
    }
    let rows: Vec<(ScreeningRow, Option<Id>)> = query
        .order((screening::created_at.desc(), screening::id.desc()))
        .limit(most)
        .select((ScreeningRow::as_select(), clearance::screening_id.nullable()))
        .load(conn)?;
    rows.into_iter().map(screening_of).collect()
}

/// The sealed answers of a screening.
pub fn sealed(conn: &mut Conn, id: ScreeningId) -> Result<Vec<u8>, StoreError> {
    Ok(screening::table.find(Id::of(id)).select(screening::sealed).first(conn)?)
}

/// Whether the patient has answered "yes" to something since then.
pub fn said_yes_since(conn: &mut Conn, patient: PatientId, since: DateTime<Utc>) -> Result<bool, StoreError> {
    let yes = screening::table
        .filter(screening::patient_id.eq(Id::of(patient)))
        .filter(screening::created_at.gt(Instant(since)))
        .filter(screening::said_yes.eq(true));
    Ok(select(exists(yes)).get_result(conn)?)
}

/// Adds a screening with its sealed answers. `said` is the outcome of these answers alone.
pub fn insert(
    tx: &mut Tx,
    new: &Screening,
    said: Outcome,
    account: AccountId,
    sealed: &[u8],
) -> Result<(), StoreError> {
    diesel::insert_into(screening::table)
        .values((
            screening::id.eq(Id::of(new.id)),
            screening::patient_id.eq(Id::of(new.patient)),
            screening::account_id.eq(Id::of(account)),
            screening::version.eq(new.version),
            screening::outcome.eq(new.outcome.code()),
            screening::said_yes.eq(said == Outcome::NeedsClearance),
            screening::created_at.eq(Instant(new.created_at)),
            screening::valid_until.eq(Instant(new.valid_until)),
            screening::text_sha256.eq(&new.text_sha256),
            screening::sealed.eq(sealed),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Whether an appointment with that practitioner rests on the screening.
pub fn concerns(conn: &mut Conn, id: ScreeningId, practitioner: PractitionerId) -> Result<bool, StoreError> {
    let booked = appointment::table
        .filter(appointment::screening_id.eq(Id::of(id)))
        .filter(appointment::practitioner_id.eq(Id::of(practitioner)));
    Ok(select(exists(booked)).get_result(conn)?)
}

/// Whether that practitioner has read the screening's answers.
pub fn was_read_by(
    conn: &mut Conn,
    id: ScreeningId,
    practitioner: PractitionerId,
) -> Result<bool, StoreError> {
    let read: i64 =
        screening_reading::table.find((Id::of(id), Id::of(practitioner))).select(count_star()).first(conn)?;
    Ok(read > 0)
}

/// Notes that the practitioner has read the answers, the last time now.
pub fn note_reading(
    tx: &mut Tx,
    id: ScreeningId,
    practitioner: PractitionerId,
    read_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let again = diesel::update(screening_reading::table.find((Id::of(id), Id::of(practitioner))))
        .set(screening_reading::read_at.eq(Instant(read_at)))
        .execute(&mut **tx)?;
    if again == 0 {
        diesel::insert_into(screening_reading::table)
            .values((
                screening_reading::screening_id.eq(Id::of(id)),
                screening_reading::practitioner_id.eq(Id::of(practitioner)),
                screening_reading::read_at.eq(Instant(read_at)),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Those of the screenings that exist.
pub fn among(conn: &mut Conn, ids: &[ScreeningId]) -> Result<Vec<Screening>, StoreError> {
    let rows: Vec<(ScreeningRow, Option<Id>)> = screening::table
        .left_join(clearance::table.on(clearance::screening_id.eq(screening::id)))
        .filter(is_among!(screening::id, ids))
        .select((ScreeningRow::as_select(), clearance::screening_id.nullable()))
        .load(conn)?;
    rows.into_iter().map(screening_of).collect()
}
