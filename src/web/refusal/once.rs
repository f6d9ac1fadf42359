//! Refusals about keys under which answers are kept.

use actix_web::http::StatusCode;

use crate::{operation::once::OnceError, web::problem::Problem};

impl From<OnceError> for Problem {
    fn from(err: OnceError) -> Self {
        match err {
            OnceError::InFlight => Self::new(
                StatusCode::CONFLICT,
                "idempotency-key-in-flight",
                "Still being answered",
                "A request with this Idempotency-Key is still being answered. Send it again in a moment.",
            )
            .retry_after(1),
            OnceError::Reused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "Key used for another request",
                "This Idempotency-Key came with another request before. Take a new key for a new request.",
            ),
            OnceError::Secret(err) => Self::failure(&err),
            OnceError::Store(err) => err.into(),
        }
    }
}
