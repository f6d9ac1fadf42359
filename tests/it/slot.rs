//! Free times: what is listed can be booked, and nothing else can.

use serde_json::{Value, json};

use crate::common::{Bookable, TestApp, each_backend};

async fn slots(app: &TestApp, dana: &Bookable, from: &str, until: &str) -> Value {
    let path = format!("/slots?service_id={}&from={from}&until={until}", dana.service);
    app.get(&dana.path(&path)).await.expect(200)
}

fn starts(found: &Value) -> Vec<String> {
    let items = found["items"].as_array().expect("items");
    items.iter().map(|slot| slot["starts_at"].as_str().expect("a start").to_owned()).collect()
}

#[actix_web::test]
async fn every_quarter_of_a_day_is_listed_exactly_when_it_can_be_booked() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        // The night in which the clocks go back: half past one to three lasts two and a half hours.
        let dana = app
            .bookable_with("Dana Reyes", |service, hours| {
                service.rules.horizon_days = 365;
                hours.exceptions = serde_json::from_value(json!([
                    {"date": "2027-11-07", "windows": [{"start": "01:30:00", "end": "03:00:00", "location": hours.weekly[0].location}]}
                ]))
                .expect("an exception");
            })
            .await;
        app.write({
            let licence = dana.licence;
            move |tx| {
                let mut held = stillpoint::store::credential::find(tx, licence)?.expect("a licence");
                (held.expires_on, held.version) = (None, 2);
                stillpoint::store::credential::update(tx, &held)
            }
        })
        .await;
        app.set_now("2027-11-01T12:00:00Z");
        let (ana, wish) = app.ready("Ana", &dana, "2027-11-07T08:30:00Z").await;
        let day = ("2027-11-07T08:00:00Z", "2027-11-08T08:00:00Z");
        let listed = starts(&slots(&app, &dana, day.0, day.1).await);
        assert_eq!(listed.len(), 4, "{listed:?}");
        let begin: chrono::DateTime<chrono::Utc> = day.0.parse().expect("an instant");
        for quarter in 0..96 {
            let at = (begin + chrono::Duration::minutes(15 * quarter))
                .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            let mut wish = wish.clone();
            wish["starts_at"] = json!(at);
            let answer = app.post_as(&ana.token, "/v1/appointments", &wish).await;
            assert_eq!(answer.status == 201, listed.contains(&at), "{at}: {}", answer.text);
            if answer.status == 201 {
                let path = format!("/v1/appointments/{}/cancel", answer.body["id"].as_str().expect("an id"));
                app.post_as(&ana.token, &path, &json!({})).await.expect(200);
            } else {
                assert_eq!(answer.status, 422, "{}", answer.text);
            }
        }
    }
}

#[actix_web::test]
async fn two_stretches_list_what_the_whole_lists() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let whole = slots(&app, &dana, "2026-12-01T00:00:00Z", "2026-12-11T00:00:00Z").await;
        assert_eq!(whole["time_zone"], "America/Los_Angeles");
        // Midnight in Greenwich is four in the afternoon of the day before there.
        assert_eq!(whole["items"][0]["local_start"], "2026-11-30T16:00:00-08:00");
        for middle in ["2026-12-03T18:00:00Z", "2026-12-03T18:00:00.000001Z", "2026-12-05T00:00:00Z"] {
            let mut joined = starts(&slots(&app, &dana, "2026-12-01T00:00:00Z", middle).await);
            joined.extend(starts(&slots(&app, &dana, middle, "2026-12-11T00:00:00Z").await));
            assert_eq!(joined, starts(&whole), "{middle}");
        }
    }
}

#[actix_web::test]
async fn the_stretch_is_needed_and_bounded() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let service = format!("service_id={}", dana.service);
        let table = [
            ("from=2026-12-01T00:00:00Z&until=2026-12-02T00:00:00Z".to_owned(), "service_id"),
            (format!("{service}&until=2026-12-02T00:00:00Z"), "from"),
            (format!("{service}&from=2026-12-01T00:00:00Z"), "until"),
            (format!("{service}&from=2026-12-02T00:00:00Z&until=2026-12-02T00:00:00Z"), "until"),
            (format!("{service}&from=2026-12-01T00:00:00Z&until=2027-01-02T00:00:00Z"), "until"),
            (format!("{service}&from=soon&until=2026-12-02T00:00:00Z"), "from"),
            ("service_id=x&from=2026-12-01T00:00:00Z&until=2026-12-02T00:00:00Z".to_owned(), "service_id"),
        ];
        for (query, parameter) in table {
            let problem =
                app.get(&dana.path(&format!("/slots?{query}"))).await.expect_problem(400, "invalid-query");
            assert_eq!(problem["parameter"], parameter, "{query}");
        }
        let whole = format!("/slots?{service}&from=2026-12-01T00:00:00Z&until=2027-01-01T00:00:00Z");
        app.get(&dana.path(&whole)).await.expect(200);
        let nobody = format!("/v1/practitioners/{}{whole}", uuid::Uuid::new_v4());
        app.get(&nobody).await.expect_problem(404, "not-found");
    }
}

/// A small generator of its own, so that a failing run can be told by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }
}

#[actix_web::test]
async fn after_anything_at_random_the_index_equals_one_rebuilt_from_rows() {
    for (backend, seed) in each_backend().into_iter().zip([20_261_124, 42]) {
        let app = TestApp::start(backend).await;
        let mut dice = Dice(seed);
        let mut practitioners = Vec::new();
        for name in ["Dana Reyes", "Eli Okoro", "Fay Lindqvist"] {
            practitioners.push(app.bookable(name).await);
        }
        let mut booked: Vec<(String, String)> = Vec::new();
        for step in 0..60 {
            let who = &practitioners[dice.roll(3)];
            match dice.roll(6) {
                0 | 1 => {
                    let free =
                        starts(&slots(&app, who, "2026-11-25T00:00:00Z", "2026-12-05T00:00:00Z").await);
                    if free.is_empty() {
                        continue;
                    }
                    let (ana, wish) = app.ready("Ana", who, &free[dice.roll(free.len().min(6))]).await;
                    let id =
                        app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201)["id"].clone();
                    booked.push((ana.token, id.as_str().expect("an id").to_owned()));
                }
                2 if !booked.is_empty() => {
                    let (token, id) = booked.swap_remove(dice.roll(booked.len()));
                    app.post_as(&token, &format!("/v1/appointments/{id}/cancel"), &json!({}))
                        .await
                        .expect(200);
                }
                3 => {
                    let start = format!("2026-11-{}T15:00:00Z", 25 + dice.roll(5));
                    let end = format!("2026-12-0{}T15:00:00Z", 1 + dice.roll(5));
                    app.post_as(
                        &who.person.token,
                        &who.path("/time-off"),
                        &json!({"starts_at": start, "ends_at": end}),
                    )
                    .await
                    .expect(201);
                }
                4 => {
                    let (accepts, language) = (dice.roll(2) == 0, ["en", "es"][dice.roll(2)]);
                    let body = json!({"accepts_new_patients": accepts, "languages": [language]});
                    app.patch_as(&who.person.token, &who.path(""), &body).await.expect(200);
                }
                _ => {
                    let path = who.path(&format!("/services/{}", who.service));
                    let body = json!({"price_minor": 5_000 + dice.roll(9), "currency": "USD"});
                    app.patch_as(&who.person.token, &path, &body).await.expect(200);
                }
            }
            if step % 10 == 9 {
                let rebuilt = app.second().await;
                for query in [
                    "near=45.5,-122.6&facets=true",
                    "near=45.5,-122.6&sort=soonest",
                    "language=es&include_unverified=true",
                ] {
                    let path = format!("/v1/practitioners?{query}");
                    let (followed, fresh) =
                        (app.get(&path).await.expect(200), rebuilt.get(&path).await.expect(200));
                    assert_eq!(followed, fresh, "{backend:?} seed {seed} step {step} {query}");
                }
            }
        }
    }
}

/// A zone, and a date on which its clocks change (or, in Kathmandu today, never do).
const CHANGES: [(chrono_tz::Tz, &str); 11] = [
    (chrono_tz::America::New_York, "2027-03-14"),
    (chrono_tz::America::New_York, "2026-11-01"),
    (chrono_tz::Europe::London, "2027-03-28"),
    (chrono_tz::Europe::London, "2026-10-25"),
    (chrono_tz::Australia::Lord_Howe, "2027-04-04"),
    (chrono_tz::Australia::Lord_Howe, "2026-10-04"),
    (chrono_tz::America::St_Johns, "2027-03-14"),
    (chrono_tz::America::St_Johns, "2026-11-01"),
    (chrono_tz::Asia::Kathmandu, "1986-01-01"),
    (chrono_tz::Asia::Kathmandu, "2027-03-14"),
    // The thirtieth never came.
    (chrono_tz::Pacific::Apia, "2011-12-31"),
];

/// Two or three windows of a date, in quarters of an hour, mostly in the night.
fn windows(dice: &mut Dice, location: &Value) -> Value {
    let mut quarter = dice.roll(8);
    let mut windows = Vec::new();
    while windows.len() < 3 && quarter + 6 < 96 {
        let end = (quarter + 5 + dice.roll(8)).min(95);
        let clock = |quarter: usize| format!("{:02}:{:02}:00", quarter / 4, quarter % 4 * 15);
        windows.push(json!({"start": clock(quarter), "end": clock(end), "location": location}));
        quarter = end + 1 + dice.roll(12);
    }
    json!(windows)
}

#[actix_web::test]
async fn on_nights_when_clocks_change_what_is_listed_is_what_can_be_booked() {
    let seed = u64::from(std::process::id());
    // Shown where the test fails.
    println!("seed {seed}");
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let mut dice = Dice(seed);
        for (zone, date) in CHANGES {
            let date: chrono::NaiveDate = date.parse().expect("a date");
            let chosen: Vec<Value> = (0..3).map(|_| windows(&mut dice, &Value::Null)).collect();
            let step = [10, 15, 30, 45][dice.roll(4)];
            let dana = app
                .bookable_with("Dana Reyes", move |service, hours| {
                    (service.rules.horizon_days, service.rules.start_interval_minutes) = (365, step);
                    hours.time_zone = zone;
                    let place = json!(hours.weekly[0].location);
                    hours.weekly.clear();
                    for (day, windows) in (-1..=1).zip(&chosen) {
                        let mut windows = windows.clone();
                        windows.as_array_mut().expect("windows").iter_mut().for_each(|window| {
                            window["location"] = place.clone();
                        });
                        let date = date + chrono::Duration::days(day);
                        let exception = json!({"date": date, "windows": windows});
                        hours.exceptions.push(serde_json::from_value(exception).expect("an exception"));
                    }
                })
                .await;
            let begin = date.and_time(chrono::NaiveTime::MIN).and_utc() - chrono::Duration::hours(12);
            app.advance(begin - chrono::Duration::days(2) - app.now());
            let (ana, wish) = app.ready("Ana", &dana, "2027-01-01T00:00:00Z").await;
            let end = begin + chrono::Duration::hours(36);
            let text =
                |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            let listed = starts(&slots(&app, &dana, &text(begin), &text(end)).await);
            let mut booked = 0;
            for nth in 0..36 * 60 / 15 {
                // On the grid of the windows, and now and then beside it.
                let at = text(begin + chrono::Duration::minutes(15 * nth + i64::from(nth % 7 == 3) * 5));
                let mut wish = wish.clone();
                wish["starts_at"] = json!(at);
                let answer = app.post_as(&ana.token, "/v1/appointments", &wish).await;
                let found = format!("{zone} {date} {at}, listed: {listed:?}");
                assert_eq!(answer.status == 201, listed.contains(&at), "{found}: {}", answer.text);
                if answer.status == 201 {
                    booked += 1;
                    let id = answer.body["id"].as_str().expect("an id");
                    let path = format!("/v1/appointments/{id}/cancel");
                    app.post_as(&ana.token, &path, &json!({})).await.expect(200);
                } else {
                    assert_eq!(answer.problem(), "slot-not-offered", "{found}: {}", answer.text);
                }
            }
            assert!(booked > 0, "{zone} {date}: {listed:?}");
        }
    }
}

#[actix_web::test]
async fn a_full_calendar_takes_no_more_questions_to_the_database_than_an_empty_one() {
    use diesel::Connection;
    use stillpoint::{
        domain::{id::HoldId, listing::Busy, period::Period},
        operation::find_slots::{self, FindSlots},
        store::{Conn, busy_time},
    };
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (store, now) = (app.app.store().clone(), app.now());
        let wanted = FindSlots { practitioner: dana.id, service: dana.service, location: None };
        let asked = move |days: i64| {
            let within = Period::new(now, now + chrono::Duration::days(days)).expect("a stretch");
            let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let count = std::sync::Arc::clone(&asked);
            let free = store
                .read_blocking(|conn: &mut Conn| {
                    conn.set_instrumentation(move |event: diesel::connection::InstrumentationEvent<'_>| {
                        if matches!(event, diesel::connection::InstrumentationEvent::StartQuery { .. }) {
                            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        }
                    });
                    let free = find_slots::list(conn, wanted, within, now);
                    conn.set_instrumentation(None::<fn(diesel::connection::InstrumentationEvent<'_>)>);
                    free
                })
                .expect("slots");
            (free.slots.len(), asked.load(std::sync::atomic::Ordering::Relaxed))
        };
        let (empty_day, empty_month) = (asked(1), asked(31));
        let (practitioner, location) = (dana.id, dana.location);
        let ana = app.patient("Ana").await;
        app.write(move |tx| {
            for hour in 0..700 {
                let start = now + chrono::Duration::hours(hour);
                let visit = Period::new(start, start + chrono::Duration::minutes(20)).expect("a visit");
                let busy = Busy {
                    visit,
                    busy: visit,
                    location,
                    is_hold: true,
                    held_until: Some(now + chrono::Duration::days(90)),
                };
                let id: HoldId = tx.new_id();
                busy_time::insert(tx, id.into(), practitioner, uuid::Uuid::from(ana.id).into(), busy)?;
            }
            Ok(())
        })
        .await;
        let (full_day, full_month) = (asked(1), asked(31));
        assert!(full_month.0 < empty_month.0, "{full_month:?} {empty_month:?}");
        let questions = [empty_day.1, empty_month.1, full_day.1, full_month.1];
        assert!(questions[0] > 0 && questions.iter().all(|n| *n == questions[0]), "{questions:?}");
        assert!(questions[0] <= 12, "{questions:?}");
    }
}
