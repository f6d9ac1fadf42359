//! What a visit is expected to cost, as the law wants it told.
//!
//! **Invariant:** it states the price as agreed when the visit was booked, not
//! what the service costs today; and nothing of the patient's health.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    domain::{
        appointment::Appointment, estimate, id::AppointmentId, location::Location,
        practitioner::Practitioner, service::Price,
    },
    secret::SecretError,
    store::{Conn, StoreError, location, practitioner, service},
};

use super::{
    Secrets,
    attend::Asker,
    list_appointments::{self, ListError},
    manage_dependants::{self, DependantError},
};

/// An estimate with all that it states.
#[derive(Clone)]
pub struct Estimate {
    /// Of which visit.
    pub appointment: Appointment,
    /// When its time and price were last agreed.
    pub agreed_at: DateTime<Utc>,
    /// Whose visit.
    pub patient_name: String,
    /// The patient's birth date, where it is known.
    pub birth_on: Option<NaiveDate>,
    /// Who treats.
    pub practitioner: Practitioner,
    /// Where.
    pub place: Location,
    /// What it is called.
    pub service: String,
    /// What it is expected to cost.
    pub price: Price,
}

/// Why there is no estimate.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// No such booking, or not theirs to see.
    #[error("there is no such appointment")]
    NotFound,
    /// Not in the United States, or no price was agreed.
    #[error("there is an estimate only for a visit in the United States whose price was agreed")]
    NotMade,
    /// Sealed data could not be opened.
    #[error("sealed data could not be opened")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the estimate could not be read")]
    Store(#[from] StoreError),
}

impl From<ListError> for EstimateError {
    fn from(err: ListError) -> Self {
        match err {
            ListError::NotFound => Self::NotFound,
            ListError::Secret(err) => Self::Secret(err),
            ListError::Store(err) => Self::Store(err),
        }
    }
}

/// The estimate for a visit, for its patient's side, its practitioner or an admin.
pub fn find(
    conn: &mut Conn,
    secrets: &Secrets,
    id: AppointmentId,
    asker: Asker,
) -> Result<Estimate, EstimateError> {
    let story = list_appointments::find(conn, secrets, id, asker)?;
    let agreed_at = story.agreed_at();
    let booked = story.appointment;
    let place = location::find(conn, booked.practitioner, booked.location)?;
    let place = place.ok_or(StoreError::NotFound("location"))?;
    let price = booked.price.filter(|price| estimate::applies(place.country, Some(*price)));
    let price = price.ok_or(EstimateError::NotMade)?;
    let practitioner = practitioner::find(conn, booked.practitioner)?;
    let service = service::find(conn, booked.practitioner, booked.service)?;
    Ok(Estimate {
        agreed_at,
        patient_name: story.patient_name,
        birth_on: birth_date(conn, secrets, &booked)?,
        practitioner: practitioner.ok_or(StoreError::NotFound("practitioner"))?,
        place,
        service: service.ok_or(StoreError::NotFound("service"))?.name,
        price,
        appointment: booked,
    })
}

/// Known only of those in somebody's care.
fn birth_date(
    conn: &mut Conn,
    secrets: &Secrets,
    booked: &Appointment,
) -> Result<Option<NaiveDate>, EstimateError> {
    if !booked.is_for_dependant() {
        return Ok(None);
    }
    match manage_dependants::find(conn, &secrets.sealer, booked.account, booked.patient) {
        Ok(dependant) => Ok(Some(dependant.birth_on)),
        Err(DependantError::Secret(err)) => Err(err.into()),
        Err(DependantError::Store(err)) => Err(err.into()),
        Err(_) => Ok(None),
    }
}
