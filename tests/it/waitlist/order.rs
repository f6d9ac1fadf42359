//! Who is offered a freed time, when, and who after that.

use chrono::Duration;
use serde_json::json;
use stillpoint::delivery;

use super::{NINE, by_day, id_of};
use crate::common::{TestApp, each_backend};

#[actix_web::test]
async fn a_freed_time_is_kept_for_whoever_waited_first() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let _post = delivery::start(app.app.clone()).expect("the worker starts");
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, bens) = app.waiting("Ben", &dana).await;
        let (cem, cems) = app.waiting("Cem", &dana).await;
        assert_eq!((&bens["position"], &cems["position"]), (&json!(1), &json!(2)));

        app.cancel(&ana, &booked).await;
        let offers = app.offers(&ben).await;
        assert_eq!((offers.len(), &offers[0]["starts_at"]), (1, &json!(NINE)));
        assert_eq!(app.offers(&cem).await.len(), 0);
        assert_eq!(app.entry(&ben, &bens).await["offer"], offers[0]);
        let (dora, wish) = app.ready("Dora", &dana, NINE).await;
        app.post_as(&dora.token, "/v1/appointments", &wish).await.expect_problem(409, "slot-taken");
        app.answer_offer(&cem, &offers[0], "accept").await.expect_problem(404, "not-found");
        app.answer_offer(&cem, &offers[0], "decline").await.expect_problem(404, "not-found");

        let mail = mail(&app, "A time is kept for you").await;
        assert!(mail.contains("Wednesday, 2 December 2026, 09:00"), "{mail}");
        assert!(mail.contains("It is kept for you until Tuesday, 24 November 2026, 10:30"), "{mail}");
        assert!(!mail.contains("Ben") && !mail.contains("Craniosacral"), "{mail}");

        let accepted = app.answer_offer(&ben, &offers[0], "accept").await;
        let location = accepted.header("location").to_owned();
        let accepted = accepted.expect(201);
        assert_eq!((&accepted["status"], &accepted["starts_at"]), (&json!("booked"), &json!(NINE)));
        assert_eq!(app.get_as(&ben.token, &location).await.expect(200)["id"], accepted["id"]);
        app.answer_offer(&ben, &offers[0], "accept").await.expect_problem(409, "invalid-transition");
        assert_eq!(app.entry(&ben, &bens).await["status"], "booked");
        assert_eq!(app.entry(&cem, &cems).await["position"], 1);
        let line = app.get_as(&dana.person.token, &dana.path("/waitlist")).await.expect(200);
        assert_eq!(line["items"].as_array().map(Vec::len), Some(1));
    }
}

/// Waits for a mail with that subject.
async fn mail(app: &TestApp, subject: &str) -> String {
    for _ in 0..500 {
        let files = std::fs::read_dir(app.folder.path().join("mail")).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        // Long lines are folded on the way out.
        let mut mails = texts.map(|text| text.replace("=\r\n", ""));
        if let Some(mail) = mails.find(|text| text.contains(&format!("Subject: {subject}"))) {
            return mail;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail {subject}")
}

#[actix_web::test]
async fn an_offer_that_ends_or_is_declined_passes_to_the_next() {
    for backend in each_backend() {
        let app = by_day(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, bens) = app.waiting("Ben", &dana).await;
        let (cem, _) = app.waiting("Cem", &dana).await;
        app.cancel(&ana, &booked).await;
        let first = app.offers(&ben).await.remove(0);

        app.advance(Duration::minutes(30));
        assert_eq!(app.offers(&ben).await.len(), 0, "the clock ends it, not a chore");
        app.answer_offer(&ben, &first, "accept").await.expect_problem(409, "offer-expired");
        app.chores().await;
        app.answer_offer(&ben, &first, "decline").await.expect_problem(409, "offer-expired");
        assert_eq!(app.entry(&ben, &bens).await["status"], "waiting");
        let second = app.offers(&cem).await.remove(0);
        assert_eq!(second["starts_at"], NINE);
        app.answer_offer(&cem, &second, "decline").await.expect(200);
        app.answer_offer(&cem, &second, "accept").await.expect_problem(409, "invalid-transition");

        app.advance(Duration::minutes(2));
        app.chores().await;
        assert_eq!(
            (app.offers(&ben).await.len(), app.offers(&cem).await.len()),
            (0, 0),
            "not twice the same"
        );
        let (dora, wish) = app.ready("Dora", &dana, NINE).await;
        app.post_as(&dora.token, "/v1/appointments", &wish).await.expect(201);
    }
}

#[actix_web::test]
async fn nobody_is_made_an_offer_in_their_night() {
    for backend in each_backend() {
        // Four in the morning in Portland, noon in London.
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, booked) = app.taken(&dana).await;
        let (ben, bens) = app.waiting("Ben", &dana).await;
        let (zoe, _) = app.waiting("Zoe", &dana).await;
        app.patch_as(&zoe.token, "/v1/me", &json!({"time_zone": "Europe/London"})).await.expect(200);

        app.cancel(&ana, &booked).await;
        assert_eq!(app.offers(&ben).await.len(), 0);
        let offer = app.offers(&zoe).await.remove(0);
        app.answer_offer(&zoe, &offer, "decline").await.expect(200);
        assert_eq!(app.entry(&ben, &bens).await["position"], 1);
        app.set_now("2026-11-24T15:55:00Z");
        app.chores().await;
        assert_eq!(app.offers(&ben).await.len(), 0, "five to eight");
        app.set_now("2026-11-24T16:01:00Z");
        app.chores().await;
        let offers = app.offers(&ben).await;
        assert_eq!((offers.len(), id_of(&offers[0]).len()), (1, 36), "{backend:?}");
    }
}
