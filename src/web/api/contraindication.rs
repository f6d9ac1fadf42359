//! The list of contraindications: public to read, admins publish.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use crate::{
    domain::{
        screening::{Contraindication, ContraindicationList, Statement},
        text::{self, TextError},
    },
    operation::{
        App,
        publish_contraindications::{self, Publish},
    },
    store::{contraindication, outdated::Outdated},
    web::{
        answer::{self, Answer, Answered},
        extract::{Admin, Json, SignedIn},
        field::Fields,
        instant,
        problem::Problem,
        route::{Access, Route, get, post},
    },
};

/// Most items, and most statements, of a list.
const MOST: usize = 50;
/// Most characters of a code.
const MOST_CODE: usize = 64;
/// Most characters of a label.
const MOST_LABEL: usize = 200;
/// Most characters of an explanation or a statement.
const MOST_TEXT: usize = 2_000;
/// A copy is good for a few seconds; then its holder asks with its tag.
const GOOD_FOR: &str = "public, max-age=5, must-revalidate";

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(current, publish))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        get("/v1/contraindications", Access::Public, current),
        post("/v1/admin/contraindications", Access::Admin, publish),
    ]
}

/// A condition that is asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemBody {
    /// Lower-case letters, digits and `_`.
    code: String,
    /// Short name.
    label: String,
    /// What is meant and why it matters, in plain words.
    explanation: String,
}

/// A sentence that is acknowledged.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementBody {
    /// Lower-case letters, digits and `_`.
    code: String,
    /// The sentence.
    text: String,
}

/// A published list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListBody {
    /// Counts from 1.
    version: i32,
    #[schema(format = DateTime)]
    published_at: String,
    /// Each is answered with true or false.
    items: Vec<ItemBody>,
    /// All are acknowledged.
    statements: Vec<StatementBody>,
}

impl From<ContraindicationList> for ListBody {
    fn from(list: ContraindicationList) -> Self {
        let item = |item: Contraindication| ItemBody {
            code: item.code,
            label: item.label,
            explanation: item.explanation,
        };
        let statement = |statement: Statement| StatementBody { code: statement.code, text: statement.text };
        Self {
            version: list.version,
            published_at: instant::text(list.published_at),
            items: list.items.into_iter().map(item).collect(),
            statements: list.statements.into_iter().map(statement).collect(),
        }
    }
}

/// The list in force.
#[utoipa::path(get, path = "/v1/contraindications", tag = "Screening",
    responses((status = 200, description = "The list", body = ListBody), (status = 304, description = "Unchanged")))]
pub async fn current(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let list = app.read(contraindication::current).await?;
    let version = list.version.into();
    let told = Answer::ok(&ListBody::from(list)).tagged(version).with(header::CACHE_CONTROL, GOOD_FOR);
    Ok(told.response())
}

/// The next list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// From 1 to 50.
    items: Vec<ItemBody>,
    /// From 1 to 50.
    statements: Vec<StatementBody>,
}

impl PublishBody {
    fn parse(&self) -> Result<Publish, Problem> {
        let mut fields = Fields::default();
        let items = self.items.iter().enumerate().map(|(at, item)| {
            let label = fields.take(format!("/items/{at}/label"), text::line(&item.label, MOST_LABEL));
            let explanation = fields.take(format!("/items/{at}/explanation"), words(&item.explanation));
            Some(Contraindication { code: item.code.clone(), label: label?, explanation: explanation? })
        });
        let items: Vec<_> = items.collect();
        let statements = self.statements.iter().enumerate().map(|(at, statement)| {
            let text = fields.take(format!("/statements/{at}/text"), words(&statement.text));
            Some(Statement { code: statement.code.clone(), text: text? })
        });
        let statements: Vec<_> = statements.collect();
        check_codes(&mut fields, "/items", self.items.iter().map(|item| item.code.as_str()));
        check_codes(&mut fields, "/statements", self.statements.iter().map(|said| said.code.as_str()));
        fields.finish(|| {
            let items = items.into_iter().collect::<Option<_>>()?;
            Some(Publish { items, statements: statements.into_iter().collect::<Option<_>>()? })
        })
    }
}

fn words(text: &str) -> Result<String, TextError> {
    let text = text::paragraph(text, MOST_TEXT)?;
    if text.is_empty() { Err(TextError::Empty) } else { Ok(text) }
}

/// Enough of them, not too many, each well formed and each once.
fn check_codes<'a>(fields: &mut Fields, list: &str, codes: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for (at, code) in codes.enumerate() {
        count = at + 1;
        let fits = (1..=MOST_CODE).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits {
            fields.refuse(format!("{list}/{at}/code"), "must be 1 to 64 of a-z, 0-9 and _");
        } else if !seen.insert(code) {
            fields.refuse(format!("{list}/{at}/code"), "stands in the list twice");
        }
    }
    if !(1..=MOST).contains(&count) {
        fields.refuse(list, format!("must have from 1 to {MOST} entries"));
    }
}

/// A list just published.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedBody {
    #[serde(flatten)]
    list: ListBody,
    /// Appointments ahead whose patients answered an older list: they answer again before the visit.
    affected_appointments: Vec<AffectedBody>,
}

/// An appointment whose patient is to answer again.
#[derive(Debug, Serialize, ToSchema)]
pub struct AffectedBody {
    id: Uuid,
    #[schema(format = DateTime)]
    starts_at: String,
    practitioner_id: Uuid,
    patient_id: Uuid,
}

impl From<Outdated> for AffectedBody {
    fn from(outdated: Outdated) -> Self {
        Self {
            id: outdated.id.into(),
            starts_at: instant::text(outdated.starts_at),
            practitioner_id: outdated.practitioner.into(),
            patient_id: outdated.patient.into(),
        }
    }
}

/// Publishes the next version of the list.
#[utoipa::path(post, path = "/v1/admin/contraindications", tag = "Admin", request_body = PublishBody,
    responses((status = 201, description = "Published", body = PublishedBody),
        (status = 409, description = "Another version was published at the same time")))]
pub async fn publish(
    app: web::Data<App>,
    admin: SignedIn<Admin>,
    body: Json<PublishBody>,
) -> Result<Answered, Problem> {
    let wish = body.0.parse()?;
    let say = |(list, affected): (ContraindicationList, Vec<Outdated>)| {
        let version = list.version.into();
        let affected_appointments = affected.into_iter().map(AffectedBody::from).collect();
        Answer::created(&PublishedBody { list: list.into(), affected_appointments })
            .at("/v1/contraindications")
            .tagged(version)
    };
    answer::write(&app, admin.context(), move |tx| publish_contraindications::publish(tx, &wish), say).await
}
