//! Evidence for credentials: told by its content, given as a download.

use reqwest::header;
use serde_json::{Value, json};

use crate::common::{Answer, TestApp, each_backend};

/// A PDF, barely.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\0IEND\xae\x42\x60\x82";

impl TestApp {
    /// Sends a raw file.
    pub async fn upload(&self, token: &str, path: &str, kind: Option<&str>, content: &[u8]) -> Answer {
        let mut request = self.request("POST", path).bearer_auth(token).body(content.to_vec());
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        Self::send(request).await
    }
}

#[actix_web::test]
async fn evidence_is_taken_by_content_and_given_as_a_download() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, ada) = (app.bookable("Dana Reyes").await, app.admin("Ada Admin").await);
        let path = dana.path(&format!("/credentials/{}/documents", dana.licence));
        let token = &dana.person.token;

        let made = app.upload(token, &path, Some("application/pdf"), PDF).await.expect(201);
        assert_eq!((&made["bytes"], &made["media_type"]), (&json!(PDF.len()), &json!("application/pdf")));
        assert_eq!(made["sha256"].as_str().expect("a sum").len(), 64);
        app.upload(token, &path, Some("application/octet-stream"), PNG).await.expect(201);
        let held = app.get_as(token, &dana.path(&format!("/credentials/{}", dana.licence))).await.expect(200);
        assert_eq!(held["documents"].as_array().expect("a list").len(), 2);
        assert_eq!(held["documents"][0]["id"], made["id"]);

        let id = made["id"].as_str().expect("an id");
        let own = dana.path(&format!("/documents/{id}"));
        for (token, path) in [(token, own.clone()), (&ada.token, format!("/v1/admin/documents/{id}"))] {
            let file = app.get_as(token, &path).await;
            assert_eq!((file.status, file.text.as_bytes()), (200, PDF));
            assert_eq!(file.header("content-type"), "application/pdf");
            assert_eq!(
                file.header("content-disposition"),
                format!("attachment; filename=\"evidence-{id}.pdf\"")
            );
            assert_eq!(file.header("x-content-type-options"), "nosniff");
            assert_eq!(file.header("cache-control"), "no-store");
            assert!(file.header("content-security-policy").starts_with("sandbox"));
        }
        let trail = app.get_as(&ada.token, "/v1/admin/audit?action=document.read").await.expect(200);
        let readers: Vec<&Value> =
            trail["items"].as_array().expect("a list").iter().map(|row| &row["actor"]).collect();
        assert_eq!(readers, [&json!(ada.id), &json!(dana.person.id)]);

        let (eve, pat) = (app.bookable("Eve Other").await, app.patient("Pat Patient").await);
        let crossed = eve.path(&format!("/documents/{id}"));
        app.get_as(&eve.person.token, &own).await.expect_problem(404, "not-found");
        app.get_as(&eve.person.token, &crossed).await.expect_problem(404, "not-found");
        app.get_as(&pat.token, &own).await.expect_problem(403, "forbidden");
        app.get(&own).await.expect_problem(401, "unauthenticated");
        app.get_as(token, &format!("/v1/admin/documents/{id}")).await.expect_problem(403, "forbidden");
    }
}

#[actix_web::test]
async fn what_is_no_evidence_is_refused() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let path = dana.path(&format!("/credentials/{}/documents", dana.licence));
        let token = &dana.person.token;
        for (kind, content) in [
            (Some("image/png"), &b"<html><script>1</script>"[..]),
            (Some("image/svg+xml"), b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            (Some("application/pdf"), b"%PDF-1.7 <script>1</script>"),
            (Some("image/png"), PDF),
            (Some("application/pdf"), PNG),
            (None, b"PK\x03\x04"),
            (None, b"%"),
        ] {
            let answer = app.upload(token, &path, kind, content).await;
            answer.expect_problem(415, "unsupported-document");
        }
        app.upload(token, &path, None, b"").await.expect_problem(422, "invalid-body");
        let large = vec![b'x'; 10 * 1024 * 1024 + 1];
        app.upload(token, &path, None, &large).await.expect_problem(413, "body-too-large");
        let mut whole = b"%PDF-1.7\n".to_vec();
        whole.resize(10 * 1024 * 1024 - 5, b' ');
        whole.extend(b"%%EOF");
        app.upload(token, &path, None, &whole).await.expect(201);
        for _ in 0..9 {
            app.upload(token, &path, None, PDF).await.expect(201);
        }
        app.upload(token, &path, None, PDF).await.expect_problem(409, "too-many-documents");
    }
}
