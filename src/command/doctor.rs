//! `stillpoint doctor`: checks on live data what must always hold, and changes nothing.

use clap::Args;

use crate::{operation::doctor, store::migrate};

use super::{
    CommandError,
    options::{self, DatabaseOptions},
    say, serve,
};

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    database: DatabaseOptions,
}

impl Doctor {
    /// Prints what is wrong; exit code 1 when anything is.
    pub fn run(self) -> Result<(), CommandError> {
        let address = self.database.existing_address()?;
        let key = self.database.secret_key_file(&address);
        // A fresh key would make every row of the trail look forged.
        if !key.is_file() {
            return Err(CommandError::Wrong(format!("there is no key file at {}", key.display())));
        }
        let pending = migrate::pending(&address).map_err(|err| CommandError::failed(&err))?;
        if !pending.is_empty() {
            return Err(CommandError::Failed(
                "the schema is not up to date; run stillpoint migrate first".to_owned(),
            ));
        }
        let app = serve::start(options::quiet(address, key))?;
        let faults = doctor::check(&app).map_err(|err| CommandError::failed(&err))?;
        faults.iter().for_each(say);
        match faults.len() {
            0 => {
                say("All is well.");
                Ok(())
            }
            1 => Err(CommandError::Failed("1 fault was found".to_owned())),
            n => Err(CommandError::Failed(format!("{n} faults were found"))),
        }
    }
}
