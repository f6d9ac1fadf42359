//! Bookings made together: the same time every few weeks.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        id::{HoldId, LocationId, PatientId, PractitionerId, ScreeningId, SeriesId, ServiceId},
        series::{FEWEST, MOST, MOST_WEEKS, Rhythm, Series},
    },
    operation::{
        App,
        attend::{Act, AttendError},
        attend_series::{self, AttendSeries},
        book::{Book, BookError},
        book_series::{self, BookSeries, BookSeriesError, Booked, OnCollision},
        list_appointments::{self, Story},
        offered::Wish,
    },
    store::Tx,
    web::{
        answer::{self, Answer, Answered},
        extract::{Caller, Json, PathId, Patient, SignedIn},
        field::{Fields, whole},
        instant,
        problem::Problem,
        refusal::series::collision_json,
        route::{Access, Route, get, post},
        url,
    },
};

use super::appointment::{
    asker,
    body::{AppointmentBody, OptionalReason, words},
};

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(book_series, find, cancel, confirm, decline), components(schemas(SeriesBody)))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/appointment-series", Access::Patient, book_series),
        get("/v1/appointment-series/{id}", Access::Patient, find),
        post("/v1/appointment-series/{id}/cancel", Access::Patient, cancel),
        post("/v1/appointment-series/{id}/confirm", Access::Patient, confirm),
        post("/v1/appointment-series/{id}/decline", Access::Patient, decline),
    ]
}

/// What to book, and how often.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesWish {
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    service_id: ServiceId,
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
    /// When the first visit starts. The others start at the same time of the day, by the clock of the practice.
    #[schema(format = DateTime)]
    starts_at: String,
    /// How many weeks from one visit to the next, 1 to 12; every week when absent.
    every_weeks: Option<i64>,
    /// How many visits, 2 to 12.
    count: i64,
    /// Leave out the dates that cannot be had, instead of booking none.
    #[serde(default)]
    skip_conflicts: bool,
    /// For whom: somebody in your care; yourself when absent.
    #[schema(value_type = Option<String>, format = Uuid)]
    patient_id: Option<PatientId>,
    /// The answers given for that person. Needed; without it the answer is `/problems/screening-required`.
    #[schema(value_type = Option<String>, format = Uuid)]
    screening_id: Option<ScreeningId>,
    /// A hold on the first visit.
    #[schema(value_type = Option<String>, format = Uuid)]
    hold_id: Option<HoldId>,
    /// A word to the practitioner; only they and the patient can read it.
    note: Option<String>,
}

impl SeriesWish {
    fn parse(self, caller: &Caller) -> Result<BookSeries, Problem> {
        let mut fields = Fields::default();
        let starts_at = fields.take("/starts_at", instant::parse(&self.starts_at));
        let every_weeks = fields.take("/every_weeks", whole(self.every_weeks.unwrap_or(1), 1, MOST_WEEKS));
        let count = fields.take("/count", whole(self.count, FEWEST, MOST));
        let note = words("/note", self.note.as_deref())?;
        let patient = self.patient_id.unwrap_or_else(|| caller.own_patient());
        let on_collision = if self.skip_conflicts { OnCollision::Skip } else { OnCollision::Refuse };
        fields.finish(|| {
            let wish = Wish {
                practitioner: self.practitioner_id,
                patient,
                service: self.service_id,
                location: self.location_id,
                starts_at: starts_at?,
            };
            Some(BookSeries {
                first: Book {
                    wish,
                    account: caller.account.id,
                    screening: self.screening_id,
                    hold: self.hold_id,
                    note,
                },
                rhythm: Rhythm { every_weeks: every_weeks?, count: count? },
                on_collision,
            })
        })
    }
}

/// Which of the visits ahead, and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelWish {
    reason: Option<String>,
    /// Only those that start then or later; all ahead when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
}

/// Bookings made together.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesBody {
    #[schema(value_type = String, format = Uuid)]
    id: SeriesId,
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    #[schema(value_type = String, format = Uuid)]
    patient_id: PatientId,
    /// How many weeks from one visit to the next.
    every_weeks: u32,
    created_at: String,
    /// Its visits by start, whatever became of them.
    appointments: Vec<AppointmentBody>,
    /// When it is booked: the dates left out, each with what a single booking of it would be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    skipped: Option<Vec<Value>>,
}

impl SeriesBody {
    fn of(series: &Series, visits: &[Story]) -> Self {
        Self {
            id: series.id,
            practitioner_id: series.practitioner,
            patient_id: series.patient,
            every_weeks: series.every_weeks,
            created_at: instant::text(series.created_at),
            appointments: visits.iter().map(AppointmentBody::from).collect(),
            skipped: None,
        }
    }
}

/// Books the same time every few weeks, for the caller or somebody in their care.
#[utoipa::path(post, path = "/v1/appointment-series", tag = "Booking", request_body = SeriesWish,
    responses((status = 201, body = SeriesBody), (status = 409, description = "Dates are taken; `conflicts` names them"),
        (status = 422, description = "Dates are not offered; `conflicts` names them")))]
pub async fn book_series(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    body: Json<SeriesWish>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(&patient)?;
    let secrets = app.secrets();
    let work = move |tx: &mut Tx<'_>| {
        let mut booked = book_series::book_series(tx, &secrets, &wish)?;
        let visits = std::mem::take(&mut booked.visits);
        let visits = list_appointments::told(tx, &secrets, visits).map_err(BookError::from)?;
        Ok::<_, BookSeriesError>((booked, visits))
    };
    let say = |(booked, visits): (Booked, Vec<Story>)| {
        let skipped = booked.skipped.into_iter().map(collision_json).collect();
        let body = SeriesBody { skipped: Some(skipped), ..SeriesBody::of(&booked.series, &visits) };
        Answer::created(&body).at(&url::series(booked.series.id))
    };
    answer::write(&app, patient.context(), work, say).await
}

/// A series with its visits, for its patient, its practitioner or an admin.
#[utoipa::path(get, path = "/v1/appointment-series/{id}", tag = "Booking", params(("id" = String, Path)),
    responses((status = 200, body = SeriesBody)))]
pub async fn find(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<SeriesId>,
) -> Result<HttpResponse, Problem> {
    let (secrets, asker, id) = (app.secrets(), asker(&caller), id.0);
    let (series, visits) = app.read(move |conn| attend_series::find(conn, &secrets, id, asker)).await?;
    Ok(HttpResponse::Ok().json(SeriesBody::of(&series, &visits)))
}

async fn act(
    app: &App,
    caller: &SignedIn<Patient>,
    id: SeriesId,
    wish: AttendSeries,
) -> Result<Answered, Problem> {
    let (secrets, asker) = (app.secrets(), asker(caller));
    let work = move |tx: &mut Tx<'_>| {
        attend_series::attend_series(tx, &secrets, id, asker, &wish)?;
        Ok::<_, AttendError>(attend_series::find(tx, &secrets, id, asker)?)
    };
    let say = |(series, visits): (Series, Vec<Story>)| Answer::ok(&SeriesBody::of(&series, &visits));
    answer::write(app, caller.context(), work, say).await
}

/// Calls off the visits of a series that have not started; each inside its notice is marked late.
#[utoipa::path(post, path = "/v1/appointment-series/{id}/cancel", tag = "Booking", params(("id" = String, Path)),
    request_body = CancelWish,
    responses((status = 200, body = SeriesBody), (status = 409, description = "Nothing left to cancel")))]
pub async fn cancel(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<SeriesId>,
    body: Json<CancelWish>,
) -> Result<Answered, Problem> {
    let from = body.0.from.as_deref().map(instant::parse).transpose();
    let from = from.map_err(|err| Problem::invalid_field("/from", err))?;
    let reason = words("/reason", body.0.reason.as_deref())?.unwrap_or_default();
    act(&app, &caller, id.0, AttendSeries { act: Act::Cancel, from, reason }).await
}

/// The practitioner agrees to all visits of a series that wait for it.
#[utoipa::path(post, path = "/v1/appointment-series/{id}/confirm", tag = "Booking", params(("id" = String, Path)),
    request_body = Option<super::appointment::body::ReasonBody>,
    responses((status = 200, body = SeriesBody), (status = 409, description = "Not possible now")))]
pub async fn confirm(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<SeriesId>,
    body: OptionalReason,
) -> Result<Answered, Problem> {
    act(&app, &caller, id.0, agreed(Act::Confirm, body)?).await
}

/// The practitioner declines all visits of a series that wait to be confirmed.
#[utoipa::path(post, path = "/v1/appointment-series/{id}/decline", tag = "Booking", params(("id" = String, Path)),
    request_body = Option<super::appointment::body::ReasonBody>,
    responses((status = 200, body = SeriesBody), (status = 409, description = "Not possible now")))]
pub async fn decline(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<SeriesId>,
    body: OptionalReason,
) -> Result<Answered, Problem> {
    act(&app, &caller, id.0, agreed(Act::Decline, body)?).await
}

fn agreed(act: Act, body: OptionalReason) -> Result<AttendSeries, Problem> {
    let reason = body.0.and_then(|body| body.0.reason);
    let reason = words("/reason", reason.as_deref())?.unwrap_or_default();
    Ok(AttendSeries { act, from: None, reason })
}
