//! Appointments that were agreed and may not take place as things stand.

use chrono::Duration;
use serde_json::{Value, json};
use stillpoint::{
    domain::{
        change::Change,
        id::ScreeningId,
        screening::{Outcome, Screening},
    },
    store::{clearance, overview, screening},
};

use crate::common::{Bookable, Person, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";

/// An appointment with Dana, and who booked it.
async fn booked(app: &TestApp, dana: &Bookable) -> (Person, String) {
    let (ana, wish) = app.ready("Ana", dana, NINE).await;
    let made = app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201);
    assert_eq!(made["needs_attention"], json!([]));
    (ana, format!("/v1/appointments/{}", made["id"].as_str().expect("an id")))
}

/// What freezes an appointment, as its patient sees it.
async fn attention(app: &TestApp, ana: &Person, path: &str) -> Vec<String> {
    let seen = app.get_as(&ana.token, path).await.expect(200);
    let found = seen["needs_attention"].as_array().expect("a list").clone();
    found.iter().map(|item| item["reason"].as_str().expect("a reason").to_owned()).collect()
}

/// An admin's decision on Dana's licence.
async fn decide(app: &TestApp, admin: &Person, dana: &Bookable, decision: &str) {
    let body = json!({
        "decision": decision, "method": "primary_source", "source_url": "https://example.org/board",
        "checked_on": "2026-11-24", "note": "seen",
    });
    let path = format!("/v1/admin/credentials/{}/decisions", dana.licence);
    let answer = app.post_as(&admin.token, &path, &body).await;
    assert!(matches!(answer.status, 200 | 201), "{decision}: {} {}", answer.status, answer.text);
}

async fn waiting(app: &TestApp) -> i64 {
    app.write(|tx| Ok(overview::outbox(tx)?.0)).await
}

#[actix_web::test]
async fn a_suspended_licence_freezes_and_a_reinstated_one_releases() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        let before = waiting(&app).await;
        decide(&app, &admin, &dana, "suspend").await;
        assert_eq!(attention(&app, &ana, &path).await, ["licence"]);
        app.chores().await;
        app.chores().await;
        assert_eq!(waiting(&app).await, before + 2, "both sides hear of it once");
        let seen = app.get_as(&admin.token, "/v1/admin/overview").await.expect(200);
        assert_eq!(seen["appointments_needing_attention"], 1);
        let listed = app.get_as(&admin.token, "/v1/admin/recalls").await.expect(200);
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
        assert_eq!(listed["items"][0]["needs_attention"][0]["reason"], "licence");
        let none = app.get_as(&admin.token, "/v1/admin/recalls?reason=excluded").await.expect(200);
        assert_eq!(none["items"], json!([]));
        app.get_as(&admin.token, "/v1/admin/recalls?reason=mood").await.expect_problem(400, "invalid-query");
        app.get_as(&ana.token, "/v1/admin/recalls").await.expect_problem(403, "forbidden");

        app.set_now("2026-12-02T16:50:00Z");
        let dana_does = |act: &str| {
            let path = format!("{path}/{act}");
            let (app, token) = (&app, dana.person.token.clone());
            async move { app.post_as(&token, &path, &json!({})).await }
        };
        dana_does("arrive").await.expect(200);
        let refused = dana_does("fulfil").await.expect_problem(409, "needs-attention");
        assert_eq!(refused["reasons"], json!(["licence"]));
        decide(&app, &admin, &dana, "reinstate").await;
        assert!(attention(&app, &ana, &path).await.is_empty());
        app.chores().await;
        assert_eq!(waiting(&app).await, before + 4, "and that it is over");
        dana_does("fulfil").await.expect(200);
    }
}

#[actix_web::test]
async fn an_admin_lets_it_pass_until_something_changes_again() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        let id = path.rsplit('/').next().expect("an id").to_owned();
        let resolutions = format!("/v1/admin/recalls/{id}/resolutions");
        let pass = json!({"reason": "licence", "note": "the board confirmed by phone"});
        app.post_as(&admin.token, &resolutions, &pass).await.expect_problem(409, "invalid-transition");
        decide(&app, &admin, &dana, "suspend").await;
        app.post_as(&ana.token, &resolutions, &pass).await.expect_problem(403, "forbidden");
        let wrong = json!({"reason": "contraindications", "note": "no"});
        assert_eq!(app.post_as(&admin.token, &resolutions, &wrong).await.pointers(), ["/reason"]);
        assert_eq!(app.post_as(&admin.token, &resolutions, &pass).await.status, 204);
        assert!(attention(&app, &ana, &path).await.is_empty());
        // What has nothing to do with it changes nothing.
        app.write(move |tx| {
            tx.announce(Change::Profile(dana.id));
            Ok(())
        })
        .await;
        assert!(attention(&app, &ana, &path).await.is_empty());
        decide(&app, &admin, &dana, "revoke").await;
        assert_eq!(attention(&app, &ana, &path).await, ["licence"]);
    }
}

#[actix_web::test]
async fn whoever_cancels_a_frozen_one_is_not_late() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        let barred = format!("/v1/admin/accounts/{}/suspend", dana.person.id);
        app.post_as(&admin.token, &barred, &json!({"reason": "for now"})).await.expect(200);
        assert_eq!(attention(&app, &ana, &path).await, ["account"]);
        app.set_now("2026-12-02T16:00:00Z");
        let cancelled = app.post_as(&ana.token, &format!("{path}/cancel"), &json!({})).await.expect(200);
        assert_eq!((&cancelled["late"], &cancelled["needs_attention"]), (&json!(false), &json!([])));
        let listed = app.get_as(&admin.token, "/v1/admin/recalls").await.expect(200);
        assert_eq!(listed["items"], json!([]));
    }
}

/// A new list in force, as far as appointments go.
async fn outdate(app: &TestApp, admin: &Person) -> Value {
    let now = app.get("/v1/contraindications").await.expect(200);
    let wish = json!({"items": now["items"], "statements": now["statements"]});
    app.post_as(&admin.token, "/v1/admin/contraindications", &wish).await.expect(201)
}

/// Answers to the second list; a clearance comes with those that need one.
async fn answers(app: &TestApp, person: &Person, outcome: Outcome) -> ScreeningId {
    let account = person.id;
    app.write(move |tx| {
        let answered = Screening {
            id: tx.new_id(),
            patient: uuid::Uuid::from(account).into(),
            version: 2,
            outcome,
            created_at: tx.now(),
            valid_until: Screening::valid_until(tx.now()),
            text_sha256: "0".repeat(64),
            has_clearance: false,
        };
        screening::insert(tx, &answered, outcome, account, b"sealed")?;
        if outcome == Outcome::NeedsClearance {
            clearance::insert(tx, answered.id, answered.created_at, b"sealed")?;
        }
        Ok(answered.id)
    })
    .await
}

#[actix_web::test]
async fn a_new_list_freezes_until_it_is_answered() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        outdate(&app, &admin).await;
        assert_eq!(attention(&app, &ana, &path).await, ["contraindications"]);
        let attach = format!("{path}/screening");
        let old = app.screening(&ana).await;
        app.post_as(&ana.token, &attach, &json!({"screening_id": old}))
            .await
            .expect_problem(422, "screening-invalid");
        app.advance(Duration::minutes(1));
        let new = answers(&app, &ana, Outcome::Clear).await;
        let new = json!({"screening_id": new});
        let stranger = app.patient("Mallory").await;
        app.post_as(&stranger.token, &attach, &new).await.expect_problem(404, "not-found");
        let freed = app.post_as(&ana.token, &attach, &new).await.expect(200);
        assert_eq!((&freed["needs_attention"], &freed["status"]), (&json!([]), &json!("booked")));
        assert_eq!(freed["screening_id"], new["screening_id"]);
    }
}

#[actix_web::test]
async fn a_new_list_does_not_freeze_what_took_place() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        // Both were early: it is over before it was to begin.
        app.set_now("2026-12-02T16:10:00Z");
        for act in ["arrive", "fulfil"] {
            app.post_as(&dana.person.token, &format!("{path}/{act}"), &json!({})).await.expect(200);
        }
        let published = outdate(&app, &admin).await;
        assert_eq!(published["affected_appointments"], json!([]));
        assert!(attention(&app, &ana, &path).await.is_empty());
    }
}

#[actix_web::test]
async fn answers_that_need_a_clearance_ask_for_confirmation_until_it_lapses() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        outdate(&app, &admin).await;
        app.advance(Duration::minutes(1));
        let new = json!({"screening_id": answers(&app, &ana, Outcome::NeedsClearance).await});
        let asked = app.post_as(&ana.token, &format!("{path}/screening"), &new).await.expect(200);
        assert_eq!((&asked["status"], &asked["needs_attention"]), (&json!("pending"), &json!([])));
        let lapses_at = asked["lapses_at"].as_str().expect("an instant").to_owned();
        app.set_now(&lapses_at);
        app.chores().await;
        let gone = app.get_as(&ana.token, &path).await.expect(200);
        assert_eq!((&gone["status"], &gone["lapses_at"]), (&json!("cancelled"), &Value::Null));
    }
}

#[actix_web::test]
async fn whoever_has_arrived_can_still_answer_a_new_list() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        app.set_now("2026-12-02T16:10:00Z");
        let act =
            async |act: &str| app.post_as(&dana.person.token, &format!("{path}/{act}"), &json!({})).await;
        act("arrive").await.expect(200);
        outdate(&app, &admin).await;
        act("fulfil").await.expect_problem(409, "needs-attention");
        app.advance(Duration::minutes(1));
        let attach = format!("{path}/screening");
        let unclear = json!({"screening_id": answers(&app, &ana, Outcome::NeedsClearance).await});
        app.post_as(&ana.token, &attach, &unclear).await.expect_problem(422, "screening-invalid");
        let clear = json!({"screening_id": answers(&app, &ana, Outcome::Clear).await});
        let freed = app.post_as(&ana.token, &attach, &clear).await.expect(200);
        assert_eq!((&freed["needs_attention"], &freed["status"]), (&json!([]), &json!("arrived")));
        act("fulfil").await.expect(200);
    }
}

#[actix_web::test]
async fn answers_given_after_the_start_call_nothing_off() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, admin) = (app.bookable("Dana Reyes").await, app.admin("Ada").await);
        let (ana, path) = booked(&app, &dana).await;
        outdate(&app, &admin).await;
        app.set_now("2026-12-02T17:05:00Z");
        let unclear = json!({"screening_id": answers(&app, &ana, Outcome::NeedsClearance).await});
        let attach = format!("{path}/screening");
        app.post_as(&ana.token, &attach, &unclear).await.expect_problem(422, "screening-invalid");
        app.chores().await;
        let seen = app.get_as(&ana.token, &path).await.expect(200);
        assert_eq!(seen["status"], "booked");
    }
}
