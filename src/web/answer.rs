//! The answer to a `POST`, made inside the transaction it tells of, so that it can be kept there.
//!
//! A handler says in two closures what is to be done and how it is told;
//! [`write()`] does both in one transaction and, where the caller sent an
//! `Idempotency-Key`, keeps the answer in it.
//!
//! **Invariant:** an [`Answered`] comes from [`write()`], or tells of something that wrote nothing or was
//! asked for without a key.

use std::error::Error;

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    operation::{
        App,
        once::{self, OnceError},
    },
    store::{Context, StoreError, Tx},
};

use super::{etag, problem::Problem};

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer as plain data: it can be kept and given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

/// What stands before the body where an answer is kept: one line of JSON.
#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// With a body of JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => {
                let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Self { status, headers: vec![kind], body }
            }
            Err(err) => Self::refused(&Problem::failure(&err), None),
        }
    }

    /// 201.
    pub fn created(body: &impl Serialize) -> Self {
        Self::json(StatusCode::CREATED, body)
    }

    /// 200.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, Vec::new(), Vec::new())
    }

    /// A refusal, for a transaction that is kept all the same.
    #[must_use]
    pub fn refused(problem: &Problem, request: Option<&str>) -> Self {
        let response = problem.response(request);
        let headers = response.headers().iter().map(|(name, value)| (name.clone(), value.clone()));
        Self::new(response.status(), headers.collect(), problem.body(request).to_string().into_bytes())
    }

    /// Any.
    #[must_use]
    pub fn new(status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, body: Vec<u8>) -> Self {
        Self { status, headers, body }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// With the address of what was made.
    #[must_use]
    pub fn at(self, location: &str) -> Self {
        self.with(header::LOCATION, location)
    }

    /// With the tag of a version.
    #[must_use]
    pub fn tagged(mut self, version: i64) -> Self {
        self.headers.push(etag::tag(version));
        self
    }

    /// With the tag of a version of which the body shows more than its row.
    #[must_use]
    pub fn tagged_whole(mut self, version: i64) -> Self {
        self.headers.push(etag::tag_with(version, &self.body));
        self
    }

    /// Whether it is worth keeping: one that tells the caller to come back is not.
    #[must_use]
    pub fn may_be_kept(&self) -> bool {
        let comes_back = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        !self.status.is_server_error() && !comes_back.contains(&self.status)
    }

    /// As it is sent.
    #[must_use]
    pub fn response(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for header in self.headers {
            response.insert_header(header);
        }
        if self.status == StatusCode::NO_CONTENT { response.finish() } else { response.body(self.body) }
    }

    /// As it is kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = |(name, value): &(HeaderName, HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers = self.headers.iter().filter_map(text).collect();
        let head = Head { status: self.status.as_u16(), headers };
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// As it was kept; none where the bytes are no kept answer.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
        let head: Head = serde_json::from_slice(parts.next()?).ok()?;
        let header = |(name, value): &(String, String)| Some((name.parse().ok()?, value.parse().ok()?));
        Some(Self {
            status: StatusCode::from_u16(head.status).ok()?,
            headers: head.headers.iter().map(header).collect::<Option<_>>()?,
            body: parts.next()?.to_vec(),
        })
    }
}

/// In a response that the layer around the handler leaves as it is: its answer is kept already, or
/// never will be.
#[derive(Debug, Clone, Copy)]
pub struct IsSettled;

/// What the handler of a `POST` returns.
#[derive(Debug)]
pub struct Answered(HttpResponse);

impl Answered {
    /// An answer that tells of nothing written.
    #[must_use]
    pub fn unwritten(answer: Answer) -> Self {
        Self(answer.response())
    }

    /// An answer that tells of what was written where no key asks for it to be kept.
    #[must_use]
    pub fn written(answer: Answer) -> Self {
        Self(answer.response())
    }

    fn settled(mut response: HttpResponse) -> Self {
        response.extensions_mut().insert(IsSettled);
        Self(response)
    }
}

impl Responder for Answered {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

/// Why a transaction under a key was not committed.
#[derive(Debug, thiserror::Error)]
enum Stopped<E: Error + 'static> {
    #[error("the key does not allow it")]
    Key(#[from] OnceError),
    #[error("it was refused")]
    Refused(#[source] E),
    #[error("the store failed")]
    Store(#[from] StoreError),
}

enum Settled {
    Earlier(Vec<u8>),
    Now(Answer),
}

/// Runs `work` in one transaction and answers with what `say` makes of its outcome. Where the context
/// carries a claim, the answer is kept in the same transaction, or the one kept before is given again.
///
/// # Errors
/// The refusal of `work` as a problem; nothing is kept then but by the layer around the handler.
pub async fn write<T, E>(
    app: &App,
    context: Context,
    work: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    say: impl Fn(T) -> Answer + Send + 'static,
) -> Result<Answered, Problem>
where
    T: Send + 'static,
    E: From<StoreError> + Error + Send + 'static,
    Problem: From<E>,
{
    let Some(claim) = context.claim.clone() else {
        let done = app.write(context, work).await?;
        return Ok(Answered(say(done).response()));
    };
    let sealer = app.secrets().sealer;
    let settled = app.write::<_, Stopped<E>, _>(context, move |tx| {
        if let Some(earlier) = once::begin(tx, &sealer, &claim)? {
            return Ok(Settled::Earlier(earlier));
        }
        let answer = say(work(tx).map_err(Stopped::Refused)?);
        if answer.may_be_kept() {
            once::keep(tx, &sealer, &claim, &answer.to_bytes())?;
        }
        Ok(Settled::Now(answer))
    });
    match settled.await {
        Ok(Settled::Earlier(bytes)) => Ok(Answered::settled(replayed(&bytes)?)),
        Ok(Settled::Now(answer)) => Ok(Answered::settled(answer.response())),
        Err(Stopped::Key(err)) => {
            let problem: Problem = <Problem as From<OnceError>>::from(err);
            Ok(Answered::settled(problem.error_response()))
        }
        Err(Stopped::Refused(err)) => Err(err.into()),
        Err(Stopped::Store(err)) => Err(<Problem as From<StoreError>>::from(err)),
    }
}

/// A kept answer, given again.
pub fn replayed(bytes: &[u8]) -> Result<HttpResponse, Problem> {
    let answer = Answer::from_bytes(bytes)
        .ok_or_else(|| StoreError::damaged("idempotency row", "its answer cannot be read"))?;
    Ok(answer.with(REPLAYED, "true").response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_to_the_letter() {
        let made = Answer::created(&serde_json::json!({"note": "two\nlines"})).at("/v1/things/1").tagged(3);
        assert_eq!(Answer::from_bytes(&made.to_bytes()), Some(made));
        assert_eq!(Answer::from_bytes(&Answer::no_content().to_bytes()), Some(Answer::no_content()));
        assert_eq!(Answer::from_bytes(b"{}"), None);
        assert_eq!(Answer::from_bytes(b""), None);
    }

    #[test]
    fn what_tells_to_come_back_is_not_kept() {
        for (status, may) in
            [(200, true), (201, true), (404, true), (408, false), (409, true), (429, false), (503, false)]
        {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(Answer::new(status, Vec::new(), Vec::new()).may_be_kept(), may, "{status}");
        }
    }
}
