//! Refusals about times and bookings.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    domain::{practitioner::Blocker, slot::Reason},
    operation::{
        attend::AttendError,
        book::BookError,
        estimate::EstimateError,
        find_practitioners::PlaceNotFound,
        find_slots::{FindSlotsError, Slots},
        hold::HoldError,
        list_appointments::ListError,
        offered::Refusal,
        reschedule::RescheduleError,
    },
    web::{api::slot::SlotBody, etag::IfMatch, problem::Problem},
};

pub(super) fn conflict(kind: &'static str, title: &'static str, detail: impl ToString) -> Problem {
    Problem::new(StatusCode::CONFLICT, kind, title, detail)
}

fn refused(kind: &'static str, title: &'static str, detail: impl ToString) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
}

/// Blockers as the API shows them.
#[must_use]
pub fn blockers_json(blockers: &[Blocker]) -> Value {
    blockers.iter().map(|blocker| json!({"code": blocker.code(), "detail": blocker.detail()})).collect()
}

/// Reasons as the API shows them.
#[must_use]
pub fn reasons_json(reasons: &[Reason]) -> Value {
    reasons.iter().map(|reason| json!({"rule": reason.rule.code(), "detail": reason.detail})).collect()
}

fn not_bookable(blockers: &[Blocker]) -> Problem {
    refused("not-bookable", "Not bookable", "This practitioner cannot be booked there on that date.")
        .with("blockers", blockers_json(blockers))
}

fn slot_taken(others: &Slots) -> Problem {
    conflict("slot-taken", "No longer free", "Somebody has that time. The next free times are listed.")
        .with("alternatives", SlotBody::all(others))
}

fn not_offered(reasons: &[Reason]) -> Problem {
    refused("slot-not-offered", "Not offered", "That time is not offered.")
        .with("reasons", reasons_json(reasons))
}

fn patient_double_booked() -> Problem {
    conflict(
        "patient-double-booked",
        "Already booked then",
        "There is already a visit that overlaps this time.",
    )
}

pub(super) fn invalid_transition(why: &str) -> Problem {
    conflict("invalid-transition", "Not possible now", why)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::not_found(),
            Refusal::NotBookable(blockers) => not_bookable(&blockers),
            Refusal::SlotTaken(others) => slot_taken(&others),
            Refusal::NotOffered(reasons) => not_offered(&reasons),
            Refusal::PatientDoubleBooked => patient_double_booked(),
            Refusal::Secret(err) => Self::failure(&err),
            Refusal::Store(err) => err.into(),
        }
    }
}

impl From<BookError> for Problem {
    fn from(err: BookError) -> Self {
        match err {
            BookError::NotFound => Self::not_found(),
            BookError::NotBookable(blockers) => not_bookable(&blockers),
            BookError::ScreeningRequired => refused("screening-required", "Screening required", err),
            BookError::ScreeningInvalid(why) => refused("screening-invalid", "Screening not valid", why),
            BookError::ClearanceRequired => refused("clearance-required", "Clearance required", err),
            BookError::SlotTaken(others) => slot_taken(&others),
            BookError::NotOffered(reasons) => not_offered(&reasons),
            BookError::PatientDoubleBooked => patient_double_booked(),
            BookError::Secret(err) => Self::failure(&err),
            BookError::Store(err) => err.into(),
        }
    }
}

impl From<HoldError> for Problem {
    fn from(err: HoldError) -> Self {
        match err {
            HoldError::NotFound => Self::not_found(),
            HoldError::TooMany => conflict("too-many-holds", "Too many holds", err),
            HoldError::Refused(refusal) => refusal.into(),
            HoldError::Secret(err) => Self::failure(&err),
            HoldError::Store(err) => err.into(),
        }
    }
}

impl From<AttendError> for Problem {
    fn from(err: AttendError) -> Self {
        match err {
            AttendError::NotFound => Self::not_found(),
            AttendError::Stale => IfMatch::stale(),
            AttendError::NotYours => Self::forbidden(err),
            AttendError::InvalidTransition(why) => invalid_transition(&why),
            AttendError::NeedsAttention(reasons) => {
                let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
                let detail = "Something about this appointment has to be cleared up first.";
                conflict("needs-attention", "Needs attention", detail).with("reasons", codes)
            }
            AttendError::ClearanceUnread => conflict("clearance-unread", "Clearance not read yet", err),
            AttendError::NotBookable(blockers) => not_bookable(&blockers),
            AttendError::Secret(err) => Self::failure(&err),
            AttendError::Store(err) => err.into(),
        }
    }
}

impl From<RescheduleError> for Problem {
    fn from(err: RescheduleError) -> Self {
        match err {
            RescheduleError::NotFound => Self::not_found(),
            RescheduleError::Stale => IfMatch::stale(),
            RescheduleError::InvalidTransition(why) => invalid_transition(&why),
            RescheduleError::Refused(refusal) => refusal.into(),
            RescheduleError::Secret(err) => Self::failure(&err),
            RescheduleError::Store(err) => err.into(),
        }
    }
}

impl From<FindSlotsError> for Problem {
    fn from(err: FindSlotsError) -> Self {
        match err {
            FindSlotsError::NotFound => Self::not_found(),
            FindSlotsError::Store(err) => err.into(),
        }
    }
}

impl From<ListError> for Problem {
    fn from(err: ListError) -> Self {
        match err {
            ListError::NotFound => Self::not_found(),
            ListError::Secret(err) => Self::failure(&err),
            ListError::Store(err) => err.into(),
        }
    }
}

impl From<EstimateError> for Problem {
    fn from(err: EstimateError) -> Self {
        match err {
            EstimateError::NotFound => Self::not_found(),
            EstimateError::NotMade => Self::new(StatusCode::NOT_FOUND, "no-estimate", "No estimate", err),
            EstimateError::Secret(err) => Self::failure(&err),
            EstimateError::Store(err) => err.into(),
        }
    }
}

impl From<PlaceNotFound> for Problem {
    fn from(err: PlaceNotFound) -> Self {
        refused("place-not-found", "Place not found", err)
    }
}
