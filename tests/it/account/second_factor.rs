//! Two-step sign-in.

use chrono::Duration;
use serde_json::{Value, json};
use stillpoint::{
    operation::register::{self, CreateAdmin},
    secret::TotpSecret,
};

use super::{PASSWORD, Post, text, token_in};
use crate::common::each_backend;

/// The secret that a base32 text stands for (RFC 4648 §6).
fn secret_of(base32: &str) -> TotpSecret {
    let digit = |c: char| match c {
        'A'..='Z' => u32::from(c) - u32::from('A'),
        _ => u32::from(c) - u32::from('2') + 26,
    };
    let bits: Vec<bool> =
        base32.chars().flat_map(|c| (0..5).rev().map(move |bit| digit(c) >> bit & 1 == 1)).collect();
    let bytes: Vec<u8> =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |n, bit| n << 1 | u8::from(*bit))).collect();
    TotpSecret::from_bytes(&bytes).expect("twenty bytes")
}

impl Post {
    fn code(&self, secret: &TotpSecret) -> String {
        secret.code_at(self.now().timestamp())
    }

    /// Turns it on; the secret and the recovery codes.
    async fn second_factor(&self, token: &str) -> (TotpSecret, Vec<String>) {
        let begun = self.call("POST", "/v1/me/totp", Some(token), None).await.expect(201);
        assert!(text(&begun["otpauth_url"]).starts_with("otpauth://totp/Stillpoint"), "{begun}");
        let secret = secret_of(&text(&begun["secret"]));
        let wrong = self.put_as(token, "/v1/me/totp", &json!({"code": "000000"})).await;
        assert_eq!((wrong.status, wrong.pointers()), (422, vec!["/code"]));
        let code = self.code(&secret);
        let on = self.put_as(token, "/v1/me/totp", &json!({"code": code})).await.expect(200);
        let codes = on["recovery_codes"].as_array().expect("a list").iter().map(text).collect();
        (secret, codes)
    }
}

#[actix_web::test]
async fn a_code_is_asked_for_and_good_once() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let token = text(&app.newcomer("dana@example.org").await["token"]);
        let not_begun = app.put_as(&token, "/v1/me/totp", &json!({"code": "123456"})).await;
        not_begun.expect_problem(409, "totp-not-begun");
        let (secret, recovery) = app.second_factor(&token).await;
        assert_eq!(recovery.len(), 10);
        assert_eq!(app.get_as(&token, "/v1/me").await.expect(200)["totp_enabled"], true);
        let again = app.call("POST", "/v1/me/totp", Some(&token), None).await;
        again.expect_problem(409, "totp-already-on");

        let email = "dana@example.org";
        app.sign_in(email, PASSWORD).await.expect_problem(401, "second-factor-required");
        app.sign_in(email, "wrong altogether").await.expect_problem(401, "invalid-credentials");
        // The code that turned it on is used up.
        let used = app.code(&secret);
        app.sign_in_with(email, PASSWORD, &used).await.expect_problem(401, "invalid-credentials");
        app.advance(Duration::seconds(60));
        let code = app.code(&secret);
        app.sign_in_with(email, PASSWORD, &code).await.expect(201);
        app.sign_in_with(email, PASSWORD, &code).await.expect_problem(401, "invalid-credentials");

        app.sign_in_with(email, PASSWORD, &recovery[3].to_lowercase()).await.expect(201);
        app.sign_in_with(email, PASSWORD, &recovery[3]).await.expect_problem(401, "invalid-credentials");
    }
}

#[actix_web::test]
async fn one_code_lets_one_in_however_many_hurry() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let token = text(&app.newcomer("dana@example.org").await["token"]);
        let (secret, _) = app.second_factor(&token).await;
        app.advance(Duration::seconds(60));
        let code = app.code(&secret);
        let tries = (0..4).map(|_| app.sign_in_with("dana@example.org", PASSWORD, &code));
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    }
}

#[actix_web::test]
async fn a_new_password_does_not_do_without_the_code() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let token = text(&app.newcomer("dana@example.org").await["token"]);
        app.second_factor(&token).await;
        app.post("/v1/password-resets", &json!({"email": "dana@example.org"})).await.expect(202);
        let link = token_in(&app.mail("dana@example.org", 3).await);
        let body = json!({"password": super::OTHER});
        let set = app.call("PUT", &format!("/v1/password-resets/{link}"), None, Some(&body)).await;
        assert_eq!(set.status, 204);
        app.sign_in("dana@example.org", super::OTHER).await.expect_problem(401, "second-factor-required");
    }
}

#[actix_web::test]
async fn it_is_taken_away_with_the_password() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let token = text(&app.newcomer("dana@example.org").await["token"]);
        let proof = json!({"password": PASSWORD});
        app.delete_with(&token, "/v1/me/totp", &proof).await.expect_problem(404, "not-found");
        app.second_factor(&token).await;
        app.advance(chrono::Duration::minutes(16));
        assert_eq!(app.delete_as(&token, "/v1/me/totp").await.pointers(), ["/password"]);
        let wrong = app.delete_with(&token, "/v1/me/totp", &json!({"password": "not the one"})).await;
        wrong.expect_problem(401, "invalid-credentials");
        assert_eq!(app.delete_with(&token, "/v1/me/totp", &proof).await.status, 204);
        app.sign_in("dana@example.org", PASSWORD).await.expect(201);
    }
}

#[actix_web::test]
async fn an_admin_signs_in_with_a_code_only() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let secret = TotpSecret::generate().expect("randomness");
        let hash = app.app.app.hasher().hash(&PASSWORD.parse().expect("a password")).expect("a hash");
        let (sealer, totp) = (app.app.app.secrets().sealer, secret.clone());
        let create = move |tx: &mut stillpoint::store::Tx<'_>| {
            let wish = CreateAdmin {
                email: "root@example.org".parse().expect("an address"),
                name: "Root".to_owned(),
                time_zone: chrono_tz::UTC,
                password_hash: hash.clone(),
                totp: totp.clone(),
            };
            register::create_admin(tx, &sealer, &wish)
        };
        app.app.app.write(app.system(), create.clone()).await.expect("an admin");
        assert!(app.app.app.write(app.system(), create).await.is_err());

        app.sign_in("root@example.org", PASSWORD).await.expect_problem(401, "second-factor-required");
        let session: Value =
            app.sign_in_with("root@example.org", PASSWORD, &app.code(&secret)).await.expect(201);
        assert_eq!(session["account"]["roles"], json!(["patient", "admin"]));
        let ends: chrono::DateTime<chrono::Utc> = text(&session["expires_at"]).parse().expect("an instant");
        assert_eq!((ends - app.now()).num_hours(), 11);
        let token = text(&session["token"]);
        let kept = app.delete_with(&token, "/v1/me/totp", &json!({"password": PASSWORD})).await;
        kept.expect_problem(403, "forbidden");
    }
}
