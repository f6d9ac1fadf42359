//! Times a practitioner is away.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::{
    domain::{
        appointment::Appointment,
        id::{PractitionerId, TimeOffId},
        period::Period,
        text,
    },
    operation::{
        App,
        manage_time_off::{self as manage, GiveBack, LONGEST, TakeTimeOff},
    },
    store::time_off::TimeOff,
    web::{
        answer::{self, Answer, Answered},
        etag::IfMatch,
        extract::{Json, Params, PathId, PathIds, Practitioner, SignedIn},
        field::Fields,
        instant,
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, delete, get, post},
        url,
    },
};

use super::{practitioner::keeper, schedule::AffectedBody};

const MOST_REASON: usize = 500;

/// The version of a time off: it is there, or it is gone.
const NEVER_CHANGES: i64 = 1;

/// The description of this resource.
#[derive(OpenApi)]
#[openapi(paths(create, list, show, remove))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/practitioners/{id}/time-off", Access::Practitioner, create),
        get("/v1/practitioners/{id}/time-off", Access::Practitioner, list).query(&["limit", "cursor"]),
        get("/v1/practitioners/{id}/time-off/{child}", Access::Practitioner, show),
        delete("/v1/practitioners/{id}/time-off/{child}", Access::Practitioner, remove),
    ]
}

/// A time off asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeBody {
    /// RFC 3339, any offset.
    starts_at: String,
    /// At most 366 days later.
    ends_at: String,
    /// For yourself; at most 500 characters.
    reason: Option<String>,
}

impl TakeBody {
    fn parse(self) -> Result<(Period, String), Problem> {
        let mut fields = Fields::default();
        let starts_at = fields.take("/starts_at", instant::parse(&self.starts_at));
        let ends_at = fields.take("/ends_at", instant::parse(&self.ends_at));
        let reason = self.reason.map(|reason| text::paragraph(&reason, MOST_REASON));
        let reason = fields.take_if("/reason", reason).unwrap_or_default();
        let period = starts_at.zip(ends_at).and_then(|(start, end)| {
            let period = Period::new(start, end).ok_or("must be after starts_at");
            let fits = |period: &Period| period.duration() <= LONGEST;
            let period = period.and_then(|p| Some(p).filter(fits).ok_or("must be at most 366 days later"));
            fields.take("/ends_at", period)
        });
        fields.finish(|| Some((period?, reason)))
    }
}

/// A time off.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeOffBody {
    id: String,
    starts_at: String,
    ends_at: String,
    reason: String,
}

impl From<&TimeOff> for TimeOffBody {
    fn from(taken: &TimeOff) -> Self {
        Self {
            id: taken.id.to_string(),
            starts_at: instant::text(taken.period.start()),
            ends_at: instant::text(taken.period.end()),
            reason: taken.reason.clone(),
        }
    }
}

/// A time off just taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenBody {
    #[serde(flatten)]
    taken: TimeOffBody,
    /// Bookings that share time with it; they are kept.
    affected_appointments: Vec<AffectedBody>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// 20 when absent, at most 100.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// From `next_cursor`.
    cursor: Option<String>,
}

/// Notes a time off. Nothing can be booked into it; what is booked already stands.
#[utoipa::path(post, path = "/v1/practitioners/{id}/time-off", tag = "Practitioners", request_body = TakeBody,
    params(("id" = String, Path, description = "The practitioner")),
    responses((status = 201, description = "Noted", body = TakenBody),
        (status = 409, description = "`too-many-times-off`")))]
pub async fn create(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathId(practitioner): PathId<PractitionerId>,
    body: Json<TakeBody>,
) -> Result<Answered, Problem> {
    let (period, reason) = body.0.parse()?;
    let wish = TakeTimeOff { practitioner, keeper: keeper(&caller), period, reason };
    let say = move |(taken, affected): (TimeOff, Vec<Appointment>)| {
        let affected_appointments = affected.iter().map(AffectedBody::from).collect();
        Answer::created(&TakenBody { taken: TimeOffBody::from(&taken), affected_appointments })
            .at(&url::time_off(practitioner, taken.id))
            .tagged(NEVER_CHANGES)
    };
    answer::write(&app, caller.context(), move |tx| manage::take(tx, &wish), say).await
}

/// Times off by their start.
#[utoipa::path(get, path = "/v1/practitioners/{id}/time-off", tag = "Practitioners",
    params(("id" = String, Path, description = "The practitioner"), ListParams),
    responses((status = 200, description = "A page of them", body = PageOf<TimeOffBody>)))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathId(practitioner): PathId<PractitionerId>,
    Params(params): Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<(DateTime<Utc>, TimeOffId)> =
        Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let (keeper, after, most) = (keeper(&caller), page.after, page.most());
    let found = app.read(move |conn| manage::list(conn, practitioner, keeper, after, most)).await?;
    let rows = found.ok_or_else(Problem::not_found)?;
    let key = |taken: &TimeOff| (taken.period.start(), taken.id);
    Ok(page.of(rows, key, |taken| TimeOffBody::from(&taken)).answer(&req))
}

/// One time off.
#[utoipa::path(get, path = "/v1/practitioners/{id}/time-off/{child}", tag = "Practitioners",
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The time off")),
    responses((status = 200, description = "The time off", body = TimeOffBody)))]
pub async fn show(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathIds(practitioner, id): PathIds<PractitionerId, TimeOffId>,
) -> Result<HttpResponse, Problem> {
    let keeper = keeper(&caller);
    let found = app.read(move |conn| manage::show(conn, practitioner, keeper, id)).await?;
    let taken = found.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(&TimeOffBody::from(&taken)).tagged(NEVER_CHANGES).response())
}

/// Gives a time off back.
#[utoipa::path(delete, path = "/v1/practitioners/{id}/time-off/{child}", tag = "Practitioners",
    params(("id" = String, Path, description = "The practitioner"), ("child" = String, Path, description = "The time off")),
    responses((status = 204, description = "Given back"),
        (status = 412, description = "Changed in the meantime")))]
pub async fn remove(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    PathIds(practitioner, time_off): PathIds<PractitionerId, TimeOffId>,
    seen: IfMatch,
) -> Result<HttpResponse, Problem> {
    seen.check(NEVER_CHANGES)?;
    let wish = GiveBack { practitioner, time_off, keeper: keeper(&caller) };
    app.write(caller.context(), move |tx| manage::give_back(tx, &wish)).await?;
    Ok(HttpResponse::NoContent().finish())
}
