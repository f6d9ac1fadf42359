//! Takes a patient's answers to the contraindications, and shows them to the few who may see them.
//!
//! **Invariant:** answers are readable for their patient's account and for a practitioner
//! whose appointment rests on them, who leaves a trace; for nobody else.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use crate::{
    domain::{
        id::{AccountId, PatientId, PractitionerId, ScreeningId},
        screening::{AnswerError, Answers, Clearance, Outcome, Screening, VALID_DAYS},
    },
    secret::{Sealer, SecretError, mac::sha256_hex},
    store::{Conn, StoreError, Tx, audit::Entry, clearance, contraindication, patient, screening},
};

/// A patient's answers.
#[derive(Clone)]
pub struct Screen {
    /// Whose.
    pub patient: PatientId,
    /// Who answered.
    pub account: AccountId,
    /// To which list.
    pub version: i32,
    /// What.
    pub answers: Answers,
    /// Seals them.
    pub sealer: Arc<Sealer>,
}

/// Why answers were not taken or shown.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// Unknown, or not theirs to read.
    #[error("there is no such screening")]
    NotFound,
    /// Another list than the one in force, whose number this is.
    #[error("the list of contraindications is now version {0}; read it again and answer that one")]
    Changed(i32),
    /// The answers do not fit the list.
    #[error("the answers do not fit the list")]
    Answers(Vec<AnswerError>),
    /// They could not be sealed or opened.
    #[error("the answers could not be sealed or opened")]
    Secret(#[from] SecretError),
    /// What was sealed does not read as answers.
    #[error("the stored answers cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// It failed.
    #[error("the answers could not be stored or read")]
    Store(#[from] StoreError),
}

/// A screening with what is sealed of it, opened.
#[derive(Clone)]
pub struct Opened {
    /// What is stored in the open.
    pub screening: Screening,
    /// What was answered.
    pub answers: Answers,
    /// A clinician's agreement, and when it was added.
    pub clearance: Option<(DateTime<Utc>, Clearance)>,
}

/// Takes answers to the list in force. A "no" after a "yes" of the last days stays a "yes".
pub fn screen(tx: &mut Tx, wish: &Screen) -> Result<Screening, ScreenError> {
    tx.serialise(&[wish.patient.into()])?;
    if !patient::is_in_care_of(tx, wish.patient, wish.account)? {
        return Err(ScreenError::NotFound);
    }
    let list = contraindication::current(tx)?;
    if list.version != wish.version {
        return Err(ScreenError::Changed(list.version));
    }
    let said = list.check(&wish.answers.answers, &wish.answers.acknowledged).map_err(ScreenError::Answers)?;
    let now = tx.now();
    let earlier = screening::said_yes_since(tx, wish.patient, now - Duration::days(VALID_DAYS))?;
    let id: ScreeningId = tx.new_id();
    let new = Screening {
        id,
        patient: wish.patient,
        version: list.version,
        outcome: said.after(earlier.then_some(Outcome::NeedsClearance)),
        created_at: now,
        valid_until: Screening::valid_until(now),
        text_sha256: sha256_hex(list.canonical_text().as_bytes()),
        has_clearance: false,
    };
    let sealed = wish.sealer.seal(&place_of_answers(id), &serde_json::to_vec(&wish.answers)?)?;
    screening::insert(tx, &new, said, wish.account, &sealed)?;
    tx.audit(Entry::new("screening.create", "screening", id).with(json!({"version": new.version})));
    Ok(new)
}

/// A page of the screenings of one of an account's patients, newest first, at most `most`.
pub fn of_patient(
    conn: &mut Conn,
    account: AccountId,
    patient: PatientId,
    after: Option<(DateTime<Utc>, ScreeningId)>,
    most: i64,
    sealer: &Sealer,
) -> Result<Vec<Opened>, ScreenError> {
    if patient::account_of(conn, patient)? != Some(account) {
        return Err(ScreenError::NotFound);
    }
    let found = screening::of_patient(conn, patient, after, most)?;
    found.into_iter().map(|screening| open(conn, screening, sealer)).collect()
}

/// A screening of one of an account's patients.
pub fn own(
    conn: &mut Conn,
    account: AccountId,
    id: ScreeningId,
    sealer: &Sealer,
) -> Result<Option<Opened>, ScreenError> {
    let Some(found) = screening::find(conn, id)? else { return Ok(None) };
    if patient::account_of(conn, found.patient)? != Some(account) {
        return Ok(None);
    }
    open(conn, found, sealer).map(Some)
}

/// Shows a screening to a practitioner with an appointment that rests on it. The reading is
/// written down: it is what a clearance must have had before such an appointment is confirmed.
pub fn read(
    tx: &mut Tx,
    practitioner: PractitionerId,
    id: ScreeningId,
    sealer: &Sealer,
) -> Result<Opened, ScreenError> {
    tx.serialise(&[id.into()])?;
    if !screening::concerns(tx, id, practitioner)? {
        return Err(ScreenError::NotFound);
    }
    let found = screening::find(tx, id)?.ok_or(ScreenError::NotFound)?;
    let opened = open(tx, found, sealer)?;
    let now = tx.now();
    screening::note_reading(tx, id, practitioner, now)?;
    let detail = json!({"practitioner": practitioner});
    tx.audit(Entry::new("screening.read", "screening", id).with(detail));
    Ok(opened)
}

fn open(conn: &mut Conn, found: Screening, sealer: &Sealer) -> Result<Opened, ScreenError> {
    let sealed = screening::sealed(conn, found.id)?;
    let answers = serde_json::from_slice(&sealer.open(&place_of_answers(found.id), &sealed)?)?;
    let clearance = match clearance::find(conn, found.id)? {
        Some((at, sealed)) => {
            Some((at, serde_json::from_slice(&sealer.open(&place_of_clearance(found.id), &sealed)?)?))
        }
        None => None,
    };
    Ok(Opened { screening: found, answers, clearance })
}

/// What the seal on answers is bound to.
fn place_of_answers(id: ScreeningId) -> String {
    format!("screening/sealed/{id}")
}

/// What the seal on a clearance is bound to.
pub fn place_of_clearance(screening: ScreeningId) -> String {
    format!("clearance/sealed/{screening}")
}
