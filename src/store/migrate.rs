//! Brings the schema up to date: the migrations are part of the binary.
//!
//! **Invariant:** a database whose schema is newer than the binary is left
//! alone; two processes that start at once migrate it once.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::dialect::{self, Address, AnyConnection, DieselConnectError, MultiBackend, Purpose};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be opened.
    #[error("{0}: {source}", source = root(.0))]
    Open(#[source] DieselConnectError),
    /// The server is too old.
    #[error("{0}")]
    Server(String),
    /// Somebody ran a newer version on this database.
    #[error(
        "this database was made by a newer version of stillpoint (it has the migration {0}); use that version or a backup"
    )]
    Newer(String),
    /// A migration did not run; the database stays at the one before.
    #[error("the schema could not be brought up to date: {0}")]
    Failed(String),
}

fn root(err: &DieselConnectError) -> String {
    std::error::Error::source(err).map(ToString::to_string).unwrap_or_default()
}

/// Runs the migrations that are missing; names them.
pub fn migrate(address: &Address) -> Result<Vec<String>, MigrateError> {
    let mut conn = dialect::open(address, Purpose::Write).map_err(MigrateError::Open)?;
    dialect::check_server(&mut conn).map_err(MigrateError::Server)?;
    dialect::lock_migrations(&mut conn).map_err(|err| MigrateError::Failed(err.to_string()))?;
    let done = run(&mut conn, address);
    dialect::unlock_migrations(&mut conn).map_err(|err| MigrateError::Failed(err.to_string()))?;
    done
}

/// Names of the migrations that would run.
pub fn pending(address: &Address) -> Result<Vec<String>, MigrateError> {
    let mut conn = dialect::open(address, Purpose::Read).map_err(MigrateError::Open)?;
    let pending = conn.pending_migrations(source(address)).map_err(failed)?;
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}

fn source(address: &Address) -> EmbeddedMigrations {
    match address {
        Address::Sqlite(_) => SQLITE,
        Address::Postgres(_) => POSTGRES,
    }
}

fn failed(err: Box<dyn std::error::Error + Send + Sync>) -> MigrateError {
    MigrateError::Failed(err.to_string())
}

fn run(conn: &mut AnyConnection, address: &Address) -> Result<Vec<String>, MigrateError> {
    let source = source(address);
    let known: Vec<Box<dyn Migration<MultiBackend>>> = source.migrations().map_err(failed)?;
    let applied = conn.applied_migrations().map_err(failed)?;
    let is_known = |version: &MigrationVersion<'static>| known.iter().any(|m| &m.name().version() == version);
    if let Some(newer) = applied.iter().find(|version| !is_known(version)) {
        return Err(MigrateError::Newer(newer.to_string()));
    }
    // Each runs in a transaction of its own: it is done or it is not.
    let ran = conn.run_pending_migrations(source).map_err(failed)?;
    Ok(ran.iter().map(ToString::to_string).collect())
}
