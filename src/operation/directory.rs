//! Keeps the index in step with the rows.
//!
//! One thread hears of every change, its own process's at once and others' by
//! the numbered list, and reads the practitioners concerned afresh. Because it
//! reads after the commit and alone, the last reading always wins, in whatever
//! order changes were heard; many changes of one practitioner cost one reading.
//!
//! **Invariant:** the index equals one rebuilt from rows as soon as
//! [`Follower::follow`] has answered.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{
        Arc, Condvar, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::{
    domain::{change::Change, id::PractitionerId},
    search::{Gazetteer, Index},
    store::{Conn, Store, StoreError, change, claims_near, listing, place},
};

/// How often changes of other processes are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a lower number may still appear after a higher one: a slow transaction elsewhere.
const GAP: Duration = Duration::from_secs(60);
/// Most numbers awaited: far more than there are transactions at once.
const MOST_MISSING: i64 = 1_000;
/// Most practitioners read at once.
const AT_ONCE: usize = 200;
/// How often free time is worked out for whom no search has asked about yet.
const SETTLE_EVERY: Duration = Duration::from_secs(1);
/// How long an answer waits for the index before it goes out all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// The index and the thread that keeps it true.
pub struct Follower {
    shared: Arc<Shared>,
    heard: watch::Receiver<u64>,
}

struct Shared {
    store: Store,
    index: Index,
    gazetteer: RwLock<Arc<Gazetteer>>,
    waiting: Mutex<Waiting>,
    wake: Condvar,
    following: AtomicBool,
    ended: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    changes: BTreeSet<Change>,
    ticket: u64,
}

impl Follower {
    /// Reads everything once, then starts to follow.
    pub fn start(store: Store, index: Index) -> Result<Self, StoreError> {
        // First the number, then the rows: a change in between is read twice rather than missed.
        let highest = store.read_blocking(change::latest)?;
        let (gazetteer, edition) = store.read_blocking(load_gazetteer)?;
        let tail = Tail::new(highest, edition);
        load_all(&store, &index)?;
        let shared = Arc::new(Shared {
            store,
            index,
            gazetteer: RwLock::new(Arc::new(gazetteer)),
            waiting: Mutex::default(),
            wake: Condvar::new(),
            following: AtomicBool::new(true),
            ended: AtomicBool::new(false),
        });
        let settler = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("index-settler".to_owned())
            .spawn(move || settler.settle())
            .map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        let (tell, heard) = watch::channel(0);
        let follower = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("index-follower".to_owned())
            .spawn(move || follower.run(tail, &tell))
            .map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        Ok(Self { shared, heard })
    }

    /// The directory.
    pub fn index(&self) -> &Index {
        &self.shared.index
    }

    /// The gazetteer as last read.
    pub fn gazetteer(&self) -> Arc<Gazetteer> {
        Arc::clone(&self.shared.gazetteer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the last look at the database went well.
    pub fn is_following(&self) -> bool {
        self.shared.following.load(Ordering::Relaxed)
    }

    /// Hears of committed changes; the number by which [`Follower::follow`] knows when the index shows them.
    pub fn hear(&self, changes: Vec<Change>) -> u64 {
        let ticket = {
            let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.changes.extend(changes);
            waiting.ticket += 1;
            waiting.ticket
        };
        self.shared.wake.notify_one();
        ticket
    }

    /// Hears of committed changes and waits until the index shows them.
    pub async fn follow(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.shows(self.hear(changes)).await;
    }

    /// Waits until the index shows what was heard under that ticket.
    pub async fn shows(&self, ticket: u64) {
        let mut heard = self.heard.clone();
        // The write stands whatever happens here; a reader may only see it a little later.
        let _ = tokio::time::timeout(PATIENCE, heard.wait_for(|done| *done >= ticket)).await;
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.shared.wake.notify_one();
    }
}

/// How far the numbered list of changes has been read.
struct Tail {
    /// The highest number read.
    highest: i64,
    /// Numbers below it that were not there, and since when: a transaction not yet committed, or undone.
    missing: BTreeMap<i64, Instant>,
    /// The gazetteer's edition in memory.
    edition: i64,
}

impl Tail {
    fn new(highest: i64, edition: i64) -> Self {
        // What has a lower number and was not committed when the rows were read may still come.
        let now = Instant::now();
        let missing = (highest.saturating_sub(MOST_MISSING) + 1..=highest).map(|number| (number, now));
        Self { highest, missing: missing.filter(|(number, _)| *number > 0).collect(), edition }
    }

    /// Notes what was read, and what is missing from it.
    fn note(&mut self, read: &[change::Numbered]) {
        let now = Instant::now();
        for number in read.iter().map(|read| read.number) {
            if number > self.highest {
                let skipped = (self.highest + 1).max(number - MOST_MISSING)..number;
                self.missing.extend(skipped.map(|number| (number, now)));
                self.highest = number;
            }
            self.missing.remove(&number);
        }
        self.missing.retain(|_, since| since.elapsed() < GAP);
    }
}

impl Shared {
    fn run(&self, mut tail: Tail, tell: &watch::Sender<u64>) {
        let mut looked_at = Instant::now();
        while !self.ended.load(Ordering::Relaxed) {
            let (changes, ticket) = self.next_changes();
            let mut done = self.apply(&changes);
            if done.is_ok() {
                // Whoever wrote is answered before others' changes are looked for.
                let _ = tell.send(ticket);
                if looked_at.elapsed() >= LOOK_EVERY {
                    done = self.look_elsewhere(&mut tail);
                    looked_at = Instant::now();
                }
            }
            self.following.store(done.is_ok(), Ordering::Relaxed);
            match done {
                Ok(()) => {}
                Err(err) => {
                    tracing::warn!(error = %err, "the index could not follow; trying again");
                    self.waiting.lock().unwrap_or_else(PoisonError::into_inner).changes.extend(changes);
                    std::thread::sleep(LOOK_EVERY * 4);
                }
            }
        }
    }

    fn settle(&self) {
        while !self.ended.load(Ordering::Relaxed) {
            self.index.settle(self.store.now());
            std::thread::park_timeout(SETTLE_EVERY);
        }
    }

    fn next_changes(&self) -> (BTreeSet<Change>, u64) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.changes.is_empty() {
            waiting = self.wake.wait_timeout(waiting, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
        }
        (std::mem::take(&mut waiting.changes), waiting.ticket)
    }

    fn apply(&self, changes: &BTreeSet<Change>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let (mut profiles, mut calendars, mut times) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        // Whole records come first in the order of changes, then whole calendars: either holds what is less.
        for change in changes {
            match *change {
                Change::Profile(id) => _ = profiles.insert(id),
                Change::Calendar(id) if !profiles.contains(&id) => _ = calendars.insert(id),
                Change::Times(id, period) if !profiles.contains(&id) && !calendars.contains(&id) => {
                    times.push((id, period));
                }
                Change::Calendar(_) | Change::Times(..) => {}
            }
        }
        let now = self.store.now();
        for ids in Vec::from_iter(profiles).chunks(AT_ONCE) {
            let listings = self.store.read_blocking(|conn| listing::load(conn, ids, now))?;
            let found: HashSet<PractitionerId> = listings.iter().map(|l| l.practitioner.id).collect();
            ids.iter().filter(|id| !found.contains(id)).for_each(|id| self.index.remove(*id));
            self.index.replace_all(listings);
        }
        for ids in Vec::from_iter(calendars).chunks(AT_ONCE) {
            let busy = self.store.read_blocking(|conn| listing::busy(conn, ids, now))?;
            self.index.set_busy_all(busy);
        }
        for touched in times.chunks(AT_ONCE) {
            let claims = self.store.read_blocking(|conn| claims_near::touching_few(conn, touched))?;
            let times = touched.iter().zip(claims).map(|((id, period), claims)| (*id, *period, claims));
            self.index.set_times(times);
        }
        Ok(())
    }

    fn look_elsewhere(&self, tail: &mut Tail) -> Result<(), StoreError> {
        let (highest, missing) = (tail.highest, Vec::from_iter(tail.missing.keys().copied()));
        let (read, edition) = self.store.read_blocking(|conn| {
            Ok::<_, StoreError>((change::after(conn, highest, &missing, 10_000)?, place::edition(conn)?))
        })?;
        if edition != tail.edition {
            let (gazetteer, edition) = self.store.read_blocking(load_gazetteer)?;
            *self.gazetteer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(gazetteer);
            tail.edition = edition;
        }
        let own = self.store.process();
        self.apply(&read.iter().filter(|read| read.process != own).map(|read| read.change).collect())?;
        tail.note(&read);
        Ok(())
    }
}

fn load_gazetteer(conn: &mut Conn) -> Result<(Gazetteer, i64), StoreError> {
    let edition = place::edition(conn)?;
    Ok((Gazetteer::new(place::all(conn)?), edition))
}

fn load_all(store: &Store, index: &Index) -> Result<(), StoreError> {
    let now = store.now();
    let mut after = None;
    loop {
        let ids = store.read_blocking(|conn| listing::ids_after(conn, after, 1_000))?;
        let Some(last) = ids.last() else { break };
        after = Some(*last);
        let listings = store.read_blocking(|conn| listing::load(conn, &ids, now))?;
        index.replace_all(listings);
    }
    index.settle(now);
    Ok(())
}
