//! Holds among themselves and against bookings.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{House, NINE, id_of, tally, told};
use crate::common::{Answer, Person, TestApp, each_backend};

const NOON: &str = "2026-12-02T20:00:00Z";

/// The same wish as a hold asks for it.
fn held(wish: &Value) -> Value {
    let mut wish = wish.clone();
    wish.as_object_mut().expect("an object").remove("screening_id");
    wish
}

fn with_hold(wish: &Value, hold: &Value, starts_at: &str) -> Value {
    let mut wish = wish.clone();
    wish["hold_id"] = hold["id"].clone();
    wish["starts_at"] = json!(starts_at);
    wish
}

async fn hold(app: &TestApp, person: &Person, wish: &Value) -> Answer {
    app.post_as(&person.token, "/v1/holds", &held(wish)).await
}

#[actix_web::test]
async fn a_time_is_held_or_booked_by_one() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let dana = house.app.bookable("Dana Reyes").await;
        for day in ["02", "03", "04"] {
            let at = format!("2026-12-{day}T17:00:00Z");
            let mut people = Vec::new();
            for n in 0..20 {
                people.push(house.app.ready(&format!("P{n}"), &dana, &at).await);
            }
            let all = people.iter().enumerate().map(async |(n, (person, wish))| {
                // Both kinds come through both doors.
                if n % 4 < 2 {
                    hold(house.door(n), person, wish).await
                } else {
                    house.book(n, person, wish).await
                }
            });
            let answers = join_all(all).await;
            assert_eq!(told(&answers), "201 1, 409 slot-taken 19", "{backend:?}");
            let winner = answers.iter().position(|answer| answer.status == 201).expect("a winner");
            if winner % 4 < 2 {
                let (person, wish) = &people[winner];
                let wish = with_hold(wish, &answers[winner].body, &at);
                house.book(winner, person, &wish).await.expect(201);
            }
        }
        assert_eq!(house.standing(&dana).await, 3);
    }
}

#[actix_web::test]
async fn a_patient_holds_three_times_however_many_are_asked_for_at_once() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let dana = house.app.bookable("Dana Reyes").await;
        let (ana, wish) = house.app.ready("Ana", &dana, NINE).await;
        let mut wishes = Vec::new();
        for day in ["02", "03", "04", "07", "08"] {
            for hour in [17, 19, 21, 23] {
                let mut wish = wish.clone();
                wish["starts_at"] = json!(format!("2026-12-{day}T{hour}:00:00Z"));
                wishes.push(wish);
            }
        }
        let all = wishes.iter().enumerate().map(|(n, wish)| hold(house.door(n), &ana, wish));
        assert_eq!(told(&join_all(all).await), "201 3, 409 too-many-holds 17", "{backend:?}");
        house.app.advance(Duration::minutes(10));
        let again = join_all(wishes.iter().take(4).map(|wish| hold(&house.app, &ana, wish))).await;
        assert_eq!(told(&again), "201 3, 409 too-many-holds 1", "what lapsed does not count");
    }
}

#[actix_web::test]
async fn a_hold_serves_its_own_patient_with_its_own_practitioner_alone() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let (ben, bens) = app.ready("Ben", &dana, NINE).await;
        let book =
            async |person: &Person, wish: &Value| app.post_as(&person.token, "/v1/appointments", wish).await;

        let nine = hold(&app, &ana, &wish).await.expect(201);
        book(&ben, &with_hold(&bens, &nine, NINE)).await.expect_problem(409, "slot-taken");
        let path = format!("/v1/holds/{}", id_of(&nine));
        app.delete_as(&ben.token, &path).await.expect_problem(404, "not-found");
        book(&ben, &bens).await.expect_problem(409, "slot-taken");

        // A hold with somebody else is left alone by a booking that names it.
        let screening = wish["screening_id"].as_str().expect("an id");
        let elis = eli.wish(NOON, screening);
        let noon = hold(&app, &ana, &elis).await.expect(201);
        let other_day = "2026-12-03T17:00:00Z";
        book(&ana, &with_hold(&wish, &noon, other_day)).await.expect(201);
        let (cem, cems) = app.ready("Cem", &eli, NOON).await;
        book(&cem, &cems).await.expect_problem(409, "slot-taken");

        // With the same practitioner it is used up by whatever time is booked in its place.
        book(&ana, &with_hold(&wish, &nine, "2026-12-02T17:30:00Z")).await.expect(201);
        book(&ben, &with_hold(&bens, &nine, "2026-12-02T19:00:00Z")).await.expect(201);
        app.delete_as(&ana.token, &path).await.expect_problem(404, "not-found");

        // Where the patient is elsewhere already nothing is held for them.
        let overlapping = eli.wish("2026-12-02T18:00:00Z", screening);
        hold(&app, &ana, &overlapping).await.expect_problem(409, "patient-double-booked");
    }
}

#[actix_web::test]
async fn a_lapsed_hold_stands_in_nobodys_way() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let (ben, bens) = app.ready("Ben", &dana, NINE).await;
        let screening = wish["screening_id"].as_str().expect("an id");
        let book =
            async |person: &Person, wish: &Value| app.post_as(&person.token, "/v1/appointments", wish).await;

        let nine = hold(&app, &ana, &wish).await.expect(201);
        book(&ana, &eli.wish(NINE, screening)).await.expect_problem(409, "patient-double-booked");
        app.advance(Duration::minutes(10) - Duration::milliseconds(1_500));
        book(&ben, &bens).await.expect_problem(409, "slot-taken");
        app.advance(Duration::seconds(2));
        // Its patient may be elsewhere, and its practitioner may be booked.
        book(&ana, &eli.wish(NINE, screening)).await.expect(201);
        book(&ben, &bens).await.expect(201);
        book(&ana, &with_hold(&wish, &nine, NINE)).await.expect_problem(409, "slot-taken");
        book(&ana, &with_hold(&wish, &nine, NOON)).await.expect(201);
    }
}

#[actix_web::test]
async fn everybody_comes_at_the_moment_a_hold_lapses() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let dana = house.app.bookable("Dana Reyes").await;
        let (ana, wish) = house.app.ready("Ana", &dana, NINE).await;
        let kept = hold(&house.app, &ana, &wish).await.expect(201);
        let mut people = vec![(ana, with_hold(&wish, &kept, NINE))];
        for n in 0..11 {
            people.push(house.app.ready(&format!("P{n}"), &dana, NINE).await);
        }
        house.app.advance(Duration::minutes(10));
        let all = people.iter().enumerate().map(|(n, (person, wish))| house.book(n, person, wish));
        let answers = join_all(all).await;
        assert_eq!(told(&answers), "201 1, 409 slot-taken 11", "{backend:?}");
        assert_eq!(tally(&answers).len(), 2);
    }
}
