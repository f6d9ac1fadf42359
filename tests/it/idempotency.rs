//! `Idempotency-Key`: the first answer is the answer, whatever happens in between.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};
use stillpoint::{
    store::{StoreError, idempotency},
    web::{api, route::Access},
};

use crate::common::{Answer, Person, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";
const NOON: &str = "2026-12-02T20:00:00Z";

/// A post under a key.
async fn keyed(app: &TestApp, person: &Person, key: &str, path: &str, body: &Value) -> Answer {
    let request =
        app.request("POST", path).bearer_auth(&person.token).header("idempotency-key", key.as_bytes());
    TestApp::send(request.json(body)).await
}

async fn book(app: &TestApp, person: &Person, key: &str, wish: &Value) -> Answer {
    keyed(app, person, key, "/v1/appointments", wish).await
}

/// The same answer again, and it says so.
#[track_caller]
fn assert_replays(first: &Answer, again: &Answer) {
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    for header in ["location", "etag", "content-type", "retry-after"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    assert_eq!(again.header("idempotent-replayed"), "true", "{}", again.text);
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
}

async fn visits(app: &TestApp, person: &Person) -> usize {
    let found = app.get_as(&person.token, "/v1/appointments").await.expect(200);
    found["items"].as_array().map_or(0, Vec::len)
}

/// How many answers are kept.
async fn kept(app: &TestApp) -> usize {
    let rows = app.app.read(|conn| idempotency::after(conn, None, 1_000)).await;
    rows.unwrap_or_else(|err: StoreError| panic!("{err}")).len()
}

#[actix_web::test]
async fn the_first_answer_is_the_answer() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let first = book(&app, &ana, "one", &wish).await;
        assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""), "{}", first.text);
        let id = first.body["id"].as_str().expect("an id").to_owned();
        // What becomes of the visit does not change what was answered.
        app.post_as(&ana.token, &format!("/v1/appointments/{id}/cancel"), &json!({})).await.expect(200);
        for _ in 0..3 {
            assert_replays(&first, &book(&app, &ana, "one", &wish).await);
        }
        assert_eq!(visits(&app, &ana).await, 1);

        let other =
            book(&app, &ana, "one", &dana.wish(NOON, wish["screening_id"].as_str().expect("an id"))).await;
        other.expect_problem(422, "idempotency-key-reused");
        let elsewhere = keyed(&app, &ana, "one", "/v1/holds", &wish).await;
        elsewhere.expect_problem(422, "idempotency-key-reused");
        // Another caller's key is another key.
        let (ben, wish) = app.ready("Ben", &dana, NINE).await;
        let his = book(&app, &ben, "one", &wish).await;
        assert_eq!((his.status, his.header("idempotent-replayed")), (201, ""), "{}", his.text);
        assert_ne!(his.body["id"], first.body["id"]);
    }
}

#[actix_web::test]
async fn refusals_are_answers_too() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let booked = book(&app, &ana, "a", &wish).await.expect(201);
        let (ben, wish) = app.ready("Ben", &dana, NINE).await;
        let refused = book(&app, &ben, "b", &wish).await;
        let path = format!("/v1/appointments/{}/cancel", booked["id"].as_str().expect("an id"));
        keyed(&app, &ana, "c", &path, &json!({"reason": "ill"})).await.expect(200);
        let again = book(&app, &ben, "b", &wish).await;
        assert_replays(&refused, &again);
        again.expect_problem(409, "slot-taken");
        book(&app, &ben, "b2", &wish).await.expect(201);

        let refused = book(&app, &ben, "d", &json!({"surprise": 1})).await;
        assert_replays(&refused, &book(&app, &ben, "d", &json!({"surprise": 1})).await);
        assert_eq!(refused.body["request_id"], json!(refused.header("x-request-id")));
        refused.expect_problem(422, "invalid-body");
        // Nobody is known here, so nothing is kept.
        let unknown = Person { token: "nonsense".to_owned(), ..ben.clone() };
        let before = kept(&app).await;
        let refused = book(&app, &unknown, "e", &wish).await;
        assert_eq!((refused.status, refused.header("idempotent-replayed")), (401, ""));
        assert_eq!(book(&app, &unknown, "e", &wish).await.header("idempotent-replayed"), "");
        assert_eq!(kept(&app).await, before);
    }
}

#[actix_web::test]
async fn a_key_is_visible_ascii() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let ana = app.patient("Ana").await;
        let (long, longer) = ("k".repeat(255), "k".repeat(256));
        let table = [
            ("", 400),
            ("two words", 400),
            ("schlüssel", 400),
            (longer.as_str(), 400),
            (long.as_str(), 422),
            ("~!", 422),
        ];
        for (key, status) in table {
            let answer = keyed(&app, &ana, key, "/v1/appointments", &json!({})).await;
            assert_eq!(answer.status, status, "{key}: {}", answer.text);
            let kind = if status == 400 { "invalid-idempotency-key" } else { "invalid-body" };
            answer.expect_problem(status, kind);
        }
        let twice = app.request("POST", "/v1/holds").bearer_auth(&ana.token).json(&json!({}));
        let twice = twice.header("idempotency-key", "a").header("idempotency-key", "b");
        TestApp::send(twice).await.expect_problem(400, "invalid-idempotency-key");
    }
}

#[actix_web::test]
async fn fifty_at_once_book_once() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, wish) = app.ready("Ana", &dana, NINE).await;
        let answers = join_all((0..50).map(|_| book(&app, &ana, "all", &wish))).await;
        settled_by_one(&app, &ana, &answers).await;
        let again = book(&app, &ana, "all", &wish).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"), "{}", again.text);
    }
}

/// One did it; the others heard the same, or that it is under way.
async fn settled_by_one(app: &TestApp, person: &Person, answers: &[Answer]) {
    let mut ids = Vec::new();
    let mut done = 0;
    for answer in answers {
        match answer.status {
            201 => {
                ids.push(answer.body["id"].clone());
                done += usize::from(answer.header("idempotent-replayed").is_empty());
            }
            409 => assert_eq!(answer.problem(), "idempotency-key-in-flight", "{}", answer.text),
            status => panic!("{status} {}", answer.text),
        }
    }
    ids.dedup();
    assert_eq!((done, ids.len()), (1, 1));
    assert_eq!(visits(app, person).await, 1);
}

#[actix_web::test]
async fn two_servers_agree() {
    for backend in each_backend() {
        let one = TestApp::start(backend).await;
        let two = one.second().await;
        let dana = one.bookable("Dana Reyes").await;
        for (nth, start) in [NINE, NOON, "2026-12-03T17:00:00Z"].into_iter().enumerate() {
            let (ana, wish) = one.ready("Ana", &dana, start).await;
            // The second server started later, and its clock with it.
            one.advance(Duration::minutes(5));
            let key = format!("key-{nth}");
            let both = (0..20).map(|nth| book(if nth % 2 == 0 { &one } else { &two }, &ana, &key, &wish));
            settled_by_one(&one, &ana, &join_all(both).await).await;
        }
        // A restart is a new server on the same database.
        let (ben, wish) = one.ready("Ben", &dana, "2026-12-04T17:00:00Z").await;
        let first = book(&one, &ben, "later", &wish).await;
        assert_replays(&first, &book(&two, &ben, "later", &wish).await);
        assert_replays(&first, &book(&one.second().await, &ben, "later", &wish).await);
    }
}

#[actix_web::test]
async fn a_key_counts_for_a_day() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let ana = app.patient("Ana").await;
        let child = json!({"name": "Kim", "birth_on": "2020-02-29", "relation": "child"});
        let first = keyed(&app, &ana, "k", "/v1/me/dependants", &child).await;
        assert_eq!(first.status, 201, "{}", first.text);
        app.advance(Duration::hours(24) - Duration::minutes(1));
        app.chores().await;
        assert_replays(&first, &keyed(&app, &ana, "k", "/v1/me/dependants", &child).await);
        app.advance(Duration::minutes(1));
        // It no longer counts, though no chore has run since.
        let anew = keyed(&app, &ana, "k", "/v1/me/dependants", &child).await;
        assert_eq!((anew.status, anew.header("idempotent-replayed")), (201, ""), "{}", anew.text);
        assert_ne!(anew.body["id"], first.body["id"]);
        assert_replays(&anew, &keyed(&app, &ana, "k", "/v1/me/dependants", &child).await);
        assert_eq!(kept(&app).await, 1);
        app.advance(Duration::hours(25));
        app.chores().await;
        assert_eq!(kept(&app).await, 0);
    }
}

#[actix_web::test]
async fn nothing_of_a_kept_answer_can_be_read() {
    for backend in each_backend() {
        let mut app = TestApp::start(backend).await;
        app.leave_unchecked();
        let ana = app.patient("Ana").await;
        for (nth, name) in ["Kim Blodwen", "Lou Blodwen"].into_iter().enumerate() {
            let child = json!({"name": name, "birth_on": "2020-02-29", "relation": "child"});
            keyed(&app, &ana, &format!("secretkey{nth}"), "/v1/me/dependants", &child).await.expect(201);
        }
        let rows = app.app.read(|conn| idempotency::after(conn, None, 10)).await;
        let rows = rows.unwrap_or_else(|err: StoreError| panic!("{err}"));
        for row in &rows {
            for word in ["Blodwen", "secretkey", "2020-02-29"] {
                assert!(!row.sealed.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
            }
        }
        assert!(app.faults().is_empty());
        // Moved to another row it does not open: neither for a caller nor for the doctor.
        let claim = idempotency::Claim { id: rows[0].id, fingerprint: [7; 32] };
        let stolen = rows[1].sealed.clone();
        app.write(move |tx| idempotency::put(tx, &claim, &stolen)).await;
        assert_eq!(app.faults().len(), 1, "{:?}", app.faults());
    }
}

/// Every `POST` there is: the same key twice gives the same answer twice.
#[actix_web::test]
async fn no_post_is_left_out() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let admin = app.admin("Zoe").await;
        let mut posts = 0;
        for route in api::routes().iter().filter(|route| route.method == "POST") {
            let id = uuid::Uuid::new_v4().to_string();
            let path = route.path.replace("{id}", &id).replace("{child}", &id);
            let send = || {
                let request = app.request("POST", &path).header("idempotency-key", "again");
                let request = match route.access {
                    Access::Public => request,
                    _ => request.bearer_auth(&admin.token),
                };
                TestApp::send(request.json(&json!({"path": path})))
            };
            let first = send().await;
            assert!(
                first.status < 500 && first.header("idempotent-replayed").is_empty(),
                "{path} {}",
                first.text
            );
            if first.problem() == "idempotency-key-reused" {
                panic!("{path}: a key is another one for another caller: {}", first.text);
            }
            assert_replays(&first, &send().await);
            posts += 1;
            // The next path is the next request: it takes a key of its own.
            app.advance(Duration::hours(25));
        }
        assert!(posts > 20, "{posts}");
    }
}
