//! The few pages behind the links in mails. Plain HTML: no script, nothing from elsewhere.
//!
//! Following a link changes nothing, for mail programs follow links by
//! themselves; only a button does. The forms carry the mail's token, which
//! nobody else has, so that no other site can send them in a visitor's name.
//!
//! **Invariant:** every text that did not stand in this program is escaped.

mod reset_password;
mod verify_email;

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    answer::Answer,
    extract::read_body,
    problem::Problem,
    route::{Access, Route, get, post},
};

/// Most bytes of a form.
const MOST_FORM: usize = 16 * 1024;
/// A page may send its form here, and nothing else.
const POLICY: &str = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The routes of all pages.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        get("/verify-email", Access::Public, verify_email::show).query(&["token"]),
        post("/verify-email", Access::Public, verify_email::send).body(MOST_FORM),
        get("/reset-password", Access::Public, reset_password::show).query(&["token"]),
        post("/reset-password", Access::Public, reset_password::send).body(MOST_FORM),
    ]
}

/// The token in the link; empty where there is none.
#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

/// A form as a browser sends it.
struct Form<T>(T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = req.content_type().eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let payload = payload.take();
        Box::pin(async move {
            if !accepted {
                return Err(Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "unsupported-media-type",
                    "Unsupported media type",
                    "Send a form, with Content-Type: application/x-www-form-urlencoded.",
                ));
            }
            let bytes = read_body(payload, None, MOST_FORM).await?;
            let read = serde_urlencoded::from_bytes(&bytes);
            read.map(Self).map_err(|err| Problem::invalid_field("", err))
        })
    }
}

/// A whole page; `title` and `body` are HTML.
fn page(status: StatusCode, title: &str, body: &str) -> Answer {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><title>{title} – Stillpoint</title></head>\n\
             <body><main><h1>{title}</h1>\n{body}\n</main></body>\n</html>\n"
    );
    Answer::new(status, Vec::new(), html.into_bytes())
        .with(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .with(header::CONTENT_SECURITY_POLICY, POLICY)
        .with(header::REFERRER_POLICY, "no-referrer")
}

/// The page for a link that is used up, too old or cut short.
fn invalid_link(how_to_get_another: &str) -> Answer {
    let body = format!(
        "<p role=\"alert\">This link is not valid, or no longer: links are good for 60 minutes, and once. {}</p>",
        escaped(how_to_get_another)
    );
    page(StatusCode::UNPROCESSABLE_ENTITY, "Link not valid", &body)
}

/// Text as HTML, in an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&ö"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;ö");
    }
}
