//! For those who run it: is it alive, is it ready, what has it counted, what does it offer.

use actix_web::{HttpResponse, http::header, web};
use utoipa::OpenApi;

use crate::{
    operation::App,
    web::{
        openapi,
        problem::Problem,
        route::{Access, Route, get},
        telemetry,
    },
};

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(healthz, readyz, metrics, description))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        get("/healthz", Access::Public, healthz),
        get("/readyz", Access::Public, readyz),
        get("/metrics", Access::Public, metrics),
        get("/openapi.json", Access::Public, description),
    ]
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "Operations", responses((status = 200, description = "It answers")))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

/// Database, migrations and index are ready.
#[utoipa::path(get, path = "/readyz", tag = "Operations", responses((status = 200, description = "Ready")))]
pub async fn readyz(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    if app.is_ready().await {
        Ok(HttpResponse::Ok().json(serde_json::json!({"status": "ready"})))
    } else {
        Err(Problem::unavailable())
    }
}

/// Counters and timings in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "Operations", responses((status = 200, description = "Prometheus text", content_type = "text/plain")))]
pub async fn metrics() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(telemetry::render())
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "Operations", responses((status = 200, description = "OpenAPI 3.1")))]
pub async fn description() -> HttpResponse {
    HttpResponse::Ok().json(openapi::document())
}
