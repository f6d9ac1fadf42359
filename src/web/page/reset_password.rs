//! The page on which a new password is chosen.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::Deserialize;

use crate::{
    operation::{
        App,
        reset_password::{self, ResetError},
    },
    secret::Token,
    web::{
        extract::{Params, Viewer},
        problem::Problem,
    },
};

use super::{Form, Link, escaped, invalid_link, page};

const AGAIN: &str = "Ask for a new one where you sign in.";

/// Asks for the new password.
pub async fn show(Params(link): Params<Link>) -> HttpResponse {
    match Token::parse(&link.token) {
        Some(_) => form(StatusCode::OK, &link.token, None),
        None => invalid_link(AGAIN),
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
}

/// Sets the password, or asks again where it may not be chosen.
pub async fn send(
    app: web::Data<App>,
    viewer: Viewer,
    Form(chosen): Form<Chosen>,
) -> Result<HttpResponse, Problem> {
    match reset_password::reset(&app, viewer.context(), &chosen.token, &chosen.password).await {
        Ok(()) => {
            let body = "<p>Your password is changed, and every session has ended. You can sign in now.</p>";
            Ok(page(StatusCode::OK, "Password changed", body))
        }
        Err(ResetError::UnknownToken) => Ok(invalid_link(AGAIN)),
        Err(ResetError::Password(why)) => {
            Ok(form(StatusCode::UNPROCESSABLE_ENTITY, &chosen.token, Some(&why)))
        }
        Err(err) => Err(err.into()),
    }
}

fn form(status: StatusCode, token: &str, refused: Option<&str>) -> HttpResponse {
    let refused = refused.map(|why| format!("<p role=\"alert\">The password {}.</p>\n", escaped(why)));
    let body = format!(
        "{}<form method=\"post\" action=\"/reset-password\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">\
         <p><label for=\"password\">New password, 12 to 128 characters</label><br>\
         <input id=\"password\" type=\"password\" name=\"password\" required autocomplete=\"new-password\"></p>\
         <button type=\"submit\">Change my password</button></form>",
        refused.unwrap_or_default(),
        escaped(token)
    );
    page(status, "Choose a new password", &body)
}
