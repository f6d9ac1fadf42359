//! What a month of free times costs in a calendar that has been full for five years, beside an empty
//! one in the same run, on both databases. Run with `cargo bench --bench slots`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    reason = "a bench prints, stops when something is wrong, and uses a part of what the tests use"
)]

#[path = "../tests/it/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use chrono::NaiveTime;
use stillpoint::{
    domain::{id::HoldId, listing::Busy, period::Period},
    store::busy_time,
};

use common::{Bookable, TestApp, each_backend};

const DAYS: i64 = 5 * 365;
const VISITS_A_DAY: i64 = 20;
/// Visits begin an hour apart and last forty minutes: what is free lies between them and after them.
const VISIT: chrono::Duration = chrono::Duration::minutes(40);
const CALLS: usize = 300;

#[actix_web::main]
async fn main() {
    for backend in each_backend() {
        let mut app = TestApp::start(backend).await;
        // The visits are claims without appointments, which slots do not look at.
        app.leave_unchecked();
        let [empty, full] = [practice(&app, "Eli Empty").await, practice(&app, "Fay Full").await];
        fill(&app, &full).await;
        let mut took: [Vec<Duration>; 2] = Default::default();
        let mut listed = [0, 0];
        for call in 0..CALLS + 20 {
            for (nth, who) in [&empty, &full].into_iter().enumerate() {
                let began = Instant::now();
                let answer = app.get(&month(who)).await;
                let elapsed = began.elapsed();
                assert_eq!(answer.status, 200, "{}", answer.text);
                listed[nth] = answer.body["items"].as_array().expect("items").len();
                // The first few warm up what is kept.
                if call >= 20 {
                    took[nth].push(elapsed);
                }
            }
        }
        took.iter_mut().for_each(|took| took.sort_unstable());
        let [empty, full] = took.map(|took| took[CALLS / 2].as_secs_f64() * 1e3);
        println!(
            "{backend:?}: a month of slots, median of {CALLS}: empty {empty:.2} ms ({} slots), five years of \
             {VISITS_A_DAY} visits a day {full:.2} ms ({} slots), {:.2} times",
            listed[0],
            listed[1],
            full / empty
        );
    }
}

/// Somebody who works round the clock on every day.
async fn practice(app: &TestApp, name: &str) -> Bookable {
    app.bookable_with(name, |service, hours| {
        service.rules.duration_minutes = 20;
        service.rules.buffer_after_minutes = 0;
        service.rules.horizon_days = 365;
        let pattern = hours.weekly[0].clone();
        let all = (0..7_u8).map(|day| {
            let mut hours = pattern.clone();
            hours.weekday = chrono::Weekday::try_from(day).expect("a weekday");
            (hours.start, hours.end) = (NaiveTime::MIN, NaiveTime::MIN);
            hours
        });
        hours.weekly = all.collect();
    })
    .await
}

/// Half of the five years lies behind, half ahead.
async fn fill(app: &TestApp, who: &Bookable) {
    let (practitioner, location, now) = (who.id, who.location, app.now());
    let patient = app.patient("Pat").await;
    let first = now - chrono::Duration::days(DAYS / 2);
    app.write(move |tx| {
        for day in 0..DAYS {
            for nth in 0..VISITS_A_DAY {
                let start = first + chrono::Duration::days(day) + chrono::Duration::hours(nth);
                let visit = Period::new(start, start + VISIT).expect("a visit");
                let busy = Busy { visit, busy: visit, location, is_hold: false, held_until: None };
                let id: HoldId = tx.new_id();
                busy_time::insert(tx, id.into(), practitioner, uuid::Uuid::from(patient.id).into(), busy)?;
            }
        }
        Ok(())
    })
    .await;
}

fn month(who: &Bookable) -> String {
    let query = "from=2026-12-01T00:00:00Z&until=2027-01-01T00:00:00Z";
    who.path(&format!("/slots?service_id={}&{query}", who.service))
}
