//! What is answered to somebody not signed in is answered once a key as well.

use serde_json::{Value, json};

use super::{OTHER, PASSWORD, Post, registration, text};
use crate::common::{Answer, TestApp, each_backend};

impl Post {
    async fn keyed(&self, key: &str, path: &str, body: &Value) -> Answer {
        TestApp::send(self.request("POST", path).header("idempotency-key", key).json(body)).await
    }
}

#[actix_web::test]
async fn signing_in_twice_under_a_key_opens_one_session() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.newcomer("dana@example.org").await;
        let proof = json!({"email": "dana@example.org", "password": PASSWORD});
        let first = app.keyed("in", "/v1/sessions", &proof).await;
        let again = app.keyed("in", "/v1/sessions", &proof).await;
        assert_eq!((first.status, &first.text), (201, &again.text), "{}", again.text);
        assert_eq!(again.header("idempotent-replayed"), "true");
        let token = text(&first.body["token"]);
        let sessions = app.get_as(&token, "/v1/sessions").await.expect(200);
        assert_eq!(sessions["items"].as_array().map(Vec::len), Some(2), "{sessions}");

        let wrong = json!({"email": "dana@example.org", "password": OTHER});
        app.keyed("in", "/v1/sessions", &wrong).await.expect_problem(422, "idempotency-key-reused");
        // A session that has ended is not opened again by its answer.
        app.delete_as(&token, "/v1/sessions/current").await.expect(204);
        let dead = app.keyed("in", "/v1/sessions", &proof).await.expect(201);
        app.get_as(&text(&dead["token"]), "/v1/me").await.expect_problem(401, "unauthenticated");
        app.sign_in("dana@example.org", PASSWORD).await.expect(201);
    }
}

#[actix_web::test]
async fn a_wrong_password_counts_once_a_key_and_a_wait_is_not_kept() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.newcomer("dana@example.org").await;
        let wrong = json!({"email": "dana@example.org", "password": OTHER});
        for _ in 0..20 {
            app.keyed("guess", "/v1/sessions", &wrong).await.expect_problem(401, "invalid-credentials");
        }
        app.sign_in("dana@example.org", PASSWORD).await.expect(201);
        let right = json!({"email": "dana@example.org", "password": PASSWORD});
        for nth in 0..20 {
            if app.keyed(&format!("guess-{nth}"), "/v1/sessions", &wrong).await.status == 429 {
                break;
            }
        }
        let waiting = app.keyed("patience", "/v1/sessions", &right).await;
        assert!(!waiting.header("retry-after").is_empty());
        waiting.expect_problem(429, "too-many-requests");
        app.advance(chrono::Duration::minutes(16));
        app.keyed("patience", "/v1/sessions", &right).await.expect(201);
    }
}

#[actix_web::test]
async fn registering_twice_under_a_key_sends_one_mail() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let wish = registration("dana@example.org");
        let first = app.keyed("new", "/v1/accounts", &wish).await;
        let again = app.keyed("new", "/v1/accounts", &wish).await;
        assert_eq!((first.status, &first.text), (202, &again.text));
        assert_eq!(again.header("idempotent-replayed"), "true");
        app.mail("dana@example.org", 1).await;
        app.register("somebody@example.org").await.expect(202);
        app.mail("somebody@example.org", 1).await;
        assert_eq!(app.mails("dana@example.org").len(), 1);
        let reset = json!({"email": "dana@example.org"});
        let first = app.keyed("reset", "/v1/password-resets", &reset).await;
        assert_eq!(app.keyed("reset", "/v1/password-resets", &reset).await.text, first.text);
    }
}
