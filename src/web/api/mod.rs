//! The JSON API: one file per resource, each with its routes, bodies and handlers.
//!
//! **Invariant:** [`routes`] is the whole API; [`documents`] describes exactly it.

pub mod account;
pub mod admin;
pub mod appointment;
pub mod appointment_series;
pub mod booking_terms;
pub mod calendar;
pub mod contraindication;
pub mod credential;
mod credential_body;
pub mod dependant;
pub mod directory;
mod directory_answer;
mod directory_query;
pub mod document;
pub mod estimate;
pub mod guidance;
pub mod location;
pub mod me;
pub mod operations;
pub mod password_reset;
pub mod place;
pub mod practitioner;
pub mod profile;
pub mod recall;
pub mod schedule;
pub mod screening;
pub mod service;
pub mod session;
pub mod slot;
pub mod time_off;
pub mod waitlist;

use utoipa::{OpenApi, openapi};

pub use directory_answer::RenderedItems;

use super::route::Route;

/// Every route there is.
#[must_use]
pub fn routes() -> Vec<Route> {
    [
        account::routes(),
        admin::routes(),
        // Before the appointments: their `{id}` would take `{id}.ics` for an id.
        calendar::routes(),
        appointment::routes(),
        appointment_series::routes(),
        contraindication::routes(),
        credential::routes(),
        dependant::routes(),
        directory::routes(),
        document::routes(),
        estimate::routes(),
        guidance::routes(),
        location::routes(),
        me::routes(),
        operations::routes(),
        password_reset::routes(),
        place::routes(),
        practitioner::routes(),
        recall::routes(),
        schedule::routes(),
        screening::routes(),
        service::routes(),
        session::routes(),
        slot::routes(),
        time_off::routes(),
        waitlist::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The descriptions of all resources, to be merged.
#[must_use]
pub fn documents() -> Vec<openapi::OpenApi> {
    vec![
        account::Doc::openapi(),
        admin::Doc::openapi(),
        appointment::Doc::openapi(),
        calendar::Doc::openapi(),
        appointment_series::Doc::openapi(),
        contraindication::Doc::openapi(),
        credential::Doc::openapi(),
        dependant::Doc::openapi(),
        directory::Doc::openapi(),
        document::Doc::openapi(),
        estimate::Doc::openapi(),
        guidance::Doc::openapi(),
        location::Doc::openapi(),
        me::Doc::openapi(),
        operations::Doc::openapi(),
        password_reset::Doc::openapi(),
        place::Doc::openapi(),
        practitioner::Doc::openapi(),
        recall::Doc::openapi(),
        schedule::Doc::openapi(),
        screening::Doc::openapi(),
        service::Doc::openapi(),
        session::Doc::openapi(),
        slot::Doc::openapi(),
        time_off::Doc::openapi(),
        waitlist::Doc::openapi(),
    ]
}
