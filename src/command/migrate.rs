//! `stillpoint migrate`: brings the schema up to date, and says what that took.

use clap::Args;

use super::{CommandError, migrated, options::DatabaseOptions, say};

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    database: DatabaseOptions,
}

impl Migrate {
    /// Runs what is missing.
    pub fn run(self) -> Result<(), CommandError> {
        let ran = migrated(&self.database.address()?)?;
        if ran.is_empty() {
            say("The schema is up to date.");
        }
        ran.iter().for_each(|name| say(format_args!("ran {name}")));
        Ok(())
    }
}
