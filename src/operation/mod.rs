//! Decides. One file per thing a person does; each tells its story in order.
//!
//! An operation takes `&mut Tx` when it writes and `&mut Conn` when it reads,
//! checks every rule where the row is written, and refuses with a variant of its
//! own error. [`App`] is what it all runs in: the store, the index, the keys.
//!
//! **Invariant:** nothing here knows HTTP; a refusal is a variant, a failure a
//! chain of causes.

pub mod answer_offer;
pub mod attend;
pub mod attend_series;
pub mod authenticate;
pub mod book;
pub mod book_series;
pub mod chores;
pub mod clear;
pub mod decide_credential;
pub mod desk;
pub mod directory;
pub mod doctor;
pub mod estimate;
pub mod find_practitioners;
pub mod find_slots;
pub mod history;
pub mod hold;
pub mod join_waitlist;
pub mod lapse;
pub mod list_appointments;
pub mod manage_account;
pub mod manage_dependants;
pub mod manage_document;
pub mod manage_feeds;
pub mod manage_location;
pub mod manage_practitioner;
pub mod manage_service;
pub mod manage_sessions;
pub mod manage_time_off;
pub mod offer_on;
pub mod offered;
pub mod once;
pub mod oversee;
pub mod place_address;
pub mod publish_contraindications;
pub mod recall;
pub mod register;
pub mod reschedule;
pub mod reset_password;
pub mod review;
pub mod rounds;
pub mod screen;
pub mod second_factor;
pub mod set_schedule;
pub mod show_calendar;
pub mod sign_in;
pub mod submit_credential;
pub mod tell_both;
pub mod throttle;
pub mod together;

use std::{error::Error, sync::Arc};

use chrono::{DateTime, Utc};

use crate::{
    config::{Config, HashConfig},
    search::{Gazetteer, Index},
    secret::{Hasher, KeyFileError, Keyring, MacKey, Sealer, SecretError},
    store::{Clock, Conn, Context, Store, StoreConfig, StoreError, Tx},
};

use crate::secret::password::Params;
use authenticate::Sessions;
use book::{Book, BookError, Made};
use desk::Desk;
use directory::Follower;

/// Everything operations run in. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    store: Store,
    follower: Arc<Follower>,
    desk: Desk,
    sessions: Sessions,
    hasher: Arc<Hasher>,
    secrets: Secrets,
    config: Config,
}

/// The keys operations use; cheap to clone into a transaction's closure.
#[derive(Clone)]
pub struct Secrets {
    /// Seals health data and other secrets at rest.
    pub sealer: Arc<Sealer>,
    /// Hashes recovery codes.
    pub recovery: MacKey,
    /// Tells callers' keys and their requests apart without keeping either.
    pub idempotency: MacKey,
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// Hashing cannot be set up.
    #[error("password hashing cannot be set up: {0}")]
    Hash(#[from] SecretError),
    /// The key is another database's.
    #[error(
        "the key file {} is not the one this database was written with; put the right one in its place",
        .0.display()
    )]
    OtherKey(std::path::PathBuf),
    /// The database cannot be read.
    #[error("the database cannot be read: {}", root_cause(.0))]
    Store(#[from] StoreError),
}

fn root_cause(err: &StoreError) -> String {
    let mut last: &dyn Error = err;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

impl App {
    /// Opens a migrated database, loads the keys, builds the index. Blocks.
    pub fn start(config: Config, clock: Clock) -> Result<Self, StartError> {
        let keyring = Keyring::load_or_create(&config.secret_key_file)?;
        let audit = keyring.audit();
        let store = Store::open(
            &StoreConfig { address: config.database.clone(), connections: config.connections },
            clock,
            Arc::new(move |bytes| audit.sign(bytes).to_vec()),
        )?;
        if !store.read_blocking(|conn| store.trail_is_ours(conn))? {
            return Err(StartError::OtherKey(config.secret_key_file));
        }
        let secrets = Secrets {
            sealer: Arc::new(keyring.sealer()),
            recovery: keyring.recovery(),
            idempotency: keyring.idempotency(),
        };
        let hasher = Hasher::new(params(config.hash), config.hash.most_at_once)?;
        let follower = Arc::new(Follower::start(store.clone(), Index::new())?);
        let desk =
            Desk::open(&store, &secrets, &follower).map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        let sessions =
            authenticate::sessions(&store).map_err(|err| StoreError::Unavailable(Box::new(err)))?;
        let hasher = Arc::new(hasher);
        Ok(Self(Arc::new(Parts { store, follower, desk, sessions, hasher, secrets, config })))
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// What is set.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The keys.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        self.0.secrets.clone()
    }

    fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Hashes passwords, a bounded number at once.
    #[must_use]
    pub fn hasher(&self) -> Arc<Hasher> {
        Arc::clone(&self.0.hasher)
    }

    /// The directory in memory.
    #[must_use]
    pub fn index(&self) -> &Index {
        self.0.follower.index()
    }

    /// The gazetteer in memory.
    #[must_use]
    pub fn gazetteer(&self) -> Arc<Gazetteer> {
        self.0.follower.gazetteer()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.store.now()
    }

    /// Whether the database answers and the index follows it.
    pub async fn is_ready(&self) -> bool {
        self.0.follower.is_following() && self.read(crate::store::change::latest).await.is_ok()
    }

    /// Runs queries that see one state of the database.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.0.store.read(work).await
    }

    /// Runs `work` in one transaction, in which the appointments of everybody whose standing it may
    /// have changed are looked at again; after its commit the index hears of it, and only then is it answered.
    pub async fn write<T, E, F>(&self, context: Context, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let work = move |tx: &mut Tx<'_>| -> Result<T, E> {
            let value = work(tx)?;
            recall::follow(tx)?;
            Ok(value)
        };
        let committed = self.0.store.write(context, work).await?;
        self.0.follower.follow(committed.changes).await;
        Ok(committed.value)
    }

    /// Books, in one transaction with others who book at the same moment; answered as [`App::write`] is.
    pub async fn book(&self, context: Context, wish: Book) -> Result<Made, BookError> {
        let (made, ticket) = self.0.desk.book(context, wish).await?;
        self.0.follower.shows(ticket).await;
        Ok(made)
    }

    /// As [`App::write`], for threads of their own: waits for the commit and not for the index, which
    /// shows it a moment later. Blocks.
    pub fn write_alone<T, E, F>(&self, context: Context, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Error + Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let committed = self.0.store.write_blocking(context, work)?;
        self.0.follower.hear(committed.changes);
        Ok(committed.value)
    }

    /// Runs something that keeps a processor busy, or waits, off the event loop.
    pub async fn off_loop<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Unfinished("a task panicked"))
    }
}

fn params(config: HashConfig) -> Params {
    Params { memory_kib: config.memory_kib, iterations: config.iterations, parallelism: 1 }
}
