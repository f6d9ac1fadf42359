//! Credentials: handed in by practitioners, decided on by admins.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        credential::{CredentialKind, CredentialStatus, Method, Verdict},
        id::{AccountId, CredentialId, PractitionerId},
        text,
    },
    operation::{
        App,
        decide_credential::{self, Decide},
        manage_practitioner::Keeper,
        review,
        submit_credential::{self, Amend, Submit, Wanted},
    },
    store::credential::{Queue, QueueKey},
    web::{
        answer::{self, Answer, Answered},
        etag::IfMatch,
        extract::{Admin, Caller, Json, Params, PathId, PathIds, Practitioner, SignedIn},
        field::{self, Fields},
        instant,
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, get, patch, post},
        url,
    },
};

use super::credential_body::CredentialBody;

/// Most characters of an issuer and of a number.
const MOST_LINE: usize = 120;
/// Most characters of a note.
const MOST_NOTE: usize = 2_000;
/// Most characters of an address where something was checked.
const MOST_URL: usize = 2_000;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(submit, list, find, amend, queue, review_one, decide))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    const QUEUE: &[&str] = &["status", "jurisdiction", "expires_before", "limit", "cursor"];
    vec![
        post("/v1/practitioners/{id}/credentials", Access::Practitioner, submit),
        get("/v1/practitioners/{id}/credentials", Access::Practitioner, list),
        get("/v1/practitioners/{id}/credentials/{child}", Access::Practitioner, find),
        patch("/v1/practitioners/{id}/credentials/{child}", Access::Practitioner, amend),
        get("/v1/admin/credentials", Access::Admin, queue).query(QUEUE),
        get("/v1/admin/credentials/{id}", Access::Admin, review_one),
        post("/v1/admin/credentials/{id}/decisions", Access::Admin, decide),
    ]
}

/// Who asks, as the operations know them.
pub(super) fn keeper(caller: &Caller) -> Keeper {
    Keeper { account: caller.account.id, is_admin: caller.account.is_admin }
}

/// A credential to be handed in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitBody {
    /// `licence` or `craniosacral_certification`.
    kind: String,
    /// The board or body that issued it.
    issuer: String,
    /// ISO 3166-2, as in `US-OR`, or a country that licenses as a whole, as in `NZ`.
    jurisdiction: String,
    /// Its number.
    number: String,
    /// First day it is good.
    #[schema(format = Date)]
    issued_on: String,
    /// Last day it is good; absent where it does not expire.
    #[schema(format = Date)]
    expires_on: Option<String>,
    /// A word to whoever checks it.
    note: Option<String>,
}

impl SubmitBody {
    fn parse(
        &self,
        practitioner: PractitionerId,
        keeper: Keeper,
        today: NaiveDate,
    ) -> Result<Submit, Problem> {
        let mut fields = Fields::default();
        let unknown = "must be licence or craniosacral_certification";
        let kind = fields.take("/kind", CredentialKind::from_code(&self.kind).ok_or(unknown));
        let issuer = fields.take("/issuer", text::line(&self.issuer, MOST_LINE));
        let jurisdiction = fields.take("/jurisdiction", self.jurisdiction.parse());
        let number = fields.take("/number", text::line(&self.number, MOST_LINE));
        let issued_on = fields.take("/issued_on", past_day(&self.issued_on, today));
        let expires_on = fields.take_if("/expires_on", self.expires_on.as_deref().map(instant::parse_date));
        if issued_on.zip(expires_on).is_some_and(|(first, last)| last < first) {
            fields.refuse("/expires_on", "must not be before issued_on");
        }
        let note = self.note.as_deref().unwrap_or_default();
        let note = fields.take("/note", text::paragraph(note, MOST_NOTE));
        fields.finish(|| {
            Some(Submit {
                practitioner,
                keeper,
                kind: kind?,
                issuer: issuer?,
                jurisdiction: jurisdiction?,
                number: number?,
                issued_on: issued_on?,
                expires_on,
                note: note?,
            })
        })
    }
}

/// A day that has come, give or take one: the day is not the same everywhere.
pub(super) fn past_day(text: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let on = instant::parse_date(text)?;
    if on > today + Days::new(1) { Err("must not lie in the future") } else { Ok(on) }
}

/// Facts to be changed; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendBody {
    /// The board or body that issued it.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>)]
    issuer: Option<String>,
    /// ISO 3166-2 code, or a country.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>)]
    jurisdiction: Option<String>,
    /// Its number.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>)]
    number: Option<String>,
    /// First day it is good.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>, format = Date)]
    issued_on: Option<String>,
    /// Last day it is good; null where it does not expire.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<Option<String>>,
    /// A word to whoever checks it.
    note: Option<String>,
}

impl AmendBody {
    fn parse(&self, today: NaiveDate) -> Result<(Wanted, String), Problem> {
        let mut fields = Fields::default();
        let line = |text: &String| text::line(text, MOST_LINE);
        let issuer = fields.take_if("/issuer", self.issuer.as_ref().map(line));
        let jurisdiction =
            fields.take_if("/jurisdiction", self.jurisdiction.as_ref().map(|code| code.parse()));
        let number = fields.take_if("/number", self.number.as_ref().map(line));
        let issued_on = self.issued_on.as_deref().map(|text| past_day(text, today));
        let issued_on = fields.take_if("/issued_on", issued_on);
        let expires_on =
            self.expires_on.as_ref().map(|on| on.as_deref().map(instant::parse_date).transpose());
        let expires_on = fields.take_if("/expires_on", expires_on);
        let note = self.note.as_deref().unwrap_or_default();
        let note = fields.take("/note", text::paragraph(note, MOST_NOTE));
        fields.finish(|| Some((Wanted { issuer, jurisdiction, number, issued_on, expires_on }, note?)))
    }
}

/// Hands in a licence or a certification for review.
#[utoipa::path(post, path = "/v1/practitioners/{id}/credentials", tag = "Credentials",
    params(("id" = String, Path)), request_body = SubmitBody,
    responses((status = 201, description = "Handed in", body = CredentialBody),
        (status = 409, description = "There are thirty already")))]
pub async fn submit(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    id: PathId<PractitionerId>,
    body: Json<SubmitBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(id.0, keeper(&caller), app.now().date_naive())?;
    let say = |filed: review::Filed| {
        let location = url::credential(filed.practitioner.id, filed.credential.id);
        told(StatusCode::CREATED, filed).at(&location)
    };
    answer::write(&app, caller.context(), move |tx| submit_credential::submit(tx, &wish), say).await
}

/// A credential with its history; its status may follow from the date alone.
fn told(status: StatusCode, filed: review::Filed) -> Answer {
    let version = filed.credential.version;
    Answer::json(status, &CredentialBody::from(filed)).tagged_whole(version)
}

/// A practitioner's credentials, for the owner or an admin.
#[utoipa::path(get, path = "/v1/practitioners/{id}/credentials", tag = "Credentials",
    params(("id" = String, Path)),
    responses((status = 200, description = "All of them, with their history", body = PageOf<CredentialBody>)))]
pub async fn list(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    id: PathId<PractitionerId>,
) -> Result<HttpResponse, Problem> {
    let (keeper, now) = (keeper(&caller), app.now());
    let found = app.read(move |conn| review::of_practitioner(conn, id.0, keeper, now)).await?;
    let items: Vec<_> = found.ok_or_else(Problem::not_found)?.into_iter().map(CredentialBody::from).collect();
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor: None }))
}

/// One credential, for the owner or an admin.
#[utoipa::path(get, path = "/v1/practitioners/{id}/credentials/{child}", tag = "Credentials",
    params(("id" = String, Path), ("child" = String, Path, description = "The credential")),
    responses((status = 200, description = "With its history", body = CredentialBody)))]
pub async fn find(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    ids: PathIds<PractitionerId, CredentialId>,
) -> Result<HttpResponse, Problem> {
    let (keeper, now) = (keeper(&caller), app.now());
    let found = app.read(move |conn| review::of_keeper(conn, ids.0, ids.1, keeper, now)).await?;
    let filed = found.ok_or_else(Problem::not_found)?;
    Ok(told(StatusCode::OK, filed).response())
}

/// Changes the facts of a credential, which sends it back to review; so an expired one is renewed
/// and a request for information answered.
#[utoipa::path(patch, path = "/v1/practitioners/{id}/credentials/{child}", tag = "Credentials",
    params(("id" = String, Path), ("child" = String, Path, description = "The credential")),
    request_body = AmendBody,
    responses((status = 200, description = "Changed", body = CredentialBody),
        (status = 409, description = "Rejected, suspended or revoked"),
        (status = 412, description = "Changed in the meantime")))]
pub async fn amend(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    ids: PathIds<PractitionerId, CredentialId>,
    seen: IfMatch,
    body: Json<AmendBody>,
) -> Result<HttpResponse, Problem> {
    let (wanted, note) = body.0.parse(app.now().date_naive())?;
    let (keeper, seen) = (keeper(&caller), seen.version());
    let wish = Amend { practitioner: ids.0, credential: ids.1, keeper, seen, wanted, note };
    let filed = app.write(caller.context(), move |tx| submit_credential::amend(tx, &wish)).await?;
    Ok(told(StatusCode::OK, filed).response())
}

/// What an admin asks the queue for.
#[derive(Debug, Deserialize)]
pub struct QueueParams {
    status: Option<String>,
    jurisdiction: Option<String>,
    expires_before: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

impl QueueParams {
    fn parse(&self) -> Result<Queue, Problem> {
        let status = match self.status.as_deref() {
            None => CredentialStatus::Submitted,
            Some(code) => CredentialStatus::from_code(code).ok_or_else(|| {
                let known = CredentialStatus::ALL.map(CredentialStatus::code).join(", ");
                Problem::bad_query("status", format!("must be one of {known}"))
            })?,
        };
        let jurisdiction = self.jurisdiction.as_deref().map(str::parse).transpose();
        let expires_before = self.expires_before.as_deref().map(instant::parse_date).transpose();
        Ok(Queue {
            status,
            jurisdiction: jurisdiction.map_err(|err| Problem::bad_query("jurisdiction", err))?,
            expires_before: expires_before.map_err(|err| Problem::bad_query("expires_before", err))?,
        })
    }
}

/// The review queue, oldest first.
#[utoipa::path(get, path = "/v1/admin/credentials", tag = "Admin",
    params(
        ("status" = Option<String>, Query, description = "`submitted` where nothing is said"),
        ("jurisdiction" = Option<String>, Query, description = "A country takes in all its regions"),
        ("expires_before" = Option<String>, Query), ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of credentials", body = PageOf<CredentialBody>)))]
pub async fn queue(
    req: HttpRequest,
    app: web::Data<App>,
    _admin: SignedIn<Admin>,
    params: Params<QueueParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<QueueKey> = Page::parse(params.0.limit.as_deref(), params.0.cursor.as_deref())?;
    let (wanted, after, most, now) = (params.0.parse()?, page.after, page.most(), app.now());
    let rows = app.read(move |conn| review::queue(conn, &wanted, after, most, now)).await?;
    let key = |filed: &review::Filed| (filed.credential.submitted_at, filed.credential.id);
    Ok(page.of(rows, key, CredentialBody::from).answer(&req))
}

/// One credential, for an admin.
#[utoipa::path(get, path = "/v1/admin/credentials/{id}", tag = "Admin", params(("id" = String, Path)),
    responses((status = 200, description = "With its history", body = CredentialBody)))]
pub async fn review_one(
    app: web::Data<App>,
    _admin: SignedIn<Admin>,
    id: PathId<CredentialId>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let found = app.read(move |conn| review::find(conn, id.0, now)).await?;
    let filed = found.ok_or_else(Problem::not_found)?;
    Ok(told(StatusCode::OK, filed).response())
}

/// What an admin decides, how they checked and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// `verify`, `reject`, `request_information`, `suspend`, `reinstate` or `revoke`.
    decision: String,
    /// `primary_source`, with the board or body itself, or `document`.
    method: String,
    /// Where it was checked; needed with `primary_source`.
    source_url: Option<String>,
    /// When it was checked.
    #[schema(format = Date)]
    checked_on: String,
    /// Why; its owner reads it too.
    note: String,
}

impl DecisionBody {
    fn parse(
        &self,
        credential: CredentialId,
        admin: AccountId,
        seen: Option<i64>,
        today: NaiveDate,
    ) -> Result<Decide, Problem> {
        let mut fields = Fields::default();
        let verdicts = format!("must be one of {}", Verdict::ALL.map(Verdict::code).join(", "));
        let verdict = fields.take("/decision", Verdict::from_code(&self.decision).ok_or(verdicts));
        let unknown = "must be primary_source or document";
        let method = fields.take("/method", Method::from_code(&self.method).ok_or(unknown));
        let source_url = fields.take_if("/source_url", self.source_url.as_deref().map(source_url));
        if method == Some(Method::PrimarySource) && self.source_url.is_none() {
            fields.refuse("/source_url", "is needed with primary_source: say where it was checked");
        }
        let checked_on = fields.take("/checked_on", past_day(&self.checked_on, today));
        let note = match text::paragraph(&self.note, MOST_NOTE) {
            Ok(note) if note.is_empty() => Err(text::TextError::Empty),
            read => read,
        };
        let note = fields.take("/note", note);
        fields.finish(|| {
            let (verdict, method, checked_on, note) = (verdict?, method?, checked_on?, note?);
            Some(Decide { credential, admin, seen, verdict, method, source_url, checked_on, note })
        })
    }
}

/// An address that a profile may link to: only the web, and nobody's name or password in it.
fn source_url(text: &str) -> Result<String, &'static str> {
    let wrong = "must be a web address, as in https://board.example.org/licences/1234";
    let text = text::line(text, MOST_URL).map_err(|_| wrong)?;
    let address: actix_web::http::Uri = text.parse().map_err(|_| wrong)?;
    let web = matches!(address.scheme_str(), Some("http" | "https"));
    let host =
        address.authority().is_some_and(|host| !host.host().is_empty() && !host.as_str().contains('@'));
    if web && host { Ok(text) } else { Err(wrong) }
}

/// Decides on a credential, as far as its status allows.
#[utoipa::path(post, path = "/v1/admin/credentials/{id}/decisions", tag = "Admin",
    params(("id" = String, Path)), request_body = DecisionBody,
    responses((status = 201, description = "Decided", body = CredentialBody),
        (status = 403, description = "It is the admin's own"),
        (status = 409, description = "Its status does not allow it"),
        (status = 412, description = "Changed in the meantime")))]
pub async fn decide(
    app: web::Data<App>,
    admin: SignedIn<Admin>,
    id: PathId<CredentialId>,
    seen: IfMatch,
    body: Json<DecisionBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(id.0, admin.account.id, seen.version(), app.now().date_naive())?;
    let say = |filed| told(StatusCode::CREATED, filed);
    answer::write(&app, admin.context(), move |tx| decide_credential::decide(tx, &wish), say).await
}
