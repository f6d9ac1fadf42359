//! Imports beside a running server, by what its users then see.

use std::time::{Duration, Instant};

use serde_json::Value;
use stillpoint::{
    domain::{change::Change, practitioner::Practitioner},
    store::practitioner,
};

use super::{
    command::{beside, went_well},
    common::{TestApp, each_backend},
};

const NPPES: &str = include_str!("../fixtures/nppes.csv");
const LEIE: &str = include_str!("../fixtures/leie.csv");
const PLACES: &str = "\
US\t97201\tPortland\tOregon\tOR\tMultnomah\t051\t\t\t45.4988\t-122.6914\t4
US\t02138\tCambridge\tMassachusetts\tMA\tMiddlesex\t017\t\t\t42.377\t-71.1256\t4
CA\tM5V\tToronto\tOntario\tON\t\t\t\t\t43.6404\t-79.3995\t6
";
const EVERYBODY: &str = "/v1/practitioners?include_unverified=true&limit=100";

fn import(app: &TestApp, kind: &str, name: &str, text: &str) -> String {
    let path = app.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    went_well(beside(app, &["import", kind, &path.to_string_lossy()]))
}

/// Names on the list, verified or not, sorted.
async fn names(app: &TestApp) -> Vec<String> {
    let found = app.get(EVERYBODY).await.expect(200);
    let items = found["items"].as_array().expect("a list").clone();
    let mut names: Vec<String> =
        items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

/// Another process wrote: the index hears of it a moment later.
async fn until(app: &TestApp, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let answer = app.get(path).await;
        if is_there(&answer.body) || began.elapsed() > Duration::from_secs(10) {
            return answer.body;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn count(answer: &Value) -> usize {
    answer["items"].as_array().map_or(0, Vec::len)
}

#[actix_web::test]
async fn places_are_found_by_a_running_server() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let near = "/v1/practitioners?place=02138";
        app.get(near).await.expect_problem(422, "place-not-found");
        let told = import(&app, "places", "US.txt", PLACES);
        assert!(told.contains("3 kept: 3 new, 0 changed, 0 as before"), "{told}");
        let found = until(&app, near, |answer| answer["origin"].is_object()).await;
        assert_eq!(found["origin"]["latitude"], 42.377, "{found}");
        let told = import(&app, "places", "US.txt", PLACES);
        assert!(told.contains("3 kept: 0 new, 0 changed, 3 as before"), "{told}");
    }
}

#[actix_web::test]
async fn imported_practitioners_are_listed_unverified() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        import(&app, "places", "US.txt", PLACES);
        let told = import(&app, "nppes", "npi.csv", NPPES);
        assert!(told.contains("rejected, see"), "{told}");
        let rejects =
            std::fs::read_to_string(app.folder.path().join("npi.csv.rejected.csv")).expect("rejects");
        assert!(rejects.contains("place not in the gazetteer: import places first"), "{rejects}");
        assert!(rejects.contains("EXAMPLE-DOE"), "a town nobody imported: {rejects}");

        let found = until(&app, EVERYBODY, |answer| count(answer) > 0).await;
        for item in found["items"].as_array().expect("a list") {
            assert_eq!((&item["verified"], &item["bookable"]), (&false.into(), &false.into()), "{item}");
            assert!(item["next_available_at"].is_null(), "{item}");
        }
        assert!(names(&app).await.contains(&"Dana O'Brien".to_owned()));
        assert_eq!(
            count(&app.get("/v1/practitioners?place=97201").await.expect(200)),
            0,
            "verified ones only"
        );
        let near =
            app.get("/v1/practitioners?place=97201&include_unverified=true&q=obrien").await.expect(200);
        assert_eq!(near["items"][0]["location"]["time_zone"], "America/Los_Angeles", "{near}");
        assert!(!near.to_string().to_lowercase().contains("secret home"), "mailing addresses stay out");

        let before = names(&app).await;
        let told = import(&app, "nppes", "npi.csv", NPPES);
        assert!(told.contains(" 0 new, 0 changed"), "{told}");
        assert_eq!(names(&app).await, before, "the same file again changes nothing");
    }
}

#[actix_web::test]
async fn newer_editions_change_and_close() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        import(&app, "places", "US.txt", PLACES);
        import(&app, "nppes", "npi.csv", NPPES);
        until(&app, EVERYBODY, |answer| count(answer) > 0).await;

        let has = |answer: &Value, name: &str| answer.to_string().contains(name);
        let renamed = NPPES.replace("\"O'BRIEN\"", "\"O'HARA\"");
        import(&app, "nppes", "npi.csv", &renamed);
        assert!(names(&app).await.contains(&"Dana O'Brien".to_owned()), "the registry's date has not moved");
        import(&app, "nppes", "npi.csv", &renamed.replace("04/07/2025", "05/07/2025"));
        until(&app, EVERYBODY, |answer| has(answer, "O'Hara")).await;
        assert!(names(&app).await.contains(&"Dana O'Hara".to_owned()));
        import(&app, "nppes", "npi.csv", NPPES);
        assert!(names(&app).await.contains(&"Dana O'Hara".to_owned()), "an older edition undoes nothing");

        // No longer a chiropractor, so no longer on the list.
        let told = import(&app, "nppes", "npi.csv", &NPPES.replace("111N00000X", "152W00000X"));
        assert!(told.contains("1 taken off the list"), "{told}");
        until(&app, EVERYBODY, |answer| !has(answer, "O'Hara")).await;
        assert!(!names(&app).await.contains(&"Dana O'Hara".to_owned()));
        import(&app, "nppes", "npi.csv", &renamed.replace("04/07/2025", "06/07/2025"));
        until(&app, EVERYBODY, |answer| has(answer, "O'Hara")).await;
        assert!(names(&app).await.contains(&"Dana O'Hara".to_owned()), "and back again");
    }
}

#[actix_web::test]
async fn a_record_with_an_owner_is_left_alone() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let owned = app.bookable("Dana Ownword").await;
        let id = owned.id;
        app.write(move |tx| {
            let found = practitioner::find(tx, id)?.expect("it is there");
            let npi = Some("1000001010".parse().expect("an NPI"));
            practitioner::update(tx, &Practitioner { npi, version: found.version + 1, ..found })?;
            tx.announce(Change::Profile(id));
            Ok(())
        })
        .await;
        import(&app, "places", "US.txt", PLACES);
        let told = import(&app, "nppes", "npi.csv", NPPES);
        assert!(told.contains("1 skipped: claimed"), "{told}");
        import(&app, "nppes", "npi.csv", &NPPES.replace("111N00000X", "152W00000X"));
        until(&app, EVERYBODY, |answer| count(answer) > 1).await;
        let profile = app.get(&owned.path("")).await.expect(200);
        assert_eq!(
            (&profile["name"], &profile["bookable"]),
            (&"Dana Ownword".into(), &true.into()),
            "{profile}"
        );
    }
}

#[actix_web::test]
async fn whoever_is_excluded_cannot_be_booked_until_reinstated() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let somebody = app.bookable("Alex Sample").await;
        let id = somebody.id;
        app.write(move |tx| {
            let found = practitioner::find(tx, id)?.expect("it is there");
            let npi = Some("1234567893".parse().expect("an NPI"));
            practitioner::update(tx, &Practitioner { npi, version: found.version + 1, ..found })?;
            tx.announce(Change::Profile(id));
            Ok(())
        })
        .await;
        let path = somebody.path("");
        assert_eq!(app.get(&path).await.expect(200)["bookable"], true);

        let told = import(&app, "exclusions", "leie.csv", LEIE);
        assert!(told.contains("2 rejected"), "{told}");
        assert_ne!(until(&app, &path, |p| p["bookable"] != true).await["bookable"], true);
        let slots = format!(
            "/slots?service_id={}&from=2026-11-25T00:00:00Z&until=2026-12-05T00:00:00Z",
            somebody.service
        );
        assert_eq!(count(&app.get(&somebody.path(&slots)).await.body), 0, "and nothing is offered");
        let told = import(&app, "exclusions", "leie.csv", LEIE);
        assert!(told.contains(" 0 new, 0 changed"), "{told}");

        let header = LEIE.lines().next().expect("a header");
        let back = "\"SAMPLE\",\"ALEX\",\"\",\"\",\"CHIROPRACTOR\",\"\",\"\",\"1234567893\",\"19700101\",\"1 MAIN ST\",\
                    \"PORTLAND\",\"OR\",\"97201\",\"1128b4\",\"20170820\",\"20260101\",\"00000000\",\"\"";
        import(&app, "exclusions", "rein.csv", &format!("{header}\n{back}\n"));
        assert_eq!(until(&app, &path, |p| p["bookable"] == true).await["bookable"], true);
    }
}
