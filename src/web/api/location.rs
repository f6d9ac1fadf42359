//! Places where a practitioner treats.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        id::{LocationId, PractitionerId},
        location::{Country, Location, Position, PositionError},
        text,
    },
    operation::{
        App,
        manage_location::{self as manage, AddLocation, EditLocation, RemoveLocation, Wanted},
        manage_practitioner, place_address,
    },
    web::{
        answer::{self, Answer, Answered},
        etag::{self, IfMatch},
        extract::{Json, PathId, PathIds, Practitioner, SignedIn, Viewer},
        field::{self, Fields, given},
        problem::Problem,
        route::{Access, Route, delete, get, patch, post},
        url,
    },
};

use super::practitioner::keeper;

const MOST_NAME: usize = 120;
const MOST_LINE: usize = 200;
const MOST_CITY: usize = 100;
const MOST_POSTAL_CODE: usize = 16;

/// The description of this resource.
#[derive(OpenApi)]
#[openapi(paths(create, show, change, remove))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/practitioners/{id}/locations", Access::Practitioner, create),
        get("/v1/practitioners/{id}/locations/{child}", Access::Viewer, show),
        patch("/v1/practitioners/{id}/locations/{child}", Access::Practitioner, change),
        delete("/v1/practitioners/{id}/locations/{child}", Access::Practitioner, remove),
    ]
}

/// A new place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLocationBody {
    /// The practice's name, as patients know it.
    name: String,
    /// Street and number.
    address_line: String,
    city: String,
    /// State, province or territory; a code such as `OR` in the US, Canada and Australia.
    region: Option<String>,
    postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: String,
    /// From the gazetteer when absent; only together with `longitude`.
    latitude: Option<f64>,
    /// Only together with `latitude`.
    longitude: Option<f64>,
    /// From the coordinates when absent.
    time_zone: Option<String>,
}

impl CreateLocationBody {
    fn parse(self) -> Result<(Country, Wanted), Problem> {
        let mut fields = Fields::default();
        let country = fields.take("/country", self.country.parse::<Country>());
        let region = self.region.unwrap_or_default();
        let region = match country {
            Some(country) => fields.take("/region", place_address::region(country, &region)),
            None => None,
        };
        let postal_code = self.postal_code.unwrap_or_default();
        let wanted = Wanted {
            name: fields.take("/name", text::line(&self.name, MOST_NAME)),
            address_line: fields.take("/address_line", text::optional_line(&self.address_line, MOST_LINE)),
            city: fields.take("/city", text::line(&self.city, MOST_CITY)),
            region: region.and_then(|region| fields.take("/region", text::optional_line(&region, MOST_CITY))),
            postal_code: fields.take("/postal_code", text::optional_line(&postal_code, MOST_POSTAL_CODE)),
            country,
            position: position(&mut fields, self.latitude, self.longitude),
            time_zone: fields.take_if("/time_zone", self.time_zone.map(|zone| field::zone(&zone))),
        };
        fields.finish(|| Some((country?, wanted)))
    }
}

/// What is to become of a place; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLocationBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    address_line: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    city: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    region: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    postal_code: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    country: Option<String>,
    /// Another address without coordinates is looked up anew.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f64>)]
    latitude: Option<f64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f64>)]
    longitude: Option<f64>,
    /// Other coordinates without a zone bring their own.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<String>,
}

impl ChangeLocationBody {
    fn parse(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let optional = |most: usize| move |line: String| text::optional_line(&line, most);
        let needed = |most: usize| move |line: String| text::line(&line, most);
        let wanted = Wanted {
            name: fields.take_if("/name", self.name.map(needed(MOST_NAME))),
            address_line: fields.take_if("/address_line", self.address_line.map(optional(MOST_LINE))),
            city: fields.take_if("/city", self.city.map(needed(MOST_CITY))),
            region: fields.take_if("/region", self.region.map(optional(MOST_CITY))),
            postal_code: fields.take_if("/postal_code", self.postal_code.map(optional(MOST_POSTAL_CODE))),
            country: fields.take_if("/country", self.country.map(|code| code.parse())),
            position: position(&mut fields, self.latitude, self.longitude),
            time_zone: fields.take_if("/time_zone", self.time_zone.map(|zone| field::zone(&zone))),
        };
        fields.finish(|| Some(wanted))
    }
}

/// Coordinates come as a pair or not at all.
fn position(fields: &mut Fields, latitude: Option<f64>, longitude: Option<f64>) -> Option<Position> {
    match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => {
            let read = Position::new(latitude, longitude);
            let pointer = if read == Err(PositionError::Longitude) { "/longitude" } else { "/latitude" };
            fields.take(pointer, read)
        }
        (None, None) => None,
        (Some(_), None) => {
            fields.refuse("/longitude", "is needed where latitude is sent");
            None
        }
        (None, Some(_)) => {
            fields.refuse("/latitude", "is needed where longitude is sent");
            None
        }
    }
}

/// A place.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationBody {
    id: String,
    name: String,
    address_line: String,
    city: String,
    region: String,
    postal_code: String,
    country: String,
    latitude: f64,
    longitude: f64,
    time_zone: &'static str,
}

impl From<&Location> for LocationBody {
    fn from(place: &Location) -> Self {
        Self {
            id: place.id.to_string(),
            name: place.name.clone(),
            address_line: place.address_line.clone(),
            city: place.city.clone(),
            region: place.region.clone(),
            postal_code: place.postal_code.clone(),
            country: place.country.to_string(),
            latitude: place.position.latitude(),
            longitude: place.position.longitude(),
            time_zone: place.time_zone.name(),
        }
    }
}

/// Adds a place. Missing coordinates come from the gazetteer, a missing zone from the coordinates.
#[utoipa::path(post, path = "/v1/practitioners/{id}/locations", tag = "Practitioners", request_body = CreateLocationBody,
    params(("id" = String, Path, description = "The practitioner")),
    responses((status = 201, description = "Added", body = LocationBody),
        (status = 409, description = "`too-many-locations`")))]
pub async fn create(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathId(practitioner): PathId<PractitionerId>,
    body: Json<CreateLocationBody>,
) -> Result<Answered, Problem> {
    let (country, wanted) = body.0.parse()?;
    let (keeper, gazetteer) = (keeper(&caller), app.gazetteer());
    let wish = AddLocation { practitioner, keeper, country, wanted, gazetteer };
    let say = move |made: Location| {
        Answer::created(&LocationBody::from(&made))
            .at(&url::location(practitioner, made.id))
            .tagged(made.version)
    };
    answer::write(&app, caller.context(), move |tx| manage::add(tx, &wish), say).await
}

/// One place.
#[utoipa::path(get, path = "/v1/practitioners/{id}/locations/{child}", tag = "Directory",
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The place")),
    responses((status = 200, description = "The place", body = LocationBody)))]
pub async fn show(
    app: web::Data<App>,
    viewer: Viewer,
    PathIds(practitioner, id): PathIds<PractitionerId, LocationId>,
) -> Result<HttpResponse, Problem> {
    let (now, viewer) = (app.now(), viewer.caller.as_ref().map(keeper));
    let found = app.read(move |conn| manage_practitioner::show(conn, practitioner, viewer, now)).await?;
    let places = found.map(|record| record.listing.locations).unwrap_or_default();
    let place = places.iter().find(|place| place.id == id).ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().insert_header(etag::tag(place.version)).json(LocationBody::from(place)))
}

/// Changes a place.
#[utoipa::path(patch, path = "/v1/practitioners/{id}/locations/{child}", tag = "Practitioners", request_body = ChangeLocationBody,
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The place")),
    responses((status = 200, description = "Changed", body = LocationBody),
        (status = 412, description = "Changed in the meantime")))]
pub async fn change(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathIds(practitioner, location): PathIds<PractitionerId, LocationId>,
    seen: IfMatch,
    body: Json<ChangeLocationBody>,
) -> Result<HttpResponse, Problem> {
    let (keeper, wanted, gazetteer) = (keeper(&caller), body.0.parse()?, app.gazetteer());
    let wish = EditLocation { practitioner, location, keeper, seen: seen.version(), wanted, gazetteer };
    let changed = app.write(caller.context(), move |tx| manage::edit(tx, &wish)).await?;
    Ok(HttpResponse::Ok().insert_header(etag::tag(changed.version)).json(LocationBody::from(&changed)))
}

/// Removes a place where nothing lies ahead any more.
#[utoipa::path(delete, path = "/v1/practitioners/{id}/locations/{child}", tag = "Practitioners",
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The place")),
    responses((status = 204, description = "Removed"),
        (status = 409, description = "`location-in-use`: appointments or hours that lie ahead are there"),
        (status = 412, description = "Changed in the meantime")))]
pub async fn remove(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathIds(practitioner, location): PathIds<PractitionerId, LocationId>,
    seen: IfMatch,
) -> Result<HttpResponse, Problem> {
    let wish = RemoveLocation { practitioner, location, keeper: keeper(&caller), seen: seen.version() };
    app.write(caller.context(), move |tx| manage::remove(tx, &wish)).await?;
    Ok(HttpResponse::NoContent().finish())
}
