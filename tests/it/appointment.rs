//! Booking: once, screened, licensed, on offer; and what happens to it afterwards.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use stillpoint::domain::{id::ServiceId, screening::Outcome, service::BookingRules};

use crate::common::{Bookable, Person, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";
const TEN: &str = "2026-12-02T18:00:00Z";
const HALF_PAST_TEN: &str = "2026-12-02T18:30:00Z";
const NOON: &str = "2026-12-02T20:00:00Z";

async fn book(app: &TestApp, person: &Person, wish: &Value) -> crate::common::Answer {
    app.post_as(&person.token, "/v1/appointments", wish).await
}

async fn slots(app: &TestApp, dana: &Bookable) -> Vec<String> {
    let path = dana.path(&format!(
        "/slots?service_id={}&from=2026-12-02T00:00:00Z&until=2026-12-03T08:00:00Z",
        dana.service
    ));
    let found = app.get(&path).await.expect(200);
    let items = found["items"].as_array().expect("items").clone();
    items.iter().map(|slot| slot["starts_at"].as_str().expect("a start").to_owned()).collect()
}

#[actix_web::test]
async fn a_slot_is_booked_once() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        assert!(slots(&app, &dana).await.contains(&NINE.to_owned()));

        let booked = book(&app, &ana, &wish).await;
        assert!(booked.header("location").starts_with("/v1/appointments/"));
        let booked = booked.expect(201);
        assert_eq!(booked["status"], "booked");
        assert_eq!(booked["starts_at"], NINE);
        assert_eq!(booked["ends_at"], TEN);
        assert_eq!(booked["time_zone"], "America/Los_Angeles");
        assert_eq!((&booked["price_minor"], &booked["currency"]), (&json!(11_000), &json!("USD")));
        assert_eq!((&booked["late"], &booked["sequence"]), (&json!(false), &json!(0)));
        assert_eq!(booked["history"][0]["to"], "booked");

        let again = book(&app, &ana, &wish).await.expect_problem(409, "slot-taken");
        let first = again["alternatives"][0]["starts_at"].as_str().expect("an alternative").to_owned();
        assert_eq!(first, HALF_PAST_TEN, "ten is within the buffer of fifteen minutes");
        assert_eq!(again["alternatives"].as_array().map(Vec::len), Some(3));
        // As in the list of slots, with the time on the clock there.
        assert_eq!(again["alternatives"][0]["local_start"], "2026-12-02T10:30:00-08:00");
        assert_eq!(again["alternatives"][0]["ends_at"], "2026-12-02T19:30:00Z");
        let (ben, wish) = app.ready("Ben", &dana, NINE).await;
        book(&app, &ben, &wish).await.expect_problem(409, "slot-taken");
        assert!(!slots(&app, &dana).await.contains(&NINE.to_owned()));
    }
}

#[actix_web::test]
async fn a_patient_is_in_one_place_at_a_time() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        book(&app, &ana, &wish).await.expect(201);
        let screening = wish["screening_id"].as_str().expect("an id").to_owned();
        let half_past = "2026-12-02T17:30:00Z";
        book(&app, &ana, &eli.wish(half_past, &screening)).await.expect_problem(409, "patient-double-booked");
        book(&app, &ana, &eli.wish(TEN, &screening)).await.expect(201);
    }
}

#[actix_web::test]
async fn only_what_is_offered_can_be_booked() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let table = "
            2026-12-02T16:00:00Z | outside_hours
            2026-12-03T00:30:00Z | outside_hours
            2026-12-02T17:10:00Z | off_grid
            2026-11-20T17:00:00Z | past
            2026-11-24T13:00:00Z | minimum_notice
            2027-03-10T17:00:00Z | horizon";
        for row in table.trim().lines() {
            let (at, rule) = row.trim().split_once(" | ").expect("two cells");
            let mut wish = wish.clone();
            wish["starts_at"] = json!(at);
            let problem = book(&app, &ana, &wish).await.expect_problem(422, "slot-not-offered");
            let reasons = problem["reasons"].as_array().expect("reasons").clone();
            assert!(reasons.iter().any(|reason| reason["rule"] == rule), "{row}: {problem}");
            let explained = app
                .get(&dana.path(&format!(
                    "/slots/explain?service_id={}&location_id={}&at={at}",
                    dana.service, dana.location
                )))
                .await
                .expect(200);
            assert_eq!((&explained["offered"], &explained["reasons"]), (&json!(false), &json!(reasons)));
        }
        for (field, problem) in [("practitioner_id", 404), ("service_id", 404), ("location_id", 404)] {
            let mut wish = wish.clone();
            wish[field] = json!("0190f3c6-0000-7000-8000-000000000001");
            assert_eq!(book(&app, &ana, &wish).await.status, problem, "{field}");
        }
        let mut wrong = wish.clone();
        wrong["price_minor"] = json!(1);
        assert_eq!(book(&app, &ana, &wrong).await.pointers(), ["/price_minor"]);
        let mut wrong = wish.clone();
        wrong["starts_at"] = json!("yesterday");
        assert_eq!(book(&app, &ana, &wrong).await.pointers(), ["/starts_at"]);
        let all = app.get_as(&ana.token, "/v1/appointments").await.expect(200);
        assert_eq!(all["items"], json!([]), "nothing was kept of what was refused");
        app.post("/v1/appointments", &wish).await.expect_problem(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn no_booking_without_a_valid_screening() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let ben = app.patient("Ben").await;

        let mut without = wish.clone();
        without.as_object_mut().expect("an object").remove("screening_id");
        book(&app, &ana, &without).await.expect_problem(422, "screening-required");
        book(&app, &ben, &wish).await.expect_problem(422, "screening-invalid");
        let unknown = dana.wish(NINE, "0190f3c6-0000-7000-8000-000000000001");
        book(&app, &ana, &unknown).await.expect_problem(422, "screening-invalid");
        let yes = app.screening_with(&ben, Outcome::NeedsClearance).await.to_string();
        book(&app, &ben, &dana.wish(NINE, &yes)).await.expect_problem(422, "clearance-required");
        app.advance(Duration::days(30));
        let later = dana.wish("2027-01-05T17:00:00Z", wish["screening_id"].as_str().expect("an id"));
        book(&app, &ana, &later).await.expect_problem(422, "screening-invalid");
    }
}

#[actix_web::test]
async fn the_licence_must_cover_that_day() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable_with("Dana Reyes", |service, _| service.rules.horizon_days = 365).await;
        // The last day is 31 October 2027, by the date in Portland.
        app.set_now("2027-09-01T12:00:00Z");
        let (ana, wish) = app.ready("Ana", &dana, "2027-10-29T22:00:00Z").await;
        book(&app, &ana, &wish).await.expect(201);
        let beyond = dana.wish("2027-11-01T16:00:00Z", wish["screening_id"].as_str().expect("an id"));
        let problem = book(&app, &ana, &beyond).await.expect_problem(422, "not-bookable");
        assert_eq!(problem["blockers"][0]["code"], "licence");
        let path = dana.path(&format!(
            "/slots?service_id={}&from=2027-10-25T00:00:00Z&until=2027-11-20T00:00:00Z",
            dana.service
        ));
        let found = app.get(&path).await.expect(200);
        let last = found["items"].as_array().and_then(|items| items.last().cloned()).expect("slots");
        assert!(last["local_start"].as_str().expect("a start").starts_with("2027-10-29"), "{last}");
    }
}

#[actix_web::test]
async fn two_hundred_at_once_and_one_gets_it() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        // Visits of an hour that start every ten minutes, with a quarter of an hour between: all those overlap.
        let dana =
            app.bookable_with("Dana Reyes", |service, _| service.rules.start_interval_minutes = 10).await;
        let starts = ["18:00", "18:10", "18:20", "18:30", "18:50", "19:00", "19:10"];
        let mut wishes = Vec::new();
        for n in 0..200 {
            let at = format!("2026-12-02T{}:00Z", starts[if n % 2 == 0 { 5 } else { n % starts.len() }]);
            wishes.push(app.ready(&format!("P{n}"), &dana, &at).await);
        }
        let all = wishes.iter().map(|(person, wish)| book(&app, person, wish));
        let answers = futures_util::future::join_all(all).await;
        let mut counted: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for answer in &answers {
            *counted.entry((answer.status, answer.problem().to_owned())).or_default() += 1;
        }
        let want = BTreeMap::from([((201, String::new()), 1), ((409, "slot-taken".to_owned()), 199)]);
        // Two that do not overlap could both stand: 18:00 and 19:15 would, but nothing starts that late.
        assert_eq!(counted, want, "{backend:?}");
        let calendar =
            app.get_as(&dana.person.token, &dana.path("/appointments?limit=100")).await.expect(200);
        assert_eq!(calendar["items"].as_array().map(Vec::len), Some(1));
    }
}

/// Three services of 30, 60 and 90 minutes with buffers of their own, at one place.
async fn unequal(app: &TestApp) -> (Bookable, [ServiceId; 3]) {
    let dana = app
        .bookable_with("Dana Reyes", |service, _| {
            service.rules = BookingRules { start_interval_minutes: 5, ..BookingRules::lasting(30) };
            service.rules.buffer_after_minutes = 5;
        })
        .await;
    let mut services = [dana.service; 3];
    for (nth, (lasts, before, after)) in [(60, 10, 20), (90, 0, 30)].into_iter().enumerate() {
        let body = json!({
            "name": format!("{lasts} minutes"), "duration_minutes": lasts, "start_interval_minutes": 5,
            "buffer_before_minutes": before, "buffer_after_minutes": after,
        });
        let made = app.post_as(&dana.person.token, &dana.path("/services"), &body).await.expect(201);
        services[nth + 1] = made["id"].as_str().expect("an id").parse().expect("an id");
    }
    (dana, services)
}

#[actix_web::test]
async fn visits_of_unequal_length_never_share_time() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, services) = unequal(&app).await;
        // Whatever is asked for takes in half past ten: only one of all these can stand.
        let starts = [
            ["18:10", "18:15", "18:20", "18:25"],
            ["17:35", "17:50", "18:05", "18:20"],
            ["17:05", "17:30", "18:00", "18:25"],
        ];
        let mut wishes = Vec::new();
        for n in 0..200 {
            let (person, mut wish) = app.ready(&format!("P{n}"), &dana, NINE).await;
            wish["service_id"] = json!(services[n % 3]);
            wish["starts_at"] = json!(format!("2026-12-02T{}:00Z", starts[n % 3][n / 3 % 4]));
            wishes.push((person, wish));
        }
        let all = wishes.iter().map(|(person, wish)| book(&app, person, wish));
        let answers = futures_util::future::join_all(all).await;
        let mut counted: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for answer in &answers {
            *counted.entry((answer.status, answer.problem().to_owned())).or_default() += 1;
        }
        let want = BTreeMap::from([((201, String::new()), 1), ((409, "slot-taken".to_owned()), 199)]);
        assert_eq!(counted, want, "{backend:?}");
    }
}

#[actix_web::test]
async fn a_full_day_of_unequal_visits_fits_together() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, services) = unequal(&app).await;
        let lengths = [(30, 0, 5), (60, 10, 20), (90, 0, 30)];
        let mut wishes = Vec::new();
        for n in 0..200_usize {
            let (person, mut wish) = app.ready(&format!("P{n}"), &dana, NINE).await;
            let start = NINE.parse::<DateTime<Utc>>().expect("an instant")
                + Duration::minutes((n * 37 % 78 * 5) as i64);
            wish["service_id"] = json!(services[n % 3]);
            wish["starts_at"] = json!(start);
            wishes.push((person, wish, start, lengths[n % 3]));
        }
        let all = wishes.iter().map(|(person, wish, ..)| book(&app, person, wish));
        let answers = futures_util::future::join_all(all).await;
        let mut stand = Vec::new();
        for (answer, (_, _, start, (lasts, before, after))) in answers.iter().zip(&wishes) {
            assert!([201, 409].contains(&answer.status), "{}", answer.text);
            let claimed = (*start - Duration::minutes(*before), *start + Duration::minutes(lasts + after));
            if answer.status == 201 {
                stand.push(claimed);
            }
        }
        stand.sort();
        assert!(stand.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{backend:?}: {stand:?}");
        // Whoever was refused has somebody who stands to blame for it.
        for (answer, (_, _, start, (lasts, before, after))) in answers.iter().zip(&wishes) {
            let (from, until) =
                (*start - Duration::minutes(*before), *start + Duration::minutes(lasts + after));
            let hit = stand.iter().any(|(a, b)| *a < until && from < *b);
            assert!(hit, "{backend:?}: {} at {start}", answer.status);
        }
        let calendar =
            app.get_as(&dana.person.token, &dana.path("/appointments?limit=100")).await.expect(200);
        assert_eq!(calendar["items"].as_array().map(Vec::len), Some(stand.len()));
    }
}

#[actix_web::test]
async fn touching_intervals_do_not_conflict_and_buffers_do() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app
            .bookable_with("Dana Reyes", |service, _| {
                service.rules.start_interval_minutes = 15;
            })
            .await;
        let (ana, wish) = app.ready("Ana", &dana, TEN).await;
        book(&app, &ana, &wish).await.expect(201);
        let table = "
            2026-12-02T19:00:00Z 409
            2026-12-02T17:00:00Z 409
            2026-12-02T19:15:00Z 201
            2026-12-02T16:45:00Z 422";
        for row in table.trim().lines() {
            let (at, status) = row.trim().split_once(' ').expect("two cells");
            let (person, wish) = app.ready("Ben", &dana, at).await;
            assert_eq!(book(&app, &person, &wish).await.status.to_string(), status, "{row}");
        }
    }
}

#[actix_web::test]
async fn a_cancelled_time_is_free_again() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        for round in 0..5 {
            let id = book(&app, &ana, &wish).await.expect(201)["id"].as_str().expect("an id").to_owned();
            let path = format!("/v1/appointments/{id}/cancel");
            let gone = app.post_as(&ana.token, &path, &json!({"reason": "a cold"})).await.expect(200);
            assert_eq!((&gone["status"], &gone["late"]), (&json!("cancelled"), &json!(false)), "{round}");
            assert_eq!(gone["history"][1]["reason"], "a cold");
            app.post_as(&ana.token, &path, &json!({})).await.expect_problem(409, "invalid-transition");
        }
        let all = app.get_as(&ana.token, "/v1/appointments?status=cancelled&limit=2").await;
        assert!(all.header("link").contains("rel=\"next\""));
        let all = all.expect(200);
        let next = all["next_cursor"].as_str().expect("another page");
        let rest = app
            .get_as(&ana.token, &format!("/v1/appointments?status=cancelled&cursor={next}"))
            .await
            .expect(200);
        assert_eq!(rest["items"].as_array().map(Vec::len), Some(3));
    }
}

#[actix_web::test]
async fn inside_the_notice_it_is_late_and_after_the_start_too_late() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let id = book(&app, &ana, &wish).await.expect(201)["id"].as_str().expect("an id").to_owned();
        let (_, second) = app.ready("Unused", &dana, NOON).await;
        let mut second = second;
        second["screening_id"] = wish["screening_id"].clone();
        let other = book(&app, &ana, &second).await.expect(201)["id"].as_str().expect("an id").to_owned();
        app.set_now("2026-12-02T16:59:00Z");
        let gone =
            app.post_as(&ana.token, &format!("/v1/appointments/{id}/cancel"), &json!({})).await.expect(200);
        assert_eq!(gone["late"], true);
        app.set_now("2026-12-02T20:00:00Z");
        let late = app.post_as(&ana.token, &format!("/v1/appointments/{other}/cancel"), &json!({})).await;
        late.expect_problem(409, "invalid-transition");
    }
}

#[actix_web::test]
async fn strangers_see_nothing_of_a_booking() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        let (ana, mut wish) = app.ready("Ana", &dana, NINE).await;
        wish["note"] = json!("my neck");
        let id = book(&app, &ana, &wish).await.expect(201)["id"].as_str().expect("an id").to_owned();
        let path = format!("/v1/appointments/{id}");
        assert_eq!(app.get_as(&ana.token, &path).await.expect(200)["note"], "my neck");
        assert_eq!(app.get_as(&dana.person.token, &path).await.expect(200)["note"], "my neck");
        let ben = app.patient("Ben").await;
        for token in [&ben.token, &eli.person.token] {
            app.get_as(token, &path).await.expect_problem(404, "not-found");
            for act in ["cancel", "confirm", "decline", "arrive", "fulfil", "no-show"] {
                app.post_as(token, &format!("{path}/{act}"), &json!({}))
                    .await
                    .expect_problem(404, "not-found");
            }
            app.get_as(token, &dana.path("/appointments")).await;
        }
        app.get_as(&eli.person.token, &dana.path("/appointments")).await.expect_problem(404, "not-found");
        app.post_as(&ana.token, &format!("{path}/confirm"), &json!({}))
            .await
            .expect_problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn a_request_waits_for_the_practitioner() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable_with("Dana Reyes", |service, _| service.requires_confirmation = true).await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let booked = book(&app, &ana, &wish).await.expect(201);
        assert_eq!(booked["status"], "pending");
        let (ben, wish) = app.ready("Ben", &dana, NINE).await;
        book(&app, &ben, &wish).await.expect_problem(409, "slot-taken");
        let path = format!("/v1/appointments/{}", booked["id"].as_str().expect("an id"));
        let token = &dana.person.token;
        assert_eq!(
            app.post_as(token, &format!("{path}/confirm"), &json!({})).await.expect(200)["status"],
            "booked"
        );
        app.post_as(token, &format!("{path}/confirm"), &json!({}))
            .await
            .expect_problem(409, "invalid-transition");
        app.post_as(token, &format!("{path}/arrive"), &json!({}))
            .await
            .expect_problem(409, "invalid-transition");
        app.post_as(token, &format!("{path}/no-show"), &json!({}))
            .await
            .expect_problem(409, "invalid-transition");
        app.set_now("2026-12-02T16:30:00Z");
        assert_eq!(
            app.post_as(token, &format!("{path}/arrive"), &json!({})).await.expect(200)["status"],
            "arrived"
        );
        let done = app.post_as(token, &format!("{path}/fulfil"), &json!({})).await.expect(200);
        let steps: Vec<&str> =
            done["history"].as_array().expect("steps").iter().filter_map(|s| s["to"].as_str()).collect();
        assert_eq!(steps, ["pending", "booked", "arrived", "fulfilled"]);
    }
}

#[actix_web::test]
async fn moving_keeps_the_old_time_when_the_new_one_is_taken() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let id = book(&app, &ana, &wish).await.expect(201)["id"].as_str().expect("an id").to_owned();
        let (ben, wish) = app.ready("Ben", &dana, NOON).await;
        book(&app, &ben, &wish).await.expect(201);
        let path = format!("/v1/appointments/{id}/reschedule");
        app.post_as(&ana.token, &path, &json!({"starts_at": NOON})).await.expect_problem(409, "slot-taken");
        assert_eq!(
            app.get_as(&ana.token, &format!("/v1/appointments/{id}")).await.expect(200)["starts_at"],
            NINE
        );
        let nearby = "2026-12-02T17:30:00Z";
        let moved = app.post_as(&ana.token, &path, &json!({"starts_at": nearby})).await.expect(200);
        assert_eq!(
            (&moved["starts_at"], &moved["sequence"], &moved["id"]),
            (&json!(nearby), &json!(1), &json!(id))
        );
    }
}

#[actix_web::test]
async fn a_hold_keeps_a_time_for_ten_minutes() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let (ben, bens) = app.ready("Ben", &dana, NINE).await;
        let mut held = wish.clone();
        held.as_object_mut().expect("an object").remove("screening_id");
        let hold = app.post_as(&ana.token, "/v1/holds", &held).await.expect(201);
        book(&app, &ben, &bens).await.expect_problem(409, "slot-taken");
        assert!(!slots(&app, &dana).await.contains(&NINE.to_owned()));
        let mut wish = wish.clone();
        wish["hold_id"] = hold["id"].clone();
        book(&app, &ana, &wish).await.expect(201);

        held["starts_at"] = json!(NOON);
        app.post_as(&ana.token, "/v1/holds", &held).await.expect(201);
        let mut bens = bens.clone();
        bens["starts_at"] = json!(NOON);
        book(&app, &ben, &bens).await.expect_problem(409, "slot-taken");
        app.advance(Duration::minutes(10));
        book(&app, &ben, &bens).await.expect(201);
    }
}
