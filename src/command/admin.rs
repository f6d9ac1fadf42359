//! `stillpoint admin create`: the only way an administrator comes to be.
//!
//! **Invariant:** the password is never an argument, where every user of the
//! machine could read it; the second factor is printed once and stored sealed.

use std::io::{IsTerminal, stdin};

use chrono_tz::Tz;
use clap::{Args, Subcommand};

use crate::{
    domain::{
        account::{Account, EmailAddress, Password},
        text::line,
    },
    operation::register::{self, CreateAdmin, RegisterError},
    secret::{Hasher, SecretError, TotpSecret, password::Params},
};

use super::{
    CommandError, open,
    options::{DatabaseOptions, HashOptions},
    say, system,
};

/// Where the password is taken from when nobody sits at a terminal.
const PASSWORD: &str = "STILLPOINT_ADMIN_PASSWORD";
/// Most characters of a name.
const MOST_NAME: usize = 100;

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
        let email: EmailAddress = self.email.parse().map_err(CommandError::wrong)?;
        let name = line(&self.name, MOST_NAME).map_err(|err| CommandError::Wrong(format!("--name {err}")))?;
        let time_zone: Tz = self.time_zone.parse().map_err(|_| {
            CommandError::Wrong(format!("{} is no time zone; one is America/Los_Angeles", self.time_zone))
        })?;
        self.database.address()?;
        let password = password(&[&name, email.as_str()])?;
        let failed = |err: SecretError| CommandError::failed(&err);
        let hash = self.hash.config();
        let hasher = Hasher::new(
            Params { memory_kib: hash.memory_kib, iterations: hash.iterations, parallelism: 1 },
            1,
        )
        .map_err(failed)?;
        let totp = TotpSecret::generate().map_err(failed)?;
        let wish = CreateAdmin {
            email,
            name,
            time_zone,
            password_hash: hasher.hash(&password).map_err(failed)?,
            totp: totp.clone(),
        };
        let made = create(&self.database, wish)?;
        tell(made.email.as_str(), &totp)
    }
}

fn create(database: &DatabaseOptions, wish: CreateAdmin) -> Result<Account, CommandError> {
    let (store, keyring) = open(database)?;
    let sealer = keyring.sealer();
    let context = system().map_err(|err| CommandError::failed(&err))?;
    let committed = store.write_blocking(context, move |tx| register::create_admin(tx, &sealer, &wish));
    committed.map(|made| made.value).map_err(|err| match err {
        RegisterError::EmailTaken => CommandError::Failed(err.to_string()),
        err => CommandError::failed(&err),
    })
}

fn tell(email: &str, totp: &TotpSecret) -> Result<(), CommandError> {
    let url = totp.otpauth_url(email).map_err(|err| CommandError::failed(&err))?;
    say(format_args!("{email} may now sign in and oversee."));
    say("Second factor, shown this once; add it to an authenticator app:");
    say(format_args!("  secret  {}", totp.base32()));
    say(format_args!("  URL     {url}"));
    Ok(())
}

fn password(own_words: &[&str]) -> Result<Password, CommandError> {
    let text = match std::env::var(PASSWORD) {
        Ok(text) => text,
        Err(_) if stdin().is_terminal() => asked_twice()?,
        Err(_) => return Err(CommandError::Wrong(format!("set {PASSWORD}, or run this at a terminal"))),
    };
    register::choose_password(&text, own_words)
        .map_err(|err| CommandError::Wrong(format!("the password {err}")))
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
