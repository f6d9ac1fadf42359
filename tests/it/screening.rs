//! Contraindications, answers to them, clinicians' agreements, and who may read what.

use chrono::Duration;
use reqwest::header;
use serde_json::{Value, json};

use crate::common::{Answer, Bookable, Person, TestApp, each_backend};

/// Answers to the first list, with yes to those items.
pub fn answers(yes: &[&str]) -> Value {
    let items = ["blood_clots", "traumatic_brain_injury", "brain_swelling", "brain_aneurysm", "csf_buildup"];
    let answers: serde_json::Map<String, Value> =
        items.into_iter().map(|code| (code.to_owned(), json!(yes.contains(&code)))).collect();
    json!({
        "version": 1, "answers": answers, "signed_name": "Pat Patient",
        "acknowledged": ["evidence_is_limited", "not_a_substitute", "answers_are_true"]
    })
}

fn agreement() -> Value {
    json!({
        "clinician_name": "Dr. Quinn Okafor", "clinician_profession": "Neurologist",
        "cleared_on": "2026-11-20", "statement": "Stable canarysentence; no objection."
    })
}

fn next_list() -> Value {
    json!({
        "items": [{"code": "recent_surgery", "label": "Recent surgery", "explanation": "Within six weeks."}],
        "statements": [{"code": "answers_are_true", "text": "My answers are true."}]
    })
}

fn id_of(made: &Value) -> &str {
    made["id"].as_str().expect("an id")
}

impl TestApp {
    async fn answer(&self, person: &Person, body: &Value) -> Answer {
        self.post_as(&person.token, "/v1/screenings", body).await
    }

    async fn agree(&self, person: &Person, id: &str, body: &Value) -> Answer {
        self.post_as(&person.token, &format!("/v1/screenings/{id}/clearance"), body).await
    }

    async fn look(&self, person: &Person, id: &str) -> Answer {
        self.get_as(&person.token, &format!("/v1/screenings/{id}")).await
    }

    async fn booked(&self, person: &Person, with: &Bookable, at: &str, screening: &str) -> Value {
        self.post_as(&person.token, "/v1/appointments", &with.wish(at, screening)).await.expect(201)
    }
}

#[actix_web::test]
async fn the_list_is_public_and_tagged() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let list = app.get("/v1/contraindications").await;
        assert_eq!(list.header("etag"), "\"1\"");
        assert!(list.header("cache-control").starts_with("public"));
        assert_eq!(list.body["version"], 1);
        assert_eq!(list.body["items"].as_array().expect("a list").len(), 5);
        assert_eq!(list.body["items"][0]["code"], "blood_clots");
        assert_eq!(list.body["statements"][2]["code"], "answers_are_true");
        let again = app.request("GET", "/v1/contraindications").header(header::IF_NONE_MATCH, "W/\"1\"");
        let again = TestApp::send(again).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
        let other = app.request("GET", "/v1/contraindications").header(header::IF_NONE_MATCH, "\"0\"");
        TestApp::send(other).await.expect(200);
    }
}

#[actix_web::test]
async fn answers_are_kept_for_their_patient() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let pat = app.patient("Pat Patient").await;
        let answer = app.answer(&pat, &answers(&[])).await;
        let location = answer.header("location").to_owned();
        let made = answer.expect(201);
        assert_eq!(location, format!("/v1/screenings/{}", id_of(&made)));
        assert_eq!((&made["version"], &made["outcome"]), (&json!(1), &json!("clear")));
        assert_eq!(made["clearance"], Value::Null);
        assert_eq!(made["text_sha256"].as_str().expect("a sum").len(), 64);
        let at = |key: &str| made[key].as_str().expect("an instant").parse::<chrono::DateTime<chrono::Utc>>();
        assert_eq!(
            at("valid_until").expect("RFC 3339") - at("created_at").expect("RFC 3339"),
            Duration::days(30)
        );
        // A repeated request is answered from what is kept of the first: answers are not in it.
        assert!(made.get("answers").is_none() && made.get("signed_name").is_none());

        let read = app.look(&pat, id_of(&made)).await;
        assert_eq!(read.header("etag"), "\"1\"");
        let read = read.expect(200);
        assert_eq!(read["answers"], answers(&[])["answers"]);
        assert_eq!(read["acknowledged"], answers(&[])["acknowledged"]);
        assert_eq!(
            (&read["signed_name"], &read["text_sha256"]),
            (&json!("Pat Patient"), &made["text_sha256"])
        );

        for _ in 0..2 {
            app.answer(&pat, &answers(&[])).await.expect(201);
        }
        let first = app.get_as(&pat.token, "/v1/screenings?limit=2").await;
        assert!(first.header("link").ends_with("rel=\"next\""));
        let first = first.expect(200);
        let cursor = first["next_cursor"].as_str().expect("more");
        let second =
            app.get_as(&pat.token, &format!("/v1/screenings?limit=2&cursor={cursor}")).await.expect(200);
        assert_eq!(second["items"], json!([read]));
        assert_eq!(second["next_cursor"], Value::Null);
    }
}

#[actix_web::test]
async fn every_wrong_answer_is_named() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let pat = app.patient("Pat Patient").await;
        let but = |change: fn(&mut Value)| {
            let mut body = answers(&[]);
            change(&mut body);
            body
        };
        let table: [(Value, &[&str]); 10] = [
            (
                but(|b| drop(b["answers"].as_object_mut().expect("answers").remove("csf_buildup"))),
                &["/answers/csf_buildup"],
            ),
            (but(|b| b["answers"]["gout"] = json!(false)), &["/answers/gout"]),
            (but(|b| b["answers"]["a/b"] = json!(false)), &["/answers/a~1b"]),
            (but(|b| b["answers"]["blood_clots"] = json!("no")), &["/answers/blood_clots"]),
            (but(|b| b["answers"]["blood_clots"] = json!(null)), &["/answers/blood_clots"]),
            (
                but(|b| b["acknowledged"] = json!(["evidence_is_limited", "answers_are_true"])),
                &["/acknowledged"],
            ),
            (but(|b| b["acknowledged"][1] = json!("anything_goes")), &["/acknowledged", "/acknowledged/1"]),
            (but(|b| b["signed_name"] = json!("  ")), &["/signed_name"]),
            (but(|b| drop(b.as_object_mut().expect("a body").remove("signed_name"))), &["/signed_name"]),
            (but(|b| b["patient_id"] = json!("x")), &["/patient_id"]),
        ];
        for (body, pointers) in table {
            let answer = app.answer(&pat, &body).await;
            assert_eq!((answer.status, answer.pointers()), (422, pointers.to_vec()), "{}", answer.text);
        }
        let none = json!({"version": 1, "answers": {}, "acknowledged": [], "signed_name": "Pat"});
        assert_eq!(app.answer(&pat, &none).await.pointers().len(), 8);

        let twice = answers(&[])
            .to_string()
            .replace("\"blood_clots\":false", "\"blood_clots\":true,\"blood_clots\":false");
        let request = app.request("POST", "/v1/screenings").bearer_auth(&pat.token);
        let twice = TestApp::send(request.header(header::CONTENT_TYPE, "application/json").body(twice)).await;
        assert_eq!((twice.status, twice.pointers()), (422, vec!["/answers/blood_clots"]), "{}", twice.text);

        for version in [0, 2, -1] {
            let mut body = answers(&[]);
            body["version"] = json!(version);
            let changed = app.answer(&pat, &body).await.expect_problem(409, "contraindications-changed");
            assert_eq!(changed["current_version"], 1);
        }
        app.post("/v1/screenings", &answers(&[])).await.expect_problem(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn a_no_after_a_yes_stays_a_yes() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (pat, sam) = (app.patient("Pat Patient").await, app.patient("Sam Second").await);
        let outcome = async |person: &Person, yes: &[&str]| {
            app.answer(person, &answers(yes)).await.expect(201)["outcome"]
                .as_str()
                .expect("a code")
                .to_owned()
        };
        assert_eq!(outcome(&pat, &[]).await, "clear");
        assert_eq!(outcome(&pat, &["brain_aneurysm"]).await, "needs_clearance");
        assert_eq!(outcome(&pat, &[]).await, "needs_clearance");
        assert_eq!(outcome(&sam, &[]).await, "clear");
        let kept = app.get_as(&pat.token, "/v1/screenings").await.expect(200);
        assert_eq!(kept["items"][0]["answers"]["brain_aneurysm"], false);
        assert_eq!(kept["items"][1]["answers"]["brain_aneurysm"], true);
        app.advance(Duration::days(31));
        assert_eq!(outcome(&pat, &[]).await, "clear");
    }
}

#[actix_web::test]
async fn a_clinician_agrees_once() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (pat, sam) = (app.patient("Pat Patient").await, app.patient("Sam Second").await);
        let clear = app.answer(&pat, &answers(&[])).await.expect(201);
        app.agree(&pat, id_of(&clear), &agreement()).await.expect_problem(409, "clearance-not-needed");
        let made = app.answer(&pat, &answers(&["blood_clots"])).await.expect(201);
        app.agree(&sam, id_of(&made), &agreement()).await.expect_problem(404, "not-found");
        let table = [
            ("clinician_name", json!(""), "/clinician_name"),
            ("clinician_profession", json!("a\u{7}"), "/clinician_profession"),
            ("cleared_on", json!("2026-11-26"), "/cleared_on"),
            ("cleared_on", json!("2025-11-22"), "/cleared_on"),
            ("cleared_on", json!("yesterday"), "/cleared_on"),
            ("statement", json!(" \n"), "/statement"),
            ("approved", json!(true), "/approved"),
        ];
        for (key, value, pointer) in table {
            let mut body = agreement();
            body[key] = value;
            let answer = app.agree(&pat, id_of(&made), &body).await;
            assert_eq!((answer.status, answer.pointers()), (422, vec![pointer]), "{}", answer.text);
        }

        let cleared = app.agree(&pat, id_of(&made), &agreement()).await;
        assert_eq!(cleared.header("etag"), "\"2\"");
        let cleared = cleared.expect(201);
        assert_eq!(cleared["clearance"]["clinician_name"], "Dr. Quinn Okafor");
        assert!(cleared["clearance"].get("statement").is_none());
        let read = app.look(&pat, id_of(&made)).await.expect(200);
        assert_eq!(read["clearance"]["statement"], agreement()["statement"]);
        assert_eq!(read["outcome"], "needs_clearance");
        app.agree(&pat, id_of(&made), &agreement()).await.expect_problem(409, "clearance-exists");
    }
}

#[actix_web::test]
async fn answers_are_read_by_the_booked_practitioner_who_leaves_a_trace() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, eve) = (app.bookable("Dana Reyes").await, app.bookable("Eve Other").await);
        let (pat, sam, ada) =
            (app.patient("Pat Patient").await, app.patient("Sam Second").await, app.admin("Ada Admin").await);
        let made = app.answer(&pat, &answers(&[])).await.expect(201);
        let id = id_of(&made);
        app.look(&dana.person, id).await.expect_problem(404, "not-found");
        app.booked(&pat, &dana, "2026-12-01T17:00:00Z", id).await;

        let read = app.look(&dana.person, id).await.expect(200);
        assert_eq!(read, app.look(&pat, id).await.expect(200));
        app.look(&dana.person, id).await.expect(200);
        for stranger in [&eve.person, &sam, &ada] {
            app.look(stranger, id).await.expect_problem(404, "not-found");
        }
        app.get(&format!("/v1/screenings/{id}")).await.expect_problem(401, "unauthenticated");
        let list = app.get_as(&dana.person.token, "/v1/screenings").await.expect(200);
        assert_eq!(list["items"], json!([]));
        let other = app.answer(&pat, &answers(&[])).await.expect(201);
        app.look(&dana.person, id_of(&other)).await.expect_problem(404, "not-found");

        let trail = app.get_as(&ada.token, &format!("/v1/admin/audit?subject={id}")).await.expect(200);
        let actions: Vec<&Value> =
            trail["items"].as_array().expect("a list").iter().map(|r| &r["action"]).collect();
        assert_eq!(actions, ["screening.read", "screening.read", "screening.create"]);
        assert_eq!(trail["items"][0]["actor"], json!(dana.person.id));
        assert!(!trail.to_string().contains("blood_clots"));
    }
}

#[actix_web::test]
async fn the_next_list_calls_for_new_answers() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, pat) = (app.bookable("Dana Reyes").await, app.patient("Pat Patient").await);
        let ada = app.admin("Ada Admin").await;
        let made = app.answer(&pat, &answers(&[])).await.expect(201);
        let near = app.booked(&pat, &dana, "2026-12-01T17:00:00Z", id_of(&made)).await;
        let gone = app.booked(&pat, &dana, "2026-12-02T17:00:00Z", id_of(&made)).await;
        let cancel = format!("/v1/appointments/{}/cancel", id_of(&gone));
        app.post_as(&pat.token, &cancel, &json!({"reason": "ill"})).await.expect(200);

        let published =
            app.post_as(&ada.token, "/v1/admin/contraindications", &next_list()).await.expect(201);
        assert_eq!(published["version"], 2);
        assert_eq!(published["items"], next_list()["items"]);
        assert_eq!(
            published["affected_appointments"],
            json!([{"id": near["id"], "starts_at": "2026-12-01T17:00:00Z", "practitioner_id": dana.id, "patient_id": pat.id}])
        );
        let list = app.get("/v1/contraindications").await;
        assert_eq!(list.header("etag"), "\"2\"");
        assert_eq!(list.body["items"], next_list()["items"]);
        app.answer(&pat, &answers(&[])).await.expect_problem(409, "contraindications-changed");
        let body = json!({
            "version": 2, "answers": {"recent_surgery": false}, "acknowledged": ["answers_are_true"], "signed_name": "Pat"
        });
        let again = app.answer(&pat, &body).await.expect(201);
        assert_ne!(again["text_sha256"], made["text_sha256"]);
        let later = dana.wish("2026-12-03T17:00:00Z", id_of(&made));
        app.post_as(&pat.token, "/v1/appointments", &later).await.expect_problem(422, "screening-invalid");
        app.booked(&pat, &dana, "2026-12-03T17:00:00Z", id_of(&again)).await;
    }
}

#[actix_web::test]
async fn only_whole_lists_are_published_and_only_by_admins() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (pat, ada) = (app.patient("Pat Patient").await, app.admin("Ada Admin").await);
        let path = "/v1/admin/contraindications";
        let item = |code: &str| json!({"code": code, "label": "Label", "explanation": "Text"});
        let but = |key: &str, value: Value| {
            let mut body = next_list();
            body[key] = value;
            body
        };
        let many: Vec<Value> = (0..51).map(|n| item(&format!("item_{n}"))).collect();
        let table: [(Value, &[&str]); 8] = [
            (but("items", json!([])), &["/items"]),
            (but("items", json!(many)), &["/items"]),
            (but("items", json!([item("a"), item("a")])), &["/items/1/code"]),
            (but("items", json!([item("A b")])), &["/items/0/code"]),
            (
                but("items", json!([{"code": "a", "label": "", "explanation": " "}])),
                &["/items/0/label", "/items/0/explanation"],
            ),
            (but("statements", json!([])), &["/statements"]),
            (but("statements", json!([{"code": "a", "text": "x".repeat(2_001)}])), &["/statements/0/text"]),
            (but("version", json!(7)), &["/version"]),
        ];
        for (body, pointers) in table {
            let answer = app.post_as(&ada.token, path, &body).await;
            assert_eq!((answer.status, answer.pointers()), (422, pointers.to_vec()), "{}", answer.text);
        }
        app.post_as(&pat.token, path, &next_list()).await.expect_problem(403, "forbidden");
        app.post(path, &next_list()).await.expect_problem(401, "unauthenticated");

        // Two at once: each version is published once, whoever is told to look again.
        let list = next_list();
        let (one, two) =
            tokio::join!(app.post_as(&ada.token, path, &list), app.post_as(&ada.token, path, &list));
        let mut published: Vec<i64> = Vec::new();
        for answer in [one, two] {
            match answer.status {
                201 => published.push(answer.body["version"].as_i64().expect("a number")),
                _ => drop(answer.expect_problem(409, "contraindications-changed")),
            }
        }
        published.sort_unstable();
        assert!(published == [2] || published == [2, 3], "{published:?}");
        let current = app.get("/v1/contraindications").await.expect(200)["version"].as_i64();
        assert_eq!(current.as_ref(), published.last());
    }
}

#[actix_web::test]
async fn nothing_sealed_lies_open_in_the_database() {
    let app = TestApp::start(crate::common::Backend::Sqlite).await;
    let pat = app.patient("Pat Patient").await;
    let mut body = answers(&["blood_clots"]);
    body["signed_name"] = json!("Canarysignature");
    let made = app.answer(&pat, &body).await.expect(201);
    app.agree(&pat, id_of(&made), &agreement()).await.expect(201);
    let mut all = Vec::new();
    for entry in std::fs::read_dir(app.folder.path()).expect("a folder").flatten() {
        if entry.path().is_file() {
            all.extend(std::fs::read(entry.path()).expect("a file"));
        }
    }
    let holds = |word: &str| all.windows(word.len()).any(|part| part == word.as_bytes());
    // What is meant to be readable is found, so the search looks in the right place.
    assert!(holds("Pat Patient"));
    for word in ["Canarysignature", "canarysentence", "Okafor"] {
        assert!(!holds(word), "{word}");
    }
}

/// A "yes" counts for thirty days from when it was said; the "no" after it starts no new count.
#[actix_web::test]
async fn a_yes_is_over_after_thirty_days() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let pat = app.patient("Pat").await;
        let list = app.get("/v1/contraindications").await.expect(200);
        let codes = |key: &str| -> Vec<String> {
            let items = list[key].as_array().expect("a list");
            items.iter().map(|item| item["code"].as_str().expect("a code").to_owned()).collect()
        };
        let table = [(0, true, "needs_clearance"), (20, false, "needs_clearance"), (11, false, "clear")];
        for (days, yes, outcome) in table {
            app.advance(chrono::Duration::days(days));
            let answers: serde_json::Map<String, serde_json::Value> =
                codes("items").into_iter().map(|code| (code, json!(yes))).collect();
            let body = json!({
                "version": 1, "answers": answers, "acknowledged": codes("statements"), "signed_name": "Pat"
            });
            let made = app.post_as(&pat.token, "/v1/screenings", &body).await.expect(201);
            assert_eq!(made["outcome"], outcome, "{days} days later");
        }
    }
}
