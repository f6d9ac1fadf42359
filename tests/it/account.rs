//! Accounts, sessions and mail, as their owners and as strangers see them.

mod entry;
mod own;
mod pages;
mod replay;
mod second_factor;
mod throttle;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stillpoint::{delivery, operation::rounds::Rounds};

use super::common::{Answer, Backend, TestApp};

/// A password nobody thinks of.
const PASSWORD: &str = "quiet river under slate";
/// Another.
const OTHER: &str = "seven lanterns by the quay";

/// A server with its mail going out.
struct Post {
    app: TestApp,
    _worker: Rounds,
}

impl std::ops::Deref for Post {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Post {
    async fn start(backend: Backend) -> Self {
        let app = TestApp::start(backend).await;
        let worker = delivery::start(app.app.clone()).expect("the worker starts");
        Self { app, _worker: worker }
    }

    /// All mails to an address, oldest first by the time they were written.
    fn mails(&self, to: &str) -> Vec<String> {
        let folder = self.folder.path().join("mail");
        let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut mails: Vec<(std::time::SystemTime, String)> = files
            .map(|file| file.expect("a file"))
            .filter(|file| file.file_name().to_string_lossy().ends_with(".eml"))
            .map(|file| {
                let written = file.metadata().and_then(|data| data.modified()).expect("a time");
                (written, std::fs::read_to_string(file.path()).expect("a mail"))
            })
            .filter(|(_, mail)| mail.contains(&format!("To: {to}\r\n")))
            .collect();
        mails.sort();
        mails.into_iter().map(|(_, mail)| mail).collect()
    }

    /// Waits for the n-th mail to an address (from one) and gives the last.
    async fn mail(&self, to: &str, n: usize) -> String {
        let began = Instant::now();
        loop {
            let mails = self.mails(to);
            if mails.len() >= n {
                return mails.last().expect("a mail").clone();
            }
            assert!(began.elapsed() < Duration::from_secs(10), "mail {n} to {to} did not come: {mails:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn register(&self, email: &str) -> Answer {
        self.post("/v1/accounts", &registration(email)).await
    }

    /// Registers and verifies; the session.
    async fn newcomer(&self, email: &str) -> Value {
        self.register(email).await.expect(202);
        let token = token_in(&self.mail(email, 1).await);
        self.post("/v1/email-verifications", &json!({"token": token})).await.expect(201)
    }

    async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/v1/sessions", &json!({"email": email, "password": password})).await
    }

    async fn sign_in_with(&self, email: &str, password: &str, totp: &str) -> Answer {
        self.post("/v1/sessions", &json!({"email": email, "password": password, "totp": totp})).await
    }

    async fn delete_with(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.call("DELETE", path, Some(token), Some(body)).await
    }
}

fn registration(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "name": "Dana Reyes", "time_zone": "America/Los_Angeles"})
}

/// The token in a mail's link.
fn token_in(mail: &str) -> String {
    let (_, rest) = mail.split_once("token=").expect("a link");
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
