//! The page that asks whether an account is wanted.

use actix_web::{HttpResponse, http::StatusCode, web};

use crate::{
    operation::{
        App,
        register::{self, RegisterError},
    },
    secret::Token,
    store::Tx,
    web::{
        answer::{self, Answered},
        extract::{Params, Viewer},
        problem::Problem,
    },
};

use super::{Form, Link, escaped, invalid_link, page};

const AGAIN: &str = "Register again to get a new one; if you have already confirmed, just sign in.";

/// Asks.
pub async fn show(Params(link): Params<Link>) -> HttpResponse {
    if Token::parse(&link.token).is_none() {
        return invalid_link(AGAIN).response();
    }
    let body = format!(
        "<p>Press the button to confirm your address and open your account.</p>\n\
         <form method=\"post\" action=\"/verify-email\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">\
         <button type=\"submit\">Confirm my address</button></form>",
        escaped(&link.token)
    );
    page(StatusCode::OK, "Confirm your address", &body).response()
}

/// Opens the account. No session is opened here: the browser signs in by password.
pub async fn send(app: web::Data<App>, viewer: Viewer, Form(link): Form<Link>) -> Result<Answered, Problem> {
    let Some(token) = Token::parse(&link.token) else { return Ok(Answered::unwritten(invalid_link(AGAIN))) };
    let hash = token.hash();
    let work = move |tx: &mut Tx<'_>| match register::verify(tx, hash) {
        Ok(_) => Ok(true),
        Err(RegisterError::InvalidToken) => Ok(false),
        Err(err) => Err(err),
    };
    let say = |is_open: bool| {
        if !is_open {
            return invalid_link(AGAIN);
        }
        page(StatusCode::OK, "Address confirmed", "<p>Your account is open. You can sign in now.</p>")
    };
    answer::write(&app, viewer.context(), work, say).await
}
