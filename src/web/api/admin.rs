//! For those who oversee: the trail, the whole at a glance, and barring accounts.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use crate::{
    domain::{account::AccountStatus, id::AccountId, text},
    operation::{
        App,
        oversee::{self, Counts, Measure, Overview, Take},
    },
    store::audit::{self, Filter, Written},
    web::{
        answer::{self, Answer, Answered},
        extract::{Admin, Json, Params, PathId, SignedIn},
        field::Fields,
        instant,
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, get, post},
    },
};

/// Most characters of a reason.
const MOST_REASON: usize = 500;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(trail, overview, suspend, reinstate))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    const TRAIL: &[&str] = &["actor", "subject", "action", "from", "until", "limit", "cursor"];
    vec![
        get("/v1/admin/audit", Access::Admin, trail).query(TRAIL),
        get("/v1/admin/overview", Access::Admin, overview),
        post("/v1/admin/accounts/{id}/suspend", Access::Admin, suspend),
        post("/v1/admin/accounts/{id}/reinstate", Access::Admin, reinstate),
    ]
}

/// Which rows of the trail.
#[derive(Debug, Deserialize)]
pub struct TrailParams {
    actor: Option<String>,
    subject: Option<String>,
    action: Option<String>,
    from: Option<String>,
    until: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Where a page of the trail ended: instant, chain, number.
type TrailKey = (DateTime<Utc>, i32, i64);

impl TrailParams {
    fn parse(self, after: Option<TrailKey>) -> Result<Filter, Problem> {
        let id = |name: &str, text: Option<&str>| {
            let read = text.map(Uuid::try_parse).transpose();
            read.map_err(|_| Problem::bad_query(name, "must be an id"))
        };
        let at = |name: &str, text: Option<&str>| {
            text.map(instant::parse).transpose().map_err(|err| Problem::bad_query(name, err))
        };
        Ok(Filter {
            actor: id("actor", self.actor.as_deref())?.map(AccountId::from),
            subject: id("subject", self.subject.as_deref())?,
            from: at("from", self.from.as_deref())?,
            until: at("until", self.until.as_deref())?,
            action: self.action,
            after,
        })
    }
}

/// One row of the trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrailBody {
    #[schema(format = DateTime)]
    at: String,
    /// The account; null for somebody not signed in, and for the system.
    #[schema(required)]
    actor: Option<Uuid>,
    /// In which part: `patient`, `practitioner`, `admin`, `anonymous` or `system`.
    actor_role: String,
    /// What was done, as in `credential.decide`.
    action: String,
    /// To what kind of thing.
    subject_kind: String,
    /// To which.
    #[schema(required)]
    subject: Option<Uuid>,
    /// More, without personal or health data.
    detail: Value,
    request_id: Uuid,
    /// Which chain of the trail, and which link of it.
    chain: i32,
    number: i64,
}

impl From<Written> for TrailBody {
    fn from(row: Written) -> Self {
        Self {
            at: instant::text(row.at),
            actor: row.actor.map(Into::into),
            actor_role: row.actor_role,
            action: row.action,
            subject_kind: row.subject_kind,
            subject: row.subject,
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            request_id: row.request.into(),
            chain: row.chain,
            number: row.number,
        }
    }
}

/// Who did what to what, newest first.
#[utoipa::path(get, path = "/v1/admin/audit", tag = "Admin",
    params(("actor" = Option<String>, Query), ("subject" = Option<String>, Query),
        ("action" = Option<String>, Query), ("from" = Option<String>, Query, description = "That instant and later"),
        ("until" = Option<String>, Query, description = "Before that instant"),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of the trail", body = PageOf<TrailBody>)))]
pub async fn trail(
    req: HttpRequest,
    app: web::Data<App>,
    _admin: SignedIn<Admin>,
    params: Params<TrailParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<TrailKey> = Page::parse(params.0.limit.as_deref(), params.0.cursor.as_deref())?;
    let (filter, most) = (params.0.parse(page.after)?, page.most());
    let rows = app.read(move |conn| audit::list(conn, &filter, most)).await?;
    Ok(page.of(rows, |row| (row.at, row.chain, row.number), TrailBody::from).answer(&req))
}

/// The whole at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewBody {
    /// By status.
    #[schema(value_type = BTreeMap<String, i64>)]
    credentials: Counts,
    /// Verified, and over within thirty days.
    credentials_expiring: i64,
    /// `registered`, `imported` and `closed`; `excluded` among the first two.
    #[schema(value_type = BTreeMap<String, i64>)]
    practitioners: Counts,
    /// By status.
    #[schema(value_type = BTreeMap<String, i64>)]
    accounts: Counts,
    /// By status.
    #[schema(value_type = BTreeMap<String, i64>)]
    appointments: Counts,
    /// Those of them that something has to be cleared up about: `GET /v1/admin/recalls`.
    appointments_needing_attention: i64,
    /// Messages.
    outbox: OutboxBody,
    /// Entries of the exclusion list.
    exclusions: i64,
}

/// How many messages are on their way.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxBody {
    /// To be sent.
    waiting: i64,
    /// Given up.
    parked: i64,
}

impl From<Overview> for OverviewBody {
    fn from(seen: Overview) -> Self {
        Self {
            credentials: seen.credentials,
            credentials_expiring: seen.expiring,
            practitioners: seen.practitioners,
            accounts: seen.accounts,
            appointments: seen.appointments,
            appointments_needing_attention: seen.frozen,
            outbox: OutboxBody { waiting: seen.waiting, parked: seen.parked },
            exclusions: seen.exclusions,
        }
    }
}

/// Counts by status.
#[utoipa::path(get, path = "/v1/admin/overview", tag = "Admin",
    responses((status = 200, description = "The counts", body = OverviewBody)))]
pub async fn overview(app: web::Data<App>, _admin: SignedIn<Admin>) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let seen = app.read(move |conn| oversee::overview(conn, now)).await?;
    Ok(HttpResponse::Ok().json(OverviewBody::from(seen)))
}

/// Why an account is suspended or reinstated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    /// Stays in the trail for good: name nobody in it.
    reason: String,
}

impl ReasonBody {
    fn parse(&self) -> Result<String, Problem> {
        let mut fields = Fields::default();
        let reason = fields.take("/reason", text::line(&self.reason, MOST_REASON));
        fields.finish(|| reason)
    }
}

/// An account after a measure.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingBody {
    id: Uuid,
    /// `active` or `suspended`.
    status: &'static str,
}

/// Bars an account: its sessions end at once, and its practitioner cannot be booked.
#[utoipa::path(post, path = "/v1/admin/accounts/{id}/suspend", tag = "Admin", params(("id" = String, Path)),
    request_body = ReasonBody,
    responses((status = 200, description = "Suspended", body = StandingBody),
        (status = 403, description = "It is the admin's own"), (status = 409, description = "Suspended already")))]
pub async fn suspend(
    app: web::Data<App>,
    admin: SignedIn<Admin>,
    id: PathId<AccountId>,
    body: Json<ReasonBody>,
) -> Result<Answered, Problem> {
    take(&app, &admin, id.0, Measure::Suspend, &body.0).await
}

/// Lets an account in again.
#[utoipa::path(post, path = "/v1/admin/accounts/{id}/reinstate", tag = "Admin", params(("id" = String, Path)),
    request_body = ReasonBody,
    responses((status = 200, description = "Reinstated", body = StandingBody),
        (status = 403, description = "It is the admin's own"), (status = 409, description = "Active already")))]
pub async fn reinstate(
    app: web::Data<App>,
    admin: SignedIn<Admin>,
    id: PathId<AccountId>,
    body: Json<ReasonBody>,
) -> Result<Answered, Problem> {
    take(&app, &admin, id.0, Measure::Reinstate, &body.0).await
}

async fn take(
    app: &App,
    admin: &SignedIn<Admin>,
    account: AccountId,
    measure: Measure,
    body: &ReasonBody,
) -> Result<Answered, Problem> {
    let wish = Take { account, admin: admin.account.id, measure, reason: body.parse()? };
    let say =
        move |status: AccountStatus| Answer::ok(&StandingBody { id: account.into(), status: status.code() });
    answer::write(app, admin.context(), move |tx| oversee::take(tx, &wish), say).await
}
