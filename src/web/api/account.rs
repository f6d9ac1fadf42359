//! Opening an account: asking for it, and proving the address.

use std::fmt::Display;

use actix_web::{HttpRequest, http::StatusCode, web};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::{
    domain::{account::EmailAddress, text},
    operation::{
        App,
        register::{self, Register, RegisterError, choose_password},
        sign_in::{self, Opened},
    },
    secret::Token,
    store::Tx,
    web::{
        answer::{self, Answer, Answered},
        api::session::{OpenedBody, client},
        extract::{Json, Viewer},
        problem::{FieldError, Problem},
        route::{Access, Route, post},
    },
};

/// Most characters of a name.
const MOST_NAME: usize = 100;

/// What this file describes.
#[derive(OpenApi)]
#[openapi(paths(register, verify), components(schemas(RegisterBody, VerifyBody, CheckYourEmail)))]
pub struct Doc;

/// The routes of this resource.
pub fn routes() -> Vec<Route> {
    vec![
        post("/v1/accounts", Access::Public, register),
        post("/v1/email-verifications", Access::Public, verify),
    ]
}

/// Who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// The address that will get the mail.
    #[schema(example = "dana@example.org")]
    email: String,
    /// 12 to 128 characters, not among the common ones.
    password: String,
    /// What to call the person.
    name: String,
    /// IANA zone in which times are told; UTC where none is given.
    #[schema(example = "America/Los_Angeles")]
    time_zone: Option<String>,
}

impl RegisterBody {
    fn parse(&self) -> Result<Register, Problem> {
        let mut errors = Vec::new();
        let email = kept("/email", self.email.parse::<EmailAddress>(), &mut errors);
        let name = kept("/name", parse_name(&self.name), &mut errors);
        let zone = self.time_zone.as_deref().unwrap_or("UTC");
        let time_zone = kept("/time_zone", parse_zone(zone), &mut errors);
        let words = [self.name.as_str(), self.email.as_str()];
        let password = kept("/password", choose_password(&self.password, &words), &mut errors);
        match (email, password, name, time_zone) {
            (Some(email), Some(password), Some(name), Some(time_zone)) => {
                Ok(Register { email, password, name, time_zone })
            }
            _ => Err(Problem::invalid(errors)),
        }
    }
}

/// The value, or its error among the others.
pub(super) fn kept<T, E: Display>(
    pointer: &str,
    value: Result<T, E>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    value.map_err(|why| errors.push(FieldError::at(pointer, why))).ok()
}

/// What a person is called.
pub(super) fn parse_name(text: &str) -> Result<String, text::TextError> {
    text::line(text, MOST_NAME)
}

/// An IANA zone; older names for one are known too.
pub(super) fn parse_zone(text: &str) -> Result<Tz, &'static str> {
    text.parse().map_err(|_| "must be an IANA time zone, as Europe/Rome")
}

/// What everybody hears who asks for a mail.
#[derive(Serialize, ToSchema)]
pub struct CheckYourEmail {
    /// `check_your_email`
    #[schema(example = "check_your_email")]
    status: &'static str,
}

/// The answer that tells nothing.
pub(super) fn check_your_email() -> Answer {
    Answer::json(StatusCode::ACCEPTED, &CheckYourEmail { status: "check_your_email" })
}

/// Asks for an account. The answer is the same whether or not the address is known.
#[utoipa::path(post, path = "/v1/accounts", tag = "Accounts", request_body = RegisterBody,
    responses((status = 202, description = "A mail is on its way", body = CheckYourEmail)))]
pub async fn register(
    app: web::Data<App>,
    viewer: Viewer,
    Json(body): Json<RegisterBody>,
) -> Result<Answered, Problem> {
    let wish = body.parse()?;
    let work = register::asking(&app, wish).await?;
    answer::write(&app, viewer.context(), work, |()| check_your_email()).await
}

/// The token of the mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// What stands behind `token=` in the mail's link.
    token: String,
}

/// Opens the account whose address is proved by the token, and a session.
#[utoipa::path(post, path = "/v1/email-verifications", tag = "Accounts", request_body = VerifyBody,
    responses((status = 201, description = "The account is open, and signed in", body = OpenedBody)))]
pub async fn verify(
    app: web::Data<App>,
    viewer: Viewer,
    req: HttpRequest,
    Json(body): Json<VerifyBody>,
) -> Result<Answered, Problem> {
    let hash = Token::parse(&body.token).ok_or(RegisterError::InvalidToken)?.hash();
    let (session, client) = (Token::generate()?, client(&req));
    let work = move |tx: &mut Tx<'_>| {
        let account = register::verify(tx, hash)?;
        Ok::<_, RegisterError>(sign_in::open(tx, account, None, &session, &client)?)
    };
    let say = |opened: Opened| Answer::created(&OpenedBody::from(&opened));
    answer::write(&app, viewer.context(), work, say).await
}
