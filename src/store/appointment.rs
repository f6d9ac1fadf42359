//! Bookings.

use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*};

use crate::domain::{
    appointment::{Appointment, AppointmentStatus},
    id::{AccountId, AppointmentId, PatientId, PractitionerId},
    period::Period,
};

use super::{
    dialect::{Id, Instant, insert_rows},
    schema::{appointment, appointment_event},
    service::{minutes_in, minutes_of, price_of},
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = appointment)]
#[diesel(treat_none_as_null = true)]
#[diesel(treat_none_as_default_value = false)]
struct AppointmentRow {
    id: Id,
    practitioner_id: Id,
    patient_id: Id,
    account_id: Id,
    service_id: Id,
    location_id: Id,
    screening_id: Id,
    status: String,
    starts_at: Instant,
    ends_at: Instant,
    busy_from: Instant,
    busy_until: Instant,
    time_zone: String,
    price_minor: Option<i64>,
    currency: Option<String>,
    cancellation_notice_minutes: i32,
    late: bool,
    sequence: i32,
    created_at: Instant,
    version: i64,
    busy_id: Option<Id>,
    lapses_at: Option<Instant>,
}

impl TryFrom<AppointmentRow> for Appointment {
    type Error = StoreError;

    fn try_from(row: AppointmentRow) -> Result<Self, StoreError> {
        let damaged = |why: &'static str| move || StoreError::damaged("appointment", why);
        Ok(Self {
            id: row.id.0.into(),
            practitioner: row.practitioner_id.0.into(),
            patient: row.patient_id.0.into(),
            account: row.account_id.0.into(),
            service: row.service_id.0.into(),
            location: row.location_id.0.into(),
            screening: row.screening_id.0.into(),
            status: AppointmentStatus::from_code(&row.status).ok_or_else(damaged("status"))?,
            visit: Period::new(row.starts_at.0, row.ends_at.0).ok_or_else(damaged("visit"))?,
            busy: Period::new(row.busy_from.0, row.busy_until.0).ok_or_else(damaged("busy"))?,
            time_zone: row.time_zone.parse().map_err(|_| damaged("time_zone")())?,
            price: price_of(row.price_minor, row.currency.as_deref())?,
            cancellation_notice_minutes: minutes_of(row.cancellation_notice_minutes)?,
            late: row.late,
            sequence: row.sequence,
            created_at: row.created_at.0,
            lapses_at: row.lapses_at.map(|at| at.0),
            version: row.version,
        })
    }
}

fn row_of(appointment: &Appointment) -> AppointmentRow {
    let id = Id::of(appointment.id);
    AppointmentRow {
        id,
        practitioner_id: Id::of(appointment.practitioner),
        patient_id: Id::of(appointment.patient),
        account_id: Id::of(appointment.account),
        service_id: Id::of(appointment.service),
        location_id: Id::of(appointment.location),
        screening_id: Id::of(appointment.screening),
        status: appointment.status.code().to_owned(),
        starts_at: Instant(appointment.visit.start()),
        ends_at: Instant(appointment.visit.end()),
        busy_from: Instant(appointment.busy.start()),
        busy_until: Instant(appointment.busy.end()),
        time_zone: appointment.time_zone.name().to_owned(),
        price_minor: appointment.price.map(|price| price.minor),
        currency: appointment.price.map(|price| price.currency.code().to_owned()),
        cancellation_notice_minutes: minutes_in(appointment.cancellation_notice_minutes),
        late: appointment.late,
        sequence: appointment.sequence,
        created_at: Instant(appointment.created_at),
        version: appointment.version,
        busy_id: appointment.status.is_active().then_some(id),
        lapses_at: appointment.lapses_at.map(Instant),
    }
}

/// The booking with that id.
pub fn find(conn: &mut Conn, id: AppointmentId) -> Result<Option<Appointment>, StoreError> {
    let row =
        appointment::table.find(Id::of(id)).select(AppointmentRow::as_select()).first(conn).optional()?;
    row.map(Appointment::try_from).transpose()
}

/// Those of the bookings that exist, by start.
pub fn among(conn: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<Appointment>, StoreError> {
    let ids: Vec<Id> = ids.iter().copied().map(Id::of).collect();
    let rows: Vec<AppointmentRow> = appointment::table
        .filter(appointment::id.eq_any(ids))
        .order((appointment::starts_at, appointment::id))
        .select(AppointmentRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Appointment::try_from).collect()
}

/// Whose bookings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's for whom that account has booked.
    Account(AccountId),
    /// A patient's.
    Patient(PatientId),
    /// A practitioner's.
    Practitioner(PractitionerId),
}

/// Which bookings are listed.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Whose.
    pub whose: Whose,
    /// Only those that start then or later.
    pub from: Option<DateTime<Utc>>,
    /// Only those that start before.
    pub until: Option<DateTime<Utc>>,
    /// Only those that have come so far.
    pub status: Option<AppointmentStatus>,
    /// Only those after this start and id.
    pub after: Option<(DateTime<Utc>, AppointmentId)>,
}

/// Bookings by start, at most `most`.
pub fn list(conn: &mut Conn, filter: &Filter, most: i64) -> Result<Vec<Appointment>, StoreError> {
    let mut query = appointment::table.into_boxed();
    query = match filter.whose {
        Whose::Account(id) => query.filter(appointment::account_id.eq(Id::of(id))),
        Whose::Patient(id) => query.filter(appointment::patient_id.eq(Id::of(id))),
        Whose::Practitioner(id) => query.filter(appointment::practitioner_id.eq(Id::of(id))),
    };
    if let Some(from) = filter.from {
        query = query.filter(appointment::starts_at.ge(Instant(from)));
    }
    if let Some(until) = filter.until {
        query = query.filter(appointment::starts_at.lt(Instant(until)));
    }
    if let Some(status) = filter.status {
        query = query.filter(appointment::status.eq(status.code()));
    }
    if let Some((at, id)) = filter.after {
        query = query.filter(
            appointment::starts_at
                .gt(Instant(at))
                .or(appointment::starts_at.eq(Instant(at)).and(appointment::id.gt(Id::of(id)))),
        );
    }
    let rows: Vec<AppointmentRow> = query
        .order((appointment::starts_at, appointment::id))
        .limit(most)
        .select(AppointmentRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Appointment::try_from).collect()
}

/// What a calendar still shows at a time that lies `since` back: bookings that stand and had not
/// ended then, and those called off since; by start.
pub fn for_calendar(
    conn: &mut Conn,
    whose: Whose,
    since: DateTime<Utc>,
) -> Result<Vec<Appointment>, StoreError> {
    let stands = appointment::busy_id.is_not_null().and(appointment::ends_at.gt(Instant(since)));
    let changed = appointment_event::table
        .filter(appointment_event::appointment_id.eq(appointment::id))
        .filter(appointment_event::at.gt(Instant(since)));
    let called_off = appointment::busy_id.is_null().and(exists(changed));
    let query = appointment::table.filter(stands.or(called_off)).into_boxed();
    let query = match whose {
        Whose::Account(id) => query.filter(appointment::account_id.eq(Id::of(id))),
        Whose::Patient(id) => query.filter(appointment::patient_id.eq(Id::of(id))),
        Whose::Practitioner(id) => query.filter(appointment::practitioner_id.eq(Id::of(id))),
    };
    let rows: Vec<AppointmentRow> = query
        .order((appointment::starts_at, appointment::id))
        .select(AppointmentRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Appointment::try_from).collect()
}

/// Active bookings of a practitioner that end after `from`, by start.
pub fn upcoming(
    conn: &mut Conn,
    practitioner: PractitionerId,
    from: DateTime<Utc>,
) -> Result<Vec<Appointment>, StoreError> {
    let rows: Vec<AppointmentRow> = appointment::table
        .filter(appointment::practitioner_id.eq(Id::of(practitioner)))
        .filter(appointment::ends_at.gt(Instant(from)))
        .filter(appointment::busy_id.is_not_null())
        .order((appointment::starts_at, appointment::id))
        .select(AppointmentRow::as_select())
        .load(conn)?;
    rows.into_iter().map(Appointment::try_from).collect()
}

/// Bookings of a practitioner that wait to take place and end after `from`, by start.
pub fn open(
    conn: &mut Conn,
    practitioner: PractitionerId,
    from: DateTime<Utc>,
) -> Result<Vec<Appointment>, StoreError> {
    let mut found = upcoming(conn, practitioner, from)?;
    found.retain(|booked| booked.status != AppointmentStatus::Fulfilled);
    Ok(found)
}

/// Raises the versions of bookings that show something else now.
pub fn raise_versions(tx: &mut Tx, ids: &[AppointmentId]) -> Result<(), StoreError> {
    for some in ids.chunks(500) {
        let some: Vec<Id> = some.iter().copied().map(Id::of).collect();
        diesel::update(appointment::table.filter(appointment::id.eq_any(some)))
            .set(appointment::version.eq(appointment::version + 1))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Every booking after an id, in order, at most `most`.
pub fn after(conn: &mut Conn, id: Option<AppointmentId>, most: i64) -> Result<Vec<Appointment>, StoreError> {
    let mut query = appointment::table.into_boxed();
    if let Some(id) = id {
        query = query.filter(appointment::id.gt(Id::of(id)));
    }
    let rows: Vec<AppointmentRow> =
        query.order(appointment::id).limit(most).select(AppointmentRow::as_select()).load(conn)?;
    rows.into_iter().map(Appointment::try_from).collect()
}

/// The sealed note of a booking.
pub fn note(conn: &mut Conn, id: AppointmentId) -> Result<Option<Vec<u8>>, StoreError> {
    let note: Option<Option<Vec<u8>>> =
        appointment::table.find(Id::of(id)).select(appointment::note).first(conn).optional()?;
    Ok(note.flatten())
}

/// Adds bookings, each with its sealed note. Their claims on the time must be there already.
pub fn insert(tx: &mut Tx, booked: &[(&Appointment, Option<Vec<u8>>)]) -> Result<(), StoreError> {
    let row = |(booked, note): &(&Appointment, Option<Vec<u8>>)| {
        (row_of(booked), appointment::note.eq(note.clone()))
    };
    insert_rows!(&mut **tx, appointment::table, booked.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// Replaces a booking that is still at the version before; where somebody was quicker the whole
/// transaction is to be tried again, and finds what became of it.
pub fn update(tx: &mut Tx, booked: &Appointment) -> Result<(), StoreError> {
    let changed = diesel::update(
        appointment::table
            .filter(appointment::id.eq(Id::of(booked.id)))
            .filter(appointment::version.eq(booked.version - 1)),
    )
    .set(row_of(booked))
    .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::overtaken()) }
}

/// Those of the ids that are bookings.
pub fn known(conn: &mut Conn, ids: &[AppointmentId]) -> Result<Vec<AppointmentId>, StoreError> {
    let ids: Vec<Id> = ids.iter().copied().map(Id::of).collect();
    let found: Vec<Id> =
        appointment::table.filter(appointment::id.eq_any(ids)).select(appointment::id).load(conn)?;
    Ok(found.into_iter().map(|id| id.0.into()).collect())
}
