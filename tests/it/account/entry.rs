//! Registering, verifying, signing in and out, choosing a new password.

use chrono::Duration;
use serde_json::json;

use super::{OTHER, PASSWORD, Post, registration, text, token_in};
use crate::common::each_backend;

#[actix_web::test]
async fn an_account_opens_with_the_token_of_the_mail() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let answer = app.register("Dana@Example.org").await.expect(202);
        assert_eq!(answer, json!({"status": "check_your_email"}));
        app.sign_in("dana@example.org", PASSWORD).await.expect_problem(401, "invalid-credentials");

        let mail = app.mail("Dana@Example.org", 1).await;
        assert!(mail.contains("http://stillpoint.test/verify-email?token="), "{mail}");
        assert!(mail.contains("Message-ID: <") && mail.contains("Auto-Submitted: auto-generated"), "{mail}");
        assert!(!mail.contains("Reyes"), "{mail}");
        let token = token_in(&mail);
        let session = app.post("/v1/email-verifications", &json!({"token": token})).await.expect(201);
        assert_eq!(session["account"]["email"], "Dana@Example.org");
        assert_eq!(session["account"]["time_zone"], "America/Los_Angeles");
        assert_eq!(session["account"]["roles"], json!(["patient"]));
        let ends: chrono::DateTime<chrono::Utc> = text(&session["expires_at"]).parse().expect("an instant");
        assert_eq!((ends - app.now()).num_days(), 29);

        let again = app.post("/v1/email-verifications", &json!({"token": token})).await;
        again.expect_problem(422, "invalid-token");
        let signed_in = app.sign_in(" DANA@example.ORG", PASSWORD).await.expect(201);
        assert_ne!(signed_in["token"], session["token"]);
        let me = app.get_as(&text(&signed_in["token"]), "/v1/me").await.expect(200);
        assert_eq!(me["id"], session["account"]["id"]);
    }
}

#[actix_web::test]
async fn a_known_address_hears_of_it_and_the_caller_does_not() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let stranger = app.register("dana@example.org").await;
        let token = token_in(&app.mail("dana@example.org", 1).await);
        app.post("/v1/email-verifications", &json!({"token": token})).await.expect(201);

        let mut wish = registration("DANA@example.org");
        wish["password"] = json!(OTHER);
        let known = app.post("/v1/accounts", &wish).await;
        assert_eq!((known.status, &known.text), (stranger.status, &stranger.text));
        let mail = app.mail("dana@example.org", 2).await;
        assert!(mail.contains("You already have") && !mail.contains("token="), "{mail}");
        app.sign_in("dana@example.org", OTHER).await.expect_problem(401, "invalid-credentials");
        app.sign_in("dana@example.org", PASSWORD).await.expect(201);
    }
}

#[actix_web::test]
async fn a_newer_link_kills_the_older_and_links_grow_old() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.register("dana@example.org").await.expect(202);
        let first = token_in(&app.mail("dana@example.org", 1).await);
        app.register("dana@example.org").await.expect(202);
        let second = token_in(&app.mail("dana@example.org", 2).await);
        assert_ne!(first, second);
        let verify = async |token: &str| app.post("/v1/email-verifications", &json!({"token": token})).await;
        verify(&first).await.expect_problem(422, "invalid-token");
        for nonsense in ["", "x", &"A".repeat(43), &"A".repeat(9_000)] {
            verify(nonsense).await.expect_problem(422, "invalid-token");
        }
        app.advance(Duration::minutes(61));
        verify(&second).await.expect_problem(422, "invalid-token");
    }
}

#[actix_web::test]
async fn every_bad_field_is_named() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let body = json!({"email": "dana", "password": "short", "name": " ", "time_zone": "Mars/Base"});
        let refused = app.post("/v1/accounts", &body).await;
        assert_eq!(refused.pointers(), ["/email", "/name", "/time_zone", "/password"]);
        refused.expect_problem(422, "invalid-body");

        for bad in ["elevenchars", &"x".repeat(129), "password12345", "dana reyes dana", "danareyes@example"]
        {
            let mut body = registration("dana.reyes@example.org");
            body["password"] = json!(bad);
            let refused = app.post("/v1/accounts", &body).await;
            assert_eq!(refused.pointers(), ["/password"], "{bad}");
        }
        let mut body = registration("dana@example.org");
        body["role"] = json!("admin");
        assert_eq!(app.post("/v1/accounts", &body).await.pointers(), ["/role"]);
        for injected in ["dana@example.org\r\nBcc: x@example.org", "a@b.org, c@d.org"] {
            assert_eq!(app.register(injected).await.pointers(), ["/email"]);
        }
    }
}

#[actix_web::test]
async fn whatever_is_wrong_the_refusal_is_one() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.newcomer("dana@example.org").await;
        let mut refusals = Vec::new();
        for (email, password) in [
            ("dana@example.org", OTHER),
            ("nobody@example.org", PASSWORD),
            ("no address", PASSWORD),
            ("dana@example.org", ""),
            ("dana@example.org", &"x".repeat(5_000)),
        ] {
            let refused = app.sign_in(email, password).await;
            let mut problem = refused.expect_problem(401, "invalid-credentials");
            problem["request_id"] = json!(null);
            refusals.push(problem);
        }
        assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]), "{refusals:?}");
    }
}

#[actix_web::test]
async fn sessions_are_listed_and_end_at_once() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let first = text(&app.newcomer("dana@example.org").await["token"]);
        let second = text(&app.sign_in("dana@example.org", PASSWORD).await.expect(201)["token"]);
        let stranger = app.patient("Sam").await;

        let list = app.get_as(&second, "/v1/sessions").await.expect(200);
        let items = list["items"].as_array().expect("a list");
        assert_eq!(
            items.iter().map(|s| s["current"].as_bool()).collect::<Vec<_>>(),
            [Some(false), Some(true)]
        );
        assert_eq!(list["next_cursor"], json!(null));
        let page = app.get_as(&second, "/v1/sessions?limit=1").await;
        assert!(page.header("link").contains("rel=\"next\""));
        let cursor = text(&page.expect(200)["next_cursor"]);
        let rest = app.get_as(&second, &format!("/v1/sessions?limit=1&cursor={cursor}")).await.expect(200);
        assert_eq!(rest["items"][0]["id"], items[1]["id"]);
        assert_eq!(app.get_as(&second, "/v1/sessions?limit=101").await.status, 400);

        let path = format!("/v1/sessions/{}", text(&items[0]["id"]));
        app.delete_as(&stranger.token, &path).await.expect_problem(404, "not-found");
        app.get_as(&first, "/v1/me").await.expect(200);
        assert_eq!(app.delete_as(&second, &path).await.status, 204);
        assert_eq!(app.get_as(&first, "/v1/me").await.status, 401);
        app.delete_as(&second, &path).await.expect_problem(404, "not-found");

        let out = app.delete_as(&second, "/v1/sessions/current").await;
        assert_eq!(out.status, 204);
        assert!(out.header("clear-site-data").contains("\"cookies\""));
        assert_eq!(app.get_as(&second, "/v1/me").await.status, 401);
    }
}

#[actix_web::test]
async fn a_session_lasts_as_long_as_its_role_allows() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let token = text(&app.newcomer("dana@example.org").await["token"]);
        app.advance(Duration::days(30) - Duration::minutes(5));
        app.get_as(&token, "/v1/me").await.expect(200);
        app.advance(Duration::minutes(6));
        assert_eq!(app.get_as(&token, "/v1/me").await.status, 401);
    }
}

#[actix_web::test]
async fn a_forgotten_password_is_chosen_anew_once() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let session = text(&app.newcomer("dana@example.org").await["token"]);
        let ask = async |email: &str| app.post("/v1/password-resets", &json!({"email": email})).await;
        let set = async |token: &str, password: &str| {
            let body = json!({"password": password});
            app.call("PUT", &format!("/v1/password-resets/{token}"), None, Some(&body)).await
        };
        let (unknown, known) = (ask("nobody@example.org").await, ask("DANA@example.org").await);
        assert_eq!((unknown.status, &unknown.text), (202, &known.text));
        assert_eq!(known.status, 202);
        let first = token_in(&app.mail("dana@example.org", 2).await);
        ask("dana@example.org").await.expect(202);
        let token = token_in(&app.mail("dana@example.org", 3).await);
        assert!(app.mails("nobody@example.org").is_empty());

        set(&first, OTHER).await.expect_problem(404, "not-found");
        assert_eq!(set(&token, "short").await.pointers(), ["/password"]);
        assert_eq!(set(&token, "dana reyes 2026").await.pointers(), ["/password"]);
        assert_eq!(set(&token, OTHER).await.status, 204);
        set(&token, OTHER).await.expect_problem(404, "not-found");

        assert_eq!(app.get_as(&session, "/v1/me").await.status, 401);
        app.sign_in("dana@example.org", PASSWORD).await.expect_problem(401, "invalid-credentials");
        app.sign_in("dana@example.org", OTHER).await.expect(201);
        let notice = app.mail("dana@example.org", 4).await;
        assert!(notice.contains("was changed on Tuesday, 24 November 2026, 04:00, UTC-08:00"), "{notice}");

        ask("dana@example.org").await.expect(202);
        let late = token_in(&app.mail("dana@example.org", 5).await);
        app.advance(Duration::minutes(61));
        set(&late, PASSWORD).await.expect_problem(404, "not-found");
    }
}

#[actix_web::test]
async fn one_token_opens_one_account_however_many_hurry() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.register("dana@example.org").await.expect(202);
        let body = json!({"token": token_in(&app.mail("dana@example.org", 1).await)});
        let tries = (0..8).map(|_| app.post("/v1/email-verifications", &body));
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(tries).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422, 422, 422, 422, 422, 422, 422]);
    }
}
