//! What readers hold, and how it changes under them.
//!
//! The directory is a tree of shared pointers: bands of latitude with the places
//! in them, and shards of practitioners by id. A change copies the few nodes it
//! touches, shares the rest, and swaps one pointer; a search that has begun goes
//! on with what it holds.
//!
//! **Invariant:** a place is in the bands exactly when its practitioner may be
//! shown: not closed, not excluded, and no inactive account behind it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    find,
    geo::{self, BANDS},
    query::{Found, Query},
    text::Name,
};
use crate::domain::{
    id::{LocationId, PractitionerId},
    listing::{Busy, Listing},
    location::Location,
    period::Period,
    service::Service,
};

/// Number of shards by id: small enough to copy the top, large enough to copy one.
const SHARDS: usize = 512;

/// When a service can be booked next. Asked by the index, answered by the rules of slots.
///
/// An implementation must be a function of its arguments, and as `now` moves on
/// alone its answers only move forward: a start given once stays the first until
/// it comes within the service's minimum notice, or a held claim in the listing lapses.
pub trait Availability: Send + Sync {
    /// The earliest bookable start of that service at that location in `within`, as of `now`.
    fn first_start(
        &self,
        listing: &Listing,
        service: &Service,
        location: LocationId,
        within: Period,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>>;
}

/// The earliest start found at one place, and for how long that stays true.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memo {
    pub asked_at: DateTime<Utc>,
    pub good_until: DateTime<Utc>,
    pub start: DateTime<Utc>,
}

/// One practitioner with what searching needs beside the record.
#[derive(Debug)]
pub(super) struct Entry {
    pub listing: Arc<Listing>,
    pub name: Name,
    /// One for each location, in the listing's order.
    pub memos: Vec<Mutex<Option<Memo>>>,
}

impl Entry {
    fn new(listing: Listing) -> Self {
        let name = Name::of(&listing.practitioner);
        let memos = listing.locations.iter().map(|_| Mutex::new(None)).collect();
        Self { listing: Arc::new(listing), name, memos }
    }

    fn is_shown(&self) -> bool {
        let practitioner = &self.listing.practitioner;
        let barred = practitioner.account.is_some() && !self.listing.account_active;
        !practitioner.closed && !practitioner.excluded && !barred
    }
}

/// One practitioner at one location, as a point in a band.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub unit: [f64; 3],
    pub entry: Arc<Entry>,
    /// Which of the listing's locations.
    pub nth: usize,
}

impl Spot {
    /// The location it stands for.
    pub fn location(&self) -> Option<&Location> {
        self.entry.listing.locations.get(self.nth)
    }
}

/// The whole directory at one moment.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    bands: Vec<Arc<Vec<Spot>>>,
    shards: Vec<Arc<HashMap<PractitionerId, Arc<Entry>>>>,
    len: usize,
}

impl Snapshot {
    fn empty() -> Self {
        Self { bands: vec![Arc::default(); BANDS], shards: vec![Arc::default(); SHARDS], len: 0 }
    }

    /// The places of those bands.
    pub fn spots(&self, bands: std::ops::RangeInclusive<usize>) -> impl Iterator<Item = &Spot> {
        self.bands.get(bands).unwrap_or_default().iter().flat_map(|band| band.iter())
    }

    fn entry(&self, id: PractitionerId) -> Option<&Arc<Entry>> {
        self.shards.get(shard(id))?.get(&id)
    }

    fn insert(&mut self, listing: Listing) {
        let id = listing.practitioner.id;
        self.remove(id);
        let entry = Arc::new(Entry::new(listing));
        if entry.is_shown() {
            for (nth, location) in entry.listing.locations.iter().enumerate().filter(|(_, l)| !l.removed) {
                let spot = Spot { unit: geo::unit(location.position), entry: Arc::clone(&entry), nth };
                if let Some(band) = self.bands.get_mut(geo::band(location.position.latitude())) {
                    Arc::make_mut(band).push(spot);
                }
            }
        }
        if let Some(shard) = self.shards.get_mut(shard(id)) {
            Arc::make_mut(shard).insert(id, entry);
            self.len += 1;
        }
    }

    fn remove(&mut self, id: PractitionerId) {
        if self.entry(id).is_none() {
            return;
        }
        let Some(entry) = self.shards.get_mut(shard(id)).and_then(|shard| Arc::make_mut(shard).remove(&id))
        else {
            return;
        };
        self.len -= 1;
        for location in &entry.listing.locations {
            if let Some(band) = self.bands.get_mut(geo::band(location.position.latitude())) {
                Arc::make_mut(band).retain(|spot| !Arc::ptr_eq(&spot.entry, &entry));
            }
        }
    }
}

/// Identifiers begin with the time they were made, so all their bits are mixed.
fn shard(id: PractitionerId) -> usize {
    let (high, low) = Uuid::from(id).as_u64_pair();
    let mixed = (high ^ low).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 32).unwrap_or(0) % SHARDS
}

/// The directory: shared by all readers, changed by whoever committed a change.
pub struct Index {
    current: RwLock<Arc<Snapshot>>,
    /// Held by the one writer at work; readers never look at it.
    turn: Mutex<()>,
    availability: Box<dyn Availability>,
}

impl Index {
    /// An empty directory.
    #[must_use]
    pub fn new(availability: Box<dyn Availability>) -> Self {
        Self { current: RwLock::new(Arc::new(Snapshot::empty())), turn: Mutex::new(()), availability }
    }

    /// Puts a listing in, in the place of one with the same practitioner.
    pub fn replace(&self, listing: Listing) {
        self.change(|snapshot| snapshot.insert(listing));
    }

    /// Puts many listings in at once; readers see all of them or none.
    pub fn replace_all(&self, listings: impl IntoIterator<Item = Listing>) {
        self.change(|snapshot| listings.into_iter().for_each(|listing| snapshot.insert(listing)));
    }

    /// Takes a practitioner out; nothing happens if there is none.
    pub fn remove(&self, practitioner: PractitionerId) {
        self.change(|snapshot| snapshot.remove(practitioner));
    }

    /// Replaces the claims on a practitioner's time; nothing happens if there is none.
    pub fn set_busy(&self, practitioner: PractitionerId, busy: Vec<Busy>) {
        self.set_busy_all([(practitioner, busy)]);
    }

    /// The same for many practitioners at once; readers see all of it or none.
    pub fn set_busy_all(&self, busy: impl IntoIterator<Item = (PractitionerId, Vec<Busy>)>) {
        self.change(|snapshot| {
            for (practitioner, busy) in busy {
                let held = snapshot.entry(practitioner).map(|entry| Arc::clone(&entry.listing));
                if let Some(listing) = held {
                    snapshot.insert(Listing { busy, ..Listing::clone(&listing) });
                }
            }
        });
    }

    /// Replaces the claims that touch these periods by those given for them, each practitioner's own.
    pub fn set_times(&self, times: impl IntoIterator<Item = (PractitionerId, Period, Vec<Busy>)>) {
        self.change(|snapshot| {
            for (practitioner, touched, claims) in times {
                let Some(entry) = snapshot.entry(practitioner) else { continue };
                let mut listing = Listing::clone(&entry.listing);
                listing.busy.retain(|claim| !claim.busy.overlaps(touched));
                listing.busy.extend(claims);
                listing.busy.sort_unstable_by_key(|claim| claim.busy);
                snapshot.insert(listing);
            }
        });
    }

    /// How many practitioners it holds, those included who are not shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.snapshot().len
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The listing as the index holds it. Also of who is not shown: the caller decides who may see it.
    #[must_use]
    pub fn listing(&self, practitioner: PractitionerId) -> Option<Arc<Listing>> {
        self.snapshot().entry(practitioner).map(|entry| Arc::clone(&entry.listing))
    }

    /// Who matches the query at `now`, one page of them. A cursor of another query finds nothing;
    /// [`Cursor::parse`](super::Cursor::parse) refuses it before it comes here.
    #[must_use]
    pub fn find(&self, query: &Query, now: DateTime<Utc>) -> Found {
        find::find(&self.snapshot(), self.availability.as_ref(), query, now)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, edit: impl FnOnce(&mut Snapshot)) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.snapshot());
        edit(&mut next);
        let next = Arc::new(next);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, next);
        // What was replaced is freed only after readers can go on.
        drop(current);
        drop(before);
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("len", &self.len()).finish_non_exhaustive()
    }
}
