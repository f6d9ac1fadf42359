//! The command line: one file a command, each told in order.
//!
//! A command reads its options, builds a [`Config`](crate::config::Config) where
//! it needs one, calls what the other floors offer and prints what came of it.
//! The clock and the environment enter the program here and nowhere below.
//!
//! **Invariant:** a command that cannot go on says why in one plain line on
//! standard error: exit code 2 where it was asked for wrongly, 1 where it
//! failed. No secret and no personal data is printed, except what a command is
//! for: a new administrator's second factor and the sign-ins of the demo.

mod admin;
mod backup;
mod demo;
mod doctor;
mod import;
mod migrate;
mod openapi;
mod options;
mod serve;

use std::{error::Error, fmt::Display, io::Write, process::ExitCode, sync::Arc};

use chrono::Utc;
use clap::{Parser, Subcommand};

use crate::{
    domain::id::{RequestId, TypedId},
    secret::{self, Keyring, SecretError},
    store::{Clock, Context, Store, StoreConfig, dialect::Address, migrate as schema},
};

use options::DatabaseOptions;

/// Practitioner directory and appointment booking for craniosacral therapy.
#[derive(Debug, Parser)]
#[command(name = "stillpoint", version, about, propagate_version = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the schema up to date and answers requests until told to stop.
    Serve(serve::Serve),
    /// Serves a believable directory from a throw-away database, with sign-ins to try.
    Demo(demo::Demo),
    /// Brings the database's schema up to date.
    Migrate(migrate::Migrate),
    /// Writes a consistent copy of an embedded database to a new file.
    Backup(backup::Backup),
    /// Checks on live data what must always hold.
    Doctor(doctor::Doctor),
    /// Looks after administrators.
    Admin(admin::Admin),
    /// Reads reference files into the database; safe to run again.
    Import(import::Import),
    /// Prints the OpenAPI document.
    Openapi(openapi::Openapi),
}

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// It was asked for wrongly; asking the same way again will not help.
    #[error("{0}")]
    Wrong(String),
    /// It could not be done, or what it found is not well.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    fn wrong(why: impl Display) -> Self {
        Self::Wrong(why.to_string())
    }

    /// A failure with its whole chain of causes in one line.
    fn failed(err: &dyn Error) -> Self {
        Self::Failed(chain(err))
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Wrong(_) => 2,
            Self::Failed(_) => 1,
        }
    }
}

/// Nothing was asked for.
const HELP_INSTEAD: clap::error::ErrorKind = clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(report_panic));
    let asked = match CommandLine::try_parse() {
        Ok(asked) => asked,
        // Help and the version are no mistakes: they go out as they are.
        Err(told) if !told.use_stderr() || told.kind() == HELP_INSTEAD => told.exit(),
        Err(wrong) => {
            let _ = writeln!(std::io::stderr(), "stillpoint: {}", mistake(&wrong.to_string()));
            return ExitCode::from(2);
        }
    };
    let done = match asked.command {
        Command::Serve(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Doctor(command) => command.run(),
        Command::Admin(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Openapi(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            // With nobody left to read it, the exit code has to do.
            let _ = writeln!(std::io::stderr(), "stillpoint: {}", in_one_line(&err.to_string()));
            ExitCode::from(err.exit_code())
        }
    }
}

/// What is wrong with the arguments, in one line: what the parser says first, what it lists below
/// that, and its tip; without its drawing of the usage.
fn mistake(told: &str) -> String {
    let mut lines = told.lines().take_while(|line| !line.starts_with("Usage:"));
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first).to_owned();
    let more = lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("For more"));
    more.fold(first, |line, more| format!("{line} {more}")) + " (--help tells what there is)"
}

/// A panic is a fault of ours: where it happened helps to find it, what it held may be somebody's data.
fn report_panic(info: &std::panic::PanicHookInfo<'_>) {
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let _ = writeln!(std::io::stderr(), "stillpoint: internal error at {place}; please report it");
}

/// The real clock. Everything below is told the time.
#[expect(clippy::disallowed_methods, reason = "the edge: here the time enters the program")]
fn clock() -> Clock {
    Arc::new(Utc::now)
}

/// Prints to standard output; a reader who has gone away is no fault.
fn say(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// An error and its causes, each once.
fn chain(err: &dyn Error) -> String {
    let mut told = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        let text = err.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = err.source();
    }
    told
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A command acts as the system.
fn system() -> Result<Context, SecretError> {
    let request = RequestId::at(clock()(), secret::random_bytes()?);
    Ok(Context { actor: None, role: "system", request, claim: None })
}

/// Runs the migrations that are missing; names them. A new file is its owner's alone.
fn migrated(address: &Address) -> Result<Vec<String>, CommandError> {
    if let Address::Sqlite(path) = address {
        let mut new = std::fs::OpenOptions::new();
        new.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        // There already, or not to be made: opening it says which.
        let _ = new.open(path);
    }
    schema::migrate(address).map_err(|err| CommandError::failed(&err))
}

/// A migrated database, for commands that need no index.
fn open(options: &DatabaseOptions) -> Result<(Store, Keyring), CommandError> {
    let address = options.address()?;
    migrated(&address)?;
    let keyring = Keyring::load_or_create(&options.secret_key_file(&address))
        .map_err(|err| CommandError::failed(&err))?;
    let audit = keyring.audit();
    let store = Store::open(
        &StoreConfig { address, connections: 2 },
        clock(),
        Arc::new(move |bytes| audit.sign(bytes).to_vec()),
    )
    .map_err(|err| CommandError::failed(&err))?;
    Ok((store, keyring))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_take_one_line() {
        let table = [
            (
                "serve --listen foo",
                "invalid value 'foo' for '--listen <ADDRESS:PORT>': invalid socket address",
            ),
            (
                "serve --offer-minutes 3",
                "invalid value '3' for '--offer-minutes <MINUTES>': 3 is not in 5..=240",
            ),
            ("serve --nonsense", "unexpected argument '--nonsense' found tip: a similar argument exists"),
            ("backup", "the following required arguments were not provided: <FILE>"),
            ("import bogus x", "unrecognized subcommand 'bogus'"),
        ];
        for (arguments, expected) in table {
            let words = std::iter::once("stillpoint").chain(arguments.split(' '));
            let wrong = CommandLine::try_parse_from(words).expect_err("a mistake").to_string();
            let told = mistake(&wrong);
            assert!(told.starts_with(expected) && !told.contains('\n'), "{told}");
        }
    }
}
