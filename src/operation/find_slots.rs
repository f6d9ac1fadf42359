//! Lists free times and explains why the others are not.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use crate::{
    domain::{
        id::{LocationId, PractitionerId, ServiceId},
        period::Period,
        slot::{Offer, Reason, Slot},
    },
    store::{Conn, StoreError, listing},
};

/// Which times are asked about.
#[derive(Debug, Clone, Copy)]
pub struct FindSlots {
    /// With whom.
    pub practitioner: PractitionerId,
    /// What.
    pub service: ServiceId,
    /// Where; anywhere when none is named.
    pub location: Option<LocationId>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FindSlotsError {
    /// No such practitioner, service or place.
    #[error("there is no such practitioner, service or place")]
    NotFound,
    /// The store failed.
    #[error("the times could not be read")]
    Store(#[from] StoreError),
}

/// Free times in the zone of the schedule.
#[derive(Debug, Clone)]
pub struct Slots {
    /// The schedule's zone.
    pub time_zone: Tz,
    /// By start, then place.
    pub slots: Vec<Slot>,
}

/// The free times that start within a period.
pub fn list(
    conn: &mut Conn,
    wanted: FindSlots,
    within: Period,
    now: DateTime<Utc>,
) -> Result<Slots, FindSlotsError> {
    ask(conn, wanted, within, now, |offer, time_zone| Slots {
        time_zone,
        slots: offer.slots(wanted.location, within, now),
    })
}

/// Every rule that takes an instant away; none when it is offered.
pub fn explain(
    conn: &mut Conn,
    wanted: FindSlots,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Reason>, FindSlotsError> {
    // Before the last instant there is, so that it has an end.
    let start = at.min(DateTime::<Utc>::MAX_UTC - Duration::seconds(1));
    let moment = Period::new(start, start + Duration::microseconds(1)).ok_or(FindSlotsError::NotFound)?;
    ask(conn, wanted, moment, now, |offer, _| offer.explain(wanted.location, at, now))
}

fn ask<T>(
    conn: &mut Conn,
    wanted: FindSlots,
    starts: Period,
    now: DateTime<Utc>,
    question: impl FnOnce(&Offer<'_>, Tz) -> T,
) -> Result<T, FindSlotsError> {
    let listing = listing::find(conn, wanted.practitioner, starts, now)?.ok_or(FindSlotsError::NotFound)?;
    let known = |id| listing.locations.iter().any(|place| place.id == id);
    if listing.practitioner.closed || !wanted.location.is_none_or(known) {
        return Err(FindSlotsError::NotFound);
    }
    let service = listing.services.iter().find(|service| service.id == wanted.service);
    let service = service.ok_or(FindSlotsError::NotFound)?;
    Ok(question(&Offer::new(&listing, service), listing.schedule.time_zone))
}
