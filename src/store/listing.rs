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
    period::Period,
    practitioner::Practitioner,
    schedule::Schedule,
    service::BookingRules,
};

use super::{
    account, busy_time, claims_near, credential, kept_listing, location, practitioner, schedule, service,
    time_off,
    tx::{Conn, StoreError, Tx},
};

pub use practitioner::ids_after;

/// How far back claims are read: a visit in progress still stands in the way of the next, and those since
/// Monday count where a week is limited.
const BEFORE_NOW: Duration = Duration::days(8);
/// A date and a week by any clock, and as much again for how far clocks differ.
const AROUND_A_DAY: Duration = Duration::days(2);
const AROUND_A_WEEK: Duration = Duration::days(8);

/// Those of the practitioners that exist, by id, with every claim from now on.
pub fn load(conn: &mut Conn, ids: &[PractitionerId], now: DateTime<Utc>) -> Result<Vec<Listing>, StoreError> {
    let from = now - BEFORE_NOW;
    load_with(conn, ids, now, |conn, listings| {
        let ids: Vec<PractitionerId> = listings.iter().map(|listing| listing.practitioner.id).collect();
        let mut busy = grouped(busy_time::of(conn, &ids, from)?, |(id, _)| *id);
        for listing in listings {
            let taken = busy.remove(&listing.practitioner.id).unwrap_or_default();
            listing.busy = taken.into_iter().map(|(_, busy)| busy).collect();
        }
        Ok(())
    })
}

/// One practitioner, if it exists, with the claims that can stand in the way of a visit that starts
/// within `starts`: what that costs does not depend on how full the calendar is elsewhere.
pub fn find(
    conn: &mut Conn,
    id: PractitionerId,
    starts: Period,
    now: DateTime<Utc>,
) -> Result<Option<Listing>, StoreError> {
    let found = load_with(conn, &[id], now, |conn, listings| {
        for listing in listings {
            listing.busy = claims(conn, listing, starts)?;
        }
        Ok(())
    });
    Ok(found?.pop())
}

/// The same inside a write for several practitioners, each with a period of its own, from what was
/// read before where that is still so. In the order asked; none where there is no such practitioner.
pub fn among_in(tx: &mut Tx, asked: &[(PractitionerId, Period)]) -> Result<Vec<Option<Listing>>, StoreError> {
    let ids: Vec<PractitionerId> = asked.iter().map(|(id, _)| *id).collect();
    let found = kept_listing::among(tx, &ids)?;
    let reached: Vec<(PractitionerId, Period)> =
        asked.iter().filter_map(|(id, starts)| Some((*id, reach(found.get(id)?, *starts)))).collect();
    let mut claims = claims_near::touching_few(tx, &reached)?.into_iter();
    let mut with_claims = |(id, _): &(PractitionerId, Period)| {
        let listing = found.get(id)?;
        Some(Listing { busy: claims.next().unwrap_or_default(), ..Listing::clone(listing) })
    };
    Ok(asked.iter().map(&mut with_claims).collect())
}

/// The claims that can stand in the way of a visit that starts within `starts`.
pub fn claims(conn: &mut Conn, listing: &Listing, starts: Period) -> Result<Vec<Busy>, StoreError> {
    claims_near::touching(conn, listing.practitioner.id, reach(listing, starts))
}

/// One practitioner, if it exists, without the claims on its time.
pub fn find_unclaimed(
    conn: &mut Conn,
    id: PractitionerId,
    now: DateTime<Utc>,
) -> Result<Option<Listing>, StoreError> {
    Ok(unclaimed(conn, &[id], now)?.pop())
}

/// Those of the practitioners that exist, without the claims on their time.
pub fn unclaimed(
    conn: &mut Conn,
    ids: &[PractitionerId],
    now: DateTime<Utc>,
) -> Result<Vec<Listing>, StoreError> {
    load_with(conn, ids, now, |_, _| Ok(()))
}

/// As far as visits that start within `starts` reach: with their buffers, the way to other places, and
/// the days or weeks whose visits are counted.
fn reach(listing: &Listing, starts: Period) -> Period {
    let furthest = |of: fn(&BookingRules) -> Duration| {
        listing.services.iter().map(|service| of(&service.rules)).max().unwrap_or_else(Duration::zero)
    };
    let before = furthest(BookingRules::buffer_before);
    let after = furthest(|rules| rules.duration() + rules.buffer_after());
    let terms = listing.practitioner.terms;
    let counted = match (terms.daily_limit, terms.weekly_limit) {
        (_, Some(_)) => AROUND_A_WEEK,
        (Some(_), None) => AROUND_A_DAY,
        (None, None) => Duration::zero(),
    };
    let (before, after) = (before.max(terms.travel()).max(counted), (after + terms.travel()).max(counted));
    let start = starts.start().checked_sub_signed(before).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let end = starts.end().checked_add_signed(after).unwrap_or(DateTime::<Utc>::MAX_UTC);
    Period::new(start, end).unwrap_or(starts)
}

fn load_with(
    conn: &mut Conn,
    ids: &[PractitionerId],
    now: DateTime<Utc>,
    add_claims: impl FnOnce(&mut Conn, &mut [Listing]) -> Result<(), StoreError>,
) -> Result<Vec<Listing>, StoreError> {
    let practitioners = practitioner::among(conn, ids)?;
    let ids: Vec<PractitionerId> = practitioners.iter().map(|p| p.id).collect();
    let accounts: Vec<_> = practitioners.iter().filter_map(|p| p.account).collect();
    let active = account::with_status(conn, &accounts, AccountStatus::Active)?;
    let mut credentials = grouped(credential::of(conn, &ids)?, |c| c.practitioner);
    let mut locations = grouped(location::of(conn, &ids)?, |l| l.practitioner);
    let mut services = grouped(service::of(conn, &ids)?, |s| s.practitioner);
    let mut schedules: HashMap<PractitionerId, Schedule> = schedule::of(conn, &ids)?.into_iter().collect();
    let mut away = grouped(time_off::of(conn, &ids, now - BEFORE_NOW)?, |t| t.practitioner);
    let listing = |practitioner: Practitioner| {
        let id = practitioner.id;
        Listing {
            account_active: practitioner.account.is_some_and(|account| active.contains(&account)),
            credentials: credentials.remove(&id).unwrap_or_default(),
            locations: locations.remove(&id).unwrap_or_default(),
            services: services.remove(&id).unwrap_or_default(),
            schedule: schedules.remove(&id).unwrap_or_else(|| no_hours(&practitioner)),
            time_off: away.remove(&id).unwrap_or_default().into_iter().map(|t| t.period).collect(),
            busy: Vec::new(),
            practitioner,
        }
    };
    let mut listings: Vec<Listing> = practitioners.into_iter().map(listing).collect();
    add_claims(conn, &mut listings)?;
    Ok(listings)
}

/// Only the times taken, from now on.
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
