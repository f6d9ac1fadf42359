//! The outermost layer: request id, security headers, problems made whole, one log line.
//!
//! **Invariant:** every response carries the headers and its request id, errors
//! and unknown paths included.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};

use crate::domain::id::{RequestId, TypedId};

use super::{etag, problem::Problem, telemetry};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps everything else.
pub async fn outermost(req: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let id = accepted_id(&req).unwrap_or_else(fresh_id);
    req.extensions_mut().insert(id);
    let method = req.method().clone();
    let route = req.match_pattern();
    // The layers below answer refusals themselves; an error here has lost its request.
    let mut response = etag::unless_known(made_whole(next.call(req).await?, id));
    dress(response.headers_mut(), id);
    let status = response.status();
    telemetry::answered(&method, route.as_deref(), status, began.elapsed());
    // The pattern, not the path: a path may hold what somebody looked for.
    tracing::info!(
        request_id = %id,
        method = %method,
        route = route.as_deref().unwrap_or("-"),
        status = status.as_u16(),
        duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    Ok(response)
}

/// An id the client chose, where it is a UUID: anything else would end up in logs.
fn accepted_id(req: &ServiceRequest) -> Option<RequestId> {
    req.headers().get(REQUEST_ID)?.to_str().ok()?.parse().ok()
}

fn fresh_id() -> RequestId {
    let random = uuid::Uuid::new_v4();
    let mut ten = [0; 10];
    for (to, from) in ten.iter_mut().zip(random.as_bytes().iter().rev()) {
        *to = *from;
    }
    RequestId::at(edge_now(), ten)
}

#[expect(clippy::disallowed_methods, reason = "the edge: a request id carries the time it was made")]
fn edge_now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// Gives every refusal its body with the request id, also those the server library makes by itself.
fn made_whole(response: ServiceResponse<BoxBody>, id: RequestId) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let problem = response.response().extensions().get::<Problem>().cloned();
    let problem = match problem {
        Some(problem) => problem,
        None if is_bare_error(&response) => bare(status),
        None => return response,
    };
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, problem.response(Some(id)))
}

fn is_bare_error(response: &ServiceResponse<BoxBody>) -> bool {
    let status = response.status();
    let explained = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    (status.is_client_error() || status.is_server_error())
        && !explained
        && (matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0))
            || response
                .headers()
                .get(header::CONTENT_TYPE)
                .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain")))
}

fn bare(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::UNAUTHORIZED => Problem::unauthenticated(),
        StatusCode::SERVICE_UNAVAILABLE => Problem::unavailable(),
        status if status.is_server_error() => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong",
            "This failed through no fault of yours. The request id helps to find out why.",
        ),
        status => Problem::new(
            status,
            "bad-request",
            status.canonical_reason().unwrap_or("Bad request"),
            "The request could not be understood.",
        ),
    }
}

fn dress(headers: &mut HeaderMap, id: RequestId) {
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    default(header::CACHE_CONTROL, "no-store");
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
}
