//! The good-faith estimate as a page to read, print and keep.
//!
//! It says in plain words what 45 CFR 149.610(c) and 149.620 want said. It
//! stands alone: its few lines of style are in it, named to the browser by
//! their digest, so that a saved copy looks the same.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderName},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    domain::{appointment::AppointmentStatus, guidance, schedule::local_date},
    operation::estimate::Estimate,
    secret::mac,
    web::etag,
};

/// Legible on screen and paper.
const STYLE: &str = "body{font:1rem/1.5 sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}\
th,td{text-align:left;vertical-align:top;padding:.25rem 1rem .25rem 0;border-bottom:1px solid #777}\
table{border-collapse:collapse;width:100%}a{color:#0b3d91}@media print{body{margin:0;max-width:none}}";

/// The page.
#[must_use]
pub fn page(estimate: &Estimate) -> HttpResponse {
    let digest = STANDARD.encode(mac::sha256(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    let text = document(estimate).into_string();
    HttpResponse::Ok()
        .insert_header(etag::tag_with(estimate.appointment.version, text.as_bytes()))
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((HeaderName::from_static("x-robots-tag"), "noindex, nofollow"))
        .body(text)
}

fn document(estimate: &Estimate) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "Good Faith Estimate" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Good Faith Estimate" }
                    p {
                        "For a person who has no health insurance, or does not want a claim for this visit sent to \
                         their insurance (uninsured or self-pay)."
                    }
                    (particulars(estimate))
                    (charges(estimate))
                    (notices())
                }
            }
        }
    }
}

fn row(name: &str, value: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td { (value) } } }
}

fn particulars(estimate: &Estimate) -> Markup {
    let zone = estimate.place.time_zone;
    let treats = &estimate.practitioner;
    let profession = guidance::provider_guide(treats.provider_type).map_or("", |guide| guide.label);
    let agreed_on = local_date(zone, estimate.agreed_at);
    let starts = estimate.appointment.visit.start().with_timezone(&zone);
    let born = estimate.birth_on.map_or_else(|| "not stated here".to_owned(), |on| on.to_string());
    let npi = treats.npi.map_or_else(|| "none stated".to_owned(), |npi| npi.to_string());
    html! {
        table {
            caption { "Who, what, where and when" }
            tbody {
                (row("Date of this estimate", &agreed_on.format("%B %-d, %Y").to_string()))
                (row("Patient", &estimate.patient_name))
                (row("Patient's date of birth", &born))
                (row("Practitioner", &treats.full_name()))
                (row("Profession", profession))
                (row("National Provider Identifier (NPI)", &npi))
                (row("Taxpayer identification number (TIN)", "stated by the practitioner on request"))
                (row("Place", &estimate.place.one_line()))
                (row("Service", &estimate.service))
                (row("Diagnosis and service codes", "none: this visit is not billed to an insurer"))
                (row("Date and time", &starts.format("%A, %B %-d, %Y, %-I:%M %p (UTC%:z)").to_string()))
                @if estimate.appointment.status == AppointmentStatus::Cancelled {
                    (row("Status", "This appointment was cancelled."))
                }
            }
        }
    }
}

fn charges(estimate: &Estimate) -> Markup {
    let price = estimate.price.to_string();
    html! {
        h2 { "Expected charges" }
        table {
            thead { tr { th scope="col" { "Service" } th scope="col" { "Quantity" } th scope="col" { "Expected charge" } } }
            tbody { tr { td { (estimate.service) } td { "1" } td { (price) } } }
            tfoot { tr { th scope="row" { "Total" } td {} td { (price) } } }
        }
    }
}

fn notices() -> Markup {
    html! {
        h2 { "What this estimate is" }
        ul {
            li {
                "You have the right to an estimate, in writing, of what your care is expected to cost, when you \
                 schedule it and whenever you ask."
            }
            li {
                "This is only an estimate of the items and services reasonably expected for this visit, made from \
                 what was known on its date. The actual items, services or charges may differ. Costs that nobody \
                 could foresee are not in it."
            }
            li {
                "The practitioner may recommend other items or services that have to be scheduled or requested \
                 separately. They are not in this estimate; ask for an estimate for each of them."
            }
            li {
                "This estimate is not a contract. It does not oblige you to have this service, from this \
                 practitioner or anybody named here."
            }
            li { "Keep a copy of this estimate, or a picture of it, with your bill." }
        }
        h2 { "If you are billed for more" }
        p {
            "If this practitioner bills you for at least $400 more than this estimate, you have the right to dispute \
             the bill. You can ask the practitioner to change the bill to what is estimated here, to negotiate it, \
             or whether there is financial help. You can also start the patient-provider dispute resolution \
             process of the U.S. Department of Health and Human Services; you must start it within 120 calendar days \
             (about four months) of the date on the original bill. Starting it does not affect the quality of the \
             care you are given."
        }
        p {
            "To learn how to start a dispute, and for questions about your right to an estimate, visit "
            a href="https://www.cms.gov/nosurprises/consumers" { "www.cms.gov/nosurprises/consumers" }
            " or call 1-800-985-3059 (Centers for Medicare & Medicaid Services, No Surprises help)."
        }
    }
}
