//! Enforces the table of routes: who calls, may they, with which parameters.
//!
//! **Invariant:** the account, its roles and its session are read for every
//! request that needs them; nothing is remembered between requests.

use std::collections::HashMap;

use actix_web::{
    Error, HttpMessage, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};

use crate::{
    domain::account::Role,
    operation::{App, authenticate},
};

use super::{
    extract::{Caller, request_id},
    idempotency,
    problem::Problem,
    route::{Access, Route},
};

/// What the guard knows of each route.
#[derive(Debug)]
pub struct Table {
    rows: HashMap<(Method, String), Row>,
}

#[derive(Debug)]
struct Row {
    access: Access,
    query: &'static [&'static str],
    most_body: usize,
}

impl Table {
    /// From the list of routes.
    #[must_use]
    pub fn of(routes: &[Route]) -> Self {
        let row = |route: &Route| {
            let row = Row { access: route.access, query: route.query, most_body: route.most_body };
            ((route.method.clone(), route.path.to_owned()), row)
        };
        Self { rows: routes.iter().map(row).collect() }
    }

    fn row(&self, method: &Method, path: Option<&str>) -> Option<&Row> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        self.rows.get(&(method, path?.to_owned()))
    }
}

/// Lets a request through that the table allows; answers the others.
pub async fn enforce(req: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(&req).await {
        Ok(Some(most_body)) if idempotency::is_asked_of(&req) => {
            idempotency::answer_once(req, next, most_body).await
        }
        Ok(_) => next.call(req).await,
        Err(problem) => {
            let response: HttpResponse = problem.error_response();
            Ok(req.into_response(response))
        }
    }
}

/// Lets a request in, or says why not; how long its body may be, where the table knows its path.
async fn admit(req: &ServiceRequest) -> Result<Option<usize>, Problem> {
    let Some(table) = req.app_data::<web::Data<Table>>() else {
        return Err(Problem::unavailable());
    };
    let pattern = req.match_pattern();
    // Paths and methods outside the table are answered 404 and 405 by the router.
    let Some(row) = table.row(req.method(), pattern.as_deref()) else { return Ok(None) };
    check_query(req.query_string(), row.query)?;
    if row.access == Access::Public {
        return Ok(Some(row.most_body));
    }
    let caller = match bearer(req)? {
        Some(token) => Some(look_up(req, token).await?),
        None => None,
    };
    let allowed = match (row.access, &caller) {
        (Access::Public | Access::Viewer, _) | (Access::Patient, Some(_)) => Ok(()),
        (_, None) => Err(Problem::unauthenticated()),
        (Access::Practitioner, Some(caller)) if caller.has(Role::Practitioner) || caller.has(Role::Admin) => {
            Ok(())
        }
        (Access::Admin, Some(caller)) if caller.has(Role::Admin) => Ok(()),
        (Access::Practitioner, Some(_)) => Err(Problem::forbidden("Only a practitioner may do this.")),
        (Access::Admin, Some(_)) => Err(Problem::forbidden("Only an admin may do this.")),
    };
    if let Some(caller) = caller {
        req.extensions_mut().insert(caller);
    }
    allowed.map(|()| Some(row.most_body))
}

/// The token sent, if any; a header that is no bearer token is as wrong as a wrong token.
fn bearer(req: &ServiceRequest) -> Result<Option<String>, Problem> {
    let Some(value) = req.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::unauthenticated())?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim().to_owned())),
        _ => Err(Problem::unauthenticated()),
    }
}

async fn look_up(req: &ServiceRequest, token: String) -> Result<Caller, Problem> {
    let app = req.app_data::<web::Data<App>>().ok_or_else(Problem::unavailable)?;
    let found = authenticate::by_token(app, &token).await?;
    let found = found.ok_or_else(Problem::unauthenticated)?;
    Ok(Caller {
        account: found.account,
        session: found.session,
        signed_in_at: found.signed_in_at,
        practitioner: found.practitioner,
        request: request_id(req.request()),
        claim: None,
    })
}

fn check_query(query: &str, known: &[&str]) -> Result<(), Problem> {
    let mut seen = Vec::new();
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|err| Problem::bad_query("query", err))?;
    for (name, _) in pairs {
        if !known.contains(&name.as_str()) {
            let problem = if known.is_empty() {
                Problem::bad_query(&name, "this path takes no query parameters")
            } else {
                Problem::bad_query(&name, format!("unknown; known here: {}", known.join(", ")))
            };
            return Err(problem);
        }
        if seen.contains(&name) {
            return Err(Problem::bad_query(&name, "given more than once"));
        }
        seen.push(name);
    }
    Ok(())
}
