//! What a visit is expected to cost: as agreed, and as US law wants it told.

use serde_json::{Value, json};
use stillpoint::store::{location, practitioner, service};

use crate::common::{TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";

fn estimate_of(booked: &Value) -> String {
    booked["estimate_url"].as_str().expect("an estimate").to_owned()
}

#[actix_web::test]
async fn the_estimate_states_what_was_agreed() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana <Reyes>").await;
        let (ana, sam, ada) =
            (app.patient("Ana & Bo").await, app.patient("Sam").await, app.admin("Ada").await);
        let (id, practice, offered) = (dana.id, dana.location, dana.service);
        app.write(move |tx| {
            let mut who = practitioner::find(tx, id)?.expect("the record");
            (who.npi, who.version) = (Some("1234567893".parse().expect("an NPI")), who.version + 1);
            practitioner::update(tx, &who)
        })
        .await;
        let screening = app.screening(&ana).await;
        let mut wish = dana.wish(NINE, &screening);
        wish["note"] = json!("canarynote");
        let booked = app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201);
        // Tuesday to Wednesday of the week after, with Thanksgiving between: five business days.
        assert_eq!(booked["estimate_due_on"], "2026-11-25");
        let path = estimate_of(&booked);

        // What the service costs later changes nothing.
        app.write(move |tx| {
            let mut dearer = service::find(tx, id, offered)?.expect("the service");
            dearer.price = Some(stillpoint::domain::service::Price {
                minor: 99_900,
                currency: "USD".parse().expect("a currency"),
            });
            dearer.version += 1;
            service::update(tx, &dearer)
        })
        .await;
        for person in [&ana, &dana.person, &ada] {
            let shown = app.get_as(&person.token, &path).await;
            assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
            assert_eq!(shown.header("content-type"), "text/html; charset=utf-8");
            assert!(shown.header("content-security-policy").contains("style-src 'sha256-"));
            let facts = [
                "Ana &amp; Bo",
                "Dana &lt;Reyes&gt;",
                "Chiropractor",
                "1234567893",
                "Craniosacral session",
                "Eastside Bodywork, 1 Main Street, Portland, OR 97201, US",
                "USD 110.00",
                "Wednesday, December 2, 2026, 9:00 AM (UTC-08:00)",
                "November 24, 2026",
            ];
            let notices = [
                "only an estimate",
                "may differ",
                "not a contract",
                "at least $400 more",
                "120 calendar days",
                "does not affect the quality",
                "scheduled or requested separately",
                "Keep a copy",
                "www.cms.gov/nosurprises/consumers",
                "1-800-985-3059",
            ];
            let text = shown.text.split_whitespace().collect::<Vec<_>>().join(" ");
            for words in facts.into_iter().chain(notices) {
                assert!(text.contains(words), "{words} in {text}");
            }
            for words in ["canarynote", "999", "<script", "style=", "blood"] {
                assert!(!text.contains(words), "{words} in {text}");
            }
        }
        app.get_as(&sam.token, &path).await.expect_problem(404, "not-found");
        app.get(&path).await.expect_problem(401, "unauthenticated");
        let unknown = "/v1/appointments/0190f3c6-0000-7000-8000-000000000001/estimate";
        app.get_as(&ana.token, unknown).await.expect_problem(404, "not-found");

        // Elsewhere the law is another.
        app.write(move |tx| {
            let mut abroad = location::find(tx, id, practice)?.expect("the place");
            (abroad.country, abroad.version) = ("CA".parse().expect("a country"), abroad.version + 1);
            location::update(tx, &abroad)
        })
        .await;
        app.get_as(&ana.token, &path).await.expect_problem(404, "no-estimate");
        app.get_as(&sam.token, &path).await.expect_problem(404, "not-found");
        let story = app.get_as(&ana.token, path.trim_end_matches("/estimate")).await.expect(200);
        assert_eq!((&story["estimate_url"], &story["estimate_due_on"]), (&Value::Null, &Value::Null));
        app.write(move |tx| {
            let mut home = location::find(tx, id, practice)?.expect("the place");
            (home.country, home.version) = ("US".parse().expect("a country"), home.version + 1);
            location::update(tx, &home)
        })
        .await;
    }
}

#[actix_web::test]
async fn an_estimate_for_a_child_names_the_child() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let ana = app.patient("Ana").await;
        let kim = json!({"name": "Kim", "birth_on": "2019-05-17", "relation": "child"});
        let kim = app.post_as(&ana.token, "/v1/me/dependants", &kim).await.expect(201);
        let mut answers = crate::screening::answers(&[]);
        answers["patient_id"] = kim["id"].clone();
        let answered = app.post_as(&ana.token, "/v1/screenings", &answers).await.expect(201);
        // The day after tomorrow is too near for the rule; the estimate is there all the same.
        let mut wish = dana.wish("2026-11-25T17:00:00Z", answered["id"].as_str().expect("an id"));
        wish["patient_id"] = kim["id"].clone();
        let booked = app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201);
        assert_eq!(booked["estimate_due_on"], Value::Null);
        let shown = app.get_as(&ana.token, &estimate_of(&booked)).await;
        for words in ["Kim", "2019-05-17", "none stated"] {
            assert!(shown.text.contains(words), "{words} in {}", shown.text);
        }
        assert!(!shown.text.contains("Ana"));
    }
}

#[actix_web::test]
async fn no_price_no_estimate() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable_with("Dana Reyes", |service, _| service.price = None).await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let booked = app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201);
        assert_eq!((&booked["estimate_url"], &booked["estimate_due_on"]), (&Value::Null, &Value::Null));
        let path = format!("/v1/appointments/{}/estimate", booked["id"].as_str().expect("an id"));
        let refused = app.get_as(&ana.token, &path).await.expect_problem(404, "no-estimate");
        assert!(refused["detail"].as_str().expect("why").contains("price"));
    }
}
