//! Those who wait for a time, in the order in which they asked.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    id::{AccountId, PatientId, PractitionerId, WaitlistId},
    period::Period,
    waitlist::{Entry, EntryStatus},
};

use super::{
    dialect::{Id, Instant, is_among},
    schema::waitlist_entry,
    service::{minutes_in, minutes_of},
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waitlist_entry)]
struct EntryRow {
    id: Id,
    account_id: Id,
    patient_id: Id,
    practitioner_id: Id,
    service_id: Id,
    location_id: Option<Id>,
    screening_id: Id,
    replaces_id: Option<Id>,
    window_from: Instant,
    window_until: Instant,
    free_then: String,
    offer_minutes: i32,
    status: String,
    created_at: Instant,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let damaged = |why: &'static str| move || StoreError::damaged("waitlist_entry", why);
        Ok(Self {
            id: row.id.0.into(),
            account: row.account_id.0.into(),
            patient: row.patient_id.0.into(),
            practitioner: row.practitioner_id.0.into(),
            service: row.service_id.0.into(),
            location: row.location_id.map(|id| id.0.into()),
            screening: row.screening_id.0.into(),
            replaces: row.replaces_id.map(|id| id.0.into()),
            window: Period::new(row.window_from.0, row.window_until.0).ok_or_else(damaged("window"))?,
            free_then: periods_of(&row.free_then).ok_or_else(damaged("free_then"))?,
            offer_minutes: minutes_of(row.offer_minutes)?,
            status: EntryStatus::from_code(&row.status).ok_or_else(damaged("status"))?,
            created_at: row.created_at.0,
        })
    }
}

fn row_of(entry: &Entry) -> EntryRow {
    EntryRow {
        id: Id::of(entry.id),
        account_id: Id::of(entry.account),
        patient_id: Id::of(entry.patient),
        practitioner_id: Id::of(entry.practitioner),
        service_id: Id::of(entry.service),
        location_id: entry.location.map(Id::of),
        screening_id: Id::of(entry.screening),
        replaces_id: entry.replaces.map(Id::of),
        window_from: Instant(entry.window.start()),
        window_until: Instant(entry.window.end()),
        free_then: text_of(&entry.free_then),
        offer_minutes: minutes_in(entry.offer_minutes),
        status: entry.status.code().to_owned(),
        created_at: Instant(entry.created_at),
    }
}

/// Periods as pairs of microseconds, in JSON.
fn text_of(periods: &[Period]) -> String {
    let pairs = periods.iter().map(|p| [p.start().timestamp_micros(), p.end().timestamp_micros()]);
    serde_json::Value::from_iter(pairs.map(|pair| serde_json::Value::from(pair.to_vec()))).to_string()
}

fn periods_of(text: &str) -> Option<Vec<Period>> {
    let pairs: Vec<[i64; 2]> = serde_json::from_str(text).ok()?;
    let at = DateTime::<Utc>::from_timestamp_micros;
    pairs.into_iter().map(|[from, until]| Period::new(at(from)?, at(until)?)).collect()
}

/// The entry with that id.
pub fn find(conn: &mut Conn, id: WaitlistId) -> Result<Option<Entry>, StoreError> {
    let row: Option<EntryRow> =
        waitlist_entry::table.find(Id::of(id)).select(EntryRow::as_select()).first(conn).optional()?;
    row.map(Entry::try_from).transpose()
}

/// Those who wait still for a practitioner's time, first come first.
pub fn waiting_for(
    conn: &mut Conn,
    practitioner: PractitionerId,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>, StoreError> {
    of_practitioner(conn, practitioner, None, i64::MAX, now)
}

/// For whose time somebody still waits, of those practitioners.
pub fn awaited(
    conn: &mut Conn,
    practitioners: &[PractitionerId],
    now: DateTime<Utc>,
) -> Result<Vec<PractitionerId>, StoreError> {
    let rows: Vec<Id> = waitlist_entry::table
        .filter(is_among!(waitlist_entry::practitioner_id, practitioners))
        .filter(waitlist_entry::status.eq(EntryStatus::Waiting.code()))
        .filter(waitlist_entry::window_until.gt(Instant(now)))
        .select(waitlist_entry::practitioner_id)
        .distinct()
        .load(conn)?;
    Ok(rows.into_iter().map(|id| id.0.into()).collect())
}

/// Those who wait still for a practitioner's time after one of them, first come first, at most `most`.
pub fn of_practitioner(
    conn: &mut Conn,
    practitioner: PractitionerId,
    after: Option<(DateTime<Utc>, WaitlistId)>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>, StoreError> {
    let mut query = waitlist_entry::table
        .filter(waitlist_entry::practitioner_id.eq(Id::of(practitioner)))
        .filter(waitlist_entry::status.eq(EntryStatus::Waiting.code()))
        .filter(waitlist_entry::window_until.gt(Instant(now)))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            waitlist_entry::created_at
                .gt(Instant(at))
                .or(waitlist_entry::created_at.eq(Instant(at)).and(waitlist_entry::id.gt(Id::of(id)))),
        );
    }
    let rows: Vec<EntryRow> = query
        .order((waitlist_entry::created_at, waitlist_entry::id))
        .limit(most)
        .select(EntryRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// How many wait for the practitioner's time before an entry.
pub fn count_before(conn: &mut Conn, entry: &Entry, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let (at, id) = (Instant(entry.created_at), Id::of(entry.id));
    Ok(waitlist_entry::table
        .filter(waitlist_entry::practitioner_id.eq(Id::of(entry.practitioner)))
        .filter(waitlist_entry::status.eq(EntryStatus::Waiting.code()))
        .filter(waitlist_entry::window_until.gt(Instant(now)))
        .filter(
            waitlist_entry::created_at
                .lt(at)
                .or(waitlist_entry::created_at.eq(at).and(waitlist_entry::id.lt(id))),
        )
        .count()
        .get_result(conn)?)
}

/// An account's entries, whatever became of them, newest first, from before one of them, at most `most`.
pub fn of_account(
    conn: &mut Conn,
    account: AccountId,
    before: Option<WaitlistId>,
    most: i64,
) -> Result<Vec<Entry>, StoreError> {
    let mut query = waitlist_entry::table.filter(waitlist_entry::account_id.eq(Id::of(account))).into_boxed();
    if let Some(id) = before {
        query = query.filter(waitlist_entry::id.lt(Id::of(id)));
    }
    let rows: Vec<EntryRow> =
        query.order(waitlist_entry::id.desc()).limit(most).select(EntryRow::as_select()).load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// A patient's entries that are marked as waiting, in order.
pub fn waiting_of_patient(conn: &mut Conn, patient: PatientId) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> = waitlist_entry::table
        .filter(waitlist_entry::patient_id.eq(Id::of(patient)))
        .filter(waitlist_entry::status.eq(EntryStatus::Waiting.code()))
        .order(waitlist_entry::id)
        .select(EntryRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Practitioners for whose time somebody waits that is to be looked at by now, longest first, at most `most`.
pub fn due(conn: &mut Conn, now: DateTime<Utc>, most: i64) -> Result<Vec<PractitionerId>, StoreError> {
    let rows: Vec<Id> = waitlist_entry::table
        .filter(waitlist_entry::status.eq(EntryStatus::Waiting.code()))
        .filter(waitlist_entry::look_at.le(Instant(now)))
        .filter(waitlist_entry::window_until.gt(Instant(now)))
        .order(waitlist_entry::look_at)
        .limit(most)
        .select(waitlist_entry::practitioner_id)
        .load(conn)?;
    let mut due: Vec<PractitionerId> = rows.into_iter().map(|id| id.0.into()).collect();
    due.sort_unstable();
    due.dedup();
    Ok(due)
}

/// Adds an entry, to be looked at from now on.
pub fn insert(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    diesel::insert_into(waitlist_entry::table)
        .values((row_of(entry), waitlist_entry::look_at.eq(Instant(entry.created_at))))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes what became of an entry.
pub fn update_status(tx: &mut Tx, id: WaitlistId, status: EntryStatus) -> Result<(), StoreError> {
    diesel::update(waitlist_entry::table.find(Id::of(id)))
        .set(waitlist_entry::status.eq(status.code()))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes what has been free all along.
pub fn update_free_then(tx: &mut Tx, id: WaitlistId, free: &[Period]) -> Result<(), StoreError> {
    diesel::update(waitlist_entry::table.find(Id::of(id)))
        .set(waitlist_entry::free_then.eq(text_of(free)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Those who wait for the practitioner's time are looked at again at that instant, and not before.
pub fn update_look_at(
    tx: &mut Tx,
    practitioner: PractitionerId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(
        waitlist_entry::table
            .filter(waitlist_entry::practitioner_id.eq(Id::of(practitioner)))
            .filter(waitlist_entry::status.eq(EntryStatus::Waiting.code())),
    )
    .set(waitlist_entry::look_at.eq(Instant(at)))
    .execute(&mut **tx)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_back() {
        let at = |micros| DateTime::<Utc>::from_timestamp_micros(micros).unwrap();
        for periods in [vec![], vec![Period::new(at(1), at(2)).unwrap(), Period::new(at(5), at(9)).unwrap()]]
        {
            assert_eq!(periods_of(&text_of(&periods)), Some(periods));
        }
        for text in ["", "[1]", "[[2,1]]", "[[1,2,3]]"] {
            assert_eq!(periods_of(text), None, "{text}");
        }
    }
}
