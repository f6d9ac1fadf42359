//! `stillpoint demo`: a throw-away directory to look around in.
//!
//! **Invariant:** its passwords are printed and the same everywhere, so it
//! listens on loopback only and never opens a database that was there before.

mod bookings;
mod dice;
mod fill;
mod folder;
mod profile;
mod rows;
mod towns;
mod try_it;
mod words;

use std::{net::SocketAddr, sync::Arc};

use clap::Args;

use crate::{
    config::{Config, HashConfig, MailConfig},
    operation::Secrets,
    secret::{Hasher, SecretError, TotpSecret, password::Params},
};

use self::{
    fill::{Cast, Filling, SignIns},
    folder::ThrowAway,
};
use super::{
    CommandError, open,
    options::{self, DatabaseOptions, LogOptions, Switch},
    say, serve, system,
};

/// The cheapest hashing allowed: these passwords are no secret.
const HASH: HashConfig = HashConfig { memory_kib: 19_456, iterations: 2, most_at_once: 4 };

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many practitioners there are
    #[arg(
        long,
        value_name = "N",
        env = "STILLPOINT_PRACTITIONERS",
        default_value_t = 400,
        value_parser = clap::value_parser!(u32).range(1..=2_000_000)
    )]
    practitioners: u32,
    /// Where to listen, on loopback only; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", env = "STILLPOINT_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Limits on requests from one address
    #[arg(long, env = "STILLPOINT_RATE_LIMITS", default_value = "on")]
    rate_limits: Switch,
    #[command(flatten)]
    log: LogOptions,
}

impl Demo {
    /// Fills a fresh database, introduces it and serves it; removes it at the end.
    pub fn run(self) -> Result<(), CommandError> {
        if !self.listen.ip().is_loopback() {
            return Err(CommandError::wrong(
                "the demo listens on loopback only, as in 127.0.0.1:8080: its passwords are known to all",
            ));
        }
        serve::begin_log(&self.log)?;
        let (listener, listening) = serve::listen(self.listen)?;
        let failed = |err| CommandError::Failed(format!("no folder for the demo: {err}"));
        let folder = ThrowAway::create().map_err(failed)?;
        let database = database(&folder);
        let totp = TotpSecret::generate().map_err(|err| CommandError::failed(&err))?;
        let cast = people(&database, totp.clone(), self.practitioners)?;
        let config =
            Config { rate_limits: self.rate_limits == Switch::On, ..config(&folder, &database, listening)? };
        let app = serve::start(config)?;
        say(try_it::introduction(&app, &cast, &totp));
        serve::until_stopped(app, listener)
    }
}

fn database(folder: &ThrowAway) -> DatabaseOptions {
    DatabaseOptions {
        database_url: format!("sqlite://{}", folder.path().join("demo.db").display()),
        secret_key_file: None,
    }
}

fn config(
    folder: &ThrowAway,
    database: &DatabaseOptions,
    listening: SocketAddr,
) -> Result<Config, CommandError> {
    let address = database.address()?;
    let key = database.secret_key_file(&address);
    Ok(Config {
        listen: listening,
        public_url: options::own_url(listening),
        mail: MailConfig::Folder(folder.path().join("mail")),
        connections: 8,
        hash: HASH,
        workers: 2,
        ..options::quiet(address, key)
    })
}

/// Makes everybody up and puts them into rows.
fn people(database: &DatabaseOptions, totp: TotpSecret, practitioners: u32) -> Result<Cast, CommandError> {
    let failed = |err: SecretError| CommandError::failed(&err);
    let sign_ins = sign_ins(totp).map_err(failed)?;
    let count = usize::try_from(practitioners).unwrap_or(usize::MAX);
    let (store, keyring) = open(database)?;
    let secrets = Secrets {
        sealer: Arc::new(keyring.sealer()),
        recovery: keyring.recovery(),
        idempotency: keyring.idempotency(),
    };
    let sealer = Arc::clone(&secrets.sealer);
    let begun = store
        .write_blocking(system().map_err(failed)?, move |tx| Filling::begin(tx, &sealer, &sign_ins, count));
    let (mut filling, star) = begun.map_err(|err| CommandError::failed(&err))?.value;
    let mut bookable = Vec::new();
    while !filling.is_done() {
        let before = filling;
        let filled = store.write_blocking(system().map_err(failed)?, move |tx| before.clone().go_on(tx));
        let (after, more) = filled.map_err(|err| CommandError::failed(&err))?.value;
        filling = after;
        bookable.extend(more);
    }
    let guests = store.write_blocking(system().map_err(failed)?, fill::guests);
    let guests = guests.map_err(|err| CommandError::failed(&err))?.value;
    let cast = Cast { star, bookable, guests };
    let booking = cast.clone();
    let booked = store
        .write_blocking(system().map_err(failed)?, move |tx| bookings::book_some(tx, &secrets, &booking));
    booked.map_err(|err| CommandError::failed(&err))?;
    Ok(cast)
}

fn sign_ins(totp: TotpSecret) -> Result<SignIns, SecretError> {
    let costs = Params { memory_kib: HASH.memory_kib, iterations: HASH.iterations, parallelism: 1 };
    let hasher = Hasher::new(costs, HASH.most_at_once)?;
    let hash = |text: &str| match text.parse() {
        Ok(password) => hasher.hash(&password),
        // A text of our own that is too short opens nothing.
        Err(_) => Ok(String::new()),
    };
    Ok(SignIns {
        patient_hash: hash(try_it::PATIENT_PASSWORD)?,
        practitioner_hash: hash(try_it::PRACTITIONER_PASSWORD)?,
        admin_hash: hash(try_it::ADMIN_PASSWORD)?,
        totp,
    })
}
