//! Refusals about calendars.

use actix_web::http::StatusCode;

use crate::{
    operation::{manage_feeds::FeedError, show_calendar::CalendarError},
    web::problem::Problem,
};

impl From<FeedError> for Problem {
    fn from(err: FeedError) -> Self {
        match err {
            FeedError::NotFound => Self::not_found(),
            FeedError::NoPractitioner => Self::forbidden("Only a practitioner has a calendar of that kind."),
            FeedError::TooMany => {
                Self::new(StatusCode::CONFLICT, "too-many-calendar-feeds", "Too many calendar feeds", err)
            }
            FeedError::Store(err) => err.into(),
        }
    }
}

impl From<CalendarError> for Problem {
    fn from(err: CalendarError) -> Self {
        match err {
            CalendarError::NotFound => Self::not_found(),
            CalendarError::Store(err) => err.into(),
        }
    }
}
