//! Takes time off, and takes it back.
//!
//! **Invariant:** time off never cancels a booking; those inside it are told,
//! and kept.

use chrono::{DateTime, Duration, Utc};

use crate::{
    domain::{
        appointment::Appointment,
        change::Change,
        id::{PractitionerId, TimeOffId},
        period::Period,
    },
    store::{
        Conn, StoreError, Tx, appointment,
        audit::Entry,
        time_off::{self, TimeOff},
    },
};

use super::{
    join_waitlist,
    manage_practitioner::{Keeper, kept, kept_alone},
};

/// Longest time off.
pub const LONGEST: Duration = Duration::days(366);
/// Most times off that have not passed.
pub const MOST_AHEAD: usize = 400;

/// A time off asked for.
#[derive(Debug, Clone)]
pub struct TakeTimeOff {
    /// Who.
    pub practitioner: PractitionerId,
    /// By whom.
    pub keeper: Keeper,
    /// When.
    pub period: Period,
    /// Why, for themselves.
    pub reason: String,
}

/// A time off to be given back.
#[derive(Debug, Clone, Copy)]
pub struct GiveBack {
    /// Whose.
    pub practitioner: PractitionerId,
    /// Which.
    pub time_off: TimeOffId,
    /// By whom.
    pub keeper: Keeper,
}

/// Why a time off was not noted or given back.
#[derive(Debug, thiserror::Error)]
pub enum TimeOffError {
    /// Unknown, or somebody else's.
    #[error("there is no such time off")]
    NotFound,
    /// As many as there may be.
    #[error("a practitioner has at most {MOST_AHEAD} times off ahead")]
    TooMany,
    /// It failed.
    #[error("the time off could not be stored")]
    Store(#[from] StoreError),
}

/// Notes a time off; with it the bookings that lie inside.
pub fn take(tx: &mut Tx, wish: &TakeTimeOff) -> Result<(TimeOff, Vec<Appointment>), TimeOffError> {
    let id = wish.practitioner;
    kept_alone(tx, id, wish.keeper)?.ok_or(TimeOffError::NotFound)?;
    let now = tx.now();
    if time_off::of(tx, &[id], now)?.len() >= MOST_AHEAD {
        return Err(TimeOffError::TooMany);
    }
    let taken =
        TimeOff { id: tx.new_id(), practitioner: id, period: wish.period, reason: wish.reason.clone() };
    time_off::insert(tx, &taken)?;
    tx.announce(Change::Profile(id));
    tx.audit(Entry::new("time_off.create", "time_off", taken.id));
    let affected = inside(tx, id, wish.period, now)?;
    Ok((taken, affected))
}

fn inside(
    conn: &mut Conn,
    practitioner: PractitionerId,
    away: Period,
    now: DateTime<Utc>,
) -> Result<Vec<Appointment>, StoreError> {
    let mut ahead = appointment::upcoming(conn, practitioner, now)?;
    ahead.retain(|visit| visit.visit.overlaps(away));
    Ok(ahead)
}

/// Times off by start, after one of them, at most `most`; `None` where the record is unknown or somebody else's.
pub fn list(
    conn: &mut Conn,
    practitioner: PractitionerId,
    keeper: Keeper,
    after: Option<(DateTime<Utc>, TimeOffId)>,
    most: i64,
) -> Result<Option<Vec<TimeOff>>, StoreError> {
    if kept(conn, practitioner, keeper)?.is_none() {
        return Ok(None);
    }
    time_off::list(conn, practitioner, after, most).map(Some)
}

/// One time off, to its keeper.
pub fn show(
    conn: &mut Conn,
    practitioner: PractitionerId,
    keeper: Keeper,
    id: TimeOffId,
) -> Result<Option<TimeOff>, StoreError> {
    if kept(conn, practitioner, keeper)?.is_none() {
        return Ok(None);
    }
    time_off::find(conn, practitioner, id)
}

/// Gives a time off back.
pub fn give_back(tx: &mut Tx, wish: &GiveBack) -> Result<(), TimeOffError> {
    kept_alone(tx, wish.practitioner, wish.keeper)?.ok_or(TimeOffError::NotFound)?;
    if !time_off::delete(tx, wish.practitioner, wish.time_off)? {
        return Err(TimeOffError::NotFound);
    }
    tx.announce(Change::Profile(wish.practitioner));
    tx.audit(Entry::new("time_off.delete", "time_off", wish.time_off));
    join_waitlist::look_soon(tx, wish.practitioner)?;
    Ok(())
}
