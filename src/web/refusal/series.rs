//! Refusals about bookings made together.

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::{
    operation::book_series::{BookSeriesError, Collision},
    web::{instant, problem::Problem},
};

/// A date of a series that cannot be had, as the API shows it: what a single booking of it would be told.
#[must_use]
pub fn collision_json(collision: Collision) -> Value {
    told(collision.starts_at, collision.time_zone, &collision.why.into())
}

fn told(starts_at: DateTime<Utc>, zone: Tz, why: &Problem) -> Value {
    let mut shown = json!({
        "starts_at": instant::text(starts_at), "local_start": instant::local_text(starts_at, zone),
    });
    if let (Some(members), Value::Object(said)) = (shown.as_object_mut(), why.body(None)) {
        let kept = ["type", "detail", "reasons", "blockers", "alternatives"];
        members.extend(said.into_iter().filter(|(name, _)| kept.contains(&name.as_str())));
    }
    shown
}

impl From<BookSeriesError> for Problem {
    /// The whole is refused as the worst of its dates is: one that was never offered before one that is taken.
    fn from(err: BookSeriesError) -> Self {
        let detail = format!("Nothing was booked: {err}.");
        let collisions = match err {
            BookSeriesError::Book(err) => return err.into(),
            BookSeriesError::Collisions(collisions) => collisions,
        };
        let dates: Vec<(DateTime<Utc>, Tz, Self)> =
            collisions.into_iter().map(|one| (one.starts_at, one.time_zone, one.why.into())).collect();
        let conflicts: Value = dates.iter().map(|(at, zone, why)| told(*at, *zone, why)).collect();
        let badness = |why: &Self| {
            (why.status() != StatusCode::CONFLICT, why.kind() == "not-bookable", why.kind() == "slot-taken")
        };
        let worst = dates.iter().map(|(.., why)| why).max_by_key(|why| badness(why));
        let (status, kind) =
            worst.map_or((StatusCode::CONFLICT, "slot-taken"), |why| (why.status(), why.kind()));
        Self::new(status, kind, "Not every date can be booked", detail).with("conflicts", conflicts)
    }
}
