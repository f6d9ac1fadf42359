//! What waiting looks like going in and out.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{
        id::{
            AppointmentId, LocationId, OfferId, PatientId, PractitionerId, ScreeningId, ServiceId, WaitlistId,
        },
        period::Period,
        waitlist::{Entry, HeldOffer},
    },
    operation::join_waitlist::{Join, Waiting},
    web::{extract::Caller, field::Fields, instant, problem::Problem},
};

/// Longest window one can wait in.
const LONGEST: Duration = Duration::days(90);

/// What to wait for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinBody {
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    /// At that place only; at any when absent.
    #[schema(value_type = Option<String>, format = Uuid)]
    location_id: Option<LocationId>,
    /// The visit begins then or later.
    #[schema(format = DateTime)]
    from: String,
    /// The visit has ended by then; at most 90 days after `from`.
    #[schema(format = DateTime)]
    until: String,
    /// The answers given for that person. Needed, as for a booking.
    #[schema(value_type = Option<String>, format = Uuid)]
    screening_id: Option<ScreeningId>,
    /// A later appointment of theirs with this practitioner; called off when an earlier time is accepted.
    #[schema(value_type = Option<String>, format = Uuid)]
    replaces_appointment_id: Option<AppointmentId>,
    /// For whom: somebody in your care; yourself when absent.
    #[schema(value_type = Option<String>, format = Uuid)]
    patient_id: Option<PatientId>,
}

impl JoinBody {
    /// What is waited for.
    pub(super) fn parse(
        self,
        caller: &Caller,
        offer_minutes: u32,
        now: DateTime<Utc>,
    ) -> Result<Join, Problem> {
        let mut fields = Fields::default();
        let from = fields.take("/from", instant::parse(&self.from));
        let until = fields.take("/until", instant::parse(&self.until));
        let window =
            from.zip(until).and_then(|(from, until)| fields.take("/until", window(from, until, now)));
        fields.finish(|| {
            Some(Join {
                account: caller.account.id,
                patient: self.patient_id.unwrap_or_else(|| caller.own_patient()),
                practitioner: self.practitioner_id,
                service: self.service_id,
                location: self.location_id,
                window: window?,
                screening: self.screening_id,
                replaces: self.replaces_appointment_id,
                offer_minutes,
            })
        })
    }
}

fn window(from: DateTime<Utc>, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Period, &'static str> {
    let window = Period::new(from, until).ok_or("must be after from")?;
    if window.duration() > LONGEST {
        return Err("must be at most 90 days after from");
    }
    if until <= now { Err("has passed") } else { Ok(window) }
}

/// A time kept for somebody who waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferBody {
    #[schema(value_type = String, format = Uuid)]
    id: OfferId,
    /// What was waited for.
    #[schema(value_type = String, format = Uuid)]
    waitlist_id: WaitlistId,
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    patient_id: PatientId,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
    starts_at: String,
    ends_at: String,
    /// Until when it is kept.
    expires_at: String,
    /// The later appointment that is called off when this is accepted.
    #[schema(value_type = Option<String>, format = Uuid)]
    replaces_appointment_id: Option<AppointmentId>,
}

impl OfferBody {
    pub(super) fn of(offer: &HeldOffer, entry: &Entry) -> Self {
        Self {
            id: offer.id,
            waitlist_id: entry.id,
            practitioner_id: offer.practitioner,
            patient_id: offer.patient,
            service_id: entry.service,
            location_id: offer.location,
            starts_at: instant::text(offer.visit.start()),
            ends_at: instant::text(offer.visit.end()),
            expires_at: instant::text(offer.expires_at),
            replaces_appointment_id: entry.replaces,
        }
    }
}

/// What is offered to the caller now.
#[derive(Debug, Serialize, ToSchema)]
pub struct OffersBody {
    /// First to end first.
    pub(super) items: Vec<OfferBody>,
}

/// Somebody waiting, as they see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    #[schema(value_type = String, format = Uuid)]
    id: WaitlistId,
    /// `waiting`, `offered`, `booked`, `withdrawn` or `expired`.
    status: &'static str,
    /// Which in the line for this practitioner, counted from one, while it waits.
    position: Option<i64>,
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    patient_id: PatientId,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    #[schema(value_type = Option<String>, format = Uuid)]
    location_id: Option<LocationId>,
    #[schema(value_type = String, format = Uuid)]
    screening_id: ScreeningId,
    #[schema(value_type = Option<String>, format = Uuid)]
    replaces_appointment_id: Option<AppointmentId>,
    from: String,
    until: String,
    /// What is offered now.
    offer: Option<OfferBody>,
    created_at: String,
}

/// The status as shown: what follows from the clock and from offers comes before what is stored.
fn status(waiting: &Waiting) -> &'static str {
    match (waiting.position, &waiting.offer) {
        (_, Some(_)) => "offered",
        (None, None) if waiting.entry.status == crate::domain::waitlist::EntryStatus::Waiting => "expired",
        _ => waiting.entry.status.code(),
    }
}

impl From<&Waiting> for EntryBody {
    fn from(waiting: &Waiting) -> Self {
        let entry = &waiting.entry;
        Self {
            id: entry.id,
            status: status(waiting),
            position: waiting.position,
            practitioner_id: entry.practitioner,
            patient_id: entry.patient,
            service_id: entry.service,
            location_id: entry.location,
            screening_id: entry.screening,
            replaces_appointment_id: entry.replaces,
            from: instant::text(entry.window.start()),
            until: instant::text(entry.window.end()),
            offer: waiting.offer.as_ref().map(|offer| OfferBody::of(offer, entry)),
            created_at: instant::text(entry.created_at),
        }
    }
}

/// Somebody waiting, as the practitioner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaiterBody {
    #[schema(value_type = String, format = Uuid)]
    id: WaitlistId,
    /// `waiting` or `offered`.
    status: &'static str,
    /// Which in the line, counted from one.
    position: Option<i64>,
    #[schema(value_type = String, format = Uuid)]
    patient_id: PatientId,
    /// What the person is called.
    patient_name: String,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    #[schema(value_type = Option<String>, format = Uuid)]
    location_id: Option<LocationId>,
    from: String,
    until: String,
    created_at: String,
}

impl From<&(Waiting, String)> for WaiterBody {
    fn from((waiting, name): &(Waiting, String)) -> Self {
        let entry = &waiting.entry;
        Self {
            id: entry.id,
            status: status(waiting),
            position: waiting.position,
            patient_id: entry.patient,
            patient_name: name.clone(),
            service_id: entry.service,
            location_id: entry.location,
            from: instant::text(entry.window.start()),
            until: instant::text(entry.window.end()),
            created_at: instant::text(entry.created_at),
        }
    }
}
