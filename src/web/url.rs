//! Every URL the service prints, as a function.

use crate::domain::id::{
    AppointmentId, CalendarFeedId, CredentialId, DocumentId, LocationId, PatientId, PractitionerId,
    ScreeningId, SeriesId, ServiceId, TimeOffId, WaitlistId,
};

/// A booking.
#[must_use]
pub fn appointment(id: AppointmentId) -> String {
    format!("/v1/appointments/{id}")
}

/// The estimate for a booking.
#[must_use]
pub fn estimate(id: AppointmentId) -> String {
    format!("/v1/appointments/{id}/estimate")
}

/// Bookings made together.
#[must_use]
pub fn series(id: SeriesId) -> String {
    format!("/v1/appointment-series/{id}")
}

/// A practitioner.
#[must_use]
pub fn practitioner(id: PractitionerId) -> String {
    format!("/v1/practitioners/{id}")
}

/// A place of a practitioner.
#[must_use]
pub fn location(practitioner: PractitionerId, id: LocationId) -> String {
    format!("/v1/practitioners/{practitioner}/locations/{id}")
}

/// A service of a practitioner.
#[must_use]
pub fn service(practitioner: PractitionerId, id: ServiceId) -> String {
    format!("/v1/practitioners/{practitioner}/services/{id}")
}

/// A time away of a practitioner.
#[must_use]
pub fn time_off(practitioner: PractitionerId, id: TimeOffId) -> String {
    format!("/v1/practitioners/{practitioner}/time-off/{id}")
}

/// A credential of a practitioner.
#[must_use]
pub fn credential(practitioner: PractitionerId, id: CredentialId) -> String {
    format!("/v1/practitioners/{practitioner}/credentials/{id}")
}

/// A piece of evidence of a practitioner.
#[must_use]
pub fn document(practitioner: PractitionerId, id: DocumentId) -> String {
    format!("/v1/practitioners/{practitioner}/documents/{id}")
}

/// The people in the caller's care.
pub const DEPENDANTS: &str = "/v1/me/dependants";

/// Somebody in the caller's care.
#[must_use]
pub fn dependant(id: PatientId) -> String {
    format!("{DEPENDANTS}/{id}")
}

/// A calendar feed, to its owner.
#[must_use]
pub fn calendar_feed(id: CalendarFeedId) -> String {
    format!("/v1/me/calendar-feeds/{id}")
}

/// A calendar feed, to the program that fetches it: the address is the secret.
#[must_use]
pub fn calendar(token: &str) -> String {
    format!("/calendars/{token}.ics")
}

/// A place in the line of those who wait.
#[must_use]
pub fn waiting(id: WaitlistId) -> String {
    format!("/v1/waitlist/{id}")
}

/// A screening.
#[must_use]
pub fn screening(id: ScreeningId) -> String {
    format!("/v1/screenings/{id}")
}
