//! Refusals about frozen appointments.

use actix_web::http::StatusCode;

use crate::{operation::recall::RecallError, web::problem::Problem};

impl From<RecallError> for Problem {
    fn from(err: RecallError) -> Self {
        match err {
            RecallError::NotFound => Self::not_found(),
            RecallError::NotFrozen(why) => {
                Self::new(StatusCode::CONFLICT, "invalid-transition", "Not possible now", why)
            }
            RecallError::ScreeningInvalid(why) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "screening-invalid", "Screening not valid", why)
            }
            RecallError::Secret(err) => Self::failure(&err),
            RecallError::Store(err) => err.into(),
        }
    }
}
