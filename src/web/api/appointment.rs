//! Bookings and holds.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        appointment::AppointmentStatus,
        id::{
            AccountId, AppointmentId, HoldId, LocationId, PatientId, PractitionerId, ScreeningId, ServiceId,
        },
        text,
    },
    operation::{
        App,
        attend::{self, Act, Asker},
        book::{self, Book},
        hold,
        list_appointments::{self, Story},
        offered::Wish,
        reschedule::{self, Reschedule},
    },
    store::appointment::{Filter, Whose},
    web::{
        etag,
        extract::{Caller, Json, Params, PathId, Patient, Practitioner, SignedIn},
        instant,
        page_of::Page,
        problem::{FieldError, Problem},
        route::{Access, Route, delete, get, post},
        url,
    },
};

/// Most characters of a note or a reason.
const MOST_WORDS: usize = 2_000;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(
    paths(
        hold_time,
        release_hold,
        book_time,
        list,
        find,
        cancel,
        move_to,
        confirm,
        decline,
        arrive,
        fulfil,
        no_show,
        of_practitioner
    ),
    components(schemas(AppointmentBody, HistoryBody, HoldBody))
)]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    const LIST: &[&str] = &["from", "until", "status", "limit", "cursor"];
    vec![
        post("/v1/holds", Access::Patient, hold_time),
        delete("/v1/holds/{id}", Access::Patient, release_hold),
        post("/v1/appointments", Access::Patient, book_time),
        get("/v1/appointments", Access::Patient, list).query(LIST),
        get("/v1/appointments/{id}", Access::Patient, find),
        post("/v1/appointments/{id}/cancel", Access::Patient, cancel),
        post("/v1/appointments/{id}/reschedule", Access::Patient, move_to),
        post("/v1/appointments/{id}/confirm", Access::Patient, confirm),
        post("/v1/appointments/{id}/decline", Access::Patient, decline),
        post("/v1/appointments/{id}/arrive", Access::Patient, arrive),
        post("/v1/appointments/{id}/fulfil", Access::Patient, fulfil),
        post("/v1/appointments/{id}/no-show", Access::Patient, no_show),
        get("/v1/practitioners/{id}/appointments", Access::Practitioner, of_practitioner).query(LIST),
    ]
}

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
    /// Needed; without it the answer is `/problems/screening-required`.
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
    reason: Option<String>,
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

/// Which items, as the query string says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    from: Option<String>,
    until: Option<String>,
    status: Option<String>,
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
    /// Cancelled inside the notice.
    late: bool,
    /// Rises with every change a calendar should hear of.
    sequence: i32,
    note: Option<String>,
    created_at: String,
    history: Vec<HistoryBody>,
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
            service_id: booked.service,
            location_id: booked.location,
            screening_id: booked.screening,
            starts_at: instant::text(booked.visit.start()),
            ends_at: instant::text(booked.visit.end()),
            time_zone: booked.time_zone.name().to_owned(),
            price_minor: booked.price.map(|price| price.minor),
            currency: booked.price.map(|price| price.currency.code().to_owned()),
            late: booked.late,
            sequence: booked.sequence,
            note: story.note.clone(),
            created_at: instant::text(booked.created_at),
            history: story.history.iter().map(step).collect(),
        }
    }
}

fn asker(caller: &Caller) -> Asker {
    Asker { account: caller.account.id, practitioner: caller.practitioner, is_admin: caller.account.is_admin }
}

fn own_patient(caller: &Caller) -> PatientId {
    uuid::Uuid::from(caller.account.id).into()
}

fn starts_at(text: &str) -> Result<DateTime<Utc>, Problem> {
    instant::parse(text).map_err(|err| Problem::invalid_field("/starts_at", err))
}

fn words(pointer: &str, given: Option<&str>) -> Result<Option<String>, Problem> {
    let words = given.map(|words| text::paragraph(words, MOST_WORDS)).transpose();
    let words = words.map_err(|err| Problem::invalid(vec![FieldError::at(pointer, err)]))?;
    Ok(words.filter(|words| !words.is_empty()))
}

fn answer(status: actix_web::http::StatusCode, story: &Story) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(etag::tag(story.appointment.version))
        .json(AppointmentBody::from(story))
}

/// Keeps a free time for the patient for ten minutes.
#[utoipa::path(post, path = "/v1/holds", tag = "Booking", request_body = HoldWish,
    responses((status = 201, body = HoldBody), (status = 409, description = "Taken, double-booked, or too many holds")))]
pub async fn hold_time(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    body: Json<HoldWish>,
) -> Result<HttpResponse, Problem> {
    let wish = Wish {
        practitioner: body.0.practitioner_id,
        patient: own_patient(&patient),
        service: body.0.service_id,
        location: body.0.location_id,
        starts_at: starts_at(&body.0.starts_at)?,
    };
    let held = app.write(patient.context(), move |tx| hold::hold(tx, &wish)).await?;
    Ok(HttpResponse::Created().json(HoldBody { id: held.id, expires_at: instant::text(held.expires_at) }))
}

/// Gives a held time back.
#[utoipa::path(delete, path = "/v1/holds/{id}", tag = "Booking", params(("id" = String, Path)),
    responses((status = 204, description = "Given back")))]
pub async fn release_hold(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    id: PathId<HoldId>,
) -> Result<HttpResponse, Problem> {
    let whose = own_patient(&patient);
    app.write(patient.context(), move |tx| hold::release(tx, id.0, whose)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Books a free time for the signed-in patient.
#[utoipa::path(post, path = "/v1/appointments", tag = "Booking", request_body = BookBody,
    responses((status = 201, body = AppointmentBody), (status = 409, description = "Taken (with alternatives), or the patient is elsewhere then")))]
pub async fn book_time(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    body: Json<BookBody>,
) -> Result<HttpResponse, Problem> {
    let wish = body.0.parse(&patient)?;
    let secrets = app.secrets();
    let story = app
        .write(patient.context(), move |tx| {
            let booked = book::book(tx, &secrets, &wish)?;
            book::told(tx, &secrets, booked)
        })
        .await?;
    let mut response = answer(actix_web::http::StatusCode::CREATED, &story);
    if let Ok(location) = header::HeaderValue::from_str(&url::appointment(story.appointment.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

impl BookBody {
    fn parse(self, caller: &Caller) -> Result<Book, Problem> {
        Ok(Book {
            wish: Wish {
                practitioner: self.practitioner_id,
                patient: own_patient(caller),
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

/// The patient's own bookings, by start.
#[utoipa::path(get, path = "/v1/appointments", tag = "Booking",
    params(("from" = Option<String>, Query), ("until" = Option<String>, Query), ("status" = Option<String>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of bookings")))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    params: Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    page(&req, &app, Whose::Patient(own_patient(&patient)), params.0).await
}

/// The practitioner's calendar.
#[utoipa::path(get, path = "/v1/practitioners/{id}/appointments", tag = "Practitioner",
    params(("id" = String, Path), ("from" = Option<String>, Query), ("until" = Option<String>, Query),
        ("status" = Option<String>, Query), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of bookings")))]
pub async fn of_practitioner(
    req: HttpRequest,
    app: web::Data<App>,
    owner: SignedIn<Practitioner>,
    id: PathId<PractitionerId>,
    params: Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    if owner.practitioner != Some(id.0) && !owner.account.is_admin {
        return Err(Problem::not_found());
    }
    page(&req, &app, Whose::Practitioner(id.0), params.0).await
}

async fn page(
    req: &HttpRequest,
    app: &App,
    whose: Whose,
    params: ListParams,
) -> Result<HttpResponse, Problem> {
    let page: Page<(i64, AppointmentId)> = Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let filter = params.filter(whose, page.after)?;
    let (secrets, most) = (app.secrets(), page.most());
    let found = app.read(move |conn| list_appointments::list(conn, &secrets, &filter, most)).await?;
    let key = |story: &Story| (story.appointment.visit.start().timestamp_micros(), story.appointment.id);
    Ok(page.of(found, key, |story| AppointmentBody::from(&story)).answer(req))
}

impl ListParams {
    fn filter(&self, whose: Whose, after: Option<(i64, AppointmentId)>) -> Result<Filter, Problem> {
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

/// One booking, for its patient, its practitioner or an admin.
#[utoipa::path(get, path = "/v1/appointments/{id}", tag = "Booking", params(("id" = String, Path)),
    responses((status = 200, body = AppointmentBody)))]
pub async fn find(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<AppointmentId>,
) -> Result<HttpResponse, Problem> {
    let (secrets, asker) = (app.secrets(), asker(&caller));
    let story = app.read(move |conn| list_appointments::find(conn, &secrets, id.0, asker)).await?;
    Ok(answer(actix_web::http::StatusCode::OK, &story))
}

/// Moves a booking to another time; the old time is kept if the new one cannot be had.
#[utoipa::path(post, path = "/v1/appointments/{id}/reschedule", tag = "Booking", params(("id" = String, Path)),
    request_body = RescheduleBody, responses((status = 200, body = AppointmentBody), (status = 409, description = "Taken, or too late to move")))]
pub async fn move_to(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<AppointmentId>,
    body: Json<RescheduleBody>,
) -> Result<HttpResponse, Problem> {
    let to = Reschedule { starts_at: starts_at(&body.0.starts_at)?, location: body.0.location_id };
    let (secrets, asker) = (app.secrets(), asker(&caller));
    let moved =
        app.write(caller.context(), move |tx| reschedule::reschedule(tx, &secrets, id.0, asker, to)).await?;
    shown(&app, moved.id, asker).await
}

async fn shown(app: &App, id: AppointmentId, asker: Asker) -> Result<HttpResponse, Problem> {
    let secrets = app.secrets();
    let story = app.read(move |conn| list_appointments::find(conn, &secrets, id, asker)).await?;
    Ok(answer(actix_web::http::StatusCode::OK, &story))
}

async fn act(
    app: &App,
    caller: &SignedIn<Patient>,
    id: AppointmentId,
    act: Act,
    body: Option<Json<ReasonBody>>,
) -> Result<HttpResponse, Problem> {
    let reason = body.and_then(|body| body.0.reason);
    let reason = words("/reason", reason.as_deref())?.unwrap_or_default();
    let (secrets, asker) = (app.secrets(), asker(caller));
    app.write(caller.context(), move |tx| attend::attend(tx, &secrets, id, asker, act, &reason)).await?;
    shown(app, id, asker).await
}

macro_rules! acts {
    ($($name:ident $path:literal $act:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[utoipa::path(post, path = $path, tag = "Booking", params(("id" = String, Path)), request_body = Option<ReasonBody>,
            responses((status = 200, body = AppointmentBody), (status = 409, description = "Not possible now")))]
        pub async fn $name(
            app: web::Data<App>,
            caller: SignedIn<Patient>,
            id: PathId<AppointmentId>,
            body: OptionalReason,
        ) -> Result<HttpResponse, Problem> {
            act(&app, &caller, id.0, Act::$act, body.0).await
        }
    )*};
}

acts! {
    cancel "/v1/appointments/{id}/cancel" Cancel "Calls a booking off; inside the notice it is marked late.";
    confirm "/v1/appointments/{id}/confirm" Confirm "The practitioner agrees to a request.";
    decline "/v1/appointments/{id}/decline" Decline "The practitioner declines a request.";
    arrive "/v1/appointments/{id}/arrive" Arrive "The patient is there; from an hour before the start.";
    fulfil "/v1/appointments/{id}/fulfil" Fulfil "The visit took place.";
    no_show "/v1/appointments/{id}/no-show" NoShow "The patient did not come; after the start.";
}

/// A body with a reason, or no body at all.
#[derive(Debug)]
pub struct OptionalReason(Option<Json<ReasonBody>>);

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
