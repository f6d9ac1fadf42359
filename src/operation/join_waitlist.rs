//! Waits for a time that is taken, and waits no longer.
//!
//! **Invariant:** whoever waits could book, were there a time: screening and
//! licence are asked for as by a booking, and asked for again with each offer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        change::Change,
        id::{
            AccountId, AppointmentId, LocationId, PatientId, PractitionerId, ScreeningId, ServiceId,
            WaitlistId,
        },
        listing::Listing,
        period::{Period, merge, subtract},
        schedule::local_date,
        service::Service,
        slot::Offer,
        waitlist::{Entry, EntryStatus, HeldOffer, OfferStatus},
    },
    secret::{Sealer, SecretError},
    store::{
        Conn, StoreError, Tx, appointment, audit::Entry as Line, busy_time, listing, patient, practitioner,
        waitlist, waitlist_offer,
    },
};

use super::{
    book::{self, BookError},
    offer_on,
    tell_both::TellError,
};

/// How many times a patient may wait for at once.
pub const MOST_WAITING: usize = 10;

/// What somebody waits for.
#[derive(Debug, Clone)]
pub struct Join {
    /// Who asks.
    pub account: AccountId,
    /// For whom.
    pub patient: PatientId,
    /// With whom.
    pub practitioner: PractitionerId,
    /// What.
    pub service: ServiceId,
    /// Where; anywhere where none is named.
    pub location: Option<LocationId>,
    /// When.
    pub window: Period,
    /// On the strength of which answers.
    pub screening: Option<ScreeningId>,
    /// A later booking to be given up for an earlier time.
    pub replaces: Option<AppointmentId>,
    /// How long an offer holds.
    pub offer_minutes: u32,
}

/// Why somebody cannot wait, or is not found waiting.
#[derive(Debug, thiserror::Error)]
pub enum WaitlistError {
    /// No such entry, practitioner, service or place, or nobody like that in the account's care.
    #[error("there is no such waiting time, practitioner, service, place or patient")]
    NotFound,
    /// They could not book either.
    #[error("a booking would be refused too")]
    Refused(#[source] BookError),
    /// No visit has room in the window.
    #[error("is too early for a visit of {0} minutes from the beginning of the window")]
    TooShort(u32),
    /// The booking named cannot be given up for an earlier one.
    #[error("must be an appointment of this patient with this practitioner that lies ahead and after `from`")]
    NothingToReplace,
    /// The patient waits for as much as one may.
    #[error("one can wait for at most {MOST_WAITING} times at once")]
    TooMany,
    /// The patient waits for exactly this.
    #[error("this patient waits for exactly this already")]
    AlreadyWaiting,
    /// A mail could not be sealed.
    #[error("the news could not be sealed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the waitlist could not be read or written")]
    Store(#[from] StoreError),
}

impl From<TellError> for WaitlistError {
    fn from(err: TellError) -> Self {
        match err {
            TellError::Store(err) => Self::Store(err),
            TellError::Secret(err) => Self::Secret(err),
        }
    }
}

impl From<BookError> for WaitlistError {
    fn from(err: BookError) -> Self {
        match err {
            BookError::NotFound => Self::NotFound,
            BookError::Store(err) => Self::Store(err),
            err => Self::Refused(err),
        }
    }
}

/// An entry as its patient sees it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What is waited for.
    pub entry: Entry,
    /// Which in the line of those who wait for this practitioner, counted from one, while it waits.
    pub position: Option<i64>,
    /// What is offered now.
    pub offer: Option<HeldOffer>,
}

/// Takes a place in the line, or says why not.
pub fn join(tx: &mut Tx, wish: &Join) -> Result<Waiting, WaitlistError> {
    tx.serialise(&[wish.practitioner.into(), wish.patient.into()])?;
    let now = tx.now();
    let found =
        listing::load(tx, &[wish.practitioner], now)?.pop().filter(|found| !found.practitioner.closed);
    let found = found.ok_or(WaitlistError::NotFound)?;
    let service = found.services.iter().find(|service| service.id == wish.service);
    let service = service.ok_or(WaitlistError::NotFound)?;
    if !patient::is_in_care_of(tx, wish.patient, wish.account)? {
        return Err(WaitlistError::NotFound);
    }
    check_standing(&found, wish, now)?;
    let screening = book::carried_by(tx, wish.screening, wish.patient)?;
    if wish.window.duration() < service.rules.duration() {
        return Err(WaitlistError::TooShort(service.rules.duration_minutes));
    }
    check_replaced(tx, wish)?;
    let entry = Entry {
        id: tx.new_id(),
        account: wish.account,
        patient: wish.patient,
        practitioner: wish.practitioner,
        service: wish.service,
        location: wish.location,
        screening: screening.id,
        replaces: wish.replaces,
        window: wish.window,
        free_then: free(&found, service, wish, now),
        offer_minutes: wish.offer_minutes,
        status: EntryStatus::Waiting,
        created_at: now,
    };
    check_room(tx, &entry)?;
    waitlist::insert(tx, &entry)?;
    let detail = json!({"practitioner": entry.practitioner, "screening": entry.screening});
    tx.audit(Line::new("waitlist.join", "waitlist", entry.id).with(detail));
    told(tx, vec![entry], now)?.pop().ok_or(WaitlistError::NotFound)
}

/// Refuses where the licence covers no place in question when the window begins.
fn check_standing(found: &Listing, wish: &Join, now: DateTime<Utc>) -> Result<(), WaitlistError> {
    let asked = wish.location;
    let mut places = found.locations.iter().filter(|place| asked.is_none_or(|id| id == place.id)).peekable();
    if places.peek().is_none() {
        return Err(WaitlistError::NotFound);
    }
    let from = wish.window.start().max(now);
    let blockers = places.map(|place| found.standing().blockers(place, local_date(place.time_zone, from)));
    match blockers.min_by_key(Vec::len) {
        Some(blockers) if !blockers.is_empty() => {
            Err(WaitlistError::Refused(BookError::NotBookable(blockers)))
        }
        _ => Ok(()),
    }
}

fn check_replaced(tx: &mut Tx, wish: &Join) -> Result<(), WaitlistError> {
    let Some(id) = wish.replaces else { return Ok(()) };
    let given_up = appointment::find(tx, id)?.filter(|booked| {
        booked.practitioner == wish.practitioner && stands_ahead(booked, wish.patient, tx.now())
    });
    match given_up {
        Some(booked) if wish.window.start() < booked.visit.start() => Ok(()),
        _ => Err(WaitlistError::NothingToReplace),
    }
}

/// Whether a booking of the patient's can still be given up.
pub(super) fn stands_ahead(booked: &Appointment, patient: PatientId, now: DateTime<Utc>) -> bool {
    let waits = matches!(booked.status, AppointmentStatus::Pending | AppointmentStatus::Booked);
    waits && !booked.has_lapsed_at(now) && booked.patient == patient && now < booked.visit.start()
}

fn check_room(tx: &mut Tx, entry: &Entry) -> Result<(), WaitlistError> {
    let now = tx.now();
    let mut others = waitlist::waiting_of_patient(tx, entry.patient)?;
    others.retain(|other| other.waits_at(now));
    if others.iter().any(|other| other.is_same_wish(entry)) {
        return Err(WaitlistError::AlreadyWaiting);
    }
    if others.len() >= MOST_WAITING { Err(WaitlistError::TooMany) } else { Ok(()) }
}

/// What could be booked at once and so is not waited for.
fn free(found: &Listing, service: &Service, wish: &Join, now: DateTime<Utc>) -> Vec<Period> {
    let slots = Offer::new(found, service).slots(wish.location, wish.window, now);
    merge(&slots.into_iter().map(|slot| slot.visit).collect::<Vec<_>>())
}

/// One entry of the account's.
pub fn find(
    conn: &mut Conn,
    id: WaitlistId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Waiting, WaitlistError> {
    let entry = own(conn, id, account)?;
    told(conn, vec![entry], now)?.pop().ok_or(WaitlistError::NotFound)
}

fn own(conn: &mut Conn, id: WaitlistId, account: AccountId) -> Result<Entry, WaitlistError> {
    let entry = waitlist::find(conn, id)?.ok_or(WaitlistError::NotFound)?;
    let carer = patient::account_of(conn, entry.patient)?;
    if carer == Some(account) { Ok(entry) } else { Err(WaitlistError::NotFound) }
}

/// The account's entries, newest first, at most `most`.
pub fn list(
    conn: &mut Conn,
    account: AccountId,
    before: Option<WaitlistId>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>, StoreError> {
    let entries = waitlist::of_account(conn, account, before, most)?;
    told(conn, entries, now)
}

/// Entries with their place in the line and what is offered to them.
pub(super) fn told(
    conn: &mut Conn,
    entries: Vec<Entry>,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>, StoreError> {
    let ids: Vec<WaitlistId> = entries.iter().map(|entry| entry.id).collect();
    let offers = waitlist_offer::of_entries(conn, &ids)?;
    let mut waiting = Vec::with_capacity(entries.len());
    for entry in entries {
        let before =
            if entry.waits_at(now) { Some(waitlist::count_before(conn, &entry, now)?) } else { None };
        let offer = offers.iter().find(|offer| offer.entry == entry.id && offer.is_open_at(now)).copied();
        waiting.push(Waiting { entry, position: before.map(|before| before + 1), offer });
    }
    Ok(waiting)
}

/// What is offered to the account now, with what each is waited for with.
pub fn offers(
    conn: &mut Conn,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<(HeldOffer, Entry)>, StoreError> {
    let mut offers = Vec::new();
    for offer in waitlist_offer::open_of_account(conn, account, now)? {
        offers.extend(waitlist::find(conn, offer.entry)?.map(|entry| (offer, entry)));
    }
    Ok(offers)
}

/// Those who wait for the practitioner's time, first come first, with what their patients are called.
pub fn of_practitioner(
    conn: &mut Conn,
    practitioner: PractitionerId,
    after: Option<(DateTime<Utc>, WaitlistId)>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<(Waiting, String)>, WaitlistError> {
    practitioner::find(conn, practitioner)?.ok_or(WaitlistError::NotFound)?;
    let entries = waitlist::of_practitioner(conn, practitioner, after, most, now)?;
    let patients: Vec<PatientId> = entries.iter().map(|entry| entry.patient).collect();
    let names: HashMap<PatientId, String> = patient::names(conn, &patients)?;
    let named = |waiting: Waiting| {
        let name = names.get(&waiting.entry.patient).cloned().unwrap_or_default();
        (waiting, name)
    };
    Ok(told(conn, entries, now)?.into_iter().map(named).collect())
}

/// Waits no longer; what was offered is offered on. Whoever waits no longer already is left as they are.
pub fn leave(tx: &mut Tx, sealer: &Sealer, id: WaitlistId, account: AccountId) -> Result<(), WaitlistError> {
    let entry = own(tx, id, account)?;
    tx.serialise(&[entry.practitioner.into(), entry.patient.into()])?;
    let entry = own(tx, id, account)?;
    if entry.status != EntryStatus::Waiting {
        return Ok(());
    }
    close(tx, &entry, EntryStatus::Withdrawn)?;
    tx.audit(Line::new("waitlist.leave", "waitlist", id));
    offer_on::look(tx, sealer, entry.practitioner)?;
    Ok(())
}

/// An entry waits no longer: what is offered to it is given back.
fn close(tx: &mut Tx, entry: &Entry, status: EntryStatus) -> Result<(), StoreError> {
    waitlist::update_status(tx, entry.id, status)?;
    let offers = waitlist_offer::of_entries(tx, &[entry.id])?;
    for offer in offers.iter().filter(|offer| offer.status == OfferStatus::Open) {
        waitlist_offer::settle(tx, offer.id, OfferStatus::Withdrawn, None)?;
        busy_time::delete(tx, offer.id.into())?;
        tx.announce(Change::Calendar(entry.practitioner));
    }
    Ok(())
}

/// A patient leaves for good and waits for nothing any more.
pub(super) fn forget(tx: &mut Tx, patient: PatientId) -> Result<(), StoreError> {
    for entry in waitlist::waiting_of_patient(tx, patient)? {
        close(tx, &entry, EntryStatus::Withdrawn)?;
        look_soon(tx, entry.practitioner)?;
    }
    Ok(())
}

/// Times have been taken: see [`heed`].
pub(super) fn heed_all(tx: &mut Tx, booked: &[Appointment]) -> Result<(), StoreError> {
    let now = tx.now();
    let practitioners: Vec<PractitionerId> = booked.iter().map(|booked| booked.practitioner).collect();
    let awaited = waitlist::awaited(tx, &practitioners, now)?;
    booked
        .iter()
        .filter(|booked| awaited.contains(&booked.practitioner))
        .try_for_each(|booked| heed(tx, booked))
}

/// A time of the practitioner's has been taken: for whoever waits it is no longer free all along, and
/// the patient who now has a time within their window waits no longer, unless it is the very booking
/// they would give up for an earlier one.
pub(super) fn heed(tx: &mut Tx, booked: &Appointment) -> Result<(), StoreError> {
    let now = tx.now();
    for entry in waitlist::waiting_for(tx, booked.practitioner, now)? {
        let has_it = entry.patient == booked.patient
            && entry.service == booked.service
            && entry.window.contains(booked.visit)
            && entry.replaces != Some(booked.id);
        if has_it {
            close(tx, &entry, EntryStatus::Booked)?;
            look_soon(tx, entry.practitioner)?;
        } else if entry.free_then.iter().any(|free| free.overlaps(booked.busy)) {
            waitlist::update_free_then(tx, entry.id, &subtract(&entry.free_then, &[booked.busy]))?;
        }
    }
    Ok(())
}

/// Those who wait for the practitioner's time are looked at as soon as can be: some of it became free.
pub(super) fn look_soon(tx: &mut Tx, practitioner: PractitionerId) -> Result<(), StoreError> {
    let now = tx.now();
    waitlist::update_look_at(tx, practitioner, now)
}
