//! Moves a booking to another time. All of it happens, or the old time is kept.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        attention::Reason,
        change::Change,
        id::{AppointmentId, LocationId},
        listing::Busy,
    },
    secret::SecretError,
    store::{StoreError, Tx, account, appointment, attention, audit::Entry, busy_time},
};

use super::{
    Secrets,
    attend::{self, Asker, Part},
    history::{self, HistoryError, Move},
    join_waitlist, lapse,
    list_appointments::ListError,
    offer_on,
    offered::{self, Refusal, Wish},
    tell_both::{News, Sides, tell_sides},
};

/// Where to.
#[derive(Debug, Clone, Copy)]
pub struct Reschedule {
    /// When the visit starts then.
    pub starts_at: DateTime<Utc>,
    /// Where; the same place where none is named.
    pub location: Option<LocationId>,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
}

/// Why a move was refused.
#[derive(Debug, thiserror::Error)]
pub enum RescheduleError {
    /// No such booking, or not theirs to see.
    #[error("there is no such appointment")]
    NotFound,
    /// It is not as they have seen it.
    #[error("it was changed in the meantime")]
    Stale,
    /// It has ended or begun.
    #[error("{0}")]
    InvalidTransition(String),
    /// The new time cannot be had.
    #[error(transparent)]
    Refused(Refusal),
    /// The step could not be written.
    #[error("the step could not be sealed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the move could not be stored")]
    Store(#[from] StoreError),
}

impl From<Refusal> for RescheduleError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(err) => Self::Store(err),
            Refusal::Secret(err) => Self::Secret(err),
            refusal => Self::Refused(refusal),
        }
    }
}

impl From<HistoryError> for RescheduleError {
    fn from(err: HistoryError) -> Self {
        match err {
            HistoryError::Secret(err) => Self::Secret(err),
            HistoryError::Store(err) => Self::Store(err),
        }
    }
}

impl From<ListError> for RescheduleError {
    fn from(err: ListError) -> Self {
        match err {
            ListError::NotFound => Self::NotFound,
            ListError::Secret(err) => Self::Secret(err),
            ListError::Store(err) => Self::Store(err),
        }
    }
}

/// Moves a booking, or says why not.
pub fn reschedule(
    tx: &mut Tx,
    secrets: &Secrets,
    id: AppointmentId,
    asker: Asker,
    to: Reschedule,
) -> Result<Appointment, RescheduleError> {
    let first = appointment::find(tx, id)?.ok_or(RescheduleError::NotFound)?;
    tx.serialise(&[first.practitioner.into(), first.patient.into()])?;
    let before = appointment::find(tx, id)?.ok_or(RescheduleError::NotFound)?;
    let part = attend::part(tx, &before, asker)?.ok_or(RescheduleError::NotFound)?;
    if to.seen.is_some_and(|seen| seen != before.version) {
        return Err(RescheduleError::Stale);
    }
    check_movable(tx, &before, part)?;
    let wish = Wish {
        practitioner: before.practitioner,
        patient: before.patient,
        service: before.service,
        location: to.location.unwrap_or(before.location),
        starts_at: to.starts_at,
    };
    let offered = offered::look_up(tx, &secrets.sealer, &wish, Some(before.busy))?;
    offered::check_standing(&offered)?;
    offered::check_time(tx, &offered, &wish, Some(id.into()))?;
    // Whoever asked for confirmation once wants to be asked about the new time too.
    let asks_again = part == Part::Patient && offered.service.requires_confirmation;
    let status = if asks_again { AppointmentStatus::Pending } else { before.status };
    let waits = status == AppointmentStatus::Pending;
    let lapses_at = waits.then(|| lapse::at(tx, &offered.listing.practitioner.terms, offered.busy.visit));
    let claim = Busy { held_until: lapses_at, ..offered.busy };
    busy_time::update(tx, id.into(), claim).map_err(|err| offered.taken(err))?;
    let after = Appointment {
        location: wish.location,
        visit: offered.busy.visit,
        busy: offered.busy.busy,
        time_zone: offered.listing.schedule.time_zone,
        status,
        lapses_at,
        sequence: before.sequence + 1,
        version: before.version + 1,
        ..before.clone()
    };
    appointment::update(tx, &after)?;
    // The rule of eligibility has just been asked about the new time and place.
    for reason in Reason::OF_STANDING {
        attention::release(tx, &[id], reason)?;
    }
    history::add(
        tx,
        &secrets.sealer,
        &after,
        &Move { from: Some(before.status), role: part.code(), reason: "" },
    )?;
    let patients = account::of_patient(tx, after.patient)?;
    let sides = Sides {
        practitioner: &offered.listing.practitioner,
        patients: patients.as_ref(),
        place: Some(&offered.location),
    };
    tell_sides(tx, &secrets.sealer, std::slice::from_ref(&after), News::Moved, sides)
        .map_err(HistoryError::from)?;
    tx.audit(
        Entry::new("appointment.reschedule", "appointment", id).with(json!({"status": after.status.code()})),
    );
    tx.announce(Change::Times(after.practitioner, before.busy));
    tx.announce(Change::Times(after.practitioner, after.busy));
    join_waitlist::heed(tx, &after)?;
    offer_on::look(tx, &secrets.sealer, after.practitioner).map_err(HistoryError::from)?;
    Ok(after)
}

fn check_movable(tx: &Tx, booked: &Appointment, part: Part) -> Result<(), RescheduleError> {
    let waits = matches!(booked.status, AppointmentStatus::Pending | AppointmentStatus::Booked);
    if !waits {
        let why = format!("an appointment that is {} cannot be moved", booked.status.code());
        return Err(RescheduleError::InvalidTransition(why));
    }
    if booked.has_lapsed_at(tx.now()) {
        return Err(RescheduleError::InvalidTransition(lapse::TOO_LATE.to_owned()));
    }
    if part == Part::Patient && tx.now() >= booked.visit.start() {
        return Err(RescheduleError::InvalidTransition(
            "a visit that has started cannot be moved".to_owned(),
        ));
    }
    Ok(())
}
