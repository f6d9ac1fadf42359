//! Refusals as `application/problem+json` (RFC 9457).
//!
//! A [`Problem`] is what every error becomes: a path below `/problems/` that
//! names its kind, a title, a status, what happened in plain words, and for a
//! bad body which fields. The request id is added on the way out.
//!
//! **Invariant:** nothing internal is in a problem; a failure says only that it
//! was one, and is logged once with its causes.

use std::{error::Error, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::store::StoreError;

/// One field of a body that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// RFC 6901 pointer into the body, as `/weekly/0/start`; empty for the body as a whole.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl FieldError {
    /// An error at a pointer.
    pub fn at(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: pointer.into(), detail: detail.to_string() }
    }
}

/// A refusal on its way to the client. Small to hand around: its parts are on the heap.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    more: Map<String, Value>,
    retry_after: Option<u64>,
    allow: Option<String>,
}

impl Problem {
    /// A problem of one kind: its last path segment and its title.
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl ToString) -> Self {
        Self(Box::new(Parts {
            status,
            kind,
            title,
            detail: detail.to_string(),
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
            allow: None,
        }))
    }

    /// With one more member beside the standard ones.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.0.more.insert(name.to_owned(), serde_json::to_value(value).unwrap_or(Value::Null));
        self
    }

    /// With the seconds after which to come back.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds.max(1));
        self
    }

    /// Which status it has.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// Unknown, hidden, or somebody else's: all answer alike.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not found",
            "There is nothing here, or nothing you may see.",
        )
    }

    /// A method this path does not have.
    #[must_use]
    pub fn method_not_allowed(allow: String) -> Self {
        let detail = format!("This path answers {allow}.");
        let mut problem =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail);
        problem.0.allow = Some(allow);
        problem
    }

    /// Nobody is signed in, or the session has ended.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Sign in first",
            "This needs a valid session: send Authorization: Bearer TOKEN.",
        )
    }

    /// Signed in and visible, but not theirs to do.
    pub fn forbidden(detail: impl ToString) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// A bad value in the query string.
    pub fn bad_query(name: &str, detail: impl fmt::Display) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid-query",
            "Invalid query parameter",
            format!("{name}: {detail}"),
        )
        .with("parameter", name)
    }

    /// Text that is no JSON.
    pub fn malformed(detail: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-json", "Malformed JSON", detail)
    }

    /// A well-formed body with bad fields.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} fields are not acceptable.", many.len()),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-body", "Invalid body", detail);
        problem.0.errors = errors;
        problem
    }

    /// One bad field.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self::invalid(vec![FieldError::at(pointer, detail)])
    }

    /// More requests than allowed.
    #[must_use]
    pub fn too_many_requests(seconds: u64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "Too many requests",
            format!("Please wait {} seconds.", seconds.max(1)),
        )
        .retry_after(seconds)
    }

    /// Cannot be done right now, through no fault of the caller's.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Unavailable right now",
            "This cannot be done right now; nothing was changed. Please try again.",
        )
        .retry_after(1)
    }

    /// Failed. The causes are logged here, once; the client gets only the request id.
    pub fn failure(err: &(dyn Error + 'static)) -> Self {
        let mut causes = vec![err.to_string()];
        let mut cause = err.source();
        while let Some(err) = cause {
            causes.push(err.to_string());
            cause = err.source();
        }
        tracing::error!(error = %causes.join(": "), "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong",
            "This failed through no fault of yours. The request id helps to find out why.",
        )
    }

    /// The body, with the request's id.
    #[must_use]
    pub fn body(&self, request: Option<&str>) -> Value {
        let mut body = json!({
            "type": format!("/problems/{}", self.0.kind),
            "title": self.0.title,
            "status": self.0.status.as_u16(),
            "detail": self.0.detail,
            "request_id": request,
        });
        if let Some(members) = body.as_object_mut() {
            if !self.0.errors.is_empty() {
                members.insert("errors".to_owned(), json!(self.0.errors));
            }
            members.extend(self.0.more.clone());
        }
        body
    }

    /// The whole response, with the request's id.
    #[must_use]
    pub fn response(&self, request: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.status);
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        if let Some(seconds) = self.0.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Some(allow) = &self.0.allow {
            response.insert_header((header::ALLOW, allow.clone()));
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.body(self.body(request).to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind, self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    /// Leaves itself in the response, where the outermost layer finds it and adds the request id.
    fn error_response(&self) -> HttpResponse {
        let mut response = self.response(None);
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<StoreError> for Problem {
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::NotFound(_) => Self::not_found(),
            StoreError::Unavailable(_) | StoreError::Transient(_) => {
                tracing::warn!(error = %err, "the database was not to be had");
                Self::unavailable()
            }
            err => Self::failure(&err),
        }
    }
}

/// The shape of every error, for the API's description.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A path below `/problems/` that names the kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Which request it was.
    pub request_id: String,
    /// Fields that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}
