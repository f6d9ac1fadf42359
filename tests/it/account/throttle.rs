//! Guessing is slowed down, then stopped.

use chrono::Duration;
use serde_json::json;

use super::{OTHER, PASSWORD, Post, token_in};
use crate::common::each_backend;

#[actix_web::test]
async fn guessing_ends_in_429_for_known_and_unknown_alike() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.newcomer("dana@example.org").await;
        let mut stories = Vec::new();
        for email in ["dana@example.org", "nobody@example.org"] {
            let mut story = Vec::new();
            for _ in 0..30 {
                let refused = app.sign_in(email, OTHER).await;
                story.push((refused.status, refused.header("retry-after").to_owned()));
                if refused.status == 429 {
                    let seconds: i64 = refused.header("retry-after").parse().expect("seconds");
                    app.advance(Duration::seconds(seconds));
                    if seconds > 60 {
                        break;
                    }
                }
            }
            stories.push(story);
        }
        assert_eq!(stories[0], stories[1]);
        assert!(stories[0].iter().filter(|story| story.0 == 401).count() <= 15, "{stories:?}");
        let waits: Vec<&str> = stories[0].iter().filter(|s| s.0 == 429).map(|s| s.1.as_str()).collect();
        assert!(waits.len() > 3 && waits.last().is_some_and(|wait| *wait == "900"), "{waits:?}");
    }
}

#[actix_web::test]
async fn while_throttled_the_right_password_waits_too_and_the_mailbox_helps() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.newcomer("dana@example.org").await;
        for _ in 0..7 {
            app.sign_in("dana@example.org", OTHER).await.expect_problem(401, "invalid-credentials");
        }
        let refused = app.sign_in("DANA@example.org", PASSWORD).await;
        assert!(!refused.header("retry-after").is_empty());
        refused.expect_problem(429, "too-many-requests");
        app.post("/v1/password-resets", &json!({"email": "dana@example.org"})).await.expect(202);
        let link = token_in(&app.mail("dana@example.org", 2).await);
        let body = json!({"password": "yet another calm evening"});
        let set = app.call("PUT", &format!("/v1/password-resets/{link}"), None, Some(&body)).await;
        assert_eq!(set.status, 204);
        app.sign_in("dana@example.org", "yet another calm evening").await.expect(201);
    }
}

#[actix_web::test]
async fn a_success_begins_the_count_anew() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.newcomer("dana@example.org").await;
        for _ in 0..3 {
            for _ in 0..4 {
                app.sign_in("dana@example.org", OTHER).await.expect_problem(401, "invalid-credentials");
            }
            app.sign_in("dana@example.org", PASSWORD).await.expect(201);
        }
    }
}

#[actix_web::test]
async fn hurrying_does_not_help_guessing() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let tries = (0..24).map(|_| app.sign_in("nobody@example.org", OTHER));
        let answers = futures_util::future::join_all(tries).await;
        let counted = answers.iter().filter(|answer| answer.status == 401).count();
        assert!(counted <= 10, "{counted} guesses");
    }
}
