//! The steps in a booking's life, and the words people give with them.
//!
//! **Invariant:** words are sealed for exactly the step they belong to.

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        id::AppointmentId,
    },
    secret::{Sealer, SecretError},
    store::{
        StoreError, Tx,
        appointment_event::{self, Step},
    },
};

use super::Secrets;

/// A step to be written down; its end is the booking's status now.
#[derive(Debug, Clone, Copy)]
pub struct Move<'a> {
    /// Status before; none for the booking itself.
    pub from: Option<AppointmentStatus>,
    /// In which part: `patient`, `practitioner`, `admin` or `system`.
    pub role: &'static str,
    /// Why; may be empty.
    pub reason: &'a str,
}

/// Why a step could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Words could not be sealed or opened.
    #[error("the words of a step could not be sealed or opened")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("a step could not be stored")]
    Store(#[from] StoreError),
}

impl From<HistoryError> for super::book::BookError {
    fn from(err: HistoryError) -> Self {
        match err {
            HistoryError::Secret(err) => Self::Secret(err),
            HistoryError::Store(err) => Self::Store(err),
        }
    }
}

/// What a booking's note is sealed for.
#[must_use]
pub fn note_context(id: AppointmentId) -> String {
    format!("appointment/note/{id}")
}

/// What the words of a step are sealed for.
#[must_use]
pub fn reason_context(id: AppointmentId, number: i32) -> String {
    format!("appointment_event/reason/{id}/{number}")
}

/// Writes a step down.
pub fn add(tx: &mut Tx, sealer: &Sealer, now: &Appointment, step: &Move<'_>) -> Result<(), HistoryError> {
    let number = match step.from {
        None => 0,
        Some(_) => appointment_event::next_number(tx, now.id)?,
    };
    let reason = match step.reason {
        "" => None,
        words => Some(sealer.seal(&reason_context(now.id, number), words.as_bytes())?),
    };
    let step = Step {
        number,
        at: tx.now(),
        // What happens by itself is nobody's doing, in whoever's request it came to light.
        actor: tx.context().actor.filter(|_| step.role != "system"),
        actor_role: step.role.to_owned(),
        from: step.from,
        to: now.status,
        reason,
    };
    Ok(appointment_event::insert(tx, &[(now.id, step)])?)
}

/// Writes down that bookings were made, each by the account that asked for it.
pub fn begin(tx: &mut Tx, made: &[Appointment]) -> Result<(), HistoryError> {
    let at = tx.now();
    let step = |booked: &Appointment| Step {
        number: 0,
        at,
        actor: Some(booked.account),
        actor_role: "patient".to_owned(),
        from: None,
        to: booked.status,
        reason: None,
    };
    let steps: Vec<(AppointmentId, Step)> = made.iter().map(|booked| (booked.id, step(booked))).collect();
    Ok(appointment_event::insert(tx, &steps)?)
}

/// Opens sealed words.
pub fn opened(secrets: &Secrets, context: &str, sealed: &[u8]) -> Result<String, SecretError> {
    let words = secrets.sealer.open(context, sealed)?;
    Ok(String::from_utf8_lossy(&words).into_owned())
}
