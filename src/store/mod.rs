//! Rows: the only floor that names `diesel`, a table or a column.
//!
//! A function here runs one query. It takes the connection first, speaks domain
//! types, and leaves deciding to `operation`. Nothing here commits; a
//! transaction is opened in one place, [`Store::write`].
//!
//! SQLite and PostgreSQL share every query. Where they cannot (how a write
//! begins, how a broken constraint is named, how an identifier is stored), the
//! difference has one home, [`dialect`].
//!
//! **Invariant:** a `diesel` type never appears in a signature outside `store`.

pub mod account;
pub mod appointment;
pub mod appointment_event;
pub mod attention;
pub mod audit;
pub mod backup;
pub mod busy_time;
pub mod calendar_feed;
pub mod change;
pub mod claims_near;
pub mod clearance;
pub mod contraindication;
pub mod credential;
pub mod decision;
pub mod dependant;
pub mod dialect;
pub mod document;
pub mod exclusion;
pub mod idempotency;
pub mod kept_listing;
pub mod listing;
pub mod location;
pub mod migrate;
pub mod outbox;
pub mod outdated;
pub mod overview;
pub mod password_reset;
pub mod patient;
pub mod place;
pub mod practitioner;
pub mod recovery_code;
pub mod registration;
pub mod schedule;
mod schema;
pub mod screening;
pub mod series;
pub mod service;
pub mod session;
pub mod sign_in_failure;
pub mod time_off;
pub mod tx;
pub mod waitlist;
pub mod waitlist_offer;
mod writer;

use std::{error::Error, sync::Arc, time::Duration};

use chrono::{DateTime, DurationRound, Utc};
use diesel::r2d2::Pool;
use uuid::Uuid;

use crate::domain::change::Change;

use dialect::{Address, Opener, Purpose};
use kept_listing::KeptListings;
pub use tx::{Conn, Context, StoreError, Tx};
use writer::Writer;

/// Tells the time. One clock at the edge; tests bring their own.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How the store is set up.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Which database.
    pub address: Address,
    /// Most connections for reading (SQLite) or for everything (PostgreSQL).
    pub connections: u32,
}

/// What a write brought about.
#[derive(Debug)]
pub struct Committed<T> {
    /// What the work answered.
    pub value: T,
    /// What it made true.
    pub changes: Vec<Change>,
}

/// How often a write is tried when another transaction gets in its way.
const TRIES: u32 = 6;
/// How long a caller waits for a connection.
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);

/// The door to the database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool<Opener>,
    writer: Option<Writer>,
    edge: Edge,
}

/// What enters every write from outside: time, the trail's key, this process's name.
#[derive(Clone)]
struct Edge {
    clock: Clock,
    mac: Arc<audit::Mac>,
    process: Uuid,
    listings: Arc<KeptListings>,
}

impl Edge {
    fn now(&self) -> DateTime<Utc> {
        whole_micros((self.clock)())
    }
}

impl Store {
    /// Opens a migrated database.
    pub fn open(config: &StoreConfig, clock: Clock, mac: Arc<audit::Mac>) -> Result<Self, StoreError> {
        let embedded = matches!(config.address, Address::Sqlite(_));
        let purpose = if embedded { Purpose::Read } else { Purpose::Write };
        let pool = Pool::builder()
            .max_size(config.connections)
            .min_idle(Some(1))
            .test_on_check_out(!embedded)
            .connection_timeout(WAIT_FOR_CONNECTION)
            .build(Opener { address: config.address.clone(), purpose })
            .map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        let edge = Edge { clock, mac, process: Uuid::new_v4(), listings: Arc::default() };
        let writer = embedded.then(|| Writer::start(config.address.clone(), edge.clone()));
        Ok(Self { pool, writer, edge })
    }

    /// The time, in whole microseconds: the finest both databases keep.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.edge.now()
    }

    /// Whether the database is a file that only this machine writes to.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.writer.is_some()
    }

    /// The name of this process in the list of changes.
    #[must_use]
    pub fn process(&self) -> Uuid {
        self.edge.process
    }

    /// Checks the trail's chains; says what is wrong.
    pub fn verify_trail(&self, conn: &mut Conn) -> Result<Vec<String>, StoreError> {
        audit::verify(conn, self.edge.mac.as_ref())
    }

    /// Whether the trail was written with this process's key.
    pub fn trail_is_ours(&self, conn: &mut Conn) -> Result<bool, StoreError> {
        audit::is_ours(conn, self.edge.mac.as_ref())
    }

    /// Runs queries that see one state of the database. Blocks: never call it on an event-loop thread.
    pub fn read_blocking<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = self.pool.get().map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        dialect::begin_read(&mut conn).map_err(StoreError::from)?;
        let answer = work(&mut conn);
        let ended = match answer {
            Ok(_) => dialect::commit(&mut conn),
            Err(_) => dialect::rollback(&mut conn),
        };
        let answer = answer?;
        ended.map_err(StoreError::from)?;
        Ok(answer)
    }

    /// Asks one question. A statement alone sees one state of the database, so that no transaction is
    /// opened for it, which would take two journeys more. Blocks.
    pub fn ask_blocking<T>(
        &self,
        question: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conn = self.pool.get().map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        question(&mut conn)
    }

    /// Runs queries that see one state of the database.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.read_blocking(work))
            .await
            .unwrap_or_else(|_| Err(StoreError::Unfinished("a read panicked").into()))
    }

    /// Runs `work` in one write transaction with one `now`; all of it is kept, or nothing.
    ///
    /// The answer comes after the commit. `work` may run more than once (another transaction
    /// may get in its way), so it changes nothing outside the transaction.
    pub async fn write<T, E, F>(&self, context: Context, work: F) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.submit(context, work).await;
        }
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.write_pooled(&context, &work))
            .await
            .unwrap_or_else(|_| Err(StoreError::Unfinished("a write panicked").into()))
    }

    /// As [`Store::write`], for commands that have no event loop.
    pub fn write_blocking<T, E, F>(&self, context: Context, work: F) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.submit_blocking(context, work),
            None => self.write_pooled(&context, &work),
        }
    }

    fn write_pooled<T, E>(
        &self,
        context: &Context,
        work: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<Committed<T>, E>
    where
        E: From<StoreError> + Error + 'static,
    {
        let mut tried = 1;
        loop {
            match self.write_once(context, work) {
                Err(err) if tried < TRIES && is_transient(&err) => {
                    // Each waits a different time, or they would meet again.
                    let spread = (uuid::Uuid::new_v4().as_u128() % 20) as u64;
                    std::thread::sleep(Duration::from_millis(u64::from(tried) * 5 + spread));
                    tried += 1;
                }
                answer => return answer,
            }
        }
    }

    fn write_once<T, E>(
        &self,
        context: &Context,
        work: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<Committed<T>, E>
    where
        E: From<StoreError>,
    {
        let mut conn = self.pool.get().map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        dialect::begin_write(&mut conn).map_err(StoreError::from)?;
        let answer = run(&mut conn, &self.edge, context.clone(), work);
        match answer {
            Ok(done) => {
                dialect::commit(&mut conn).map_err(StoreError::from)?;
                Ok(done)
            }
            Err(err) => {
                // Should this fail the pool drops the connection, which undoes as well.
                let _ = dialect::rollback(&mut conn);
                Err(err)
            }
        }
    }
}

/// The body of every write: the work, then what it announced, then the trail.
fn run<T, E: From<StoreError>>(
    conn: &mut Conn,
    edge: &Edge,
    context: Context,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<Committed<T>, E> {
    let now = edge.now();
    let mut tx = Tx::new(conn, now, context.clone(), Arc::clone(&edge.listings));
    let value = work(&mut tx)?;
    let (conn, changes, entries) = tx.into_parts();
    change::insert(conn, &changes, edge.process, now)?;
    audit::append(conn, edge.mac.as_ref(), now, &context, entries)?;
    Ok(Committed { value, changes })
}

fn whole_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(chrono::Duration::microseconds(1)).unwrap_or(at)
}

/// Whether somewhere in the chain of causes another transaction got in the way.
fn is_transient(err: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(err);
    while let Some(err) = cause {
        if matches!(err.downcast_ref(), Some(StoreError::Transient(_))) {
            return true;
        }
        cause = err.source();
    }
    false
}
