//! Calls over HTTP, as a client would make them.

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

use super::TestApp;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Answer {
    /// The last segment of a problem's type; empty where it is none.
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/")).unwrap_or("")
    }

    /// The body, if the status is that one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Refused with that status and that kind of problem.
    #[track_caller]
    pub fn expect_problem(self, status: u16, kind: &str) -> Value {
        assert_eq!((self.status, self.problem()), (status, kind), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["request_id"].is_string(), "{}", self.text);
        self.body
    }

    /// The pointers of refused fields.
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["pointer"].as_str()).collect()
    }

    /// The version its tag names.
    #[track_caller]
    pub fn version(&self) -> i64 {
        let tag = self.header("etag").trim_matches('"');
        tag.split('-').next().and_then(|version| version.parse().ok()).expect("a tag with a version")
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl TestApp {
    /// Any call, with a token where somebody is signed in.
    pub async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Self::send(request).await
    }

    /// A request to be finished by hand.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, body }
    }

    /// A read, signed out.
    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None, None).await
    }

    /// A read, signed in.
    pub async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.call("GET", path, Some(token), None).await
    }

    /// A post, signed out.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, None, Some(body)).await
    }

    /// A post, signed in.
    pub async fn post_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(token), Some(body)).await
    }

    /// A put, signed in.
    pub async fn put_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(token), Some(body)).await
    }

    /// A patch, signed in.
    pub async fn patch_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.call("PATCH", path, Some(token), Some(body)).await
    }

    /// A deletion, signed in.
    pub async fn delete_as(&self, token: &str, path: &str) -> Answer {
        self.call("DELETE", path, Some(token), None).await
    }
}
