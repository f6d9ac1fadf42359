//! What bookings look like going in and out.

use actix_web::{HttpRequest, http::header};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{
        appointment::AppointmentStatus,
        attention::Attention,
        id::{
            AccountId, AppointmentId, HoldId, LocationId, PatientId, PractitionerId, ScreeningId, SeriesId,
            ServiceId,
        },
        text,
    },
    operation::{
        book::Book,
        hold::Hold,
        list_appointments::{self, Story},
        offered::Wish,
        reschedule::Reschedule,
    },
    store::appointment::{Filter, Whose},
    web::{
        extract::{Caller, Json},
        instant,
        page_of::Page,
        problem::{FieldError, Problem},
        url,
    },
};

/// Most characters of a note or a reason.
const MOST_WORDS: usize = 2_000;

/// What to hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldWish {
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
    #[schema(format = DateTime)]
    starts_at: String,
    /// For whom: somebody in your care; yourself when absent.
    #[schema(value_type = Option<String>, format = Uuid)]
    patient_id: Option<PatientId>,
}

/// What to book.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookBody {
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
    #[schema(format = DateTime)]
    starts_at: String,
    /// For whom: somebody in your care; yourself when absent.
    #[schema(value_type = Option<String>, format = Uuid)]
    patient_id: Option<PatientId>,
    /// The answers given for that person. Needed; without it the answer is `/problems/screening-required`.
    #[schema(value_type = Option<String>, format = Uuid)]
    screening_id: Option<ScreeningId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    hold_id: Option<HoldId>,
    /// A word to the practitioner; only they and the patient can read it.
    note: Option<String>,
}

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    pub(in crate::web::api) reason: Option<String>,
}

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleBody {
    #[schema(format = DateTime)]
    starts_at: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    location_id: Option<LocationId>,
}

/// Where a page begins: after a booking's start, in microseconds, and its id.
pub(in crate::web::api) type After = (i64, AppointmentId);

/// Which items, as the query string says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    from: Option<String>,
    until: Option<String>,
    status: Option<String>,
    patient_id: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// A time kept for a patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldBody {
    #[schema(value_type = String, format = Uuid)]
    id: HoldId,
    expires_at: String,
}

impl From<Hold> for HoldBody {
    fn from(held: Hold) -> Self {
        Self { id: held.id, expires_at: instant::text(held.expires_at) }
    }
}

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppointmentBody {
    #[schema(value_type = String, format = Uuid)]
    id: AppointmentId,
    status: &'static str,
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    patient_id: PatientId,
    /// What the person treated is called.
    patient_name: String,
    /// Somebody in the care of whoever booked is treated, not they themselves.
    for_dependant: bool,
    /// The series it was booked in.
    #[schema(value_type = Option<String>, format = Uuid)]
    series_id: Option<SeriesId>,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
    #[schema(value_type = String, format = Uuid)]
    screening_id: ScreeningId,
    starts_at: String,
    ends_at: String,
    /// The zone it was agreed in.
    time_zone: String,
    /// The price as agreed when it was booked.
    price_minor: Option<i64>,
    currency: Option<String>,
    /// Where the good-faith estimate is: for visits in the United States whose price was agreed.
    estimate_url: Option<String>,
    /// By which date the law wants that estimate handed over, by the calendar of the place. It is
    /// there at once; null where the visit is nearer than three business days.
    #[schema(format = Date)]
    estimate_due_on: Option<NaiveDate>,
    /// What has to be cleared up before it can be confirmed or take place; mostly nothing.
    needs_attention: Vec<AttentionBody>,
    /// When a `pending` request lapses that was not confirmed; null for all else.
    #[schema(format = DateTime)]
    lapses_at: Option<String>,
    /// Cancelled inside the notice.
    late: bool,
    /// Rises with every change a calendar should hear of.
    sequence: i32,
    note: Option<String>,
    created_at: String,
    history: Vec<HistoryBody>,
}

/// Something to be cleared up.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttentionBody {
    /// `licence`, `certification`, `excluded`, `account` or `contraindications`.
    reason: &'static str,
    since_at: String,
}

impl From<&Attention> for AttentionBody {
    fn from(found: &Attention) -> Self {
        Self { reason: found.reason.code(), since_at: instant::text(found.since_at) }
    }
}

/// One step in the life of a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryBody {
    at: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    actor: Option<AccountId>,
    /// `patient`, `practitioner`, `admin` or `system`.
    actor_role: String,
    from: Option<&'static str>,
    to: &'static str,
    reason: Option<String>,
}

impl From<&Story> for AppointmentBody {
    fn from(story: &Story) -> Self {
        let booked = &story.appointment;
        let step = |told: &list_appointments::Told| HistoryBody {
            at: instant::text(told.at),
            actor: told.actor,
            actor_role: told.actor_role.clone(),
            from: told.from.map(AppointmentStatus::code),
            to: told.to.code(),
            reason: Some(told.reason.clone()).filter(|reason| !reason.is_empty()),
        };
        Self {
            id: booked.id,
            status: booked.status.code(),
            practitioner_id: booked.practitioner,
            patient_id: booked.patient,
            patient_name: story.patient_name.clone(),
            for_dependant: booked.is_for_dependant(),
            series_id: story.series,
            service_id: booked.service,
            location_id: booked.location,
            screening_id: booked.screening,
            starts_at: instant::text(booked.visit.start()),
            ends_at: instant::text(booked.visit.end()),
            time_zone: booked.time_zone.name().to_owned(),
            price_minor: booked.price.map(|price| price.minor),
            currency: booked.price.map(|price| price.currency.code().to_owned()),
            estimate_url: story.estimate_zone.map(|_| url::estimate(booked.id)),
            estimate_due_on: story.estimate_due_on(),
            needs_attention: story.attention.iter().map(AttentionBody::from).collect(),
            lapses_at: booked.lapses_at.map(instant::text),
            late: booked.late,
            sequence: booked.sequence,
            note: story.note.clone(),
            created_at: instant::text(booked.created_at),
            history: story.history.iter().map(step).collect(),
        }
    }
}

fn starts_at(text: &str) -> Result<DateTime<Utc>, Problem> {
    instant::parse(text).map_err(|err| Problem::invalid_field("/starts_at", err))
}

pub(in crate::web::api) fn words(pointer: &str, given: Option<&str>) -> Result<Option<String>, Problem> {
    let words = given.map(|words| text::paragraph(words, MOST_WORDS)).transpose();
    let words = words.map_err(|err| Problem::invalid(vec![FieldError::at(pointer, err)]))?;
    Ok(words.filter(|words| !words.is_empty()))
}

impl HoldWish {
    /// The time asked for.
    pub(super) fn parse(self, caller: &Caller) -> Result<Wish, Problem> {
        Ok(Wish {
            practitioner: self.practitioner_id,
            patient: self.patient_id.unwrap_or_else(|| caller.own_patient()),
            service: self.service_id,
            location: self.location_id,
            starts_at: starts_at(&self.starts_at)?,
        })
    }
}

impl RescheduleBody {
    /// Where to.
    pub(super) fn parse(self, seen: Option<i64>) -> Result<Reschedule, Problem> {
        Ok(Reschedule { starts_at: starts_at(&self.starts_at)?, location: self.location_id, seen })
    }
}

impl BookBody {
    /// The booking asked for.
    pub(super) fn parse(self, caller: &Caller) -> Result<Book, Problem> {
        Ok(Book {
            wish: Wish {
                practitioner: self.practitioner_id,
                patient: self.patient_id.unwrap_or_else(|| caller.own_patient()),
                service: self.service_id,
                location: self.location_id,
                starts_at: starts_at(&self.starts_at)?,
            },
            account: caller.account.id,
            screening: self.screening_id,
            hold: self.hold_id,
            note: words("/note", self.note.as_deref())?,
        })
    }
}

impl ListParams {
    /// Which page.
    pub(super) fn page(&self) -> Result<Page<After>, Problem> {
        Page::parse(self.limit.as_deref(), self.cursor.as_deref())
    }

    /// Whose bookings an account asks for: one person's, or everybody's in its care.
    pub(super) fn whose(&self, account: AccountId) -> Result<Whose, Problem> {
        let Some(text) = &self.patient_id else { return Ok(Whose::Account(account)) };
        let patient = text.parse().map_err(|_| Problem::bad_query("patient_id", "is no id"))?;
        Ok(Whose::Patient(patient))
    }

    /// Which bookings of whom.
    pub(super) fn filter(&self, whose: Whose, after: Option<After>) -> Result<Filter, Problem> {
        let instant = |name: &str, text: Option<&str>| {
            text.map(instant::parse).transpose().map_err(|err| Problem::bad_query(name, err))
        };
        let status = self.status.as_deref().map(|code| {
            AppointmentStatus::from_code(code)
                .ok_or_else(|| Problem::bad_query("status", "is no status of an appointment"))
        });
        Ok(Filter {
            whose,
            from: instant("from", self.from.as_deref())?,
            until: instant("until", self.until.as_deref())?,
            status: status.transpose()?,
            after: after.and_then(|(micros, id)| Some((DateTime::from_timestamp_micros(micros)?, id))),
        })
    }
}

/// A body with a reason, or no body at all.
#[derive(Debug)]
pub struct OptionalReason(pub(in crate::web::api) Option<Json<ReasonBody>>);

impl actix_web::FromRequest for OptionalReason {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let has_body = req.headers().contains_key(header::CONTENT_TYPE)
            || req.headers().contains_key(header::TRANSFER_ENCODING)
            || req.headers().get(header::CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0");
        if !has_body {
            return Box::pin(std::future::ready(Ok(Self(None))));
        }
        let body = Json::<ReasonBody>::from_request(req, payload);
        Box::pin(async move { Ok(Self(Some(body.await?))) })
    }
}
