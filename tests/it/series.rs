//! The same time every few weeks: all of it or nothing, together and one by one.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use stillpoint::{
    domain::screening::Outcome,
    store::{appointment, busy_time, overview},
};

use crate::common::{Answer, Bookable, Person, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";

async fn series(app: &TestApp, person: &Person, wish: &Value) -> Answer {
    app.post_as(&person.token, "/v1/appointment-series", wish).await
}

fn every(weeks: u32, count: u32, wish: &Value) -> Value {
    let mut wish = wish.clone();
    wish["every_weeks"] = json!(weeks);
    wish["count"] = json!(count);
    wish
}

fn at(wish: &Value, starts_at: &str) -> Value {
    let mut wish = wish.clone();
    wish["starts_at"] = json!(starts_at);
    wish
}

fn starts(items: &Value) -> Vec<String> {
    let items = items.as_array().expect("items");
    items.iter().map(|item| item["starts_at"].as_str().expect("a start").to_owned()).collect()
}

fn statuses(body: &Value) -> Vec<String> {
    let items = body["appointments"].as_array().expect("appointments");
    items.iter().map(|item| item["status"].as_str().expect("a status").to_owned()).collect()
}

async fn calendar(app: &TestApp, dana: &Bookable) -> Vec<Value> {
    let found = app.get_as(&dana.person.token, &dana.path("/appointments?limit=100")).await.expect(200);
    found["items"].as_array().expect("items").clone()
}

/// Messages that wait to be sent.
async fn waiting(app: &TestApp) -> i64 {
    app.write(|tx| Ok(overview::outbox(tx)?.0)).await
}

/// Bookable for more than a year ahead.
async fn far_ahead(app: &TestApp) -> Bookable {
    app.bookable_with("Dana Reyes", |service, _| service.rules.horizon_days = 365).await
}

#[actix_web::test]
async fn visits_keep_their_hour_over_both_clock_changes() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = far_ahead(&app).await;
        let (ana, wish) = app.ready("Ana", &dana, "2027-03-01T17:00:00Z").await;
        let booked = series(&app, &ana, &every(2, 3, &wish)).await;
        let location = booked.header("location").to_owned();
        let booked = booked.expect(201);
        assert_eq!(location, format!("/v1/appointment-series/{}", booked["id"].as_str().expect("an id")));
        assert_eq!(
            starts(&booked["appointments"]),
            ["2027-03-01T17:00:00Z", "2027-03-15T16:00:00Z", "2027-03-29T16:00:00Z"],
            "nine in the morning, before and after"
        );
        assert_eq!((&booked["every_weeks"], &booked["skipped"]), (&json!(2), &json!([])));
        assert!(booked["appointments"][2]["series_id"] == booked["id"]);

        app.set_now("2027-10-01T12:00:00Z");
        let (ben, _) = app.ready("Ben", &dana, NINE).await;
        let again = app.screening(&ben).await;
        let autumn = every(1, 2, &dana.wish("2027-10-26T16:00:00Z", &again));
        // The licence ends on 31 October: the second visit may not be had, and so neither may the first.
        let refused = series(&app, &ben, &autumn).await.expect_problem(422, "not-bookable");
        assert_eq!(starts(&refused["conflicts"]), ["2027-11-02T16:00:00Z"]);

        app.set_now("2026-11-24T12:00:00Z");
        let autumn = app.screening(&ben).await;
        let autumn = every(1, 2, &dana.wish("2026-12-02T17:00:00Z", &autumn));
        series(&app, &ben, &autumn).await.expect(201);
    }
}

#[actix_web::test]
async fn the_autumn_change_is_resolved_as_hours_are() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = far_ahead(&app).await;
        app.set_now("2026-10-20T12:00:00Z");
        let (ana, wish) = app.ready("Ana", &dana, "2026-10-28T16:00:00Z").await;
        let booked = series(&app, &ana, &every(1, 3, &wish)).await.expect(201);
        assert_eq!(
            starts(&booked["appointments"]),
            ["2026-10-28T16:00:00Z", "2026-11-04T17:00:00Z", "2026-11-11T17:00:00Z"]
        );
    }
}

#[actix_web::test]
async fn all_or_nothing_and_every_collision_is_named() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = far_ahead(&app).await;
        let (ben, wish) = app.ready("Ben", &dana, "2026-12-09T17:30:00Z").await;
        app.post_as(&ben.token, "/v1/appointments", &wish).await.expect(201);
        let late = at(&wish, "2026-12-23T17:00:00Z");
        app.post_as(&ben.token, "/v1/appointments", &late).await.expect(201);

        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let wish = every(1, 6, &wish);
        let before = waiting(&app).await;
        let refused = series(&app, &ana, &wish).await.expect_problem(409, "slot-taken");
        assert_eq!(starts(&refused["conflicts"]), ["2026-12-09T17:00:00Z", "2026-12-23T17:00:00Z"]);
        let first = &refused["conflicts"][0];
        assert_eq!(first["local_start"], "2026-12-09T09:00:00-08:00");
        assert_eq!(first["type"], "/problems/slot-taken");
        assert!(!first["alternatives"].as_array().expect("alternatives").is_empty());
        assert_eq!(calendar(&app, &dana).await.len(), 2, "nothing is left behind");
        assert_eq!(waiting(&app).await, before, "and nobody is told");

        let mut skipping = wish.clone();
        skipping["skip_conflicts"] = json!(true);
        let booked = series(&app, &ana, &skipping).await.expect(201);
        assert_eq!(
            starts(&booked["appointments"]),
            ["2026-12-02T17:00:00Z", "2026-12-16T17:00:00Z", "2026-12-30T17:00:00Z", "2027-01-06T17:00:00Z"]
        );
        assert_eq!(starts(&booked["skipped"]), ["2026-12-09T17:00:00Z", "2026-12-23T17:00:00Z"]);
        assert_eq!(booked["skipped"][1]["type"], "/problems/slot-taken");
        // One mail for each side, not one for each visit.
        assert_eq!(waiting(&app).await, before + 2);

        // Where nothing is left of it, leaving out is a refusal too.
        let again = series(&app, &ana, &skipping).await.expect_problem(409, "slot-taken");
        assert_eq!(again["conflicts"].as_array().map(Vec::len), Some(6));
    }
}

#[actix_web::test]
async fn the_worst_date_says_how_the_whole_is_refused() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ben, taken) = app.ready("Ben", &dana, "2026-12-02T17:00:00Z").await;
        app.post_as(&ben.token, "/v1/appointments", &taken).await.expect(201);
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        // Twelve visits every four weeks reach beyond the horizon; the first is taken.
        let refused = series(&app, &ana, &every(4, 12, &wish)).await.expect_problem(422, "slot-not-offered");
        assert_eq!(refused["conflicts"][0]["type"], "/problems/slot-taken");
        let last = refused["conflicts"].as_array().and_then(|all| all.last()).expect("a last one");
        assert_eq!(last["type"], "/problems/slot-not-offered");
        assert_eq!(last["reasons"][0]["rule"], "horizon");
        // The patient's own other visit is a collision like any other.
        let eli = app.bookable("Eli Okoro").await;
        let screening = wish["screening_id"].as_str().expect("an id");
        let elsewhere = eli.wish("2026-12-10T17:00:00Z", screening);
        app.post_as(&ana.token, "/v1/appointments", &elsewhere).await.expect(201);
        let wish = every(1, 2, &at(&wish, "2026-12-03T17:00:00Z"));
        let refused = series(&app, &ana, &wish).await.expect_problem(409, "patient-double-booked");
        assert_eq!(starts(&refused["conflicts"]), ["2026-12-10T17:00:00Z"]);
    }
}

#[actix_web::test]
async fn a_series_is_asked_what_a_booking_is_asked() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        for (field, value) in [
            ("count", json!(1)),
            ("count", json!(13)),
            ("count", json!(-1)),
            ("every_weeks", json!(0)),
            ("every_weeks", json!(13)),
            ("starts_at", json!("soon")),
        ] {
            let mut wrong = every(1, 2, &wish);
            wrong[field] = value.clone();
            let answer = series(&app, &ana, &wrong).await;
            assert_eq!(answer.status, 422, "{field} {value}");
            assert_eq!(answer.pointers(), [format!("/{field}")], "{value}");
        }
        let mut wrong = every(1, 2, &wish);
        wrong["price_minor"] = json!(1);
        assert_eq!(series(&app, &ana, &wrong).await.pointers(), ["/price_minor"]);
        let mut without = every(1, 2, &wish);
        without.as_object_mut().expect("an object").remove("screening_id");
        series(&app, &ana, &without).await.expect_problem(422, "screening-required");
        let yes = app.screening_with(&ana, Outcome::NeedsClearance).await.to_string();
        let uncleared = every(1, 2, &dana.wish(NINE, &yes));
        series(&app, &ana, &uncleared).await.expect_problem(422, "clearance-required");
        let ben = app.patient("Ben").await;
        series(&app, &ben, &every(1, 2, &wish)).await.expect_problem(422, "screening-invalid");
        let mut unknown = every(1, 2, &wish);
        unknown["service_id"] = json!("0190f3c6-0000-7000-8000-000000000001");
        series(&app, &ana, &unknown).await.expect_problem(404, "not-found");
        app.post("/v1/appointment-series", &every(1, 2, &wish)).await.expect_problem(401, "unauthenticated");
        assert!(calendar(&app, &dana).await.is_empty());
    }
}

#[actix_web::test]
async fn a_hold_becomes_the_first_visit() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let held = json!({
            "practitioner_id": dana.id, "service_id": dana.service, "location_id": dana.location, "starts_at": NINE,
        });
        let held = app.post_as(&ana.token, "/v1/holds", &held).await.expect(201);
        series(&app, &ana, &every(1, 3, &wish)).await.expect_problem(409, "slot-taken");
        let mut with = every(1, 3, &wish);
        with["hold_id"] = held["id"].clone();
        let booked = series(&app, &ana, &with).await.expect(201);
        assert_eq!(booked["appointments"].as_array().map(Vec::len), Some(3));
    }
}

#[actix_web::test]
async fn one_is_cancelled_or_the_rest() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let booked = series(&app, &ana, &every(1, 5, &wish)).await.expect(201);
        let path = format!("/v1/appointment-series/{}", booked["id"].as_str().expect("an id"));
        let (stranger, admin) = (app.patient("Mallory").await, app.admin("Ada").await);
        app.get_as(&stranger.token, &path).await.expect_problem(404, "not-found");
        let nothing = json!({"reason": "no"});
        let cancel = format!("{path}/cancel");
        app.post_as(&stranger.token, &cancel, &nothing).await.expect_problem(404, "not-found");
        for who in [&ana, &dana.person, &admin] {
            assert_eq!(statuses(&app.get_as(&who.token, &path).await.expect(200)).len(), 5);
        }

        let third = booked["appointments"][2]["id"].as_str().expect("an id");
        let one = format!("/v1/appointments/{third}/cancel");
        app.post_as(&ana.token, &one, &json!({})).await.expect(200);
        // An hour before the second: the first took place, the second is inside its notice.
        app.set_now("2026-12-09T16:00:00Z");
        let from = json!({"reason": "moving away", "from": "2027-01-01T00:00:00Z"});
        app.post_as(&ana.token, &cancel, &from).await.expect_problem(409, "invalid-transition");
        let from = json!({"reason": "away at the end of the year", "from": "2026-12-30T00:00:00Z"});
        let left = app.post_as(&ana.token, &cancel, &from).await.expect(200);
        assert_eq!(statuses(&left), ["booked", "booked", "cancelled", "booked", "cancelled"]);
        let before = waiting(&app).await;
        let left = app.post_as(&ana.token, &cancel, &json!({"reason": "moving away"})).await.expect(200);
        assert_eq!(statuses(&left), ["booked", "cancelled", "cancelled", "cancelled", "cancelled"]);
        let late: Vec<bool> = (0..5).filter_map(|n| left["appointments"][n]["late"].as_bool()).collect();
        assert_eq!(late, [false, true, false, false, false]);
        assert_eq!(waiting(&app).await, before + 2);
        app.post_as(&ana.token, &cancel, &json!({})).await.expect_problem(409, "invalid-transition");
        let listed = app.get_as(&ana.token, "/v1/appointments").await.expect(200);
        assert_eq!(listed["items"][1]["series_id"], booked["id"]);
        assert_eq!(listed["items"][1]["history"][1]["reason"], "moving away");
        // The time is free again.
        let (ben, wish) = app.ready("Ben", &dana, "2026-12-16T17:00:00Z").await;
        app.post_as(&ben.token, "/v1/appointments", &wish).await.expect(201);
    }
}

#[actix_web::test]
async fn the_practitioner_agrees_to_all_of_it_or_declines() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable_with("Dana Reyes", |service, _| service.requires_confirmation = true).await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let booked = series(&app, &ana, &every(1, 3, &wish)).await.expect(201);
        assert_eq!(statuses(&booked), ["pending"; 3]);
        let path = format!("/v1/appointment-series/{}", booked["id"].as_str().expect("an id"));
        let confirm = format!("{path}/confirm");
        app.post_as(&ana.token, &confirm, &json!({})).await.expect_problem(403, "forbidden");
        let agreed = app.post_as(&dana.person.token, &confirm, &json!({})).await.expect(200);
        assert_eq!(statuses(&agreed), ["booked"; 3]);
        let decline = format!("{path}/decline");
        app.post_as(&dana.person.token, &decline, &json!({})).await.expect_problem(409, "invalid-transition");

        let (ben, wish) = app.ready("Ben", &dana, "2026-12-03T17:00:00Z").await;
        let asked = series(&app, &ben, &every(1, 3, &wish)).await.expect(201);
        let path = format!("/v1/appointment-series/{}/decline", asked["id"].as_str().expect("an id"));
        let declined =
            app.post_as(&dana.person.token, &path, &json!({"reason": "fully booked"})).await.expect(200);
        assert_eq!(statuses(&declined), ["cancelled"; 3]);
    }
}

/// What the rows say, whatever any answer said: bookings that stand, and claims on time.
async fn standing(app: &TestApp, dana: &Bookable) -> (usize, usize) {
    let (id, now) = (dana.id, app.now());
    app.write(move |tx| Ok((appointment::upcoming(tx, id, now)?.len(), busy_time::of(tx, &[id], now)?.len())))
        .await
}

#[actix_web::test]
async fn a_single_booking_of_the_sixth_and_the_series_race() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let other = app.second().await;
        let sixth: DateTime<Utc> = NINE.parse::<DateTime<Utc>>().expect("an instant") + Duration::weeks(5);
        for round in 0..8 {
            let dana = app.bookable(&format!("Dana R{round}")).await;
            let (ana, wish) = app.ready("Ana", &dana, NINE).await;
            let wish = every(1, 6, &wish);
            let (ben, single) = app.ready("Ben", &dana, &sixth.to_rfc3339()).await;
            // The clocks of two servers are never quite the same.
            app.advance(Duration::minutes(1));
            let (all, one) = tokio::join!(
                series(&app, &ana, &wish),
                other.post_as(&ben.token, "/v1/appointments", &single)
            );
            let outcome = (all.status, one.status);
            assert!(matches!(outcome, (201, 409) | (409, 201)), "{backend:?} {outcome:?}");
            let want = if all.status == 201 { 6 } else { 1 };
            assert_eq!(standing(&app, &dana).await, (want, want), "{backend:?} {outcome:?}");
        }
    }
}

#[actix_web::test]
async fn two_series_that_interleave_do_not_both_stand() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let other = app.second().await;
        let dana = app.bookable("Dana Reyes").await;
        let (mut asked, mut wishes) = (Vec::new(), Vec::new());
        // Every two weeks from the first, or every week from the second or third: any two of them meet.
        for (n, (first, weeks, count)) in
            [(0, 1, 6), (2, 2, 3), (1, 1, 4), (0, 2, 4), (4, 1, 2), (2, 1, 3)].into_iter().enumerate()
        {
            let first = NINE.parse::<DateTime<Utc>>().expect("an instant") + Duration::weeks(first);
            let (person, wish) = app.ready(&format!("P{n}"), &dana, &first.to_rfc3339()).await;
            asked.push(count as usize);
            wishes.push((person, every(weeks, count, &wish)));
        }
        app.advance(Duration::minutes(1));
        let all = wishes.iter().enumerate().map(|(n, (person, wish))| {
            let server = if n % 2 == 0 { &app } else { &other };
            series(server, person, wish)
        });
        let answers = futures_util::future::join_all(all).await;
        let mut want = 0;
        for (answer, count) in answers.iter().zip(asked) {
            match answer.status {
                201 => want += count,
                status => assert_eq!((status, answer.problem()), (409, "slot-taken"), "{backend:?}"),
            }
        }
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1, "{backend:?}");
        assert_eq!(standing(&app, &dana).await, (want, want));
    }
}
