//! Calendars as the programs of patients and practitioners read them.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Tz;
use reqwest::header;
use serde_json::{Value, json};

use crate::common::{Answer, Bookable, Person, TestApp, each_backend};

/// A Wednesday, nine in the morning in Portland.
const NINE: &str = "2026-12-02T17:00:00Z";

/// One component: its kind, its lines (name and parameters, then value), what is inside it.
#[derive(Debug, Default)]
struct Component {
    kind: String,
    lines: Vec<(String, String)>,
    inside: Vec<Component>,
}

impl Component {
    /// The value of a property that must be there exactly once, whatever its parameters.
    fn one(&self, name: &str) -> &str {
        let found: Vec<&(String, String)> =
            self.lines.iter().filter(|(key, _)| key.split(';').next() == Some(name)).collect();
        assert_eq!(found.len(), 1, "{name} in {self:?}");
        &found[0].1
    }

    fn all(&self, kind: &str) -> Vec<&Component> {
        self.inside.iter().filter(|part| part.kind == kind).collect()
    }
}

/// Reads a file strictly: RFC 5545 §3.1 to the letter.
fn read(text: &str) -> Component {
    let body = text.strip_suffix("\r\n").expect("the last line ends too");
    let lines: Vec<&str> = body.split("\r\n").collect();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "CRLF only");
    assert_eq!(lines[0], "BEGIN:VCALENDAR", "no mark, no white space before it");
    let mut unfolded: Vec<String> = Vec::new();
    for line in lines {
        assert!(!line.is_empty() && line.len() <= 75, "{line:?} has {} octets", line.len());
        match line.strip_prefix(' ') {
            Some(rest) => unfolded.last_mut().expect("something to go on from").push_str(rest),
            None => unfolded.push(line.to_owned()),
        }
    }
    let mut open: Vec<Component> = vec![Component::default()];
    for line in unfolded {
        let (name, value) = line.split_once(':').expect("a name and a value");
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{line}");
        match name {
            "BEGIN" => open.push(Component { kind: value.to_owned(), ..Component::default() }),
            "END" => {
                let closed = open.pop().expect("an open component");
                assert_eq!(closed.kind, value);
                open.last_mut().expect("one around it").inside.push(closed);
            }
            _ => open.last_mut().expect("one around it").lines.push((name.to_owned(), value.to_owned())),
        }
    }
    let mut whole = open.pop().expect("the file");
    assert!(open.is_empty() && whole.lines.is_empty());
    assert_eq!(whole.inside.len(), 1);
    let calendar = whole.inside.pop().expect("a calendar");
    assert_eq!(calendar.one("VERSION"), "2.0");
    assert!(!calendar.one("PRODID").is_empty());
    for event in calendar.all("VEVENT") {
        for name in ["UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "STATUS", "LAST-MODIFIED"] {
            assert!(!event.one(name).is_empty(), "{name}");
        }
    }
    calendar
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").expect("a local time")
}

fn offset(text: &str) -> Duration {
    let (sign, digits) = text.split_at(1);
    let number = |at: usize| digits[at..at + 2].parse::<i64>().expect("two digits");
    let east = Duration::minutes(number(0) * 60 + number(2));
    if sign == "-" { -east } else { east }
}

/// The instant of a property, read through nothing but the zone that stands in the same file.
fn instant(calendar: &Component, event: &Component, name: &str) -> DateTime<Utc> {
    let (key, value) =
        event.lines.iter().find(|(key, _)| key.split(';').next() == Some(name)).expect("the property");
    if let Some(utc) = value.strip_suffix('Z') {
        assert!(!key.contains("TZID"));
        return local(utc).and_utc();
    }
    let zone = key.split(";TZID=").nth(1).expect("a zone");
    let zone = calendar.all("VTIMEZONE").into_iter().find(|part| part.one("TZID") == zone).expect("the zone");
    let mut onsets: Vec<(DateTime<Utc>, Duration)> = zone
        .inside
        .iter()
        .map(|part| {
            let at = local(part.one("DTSTART")) - offset(part.one("TZOFFSETFROM"));
            (at.and_utc(), offset(part.one("TZOFFSETTO")))
        })
        .collect();
    onsets.sort();
    let read = |(at, east): &(DateTime<Utc>, Duration), next: Option<&(DateTime<Utc>, Duration)>| {
        let candidate = (local(value) - *east).and_utc();
        (candidate >= *at && next.is_none_or(|(next, _)| candidate < *next)).then_some(candidate)
    };
    let found = (0..onsets.len()).find_map(|i| read(&onsets[i], onsets.get(i + 1)));
    found.unwrap_or_else(|| panic!("{value} is not in {zone:?}"))
}

fn at(body: &Value, key: &str) -> DateTime<Utc> {
    body[key].as_str().expect("an instant").parse().expect("RFC 3339")
}

impl TestApp {
    async fn visit_booked(&self, person: &Person, with: &Bookable, at: &str) -> Value {
        let screening = self.screening(person).await;
        let mut wish = with.wish(at, &screening);
        wish["note"] = json!("canarynote about a headache");
        self.post_as(&person.token, "/v1/appointments", &wish).await.expect(201)
    }

    async fn ics(&self, person: &Person, booked: &Value) -> Answer {
        let id = booked["id"].as_str().expect("an id");
        self.get_as(&person.token, &format!("/v1/appointments/{id}.ics")).await
    }

    async fn act(&self, person: &Person, booked: &Value, act: &str, body: &Value) -> Value {
        let id = booked["id"].as_str().expect("an id");
        self.post_as(&person.token, &format!("/v1/appointments/{id}/{act}"), body).await.expect(200)
    }

    /// A new feed: its id and its path.
    async fn feed(&self, person: &Person, kind: &str) -> (String, String) {
        let made = self.post_as(&person.token, "/v1/me/calendar-feeds", &json!({"kind": kind})).await;
        let made = made.expect(201);
        let url = made["url"].as_str().expect("a URL");
        let path = url.strip_prefix("http://stillpoint.test").expect("the public URL").to_owned();
        (made["id"].as_str().expect("an id").to_owned(), path)
    }

    /// What a feed shows: status, sequence and summary by the visit's UID.
    async fn shown(&self, path: &str) -> BTreeMap<String, String> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let calendar = read(&answer.text);
        let events = calendar.all("VEVENT").into_iter();
        events
            .map(|event| {
                let told = [event.one("STATUS"), event.one("SEQUENCE"), event.one("SUMMARY")].join(" ");
                (event.one("UID").to_owned(), told)
            })
            .collect()
    }
}

#[actix_web::test]
async fn visits_are_read_through_the_zone_in_the_file() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let ana = app.patient("Ana Canaryname").await;
        let zones = ["Australia/Melbourne", "Europe/Berlin", "America/New_York", "America/Sao_Paulo"];
        let mut all = Vec::new();
        for name in zones {
            let zone: Tz = name.parse().expect("a zone");
            let set = move |service: &mut stillpoint::domain::service::Service,
                            schedule: &mut stillpoint::domain::schedule::Schedule| {
                service.rules.horizon_days = 365;
                schedule.time_zone = zone;
            };
            let dana = app.bookable_with("Dana Reyes", set).await;
            for day in ["2026-12-09T10:30:00", "2027-07-07T10:30:00"] {
                let local: NaiveDateTime = day.parse().expect("a time");
                let start = local.and_local_timezone(zone).single().expect("an instant").to_utc();
                let booked = app.visit_booked(&ana, &dana, &start.format("%FT%TZ").to_string()).await;
                let file = app.ics(&ana, &booked).await;
                assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
                let calendar = read(&file.text);
                let event = calendar.all("VEVENT")[0];
                assert_eq!(event.one("DTSTART"), day.replace(['-', ':'], ""), "on the wall as agreed");
                assert_eq!(instant(&calendar, event, "DTSTART"), at(&booked, "starts_at"), "{name}");
                assert_eq!(instant(&calendar, event, "DTEND"), at(&booked, "ends_at"), "{name}");
                assert_eq!(calendar.all("VTIMEZONE").len(), 1);
                all.push(booked);
            }
        }
        // All in one feed: each zone once, each visit at its instant.
        let (_, path) = app.feed(&ana, "patient").await;
        let calendar = read(&app.get(&path).await.text);
        assert_eq!(calendar.all("VTIMEZONE").len(), zones.len());
        let events = calendar.all("VEVENT");
        assert_eq!(events.len(), all.len());
        for booked in all {
            let uid = format!("{}@stillpoint.test", booked["id"].as_str().expect("an id"));
            let event = events.iter().find(|event| event.one("UID") == uid).expect("the visit");
            assert_eq!(instant(&calendar, event, "DTSTART"), at(&booked, "starts_at"));
            assert_eq!(instant(&calendar, event, "DTEND"), at(&booked, "ends_at"));
        }
    }
}

#[actix_web::test]
async fn a_calendar_follows_a_visit_and_tells_nothing_of_health() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let asks = |service: &mut stillpoint::domain::service::Service, _: &mut _| {
            service.requires_confirmation = true;
        };
        let dana = app.bookable_with("Dana Reyes", asks).await;
        let (ana, sam, ada) =
            (app.patient("Ana Canaryname").await, app.patient("Sam").await, app.admin("Ada").await);
        let booked = app.visit_booked(&ana, &dana, NINE).await;
        let uid = format!("{}@stillpoint.test", booked["id"].as_str().expect("an id"));
        let mut last = (-1, "0".to_owned());
        let steps = [
            (None, "TENTATIVE", "OPAQUE"),
            (Some((&dana.person, "confirm", json!({}))), "CONFIRMED", "OPAQUE"),
            (
                Some((&dana.person, "reschedule", json!({"starts_at": "2026-12-03T17:00:00Z"}))),
                "CONFIRMED",
                "OPAQUE",
            ),
            (Some((&ana, "cancel", json!({"reason": "canaryreason"}))), "CANCELLED", "TRANSPARENT"),
        ];
        for (step, status, transparency) in steps {
            app.advance(Duration::minutes(1));
            let now = match step {
                Some((who, act, body)) => app.act(who, &booked, act, &body).await,
                None => booked.clone(),
            };
            let file = app.ics(&ana, &booked).await;
            let calendar = read(&file.text);
            let event = calendar.all("VEVENT")[0];
            assert_eq!((event.one("UID"), event.one("STATUS")), (uid.as_str(), status));
            assert_eq!(event.one("TRANSP"), transparency);
            assert_eq!(event.one("SEQUENCE"), now["sequence"].to_string());
            assert_eq!(instant(&calendar, event, "DTSTART"), at(&now, "starts_at"));
            let seen = (
                event.one("SEQUENCE").parse::<i32>().expect("a number"),
                event.one("LAST-MODIFIED").to_owned(),
            );
            assert!(seen.0 > last.0 && seen.1 > last.1, "{seen:?} after {last:?}");
            last = seen;
            assert_eq!(event.one("SUMMARY"), "Appointment with Dana Reyes");
            assert_eq!(
                event.one("LOCATION"),
                "Eastside Bodywork\\, 1 Main Street\\, Portland\\, OR 97201\\, US"
            );
            for person in [&dana.person, &ada] {
                let file = app.ics(person, &booked).await;
                assert_eq!(file.status, 200);
                assert_eq!(read(&file.text).all("VEVENT")[0].one("SUMMARY"), "Appointment");
                assert!(!file.text.contains("Dana"));
            }
            for word in ["Canaryname", "canary", "headache", "Craniosacral", "cranio", "screening"] {
                assert!(!file.text.contains(word), "{word} in {}", file.text);
            }
        }
        app.ics(&sam, &booked).await.expect_problem(404, "not-found");
        let path = format!("/v1/appointments/{}.ics", booked["id"].as_str().expect("an id"));
        app.get(&path).await.expect_problem(401, "unauthenticated");
        app.get_as(&ana.token, "/v1/appointments/x.ics").await.expect_problem(404, "not-found");
    }
}

#[actix_web::test]
async fn a_feed_is_opened_by_its_secret_alone_until_it_is_revoked() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (ana, sam) = (app.patient("Ana Canaryname").await, app.patient("Sam").await);
        let booked = app.visit_booked(&ana, &dana, NINE).await;
        let uid = format!("{}@stillpoint.test", booked["id"].as_str().expect("an id"));
        let (id, path) = app.feed(&ana, "patient").await;
        let (_, hers) = app.feed(&dana.person, "practitioner").await;
        let (_, none) = app.feed(&sam, "patient").await;
        assert_ne!(path, hers);

        let shown = app.shown(&path).await;
        assert_eq!(
            shown,
            BTreeMap::from([(uid.clone(), "CONFIRMED 0 Appointment with Dana Reyes".to_owned())])
        );
        assert_eq!(app.shown(&hers).await, BTreeMap::from([(uid, "CONFIRMED 0 Appointment".to_owned())]));
        assert!(app.shown(&none).await.is_empty());
        let hers = app.get(&hers).await;
        for word in ["Canaryname", "canary", "headache", "ranio"] {
            assert!(!hers.text.contains(word), "{word}");
        }
        let fetched = app.get(&path).await;
        assert_eq!(fetched.header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(fetched.header("cache-control"), "private, no-store");
        assert_eq!(fetched.header("referrer-policy"), "no-referrer");
        assert!(fetched.header("x-robots-tag").contains("noindex"));
        let tag = fetched.header("etag").to_owned();
        let again = TestApp::send(app.request("GET", &path).header(header::IF_NONE_MATCH, &tag)).await;
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()));
        app.act(&ana, &booked, "cancel", &json!({})).await;
        let changed = TestApp::send(app.request("GET", &path).header(header::IF_NONE_MATCH, &tag)).await;
        assert_eq!(changed.status, 200);

        // The secret is told once; the id and anything like the secret open nothing.
        let list = app.get_as(&ana.token, "/v1/me/calendar-feeds").await.expect(200);
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
        assert_eq!((&list["items"][0]["id"], &list["items"][0]["kind"]), (&json!(id), &json!("patient")));
        assert!(list["items"][0].get("url").is_none());
        let secret =
            path.strip_prefix("/calendars/").and_then(|rest| rest.strip_suffix(".ics")).expect("a secret");
        assert!(secret.len() >= 22, "at least 128 bits");
        let upper = secret.to_uppercase();
        for other in [id.as_str(), "x", &secret[1..], &upper] {
            app.get(&format!("/calendars/{other}.ics")).await.expect_problem(404, "not-found");
        }
        app.get(&path.replace(".ics", "")).await.expect_problem(404, "not-found");
        app.get(&format!("{path}?a=b")).await.expect_problem(400, "invalid-query");

        let revoke = format!("/v1/me/calendar-feeds/{id}");
        app.delete_as(&sam.token, &revoke).await.expect_problem(404, "not-found");
        assert_eq!(app.delete_as(&ana.token, &revoke).await.status, 204);
        app.get(&path).await.expect_problem(404, "not-found");
        app.delete_as(&ana.token, &revoke).await.expect_problem(404, "not-found");

        let wish = |kind: &str| json!({"kind": kind});
        let feeds = "/v1/me/calendar-feeds";
        app.post_as(&ana.token, feeds, &wish("practitioner")).await.expect_problem(403, "forbidden");
        assert_eq!(app.post_as(&ana.token, feeds, &wish("admin")).await.pointers(), ["/kind"]);
        app.post(feeds, &wish("patient")).await.expect_problem(401, "unauthenticated");
        for _ in 0..10 {
            app.feed(&ana, "patient").await;
        }
        app.post_as(&ana.token, feeds, &wish("patient")).await.expect_problem(409, "too-many-calendar-feeds");
    }
}

#[actix_web::test]
async fn a_feed_keeps_what_is_over_or_called_off_for_thirty_days() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let ana = app.patient("Ana").await;
        let kim = json!({"name": "Kim Canarykid", "birth_on": "2019-05-17", "relation": "child"});
        let kim = app.post_as(&ana.token, "/v1/me/dependants", &kim).await.expect(201);
        let over = app.visit_booked(&ana, &dana, NINE).await;
        let cancelled = app.visit_booked(&ana, &dana, "2027-02-10T17:00:00Z").await;
        let answers = {
            let mut body = crate::screening::answers(&[]);
            body["patient_id"] = kim["id"].clone();
            app.post_as(&ana.token, "/v1/screenings", &body).await.expect(201)
        };
        let mut wish = dana.wish("2027-02-11T17:00:00Z", answers["id"].as_str().expect("an id"));
        wish["patient_id"] = kim["id"].clone();
        let ahead = app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201);
        app.act(&ana, &cancelled, "cancel", &json!({})).await;
        let (_, patients) = app.feed(&ana, "patient").await;
        let (_, practitioners) = app.feed(&dana.person, "practitioner").await;
        let uid = |booked: &Value| format!("{}@stillpoint.test", booked["id"].as_str().expect("an id"));
        let table = [
            ("2026-11-24T13:00:00Z", vec![&over, &cancelled, &ahead]),
            // The cancellation was on 24 November; it is told for thirty days.
            ("2026-12-24T11:59:00Z", vec![&over, &cancelled, &ahead]),
            ("2026-12-24T12:10:00Z", vec![&over, &ahead]),
            // The visit ended on 2 December at ten in Portland.
            ("2027-01-01T17:59:00Z", vec![&over, &ahead]),
            ("2027-01-01T18:01:00Z", vec![&ahead]),
        ];
        for (now, want) in table {
            app.set_now(now);
            let mut want: Vec<String> = want.into_iter().map(uid).collect();
            want.sort();
            for path in [&patients, &practitioners] {
                let shown = app.shown(path).await;
                assert_eq!(shown.keys().cloned().collect::<Vec<_>>(), want, "{now}");
                if let Some(told) = shown.get(&uid(&cancelled)) {
                    assert!(told.starts_with("CANCELLED 1 "), "{told}");
                }
                assert!(!app.get(path).await.text.contains("Canarykid"));
            }
        }
    }
}

#[actix_web::test]
async fn feeds_die_with_their_account() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (ana, ada) = (app.bookable("Ana Reyes").await, app.admin("Ada").await);
        let (_, patients) = app.feed(&ana.person, "patient").await;
        let (_, practitioners) = app.feed(&ana.person, "practitioner").await;
        let account = format!("/v1/admin/accounts/{}", ana.person.id);
        for (measure, status) in [("suspend", 404), ("reinstate", 200)] {
            let body = json!({"reason": "a word"});
            let decided = app.post_as(&ada.token, &format!("{account}/{measure}"), &body).await;
            assert!((200..300).contains(&decided.status), "{}", decided.text);
            for path in [&patients, &practitioners] {
                assert_eq!(app.get(path).await.status, status, "{measure}");
            }
        }
        let (token, session) = {
            let token = stillpoint::secret::Token::generate().expect("randomness");
            let session = stillpoint::store::session::Session {
                id: uuid::Uuid::new_v4().into(),
                account: ana.person.id,
                created_at: app.now(),
                expires_at: app.now() + Duration::days(1),
                client: "test".to_owned(),
            };
            (token, session)
        };
        let hash = token.hash();
        app.write(move |tx| stillpoint::store::session::insert(tx, &session, hash.as_bytes())).await;
        assert_eq!(app.delete_as(&token.reveal(), "/v1/me").await.status, 204);
        for path in [&patients, &practitioners] {
            app.get(path).await.expect_problem(404, "not-found");
        }
    }
}
