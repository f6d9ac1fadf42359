//! Credentials as they are shown to their owner and to admins.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{
        credential::{CredentialStatus, Decision, Method, Verdict},
        npi::Npi,
        practitioner::Practitioner,
    },
    operation::review::Filed,
    store::document::Document,
    web::instant,
};

/// A credential with the story of its checking.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialBody {
    id: Uuid,
    practitioner_id: Uuid,
    /// Whose it is.
    practitioner: HolderBody,
    /// `licence` or `craniosacral_certification`.
    kind: &'static str,
    /// The profession it was handed in for.
    provider_type: &'static str,
    issuer: String,
    jurisdiction: String,
    number: String,
    /// First day it is good.
    issued_on: NaiveDate,
    /// Last day it is good; null where it does not expire.
    #[schema(required)]
    expires_on: Option<NaiveDate>,
    /// As it stands today at the practitioner's.
    status: &'static str,
    /// When it was handed in, the last time.
    #[schema(format = DateTime)]
    submitted_at: String,
    /// Day of the check that verified it.
    #[schema(required)]
    verified_on: Option<NaiveDate>,
    /// How it was verified.
    #[schema(required)]
    method: Option<&'static str>,
    /// Where it was verified.
    #[schema(required)]
    source_url: Option<String>,
    /// Every step, oldest first.
    history: Vec<StepBody>,
    /// The evidence handed in.
    documents: Vec<DocumentBody>,
}

/// Whose a credential is.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderBody {
    id: Uuid,
    name: String,
    #[schema(required)]
    npi: Option<String>,
    /// The account that answers for the record.
    #[schema(required)]
    account_id: Option<Uuid>,
}

impl From<&Practitioner> for HolderBody {
    fn from(holder: &Practitioner) -> Self {
        Self {
            id: holder.id.into(),
            name: holder.full_name(),
            npi: holder.npi.as_ref().map(Npi::to_string),
            account_id: holder.account.map(Into::into),
        }
    }
}

/// One step of the checking.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepBody {
    #[schema(format = DateTime)]
    at: String,
    /// The account that took it.
    actor: Uuid,
    #[schema(required)]
    from: Option<&'static str>,
    to: &'static str,
    /// What was decided; null where the practitioner handed it in.
    #[schema(required)]
    decision: Option<&'static str>,
    #[schema(required)]
    method: Option<&'static str>,
    #[schema(required)]
    source_url: Option<String>,
    #[schema(required)]
    checked_on: Option<NaiveDate>,
    note: String,
}

impl From<Decision> for StepBody {
    fn from(step: Decision) -> Self {
        let leads = |verdict: &Verdict| step.from.and_then(|from| from.after(*verdict)) == Some(step.to);
        Self {
            at: instant::text(step.decided_at),
            actor: step.actor.into(),
            from: step.from.map(CredentialStatus::code),
            to: step.to.code(),
            decision: Verdict::ALL.into_iter().find(leads).map(Verdict::code),
            method: step.method.map(Method::code),
            source_url: step.source_url,
            checked_on: step.checked_on,
            note: step.note,
        }
    }
}

/// A piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentBody {
    id: Uuid,
    /// Lower-case hexadecimal.
    sha256: String,
    /// Its length.
    bytes: i64,
    /// As its content shows it.
    media_type: String,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<Document> for DocumentBody {
    fn from(document: Document) -> Self {
        Self {
            id: document.id.into(),
            sha256: document.sha256,
            bytes: document.bytes,
            media_type: document.media_type,
            created_at: instant::text(document.created_at),
        }
    }
}

impl From<Filed> for CredentialBody {
    fn from(filed: Filed) -> Self {
        let held = filed.credential;
        Self {
            id: held.id.into(),
            practitioner_id: held.practitioner.into(),
            practitioner: HolderBody::from(&filed.practitioner),
            kind: held.kind.code(),
            provider_type: held.provider_type.code(),
            issuer: held.issuer,
            jurisdiction: held.jurisdiction.to_string(),
            number: held.number,
            issued_on: held.issued_on,
            expires_on: held.expires_on,
            status: filed.status.code(),
            submitted_at: instant::text(held.submitted_at),
            verified_on: held.verified_on,
            method: held.method.map(Method::code),
            source_url: held.source_url,
            history: filed.history.into_iter().map(StepBody::from).collect(),
            documents: filed.documents.into_iter().map(DocumentBody::from).collect(),
        }
    }
}
