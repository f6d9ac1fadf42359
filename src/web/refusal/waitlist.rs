//! Refusals about waiting and about times offered.

use crate::{
    operation::{answer_offer::AnswerError, join_waitlist::WaitlistError},
    web::problem::Problem,
};

use super::booking::{conflict, invalid_transition};

impl From<WaitlistError> for Problem {
    fn from(err: WaitlistError) -> Self {
        match err {
            WaitlistError::NotFound => Self::not_found(),
            WaitlistError::Refused(err) => err.into(),
            WaitlistError::TooShort(_) => Self::invalid_field("/until", err),
            WaitlistError::NothingToReplace => Self::invalid_field("/replaces_appointment_id", err),
            WaitlistError::TooMany => conflict("too-many-waiting", "Too many waiting", err),
            WaitlistError::AlreadyWaiting => conflict("already-waiting", "Already waiting", err),
            WaitlistError::Secret(err) => Self::failure(&err),
            WaitlistError::Store(err) => err.into(),
        }
    }
}

impl From<AnswerError> for Problem {
    fn from(err: AnswerError) -> Self {
        match err {
            AnswerError::NotFound => Self::not_found(),
            AnswerError::Expired => conflict("offer-expired", "The offer has ended", err),
            AnswerError::Answered(_) => invalid_transition(&err.to_string()),
            AnswerError::Book(err) => err.into(),
            AnswerError::Attend(err) => err.into(),
            AnswerError::Secret(err) => Self::failure(&err),
            AnswerError::Store(err) => err.into(),
        }
    }
}
