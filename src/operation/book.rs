//! Books a free time.

use chrono::{DateTime, Utc};
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
        Context, StoreError, Tx, account,
        account::Carer,
        appointment,
        audit::Entry,
        busy_time::{self, Claim},
        contraindication, screening,
    },
};

use super::{
    Secrets,
    find_slots::Slots,
    history, join_waitlist, lapse,
    list_appointments::{ListError, Story, Told, estimate_zone},
    offered::{self, Offered, Refusal, Wish},
    tell_both::{News, Sides, tell_each},
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
    /// The hold it uses up.
    hold: Option<HoldId>,
}

impl Allowed {
    fn sides(&self) -> Sides<'_> {
        Sides {
            practitioner: &self.offered.listing.practitioner,
            patients: Some(&self.carer.account),
            place: Some(&self.offered.location),
        }
    }
}

/// A booking just made, with what else is told of it.
#[derive(Debug)]
pub struct Made {
    /// The booking.
    pub appointment: Appointment,
    at: DateTime<Utc>,
    patient_name: String,
    estimate_zone: Option<Tz>,
}

/// One of several bookings asked for at once.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In which request.
    pub context: Context,
    /// What.
    pub wish: Book,
}

/// Books the time asked for, or says why not; nothing is kept unless all of it is.
pub fn book(tx: &mut Tx, secrets: &Secrets, wish: &Book) -> Result<Made, BookError> {
    let asked = Asked { context: tx.context().clone(), wish: wish.clone() };
    let made = book_together(tx, secrets, std::slice::from_ref(&asked))?.pop();
    made.unwrap_or(Err(BookError::NotFound))
}

/// Books what several ask for, each answered for itself and in that order: what is refused to one
/// keeps nothing from the others. They take the time of different practitioners for different
/// patients, so that none stands in another's way.
///
/// # Errors
/// Where not all that is allowed could be kept: nothing is, and each is to be asked for alone.
pub fn book_together(
    tx: &mut Tx,
    secrets: &Secrets,
    asked: &[Asked],
) -> Result<Vec<Result<Made, BookError>>, BookError> {
    let wishes: Vec<&Book> = asked.iter().map(|asked| &asked.wish).collect();
    let mut answers = Vec::with_capacity(asked.len());
    let mut allowed = Vec::with_capacity(asked.len());
    for (asked, answer) in asked.iter().zip(check_all(tx, secrets, &wishes)?) {
        match answer {
            Ok(may) => {
                allowed.push((asked, may));
                answers.push(None);
            }
            Err(refusal) => answers.push(Some(Err(refusal))),
        }
    }
    let kept: Vec<(&Context, &Book, &Allowed)> =
        allowed.iter().map(|(asked, may)| (&asked.context, &asked.wish, may)).collect();
    let booked = keep_all(tx, secrets, &kept)?;
    let told: Vec<(&[Appointment], Sides<'_>)> = booked
        .iter()
        .zip(&allowed)
        .map(|(booked, (_, may))| (std::slice::from_ref(booked), may.sides()))
        .collect();
    tell_each(tx, &secrets.sealer, News::Made, &told)?;
    let at = tx.now();
    let mut made = booked.into_iter().zip(allowed).map(|(appointment, (_, may))| {
        let estimate_zone = estimate_zone(&appointment, Some(&may.offered.location));
        Ok(Made { appointment, at, patient_name: may.carer.patient_name, estimate_zone })
    });
    let answers = answers.into_iter().map(|refused| refused.or_else(|| made.next()));
    Ok(answers.map(|answer| answer.unwrap_or(Err(BookError::NotFound))).collect())
}

/// Whether the time asked for may be had, one of a series or alone. Makes no booking.
pub fn check(tx: &mut Tx, secrets: &Secrets, wish: &Book) -> Result<Allowed, BookError> {
    check_all(tx, secrets, &[wish])?.pop().unwrap_or(Err(BookError::NotFound))
}

fn check_all(
    tx: &mut Tx,
    secrets: &Secrets,
    wishes: &[&Book],
) -> Result<Vec<Result<Allowed, BookError>>, BookError> {
    let times: Vec<Wish> = wishes.iter().map(|wish| wish.wish).collect();
    let offered = offered::look_up_all(tx, &secrets.sealer, &times)?;
    let patients: Vec<PatientId> = times.iter().map(|wish| wish.patient).collect();
    let mut carers = account::carers_of(tx, &patients)?;
    let named: Vec<ScreeningId> = wishes.iter().filter_map(|wish| wish.screening).collect();
    let screenings = screening::among(tx, &named)?;
    let version = contraindication::current_version(tx)?;
    let mut decide = |(wish, offered): (&&Book, Result<Offered, Refusal>)| {
        let mut offered = offered?;
        let carer = carers.remove(&wish.wish.patient).filter(|carer| carer.may_ask(wish.account));
        let carer = carer.ok_or(BookError::NotFound)?;
        offered::check_standing(&offered)?;
        let id = wish.screening.ok_or(BookError::ScreeningRequired)?;
        let named = screenings.iter().find(|screening| screening.id == id).cloned();
        let screening = carries(named, wish.wish.patient, version, tx.now())?;
        let hold = used_up(tx, &mut offered, wish)?;
        offered::check_time(tx, &offered, &wish.wish, hold.map(Into::into))?;
        Ok(Allowed { offered, carer, screening, hold })
    };
    Ok(wishes.iter().zip(offered).map(&mut decide).collect())
}

/// Makes the booking that was allowed in this transaction; whom to tell is the caller's to say.
pub fn keep(
    tx: &mut Tx,
    secrets: &Secrets,
    wish: &Book,
    allowed: &Allowed,
) -> Result<Appointment, BookError> {
    let context = tx.context().clone();
    let kept = keep_all(tx, secrets, &[(&context, wish, allowed)])?.pop();
    kept.ok_or(BookError::NotFound)
}

fn keep_all(
    tx: &mut Tx,
    secrets: &Secrets,
    allowed: &[(&Context, &Book, &Allowed)],
) -> Result<Vec<Appointment>, BookError> {
    for (_, _, may) in allowed {
        if let Some(hold) = may.hold {
            busy_time::delete(tx, hold.into())?;
        }
    }
    let booked: Vec<Appointment> =
        allowed.iter().map(|(_, wish, may)| agreed(tx, &may.offered, wish, &may.screening)).collect();
    store(tx, secrets, &booked, allowed)?;
    for (booked, (context, ..)) in booked.iter().zip(allowed) {
        let entry = Entry::new("appointment.book", "appointment", booked.id).with(json!({
            "practitioner": booked.practitioner, "screening": booked.screening, "status": booked.status.code(),
        }));
        tx.audit(entry.asked_in((*context).clone()));
        tx.announce(Change::Times(booked.practitioner, booked.busy));
    }
    join_waitlist::heed_all(tx, &booked)?;
    Ok(booked)
}

/// The screening that carries the booking: the patient's own, current, still standing, cleared where it must be.
pub(super) fn carried_by(
    tx: &mut Tx,
    screening: Option<ScreeningId>,
    patient: PatientId,
) -> Result<Screening, BookError> {
    let id = screening.ok_or(BookError::ScreeningRequired)?;
    let named = screening::find(tx, id)?;
    let version = contraindication::current_version(tx)?;
    carries(named, patient, version, tx.now())
}

fn carries(
    named: Option<Screening>,
    patient: PatientId,
    version: i32,
    now: DateTime<Utc>,
) -> Result<Screening, BookError> {
    let unknown = || BookError::ScreeningInvalid(ScreeningRefusal::OtherPatient.to_string());
    let screening = named.ok_or_else(unknown)?;
    match screening.carries(patient, version, now) {
        Ok(()) => Ok(screening),
        Err(ScreeningRefusal::ClearanceRequired) => Err(BookError::ClearanceRequired),
        Err(refusal) => Err(BookError::ScreeningInvalid(refusal.to_string())),
    }
}

/// The hold that this booking uses up, and which so does not stand in its way: whatever time of this
/// practitioner's it keeps for this patient. Any other is left as it is.
fn used_up(tx: &mut Tx, offered: &mut Offered, wish: &Book) -> Result<Option<HoldId>, StoreError> {
    let Some(hold) = wish.hold else { return Ok(None) };
    let Some((practitioner, held)) = busy_time::find_hold(tx, hold, wish.wish.patient)? else {
        return Ok(None);
    };
    if practitioner != wish.wish.practitioner {
        return Ok(None);
    }
    tx.announce(Change::Times(practitioner, held.busy));
    offered.listing.busy.retain(|busy| *busy != held);
    Ok(Some(hold))
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
    booked: &[Appointment],
    allowed: &[(&Context, &Book, &Allowed)],
) -> Result<(), BookError> {
    let (mut claims, mut rows) = (Vec::with_capacity(booked.len()), Vec::with_capacity(booked.len()));
    for (booked, (_, wish, may)) in booked.iter().zip(allowed) {
        claims.push(Claim {
            id: booked.id.into(),
            practitioner: booked.practitioner,
            patient: booked.patient,
            busy: Busy { held_until: booked.lapses_at, ..may.offered.busy },
        });
        let sealed = |note: &String| secrets.sealer.seal(&history::note_context(booked.id), note.as_bytes());
        rows.push((booked, wish.note.as_ref().map(sealed).transpose()?));
    }
    busy_time::insert_all(tx, &claims).map_err(|err| match allowed {
        // Of several it is not known whose it was.
        [(_, _, only)] => only.offered.taken(err).into(),
        _ => BookError::Store(err),
    })?;
    appointment::insert(tx, &rows)?;
    Ok(history::begin(tx, booked)?)
}

impl Made {
    /// All that is told of it, from what was just written.
    #[must_use]
    pub fn story(self, wish: &Book) -> Story {
        let made = Told {
            at: self.at,
            actor: Some(self.appointment.account),
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
