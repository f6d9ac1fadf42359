//! `stillpoint backup`: a consistent copy of an embedded database, beside a running server.
//!
//! **Invariant:** no file is overwritten, and a copy that was not finished does
//! not stay behind under the name asked for.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::store::backup::{self, BackupError};

use super::{CommandError, options::DatabaseOptions, say};

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; must not exist yet
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseOptions,
}

impl Backup {
    /// Copies, then puts the copy in its place.
    pub fn run(self) -> Result<(), CommandError> {
        let address = self.database.existing_address()?;
        if self.file.symlink_metadata().is_ok() {
            return Err(exists(&self.file));
        }
        let unfinished = unfinished(&self.file)?;
        let copied = backup::copy(&address, &unfinished).map_err(|err| match err {
            BackupError::Server => CommandError::wrong(&err),
            _ => CommandError::failed(&err),
        });
        let placed = copied.and_then(|()| place(&unfinished, &self.file));
        if placed.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        placed?;
        let key = self.database.secret_key_file(&address);
        say(format_args!("Wrote {}.", self.file.display()));
        say(format_args!(
            "Keep {} too, and elsewhere: without it what is sealed stays sealed.",
            key.display()
        ));
        Ok(())
    }
}

fn exists(file: &Path) -> CommandError {
    CommandError::Wrong(format!("{} exists already; a backup overwrites nothing", file.display()))
}

fn unfinished(file: &Path) -> Result<PathBuf, CommandError> {
    let Some(name) = file.file_name() else {
        return Err(CommandError::Wrong(format!("{} is no name of a file", file.display())));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    Ok(file.with_file_name(hidden))
}

/// Only its owner may read it; a link, unlike a rename, never replaces what came in between.
fn place(unfinished: &Path, file: &Path) -> Result<(), CommandError> {
    let failed = |err| CommandError::Failed(format!("{} cannot be written: {err}", file.display()));
    private(unfinished).map_err(failed)?;
    fs::hard_link(unfinished, file).map_err(|err| match err.kind() {
        std::io::ErrorKind::AlreadyExists => exists(file),
        _ => failed(err),
    })?;
    let _ = fs::remove_file(unfinished);
    Ok(())
}

fn private(file: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    fs::File::open(file)?.sync_all()
}
