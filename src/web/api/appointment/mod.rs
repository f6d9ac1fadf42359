//! Bookings and holds.

pub(super) mod body;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use utoipa::OpenApi;

use crate::{
    domain::id::{AppointmentId, HoldId, PractitionerId},
    operation::{
        App,
        attend::{self, Act, Asker, AttendError},
        book, hold,
        list_appointments::{self, Story},
        reschedule::{self, RescheduleError},
    },
    store::{Tx, appointment::Whose},
    web::{
        answer::{self, Answer, Answered},
        etag::IfMatch,
        extract::{Caller, Json, Params, PathId, Patient, Practitioner, SignedIn},
        page_of::Page,
        problem::Problem,
        route::{Access, Route, delete, get, post},
        url,
    },
};

pub(super) use body::AppointmentBody;
use body::{
    After, BookBody, HistoryBody, HoldBody, HoldWish, ListParams, OptionalReason, ReasonBody, RescheduleBody,
    words,
};

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
    const OWN: &[&str] = &["from", "until", "status", "patient_id", "limit", "cursor"];
    vec![
        post("/v1/holds", Access::Patient, hold_time),
        delete("/v1/holds/{id}", Access::Patient, release_hold),
        post("/v1/appointments", Access::Patient, book_time),
        get("/v1/appointments", Access::Patient, list).query(OWN),
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

pub(super) fn asker(caller: &Caller) -> Asker {
    Asker { account: caller.account.id, practitioner: caller.practitioner, is_admin: caller.account.is_admin }
}

/// A booking as it now stands.
pub(super) fn told(status: StatusCode, story: &Story) -> Answer {
    Answer::json(status, &AppointmentBody::from(story)).tagged_whole(story.appointment.version)
}

/// A booking just made.
pub(super) fn created(story: &Story) -> Answer {
    told(StatusCode::CREATED, story).at(&url::appointment(story.appointment.id))
}

/// Keeps a free time for ten minutes, for the caller or somebody in their care.
#[utoipa::path(post, path = "/v1/holds", tag = "Booking", request_body = HoldWish,
    responses((status = 201, body = HoldBody), (status = 409, description = "Taken, double-booked, or too many holds")))]
pub async fn hold_time(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    body: Json<HoldWish>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(&patient)?;
    let account = patient.account.id;
    let say = |held: hold::Hold| Answer::created(&HoldBody::from(held));
    let sealer = app.secrets().sealer;
    answer::write(&app, patient.context(), move |tx| hold::hold(tx, &sealer, account, &wish), say).await
}

/// Gives a held time back.
#[utoipa::path(delete, path = "/v1/holds/{id}", tag = "Booking", params(("id" = String, Path)),
    responses((status = 204, description = "Given back")))]
pub async fn release_hold(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    id: PathId<HoldId>,
) -> Result<HttpResponse, Problem> {
    let account = patient.account.id;
    app.write(patient.context(), move |tx| hold::release(tx, id.0, account)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Books a free time, for the caller or somebody in their care.
#[utoipa::path(post, path = "/v1/appointments", tag = "Booking", request_body = BookBody,
    responses((status = 201, body = AppointmentBody), (status = 409, description = "Taken (with alternatives), or the patient is elsewhere then")))]
pub async fn book_time(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    body: Json<BookBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(&patient)?;
    let context = patient.context();
    if context.claim.is_none() {
        let made = app.book(context, wish.clone()).await?;
        return Ok(Answered::written(created(&made.story(&wish))));
    }
    let secrets = app.secrets();
    let work = move |tx: &mut Tx<'_>| {
        let made = book::book(tx, &secrets, &wish)?;
        Ok::<_, book::BookError>(made.story(&wish))
    };
    answer::write(&app, context, work, |story: Story| created(&story)).await
}

/// The caller's bookings by start, those for people in their care included; with `patient_id` only
/// that person's.
#[utoipa::path(get, path = "/v1/appointments", tag = "Booking",
    params(("from" = Option<String>, Query), ("until" = Option<String>, Query), ("status" = Option<String>, Query),
        ("patient_id" = Option<String>, Query), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of bookings")))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    params: Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let (params, account, secrets) = (params.0, patient.account.id, app.secrets());
    let page = params.page()?;
    let filter = params.filter(params.whose(account)?, page.after)?;
    let most = page.most();
    let found =
        app.read(move |conn| list_appointments::of_account(conn, &secrets, account, &filter, most)).await?;
    Ok(shown_page(&req, &page, found))
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
    let (params, secrets) = (params.0, app.secrets());
    let page = params.page()?;
    let filter = params.filter(Whose::Practitioner(id.0), page.after)?;
    let most = page.most();
    let found = app.read(move |conn| list_appointments::list(conn, &secrets, &filter, most)).await?;
    Ok(shown_page(&req, &page, found))
}

fn shown_page(req: &HttpRequest, page: &Page<After>, found: Vec<Story>) -> HttpResponse {
    let key = |story: &Story| (story.appointment.visit.start().timestamp_micros(), story.appointment.id);
    page.of(found, key, |story| AppointmentBody::from(&story)).answer(req)
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
    Ok(told(StatusCode::OK, &story).response())
}

/// Moves a booking to another time; the old time is kept if the new one cannot be had.
#[utoipa::path(post, path = "/v1/appointments/{id}/reschedule", tag = "Booking", params(("id" = String, Path)),
    request_body = RescheduleBody, responses((status = 200, body = AppointmentBody), (status = 409, description = "Taken, or too late to move")))]
pub async fn move_to(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<AppointmentId>,
    seen: IfMatch,
    body: Json<RescheduleBody>,
) -> Result<Answered, Problem> {
    let to = body.0.parse(seen.version())?;
    let (secrets, asker) = (app.secrets(), asker(&caller));
    let work = move |tx: &mut Tx<'_>| {
        let moved = reschedule::reschedule(tx, &secrets, id.0, asker, to)?;
        Ok::<_, RescheduleError>(list_appointments::story(tx, &secrets, moved)?)
    };
    answer::write(&app, caller.context(), work, |story| told(StatusCode::OK, &story)).await
}

async fn act(
    app: &App,
    caller: &SignedIn<Patient>,
    id: AppointmentId,
    act: Act,
    seen: &IfMatch,
    body: Option<Json<ReasonBody>>,
) -> Result<Answered, Problem> {
    let reason = body.and_then(|body| body.0.reason);
    let reason = words("/reason", reason.as_deref())?.unwrap_or_default();
    let (secrets, asker, seen) = (app.secrets(), asker(caller), seen.version());
    let work = move |tx: &mut Tx<'_>| {
        let moved = attend::attend(tx, &secrets, id, asker, act, seen, &reason)?;
        Ok::<_, AttendError>(list_appointments::story(tx, &secrets, moved)?)
    };
    answer::write(app, caller.context(), work, |story| told(StatusCode::OK, &story)).await
}

macro_rules! acts {
    ($($name:ident $path:literal $act:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[utoipa::path(post, path = $path, tag = "Booking", params(("id" = String, Path)), request_body = Option<ReasonBody>,
            responses((status = 200, body = AppointmentBody), (status = 409, description = "Not possible now"),
                (status = 412, description = "Changed in the meantime")))]
        pub async fn $name(
            app: web::Data<App>,
            caller: SignedIn<Patient>,
            id: PathId<AppointmentId>,
            seen: IfMatch,
            body: OptionalReason,
        ) -> Result<Answered, Problem> {
            act(&app, &caller, id.0, Act::$act, &seen, body.0).await
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
