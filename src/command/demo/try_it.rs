//! What the demo says of itself: how to sign in, and a few lines to paste.
//!
//! The lines need `bash`, `curl`, `grep` and `cut`, nothing else.

use chrono::{Duration, SecondsFormat};

use crate::{operation::App, secret::TotpSecret};

use super::fill::{Cast, email};

/// The patient's.
pub const PATIENT_PASSWORD: &str = "a-quiet-place-to-rest";
/// The practitioner's.
pub const PRACTITIONER_PASSWORD: &str = "listening-with-both-hands";
/// The admin's.
pub const ADMIN_PASSWORD: &str = "checking-every-licence";

/// All of it, the address first.
pub fn introduction(app: &App, cast: &Cast, totp: &TotpSecret) -> String {
    let url = &app.config().public_url;
    format!(
        "Stillpoint demo listens on {url} (documentation: {url}/docs)\n\n{}\n{}",
        sign_ins(app, totp),
        lines(app, cast)
    )
}

fn sign_ins(app: &App, totp: &TotpSecret) -> String {
    let code = totp.code_at(app.now().timestamp());
    format!(
        "Everything here is made up and gone when you stop it with Ctrl-C.

  patient       {}   {PATIENT_PASSWORD}
  practitioner  {}    {PRACTITIONER_PASSWORD}
  admin         {}    {ADMIN_PASSWORD}
                second factor {code} (good for a minute); secret {}
",
        email("robin"),
        email("dana"),
        email("alex"),
        totp.base32(),
    )
}

/// Pasted one after the other they search, sign in, answer the questions, book, and are refused the same time again.
fn lines(app: &App, cast: &Cast) -> String {
    let url = &app.config().public_url;
    let (practitioner, service, location) = (cast.star.practitioner, cast.star.service, cast.star.location);
    let from = app.now() + Duration::days(1);
    let [from, until] =
        [from, from + Duration::days(14)].map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    let patient = email("robin");
    format!(
        r#"Try this, line by line:

  URL={url}
  P={practitioner} S={service} L={location}

  # Who is near Portland, Oregon, nearest first?
  curl -sG $URL/v1/practitioners --data-urlencode 'place=Portland, OR' -d limit=3

  # When is Dana Reyes free?
  AT=$(curl -s "$URL/v1/practitioners/$P/slots?service_id=$S&from={from}&until={until}" | grep -o '"starts_at":"[^"]*"' | head -n 1 | cut -d'"' -f4); echo $AT

  # Sign in as the patient
  TOKEN=$(curl -s $URL/v1/sessions --json '{{"email":"{patient}","password":"{PATIENT_PASSWORD}"}}' | grep -o '"token":"[^"]*"' | cut -d'"' -f4)

  # What would speak against a visit? Read it, then answer
  curl -s $URL/v1/contraindications
  SCREENING=$(curl -s $URL/v1/screenings -H "Authorization: Bearer $TOKEN" --json '{{"version":1,"answers":{{"blood_clots":false,"traumatic_brain_injury":false,"brain_swelling":false,"brain_aneurysm":false,"csf_buildup":false}},"acknowledged":["evidence_is_limited","not_a_substitute","answers_are_true"],"signed_name":"Robin Ashe"}}' | grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)

  # Book; then once more: somebody has it (409)
  book() {{ curl -si $URL/v1/appointments -H "Authorization: Bearer $TOKEN" --json "{{\"practitioner_id\":\"$P\",\"service_id\":\"$S\",\"location_id\":\"$L\",\"starts_at\":\"$AT\",\"screening_id\":\"$SCREENING\"}}"; echo; }}
  book
  book
"#
    )
}
