//! The process is killed in the middle of bookings, again and again: what was answered is there,
//! what was not answered is settled by asking again, and nothing overlaps.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, NaiveTime, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use stillpoint::{
    domain::{
        schedule::Schedule,
        service::{BookingRules, Service},
    },
    store::{appointment, dialect::Address},
};

use crate::common::{Answer, Bookable, Person, TestApp, each_backend};

const KILLS: usize = 50;
const CLIENTS: usize = 8;
const PRACTITIONERS: usize = 4;
/// Starts each practitioner has for one round; more than anybody books before the kill.
const STARTS: usize = 60;
/// Answers given before a kill that are asked for again after it.
const SAMPLE: usize = 3;

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
        let options = ["serve", "--listen", "127.0.0.1:0", "--rate-limits", "off", "--workers", "2"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_stillpoint"))
            .args(options)
            .arg("--database-url")
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

    /// SIGKILL, and gone when this returns.
    fn kill(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One booking asked for under a key of its own, and what was said to it.
#[derive(Clone)]
struct Asked {
    person: Person,
    wish: Value,
    key: String,
    answer: Option<(u16, String)>,
}

impl Asked {
    fn new(person: &Person, wish: Value) -> Self {
        let key = uuid::Uuid::new_v4().to_string();
        Self { person: person.clone(), wish, key, answer: None }
    }

    fn request(&self, http: &reqwest::Client, url: &str) -> reqwest::RequestBuilder {
        let request = http.post(format!("{url}/v1/appointments")).bearer_auth(&self.person.token);
        request.header("idempotency-key", &self.key).json(&self.wish)
    }

    /// Whose time it asks for: visits and their starts are on one grid, so only the same one conflicts.
    fn spot(&self) -> (String, String) {
        let text = |name: &str| self.wish[name].as_str().expect("a text").to_owned();
        (text("practitioner_id"), text("starts_at"))
    }

    /// The booking it was told of.
    fn told(&self) -> Option<String> {
        let (status, text) = self.answer.as_ref()?;
        let body: Value = serde_json::from_str(text).expect("JSON");
        (*status == 201).then(|| body["id"].as_str().expect("an id").to_owned())
    }
}

/// Asks one time after the other until the server is gone; what was not answered stays without an answer.
async fn keep_asking(url: String, mut all: Vec<Asked>, stop: Arc<AtomicBool>) -> Vec<Asked> {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut sent = 0;
    for asked in &mut all {
        // A connection refused would only say that nobody is there any more.
        if stop.load(Ordering::SeqCst) {
            break;
        }
        sent += 1;
        let Ok(response) = asked.request(&http, &url).send().await else { break };
        let status = response.status().as_u16();
        let Ok(text) = response.text().await else { break };
        assert!(status < 500, "{status} {text}");
        asked.answer = Some((status, text));
    }
    all.truncate(sent);
    all
}

/// Around the clock, a quarter of an hour each, nothing between.
fn around_the_clock(service: &mut Service, hours: &mut Schedule) {
    service.rules =
        BookingRules { start_interval_minutes: 15, buffer_after_minutes: 0, ..BookingRules::lasting(15) };
    let day = hours.weekly[0].clone();
    let all = [
        chrono::Weekday::Mon,
        chrono::Weekday::Tue,
        chrono::Weekday::Wed,
        chrono::Weekday::Thu,
        chrono::Weekday::Fri,
        chrono::Weekday::Sat,
        chrono::Weekday::Sun,
    ];
    let whole = |weekday| {
        let (start, end) = (NaiveTime::MIN, NaiveTime::MIN);
        stillpoint::domain::schedule::WeeklyHours { weekday, start, end, ..day.clone() }
    };
    hours.weekly = all.map(whole).to_vec();
}

/// Everybody and everything that is there before the first kill.
struct Town {
    app: TestApp,
    http: reqwest::Client,
    practitioners: Vec<Bookable>,
    /// Patients with their answers to the questions.
    people: Vec<(Person, String)>,
    /// A whole quarter of an hour from which everybody is free.
    first: DateTime<Utc>,
    /// Which key has which time, by what was answered.
    booked: BTreeMap<(String, String), String>,
    /// Every booking that was answered, and by whom it was made.
    told: BTreeMap<String, Person>,
    /// Requests without an answer, and those of them that had been done all the same.
    unanswered: (usize, usize),
}

impl Town {
    async fn of(app: TestApp) -> Self {
        let (mut practitioners, mut people) = (Vec::new(), Vec::new());
        for n in 0..PRACTITIONERS {
            practitioners.push(app.bookable_with(&format!("Dana D{n}"), around_the_clock).await);
        }
        for n in 0..CLIENTS {
            let person = app.patient(&format!("P{n}")).await;
            let screening = app.screening(&person).await;
            people.push((person, screening));
        }
        let tomorrow = app.now().timestamp() / 86_400 + 2;
        let first = DateTime::from_timestamp(tomorrow * 86_400, 0).expect("an instant");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let (booked, told) = (BTreeMap::new(), BTreeMap::new());
        Self { app, http, practitioners, people, first, booked, told, unanswered: (0, 0) }
    }

    /// What each client asks for in that round: two share a practitioner, and want every third time both.
    fn wishes(&self, round: usize) -> Vec<Vec<Asked>> {
        let share = |(client, (person, screening)): (usize, &(Person, String))| {
            let dana = &self.practitioners[client % PRACTITIONERS];
            let mine = (0..STARTS).filter(|n| n % 3 == 0 || n % 2 == client / PRACTITIONERS);
            let wish = |n: usize| {
                let at = self.first + chrono::Duration::minutes(15 * (round * STARTS + n) as i64);
                let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                Asked::new(person, dana.wish(&at, screening))
            };
            mine.map(wish).collect()
        };
        self.people.iter().enumerate().map(share).collect()
    }

    /// Load for a while, then the kill, somewhere in the middle of it.
    async fn load(&self, process: Process, round: usize) -> Vec<Asked> {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = self
            .wishes(round)
            .into_iter()
            .map(|wishes| actix_web::rt::spawn(keep_asking(process.url.clone(), wishes, Arc::clone(&stop))));
        let clients: Vec<_> = clients.collect();
        tokio::time::sleep(Duration::from_micros(100_000 + (round as u64 * 61_731) % 300_000)).await;
        process.kill();
        stop.store(true, Ordering::SeqCst);
        join_all(clients).await.into_iter().flat_map(|asked| asked.expect("a client")).collect()
    }

    /// The same request under the same key, to the server as it is after the restart.
    async fn again(&self, asked: &Asked, url: &str) -> Answer {
        TestApp::send(asked.request(&self.http, url)).await
    }

    /// Asks again what was not answered, and takes note of every time that is somebody's now.
    async fn settle(&mut self, mut all: Vec<Asked>, url: &str) {
        for asked in all.iter_mut().filter(|asked| asked.answer.is_none()) {
            let answer = self.again(asked, url).await;
            self.unanswered.0 += 1;
            self.unanswered.1 += usize::from(answer.header("idempotent-replayed") == "true");
            asked.answer = Some((answer.status, answer.text));
        }
        for asked in &all {
            let Some(id) = asked.told() else { continue };
            let earlier = self.booked.insert(asked.spot(), asked.key.clone());
            assert_eq!(earlier, None, "two keys have one time: {}", asked.wish);
            let same = self.told.insert(id, asked.person.clone());
            assert!(same.is_none(), "two keys have one booking: {}", asked.wish);
        }
        for asked in all.iter().filter(|asked| asked.told().is_none()) {
            let (status, text) = asked.answer.as_ref().expect("it was settled");
            assert!(*status == 409 && text.contains("/problems/slot-taken"), "{status} {text}");
            let by = self.booked.get(&asked.spot());
            assert!(by.is_some_and(|key| *key != asked.key), "nobody has it: {} {text}", asked.wish);
        }
        for asked in all.iter().filter(|asked| asked.told().is_some()).take(SAMPLE) {
            let answer = self.again(asked, url).await;
            assert_eq!(answer.header("idempotent-replayed"), "true", "{}", answer.text);
            assert_eq!(Some((answer.status, answer.text)), asked.answer);
        }
    }

    /// What stands is what was answered; the doctor has no objection.
    async fn examine(&self) {
        let (ids, now) = (self.practitioners.iter().map(|dana| dana.id).collect::<Vec<_>>(), self.app.now());
        let standing = self.app.write(move |tx| {
            let mut standing = Vec::new();
            for id in &ids {
                standing.extend(appointment::upcoming(tx, *id, now)?);
            }
            Ok(standing)
        });
        let mut standing: Vec<String> = standing.await.iter().map(|booked| booked.id.to_string()).collect();
        standing.sort_unstable();
        assert_eq!(standing, self.told.keys().cloned().collect::<Vec<_>>());
        let faults = self.app.faults();
        assert!(faults.is_empty(), "{faults:?}");
    }
}

#[actix_web::test]
async fn killed_fifty_times_it_loses_no_booking_and_settles_what_it_left_open() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        // The process has the real clock.
        #[expect(clippy::disallowed_methods, reason = "a real process is compared with")]
        app.advance(Utc::now() - app.now());
        let mut town = Town::of(app).await;
        let mut process = Process::start(&town.app);
        for round in 0..KILLS {
            let asked = town.load(process, round).await;
            process = Process::start(&town.app);
            town.settle(asked, &process.url).await;
            town.examine().await;
        }
        // Nothing that was answered early was lost by a later kill, and its patient can see it.
        for (id, person) in town.told.iter().step_by(10) {
            let found = town.app.get_as(&person.token, &format!("/v1/appointments/{id}")).await.expect(200);
            assert_eq!(found["status"], json!("booked"));
        }
        let (asked_again, done) = town.unanswered;
        println!("{backend:?}: {} bookings, {asked_again} unanswered, {done} done", town.told.len());
        assert!(town.told.len() >= KILLS * 3, "{} bookings", town.told.len());
        assert!(asked_again >= KILLS, "{asked_again} requests were in the middle of something");
    }
}
