//! The two databases, and everything in which they differ.
//!
//! SQLite is embedded and default; PostgreSQL serves where one machine is not
//! enough. Connections are one enum, so every query is written once. What cannot
//! be shared lives here: how identifiers and instants are stored, how a write
//! begins, what serialises two writers, how a broken constraint is named.
//!
//! **Invariant:** no other module names a backend or holds raw SQL.

use chrono::{DateTime, Utc};
use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgConnection, PgValue},
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    r2d2::ManageConnection,
    result::{DatabaseErrorKind, Error as DieselError},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::HasSqlType,
    sqlite::{Sqlite, SqliteConnection},
};
use uuid::Uuid;

/// Column types of our own, beside the common ones of `diesel::sql_types`.
pub mod sql {
    use diesel::{query_builder::QueryId, sql_types::SqlType};

    /// A UUID: `uuid` on PostgreSQL, a 16-byte blob on SQLite.
    #[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 2950, array_oid = 2951))]
    #[diesel(sqlite_type(name = "Binary"))]
    pub struct Id;

    /// An instant: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.
    #[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
    #[diesel(postgres_type(oid = 1184, array_oid = 1185))]
    #[diesel(sqlite_type(name = "Long"))]
    pub struct Instant;
}

pub use connection::{AnyConnection, MultiBackend, MultiRawValue};

mod connection {
    #![expect(missing_docs, reason = "the derive makes public items without docs")]

    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        /// Embedded.
        Sqlite(SqliteConnection),
        /// A server.
        Postgres(PgConnection),
    }
}

/// An identifier as a bound value and as a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = sql::Id)]
pub struct Id(pub Uuid);

impl Id {
    /// The column form of a typed identifier.
    pub fn of(id: impl Into<Uuid>) -> Self {
        Self(id.into())
    }
}

impl HasSqlType<sql::Id> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<sql::Id>(lookup)
    }
}

impl FromSql<sql::Id, MultiBackend> for Id {
    fn from_sql(bytes: MultiRawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, sql::Id>()
    }
}

impl ToSql<sql::Id, MultiBackend> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((sql::Id, self));
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Id, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}

impl ToSql<sql::Id, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Id, Sqlite> for Id {
    fn from_sql(value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<diesel::sql_types::Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

impl ToSql<sql::Id, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

/// An instant as a bound value and as a column. Microsecond precision on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = sql::Instant)]
pub struct Instant(pub DateTime<Utc>);

/// Microseconds from 1970 to 2000, where PostgreSQL begins to count.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

fn instant_of(micros: i64) -> deserialize::Result<Instant> {
    DateTime::from_timestamp_micros(micros)
        .map(Instant)
        .ok_or_else(|| format!("{micros} microseconds is no instant").into())
}

impl HasSqlType<sql::Instant> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<sql::Instant>(lookup)
    }
}

impl FromSql<sql::Instant, MultiBackend> for Instant {
    fn from_sql(bytes: MultiRawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, sql::Instant>()
    }
}

impl ToSql<sql::Instant, MultiBackend> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((sql::Instant, self));
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Instant, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        instant_of(micros.saturating_add(POSTGRES_EPOCH_MICROS))
    }
}

impl ToSql<sql::Instant, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.0.timestamp_micros() - POSTGRES_EPOCH_MICROS;
        std::io::Write::write_all(out, &micros.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Instant, Sqlite> for Instant {
    fn from_sql(value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        instant_of(<i64 as FromSql<diesel::sql_types::BigInt, Sqlite>>::from_sql(value)?)
    }
}

impl ToSql<sql::Instant, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.timestamp_micros());
        Ok(IsNull::No)
    }
}

/// A statement whose prepared form is kept by the connection.
///
/// Diesel prepares updates anew each time, since their text may differ from call to call. Kept ones
/// are found by their text, so that a text seen before is not planned again. That works for those
/// that return rows: what is only executed, Diesel asks in another way.
#[derive(Debug, Clone, Copy)]
pub struct Kept<Q>(pub Q);

impl<Q, DB> QueryFragment<DB> for Kept<Q>
where
    DB: diesel::backend::Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Kept<Q> {}

/// `column = id` for one identifier, `column in (…)` for any other number of them: the first has
/// one text, so that its prepared form is kept, and most questions are about one.
macro_rules! is_among {
    ($column:expr, $ids:expr) => {{
        let ids: Vec<$crate::store::dialect::Id> =
            $ids.iter().copied().map($crate::store::dialect::Id::of).collect();
        let is_among: Box<
            dyn diesel::BoxableExpression<
                    _,
                    $crate::store::dialect::MultiBackend,
                    SqlType = diesel::sql_types::Bool,
                >,
        > = match ids.as_slice() {
            [one] => Box::new($column.eq(*one)),
            _ => Box::new($column.eq_any(ids)),
        };
        is_among
    }};
}
pub(super) use is_among;

/// Adds rows: on PostgreSQL in one statement; on SQLite, where a statement costs no journey, one by one
/// by a statement whose prepared form is kept.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let (conn, mut rows): (&mut $crate::store::dialect::AnyConnection, Vec<_>) = ($conn, $rows);
        match conn {
            $crate::store::dialect::AnyConnection::Sqlite(conn) => rows
                .into_iter()
                .try_for_each(|row| diesel::insert_into($table).values(row).execute(conn).map(drop)),
            $crate::store::dialect::AnyConnection::Postgres(conn) if rows.len() > 1 => {
                diesel::insert_into($table).values(rows).execute(conn).map(drop)
            }
            $crate::store::dialect::AnyConnection::Postgres(conn) => match rows.pop() {
                Some(row) => diesel::insert_into($table).values(row).execute(conn).map(drop),
                None => Ok(()),
            },
        }
    }};
}
pub(super) use insert_rows;

/// A claim and for which of those asked about it was found.
#[derive(QueryableByName)]
pub struct FoundClaim {
    /// Counts from 1.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub nth: i64,
    /// The claim's own identifier.
    #[diesel(sql_type = sql::Id)]
    pub id: Id,
    /// Whose time.
    #[diesel(sql_type = sql::Id)]
    pub practitioner_id: Id,
    /// When the visit starts.
    #[diesel(sql_type = sql::Instant)]
    pub starts_at: Instant,
    /// When it ends.
    #[diesel(sql_type = sql::Instant)]
    pub ends_at: Instant,
    /// The same with buffers.
    #[diesel(sql_type = sql::Instant)]
    pub busy_from: Instant,
    /// The same with buffers.
    #[diesel(sql_type = sql::Instant)]
    pub busy_until: Instant,
    /// Where.
    #[diesel(sql_type = diesel::sql_types::Nullable<sql::Id>)]
    pub location_id: Option<Id>,
    /// Whether it is no booking.
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub is_hold: bool,
    /// Until when it stands.
    #[diesel(sql_type = diesel::sql_types::Nullable<sql::Instant>)]
    pub held_until: Option<Instant>,
}

/// For each practitioner and instant the last `most` claims that begin before it, latest first, in one
/// journey to the server.
pub fn claims_before(
    conn: &mut PgConnection,
    practitioners: Vec<Id>,
    before: Vec<Instant>,
    most: i64,
) -> QueryResult<Vec<FoundClaim>> {
    use diesel::sql_types::{Array, BigInt};
    let query = diesel::sql_query(
        "select asked.nth, claim.* from unnest($1, $2) with ordinality as asked (id, before, nth)
         cross join lateral (
             select id, practitioner_id, starts_at, ends_at, busy_from, busy_until, location_id, is_hold, held_until
             from busy_time where practitioner_id = asked.id and busy_from < asked.before
             order by busy_from desc limit $3
         ) as claim order by asked.nth, claim.busy_from desc",
    );
    let query = query.bind::<Array<sql::Id>, _>(practitioners).bind::<Array<sql::Instant>, _>(before);
    Kept(query.bind::<BigInt, _>(most)).load(conn)
}

/// For each patient and instant the last two claims that stand at `now` and begin before it.
pub fn patient_claims_before(
    conn: &mut PgConnection,
    patients: Vec<Id>,
    before: Vec<Instant>,
    now: Instant,
) -> QueryResult<Vec<FoundClaim>> {
    use diesel::sql_types::Array;
    let query = diesel::sql_query(
        "select asked.nth, claim.* from unnest($1, $2) with ordinality as asked (id, before, nth)
         cross join lateral (
             select id, practitioner_id, starts_at, ends_at, busy_from, busy_until, location_id, is_hold, held_until
             from busy_time where patient_id = asked.id and starts_at < asked.before
                 and (held_until is null or held_until > $3)
             order by starts_at desc limit 2
         ) as claim order by asked.nth, claim.starts_at desc",
    );
    let query = query.bind::<Array<sql::Id>, _>(patients).bind::<Array<sql::Instant>, _>(before);
    Kept(query.bind::<sql::Instant, _>(now)).load(conn)
}

/// Which database an address names, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The path of an embedded database.
    Sqlite(String),
    /// A libpq connection string.
    Postgres(String),
}

/// Why an address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database URL must begin with sqlite:// or postgres://, as in sqlite://stillpoint.db")]
pub struct AddressError;

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() && !path.starts_with(':') => {
                Ok(Self::Sqlite(path.to_owned()))
            }
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => Ok(Self::Postgres(url.to_owned())),
            _ => Err(AddressError),
        }
    }
}

/// What a connection is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Only queries; the embedded database refuses anything else.
    Read,
    /// Everything.
    Write,
}

/// Opens connections for a pool.
#[derive(Debug)]
pub struct Opener {
    /// Where to.
    pub address: Address,
    /// What for.
    pub purpose: Purpose,
}

impl ManageConnection for Opener {
    type Connection = AnyConnection;
    type Error = DieselConnectError;

    fn connect(&self) -> Result<AnyConnection, Self::Error> {
        open(&self.address, self.purpose)
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<(), Self::Error> {
        conn.batch_execute("select 1").map_err(DieselConnectError::Setup)
    }

    /// A connection left inside a transaction, or with a broken server behind it, is not given out again.
    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        std::thread::panicking() || is_broken(conn)
    }
}

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
pub enum DieselConnectError {
    /// Not reachable, not readable, or not a database.
    #[error("the database cannot be opened")]
    Connect(#[source] diesel::ConnectionError),
    /// Reached, but its settings were refused.
    #[error("the database refused its settings")]
    Setup(#[source] DieselError),
}

/// Opens one connection. Waits at most five seconds for another process's write on the embedded database.
pub fn open(address: &Address, purpose: Purpose) -> Result<AnyConnection, DieselConnectError> {
    match address {
        Address::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path).map_err(DieselConnectError::Connect)?;
            conn.batch_execute(
                "pragma busy_timeout = 5000;
                 pragma journal_mode = wal;
                 pragma synchronous = full;
                 pragma foreign_keys = on;
                 pragma temp_store = memory;",
            )
            .map_err(DieselConnectError::Setup)?;
            if purpose == Purpose::Read {
                conn.batch_execute("pragma query_only = on").map_err(DieselConnectError::Setup)?;
            } else {
                // The pages that are written again and again stay at hand, and go from the log to the file in
                // larger lots: 64 MiB, and 32 MiB of pages of 4 KiB.
                conn.batch_execute("pragma cache_size = -65536; pragma wal_autocheckpoint = 8192;")
                    .map_err(DieselConnectError::Setup)?;
            }
            Ok(AnyConnection::Sqlite(conn))
        }
        Address::Postgres(url) => {
            let mut conn = PgConnection::establish(url).map_err(DieselConnectError::Connect)?;
            // Every question has an index that gives its rows in order. A plan made while a table was small,
            // and kept, must not look through all of a person's rows and sort them once it is large.
            conn.batch_execute(
                "set time zone 'UTC'; set statement_timeout = '15s'; set lock_timeout = '10s';
                 set enable_seqscan = off; set enable_bitmapscan = off; set jit = off",
            )
            .map_err(DieselConnectError::Setup)?;
            Ok(AnyConnection::Postgres(conn))
        }
    }
}

type Transactions = AnsiTransactionManager;

/// Whether a transaction is open or broken where none should be.
pub fn is_broken(conn: &mut AnyConnection) -> bool {
    match conn {
        AnyConnection::Sqlite(conn) => Transactions::is_broken_transaction_manager(conn),
        AnyConnection::Postgres(conn) => Transactions::is_broken_transaction_manager(conn),
    }
}

/// Begins a write: at once the only one on SQLite, `read committed` on PostgreSQL
/// (what must not happen there is kept out by constraints and by [`serialise`]).
pub fn begin_write(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => Transactions::begin_transaction_sql(conn, "begin immediate"),
        AnyConnection::Postgres(conn) => {
            Transactions::begin_transaction_sql(conn, "begin isolation level read committed")
        }
    }
}

/// Begins a read that sees one state of the database throughout.
pub fn begin_read(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => Transactions::begin_transaction_sql(conn, "begin deferred"),
        AnyConnection::Postgres(conn) => {
            Transactions::begin_transaction_sql(conn, "begin isolation level repeatable read read only")
        }
    }
}

/// Opens a savepoint inside a transaction.
pub fn begin_nested(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => Transactions::begin_transaction(conn),
        AnyConnection::Postgres(conn) => Transactions::begin_transaction(conn),
    }
}

/// Commits the innermost transaction or releases the innermost savepoint.
pub fn commit(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => Transactions::commit_transaction(conn),
        AnyConnection::Postgres(conn) => Transactions::commit_transaction(conn),
    }
}

/// Undoes the innermost transaction or savepoint.
pub fn rollback(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => Transactions::rollback_transaction(conn),
        AnyConnection::Postgres(conn) => Transactions::rollback_transaction(conn),
    }
}

mod lock {
    diesel::define_sql_function! {
        /// Its answer is void and never read; written like this so that it is prepared once.
        fn pg_advisory_xact_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Text;
    }
    diesel::define_sql_function! {
        /// A row for each of them, in their order.
        fn unnest(keys: diesel::sql_types::Array<diesel::sql_types::BigInt>) -> diesel::sql_types::BigInt;
    }
}

/// Keeps every other transaction that names one of these identifiers waiting until
/// this one ends. On SQLite there is only ever one writer. Always taken in the same
/// order, so that two transactions never wait for each other.
pub fn serialise(conn: &mut AnyConnection, ids: &[Uuid]) -> QueryResult<()> {
    let AnyConnection::Postgres(conn) = conn else { return Ok(()) };
    let mut keys: Vec<i64> = ids.iter().copied().map(lock_key).collect();
    keys.sort_unstable();
    keys.dedup();
    // One question for all of them, answered from the first to the last.
    diesel::select(lock::pg_advisory_xact_lock(lock::unnest(keys))).execute(conn)?;
    Ok(())
}

/// As [`serialise`] for one identifier, but without waiting; whether the lock was to be had.
pub fn try_serialise(conn: &mut AnyConnection, id: Uuid) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Lock {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        taken: bool,
    }
    let AnyConnection::Postgres(conn) = conn else { return Ok(true) };
    let lock: Lock = diesel::sql_query("select pg_try_advisory_xact_lock($1) as taken")
        .bind::<diesel::sql_types::BigInt, _>(lock_key(id))
        .get_result(conn)?;
    Ok(lock.taken)
}

fn lock_key(id: Uuid) -> i64 {
    let (_, low) = id.as_u64_pair();
    i64::from_ne_bytes(low.to_ne_bytes())
}

/// Makes another process that migrates the same database wait.
pub fn lock_migrations(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => conn.batch_execute(
            "set lock_timeout = 0; set statement_timeout = 0; select pg_advisory_lock(7306086891275022963)",
        ),
    }
}

/// Lets the next migrating process go on.
pub fn unlock_migrations(conn: &mut AnyConnection) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => conn.batch_execute("select pg_advisory_unlock(7306086891275022963)"),
    }
}

/// Refuses a server older than the oldest we support, before anything is touched.
pub fn check_server(conn: &mut AnyConnection) -> Result<(), String> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        number: i32,
    }
    let AnyConnection::Postgres(conn) = conn else { return Ok(()) };
    let version: Version =
        diesel::sql_query("select current_setting('server_version_num')::integer as number")
            .get_result(conn)
            .map_err(|err| err.to_string())?;
    if version.number < 150_000 {
        return Err(format!("PostgreSQL 15 or newer is needed; this server is {}", version.number / 10_000));
    }
    Ok(())
}

/// A consistent copy of an embedded database in a new file; `None` where the database is a server.
pub fn copy_into(conn: &mut AnyConnection, file: &str) -> Option<QueryResult<()>> {
    let AnyConnection::Sqlite(conn) = conn else { return None };
    Some(diesel::sql_query("vacuum into ?").bind::<diesel::sql_types::Text, _>(file).execute(conn).map(drop))
}

/// The name of the constraint an error speaks of, alike on both databases.
///
/// PostgreSQL names it. SQLite names checks and triggers; for a unique column it
/// names the columns, from which PostgreSQL's own name follows
/// (`account.email_key` → `account_email_key_key`). It names no foreign key.
#[must_use]
pub fn broken_constraint(err: &DieselError) -> Option<String> {
    let DieselError::DatabaseError(kind, info) = err else { return None };
    if let Some(name) = info.constraint_name() {
        return Some(name.to_owned());
    }
    if matches!(kind, DatabaseErrorKind::SerializationFailure) {
        return None;
    }
    let message = info.message();
    let after = |prefix: &str| message.strip_prefix(prefix);
    if let Some(columns) = after("UNIQUE constraint failed: ") {
        return Some(unique_name(columns));
    }
    if let Some(name) = after("CHECK constraint failed: ") {
        return Some(name.to_owned());
    }
    if after("FOREIGN KEY constraint failed").is_some() {
        return Some("foreign_key".to_owned());
    }
    let raised = ["appointment_no_overlap", "patient_no_overlap", "audit_is_append_only"];
    raised.into_iter().find(|name| *name == message).map(str::to_owned)
}

fn unique_name(columns: &str) -> String {
    let mut name = String::new();
    for column in columns.split(", ") {
        let (table, column) = column.split_once('.').unwrap_or((columns, ""));
        if name.is_empty() {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name.push_str("_key");
    name
}

/// Whether trying the whole transaction again may help: a deadlock or a serialization failure.
#[must_use]
pub fn is_transient(err: &DieselError) -> bool {
    match err {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(_, info) => info.message().contains("deadlock detected"),
        _ => false,
    }
}

/// Whether the database could not be had in time, or is gone: worth telling the caller to come back.
#[must_use]
pub fn is_unavailable(err: &DieselError) -> bool {
    match err {
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
        | DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(_, info) => {
            let message = info.message();
            [
                "database is locked",
                "database or disk is full",
                "disk I/O error",
                "canceling statement due to",
                "server closed the connection",
                "terminating connection",
                "the database system is",
                "connection to server",
                "no connection to the server",
            ]
            .iter()
            .any(|sign| message.contains(sign))
        }
        _ => false,
    }
}
