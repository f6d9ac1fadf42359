//! The server's side of a world: who is signed in, and under which identifier the server knows
//! what the world knows by its position.

use serde_json::{Value, json};

use super::{
    ask::Ask,
    choose::first_hours,
    world::{At, Checked, Licence, PATIENTS, PLACES, SERVICES, World},
};
use crate::common::{Backend, Bookable, Person, TestApp};

/// A call once made under a key of its own, to be made again.
#[derive(Debug, Clone)]
pub struct Call {
    pub ask: Ask,
    pub key: String,
    pub token: String,
    pub path: String,
    pub body: Value,
    pub at: At,
    pub status: u16,
    pub text: String,
}

/// Identifiers, each at the position its thing has in the world.
#[derive(Debug, Default)]
pub struct Ids {
    pub visits: Vec<String>,
    pub holds: Vec<String>,
    pub screenings: Vec<String>,
    pub series: Vec<String>,
    pub licences: Vec<String>,
    pub away: Vec<String>,
    pub patients: Vec<String>,
    /// By practice.
    pub services: Vec<Vec<String>>,
    pub places: Vec<Vec<String>>,
}

pub type Tally = std::collections::BTreeMap<String, usize>;

pub struct Town {
    pub app: TestApp,
    pub world: World,
    pub ids: Ids,
    pub calls: Vec<Call>,
    /// How many keys were used.
    pub keys: usize,
    /// How often each kind of call was answered in which way.
    pub tally: Tally,
    pub admin: Person,
    pub practices: Vec<Bookable>,
    pub accounts: Vec<Person>,
    /// What is asked and acknowledged; every new list says the same again.
    pub list: Value,
}

pub fn text_of(at: At) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

pub fn id_of(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

impl Town {
    /// A server of its own with everybody in it, at that instant.
    pub async fn build(backend: Backend, at: At) -> Self {
        let app = TestApp::start_still(backend, at).await;
        let (admin, mut practices, mut accounts) = (app.admin("Ada Admin").await, Vec::new(), Vec::new());
        for name in ["Dana Reyes", "Eli Okoro"] {
            practices.push(app.bookable(name).await);
        }
        for name in ["Ana", "Ben", "Cem"] {
            accounts.push(app.patient(name).await);
        }
        let list = app.get("/v1/contraindications").await.expect(200);
        let hours = [first_hours(), first_hours()];
        let world = World {
            now: at,
            version: list["version"].as_i64().expect("a version"),
            hours,
            licences: Vec::new(),
            away: Vec::new(),
            visits: Vec::new(),
            holds: Vec::new(),
            screenings: Vec::new(),
            series: Vec::new(),
        };
        let (ids, calls) = (Ids::default(), Vec::new());
        let mut town =
            Self { app, world, ids, calls, keys: 0, tally: Tally::new(), admin, practices, accounts, list };
        town.furnish().await;
        town
    }

    /// Services, places, hours, a dependant; the one licence ends within the case, the other does not.
    async fn furnish(&mut self) {
        for (practice, dana) in self.practices.clone().into_iter().enumerate() {
            let mut places = vec![dana.location.to_string()];
            for zone in &PLACES[1..] {
                let place = json!({
                    "name": "Hill Street", "address_line": "2 Hill Street", "city": "Ontario", "region": "OR",
                    "postal_code": "97914", "country": "US", "latitude": 44.03, "longitude": -116.96,
                    "time_zone": zone.name(),
                });
                places.push(id_of(&self.made(&dana, "/locations", &place).await));
            }
            let mut services = Vec::new();
            for service in &SERVICES {
                let body = json!({
                    "name": service.name, "duration_minutes": service.lasts,
                    "buffer_before_minutes": service.before, "buffer_after_minutes": service.after,
                    "minimum_notice_minutes": service.notice, "horizon_days": service.horizon_days,
                    "start_interval_minutes": service.step, "requires_confirmation": service.asks,
                });
                services.push(id_of(&self.made(&dana, "/services", &body).await));
            }
            self.ids.services.push(services);
            self.ids.places.push(places);
            self.ids.licences.push(dana.licence.to_string());
            let date = |text: &str| text.parse().expect("a date");
            self.world.licences.push(Licence {
                practice,
                elsewhere: false,
                first: date("2020-01-01"),
                last: Some(date("2027-10-31")),
                checked: Checked::Verified,
            });
            self.ask(&Ask::SetHours { practice, hours: first_hours() }).await.expect("hours");
        }
        self.ids.patients = self.accounts.iter().map(|person| person.id.to_string()).collect();
        let kim = json!({"name": "Kim", "birth_on": "2016-03-04", "relation": "child"});
        let kim = self.app.post_as(&self.accounts[2].token, "/v1/me/dependants", &kim).await.expect(201);
        self.ids.patients.push(id_of(&kim));
        for patient in 0..PATIENTS {
            self.ask(&Ask::Answer { patient, yes: false, outdated: false }).await.expect("answers");
        }
        for ask in [
            Ask::Renew { licence: 1, days: 25 },
            Ask::Decide { licence: 1, verdict: super::ask::Verdict::Verify },
        ] {
            // Two steps of the checking at one instant would have no order.
            self.tick().await;
            self.ask(&ask).await.expect("a licence of some weeks");
        }
        self.calls.clear();
        self.tally.clear();
    }

    async fn made(&self, dana: &Bookable, path: &str, body: &Value) -> Value {
        self.app.post_as(&dana.person.token, &dana.path(path), body).await.expect(201)
    }
}
