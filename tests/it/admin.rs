//! What admins see of the whole, and what they may do to accounts.

use serde_json::json;

use crate::{
    common::{TestApp, each_backend},
    screening::answers,
};

#[actix_web::test]
async fn a_suspended_account_is_out_at_once() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let path = |verb: &str| format!("/v1/admin/accounts/{}/{verb}", dana.person.id);
        let why = json!({"reason": "Complaint under review"});
        let listed = async || {
            let found = app.get("/v1/practitioners?near=45.51,-122.68").await.expect(200);
            found["items"].as_array().expect("a list").len()
        };
        assert_eq!(listed().await, 1);
        app.post_as(&ada.token, &path("reinstate"), &why).await.expect_problem(409, "invalid-transition");

        let barred = app.post_as(&ada.token, &path("suspend"), &why).await.expect(200);
        assert_eq!(barred, json!({"id": dana.person.id, "status": "suspended"}));
        app.get_as(&dana.person.token, "/v1/me").await.expect_problem(401, "unauthenticated");
        assert_eq!(listed().await, 0);
        app.post_as(&ada.token, &path("suspend"), &why).await.expect_problem(409, "invalid-transition");

        app.post_as(&ada.token, &path("reinstate"), &why).await.expect(200);
        assert_eq!(listed().await, 1);
        // What has ended does not come back: they sign in again.
        app.get_as(&dana.person.token, "/v1/me").await.expect_problem(401, "unauthenticated");

        let trail = format!("/v1/admin/audit?subject={}", dana.person.id);
        let trail = app.get_as(&ada.token, &trail).await.expect(200);
        assert_eq!(trail["items"][0]["action"], "account.reinstate");
        assert_eq!(trail["items"][1]["action"], "account.suspend");
        assert_eq!(trail["items"][1]["detail"]["reason"], "Complaint under review");
    }
}

#[actix_web::test]
async fn admins_bar_others_only() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (pat, ada) = (app.patient("Pat Patient").await, app.admin("Ada Admin").await);
        let why = json!({"reason": "Because"});
        for verb in ["suspend", "reinstate"] {
            let own = format!("/v1/admin/accounts/{}/{verb}", ada.id);
            app.post_as(&ada.token, &own, &why).await.expect_problem(403, "own-account");
            let unknown = format!("/v1/admin/accounts/01936d3e-0000-7000-8000-000000000000/{verb}");
            app.post_as(&ada.token, &unknown, &why).await.expect_problem(404, "not-found");
            let path = format!("/v1/admin/accounts/{}/{verb}", pat.id);
            app.post_as(&pat.token, &path, &why).await.expect_problem(403, "forbidden");
            app.post(&path, &why).await.expect_problem(401, "unauthenticated");
            for body in [json!({}), json!({"reason": " "}), json!({"reason": "x".repeat(501)})] {
                let answer = app.post_as(&ada.token, &path, &body).await;
                assert_eq!((answer.status, answer.pointers()), (422, vec!["/reason"]), "{}", answer.text);
            }
        }
    }
}

#[actix_web::test]
async fn the_trail_is_filtered_and_paged_newest_first() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (pat, ada) = (app.patient("Pat Patient").await, app.admin("Ada Admin").await);
        let answered = async || {
            let made = app.post_as(&pat.token, "/v1/screenings", &answers(&[])).await.expect(201);
            made["id"].as_str().expect("an id").to_owned()
        };
        for _ in 0..3 {
            answered().await;
        }
        app.set_now("2026-11-25T12:00:00Z");
        let last = answered().await;
        let rows = async |query: &str| {
            let found = app.get_as(&ada.token, &format!("/v1/admin/audit{query}")).await.expect(200);
            found["items"].as_array().expect("a list").clone()
        };
        let by_pat = rows(&format!("?actor={}&action=screening.create", pat.id)).await;
        assert_eq!(by_pat.len(), 4);
        assert_eq!(by_pat[0]["subject"], json!(last));
        assert_eq!(by_pat[0]["actor_role"], "patient");
        assert_eq!(by_pat[0]["detail"], json!({"version": 1}));
        assert!(
            by_pat.is_sorted_by_key(|row| std::cmp::Reverse(
                row["at"].as_str().expect("an instant").to_owned()
            ))
        );
        let subject = rows(&format!("?subject={last}")).await;
        assert_eq!(subject, by_pat[..1]);
        assert_eq!(rows("?from=2026-11-25T00:00:00Z").await, by_pat[..1]);
        assert_eq!(rows("?until=2026-11-25T00:00:00Z&action=screening.create").await, by_pat[1..]);

        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/admin/audit?action=screening.create&limit=2{next}");
            let page = app.get_as(&ada.token, &path).await.expect(200);
            seen.extend(page["items"].as_array().expect("a list").clone());
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(seen, by_pat);

        for query in ["actor=me", "subject=x", "from=yesterday", "until=2026-11-25", "limit=0", "who=1"] {
            let answer = app.get_as(&ada.token, &format!("/v1/admin/audit?{query}")).await;
            answer.expect_problem(400, "invalid-query");
        }
        app.get_as(&pat.token, "/v1/admin/audit").await.expect_problem(403, "forbidden");
        app.get("/v1/admin/audit").await.expect_problem(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn the_overview_counts_by_status() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let ada = app.admin("Ada Admin").await;
        app.bookable("Dana Reyes").await;
        let overview = async || app.get_as(&ada.token, "/v1/admin/overview").await.expect(200);
        let seen = overview().await;
        assert_eq!(seen["credentials"]["verified"], 1);
        assert_eq!(seen["credentials"]["submitted"], 0);
        assert_eq!(seen["accounts"], json!({"active": 2, "closed": 0, "suspended": 0}));
        assert_eq!(
            seen["practitioners"],
            json!({"closed": 0, "excluded": 0, "imported": 0, "registered": 1})
        );
        assert_eq!(seen["appointments"]["booked"], 0);
        assert_eq!(seen["outbox"], json!({"waiting": 0, "parked": 0}));
        app.set_now("2027-10-15T12:00:00Z");
        assert_eq!(overview().await["credentials_expiring"], 1);
        app.set_now("2027-11-02T12:00:00Z");
        let seen = overview().await;
        assert_eq!(
            (&seen["credentials"]["verified"], &seen["credentials"]["expired"]),
            (&json!(0), &json!(1))
        );
        assert_eq!(seen["credentials_expiring"], 0);
    }
}
