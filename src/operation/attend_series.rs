//! What is done to the visits of a series together: shown, confirmed, declined, cancelled.
//!
//! **Invariant:** each visit takes the very step it would take alone; all of them do, or none.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        id::SeriesId,
        series::Series,
    },
    store::{Conn, Tx, appointment, audit::Entry, series},
};

use super::{
    Secrets,
    attend::{self, Act, Asker, AttendError},
    history::HistoryError,
    list_appointments::{self, ListError, Story},
    tell_both::tell_of_all,
};

/// What is to happen to the visits ahead.
#[derive(Debug, Clone)]
pub struct AttendSeries {
    /// What.
    pub act: Act,
    /// Only to visits that begin then or later; to all ahead where none is named.
    pub from: Option<DateTime<Utc>>,
    /// Why; may be empty.
    pub reason: String,
}

/// A series with its visits by start, for its patient, its practitioner or an admin.
pub fn find(
    conn: &mut Conn,
    secrets: &Secrets,
    id: SeriesId,
    asker: Asker,
) -> Result<(Series, Vec<Story>), ListError> {
    let series = series::find(conn, id)?.ok_or(ListError::NotFound)?;
    let ids = series::visits(conn, id)?;
    let visits = appointment::among(conn, &ids)?;
    let first = visits.first().ok_or(ListError::NotFound)?;
    attend::part(conn, first, asker)?.ok_or(ListError::NotFound)?;
    Ok((series, list_appointments::told(conn, secrets, visits)?))
}

/// Takes the step with every visit that waits for it, or says why not.
pub fn attend_series(
    tx: &mut Tx,
    secrets: &Secrets,
    id: SeriesId,
    asker: Asker,
    wish: &AttendSeries,
) -> Result<(), AttendError> {
    let series = series::find(tx, id)?.ok_or(AttendError::NotFound)?;
    tx.serialise(&[series.practitioner.into(), series.patient.into()])?;
    let ids = series::visits(tx, id)?;
    let visits = appointment::among(tx, &ids)?;
    let first = visits.first().ok_or(AttendError::NotFound)?;
    attend::part(tx, first, asker)?.ok_or(AttendError::NotFound)?;
    let (mut taken, now) = (Vec::new(), tx.now());
    for visit in visits.iter().filter(|visit| waits_for(visit, wish, now)) {
        taken.push(attend::step(tx, secrets, visit.id, asker, wish.act, None, &wish.reason)?);
    }
    if taken.is_empty() {
        let why = "no visit of this series waits for that".to_owned();
        return Err(AttendError::InvalidTransition(why));
    }
    if let Some(news) = wish.act.news() {
        tell_of_all(tx, &secrets.sealer, &taken, news).map_err(HistoryError::from)?;
    }
    let detail = json!({"act": wish.act.code(), "visits": taken.len()});
    tx.audit(Entry::new("series.attend", "series", id).with(detail));
    Ok(())
}

/// Whether the visit lies ahead, is meant, and has come so far that the step exists.
fn waits_for(visit: &Appointment, wish: &AttendSeries, now: DateTime<Utc>) -> bool {
    let start = visit.visit.start();
    let open = match wish.act {
        Act::Cancel => matches!(visit.status, AppointmentStatus::Pending | AppointmentStatus::Booked),
        _ => visit.status == AppointmentStatus::Pending,
    };
    let open = open && !visit.has_lapsed_at(now);
    open && start > now && wish.from.is_none_or(|from| from <= start)
}
