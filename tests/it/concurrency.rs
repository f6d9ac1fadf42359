//! `ETag`, `If-Match`, `If-None-Match`: no change is lost, and what is known is not sent again.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::common::{Answer, Bookable, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";
const NOON: &str = "2026-12-02T20:00:00Z";

async fn guarded(
    app: &TestApp,
    token: &str,
    (method, path): (&str, &str),
    tag: &str,
    body: &Value,
) -> Answer {
    let request = app.request(method, path).bearer_auth(token).header("if-match", tag);
    TestApp::send(request.json(body)).await
}

async fn tag_of(app: &TestApp, token: &str, path: &str) -> String {
    let read = app.get_as(token, path).await;
    assert_eq!(read.status, 200, "{path} {}", read.text);
    assert!(!read.header("etag").is_empty(), "{path} has no tag");
    read.header("etag").to_owned()
}

/// Everything of a practitioner's that can be changed, with two changes each.
fn changes(dana: &Bookable) -> Vec<(&'static str, String, Value, Value)> {
    let hours = |end: &str| {
        let day = json!({"weekday": "mon", "start": "09:00", "end": end, "location_id": dana.location});
        json!({"time_zone": "America/Los_Angeles", "weekly": [day]})
    };
    let (location, service) =
        (format!("/locations/{}", dana.location), format!("/services/{}", dana.service));
    vec![
        ("PATCH", "/v1/me".to_owned(), json!({"name": "One"}), json!({"name": "Two"})),
        ("PATCH", dana.path(""), json!({"bio": "One."}), json!({"bio": "Two."})),
        ("PATCH", dana.path(&location), json!({"name": "One"}), json!({"name": "Two"})),
        ("PATCH", dana.path(&service), json!({"name": "One"}), json!({"name": "Two"})),
        ("PUT", dana.path("/schedule"), hours("12:00"), hours("13:00")),
    ]
}

#[actix_web::test]
async fn of_two_changes_to_the_same_one_wins() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let token = &dana.person.token;
        for (method, path, one, two) in changes(&dana) {
            let tag = tag_of(&app, token, &path).await;
            let both = [&one, &two].map(|body| guarded(&app, token, (method, &path), &tag, body));
            let answers = join_all(both).await;
            let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{path}");
            for answer in answers {
                if answer.status == 412 {
                    answer.expect_problem(412, "stale-write");
                } else {
                    // What a change answers is what is read afterwards, and carries the same tag.
                    assert_ne!(answer.header("etag"), tag, "{path}");
                    assert_eq!(answer.header("etag"), tag_of(&app, token, &path).await, "{path}");
                }
            }
            let any = guarded(&app, token, (method, &path), "*", &two).await;
            assert_eq!(any.status, 200, "{path} {}", any.text);
            let weak = format!("W/{}", tag_of(&app, token, &path).await);
            let weak = guarded(&app, token, (method, &path), &weak, &one).await;
            weak.expect_problem(412, "stale-write");
        }
    }
}

#[actix_web::test]
async fn what_was_changed_is_not_removed() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let token = &dana.person.token;
        let child = json!({"name": "Kim", "birth_on": "2020-02-29", "relation": "child"});
        let child = app.post_as(token, "/v1/me/dependants", &child).await;
        let child = child.header("location").to_owned();
        for path in [dana.path(&format!("/services/{}", dana.service)), child] {
            let old = tag_of(&app, token, &path).await;
            app.patch_as(token, &path, &json!({"name": "Another"})).await.expect(200);
            let now = tag_of(&app, token, &path).await;
            for (tag, status) in [(&old, 412), (&now, 204)] {
                let request =
                    app.request("DELETE", &path).bearer_auth(token).header("if-match", tag.as_str());
                let answer = TestApp::send(request).await;
                assert_eq!(answer.status, status, "{path} {}", answer.text);
            }
        }
    }
}

#[actix_web::test]
async fn a_booking_moves_only_from_where_it_was_seen() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let booked = app.post_as(&ana.token, "/v1/appointments", &wish).await;
        let path = booked.header("location").to_owned();
        let seen = booked.header("etag").to_owned();
        assert_eq!(seen, tag_of(&app, &ana.token, &path).await);

        let (to, to_noon) = (format!("{path}/reschedule"), json!({"starts_at": NOON}));
        let moved = guarded(&app, &ana.token, ("POST", &to), &seen, &to_noon).await;
        assert_eq!((moved.status, moved.header("etag") == seen), (200, false), "{}", moved.text);
        for (act, body) in [("reschedule", json!({"starts_at": NINE})), ("cancel", json!({}))] {
            let act = format!("{path}/{act}");
            let stale = guarded(&app, &ana.token, ("POST", &act), &seen, &body).await;
            stale.expect_problem(412, "stale-write");
        }
        let cancel = format!("{path}/cancel");
        let done = guarded(&app, &ana.token, ("POST", &cancel), moved.header("etag"), &json!({})).await;
        assert_eq!(done.expect(200)["status"], "cancelled");
        // What is stale is refused as that, whatever else could be said against it.
        let arrive = format!("{path}/arrive");
        let stale = guarded(&app, &dana.person.token, ("POST", &arrive), &seen, &json!({})).await;
        stale.expect_problem(412, "stale-write");
    }
}

#[actix_web::test]
async fn what_is_known_is_not_sent_again() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let token = &dana.person.token;
        let away = json!({"starts_at": "2026-12-24T00:00:00Z", "ends_at": "2026-12-25T00:00:00Z"});
        let away = app.post_as(token, &dana.path("/time-off"), &away).await;
        let away = (away.header("location").to_owned(), away.header("etag").to_owned());
        assert_eq!(away.1, tag_of(&app, token, &away.0).await);
        let paths = [
            "/v1/me".to_owned(),
            dana.path(""),
            dana.path(&format!("/locations/{}", dana.location)),
            dana.path(&format!("/services/{}", dana.service)),
            dana.path("/schedule"),
            dana.path(&format!("/credentials/{}", dana.licence)),
            away.0,
            "/v1/contraindications".to_owned(),
            "/v1/therapy".to_owned(),
        ];
        for path in &paths {
            let tag = tag_of(&app, token, path).await;
            for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
                let request = app.request("GET", path).bearer_auth(token).header("if-none-match", &known);
                let short = TestApp::send(request).await;
                assert_eq!((short.status, short.text.as_str()), (304, ""), "{path} {known}");
                assert_eq!(short.header("etag"), tag, "{path}");
                assert!(!short.header("x-request-id").is_empty(), "{path}");
            }
            let request = app.request("GET", path).bearer_auth(token).header("if-none-match", "\"x\"");
            assert_eq!(TestApp::send(request).await.status, 200, "{path}");
        }
        // A profile shows more than its own row: another service makes another profile.
        let before = tag_of(&app, token, &dana.path("")).await;
        let service = dana.path(&format!("/services/{}", dana.service));
        app.patch_as(token, &service, &json!({"name": "Half an hour"})).await.expect(200);
        let request = app.request("GET", &dana.path("")).bearer_auth(token).header("if-none-match", &before);
        assert_eq!(TestApp::send(request).await.status, 200);
        // The change was not to the record itself, so a change to that goes through.
        let edit = guarded(&app, token, ("PATCH", &dana.path("")), &before, &json!({"bio": "New."})).await;
        assert_eq!(edit.status, 200, "{}", edit.text);
    }
}
