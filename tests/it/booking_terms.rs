//! What a practitioner wants observed by every booking, and requests that nobody answers.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use stillpoint::domain::{id::LocationId, location::Location};

use crate::common::{Answer, Bookable, Person, TestApp, each_backend, new_id};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";
const TEN: &str = "2026-12-02T18:00:00Z";
const HALF_PAST_TEN: &str = "2026-12-02T18:30:00Z";
const NOON: &str = "2026-12-02T20:00:00Z";
const NEXT_DAY: &str = "2026-12-03T17:00:00Z";

async fn set(app: &TestApp, dana: &Bookable, terms: Value) -> Value {
    let body = json!({"booking_terms": terms});
    let answer = app.call("PATCH", &dana.path(""), Some(&dana.person.token), Some(&body)).await;
    answer.expect(200)["booking_terms"].clone()
}

async fn book(app: &TestApp, person: &Person, wish: &Value) -> Answer {
    app.post_as(&person.token, "/v1/appointments", wish).await
}

/// The rules that stand against a booking.
async fn refused(app: &TestApp, person: &Person, wish: &Value) -> Vec<String> {
    let problem = book(app, person, wish).await.expect_problem(422, "slot-not-offered");
    let reasons = problem["reasons"].as_array().expect("reasons");
    reasons.iter().map(|reason| reason["rule"].as_str().expect("a rule").to_owned()).collect()
}

async fn listed(app: &TestApp, dana: &Bookable) -> Vec<String> {
    let query = "from=2026-12-02T08:00:00Z&until=2026-12-03T08:00:00Z";
    let path = dana.path(&format!("/slots?service_id={}&{query}", dana.service));
    let found = app.get(&path).await.expect(200);
    let items = found["items"].as_array().expect("items");
    items.iter().map(|slot| slot["starts_at"].as_str().expect("a start").to_owned()).collect()
}

/// How long a request waits for an answer.
fn waits(asked: &Value) -> Duration {
    let at = |field: &str| -> DateTime<Utc> {
        asked[field].as_str().expect("an instant").parse().expect("an instant")
    };
    at("lapses_at") - at("created_at")
}

/// A second place of hers with the same hours on Wednesday afternoons only.
async fn second_place(app: &TestApp, dana: &Bookable) -> LocationId {
    let (id, practitioner, first) = (new_id::<LocationId>(app), dana.id, dana.location);
    app.write(move |tx| {
        let known = stillpoint::store::location::find(tx, practitioner, first)?.expect("her place");
        stillpoint::store::location::insert(tx, &Location { id, name: "Westside".to_owned(), ..known })?;
        let (mut hours, version) = stillpoint::store::schedule::find(tx, practitioner)?.expect("hours");
        let wednesday = hours.weekly.get_mut(2).expect("a Wednesday");
        wednesday.end = chrono::NaiveTime::from_hms_opt(12, 0, 0).expect("noon");
        let mut afternoon = wednesday.clone();
        (afternoon.start, afternoon.location) = (wednesday.end, id);
        afternoon.end = chrono::NaiveTime::from_hms_opt(17, 0, 0).expect("five");
        hours.weekly.push(afternoon);
        stillpoint::store::schedule::put(tx, practitioner, &hours, version + 1)?;
        tx.announce(stillpoint::domain::change::Change::Profile(practitioner));
        Ok(())
    })
    .await;
    id
}

#[actix_web::test]
async fn terms_are_the_practitioners_own_and_bounded() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let usual = json!({"travel_minutes": 0, "daily_limit": null, "weekly_limit": null,
            "same_day_booking": true, "request_lapse_minutes": 2880});
        assert_eq!(set(&app, &dana, json!({})).await, usual);
        let some = set(&app, &dana, json!({"daily_limit": 3, "travel_minutes": 45})).await;
        assert_eq!((&some["daily_limit"], &some["travel_minutes"]), (&json!(3), &json!(45)));
        assert_eq!(set(&app, &dana, json!({"daily_limit": null, "travel_minutes": 0})).await, usual);
        // Nobody else's business.
        assert!(app.get(&dana.path("")).await.expect(200)["booking_terms"].is_null());

        let wrong = json!({"booking_terms": {"travel_minutes": -1, "daily_limit": 0, "weekly_limit": 501,
            "request_lapse_minutes": 14}});
        let answer = app.call("PATCH", &dana.path(""), Some(&dana.person.token), Some(&wrong)).await;
        let mut pointers: Vec<String> = answer.pointers().into_iter().map(str::to_owned).collect();
        pointers.sort();
        answer.expect_problem(422, "invalid-body");
        let fields = ["daily_limit", "request_lapse_minutes", "travel_minutes", "weekly_limit"];
        assert_eq!(pointers, fields.map(|field| format!("/booking_terms/{field}")));
        let unknown = json!({"booking_terms": {"lunch": true}});
        let answer = app.call("PATCH", &dana.path(""), Some(&dana.person.token), Some(&unknown)).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_full_day_and_a_full_week_are_not_offered() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        set(&app, &dana, json!({"daily_limit": 2, "weekly_limit": 3})).await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let screening = wish["screening_id"].as_str().expect("an id").to_owned();
        book(&app, &ana, &wish).await.expect(201);
        let held = app.post_as(&ana.token, "/v1/holds", &dana.wish_for_hold(HALF_PAST_TEN)).await.expect(201);
        // What is held counts too.
        assert_eq!(refused(&app, &ana, &dana.wish(NOON, &screening)).await, ["daily_limit"]);
        assert!(listed(&app, &dana).await.is_empty());
        let hold = held["id"].as_str().expect("an id");
        app.call("DELETE", &format!("/v1/holds/{hold}"), Some(&ana.token), None).await.expect(204);
        let second = book(&app, &ana, &dana.wish(NOON, &screening)).await.expect(201);
        // To move one of them within the day is no more visits than before.
        let path = format!("/v1/appointments/{}/reschedule", second["id"].as_str().expect("an id"));
        app.post_as(&ana.token, &path, &json!({"starts_at": "2026-12-02T21:00:00Z"})).await.expect(200);
        book(&app, &ana, &dana.wish(NEXT_DAY, &screening)).await.expect(201);
        let friday = dana.wish("2026-12-04T17:00:00Z", &screening);
        assert_eq!(refused(&app, &ana, &friday).await, ["weekly_limit"]);
        book(&app, &ana, &dana.wish("2026-12-07T17:00:00Z", &screening)).await.expect(201);
    }
}

#[actix_web::test]
async fn the_way_between_two_places_is_kept_free() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let west = second_place(&app, &dana).await;
        set(&app, &dana, json!({"travel_minutes": 60})).await;
        let (ana, wish) = app.ready("Ana", &dana, HALF_PAST_TEN).await;
        book(&app, &ana, &wish).await.expect(201);
        let (ben, mut wish) = app.ready("Ben", &dana, NOON).await;
        wish["location_id"] = json!(west);
        // Half past eleven to noon is half an hour.
        assert_eq!(refused(&app, &ben, &wish).await, ["travel"]);
        let slots = listed(&app, &dana).await;
        assert!(!slots.contains(&NOON.to_owned()), "{slots:?}");
        assert!(slots.contains(&"2026-12-02T20:30:00Z".to_owned()), "{slots:?}");
        wish["starts_at"] = json!("2026-12-02T20:30:00Z");
        book(&app, &ben, &wish).await.expect(201);
    }
}

#[actix_web::test]
async fn today_can_be_closed() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        set(&app, &dana, json!({"same_day_booking": false})).await;
        app.set_now("2026-12-02T08:00:00Z");
        let (ana, wish) = app.ready("Ana", &dana, NOON).await;
        assert_eq!(refused(&app, &ana, &wish).await, ["same_day"]);
        app.set_now("2026-12-02T07:59:00Z");
        assert!(listed(&app, &dana).await.contains(&NOON.to_owned()));
        let found = app.get("/v1/practitioners?near=45.51,-122.68").await.expect(200);
        assert_eq!(found["items"][0]["next_available_at"], NINE);
        app.set_now("2026-12-02T08:00:00Z");
        let found = app.get("/v1/practitioners?near=45.51,-122.68").await.expect(200);
        assert_eq!(found["items"][0]["next_available_at"], NEXT_DAY);
    }
}

#[actix_web::test]
async fn a_request_nobody_answers_lapses_for_everybody_at_once() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable_with("Dana Reyes", |service, _| service.requires_confirmation = true).await;
        set(&app, &dana, json!({"request_lapse_minutes": 60})).await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let asked = book(&app, &ana, &wish).await.expect(201);
        assert_eq!(asked["status"], "pending");
        assert_eq!(waits(&asked), Duration::minutes(60));
        let (ben, wish) = app.ready("Ben", &dana, NINE).await;
        book(&app, &ben, &wish).await.expect_problem(409, "slot-taken");
        assert!(!listed(&app, &dana).await.contains(&NINE.to_owned()));

        app.advance(Duration::minutes(61));
        let path = format!("/v1/appointments/{}", asked["id"].as_str().expect("an id"));
        let confirm = format!("{path}/confirm");
        let late = app.post_as(&dana.person.token, &confirm, &json!({})).await;
        late.expect_problem(409, "invalid-transition");
        assert!(listed(&app, &dana).await.contains(&NINE.to_owned()));
        book(&app, &ben, &wish).await.expect(201);
        let gone = app.call("GET", &path, Some(&ana.token), None).await.expect(200);
        assert_eq!((&gone["status"], &gone["lapses_at"]), (&json!("cancelled"), &Value::Null));
        // Nobody's doing, though it came to light when Ben booked.
        assert_eq!(gone["history"][1]["actor_role"], "system");
        assert_eq!(gone["history"][1]["actor"], Value::Null);
        assert_eq!(gone["history"][1]["reason"], "not confirmed in time");
    }
}

#[actix_web::test]
async fn a_confirmed_request_stays_and_no_request_outlives_its_start() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable_with("Dana Reyes", |service, _| service.requires_confirmation = true).await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let asked = book(&app, &ana, &wish).await.expect(201);
        assert_eq!(waits(&asked), Duration::days(2));
        let path = format!("/v1/appointments/{}", asked["id"].as_str().expect("an id"));
        let kept = app.post_as(&dana.person.token, &format!("{path}/confirm"), &json!({})).await.expect(200);
        assert_eq!((&kept["status"], &kept["lapses_at"]), (&json!("booked"), &Value::Null));
        app.set_now("2026-12-02T16:00:00Z");
        app.chores().await;
        let kept = app.call("GET", &path, Some(&ana.token), None).await.expect(200);
        assert_eq!(kept["status"], "booked");
        // Moved by its patient it is asked for again, until the new start at most.
        app.set_now("2026-12-01T20:00:00Z");
        let moved = app.post_as(&ana.token, &format!("{path}/reschedule"), &json!({"starts_at": TEN})).await;
        assert_eq!(moved.expect(200)["lapses_at"], TEN);
        app.set_now(TEN);
        app.chores().await;
        let gone = app.call("GET", &path, Some(&ana.token), None).await.expect(200);
        assert_eq!((&gone["status"], &gone["late"]), (&json!("cancelled"), &json!(false)));
    }
}

#[actix_web::test]
async fn hours_can_be_tried_before_they_are_set() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let booked = book(&app, &ana, &wish).await.expect(201);
        let path = dana.path("/schedule");
        let token = Some(dana.person.token.as_str());
        let before = app.call("GET", &path, token, None).await;
        let tag = before.header("etag").to_owned();
        let weekly =
            json!([{"weekday": "wed", "start": "12:00", "end": "17:00", "location_id": dana.location}]);
        let hours = json!({"time_zone": "America/Los_Angeles", "weekly": weekly});
        let tried = app.call("PUT", &format!("{path}?preview=true"), token, Some(&hours)).await.expect(200);
        assert_eq!(tried["affected_appointments"][0]["id"], booked["id"]);
        assert_eq!(tried["weekly"][0]["start"], "12:00");
        let after = app.call("GET", &path, token, None).await;
        assert_eq!((after.header("etag"), &after.body), (tag.as_str(), &before.body));
        // It refuses what setting them would refuse.
        let weekly = json!([{"weekday": "wed", "start": "12:00", "end": "17:00", "location_id": ana.id}]);
        let wrong = json!({"time_zone": "America/Los_Angeles", "weekly": weekly});
        let refused = app.call("PUT", &format!("{path}?preview=true"), token, Some(&wrong)).await;
        assert_eq!(refused.pointers(), ["/weekly/0/location_id"], "{}", refused.text);
        app.call("PUT", &format!("{path}?preview=perhaps"), token, Some(&hours)).await.expect(400);
        let set = app.call("PUT", &format!("{path}?preview=false"), token, Some(&hours)).await.expect(200);
        assert_eq!(set["affected_appointments"], tried["affected_appointments"]);
    }
}
