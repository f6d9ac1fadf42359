//! Practitioners' own records, their public profiles, and the texts for everybody.

use chrono::NaiveDate;
use serde_json::{Value, json};
use stillpoint::{
    domain::{
        change::Change,
        credential::{Credential, CredentialKind, CredentialStatus, Method},
        id::{CredentialId, PractitionerId},
        practitioner::{Origin, Practitioner, ProviderType},
    },
    store::{credential, exclusion, listing, practitioner},
};

use super::common::{Answer, Backend, Person, TestApp, each_backend};

const NPI: &str = "1234567893";
const OTHER_NPI: &str = "1558598797";

fn dana() -> Value {
    json!({
        "provider_type": "massage_therapist", "given_name": "Dana", "family_name": "Reyes",
        "time_zone": "America/Los_Angeles", "languages": ["en", "pt-BR"], "concerns": ["headache"]
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn registered(app: &TestApp, person: &Person, body: &Value) -> Value {
    app.post_as(&person.token, "/v1/practitioners", body).await.expect(201)
}

fn path_of(record: &Value) -> String {
    format!("/v1/practitioners/{}", record["id"].as_str().expect("an id"))
}

fn codes(record: &Value) -> Vec<&str> {
    let blockers = record["blockers"].as_array().expect("blockers");
    assert!(blockers.iter().all(|b| b["detail"].as_str().is_some_and(|d| !d.is_empty())), "{blockers:?}");
    blockers.iter().filter_map(|b| b["code"].as_str()).collect()
}

/// A verified credential, put into the rows.
async fn verified(app: &TestApp, record: &Value, kind: CredentialKind, jurisdiction: &str) {
    let practitioner: PractitionerId = record["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let on = |year| NaiveDate::from_ymd_opt(year, 1, 1).expect("a date");
    let held = Credential {
        id: CredentialId::from(uuid::Uuid::new_v4()),
        practitioner,
        kind,
        provider_type: ProviderType::from_code(record["provider_type"].as_str().expect("a code"))
            .expect("a type"),
        issuer: "Board".to_owned(),
        jurisdiction: jurisdiction.parse().expect("a jurisdiction"),
        number: "LMT-1".to_owned(),
        issued_on: on(2020),
        expires_on: Some(on(2028)),
        status: CredentialStatus::Verified,
        submitted_at: app.now(),
        verified_on: Some(on(2026)),
        method: Some(Method::PrimarySource),
        source_url: Some("https://example.org/board".to_owned()),
        version: 1,
    };
    app.write(move |tx| {
        tx.announce(Change::Profile(practitioner));
        credential::insert(tx, &held)
    })
    .await;
}

/// An imported record nobody has claimed.
async fn imported(app: &TestApp, npi: &str) -> PractitionerId {
    let id = PractitionerId::from(uuid::Uuid::new_v4());
    let record = Practitioner {
        id,
        account: None,
        npi: Some(npi.parse().expect("an NPI")),
        provider_type: ProviderType::MassageTherapist,
        given_name: "DANA".to_owned(),
        family_name: "REYES".to_owned(),
        time_zone: chrono_tz::America::Los_Angeles,
        bio: String::new(),
        languages: vec!["en".to_owned()],
        concerns: Vec::new(),
        accepts_new_patients: false,
        terms: stillpoint::domain::practitioner::BookingTerms::default(),
        excluded: false,
        origin: Origin::Nppes,
        closed: false,
        version: 1,
    };
    let now = app.now();
    app.write(move |tx| {
        tx.announce(Change::Profile(id));
        practitioner::insert(tx, &record, now)
    })
    .await;
    id
}

#[actix_web::test]
async fn a_record_says_what_it_lacks_until_it_can_be_booked() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana_reyes = app.patient("Dana Reyes").await;
        let answer = app.post_as(&dana_reyes.token, "/v1/practitioners", &dana()).await;
        assert_eq!(answer.version(), 1);
        let location = answer.header("location").to_owned();
        let record = answer.expect(201);
        let path = path_of(&record);
        assert_eq!(location, path);
        assert_eq!((&record["status"], &record["bookable"]), (&json!("draft"), &json!(false)));
        assert_eq!(record["accepts_new_patients"], true);
        assert_eq!(codes(&record), ["licence", "certification", "location", "service", "hours"]);
        assert_eq!(in_directory(&app).await, None);

        let token = &dana_reyes.token;
        let place = json!({"name": "Eastside", "address_line": "1 Main St", "city": "Portland",
            "region": "OR", "postal_code": "97201", "country": "US", "latitude": 45.51, "longitude": -122.68});
        let place = app.post_as(token, &format!("{path}/locations"), &place).await.expect(201);
        lacks(&app, &path, token, &["licence", "certification", "service", "hours"]).await;

        let service = json!({"name": "Session", "duration_minutes": 60});
        app.post_as(token, &format!("{path}/services"), &service).await.expect(201);
        lacks(&app, &path, token, &["licence", "certification", "hours"]).await;

        let hours = json!({"time_zone": "America/Los_Angeles",
            "weekly": [{"weekday": "tue", "start": "09:00", "end": "12:00", "location_id": place["id"]}]});
        app.put_as(token, &format!("{path}/schedule"), &hours).await.expect(200);
        lacks(&app, &path, token, &["licence", "certification"]).await;

        verified(&app, &record, CredentialKind::Licence, "US-WA").await;
        lacks(&app, &path, token, &["licence", "certification"]).await;
        verified(&app, &record, CredentialKind::Licence, "US-OR").await;
        lacks(&app, &path, token, &["certification"]).await;
        verified(&app, &record, CredentialKind::CraniosacralCertification, "US").await;
        lacks(&app, &path, token, &[]).await;
        assert_eq!(app.get_as(token, &path).await.expect(200)["status"], "active");
        assert_eq!(in_directory(&app).await, Some(true));
    }
}

/// The owner's view lacks just that, and the profile and the directory agree on whether it is bookable.
async fn lacks(app: &TestApp, path: &str, token: &str, want: &[&str]) {
    let own = app.get_as(token, path).await.expect(200);
    assert_eq!(codes(&own), want);
    assert_eq!(own["bookable"], want.is_empty());
    assert_eq!(app.get(path).await.expect(200)["bookable"], want.is_empty());
    assert_eq!(in_directory(app).await, Some(want.is_empty()));
}

/// Whether the directory calls Dana Reyes bookable, if it shows her.
async fn in_directory(app: &TestApp) -> Option<bool> {
    let found = app.get("/v1/practitioners?q=reyes&include_unverified=true").await.expect(200);
    found["items"][0]["bookable"].as_bool()
}

#[actix_web::test]
async fn every_wrong_field_of_a_new_record_is_named() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let person = app.patient("Dana Reyes").await;
        let all_wrong = json!({
            "provider_type": "shaman", "given_name": "a\u{0}b", "family_name": " ", "time_zone": "Mars/Phobos",
            "npi": "1234567890", "bio": "x".repeat(4_001), "languages": ["en", "english"], "concerns": ["nope"]
        });
        let answer = app.post_as(&person.token, "/v1/practitioners", &all_wrong).await;
        assert_eq!(answer.status, 422);
        let want = "/provider_type /given_name /family_name /time_zone /npi /bio /languages/1 /concerns/0";
        assert_eq!(answer.pointers(), want.split(' ').collect::<Vec<_>>());
        for (field, value) in [
            ("verified", json!(true)),
            ("status", json!("active")),
            ("languages", json!([])),
            ("languages", json!("en")),
            ("family_name", Value::Null),
            ("npi", json!("3234567893")),
        ] {
            let answer = app.post_as(&person.token, "/v1/practitioners", &with(dana(), field, value)).await;
            assert_eq!((answer.status, answer.pointers()), (422, vec![format!("/{field}").as_str()]));
        }
        app.post("/v1/practitioners", &dana()).await.expect_problem(401, "unauthenticated");
        // One name only, and no bio: fine. The language is kept in lower case.
        let record = registered(&app, &person, &with(dana(), "given_name", json!(""))).await;
        assert_eq!((&record["name"], &record["bio"]), (&json!("Reyes"), &json!("")));
        assert_eq!(record["languages"], json!(["en", "pt-br"]));
    }
}

#[actix_web::test]
async fn an_account_has_one_record_and_an_npi_one_holder() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let [one, two] = [app.patient("Dana Reyes").await, app.patient("Lee Wong").await];
        let body = with(dana(), "npi", json!(NPI));
        let record = registered(&app, &one, &body).await;
        assert_eq!((&record["npi"], &record["claims_import"]), (&json!(NPI), &json!(false)));
        let again = app.post_as(&one.token, "/v1/practitioners", &dana()).await;
        again.expect_problem(409, "practitioner-exists");
        app.post_as(&two.token, "/v1/practitioners", &body).await.expect_problem(409, "npi-taken");

        let other = registered(&app, &two, &with(dana(), "npi", json!(OTHER_NPI))).await;
        let wish = json!({"npi": NPI});
        app.patch_as(&two.token, &path_of(&other), &wish).await.expect_problem(409, "npi-taken");
        let cleared = app.patch_as(&one.token, &path_of(&record), &json!({"npi": null})).await.expect(200);
        assert_eq!(cleared["npi"], Value::Null);
        app.patch_as(&two.token, &path_of(&other), &wish).await.expect(200);
    }
}

#[actix_web::test]
async fn stating_an_npi_does_not_take_a_listing_over() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let import = imported(&app, NPI).await;
        let import_path = format!("/v1/practitioners/{import}");
        let shown = app.get(&import_path).await.expect(200);
        assert_eq!((&shown["origin"], &shown["npi"]), (&json!("nppes"), &json!(NPI)));
        assert!(shown["source_note"].is_string(), "{shown}");

        let person = app.patient("Dana Reyes").await;
        let record = registered(&app, &person, &with(dana(), "npi", json!(NPI))).await;
        let path = path_of(&record);
        assert_eq!((&record["npi"], &record["claims_import"]), (&json!(NPI), &json!(true)));
        assert_eq!(app.get(&path).await.expect(200)["npi"], Value::Null);
        assert_eq!(app.get(&import_path).await.expect(200)["npi"], NPI);

        let credential = json!({"kind": "licence", "issuer": "Board", "jurisdiction": "US-OR",
            "number": "1", "issued_on": "2020-01-01", "expires_on": "2028-01-01"});
        let credentials = format!("{path}/credentials");
        let held = app.post_as(&person.token, &credentials, &credential).await.expect(201);
        assert_eq!(app.get_as(&person.token, &path).await.expect(200)["status"], "in_review");
        let id: CredentialId = held["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let admin = app.admin("Ada Admin").await;
        let decision = json!({"decision": "verify", "method": "primary_source", "checked_on": "2026-11-24",
            "source_url": "https://example.org/board", "note": "found"});
        let decisions = format!("/v1/admin/credentials/{id}/decisions");
        app.post_as(&admin.token, &decisions, &decision).await.expect(201);

        assert_eq!(app.get(&path).await.expect(200)["npi"], NPI);
        app.get(&import_path).await.expect_problem(404, "not-found");
    }
}

#[actix_web::test]
async fn the_excluded_cannot_shake_it_off() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.write(|tx| {
            let entry = exclusion::Excluded {
                npi: NPI.parse().expect("an NPI"),
                name: "REYES".to_owned(),
                kind: "1128b4".to_owned(),
                excluded_on: NaiveDate::from_ymd_opt(2020, 1, 1).expect("a date"),
            };
            exclusion::put(tx, &entry, "LEIE").map(drop)
        })
        .await;
        let person = app.patient("Dana Reyes").await;
        let record = registered(&app, &person, &dana()).await;
        let path = path_of(&record);
        app.get(&path).await.expect(200);
        let stated = app.patch_as(&person.token, &path, &json!({"npi": NPI})).await.expect(200);
        assert_eq!((&stated["status"], codes(&stated)[0]), (&json!("excluded"), "excluded"));
        app.get(&path).await.expect_problem(404, "not-found");
        let cleared = app.patch_as(&person.token, &path, &json!({"npi": null})).await.expect(200);
        assert_eq!(cleared["status"], "excluded");
    }
}

#[actix_web::test]
async fn each_sees_what_is_theirs_to_see() {
    let public = "accepts_new_patients bio bookable concerns credentials id languages locations name npi \
        origin provider_type services source_note verified";
    let own = "accepts_new_patients bio blockers bookable booking_terms claims_import concerns credentials family_name \
        given_name id languages locations name npi origin provider_type services source_note status \
        time_zone verified";
    let shown_credential =
        "expires_on issued_on issuer jurisdiction kind method number source_url verified_on";
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let bookable = app.bookable("Dana Reyes").await;
        let [stranger, admin] = [app.patient("Sam Stranger").await, app.admin("Ada Admin").await];
        let path = bookable.path("");
        for answer in [app.get(&path).await, app.get_as(&stranger.token, &path).await] {
            assert_eq!(answer.version(), 1);
            assert!(!answer.text.contains('@'), "{}", answer.text);
            let shown = answer.expect(200);
            assert_eq!(keys(&shown), public);
            assert_eq!(keys(&shown["credentials"][0]), shown_credential);
            assert_eq!((&shown["verified"], &shown["bookable"]), (&json!(true), &json!(true)));
        }
        for token in [&bookable.person.token, &admin.token] {
            let shown = app.get_as(token, &path).await.expect(200);
            assert_eq!(keys(&shown), own);
            assert_eq!(shown["credentials"][0]["status"], "verified");
            assert_eq!(shown["credentials"][0]["id"], json!(bookable.licence));
        }
        // A licence that has run out is no longer shown to strangers.
        app.set_now("2027-11-10T12:00:00Z");
        let later = app.get(&path).await.expect(200);
        assert_eq!((&later["credentials"], &later["verified"]), (&json!([]), &json!(false)));
        let mine = app.get_as(&bookable.person.token, &path).await.expect(200);
        assert_eq!(mine["credentials"][0]["status"], "expired");
    }
}

fn keys(object: &Value) -> String {
    let mut keys: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys.join(" ")
}

#[actix_web::test]
async fn closed_records_are_shown_to_their_keepers_only() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let bookable = app.bookable("Dana Reyes").await;
        let id = bookable.id;
        let now = app.now();
        app.write(move |tx| {
            let mut record = listing::find_unclaimed(tx, id, now)?.expect("a record").practitioner;
            (record.closed, record.version) = (true, record.version + 1);
            tx.announce(Change::Profile(id));
            practitioner::update(tx, &record)
        })
        .await;
        app.get(&bookable.path("")).await.expect_problem(404, "not-found");
        let place = bookable.path(&format!("/locations/{}", bookable.location));
        app.get(&place).await.expect_problem(404, "not-found");
        let own = app.get_as(&bookable.person.token, &bookable.path("")).await.expect(200);
        assert_eq!((&own["status"], codes(&own)), (&json!("closed"), vec!["account_inactive"]));
    }
}

#[actix_web::test]
async fn changes_are_told_apart_by_version() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let person = app.patient("Dana Reyes").await;
        let record = registered(&app, &person, &with(dana(), "bio", json!("Hello"))).await;
        let path = path_of(&record);
        let changed = app.patch_as(&person.token, &path, &json!({"bio": null, "family_name": "Ruiz"})).await;
        assert_eq!(changed.version(), 2);
        let changed = changed.expect(200);
        assert_eq!((&changed["bio"], &changed["name"]), (&json!(""), &json!("Dana Ruiz")));
        // The same again is no change.
        let same = app.patch_as(&person.token, &path, &json!({"family_name": "Ruiz"})).await;
        assert_eq!((same.status, same.version()), (200, 2));

        let patch = |tag: &'static str, body: Value| {
            let request = app.request("PATCH", &path).bearer_auth(&person.token);
            TestApp::send(request.header("if-match", tag).json(&body))
        };
        patch("\"1\"", json!({"bio": "late"})).await.expect_problem(412, "stale-write");
        patch("\"2\"", json!({"bio": "in time"})).await.expect(200);
        for (field, value) in [
            ("family_name", Value::Null),
            ("languages", Value::Null),
            ("closed", json!(true)),
            ("id", json!("x")),
        ] {
            let answer = app.patch_as(&person.token, &path, &json!({field: value})).await;
            assert_eq!((answer.status, answer.pointers()), (422, vec![format!("/{field}").as_str()]));
        }
    }
}

#[actix_web::test]
async fn another_profession_is_checked_anew() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let bookable = app.bookable("Dana Reyes").await;
        let (path, token) = (bookable.path(""), &bookable.person.token);
        let changed = app.patch_as(token, &path, &json!({"provider_type": "osteopath"})).await.expect(200);
        assert_eq!((&changed["status"], codes(&changed)), (&json!("in_review"), vec!["licence"]));
        assert_eq!(changed["credentials"][0]["status"], "submitted");
        assert_eq!(changed["credentials"][0]["verified_on"], Value::Null);
        assert_eq!(app.get(&path).await.expect(200)["credentials"], json!([]));
        let found = app.get("/v1/practitioners?q=reyes").await.expect(200);
        assert_eq!(found["items"], json!([]));
        // Back again does not undo it.
        let back = app.patch_as(token, &path, &json!({"provider_type": "chiropractor"})).await.expect(200);
        assert_eq!(back["bookable"], false);
    }
}

#[actix_web::test]
async fn strangers_find_nothing_to_change() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let owner = app.bookable("Dana Reyes").await;
        let [other, patient, admin] = [
            app.bookable("Lee Wong").await.person,
            app.patient("Pat Ient").await,
            app.admin("Ada Admin").await,
        ];
        let nobody = format!("/v1/practitioners/{}", uuid::Uuid::new_v4());
        for (method, rest, body) in calls(&owner.location.to_string(), &owner.service.to_string()) {
            let path = owner.path(&rest);
            let foreign = app.call(method, &path, Some(&other.token), body.as_ref()).await;
            let unknown =
                app.call(method, &format!("{nobody}{rest}"), Some(&other.token), body.as_ref()).await;
            for mut answer in [foreign, unknown] {
                answer.body["request_id"] = json!("");
                let same = json!({"type": "/problems/not-found", "title": "Not found", "status": 404,
                    "detail": "There is nothing here, or nothing you may see.", "request_id": ""});
                assert_eq!(answer.body, same, "{method} {path}");
            }
            let plain = app.call(method, &path, Some(&patient.token), body.as_ref()).await;
            assert_eq!(plain.status, 403, "{method} {path}");
            let nobody = app.call(method, &path, None, body.as_ref()).await;
            assert_eq!(nobody.status, 401, "{method} {path}");
            let admin = app.call(method, &path, Some(&admin.token), body.as_ref()).await;
            assert!(
                admin.status < 300 || admin.problem() == "location-in-use",
                "{method} {path} {}",
                admin.text
            );
        }
    }
}

fn calls(location: &str, service: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let place = json!({"name": "B", "address_line": "", "city": "Bend", "region": "OR", "country": "US",
        "latitude": 44.0, "longitude": -121.3});
    let away = json!({"starts_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-02T00:00:00Z"});
    vec![
        ("PATCH", String::new(), Some(json!({"bio": "x"}))),
        ("POST", "/locations".into(), Some(place)),
        ("PATCH", format!("/locations/{location}"), Some(json!({"name": "C"}))),
        ("DELETE", format!("/locations/{location}"), None),
        ("POST", "/services".into(), Some(json!({"name": "S", "duration_minutes": 30}))),
        ("PATCH", format!("/services/{service}"), Some(json!({"name": "T"}))),
        ("GET", "/schedule".into(), None),
        ("PUT", "/schedule".into(), Some(json!({"time_zone": "America/Los_Angeles", "weekly": []}))),
        ("POST", "/time-off".into(), Some(away)),
        ("GET", "/time-off".into(), None),
        ("DELETE", format!("/services/{service}"), None),
    ]
}

#[actix_web::test]
async fn fixed_texts_may_be_kept() {
    let app = TestApp::start(Backend::Sqlite).await;
    for (path, first) in [("/v1/provider-types", "chiropractor"), ("/v1/concerns", "headache")] {
        let answer = app.get(path).await;
        assert!(answer.header("cache-control").starts_with("public, max-age="), "{path}");
        let tag = answer.header("etag").to_owned();
        let body = answer.expect(200);
        assert_eq!(body["items"][0]["code"], first);
        assert!(body["items"][0]["label"].is_string() && body["items"][0]["description"].is_string());
        let again: Answer = TestApp::send(app.request("GET", path).header("if-none-match", &tag)).await;
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()));
        app.get(&format!("{path}?x=1")).await.expect_problem(400, "invalid-query");
    }
    let therapy = app.get("/v1/therapy").await.expect(200);
    for section in therapy["sections"].as_array().expect("sections") {
        for statement in section["statements"].as_array().expect("statements") {
            assert!(statement["sources"].as_array().is_some_and(|s| !s.is_empty()), "{statement}");
        }
    }
}

#[actix_web::test]
async fn places_are_completed() {
    let app = TestApp::start(Backend::Sqlite).await;
    let found = app.get("/v1/places?q=portl&limit=5").await.expect(200);
    let found = found.as_array().expect("a list");
    assert!((1..=5).contains(&found.len()), "{found:?}");
    assert!(found.iter().any(|place| place["label"].as_str().is_some_and(|l| l.contains("Portland"))));
    assert_eq!(keys(&found[0]), "country label latitude longitude name postal_code region");
    for query in ["", "?q=", "?q=%20", "?q=a&limit=101", "?q=a&limit=0", "?q=a&x=1", "?q=a&q=b"] {
        app.get(&format!("/v1/places{query}")).await.expect_problem(400, "invalid-query");
    }
    assert_eq!(app.get("/v1/places?q=zzzzqqq").await.expect(200), json!([]));
}
