//! `stillpoint admin create`: the only way an administrator comes to be.
//!
//! **Invariant:** the password is never an argument, where every user of the
//! machine could read it; the second factor is printed once and stored sealed.

use std::io::{IsTerminal, stdin};

use chrono_tz::Tz;
use clap::{Args, Subcommand};

use crate::domain::account::{EmailAddress, Password};

use super::{
    CommandError,
    options::{DatabaseOptions, HashOptions},
};

/// Where the password is taken from when nobody sits at a terminal.
const PASSWORD: &str = "STILLPOINT_ADMIN_PASSWORD";

/// Options of `admin`.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Makes an administrator, active at once; prints the second factor once. The password comes from
    /// the terminal or from STILLPOINT_ADMIN_PASSWORD.
    Create(Create),
}

#[derive(Debug, Args)]
struct Create {
    /// Address to sign in with
    #[arg(long, value_name = "ADDRESS", env = "STILLPOINT_EMAIL")]
    email: String,
    /// What to call them
    #[arg(long, value_name = "NAME", env = "STILLPOINT_NAME")]
    name: String,
    /// Zone in which times are told to them, as in America/Los_Angeles
    #[arg(long, value_name = "ZONE", env = "STILLPOINT_TIME_ZONE", default_value = "UTC")]
    time_zone: String,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    hash: HashOptions,
}

impl Admin {
    /// Does what was asked.
    pub fn run(self) -> Result<(), CommandError> {
        let Action::Create(create) = self.action;
        create.run()
    }
}

impl Create {
    fn run(self) -> Result<(), CommandError> {
        let _email: EmailAddress = self.email.parse().map_err(CommandError::wrong)?;
        let _zone: Tz = self.time_zone.parse().map_err(|_| {
            CommandError::Wrong(format!("{} is no time zone; one is America/Los_Angeles", self.time_zone))
        })?;
        self.database.address()?;
        let _password = password()?;
        let _ = self.hash;
        Err(CommandError::Failed("administrators cannot be made yet".to_owned()))
    }
}

fn password() -> Result<Password, CommandError> {
    let text = match std::env::var(PASSWORD) {
        Ok(text) => text,
        Err(_) if stdin().is_terminal() => asked_twice()?,
        Err(_) => return Err(CommandError::Wrong(format!("set {PASSWORD}, or run this at a terminal"))),
    };
    text.parse().map_err(|err| CommandError::Wrong(format!("the password {err}")))
}

fn asked_twice() -> Result<String, CommandError> {
    let ask = |prompt| rpassword::prompt_password(prompt).map_err(|err| CommandError::failed(&err));
    let first = ask("Password: ")?;
    if first == ask("The same again: ")? {
        Ok(first)
    } else {
        Err(CommandError::wrong("the two passwords differ"))
    }
}
