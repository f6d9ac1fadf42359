//! The process is killed in the middle of bookings: what was answered is there, and nothing overlaps.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use stillpoint::store::dialect::Address;

use crate::common::{Bookable, Person, TestApp, each_backend};

const ROUNDS: usize = 20;
const CLIENTS: usize = 8;

/// A real process on that database; it ends with the test.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(app: &TestApp) -> Self {
        let database = match &app.database {
            Address::Sqlite(path) => format!("sqlite://{path}"),
            Address::Postgres(url) => url.clone(),
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_stillpoint"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--rate-limits",
                "off",
                "--workers",
                "2",
                "--database-url",
            ])
            .arg(database)
            .arg("--secret-key-file")
            .arg(app.folder.path().join("secret.key"))
            .current_dir(app.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
            })
            .expect("it says where it listens");
        Self { child, url }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Books one time after the other until the server is gone; the bookings it was told of.
async fn keep_booking(url: String, people: Vec<(Person, Value)>, done: Arc<AtomicUsize>) -> Vec<String> {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut told = Vec::new();
    for (person, wish) in people {
        let request = http.post(format!("{url}/v1/appointments")).bearer_auth(&person.token).json(&wish);
        let Ok(response) = request.send().await else { return told };
        let status = response.status().as_u16();
        let Ok(body) = response.json::<Value>().await else { return told };
        assert!(status < 500, "{status} {body}");
        if status == 201 {
            told.push(body["id"].as_str().expect("an id").to_owned());
            done.fetch_add(1, Ordering::SeqCst);
        }
    }
    told
}

/// Starts that are free for some weeks, from the server's own list.
async fn free_starts(app: &TestApp, dana: &Bookable) -> Vec<String> {
    let mut starts = Vec::new();
    for weeks in [1, 5, 9] {
        let from = app.now() + chrono::Duration::weeks(weeks);
        let until = from + chrono::Duration::days(28);
        let at = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let path = format!("/slots?service_id={}&from={}&until={}", dana.service, at(from), at(until));
        let found = app.get(&dana.path(&path)).await.expect(200);
        let items = found["items"].as_array().expect("items").clone();
        // One of three, so that most do not stand in each other's way and some do.
        starts.extend(
            items.iter().step_by(2).map(|slot| slot["starts_at"].as_str().expect("a start").to_owned()),
        );
    }
    starts
}

#[actix_web::test]
async fn killed_twenty_times_it_loses_no_booking_it_answered() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        // The process has the real clock.
        #[expect(clippy::disallowed_methods, reason = "a real process is compared with")]
        app.advance(chrono::Utc::now() - app.now());
        let mut told: Vec<String> = Vec::new();
        for round in 0..ROUNDS {
            let dana = app.bookable(&format!("Dana Round{round}")).await;
            let starts = free_starts(&app, &dana).await;
            let mut people = Vec::new();
            for start in starts.iter().take(CLIENTS * 12) {
                people.push(app.ready("Ana", &dana, start).await);
            }
            let process = Process::start(&app);
            let done = Arc::new(AtomicUsize::new(0));
            let clients: Vec<_> = people
                .chunks(people.len().div_ceil(CLIENTS))
                .map(|share| {
                    actix_web::rt::spawn(keep_booking(process.url.clone(), share.to_vec(), Arc::clone(&done)))
                })
                .collect();
            // Never at the same point: after so many answers, and a moment more.
            while done.load(Ordering::SeqCst) < 3 + round {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_micros(137 * round as u64)).await;
            drop(process);
            for client in clients {
                told.extend(client.await.expect("a client"));
            }
        }
        assert!(told.len() >= ROUNDS * 3, "{} answers", told.len());
        let faults = app.faults();
        assert!(faults.is_empty(), "{backend:?}: {faults:?}");
        let admin = app.admin("Zoe").await;
        for id in told {
            app.get_as(&admin.token, &format!("/v1/appointments/{id}")).await.expect(200);
        }
    }
}

/// Books one time after the other, each under a key of its own, until the server is gone.
async fn keep_asking(url: String, people: Vec<(Person, Value)>, done: Arc<AtomicUsize>) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for (person, wish) in people {
        let request = http.post(format!("{url}/v1/appointments")).bearer_auth(&person.token).json(&wish);
        let Ok(response) = request.header("idempotency-key", "once").send().await else { return };
        assert!(response.status().as_u16() < 500, "{}", response.status());
        done.fetch_add(1, Ordering::SeqCst);
    }
}

#[actix_web::test]
async fn a_retry_settles_what_a_crash_left_open() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        #[expect(clippy::disallowed_methods, reason = "a real process is compared with")]
        app.advance(chrono::Utc::now() - app.now());
        for round in 0..5 {
            let dana = app.bookable(&format!("Dana Round{round}")).await;
            let mut people = Vec::new();
            // Two hours apart, so that nobody stands in anybody's way.
            for start in free_starts(&app, &dana).await.iter().step_by(2).take(CLIENTS * 6) {
                people.push(app.ready("Ana", &dana, start).await);
            }
            let process = Process::start(&app);
            let done = Arc::new(AtomicUsize::new(0));
            let share = people.len().div_ceil(CLIENTS);
            let clients: Vec<_> = people
                .chunks(share)
                .map(|share| {
                    actix_web::rt::spawn(keep_asking(process.url.clone(), share.to_vec(), Arc::clone(&done)))
                })
                .collect();
            while done.load(Ordering::SeqCst) < 3 + round {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_micros(311 * round as u64)).await;
            drop(process);
            for client in clients {
                client.await.expect("a client");
            }
            let mut replayed = 0;
            for (person, wish) in &people {
                let request = app.request("POST", "/v1/appointments").bearer_auth(&person.token).json(wish);
                let answer = TestApp::send(request.header("idempotency-key", "once")).await;
                assert_eq!(answer.status, 201, "{backend:?}: {}", answer.text);
                replayed += usize::from(answer.header("idempotent-replayed") == "true");
                let all = app.get_as(&person.token, "/v1/appointments").await.expect(200);
                let ids: Vec<&Value> =
                    all["items"].as_array().expect("items").iter().map(|item| &item["id"]).collect();
                assert_eq!(ids, [&answer.body["id"]]);
            }
            assert!(replayed >= 3, "{replayed}");
        }
    }
}
