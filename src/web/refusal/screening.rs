//! Refusals about contraindications, screenings and clearances.

use actix_web::http::StatusCode;

use crate::{
    domain::screening::AnswerError,
    operation::{clear::ClearError, publish_contraindications::PublishError, screen::ScreenError},
    web::problem::{FieldError, Problem},
};

fn conflict(kind: &'static str, title: &'static str, detail: impl ToString) -> Problem {
    Problem::new(StatusCode::CONFLICT, kind, title, detail)
}

impl From<ScreenError> for Problem {
    fn from(err: ScreenError) -> Self {
        match err {
            ScreenError::NotFound => Self::not_found(),
            ScreenError::Changed(version) => {
                conflict("contraindications-changed", "The list has changed", err)
                    .with("current_version", version)
            }
            ScreenError::Answers(errors) => Self::invalid(errors.iter().map(refused_answer).collect()),
            ScreenError::Secret(err) => Self::failure(&err),
            ScreenError::Unreadable(err) => Self::failure(&err),
            ScreenError::Store(err) => err.into(),
        }
    }
}

/// Where in the body it went wrong.
fn refused_answer(error: &AnswerError) -> FieldError {
    let pointer = match error {
        AnswerError::Unanswered(code) | AnswerError::UnknownItem(code) => {
            format!("/answers/{}", code.replace('~', "~0").replace('/', "~1"))
        }
        AnswerError::Unacknowledged(_) => "/acknowledged".to_owned(),
        AnswerError::UnknownStatement { position, .. } => format!("/acknowledged/{position}"),
    };
    FieldError::at(pointer, error)
}

impl From<ClearError> for Problem {
    fn from(err: ClearError) -> Self {
        match err {
            ClearError::NotFound => Self::not_found(),
            ClearError::NotNeeded => conflict("clearance-not-needed", "No clearance needed", err),
            ClearError::Exists => conflict("clearance-exists", "Cleared already", err),
            ClearError::Secret(err) => Self::failure(&err),
            ClearError::Unwritable(err) => Self::failure(&err),
            ClearError::Store(err) => err.into(),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(err: PublishError) -> Self {
        match err {
            PublishError::Raced => conflict("contraindications-changed", "The list has changed", err),
            PublishError::Store(err) => err.into(),
        }
    }
}
