//! Who may call what: every route, as everybody, on their own things, on those
//! of others and on what does not exist.
//!
//! Each row of [`MATRIX`] is a route with an object of Ana's or Dana's and the
//! answer that each caller gets: a status that refuses, or `ok` for whoever is
//! let in, whatever else stands in the way then. A route without a row fails.
//!
//! | caller | who |
//! |---|---|
//! | nobody | signed out; the same with the session of a suspended account |
//! | ben | a patient, a stranger to the object |
//! | eve | a practitioner, a stranger to the object |
//! | ana | the patient, with a visit at Dana's |
//! | dana | the practitioner |
//! | ada | an admin |

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stillpoint::web::{api, page, route::Access};
use uuid::Uuid;

use crate::{
    common::{Answer, Backend, Bookable, Person, TestApp, each_backend},
    evidence::PDF,
};

/// A word in all that is nobody else's business.
const CANARY: &str = "zebrafinch";

const MATRIX: &str = r#"
    route                                              | object     | nobody ben eve ana dana ada | body

    GET    /healthz                                    |            | ok  ok  ok  ok  ok  ok  |
    GET    /readyz                                     |            | ok  ok  ok  ok  ok  ok  |
    GET    /metrics                                    |            | ok  ok  ok  ok  ok  ok  |
    GET    /openapi.json                               |            | ok  ok  ok  ok  ok  ok  |
    GET    /verify-email                               |            | ok  ok  ok  ok  ok  ok  |
    POST   /verify-email                               |            | ok  ok  ok  ok  ok  ok  |
    GET    /reset-password                             |            | ok  ok  ok  ok  ok  ok  |
    POST   /reset-password                             |            | ok  ok  ok  ok  ok  ok  |

    POST   /v1/accounts                                |            | ok  ok  ok  ok  ok  ok  | {"email": "new@example.org", "password": "mango-violin-harbour", "name": "New"}
    POST   /v1/email-verifications                     |            | ok  ok  ok  ok  ok  ok  | {"token": "unknown"}
    POST   /v1/sessions                                |            | 401 401 401 401 401 401 | {"email": "nobody@example.org", "password": "mango-violin-harbour"}
    GET    /v1/sessions                                |            | 401 ok  ok  ok  ok  ok  |
    DELETE /v1/sessions/current                        |            | 401 ok  ok  ok  ok  ok  |
    DELETE /v1/sessions/{id}                           | session    | 401 404 404 ok  404 404 |
    POST   /v1/password-resets                         |            | ok  ok  ok  ok  ok  ok  | {"email": "nobody@example.org"}
    PUT    /v1/password-resets/{token}                 |            | 404 404 404 404 404 404 | {"password": "mango-violin-harbour"}
    GET    /v1/me                                      |            | 401 ok  ok  ok  ok  ok  |
    PATCH  /v1/me                                      |            | 401 ok  ok  ok  ok  ok  | {"name": "Another"}
    DELETE /v1/me                                      |            | 401 ok  ok  ok  ok  ok  |
    PUT    /v1/me/password                             |            | 401 ok  ok  ok  ok  ok  | {"current": "not the password", "new": "short"}
    POST   /v1/me/totp                                 |            | 401 ok  ok  ok  ok  ok  |
    PUT    /v1/me/totp                                 |            | 401 ok  ok  ok  ok  ok  | {"code": "000000"}
    DELETE /v1/me/totp                                 |            | 401 404 404 404 404 403 |

    GET    /v1/me/dependants                           |            | 401 ok  ok  ok  ok  ok  |
    POST   /v1/me/dependants                           |            | 401 ok  ok  ok  ok  ok  | {"name": "Kit", "birth_on": "2020-01-01", "relation": "child"}
    GET    /v1/me/dependants/{id}                      | dependant  | 401 404 404 ok  404 404 |
    PATCH  /v1/me/dependants/{id}                      | dependant  | 401 404 404 ok  404 404 | {"name": "Kat"}
    DELETE /v1/me/dependants/{id}                      | dependant  | 401 404 404 ok  404 404 |

    GET    /v1/practitioners                           |            | ok  ok  ok  ok  ok  ok  |
    POST   /v1/practitioners                           |            | 401 ok  ok  ok  ok  ok  | {"provider_type": "osteopath", "given_name": "A", "family_name": "B", "time_zone": "Europe/Rome", "languages": ["it"], "concerns": []}
    GET    /v1/practitioners/{id}                      | profile    | ok  ok  ok  ok  ok  ok  |
    PATCH  /v1/practitioners/{id}                      | profile    | 401 403 404 403 ok  ok  | {"bio": "Another"}
    GET    /v1/practitioners/{id}/slots                | profile    | ok  ok  ok  ok  ok  ok  |
    GET    /v1/practitioners/{id}/slots/explain        | profile    | ok  ok  ok  ok  ok  ok  |
    POST   /v1/practitioners/{id}/locations            | profile    | 401 403 404 403 ok  ok  | {"name": "B", "address_line": "2 Main St", "city": "Portland", "region": "OR", "country": "US"}
    GET    /v1/practitioners/{id}/locations/{child}    | location   | ok  ok  ok  ok  ok  ok  |
    PATCH  /v1/practitioners/{id}/locations/{child}    | location   | 401 403 404 403 ok  ok  | {"name": "Another"}
    DELETE /v1/practitioners/{id}/locations/{child}    | location   | 401 403 404 403 ok  ok  |
    POST   /v1/practitioners/{id}/services             | profile    | 401 403 404 403 ok  ok  | {"name": "B", "duration_minutes": 30}
    GET    /v1/practitioners/{id}/services/{child}     | service    | ok  ok  ok  ok  ok  ok  |
    PATCH  /v1/practitioners/{id}/services/{child}     | service    | 401 403 404 403 ok  ok  | {"name": "Another"}
    DELETE /v1/practitioners/{id}/services/{child}     | service    | 401 403 404 403 ok  ok  |
    GET    /v1/practitioners/{id}/schedule             | profile    | 401 403 404 403 ok  ok  |
    PUT    /v1/practitioners/{id}/schedule             | profile    | 401 403 404 403 ok  ok  | {"time_zone": "America/Los_Angeles", "weekly": [], "exceptions": []}
    GET    /v1/practitioners/{id}/time-off             | profile    | 401 403 404 403 ok  ok  |
    POST   /v1/practitioners/{id}/time-off             | profile    | 401 403 404 403 ok  ok  | {"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2027-01-02T00:00:00Z"}
    GET    /v1/practitioners/{id}/time-off/{child}     | time off   | 401 403 404 403 ok  ok  |
    DELETE /v1/practitioners/{id}/time-off/{child}     | time off   | 401 403 404 403 ok  ok  |
    GET    /v1/practitioners/{id}/appointments         | profile    | 401 403 404 403 ok  ok  |
    GET    /v1/practitioners/{id}/credentials          | profile    | 401 403 404 403 ok  ok  |
    POST   /v1/practitioners/{id}/credentials          | profile    | 401 403 404 403 ok  ok  | {"kind": "licence", "issuer": "B", "jurisdiction": "US-WA", "number": "2", "issued_on": "2020-01-01"}
    GET    /v1/practitioners/{id}/credentials/{child}  | credential | 401 403 404 403 ok  ok  |
    PATCH  /v1/practitioners/{id}/credentials/{child}  | submission | 401 403 404 403 ok  ok  | {"number": "3"}
    POST   /v1/practitioners/{id}/credentials/{child}/documents | credential | 401 403 404 403 ok ok | PDF
    GET    /v1/practitioners/{id}/documents/{child}    | document   | 401 403 404 403 ok  ok  |

    GET    /v1/places                                  |            | ok  ok  ok  ok  ok  ok  |
    GET    /v1/provider-types                          |            | ok  ok  ok  ok  ok  ok  |
    GET    /v1/concerns                                |            | ok  ok  ok  ok  ok  ok  |
    GET    /v1/therapy                                 |            | ok  ok  ok  ok  ok  ok  |
    GET    /v1/contraindications                       |            | ok  ok  ok  ok  ok  ok  |

    GET    /v1/screenings                              |            | 401 ok  ok  ok  ok  ok  |
    POST   /v1/screenings                              |            | 401 ok  ok  ok  ok  ok  | {"version": 1, "answers": {}, "acknowledged": [], "signed_name": "X"}
    GET    /v1/screenings/{id}                         | screening  | 401 404 404 ok  ok  404 |
    POST   /v1/screenings/{id}/clearance               | screening  | 401 404 404 ok  404 404 | {"clinician_name": "C", "clinician_profession": "MD", "cleared_on": "2026-11-20", "statement": "Fine."}

    POST   /v1/holds                                   |            | 401 ok  ok  ok  ok  ok  | {"practitioner_id": "$practitioner", "service_id": "$service", "location_id": "$location", "starts_at": "2026-12-03T20:00:00Z"}
    DELETE /v1/holds/{id}                              | hold       | 401 404 404 ok  404 404 |
    GET    /v1/appointments                            |            | 401 ok  ok  ok  ok  ok  |
    POST   /v1/appointments                            |            | 401 ok  ok  ok  ok  ok  | {"practitioner_id": "$practitioner", "service_id": "$service", "location_id": "$location", "starts_at": "2026-12-04T17:00:00Z", "screening_id": "$screening"}
    GET    /v1/appointments/{id}                       | visit      | 401 404 404 ok  ok  ok  |
    POST   /v1/appointments/{id}/cancel                | visit      | 401 404 404 ok  ok  ok  | {"reason": "a cold"}
    POST   /v1/appointments/{id}/reschedule            | visit      | 401 404 404 ok  ok  ok  | {"starts_at": "2026-12-04T20:00:00Z"}
    POST   /v1/appointments/{id}/confirm               | visit      | 401 404 404 403 ok  ok  | {}
    POST   /v1/appointments/{id}/decline               | visit      | 401 404 404 403 ok  ok  | {}
    POST   /v1/appointments/{id}/arrive                | visit      | 401 404 404 403 ok  ok  | {}
    POST   /v1/appointments/{id}/fulfil                | visit      | 401 404 404 403 ok  ok  | {}
    POST   /v1/appointments/{id}/no-show               | visit      | 401 404 404 403 ok  ok  | {}

    GET    /v1/appointments/{id}.ics                   | visit      | 401 404 404 ok  ok  ok  |
    GET    /v1/appointments/{id}/estimate              | visit      | 401 404 404 ok  ok  ok  |
    POST   /v1/appointments/{id}/screening             | visit      | 401 404 404 ok  404 404 | {"screening_id": "$screening"}
    POST   /v1/appointment-series                      |            | 401 ok  ok  ok  ok  ok  | {"practitioner_id": "$practitioner", "service_id": "$service", "location_id": "$location", "starts_at": "2026-12-08T17:00:00Z", "count": 2, "screening_id": "$screening"}
    GET    /v1/appointment-series/{id}                 | series     | 401 404 404 ok  ok  ok  |
    POST   /v1/appointment-series/{id}/cancel          | series     | 401 404 404 ok  ok  ok  | {"reason": "a cold"}
    POST   /v1/appointment-series/{id}/confirm         | series     | 401 404 404 ok  ok  ok  | {}
    POST   /v1/appointment-series/{id}/decline         | series     | 401 404 404 ok  ok  ok  | {}

    GET    /v1/waitlist                                |            | 401 ok  ok  ok  ok  ok  |
    POST   /v1/waitlist                                |            | 401 ok  ok  ok  ok  ok  | {"practitioner_id": "$practitioner", "service_id": "$service", "from": "2026-12-09T00:00:00Z", "until": "2026-12-10T00:00:00Z", "screening_id": "$screening"}
    GET    /v1/waitlist/{id}                           | waiting    | 401 404 404 ok  404 404 |
    DELETE /v1/waitlist/{id}                           | waiting    | 401 404 404 ok  404 404 |
    GET    /v1/waitlist/offers                         |            | 401 ok  ok  ok  ok  ok  |
    POST   /v1/waitlist/offers/{id}/accept             |            | 401 404 404 404 404 404 |
    POST   /v1/waitlist/offers/{id}/decline            |            | 401 404 404 404 404 404 |
    GET    /v1/practitioners/{id}/waitlist             | profile    | 401 403 404 403 ok  ok  |

    GET    /v1/me/calendar-feeds                       |            | 401 ok  ok  ok  ok  ok  |
    POST   /v1/me/calendar-feeds                       |            | 401 ok  ok  ok  ok  ok  | {"kind": "patient"}
    DELETE /v1/me/calendar-feeds/{id}                  | feed       | 401 404 404 ok  404 404 |
    GET    /calendars/{token}.ics                      |            | 404 404 404 404 404 404 |

    GET    /v1/admin/recalls                           |            | 401 403 403 403 403 ok  |
    POST   /v1/admin/recalls/{id}/resolutions          | visit      | 401 403 403 403 403 ok  | {"reason": "licence", "note": "known"}
    GET    /v1/admin/overview                          |            | 401 403 403 403 403 ok  |
    GET    /v1/admin/audit                             |            | 401 403 403 403 403 ok  |
    GET    /v1/admin/credentials                       |            | 401 403 403 403 403 ok  |
    GET    /v1/admin/credentials/{id}                  | claim      | 401 403 403 403 403 ok  |
    POST   /v1/admin/credentials/{id}/decisions        | claim      | 401 403 403 403 403 ok  | {"decision": "reject", "method": "document", "checked_on": "2026-11-20", "note": "no"}
    GET    /v1/admin/documents/{id}                    | evidence   | 401 403 403 403 403 ok  |
    POST   /v1/admin/accounts/{id}/suspend             | account    | 401 403 403 403 403 ok  | {"reason": "asked for"}
    POST   /v1/admin/accounts/{id}/reinstate           | account    | 401 403 403 403 403 ok  | {"reason": "asked for"}
    POST   /v1/admin/contraindications                 |            | 401 403 403 403 403 ok  | {"items": [], "statements": []}
"#;

/// What every list of routes calls the last segments.
const QUERIES: &[(&str, &str)] = &[
    ("/slots", "service_id=$service&from=2026-12-01T00:00:00Z&until=2026-12-08T00:00:00Z"),
    ("/slots/explain", "service_id=$service&at=2026-12-03T17:00:00Z"),
    ("/v1/places", "q=port"),
];

/// One row: who gets which answer.
struct Row<'t> {
    method: &'t str,
    path: &'t str,
    object: &'t str,
    answers: Vec<&'t str>,
    body: &'t str,
}

fn rows() -> Vec<Row<'static>> {
    let cells = |line: &'static str| {
        let mut cells = line.splitn(4, '|').map(str::trim);
        let mut next = || cells.next().expect("four cells");
        let (route, object, answers, body) = (next(), next(), next(), next());
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let answers: Vec<&str> = answers.split_whitespace().collect();
        assert_eq!(answers.len(), 6, "{line}");
        Row { method, path: path.trim(), object, answers, body }
    };
    MATRIX.trim().lines().skip(1).filter(|line| !line.trim().is_empty()).map(cells).collect()
}

/// Everybody, and something of each kind.
struct World {
    ben: Person,
    eve: Bookable,
    ana: Person,
    dana: Bookable,
    ada: Person,
    visit: String,
    screening: String,
    hold: String,
    session: String,
    dependant: String,
    time_off: String,
    claim: String,
    document: String,
    series: String,
    waiting: String,
    feed: String,
}

fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

impl World {
    async fn new(app: &TestApp) -> Self {
        let (dana, eve) = (app.bookable("Dana Reyes").await, app.bookable("Eve Other").await);
        let (ana, ben) = (app.patient("Ana").await, app.patient("Ben").await);
        let ada = app.admin("Ada Admin").await;
        let screening = id(&screened(app, &ana).await);
        let mut wish = dana.wish("2026-12-02T17:00:00Z", &screening);
        wish["note"] = json!(CANARY);
        let visit = id(&app.post_as(&ana.token, "/v1/appointments", &wish).await.expect(201));
        let mut held = dana.wish("2026-12-02T20:00:00Z", &screening);
        held.as_object_mut().expect("an object").remove("screening_id");
        let hold = id(&app.post_as(&ana.token, "/v1/holds", &held).await.expect(201));
        let sessions = app.get_as(&ana.token, "/v1/sessions").await.expect(200);
        let kin = json!({"name": CANARY, "birth_on": "2020-01-01", "relation": "child"});
        let dependant = id(&app.post_as(&ana.token, "/v1/me/dependants", &kin).await.expect(201));
        let keeper = &dana.person.token;
        let away =
            json!({"starts_at": "2026-12-24T00:00:00Z", "ends_at": "2026-12-25T00:00:00Z", "reason": CANARY});
        let time_off = id(&app.post_as(keeper, &dana.path("/time-off"), &away).await.expect(201));
        let claim = json!({"kind": "licence", "issuer": CANARY, "jurisdiction": "US-CA", "number": "9", "issued_on": "2020-01-01"});
        let claim = id(&app.post_as(keeper, &dana.path("/credentials"), &claim).await.expect(201));
        let path = dana.path(&format!("/credentials/{claim}/documents"));
        let document = id(&app.upload(keeper, &path, None, PDF).await.expect(201));
        let mut often = dana.wish("2026-12-07T17:00:00Z", &screening);
        (often["count"], often["note"]) = (json!(2), json!(CANARY));
        let series = id(&app.post_as(&ana.token, "/v1/appointment-series", &often).await.expect(201));
        let wait = json!({
            "practitioner_id": dana.id, "service_id": dana.service, "screening_id": screening,
            "from": "2026-12-02T17:00:00Z", "until": "2026-12-02T18:00:00Z",
        });
        let waiting = id(&app.post_as(&ana.token, "/v1/waitlist", &wait).await.expect(201));
        let feed = id(&app
            .post_as(&ana.token, "/v1/me/calendar-feeds", &json!({"kind": "patient"}))
            .await
            .expect(201));
        Self {
            series,
            waiting,
            feed,
            session: id(&sessions["items"][0]),
            dependant,
            ben,
            eve,
            ana,
            dana,
            ada,
            visit,
            screening,
            hold,
            time_off,
            claim,
            document,
        }
    }

    /// The `{id}` and the `{child}` of that kind.
    fn object(&self, kind: &str) -> (String, String) {
        let practitioner = self.dana.id.to_string();
        let child = |child: &dyn ToString| (practitioner.clone(), child.to_string());
        let alone = |id: &str| (id.to_owned(), String::new());
        match kind {
            "" => alone("unused"),
            "profile" => alone(&practitioner),
            "location" => child(&self.dana.location),
            "service" => child(&self.dana.service),
            "time off" => child(&self.time_off),
            "credential" => child(&self.dana.licence),
            "submission" => child(&self.claim),
            "dependant" => alone(&self.dependant),
            "document" => child(&self.document),
            "session" => alone(&self.session),
            "screening" => alone(&self.screening),
            "hold" => alone(&self.hold),
            "visit" => alone(&self.visit),
            "series" => alone(&self.series),
            "waiting" => alone(&self.waiting),
            "feed" => alone(&self.feed),
            "claim" => alone(&self.claim),
            "evidence" => alone(&self.document),
            "account" => alone(&self.ben.id.to_string()),
            other => panic!("no such object: {other}"),
        }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("$practitioner", &self.dana.id.to_string())
            .replace("$service", &self.dana.service.to_string())
            .replace("$location", &self.dana.location.to_string())
            .replace("$screening", &self.screening)
    }

    /// In the order of the columns.
    fn callers(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("nobody", None),
            ("ben", Some(&self.ben.token)),
            ("eve", Some(&self.eve.person.token)),
            ("ana", Some(&self.ana.token)),
            ("dana", Some(&self.dana.person.token)),
            ("ada", Some(&self.ada.token)),
        ]
    }

    /// All that Ana and Dana have, as they see it.
    async fn belongings(&self, app: &TestApp) -> Vec<String> {
        let mut seen = Vec::new();
        for path in ["/v1/me", "/v1/me/dependants", "/v1/sessions", "/v1/screenings", "/v1/appointments"] {
            seen.push(app.get_as(&self.ana.token, path).await.text);
        }
        for rest in ["", "/schedule", "/time-off", "/credentials", "/appointments"] {
            seen.push(app.get_as(&self.dana.person.token, &self.dana.path(rest)).await.text);
        }
        seen
    }
}

async fn screened(app: &TestApp, person: &Person) -> Value {
    let list = app.get("/v1/contraindications").await.expect(200);
    let codes = |name: &str| {
        let all = list[name].as_array().cloned().expect("a list");
        all.into_iter().map(|item| item["code"].as_str().expect("a code").to_owned())
    };
    let answers: serde_json::Map<String, Value> = codes("items").map(|code| (code, json!(false))).collect();
    let body = json!({
        "version": list["version"], "answers": answers,
        "acknowledged": codes("statements").collect::<Vec<_>>(), "signed_name": CANARY,
    });
    app.post_as(&person.token, "/v1/screenings", &body).await.expect(201)
}

impl std::fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Row<'_> {
    async fn call(
        &self,
        app: &TestApp,
        world: &World,
        token: Option<&str>,
        object: &(String, String),
    ) -> Answer {
        let mut path =
            self.path.replace("{id}", &object.0).replace("{child}", &object.1).replace("{token}", "unknown");
        if let Some((_, query)) = QUERIES.iter().find(|(end, _)| self.path.ends_with(end)) {
            path = format!("{path}?{}", world.fill(query));
        }
        let mut request = app.request(self.method, &path);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request = match self.body {
            "" => request,
            "PDF" => request.body(PDF.to_vec()),
            body => request.header("content-type", "application/json").body(world.fill(body)),
        };
        TestApp::send(request).await
    }

    /// The answer without what differs from request to request.
    fn plain(answer: &Answer) -> (u16, Value) {
        let mut body = answer.body.clone();
        if let Some(members) = body.as_object_mut() {
            members.remove("request_id");
        }
        (answer.status, body)
    }

    fn check(&self, who: &str, want: &str, answer: &Answer, faults: &mut Vec<String>) {
        let fits = match want {
            "ok" => ![401, 403, 404, 405].contains(&answer.status) && answer.status < 500,
            want => answer.status.to_string() == want,
        };
        let stranger = ["nobody", "ben", "eve", "somebody suspended"].contains(&who);
        if stranger && [CANARY, "dana.reyes"].iter().any(|secret| answer.text.contains(secret)) {
            faults.push(format!("{self} tells {who} too much: {}", answer.text));
        }
        if !fits {
            faults.push(format!("{self} as {who}, not {want}: {} {}", answer.status, answer.text));
        }
    }

    /// Calls it as those who are refused; the world stays as it was.
    async fn refuse(&self, app: &TestApp, world: &World, barred: &Person, faults: &mut Vec<String>) {
        let object = world.object(self.object);
        for ((who, token), want) in world.callers().into_iter().zip(&self.answers) {
            if *want == "ok" {
                continue;
            }
            let answer = self.call(app, world, token, &object).await;
            self.check(who, want, &answer, faults);
            if *want == "404" && !self.object.is_empty() {
                self.is_as_if_it_did_not_exist(app, world, (who, token), &answer).await;
            }
        }
        let answer = self.call(app, world, Some(&barred.token), &object).await;
        let want = if self.needs_a_session() { "401" } else { self.answers[0] };
        self.check("somebody suspended", want, &answer, faults);
    }

    /// Calls it as those who are let in, in a world that they may change.
    async fn let_in(&self, app: &TestApp, shared: &World, faults: &mut Vec<String>) {
        let changes = self.method != "GET" && self.needs_a_session();
        let mut own = None;
        for (nth, _) in self.answers.iter().enumerate().filter(|(_, want)| **want == "ok") {
            // What a first caller takes away is not there for the next.
            if changes && (own.is_none() || self.method == "DELETE") {
                own = Some(Box::pin(World::new(app)).await);
            }
            let world = own.as_ref().unwrap_or(shared);
            let (who, token) = world.callers()[nth];
            let answer = self.call(app, world, token, &world.object(self.object)).await;
            self.check(who, "ok", &answer, faults);
        }
    }

    /// The routes for which the guard looks somebody up and insists.
    fn needs_a_session(&self) -> bool {
        let routes = api::routes();
        let route = routes.iter().find(|r| r.method.as_str() == self.method && r.path == self.path);
        // A session that has ended is wrong even where none is needed.
        route.is_some_and(|route| route.access != Access::Public)
    }

    /// What the caller may not see answers as what nobody has, and as what is no id at all.
    async fn is_as_if_it_did_not_exist(
        &self,
        app: &TestApp,
        world: &World,
        (who, token): (&str, Option<&str>),
        hidden: &Answer,
    ) {
        let object = world.object(self.object);
        let unknown = Uuid::new_v4().to_string();
        let mut others = vec![(unknown.clone(), object.1.clone()), ("no-id".to_owned(), object.1.clone())];
        if !object.1.is_empty() {
            others.push((object.0.clone(), unknown));
            others.push((object.0.clone(), "no-id".to_owned()));
        }
        for other in others {
            let answer = self.call(app, world, token, &other).await;
            assert_eq!(Self::plain(&answer), Self::plain(hidden), "{self} as {who}");
        }
    }
}

async fn hold_the_matrix(backend: Backend) {
    let app = TestApp::start(backend).await;
    let (barred, ada) = (app.patient("Sue").await, app.admin("Ada").await);
    let path = format!("/v1/admin/accounts/{}/suspend", barred.id);
    app.post_as(&ada.token, &path, &json!({"reason": "asked for"})).await.expect(200);
    let (world, mut faults) = (Box::pin(World::new(&app)).await, Vec::new());
    let before = world.belongings(&app).await;
    for row in rows() {
        Box::pin(row.refuse(&app, &world, &barred, &mut faults)).await;
        if row.method != "GET" {
            assert_eq!(world.belongings(&app).await, before, "{row} was refused and changed something");
        }
        Box::pin(row.let_in(&app, &world, &mut faults)).await;
    }
    assert!(faults.is_empty(), "{backend:?}: {faults:#?}");
}

#[actix_web::test]
async fn everybody_may_do_what_the_matrix_says_and_nothing_else() {
    for backend in each_backend() {
        hold_the_matrix(backend).await;
    }
}

#[test]
fn every_route_has_a_row() {
    let known: BTreeSet<String> = rows().iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    let mounted: BTreeSet<String> = api::routes()
        .iter()
        .chain(&page::routes())
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let without: Vec<_> = mounted.difference(&known).collect();
    assert!(without.is_empty(), "say in tests/it/access.rs who may call {without:#?}");
    let gone: Vec<_> = known.difference(&mounted).collect();
    assert!(gone.is_empty(), "tests/it/access.rs speaks of routes that are gone: {gone:#?}");
}

#[actix_web::test]
async fn what_nobody_has_is_not_found_by_anybody() {
    for backend in each_backend() {
        let app = TestApp::start(backend).await;
        let (world, mut faults) = (Box::pin(World::new(&app)).await, Vec::new());
        for row in rows().iter().filter(|row| row.path.contains("{id}")) {
            let callers = world.callers();
            for ((who, token), _) in callers.iter().zip(&row.answers).filter(|(_, want)| **want == "ok") {
                let unknown = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
                let answer = Box::pin(row.call(&app, &world, *token, &unknown)).await;
                row.check(who, "404", &answer, &mut faults);
            }
        }
        assert!(faults.is_empty(), "{backend:?}: {faults:#?}");
    }
}
