//! Search: near, filtered, counted, in pages, and in step with what changes.

use chrono::Duration;
use serde_json::{Value, json};

use crate::common::{TestApp, each_backend};

fn names(found: &Value) -> Vec<String> {
    let items = found["items"].as_array().expect("items");
    items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

#[actix_web::test]
async fn somebody_bookable_is_found_nearby_with_everything_told() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let found = app.get("/v1/practitioners?near=45.5,-122.6&facets=true").await.expect(200);
        assert_eq!((&found["total"], &found["next_cursor"]), (&json!(1), &Value::Null));
        assert_eq!(found["facets"]["provider_type"], json!({"chiropractor": 1}));
        let item = &found["items"][0];
        assert_eq!(item["id"], json!(dana.id));
        assert_eq!((&item["verified"], &item["bookable"]), (&json!(true), &json!(true)));
        let km = item["distance_km"].as_f64().expect("a distance");
        assert!((6.0..7.0).contains(&km), "{km}");
        assert_eq!(item["credentials"][0]["jurisdiction"], "US-OR");
        assert_eq!(item["location"]["time_zone"], "America/Los_Angeles");
        assert_eq!(item["services"][0]["price_minor"], 11_000);
        assert_eq!(item["next_available_at"], "2026-11-24T17:00:00Z");
        let plain = app.get("/v1/practitioners?near=45.5,-122.6").await.expect(200);
        assert_eq!((&plain["total"], &plain["facets"]), (&Value::Null, &Value::Null));
        let keys: Vec<&String> = item.as_object().expect("an object").keys().collect();
        assert!(!keys.iter().any(|key| key.contains("email") || key.contains("account")), "{keys:?}");
    }
}

#[actix_web::test]
async fn what_search_says_is_free_next_is_the_first_slot() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        for _ in 0..3 {
            let found = app.get("/v1/practitioners?near=45.5,-122.6&sort=soonest").await.expect(200);
            let next = found["items"][0]["next_available_at"].as_str().expect("a time").to_owned();
            let path = dana.path(&format!(
                "/slots?service_id={}&from=2026-11-24T00:00:00Z&until=2026-12-20T00:00:00Z",
                dana.service
            ));
            let slots = app.get(&path).await.expect(200);
            assert_eq!(slots["items"][0]["starts_at"], next.as_str());
            let (person, wish) = app.ready("Ana", &dana, &next).await;
            app.post_as(&person.token, "/v1/appointments", &wish).await.expect(201);
        }
    }
}

#[actix_web::test]
async fn bad_parameters_are_refused_by_name() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let table = "
            near=91,0                                    | near
            near=0,180.1                                 | near
            near=abc                                     | near
            near=0,0&radius_km=501                       | radius_km
            near=0,0&radius_km=-1                        | radius_km
            near=0,0&radius_km=NaN                       | radius_km
            near=0,0&radius_mi=400                       | radius_mi
            radius_km=5                                  | radius_km
            near=0,0&place=Portland                      | place
            provider_type=surgeon                        | provider_type
            concern=everything                           | concern
            language=english                             | language
            sort=best                                    | sort
            sort=distance                                | sort
            facets=yes                                   | facets
            limit=101                                    | limit
            limit=0                                      | limit
            cursor=abc                                   | cursor
            available_from=tomorrow                      | available_from
            available_from=2026-12-01T00:00:00Z&available_until=2027-02-01T00:00:00Z | available_until
            max_price_minor=100                          | currency
            max_price_minor=-1&currency=USD              | max_price_minor
            unknown=1                                    | unknown
            q=a&q=b                                      | q";
        for row in table.trim().lines() {
            let (query, parameter) = row.split_once('|').expect("two cells");
            let problem = app.get(&format!("/v1/practitioners?{}", query.trim())).await;
            let problem = problem.expect_problem(400, "invalid-query");
            assert_eq!(problem["parameter"], parameter.trim(), "{row}: {problem}");
        }
        app.get("/v1/practitioners?place=Nowhereville,%20ZZ").await.expect_problem(422, "place-not-found");
        app.get("/v1/practitioners?near=90,180").await.expect(200);
    }
}

#[actix_web::test]
async fn what_is_known_is_not_sent_again_until_it_changes() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let path = "/v1/practitioners?near=45.5,-122.6";
        let known = app.get(path).await;
        let again = || app.request("GET", path).header("if-none-match", known.header("etag"));
        let answer = TestApp::send(again()).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""));
        let elsewhere = app.request("GET", "/v1/practitioners?near=45.6,-122.6");
        let elsewhere = TestApp::send(elsewhere.header("if-none-match", known.header("etag"))).await;
        assert_eq!(elsewhere.status, 200);
        // A time that is taken, and a name that changes: each is another answer.
        let (ana, wish) = app.ready("Ana", &dana, "2026-11-24T17:00:00Z").await;
        app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201);
        let booked = TestApp::send(again()).await;
        assert_eq!(booked.status, 200);
        assert_ne!(booked.body["items"][0]["next_available_at"], known.body["items"][0]["next_available_at"]);
        let change = json!({"given_name": "Dana Maria"});
        let token = &dana.person.token;
        app.patch_as(token, &dana.path(""), &change).await.expect(200);
        let renamed = app.get(path).await;
        assert_ne!(renamed.header("etag"), booked.header("etag"));
        assert_eq!(names(&renamed.body), ["Dana Maria Reyes"]);
    }
}

#[actix_web::test]
async fn answers_to_everybody_are_compressed_on_request() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let dana = app.bookable("Dana Reyes").await;
        let path = "/v1/practitioners?near=45.5,-122.6&facets=true";
        let plain = app.get(path).await;
        assert_eq!(plain.header("content-encoding"), "");
        let asked = app.request("GET", path).header("accept-encoding", "gzip, br;q=0");
        let squeezed = asked.send().await.expect("an answer");
        assert_eq!(squeezed.headers()["content-encoding"], "gzip");
        assert!(squeezed.headers()["vary"].to_str().expect("text").contains("accept-encoding"));
        let bytes = squeezed.bytes().await.expect("a body");
        assert!(bytes.starts_with(&[0x1f, 0x8b]) && bytes.len() < plain.text.len(), "{}", bytes.len());
        // What is for one person's eyes is not: its length would tell of what it holds.
        let own = app.request("GET", "/v1/me").bearer_auth(&dana.person.token);
        let own = own.header("accept-encoding", "gzip").send().await.expect("an answer");
        assert!(own.status().is_success() && !own.headers().contains_key("content-encoding"));
    }
}

#[actix_web::test]
async fn pages_neither_skip_nor_repeat() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        for n in 0..7 {
            app.bookable(&format!("P{n} Family")).await;
        }
        let mut seen = Vec::new();
        let mut path = "/v1/practitioners?near=45.51,-122.68&limit=3".to_owned();
        loop {
            let page = app.get(&path).await.expect(200);
            seen.extend(names(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/practitioners?near=45.51,-122.68&limit=3&cursor={cursor}");
        }
        seen.sort();
        assert_eq!(seen, (0..7).map(|n| format!("P{n} Family")).collect::<Vec<_>>());
        let page = app.get("/v1/practitioners?near=45.51,-122.68&limit=3").await.expect(200);
        let cursor = page["next_cursor"].as_str().expect("another page");
        let other = app.get(&format!("/v1/practitioners?near=45.5,-122.6&limit=3&cursor={cursor}")).await;
        other.expect_problem(400, "invalid-query");
    }
}

#[actix_web::test]
async fn a_licence_that_ends_takes_its_holder_off_the_list() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        app.bookable("Dana Reyes").await;
        app.set_now("2027-10-31T12:00:00Z");
        assert_eq!(names(&app.get("/v1/practitioners?near=45.5,-122.6").await.expect(200)), ["Dana Reyes"]);
        app.advance(Duration::days(1));
        assert!(names(&app.get("/v1/practitioners?near=45.5,-122.6").await.expect(200)).is_empty());
        let all = app.get("/v1/practitioners?near=45.5,-122.6&include_unverified=true").await.expect(200);
        assert_eq!(
            (&all["items"][0]["verified"], &all["items"][0]["bookable"]),
            (&json!(false), &json!(false))
        );
    }
}

#[actix_web::test]
async fn another_server_on_the_same_database_hears_of_changes() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let second = app.second().await;
        app.bookable("Dana Reyes").await;
        for _ in 0..100 {
            if !names(&second.get("/v1/practitioners?q=dana").await.expect(200)).is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(names(&second.get("/v1/practitioners?q=dana").await.expect(200)), ["Dana Reyes"]);
    }
}
