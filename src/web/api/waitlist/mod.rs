//! Waiting for a time that is taken, and times offered to those who wait.

mod body;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::OpenApi;

use crate::{
    domain::id::{OfferId, PractitionerId, WaitlistId},
    operation::{App, answer_offer, join_waitlist, list_appointments::Story},
    store::Tx,
    web::{
        answer::{self, Answer, Answered},
        extract::{Json, Params, PathId, Patient, Practitioner, SignedIn},
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, delete, get, post},
        url,
    },
};

use super::appointment::AppointmentBody;
use body::{EntryBody, JoinBody, OfferBody, OffersBody, WaiterBody};

/// What this file describes.
#[derive(OpenApi)]
#[openapi(
    paths(join, list, offers, accept, decline, find, leave, of_practitioner),
    components(schemas(EntryBody, OfferBody, OffersBody, WaiterBody))
)]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    const PAGE: &[&str] = &["limit", "cursor"];
    vec![
        post("/v1/waitlist", Access::Patient, join),
        get("/v1/waitlist", Access::Patient, list).query(PAGE),
        get("/v1/waitlist/offers", Access::Patient, offers),
        post("/v1/waitlist/offers/{id}/accept", Access::Patient, accept),
        post("/v1/waitlist/offers/{id}/decline", Access::Patient, decline),
        get("/v1/waitlist/{id}", Access::Patient, find),
        delete("/v1/waitlist/{id}", Access::Patient, leave),
        get("/v1/practitioners/{id}/waitlist", Access::Practitioner, of_practitioner).query(PAGE),
    ]
}

/// Which page.
#[derive(Deserialize)]
pub struct ListParams {
    limit: Option<String>,
    cursor: Option<String>,
}

/// Waits for a time with a practitioner, for the caller or somebody in their care. What becomes free
/// is offered by mail to one at a time, first come first, and kept for them meanwhile; never in their
/// night. What is free already can be booked and is not offered.
#[utoipa::path(post, path = "/v1/waitlist", tag = "Waitlist", request_body = JoinBody,
    responses((status = 201, description = "Waiting", body = EntryBody),
        (status = 409, description = "`already-waiting`, `too-many-waiting`"),
        (status = 422, description = "As for a booking: `screening-required`, `screening-invalid`, `clearance-required`, `not-bookable`")))]
pub async fn join(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    body: Json<JoinBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(&patient, app.config().offer_minutes, app.now())?;
    let work = move |tx: &mut Tx<'_>| join_waitlist::join(tx, &wish);
    let say = |waiting: join_waitlist::Waiting| {
        Answer::created(&EntryBody::from(&waiting)).at(&url::waiting(waiting.entry.id))
    };
    answer::write(&app, patient.context(), work, say).await
}

/// What the caller waits for and has waited for, newest first.
#[utoipa::path(get, path = "/v1/waitlist", tag = "Waitlist",
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of it", body = PageOf<EntryBody>)))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    Params(params): Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<WaitlistId> = Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let (account, before, most, now) = (patient.account.id, page.after, page.most(), app.now());
    let found = app.read(move |conn| join_waitlist::list(conn, account, before, most, now)).await?;
    Ok(page.of(found, |waiting| waiting.entry.id, |waiting| EntryBody::from(&waiting)).answer(&req))
}

/// What is offered to the caller now.
#[utoipa::path(get, path = "/v1/waitlist/offers", tag = "Waitlist",
    responses((status = 200, body = OffersBody)))]
pub async fn offers(app: web::Data<App>, patient: SignedIn<Patient>) -> Result<HttpResponse, Problem> {
    let (account, now) = (patient.account.id, app.now());
    let open = app.read(move |conn| join_waitlist::offers(conn, account, now)).await?;
    let items = open.iter().map(|(offer, entry)| OfferBody::of(offer, entry)).collect();
    Ok(HttpResponse::Ok().json(OffersBody { items }))
}

/// Takes the time offered: a booking like any other. A later appointment it replaces is called off in
/// the same step; where that one does not stand any more, the time is booked all the same.
#[utoipa::path(post, path = "/v1/waitlist/offers/{id}/accept", tag = "Waitlist", params(("id" = String, Path)),
    responses((status = 201, body = AppointmentBody),
        (status = 409, description = "`offer-expired`, or `invalid-transition` where it was answered before; else as for a booking")))]
pub async fn accept(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    id: PathId<OfferId>,
) -> Result<Answered, Problem> {
    let (secrets, account) = (app.secrets(), patient.account.id);
    let work = move |tx: &mut Tx<'_>| {
        let booked = answer_offer::accept(tx, &secrets, id.0, account)?;
        answer_offer::told(tx, &secrets, booked)
    };
    answer::write(&app, patient.context(), work, |story: Story| super::appointment::created(&story)).await
}

/// Lets the time offered go; it is offered to whoever is next, and the caller goes on waiting.
#[utoipa::path(post, path = "/v1/waitlist/offers/{id}/decline", tag = "Waitlist", params(("id" = String, Path)),
    responses((status = 200, description = "Still waiting", body = EntryBody), (status = 409, description = "`offer-expired`, `invalid-transition`")))]
pub async fn decline(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    id: PathId<OfferId>,
) -> Result<Answered, Problem> {
    let (secrets, account) = (app.secrets(), patient.account.id);
    let work = move |tx: &mut Tx<'_>| answer_offer::decline(tx, &secrets, id.0, account);
    let say = |waiting: join_waitlist::Waiting| Answer::ok(&EntryBody::from(&waiting));
    answer::write(&app, patient.context(), work, say).await
}

/// One thing the caller waits for.
#[utoipa::path(get, path = "/v1/waitlist/{id}", tag = "Waitlist", params(("id" = String, Path)),
    responses((status = 200, body = EntryBody)))]
pub async fn find(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    id: PathId<WaitlistId>,
) -> Result<HttpResponse, Problem> {
    let (account, now) = (patient.account.id, app.now());
    let waiting = app.read(move |conn| join_waitlist::find(conn, id.0, account, now)).await?;
    Ok(HttpResponse::Ok().json(EntryBody::from(&waiting)))
}

/// Waits no longer; what is offered is given back.
#[utoipa::path(delete, path = "/v1/waitlist/{id}", tag = "Waitlist", params(("id" = String, Path)),
    responses((status = 204, description = "Waits no longer")))]
pub async fn leave(
    app: web::Data<App>,
    patient: SignedIn<Patient>,
    id: PathId<WaitlistId>,
) -> Result<HttpResponse, Problem> {
    let (sealer, account) = (app.secrets().sealer, patient.account.id);
    app.write(patient.context(), move |tx| join_waitlist::leave(tx, &sealer, id.0, account)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Those who wait for the practitioner's time, first come first.
#[utoipa::path(get, path = "/v1/practitioners/{id}/waitlist", tag = "Practitioner",
    params(("id" = String, Path), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of them", body = PageOf<WaiterBody>)))]
pub async fn of_practitioner(
    req: HttpRequest,
    app: web::Data<App>,
    owner: SignedIn<Practitioner>,
    id: PathId<PractitionerId>,
    Params(params): Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    if owner.practitioner != Some(id.0) && !owner.account.is_admin {
        return Err(Problem::not_found());
    }
    let page: Page<(i64, WaitlistId)> = Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let after =
        page.after.and_then(|(micros, id)| Some((DateTime::<Utc>::from_timestamp_micros(micros)?, id)));
    let (most, now) = (page.most(), app.now());
    let found = app.read(move |conn| join_waitlist::of_practitioner(conn, id.0, after, most, now)).await?;
    let key = |(waiting, _): &(join_waitlist::Waiting, String)| {
        (waiting.entry.created_at.timestamp_micros(), waiting.entry.id)
    };
    Ok(page.of(found, key, |waiter| WaiterBody::from(&waiter)).answer(&req))
}
