//! Which appointments are frozen, why, and whether both sides know.
//!
//! **Invariant:** a row stays until what it says, or that it no longer says it, was told.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    appointment::AppointmentStatus,
    attention::{Attention, Reason},
    id::{AccountId, AppointmentId, PractitionerId},
};

use super::{
    dialect::{Id, Instant},
    schema::{appointment, appointment_attention as attention},
    tx::{Conn, StoreError, Tx},
};

/// How many appointments are named in one statement.
const AT_ONCE: usize = 500;

/// What is kept of one reason for one appointment.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Whether it freezes the appointment now.
    pub standing: bool,
    /// Whether both sides last heard that it does.
    pub known: bool,
    /// The facts as they stood when an admin let it pass.
    pub resolved_against: Option<String>,
}

type Row = (Id, String, Instant, bool, bool, Option<String>);

fn rows(conn: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for some in ids.chunks(AT_ONCE) {
        let some: Vec<Id> = some.iter().copied().map(Id::of).collect();
        let found: Vec<Row> = attention::table
            .filter(attention::appointment_id.eq_any(some))
            .order((attention::appointment_id, attention::since_at, attention::reason))
            .select((
                attention::appointment_id,
                attention::reason,
                attention::since_at,
                attention::standing,
                attention::known,
                attention::resolved_against,
            ))
            .load(conn)?;
        rows.extend(found);
    }
    Ok(rows)
}

fn reason_of(code: &str) -> Result<Reason, StoreError> {
    Reason::from_code(code).ok_or_else(|| StoreError::damaged("appointment_attention", "reason"))
}

/// All that is kept of those appointments.
pub fn kept(
    conn: &mut Conn,
    ids: &[AppointmentId],
) -> Result<HashMap<(AppointmentId, Reason), Kept>, StoreError> {
    let kept = |(id, reason, _, standing, known, resolved_against): Row| {
        Ok(((id.0.into(), reason_of(&reason)?), Kept { standing, known, resolved_against }))
    };
    rows(conn, ids)?.into_iter().map(kept).collect()
}

/// What freezes those appointments now, by appointment.
pub fn standing(
    conn: &mut Conn,
    ids: &[AppointmentId],
) -> Result<HashMap<AppointmentId, Vec<Attention>>, StoreError> {
    let mut by_id: HashMap<AppointmentId, Vec<Attention>> = HashMap::new();
    for (id, reason, since_at, standing, ..) in rows(conn, ids)? {
        if standing {
            let found = Attention { reason: reason_of(&reason)?, since_at: since_at.0 };
            by_id.entry(id.0.into()).or_default().push(found);
        }
    }
    Ok(by_id)
}

/// What freezes that appointment now.
pub fn of(conn: &mut Conn, id: AppointmentId) -> Result<Vec<Reason>, StoreError> {
    let found = standing(conn, &[id])?.remove(&id).unwrap_or_default();
    Ok(found.into_iter().map(|attention| attention.reason).collect())
}

/// Freezes an appointment.
pub fn freeze(tx: &mut Tx, id: AppointmentId, reason: Reason) -> Result<(), StoreError> {
    let now = Instant(tx.now());
    let frozen = diesel::update(attention::table.find((Id::of(id), reason.code())))
        .set((
            attention::since_at.eq(now),
            attention::standing.eq(true),
            attention::resolved_by.eq(None::<Id>),
            attention::resolved_against.eq(None::<String>),
            attention::note.eq(None::<Vec<u8>>),
        ))
        .execute(&mut **tx)?;
    if frozen == 0 {
        diesel::insert_into(attention::table)
            .values((
                attention::appointment_id.eq(Id::of(id)),
                attention::reason.eq(reason.code()),
                attention::since_at.eq(now),
                attention::standing.eq(true),
                attention::known.eq(false),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Takes one reason off appointments, whether it stood or had been let pass.
pub fn release(tx: &mut Tx, ids: &[AppointmentId], reason: Reason) -> Result<(), StoreError> {
    for some in ids.chunks(AT_ONCE) {
        let some: Vec<Id> = some.iter().copied().map(Id::of).collect();
        let which = attention::appointment_id.eq_any(some).and(attention::reason.eq(reason.code()));
        diesel::delete(attention::table.filter(which.clone()).filter(attention::known.eq(false)))
            .execute(&mut **tx)?;
        diesel::update(attention::table.filter(which))
            .set((
                attention::standing.eq(false),
                attention::resolved_by.eq(None::<Id>),
                attention::resolved_against.eq(None::<String>),
                attention::note.eq(None::<Vec<u8>>),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Lets a reason that stands pass, against the facts as they are; whether it did stand.
pub fn resolve(
    tx: &mut Tx,
    id: AppointmentId,
    reason: Reason,
    by: AccountId,
    facts: &str,
    note: Vec<u8>,
) -> Result<bool, StoreError> {
    let resolved = diesel::update(
        attention::table.find((Id::of(id), reason.code())).filter(attention::standing.eq(true)),
    )
    .set((
        attention::standing.eq(false),
        attention::resolved_by.eq(Some(Id::of(by))),
        attention::resolved_against.eq(Some(facts)),
        attention::note.eq(Some(note)),
    ))
    .execute(&mut **tx)?;
    Ok(resolved == 1)
}

/// Forgets all of it: the appointment will not take place.
pub fn forget(tx: &mut Tx, id: AppointmentId) -> Result<(), StoreError> {
    diesel::delete(attention::table.filter(attention::appointment_id.eq(Id::of(id)))).execute(&mut **tx)?;
    Ok(())
}

/// Appointments of which something is untold, at most `most`.
pub fn untold(conn: &mut Conn, most: i64) -> Result<Vec<AppointmentId>, StoreError> {
    let ids: Vec<Id> = attention::table
        .filter(attention::standing.ne(attention::known))
        .order(attention::appointment_id)
        .limit(most)
        .select(attention::appointment_id)
        .load(conn)?;
    let mut ids: Vec<AppointmentId> = ids.into_iter().map(|id| id.0.into()).collect();
    ids.dedup();
    Ok(ids)
}

/// Notes that both sides know how those appointments stand.
pub fn note_told(tx: &mut Tx, ids: &[AppointmentId]) -> Result<(), StoreError> {
    let ids: Vec<Id> = ids.iter().copied().map(Id::of).collect();
    let which = attention::appointment_id.eq_any(ids);
    diesel::delete(
        attention::table
            .filter(which.clone())
            .filter(attention::standing.eq(false).and(attention::resolved_by.is_null())),
    )
    .execute(&mut **tx)?;
    diesel::update(attention::table.filter(which))
        .set(attention::known.eq(attention::standing))
        .execute(&mut **tx)?;
    Ok(())
}

/// Which frozen appointments are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those frozen for that reason.
    pub reason: Option<Reason>,
    /// Only those of that practitioner.
    pub practitioner: Option<PractitionerId>,
    /// Only those after this start and id.
    pub after: Option<(DateTime<Utc>, AppointmentId)>,
}

/// Statuses in which an appointment waits to take place.
fn open() -> Vec<&'static str> {
    [AppointmentStatus::Pending, AppointmentStatus::Booked, AppointmentStatus::Arrived]
        .map(AppointmentStatus::code)
        .to_vec()
}

/// Frozen appointments by start, at most `most`.
pub fn list(conn: &mut Conn, filter: &Filter, most: i64) -> Result<Vec<AppointmentId>, StoreError> {
    let frozen = attention::table.filter(attention::standing.eq(true));
    let mut query = appointment::table.filter(appointment::status.eq_any(open())).into_boxed();
    query = match filter.reason {
        Some(reason) => query
            .filter(appointment::id.eq_any(
                frozen.filter(attention::reason.eq(reason.code())).select(attention::appointment_id),
            )),
        None => query.filter(appointment::id.eq_any(frozen.select(attention::appointment_id))),
    };
    if let Some(practitioner) = filter.practitioner {
        query = query.filter(appointment::practitioner_id.eq(Id::of(practitioner)));
    }
    if let Some((at, id)) = filter.after {
        query = query.filter(
            appointment::starts_at
                .gt(Instant(at))
                .or(appointment::starts_at.eq(Instant(at)).and(appointment::id.gt(Id::of(id)))),
        );
    }
    let ids: Vec<Id> = query
        .order((appointment::starts_at, appointment::id))
        .limit(most)
        .select(appointment::id)
        .load(conn)?;
    Ok(ids.into_iter().map(|id| id.0.into()).collect())
}
