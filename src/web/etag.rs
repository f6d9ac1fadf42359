//! `ETag` and `If-Match` (RFC 9110 §13.1): a stale write is refused, not lost.
//!
//! A resource's tag is its row's version. Versions rise by one with every change.

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};

use super::problem::Problem;

/// The header value for a version.
#[must_use]
pub fn tag(version: i64) -> (header::HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    (header::ETAG, value)
}

/// The `If-Match` of a request: which versions the caller has seen. None when it does not care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<i64>>);

impl IfMatch {
    /// Refuses with 412 where the caller has seen another version.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        match &self.0 {
            Some(seen) if !seen.contains(&version) => Err(Self::stale()),
            _ => Ok(()),
        }
    }

    /// The one version the caller insists on, for a check inside the transaction. A list that
    /// names none of our tags insists on one that never was.
    #[must_use]
    pub fn version(&self) -> Option<i64> {
        self.0.as_ref().map(|seen| seen.first().copied().unwrap_or(-1))
    }

    /// Somebody else changed it in the meantime.
    #[must_use]
    pub fn stale() -> Problem {
        Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "stale-write",
            "Changed in the meantime",
            "This was changed since you read it. Read it again, then repeat your change.",
        )
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = req.headers().get(header::IF_MATCH) else {
            return std::future::ready(Ok(Self(None)));
        };
        let text = value.to_str().unwrap_or("");
        if text.trim() == "*" {
            return std::future::ready(Ok(Self(None)));
        }
        // Strong comparison: a weak tag never matches.
        let seen = text
            .split(',')
            .filter_map(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok())
            .collect();
        std::future::ready(Ok(Self(Some(seen))))
    }
}
