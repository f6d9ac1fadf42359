//! What readers hold, and how it changes under them.
//!
//! A tree of fixed shape over all places, its leaves and the practitioners by id in small shared
//! pieces. A change copies the few pieces it touches, shares the rest, and swaps one pointer; a
//! search that has begun goes on with what it holds. What nodes say of the points below them is
//! widened in place before the swap, which is true for old and new readers alike.
//!
//! **Invariant:** a place is in the tree exactly when its practitioner may be shown.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    bits::Codes,
    entry::{Entry, Point, Spot, points},
    find,
    query::{Found, Query},
    tree::Tree,
};
use crate::domain::{
    id::PractitionerId,
    listing::{Busy, Listing},
    period::Period,
};

/// Pieces of a list that one change copies, at most.
const PIECE: usize = 256;
/// Changes after which the tree is built anew, however few points it has.
const FEW: usize = 1_024;

/// From which share of all points on it is quicker to sum up every node than those above each change.
const MANY: usize = 64;

/// The points of a leaf. Bits and vectors have rows of their own, because most points are told by them alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Leaf {
    pub bits: Vec<u64>,
    pub units: Vec<[f32; 3]>,
    pub spots: Vec<Spot>,
}

impl Leaf {
    fn of(points: Vec<Point>) -> Self {
        let mut leaf = Self::default();
        leaf.bits.reserve_exact(points.len());
        leaf.units.reserve_exact(points.len());
        leaf.spots.reserve_exact(points.len());
        points.into_iter().for_each(|point| leaf.push(point));
        leaf
    }

    fn push(&mut self, point: Point) {
        self.bits.push(point.bits);
        self.units.push(point.unit);
        self.spots.push(point.spot);
    }

    fn remove(&mut self, practitioner: PractitionerId, nth: u16) {
        let is_it = |spot: &Spot| spot.entry.id == practitioner && spot.nth == nth;
        if let Some(at) = self.spots.iter().position(is_it) {
            self.bits.swap_remove(at);
            self.units.swap_remove(at);
            self.spots.swap_remove(at);
        }
    }

    /// Each point in turn.
    pub fn rows(&self) -> impl Iterator<Item = (u64, [f32; 3], &Spot)> {
        let rows = self.bits.iter().zip(&self.units).zip(&self.spots);
        rows.map(|((bits, unit), spot)| (*bits, *unit, spot))
    }

    fn points(&self) -> Vec<Point> {
        self.rows().map(|(bits, unit, spot)| Point { bits, unit, spot: spot.clone() }).collect()
    }
}

/// A list in pieces that are copied one at a time.
#[derive(Debug, Clone)]
struct Pieces<T>(Vec<Arc<Vec<Arc<T>>>>);

impl<T: Clone> Pieces<T> {
    fn of(values: Vec<T>) -> Self {
        let shared: Vec<Arc<T>> = values.into_iter().map(Arc::new).collect();
        Self(shared.chunks(PIECE).map(|piece| Arc::new(piece.to_vec())).collect())
    }

    fn get(&self, nth: usize) -> Option<&T> {
        self.0.get(nth / PIECE)?.get(nth % PIECE).map(Arc::as_ref)
    }

    fn get_mut(&mut self, nth: usize) -> Option<&mut T> {
        let piece = Arc::make_mut(self.0.get_mut(nth / PIECE)?);
        piece.get_mut(nth % PIECE).map(Arc::make_mut)
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|piece| piece.iter().map(Arc::as_ref))
    }
}

/// The whole directory at one moment.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub tree: Arc<Tree>,
    leaves: Pieces<Leaf>,
    entries: Pieces<Vec<Arc<Entry>>>,
    pub codes: Arc<Codes>,
    len: usize,
    /// How many points the tree was built with, and how many have come since.
    built: usize,
    come: usize,
}

impl Snapshot {
    fn empty() -> Self {
        let (tree, leaves) = Tree::build(Vec::new());
        let bucket = Arc::new(std::iter::repeat_n(Arc::default(), PIECE).collect());
        Self {
            tree: Arc::new(tree),
            leaves: Pieces::of(leaves.into_iter().map(Leaf::of).collect()),
            entries: Pieces(vec![bucket; PIECE]),
            codes: Arc::default(),
            len: 0,
            built: 0,
            come: 0,
        }
    }

    /// A leaf of the tree.
    pub fn leaf(&self, nth: u32) -> Option<&Leaf> {
        self.leaves.get(nth as usize)
    }

    fn entry(&self, id: PractitionerId) -> Option<&Arc<Entry>> {
        self.entries.get(bucket(id))?.iter().find(|entry| entry.id == id)
    }

    fn insert(&mut self, entry: Entry, listing: &Listing) {
        let entry = Arc::new(entry);
        self.remove(entry.id);
        let mut codes = Codes::clone(&self.codes);
        for point in points(&entry, listing, &mut codes) {
            self.tree.cover(&point);
            if let Some(leaf) = self.tree.leaf(&point).and_then(|leaf| self.leaves.get_mut(leaf as usize)) {
                leaf.push(point);
                self.come += 1;
            }
        }
        if codes != *self.codes {
            self.codes = Arc::new(codes);
        }
        if let Some(entries) = self.entries.get_mut(bucket(entry.id)) {
            entries.push(entry);
            self.len += 1;
        }
    }

    fn remove(&mut self, id: PractitionerId) {
        let Some(old) = self.entry(id).cloned() else { return };
        if let Some(listing) = old.listing() {
            for point in points(&old, &listing, &mut Codes::clone(&self.codes)) {
                let leaf = self.tree.leaf(&point).and_then(|leaf| self.leaves.get_mut(leaf as usize));
                leaf.into_iter().for_each(|leaf| leaf.remove(id, point.spot.nth));
            }
        }
        if let Some(entries) = self.entries.get_mut(bucket(id)) {
            entries.retain(|entry| entry.id != id);
            self.len -= 1;
        }
    }

    fn is_overgrown(&self) -> bool {
        self.come > self.built.max(FEW)
    }

    fn rebuild(&mut self) {
        let (tree, leaves) = Tree::build(self.leaves.iter().flat_map(Leaf::points).collect());
        self.tree = Arc::new(tree);
        self.leaves = Pieces::of(leaves.into_iter().map(Leaf::of).collect());
        self.built = self.leaves.iter().map(|leaf| leaf.spots.len()).sum();
        self.come = 0;
    }
}

/// Identifiers begin with the time they were made, so all their bits are mixed.
fn bucket(id: PractitionerId) -> usize {
    let (high, low) = Uuid::from(id).as_u64_pair();
    let mixed = (high ^ low).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as usize
}

/// What the one writer at work keeps for itself.
#[derive(Debug, Default)]
struct Turn {
    /// The last stamp given.
    stamp: u64,
    /// Who changed since [`Index::settle`] looked.
    unsettled: Vec<PractitionerId>,
}

/// The directory: shared by all readers, changed by whoever committed a change.
pub struct Index {
    current: RwLock<Arc<Snapshot>>,
    /// Readers never look at it.
    turn: Mutex<Turn>,
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}

impl Index {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Self {
        Self { current: RwLock::new(Arc::new(Snapshot::empty())), turn: Mutex::default() }
    }

    /// Puts a listing in, in the place of one with the same practitioner.
    pub fn replace(&self, listing: Listing) {
        self.replace_all([listing]);
    }

    /// Puts many listings in at once; readers see all of them or none.
    pub fn replace_all(&self, listings: impl IntoIterator<Item = Listing>) {
        self.change(|snapshot, turn| {
            for listing in listings {
                turn.stamp += 1;
                turn.unsettled.push(listing.practitioner.id);
                snapshot.insert(Entry::new(&listing, turn.stamp), &listing);
                if snapshot.is_overgrown() {
                    snapshot.rebuild();
                }
            }
        });
    }

    /// Takes a practitioner out; nothing happens if there is none.
    pub fn remove(&self, practitioner: PractitionerId) {
        self.change(|snapshot, _| snapshot.remove(practitioner));
    }

    /// Replaces the claims on a practitioner's time; nothing happens if there is none.
    pub fn set_busy(&self, practitioner: PractitionerId, busy: Vec<Busy>) {
        self.set_busy_all([(practitioner, busy)]);
    }

    /// The same for many practitioners at once; readers see all of it or none.
    pub fn set_busy_all(&self, busy: impl IntoIterator<Item = (PractitionerId, Vec<Busy>)>) {
        self.change(|snapshot, turn| {
            for (practitioner, busy) in busy {
                claim(snapshot, turn, practitioner, |own| *own = busy);
            }
        });
    }

    /// Replaces the claims that touch these periods by those given for them, each practitioner's own.
    pub fn set_times(&self, times: impl IntoIterator<Item = (PractitionerId, Period, Vec<Busy>)>) {
        self.change(|snapshot, turn| {
            for (practitioner, touched, claims) in times {
                claim(snapshot, turn, practitioner, |own| {
                    own.retain(|claim| !claim.busy.overlaps(touched));
                    own.extend(claims);
                    own.sort_unstable_by_key(|claim| claim.busy);
                });
            }
        });
    }

    /// Works out the free time of whoever changed since, so that no search has to, and tightens what the
    /// nodes say. To be called now and then; without it answers are the same, only slower.
    pub fn settle(&self, now: DateTime<Utc>) {
        let changed = std::mem::take(&mut self.turn().unsettled);
        if changed.is_empty() {
            return;
        }
        let snapshot = self.snapshot();
        let entries = || changed.iter().filter_map(|id| snapshot.entry(*id));
        entries().for_each(|entry| entry.settle(now));
        self.change(|snapshot, _| {
            // Readers go on with the summaries of before; these are true of what is there now.
            if changed.len() > snapshot.built / MANY {
                snapshot.tree = Arc::new(snapshot.tree.summed_anew(snapshot.leaves.iter()));
                return;
            }
            let mut tree = Tree::clone(&snapshot.tree);
            for entry in changed.iter().filter_map(|id| snapshot.entry(*id)) {
                let Some(listing) = entry.listing() else { continue };
                for point in points(entry, &listing, &mut Codes::clone(&snapshot.codes)) {
                    let leaf = tree.leaf(&point).and_then(|leaf| snapshot.leaf(leaf));
                    leaf.into_iter().for_each(|leaf| tree.sum_above(&point, leaf));
                }
            }
            snapshot.tree = Arc::new(tree);
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
    pub fn listing(&self, practitioner: PractitionerId) -> Option<Listing> {
        self.snapshot().entry(practitioner).and_then(|entry| entry.listing())
    }

    /// Who matches the query at `now`, one page of them. A cursor of another query finds nothing;
    /// [`Cursor::parse`](super::Cursor::parse) refuses it before it comes here.
    #[must_use]
    pub fn find(&self, query: &Query, now: DateTime<Utc>) -> Found {
        find::find(&self.snapshot(), query, now)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, edit: impl FnOnce(&mut Snapshot, &mut Turn)) {
        let mut turn = self.turn();
        let mut next = Snapshot::clone(&self.snapshot());
        edit(&mut next, &mut turn);
        let next = Arc::new(next);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, next);
        // What was replaced is freed only after readers can go on.
        drop(current);
        drop(before);
    }
}

/// Puts a practitioner in anew with other claims.
fn claim(
    snapshot: &mut Snapshot,
    turn: &mut Turn,
    practitioner: PractitionerId,
    edit: impl FnOnce(&mut Vec<Busy>),
) {
    let Some(old) = snapshot.entry(practitioner).cloned() else { return };
    let Some(mut listing) = old.listing() else { return };
    edit(&mut listing.busy);
    turn.unsettled.push(practitioner);
    snapshot.insert(old.with_busy_of(&listing), &listing);
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("len", &self.len()).finish_non_exhaustive()
    }
}
