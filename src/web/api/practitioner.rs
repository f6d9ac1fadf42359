//! Practitioners' records and public profiles.

use utoipa::OpenApi;

use crate::web::route::Route;

#[derive(OpenApi)]
#[openapi(paths())]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![]
}
