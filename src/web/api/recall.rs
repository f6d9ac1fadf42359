//! Frozen appointments: admins list them and let one pass, patients answer again.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{
        attention::Reason,
        id::{AppointmentId, PractitionerId, ScreeningId},
        text,
    },
    operation::{
        App,
        list_appointments::{self, Story},
        recall::{self, Frozen, RecallError, Resolve},
    },
    store::{Tx, attention::Filter},
    web::{
        answer::{self, Answer, Answered},
        extract::{Admin, Json, Params, PathId, Patient, SignedIn},
        instant,
        page_of::Page,
        problem::Problem,
        route::{Access, Route, get, post},
    },
};

use super::appointment::{
    asker,
    body::{After, AppointmentBody, AttentionBody},
    told,
};

/// Most characters of a note.
const MOST_NOTE: usize = 2_000;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(list, resolve, answer_again), components(schemas(RecallBody)))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    const LIST: &[&str] = &["reason", "practitioner_id", "limit", "cursor"];
    vec![
        get("/v1/admin/recalls", Access::Admin, list).query(LIST),
        post("/v1/admin/recalls/{id}/resolutions", Access::Admin, resolve),
        post("/v1/appointments/{id}/screening", Access::Patient, answer_again),
    ]
}

/// Which frozen appointments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallParams {
    reason: Option<String>,
    practitioner_id: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// A frozen appointment, without anything about its patient's health.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecallBody {
    #[schema(value_type = String, format = Uuid)]
    appointment_id: AppointmentId,
    #[schema(value_type = String, format = Uuid)]
    practitioner_id: PractitionerId,
    status: &'static str,
    starts_at: String,
    needs_attention: Vec<AttentionBody>,
}

impl From<Frozen> for RecallBody {
    fn from(frozen: Frozen) -> Self {
        Self {
            appointment_id: frozen.appointment.id,
            practitioner_id: frozen.appointment.practitioner,
            status: frozen.appointment.status.code(),
            starts_at: instant::text(frozen.appointment.visit.start()),
            needs_attention: frozen.attention.iter().map(AttentionBody::from).collect(),
        }
    }
}

/// Why an appointment may take place all the same.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// `licence`, `certification`, `excluded` or `account`.
    reason: String,
    /// Kept sealed.
    note: String,
}

/// Answers to rest on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswersBody {
    #[schema(value_type = String, format = Uuid)]
    screening_id: ScreeningId,
}

/// Frozen appointments, soonest first.
#[utoipa::path(get, path = "/v1/admin/recalls", tag = "Admin",
    params(("reason" = Option<String>, Query), ("practitioner_id" = Option<String>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of frozen appointments")))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    _admin: SignedIn<Admin>,
    params: Params<RecallParams>,
) -> Result<HttpResponse, Problem> {
    let params = params.0;
    let page: Page<After> = Page::parse(params.limit.as_deref(), params.cursor.as_deref())?;
    let reason = params.reason.as_deref().map(|code| {
        Reason::from_code(code).ok_or_else(|| Problem::bad_query("reason", "is no reason to be frozen"))
    });
    let practitioner = params.practitioner_id.as_deref().map(|id| {
        id.parse::<PractitionerId>().map_err(|_| Problem::bad_query("practitioner_id", "is no id"))
    });
    let filter = Filter {
        reason: reason.transpose()?,
        practitioner: practitioner.transpose()?,
        after: page.after.and_then(|(micros, id)| Some((DateTime::from_timestamp_micros(micros)?, id))),
    };
    let most = page.most();
    let found = app.read(move |conn| recall::list(conn, &filter, most)).await?;
    let key = |frozen: &Frozen| (frozen.appointment.visit.start().timestamp_micros(), frozen.appointment.id);
    Ok(page.of(found, key, RecallBody::from).answer(&req))
}

/// Lets one reason pass until something about the practitioner's standing changes again.
#[utoipa::path(post, path = "/v1/admin/recalls/{id}/resolutions", tag = "Admin", params(("id" = String, Path)),
    request_body = ResolveBody,
    responses((status = 204, description = "Let pass"), (status = 409, description = "Not frozen for that")))]
pub async fn resolve(
    app: web::Data<App>,
    admin: SignedIn<Admin>,
    id: PathId<AppointmentId>,
    body: Json<ResolveBody>,
) -> Result<Answered, Problem> {
    let reason = Reason::from_code(&body.0.reason).filter(|reason| Reason::OF_STANDING.contains(reason));
    let reason = reason.ok_or_else(|| {
        Problem::invalid_field("/reason", "must be licence, certification, excluded or account")
    })?;
    let note = text::paragraph(&body.0.note, MOST_NOTE);
    let note = note.map_err(|err| Problem::invalid_field("/note", err))?;
    let (secrets, admin_id) = (app.secrets(), admin.account.id);
    let wish = Resolve { appointment: id.0, reason, admin: admin_id, note };
    let work = move |tx: &mut Tx<'_>| recall::resolve(tx, &secrets, &wish);
    answer::write(&app, admin.context(), work, |()| Answer::no_content()).await
}

/// Rests an appointment on new answers; where the list had frozen it, that is over.
#[utoipa::path(post, path = "/v1/appointments/{id}/screening", tag = "Booking", params(("id" = String, Path)),
    request_body = AnswersBody,
    responses((status = 200, body = AppointmentBody), (status = 422, description = "The answers do not carry it")))]
pub async fn answer_again(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<AppointmentId>,
    body: Json<AnswersBody>,
) -> Result<Answered, Problem> {
    let (secrets, asker, answers) = (app.secrets(), asker(&caller), body.0.screening_id);
    let work = move |tx: &mut Tx<'_>| {
        let rests = recall::answer_again(tx, &secrets, id.0, asker, answers)?;
        Ok::<_, RecallError>(list_appointments::story(tx, &secrets, rests)?)
    };
    answer::write(&app, caller.context(), work, |story: Story| told(StatusCode::OK, &story)).await
}
