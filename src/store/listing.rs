//! Practitioners with everything the directory and the slots need, many at once.
//!
//! The number of queries does not depend on how many practitioners, hours or
//! bookings there are.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

use crate::domain::{
    account::AccountStatus,
    id::PractitionerId,
    listing::{Busy, Listing},
    practitioner::Practitioner,
    schedule::Schedule,
};

use super::{
    account, busy_time, credential, location, practitioner, schedule, service, time_off,
    tx::{Conn, StoreError},
};

pub use practitioner::ids_after;

/// How far back claims are read: a visit in progress still stands in the way of the next.
const BEFORE_NOW: Duration = Duration::days(2);

/// Those of the practitioners that exist, by id.
pub fn load(conn: &mut Conn, ids: &[PractitionerId], now: DateTime<Utc>) -> Result<Vec<Listing>, StoreError> {
    let practitioners = practitioner::among(conn, ids)?;
    let ids: Vec<PractitionerId> = practitioners.iter().map(|p| p.id).collect();
    let from = now - BEFORE_NOW;
    let accounts: Vec<_> = practitioners.iter().filter_map(|p| p.account).collect();
    let active = account::with_status(conn, &accounts, AccountStatus::Active)?;
    let mut credentials = grouped(credential::of(conn, &ids)?, |c| c.practitioner);
    let mut locations = grouped(location::of(conn, &ids)?, |l| l.practitioner);
    let mut services = grouped(service::of(conn, &ids)?, |s| s.practitioner);
    let mut schedules: HashMap<PractitionerId, Schedule> = schedule::of(conn, &ids)?.into_iter().collect();
    let mut away = grouped(time_off::of(conn, &ids, from)?, |t| t.practitioner);
    let mut busy = grouped(busy_time::of(conn, &ids, from)?, |(id, _)| *id);
    let listing = |practitioner: Practitioner| {
        let id = practitioner.id;
        Listing {
            account_active: practitioner.account.is_some_and(|account| active.contains(&account)),
            credentials: credentials.remove(&id).unwrap_or_default(),
            locations: locations.remove(&id).unwrap_or_default(),
            services: services.remove(&id).unwrap_or_default(),
            schedule: schedules.remove(&id).unwrap_or_else(|| no_hours(&practitioner)),
            time_off: away.remove(&id).unwrap_or_default().into_iter().map(|t| t.period).collect(),
            busy: busy.remove(&id).unwrap_or_default().into_iter().map(|(_, busy)| busy).collect(),
            practitioner,
        }
    };
    Ok(practitioners.into_iter().map(listing).collect())
}

/// One practitioner, if it exists.
pub fn find(conn: &mut Conn, id: PractitionerId, now: DateTime<Utc>) -> Result<Option<Listing>, StoreError> {
    Ok(load(conn, &[id], now)?.pop())
}

/// Only the times taken.
pub fn busy(
    conn: &mut Conn,
    ids: &[PractitionerId],
    now: DateTime<Utc>,
) -> Result<Vec<(PractitionerId, Vec<Busy>)>, StoreError> {
    let mut busy = grouped(busy_time::of(conn, ids, now - BEFORE_NOW)?, |(id, _)| *id);
    let of = |id: &PractitionerId| {
        let taken = busy.remove(id).unwrap_or_default();
        (*id, taken.into_iter().map(|(_, busy)| busy).collect())
    };
    Ok(ids.iter().map(of).collect())
}

/// What a practitioner has before hours were first set.
#[must_use]
pub fn no_hours(practitioner: &Practitioner) -> Schedule {
    Schedule { time_zone: practitioner.time_zone, weekly: Vec::new(), exceptions: Vec::new() }
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> PractitionerId) -> HashMap<PractitionerId, Vec<T>> {
    let mut groups: HashMap<PractitionerId, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
