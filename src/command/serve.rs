//! `stillpoint serve`: from options to a server that answers until told to stop.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use clap::Args;
use tracing_subscriber::EnvFilter;

use crate::{
    config::Config,
    delivery,
    operation::{App, chores},
    web::server,
};

use super::{
    CommandError, clock, migrated,
    options::{self, DatabaseOptions, HashOptions, LogFormat, LogOptions, ServerOptions},
    say,
};

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    hash: HashOptions,
    #[command(flatten)]
    log: LogOptions,
}

impl Serve {
    /// Serves until SIGTERM or SIGINT; requests in progress end first.
    pub fn run(self) -> Result<(), CommandError> {
        begin_log(&self.log)?;
        // Before anything is touched: a wrong option should cost nothing.
        options::config(&self.database, &self.server, self.hash, self.server.listen)?;
        let (listener, listening) = listen(self.server.listen)?;
        let config = options::config(&self.database, &self.server, self.hash, listening)?;
        for name in migrated(&config.database)? {
            tracing::info!(migration = name, "the schema was brought up to date");
        }
        if !config.rate_limits {
            tracing::warn!("rate limits are off: anybody may try as often as they like");
        }
        let app = start(config)?;
        say(format_args!("Stillpoint listens on {}", options::own_url(listening)));
        until_stopped(app, listener)
    }
}

/// Takes the address, or says in one line why it cannot be had.
pub fn listen(at: SocketAddr) -> Result<(TcpListener, SocketAddr), CommandError> {
    let bound = TcpListener::bind(at).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|err| match err.kind() {
        io::ErrorKind::AddrInUse => CommandError::Failed(format!("something else listens on {at} already")),
        _ => CommandError::Failed(format!("cannot listen on {at}: {err}")),
    })
}

/// Everything operations run in, on a migrated database.
pub fn start(config: Config) -> Result<App, CommandError> {
    App::start(config, clock()).map_err(|err| CommandError::failed(&err))
}

/// Answers requests and sends mail until told to stop.
pub fn until_stopped(app: App, listener: TcpListener) -> Result<(), CommandError> {
    let failed = |err: io::Error| CommandError::Failed(format!("the server cannot run: {err}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let mail = delivery::start(app.clone()).map_err(failed)?;
    let chores = chores::start(app.clone()).map_err(failed)?;
    runtime
        .block_on(async {
            let server = server::serve(app, listener)?;
            server.await
        })
        .map_err(failed)?;
    drop(chores);
    drop(mail);
    tracing::info!("stopped");
    Ok(())
}

/// Writes the log to standard error from now on.
pub fn begin_log(options: &LogOptions) -> Result<(), CommandError> {
    let filter = EnvFilter::builder()
        .parse(&options.log)
        .map_err(|err| CommandError::Wrong(format!("--log {} cannot be read: {err}", options.log)))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let begun = match options.log_format {
        LogFormat::Text => log.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    begun.map_err(|err| CommandError::Failed(format!("the log cannot be written: {err}")))
}
