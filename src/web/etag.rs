//! `ETag`, `If-Match` and `If-None-Match` (RFC 9110 §13.1): a stale write is refused, not lost; what
//! is known is not sent again.
//!
//! A resource's tag is its row's version, which rises by one with every change. Where a
//! representation shows more than its row, a digest of what is shown stands behind the version: the
//! version alone guards a write, the whole tag says whether a copy is still good.
//!
//! **Invariant:** two reads of a resource with one tag show the same.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    body::BoxBody,
    dev::{Payload, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};

use crate::secret::mac;

use super::problem::Problem;

/// Characters of the digest in a tag.
const DIGEST: usize = 16;

/// The header value for a version.
#[must_use]
pub fn tag(version: i64) -> (HeaderName, HeaderValue) {
    quoted(&version.to_string())
}

/// The header value for a version of which `body` shows more than its row.
#[must_use]
pub fn tag_with(version: i64, body: &[u8]) -> (HeaderName, HeaderValue) {
    let digest: String = mac::sha256_hex(body).chars().take(DIGEST).collect();
    quoted(&format!("{version}-{digest}"))
}

/// The header value for an answer that is put together from many resources: the same meaning, not
/// the same bytes (RFC 9110 §8.8.1).
#[must_use]
pub fn weak(digest: u64) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("W/\"{digest:016x}\""));
    (header::ETAG, value.unwrap_or(HeaderValue::from_static("W/\"0\"")))
}

fn quoted(tag: &str) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    (header::ETAG, value)
}

/// 304 in place of an answer that the caller has already.
#[must_use]
pub fn unless_known(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let request = response.request();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || response.status() != StatusCode::OK || !is_known(request, response.headers()) {
        return response;
    }
    let (request, full) = response.into_parts();
    let mut short = HttpResponse::NotModified();
    for name in [header::ETAG, header::CACHE_CONTROL, header::VARY] {
        if let Some(value) = full.headers().get(&name) {
            short.insert_header((name, value.clone()));
        }
    }
    ServiceResponse::new(request, short.finish())
}

/// Weak comparison (RFC 9110 §8.8.3.2) of the tag with those the caller knows.
fn is_known(request: &HttpRequest, headers: &header::HeaderMap) -> bool {
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
    let Some(tag) = headers.get(header::ETAG).map(text) else { return false };
    let known = request.headers().get_all(header::IF_NONE_MATCH).map(text);
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known
        .flat_map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>())
        .any(|one| one.trim() == "*" || strong(&one) == strong(&tag))
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

/// The version in a strong tag of ours, with or without a digest behind it.
fn version_of(tag: &str) -> Option<i64> {
    let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    tag.split_once('-').map_or(tag, |(version, _)| version).parse().ok()
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
        let seen = text.split(',').filter_map(|tag| version_of(tag.trim())).collect();
        std::future::ready(Ok(Self(Some(seen))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_carries_its_version() {
        let table = r#"
            "3"        | 3
            "3-0f"     | 3
            W/"3"      | -
            3          | -
            "x"        | -
            ""         | -"#;
        for row in table.trim().lines() {
            let (tag, version) = row.split_once('|').expect("two cells");
            assert_eq!(version_of(tag.trim()), version.trim().parse().ok(), "{row}");
        }
        let (_, one) = tag_with(3, b"{}");
        assert_eq!(version_of(one.to_str().expect("text")), Some(3));
        assert_ne!(tag_with(3, b"{} "), tag_with(3, b"{}"));
    }
}
