//! What a visit is expected to cost, as a document.

use actix_web::{HttpResponse, web};
use utoipa::OpenApi;

use crate::{
    domain::id::AppointmentId,
    operation::{App, estimate},
    web::{
        extract::{PathId, Patient, SignedIn},
        page,
        problem::Problem,
        route::{Access, Route, get},
    },
};

use super::appointment::asker;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(find))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![get("/v1/appointments/{id}/estimate", Access::Patient, find)]
}

/// The good-faith estimate for a visit in the United States whose price was agreed, to read, print
/// and keep; for its patient's side, its practitioner or an admin. Otherwise 404 `/problems/no-estimate`.
#[utoipa::path(get, path = "/v1/appointments/{id}/estimate", tag = "Booking", params(("id" = String, Path)),
    responses((status = 200, description = "A document", content_type = "text/html", body = String)))]
pub async fn find(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<AppointmentId>,
) -> Result<HttpResponse, Problem> {
    let (secrets, asker) = (app.secrets(), asker(&caller));
    let found = app.read(move |conn| estimate::find(conn, &secrets, id.0, asker)).await?;
    Ok(page::estimate::page(&found))
}
