//! One transaction: its connection, its one `now`, and what it announces.
//!
//! **Invariant:** a function that takes `&mut Tx` may write; one that takes
//! `&mut Conn` only reads.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use diesel::result::Error as DieselError;

use crate::domain::{
    change::Change,
    id::{AccountId, RequestId, TypedId},
};

use super::{
    audit::Entry,
    dialect::{self, AnyConnection},
    idempotency::Claim,
    kept_listing::KeptListings,
};

/// A connection for reading.
pub type Conn = AnyConnection;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such row.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A named rule of the schema refused the write.
    #[error("the rule {0} refused it")]
    Broken(String),
    /// A row does not read as what it should be.
    #[error("a stored {what} is damaged: {why}")]
    Damaged {
        /// Which kind of row.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The database cannot be had right now; worth trying again later.
    #[error("the database is not available right now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Two transactions got in each other's way; worth trying again at once.
    #[error("another transaction got in the way")]
    Transient(#[source] DieselError),
    /// Anything else the database says.
    #[error("the database failed")]
    Failed(#[source] DieselError),
    /// The work given to the store panicked, or the store is shutting down.
    #[error("the work was not finished: {0}")]
    Unfinished(&'static str),
}

impl From<DieselError> for StoreError {
    fn from(err: DieselError) -> Self {
        if let Some(name) = dialect::broken_constraint(&err) {
            return Self::Broken(name);
        }
        match err {
            DieselError::NotFound => Self::NotFound("row"),
            err if dialect::is_transient(&err) => Self::Transient(err),
            err if dialect::is_unavailable(&err) => Self::Unavailable(Box::new(err)),
            err => Self::Failed(err),
        }
    }
}

impl StoreError {
    /// Whether that rule of the schema refused the write.
    #[must_use]
    pub fn breaks(&self, constraint: &str) -> bool {
        matches!(self, Self::Broken(name) if name == constraint)
    }

    /// Somebody else was quicker: the transaction is to be tried again.
    #[must_use]
    pub fn overtaken() -> Self {
        Self::Transient(DieselError::RollbackTransaction)
    }

    /// A stored value that does not read as what it should be.
    pub fn damaged(what: &'static str, why: impl ToString) -> Self {
        Self::Damaged { what, why: why.to_string() }
    }
}

/// Who asks, for the trail: taken from the request or the command, never from a body.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who; none for somebody not signed in, or the system.
    pub actor: Option<AccountId>,
    /// In which part: `patient`, `practitioner`, `admin`, `anonymous`, `system`.
    pub role: &'static str,
    /// Which request or run of a command.
    pub request: RequestId,
    /// The key under which the answer is to be kept, where the caller sent one.
    pub claim: Option<Arc<Claim>>,
}

/// A write in progress.
pub struct Tx<'c> {
    conn: &'c mut AnyConnection,
    now: DateTime<Utc>,
    context: Context,
    changes: Vec<Change>,
    entries: Vec<Entry>,
    made: Cell<u16>,
    listings: Arc<KeptListings>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(
        conn: &'c mut AnyConnection,
        now: DateTime<Utc>,
        context: Context,
        listings: Arc<KeptListings>,
    ) -> Self {
        Self { conn, now, context, changes: Vec::new(), entries: Vec::new(), made: Cell::new(0), listings }
    }

    pub(super) fn kept_listings(&self) -> Arc<KeptListings> {
        Arc::clone(&self.listings)
    }

    pub(super) fn into_parts(self) -> (&'c mut AnyConnection, Vec<Change>, Vec<Entry>) {
        (self.conn, self.changes, self.entries)
    }

    /// The one instant of this transaction, in whole microseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who asks.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// A fresh identifier; those of one transaction sort in the order they were made (RFC 9562 §6.2, method 1).
    pub fn new_id<I: TypedId>(&self) -> I {
        // Randomness enters here, at the edge of the pure floor.
        let mut random = [0; 10];
        let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
        for (to, from) in
            random.iter_mut().zip(low.to_ne_bytes().into_iter().skip(1).chain(high.to_ne_bytes()))
        {
            *to = from;
        }
        // The first twelve bits that are not time count.
        let [first, second, ..] = &mut random;
        [*first, *second] = self.made.get().to_be_bytes();
        self.made.set((self.made.get() + 1) & 0x0fff);
        I::at(self.now, random)
    }

    /// Says what this transaction makes true; heard after the commit.
    pub fn announce(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// What was announced so far.
    #[must_use]
    pub fn announced(&self) -> &[Change] {
        &self.changes
    }

    /// Adds a row to the trail, written just before the commit. `detail` holds no personal and no health data.
    pub fn audit(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Keeps every other transaction that names one of these waiting until this one ends.
    pub fn serialise(&mut self, ids: &[uuid::Uuid]) -> Result<(), StoreError> {
        Ok(dialect::serialise(self.conn, ids)?)
    }

    /// Takes the lock of [`Tx::serialise`] on one identifier if it is to be had at once; whether it was.
    pub fn try_serialise(&mut self, id: uuid::Uuid) -> Result<bool, StoreError> {
        Ok(dialect::try_serialise(self.conn, id)?)
    }
}

impl Deref for Tx<'_> {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        self.conn
    }
}
