//! Tells both sides of a booking what became of it, by mail.
//!
//! **Invariant:** a mail names the time, the place and the other side; nothing
//! about health, no note, no reason, no name of the service.

use crate::{
    delivery::{self, PostError, letter},
    domain::{
        account::{Account, AccountStatus},
        appointment::{Appointment, AppointmentStatus},
        id::AccountId,
        location::Location,
        mail::Mail,
        practitioner::Practitioner,
    },
    secret::{Sealer, SecretError},
    store::{StoreError, Tx, account, location, practitioner},
};

use super::{book::BookError, history::HistoryError};

/// What became of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It was made, or asked for.
    Made,
    /// The practitioner agreed.
    Confirmed,
    /// It has another time.
    Moved,
    /// It will not take place.
    Cancelled,
    /// Nobody confirmed the request in time.
    Lapsed,
    /// Something has to be cleared up before it can take place.
    Frozen,
    /// That was cleared up.
    Released,
}

/// Why the news could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// The store failed.
    #[error("the news could not be stored")]
    Store(#[from] StoreError),
    /// The mail could not be sealed.
    #[error("the news could not be sealed")]
    Secret(#[from] SecretError),
}

impl From<PostError> for TellError {
    fn from(err: PostError) -> Self {
        match err {
            PostError::Store(err) => Self::Store(err),
            PostError::Secret(err) => Self::Secret(err),
        }
    }
}

impl From<HistoryError> for TellError {
    fn from(err: HistoryError) -> Self {
        match err {
            HistoryError::Store(err) => Self::Store(err),
            HistoryError::Secret(err) => Self::Secret(err),
        }
    }
}

impl From<TellError> for HistoryError {
    fn from(err: TellError) -> Self {
        match err {
            TellError::Store(err) => Self::Store(err),
            TellError::Secret(err) => Self::Secret(err),
        }
    }
}

impl From<TellError> for BookError {
    fn from(err: TellError) -> Self {
        HistoryError::from(err).into()
    }
}

/// Puts a mail to each side into the outbox.
pub fn tell_both(tx: &mut Tx, sealer: &Sealer, booked: &Appointment, news: News) -> Result<(), TellError> {
    tell_of_all(tx, sealer, std::slice::from_ref(booked), news)
}

/// Puts one mail to each side into the outbox about bookings of one patient with one practitioner
/// at one place that have come equally far. Nothing where there are none.
pub fn tell_of_all(tx: &mut Tx, sealer: &Sealer, all: &[Appointment], news: News) -> Result<(), TellError> {
    let Some(booked) = all.first() else { return Ok(()) };
    let who = practitioner::find(tx, booked.practitioner)?.ok_or(StoreError::NotFound("practitioner"))?;
    let place = location::find(tx, booked.practitioner, booked.location)?;
    let patients = account::of_patient(tx, booked.patient)?;
    let sides = Sides { practitioner: &who, patients: patients.as_ref(), place: place.as_ref() };
    tell_sides(tx, sealer, all, news, sides)
}

/// What a mail says besides the booking's own time.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// Who treats.
    pub practitioner: &'a Practitioner,
    /// Who answers for the patient.
    pub patients: Option<&'a Account>,
    /// Where; not said where the place is gone.
    pub place: Option<&'a Location>,
}

/// The same where both sides were read already.
pub fn tell_sides(
    tx: &mut Tx,
    sealer: &Sealer,
    all: &[Appointment],
    news: News,
    sides: Sides<'_>,
) -> Result<(), TellError> {
    tell_each(tx, sealer, news, &[(all, sides)])
}

/// The same for several sets of bookings, each with sides of its own.
pub fn tell_each(
    tx: &mut Tx,
    sealer: &Sealer,
    news: News,
    sets: &[(&[Appointment], Sides<'_>)],
) -> Result<(), TellError> {
    let theirs: Vec<AccountId> = sets.iter().filter_map(|(_, sides)| sides.practitioner.account).collect();
    let theirs = account::among(tx, &theirs)?;
    let mut mails = Vec::with_capacity(sets.len() * 2);
    for (all, Sides { practitioner, patients, place }) in sets {
        let with = format!("with {}", practitioner.full_name());
        mails.extend(mail(*patients, all, *place, news, &with));
        let treats = practitioner.account.and_then(|id| theirs.get(&id));
        mails.extend(mail(treats, all, *place, news, "with a patient"));
    }
    Ok(delivery::post_all(tx, sealer, &mails)?)
}

fn mail(
    to: Option<&Account>,
    all: &[Appointment],
    place: Option<&Location>,
    news: News,
    with: &str,
) -> Option<Mail> {
    let to = to.filter(|account| account.status == AccountStatus::Active)?;
    let booked = all.first()?;
    let (subject, happened) = words(news, booked.status, all.len());
    let what = if all.len() == 1 { "appointment" } else { "appointments" };
    let mut text = format!("The {what} {with} {happened}.\n\n");
    for visit in all {
        text.push_str(&format!("Time: {}\n", letter::told(visit.visit.start(), to.time_zone)));
    }
    if let Some(place) = place {
        let address = [place.name.as_str(), &place.address_line, &place.city].join(", ");
        text.push_str(&format!("Place: {address}\n"));
    }
    let it = if all.len() == 1 { "it" } else { "one" };
    text.push_str(&format!("\nSign in to see {it}, to move {it} or to cancel {it}.\n"));
    Some(letter::letter("appointment", &to.email, subject, &text))
}

fn words(news: News, status: AppointmentStatus, count: usize) -> (&'static str, &'static str) {
    if count > 1 {
        return words_of_many(news, status);
    }
    match (news, status) {
        (News::Made, AppointmentStatus::Pending) => {
            ("Your appointment request", "was asked for and waits to be confirmed")
        }
        (News::Moved, AppointmentStatus::Pending) => {
            ("Your appointment has another time", "was moved and waits to be confirmed")
        }
        (News::Made, _) => ("Your appointment is booked", "is booked"),
        (News::Confirmed, _) => ("Your appointment is confirmed", "is confirmed"),
        (News::Moved, _) => ("Your appointment has another time", "was moved"),
        (News::Cancelled, _) => ("Your appointment is cancelled", "is cancelled"),
        (News::Lapsed, _) => (
            "Your appointment request has ended",
            "was not confirmed in time; nothing is booked, and the time is free again",
        ),
        (News::Frozen, _) => ("Your appointment is on hold", "is on hold until something is cleared up"),
        (News::Released, _) => ("Your appointment stands again", "is no longer on hold"),
    }
}

fn words_of_many(news: News, status: AppointmentStatus) -> (&'static str, &'static str) {
    match (news, status) {
        (News::Made, AppointmentStatus::Pending) => {
            ("Your appointment requests", "were asked for and wait to be confirmed")
        }
        (News::Moved, AppointmentStatus::Pending) => {
            ("Your appointments have other times", "were moved and wait to be confirmed")
        }
        (News::Made, _) => ("Your appointments are booked", "are booked"),
        (News::Confirmed, _) => ("Your appointments are confirmed", "are confirmed"),
        (News::Moved, _) => ("Your appointments have other times", "were moved"),
        (News::Cancelled, _) => ("Your appointments are cancelled", "are cancelled"),
        (News::Lapsed, _) => (
            "Your appointment requests have ended",
            "were not confirmed in time; nothing is booked, and the times are free again",
        ),
        (News::Frozen, _) => ("Your appointments are on hold", "are on hold until something is cleared up"),
        (News::Released, _) => ("Your appointments stand again", "are no longer on hold"),
    }
}
