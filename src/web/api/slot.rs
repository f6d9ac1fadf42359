//! Free times, and why the others are not.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        id::{LocationId, PractitionerId, ServiceId},
        period::Period,
        slot::Slot,
    },
    operation::{
        App,
        find_slots::{self, FindSlots, Slots},
    },
    web::{
        extract::{Params, PathId},
        instant,
        problem::Problem,
        refusal::booking::reasons_json,
        route::{Access, Route, get},
    },
};

/// The longest stretch that may be asked for at once.
const LONGEST: Duration = Duration::days(31);

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(list, explain), components(schemas(SlotsBody, SlotBody, ExplainBody, ReasonBody)))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        get("/v1/practitioners/{id}/slots", Access::Public, list).query(&[
            "service_id",
            "location_id",
            "from",
            "until",
        ]),
        get("/v1/practitioners/{id}/slots/explain", Access::Public, explain).query(&[
            "service_id",
            "location_id",
            "at",
        ]),
    ]
}

/// Which items, as the query string says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    service_id: Option<String>,
    location_id: Option<String>,
    from: Option<String>,
    until: Option<String>,
}

/// Which instant, as the query string says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainParams {
    service_id: Option<String>,
    location_id: Option<String>,
    at: Option<String>,
}

/// Free times of one service.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotsBody {
    /// The schedule's zone, in which `local_start` is told.
    time_zone: String,
    /// By start, then place.
    items: Vec<SlotBody>,
}

/// A visit that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotBody {
    /// Start, UTC.
    starts_at: String,
    /// End, UTC, buffers left aside.
    ends_at: String,
    /// Start on the wall clock there, with its offset.
    local_start: String,
    /// Where.
    #[schema(value_type = String, format = Uuid)]
    location_id: LocationId,
}

/// Whether an instant is offered.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainBody {
    offered: bool,
    #[schema(value_type = Vec<ReasonBody>)]
    reasons: serde_json::Value,
}

/// One rule that takes an instant away.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonBody {
    rule: String,
    detail: String,
}

impl SlotBody {
    /// The slots, each with its local time.
    pub fn all(found: &Slots) -> Vec<Self> {
        let item = |slot: &Slot| Self {
            starts_at: instant::text(slot.visit.start()),
            ends_at: instant::text(slot.visit.end()),
            local_start: instant::local_text(slot.visit.start(), found.time_zone),
            location_id: slot.location,
        };
        found.slots.iter().map(item).collect()
    }
}

impl From<Slots> for SlotsBody {
    fn from(found: Slots) -> Self {
        Self { time_zone: found.time_zone.name().to_owned(), items: SlotBody::all(&found) }
    }
}

/// Free times of one service in a stretch of at most 31 days; empty where not bookable.
#[utoipa::path(get, path = "/v1/practitioners/{id}/slots", tag = "Directory",
    params(("id" = String, Path), ("service_id" = String, Query), ("location_id" = Option<String>, Query),
        ("from" = String, Query, description = "Instant, included"), ("until" = String, Query, description = "Instant, excluded")),
    responses((status = 200, body = SlotsBody)))]
pub async fn list(
    app: web::Data<App>,
    practitioner: PathId<PractitionerId>,
    params: Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let Params(params) = params;
    let wanted = wanted(practitioner.0, params.service_id.as_deref(), params.location_id.as_deref())?;
    let within = stretch(params.from.as_deref(), params.until.as_deref())?;
    let now = app.now();
    let found = app.read(move |conn| find_slots::list(conn, wanted, within, now)).await?;
    Ok(HttpResponse::Ok().json(SlotsBody::from(found)))
}

/// For one instant, whether it is offered and, if not, every rule that takes it away.
#[utoipa::path(get, path = "/v1/practitioners/{id}/slots/explain", tag = "Directory",
    params(("id" = String, Path), ("service_id" = String, Query), ("location_id" = Option<String>, Query), ("at" = String, Query)),
    responses((status = 200, body = ExplainBody)))]
pub async fn explain(
    app: web::Data<App>,
    practitioner: PathId<PractitionerId>,
    params: Params<ExplainParams>,
) -> Result<HttpResponse, Problem> {
    let Params(params) = params;
    let wanted = wanted(practitioner.0, params.service_id.as_deref(), params.location_id.as_deref())?;
    let at = required_instant("at", params.at.as_deref())?;
    let now = app.now();
    let reasons = app.read(move |conn| find_slots::explain(conn, wanted, at, now)).await?;
    let body = ExplainBody { offered: reasons.is_empty(), reasons: reasons_json(&reasons) };
    Ok(HttpResponse::Ok().json(body))
}

fn wanted(
    practitioner: PractitionerId,
    service: Option<&str>,
    location: Option<&str>,
) -> Result<FindSlots, Problem> {
    let service = service.ok_or_else(|| Problem::bad_query("service_id", "is needed"))?;
    let service: ServiceId =
        service.parse().map_err(|_| Problem::bad_query("service_id", "must be the id of a service"))?;
    let location = location.map(str::parse::<LocationId>).transpose();
    let location = location.map_err(|_| Problem::bad_query("location_id", "must be the id of a location"))?;
    Ok(FindSlots { practitioner, service, location })
}

fn required_instant(name: &str, text: Option<&str>) -> Result<DateTime<Utc>, Problem> {
    let text = text.ok_or_else(|| Problem::bad_query(name, "is needed"))?;
    instant::parse(text).map_err(|err| Problem::bad_query(name, err))
}

/// A stretch from two parameters: both needed, in order, at most 31 days.
pub(super) fn stretch(from: Option<&str>, until: Option<&str>) -> Result<Period, Problem> {
    let (from, until) = (required_instant("from", from)?, required_instant("until", until)?);
    let within = Period::new(from, until).ok_or_else(|| Problem::bad_query("until", "must be after from"))?;
    if within.duration() > LONGEST {
        return Err(Problem::bad_query("until", "must be at most 31 days after from"));
    }
    Ok(within)
}
