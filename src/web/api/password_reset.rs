//! A new password for somebody who forgot the old one.

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::account::EmailAddress,
    operation::{
        App,
        reset_password::{self, ResetError},
    },
    web::{
        answer::{self, Answered},
        api::account::{CheckYourEmail, check_your_email},
        extract::{Json, Viewer},
        problem::Problem,
        route::{Access, Route, post, put},
    },
};

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(ask, reset), components(schemas(AskBody, ResetBody)))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/password-resets", Access::Public, ask),
        put("/v1/password-resets/{token}", Access::Public, reset),
    ]
}

/// Who forgot the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBody {
    /// The account's address.
    email: String,
}

/// Asks for a mail with a link. The answer is the same whether or not the address is known.
#[utoipa::path(post, path = "/v1/password-resets", tag = "Accounts", request_body = AskBody,
    responses((status = 202, description = "If there is such an account, a mail is on its way", body = CheckYourEmail)))]
pub async fn ask(
    app: web::Data<App>,
    viewer: Viewer,
    Json(body): Json<AskBody>,
) -> Result<Answered, Problem> {
    let email: EmailAddress =
        body.email.parse().map_err(|why| Problem::invalid_field("/email", format!("{why}")))?;
    let work = reset_password::asking(&app, email)?;
    answer::write(&app, viewer.context(), work, |()| check_your_email()).await
}

/// The password chosen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// 12 to 128 characters, not among the common ones.
    password: String,
}

/// The `{token}` of the path.
pub struct PathToken(String);

impl FromRequest for PathToken {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = req.match_info().get("token").map(|text| Self(text.to_owned()));
        std::future::ready(token.ok_or_else(|| ResetError::UnknownToken.into()))
    }
}

/// Sets a new password. Every session of the account ends; a second factor is still asked for.
#[utoipa::path(put, path = "/v1/password-resets/{token}", tag = "Accounts", request_body = ResetBody,
    params(("token" = String, Path, description = "What stands behind `token=` in the mail's link")),
    responses((status = 204, description = "Changed")))]
pub async fn reset(
    app: web::Data<App>,
    viewer: Viewer,
    PathToken(token): PathToken,
    Json(body): Json<ResetBody>,
) -> Result<HttpResponse, Problem> {
    let work = reset_password::resetting(&app, &token, &body.password).await?;
    app.write(viewer.context(), work).await?;
    Ok(HttpResponse::NoContent().finish())
}
