//! Search: who treats near here, with whom a time is free.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        credential::{Credential, CredentialStatus},
        id::{LocationId, PractitionerId, ServiceId},
        location::Location,
        schedule::local_date,
        service::Service,
    },
    operation::{
        App,
        find_practitioners::{self, Located},
    },
    search::{Found, Item},
    web::{
        extract::Params,
        instant,
        page_of::next_link,
        problem::Problem,
        route::{Access, Route, get},
    },
};

use super::directory_query::FindParams;

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

/// One page of the directory.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundBody {
    origin: Option<OriginBody>,
    /// How many items match on all pages; null unless `facets=true`.
    total: Option<u64>,
    facets: Option<FacetsBody>,
    items: Vec<ItemBody>,
    next_cursor: Option<String>,
}

/// From where distance is measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct OriginBody {
    latitude: f64,
    longitude: f64,
    label: String,
}

/// What each choice would give, all filters applied except the facet's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetsBody {
    provider_type: std::collections::BTreeMap<String, u64>,
    language: std::collections::BTreeMap<String, u64>,
    concern: std::collections::BTreeMap<String, u64>,
}

/// One practitioner at one place.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemBody {
    #[schema(value_type = String, format = Uuid)]
    id: PractitionerId,
    name: String,
    provider_type: &'static str,
    /// A verified licence covers this place today.
    verified: bool,
    /// Nothing but a free time stands between a patient and a booking here.
    bookable: bool,
    credentials: Vec<CheckedBody>,
    location: PlaceBody,
    /// Great-circle kilometres, to the metre; null without an origin.
    distance_km: Option<f64>,
    accepts_new_patients: bool,
    languages: Vec<String>,
    concerns: Vec<String>,
    services: Vec<OfferedBody>,
    next_available_at: Option<String>,
}

/// A verified credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedBody {
    kind: &'static str,
    jurisdiction: String,
    verified_on: Option<String>,
    expires_on: Option<String>,
}

/// A place of practice.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceBody {
    #[schema(value_type = String, format = Uuid)]
    id: LocationId,
    name: String,
    address_line: String,
    city: String,
    region: String,
    postal_code: String,
    country: String,
    latitude: f64,
    longitude: f64,
    time_zone: String,
}

/// Something that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedBody {
    #[schema(value_type = String, format = Uuid)]
    id: ServiceId,
    name: String,
    duration_minutes: u32,
    price_minor: Option<i64>,
    currency: Option<String>,
}

impl From<&Location> for PlaceBody {
    fn from(place: &Location) -> Self {
        Self {
            id: place.id,
            name: place.name.clone(),
            address_line: place.address_line.clone(),
            city: place.city.clone(),
            region: place.region.clone(),
            postal_code: place.postal_code.clone(),
            country: place.country.to_string(),
            latitude: place.position.latitude(),
            longitude: place.position.longitude(),
            time_zone: place.time_zone.name().to_owned(),
        }
    }
}

impl From<&Service> for OfferedBody {
    fn from(service: &Service) -> Self {
        Self {
            id: service.id,
            name: service.name.clone(),
            duration_minutes: service.rules.duration_minutes,
            price_minor: service.price.map(|price| price.minor),
            currency: service.price.map(|price| price.currency.to_string()),
        }
    }
}

impl From<&Credential> for CheckedBody {
    fn from(credential: &Credential) -> Self {
        Self {
            kind: credential.kind.code(),
            jurisdiction: credential.jurisdiction.to_string(),
            verified_on: credential.verified_on.map(|on| on.to_string()),
            expires_on: credential.expires_on.map(|on| on.to_string()),
        }
    }
}

fn item_body(item: &Item, now: chrono::DateTime<chrono::Utc>) -> Option<ItemBody> {
    let (listing, location) = item.listing()?;
    let practitioner = listing.practitioner;
    let today = local_date(location.time_zone, now);
    let verified = |credential: &&Credential| credential.status_on(today) == CredentialStatus::Verified;
    Some(ItemBody {
        id: practitioner.id,
        name: practitioner.full_name(),
        provider_type: practitioner.provider_type.code(),
        verified: item.verified,
        bookable: item.bookable,
        credentials: listing.credentials.iter().filter(verified).map(CheckedBody::from).collect(),
        location: PlaceBody::from(&location),
        distance_km: item.distance_km.map(|km| (km * 1_000.0).round() / 1_000.0),
        accepts_new_patients: practitioner.accepts_new_patients,
        languages: practitioner.languages,
        concerns: practitioner.concerns,
        services: listing.services.iter().map(OfferedBody::from).collect(),
        next_available_at: item.next_available_at.map(instant::text),
    })
}

fn body(found: Found, origin: Option<Located>, now: chrono::DateTime<chrono::Utc>) -> FoundBody {
    FoundBody {
        origin: origin.map(|origin| OriginBody {
            latitude: origin.position.latitude(),
            longitude: origin.position.longitude(),
            label: origin.label,
        }),
        total: found.total,
        facets: found.facets.map(|facets| FacetsBody {
            provider_type: facets.provider_type,
            language: facets.language,
            concern: facets.concern,
        }),
        items: found.items.iter().filter_map(|item| item_body(item, now)).collect(),
        next_cursor: found.next.map(|cursor| cursor.encode()),
    }
}

/// Practitioners near a place, or by name; one item is one practitioner at one place.
#[utoipa::path(get, path = "/v1/practitioners", tag = "Directory", params(FindParams),
    responses((status = 200, body = FoundBody)))]
pub async fn find(
    req: HttpRequest,
    app: web::Data<App>,
    params: Params<FindParams>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let (query, origin) = params.0.parse(&app, now)?;
    let found = body(find_practitioners::find(&app, &query, now), origin, now);
    let mut response = HttpResponse::Ok();
    if let Some(link) = next_link(&req, found.next_cursor.as_deref()) {
        response.insert_header(link);
    }
    Ok(response.json(found))
}
