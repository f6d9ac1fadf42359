//! The page on which a new password is chosen.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::Deserialize;

use crate::{
    operation::{
        App,
        reset_password::{self, ResetError},
    },
    secret::Token,
    store::Tx,
    web::{
        answer::{self, Answer, Answered},
        extract::{Params, Viewer},
        problem::Problem,
    },
};

use super::{Form, Link, escaped, invalid_link, page};

const AGAIN: &str = "Ask for a new one where you sign in.";

/// Asks for the new password.
pub async fn show(Params(link): Params<Link>) -> HttpResponse {
    match Token::parse(&link.token) {
        Some(_) => form(StatusCode::OK, &link.token, None).response(),
        None => invalid_link(AGAIN).response(),
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
) -> Result<Answered, Problem> {
    let change = match reset_password::resetting(&app, &chosen.token, &chosen.password).await {
        Ok(change) => change,
        Err(ResetError::UnknownToken) => return Ok(Answered::unwritten(invalid_link(AGAIN))),
        Err(ResetError::Password(why)) => {
            let again = form(StatusCode::UNPROCESSABLE_ENTITY, &chosen.token, Some(&why));
            return Ok(Answered::unwritten(again));
        }
        Err(err) => return Err(err.into()),
    };
    let work = move |tx: &mut Tx<'_>| match change(tx) {
        Ok(()) => Ok(true),
        Err(ResetError::UnknownToken) => Ok(false),
        Err(err) => Err(err),
    };
    let say = |is_changed: bool| {
        if !is_changed {
            return invalid_link(AGAIN);
        }
        let body = "<p>Your password is changed, and every session has ended. You can sign in now.</p>";
        page(StatusCode::OK, "Password changed", body)
    };
    answer::write(&app, viewer.context(), work, say).await
}

fn form(status: StatusCode, token: &str, refused: Option<&str>) -> Answer {
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
