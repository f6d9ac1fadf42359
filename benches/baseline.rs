//! Where search and booking stand: whole-server figures over HTTP, each beside a yardstick of the
//! same run, so that a figure can be read on another machine. Run with `cargo bench --bench baseline`.

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
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection};
use serde_json::Value;

use common::{Backend, TestApp};

const CLIENTS: usize = 64;
const LISTINGS: usize = 10_000;
const SEARCHES: usize = 20_000;
const PRACTITIONERS: usize = 64;
const BOOKINGS_EACH: usize = 40;

#[actix_web::main]
async fn main() {
    search().await;
    book().await;
}

struct Demo {
    child: Child,
    url: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn demo() -> Demo {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stillpoint"))
        .args([
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--practitioners",
            &LISTINGS.to_string(),
            "--rate-limits",
            "off",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let url = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned))
        .expect("it says where it listens");
    // Somebody has to read the rest, or the demo would wait for it.
    std::thread::spawn(move || lines.for_each(drop));
    Demo { child, url: url.trim_end_matches(['/', '.']).to_owned() }
}

/// Answers a second, median and 99th percentile of `total` calls by 64 clients.
async fn measure(
    url: &str,
    total: usize,
    path: impl Fn(usize) -> String + Clone + 'static,
) -> (f64, Duration, Duration) {
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (next, path, url) = (Arc::clone(&next), path.clone(), url.to_owned());
            actix_web::rt::spawn(async move {
                let http = reqwest::Client::builder().no_proxy().build().expect("a client");
                let mut took = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return took;
                    }
                    let began = Instant::now();
                    let answer = http.get(format!("{url}{}", path(number))).send().await.expect("an answer");
                    assert!(answer.status().is_success(), "{}", answer.status());
                    answer.bytes().await.expect("a body");
                    took.push(began.elapsed());
                }
            })
        })
        .collect();
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.await.expect("a client"));
    }
    let rate = total as f64 / began.elapsed().as_secs_f64();
    took.sort_unstable();
    (rate, took[took.len() / 2], took[took.len() * 99 / 100])
}

async fn search() {
    let began = Instant::now();
    let demo = demo();
    println!("demo with {LISTINGS} practitioners ready in {:.1} s", began.elapsed().as_secs_f64());
    let origins =
        ["40.71,-74.01", "34.05,-118.24", "41.88,-87.63", "45.51,-122.68", "39.74,-104.99", "46.87,-113.99"];
    let (yardstick, ..) = measure(&demo.url, SEARCHES, |_| "/healthz".to_owned()).await;
    println!("healthz, the yardstick      {yardstick:>9.0}/s");
    let nearest =
        move |n: usize| format!("/v1/practitioners?near={}&radius_km={}", origins[n % 6], 5 + n % 95);
    let filtered = move |n: usize| {
        let kind = ["massage_therapist", "chiropractor", "osteopath"][n % 3];
        format!("/v1/practitioners?near={}&provider_type={kind}&language=es", origins[n % 6])
    };
    let counted = move |n: usize| format!("/v1/practitioners?near={}&facets=true", origins[n % 6]);
    let soonest = move |n: usize| format!("/v1/practitioners?near={}&sort=soonest", origins[n % 6]);
    for (name, (rate, median, slow)) in [
        ("nearest twenty", measure(&demo.url, SEARCHES, nearest).await),
        ("nearest, two filters", measure(&demo.url, SEARCHES, filtered).await),
        ("nearest with facets", measure(&demo.url, SEARCHES / 10, counted).await),
        ("soonest", measure(&demo.url, SEARCHES / 10, soonest).await),
    ] {
        println!(
            "{name:<27} {rate:>9.0}/s  {:.2} of the yardstick, median {median:.1?}, p99 {slow:.1?}",
            rate / yardstick
        );
    }
}

/// Single-row commits a second of a plain table with the same settings, one thread.
fn single_row_commits(folder: &std::path::Path) -> f64 {
    let path = folder.join("yardstick.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.batch_execute("pragma journal_mode = wal; pragma synchronous = full; create table t (id blob primary key, at integer) strict")
        .expect("a table");
    let began = Instant::now();
    let mut done = 0_u32;
    while began.elapsed() < Duration::from_secs(2) {
        diesel::sql_query("insert into t values (randomblob(16), 1)").execute(&mut conn).expect("a row");
        done += 1;
    }
    f64::from(done) / began.elapsed().as_secs_f64()
}

async fn book() {
    let mut app = TestApp::start_with(Backend::Sqlite, |config| config.workers = 2).await;
    app.leave_unchecked();
    let mut wishes: Vec<Vec<(String, Value)>> = Vec::new();
    for n in 0..PRACTITIONERS {
        let dana = app.bookable(&format!("P{n} Family")).await;
        let (from, until) = ("2026-12-01T00:00:00Z", "2026-12-31T00:00:00Z");
        let found = app
            .get(&dana.path(&format!("/slots?service_id={}&from={from}&until={until}", dana.service)))
            .await;
        let starts = found.expect(200)["items"].as_array().expect("items").clone();
        let person = app.patient("Ana").await;
        let screening = app.screening(&person).await;
        // Every third start, so that none stands in another's way.
        let wish = |slot: &Value| {
            (person.token.clone(), dana.wish(slot["starts_at"].as_str().expect("a start"), &screening))
        };
        wishes.push(starts.iter().step_by(3).take(BOOKINGS_EACH).map(wish).collect());
    }
    let yardstick = single_row_commits(app.folder.path());
    let began = Instant::now();
    let clients: Vec<_> = wishes
        .into_iter()
        .map(|mine| {
            let url = format!("{}/v1/appointments", app.url);
            actix_web::rt::spawn(async move {
                let http = reqwest::Client::builder().no_proxy().build().expect("a client");
                let mut took = Vec::new();
                for (token, wish) in mine {
                    let began = Instant::now();
                    let answer =
                        http.post(&url).bearer_auth(token).json(&wish).send().await.expect("an answer");
                    let status = answer.status();
                    assert_eq!(status, 201, "{}", answer.text().await.expect("a body"));
                    took.push(began.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for client in clients {
        took.extend(client.await.expect("a client"));
    }
    let rate = took.len() as f64 / began.elapsed().as_secs_f64();
    took.sort_unstable();
    let (median, slow) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!(
        "single-row commits          {yardstick:>9.0}/s  the yardstick: SQLite, WAL, synchronous=full, one thread"
    );
    println!(
        "bookings, embedded SQLite   {rate:>9.0}/s  {:.2} of the yardstick, median {median:.1?}, p99 {slow:.1?}",
        rate / yardstick
    );
    let faults = app.faults();
    assert!(faults.is_empty(), "{faults:?}");
}
