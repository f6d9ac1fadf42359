//! What holds for every path: problems, headers, unknown things.

use serde_json::json;

use crate::common::{TestApp, each_backend};

#[actix_web::test]
async fn every_error_is_a_problem_with_a_request_id() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.get("/nowhere").await.expect_problem(404, "not-found");
        let answer = app.call("DELETE", "/healthz", None, None).await;
        assert_eq!(answer.header("allow"), "GET, HEAD");
        answer.expect_problem(405, "method-not-allowed");
        app.get("/healthz?x=1").await.expect_problem(400, "invalid-query");
        assert_eq!(app.call("HEAD", "/healthz", None, None).await.status, 200);
        let given = "0190f3c6-0000-7000-8000-000000000001";
        let answer = TestApp::send(app.request("GET", "/nowhere").header("x-request-id", given)).await;
        assert_eq!(answer.header("x-request-id"), given);
        assert_eq!(answer.body["request_id"], json!(given));
    }
}

#[actix_web::test]
async fn the_server_says_it_is_ready_and_describes_itself() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.get("/healthz").await.expect(200);
        app.get("/readyz").await.expect(200);
        let doc = app.get("/openapi.json").await.expect(200);
        assert!(doc["paths"]["/healthz"]["get"].is_object());
        let docs = app.get("/docs/").await;
        assert_eq!(docs.status, 200, "{}", docs.text);
        let metrics = app.get("/metrics").await;
        assert!(metrics.text.contains("stillpoint_requests_total"), "{}", metrics.text);
        for header in
            ["strict-transport-security", "x-content-type-options", "content-security-policy", "x-request-id"]
        {
            assert!(!metrics.header(header).is_empty(), "{header}");
        }
    }
}

#[actix_web::test]
async fn chores_have_nothing_to_do_in_an_empty_house() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.chores().await;
        app.advance(chrono::Duration::days(400));
        app.chores().await;
        assert!(app.faults().is_empty());
    }
}

#[actix_web::test]
async fn a_request_keeps_the_name_its_client_gave_it() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        for name in [
            "abc-123",
            "0190f3c6-0000-7000-8000-000000000001",
            "Root=1-67891233-abcdef012345",
            &"x".repeat(128),
        ] {
            let answer = TestApp::send(app.request("GET", "/nowhere").header("x-request-id", name)).await;
            assert_eq!((answer.header("x-request-id"), &answer.body["request_id"]), (name, &json!(name)));
        }
        for name in ["", "two words", "\"quoted\"", "<b>", &"x".repeat(129)] {
            let answer = TestApp::send(app.request("GET", "/nowhere").header("x-request-id", name)).await;
            let made = answer.header("x-request-id");
            assert!(made != name && uuid::Uuid::try_parse(made).is_ok(), "{name}: {made}");
        }
    }
}

#[actix_web::test]
async fn what_is_no_json_is_told_from_wrong_fields() {
    let table = r#"
        {                                                  | 400 | malformed-json
        [[[                                                | 400 | malformed-json
        {"email": 5                                        | 400 | malformed-json
        {"nonsense": 1, }                                  | 400 | malformed-json
        {"email": "a@example.org", "password": "x"} {}     | 400 | malformed-json
        []                                                 | 422 | invalid-body
        null                                               | 422 | invalid-body
        {"email": 1e999, "password": "x"}                  | 422 | invalid-body
        {"email": "a@example.org", "password": "x", "email": "b@example.org"} | 422 | invalid-body
        {"email": "a@example.org", "password": "x", "role": "admin"}          | 422 | invalid-body"#;
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let send = |body: Vec<u8>| {
            let request = app.request("POST", "/v1/sessions").header("content-type", "application/json");
            TestApp::send(request.body(body))
        };
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let answer = send(cells[0].as_bytes().to_vec()).await;
            answer.expect_problem(cells[1].parse().expect("a status"), cells[2]);
        }
        send(b"{\"email\": \"\xff\"}".to_vec()).await.expect_problem(400, "malformed-json");
        send("[".repeat(100_000).into_bytes()).await.expect_problem(400, "malformed-json");
        send(Vec::new()).await.expect_problem(400, "malformed-json");
        app.get("/v1/practitioners?q=%ff").await.expect_problem(400, "invalid-query");
    }
}

#[actix_web::test]
async fn the_description_can_be_browsed() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        for path in ["/docs", "/docs/", "/docs/swagger-ui-bundle.js", "/docs/swagger-initializer.js"] {
            let answer = app.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            // The page could not draw itself under the policy of the other answers.
            let policy = answer.header("content-security-policy");
            for allowed in ["script-src 'self'", "style-src 'self'", "connect-src 'self'"] {
                assert!(policy.contains(allowed), "{path}: {policy}");
            }
            assert_eq!(app.call("HEAD", path, None, None).await.status, 200, "{path}");
            app.call("POST", path, None, None).await.expect_problem(405, "method-not-allowed");
        }
        assert!(app.get("/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
        app.get("/docs/nothing").await.expect_problem(404, "not-found");
        app.get("/docs/../secret.key").await.expect_problem(404, "not-found");
    }
}

#[actix_web::test]
async fn strange_methods_are_counted_as_one() {
    let app = TestApp::start(each_backend()[0]).await;
    for method in ["FROBNICATE", "TRACE", "X-1"] {
        app.call(method, "/healthz", None, None).await.expect_problem(405, "method-not-allowed");
    }
    let metrics = app.get("/metrics").await.text;
    assert!(metrics.contains("method=\"other\"") && !metrics.contains("FROBNICATE"), "{metrics}");
}
