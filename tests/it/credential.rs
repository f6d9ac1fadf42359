//! Credentials: handed in, checked, decided on, renewed; and their evidence.

use chrono::Duration;
use reqwest::header;
use serde_json::{Value, json};

use crate::{
    common::{Answer, Bookable, Person, TestApp, each_backend},
    evidence::PDF,
};

fn licence() -> Value {
    json!({
        "kind": "licence", "issuer": "Washington Chiropractic Commission", "jurisdiction": "us-wa",
        "number": "CH 60012345", "issued_on": "2024-02-01", "expires_on": "2027-01-31"
    })
}

fn decision(decision: &str) -> Value {
    json!({
        "decision": decision, "method": "primary_source", "source_url": "https://example.org/lookup?n=1",
        "checked_on": "2026-11-24", "note": "Found with the board."
    })
}

impl TestApp {
    async fn submit(&self, dana: &Bookable, body: &Value) -> Value {
        self.post_as(&dana.person.token, &dana.path("/credentials"), body).await.expect(201)
    }

    async fn decide(&self, admin: &Person, id: &Value, body: &Value) -> Answer {
        let path = format!("/v1/admin/credentials/{}/decisions", id.as_str().expect("an id"));
        self.post_as(&admin.token, &path, body).await
    }
}

fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

fn without(mut body: Value, key: &str) -> Value {
    body.as_object_mut().expect("an object").remove(key);
    body
}

#[actix_web::test]
async fn a_licence_is_handed_in_and_verified() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);

        let answer = app.post_as(&dana.person.token, &dana.path("/credentials"), &licence()).await;
        let location = answer.header("location").to_owned();
        assert_eq!(answer.version(), 1);
        let held = answer.expect(201);
        assert_eq!(location, dana.path(&format!("/credentials/{}", held["id"].as_str().expect("an id"))));
        assert_eq!(held["status"], "submitted");
        assert_eq!(held["jurisdiction"], "US-WA");
        assert_eq!(held["provider_type"], "chiropractor");
        assert_eq!(held["verified_on"], Value::Null);
        assert_eq!(held["history"][0]["from"], Value::Null);
        assert_eq!(held["history"][0]["actor"], json!(dana.person.id));

        let queue = app.get_as(&ada.token, "/v1/admin/credentials").await.expect(200);
        assert_eq!(queue["items"][0]["id"], held["id"]);
        assert_eq!(queue["items"][0]["practitioner"]["name"], "Dana Reyes");

        let verified = app.decide(&ada, &held["id"], &decision("verify")).await.expect(201);
        assert_eq!(verified["status"], "verified");
        assert_eq!(verified["verified_on"], "2026-11-24");
        assert_eq!(verified["method"], "primary_source");
        assert_eq!(verified["source_url"], "https://example.org/lookup?n=1");
        let step = &verified["history"][1];
        assert_eq!(
            (&step["decision"], &step["from"], &step["to"]),
            (&json!("verify"), &json!("submitted"), &json!("verified"))
        );
        assert_eq!((&step["actor"], &step["note"]), (&json!(ada.id), &json!("Found with the board.")));

        let own = app.get_as(&dana.person.token, &location).await.expect(200);
        assert_eq!(own, verified);
        let all = app.get_as(&dana.person.token, &dana.path("/credentials")).await.expect(200);
        assert_eq!(all["items"].as_array().expect("a list").len(), 2);
        let queue = app.get_as(&ada.token, "/v1/admin/credentials").await.expect(200);
        assert_eq!(queue["items"], json!([]));
    }
}

#[actix_web::test]
async fn only_the_listed_moves_are_allowed() {
    let allowed = [
        ("submitted", "verify", "verified"),
        ("submitted", "reject", "rejected"),
        ("submitted", "request_information", "information_requested"),
        ("verified", "suspend", "suspended"),
        ("verified", "revoke", "revoked"),
        ("suspended", "reinstate", "verified"),
        ("suspended", "revoke", "revoked"),
    ];
    let ways: [(&str, &[&str]); 6] = [
        ("submitted", &[]),
        ("information_requested", &["request_information"]),
        ("verified", &["verify"]),
        ("rejected", &["reject"]),
        ("suspended", &["verify", "suspend"]),
        ("revoked", &["verify", "revoke"]),
    ];
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let ada = app.admin("Ada Admin").await;
        for (from, way) in ways {
            let dana = app.bookable("Dana Reyes").await;
            let path = |id: &Value| dana.path(&format!("/credentials/{}", id.as_str().expect("an id")));
            for verdict in ["verify", "reject", "request_information", "suspend", "reinstate", "revoke"] {
                let id = app.submit(&dana, &licence()).await["id"].clone();
                for step in way {
                    app.decide(&ada, &id, &decision(step)).await.expect(201);
                }
                let answer = app.decide(&ada, &id, &decision(verdict)).await;
                match allowed.iter().find(|(f, v, _)| (*f, *v) == (from, verdict)) {
                    Some((_, _, to)) => assert_eq!(answer.expect(201)["status"], *to, "{from} {verdict}"),
                    None => drop(answer.expect_problem(409, "invalid-transition")),
                }
            }
            let id = app.submit(&dana, &licence()).await["id"].clone();
            for step in way {
                app.decide(&ada, &id, &decision(step)).await.expect(201);
            }
            let edit = json!({"number": "CH 60099999"});
            let answer = app.patch_as(&dana.person.token, &path(&id), &edit).await;
            if ["rejected", "suspended", "revoked"].contains(&from) {
                answer.expect_problem(409, "invalid-transition");
            } else {
                let edited = answer.expect(200);
                assert_eq!((&edited["status"], &edited["verified_on"]), (&json!("submitted"), &Value::Null));
            }
        }
    }
}

#[actix_web::test]
async fn a_verified_licence_makes_bookable_and_a_suspended_one_does_not() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let listed = async || {
            let found = app.get("/v1/practitioners?near=45.51,-122.68").await.expect(200);
            found["items"].as_array().expect("a list").len()
        };
        assert_eq!(listed().await, 1);
        let licence = json!(dana.licence);
        app.decide(&ada, &licence, &decision("suspend")).await.expect(201);
        assert_eq!(listed().await, 0);
        app.decide(&ada, &licence, &decision("reinstate")).await.expect(201);
        assert_eq!(listed().await, 1);
    }
}

#[actix_web::test]
async fn an_expired_licence_is_renewed() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let id = app.submit(&dana, &licence()).await["id"].clone();
        app.decide(&ada, &id, &decision("verify")).await.expect(201);
        let path = dana.path(&format!("/credentials/{}", id.as_str().expect("an id")));

        // The last day is the last day in Los Angeles, not in Greenwich.
        app.set_now("2027-02-01T07:59:00Z");
        assert_eq!(app.get_as(&dana.person.token, &path).await.expect(200)["status"], "verified");
        let verified = app.get_as(&ada.token, "/v1/admin/credentials?status=verified").await.expect(200);
        assert_eq!(verified["items"].as_array().expect("a list").len(), 2);
        app.advance(Duration::minutes(2));
        assert_eq!(app.get_as(&dana.person.token, &path).await.expect(200)["status"], "expired");
        let expired = app.get_as(&ada.token, "/v1/admin/credentials?status=expired").await.expect(200);
        assert_eq!(expired["items"].as_array().expect("a list").len(), 1);
        assert_eq!(expired["items"][0]["id"], id);
        app.decide(&ada, &id, &decision("suspend")).await.expect_problem(409, "invalid-transition");

        // The same facts again renew nothing; new ones do.
        let same = app.patch_as(&dana.person.token, &path, &json!({})).await.expect(200);
        assert_eq!(same["status"], "expired");
        let stale = json!({"issued_on": "2024-02-02"});
        app.patch_as(&dana.person.token, &path, &stale).await.expect(200);
        let over = app.decide(&ada, &id, &decision("verify")).await;
        assert_eq!(over.pointers(), ["/decision"]);
        over.expect_problem(422, "invalid-body");
        let renewed = json!({"expires_on": "2029-01-31"});
        let renewed = app.patch_as(&dana.person.token, &path, &renewed).await.expect(200);
        assert_eq!(renewed["history"][2]["from"], "expired");
        assert_eq!(app.decide(&ada, &id, &decision("verify")).await.expect(201)["status"], "verified");
        let forever = app.patch_as(&dana.person.token, &path, &json!({"expires_on": null})).await.expect(200);
        assert_eq!((&forever["expires_on"], &forever["status"]), (&Value::Null, &json!("submitted")));
    }
}

#[actix_web::test]
async fn information_is_asked_for_and_given() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let id = app.submit(&dana, &licence()).await["id"].clone();
        let asked = app.decide(&ada, &id, &decision("request_information")).await.expect(201);
        assert_eq!(asked["status"], "information_requested");
        let path = dana.path(&format!("/credentials/{}", id.as_str().expect("an id")));
        let given =
            app.patch_as(&dana.person.token, &path, &json!({"note": "As uploaded."})).await.expect(200);
        assert_eq!(given["status"], "submitted");
        assert_eq!(given["history"][2]["note"], "As uploaded.");
        assert_eq!(given["history"][2]["decision"], Value::Null);
    }
}

#[actix_web::test]
async fn bad_fields_are_named() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let table = [
            (with(licence(), "kind", json!("diploma")), "/kind"),
            (with(licence(), "issuer", json!("  ")), "/issuer"),
            (with(licence(), "issuer", json!("x".repeat(121))), "/issuer"),
            (with(licence(), "number", json!("a\nb")), "/number"),
            (with(licence(), "jurisdiction", json!("Oregon")), "/jurisdiction"),
            (with(licence(), "issued_on", json!("2026-11-26")), "/issued_on"),
            (with(licence(), "issued_on", json!("2026-02-30")), "/issued_on"),
            (with(licence(), "expires_on", json!("2024-01-31")), "/expires_on"),
            (with(licence(), "status", json!("verified")), "/status"),
            (without(licence(), "issuer"), "/issuer"),
        ];
        for (body, pointer) in table {
            let answer = app.post_as(&dana.person.token, &dana.path("/credentials"), &body).await;
            assert_eq!((answer.status, answer.pointers()), (422, vec![pointer]), "{}", answer.text);
        }
        let several = json!({"kind": "x", "issuer": "", "jurisdiction": "", "number": "", "issued_on": ""});
        let answer = app.post_as(&dana.person.token, &dana.path("/credentials"), &several).await;
        assert_eq!(answer.pointers().len(), 5);

        let id = app.submit(&dana, &licence()).await["id"].clone();
        let table = [
            (with(decision("verify"), "decision", json!("expire")), "/decision"),
            (with(decision("verify"), "method", json!("phone")), "/method"),
            (without(decision("verify"), "source_url"), "/source_url"),
            (with(decision("verify"), "source_url", json!("javascript:alert(1)")), "/source_url"),
            (with(decision("verify"), "source_url", json!("https://me:pw@example.org/")), "/source_url"),
            (with(decision("verify"), "source_url", json!("example.org")), "/source_url"),
            (with(decision("verify"), "checked_on", json!("2026-11-26")), "/checked_on"),
            (with(decision("verify"), "note", json!(" ")), "/note"),
            (without(decision("verify"), "note"), "/note"),
            (with(decision("verify"), "note", json!("x".repeat(2_001))), "/note"),
        ];
        for (body, pointer) in table {
            let answer = app.decide(&ada, &id, &body).await;
            assert_eq!((answer.status, answer.pointers()), (422, vec![pointer]), "{}", answer.text);
        }
        let path = dana.path(&format!("/credentials/{}", id.as_str().expect("an id")));
        let answer = app.patch_as(&dana.person.token, &path, &json!({"expires_on": "2020-01-01"})).await;
        assert_eq!((answer.status, answer.pointers()), (422, vec!["/expires_on"]), "{}", answer.text);
        for query in
            ["status=old", "jurisdiction=X", "expires_before=soon", "limit=101", "cursor=x", "near=1,2"]
        {
            let answer = app.get_as(&ada.token, &format!("/v1/admin/credentials?{query}")).await;
            answer.expect_problem(400, "invalid-query");
        }
    }
}

#[actix_web::test]
async fn the_queue_is_filtered_and_paged_oldest_first() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let mut made = Vec::new();
        for (jurisdiction, expires_on) in
            [("US-WA", "2027-01-31"), ("NZ", "2028-01-31"), ("US-OR", "2029-01-31"), ("US", "2026-12-01")]
        {
            let body = with(licence(), "jurisdiction", json!(jurisdiction));
            made.push(app.submit(&dana, &with(body, "expires_on", json!(expires_on))).await["id"].clone());
        }
        let found = async |query: &str| {
            let found = app.get_as(&ada.token, &format!("/v1/admin/credentials{query}")).await.expect(200);
            found["items"].as_array().expect("a list").iter().map(|i| i["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(found("").await, made);
        assert_eq!(found("?jurisdiction=us-or").await, [made[2].clone()]);
        assert_eq!(found("?jurisdiction=US").await, [made[0].clone(), made[2].clone(), made[3].clone()]);
        assert_eq!(found("?expires_before=2028-01-31").await, [made[0].clone(), made[3].clone()]);
        assert_eq!(found("?status=verified").await, [json!(dana.licence)]);

        let (mut seen, mut path) = (Vec::new(), "/v1/admin/credentials?limit=3".to_owned());
        loop {
            let page = app.get_as(&ada.token, &path).await.expect(200);
            seen.extend(page["items"].as_array().expect("a list").iter().map(|i| i["id"].clone()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/admin/credentials?limit=3&cursor={cursor}");
        }
        assert_eq!(seen, made);
    }
}

#[actix_web::test]
async fn nobody_decides_on_their_own_or_on_what_they_have_not_seen() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let record = json!({
            "provider_type": "osteopath", "given_name": "Ada", "family_name": "Admin",
            "time_zone": "America/Los_Angeles", "languages": ["en"], "concerns": [], "accepts_new_patients": true
        });
        let own = app.post_as(&ada.token, "/v1/practitioners", &record).await.expect(201);
        let path = format!("/v1/practitioners/{}/credentials", own["id"].as_str().expect("an id"));
        let held = app.post_as(&ada.token, &path, &licence()).await.expect(201);
        app.decide(&ada, &held["id"], &decision("verify")).await.expect_problem(403, "own-credential");
        let bob = app.admin("Bob Admin").await;
        app.decide(&bob, &held["id"], &decision("verify")).await.expect(201);

        let id = app.submit(&dana, &licence()).await["id"].clone();
        let id = id.as_str().expect("an id");
        app.patch_as(&dana.person.token, &dana.path(&format!("/credentials/{id}")), &json!({"number": "7"}))
            .await
            .expect(200);
        let decide = |seen: &'static str| {
            let path = format!("/v1/admin/credentials/{id}/decisions");
            let request = app.request("POST", &path).bearer_auth(&ada.token);
            TestApp::send(request.header(header::IF_MATCH, seen).json(&decision("verify")))
        };
        decide("\"1\"").await.expect_problem(412, "stale-write");
        decide("\"2\"").await.expect(201);
        let stale = app.request("PATCH", &dana.path(&format!("/credentials/{id}")));
        let stale = stale.bearer_auth(&dana.person.token).header(header::IF_MATCH, "\"2\"");
        TestApp::send(stale.json(&json!({"number": "8"}))).await.expect_problem(412, "stale-write");
    }
}

#[actix_web::test]
async fn others_do_not_see_a_credential() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let (eve, pat) = (app.bookable("Eve Other").await, app.patient("Pat Patient").await);
        let id = app.submit(&dana, &licence()).await["id"].clone();
        let id = id.as_str().expect("an id");
        let own = dana.path(&format!("/credentials/{id}"));
        let crossed = eve.path(&format!("/credentials/{id}"));
        let unknown = dana.path("/credentials/01936d3e-0000-7000-8000-000000000000");
        for path in [&own, &crossed, &unknown] {
            app.get_as(&eve.person.token, path).await.expect_problem(404, "not-found");
            app.patch_as(&eve.person.token, path, &json!({"number": "1"}))
                .await
                .expect_problem(404, "not-found");
            app.upload(&eve.person.token, &format!("{path}/documents"), None, PDF)
                .await
                .expect_problem(404, "not-found");
        }
        app.get_as(&eve.person.token, &dana.path("/credentials")).await.expect_problem(404, "not-found");
        app.post_as(&eve.person.token, &dana.path("/credentials"), &licence())
            .await
            .expect_problem(404, "not-found");
        app.get_as(&pat.token, &own).await.expect_problem(403, "forbidden");
        app.get(&own).await.expect_problem(401, "unauthenticated");
        app.get_as(&ada.token, &own).await.expect(200);
        for path in ["/v1/admin/credentials".to_owned(), format!("/v1/admin/credentials/{id}")] {
            app.get_as(&dana.person.token, &path).await.expect_problem(403, "forbidden");
            app.get(&path).await.expect_problem(401, "unauthenticated");
        }
        let path = format!("/v1/admin/credentials/{id}/decisions");
        app.post_as(&dana.person.token, &path, &decision("verify")).await.expect_problem(403, "forbidden");
        app.decide(&ada, &json!("01936d3e-0000-7000-8000-000000000000"), &decision("verify"))
            .await
            .expect_problem(404, "not-found");
    }
}

#[actix_web::test]
async fn thirty_credentials_are_enough() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        for _ in 0..29 {
            app.submit(&dana, &licence()).await;
        }
        app.post_as(&dana.person.token, &dana.path("/credentials"), &licence())
            .await
            .expect_problem(409, "too-many-credentials");
    }
}
