//! Completions from the gazetteer.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::{
    domain::{place::Place, text},
    operation::App,
    web::{
        extract::Params,
        page_of::parse_limit,
        problem::Problem,
        route::{Access, Route, get},
    },
};

/// Most characters of what is looked for.
const MOST_QUERY: usize = 100;

/// The description of this resource.
#[derive(OpenApi)]
#[openapi(paths(complete))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![get("/v1/places", Access::Public, complete).query(&["q", "limit"])]
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompleteParams {
    /// The beginning of a postal code, or of a city with or without its region.
    #[param(required)]
    q: Option<String>,
    /// 20 when absent, at most 100.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// A place of the gazetteer.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceBody {
    /// As it can be sent as `place`.
    label: String,
    name: String,
    latitude: f64,
    longitude: f64,
    country: String,
    region: String,
    postal_code: String,
}

impl From<Place> for PlaceBody {
    fn from(place: Place) -> Self {
        Self {
            label: place.label(),
            latitude: place.position.latitude(),
            longitude: place.position.longitude(),
            country: place.country.to_string(),
            name: place.name,
            region: place.region,
            postal_code: place.postal_code,
        }
    }
}

/// Places that begin with a text, larger ones first.
#[utoipa::path(get, path = "/v1/places", tag = "Directory", params(CompleteParams),
    responses((status = 200, description = "Completions", body = Vec<PlaceBody>)))]
pub async fn complete(
    app: web::Data<App>,
    Params(params): Params<CompleteParams>,
) -> Result<HttpResponse, Problem> {
    let asked = params.q.ok_or_else(|| Problem::bad_query("q", "is needed"))?;
    let asked = text::line(&asked, MOST_QUERY).map_err(|err| Problem::bad_query("q", err))?;
    let limit = parse_limit(params.limit.as_deref())?;
    let gazetteer = app.gazetteer();
    let found = app.off_loop(move || gazetteer.complete(&asked, limit)).await?;
    Ok(HttpResponse::Ok().json(found.into_iter().map(PlaceBody::from).collect::<Vec<_>>()))
}
