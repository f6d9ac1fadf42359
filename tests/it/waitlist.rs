//! Waiting for a time that is taken, and being offered it.

mod answer;
mod order;

use serde_json::{Value, json};
use stillpoint::domain::screening::Outcome;

use crate::common::{Answer, Backend, Bookable, Person, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
pub const NINE: &str = "2026-12-02T17:00:00Z";
const TEN: &str = "2026-12-02T18:00:00Z";
const UNKNOWN: &str = "0190f3c6-0000-7000-8000-000000000001";

pub fn id_of(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

/// A server in the middle of a Tuesday morning in Portland.
pub async fn by_day(backend: Backend) -> TestApp {
    let app = TestApp::start(backend).await;
    app.set_now("2026-11-24T18:00:00Z");
    app
}

/// What to wait for: that practitioner's hour from nine to ten.
pub fn wanted(dana: &Bookable, screening: &str) -> Value {
    json!({
        "practitioner_id": dana.id,
        "service_id": dana.service,
        "from": NINE,
        "until": TEN,
        "screening_id": screening,
    })
}

impl TestApp {
    /// Somebody new who waits for that practitioner's hour from nine to ten.
    pub async fn waiting(&self, name: &str, dana: &Bookable) -> (Person, Value) {
        let person = self.patient(name).await;
        let screening = self.screening(&person).await;
        let entry = self.join(&person, &wanted(dana, &screening)).await.expect(201);
        (person, entry)
    }

    pub async fn join(&self, person: &Person, wish: &Value) -> Answer {
        self.post_as(&person.token, "/v1/waitlist", wish).await
    }

    /// A booking of nine o'clock; who has it and its path.
    pub async fn taken(&self, dana: &Bookable) -> (Person, String) {
        let (ana, wish) = self.ready("Ana", dana, NINE).await;
        let booked = self.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201);
        (ana, format!("/v1/appointments/{}", id_of(&booked)))
    }

    pub async fn cancel(&self, person: &Person, path: &str) {
        self.post_as(&person.token, &format!("{path}/cancel"), &json!({})).await.expect(200);
    }

    pub async fn entry(&self, person: &Person, entry: &Value) -> Value {
        self.get_as(&person.token, &format!("/v1/waitlist/{}", id_of(entry))).await.expect(200)
    }

    /// What is offered to somebody now.
    pub async fn offers(&self, person: &Person) -> Vec<Value> {
        let open = self.get_as(&person.token, "/v1/waitlist/offers").await.expect(200);
        open["items"].as_array().expect("items").clone()
    }

    pub async fn answer_offer(&self, person: &Person, offer: &Value, answer: &str) -> Answer {
        let path = format!("/v1/waitlist/offers/{}/{answer}", id_of(offer));
        self.post_as(&person.token, &path, &json!({})).await
    }
}

#[actix_web::test]
async fn whoever_could_not_book_cannot_wait() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, ben) = (app.patient("Ana").await, app.patient("Ben").await);
        let screening = app.screening(&ana).await;
        let wish = wanted(&dana, &screening);
        let yes = app.screening_with(&ben, Outcome::NeedsClearance).await.to_string();

        let mut without = wish.clone();
        without.as_object_mut().expect("an object").remove("screening_id");
        app.join(&ana, &without).await.expect_problem(422, "screening-required");
        app.join(&ben, &wish).await.expect_problem(422, "screening-invalid");
        app.join(&ben, &wanted(&dana, &yes)).await.expect_problem(422, "clearance-required");
        for field in ["practitioner_id", "service_id", "location_id", "patient_id"] {
            let mut wish = wish.clone();
            wish[field] = json!(UNKNOWN);
            app.join(&ana, &wish).await.expect_problem(404, "not-found");
        }
        let table = [
            ("until", json!("2026-12-02T17:59:00Z"), "/until"),
            ("until", json!("2026-12-02T16:00:00Z"), "/until"),
            ("until", json!("2027-03-03T00:00:00Z"), "/until"),
            ("from", json!("soon"), "/from"),
            ("replaces_appointment_id", json!(UNKNOWN), "/replaces_appointment_id"),
            ("reason", json!("my neck"), "/reason"),
        ];
        for (field, value, pointer) in table {
            let mut wish = wish.clone();
            wish[field] = value;
            let refused = app.join(&ana, &wish).await;
            assert_eq!((refused.status, refused.pointers()), (422, vec![pointer]), "{}", refused.text);
        }
        app.post("/v1/waitlist", &wish).await.expect_problem(401, "unauthenticated");

        let waiting = app.join(&ana, &wish).await;
        let path = waiting.header("location").to_owned();
        let waiting = waiting.expect(201);
        assert_eq!((&waiting["status"], &waiting["position"]), (&json!("waiting"), &json!(1)));
        assert_eq!(app.get_as(&ana.token, &path).await.expect(200), waiting);
        app.join(&ana, &wish).await.expect_problem(409, "already-waiting");
        for n in 1..10 {
            let mut wish = wish.clone();
            wish["until"] = json!(format!("2026-12-0{}T00:00:00Z", n % 5 + 3));
            wish["from"] = json!(format!("2026-12-02T17:{n:02}:00Z"));
            app.join(&ana, &wish).await.expect(201);
        }
        let mut wish = wish.clone();
        wish["until"] = json!("2026-12-09T00:00:00Z");
        app.join(&ana, &wish).await.expect_problem(409, "too-many-waiting");

        app.get_as(&ben.token, &path).await.expect_problem(404, "not-found");
        app.delete_as(&ben.token, &path).await.expect_problem(404, "not-found");
        app.get_as(&ben.token, &dana.path("/waitlist")).await;
        let seen = app.get_as(&dana.person.token, &dana.path("/waitlist?limit=2")).await.expect(200);
        assert_eq!(seen["items"][0]["patient_name"], "Ana");
        assert!(seen["items"][0].get("screening_id").is_none() && seen["next_cursor"].is_string());
        assert_eq!(app.delete_as(&ana.token, &path).await.status, 204);
        assert_eq!(app.get_as(&ana.token, &path).await.expect(200)["status"], "withdrawn");
    }
}

#[actix_web::test]
async fn what_was_free_all_along_is_not_offered_and_what_becomes_free_is() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let ben = app.patient("Ben").await;
        let mut wish = wanted(&dana, &app.screening(&ben).await);
        wish["until"] = json!("2026-12-05T00:00:00Z");
        let entry = app.join(&ben, &wish).await.expect(201);
        app.chores().await;
        assert_eq!(app.offers(&ben).await, Vec::<Value>::new());

        // Somebody takes a time that was free, and gives it back.
        let (cem, noon) = app.ready("Cem", &dana, "2026-12-02T20:00:00Z").await;
        let noon = app.post_as(&cem.token, "/v1/appointments", &noon).await.expect(201);
        app.cancel(&cem, &format!("/v1/appointments/{}", id_of(&noon))).await;
        let mut declined = 0;
        while let Some(offer) = app.offers(&ben).await.pop() {
            app.answer_offer(&ben, &offer, "decline").await.expect(200);
            declined += 1;
        }
        assert!((1..=2).contains(&declined), "the hour given back and no other: {declined}");

        app.cancel(&ana, &booked).await;
        let offers = app.offers(&ben).await;
        assert_eq!((offers.len(), &offers[0]["starts_at"]), (1, &json!(NINE)), "{offers:?}");
        assert_eq!(app.entry(&ben, &entry).await["status"], "offered");
    }
}

#[actix_web::test]
async fn times_freed_by_other_means_are_offered_too() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let token = &dana.person.token;

        let away = json!({"starts_at": NINE, "ends_at": TEN, "reason": ""});
        let away = app.post_as(token, &dana.path("/time-off"), &away).await.expect(201);
        let (ben, _) = app.waiting("Ben", &dana).await;
        let away = away["id"].as_str().or(away["time_off"]["id"].as_str()).expect("an id").to_owned();
        assert_eq!(app.delete_as(token, &dana.path(&format!("/time-off/{away}"))).await.status, 204);
        app.chores().await;
        let offers = app.offers(&ben).await;
        assert_eq!(offers.len(), 1);
        app.answer_offer(&ben, &offers[0], "decline").await.expect(200);

        // A hold given back, and one that lapsed.
        let (ana, mut hold) = app.ready("Ana", &dana, NINE).await;
        hold.as_object_mut().expect("an object").remove("screening_id");
        let held = app.post_as(&ana.token, "/v1/holds", &hold).await.expect(201);
        let (cem, _) = app.waiting("Cem", &dana).await;
        app.delete_as(&ana.token, &format!("/v1/holds/{}", id_of(&held))).await;
        app.chores().await;
        let offers = app.offers(&cem).await;
        assert_eq!(offers.len(), 1);
        app.answer_offer(&cem, &offers[0], "decline").await.expect(200);
        app.post_as(&ana.token, "/v1/holds", &hold).await.expect(201);
        let (dora, _) = app.waiting("Dora", &dana).await;
        app.chores().await;
        assert_eq!(app.offers(&dora).await.len(), 0);
        app.advance(chrono::Duration::minutes(10));
        app.chores().await;
        assert_eq!(app.offers(&dora).await.len(), 1, "{backend:?}");
    }
}
