//! Many at once for the same time: never two winners, never a failure, whatever the order.
//!
//! On PostgreSQL half of everybody comes through a second server on the same
//! database. What is left behind is looked over by the doctor at the end of each test.

mod hold;
mod step;
mod together;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use stillpoint::store::outbox;

use crate::common::{Answer, Backend, Bookable, Person, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
pub const NINE: &str = "2026-12-02T17:00:00Z";

/// One database and every server that stands before it.
pub struct House {
    pub app: TestApp,
    other: Option<TestApp>,
}

impl House {
    pub async fn open(backend: Backend) -> Self {
        let app = TestApp::start(backend).await;
        let other = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(app.second().await),
        };
        Self { app, other }
    }

    /// The door through which the n-th comes.
    pub fn door(&self, n: usize) -> &TestApp {
        self.other.as_ref().filter(|_| n % 2 == 1).unwrap_or(&self.app)
    }

    pub async fn book(&self, n: usize, person: &Person, wish: &Value) -> Answer {
        self.door(n).post_as(&person.token, "/v1/appointments", wish).await
    }

    /// Mails written and not yet sent.
    pub async fn mails(&self) -> usize {
        let now = self.app.now();
        let due = self.app.app.read(move |conn| outbox::due(conn, now, 10_000)).await;
        due.expect("the outbox can be read").len()
    }

    /// How many bookings of the practitioner stand.
    pub async fn standing(&self, dana: &Bookable) -> usize {
        let path = dana.path("/appointments?limit=100");
        let calendar = self.app.get_as(&dana.person.token, &path).await.expect(200);
        let items = calendar["items"].as_array().expect("items");
        items.iter().filter(|item| item["status"] != "cancelled").count()
    }
}

/// How often each answer came. No answer may be a failure.
pub fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for answer in answers {
        assert!(answer.status < 500, "{}", answer.text);
        let told = format!("{} {}", answer.status, answer.problem());
        *counted.entry(told.trim().to_owned()).or_default() += 1;
    }
    counted
}

/// The tally written as `201 1, 409 slot-taken 9`.
pub fn told(answers: &[Answer]) -> String {
    tally(answers).iter().map(|(what, n)| format!("{what} {n}")).collect::<Vec<_>>().join(", ")
}

pub fn id_of(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

#[actix_web::test]
async fn intervals_that_meet_have_one_winner() {
    // Visits of an hour with a quarter of an hour after them, for ten people at once.
    let table = "
        2026-12-02 18:00 18:00 | 201 1, 409 slot-taken 9
        2026-12-03 18:00 18:30 | 201 1, 409 slot-taken 9
        2026-12-04 18:00 18:45 | 201 1, 409 slot-taken 9
        2026-12-07 18:00 19:00 | 201 1, 409 slot-taken 9
        2026-12-08 18:00 19:15 | 201 2, 409 slot-taken 8";
    for backend in each_backend() {
        let house = House::open(backend).await;
        let quarters = |service: &mut stillpoint::domain::service::Service,
                        _: &mut stillpoint::domain::schedule::Schedule| {
            service.rules.start_interval_minutes = 15;
        };
        let dana = house.app.bookable_with("Dana Reyes", quarters).await;
        for row in table.trim().lines() {
            let (when, want) = row.split_once('|').expect("two cells");
            let [day, first, second] = when.split_whitespace().collect::<Vec<_>>()[..] else {
                panic!("a day and two times: {row}")
            };
            let mut wishes = Vec::new();
            for n in 0..10 {
                let at = format!("{day}T{}:00Z", if n % 4 < 2 { first } else { second });
                wishes.push(house.app.ready(&format!("P{n}"), &dana, &at).await);
            }
            let all = wishes.iter().enumerate().map(|(n, (person, wish))| house.book(n, person, wish));
            assert_eq!(told(&join_all(all).await), want.trim(), "{backend:?}: {row}");
        }
        assert_eq!(house.standing(&dana).await, 6);
    }
}

#[actix_web::test]
async fn a_patient_wanted_in_two_places_is_in_one() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let app = &house.app;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        for round in 0..5 {
            let ana = app.patient("Ana").await;
            let screening = app.screening(&ana).await;
            let at = format!("2026-12-0{}T17:00:00Z", [2, 3, 4, 7, 8][round]);
            let overlapping = at.replace("17:00", "17:30");
            let wishes: Vec<Value> =
                (0..8)
                    .map(|n| {
                        if n % 2 == 0 {
                            dana.wish(&at, &screening)
                        } else {
                            eli.wish(&overlapping, &screening)
                        }
                    })
                    .collect();
            let all = wishes.iter().enumerate().map(|(n, wish)| house.book(n, &ana, wish));
            let answers = join_all(all).await;
            let won = tally(&answers).get("201").copied();
            assert_eq!(won, Some(1), "{backend:?}: {}", told(&answers));
            let mine = app.get_as(&ana.token, "/v1/appointments").await.expect(200);
            assert_eq!(mine["items"].as_array().map(Vec::len), Some(1));
        }
    }
}

#[actix_web::test]
async fn booking_and_cancelling_in_circles_leaves_nothing_behind() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let dana = house.app.bookable("Dana Reyes").await;
        let mut people = Vec::new();
        for n in 0..4 {
            people.push(house.app.ready(&format!("P{n}"), &dana, NINE).await);
        }
        let circle = async |n: usize, person: &Person, wish: &Value| {
            let mut won = 0;
            for _ in 0..10 {
                let booked = house.book(n, person, wish).await;
                if booked.status == 201 {
                    won += 1;
                    let path = format!("/v1/appointments/{}/cancel", id_of(&booked.body));
                    house.door(n + 1).post_as(&person.token, &path, &json!({})).await.expect(200);
                } else {
                    booked.expect_problem(409, "slot-taken");
                }
            }
            won
        };
        let all = people.iter().enumerate().map(|(n, (person, wish))| circle(n, person, wish));
        let won: usize = join_all(all).await.into_iter().sum();
        assert!(won >= 1, "{backend:?}: somebody gets it");
        assert_eq!(house.standing(&dana).await, 0, "{backend:?}");
        let (person, wish) = &people[0];
        house.book(0, person, wish).await.expect(201);
    }
}
