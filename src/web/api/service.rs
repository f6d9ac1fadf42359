//! What a practitioner offers.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        id::{PractitionerId, ServiceId},
        service::{BookingRules, Currency, Service},
        text,
    },
    operation::{
        App, manage_practitioner,
        manage_service::{self as manage, AddService, Draft, EditService, RemoveService, Wanted},
    },
    web::{
        answer::{self, Answer, Answered},
        etag::{self, IfMatch},
        extract::{Json, PathId, PathIds, Practitioner, SignedIn, Viewer},
        field::{Fields, given, whole},
        problem::Problem,
        route::{Access, Route, delete, get, patch, post},
        url,
    },
};

use super::practitioner::keeper;

const MOST_NAME: usize = 120;
/// A day.
const MOST_MINUTES: u32 = 1_440;
/// A year.
const MOST_NOTICE: u32 = 525_600;
const MOST_HORIZON: u32 = 365;
/// Ten million of a currency with two digits; far below what a column holds.
const MOST_PRICE: i64 = 1_000_000_000;
const DEFAULT_CANCELLATION_NOTICE: u32 = 1_440;

/// The description of this resource.
#[derive(OpenApi)]
#[openapi(paths(create, show, change, remove))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/practitioners/{id}/services", Access::Practitioner, create),
        get("/v1/practitioners/{id}/services/{child}", Access::Viewer, show),
        patch("/v1/practitioners/{id}/services/{child}", Access::Practitioner, change),
        delete("/v1/practitioners/{id}/services/{child}", Access::Practitioner, remove),
    ]
}

/// A new service.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateServiceBody {
    name: String,
    duration_minutes: i64,
    /// 0 when absent.
    buffer_before_minutes: Option<i64>,
    /// 15 when absent.
    buffer_after_minutes: Option<i64>,
    /// 120 when absent.
    minimum_notice_minutes: Option<i64>,
    /// 90 when absent, at most 365.
    horizon_days: Option<i64>,
    /// 15 when absent.
    start_interval_minutes: Option<i64>,
    /// In the currency's minor unit; only together with `currency`.
    price_minor: Option<i64>,
    /// ISO 4217; only together with `price_minor`.
    currency: Option<String>,
    /// False when absent.
    requires_confirmation: Option<bool>,
    /// 1440 when absent.
    cancellation_notice_minutes: Option<i64>,
}

impl CreateServiceBody {
    fn parse(self) -> Result<Draft, Problem> {
        let mut fields = Fields::default();
        let lengths = Lengths {
            duration: Some(self.duration_minutes),
            buffer_before: self.buffer_before_minutes,
            buffer_after: self.buffer_after_minutes,
            minimum_notice: self.minimum_notice_minutes,
            horizon: self.horizon_days,
            start_interval: self.start_interval_minutes,
            cancellation_notice: self.cancellation_notice_minutes,
        };
        let wanted = lengths.read(&mut fields);
        let name = fields.take("/name", text::line(&self.name, MOST_NAME));
        let minor = fields.take_if("/price_minor", self.price_minor.map(price_minor));
        let currency = fields.take_if("/currency", self.currency.map(|code| code.parse::<Currency>()));
        let price = match (minor, currency) {
            // Refused above already: half of what is left is no news.
            _ if fields.any_refused() => None,
            (minor, currency) => fields.take("/currency", manage::price(minor, currency)).flatten(),
        };
        fields.finish(|| {
            Some(Draft {
                name: name?,
                rules: rules(&wanted),
                price,
                requires_confirmation: self.requires_confirmation.unwrap_or(false),
                cancellation_notice_minutes: wanted
                    .cancellation_notice_minutes
                    .unwrap_or(DEFAULT_CANCELLATION_NOTICE),
            })
        })
    }
}

/// The rules of a new service: what is not said is as the API has it.
fn rules(wanted: &Wanted) -> BookingRules {
    let usual = BookingRules::lasting(wanted.duration_minutes.unwrap_or(1));
    BookingRules {
        duration_minutes: usual.duration_minutes,
        buffer_before_minutes: wanted.buffer_before_minutes.unwrap_or(usual.buffer_before_minutes),
        buffer_after_minutes: wanted.buffer_after_minutes.unwrap_or(usual.buffer_after_minutes),
        minimum_notice_minutes: wanted.minimum_notice_minutes.unwrap_or(usual.minimum_notice_minutes),
        horizon_days: wanted.horizon_days.unwrap_or(usual.horizon_days),
        start_interval_minutes: wanted.start_interval_minutes.unwrap_or(usual.start_interval_minutes),
    }
}

/// What is to become of a service; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeServiceBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    duration_minutes: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    buffer_before_minutes: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    buffer_after_minutes: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    minimum_notice_minutes: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    horizon_days: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    start_interval_minutes: Option<i64>,
    /// Null, together with `currency`, takes the price away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    price_minor: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    currency: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<bool>)]
    requires_confirmation: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    cancellation_notice_minutes: Option<i64>,
}

impl ChangeServiceBody {
    fn parse(self) -> Result<Wanted, Problem> {
        let mut fields = Fields::default();
        let lengths = Lengths {
            duration: self.duration_minutes,
            buffer_before: self.buffer_before_minutes,
            buffer_after: self.buffer_after_minutes,
            minimum_notice: self.minimum_notice_minutes,
            horizon: self.horizon_days,
            start_interval: self.start_interval_minutes,
            cancellation_notice: self.cancellation_notice_minutes,
        };
        let minor = self.price_minor.map(|minor| minor.map(price_minor).transpose());
        let currency = self.currency.map(|code| code.map(|code| code.parse::<Currency>()).transpose());
        let wanted = Wanted {
            name: fields.take_if("/name", self.name.map(|name| text::line(&name, MOST_NAME))),
            price_minor: fields.take_if("/price_minor", minor),
            currency: fields.take_if("/currency", currency),
            requires_confirmation: self.requires_confirmation,
            ..lengths.read(&mut fields)
        };
        fields.finish(|| Some(wanted))
    }
}

/// The lengths of a body, as they came.
struct Lengths {
    duration: Option<i64>,
    buffer_before: Option<i64>,
    buffer_after: Option<i64>,
    minimum_notice: Option<i64>,
    horizon: Option<i64>,
    start_interval: Option<i64>,
    cancellation_notice: Option<i64>,
}

impl Lengths {
    fn read(self, fields: &mut Fields) -> Wanted {
        let mut length = |pointer: &str, number: Option<i64>, least, most| {
            fields.take_if(pointer, number.map(|number| whole(number, least, most)))
        };
        Wanted {
            duration_minutes: length("/duration_minutes", self.duration, 1, MOST_MINUTES),
            buffer_before_minutes: length("/buffer_before_minutes", self.buffer_before, 0, MOST_MINUTES),
            buffer_after_minutes: length("/buffer_after_minutes", self.buffer_after, 0, MOST_MINUTES),
            minimum_notice_minutes: length("/minimum_notice_minutes", self.minimum_notice, 0, MOST_NOTICE),
            horizon_days: length("/horizon_days", self.horizon, 0, MOST_HORIZON),
            start_interval_minutes: length("/start_interval_minutes", self.start_interval, 1, MOST_MINUTES),
            cancellation_notice_minutes: length(
                "/cancellation_notice_minutes",
                self.cancellation_notice,
                0,
                MOST_NOTICE,
            ),
            ..Wanted::default()
        }
    }
}

fn price_minor(minor: i64) -> Result<i64, String> {
    let fits = (0..=MOST_PRICE).contains(&minor);
    if fits { Ok(minor) } else { Err(format!("must be from 0 to {MOST_PRICE}")) }
}

/// A service.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceBody {
    id: String,
    name: String,
    duration_minutes: u32,
    buffer_before_minutes: u32,
    buffer_after_minutes: u32,
    minimum_notice_minutes: u32,
    horizon_days: u32,
    start_interval_minutes: u32,
    #[schema(required)]
    price_minor: Option<i64>,
    #[schema(required)]
    currency: Option<String>,
    requires_confirmation: bool,
    cancellation_notice_minutes: u32,
}

impl From<&Service> for ServiceBody {
    fn from(service: &Service) -> Self {
        Self {
            id: service.id.to_string(),
            name: service.name.clone(),
            duration_minutes: service.rules.duration_minutes,
            buffer_before_minutes: service.rules.buffer_before_minutes,
            buffer_after_minutes: service.rules.buffer_after_minutes,
            minimum_notice_minutes: service.rules.minimum_notice_minutes,
            horizon_days: service.rules.horizon_days,
            start_interval_minutes: service.rules.start_interval_minutes,
            price_minor: service.price.map(|price| price.minor),
            currency: service.price.map(|price| price.currency.to_string()),
            requires_confirmation: service.requires_confirmation,
            cancellation_notice_minutes: service.cancellation_notice_minutes,
        }
    }
}

/// Adds a service.
#[utoipa::path(post, path = "/v1/practitioners/{id}/services", tag = "Practitioners", request_body = CreateServiceBody,
    params(("id" = String, Path, description = "The practitioner")),
    responses((status = 201, description = "Added", body = ServiceBody),
        (status = 409, description = "`too-many-services`")))]
pub async fn create(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathId(practitioner): PathId<PractitionerId>,
    body: Json<CreateServiceBody>,
) -> Result<Answered, Problem> {
    let wish = AddService { practitioner, keeper: keeper(&caller), draft: body.0.parse()? };
    let say = move |made: Service| {
        Answer::created(&ServiceBody::from(&made))
            .at(&url::service(practitioner, made.id))
            .tagged(made.version)
    };
    answer::write(&app, caller.context(), move |tx| manage::add(tx, &wish), say).await
}

/// One service.
#[utoipa::path(get, path = "/v1/practitioners/{id}/services/{child}", tag = "Directory",
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The service")),
    responses((status = 200, description = "The service", body = ServiceBody)))]
pub async fn show(
    app: web::Data<App>,
    viewer: Viewer,
    PathIds(practitioner, id): PathIds<PractitionerId, ServiceId>,
) -> Result<HttpResponse, Problem> {
    let (now, viewer) = (app.now(), viewer.caller.as_ref().map(keeper));
    let found = app.read(move |conn| manage_practitioner::show(conn, practitioner, viewer, now)).await?;
    let services = found.map(|record| record.listing.services).unwrap_or_default();
    let service = services.iter().find(|service| service.id == id).ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().insert_header(etag::tag(service.version)).json(ServiceBody::from(service)))
}

/// Changes a service. Bookings already made keep what they were agreed with.
#[utoipa::path(patch, path = "/v1/practitioners/{id}/services/{child}", tag = "Practitioners", request_body = ChangeServiceBody,
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The service")),
    responses((status = 200, description = "Changed", body = ServiceBody),
        (status = 412, description = "Changed in the meantime")))]
pub async fn change(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathIds(practitioner, service): PathIds<PractitionerId, ServiceId>,
    seen: IfMatch,
    body: Json<ChangeServiceBody>,
) -> Result<HttpResponse, Problem> {
    let (keeper, wanted) = (keeper(&caller), body.0.parse()?);
    let wish = EditService { practitioner, service, keeper, seen: seen.version(), wanted };
    let changed = app.write(caller.context(), move |tx| manage::edit(tx, &wish)).await?;
    Ok(HttpResponse::Ok().insert_header(etag::tag(changed.version)).json(ServiceBody::from(&changed)))
}

/// Removes a service. Its bookings stand.
#[utoipa::path(delete, path = "/v1/practitioners/{id}/services/{child}", tag = "Practitioners",
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The service")),
    responses((status = 204, description = "Removed"),
        (status = 412, description = "Changed in the meantime")))]
pub async fn remove(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathIds(practitioner, service): PathIds<PractitionerId, ServiceId>,
    seen: IfMatch,
) -> Result<HttpResponse, Problem> {
    let wish = RemoveService { practitioner, service, keeper: keeper(&caller), seen: seen.version() };
    app.write(caller.context(), move |tx| manage::remove(tx, &wish)).await?;
    Ok(HttpResponse::NoContent().finish())
}
