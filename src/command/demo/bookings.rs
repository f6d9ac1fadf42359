//! Visits that are agreed already, made the way patients make them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::Duration;
use uuid::Uuid;

use crate::{
    domain::{
        id::{AccountId, PatientId, ScreeningId},
        period::Period,
        screening::Answers,
        slot::Offer,
    },
    operation::{
        Secrets,
        book::{self, Book, BookError},
        offered::Wish,
        screen::{self, Screen, ScreenError},
    },
    store::{StoreError, Tx, contraindication, listing},
};

use super::{
    dice::Dice,
    fill::{Bookable, Cast},
};

/// Visits each patient has.
const VISITS: usize = 3;
/// How far ahead they are.
const AHEAD: Duration = Duration::days(14);
/// Among how many of the first free times one is chosen.
const CHOICE: usize = 24;

/// Why the demo's visits could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BookingsError {
    /// Not answered.
    #[error("the questions could not be answered")]
    Screen(#[from] ScreenError),
    /// Not booked.
    #[error("a visit could not be booked")]
    Book(#[from] BookError),
    /// Not stored.
    #[error("the visits could not be stored")]
    Store(#[from] StoreError),
}

/// Everybody answers the questions and books a few visits; every third one with the star.
pub fn book_some(tx: &mut Tx, secrets: &Secrets, cast: &Cast) -> Result<(), BookingsError> {
    let mut dice = Dice::new(7);
    for guest in &cast.guests {
        let screening = answer(tx, secrets, *guest)?;
        for visit in 0..VISITS {
            let with = if visit == 0 { Some(&cast.star) } else { dice.pick(&cast.bookable) };
            let Some(with) = with else { continue };
            if let Some(wish) = wish(tx, &mut dice, *guest, with)? {
                book(tx, secrets, *guest, screening, wish)?;
            }
        }
    }
    Ok(())
}

fn answer(tx: &mut Tx, secrets: &Secrets, guest: AccountId) -> Result<ScreeningId, BookingsError> {
    let list = contraindication::current(tx)?;
    let answers: BTreeMap<String, bool> = list.items.iter().map(|item| (item.code.clone(), false)).collect();
    let wish = Screen {
        patient: own_patient(guest),
        account: guest,
        version: list.version,
        answers: Answers {
            answers,
            acknowledged: list.statements.iter().map(|statement| statement.code.clone()).collect(),
            signed_name: "A Guest".to_owned(),
        },
        sealer: Arc::clone(&secrets.sealer),
    };
    Ok(screen::screen(tx, &wish)?.id)
}

fn own_patient(account: AccountId) -> PatientId {
    PatientId::from(Uuid::from(account))
}

/// A free time soon, if there is one.
fn wish(
    tx: &mut Tx,
    dice: &mut Dice,
    guest: AccountId,
    with: &Bookable,
) -> Result<Option<Wish>, BookingsError> {
    let now = tx.now();
    let Some(within) = Period::new(now, now + AHEAD) else { return Ok(None) };
    let Some(found) = listing::find(tx, with.practitioner, within, now)? else { return Ok(None) };
    let Some(service) = found.services.iter().find(|service| service.id == with.service) else {
        return Ok(None);
    };
    let free = Offer::new(&found, service).first(Some(with.location), within, now, CHOICE);
    Ok(dice.pick(&free).map(|slot| Wish {
        practitioner: with.practitioner,
        patient: own_patient(guest),
        service: with.service,
        location: with.location,
        starts_at: slot.visit.start(),
    }))
}

/// A visit that overlaps another of the same patient, or is not offered, is left out: there are enough.
fn book(
    tx: &mut Tx,
    secrets: &Secrets,
    guest: AccountId,
    screening: ScreeningId,
    wish: Wish,
) -> Result<(), BookingsError> {
    let wish = Book { wish, account: guest, screening: Some(screening), hold: None, note: None };
    match book::book(tx, secrets, &wish) {
        Ok(_)
        | Err(BookError::PatientDoubleBooked | BookError::NotOffered(_) | BookError::NotBookable(_)) => {
            Ok(())
        }
        Err(err) => Err(err.into()),
    }
}
