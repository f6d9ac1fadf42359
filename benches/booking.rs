//! How many bookings a second the server makes durable, over HTTP, beside what the database does with
//! single rows in the same run. Run with `cargo bench --bench booking`; `-- sqlite` or `-- postgres` for one of them.
//!
//! The server is the real binary with everything on (mail, chores, trail); sessions and screenings are
//! prepared, 64 clients book a time of their own each, one after the other.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    reason = "a bench prints, stops when something is wrong, and uses a part of what the tests use"
)]

#[path = "../tests/it/common/mod.rs"]
mod common;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{NaiveTime, SecondsFormat, Weekday};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use stillpoint::{domain::schedule::WeeklyHours, store::dialect::Address};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use common::{Backend, TestApp};

const CLIENTS: usize = 64;
const DURABLE: &str = "STILLPOINT_TEST_DURABLE";

#[actix_web::main]
async fn main() {
    let only = std::env::args().nth(1).filter(|name| !name.starts_with('-'));
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if std::env::var_os(DURABLE).is_none() {
        println!("{} processors; {CLIENTS} clients, each booking times of its own", processors());
    }
    if wanted("sqlite") {
        run(Backend::Sqlite, each(600), "single-row commits, WAL, synchronous=full, one thread").await;
    }
    if wanted("postgres") && std::env::var_os(DURABLE).is_none() {
        // The server of the tests does not wait for the disk; this one must, and learns so from the environment.
        let own = std::env::current_exe().expect("a path");
        let status = Command::new(own).arg("postgres").env(DURABLE, "1").status().expect("it runs again");
        assert!(status.success(), "{status}");
    } else if wanted("postgres") {
        run(
            Backend::Postgres,
            each(200),
            "pgbench: single rows under the same exclusion constraint, 32 clients",
        )
        .await;
    }
}

/// How many bookings a client makes; fewer for a quick look.
fn each(usual: usize) -> usize {
    std::env::args().nth(2).and_then(|number| number.parse().ok()).unwrap_or(usual)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

async fn run(backend: Backend, each: usize, yardstick_is: &str) {
    let (app, requests) = prepare(backend, each).await;
    let place = Place { folder: Arc::clone(&app.folder), database: app.database.clone() };
    // One server is measured; the one that prepared everything would follow each of its changes.
    app.stop().await;
    drop(app);
    let yardstick = match &place.database {
        Address::Sqlite(_) => single_row_commits(place.folder.path()),
        Address::Postgres(url) => pgbench(url),
    };
    let process = Process::start(&place);
    // The first bookings fill caches of statements; they count as little as a start-up does.
    let (warm, counted): (Vec<_>, Vec<_>) = requests
        .into_iter()
        .map(|mut mine| {
            let rest = mine.split_off(mine.len() / 20);
            (mine, rest)
        })
        .unzip();
    book_all(&process.address, warm).await;
    let began = Instant::now();
    let mut took = book_all(&process.address, counted).await;
    let elapsed = began.elapsed();
    drop(process);
    took.sort_unstable();
    let rate = took.len() as f64 / elapsed.as_secs_f64();
    let (median, slow) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!("{backend:?}: {yardstick:>9.0}/s  the yardstick: {yardstick_is}");
    println!(
        "{backend:?}: {rate:>9.0}/s  {} bookings, {:.2} of the yardstick, median {median:.1?}, p99 {slow:.1?}",
        took.len(),
        rate / yardstick
    );
    let status = place.command("doctor").stdout(Stdio::null()).status().expect("the doctor runs");
    assert!(status.success(), "the doctor finds something: {status}");
}

/// The database to be measured, and the key it is written with.
struct Place {
    folder: Arc<TempDir>,
    database: Address,
}

impl Place {
    /// The real program on that database.
    fn command(&self, name: &str) -> Command {
        let database = match &self.database {
            Address::Sqlite(path) => format!("sqlite://{path}"),
            Address::Postgres(url) => url.clone(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_stillpoint"));
        command.args([name, "--database-url", &database, "--secret-key-file"]);
        command.arg(self.folder.path().join("secret.key")).current_dir(self.folder.path());
        command
    }
}

/// A practitioner and a patient for each client, and its requests, ready to be sent.
async fn prepare(backend: Backend, each: usize) -> (TestApp, Vec<Vec<Vec<u8>>>) {
    let mut app = TestApp::start(backend).await;
    app.leave_unchecked();
    // The process to be measured has the real clock.
    #[expect(clippy::disallowed_methods, reason = "a real process is measured")]
    app.advance(chrono::Utc::now() - app.now());
    let tomorrow = (app.now() + chrono::Duration::days(2)).date_naive().and_time(NaiveTime::MIN).and_utc();
    let mut requests = Vec::new();
    for n in 0..CLIENTS {
        let dana = app
            .bookable_with(&format!("P{n} Family"), |service, schedule| {
                service.rules.horizon_days = 365;
                service.rules.start_interval_minutes = 60;
                service.rules.buffer_after_minutes = 0;
                schedule.time_zone = chrono_tz::UTC;
                let usual = schedule.weekly[0].clone();
                let whole_day = |weekday| WeeklyHours {
                    weekday,
                    start: NaiveTime::MIN,
                    end: NaiveTime::MIN,
                    ..usual.clone()
                };
                use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
                schedule.weekly = [Mon, Tue, Wed, Thu, Fri, Sat, Sun].map(whole_day).to_vec();
            })
            .await;
        let person = app.patient("Ana").await;
        let screening = app.screening(&person).await;
        let request = |k: usize| {
            let at = tomorrow + chrono::Duration::hours(k as i64);
            let body = dana.wish(&at.to_rfc3339_opts(SecondsFormat::Secs, true), &screening).to_string();
            format!(
                "POST /v1/appointments HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                person.token,
                body.len()
            )
            .into_bytes()
        };
        requests.push((0..each).map(request).collect());
    }
    (app, requests)
}

/// Sends every client's requests one after the other, all clients at once; how long each answer took.
async fn book_all(address: &str, requests: Vec<Vec<Vec<u8>>>) -> Vec<Duration> {
    let clients: Vec<_> = requests
        .into_iter()
        .map(|mine| {
            let address = address.to_owned();
            actix_web::rt::spawn(async move {
                let mut stream = TcpStream::connect(address).await.expect("the server listens");
                stream.set_nodelay(true).expect("a socket");
                let mut took = Vec::with_capacity(mine.len());
                let mut buffer = Vec::with_capacity(8_192);
                for request in mine {
                    let began = Instant::now();
                    stream.write_all(&request).await.expect("it takes the request");
                    read_answer(&mut stream, &mut buffer).await;
                    took.push(began.elapsed());
                    let status = buffer.get(9..12).unwrap_or_default();
                    assert_eq!(status, b"201", "{}", String::from_utf8_lossy(&buffer));
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.await.expect("a client"));
    }
    took
}

/// Reads one answer whole: its head, and as much body as that announces.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.expect("an answer");
        assert!(read > 0, "the server hung up");
        let Some(head) = buffer.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let length: usize = length.and_then(|length| length.trim().parse().ok()).expect("a length");
        if buffer.len() >= head + 4 + length {
            return;
        }
    }
}

/// The real server on that database; it ends with the bench.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(place: &Place) -> Self {
        let mut child = place
            .command("serve")
            .args(["--listen", "127.0.0.1:0", "--rate-limits", "off", "--log", "warn"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split("http://").nth(1).map(|rest| rest.trim().to_owned()))
            .expect("it says where it listens");
        Self { child, address }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Single-row commits a second of a plain table with the server's own settings, one thread.
fn single_row_commits(folder: &std::path::Path) -> f64 {
    let path = folder.join("yardstick.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute(
        "pragma journal_mode = wal; pragma synchronous = full;
         create table t (id blob primary key, at integer) strict",
    )
    .expect("a table");
    let began = Instant::now();
    let mut done = 0_u32;
    while began.elapsed() < Duration::from_secs(4) {
        diesel::sql_query("insert into t values (randomblob(16), 1)").execute(&mut conn).expect("a row");
        done += 1;
    }
    f64::from(done) / began.elapsed().as_secs_f64()
}

/// What pgbench inserts a second on the same server, a transaction each.
fn pgbench(url: &str) -> f64 {
    let mut conn = PgConnection::establish(url).expect("a connection");
    conn.batch_execute(
        "create sequence yardstick_number;
         create table yardstick (
             id uuid primary key,
             practitioner_id uuid not null,
             busy_from timestamptz not null,
             busy_until timestamptz not null,
             constraint yardstick_no_overlap exclude using gist
                 (practitioner_id with =, tstzrange(busy_from, busy_until) with &&))",
    )
    .expect("a table");
    let script = std::env::temp_dir().join(format!("stillpoint-yardstick-{}.sql", std::process::id()));
    std::fs::write(
        &script,
        "insert into yardstick select gen_random_uuid(),
            ('00000000-0000-7000-8000-' || lpad((:client_id)::text, 12, '0'))::uuid,
            at, at + interval '1 hour'
         from (select timestamptz '2027-01-01' + nextval('yardstick_number') * interval '1 hour' as at) t;\n",
    )
    .expect("a script");
    let output = Command::new(pgbench_program())
        .args(["-n", "-M", "prepared", "-c", "32", "-j", "2", "-T", "8", "-f"])
        .arg(&script)
        .arg(url)
        .output()
        .expect("pgbench runs");
    let _ = std::fs::remove_file(&script);
    let text = String::from_utf8_lossy(&output.stdout);
    let tps =
        text.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    tps.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Where Debian keeps it, or wherever the path leads.
fn pgbench_program() -> std::path::PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|version| version.path().join("bin/pgbench")).collect();
    found.retain(|program| program.exists());
    found.sort();
    found.pop().unwrap_or_else(|| "pgbench".into())
}
