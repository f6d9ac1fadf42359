//! Accepting an offer: a booking like any other, once, and in place of a later one.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use stillpoint::store::practitioner;

use super::{NINE, by_day, id_of, wanted};
use crate::common::{Backend, Bookable, Person, TestApp, each_backend};

#[actix_web::test]
async fn an_earlier_time_takes_the_place_of_a_later_booking() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let friday = "2026-12-04T17:00:00Z";
        let (ben, wish) = app.ready("Ben", &dana, friday).await;
        let later = app.post_as(&ben.token, "/v1/appointments", &wish).await.expect(201);
        let mut wish = wanted(&dana, wish["screening_id"].as_str().expect("an id"));
        wish["until"] = json!("2026-12-31T00:00:00Z");
        wish["replaces_appointment_id"] = later["id"].clone();
        let bens = app.join(&ben, &wish).await.expect(201);
        // Somebody waits for Friday.
        let cem = app.patient("Cem").await;
        let mut fridays = wanted(&dana, &app.screening(&cem).await);
        fridays["from"] = json!(friday);
        fridays["until"] = json!("2026-12-04T18:00:00Z");
        app.join(&cem, &fridays).await.expect(201);

        app.cancel(&ana, &booked).await;
        let offer = app.offers(&ben).await.remove(0);
        assert_eq!(offer["replaces_appointment_id"], later["id"]);
        let accepted = app.answer_offer(&ben, &offer, "accept").await.expect(201);
        assert_eq!(accepted["starts_at"], NINE);
        let path = format!("/v1/appointments/{}", id_of(&later));
        let gone = app.get_as(&ben.token, &path).await.expect(200);
        assert_eq!((&gone["status"], &gone["late"]), (&json!("cancelled"), &json!(false)));
        assert_eq!(app.entry(&ben, &bens).await["status"], "booked");
        let passed_on = app.offers(&cem).await;
        assert_eq!((passed_on.len(), &passed_on[0]["starts_at"]), (1, &json!(friday)));
    }
}

/// Somebody with a visit on Friday who waits for an earlier one; and that visit.
async fn waits_for_an_earlier_time(app: &TestApp, dana: &Bookable) -> (Person, Value) {
    let (ben, wish) = app.ready("Ben", dana, "2026-12-04T17:00:00Z").await;
    let later = app.post_as(&ben.token, "/v1/appointments", &wish).await.expect(201);
    let mut wish = wanted(dana, wish["screening_id"].as_str().expect("an id"));
    wish["replaces_appointment_id"] = later["id"].clone();
    app.join(&ben, &wish).await.expect(201);
    (ben, later)
}

#[actix_web::test]
async fn what_is_given_up_does_not_count_for_a_full_week() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, later) = waits_for_an_earlier_time(&app, &dana).await;
        let limit = json!({"booking_terms": {"weekly_limit": 1}});
        app.patch_as(&dana.person.token, &dana.path(""), &limit).await.expect(200);
        app.cancel(&ana, &booked).await;
        let offer = app.offers(&ben).await.remove(0);
        let accepted = app.answer_offer(&ben, &offer, "accept").await.expect(201);
        assert_eq!(accepted["starts_at"], NINE);
        let path = format!("/v1/appointments/{}", id_of(&later));
        assert_eq!(app.get_as(&ben.token, &path).await.expect(200)["status"], "cancelled");
    }
}

#[actix_web::test]
async fn a_later_booking_that_is_gone_is_no_hindrance() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, later) = waits_for_an_earlier_time(&app, &dana).await;
        app.cancel(&ana, &booked).await;
        let offer = app.offers(&ben).await.remove(0);
        app.cancel(&ben, &format!("/v1/appointments/{}", id_of(&later))).await;
        app.answer_offer(&ben, &offer, "accept").await.expect(201);
    }
}

#[actix_web::test]
async fn whoever_books_for_themselves_waits_no_longer() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ben, wish) = app.ready("Ben", &dana, "2026-12-03T17:00:00Z").await;
        let mut wanted = wanted(&dana, wish["screening_id"].as_str().expect("an id"));
        wanted["until"] = json!("2026-12-31T00:00:00Z");
        let entry = app.join(&ben, &wanted).await.expect(201);
        app.post_as(&ben.token, "/v1/appointments", &wish).await.expect(201);
        let after = app.entry(&ben, &entry).await;
        assert_eq!((&after["status"], &after["position"]), (&json!("booked"), &json!(null)));
    }
}

#[actix_web::test]
async fn an_offer_is_no_hold() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, _) = app.waiting("Ben", &dana).await;
        app.cancel(&ana, &booked).await;
        let offer = app.offers(&ben).await.remove(0);
        let path = format!("/v1/holds/{}", id_of(&offer));
        app.delete_as(&ben.token, &path).await.expect_problem(404, "not-found");
        for (day, status) in [("03", 201), ("04", 201), ("07", 201), ("08", 409)] {
            let mut wish = dana.wish(&format!("2026-12-{day}T17:00:00Z"), "");
            wish.as_object_mut().expect("an object").remove("screening_id");
            assert_eq!(app.post_as(&ben.token, "/v1/holds", &wish).await.status, status, "{day}");
        }
        app.answer_offer(&ben, &offer, "accept").await.expect(201);
    }
}

#[actix_web::test]
async fn an_offer_of_somebody_who_may_not_treat_any_more_is_refused() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, _) = app.waiting("Ben", &dana).await;
        let (cem, _) = app.waiting("Cem", &dana).await;
        app.cancel(&ana, &booked).await;
        let offer = app.offers(&ben).await.remove(0);
        let id = dana.id;
        app.write(move |tx| {
            let mut record = practitioner::find(tx, id)?.expect("a record");
            record.excluded = true;
            record.version += 1;
            practitioner::update(tx, &record)
        })
        .await;
        app.answer_offer(&ben, &offer, "accept").await.expect_problem(422, "not-bookable");
        app.answer_offer(&ben, &offer, "decline").await.expect(200);
        assert_eq!(app.offers(&cem).await.len(), 0, "no offers are made any more");
    }
}

#[actix_web::test]
async fn an_offer_is_accepted_once_and_never_snatched() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let other = if backend == Backend::Postgres { Some(app.second().await) } else { None };
        let door = |n: usize| other.as_ref().filter(|_| n % 2 == 1).unwrap_or(&app);
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, _) = app.waiting("Ben", &dana).await;
        let mut people = Vec::new();
        for n in 0..10 {
            people.push(app.ready(&format!("P{n}"), &dana, NINE).await);
        }
        // Ten want the time in the very moment in which it becomes free.
        let all = people.iter().enumerate();
        let all = all.map(|(n, (person, wish))| door(n).post_as(&person.token, "/v1/appointments", wish));
        let (_, answers) = join(app.cancel(&ana, &booked), join_all(all)).await;
        for answer in answers {
            answer.expect_problem(409, "slot-taken");
        }
        let offer = app.offers(&ben).await.remove(0);
        let all = (0..20).map(|n| door(n).answer_offer(&ben, &offer, "accept"));
        let answers = join_all(all).await;
        let won = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(won, 1, "{backend:?}");
        for lost in answers.into_iter().filter(|answer| answer.status != 201) {
            lost.expect_problem(409, "invalid-transition");
        }
    }
}
