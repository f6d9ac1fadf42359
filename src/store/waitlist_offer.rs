//! Times offered to those who wait. The claim that keeps one is a row of
//! [`busy_time`] with the same id.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::{
    id::{AccountId, AppointmentId, OfferId, PractitionerId, WaitlistId},
    listing::Busy,
    period::Period,
    waitlist::{HeldOffer, OfferStatus},
};

use super::{
    busy_time,
    dialect::{Id, Instant},
    schema::{waitlist_entry, waitlist_offer},
    tx::{Conn, StoreError, Tx},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waitlist_offer)]
struct OfferRow {
    id: Id,
    entry_id: Id,
    practitioner_id: Id,
    patient_id: Id,
    location_id: Id,
    starts_at: Instant,
    ends_at: Instant,
    made_at: Instant,
    expires_at: Instant,
    status: String,
}

impl TryFrom<OfferRow> for HeldOffer {
    type Error = StoreError;

    fn try_from(row: OfferRow) -> Result<Self, StoreError> {
        let damaged = |why: &'static str| move || StoreError::damaged("waitlist_offer", why);
        Ok(Self {
            id: row.id.0.into(),
            entry: row.entry_id.0.into(),
            practitioner: row.practitioner_id.0.into(),
            patient: row.patient_id.0.into(),
            location: row.location_id.0.into(),
            visit: Period::new(row.starts_at.0, row.ends_at.0).ok_or_else(damaged("visit"))?,
            made_at: row.made_at.0,
            expires_at: row.expires_at.0,
            status: OfferStatus::from_code(&row.status).ok_or_else(damaged("status"))?,
        })
    }
}

fn row_of(offer: &HeldOffer) -> OfferRow {
    OfferRow {
        id: Id::of(offer.id),
        entry_id: Id::of(offer.entry),
        practitioner_id: Id::of(offer.practitioner),
        patient_id: Id::of(offer.patient),
        location_id: Id::of(offer.location),
        starts_at: Instant(offer.visit.start()),
        ends_at: Instant(offer.visit.end()),
        made_at: Instant(offer.made_at),
        expires_at: Instant(offer.expires_at),
        status: offer.status.code().to_owned(),
    }
}

/// The offer with that id.
pub fn find(conn: &mut Conn, id: OfferId) -> Result<Option<HeldOffer>, StoreError> {
    let row: Option<OfferRow> =
        waitlist_offer::table.find(Id::of(id)).select(OfferRow::as_select()).first(conn).optional()?;
    row.map(HeldOffer::try_from).transpose()
}

/// Every offer ever made to those entries, in order.
pub fn of_entries(conn: &mut Conn, ids: &[WaitlistId]) -> Result<Vec<HeldOffer>, StoreError> {
    let ids: Vec<Id> = ids.iter().copied().map(Id::of).collect();
    let rows: Vec<OfferRow> = waitlist_offer::table
        .filter(waitlist_offer::entry_id.eq_any(ids))
        .order(waitlist_offer::id)
        .select(OfferRow::as_select())
        .load(conn)?;
    rows.into_iter().map(HeldOffer::try_from).collect()
}

/// What is offered now to those for whom an account waits, first to end first.
pub fn open_of_account(
    conn: &mut Conn,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<HeldOffer>, StoreError> {
    let rows: Vec<OfferRow> = waitlist_offer::table
        .inner_join(waitlist_entry::table.on(waitlist_entry::id.eq(waitlist_offer::entry_id)))
        .filter(waitlist_entry::account_id.eq(Id::of(account)))
        .filter(waitlist_offer::status.eq(OfferStatus::Open.code()))
        .filter(waitlist_offer::expires_at.gt(Instant(now)))
        .order((waitlist_offer::expires_at, waitlist_offer::id))
        .select(OfferRow::as_select())
        .load(conn)?;
    rows.into_iter().map(HeldOffer::try_from).collect()
}

/// Everything that is offered now.
pub fn open(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<HeldOffer>, StoreError> {
    let rows: Vec<OfferRow> = waitlist_offer::table
        .filter(waitlist_offer::status.eq(OfferStatus::Open.code()))
        .filter(waitlist_offer::expires_at.gt(Instant(now)))
        .order(waitlist_offer::id)
        .select(OfferRow::as_select())
        .load(conn)?;
    rows.into_iter().map(HeldOffer::try_from).collect()
}

/// Adds an offer and claims its time. Where its patient is being booked elsewhere at this moment the
/// whole transaction is to be tried again, and will find them busy.
pub fn insert(tx: &mut Tx, offer: &HeldOffer, claim: Busy) -> Result<(), StoreError> {
    busy_time::insert(tx, offer.id.into(), offer.practitioner, offer.patient, claim)
        .map_err(|err| if err.breaks(busy_time::PATIENT_OVERLAP) { StoreError::overtaken() } else { err })?;
    diesel::insert_into(waitlist_offer::table).values(row_of(offer)).execute(&mut **tx)?;
    Ok(())
}

/// Notes what became of an offer, with the booking where it was accepted.
pub fn settle(
    tx: &mut Tx,
    id: OfferId,
    status: OfferStatus,
    booked: Option<AppointmentId>,
) -> Result<(), StoreError> {
    diesel::update(waitlist_offer::table.find(Id::of(id)))
        .set((
            waitlist_offer::status.eq(status.code()),
            waitlist_offer::appointment_id.eq(booked.map(Id::of)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes that a practitioner's offers that have ended have lapsed.
pub fn lapse(tx: &mut Tx, practitioner: PractitionerId) -> Result<usize, StoreError> {
    let now = Instant(tx.now());
    Ok(diesel::update(
        waitlist_offer::table
            .filter(waitlist_offer::practitioner_id.eq(Id::of(practitioner)))
            .filter(waitlist_offer::status.eq(OfferStatus::Open.code()))
            .filter(waitlist_offer::expires_at.le(now)),
    )
    .set(waitlist_offer::status.eq(OfferStatus::Lapsed.code()))
    .execute(&mut **tx)?)
}
