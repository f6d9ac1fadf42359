//! Evidence for credentials: handed in by practitioners, read by them and by admins.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use utoipa::OpenApi;

use crate::{
    domain::{
        document::MediaType,
        id::{CredentialId, DocumentId, PractitionerId},
    },
    operation::{
        App,
        manage_document::{self, Read},
    },
    store::{Context, document::Document as Taken},
    web::{
        answer::{self, Answer, Answered},
        etag,
        extract::{Admin, Document, MOST_DOCUMENT, PathId, PathIds, Practitioner, SignedIn},
        problem::Problem,
        route::{Access, Route, get, post},
        url,
    },
};

use super::{credential::keeper, credential_body::DocumentBody};

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(add, of_owner, for_admin))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/practitioners/{id}/credentials/{child}/documents", Access::Practitioner, add)
            .body(MOST_DOCUMENT),
        get("/v1/practitioners/{id}/documents/{child}", Access::Practitioner, of_owner),
        get("/v1/admin/documents/{id}", Access::Admin, for_admin),
    ]
}

/// Hands in evidence: the raw file, a PDF, PNG or JPEG by its content, at most 10 MiB.
#[utoipa::path(post, path = "/v1/practitioners/{id}/credentials/{child}/documents", tag = "Credentials",
    params(("id" = String, Path), ("child" = String, Path, description = "The credential")),
    request_body(content = inline(Vec<u8>), content_type = "application/octet-stream"),
    responses((status = 201, description = "Taken", body = DocumentBody),
        (status = 409, description = "There are ten already"),
        (status = 415, description = "Not a PDF, PNG or JPEG")))]
pub async fn add(
    req: HttpRequest,
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    ids: PathIds<PractitionerId, CredentialId>,
    body: Document,
) -> Result<Answered, Problem> {
    let kind = media_type(&req, &body.0)?;
    let wish = manage_document::seal(&app, (ids.0, ids.1), keeper(&caller), kind, body.0).await?;
    let say = move |document: Taken| {
        let location = url::document(ids.0, document.id);
        Answer::created(&DocumentBody::from(document)).at(&location).tagged(1)
    };
    answer::write(&app, caller.context(), move |tx| manage_document::add(tx, &wish), say).await
}

/// The type by content; a label that says otherwise is refused, for one of the two is a lie.
fn media_type(req: &HttpRequest, content: &[u8]) -> Result<MediaType, Problem> {
    if content.is_empty() {
        return Err(Problem::invalid_field("", "the file is empty"));
    }
    let refused = |detail: &str| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-document",
            "Unsupported document",
            detail,
        )
    };
    let kind = MediaType::of(content)
        .ok_or_else(|| refused("Send a whole PDF, PNG or JPEG file; this is none by its content."))?;
    match MediaType::from_code(&req.content_type().to_ascii_lowercase()) {
        Some(label) if label != kind => Err(refused("The content is of another type than its Content-Type.")),
        _ => Ok(kind),
    }
}

/// A document of one's own, as a download.
#[utoipa::path(get, path = "/v1/practitioners/{id}/documents/{child}", tag = "Credentials",
    params(("id" = String, Path), ("child" = String, Path, description = "The document")),
    responses((status = 200, description = "The file", content_type = "application/octet-stream")))]
pub async fn of_owner(
    app: web::Data<App>,
    caller: SignedIn<Practitioner>,
    ids: PathIds<PractitionerId, DocumentId>,
) -> Result<HttpResponse, Problem> {
    let wish = Read { document: ids.1, keeper: keeper(&caller), of: Some(ids.0) };
    download(&app, caller.context(), wish).await
}

/// A document, as a download. The reading is written down.
#[utoipa::path(get, path = "/v1/admin/documents/{id}", tag = "Admin", params(("id" = String, Path)),
    responses((status = 200, description = "The file", content_type = "application/octet-stream")))]
pub async fn for_admin(
    app: web::Data<App>,
    admin: SignedIn<Admin>,
    id: PathId<DocumentId>,
) -> Result<HttpResponse, Problem> {
    let wish = Read { document: id.0, keeper: keeper(&admin), of: None };
    download(&app, admin.context(), wish).await
}

/// The file in a form that no browser runs: saved, never shown, under a name of ours.
async fn download(app: &App, context: Context, wish: Read) -> Result<HttpResponse, Problem> {
    let kept = app.write(context, move |tx| manage_document::read(tx, &wish)).await?;
    let (document, content) = manage_document::open(app, kept).await?;
    let ending = MediaType::from_code(&document.media_type).map_or("bin", MediaType::extension);
    let disposition = format!("attachment; filename=\"evidence-{}.{ending}\"", document.id);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, document.media_type))
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'; frame-ancestors 'none'",
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(etag::tag(1))
        .body(content))
}
