//! Takes a time that was offered to somebody who waits, or lets it go.
//!
//! **Invariant:** an offer is answered once, and accepting is a booking like any
//! other: everything a booking asks for is asked for again.

use crate::{
    domain::{
        appointment::Appointment,
        change::Change,
        id::{AccountId, OfferId},
        waitlist::{Entry, HeldOffer, OfferStatus},
    },
    secret::SecretError,
    store::{
        Conn, StoreError, Tx, appointment, audit::Entry as Line, busy_time, patient, waitlist, waitlist_offer,
    },
};

use super::{
    Secrets,
    attend::{self, AttendError},
    book::{self, Book, BookError},
    join_waitlist::{self, Waiting},
    list_appointments::{self, ListError, Story},
    offer_on,
    offered::Wish,
    tell_both::TellError,
};

/// Why an offer was not accepted or declined.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// No such offer, or somebody else's.
    #[error("there is no such offer")]
    NotFound,
    /// Its time is over.
    #[error("this offer has ended; you go on waiting for the next")]
    Expired,
    /// It was answered before.
    #[error("this offer is {0} already")]
    Answered(&'static str),
    /// The time cannot be booked after all.
    #[error("the time offered could not be booked")]
    Book(#[from] BookError),
    /// The booking it replaces could not be called off.
    #[error("the later appointment could not be called off")]
    Attend(#[from] AttendError),
    /// A mail could not be sealed.
    #[error("the news could not be sealed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the answer could not be stored")]
    Store(#[from] StoreError),
}

impl From<TellError> for AnswerError {
    fn from(err: TellError) -> Self {
        match err {
            TellError::Store(err) => Self::Store(err),
            TellError::Secret(err) => Self::Secret(err),
        }
    }
}

fn own(conn: &mut Conn, id: OfferId, account: AccountId) -> Result<(HeldOffer, Entry), AnswerError> {
    let offer = waitlist_offer::find(conn, id)?.ok_or(AnswerError::NotFound)?;
    if patient::account_of(conn, offer.patient)? != Some(account) {
        return Err(AnswerError::NotFound);
    }
    let entry = waitlist::find(conn, offer.entry)?.ok_or(AnswerError::NotFound)?;
    Ok((offer, entry))
}

/// The offer while it can be answered; nobody else can from now on.
fn open(tx: &mut Tx, id: OfferId, account: AccountId) -> Result<(HeldOffer, Entry), AnswerError> {
    let (offer, _) = own(tx, id, account)?;
    tx.serialise(&[offer.practitioner.into(), offer.patient.into()])?;
    let (offer, entry) = own(tx, id, account)?;
    match offer.status {
        _ if offer.is_open_at(tx.now()) => Ok((offer, entry)),
        OfferStatus::Open | OfferStatus::Lapsed => Err(AnswerError::Expired),
        answered => Err(AnswerError::Answered(answered.code())),
    }
}

/// Books the time offered. A later booking that was to be given up for it is called off in the same
/// transaction and its time offered on; where that one does not stand any more there is nothing to
/// give up, and the time is booked all the same.
pub fn accept(
    tx: &mut Tx,
    secrets: &Secrets,
    id: OfferId,
    account: AccountId,
) -> Result<Appointment, AnswerError> {
    let (offer, entry) = open(tx, id, account)?;
    busy_time::delete(tx, offer.id.into())?;
    let wish = Book {
        wish: Wish {
            practitioner: offer.practitioner,
            patient: offer.patient,
            service: entry.service,
            location: offer.location,
            starts_at: offer.visit.start(),
        },
        account,
        screening: Some(entry.screening),
        hold: None,
        note: None,
    };
    let given_up = match entry.replaces {
        Some(id) => appointment::find(tx, id)?,
        None => None,
    };
    let now = tx.now();
    let given_up = given_up.filter(|later| join_waitlist::stands_ahead(later, offer.patient, now));
    if let Some(later) = &given_up {
        // First, so that it does not count any more for the day and the week.
        attend::call_off(tx, &secrets.sealer, later, attend::GIVEN_UP).map_err(AttendError::from)?;
    }
    // Closes the entry, as every booking in its window does.
    let booked = book::book(tx, secrets, &wish)?.appointment;
    waitlist_offer::settle(tx, offer.id, OfferStatus::Accepted, Some(booked.id))?;
    tx.audit(Line::new("waitlist.accept", "offer", offer.id));
    if given_up.is_some() {
        offer_on::look(tx, &secrets.sealer, offer.practitioner)?;
    }
    Ok(booked)
}

/// The booking just made, with its history.
pub fn told(tx: &mut Tx, secrets: &Secrets, booked: Appointment) -> Result<Story, AnswerError> {
    let stories = list_appointments::told(tx, secrets, vec![booked]).map_err(|err| match err {
        ListError::NotFound => AnswerError::NotFound,
        ListError::Secret(err) => AnswerError::Secret(err),
        ListError::Store(err) => AnswerError::Store(err),
    })?;
    stories.into_iter().next().ok_or(AnswerError::NotFound)
}

/// Lets the time go; it is offered to whoever is next, and the entry goes on waiting.
pub fn decline(
    tx: &mut Tx,
    secrets: &Secrets,
    id: OfferId,
    account: AccountId,
) -> Result<Waiting, AnswerError> {
    let (offer, entry) = open(tx, id, account)?;
    waitlist_offer::settle(tx, offer.id, OfferStatus::Declined, None)?;
    busy_time::delete(tx, offer.id.into())?;
    tx.audit(Line::new("waitlist.decline", "offer", offer.id));
    tx.announce(Change::Calendar(offer.practitioner));
    offer_on::look(tx, &secrets.sealer, offer.practitioner)?;
    let now = tx.now();
    join_waitlist::told(tx, vec![entry], now)?.pop().ok_or(AnswerError::NotFound)
}
