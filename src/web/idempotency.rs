//! `Idempotency-Key` on every `POST`: the first answer is the answer.
//!
//! A request that comes again under its key, from the same caller and with the
//! same body, is answered as it was the first time, for a day. What a handler
//! writes keeps its answer in its own transaction (see [`super::answer`]);
//! refusals, which write nothing, are kept here.
//!
//! **Invariant:** without the header nothing here runs; with it, a request is
//! done at most once however often it comes.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::{self, BoxBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName},
    },
    middleware::Next,
    web::{self, Bytes},
};
use uuid::Uuid;

use crate::{
    operation::{
        App,
        once::{self, Asker, OnceError, Request},
    },
    store::{Context, idempotency::Claim},
};

use super::{
    answer::{Answer, IsSettled, replayed},
    extract::{Caller, declared_length, read_body, request_id},
    limit,
    problem::Problem,
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Most characters of a key.
const MOST_KEY: usize = 255;

/// Keys whose requests this process is answering.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<Uuid>>);

impl InFlight {
    fn enter(self: &Arc<Self>, id: Uuid) -> Result<Inside, OnceError> {
        let is_first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        if is_first { Ok(Inside { all: Arc::clone(self), id }) } else { Err(OnceError::InFlight) }
    }
}

/// One request being answered; dropping it lets the next under its key in.
struct Inside {
    all: Arc<InFlight>,
    id: Uuid,
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Whether a request comes under a key.
#[must_use]
pub fn is_asked_of(req: &ServiceRequest) -> bool {
    req.method() == Method::POST && req.headers().contains_key(KEY)
}

/// Answers a request that comes under a key: as before, or for the first time.
pub async fn answer_once(
    mut req: ServiceRequest,
    next: Next<BoxBody>,
    most_body: usize,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (app, _inside, claim) = match admitted(&mut req, most_body).await {
        Ok(Admitted::First(app, inside, claim)) => (app, inside, claim),
        Ok(Admitted::Before(response)) => return Ok(req.into_response(response)),
        Err(problem) => return Ok(req.into_response(problem.error_response())),
    };
    req.extensions_mut().insert(Arc::clone(&claim));
    let response = next.call(req).await?;
    if response.response().extensions().get::<IsSettled>().is_some() {
        return Ok(response);
    }
    let (req, response) = response.into_parts();
    let answer = plain(response, request_id(&req)).await;
    let settled = keep(&app, request_id(&req), claim, answer).await;
    let response = settled.unwrap_or_else(|problem| problem.error_response());
    Ok(ServiceResponse::new(req, response))
}

/// How a request under a key goes on.
enum Admitted {
    First(web::Data<App>, Inside, Arc<Claim>),
    Before(HttpResponse),
}

async fn admitted(req: &mut ServiceRequest, most_body: usize) -> Result<Admitted, Problem> {
    let key = key_of(req.headers())?;
    let body = whole_body(req, most_body).await?;
    let app = req.app_data::<web::Data<App>>().cloned().ok_or_else(Problem::unavailable)?;
    let in_flight = req.app_data::<web::Data<InFlight>>().cloned().ok_or_else(Problem::unavailable)?;
    let claim = Arc::new(claim_of(&app, req, &key, &body));
    let inside = in_flight.into_inner().enter(claim.id)?;
    let (sealer, now, wanted) = (app.secrets().sealer, app.now(), Arc::clone(&claim));
    match app.read(move |conn| once::earlier(conn, &sealer, &wanted, now)).await? {
        Some(bytes) => Ok(Admitted::Before(replayed(&bytes)?)),
        None => Ok(Admitted::First(app, inside, claim)),
    }
}

/// The key: one, of visible ASCII.
fn key_of(headers: &HeaderMap) -> Result<String, Problem> {
    let mut sent = headers.get_all(KEY);
    let key = sent.next().filter(|_| sent.next().is_none()).map(header::HeaderValue::as_bytes);
    let key = key.filter(|key| (1..=MOST_KEY).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic));
    let key = key.and_then(|key| String::from_utf8(key.to_vec()).ok());
    key.ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-idempotency-key",
            "Invalid Idempotency-Key",
            format!("Send one Idempotency-Key of 1 to {MOST_KEY} visible ASCII characters."),
        )
    })
}

/// Reads the body, and puts it back for the handler.
async fn whole_body(req: &mut ServiceRequest, most: usize) -> Result<Bytes, Problem> {
    let declared = declared_length(req.request());
    let body = Bytes::from(read_body(req.take_payload(), declared, most).await?);
    let again = std::future::ready(Ok::<_, PayloadError>(body.clone()));
    req.set_payload(Payload::Stream { payload: Box::pin(futures_util::stream::once(again)) });
    Ok(body)
}

fn claim_of(app: &App, req: &ServiceRequest, key: &str, body: &[u8]) -> Claim {
    let account = req.extensions().get::<Caller>().map(|caller| caller.account.id);
    let address = limit::client_of(req).map(|address| address.to_string()).unwrap_or_default();
    let asker = account.map_or(Asker::Address(&address), |id| Asker::Account(id.into()));
    let request =
        Request { method: req.method().as_str(), path: req.path(), query: req.query_string(), body };
    once::claim(&app.secrets(), asker, key, request)
}

/// A response as plain data; a problem gets the id of its request, as the outermost layer would give it.
async fn plain(response: HttpResponse, request: crate::domain::id::RequestId) -> Result<Answer, Problem> {
    let problem = response.extensions().get::<Problem>().cloned();
    if let Some(problem) = problem {
        return Ok(Answer::refused(&problem, Some(request)));
    }
    let status = response.status();
    let headers = response.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let body = body::to_bytes(response.into_body()).await.map_err(|_| Problem::unavailable())?;
    Ok(Answer::new(status, headers, body.to_vec()))
}

/// Keeps the answer of a request that wrote nothing, unless there is one already: then that is the answer.
async fn keep(
    app: &App,
    request: crate::domain::id::RequestId,
    claim: Arc<Claim>,
    answer: Result<Answer, Problem>,
) -> Result<HttpResponse, Problem> {
    let answer = answer?;
    if !answer.may_be_kept() {
        return Ok(answer.response());
    }
    let context = Context { actor: None, role: "system", request, claim: None };
    let (sealer, bytes) = (app.secrets().sealer, answer.to_bytes());
    let kept = app.write(context, move |tx| {
        let earlier = once::begin(tx, &sealer, &claim)?;
        if earlier.is_none() {
            once::keep(tx, &sealer, &claim, &bytes)?;
        }
        Ok::<_, OnceError>(earlier)
    });
    match kept.await? {
        Some(earlier) => replayed(&earlier),
        None => Ok(answer.response()),
    }
}
