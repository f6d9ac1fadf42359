//! Refusals about credentials, their evidence and those who oversee.

use actix_web::http::StatusCode;

use crate::{
    operation::{
        decide_credential::DecideError, manage_document::DocumentError, oversee::AccountError,
        submit_credential::SubmitError,
    },
    web::{etag::IfMatch, problem::Problem},
};

fn conflict(kind: &'static str, title: &'static str, detail: impl ToString) -> Problem {
    Problem::new(StatusCode::CONFLICT, kind, title, detail)
}

fn invalid_transition(why: impl ToString) -> Problem {
    conflict("invalid-transition", "Not possible now", why)
}

impl From<SubmitError> for Problem {
    fn from(err: SubmitError) -> Self {
        match err {
            SubmitError::NotFound => Self::not_found(),
            SubmitError::TooMany => conflict("too-many-credentials", "Too many credentials", err),
            SubmitError::Dates => Self::invalid_field("/expires_on", err),
            SubmitError::InvalidTransition(_) => invalid_transition(err),
            SubmitError::Stale => IfMatch::stale(),
            SubmitError::Store(err) => err.into(),
        }
    }
}

impl From<DecideError> for Problem {
    fn from(err: DecideError) -> Self {
        match err {
            DecideError::NotFound => Self::not_found(),
            DecideError::Own => {
                Self::new(StatusCode::FORBIDDEN, "own-credential", "Your own credential", err)
            }
            DecideError::InvalidTransition(..) => invalid_transition(err),
            DecideError::Over(_) => Self::invalid_field("/decision", err),
            DecideError::Stale => IfMatch::stale(),
            DecideError::Store(err) => err.into(),
        }
    }
}

impl From<DocumentError> for Problem {
    fn from(err: DocumentError) -> Self {
        match err {
            DocumentError::NotFound => Self::not_found(),
            DocumentError::TooMany => conflict("too-many-documents", "Too many documents", err),
            DocumentError::Secret(err) => Self::failure(&err),
            DocumentError::Store(err) => err.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(err: AccountError) -> Self {
        match err {
            AccountError::NotFound => Self::not_found(),
            AccountError::Own => Self::new(StatusCode::FORBIDDEN, "own-account", "Your own account", err),
            AccountError::InvalidTransition(_) => invalid_transition(err),
            AccountError::Store(err) => err.into(),
        }
    }
}
