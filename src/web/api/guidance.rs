//! What the therapy is and what is known of it; the code lists.
//!
//! Fixed text: whoever has it may keep it, and asks with its tag whether it changed.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use actix_web::{HttpResponse, http::header};
use serde::Serialize;
use serde_json::Value;
use utoipa::OpenApi;

use crate::{
    domain::guidance::{CONCERNS, PROVIDER_TYPES, THERAPY},
    web::{
        page_of::PageOf,
        route::{Access, Route, get},
    },
};

/// The description of this resource.
#[derive(OpenApi)]
#[openapi(paths(provider_types, concerns, therapy))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        get("/v1/provider-types", Access::Public, provider_types),
        get("/v1/concerns", Access::Public, concerns),
        get("/v1/therapy", Access::Public, therapy),
    ]
}

/// How long a copy is good without asking, in seconds.
const GOOD_FOR: &str = "public, max-age=3600";

/// A fixed text, written once.
struct Fixed {
    body: String,
    tag: String,
}

impl Fixed {
    fn new(told: &impl Serialize) -> Self {
        let body = serde_json::to_string(told).unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        Self { tag: format!("\"{:016x}\"", hasher.finish()), body }
    }

    fn list(told: &'static [impl Serialize]) -> Self {
        Self::new(&PageOf { items: told.iter().collect(), next_cursor: None })
    }

    fn answer(&self) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::ETAG, self.tag.clone()))
            .insert_header((header::CACHE_CONTROL, GOOD_FOR))
            .content_type("application/json")
            .body(self.body.clone())
    }
}

/// The five professions: code, label, what each is, its NUCC code, whether a certification is needed too, sources.
#[utoipa::path(get, path = "/v1/provider-types", tag = "Guidance",
    responses((status = 200, description = "All of them", body = PageOf<Value>), (status = 304, description = "Unchanged")))]
pub async fn provider_types() -> HttpResponse {
    static TOLD: LazyLock<Fixed> = LazyLock::new(|| Fixed::list(&PROVIDER_TYPES));
    TOLD.answer()
}

/// What people come with: code, label, description, and what is known about each, with sources.
#[utoipa::path(get, path = "/v1/concerns", tag = "Guidance",
    responses((status = 200, description = "All of them", body = PageOf<Value>), (status = 304, description = "Unchanged")))]
pub async fn concerns() -> HttpResponse {
    static TOLD: LazyLock<Fixed> = LazyLock::new(|| Fixed::list(&CONCERNS));
    TOLD.answer()
}

/// What craniosacral therapy is, what is and is not known of it, each statement with its sources.
#[utoipa::path(get, path = "/v1/therapy", tag = "Guidance",
    responses((status = 200, description = "The text, by sections", body = Value), (status = 304, description = "Unchanged")))]
pub async fn therapy() -> HttpResponse {
    static TOLD: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(&THERAPY));
    TOLD.answer()
}
