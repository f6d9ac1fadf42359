//! What handlers take: who calls, ids from the path, parameters, bodies.
//!
//! **Invariant:** a body is read whole within its limit and its deadline, and
//! every field it has is one the handler knows.

use std::{future::Future, marker::PhantomData, pin::Pin, str::FromStr, sync::Arc, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::{
    domain::{
        account::{Account, Role},
        id::{PatientId, PractitionerId, RequestId, SessionId},
    },
    store::{Context, idempotency::Claim},
};

use super::problem::{FieldError, Problem};

/// Most bytes of a JSON body.
pub const MOST_JSON: usize = 256 * 1024;
/// Most bytes of an uploaded document.
pub const MOST_DOCUMENT: usize = 10 * 1024 * 1024;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// Who calls. Made anew for every request, so that a revoked right ends at once.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account behind the session.
    pub account: Account,
    /// Which session.
    pub session: SessionId,
    /// When it began.
    pub signed_in_at: DateTime<Utc>,
    /// Its practitioner record, if any.
    pub practitioner: Option<PractitionerId>,
    /// This request.
    pub request: RequestId,
    /// The key under which its answer is to be kept.
    pub claim: Option<Arc<Claim>>,
}

impl Caller {
    /// Whether the account has that role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        match role {
            Role::Patient => true,
            Role::Practitioner => self.practitioner.is_some(),
            Role::Admin => self.account.is_admin,
        }
    }

    /// The patient every account has of its own.
    #[must_use]
    pub fn own_patient(&self) -> PatientId {
        uuid::Uuid::from(self.account.id).into()
    }

    /// All its roles.
    #[must_use]
    pub fn roles(&self) -> Vec<&'static str> {
        [Role::Patient, Role::Practitioner, Role::Admin]
            .into_iter()
            .filter(|role| self.has(*role))
            .map(Role::code)
            .collect()
    }

    /// For the trail: acting in that role.
    #[must_use]
    pub fn context(&self, role: Role) -> Context {
        Context {
            actor: Some(self.account.id),
            role: role.code(),
            request: self.request,
            claim: self.claim.clone(),
        }
    }
}

/// A role as a type, so that a handler's signature says who may call it.
pub trait AsRole {
    /// The role.
    const ROLE: Role;
}

/// Any account.
#[derive(Debug)]
pub struct Patient;
/// An account with a practitioner record, or an admin in their stead.
#[derive(Debug)]
pub struct Practitioner;
/// An admin.
#[derive(Debug)]
pub struct Admin;

impl AsRole for Patient {
    const ROLE: Role = Role::Patient;
}
impl AsRole for Practitioner {
    const ROLE: Role = Role::Practitioner;
}
impl AsRole for Admin {
    const ROLE: Role = Role::Admin;
}

/// Somebody signed in, with that role.
#[derive(Debug)]
pub struct SignedIn<R: AsRole> {
    caller: Caller,
    role: PhantomData<R>,
}

impl<R: AsRole> SignedIn<R> {
    /// For the trail. Somebody without the role acts as an admin in its stead.
    #[must_use]
    pub fn context(&self) -> Context {
        let role = if self.caller.has(R::ROLE) { R::ROLE } else { Role::Admin };
        self.caller.context(role)
    }
}

impl<R: AsRole> std::ops::Deref for SignedIn<R> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<R: AsRole> FromRequest for SignedIn<R> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller_of(req);
        std::future::ready(match caller {
            None => Err(Problem::unauthenticated()),
            Some(caller) if caller.has(R::ROLE) || caller.has(Role::Admin) => {
                Ok(Self { caller, role: PhantomData })
            }
            Some(_) => Err(Problem::forbidden(format!("This needs the role {}.", R::ROLE.code()))),
        })
    }
}

/// Somebody who may or may not be signed in.
#[derive(Debug)]
pub struct Viewer {
    /// Who, if anybody.
    pub caller: Option<Caller>,
    /// This request.
    pub request: RequestId,
    /// The key under which its answer is to be kept.
    pub claim: Option<Arc<Claim>>,
}

impl Viewer {
    /// For the trail.
    #[must_use]
    pub fn context(&self) -> Context {
        match &self.caller {
            Some(caller) => caller.context(Role::Patient),
            None => {
                Context { actor: None, role: "anonymous", request: self.request, claim: self.claim.clone() }
            }
        }
    }
}

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller_of(req);
        let claim = req.extensions().get::<Arc<Claim>>().cloned();
        std::future::ready(Ok(Self { caller, request: request_id(req), claim }))
    }
}

/// Who calls, as the guard found out, with the claim of the layer inside it.
fn caller_of(req: &HttpRequest) -> Option<Caller> {
    let extensions = req.extensions();
    let claim = extensions.get::<Arc<Claim>>().cloned();
    extensions.get::<Caller>().cloned().map(|caller| Caller { claim, ..caller })
}

/// This request's id, set by the outermost layer.
#[must_use]
pub fn request_id(req: &HttpRequest) -> RequestId {
    req.extensions().get::<RequestId>().copied().unwrap_or_else(|| uuid::Uuid::nil().into())
}

/// The `{id}` of the path. Text that is no id is as unknown as an id nobody has.
#[derive(Debug, Clone, Copy)]
pub struct PathId<I>(pub I);

impl<I: FromStr> FromRequest for PathId<I> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(segment(req, "id").map(Self))
    }
}

/// The `{id}` and the `{child}` of the path.
#[derive(Debug, Clone, Copy)]
pub struct PathIds<I, J>(pub I, pub J);

impl<I: FromStr, J: FromStr> FromRequest for PathIds<I, J> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let both = segment(req, "id").and_then(|id| Ok(Self(id, segment(req, "child")?)));
        std::future::ready(both)
    }
}

fn segment<I: FromStr>(req: &HttpRequest, name: &str) -> Result<I, Problem> {
    req.match_info().get(name).and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)
}

/// The query string. Unknown, repeated and unreadable parameters are 400.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = serde_urlencoded::from_str(req.query_string());
        std::future::ready(read.map(Self).map_err(|err| {
            Problem::new(StatusCode::BAD_REQUEST, "invalid-query", "Invalid query parameter", err)
        }))
    }
}

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A JSON body. Its type refuses unknown fields; a refusal names the field.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = is_json(req);
        let declared = declared_length(req);
        let payload = payload.take();
        Box::pin(async move {
            if !accepted {
                return Err(Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "unsupported-media-type",
                    "Unsupported media type",
                    "Send JSON, with Content-Type: application/json.",
                ));
            }
            let bytes = read_body(payload, declared, MOST_JSON).await?;
            parse_json(&bytes).map(Self)
        })
    }
}

/// A body as it comes, at most [`MOST_DOCUMENT`] bytes.
#[derive(Debug)]
pub struct Document(pub Vec<u8>);

impl FromRequest for Document {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = declared_length(req);
        let payload = payload.take();
        Box::pin(async move { read_body(payload, declared, MOST_DOCUMENT).await.map(Self) })
    }
}

fn is_json(req: &HttpRequest) -> bool {
    let kind = req.content_type().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The length a request says its body has.
#[must_use]
pub fn declared_length(req: &HttpRequest) -> Option<usize> {
    req.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a body whole, within `most` bytes and the deadline.
pub async fn read_body(payload: Payload, declared: Option<usize>, most: usize) -> Result<Vec<u8>, Problem> {
    if declared.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let read = async {
        let mut payload = payload;
        let mut bytes = Vec::with_capacity(declared.unwrap_or(0).min(most));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| broken_off())?;
            if bytes.len() + chunk.len() > most {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    tokio::time::timeout(BODY_DEADLINE, read).await.unwrap_or_else(|_| {
        Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "request-timeout",
            "The body took too long",
            "The body did not arrive whole within 30 seconds.",
        ))
    })
}

fn too_large(most: usize) -> Problem {
    let detail = format!("A body here has at most {} KiB.", most / 1024);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large", detail)
}

fn broken_off() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed-body",
        "Malformed body",
        "The body could not be read to its end.",
    )
}

/// Reads JSON; a value of the wrong type, an unknown, missing or repeated field is named by its pointer.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|err| {
        let pointer = pointer_of(err.path());
        let cause = err.into_inner();
        if cause.is_data() {
            let detail = without_position(&cause);
            Problem::invalid(vec![FieldError::at(to_the_field(pointer, &detail), detail)])
        } else {
            Problem::malformed(cause)
        }
    })?;
    reader.end().map_err(Problem::malformed)?;
    Ok(value)
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// An unknown, missing or repeated field is reported at the object around it; the message names the field.
fn to_the_field(pointer: String, detail: &str) -> String {
    let about_a_field = ["unknown field `", "missing field `", "duplicate field `"];
    let name = about_a_field.iter().find_map(|start| detail.strip_prefix(start)?.split('`').next());
    match name {
        Some(name) if !pointer.ends_with(&format!("/{name}")) => format!("{pointer}/{name}"),
        _ => pointer,
    }
}

fn without_position(err: &serde_json::Error) -> String {
    let text = err.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}
