//! Counters and timings in the Prometheus text format.
//!
//! **Invariant:** labels are routes, methods and status classes; nothing about
//! a person or a place is a label.

use std::{sync::OnceLock, time::Duration};

use actix_web::http::{Method, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count; once a process.
pub fn start() {
    HANDLE.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets(&[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5])
            .and_then(PrometheusBuilder::install_recorder)
            .inspect_err(|err| tracing::warn!(error = %err, "metrics are not collected"))
            .ok()
    });
}

/// All that was counted so far.
#[must_use]
pub fn render() -> String {
    HANDLE.get().and_then(Option::as_ref).map(PrometheusHandle::render).unwrap_or_default()
}

/// Counts one answer.
pub fn answered(method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
    let labels = [
        ("method", known(method).to_owned()),
        ("route", route.unwrap_or("none").to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("stillpoint_requests_total", &labels).increment(1);
    let route = [("route", route.unwrap_or("none").to_owned())];
    metrics::histogram!("stillpoint_request_seconds", &route).record(took.as_secs_f64());
}

/// The method, where it is one in use: a client may send any word, and each would be a series for ever.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE => {
            method.as_str()
        }
        _ => "other",
    }
}
