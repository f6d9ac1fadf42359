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
