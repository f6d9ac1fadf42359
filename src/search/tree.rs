//! The tree over all points: where to descend, and what lies below each node.
//!
//! A k-d tree over unit vectors, so that neither poles nor the antimeridian are special. Points at one
//! address are parted by their bits and then by identity, so that leaves stay small. The
//! shape is fixed when the tree is built; points come and go in the leaves.
//!
//! **Invariant:** a [`Summary`] covers every point that is or was below its node since the tree was
//! built: it may say too much, never too little.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{
    bits::BOOKABLE,
    entry::{Point, Spot},
    free::Ahead,
    hours::Hours,
    index::Leaf,
};

/// Most points a leaf is built with.
const LEAF: usize = 32;
/// Axes beyond the three of space.
const BITS: u8 = 3;
const ID_HIGH: u8 = 4;
const ID_LOW: u8 = 5;

/// Where a node leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// To the node after it where the key on the axis is smaller than the split, otherwise to `other`.
    Fork { axis: u8, split: u64, other: u32 },
    /// To that leaf.
    Leaf(u32),
}

/// What lies below a node, at least.
#[derive(Debug)]
pub(super) struct Summary {
    /// Bits that some point has.
    bits: AtomicU64,
    /// The smallest name.
    name: AtomicU64,
    /// No start is before that second.
    earliest: AtomicU32,
    /// Hours of the week in which something is free, for all that is known before `until`.
    hours: [AtomicU64; 3],
    until: AtomicU32,
    /// The corners of the box, in an order that sorts as the floats do.
    low: [AtomicU32; 3],
    high: [AtomicU32; 3],
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            bits: AtomicU64::new(0),
            name: AtomicU64::new(u64::MAX),
            earliest: AtomicU32::new(u32::MAX),
            hours: [const { AtomicU64::new(0) }; 3],
            until: AtomicU32::new(u32::MAX),
            low: [const { AtomicU32::new(u32::MAX) }; 3],
            high: [const { AtomicU32::new(0) }; 3],
        }
    }
}

impl Clone for Summary {
    fn clone(&self) -> Self {
        let copy = Self::default();
        copy.add(self);
        copy
    }
}

impl Summary {
    /// Bits that some point has.
    pub fn bits(&self) -> u64 {
        self.bits.load(Relaxed)
    }

    /// No name is smaller.
    pub fn name(&self) -> u64 {
        self.name.load(Relaxed)
    }

    /// No start is before that second.
    pub fn earliest(&self) -> u32 {
        self.earliest.load(Relaxed)
    }

    /// Before which second the hours hold.
    pub fn until(&self) -> u32 {
        self.until.load(Relaxed)
    }

    /// Whether something is free in one of those hours of some week.
    pub fn has_hour(&self, hours: Hours) -> bool {
        self.hours.iter().zip(hours.0).any(|(own, asked)| own.load(Relaxed) & asked != 0)
    }

    /// Covers a point too.
    fn cover(&self, bits: u64, unit: [f32; 3], name: u64, ahead: Ahead) {
        self.bits.fetch_or(bits, Relaxed);
        self.name.fetch_min(name, Relaxed);
        self.earliest.fetch_min(ahead.earliest, Relaxed);
        self.until.fetch_min(ahead.until, Relaxed);
        self.hours.iter().zip(ahead.hours.0).for_each(|(own, hours)| _ = own.fetch_or(hours, Relaxed));
        for ((low, high), along) in self.low.iter().zip(&self.high).zip(unit) {
            low.fetch_min(ordered(along), Relaxed);
            high.fetch_max(ordered(along), Relaxed);
        }
    }

    /// Covers all that another covers too.
    fn add(&self, other: &Self) {
        self.bits.fetch_or(other.bits.load(Relaxed), Relaxed);
        self.name.fetch_min(other.name.load(Relaxed), Relaxed);
        self.earliest.fetch_min(other.earliest.load(Relaxed), Relaxed);
        self.until.fetch_min(other.until.load(Relaxed), Relaxed);
        for (own, other) in self.hours.iter().zip(&other.hours) {
            own.fetch_or(other.load(Relaxed), Relaxed);
        }
        for (own, other) in self.low.iter().zip(&other.low) {
            own.fetch_min(other.load(Relaxed), Relaxed);
        }
        for (own, other) in self.high.iter().zip(&other.high) {
            own.fetch_max(other.load(Relaxed), Relaxed);
        }
    }

    /// Squares of the shortest and the longest chord from there to a point of the box.
    pub fn chords(&self, from: [f32; 3]) -> (f32, f32) {
        let (mut near, mut far) = (0.0, 0.0);
        for ((low, high), at) in self.low.iter().zip(&self.high).zip(from) {
            let (low, high) = (float(low.load(Relaxed)), float(high.load(Relaxed)));
            let outside = (low - at).max(at - high).max(0.0);
            let across = (high - at).abs().max((at - low).abs());
            near += outside * outside;
            far += across * across;
        }
        (near, far)
    }
}

/// A float as a number that sorts as it does.
fn ordered(float: f32) -> u32 {
    let bits = float.to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

fn float(ordered: u32) -> f32 {
    f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
}

/// The nodes, each before those below it.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    ways: std::sync::Arc<[Way]>,
    summaries: Vec<Summary>,
}

impl Tree {
    /// A tree of those points, and its leaves in their order.
    pub fn build(points: Vec<Point>) -> (Self, Vec<Vec<Point>>) {
        let mut keys: Vec<Key> = points.iter().zip(0..).map(|(point, nth)| Key::of(point, nth)).collect();
        let mut points: Vec<Option<Point>> = points.into_iter().map(Some).collect();
        let (mut ways, mut leaves) = (Vec::new(), Vec::new());
        grow(&mut keys, &mut ways, &mut leaves);
        let leaves: Vec<Vec<Point>> = leaves
            .into_iter()
            .map(|leaf| leaf.into_iter().filter_map(|nth| points.get_mut(nth as usize)?.take()).collect())
            .collect();
        let summaries = ways.iter().map(|_| Summary::default()).collect();
        let tree = Self { ways: ways.into(), summaries };
        let covered = leaves.iter().map(|leaf: &Vec<Point>| {
            let rows = leaf.iter().map(|point| (point.bits, point.unit, &point.spot));
            covering(rows)
        });
        tree.fill(covered.collect());
        (tree, leaves)
    }

    /// Another tree of the same shape whose summaries are those of these leaves, in their order.
    pub fn summed_anew<'a>(&self, leaves: impl Iterator<Item = &'a Leaf>) -> Self {
        let summaries = self.ways.iter().map(|_| Summary::default()).collect();
        let tree = Self { ways: self.ways.clone(), summaries };
        tree.fill(leaves.map(|leaf| covering(leaf.rows())).collect());
        tree
    }

    /// Sums up anew what lies above the leaf of that point.
    pub fn sum_above(&mut self, point: &Point, leaf: &Leaf) {
        let mut path = Vec::new();
        self.descend(point, |node| path.push(node));
        for (nth, node) in path.into_iter().rev().enumerate() {
            let mut own = if nth == 0 { covering(leaf.rows()) } else { Summary::default() };
            if let Some(Way::Fork { other, .. }) = self.ways.get(node) {
                let below = [node + 1, *other as usize].map(|child| self.summaries.get(child));
                below.into_iter().flatten().for_each(|summary| own.add(summary));
            }
            self.summaries.get_mut(node).into_iter().for_each(|held| std::mem::swap(held, &mut own));
        }
    }

    fn fill(&self, leaves: Vec<Summary>) {
        // Children come after their parents, so that from the end every node is ready when it is asked.
        for (nth, way) in self.ways.iter().enumerate().rev() {
            let Some(own) = self.summaries.get(nth) else { continue };
            match *way {
                Way::Leaf(leaf) => leaves.get(leaf as usize).into_iter().for_each(|summary| own.add(summary)),
                Way::Fork { other, .. } => {
                    let below = [nth + 1, other as usize].map(|child| self.summaries.get(child));
                    below.into_iter().flatten().for_each(|summary| own.add(summary));
                }
            }
        }
    }

    /// The leaf a point belongs to.
    pub fn leaf(&self, point: &Point) -> Option<u32> {
        self.descend(point, |_| {})
    }

    /// Makes every node above the leaf of that point cover it.
    pub fn cover(&self, point: &Point) {
        let ahead = ahead(point.bits, &point.spot);
        self.descend(point, |node| {
            let summary = self.summaries.get(node);
            summary.into_iter().for_each(|s| s.cover(point.bits, point.unit, point.spot.name, ahead));
        });
    }

    fn descend(&self, point: &Point, mut visit: impl FnMut(usize)) -> Option<u32> {
        let key = Key::of(point, 0);
        let mut node = 0;
        loop {
            visit(node);
            match *self.ways.get(node)? {
                Way::Leaf(leaf) => return Some(leaf),
                Way::Fork { axis, split, other } => {
                    node = if key.along(axis) < split { node + 1 } else { other as usize };
                }
            }
        }
    }

    /// What lies below a node, and where it leads.
    pub fn node(&self, node: u32) -> Option<(&Summary, Way)> {
        Some((self.summaries.get(node as usize)?, *self.ways.get(node as usize)?))
    }
}

/// What is known of free time there.
fn ahead(bits: u64, spot: &Spot) -> Ahead {
    if bits & BOOKABLE == 0 { Ahead::NEVER } else { spot.entry.ahead() }
}

fn covering<'a>(rows: impl Iterator<Item = (u64, [f32; 3], &'a Spot)>) -> Summary {
    let summary = Summary::default();
    rows.for_each(|(bits, unit, spot)| summary.cover(bits, unit, spot.name, ahead(bits, spot)));
    summary
}

/// What points are parted by.
#[derive(Debug, Clone, Copy)]
struct Key {
    along: [u64; 6],
    nth: u32,
}

impl Key {
    fn of(point: &Point, nth: u32) -> Self {
        let [x, y, z] = point.unit.map(|along| u64::from(ordered(along)));
        let id = point.spot.id();
        Self { along: [x, y, z, point.bits, (id >> 64) as u64, id as u64], nth }
    }

    fn along(&self, axis: u8) -> u64 {
        self.along.get(usize::from(axis)).copied().unwrap_or(0)
    }
}

fn grow(keys: &mut [Key], ways: &mut Vec<Way>, leaves: &mut Vec<Vec<u32>>) {
    let cut = if keys.len() > LEAF { part(keys) } else { None };
    let Some((axis, split, left)) = cut else {
        ways.push(Way::Leaf(leaves.len() as u32));
        leaves.push(keys.iter().map(|key| key.nth).collect());
        return;
    };
    let Some((low, high)) = keys.split_at_mut_checked(left) else { return };
    let nth = ways.len();
    ways.push(Way::Fork { axis, split, other: 0 });
    grow(low, ways, leaves);
    let right = ways.len() as u32;
    if let Some(Way::Fork { other, .. }) = ways.get_mut(nth) {
        *other = right;
    }
    grow(high, ways, leaves);
}

/// Parts the keys in the middle of the axis along which they reach farthest: the axis, the first key
/// of the greater part, and how many are smaller. `None` if nothing tells them apart.
fn part(keys: &mut [Key]) -> Option<(u8, u64, usize)> {
    let reach = |axis: u8| {
        let all = || keys.iter().map(|key| key.along(axis));
        Some((all().min()?, all().max()?))
    };
    let width = |axis: u8| reach(axis).map_or(0.0, |(low, high)| float(high as u32) - float(low as u32));
    let widest = (0..BITS).max_by(|a, b| width(*a).total_cmp(&width(*b)))?;
    let is_wide = |axis: &u8| reach(*axis).is_some_and(|(low, high)| low < high);
    let axis = [widest, BITS, ID_HIGH, ID_LOW].into_iter().find(is_wide)?;
    let (least, _) = reach(axis)?;
    let middle = keys.len() / 2;
    let (_, median, _) = keys.select_nth_unstable_by_key(middle, |key| key.along(axis));
    let median = median.along(axis);
    let split = if median > least {
        median
    } else {
        keys.iter().map(|key| key.along(axis)).filter(|key| *key > least).min()?
    };
    keys.sort_unstable_by_key(|key| key.along(axis) >= split);
    Some((axis, split, keys.partition_point(|key| key.along(axis) < split)))
}
