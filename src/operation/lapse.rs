//! Ends what has lapsed by the clock: holds nobody used, requests nobody confirmed.
//!
//! **Invariant:** what has lapsed stands in nobody's way from that instant on, whether or not it has
//! been tidied up; whoever claims time tidies up first, because the schema knows no clock.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        appointment::AppointmentStatus,
        id::{AppointmentId, PatientId, PractitionerId},
        period::Period,
        practitioner::BookingTerms,
    },
    secret::Sealer,
    store::{Tx, appointment, busy_time},
};

use super::{
    App,
    attend::{self, CallOff},
    chores::{self, ChoreError},
    offer_on,
    tell_both::{News, TellError},
};

/// Said of a step that comes after that.
pub(super) const TOO_LATE: &str = "this request was not confirmed in time and has lapsed";
/// How such a booking is called off.
const LAPSED: CallOff = CallOff {
    action: "appointment.lapse",
    role: "system",
    reason: "not confirmed in time",
    news: News::Lapsed,
};
/// How many rows one round of the chore takes up.
const AT_ONCE: i64 = 200;

/// When a request made or moved now lapses: after the practitioner's time for an answer, but never
/// later than the visit would start.
pub(super) fn at(tx: &Tx, terms: &BookingTerms, visit: Period) -> DateTime<Utc> {
    let answered_by = tx.now().checked_add_signed(terms.request_lapse());
    answered_by.map_or(visit.start(), |by| by.min(visit.start()))
}

/// Ends what has lapsed of those practitioners' and patients' claims. Nobody else may be changing the
/// practitioners' calendars meanwhile.
pub(super) fn tidy(
    tx: &mut Tx,
    sealer: &Sealer,
    parties: &[(PractitionerId, PatientId)],
) -> Result<(), TellError> {
    let now = tx.now();
    for (id, is_hold) in busy_time::lapsed(tx, parties, now)? {
        if is_hold {
            busy_time::delete(tx, id)?;
        } else {
            end(tx, sealer, id.into())?;
        }
    }
    Ok(())
}

fn end(tx: &mut Tx, sealer: &Sealer, id: AppointmentId) -> Result<(), TellError> {
    match appointment::find(tx, id)? {
        Some(before) if before.status == AppointmentStatus::Pending => {
            Ok(attend::call_off(tx, sealer, &before, LAPSED)?)
        }
        Some(_) => Ok(()),
        None => Ok(busy_time::delete(tx, id.into())?),
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
            tidy(tx, &sealer, &[(practitioner, patient)])?;
            offer_on::look(tx, &sealer, practitioner)
        });
        // One that cannot be ended does not keep the others from it.
        if let Err(err) = done {
            failed = Err(err);
        }
    }
    Ok(failed?)
}
