//! Bookings with their history and their words, for whoever may see them.

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        id::{AccountId, AppointmentId, PatientId},
    },
    secret::SecretError,
    store::{
        Conn, StoreError,
        appointment::{self, Filter, Whose},
        appointment_event, patient,
    },
};

use super::{
    Secrets,
    attend::{self, Asker},
    history::{note_context, opened, reason_context},
};

/// One step, its words opened.
#[derive(Debug, Clone)]
pub struct Told {
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// Who; none for the system.
    pub actor: Option<AccountId>,
    /// In which part.
    pub actor_role: String,
    /// Status before.
    pub from: Option<AppointmentStatus>,
    /// Status after.
    pub to: AppointmentStatus,
    /// Why; empty where no reason was given.
    pub reason: String,
}

/// A booking with all that is told of it. The name is told to those who may see the booking, and
/// in no mail and no calendar.
#[derive(Debug, Clone)]
pub struct Story {
    /// The booking.
    pub appointment: Appointment,
    /// What the person treated is called.
    pub patient_name: String,
    /// The patient's word to the practitioner.
    pub note: Option<String>,
    /// Its steps in order.
    pub history: Vec<Told>,
}

/// Why bookings cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No such booking, or not theirs to see.
    #[error("there is no such appointment")]
    NotFound,
    /// Sealed words could not be opened.
    #[error("sealed words could not be opened")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("bookings could not be read")]
    Store(#[from] StoreError),
}

/// One booking, for its patient, its practitioner or an admin.
pub fn find(conn: &mut Conn, secrets: &Secrets, id: AppointmentId, asker: Asker) -> Result<Story, ListError> {
    let found = appointment::find(conn, id)?.ok_or(ListError::NotFound)?;
    attend::part(conn, &found, asker)?.ok_or(ListError::NotFound)?;
    told(conn, secrets, vec![found])?.pop().ok_or(ListError::NotFound)
}

/// Bookings by start, at most `most`.
pub fn list(conn: &mut Conn, secrets: &Secrets, filter: &Filter, most: i64) -> Result<Vec<Story>, ListError> {
    let found = appointment::list(conn, filter, most)?;
    told(conn, secrets, found)
}

/// Bookings for those in an account's care by start, at most `most`. A patient named in the filter
/// must be one of them.
pub fn of_account(
    conn: &mut Conn,
    secrets: &Secrets,
    account: AccountId,
    filter: &Filter,
    most: i64,
) -> Result<Vec<Story>, ListError> {
    let theirs = match filter.whose {
        Whose::Account(id) => id == account,
        Whose::Patient(id) => patient::account_of(conn, id)? == Some(account),
        Whose::Practitioner(_) => false,
    };
    if theirs { list(conn, secrets, filter, most) } else { Err(ListError::NotFound) }
}

/// A booking just moved, as it now stands.
pub fn story(conn: &mut Conn, secrets: &Secrets, moved: Appointment) -> Result<Story, ListError> {
    told(conn, secrets, vec![moved])?.pop().ok_or(ListError::NotFound)
}

/// Bookings with all that is told of them.
pub fn told(conn: &mut Conn, secrets: &Secrets, found: Vec<Appointment>) -> Result<Vec<Story>, ListError> {
    let patients: Vec<PatientId> = found.iter().map(|a| a.patient).collect();
    let names = patient::names(conn, &patients)?;
    let ids: Vec<AppointmentId> = found.iter().map(|a| a.id).collect();
    let steps = appointment_event::of(conn, &ids)?;
    let mut stories = Vec::with_capacity(found.len());
    for appointment in found {
        let id = appointment.id;
        let note = appointment::note(conn, id)?;
        let note = note.map(|sealed| opened(secrets, &note_context(id), &sealed)).transpose()?;
        let mut history = Vec::new();
        for (_, step) in steps.iter().filter(|(of, _)| *of == id) {
            let reason = step.reason.as_deref().map(|s| opened(secrets, &reason_context(id, step.number), s));
            history.push(Told {
                at: step.at,
                actor: step.actor,
                actor_role: step.actor_role.clone(),
                from: step.from,
                to: step.to,
                reason: reason.transpose()?.unwrap_or_default(),
            });
        }
        let patient_name = names.get(&appointment.patient).cloned().unwrap_or_default();
        stories.push(Story { appointment, patient_name, note, history });
    }
    Ok(stories)
}
