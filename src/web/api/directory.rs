//! Search: who treats near here, with whom a time is free.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use utoipa::OpenApi;

use crate::{
    operation::{App, find_practitioners},
    web::{
        etag,
        extract::Params,
        page_of::next_link,
        problem::Problem,
        route::{Access, Route, get},
    },
};

use super::{
    directory_answer::{
        CheckedBody, FacetsBody, FoundBody, ItemBody, OfferedBody, OriginBody, PlaceBody, RenderedItems,
        answer,
    },
    directory_query::FindParams,
};

/// What this file describes.
#[derive(OpenApi)]
#[openapi(
    paths(find),
    components(schemas(FoundBody, ItemBody, PlaceBody, OfferedBody, CheckedBody, OriginBody, FacetsBody))
)]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![get("/v1/practitioners", Access::Public, find).query(super::directory_query::NAMES)]
}

/// Practitioners near a place, or by name; one item is one practitioner at one place.
#[utoipa::path(get, path = "/v1/practitioners", tag = "Directory", params(FindParams),
    responses((status = 200, body = FoundBody)))]
pub async fn find(
    req: HttpRequest,
    app: web::Data<App>,
    rendered: web::Data<RenderedItems>,
    params: Params<FindParams>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let (query, origin) = params.0.parse(&app, now)?;
    let found = find_practitioners::find(&app, &query, now);
    let answer = answer(&rendered, found, origin, now).map_err(|err| Problem::failure(&err))?;
    let mut response = HttpResponse::Ok();
    if let Some(link) = next_link(&req, answer.next_cursor.as_deref()) {
        response.insert_header(link);
    }
    response.insert_header(etag::weak(answer.digest));
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    Ok(response.content_type("application/json").body(answer.body))
}
