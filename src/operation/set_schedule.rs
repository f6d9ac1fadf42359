//! Sets a practitioner's hours, whole, and tells which bookings they leave out.
//!
//! **Invariant:** hours never move or cancel a booking; what lies outside them
//! now is told, and kept.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        appointment::Appointment,
        change::Change,
        id::{LocationId, PractitionerId, ServiceId},
        period::{Period, merge},
        schedule::{Schedule, ScheduleError, Spot},
    },
    store::{Conn, StoreError, Tx, appointment, audit::Entry, listing, location, schedule, service},
};

use super::{
    join_waitlist,
    manage_practitioner::{Keeper, kept, kept_alone},
};

/// Most weekly windows.
pub const MOST_WEEKLY: usize = 200;
/// Most exceptions.
pub const MOST_EXCEPTIONS: usize = 400;

/// New hours.
#[derive(Debug, Clone)]
pub struct SetSchedule {
    /// Whose.
    pub practitioner: PractitionerId,
    /// By whom.
    pub keeper: Keeper,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
    /// The hours.
    pub schedule: Schedule,
}

/// Hours as they stand.
#[derive(Debug, Clone)]
pub struct Hours {
    /// The hours.
    pub schedule: Schedule,
    /// 0 before they were first set.
    pub version: i64,
    /// Bookings ahead that lie outside them.
    pub affected: Vec<Appointment>,
}

/// Something hours name that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No such place of the practitioner's.
    #[error("is not a place of this practitioner")]
    Location,
    /// No such service of the practitioner's.
    #[error("is not a service of this practitioner")]
    Service,
}

/// Why hours were not set.
#[derive(Debug, thiserror::Error)]
pub enum SetScheduleError {
    /// Unknown, or somebody else's.
    #[error("there is no such practitioner")]
    NotFound,
    /// Changed since they read it.
    #[error("the schedule was changed in the meantime")]
    Stale,
    /// The hours contradict themselves.
    #[error("{} of the hours are not acceptable", .0.len())]
    Faulty(Vec<ScheduleError>),
    /// They name what is not there; each with its JSON pointer.
    #[error("{} of the hours name what is not there", .0.len())]
    Unknown(Vec<(String, Missing)>),
    /// It failed.
    #[error("the schedule could not be stored")]
    Store(#[from] StoreError),
}

/// Hours with the bookings outside them; `None` where the record is unknown or somebody else's.
pub fn show(
    conn: &mut Conn,
    practitioner: PractitionerId,
    keeper: Keeper,
    now: DateTime<Utc>,
) -> Result<Option<Hours>, StoreError> {
    let Some(record) = kept(conn, practitioner, keeper)? else { return Ok(None) };
    let set = schedule::find(conn, practitioner)?;
    let (schedule, version) = set.unwrap_or_else(|| (listing::no_hours(&record), 0));
    let affected = outside(&schedule, appointment::upcoming(conn, practitioner, now)?);
    Ok(Some(Hours { schedule, version, affected }))
}

/// What setting the hours would answer, and refuse. Changes nothing.
pub fn preview(conn: &mut Conn, wish: &SetSchedule, now: DateTime<Utc>) -> Result<Hours, SetScheduleError> {
    kept(conn, wish.practitioner, wish.keeper)?.ok_or(SetScheduleError::NotFound)?;
    let version = acceptable(conn, wish)?;
    let ahead = appointment::upcoming(conn, wish.practitioner, now)?;
    Ok(Hours { schedule: wish.schedule.clone(), version, affected: outside(&wish.schedule, ahead) })
}

/// The version that the hours wished for would replace, where they may.
fn acceptable(conn: &mut Conn, wish: &SetSchedule) -> Result<i64, SetScheduleError> {
    let id = wish.practitioner;
    let before = schedule::find(conn, id)?.map_or(0, |(_, version)| version);
    if wish.seen.is_some_and(|seen| seen != before) {
        return Err(SetScheduleError::Stale);
    }
    let missing = missing(conn, id, &wish.schedule)?;
    if !missing.is_empty() {
        return Err(SetScheduleError::Unknown(missing));
    }
    wish.schedule.check().map_err(SetScheduleError::Faulty)?;
    Ok(before)
}

/// Sets the hours.
pub fn set_schedule(tx: &mut Tx, wish: &SetSchedule) -> Result<Hours, SetScheduleError> {
    let id = wish.practitioner;
    kept_alone(tx, id, wish.keeper)?.ok_or(SetScheduleError::NotFound)?;
    let version = acceptable(tx, wish)? + 1;
    schedule::put(tx, id, &wish.schedule, version)?;
    tx.announce(Change::Profile(id));
    let detail = serde_json::json!({"version": version});
    tx.audit(Entry::new("schedule.set", "practitioner", id).with(detail));
    join_waitlist::look_soon(tx, id)?;
    let now = tx.now();
    let affected = outside(&wish.schedule, appointment::upcoming(tx, id, now)?);
    Ok(Hours { schedule: wish.schedule.clone(), version, affected })
}

/// Places and services that hours name and the practitioner does not have.
fn missing(
    conn: &mut Conn,
    practitioner: PractitionerId,
    hours: &Schedule,
) -> Result<Vec<(String, Missing)>, StoreError> {
    let places: HashSet<LocationId> =
        location::of(conn, &[practitioner])?.into_iter().map(|place| place.id).collect();
    let services: HashSet<ServiceId> =
        service::of(conn, &[practitioner])?.into_iter().map(|service| service.id).collect();
    let mut missing = Vec::new();
    for (nth, weekly) in hours.weekly.iter().enumerate() {
        let spot = Spot::Weekly(nth);
        if !places.contains(&weekly.location) {
            missing.push((format!("{spot}/location_id"), Missing::Location));
        }
        for (which, service) in weekly.services.iter().flatten().enumerate() {
            if !services.contains(service) {
                missing.push((format!("{spot}/service_ids/{which}"), Missing::Service));
            }
        }
    }
    for (nth, exception) in hours.exceptions.iter().enumerate() {
        for (which, window) in exception.windows.iter().enumerate() {
            if !places.contains(&window.location) {
                let spot = Spot::ExceptionWindow(nth, which);
                missing.push((format!("{spot}/location_id"), Missing::Location));
            }
        }
    }
    Ok(missing)
}

/// Those of the visits that do not lie inside hours at their place for their service.
fn outside(hours: &Schedule, mut ahead: Vec<Appointment>) -> Vec<Appointment> {
    ahead.retain(|visit| {
        let windows = hours.windows(visit.visit).into_iter();
        let fitting = windows.filter(|w| w.location == visit.location && w.is_for(visit.service));
        let open: Vec<Period> = fitting.map(|window| window.period).collect();
        !merge(&open).iter().any(|open| open.contains(visit.visit))
    });
    ahead
}
