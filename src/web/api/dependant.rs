//! The people in the caller's care.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        dependant::{self, Dependant, Relation},
        id::PatientId,
    },
    operation::{
        App,
        manage_dependants::{self as manage, Add, Edit},
    },
    web::{
        answer::{self, Answer, Answered},
        etag::{self, IfMatch},
        extract::{Caller, Json, Params, PathId, Patient, SignedIn},
        field::{self, Fields},
        instant,
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, delete, get, patch, post},
        url,
    },
};

use super::account::parse_name;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(create, list, find, update, remove), components(schemas(AddBody, EditBody, DependantBody)))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/me/dependants", Access::Patient, create),
        get("/v1/me/dependants", Access::Patient, list).query(&["limit", "cursor"]),
        get("/v1/me/dependants/{id}", Access::Patient, find),
        patch("/v1/me/dependants/{id}", Access::Patient, update),
        delete("/v1/me/dependants/{id}", Access::Patient, remove),
    ]
}

/// Somebody to be taken into care.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddBody {
    /// What to call the person.
    name: String,
    /// The birth date.
    #[schema(format = Date)]
    birth_on: String,
    /// What the person is to you: `child`, `parent`, `partner`, `sibling` or `other`.
    relation: String,
}

impl AddBody {
    fn parse(&self, caller: &Caller, today: NaiveDate) -> Result<Add, Problem> {
        let mut fields = Fields::default();
        let name = fields.take("/name", parse_name(&self.name));
        let birth_on = fields.take("/birth_on", birth_date(&self.birth_on, today));
        let relation = fields.take("/relation", parse_relation(&self.relation));
        let account = caller.account.id;
        fields.finish(|| Some(Add { account, name: name?, birth_on: birth_on?, relation: relation? }))
    }
}

/// What is to be another; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditBody {
    /// What to call the person.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>)]
    name: Option<String>,
    /// The birth date.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>, format = Date)]
    birth_on: Option<String>,
    /// What the person is to you.
    #[serde(default, deserialize_with = "field::given")]
    #[schema(value_type = Option<String>)]
    relation: Option<String>,
}

impl EditBody {
    fn parse(
        &self,
        caller: &Caller,
        id: PatientId,
        seen: &IfMatch,
        today: NaiveDate,
    ) -> Result<Edit, Problem> {
        let mut fields = Fields::default();
        let name = fields.take_if("/name", self.name.as_deref().map(parse_name));
        let birth_on =
            fields.take_if("/birth_on", self.birth_on.as_deref().map(|text| birth_date(text, today)));
        let relation = fields.take_if("/relation", self.relation.as_deref().map(parse_relation));
        let (account, seen) = (caller.account.id, seen.version());
        fields.finish(|| Some(Edit { account, id, seen, name, birth_on, relation }))
    }
}

fn birth_date(text: &str, today: NaiveDate) -> Result<NaiveDate, String> {
    let on = instant::parse_date(text)?;
    dependant::birth_date(on, today).map_err(|err| err.to_string())
}

fn parse_relation(code: &str) -> Result<Relation, String> {
    let codes = Relation::ALL.map(Relation::code).join(", ");
    Relation::from_code(code).ok_or_else(|| format!("must be one of {codes}"))
}

/// Somebody in the caller's care.
#[derive(Serialize, ToSchema)]
pub struct DependantBody {
    /// Its id; the `patient_id` of its screenings and visits.
    #[schema(value_type = String, format = Uuid)]
    id: PatientId,
    /// What to call the person.
    name: String,
    /// The birth date.
    birth_on: NaiveDate,
    /// What the person is to the caller.
    relation: &'static str,
    /// When it was added.
    created_at: String,
}

impl From<&Dependant> for DependantBody {
    fn from(dependant: &Dependant) -> Self {
        Self {
            id: dependant.id,
            name: dependant.name.clone(),
            birth_on: dependant.birth_on,
            relation: dependant.relation.code(),
            created_at: instant::text(dependant.created_at),
        }
    }
}

/// Takes somebody into care, to answer and to book for.
#[utoipa::path(post, path = "/v1/me/dependants", tag = "Own account", request_body = AddBody,
    responses((status = 201, description = "Added", body = DependantBody), (status = 409, description = "`too-many-dependants`")))]
pub async fn create(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    body: Json<AddBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(&caller, app.now().date_naive())?;
    let sealer = app.secrets().sealer;
    let say = |added: Dependant| {
        Answer::created(&DependantBody::from(&added)).at(&url::dependant(added.id)).tagged(added.version)
    };
    answer::write(&app, caller.context(), move |tx| manage::add(tx, &sealer, &wish), say).await
}

/// Which page.
#[derive(Deserialize)]
pub struct ListParams {
    limit: Option<String>,
    cursor: Option<String>,
}

/// The people in the caller's care, in the order in which they were added.
#[utoipa::path(get, path = "/v1/me/dependants", tag = "Own account",
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of them", body = PageOf<DependantBody>)))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    Params(params): Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<PatientId> = Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let (account, sealer) = (caller.account.id, app.secrets().sealer);
    let (after, most) = (page.after, page.most());
    let found = app.read(move |conn| manage::list(conn, &sealer, account, after, most)).await?;
    Ok(page.of(found, |dependant| dependant.id, |dependant| DependantBody::from(&dependant)).answer(&req))
}

/// One in the caller's care.
#[utoipa::path(get, path = "/v1/me/dependants/{id}", tag = "Own account", params(("id" = String, Path)),
    responses((status = 200, body = DependantBody)))]
pub async fn find(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<PatientId>,
) -> Result<HttpResponse, Problem> {
    let (account, sealer) = (caller.account.id, app.secrets().sealer);
    let found = app.read(move |conn| manage::find(conn, &sealer, account, id.0)).await?;
    Ok(answer(&found))
}

fn answer(dependant: &Dependant) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag::tag(dependant.version)).json(DependantBody::from(dependant))
}

/// Changes what is known of somebody in the caller's care.
#[utoipa::path(patch, path = "/v1/me/dependants/{id}", tag = "Own account", params(("id" = String, Path)),
    request_body = EditBody,
    responses((status = 200, description = "As it is now", body = DependantBody), (status = 412, description = "Changed in the meantime")))]
pub async fn update(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<PatientId>,
    seen: IfMatch,
    body: Json<EditBody>,
) -> Result<HttpResponse, Problem> {
    let wish = body.0.parse(&caller, id.0, &seen, app.now().date_naive())?;
    let sealer = app.secrets().sealer;
    let changed = app.write(caller.context(), move |tx| manage::edit(tx, &sealer, &wish)).await?;
    Ok(answer(&changed))
}

/// Takes somebody out of the caller's care. Past visits keep the person's name; the birth date is
/// forgotten.
#[utoipa::path(delete, path = "/v1/me/dependants/{id}", tag = "Own account", params(("id" = String, Path)),
    responses((status = 204, description = "No longer in care"), (status = 409, description = "`appointments-pending`"),
        (status = 412, description = "Changed in the meantime")))]
pub async fn remove(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<PatientId>,
    seen: IfMatch,
) -> Result<HttpResponse, Problem> {
    let (account, seen) = (caller.account.id, seen.version());
    app.write(caller.context(), move |tx| manage::remove(tx, account, id.0, seen)).await?;
    Ok(HttpResponse::NoContent().finish())
}
