//! HTTP: the only floor that names `actix_web`.
//!
//! A handler parses, calls one operation and answers. Routes stand in one table
//! with who may call them; refusals become problems in one place.
//!
//! **Invariant:** nothing is decided here; the same operation behind another
//! door gives the same answer.

pub mod answer;
pub mod api;
pub mod etag;
pub mod extract;
pub mod field;
pub mod guard;
pub mod headers;
pub mod idempotency;
pub mod instant;
pub mod limit;
pub mod openapi;
pub mod page;
pub mod page_of;
pub mod problem;
pub mod refusal;
pub mod route;
pub mod server;
pub mod telemetry;
pub mod url;
