//! A copy of an embedded database while others go on writing to it.

use std::path::Path;

use super::dialect::{self, Address, Purpose};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A server's database is backed up with the server's own tools.
    #[error("backup copies an embedded database only; for PostgreSQL use pg_dump or its own backups")]
    Server,
    /// The name cannot be given to the database library.
    #[error("the name of the file is not valid UTF-8")]
    Name,
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Open(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The copy could not be written.
    #[error("the copy could not be written")]
    Copy(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Writes all that is committed by now to a new file. Fails where there is one with something in it.
pub fn copy(address: &Address, file: &Path) -> Result<(), BackupError> {
    if matches!(address, Address::Postgres(_)) {
        return Err(BackupError::Server);
    }
    let name = file.to_str().ok_or(BackupError::Name)?;
    let mut conn = dialect::open(address, Purpose::Write).map_err(|err| BackupError::Open(Box::new(err)))?;
    match dialect::copy_into(&mut conn, name) {
        Some(copied) => copied.map_err(|err| BackupError::Copy(Box::new(err))),
        None => Err(BackupError::Server),
    }
}
