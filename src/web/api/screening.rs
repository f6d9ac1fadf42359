//! Patients' answers to the contraindications, and clinicians' agreements.

use std::{collections::BTreeMap, fmt};

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use crate::{
    domain::{
        account::Role,
        id::{PatientId, ScreeningId},
        screening::{Answers, Clearance, Screening},
        text::{self, TextError},
    },
    operation::{
        App,
        clear::{self, Clear},
        screen::{self, Opened, Screen},
    },
    web::{
        answer::{self, Answer, Answered},
        etag,
        extract::{Caller, Json, Params, PathId, Patient, SignedIn},
        field::Fields,
        instant,
        page_of::{Page, PageOf},
        problem::Problem,
        route::{Access, Route, get, post},
        url,
    },
};

use super::credential::past_day;

/// Most characters of a name or a profession.
const MOST_LINE: usize = 200;
/// Most characters of a clinician's statement.
const MOST_STATEMENT: usize = 4_000;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(create, list, find, clear))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/screenings", Access::Patient, create),
        get("/v1/screenings", Access::Patient, list).query(&["patient_id", "limit", "cursor"]),
        get("/v1/screenings/{id}", Access::Patient, find),
        post("/v1/screenings/{id}/clearance", Access::Patient, clear),
    ]
}

/// Answers by code. A code given twice has no answer, so it is refused.
#[derive(Debug)]
struct AnswerMap(BTreeMap<String, bool>);

impl<'de> Deserialize<'de> for AnswerMap {
    fn deserialize<D: Deserializer<'de>>(read: D) -> Result<Self, D::Error> {
        struct Once;

        impl<'de> Visitor<'de> for Once {
            type Value = AnswerMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of codes, each with true or false")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<AnswerMap, M::Error> {
                let mut answers = BTreeMap::new();
                while let Some((code, answer)) = map.next_entry::<String, bool>()? {
                    if answers.contains_key(&code) {
                        return Err(M::Error::custom(format_args!("duplicate field `{code}`")));
                    }
                    answers.insert(code, answer);
                }
                Ok(AnswerMap(answers))
            }
        }

        read.deserialize_map(Once)
    }
}

/// A patient's answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenBody {
    /// About whom: somebody in your care; yourself when absent.
    #[schema(value_type = Option<String>, format = Uuid)]
    patient_id: Option<PatientId>,
    /// Of the list that was shown.
    version: i32,
    /// Every item's code, with true where it applies.
    #[schema(value_type = BTreeMap<String, bool>)]
    answers: AnswerMap,
    /// Every statement's code.
    acknowledged: Vec<String>,
    /// The name of whoever answers, as a signature.
    signed_name: String,
}

impl ScreenBody {
    fn parse(self, caller: &Caller, app: &App) -> Result<Screen, Problem> {
        let mut fields = Fields::default();
        let signed_name = fields.take("/signed_name", text::line(&self.signed_name, MOST_LINE));
        fields.finish(|| {
            let Self { patient_id, version, answers, acknowledged, .. } = self;
            Some(Screen {
                patient: patient_id.unwrap_or_else(|| caller.own_patient()),
                account: caller.account.id,
                version,
                answers: Answers { answers: answers.0, acknowledged, signed_name: signed_name? },
                sealer: app.secrets().sealer,
            })
        })
    }
}

/// A screening without its answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreeningBody {
    id: Uuid,
    patient_id: Uuid,
    /// Of which list.
    version: i32,
    /// `clear` or `needs_clearance`.
    outcome: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// Until when it carries a booking, while its list is in force.
    #[schema(format = DateTime)]
    valid_until: String,
    /// Of the text that was shown, lower-case hexadecimal.
    text_sha256: String,
    /// A clinician's agreement, once there is one.
    #[schema(required)]
    clearance: Option<ClearanceBody>,
}

/// A clinician's agreement.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClearanceBody {
    clinician_name: String,
    clinician_profession: String,
    cleared_on: NaiveDate,
    /// Only where the screening is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
}

impl ClearanceBody {
    fn new((at, given): (DateTime<Utc>, Clearance)) -> Self {
        Self {
            clinician_name: given.clinician_name,
            clinician_profession: given.clinician_profession,
            cleared_on: given.cleared_on,
            statement: Some(given.statement),
            created_at: instant::text(at),
        }
    }
}

impl ScreeningBody {
    fn new(screening: &Screening, clearance: Option<ClearanceBody>) -> Self {
        Self {
            id: screening.id.into(),
            patient_id: screening.patient.into(),
            version: screening.version,
            outcome: screening.outcome.code(),
            created_at: instant::text(screening.created_at),
            valid_until: instant::text(screening.valid_until),
            text_sha256: screening.text_sha256.clone(),
            clearance,
        }
    }
}

/// A screening with its answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedBody {
    #[serde(flatten)]
    screening: ScreeningBody,
    /// Item code to answer.
    answers: BTreeMap<String, bool>,
    /// Statement codes.
    acknowledged: Vec<String>,
    signed_name: String,
}

impl From<Opened> for OpenedBody {
    fn from(opened: Opened) -> Self {
        Self {
            screening: ScreeningBody::new(&opened.screening, opened.clearance.map(ClearanceBody::new)),
            answers: opened.answers.answers,
            acknowledged: opened.answers.acknowledged,
            signed_name: opened.answers.signed_name,
        }
    }
}

/// A screening changes once, when its clearance is added.
fn version(screening: &Screening) -> i64 {
    if screening.has_clearance { 2 } else { 1 }
}

fn made(screening: &Screening, clearance: Option<ClearanceBody>) -> Answer {
    Answer::created(&ScreeningBody::new(screening, clearance))
        .at(&url::screening(screening.id))
        .tagged(version(screening))
}

/// Takes the patient's answers. The answer does not repeat them.
#[utoipa::path(post, path = "/v1/screenings", tag = "Screening", request_body = ScreenBody,
    responses((status = 201, description = "Taken", body = ScreeningBody),
        (status = 409, description = "The list has changed")))]
pub async fn create(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    body: Json<ScreenBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse(&caller, &app)?;
    let say = |screened: Screening| made(&screened, None);
    answer::write(&app, caller.context(), move |tx| screen::screen(tx, &wish), say).await
}

/// Which page of the list.
#[derive(Debug, Deserialize)]
pub struct ListParams {
    patient_id: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// The caller's own screenings, newest first; with `patient_id` those of somebody in their care. Answers
/// of several people are never shown side by side.
#[utoipa::path(get, path = "/v1/screenings", tag = "Screening",
    params(("patient_id" = Option<String>, Query), ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, description = "A page of screenings", body = PageOf<OpenedBody>)))]
pub async fn list(
    req: HttpRequest,
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    params: Params<ListParams>,
) -> Result<HttpResponse, Problem> {
    let page: Page<(DateTime<Utc>, ScreeningId)> =
        Page::parse(params.0.limit.as_deref(), params.0.cursor.as_deref())?;
    let patient = params.0.patient_id.as_deref().map(str::parse).transpose();
    let patient = patient.map_err(|_| Problem::bad_query("patient_id", "is no id"))?;
    let patient = patient.unwrap_or_else(|| caller.own_patient());
    let (account, sealer) = (caller.account.id, app.secrets().sealer);
    let (after, most) = (page.after, page.most());
    let rows = app.read(move |conn| screen::of_patient(conn, account, patient, after, most, &sealer)).await?;
    let key = |opened: &Opened| (opened.screening.created_at, opened.screening.id);
    Ok(page.of(rows, key, OpenedBody::from).answer(&req))
}

/// One screening: the caller's own, one of somebody in their care, or one that an appointment with the calling practitioner rests
/// on. A practitioner's reading is written down.
#[utoipa::path(get, path = "/v1/screenings/{id}", tag = "Screening", params(("id" = String, Path)),
    responses((status = 200, description = "With its answers", body = OpenedBody)))]
pub async fn find(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<ScreeningId>,
) -> Result<HttpResponse, Problem> {
    let (account, sealer) = (caller.account.id, app.secrets().sealer);
    let own = app.read(move |conn| screen::own(conn, account, id.0, &sealer)).await?;
    let opened = match own {
        Some(opened) => opened,
        None => read_as_practitioner(&app, &caller, id.0).await?,
    };
    Ok(HttpResponse::Ok().insert_header(etag::tag(version(&opened.screening))).json(OpenedBody::from(opened)))
}

async fn read_as_practitioner(app: &App, caller: &Caller, id: ScreeningId) -> Result<Opened, Problem> {
    let practitioner = caller.practitioner.ok_or_else(Problem::not_found)?;
    let sealer = app.secrets().sealer;
    let context = caller.context(Role::Practitioner);
    Ok(app.write(context, move |tx| screen::read(tx, practitioner, id, &sealer)).await?)
}

/// A clinician's agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearBody {
    /// Who agreed.
    clinician_name: String,
    /// As what.
    clinician_profession: String,
    /// When: within the last year.
    #[schema(format = Date)]
    cleared_on: String,
    /// In which words.
    statement: String,
}

impl ClearBody {
    fn parse(&self, today: NaiveDate) -> Result<Clearance, Problem> {
        let mut fields = Fields::default();
        let name = fields.take("/clinician_name", text::line(&self.clinician_name, MOST_LINE));
        let profession =
            fields.take("/clinician_profession", text::line(&self.clinician_profession, MOST_LINE));
        let cleared_on = fields.take("/cleared_on", recent_day(&self.cleared_on, today));
        let statement = match text::paragraph(&self.statement, MOST_STATEMENT) {
            Ok(statement) if statement.is_empty() => Err(TextError::Empty),
            read => read,
        };
        let statement = fields.take("/statement", statement);
        fields.finish(|| {
            Some(Clearance {
                clinician_name: name?,
                clinician_profession: profession?,
                cleared_on: cleared_on?,
                statement: statement?,
            })
        })
    }
}

fn recent_day(text: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let on = past_day(text, today)?;
    let earliest = today - Months::new(12) - Days::new(1);
    if on < earliest { Err("must not be older than a year") } else { Ok(on) }
}

/// Adds a clinician's agreement to a screening that needs one. The answer does not repeat its words.
#[utoipa::path(post, path = "/v1/screenings/{id}/clearance", tag = "Screening",
    params(("id" = String, Path)), request_body = ClearBody,
    responses((status = 201, description = "Added", body = ScreeningBody),
        (status = 409, description = "Not needed, or there already")))]
pub async fn clear(
    app: web::Data<App>,
    caller: SignedIn<Patient>,
    id: PathId<ScreeningId>,
    body: Json<ClearBody>,
) -> Result<Answered, Problem> {
    let clearance = body.0.parse(app.now().date_naive())?;
    let (account, sealer) = (caller.account.id, app.secrets().sealer);
    let wish = Clear { account, screening: id.0, clearance: clearance.clone(), sealer };
    let say = move |(cleared, at): (Screening, DateTime<Utc>)| {
        let given = ClearanceBody { statement: None, ..ClearanceBody::new((at, clearance.clone())) };
        made(&cleared, Some(given))
    };
    answer::write(&app, caller.context(), move |tx| clear::clear(tx, &wish), say).await
}
