//! Calls as HTTP has them.

use serde_json::{Value, json};

use super::{
    ask::{Actor, Ask, Wanted},
    town::{Town, text_of},
    world::{Hours, Spot, account_of},
};

/// A request: method, path, the caller's token, the body.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub token: String,
    pub body: Value,
}

impl Town {
    pub fn request(&self, ask: &Ask) -> Request {
        let post = |path: String, token: String, body: Value| Request { method: "POST", path, token, body };
        match ask {
            Ask::Book(wanted) => {
                let token = self.patient_token(wanted.spot.patient);
                post("/v1/appointments".to_owned(), token, self.booking(wanted))
            }
            Ask::Series { first, every_weeks, count, skip } => {
                let mut body = self.booking(first);
                body["every_weeks"] = json!(every_weeks);
                body["count"] = json!(count);
                body["skip_conflicts"] = json!(skip);
                post("/v1/appointment-series".to_owned(), self.patient_token(first.spot.patient), body)
            }
            Ask::Hold(spot) => {
                post("/v1/holds".to_owned(), self.patient_token(spot.patient), self.spot_json(spot))
            }
            Ask::Release { hold, by_stranger } => {
                let whose = account_of(self.world.holds[*hold].spot.patient);
                let whose = if *by_stranger { (whose + 1) % 3 } else { whose };
                let (path, token) =
                    (format!("/v1/holds/{}", self.ids.holds[*hold]), self.accounts[whose].token.clone());
                Request { method: "DELETE", path, token, body: Value::Null }
            }
            Ask::Attend { actor, visit, act } => {
                let path = format!("{}/{}", self.visit_path(*visit), act.path());
                post(path, self.token(*actor, *visit), json!({"reason": "so it is"}))
            }
            Ask::AttendSeries { actor, series, act, from } => {
                let path = format!("/v1/appointment-series/{}/{}", self.ids.series[*series], act.path());
                let mut body = json!({"reason": "so it is"});
                if let Some(from) = from {
                    body["from"] = json!(text_of(*from));
                }
                post(path, self.token(*actor, self.world.series[*series][0]), body)
            }
            Ask::Move { actor, visit, to, place } => {
                let mut body = json!({"starts_at": text_of(*to)});
                if let Some(place) = place {
                    let practice = self.world.visits[*visit].spot.practice;
                    body["location_id"] = json!(self.ids.places[practice][*place]);
                }
                post(format!("{}/reschedule", self.visit_path(*visit)), self.token(*actor, *visit), body)
            }
            Ask::SetHours { practice, hours } => Request {
                method: "PUT",
                path: self.practices[*practice].path("/schedule"),
                token: self.practices[*practice].person.token.clone(),
                body: self.hours_json(*practice, hours),
            },
            Ask::TakeOff { practice, from, until } => post(
                self.practices[*practice].path("/time-off"),
                self.practices[*practice].person.token.clone(),
                json!({"starts_at": text_of(*from), "ends_at": text_of(*until)}),
            ),
            Ask::GiveBack { away } => {
                let practice = &self.practices[self.world.away[*away].practice];
                let path = practice.path(&format!("/time-off/{}", self.ids.away[*away]));
                Request { method: "DELETE", path, token: practice.person.token.clone(), body: Value::Null }
            }
            Ask::ReadAnswers { visit } => {
                let visit = &self.world.visits[*visit];
                let path = format!("/v1/screenings/{}", self.ids.screenings[visit.screening]);
                let token = self.practices[visit.spot.practice].person.token.clone();
                Request { method: "GET", path, token, body: Value::Null }
            }
            _ => self.paper(ask),
        }
    }

    /// Calls about licences and answers.
    fn paper(&self, ask: &Ask) -> Request {
        let today = self.world.now.date_naive();
        let day = |ahead: i64| (today + super::world::days(ahead)).to_string();
        let post = |path: String, token: String, body: Value| Request { method: "POST", path, token, body };
        match ask {
            Ask::Submit { practice, elsewhere, days } => {
                let mut body = json!({
                    "kind": "licence", "issuer": "The board", "number": "77", "issued_on": day(-400),
                    "jurisdiction": if *elsewhere { "US-WA" } else { "US-OR" },
                });
                if let Some(days) = days {
                    body["expires_on"] = json!(day(*days));
                }
                let dana = &self.practices[*practice];
                post(dana.path("/credentials"), dana.person.token.clone(), body)
            }
            Ask::Renew { licence, days } => {
                let dana = &self.practices[self.world.licences[*licence].practice];
                let path = dana.path(&format!("/credentials/{}", self.ids.licences[*licence]));
                let body = json!({"expires_on": day(*days)});
                Request { method: "PATCH", path, token: dana.person.token.clone(), body }
            }
            Ask::Decide { licence, verdict } => post(
                format!("/v1/admin/credentials/{}/decisions", self.ids.licences[*licence]),
                self.admin.token.clone(),
                json!({
                    "decision": verdict.code(), "method": "primary_source", "checked_on": day(0),
                    "source_url": "https://example.org/board", "note": "seen",
                }),
            ),
            Ask::Publish => post(
                "/v1/admin/contraindications".to_owned(),
                self.admin.token.clone(),
                json!({"items": self.list["items"], "statements": self.list["statements"]}),
            ),
            Ask::Answer { patient, yes, outdated } => {
                let codes = |of: &str| {
                    let all = self.list[of].as_array().cloned().unwrap_or_default();
                    all.into_iter()
                        .map(|one| one["code"].as_str().expect("a code").to_owned())
                        .collect::<Vec<_>>()
                };
                let mut answers: Value = codes("items")
                    .into_iter()
                    .map(|code| (code, json!(false)))
                    .collect::<serde_json::Map<_, _>>()
                    .into();
                answers["blood_clots"] = json!(yes);
                let version = self.world.version - i64::from(*outdated);
                let body = json!({
                    "patient_id": self.ids.patients[*patient], "version": version, "answers": answers,
                    "acknowledged": codes("statements"), "signed_name": "Who Answers",
                });
                post("/v1/screenings".to_owned(), self.patient_token(*patient), body)
            }
            Ask::Clear { screening } => {
                let whose = self.world.screenings[*screening].patient;
                let body = json!({
                    "clinician_name": "Dr Dee", "clinician_profession": "physician", "cleared_on": day(0),
                    "statement": "No objection.",
                });
                let path = format!("/v1/screenings/{}/clearance", self.ids.screenings[*screening]);
                post(path, self.patient_token(whose), body)
            }
            Ask::AnswerAgain { actor, visit, screening } => post(
                format!("{}/screening", self.visit_path(*visit)),
                self.token(*actor, *visit),
                json!({"screening_id": self.ids.screenings[*screening]}),
            ),
            other => unreachable!("{other:?} is about time"),
        }
    }

    fn visit_path(&self, visit: usize) -> String {
        format!("/v1/appointments/{}", self.ids.visits[visit])
    }

    fn patient_token(&self, patient: usize) -> String {
        self.accounts[account_of(patient)].token.clone()
    }

    fn token(&self, actor: Actor, visit: usize) -> String {
        let spot = self.world.visits[visit].spot;
        match actor {
            Actor::Patient => self.patient_token(spot.patient),
            Actor::Practitioner => self.practices[spot.practice].person.token.clone(),
            Actor::Stranger => self.accounts[(account_of(spot.patient) + 1) % 3].token.clone(),
            Actor::Admin => self.admin.token.clone(),
        }
    }

    fn spot_json(&self, spot: &Spot) -> Value {
        json!({
            "practitioner_id": self.practices[spot.practice].id,
            "service_id": self.ids.services[spot.practice][spot.service],
            "location_id": self.ids.places[spot.practice][spot.place],
            "patient_id": self.ids.patients[spot.patient],
            "starts_at": text_of(spot.at),
        })
    }

    fn booking(&self, wanted: &Wanted) -> Value {
        let mut body = self.spot_json(&wanted.spot);
        if let Some(screening) = wanted.screening {
            body["screening_id"] = json!(self.ids.screenings[screening]);
        }
        if let Some(hold) = wanted.hold {
            body["hold_id"] = json!(self.ids.holds[hold]);
        }
        body
    }

    fn hours_json(&self, practice: usize, hours: &Hours) -> Value {
        let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
        let place = |place: usize| &self.ids.places[practice][place];
        let weekly = hours.weekly.iter().map(|window| {
            json!({
                "weekday": window.day.to_string().to_lowercase(), "start": clock(window.start),
                "end": clock(window.end), "location_id": place(window.place),
            })
        });
        let exceptions = hours.exceptions.iter().map(|(date, instead)| match instead {
            None => json!({"date": date, "closed": true}),
            Some((start, end, at)) => {
                let window = json!({"start": clock(*start), "end": clock(*end), "location_id": place(*at)});
                json!({"date": date, "windows": [window]})
            }
        });
        json!({
            "time_zone": hours.zone.name(), "weekly": weekly.collect::<Vec<_>>(),
            "exceptions": exceptions.collect::<Vec<_>>(),
        })
    }
}
