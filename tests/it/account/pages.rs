//! The pages behind the links in mails.

use super::{OTHER, PASSWORD, Post, token_in};
use crate::common::{Answer, TestApp, each_backend};

async fn submit(app: &TestApp, path: &str, form: &str) -> Answer {
    let request = app
        .request("POST", path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    TestApp::send(request).await
}

#[actix_web::test]
async fn a_link_asks_before_it_acts() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.register("dana@example.org").await.expect(202);
        let token = token_in(&app.mail("dana@example.org", 1).await);
        for _ in 0..2 {
            let page = app.get(&format!("/verify-email?token={token}")).await;
            assert_eq!(page.status, 200);
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            let policy = page.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("form-action 'self'"),
                "{policy}"
            );
            assert!(page.text.contains(&token) && !page.text.contains("<script"), "{}", page.text);
        }
        app.sign_in("dana@example.org", PASSWORD).await.expect_problem(401, "invalid-credentials");
        let done = submit(&app, "/verify-email", &format!("token={token}")).await;
        assert_eq!(done.status, 200, "{}", done.text);
        app.sign_in("dana@example.org", PASSWORD).await.expect(201);
        assert_eq!(submit(&app, "/verify-email", &format!("token={token}")).await.status, 422);
    }
}

#[actix_web::test]
async fn a_password_is_chosen_on_a_page() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        app.newcomer("dana@example.org").await;
        app.post("/v1/password-resets", &serde_json::json!({"email": "dana@example.org"})).await.expect(202);
        let token = token_in(&app.mail("dana@example.org", 2).await);
        assert_eq!(app.get(&format!("/reset-password?token={token}")).await.status, 200);
        let short = submit(&app, "/reset-password", &format!("token={token}&password=short")).await;
        assert_eq!(short.status, 422);
        assert!(short.text.contains("at least 12") && short.text.contains(&token), "{}", short.text);
        let chosen = OTHER.replace(' ', "+");
        let done = submit(&app, "/reset-password", &format!("token={token}&password={chosen}")).await;
        assert_eq!(done.status, 200, "{}", done.text);
        app.sign_in("dana@example.org", OTHER).await.expect(201);
    }
}

#[actix_web::test]
async fn nonsense_is_shown_to_nobody() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        for path in ["/verify-email", "/reset-password"] {
            let page = app.get(&format!("{path}?token=%22%3E%3Cscript%3E")).await;
            assert_eq!(page.status, 422);
            assert!(!page.text.contains("<script"), "{}", page.text);
            assert_eq!(app.get(path).await.status, 422);
            assert_eq!(app.get(&format!("{path}?other=1")).await.status, 400);
            assert_eq!(submit(&app, path, "token=%00").await.status, 422);
            assert_eq!(app.post(path, &serde_json::json!({"token": "x"})).await.status, 415);
        }
    }
}
