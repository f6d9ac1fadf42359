//! A practitioner as the index holds it, and the points it stands at.
//!
//! **Invariant:** an entry never changes but for what it remembers of its own free time; a change
//! of the listing is another entry.

use std::sync::{Arc, RwLock};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    bits::{BOOKABLE, Codes, LICENSED},
    free::{Ahead, First, Free, Next, OUTLOOK, by_rules},
    geo,
    query::offered,
    record::{self, Head},
};
use crate::domain::{
    credential::{Credential, CredentialStatus},
    id::PractitionerId,
    listing::Listing,
    location::{Location, Position},
    period::Period,
    service::{Currency, Price},
};

/// One practitioner.
#[derive(Debug)]
pub(super) struct Entry {
    pub id: PractitionerId,
    /// Another number with every change of what is shown, free time aside.
    pub stamp: u64,
    record: Arc<[u8]>,
    calendar: Option<Box<Calendar>>,
}

/// What only those have who could be booked.
#[derive(Debug)]
struct Calendar {
    kept: RwLock<Kept>,
    busy: Box<[u8]>,
    /// The least price in each currency.
    prices: Box<[(Currency, i64)]>,
}

/// What is remembered of free time.
#[derive(Debug, Default)]
struct Kept {
    /// The last answer to the question of every search, so that it costs one look.
    next: Option<Next>,
    free: Option<Arc<Free>>,
}

impl Entry {
    pub fn new(listing: &Listing, stamp: u64) -> Self {
        let record = record::pack(listing).into();
        Self { id: listing.practitioner.id, stamp, record, calendar: Calendar::of(listing) }
    }

    /// The same practitioner with the claims of that listing.
    pub fn with_busy_of(&self, listing: &Listing) -> Self {
        Self { calendar: Calendar::of(listing), record: Arc::clone(&self.record), ..*self }
    }

    /// The listing, made anew from what is kept.
    pub fn listing(&self) -> Option<Listing> {
        let busy = self.calendar.as_ref().map_or(&[][..], |calendar| &calendar.busy);
        record::unpack(self.id, &self.record, busy)
    }

    /// What ranking asks for.
    pub fn head(&self) -> Option<Head<'_>> {
        Head::read(&self.record)
    }

    /// Whether some service costs at most that.
    pub fn costs_at_most(&self, most: Price) -> bool {
        let prices = self.calendar.iter().flat_map(|calendar| calendar.prices.iter());
        prices.clone().any(|(currency, minor)| *currency == most.currency && *minor <= most.minor)
    }

    /// The first start at that place in `within` as of `at`, by what is kept or by the rules.
    pub fn first_start(&self, nth: u16, within: Period, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let calendar = self.calendar.as_ref()?;
        let held = calendar.kept.read().ok().and_then(|kept| kept.free.clone());
        if let Some(free) = held.as_ref()
            && let First::Known(start) = free.first(nth, within, at)
        {
            return start;
        }
        let listing = self.listing()?;
        // What is kept is renewed as time goes on, never for who asks about a time gone by.
        if held.is_none_or(|free| free.is_outdated_at(at))
            && let Some(free) = Free::of(&listing, at).map(Arc::new)
        {
            let first = free.first(nth, within, at);
            if let Ok(mut kept) = calendar.kept.try_write() {
                *kept = Kept { free: Some(free), next: None };
            }
            if let First::Known(start) = first {
                return start;
            }
        }
        by_rules(&listing, nth.into(), within, at)
    }

    /// The first start in the ninety days from `at`.
    pub fn next_start(&self, nth: u16, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let calendar = self.calendar.as_ref()?;
        // What is in somebody else's hands is not waited for.
        let kept = calendar.kept.try_read().ok();
        if let Some(next) = kept.as_ref().and_then(|kept| kept.next.as_ref())
            && let Some(start) = next.start(nth, at)
        {
            return Some(start);
        }
        let next = kept.and_then(|kept| kept.free.as_ref().and_then(|free| free.next(nth, at)));
        if let (Some(next), Ok(mut kept)) = (next, calendar.kept.try_write()) {
            kept.next = Some(next);
        }
        self.first_start(nth, Period::new(at, at.checked_add_signed(OUTLOOK)?)?, at)
    }

    /// Makes sure that free time is kept.
    pub fn settle(&self, now: DateTime<Utc>) {
        let Some(calendar) = self.calendar.as_ref() else { return };
        let is_good = |free: &Arc<Free>| free.is_good_at(now);
        if calendar.kept.read().is_ok_and(|kept| kept.free.as_ref().is_some_and(is_good)) {
            return;
        }
        let free = self.listing().and_then(|listing| Free::of(&listing, now)).map(Arc::new);
        if let Ok(mut kept) = calendar.kept.write() {
            *kept = Kept { free, next: None };
        }
    }

    /// What is known of the time ahead.
    pub fn ahead(&self) -> Ahead {
        let Some(calendar) = self.calendar.as_ref() else { return Ahead::NEVER };
        let kept = calendar.kept.read().ok();
        kept.and_then(|kept| kept.free.as_ref().map(|free| free.ahead())).unwrap_or(Ahead::UNKNOWN)
    }
}

impl Calendar {
    fn of(listing: &Listing) -> Option<Box<Self>> {
        if listing.busy.is_empty() && offered(listing).next().is_none() {
            return None;
        }
        let mut prices: Vec<(Currency, i64)> = Vec::new();
        for price in offered(listing).filter_map(|service| service.price) {
            match prices.iter_mut().find(|(currency, _)| *currency == price.currency) {
                Some((_, least)) => *least = price.minor.min(*least),
                None => prices.push((price.currency, price.minor)),
            }
        }
        let busy = record::pack_busy(listing).into();
        Some(Box::new(Self { busy, kept: RwLock::default(), prices: prices.into() }))
    }
}

/// Days from the first to the last, counted from 1970; none where the first is after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dates {
    first: u16,
    last: u16,
}

impl Dates {
    const NONE: Self = Self { first: 1, last: 0 };
    const ALL: Self = Self { first: 0, last: u16::MAX };

    /// The days on which one of these papers is good; `None` where they leave a gap.
    fn of<'a>(papers: impl Iterator<Item = &'a Credential>) -> Option<Self> {
        let verified = papers.filter(|paper| paper.status == CredentialStatus::Verified);
        let mut dates: Vec<Self> = verified
            .map(|paper| Self { first: day(paper.issued_on), last: paper.expires_on.map_or(u16::MAX, day) })
            .filter(|dates| dates.first <= dates.last)
            .collect();
        dates.sort_by_key(|dates| (dates.first, dates.last));
        dates.into_iter().try_fold(Self::NONE, |all, next| match all {
            Self::NONE => Some(next),
            all if next.first <= all.last.saturating_add(1) => {
                Some(Self { last: all.last.max(next.last), ..all })
            }
            _ => None,
        })
    }

    fn and(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    pub fn hold(self, day: u16) -> bool {
        self.first <= day && day <= self.last
    }

    fn is_empty(self) -> bool {
        self.first > self.last
    }
}

/// A date as its number since 1970; earlier ones are the first and very late ones the last.
pub(super) fn day(date: NaiveDate) -> u16 {
    let days = date.num_days_from_ce() - 719_163;
    u16::try_from(days.max(0)).unwrap_or(u16::MAX)
}

/// One practitioner at one location, beside what is kept in rows of their own.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub entry: Arc<Entry>,
    pub position: Position,
    /// The first letters of the folded family name, so that they sort as the names do.
    pub name: u64,
    /// Which of the listing's locations.
    pub nth: u16,
    /// The zone whose date counts there.
    pub zone: u16,
    pub licensed: Dates,
    pub bookable: Dates,
    /// Dates with a gap: the listing itself is to be asked.
    pub is_gapped: bool,
}

/// A point of the tree with all that is kept of it.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub bits: u64,
    pub unit: [f32; 3],
    pub spot: Spot,
}

impl Spot {
    /// What decides between points at the same place with the same bits.
    pub fn id(&self) -> u128 {
        Uuid::from(self.entry.id).as_u128()
    }
}

/// The points of an entry; none if it is not to be shown.
pub(super) fn points(entry: &Arc<Entry>, listing: &Listing, codes: &mut Codes) -> Vec<Point> {
    if !listing.is_public() {
        return Vec::new();
    }
    let bits = codes.bits(listing);
    let name = entry.head().map_or(0, |head| name_key(head.family));
    let shown = (0u16..).zip(&listing.locations).filter(|(_, place)| !place.removed);
    shown.map(|(nth, place)| point(entry, listing, (nth, place), bits, name)).collect()
}

fn point(
    entry: &Arc<Entry>,
    listing: &Listing,
    (nth, place): (u16, &Location),
    bits: u64,
    name: u64,
) -> Point {
    let standing = listing.standing();
    let licensed = Dates::of(standing.licences_at(place));
    let certified = if listing.practitioner.provider_type.needs_certification() {
        Dates::of(standing.certificates())
    } else {
        Some(Dates::ALL)
    };
    let is_gapped = licensed.is_none() || certified.is_none();
    let (licensed, certified) = (licensed.unwrap_or(Dates::ALL), certified.unwrap_or(Dates::ALL));
    let can_be =
        listing.account_active && offered(listing).next().is_some() && listing.schedule.names(place.id);
    let bookable = if can_be { licensed.and(certified) } else { Dates::NONE };
    let flag = |dates: Dates, bit: u64| if dates.is_empty() { 0 } else { bit };
    Point {
        bits: bits | flag(licensed, LICENSED) | flag(bookable, BOOKABLE),
        unit: geo::unit(place.position).map(|along| along as f32),
        spot: Spot {
            entry: Arc::clone(entry),
            position: place.position,
            name,
            nth,
            zone: record::zone_number(place.time_zone),
            licensed,
            bookable,
            is_gapped,
        },
    }
}

/// The first eight bytes of a folded name.
pub(super) fn name_key(name: &str) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
    u64::from_be_bytes(bytes)
}
