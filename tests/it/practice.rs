//! Places, services, hours and times off of a practitioner.

use chrono::Duration;
use serde_json::{Value, json};

use super::common::{Bookable, Person, TestApp, each_backend};

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().expect("an object").remove(field);
    body
}

fn place() -> Value {
    json!({"name": "Eastside", "address_line": "1 Main St", "city": "Portland", "region": "or",
        "postal_code": "", "country": "us", "latitude": 45.51, "longitude": -122.68})
}

#[actix_web::test]
async fn places_find_themselves() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (path, token) = (dana.path("/locations"), &dana.person.token);
        let answer = app.post_as(token, &path, &place()).await;
        let (location, tag) = (answer.header("location").to_owned(), answer.header("etag").to_owned());
        let made = answer.expect(201);
        assert_eq!((location.as_str(), tag.as_str()), (child(&path, &made).as_str(), "\"1\""));
        assert_eq!((&made["region"], &made["country"]), (&json!("OR"), &json!("US")));
        assert_eq!(made["time_zone"], "America/Los_Angeles");
        assert_eq!(app.get(&location).await.expect(200), made);

        // The gazetteer knows the city; the address alone will do.
        let body = without(without(place(), "latitude"), "longitude");
        let found = app.post_as(token, &path, &body).await.expect(201);
        assert!((found["latitude"].as_f64().expect("a number") - 45.52).abs() < 0.3, "{found}");
        assert_eq!(found["time_zone"], "America/Los_Angeles");
        let nowhere = with(body.clone(), "city", json!("Xyzzyville"));
        let refused = app.post_as(token, &path, &nowhere).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/latitude"]));

        // Moved to another city, it is looked up anew, its zone too; the state alone must fit the country.
        let moved = json!({"city": "Denver", "region": "CO"});
        let moved = app.patch_as(token, &child(&path, &found), &moved).await;
        assert_eq!(moved.header("etag"), "\"2\"");
        let moved = moved.expect(200);
        assert!((moved["longitude"].as_f64().expect("a number") + 104.9).abs() < 0.5, "{moved}");
        assert_eq!(moved["time_zone"], "America/Denver");
        let refused = app.patch_as(token, &child(&path, &found), &json!({"region": "Colorado"})).await;
        assert_eq!((refused.status, refused.pointers()), (422, vec!["/region"]));
        let stale =
            app.request("PATCH", &child(&path, &found)).bearer_auth(token).header("if-match", "\"1\"");
        TestApp::send(stale.json(&json!({"name": "X"}))).await.expect_problem(412, "stale-write");
    }
}

fn child(path: &str, made: &Value) -> String {
    format!("{path}/{}", made["id"].as_str().expect("an id"))
}

#[actix_web::test]
async fn wrong_places_are_refused() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (path, token) = (dana.path("/locations"), &dana.person.token);
        for (field, value, pointer) in [
            ("latitude", Value::Null, "/latitude"),
            ("longitude", Value::Null, "/longitude"),
            ("latitude", json!(90.5), "/latitude"),
            ("longitude", json!(-180.5), "/longitude"),
            ("region", json!("Oregon"), "/region"),
            ("country", json!("USA"), "/country"),
            ("name", json!(""), "/name"),
            ("time_zone", json!("PST8PDT7"), "/time_zone"),
            ("removed", json!(false), "/removed"),
        ] {
            let answer = app.post_as(token, &path, &with(place(), field, value)).await;
            assert_eq!((answer.status, answer.pointers()), (422, vec![pointer]), "{}", answer.text);
        }
        for _ in 1..20 {
            app.post_as(token, &path, &place()).await.expect(201);
        }
        app.post_as(token, &path, &place()).await.expect_problem(409, "too-many-locations");
    }
}

#[actix_web::test]
async fn a_place_in_use_stays() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, patient) = (app.bookable("Dana Reyes").await, app.patient("Pat Ient").await);
        book(&app, &dana, &patient, "2026-12-01T17:00:00Z").await;
        let path = dana.path(&format!("/locations/{}", dana.location));
        let token = &dana.person.token;
        let used = app.delete_as(token, &path).await.expect_problem(409, "location-in-use");
        assert_eq!((&used["upcoming_appointments"], &used["in_schedule"]), (&json!(1), &json!(true)));
        let closed = json!({"time_zone": "America/Los_Angeles", "weekly": []});
        app.put_as(token, &dana.path("/schedule"), &closed).await.expect(200);
        let used = app.delete_as(token, &path).await.expect_problem(409, "location-in-use");
        assert_eq!((&used["upcoming_appointments"], &used["in_schedule"]), (&json!(1), &json!(false)));
        app.advance(Duration::days(8));
        assert_eq!(app.delete_as(token, &path).await.status, 204);
        app.delete_as(token, &path).await.expect_problem(404, "not-found");
        app.get(&path).await.expect_problem(404, "not-found");
        app.patch_as(token, &path, &json!({"name": "X"})).await.expect_problem(404, "not-found");
    }
}

async fn book(app: &TestApp, dana: &Bookable, patient: &Person, at: &str) -> Value {
    let wish = dana.wish(at, &app.screening(patient).await);
    app.post_as(&patient.token, "/v1/appointments", &wish).await.expect(201)
}

#[actix_web::test]
async fn services_have_defaults_and_bounds() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (path, token) = (dana.path("/services"), &dana.person.token);
        let least = json!({"name": "Short", "duration_minutes": 30});
        let made = app.post_as(token, &path, &least).await;
        assert_eq!(made.header("etag"), "\"1\"");
        let mut made = made.expect(201);
        let own = child(&path, &made);
        made.as_object_mut().expect("an object").remove("id");
        let whole = json!({"name": "Short", "duration_minutes": 30, "buffer_before_minutes": 0,
            "buffer_after_minutes": 15, "minimum_notice_minutes": 120, "horizon_days": 90,
            "start_interval_minutes": 15, "price_minor": null, "currency": null,
            "requires_confirmation": false, "cancellation_notice_minutes": 1440});
        assert_eq!(made, whole);

        for (field, value, pointer) in [
            ("name", json!(" "), "/name"),
            ("name", json!("x".repeat(121)), "/name"),
            ("duration_minutes", json!(0), "/duration_minutes"),
            ("duration_minutes", json!(1.5), "/duration_minutes"),
            ("duration_minutes", json!(1441), "/duration_minutes"),
            ("buffer_before_minutes", json!(-1), "/buffer_before_minutes"),
            ("minimum_notice_minutes", json!(-1), "/minimum_notice_minutes"),
            ("horizon_days", json!(366), "/horizon_days"),
            ("start_interval_minutes", json!(0), "/start_interval_minutes"),
            ("price_minor", json!(100), "/currency"),
            ("currency", json!("USD"), "/currency"),
            ("currency", json!("usd"), "/currency"),
            ("cancellation_notice_minutes", json!(-1), "/cancellation_notice_minutes"),
            ("removed", json!(true), "/removed"),
        ] {
            let refused = app.post_as(token, &path, &with(least.clone(), field, value)).await;
            assert_eq!((refused.status, refused.pointers()), (422, vec![pointer]), "{}", refused.text);
        }
        let edges = json!({"name": "Odd", "duration_minutes": 7, "start_interval_minutes": 7, "horizon_days": 0,
            "minimum_notice_minutes": 0, "price_minor": 0, "currency": "JPY"});
        app.post_as(token, &path, &edges).await.expect(201);

        let priced = json!({"price_minor": 9_000, "currency": "EUR"});
        assert_eq!(app.patch_as(token, &own, &priced).await.expect(200)["price_minor"], 9_000);
        let half = app.patch_as(token, &own, &json!({"price_minor": null})).await;
        assert_eq!((half.status, half.pointers()), (422, vec!["/currency"]));
        let free =
            app.patch_as(token, &own, &json!({"price_minor": null, "currency": null})).await.expect(200);
        assert_eq!(free["currency"], Value::Null);
        assert_eq!(app.delete_as(token, &own).await.status, 204);
        app.get(&own).await.expect_problem(404, "not-found");
        app.delete_as(token, &own).await.expect_problem(404, "not-found");
    }
}

#[actix_web::test]
async fn a_changed_service_leaves_its_bookings_alone() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, patient) = (app.bookable("Dana Reyes").await, app.patient("Pat Ient").await);
        let booked = book(&app, &dana, &patient, "2026-12-01T17:00:00Z").await;
        let path = dana.path(&format!("/services/{}", dana.service));
        let change = json!({"duration_minutes": 90, "price_minor": 1, "cancellation_notice_minutes": 0});
        app.patch_as(&dana.person.token, &path, &change).await.expect(200);
        assert_eq!(app.delete_as(&dana.person.token, &path).await.status, 204);
        let appointment = format!("/v1/appointments/{}", booked["id"].as_str().expect("an id"));
        let after = app.get_as(&patient.token, &appointment).await.expect(200);
        for field in ["ends_at", "price_minor", "status", "service_id"] {
            assert_eq!(after[field], booked[field], "{field}");
        }
    }
}

#[actix_web::test]
async fn hours_come_back_as_they_were_set() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (path, token) = (dana.path("/schedule"), &dana.person.token);
        let before = app.get_as(token, &path).await;
        assert_eq!(before.version(), 1);
        let hours = json!({
            "time_zone": "Europe/London",
            "weekly": [
                {"weekday": "mon", "start": "09:00", "end": "12:30", "location_id": dana.location},
                {"weekday": "sat", "start": "22:00", "end": "02:00", "location_id": dana.location,
                 "service_ids": [dana.service], "valid_from": "2026-01-01", "valid_until": "2026-12-31",
                 "every_weeks": 2, "anchor_on": "2026-01-05"}
            ],
            "exceptions": [
                {"date": "2026-12-25", "closed": true},
                {"date": "2026-12-28", "windows": [{"start": "10:00", "end": "11:00", "location_id": dana.location}]}
            ],
            "affected_appointments": []
        });
        let set = app.put_as(token, &path, &without(hours.clone(), "affected_appointments")).await;
        assert_eq!(set.version(), 2);
        assert_eq!(set.expect(200), hours);
        assert_eq!(app.get_as(token, &path).await.expect(200), hours);
        let stale = app.request("PUT", &path).bearer_auth(token).header("if-match", "\"1\"");
        let none = json!({"time_zone": "Europe/London", "weekly": []});
        TestApp::send(stale.json(&none)).await.expect_problem(412, "stale-write");

        // Somebody new has none yet, in their own zone, and may insist on that.
        let lee = app.patient("Lee Wong").await;
        let body = json!({"provider_type": "osteopath", "given_name": "Lee", "family_name": "Wong",
            "time_zone": "Asia/Kathmandu", "languages": ["en"], "concerns": []});
        let record = app.post_as(&lee.token, "/v1/practitioners", &body).await.expect(201);
        let path = format!("/v1/practitioners/{}/schedule", record["id"].as_str().expect("an id"));
        let empty = app.get_as(&lee.token, &path).await;
        assert_eq!(empty.version(), 0);
        let want = json!({"time_zone": "Asia/Kathmandu", "weekly": [], "exceptions": [], "affected_appointments": []});
        assert_eq!(empty.expect(200), want);
        let first = app.request("PUT", &path).bearer_auth(&lee.token).header("if-match", "\"0\"").json(&none);
        assert_eq!(TestApp::send(first).await.version(), 1);
    }
}

#[actix_web::test]
async fn wrong_hours_are_refused_where_they_are_wrong() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, lee) = (app.bookable("Dana Reyes").await, app.bookable("Lee Wong").await);
        let (path, token) = (dana.path("/schedule"), &dana.person.token);
        let window =
            json!({"weekday": "mon", "start": "09:00", "end": "12:00", "location_id": dana.location});
        for (field, value, pointer) in [
            ("weekday", json!("monday"), "/weekly/0/weekday"),
            ("start", json!("9:00"), "/weekly/0/start"),
            ("end", json!("24:00"), "/weekly/0/end"),
            ("end", json!("12:00:00"), "/weekly/0/end"),
            ("location_id", json!(lee.location), "/weekly/0/location_id"),
            ("location_id", json!("there"), "/weekly/0/location_id"),
            ("service_ids", json!([lee.service]), "/weekly/0/service_ids/0"),
            ("service_ids", json!([]), "/weekly/0/service_ids"),
            ("every_weeks", json!(0), "/weekly/0/every_weeks"),
            ("every_weeks", json!(2), "/weekly/0/anchor_on"),
            ("valid_from", json!("2026-02-30"), "/weekly/0/valid_from"),
            ("note", json!("x"), "/weekly/0/note"),
        ] {
            let body = json!({"time_zone": "Europe/London", "weekly": [with(window.clone(), field, value)]});
            let refused = app.put_as(token, &path, &body).await;
            assert_eq!((refused.status, refused.pointers()), (422, vec![pointer]), "{}", refused.text);
        }
        for (exception, pointer) in [
            (json!({"date": "2026-12-25"}), "/exceptions/0"),
            (json!({"date": "2026-12-25", "closed": true, "windows": []}), "/exceptions/0"),
            (json!({"date": "2026-12-25", "closed": false}), "/exceptions/0/closed"),
            (json!({"date": "25.12.2026", "closed": true}), "/exceptions/0/date"),
            (
                json!({"date": "2026-12-25", "windows": [{"start": "09:00", "end": "10:00", "location_id": lee.location}]}),
                "/exceptions/0/windows/0/location_id",
            ),
        ] {
            let body = json!({"time_zone": "Europe/London", "weekly": [], "exceptions": [exception]});
            let refused = app.put_as(token, &path, &body).await;
            assert_eq!((refused.status, refused.pointers()), (422, vec![pointer]), "{}", refused.text);
        }
        let twice = json!({"time_zone": "Europe/London", "weekly": [window, window]});
        assert_eq!(app.put_as(token, &path, &twice).await.pointers(), ["/weekly/1/start"]);
        let many = json!({"time_zone": "Europe/London", "weekly": vec![window; 201]});
        assert_eq!(app.put_as(token, &path, &many).await.pointers(), ["/weekly"]);
        let nowhere = json!({"time_zone": "Europe/Lundon", "weekly": []});
        assert_eq!(app.put_as(token, &path, &nowhere).await.pointers(), ["/time_zone"]);
        // Nothing of it was kept.
        assert_eq!(app.get_as(token, &path).await.version(), 1);
    }
}

#[actix_web::test]
async fn bookings_outside_new_hours_are_told_and_kept() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, patient) = (app.bookable("Dana Reyes").await, app.patient("Pat Ient").await);
        let tuesday = book(&app, &dana, &patient, "2026-12-01T17:00:00Z").await;
        let wednesday = book(&app, &dana, &patient, "2026-12-02T17:00:00Z").await;
        let (path, token) = (dana.path("/schedule"), &dana.person.token);
        // Two windows that touch are one morning.
        let window = |start: &str, end: &str| json!({"weekday": "wed", "start": start, "end": end, "location_id": dana.location});
        let hours = json!({"time_zone": "America/Los_Angeles",
            "weekly": [window("09:00", "09:30"), window("09:30", "12:00")]});
        let set = app.put_as(token, &path, &hours).await.expect(200);
        let affected = set["affected_appointments"].as_array().expect("a list");
        assert_eq!(affected.len(), 1, "{set}");
        for field in ["id", "starts_at", "ends_at", "service_id", "location_id", "status"] {
            assert_eq!(affected[0][field], tuesday[field], "{field}");
        }
        for booked in [&tuesday, &wednesday] {
            let appointment = format!("/v1/appointments/{}", booked["id"].as_str().expect("an id"));
            assert_eq!(app.get_as(&patient.token, &appointment).await.expect(200)["status"], "booked");
        }
        let slots = dana.path(&format!(
            "/slots?service_id={}&from=2026-12-01T08:00:00Z&until=2026-12-02T08:00:00Z",
            dana.service
        ));
        assert_eq!(app.get(&slots).await.expect(200)["items"], json!([]));
    }
}

#[actix_web::test]
async fn time_off_is_taken_and_given_back() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (dana, patient) = (app.bookable("Dana Reyes").await, app.patient("Pat Ient").await);
        let booked = book(&app, &dana, &patient, "2026-12-01T17:00:00Z").await;
        let (path, token) = (dana.path("/time-off"), &dana.person.token);
        let slots = dana.path(&format!(
            "/slots?service_id={}&from=2026-12-01T08:00:00Z&until=2026-12-02T08:00:00Z",
            dana.service
        ));
        let free = app.get(&slots).await.expect(200)["items"].as_array().map_or(0, Vec::len);
        assert!(free > 0);
        let away = json!({"starts_at": "2026-12-01T00:00:00-08:00", "ends_at": "2026-12-02T00:00:00-08:00", "reason": "rest"});
        let taken = app.post_as(token, &path, &away).await;
        let location = taken.header("location").to_owned();
        let taken = taken.expect(201);
        assert_eq!(taken["starts_at"], "2026-12-01T08:00:00Z");
        assert_eq!(taken["affected_appointments"][0]["id"], booked["id"]);
        assert_eq!(app.get(&slots).await.expect(200)["items"], json!([]));
        assert_eq!(app.get_as(token, &location).await.expect(200)["reason"], "rest");
        assert_eq!(app.delete_as(token, &location).await.status, 204);
        app.delete_as(token, &location).await.expect_problem(404, "not-found");
        app.get_as(token, &location).await.expect_problem(404, "not-found");
        assert_eq!(app.get(&slots).await.expect(200)["items"].as_array().map_or(0, Vec::len), free);

        for (field, value) in [
            ("ends_at", json!("2026-12-01T00:00:00-08:00")),
            ("ends_at", json!("2027-12-03T00:00:00-08:00")),
            ("starts_at", json!("2026-12-01")),
            ("starts_at", json!("2026-12-01T00:00:00.0000001Z")),
            ("reason", json!("x".repeat(501))),
            ("id", json!("x")),
        ] {
            let refused = app.post_as(token, &path, &with(away.clone(), field, value)).await;
            assert_eq!((refused.status, refused.pointers()), (422, vec![format!("/{field}").as_str()]));
        }
    }
}

#[actix_web::test]
async fn times_off_are_listed_in_pages() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let (path, token) = (dana.path("/time-off"), &dana.person.token);
        for day in [3, 1, 2, 1, 5] {
            let away =
                json!({"starts_at": format!("2026-12-0{day}T00:00:00Z"), "ends_at": "2026-12-09T00:00:00Z"});
            app.post_as(token, &path, &away).await.expect(201);
        }
        let (mut seen, mut next) = (Vec::new(), format!("{path}?limit=2"));
        loop {
            let page = app.get_as(token, &next).await;
            let link = page.header("link").to_owned();
            let page = page.expect(200);
            let items = page["items"].as_array().expect("items");
            seen.extend(items.iter().map(|t| t["starts_at"].as_str().expect("text")[8..10].to_owned()));
            if page["next_cursor"].is_null() {
                assert_eq!(link, "");
                break;
            }
            let rest = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
            next = rest.expect("a link").to_owned();
        }
        assert_eq!(seen, ["01", "01", "02", "03", "05"]);
        for query in ["limit=101", "limit=0", "limit=x", "cursor=nonsense", "page=2"] {
            app.get_as(token, &format!("{path}?{query}")).await.expect_problem(400, "invalid-query");
        }
    }
}
