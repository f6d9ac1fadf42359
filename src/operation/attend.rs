//! The life of a booking between its making and its end: confirm, decline,
//! arrive, fulfil, no-show, cancel.
//!
//! **Invariant:** status moves only as [`AppointmentStatus::may_become`] allows,
//! every move is a step of the history, and a booking that ends gives its time back.

use chrono::Duration;
use serde_json::json;

use crate::{
    domain::{
        appointment::{Appointment, AppointmentStatus},
        attention::Reason,
        change::Change,
        id::{AccountId, AppointmentId, PractitionerId},
        practitioner::Blocker,
        schedule::local_date,
        screening::Outcome,
    },
    secret::{Sealer, SecretError},
    store::{
        Conn, StoreError, Tx, appointment, attention, audit::Entry, busy_time, listing, patient, screening,
    },
};

use super::{
    Secrets,
    history::{self, HistoryError, Move},
    lapse,
    list_appointments::ListError,
    offer_on,
    tell_both::{News, tell_both},
};

/// How long before the start somebody may arrive.
const ARRIVES_FROM: Duration = Duration::hours(1);

/// Who asks, as far as bookings go.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// The account.
    pub account: AccountId,
    /// Its practitioner record, if any.
    pub practitioner: Option<PractitionerId>,
    /// Whether it oversees.
    pub is_admin: bool,
}

/// In which part somebody stands to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is theirs, or of somebody in their care.
    Patient,
    /// They treat.
    Practitioner,
    /// They oversee.
    Admin,
}

impl Part {
    /// As written in the history.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Practitioner => "practitioner",
            Self::Admin => "admin",
        }
    }
}

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The practitioner agrees.
    Confirm,
    /// The practitioner does not.
    Decline,
    /// The patient is there.
    Arrive,
    /// It took place.
    Fulfil,
    /// The patient did not come.
    NoShow,
    /// Somebody calls it off.
    Cancel,
}

impl Act {
    fn leads_to(self) -> AppointmentStatus {
        match self {
            Self::Confirm => AppointmentStatus::Booked,
            Self::Decline | Self::Cancel => AppointmentStatus::Cancelled,
            Self::Arrive => AppointmentStatus::Arrived,
            Self::Fulfil => AppointmentStatus::Fulfilled,
            Self::NoShow => AppointmentStatus::NoShow,
        }
    }

    /// As written in the trail.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Decline => "decline",
            Self::Arrive => "arrive",
            Self::Fulfil => "fulfil",
            Self::NoShow => "no_show",
            Self::Cancel => "cancel",
        }
    }

    /// What both sides hear of it; nothing of what they see themselves.
    #[must_use]
    pub fn news(self) -> Option<News> {
        match self {
            Self::Confirm => Some(News::Confirmed),
            Self::Decline | Self::Cancel => Some(News::Cancelled),
            Self::Arrive | Self::Fulfil | Self::NoShow => None,
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Confirm => "appointment.confirm",
            Self::Decline => "appointment.decline",
            Self::Arrive => "appointment.arrive",
            Self::Fulfil => "appointment.fulfil",
            Self::NoShow => "appointment.no_show",
            Self::Cancel => "appointment.cancel",
        }
    }
}

/// Why a step was refused.
#[derive(Debug, thiserror::Error)]
pub enum AttendError {
    /// No such booking, or not theirs to see.
    #[error("there is no such appointment")]
    NotFound,
    /// Theirs to see, but this step is the practitioner's.
    #[error("only the practitioner may do this")]
    NotYours,
    /// It is not as they have seen it.
    #[error("it was changed in the meantime")]
    Stale,
    /// The booking has come too far, or not far enough.
    #[error("{0}")]
    InvalidTransition(String),
    /// It is frozen.
    #[error("something about this appointment has to be cleared up first")]
    NeedsAttention(Vec<Reason>),
    /// A clearance waits to be read.
    #[error("read the patient's screening before you confirm: it rests on a clinician's clearance")]
    ClearanceUnread,
    /// The practitioner may not be booked there then any more.
    #[error("this practitioner cannot be booked there on that date")]
    NotBookable(Vec<Blocker>),
    /// Words could not be sealed.
    #[error("the reason could not be sealed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the step could not be stored")]
    Store(#[from] StoreError),
}

impl From<HistoryError> for AttendError {
    fn from(err: HistoryError) -> Self {
        match err {
            HistoryError::Secret(err) => Self::Secret(err),
            HistoryError::Store(err) => Self::Store(err),
        }
    }
}

impl From<ListError> for AttendError {
    fn from(err: ListError) -> Self {
        match err {
            ListError::NotFound => Self::NotFound,
            ListError::Secret(err) => Self::Secret(err),
            ListError::Store(err) => Self::Store(err),
        }
    }
}

/// In which part the asker stands to a booking; none where it is not theirs to see.
pub fn part(conn: &mut Conn, booked: &Appointment, asker: Asker) -> Result<Option<Part>, StoreError> {
    if asker.practitioner == Some(booked.practitioner) {
        return Ok(Some(Part::Practitioner));
    }
    if patient::account_of(conn, booked.patient)? == Some(asker.account) {
        return Ok(Some(Part::Patient));
    }
    Ok(asker.is_admin.then_some(Part::Admin))
}

/// Takes one step and tells both sides of it, or says why not; with `seen`, only from that version.
pub fn attend(
    tx: &mut Tx,
    secrets: &Secrets,
    id: AppointmentId,
    asker: Asker,
    act: Act,
    seen: Option<i64>,
    reason: &str,
) -> Result<Appointment, AttendError> {
    let after = step(tx, secrets, id, asker, act, seen, reason)?;
    if let Some(news) = act.news() {
        tell_both(tx, &secrets.sealer, &after, news).map_err(HistoryError::from)?;
    }
    Ok(after)
}

/// Takes one step, of a series or alone, or says why not; whom to tell is the caller's to say.
pub fn step(
    tx: &mut Tx,
    secrets: &Secrets,
    id: AppointmentId,
    asker: Asker,
    act: Act,
    seen: Option<i64>,
    reason: &str,
) -> Result<Appointment, AttendError> {
    let first = appointment::find(tx, id)?.ok_or(AttendError::NotFound)?;
    // The booking is read again once nobody else can change it.
    tx.serialise(&[first.practitioner.into(), first.patient.into()])?;
    let before = appointment::find(tx, id)?.ok_or(AttendError::NotFound)?;
    let part = part(tx, &before, asker)?.ok_or(AttendError::NotFound)?;
    if seen.is_some_and(|seen| seen != before.version) {
        return Err(AttendError::Stale);
    }
    if part == Part::Patient && act != Act::Cancel {
        return Err(AttendError::NotYours);
    }
    let frozen = attention::of(tx, id)?;
    check(tx, &before, part, act)?;
    if !frozen.is_empty() && matches!(act, Act::Confirm | Act::Fulfil) {
        return Err(AttendError::NeedsAttention(frozen));
    }
    if act == Act::Confirm {
        check_confirmable(tx, &before)?;
    }
    let mut after = moved(tx, &before, part, act);
    // Whoever calls off what may not take place anyway is not late.
    after.late = after.late && frozen.is_empty();
    if after.status.is_active() {
        appointment::update(tx, &after)?;
    } else {
        end(tx, &after)?;
    }
    if act == Act::Confirm {
        busy_time::update_lapse(tx, after.id.into(), None)?;
    }
    history::add(
        tx,
        &secrets.sealer,
        &after,
        &Move { from: Some(before.status), role: part.code(), reason },
    )?;
    tx.audit(
        Entry::new(act.action(), "appointment", id)
            .with(json!({"from": before.status.code(), "to": after.status.code(), "late": after.late})),
    );
    tx.announce(Change::Times(after.practitioner, after.busy));
    if after.status == AppointmentStatus::Cancelled {
        offer_on::look(tx, &secrets.sealer, after.practitioner).map_err(HistoryError::from)?;
    }
    Ok(after)
}

/// How a booking is called off that nobody calls off as such.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallOff {
    /// What the trail says.
    pub action: &'static str,
    /// In whose part: `patient`, or `system` for what follows from the clock.
    pub role: &'static str,
    /// What the history says.
    pub reason: &'static str,
    /// What both sides hear.
    pub news: News,
}

/// Its patient takes an earlier time in its place.
pub(super) const GIVEN_UP: CallOff = CallOff {
    action: "appointment.replace",
    role: "patient",
    reason: "an earlier time from the waitlist was taken instead",
    news: News::Cancelled,
};

/// Calls a booking off as a consequence of something else; that is never late. The caller keeps others out
/// of it, has made sure that it stands, and offers its time on.
pub(super) fn call_off(
    tx: &mut Tx,
    sealer: &Sealer,
    before: &Appointment,
    how: CallOff,
) -> Result<(), HistoryError> {
    let after = Appointment {
        status: AppointmentStatus::Cancelled,
        lapses_at: None,
        sequence: before.sequence + 1,
        version: before.version + 1,
        ..before.clone()
    };
    end(tx, &after)?;
    let step = Move { from: Some(before.status), role: how.role, reason: how.reason };
    history::add(tx, sealer, &after, &step)?;
    tell_both(tx, sealer, &after, how.news)?;
    let detail = json!({"from": before.status.code(), "to": after.status.code(), "late": after.late});
    let entry = Entry::new(how.action, "appointment", after.id).with(detail);
    tx.audit(if how.role == "system" { entry.by_itself() } else { entry });
    tx.announce(Change::Times(after.practitioner, after.busy));
    Ok(())
}

/// Writes a booking that does not stand any more: it gives its time back, and nothing keeps it frozen.
fn end(tx: &mut Tx, after: &Appointment) -> Result<(), StoreError> {
    appointment::update(tx, after)?;
    busy_time::delete(tx, after.id.into())?;
    attention::forget(tx, after.id)
}

fn check(tx: &Tx, booked: &Appointment, part: Part, act: Act) -> Result<(), AttendError> {
    let no = |why: String| Err(AttendError::InvalidTransition(why));
    let next = act.leads_to();
    if !booked.status.may_become(next) || (act == Act::Decline && booked.status != AppointmentStatus::Pending)
    {
        return no(format!("an appointment that is {} cannot become {}", booked.status.code(), next.code()));
    }
    let (now, start) = (tx.now(), booked.visit.start());
    match act {
        Act::Arrive if now < start - ARRIVES_FROM => {
            no("arrival counts from an hour before the start".to_owned())
        }
        Act::NoShow if now < start => no("a visit cannot be missed before it starts".to_owned()),
        Act::Cancel if part == Part::Patient && now >= start => {
            no("a visit that has started cannot be cancelled; please talk to the practitioner".to_owned())
        }
        Act::Confirm if booked.has_lapsed_at(now) => no(lapse::TOO_LATE.to_owned()),
        Act::Confirm if now >= start => no("the time of this request has passed".to_owned()),
        _ => Ok(()),
    }
}

fn check_confirmable(tx: &mut Tx, booked: &Appointment) -> Result<(), AttendError> {
    let screening = screening::find(tx, booked.screening)?.ok_or(AttendError::NotFound)?;
    if screening.outcome == Outcome::NeedsClearance
        && !screening::was_read_by(tx, booked.screening, booked.practitioner)?
    {
        return Err(AttendError::ClearanceUnread);
    }
    let now = tx.now();
    let listing = listing::find(tx, booked.practitioner, booked.busy, now)?.ok_or(AttendError::NotFound)?;
    let Some(place) = listing.locations.iter().find(|place| place.id == booked.location) else {
        return Ok(());
    };
    let blockers = listing.standing().blockers(place, local_date(place.time_zone, booked.visit.start()));
    if blockers.is_empty() { Ok(()) } else { Err(AttendError::NotBookable(blockers)) }
}

fn moved(tx: &Tx, before: &Appointment, part: Part, act: Act) -> Appointment {
    let tells_calendars = matches!(act, Act::Confirm | Act::Decline | Act::Cancel | Act::NoShow);
    Appointment {
        status: act.leads_to(),
        lapses_at: None,
        late: before.late || (act == Act::Cancel && part == Part::Patient && before.is_late_at(tx.now())),
        sequence: before.sequence + i32::from(tells_calendars),
        version: before.version + 1,
        ..before.clone()
    }
}
