//! The own account: reading, changing, closing.

use chrono::Duration;
use serde_json::json;

use super::{OTHER, PASSWORD, Post, text};
use crate::common::{Answer, Person, TestApp, each_backend};

#[actix_web::test]
async fn the_own_account_is_read_and_changed() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let token = text(&app.newcomer("dana@example.org").await["token"]);
        let read = app.get_as(&token, "/v1/me").await;
        let tag = read.header("etag").to_owned();
        let me = read.expect(200);
        let keys: Vec<&String> = me.as_object().expect("an object").keys().collect();
        let mut want = [
            "id",
            "email",
            "name",
            "time_zone",
            "roles",
            "practitioner_id",
            "dependants_url",
            "totp_enabled",
            "created_at",
        ];
        want.sort_unstable();
        assert_eq!(keys, want);
        assert_eq!((&me["totp_enabled"], &me["practitioner_id"]), (&json!(false), &json!(null)));

        let change = json!({"name": "Dana R.", "time_zone": "Asia/Calcutta"});
        let request =
            app.request("PATCH", "/v1/me").bearer_auth(&token).header("if-match", &tag).json(&change);
        let changed = TestApp::send(request).await;
        assert_ne!(changed.header("etag"), tag);
        let changed = changed.expect(200);
        assert_eq!((&changed["name"], &changed["time_zone"]), (&json!("Dana R."), &json!("Asia/Calcutta")));
        let request =
            app.request("PATCH", "/v1/me").bearer_auth(&token).header("if-match", &tag).json(&change);
        TestApp::send(request).await.expect_problem(412, "stale-write");

        let refused = app.patch_as(&token, "/v1/me", &json!({"name": "", "time_zone": "Here"})).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/name", "/time_zone"]));
        let refused = app.patch_as(&token, "/v1/me", &json!({"email": "other@example.org"})).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/email"]));
        assert_eq!(app.get("/v1/me").await.status, 401);
    }
}

#[actix_web::test]
async fn a_new_password_ends_all_other_sessions() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let other = text(&app.newcomer("dana@example.org").await["token"]);
        let token = text(&app.sign_in("dana@example.org", PASSWORD).await.expect(201)["token"]);
        let put = async |current: &str, new: &str| {
            app.put_as(&token, "/v1/me/password", &json!({"current": current, "new": new})).await
        };
        put(OTHER, OTHER).await.expect_problem(401, "invalid-credentials");
        assert_eq!(put(PASSWORD, "short").await.pointers(), ["/new"]);
        assert_eq!(put(PASSWORD, "dana@example.org").await.pointers(), ["/new"]);
        app.get_as(&other, "/v1/me").await.expect(200);

        assert_eq!(put(PASSWORD, OTHER).await.status, 204);
        app.get_as(&token, "/v1/me").await.expect(200);
        assert_eq!(app.get_as(&other, "/v1/me").await.status, 401);
        app.sign_in("dana@example.org", PASSWORD).await.expect_problem(401, "invalid-credentials");
        app.sign_in("dana@example.org", OTHER).await.expect(201);
        let notice = app.mail("dana@example.org", 2).await;
        assert!(notice.contains("Subject: Your password was changed"), "{notice}");
    }
}

#[actix_web::test]
async fn a_closed_account_leaves_nothing_personal() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let token = text(&app.newcomer("dana@example.org").await["token"]);
        // Whoever signed in a moment ago has just given the password; later it is asked for.
        app.advance(chrono::Duration::minutes(16));
        let bare = app.delete_as(&token, "/v1/me").await;
        assert_eq!((bare.status, bare.pointers()), (422, vec!["/password"]));
        let wrong = app.delete_with(&token, "/v1/me", &json!({"password": OTHER})).await;
        wrong.expect_problem(401, "invalid-credentials");
        app.get_as(&token, "/v1/me").await.expect(200);

        let closed = app.delete_with(&token, "/v1/me", &json!({"password": PASSWORD})).await;
        assert_eq!(closed.status, 204);
        assert!(closed.header("clear-site-data").contains("\"storage\""));
        assert_eq!(app.get_as(&token, "/v1/me").await.status, 401);
        app.sign_in("dana@example.org", PASSWORD).await.expect_problem(401, "invalid-credentials");
        assert!(app.mail("dana@example.org", 2).await.contains("Subject: Your account is closed"));
        let left = app
            .app
            .app
            .read(|conn| stillpoint::store::account::of_email(conn, "dana@example.org"))
            .await
            .expect("the rows can be read");
        assert!(left.is_none());

        // The address is free again, for a new account.
        app.register("dana@example.org").await.expect(202);
        let again = super::token_in(&app.mail("dana@example.org", 3).await);
        app.post("/v1/email-verifications", &json!({"token": again})).await.expect(201);
    }
}

impl Post {
    /// Gives somebody put into the rows directly a password.
    async fn set_password(&self, person: &Person) {
        let hash = self.app.app.hasher().hash(&PASSWORD.parse().expect("a password")).expect("a hash");
        let id = person.id;
        self.write(move |tx| stillpoint::store::account::update_password_hash(tx, id, &hash)).await;
    }

    async fn close(&self, person: &Person) -> Answer {
        self.delete_with(&person.token, "/v1/me", &json!({"password": PASSWORD})).await
    }
}

#[actix_web::test]
async fn nobody_leaves_appointments_behind() {
    for backend in each_backend() {
        let app = Post::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (patient, wish) = app.ready("Sam", &dana, "2026-12-01T17:00:00Z").await;
        app.post_as(&patient.token, "/v1/appointments", &wish).await.expect(201);
        for person in [&patient, &dana.person] {
            app.set_password(person).await;
            app.close(person).await.expect_problem(409, "appointments-pending");
            app.get_as(&person.token, "/v1/me").await.expect(200);
        }
        app.get(&dana.path("")).await.expect(200);

        app.advance(Duration::days(10));
        for person in [&patient, &dana.person] {
            assert_eq!(app.close(person).await.status, 204);
            assert_eq!(app.get_as(&person.token, "/v1/me").await.status, 401);
        }
        app.get(&dana.path("")).await.expect_problem(404, "not-found");
        let found = app.get("/v1/practitioners?near=45.51,-122.68").await.expect(200);
        assert_eq!(found["items"], json!([]));
    }
}
