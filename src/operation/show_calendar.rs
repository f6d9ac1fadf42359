//! Visits as a calendar shows them.
//!
//! **Invariant:** a calendar lies open on walls and phones: it names the time,
//! the place and, to the patient's side, who treats; no patient, no service, no
//! note, no reason.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

use crate::{
    domain::{
        appointment::Appointment,
        calendar::{FeedKind, Visit},
        id::{AppointmentId, LocationId, PractitionerId},
    },
    secret::TokenHash,
    store::{
        Conn, StoreError,
        appointment::{self, Whose},
        appointment_event, calendar_feed, location, practitioner,
    },
};

use super::attend::{self, Asker, Part};

/// How long a feed shows visits that are over or called off.
pub const KEPT: Duration = Duration::days(30);

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// No such booking or feed, or not theirs to see.
    #[error("there is no such calendar")]
    NotFound,
    /// The store failed.
    #[error("the visits could not be read")]
    Store(#[from] StoreError),
}

/// One visit, for whoever may see its booking.
pub fn of_appointment(conn: &mut Conn, id: AppointmentId, asker: Asker) -> Result<Vec<Visit>, CalendarError> {
    let booked = appointment::find(conn, id)?.ok_or(CalendarError::NotFound)?;
    let part = attend::part(conn, &booked, asker)?.ok_or(CalendarError::NotFound)?;
    Ok(visits(conn, vec![booked], part == Part::Patient)?)
}

/// What the feed with that secret shows now: what is ahead, and for thirty days what is over or was called off.
pub fn of_feed(conn: &mut Conn, hash: TokenHash, now: DateTime<Utc>) -> Result<Vec<Visit>, CalendarError> {
    let (feed, treats) = calendar_feed::find_live(conn, hash.as_bytes())?.ok_or(CalendarError::NotFound)?;
    let whose = match feed.kind {
        FeedKind::Patient => Whose::Account(feed.account),
        FeedKind::Practitioner => Whose::Practitioner(treats.ok_or(CalendarError::NotFound)?),
    };
    let found = appointment::for_calendar(conn, whose, now - KEPT)?;
    Ok(visits(conn, found, feed.kind == FeedKind::Patient)?)
}

fn visits(
    conn: &mut Conn,
    found: Vec<Appointment>,
    names_who_treats: bool,
) -> Result<Vec<Visit>, StoreError> {
    let ids: Vec<AppointmentId> = found.iter().map(|booked| booked.id).collect();
    let treating: Vec<PractitionerId> = found.iter().map(|booked| booked.practitioner).collect();
    let visited: Vec<LocationId> = found.iter().map(|booked| booked.location).collect();
    let changes = appointment_event::last_changes(conn, &ids)?;
    let names: HashMap<PractitionerId, String> =
        practitioner::among(conn, &treating)?.into_iter().map(|who| (who.id, who.full_name())).collect();
    let places: HashMap<LocationId, _> =
        location::among(conn, &visited)?.into_iter().map(|place| (place.id, place)).collect();
    let visit = |booked: &Appointment| {
        let with = names.get(&booked.practitioner).filter(|_| names_who_treats);
        let changed_at = changes.get(&booked.id).copied().unwrap_or(booked.created_at);
        Visit::of(booked, with.map(String::as_str), places.get(&booked.location), changed_at)
    };
    Ok(found.iter().map(visit).collect())
}
