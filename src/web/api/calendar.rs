//! Calendars: one visit as a file, and feeds that programs fetch by a secret address.
//!
//! **Invariant:** what is fetched by address alone tells no search engine and no
//! other site, and is kept by no cache.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    delivery::calendar,
    domain::{
        calendar::{Feed, FeedKind, Visit},
        id::{AppointmentId, CalendarFeedId},
    },
    operation::{App, manage_feeds, show_calendar},
    secret::{Token, mac},
    store::{Tx, calendar_feed},
    web::{
        answer::{self, Answer, Answered},
        extract::{Json, Params, PathId, Patient, SignedIn},
        instant,
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, delete, get, post},
        url,
    },
};

use super::appointment::asker;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(visit, create, list, revoke, fetch), components(schemas(FeedWish, FeedBody, MadeBody)))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        get("/v1/appointments/{id}.ics", Access::Patient, visit),
        post("/v1/me/calendar-feeds", Access::Patient, create),
        get("/v1/me/calendar-feeds", Access::Patient, list).query(&["limit", "cursor"]),
        delete("/v1/me/calendar-feeds/{id}", Access::Patient, revoke),
        get("/calendars/{token}.ics", Access::Public, fetch),
    ]
}

/// The file, with a tag of its content: programs ask again and again.
fn file(app: &App, visits: &[Visit], name: &str) -> Result<HttpResponse, Problem> {
    let text =
        calendar::file(visits, host(&app.config().public_url)).map_err(|err| Problem::failure(&err))?;
    let tag = format!("\"{}\"", mac::sha256_hex(text.as_bytes()));
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((HeaderName::from_static("x-robots-tag"), "noindex, nofollow"))
        .insert_header((header::CONTENT_TYPE, "text/calendar; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(text))
}

/// The name of the machine in an address, without the port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// One visit as a calendar file, for its patient's side, its practitioner or an admin.
#[utoipa::path(get, path = "/v1/appointments/{id}.ics", tag = "Booking", params(("id" = String, Path)),
    responses((status = 200, description = "RFC 5545", content_type = "text/calendar", body = String), (status = 304, description = "As `If-None-Match` says")))]
pub async fn visit(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<AppointmentId>,
) -> Result<HttpResponse, Problem> {
    let asker = asker(&caller);
    let found = app.read(move |conn| show_calendar::of_appointment(conn, id.0, asker)).await?;
    file(&app, &found, "appointment.ics")
}

/// A feed asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedWish {
    /// `patient`: the visits of you and those in your care. `practitioner`: those you give.
    kind: String,
}

/// A feed, without its address.
#[derive(Serialize, ToSchema)]
pub struct FeedBody {
    #[schema(value_type = String, format = Uuid)]
    id: CalendarFeedId,
    /// `patient` or `practitioner`.
    kind: &'static str,
    created_at: String,
}

impl From<&Feed> for FeedBody {
    fn from(feed: &Feed) -> Self {
        Self { id: feed.id, kind: feed.kind.code(), created_at: instant::text(feed.created_at) }
    }
}

/// A feed just made.
#[derive(Serialize, ToSchema)]
pub struct MadeBody {
    #[serde(flatten)]
    feed: FeedBody,
    /// Where programs fetch it. Whoever has this address sees the visits; it is shown now and never again.
    url: String,
}

/// Makes a calendar that programs fetch by a secret address.
#[utoipa::path(post, path = "/v1/me/calendar-feeds", tag = "Own account", request_body = FeedWish,
    responses((status = 201, description = "Made", body = MadeBody), (status = 403, description = "Not a practitioner"), (status = 409, description = "`too-many-calendar-feeds`")))]
pub async fn create(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    body: Json<FeedWish>,
) -> Result<Answered, Problem> {
    let kind = FeedKind::from_code(&body.0.kind);
    let kind = kind.ok_or_else(|| Problem::invalid_field("/kind", "must be patient or practitioner"))?;
    let (account, token) = (caller.account.id, Token::generate()?);
    let hash = token.hash();
    let address = format!("{}{}", app.config().public_url, url::calendar(&token.reveal()));
    let work = move |tx: &mut Tx<'_>| manage_feeds::create(tx, account, kind, hash);
    let say = move |made: Feed| {
        let body = MadeBody { feed: FeedBody::from(&made), url: address.clone() };
        Answer::created(&body).at(&url::calendar_feed(made.id))
    };
    answer::write(&app, caller.context(), work, say).await
}

/// Which page.
#[derive(Deserialize)]
pub struct ListParams {
    limit: Option<String>,
    cursor: Option<String>,
}

/// The caller's calendar feeds, in the order in which they were made.
#[utoipa::path(get, path = "/v1/me/calendar-feeds", tag = "Own account",
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of them", body = PageOf<FeedBody>)))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    Params(params): Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<CalendarFeedId> = Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let (account, after, most) = (caller.account.id, page.after, page.most());
    let found = app.read(move |conn| calendar_feed::list(conn, account, after, most)).await?;
    Ok(page.of(found, |feed| feed.id, |feed| FeedBody::from(&feed)).answer(&req))
}

/// Revokes a calendar feed: its address opens nothing from now on.
#[utoipa::path(delete, path = "/v1/me/calendar-feeds/{id}", tag = "Own account", params(("id" = String, Path)),
    responses((status = 204, description = "Revoked")))]
pub async fn revoke(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<CalendarFeedId>,
) -> Result<HttpResponse, Problem> {
    let account = caller.account.id;
    app.write(caller.context(), move |tx| manage_feeds::revoke(tx, account, id.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a calendar feed shows now: visits ahead, and for thirty days those that are over or were
/// called off. The address is the secret; nobody has to sign in.
#[utoipa::path(get, path = "/calendars/{token}.ics", tag = "Calendars", params(("token" = String, Path)),
    responses((status = 200, description = "RFC 5545", content_type = "text/calendar", body = String), (status = 304, description = "As `If-None-Match` says")))]
pub async fn fetch(req: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let token = req.match_info().get("token").and_then(Token::parse).ok_or_else(Problem::not_found)?;
    let (hash, now) = (token.hash(), app.now());
    let found = app.read(move |conn| show_calendar::of_feed(conn, hash, now)).await?;
    file(&app, &found, "stillpoint.ics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_stands_without_scheme_port_and_path() {
        let table = "
            https://stillpoint.example      | stillpoint.example
            http://127.0.0.1:8080           | 127.0.0.1
            https://a.example:8443/booking  | a.example
            http://[::1]:8080               | [::1]";
        for row in table.trim().lines() {
            let (url, want) = row.split_once('|').unwrap();
            assert_eq!(host(url.trim()), want.trim(), "{row}");
        }
    }
}
