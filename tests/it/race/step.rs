//! Steps of bookings that get in each other's way: confirming, cancelling, moving.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{House, NINE, id_of, tally, told};
use crate::common::{Bookable, Person, each_backend};

async fn asked(house: &House) -> (Bookable, Person, String) {
    let dana = house.app.bookable_with("Dana Reyes", |service, _| service.requires_confirmation = true).await;
    let (ana, wish) = house.app.ready("Ana", &dana, NINE).await;
    let booked = house.book(0, &ana, &wish).await.expect(201);
    assert_eq!(booked["status"], "pending");
    let path = format!("/v1/appointments/{}", id_of(&booked));
    (dana, ana, path)
}

#[actix_web::test]
async fn a_request_is_confirmed_once() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let (dana, _, path) = asked(&house).await;
        let before = house.mails().await;
        let path = format!("{path}/confirm");
        let nothing = json!({});
        let all = (0..10).map(|n| house.door(n).post_as(&dana.person.token, &path, &nothing));
        let answers = join_all(all).await;
        assert_eq!(told(&answers), "200 1, 409 invalid-transition 9", "{backend:?}");
        assert_eq!(house.mails().await - before, 2, "one to each side");
    }
}

#[actix_web::test]
async fn a_request_confirmed_and_cancelled_at_once_ends_cancelled_and_free() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let (dana, ana, path) = asked(&house).await;
        let (confirm, cancel, nothing) = (format!("{path}/confirm"), format!("{path}/cancel"), json!({}));
        let (confirmed, cancelled) = futures_util::future::join(
            house.door(0).post_as(&dana.person.token, &confirm, &nothing),
            house.door(1).post_as(&ana.token, &cancel, &nothing),
        )
        .await;
        assert!([200, 409].contains(&confirmed.status), "{}", confirmed.text);
        cancelled.expect(200);
        let after = house.app.get_as(&ana.token, &path).await.expect(200);
        assert_eq!(after["status"], "cancelled");
        let steps = after["history"].as_array().map(Vec::len);
        assert_eq!(steps, Some(if confirmed.status == 200 { 3 } else { 2 }));
        let (ben, wish) = house.app.ready("Ben", &dana, NINE).await;
        house.book(1, &ben, &wish).await.expect(201);
    }
}

#[actix_web::test]
async fn a_request_declined_and_cancelled_at_once_gives_its_time_back_once() {
    for backend in each_backend() {
        let house = House::open(backend).await;
        let (dana, ana, path) = asked(&house).await;
        let (decline, cancel, nothing) = (format!("{path}/decline"), format!("{path}/cancel"), json!({}));
        let all = (0..8).map(|n| {
            let (token, path) =
                if n % 4 < 2 { (&dana.person.token, &decline) } else { (&ana.token, &cancel) };
            house.door(n).post_as(token, path, &nothing)
        });
        assert_eq!(told(&join_all(all).await), "200 1, 409 invalid-transition 7", "{backend:?}");
        assert_eq!(house.standing(&dana).await, 0);
    }
}

#[actix_web::test]
async fn a_hundred_moved_onto_one_time_and_ninety_nine_stay() {
    const TARGET: &str = "2027-01-05T17:00:00Z";
    for backend in each_backend() {
        let house = House::open(backend).await;
        let dana = house.app.bookable("Dana Reyes").await;
        let mut wishes = Vec::new();
        let days = ["02", "03", "04", "07", "08", "09", "10", "11", "14", "15"];
        let more = ["16", "17", "18", "21", "22", "23", "24", "28", "29", "30"];
        for day in days.iter().chain(&more) {
            for time in ["17:00", "18:30", "20:00", "21:30", "23:00"] {
                let at = format!("2026-12-{day}T{time}:00Z");
                wishes.push((house.app.ready("Pat", &dana, &at).await, at));
            }
        }
        let all = wishes.iter().enumerate().map(|(n, ((person, wish), _))| house.book(n, person, wish));
        let booked: Vec<Value> = join_all(all).await.into_iter().map(|answer| answer.expect(201)).collect();
        assert_eq!(booked.len(), 100);

        let to = json!({"starts_at": TARGET});
        let paths: Vec<String> =
            booked.iter().map(|body| format!("/v1/appointments/{}", id_of(body))).collect();
        let moves: Vec<String> = paths.iter().map(|path| format!("{path}/reschedule")).collect();
        let all = moves.iter().zip(&wishes).enumerate();
        let all = all.map(|(n, (path, ((person, _), _)))| house.door(n).post_as(&person.token, path, &to));
        let answers = join_all(all).await;
        assert_eq!(told(&answers), "200 1, 409 slot-taken 99", "{backend:?}");
        assert_eq!(tally(&answers).get("200"), Some(&1));
        for ((path, ((person, _), old)), answer) in paths.iter().zip(&wishes).zip(&answers) {
            let now = house.app.get_as(&person.token, path).await.expect(200);
            let want = if answer.status == 200 { TARGET } else { old };
            assert_eq!((&now["starts_at"], &now["status"]), (&json!(want), &json!("booked")), "{path}");
        }
    }
}
