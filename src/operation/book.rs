//! Books a free time.

use chrono_tz::Tz;
use serde_json::json;

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        change::Change,
        id::{AccountId, AppointmentId, HoldId, PatientId, ScreeningId},
        listing::Busy,
        practitioner::Blocker,
        screening::{Outcome, Screening, ScreeningRefusal},
        slot::Reason,
    },
    secret::SecretError,
    store::{
        StoreError, Tx, account, account::Carer, appointment, audit::Entry, busy_time, contraindication,
        screening,
    },
};

use super::{
    Secrets,
    find_slots::Slots,
    history::{self, Move},
    join_waitlist, lapse,
    list_appointments::{ListError, Story, Told, estimate_zone},
    offered::{self, Offered, Refusal, Wish},
    tell_both::{News, Sides, tell_sides},
};

/// What a patient asks for.
#[derive(Debug, Clone)]
pub struct Book {
    /// Which time.
    pub wish: Wish,
    /// Who books.
    pub account: AccountId,
    /// On the strength of which answers.
    pub screening: Option<ScreeningId>,
    /// A hold of theirs with this practitioner; it ends with the booking. Any other changes nothing.
    pub hold: Option<HoldId>,
    /// A word to the practitioner.
    pub note: Option<String>,
}

/// Why a booking was refused.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// No such practitioner, service or place, or nobody like that in the account's care.
    #[error("there is no such practitioner, service, place or patient")]
    NotFound,
    /// The practitioner may not be booked there then.
    #[error("this practitioner cannot be booked there on that date")]
    NotBookable(Vec<Blocker>),
    /// No screening was named.
    #[error("answer the questions about contraindications before booking")]
    ScreeningRequired,
    /// The screening named does not carry this booking.
    #[error("{0}")]
    ScreeningInvalid(String),
    /// The answers call for a clinician's word.
    #[error("an answer calls for a clinician's clearance before booking")]
    ClearanceRequired,
    /// Somebody has it.
    #[error("that time is no longer free")]
    SlotTaken(Slots),
    /// It was never on offer.
    #[error("that time is not offered")]
    NotOffered(Vec<Reason>),
    /// The patient is elsewhere then.
    #[error("you already have a visit that overlaps this time")]
    PatientDoubleBooked,
    /// The note could not be sealed.
    #[error("the note could not be sealed")]
    Secret(#[from] SecretError),
    /// The booking could not be stored.
    #[error("the booking could not be stored")]
    Store(#[from] StoreError),
}

impl From<Refusal> for BookError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::NotBookable(blockers) => Self::NotBookable(blockers),
            Refusal::SlotTaken(others) => Self::SlotTaken(others),
            Refusal::NotOffered(reasons) => Self::NotOffered(reasons),
            Refusal::PatientDoubleBooked => Self::PatientDoubleBooked,
            Refusal::Store(err) => Self::Store(err),
            Refusal::Secret(err) => Self::Secret(err),
        }
    }
}

impl From<ListError> for BookError {
    fn from(err: ListError) -> Self {
        match err {
            ListError::NotFound => Self::NotFound,
            ListError::Secret(err) => Self::Secret(err),
            ListError::Store(err) => Self::Store(err),
        }
    }
}

/// A booking that may be made, and what it rests on.
#[derive(Debug)]
pub struct Allowed {
    offered: Offered,
    carer: Carer,
    screening: Screening,
}

/// A booking just made, with what else is told of it.
#[derive(Debug)]
pub struct Made {
    /// The booking.
    pub appointment: Appointment,
    patient_name: String,
    estimate_zone: Option<Tz>,
}

/// Books the time asked for, or says why not; nothing is kept unless all of it is.
pub fn book(tx: &mut Tx, secrets: &Secrets, wish: &Book) -> Result<Made, BookError> {
    let allowed = check(tx, secrets, wish)?;
    let booked = keep(tx, secrets, wish, &allowed)?;
    let Allowed { offered, carer, .. } = allowed;
    let sides = Sides {
        practitioner: &offered.listing.practitioner,
        patients: Some(&carer.account),
        place: Some(&offered.location),
    };
    tell_sides(tx, &secrets.sealer, std::slice::from_ref(&booked), News::Made, sides)?;
    let estimate_zone = estimate_zone(&booked, Some(&offered.location));
    Ok(Made { appointment: booked, patient_name: carer.patient_name, estimate_zone })
}

/// Whether the time asked for may be had, one of a series or alone. Writes nothing but that the
/// patient's hold on it is given up.
pub fn check(tx: &mut Tx, secrets: &Secrets, wish: &Book) -> Result<Allowed, BookError> {
    let asked = &wish.wish;
    let mut offered = offered::look_up(tx, &secrets.sealer, asked, None)?;
    let carer = account::carer_of(tx, asked.patient)?.filter(|carer| carer.may_ask(wish.account));
    let carer = carer.ok_or(BookError::NotFound)?;
    offered::check_standing(&offered)?;
    let screening = carried_by(tx, wish.screening, asked.patient)?;
    if let Some(hold) = wish.hold {
        release(tx, &mut offered, asked, hold)?;
    }
    offered::check_time(tx, &offered, asked, None)?;
    Ok(Allowed { offered, carer, screening })
}

/// Makes the booking that was allowed in this transaction; whom to tell is the caller's to say.
pub fn keep(
    tx: &mut Tx,
    secrets: &Secrets,
    wish: &Book,
    allowed: &Allowed,
) -> Result<Appointment, BookError> {
    let booked = agreed(tx, &allowed.offered, wish, &allowed.screening);
    store(tx, secrets, &allowed.offered, &booked, wish)?;
    tx.audit(Entry::new("appointment.book", "appointment", booked.id).with(json!({
        "practitioner": booked.practitioner, "screening": booked.screening, "status": booked.status.code(),
    })));
    tx.announce(Change::Times(booked.practitioner, booked.busy));
    join_waitlist::heed(tx, &booked)?;
    Ok(booked)
}

/// The screening that carries the booking: the patient's own, current, still standing, cleared where it must be.
pub(super) fn carried_by(
    tx: &mut Tx,
    screening: Option<ScreeningId>,
    patient: PatientId,
) -> Result<Screening, BookError> {
    let id = screening.ok_or(BookError::ScreeningRequired)?;
    let unknown = || BookError::ScreeningInvalid(ScreeningRefusal::OtherPatient.to_string());
    let screening = screening::find(tx, id)?.ok_or_else(unknown)?;
    let version = contraindication::current_version(tx)?;
    match screening.carries(patient, version, tx.now()) {
        Ok(()) => Ok(screening),
        Err(ScreeningRefusal::ClearanceRequired) => Err(BookError::ClearanceRequired),
        Err(refusal) => Err(BookError::ScreeningInvalid(refusal.to_string())),
    }
}

/// Gives up the hold, so that it does not stand in the way of its booking. It is used up whatever
/// time of this practitioner's it kept for this patient; any other is left as it is.
fn release(tx: &mut Tx, offered: &mut Offered, asked: &Wish, hold: HoldId) -> Result<(), BookError> {
    let Some((practitioner, held)) = busy_time::find_hold(tx, hold, asked.patient)? else { return Ok(()) };
    if practitioner != asked.practitioner {
        return Ok(());
    }
    busy_time::delete(tx, hold.into())?;
    tx.announce(Change::Times(practitioner, held.busy));
    offered.listing.busy.retain(|busy| *busy != held);
    Ok(())
}

/// The appointment as both sides now agree to it.
fn agreed(tx: &Tx, offered: &Offered, wish: &Book, screening: &Screening) -> Appointment {
    let waits = offered.service.requires_confirmation || screening.outcome == Outcome::NeedsClearance;
    Appointment {
        id: tx.new_id::<AppointmentId>(),
        practitioner: wish.wish.practitioner,
        patient: wish.wish.patient,
        account: wish.account,
        service: offered.service.id,
        location: offered.location.id,
        screening: screening.id,
        status: if waits { AppointmentStatus::Pending } else { AppointmentStatus::Booked },
        visit: offered.busy.visit,
        busy: offered.busy.busy,
        time_zone: offered.listing.schedule.time_zone,
        price: offered.service.price,
        cancellation_notice_minutes: offered.service.cancellation_notice_minutes,
        late: false,
        sequence: 0,
        lapses_at: waits.then(|| lapse::at(tx, &offered.listing.practitioner.terms, offered.busy.visit)),
        created_at: tx.now(),
        version: 1,
    }
}

fn store(
    tx: &mut Tx,
    secrets: &Secrets,
    offered: &Offered,
    booked: &Appointment,
    wish: &Book,
) -> Result<(), BookError> {
    let note = wish
        .note
        .as_deref()
        .map(|note| secrets.sealer.seal(&history::note_context(booked.id), note.as_bytes()));
    let note = note.transpose()?;
    let claim = Busy { held_until: booked.lapses_at, ..offered.busy };
    busy_time::insert(tx, booked.id.into(), booked.practitioner, booked.patient, claim)
        .map_err(|err| offered.taken(err))?;
    appointment::insert(tx, booked, note)?;
    Ok(history::add(tx, &secrets.sealer, booked, &Move { from: None, role: "patient", reason: "" })?)
}

impl Made {
    /// All that is told of it, from what was just written.
    #[must_use]
    pub fn story(self, tx: &Tx, wish: &Book) -> Story {
        let made = Told {
            at: tx.now(),
            actor: tx.context().actor,
            actor_role: "patient".to_owned(),
            from: None,
            to: self.appointment.status,
            reason: String::new(),
        };
        Story {
            appointment: self.appointment,
            patient_name: self.patient_name,
            note: wish.note.clone(),
            series: None,
            attention: Vec::new(),
            history: vec![made],
            estimate_zone: self.estimate_zone,
        }
    }
}
