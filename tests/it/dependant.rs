//! People in somebody's care: each a patient of their own.

use chrono::Duration;
use reqwest::header;
use serde_json::{Value, json};

use crate::{
    common::{Answer, Bookable, Person, TestApp, each_backend},
    screening::answers,
};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";
const HALF_PAST_NINE: &str = "2026-12-02T17:30:00Z";
const NOON: &str = "2026-12-02T20:00:00Z";

fn child(name: &str) -> Value {
    json!({"name": name, "birth_on": "2019-05-17", "relation": "child"})
}

fn id_of(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

/// The same wish for somebody.
fn on_behalf(mut wish: Value, patient: &str) -> Value {
    wish["patient_id"] = json!(patient);
    wish
}

impl TestApp {
    async fn add(&self, person: &Person, name: &str) -> String {
        id_of(&self.post_as(&person.token, "/v1/me/dependants", &child(name)).await.expect(201))
    }

    async fn answered_for(&self, person: &Person, patient: &str, yes: &[&str]) -> Value {
        let body = on_behalf(answers(yes), patient);
        self.post_as(&person.token, "/v1/screenings", &body).await.expect(201)
    }

    async fn book_for(&self, person: &Person, patient: &str, with: &Bookable, at: &str) -> Answer {
        let screening = id_of(&self.answered_for(person, patient, &[]).await);
        let wish = on_behalf(with.wish(at, &screening), patient);
        self.post_as(&person.token, "/v1/appointments", &wish).await
    }
}

#[actix_web::test]
async fn dependants_are_added_changed_and_seen_by_their_carer_alone() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (pat, sam) = (app.patient("Pat Patient").await, app.patient("Sam Second").await);
        let added = app.post_as(&pat.token, "/v1/me/dependants", &child("Kim Patient")).await;
        let (location, tag) = (added.header("location").to_owned(), added.header("etag").to_owned());
        let kim = added.expect(201);
        assert_eq!(
            (kim["name"].as_str(), kim["birth_on"].as_str()),
            (Some("Kim Patient"), Some("2019-05-17"))
        );
        assert_eq!((kim["relation"].as_str(), tag.as_str()), (Some("child"), "\"1\""));
        assert_eq!(location, format!("/v1/me/dependants/{}", id_of(&kim)));
        assert_eq!(app.get_as(&pat.token, &location).await.expect(200), kim);
        let me = app.get_as(&pat.token, "/v1/me").await.expect(200);
        assert_eq!(me["dependants_url"], "/v1/me/dependants");

        let grown = json!({"relation": "other", "birth_on": "2019-05-18"});
        let patched = app.patch_as(&pat.token, &location, &grown).await;
        assert_eq!(patched.header("etag"), "\"2\"");
        let patched = patched.expect(200);
        assert_eq!((&patched["relation"], &patched["birth_on"]), (&json!("other"), &json!("2019-05-18")));
        assert_eq!(patched["name"], "Kim Patient");
        let stale = app.request("PATCH", &location).bearer_auth(&pat.token).header(header::IF_MATCH, tag);
        TestApp::send(stale.json(&json!({"name": "Kim"}))).await.expect_problem(412, "stale-write");
        let same = app.patch_as(&pat.token, &location, &grown).await;
        assert_eq!(same.header("etag"), "\"2\"", "what changes nothing is no change");

        let lee = app.add(&pat, "Lee Patient").await;
        let first = app.get_as(&pat.token, "/v1/me/dependants?limit=1").await.expect(200);
        assert_eq!(first["items"], json!([patched]));
        let cursor = first["next_cursor"].as_str().expect("more");
        let path = format!("/v1/me/dependants?limit=1&cursor={cursor}");
        let second = app.get_as(&pat.token, &path).await.expect(200);
        assert_eq!((id_of(&second["items"][0]), &second["next_cursor"]), (lee, &Value::Null));

        for (method, body) in [("GET", None), ("PATCH", Some(json!({"name": "Mine"}))), ("DELETE", None)] {
            let other = app.call(method, &location, Some(&sam.token), body.as_ref()).await;
            other.expect_problem(404, "not-found");
        }
        let none = app.get_as(&sam.token, "/v1/me/dependants").await.expect(200);
        assert_eq!(none["items"], json!([]));
        app.get("/v1/me/dependants").await.expect_problem(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn every_wrong_field_of_a_dependant_is_named() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let pat = app.patient("Pat Patient").await;
        let kim = format!("/v1/me/dependants/{}", app.add(&pat, "Kim Patient").await);
        let table = [
            ("name", json!(" ")),
            ("name", json!("Kim\nPatient")),
            ("birth_on", json!("2026-11-26")),
            ("birth_on", json!("1890-01-01")),
            ("birth_on", json!("17.05.2019")),
            ("birth_on", json!(null)),
            ("relation", json!("Child")),
            ("relation", json!("neighbour")),
            ("account_id", json!("0190f3c6-0000-7000-8000-000000000001")),
        ];
        for (key, value) in table {
            let mut body = child("Kim Patient");
            body[key] = value.clone();
            let refused = app.post_as(&pat.token, "/v1/me/dependants", &body).await;
            assert_eq!(
                (refused.status, refused.pointers()),
                (422, vec![&*format!("/{key}")]),
                "{}",
                refused.text
            );
            let refused = app.patch_as(&pat.token, &kim, &json!({key: value})).await;
            assert_eq!(
                (refused.status, refused.pointers()),
                (422, vec![&*format!("/{key}")]),
                "{}",
                refused.text
            );
        }
        for _ in 1..20 {
            app.add(&pat, "Kim Patient").await;
        }
        let one_more = app.post_as(&pat.token, "/v1/me/dependants", &child("Kim Patient")).await;
        one_more.expect_problem(409, "too-many-dependants");
    }
}

#[actix_web::test]
async fn each_person_is_in_one_place_at_a_time() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        let (pat, sam) = (app.patient("Pat Patient").await, app.patient("Sam Second").await);
        let (kim, lee) = (app.add(&pat, "Kim Patient").await, app.add(&pat, "Lee Patient").await);

        let first = app.book_for(&pat, &kim, &dana, NINE).await.expect(201);
        assert_eq!((&first["patient_id"], &first["patient_name"]), (&json!(kim), &json!("Kim Patient")));
        assert_eq!(first["for_dependant"], true);
        let twice = app.book_for(&pat, &kim, &eli, HALF_PAST_NINE).await;
        twice.expect_problem(409, "patient-double-booked");
        let second = app.book_for(&pat, &lee, &eli, HALF_PAST_NINE).await.expect(201);
        let own = app.screening(&pat).await;
        let third = app.post_as(&pat.token, "/v1/appointments", &dana.wish(NOON, &own)).await.expect(201);
        assert_eq!((&third["patient_id"], &third["for_dependant"]), (&json!(pat.id), &json!(false)));

        let ids = |list: &Value| -> Vec<String> {
            list["items"].as_array().expect("a list").iter().map(id_of).collect()
        };
        let all = app.get_as(&pat.token, "/v1/appointments").await.expect(200);
        assert_eq!(ids(&all), [id_of(&first), id_of(&second), id_of(&third)]);
        assert_eq!(all["items"][1]["patient_name"], "Lee Patient");
        let of_lee = app.get_as(&pat.token, &format!("/v1/appointments?patient_id={lee}")).await.expect(200);
        assert_eq!(ids(&of_lee), [id_of(&second)]);
        let of_self = format!("/v1/appointments?patient_id={}", pat.id);
        assert_eq!(ids(&app.get_as(&pat.token, &of_self).await.expect(200)), [id_of(&third)]);
        app.get_as(&sam.token, &of_self).await.expect_problem(404, "not-found");
        app.get_as(&pat.token, "/v1/appointments?patient_id=kim").await.expect_problem(400, "invalid-query");
        assert_eq!(app.get_as(&sam.token, "/v1/appointments").await.expect(200)["items"], json!([]));

        // Who treats sees whom, and that somebody else booked.
        let calendar = app.get_as(&dana.person.token, &dana.path("/appointments")).await.expect(200);
        assert_eq!(calendar["items"][0]["patient_name"], "Kim Patient");
        assert_eq!(calendar["items"][0]["for_dependant"], true);
        assert_eq!(calendar["items"][1]["patient_name"], "Pat Patient");

        // The carer moves and cancels as for themselves; nobody else does.
        let path = format!("/v1/appointments/{}", id_of(&first));
        let to = json!({"starts_at": "2026-12-02T22:00:00Z"});
        app.post_as(&sam.token, &format!("{path}/reschedule"), &to).await.expect_problem(404, "not-found");
        app.post_as(&pat.token, &format!("{path}/reschedule"), &to).await.expect(200);
        let cancelled = app.post_as(&pat.token, &format!("{path}/cancel"), &json!({})).await.expect(200);
        assert_eq!(cancelled["status"], "cancelled");
    }
}

#[actix_web::test]
async fn somebody_elses_patient_does_not_exist() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (pat, sam) = (app.patient("Pat Patient").await, app.patient("Sam Second").await);
        let kim = app.add(&pat, "Kim Patient").await;
        let screening = id_of(&app.answered_for(&pat, &kim, &[]).await);
        let nobody = "0190f3c6-0000-7000-8000-000000000001".to_owned();
        for patient in [&kim, &pat.id.to_string(), &nobody] {
            let wish = on_behalf(dana.wish(NINE, &screening), patient);
            app.post_as(&sam.token, "/v1/appointments", &wish).await.expect_problem(404, "not-found");
            let mut hold = wish.clone();
            hold.as_object_mut().expect("an object").remove("screening_id");
            app.post_as(&sam.token, "/v1/holds", &hold).await.expect_problem(404, "not-found");
            let body = on_behalf(answers(&[]), patient);
            app.post_as(&sam.token, "/v1/screenings", &body).await.expect_problem(404, "not-found");
            let path = format!("/v1/screenings?patient_id={patient}");
            app.get_as(&sam.token, &path).await.expect_problem(404, "not-found");
        }
        app.get_as(&sam.token, &format!("/v1/screenings/{screening}")).await.expect_problem(404, "not-found");
        let wish = on_behalf(dana.wish(NINE, &screening), "kim");
        assert_eq!(app.post_as(&sam.token, "/v1/appointments", &wish).await.pointers(), ["/patient_id"]);
    }
}

#[actix_web::test]
async fn answers_count_for_the_person_they_are_about() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let pat = app.patient("Pat Patient").await;
        let (kim, lee) = (app.add(&pat, "Kim Patient").await, app.add(&pat, "Lee Patient").await);
        let own = app.screening(&pat).await;
        let of_kim = app.answered_for(&pat, &kim, &["blood_clots"]).await;
        let of_lee = app.answered_for(&pat, &lee, &[]).await;
        assert_eq!((&of_kim["outcome"], &of_kim["patient_id"]), (&json!("needs_clearance"), &json!(kim)));
        assert_eq!(of_lee["outcome"], "clear", "a yes of one is no yes of another");
        assert_eq!(app.answered_for(&pat, &kim, &[]).await["outcome"], "needs_clearance");

        // The answers of one carry no visit of another, in no direction.
        let table = [(&own, Some(&kim)), (&id_of(&of_lee), Some(&kim)), (&id_of(&of_lee), None)];
        for (screening, patient) in table {
            let wish = dana.wish(NINE, screening);
            let wish = patient.map_or(wish.clone(), |patient| on_behalf(wish, patient));
            app.post_as(&pat.token, "/v1/appointments", &wish).await.expect_problem(422, "screening-invalid");
        }
        let list = app.get_as(&pat.token, &format!("/v1/screenings?patient_id={lee}")).await.expect(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(list["items"][0]["id"], of_lee["id"]);

        // A clinician's word on the child's answers, read by who treats, then confirmed.
        let wish = on_behalf(dana.wish(NINE, &id_of(&of_kim)), &kim);
        app.post_as(&pat.token, "/v1/appointments", &wish).await.expect_problem(422, "clearance-required");
        let agreement = json!({
            "clinician_name": "Dr. Quinn Okafor", "clinician_profession": "Paediatrician",
            "cleared_on": "2026-11-20", "statement": "No objection."
        });
        let clearance = format!("/v1/screenings/{}/clearance", id_of(&of_kim));
        let sam = app.patient("Sam Second").await;
        app.post_as(&sam.token, &clearance, &agreement).await.expect_problem(404, "not-found");
        app.post_as(&pat.token, &clearance, &agreement).await.expect(201);
        let booked = app.post_as(&pat.token, "/v1/appointments", &wish).await.expect(201);
        assert_eq!(booked["status"], "pending");
        let confirm = format!("/v1/appointments/{}/confirm", id_of(&booked));
        app.post_as(&dana.person.token, &confirm, &json!({})).await.expect_problem(409, "clearance-unread");
        let path = format!("/v1/screenings/{}", id_of(&of_kim));
        let read = app.get_as(&dana.person.token, &path).await.expect(200);
        assert_eq!((&read["patient_id"], &read["answers"]["blood_clots"]), (&json!(kim), &json!(true)));
        app.post_as(&dana.person.token, &confirm, &json!({})).await.expect(200);
    }
}

#[actix_web::test]
async fn holds_are_counted_for_each_person() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        let (pat, sam) = (app.patient("Pat Patient").await, app.patient("Sam Second").await);
        let kim = app.add(&pat, "Kim Patient").await;
        let wish = |with: &Bookable, at: &str| json!({"practitioner_id": with.id, "service_id": with.service, "location_id": with.location, "starts_at": at});
        let times = [NINE, "2026-12-02T18:30:00Z", NOON];
        let mut holds = Vec::new();
        for at in times {
            app.post_as(&pat.token, "/v1/holds", &wish(&dana, at)).await.expect(201);
            let held =
                app.post_as(&pat.token, "/v1/holds", &on_behalf(wish(&eli, at), &kim)).await.expect(201);
            holds.push(id_of(&held));
        }
        let fourth = on_behalf(wish(&eli, "2026-12-02T22:00:00Z"), &kim);
        app.post_as(&pat.token, "/v1/holds", &fourth).await.expect_problem(409, "too-many-holds");
        let first = format!("/v1/holds/{}", holds[0]);
        app.delete_as(&sam.token, &first).await.expect_problem(404, "not-found");
        assert_eq!(app.delete_as(&pat.token, &first).await.status, 204);
        app.post_as(&pat.token, "/v1/holds", &fourth).await.expect(201);

        // A hold of the child's becomes the child's visit.
        let screening = id_of(&app.answered_for(&pat, &kim, &[]).await);
        let mut booking = on_behalf(eli.wish(times[1], &screening), &kim);
        booking["hold_id"] = json!(holds[1]);
        app.post_as(&pat.token, "/v1/appointments", &booking).await.expect(201);
    }
}

#[actix_web::test]
async fn nobody_is_taken_out_of_care_before_a_visit() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eli) = (app.bookable("Dana Reyes").await, app.bookable("Eli Okoro").await);
        let pat = app.patient("Pat Patient").await;
        let kim = app.add(&pat, "Kim Patient").await;
        let path = format!("/v1/me/dependants/{kim}");
        let booked = app.book_for(&pat, &kim, &dana, NINE).await.expect(201);
        app.delete_as(&pat.token, &path).await.expect_problem(409, "appointments-pending");
        app.delete_as(&pat.token, "/v1/me").await.expect_problem(409, "appointments-pending");
        app.set_now("2026-12-02T18:00:00Z");
        let held = json!({"practitioner_id": eli.id, "service_id": eli.service, "location_id": eli.location,
            "starts_at": "2026-12-03T17:00:00Z", "patient_id": kim});
        app.post_as(&pat.token, "/v1/holds", &held).await.expect(201);

        assert_eq!(app.delete_as(&pat.token, &path).await.status, 204);
        app.get_as(&pat.token, &path).await.expect_problem(404, "not-found");
        app.delete_as(&pat.token, &path).await.expect_problem(404, "not-found");
        assert_eq!(app.get_as(&pat.token, "/v1/me/dependants").await.expect(200)["items"], json!([]));
        let body = on_behalf(answers(&[]), &kim);
        app.post_as(&pat.token, "/v1/screenings", &body).await.expect_problem(404, "not-found");
        let later = on_behalf(
            dana.wish("2026-12-03T17:00:00Z", booked["screening_id"].as_str().expect("an id")),
            &kim,
        );
        app.post_as(&pat.token, "/v1/appointments", &later).await.expect_problem(404, "not-found");
        // What the hold kept is free again.
        let (_, wish) = app.ready("Ana", &eli, "2026-12-03T17:00:00Z").await;
        let slots = eli.path(&format!(
            "/slots?service_id={}&from=2026-12-03T17:00:00Z&until=2026-12-03T17:30:00Z",
            eli.service
        ));
        assert_eq!(app.get(&slots).await.expect(200)["items"][0]["starts_at"], wish["starts_at"]);
        // What was stays told, by both sides.
        let story = format!("/v1/appointments/{}", id_of(&booked));
        for person in [&pat, &dana.person] {
            assert_eq!(app.get_as(&person.token, &story).await.expect(200)["patient_name"], "Kim Patient");
        }
    }
}

#[actix_web::test]
async fn a_booking_and_a_removal_do_not_miss_each_other() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let pat = app.patient("Pat Patient").await;
        for day in ["01", "02", "03", "04"] {
            let kim = app.add(&pat, "Kim Patient").await;
            let screening = id_of(&app.answered_for(&pat, &kim, &[]).await);
            let wish = on_behalf(dana.wish(&format!("2026-12-{day}T17:00:00Z"), &screening), &kim);
            let path = format!("/v1/me/dependants/{kim}");
            let (booked, removed) = futures_util::future::join(
                app.post_as(&pat.token, "/v1/appointments", &wish),
                app.delete_as(&pat.token, &path),
            )
            .await;
            let both = (booked.status, removed.status);
            assert!(both == (201, 409) || both == (404, 204), "{both:?}");
        }
    }
}

#[actix_web::test]
async fn closing_an_account_forgets_those_in_its_care() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let pat = app.patient("Pat Patient").await;
        let (kim, lee) = (app.add(&pat, "Kim Patient").await, app.add(&pat, "Lee Patient").await);
        let booked = app.book_for(&pat, &kim, &dana, "2026-11-24T17:00:00Z").await.expect(201);
        app.delete_as(&pat.token, &format!("/v1/me/dependants/{lee}")).await;
        app.advance(Duration::hours(7));
        let (token, id) = (pat.token.clone(), pat.id);
        let again = stillpoint::store::session::Session {
            id: uuid::Uuid::new_v4().into(),
            account: id,
            created_at: app.now(),
            expires_at: app.now() + Duration::days(1),
            client: "test".to_owned(),
        };
        let fresh = stillpoint::secret::Token::generate().expect("randomness");
        let hash = fresh.hash();
        app.write(move |tx| stillpoint::store::session::insert(tx, &again, hash.as_bytes())).await;
        assert_eq!(app.delete_as(&fresh.reveal(), "/v1/me").await.status, 204);
        assert_eq!(app.get_as(&token, "/v1/me/dependants").await.status, 401);
        let story = format!("/v1/appointments/{}", id_of(&booked));
        let told = app.get_as(&dana.person.token, &story).await.expect(200);
        assert_eq!(told["patient_name"], "Closed account");
        let names = [kim, lee].map(|id| id.parse().expect("an id"));
        let names = app.app.read(move |conn| stillpoint::store::patient::names(conn, &names)).await;
        assert!(names.expect("the rows can be read").values().all(|name| name == "Closed account"));
    }
}
