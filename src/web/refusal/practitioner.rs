//! Refusals about practitioners.

use actix_web::http::StatusCode;

use crate::{
    operation::{
        manage_location::LocationError,
        manage_practitioner::{EditError, RegisterError},
        manage_service::ServiceError,
        manage_time_off::TimeOffError,
        place_address::AddressError,
        set_schedule::SetScheduleError,
    },
    web::{
        etag::IfMatch,
        problem::{FieldError, Problem},
    },
};

fn npi_taken(err: impl ToString) -> Problem {
    Problem::new(StatusCode::CONFLICT, "npi-taken", "NPI taken", err)
}

impl From<RegisterError> for Problem {
    fn from(err: RegisterError) -> Self {
        match err {
            RegisterError::Exists => {
                Self::new(StatusCode::CONFLICT, "practitioner-exists", "Practitioner exists", err)
            }
            RegisterError::NpiTaken => npi_taken(err),
            RegisterError::Store(err) => err.into(),
        }
    }
}

impl From<EditError> for Problem {
    fn from(err: EditError) -> Self {
        match err {
            EditError::NotFound => Self::not_found(),
            EditError::Stale => IfMatch::stale(),
            EditError::NpiTaken => npi_taken(err),
            EditError::Store(err) => err.into(),
        }
    }
}

impl From<AddressError> for Problem {
    fn from(err: AddressError) -> Self {
        let pointer = match err {
            AddressError::Region => "/region",
            AddressError::Coordinates => "/latitude",
            AddressError::Zone => "/time_zone",
        };
        Self::invalid_field(pointer, err)
    }
}

impl From<LocationError> for Problem {
    fn from(err: LocationError) -> Self {
        match err {
            LocationError::NotFound => Self::not_found(),
            LocationError::Stale => IfMatch::stale(),
            LocationError::TooMany => {
                Self::new(StatusCode::CONFLICT, "too-many-locations", "Too many locations", err)
            }
            LocationError::Address(err) => err.into(),
            LocationError::InUse { appointments, has_hours } => {
                Self::new(StatusCode::CONFLICT, "location-in-use", "Location in use", err)
                    .with("upcoming_appointments", appointments)
                    .with("in_schedule", has_hours)
            }
            LocationError::Store(err) => err.into(),
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(err: ServiceError) -> Self {
        match err {
            ServiceError::NotFound => Self::not_found(),
            ServiceError::Stale => IfMatch::stale(),
            ServiceError::TooMany => {
                Self::new(StatusCode::CONFLICT, "too-many-services", "Too many services", err)
            }
            ServiceError::HalfPrice => Self::invalid_field("/currency", err),
            ServiceError::Store(err) => err.into(),
        }
    }
}

impl From<SetScheduleError> for Problem {
    fn from(err: SetScheduleError) -> Self {
        match err {
            SetScheduleError::NotFound => Self::not_found(),
            SetScheduleError::Stale => IfMatch::stale(),
            SetScheduleError::Faulty(faults) => {
                Self::invalid(faults.iter().map(|fault| FieldError::at(fault.pointer(), fault)).collect())
            }
            SetScheduleError::Unknown(missing) => Self::invalid(
                missing.into_iter().map(|(pointer, missing)| FieldError::at(pointer, missing)).collect(),
            ),
            SetScheduleError::Store(err) => err.into(),
        }
    }
}

impl From<TimeOffError> for Problem {
    fn from(err: TimeOffError) -> Self {
        match err {
            TimeOffError::NotFound => Self::not_found(),
            TimeOffError::TooMany => {
                Self::new(StatusCode::CONFLICT, "too-many-times-off", "Too many times off", err)
            }
            TimeOffError::Store(err) => err.into(),
        }
    }
}
