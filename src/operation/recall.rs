//! Finds appointments that were agreed and may not take place as things stand, freezes them, and
//! releases them when things are well again.
//!
//! **Invariant:** an appointment ahead is frozen for exactly what [`Standing::blockers`] says of
//! its place and its local date, unless an admin let that very state of things pass.
//!
//! [`Standing::blockers`]: crate::domain::practitioner::Standing::blockers

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        attention::{Attention, Reason},
        change::Change,
        id::{AccountId, AppointmentId, LocationId, PatientId, PractitionerId, ScreeningId},
        listing::Listing,
        location::Location,
        schedule::local_date,
        screening::Outcome,
    },
    secret::SecretError,
    store::{
        Conn, StoreError, Tx, appointment, attention, audit::Entry, busy_time, contraindication, listing,
        location, practitioner, screening,
    },
};

use super::{
    App, Secrets,
    attend::{self, Asker, Part},
    chores::{self, ChoreError},
    history::{self, HistoryError, Move},
    lapse,
    list_appointments::ListError,
    tell_both::{News, TellError, tell_of_all},
};

/// How many appointments are told of in one transaction.
const TOLD_AT_ONCE: i64 = 100;

/// Looks again at the appointments of everybody whose standing this transaction may have changed.
pub fn follow(tx: &mut Tx) -> Result<(), StoreError> {
    let touched: Vec<PractitionerId> = tx
        .announced()
        .iter()
        .filter_map(|change| match change {
            Change::Profile(id) => Some(*id),
            Change::Calendar(_) | Change::Times(..) => None,
        })
        .collect();
    touched.into_iter().try_for_each(|id| look_again(tx, id))
}

/// Freezes the appointments ahead of a practitioner that may not take place now, and releases those that may again.
pub fn look_again(tx: &mut Tx, practitioner: PractitionerId) -> Result<(), StoreError> {
    let now = tx.now();
    let ahead = appointment::open(tx, practitioner, now)?;
    if ahead.is_empty() {
        return Ok(());
    }
    let Some(listing) = listing::find_unclaimed(tx, practitioner, now)? else { return Ok(()) };
    let ids: Vec<AppointmentId> = ahead.iter().map(|booked| booked.id).collect();
    let places = places_of(tx, &ahead)?;
    let (kept, facts) = (attention::kept(tx, &ids)?, facts_of(&listing));
    let mut released: BTreeMap<Reason, Vec<AppointmentId>> = BTreeMap::new();
    let mut frozen: Vec<AppointmentId> = Vec::new();
    for booked in &ahead {
        let stands = standing_reasons(&listing, &places, booked);
        for reason in Reason::OF_STANDING {
            let held = kept.get(&(booked.id, reason));
            let passes = held.is_some_and(|held| held.resolved_against.as_deref() == Some(&facts));
            let is_frozen = held.is_some_and(|held| held.standing);
            match (stands.contains(&reason), is_frozen) {
                (true, false) if !passes => {
                    attention::freeze(tx, booked.id, reason)?;
                    frozen.push(booked.id);
                }
                (false, _) if held.is_some() => released.entry(reason).or_default().push(booked.id),
                _ => {}
            }
        }
    }
    for (reason, ids) in &released {
        attention::release(tx, ids, *reason)?;
    }
    let released: Vec<AppointmentId> = released.into_values().flatten().collect();
    note(tx, practitioner, &frozen, &released)
}

/// Raises the versions of the appointments that show something else now, and leaves a trace.
fn note(
    tx: &mut Tx,
    practitioner: PractitionerId,
    frozen: &[AppointmentId],
    released: &[AppointmentId],
) -> Result<(), StoreError> {
    let mut touched: Vec<AppointmentId> = frozen.iter().chain(released).copied().collect();
    touched.sort_unstable();
    touched.dedup();
    if touched.is_empty() {
        return Ok(());
    }
    appointment::raise_versions(tx, &touched)?;
    let detail = json!({"frozen": frozen.len(), "released": released.len()});
    tx.audit(Entry::new("recall.look", "practitioner", practitioner).with(detail));
    Ok(())
}

fn places_of(conn: &mut Conn, all: &[Appointment]) -> Result<HashMap<LocationId, Location>, StoreError> {
    let mut ids: Vec<LocationId> = all.iter().map(|booked| booked.location).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(location::among(conn, &ids)?.into_iter().map(|place| (place.id, place)).collect())
}

/// What the one rule of eligibility has against an appointment as things stand.
#[must_use]
pub fn standing_reasons(
    listing: &Listing,
    places: &HashMap<LocationId, Location>,
    booked: &Appointment,
) -> Vec<Reason> {
    let Some(place) = places.get(&booked.location) else { return Vec::new() };
    let on = local_date(place.time_zone, booked.visit.start());
    let blockers = listing.standing().blockers(place, on);
    blockers.into_iter().filter_map(Reason::of).collect()
}

/// The facts a standing rests on, in a form that differs as soon as one of them does.
fn facts_of(listing: &Listing) -> String {
    let who = &listing.practitioner;
    let mut facts: Vec<String> =
        listing.credentials.iter().map(|held| format!("{} {}", held.id, held.version)).collect();
    facts.extend(listing.locations.iter().map(|place| format!("{} {}", place.id, place.region)));
    facts.sort_unstable();
    facts.push(format!(
        "{} excluded={} active={} closed={}",
        who.provider_type.code(),
        who.excluded,
        listing.account_active,
        who.closed
    ));
    facts.join("; ")
}

/// Why an appointment could not be freed.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// No such appointment, or not theirs to see.
    #[error("there is no such appointment")]
    NotFound,
    /// It is not frozen for that, or it is over.
    #[error("{0}")]
    NotFrozen(&'static str),
    /// The screening does not carry it.
    #[error("{0}")]
    ScreeningInvalid(String),
    /// Words could not be sealed.
    #[error("the note could not be sealed")]
    Secret(#[from] SecretError),
    /// It failed.
    #[error("the appointment could not be changed")]
    Store(#[from] StoreError),
}

impl From<ListError> for RecallError {
    fn from(err: ListError) -> Self {
        match err {
            ListError::NotFound => Self::NotFound,
            ListError::Secret(err) => Self::Secret(err),
            ListError::Store(err) => Self::Store(err),
        }
    }
}

impl From<HistoryError> for RecallError {
    fn from(err: HistoryError) -> Self {
        match err {
            HistoryError::Secret(err) => Self::Secret(err),
            HistoryError::Store(err) => Self::Store(err),
        }
    }
}

/// An admin's word that an appointment may take place all the same.
#[derive(Debug, Clone)]
pub struct Resolve {
    /// Which.
    pub appointment: AppointmentId,
    /// What is let pass; never the contraindications.
    pub reason: Reason,
    /// By whom.
    pub admin: AccountId,
    /// Why; sealed.
    pub note: String,
}

/// Lets one reason pass until something about the practitioner's standing changes again.
pub fn resolve(tx: &mut Tx, secrets: &Secrets, wish: &Resolve) -> Result<(), RecallError> {
    let found = appointment::find(tx, wish.appointment)?.ok_or(RecallError::NotFound)?;
    tx.serialise(&[found.practitioner.into(), found.patient.into()])?;
    let now = tx.now();
    let listing = listing::find_unclaimed(tx, found.practitioner, now)?.ok_or(RecallError::NotFound)?;
    let context = format!("appointment_attention/note/{}/{}", wish.appointment, wish.reason.code());
    let note = secrets.sealer.seal(&context, wish.note.as_bytes())?;
    let facts = facts_of(&listing);
    if !attention::resolve(tx, wish.appointment, wish.reason, wish.admin, &facts, note)? {
        return Err(RecallError::NotFrozen("this appointment is not frozen for that reason"));
    }
    appointment::raise_versions(tx, &[wish.appointment])?;
    let detail = json!({"reason": wish.reason.code()});
    tx.audit(Entry::new("recall.resolve", "appointment", wish.appointment).with(detail));
    Ok(())
}

/// A frozen appointment with what freezes it.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// Which.
    pub appointment: Appointment,
    /// Why.
    pub attention: Vec<Attention>,
}

/// Frozen appointments by start, at most `most`.
pub fn list(conn: &mut Conn, filter: &attention::Filter, most: i64) -> Result<Vec<Frozen>, StoreError> {
    let ids = attention::list(conn, filter, most)?;
    let mut standing = attention::standing(conn, &ids)?;
    let frozen = |appointment: Appointment| {
        let attention = standing.remove(&appointment.id).unwrap_or_default();
        Frozen { appointment, attention }
    };
    Ok(appointment::among(conn, &ids)?.into_iter().map(frozen).collect())
}

/// Freezes appointments whose patients answered a list no longer in force.
pub fn freeze_outdated(tx: &mut Tx, ids: &[AppointmentId]) -> Result<(), StoreError> {
    for id in ids {
        attention::freeze(tx, *id, Reason::Contraindications)?;
    }
    appointment::raise_versions(tx, ids)
}

/// Rests an appointment on answers to the list in force, and frees it as far as the list had frozen it.
pub fn answer_again(
    tx: &mut Tx,
    secrets: &Secrets,
    id: AppointmentId,
    asker: Asker,
    answers: ScreeningId,
) -> Result<Appointment, RecallError> {
    let first = appointment::find(tx, id)?.ok_or(RecallError::NotFound)?;
    tx.serialise(&[first.practitioner.into(), first.patient.into()])?;
    let before = appointment::find(tx, id)?.ok_or(RecallError::NotFound)?;
    if attend::part(tx, &before, asker)? != Some(Part::Patient) {
        return Err(RecallError::NotFound);
    }
    let is_open = before.status.is_active() && before.status != AppointmentStatus::Fulfilled;
    if !is_open || before.has_lapsed_at(tx.now()) {
        return Err(RecallError::NotFrozen(
            "only an appointment still to take place can rest on other answers",
        ));
    }
    let outcome = checked(tx, before.patient, answers)?;
    // A clearance is read before the visit is agreed to.
    let asks_again = outcome == Outcome::NeedsClearance;
    if asks_again && (before.status == AppointmentStatus::Arrived || tx.now() >= before.visit.start()) {
        let why = "these answers need a clearance to be read first, and the visit has begun";
        return Err(RecallError::ScreeningInvalid(why.to_owned()));
    }
    let status = if asks_again { AppointmentStatus::Pending } else { before.status };
    let lapses_at = match before.status {
        AppointmentStatus::Booked if asks_again => Some(lapses_at(tx, &before)?),
        _ => before.lapses_at,
    };
    let after =
        Appointment { screening: answers, status, lapses_at, version: before.version + 1, ..before.clone() };
    appointment::update(tx, &after)?;
    busy_time::update_lapse(tx, id.into(), lapses_at)?;
    history::add(
        tx,
        &secrets.sealer,
        &after,
        &Move { from: Some(before.status), role: "patient", reason: "" },
    )?;
    attention::release(tx, &[id], Reason::Contraindications)?;
    tx.audit(
        Entry::new("appointment.answer_again", "appointment", id)
            .with(json!({"screening": answers, "status": status.code()})),
    );
    tx.announce(Change::Times(after.practitioner, after.busy));
    Ok(after)
}

/// When a booking lapses that has to be confirmed again.
fn lapses_at(tx: &mut Tx, booked: &Appointment) -> Result<DateTime<Utc>, StoreError> {
    let owner = practitioner::find(tx, booked.practitioner)?;
    let terms = owner.map(|owner| owner.terms).unwrap_or_default();
    Ok(lapse::at(tx, &terms, booked.visit))
}

fn checked(tx: &mut Tx, patient: PatientId, answers: ScreeningId) -> Result<Outcome, RecallError> {
    let invalid = |why: String| RecallError::ScreeningInvalid(why);
    let found = screening::find(tx, answers)?;
    let found = found.ok_or_else(|| invalid("there is no such screening of this patient".to_owned()))?;
    let version = contraindication::current_version(tx)?;
    found.carries(patient, version, tx.now()).map_err(|refusal| invalid(refusal.to_string()))?;
    Ok(found.outcome)
}

/// Tells both sides what was frozen or released since they last heard.
pub fn tell(app: &App) -> Result<(), ChoreError> {
    loop {
        let untold = app.store().read_blocking(|conn| attention::untold(conn, TOLD_AT_ONCE))?;
        if untold.is_empty() {
            return Ok(());
        }
        let secrets = app.secrets();
        app.store().write_blocking(chores::system(app), move |tx| tell_some(tx, &secrets, &untold))?;
    }
}

/// One patient's appointments with one practitioner at one place, of which the same is to be told.
type Group = (PractitionerId, PatientId, LocationId, &'static str, bool);

fn tell_some(tx: &mut Tx, secrets: &Secrets, ids: &[AppointmentId]) -> Result<(), TellError> {
    let kept = attention::kept(tx, ids)?;
    let any = |id: AppointmentId, said: fn(&attention::Kept) -> bool| {
        Reason::ALL.iter().any(|reason| kept.get(&(id, *reason)).is_some_and(said))
    };
    let mut groups: BTreeMap<Group, Vec<Appointment>> = BTreeMap::new();
    for booked in appointment::among(tx, ids)? {
        let (was, is) = (any(booked.id, |kept| kept.known), any(booked.id, |kept| kept.standing));
        if was != is {
            let group = (booked.practitioner, booked.patient, booked.location, booked.status.code(), is);
            groups.entry(group).or_default().push(booked);
        }
    }
    for ((.., is_frozen), all) in groups {
        let news = if is_frozen { News::Frozen } else { News::Released };
        tell_of_all(tx, &secrets.sealer, &all, news)?;
    }
    Ok(attention::note_told(tx, ids)?)
}
