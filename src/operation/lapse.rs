//! Ends what has lapsed by the clock: holds nobody used, requests nobody confirmed.
//!
//! **Invariant:** what has lapsed stands in nobody's way from that instant on, whether or not it has
//! been tidied up; whoever claims time tidies up first, because the schema knows no clock.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        change::Change,
        id::{AppointmentId, PatientId, PractitionerId},
        period::Period,
        practitioner::BookingTerms,
    },
    secret::Sealer,
    store::{StoreError, Tx, appointment, attention, audit::Entry, busy_time},
};

use super::{
    App, chores,
    chores::ChoreError,
    history::{self, HistoryError, Move},
    offer_on,
    tell_both::{News, TellError, tell_both},
};

/// Said of a step that comes after that.
pub(super) const TOO_LATE: &str = "this request was not confirmed in time and has lapsed";
/// Why such a booking was called off.
const REASON: &str = "not confirmed in time";
/// How many rows one round of the chore takes up.
const AT_ONCE: i64 = 200;

/// When a request made or moved now lapses: after the practitioner's time for an answer, but never
/// later than the visit would start.
pub(super) fn at(tx: &Tx, terms: &BookingTerms, visit: Period) -> DateTime<Utc> {
    let answered_by = tx.now().checked_add_signed(terms.request_lapse());
    answered_by.map_or(visit.start(), |by| by.min(visit.start()))
}

/// Ends what has lapsed of the practitioner's or the patient's claims. Nobody else may be changing the
/// practitioner's calendar meanwhile.
pub(super) fn tidy(
    tx: &mut Tx,
    sealer: &Sealer,
    practitioner: PractitionerId,
    patient: PatientId,
) -> Result<(), TellError> {
    let now = tx.now();
    for (id, is_hold) in busy_time::lapsed(tx, practitioner, patient, now)? {
        if is_hold {
            busy_time::delete(tx, id)?;
        } else {
            end(tx, sealer, id.into())?;
        }
    }
    Ok(())
}

fn end(tx: &mut Tx, sealer: &Sealer, id: AppointmentId) -> Result<(), TellError> {
    let before = match appointment::find(tx, id)? {
        Some(before) if before.status == AppointmentStatus::Pending => before,
        Some(_) => return Ok(()),
        None => return Ok(busy_time::delete(tx, id.into())?),
    };
    let after = Appointment {
        status: AppointmentStatus::Cancelled,
        lapses_at: None,
        sequence: before.sequence + 1,
        version: before.version + 1,
        ..before.clone()
    };
    appointment::update(tx, &after).map_err(again)?;
    busy_time::delete(tx, id.into())?;
    attention::forget(tx, id)?;
    let step = Move { from: Some(before.status), role: "system", reason: REASON };
    history::add(tx, sealer, &after, &step).map_err(|err| match err {
        HistoryError::Secret(err) => TellError::Secret(err),
        HistoryError::Store(err) => TellError::Store(err),
    })?;
    tell_both(tx, sealer, &after, News::Lapsed)?;
    let detail = json!({"from": before.status.code(), "to": after.status.code()});
    tx.audit(Entry::new("appointment.lapse", "appointment", id).with(detail).by_itself());
    tx.announce(Change::Times(after.practitioner, after.busy));
    Ok(())
}

/// Its other side may be taking a step of it just now: the whole transaction is to be tried again, and
/// finds out what became of it.
fn again(err: StoreError) -> StoreError {
    match err {
        StoreError::NotFound(_) => StoreError::overtaken(),
        err => err,
    }
}

/// Gives lapsed holds back; ends requests that nobody has confirmed in time, and offers their times on.
pub(super) fn chore(app: &App) -> Result<(), ChoreError> {
    let now = app.now();
    // Nobody minds them; but there should never be many for others to look through.
    if app.store().read_blocking(|conn| busy_time::has_lapsed_holds(conn, now))? {
        app.write_alone(chores::system(app), busy_time::delete_lapsed_holds)?;
    }
    let due = app.store().read_blocking(|conn| busy_time::lapsed_requests(conn, now, AT_ONCE))?;
    let mut failed = Ok(());
    for (practitioner, patient) in due {
        let sealer = app.secrets().sealer;
        let done = app.write_alone(chores::system(app), move |tx| {
            tx.serialise(&[practitioner.into(), patient.into()])?;
            tidy(tx, &sealer, practitioner, patient)?;
            offer_on::look(tx, &sealer, practitioner)
        });
        // One that cannot be ended does not keep the others from it.
        if let Err(err) = done {
            failed = Err(err);
        }
    }
    Ok(failed?)
}
