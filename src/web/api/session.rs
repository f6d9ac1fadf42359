//! Sessions: signing in, seeing where one is signed in, signing out.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{account::Role, id::SessionId},
    operation::{
        App, manage_sessions,
        sign_in::{self, Opened, SignIn, SignInError},
    },
    store::session::{self, Session},
    web::{
        answer::{self, Answer, Answered},
        extract::{Json, Params, PathId, Patient, SignedIn, Viewer},
        instant,
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, delete, get, post},
    },
};

/// What this file describes.
#[derive(OpenApi)]
#[openapi(
    paths(create, list, end_current, end),
    components(schemas(SignInBody, OpenedBody, OwnerBody, SessionBody))
)]
pub struct Doc;

/// The routes of this resource. The literal path stands before the one with an id.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/sessions", Access::Public, create),
        get("/v1/sessions", Access::Patient, list).query(&["limit", "cursor"]),
        delete("/v1/sessions/current", Access::Patient, end_current),
        delete("/v1/sessions/{id}", Access::Patient, end),
    ]
}

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// The address, in any case.
    email: String,
    /// The password.
    password: String,
    /// The authenticator's code, or a recovery code; where two-step sign-in is on.
    totp: Option<String>,
}

/// A session just opened.
#[derive(Serialize, ToSchema)]
pub struct OpenedBody {
    /// The session's id.
    #[schema(value_type = uuid::Uuid)]
    id: SessionId,
    /// Shown now and never again: send it as `Authorization: Bearer …`.
    token: String,
    /// When the session ends by itself.
    expires_at: String,
    /// Whose it is.
    account: OwnerBody,
}

/// Whose a session is.
#[derive(Serialize, ToSchema)]
pub struct OwnerBody {
    /// The account's id.
    #[schema(value_type = uuid::Uuid)]
    id: crate::domain::id::AccountId,
    /// The address.
    email: String,
    /// What to call the person.
    name: String,
    /// IANA zone.
    time_zone: String,
    /// `patient`, `practitioner`, `admin`.
    roles: Vec<&'static str>,
}

impl From<&Opened> for OpenedBody {
    fn from(opened: &Opened) -> Self {
        let account = &opened.account;
        let practitioner = opened.practitioner.map(|_| Role::Practitioner);
        let admin = account.is_admin.then_some(Role::Admin);
        let roles =
            [Some(Role::Patient), practitioner, admin].into_iter().flatten().map(Role::code).collect();
        Self {
            id: opened.session.id,
            token: opened.token.reveal(),
            expires_at: instant::text(opened.session.expires_at),
            account: OwnerBody {
                id: account.id,
                email: account.email.to_string(),
                name: account.name.clone(),
                time_zone: account.time_zone.name().to_owned(),
                roles,
            },
        }
    }
}

/// What the client says it is.
pub(super) fn client(req: &HttpRequest) -> String {
    let said = req.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    said.unwrap_or_default().to_owned()
}

/// Signs in.
#[utoipa::path(post, path = "/v1/sessions", tag = "Sessions", request_body = SignInBody,
    responses((status = 201, description = "Signed in", body = OpenedBody),
        (status = 401, description = "Something is wrong, or a code is needed too")))]
pub async fn create(
    app: web::Data<App>,
    viewer: Viewer,
    req: HttpRequest,
    Json(body): Json<SignInBody>,
) -> Result<Answered, Problem> {
    let SignInBody { email, password, totp } = body;
    let wish = SignIn { email, password, totp, client: client(&req) };
    let (context, request) = (viewer.context(), viewer.request);
    let work = sign_in::signing_in(&app, wish).await?;
    let say = move |decided: Result<Opened, SignInError>| match decided {
        Ok(opened) => Answer::created(&OpenedBody::from(&opened)),
        Err(refused) => Answer::refused(&Problem::from(refused), Some(request)),
    };
    answer::write(&app, context, work, say).await
}

/// One session of the own account.
#[derive(Serialize, ToSchema)]
pub struct SessionBody {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: SessionId,
    /// When it was opened.
    created_at: String,
    /// When it ends by itself.
    expires_at: String,
    /// What its client says it is.
    client: String,
    /// Whether it is the one asking.
    current: bool,
}

/// Which page.
#[derive(Deserialize)]
pub struct ListParams {
    limit: Option<String>,
    cursor: Option<String>,
}

/// Where the account is signed in.
#[utoipa::path(get, path = "/v1/sessions", tag = "Sessions",
    params(("limit" = Option<i64>, Query, description = "20 if not said, at most 100"), ("cursor" = Option<String>, Query, description = "From the page before")),
    responses((status = 200, description = "The sessions that have not ended", body = PageOf<SessionBody>)))]
pub async fn list(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    req: HttpRequest,
    Params(params): Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<SessionId> = Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let (owner, now, after, most) = (caller.account.id, app.now(), page.after, page.most());
    let found = app.read(move |conn| session::list_live(conn, owner, now, after, most)).await?;
    let shown = page.of(found, |session| session.id, |session| session_body(session, caller.session));
    Ok(shown.answer(&req))
}

fn session_body(session: Session, current: SessionId) -> SessionBody {
    SessionBody {
        id: session.id,
        created_at: instant::text(session.created_at),
        expires_at: instant::text(session.expires_at),
        client: session.client,
        current: session.id == current,
    }
}

/// Signs out; browsers forget what they kept.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "Sessions", responses((status = 204, description = "Signed out")))]
pub async fn end_current(app: web::Data<App>, caller: SignedIn<Patient>) -> Result<HttpResponse, Problem> {
    let (owner, id) = (caller.account.id, caller.session);
    app.write(caller.context(), move |tx| manage_sessions::end(tx, owner, id)).await?;
    Ok(signed_out())
}

/// No content, and nothing left in the browser.
pub(super) fn signed_out() -> HttpResponse {
    let clear = HeaderName::from_static("clear-site-data");
    HttpResponse::NoContent().insert_header((clear, "\"cache\", \"cookies\", \"storage\"")).finish()
}

/// Ends one of the own sessions.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "Sessions",
    params(("id" = uuid::Uuid, Path, description = "Which session")),
    responses((status = 204, description = "Ended")))]
pub async fn end(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    PathId(id): PathId<SessionId>,
) -> Result<HttpResponse, Problem> {
    let owner = caller.account.id;
    app.write(caller.context(), move |tx| manage_sessions::end(tx, owner, id)).await?;
    Ok(if id == caller.session { signed_out() } else { HttpResponse::NoContent().finish() })
}
