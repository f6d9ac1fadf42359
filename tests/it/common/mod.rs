//! A whole server per test, on a free port, with an empty database of its own.
//!
//! People and places come by name; time stands where a test puts it and runs on
//! from there. At the end of every test the invariants are checked on what it left.

mod client;
mod people;
mod postgres;

use std::{
    net::TcpListener,
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use chrono::{DateTime, Duration, Utc};
use stillpoint::{
    config::Config,
    operation::{App, chores, doctor},
    store::{Clock, dialect::Address, migrate},
    web::server,
};
use tempfile::TempDir;

pub use client::Answer;
pub use people::{Bookable, Person, new_id};

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Both databases; only SQLite, with a message, where no PostgreSQL can be had (on CI that is a failure).
pub fn each_backend() -> Vec<Backend> {
    match postgres::cluster() {
        Ok(_) => vec![Backend::Sqlite, Backend::Postgres],
        Err(why) if std::env::var_os("CI").is_some() => panic!("PostgreSQL must be tested here: {why}"),
        Err(why) => {
            eprintln!("skipping PostgreSQL: {why}");
            vec![Backend::Sqlite]
        }
    }
}

/// When every test begins: a Tuesday noon in Greenwich, four in the morning in Portland.
pub const BEGINNING: &str = "2026-11-24T12:00:00Z";

/// A running server.
pub struct TestApp {
    pub app: App,
    pub backend: Backend,
    pub url: String,
    pub http: reqwest::Client,
    pub folder: Arc<TempDir>,
    pub database: Address,
    time: Time,
    handle: actix_web::dev::ServerHandle,
    checked: bool,
}

impl TestApp {
    /// A server with an empty, migrated database.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, |_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(backend: Backend, set: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(backend, Time::running(), set).await
    }

    /// A server whose clock stands at an instant until it is moved.
    pub async fn start_still(backend: Backend, at: DateTime<Utc>) -> Self {
        let app = Self::start_in(backend, Time { stands_still: true, ..Time::running() }, |_| {}).await;
        app.advance(at - app.now());
        app
    }

    async fn start_in(backend: Backend, time: Time, set: impl FnOnce(&mut Config)) -> Self {
        let folder = Arc::new(TempDir::new().expect("a folder"));
        let database = match backend {
            Backend::Sqlite => {
                let path = folder.path().join("stillpoint.db");
                std::fs::copy(sqlite_template(), &path).expect("a copy of the template");
                Address::Sqlite(path.to_string_lossy().into_owned())
            }
            Backend::Postgres => postgres::fresh_database(),
        };
        Self::start_on(backend, database, folder, time, set).await
    }

    /// Another server on the same database, as a second process would be.
    pub async fn second(&self) -> Self {
        let folder = Arc::clone(&self.folder);
        Self::start_on(self.backend, self.database.clone(), folder, self.time.clone(), |_| {}).await
    }

    /// Stops, and starts anew on the same database.
    pub async fn restart(&mut self) {
        self.stop().await;
        *self = self.second().await;
    }

    /// Answers nobody any more.
    pub async fn stop(&self) {
        self.handle.stop(true).await;
    }

    async fn start_on(
        backend: Backend,
        database: Address,
        folder: Arc<TempDir>,
        time: Time,
        set: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::for_tests(database.clone(), folder.path());
        set(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let clock = time.clock();
        let app = tokio::task::spawn_blocking(move || App::start(config, clock))
            .await
            .expect("the start does not panic")
            .expect("the server starts");
        let server = server::serve(app.clone(), listener).expect("the server runs");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { app, backend, url, http, folder, database, time, handle, checked: true }
    }

    /// Moves the clock on (or back).
    pub fn advance(&self, by: Duration) {
        self.time.shift.fetch_add(by.num_microseconds().expect("a span"), Ordering::SeqCst);
    }

    /// Puts the clock to an instant.
    pub fn set_now(&self, at: &str) {
        let at: DateTime<Utc> = at.parse().expect("an instant");
        self.advance(at - self.now());
    }

    /// What the server takes for now.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.now()
    }

    /// Does what is due by now, as the server does by itself again and again.
    pub async fn chores(&self) {
        let app = self.app.clone();
        tokio::task::spawn_blocking(move || chores::run(&app)).await.expect("the chores do not panic");
    }

    /// For tests that break an invariant on purpose.
    pub fn leave_unchecked(&mut self) {
        self.checked = false;
    }

    /// What is wrong with the data, by the doctor's word.
    pub fn faults(&self) -> Vec<String> {
        doctor::check(&self.app).expect("the doctor can look")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if self.checked && !std::thread::panicking() {
            let faults = self.faults();
            assert!(faults.is_empty(), "the doctor finds: {faults:#?}");
        }
    }
}

/// How time goes for a server and those beside it.
#[derive(Clone)]
struct Time {
    /// Microseconds it was moved by.
    shift: Arc<AtomicI64>,
    stands_still: bool,
}

impl Time {
    fn running() -> Self {
        Self { shift: Arc::new(AtomicI64::new(0)), stands_still: false }
    }

    fn clock(&self) -> Clock {
        let beginning: DateTime<Utc> = BEGINNING.parse().expect("an instant");
        static STARTED: OnceLock<Instant> = OnceLock::new();
        let started = *STARTED.get_or_init(Instant::now);
        let began = started.elapsed();
        let Self { shift, stands_still } = self.clone();
        Arc::new(move || {
            let ran = Duration::from_std(started.elapsed() - began).unwrap_or_default();
            let ran = if stands_still { Duration::zero() } else { ran };
            beginning + ran + Duration::microseconds(shift.load(Ordering::SeqCst))
        })
    }
}

/// A migrated, empty database file, made once.
fn sqlite_template() -> &'static PathBuf {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("stillpoint-template-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&path);
        migrate::migrate(&Address::Sqlite(path.to_string_lossy().into_owned())).expect("the migrations run");
        path
    })
}
