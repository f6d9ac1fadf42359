//! Refusals about the people in somebody's care.

use actix_web::http::StatusCode;

use crate::{
    operation::manage_dependants::DependantError,
    web::{etag::IfMatch, problem::Problem},
};

impl From<DependantError> for Problem {
    fn from(err: DependantError) -> Self {
        match err {
            DependantError::NotFound => Self::not_found(),
            DependantError::TooMany => {
                Self::new(StatusCode::CONFLICT, "too-many-dependants", "Too many dependants", err)
            }
            DependantError::Stale => IfMatch::stale(),
            DependantError::AppointmentsPending => Self::new(
                StatusCode::CONFLICT,
                "appointments-pending",
                "Appointments lie ahead",
                "Cancel this person's appointments that lie ahead, then try again.",
            ),
            DependantError::Secret(err) => Self::failure(&err),
            DependantError::Store(err) => err.into(),
        }
    }
}
