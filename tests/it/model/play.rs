//! One step after the other: the server's answer against the model's, then everything it shows.

use chrono::Duration;
use serde_json::Value;

use super::{
    ask::Ask,
    step::Step,
    talk::Request,
    town::{Call, Town, id_of},
    world::{Spot, minutes},
};
use crate::common::{Answer, TestApp};

/// What the server does differently from the model.
pub type Differs = String;

impl Town {
    /// Takes one step, which takes a second, and compares the answer; whether anything was done.
    pub async fn step(&mut self, step: &Step) -> Result<bool, Differs> {
        match step {
            Step::Tick(tick) => {
                // No second more: what is to happen at that very instant is the next step.
                let at = self.world.after(*tick);
                if let Some(at) = at {
                    self.set_clock(at).await;
                }
                return Ok(at.is_some());
            }
            Step::Restart => self.app.restart().await,
            Step::Chores => self.app.chores().await,
            Step::Repeat(nth) => self.repeat(usize::from(*nth)).await?,
            Step::OtherBody(nth) => self.other_body(usize::from(*nth)).await?,
            Step::Slots { practice, service, place, days } => {
                let spot = Spot {
                    practice: *practice,
                    patient: 0,
                    service: *service,
                    place: *place,
                    at: self.world.now,
                };
                self.compare_slots(&spot, i64::from(*days)).await?;
            }
            _ => match self.world.choose(step) {
                Some(ask) => self.ask(&ask).await?,
                None => return Ok(false),
            },
        }
        self.tick().await;
        Ok(true)
    }

    pub async fn tick(&mut self) {
        self.set_clock(self.world.now + Duration::seconds(1)).await;
    }

    /// Puts both clocks to an instant. What lapses then is called off at once in the model, and on the
    /// server by the round of chores that comes next.
    async fn set_clock(&mut self, at: super::world::At) {
        self.world.now = at;
        self.app.advance(at - self.app.now());
        if self.world.lapse() {
            self.app.chores().await;
        }
    }

    /// Makes a call and holds the answer against what the model says.
    pub async fn ask(&mut self, ask: &Ask) -> Result<(), Differs> {
        let request = self.request(ask);
        self.keys += 1;
        let key = format!("call-{}", self.keys);
        let answer = self.send(&request, &key).await;
        self.compare(ask, &answer)?;
        if request.method == "POST" {
            let Request { path, token, body, .. } = request;
            let (ask, at) = (ask.clone(), self.world.now);
            self.calls.push(Call {
                ask,
                key,
                token,
                path,
                body,
                at,
                status: answer.status,
                text: answer.text,
            });
        }
        Ok(())
    }

    async fn send(&self, request: &Request, key: &str) -> Answer {
        let mut call = self.app.request(request.method, &request.path).bearer_auth(&request.token);
        if request.method == "POST" {
            call = call.header("idempotency-key", key);
        }
        if !request.body.is_null() {
            call = call.json(&request.body);
        }
        TestApp::send(call).await
    }

    fn compare(&mut self, ask: &Ask, answer: &Answer) -> Result<(), Differs> {
        let told = self.world.judge(ask);
        let (status, kind) = told.map_or_else(|no| no, |status| (status, ""));
        if (answer.status, answer.problem()) != (status, kind) {
            let want = format!("{ask:?}\n  the model says {status} {kind}");
            return Err(format!("{want}, the server {} {}", answer.status, answer.text));
        }
        *self.tally.entry(format!("{} {status} {kind}", ask.name())).or_default() += 1;
        if told.is_ok() {
            self.learn(ask, &answer.body)?;
        }
        Ok(())
    }

    /// Identifiers of what was made, and what the answer says besides.
    fn learn(&mut self, ask: &Ask, body: &Value) -> Result<(), Differs> {
        match ask {
            Ask::Book(_) => self.ids.visits.push(id_of(body)),
            Ask::Series { .. } => {
                self.ids.series.push(id_of(body));
                let made = body["appointments"].as_array().cloned().unwrap_or_default();
                let want = self.world.series.last().map_or(0, Vec::len);
                if made.len() != want {
                    return Err(format!("{ask:?}\n  {want} visits are to be booked: {body}"));
                }
                self.ids.visits.extend(made.iter().map(id_of));
            }
            Ask::Hold(_) => self.ids.holds.push(id_of(body)),
            Ask::TakeOff { .. } => self.ids.away.push(id_of(body)),
            Ask::Submit { .. } => self.ids.licences.push(id_of(body)),
            Ask::Answer { .. } => self.ids.screenings.push(id_of(body)),
            _ => {}
        }
        let Some(listed) = body["affected_appointments"].as_array() else { return Ok(()) };
        let mut listed: Vec<String> = listed.iter().map(id_of).collect();
        let mut affected = self.affected(ask);
        listed.sort_unstable();
        affected.sort_unstable();
        if listed == affected {
            return Ok(());
        }
        Err(format!("{ask:?}\n  affects {affected:?}, the server says {listed:?}"))
    }

    /// The visits ahead that a change is to name as left out by it.
    fn affected(&self, ask: &Ask) -> Vec<String> {
        let is_affected = |n: &usize| {
            let (visit, now) = (&self.world.visits[*n], self.world.now);
            let is_ahead = visit.state.stands() && visit.spot.ends() > now;
            match ask {
                Ask::SetHours { practice, hours } => {
                    is_ahead && visit.spot.practice == *practice && !hours.cover(&visit.spot)
                }
                Ask::TakeOff { practice, from, until } => {
                    let shares = visit.spot.at < *until && *from < visit.spot.ends();
                    is_ahead && visit.spot.practice == *practice && shares
                }
                Ask::Publish => visit.outdated && visit.spot.at > now,
                _ => false,
            }
        };
        (0..self.world.visits.len()).filter(is_affected).map(|n| self.ids.visits[n].clone()).collect()
    }

    /// A call made before, again: for a day it is answered as it was, later it is done anew.
    async fn repeat(&mut self, nth: usize) -> Result<(), Differs> {
        let Some(nth) = nth.checked_rem(self.calls.len()) else { return Ok(()) };
        let nth = self.calls.len() - 1 - nth;
        let call = self.calls[nth].clone();
        let has_lapsed = self.world.now >= call.at + minutes(1_440);
        if has_lapsed && !is_the_same_on_any_day(&call.ask) {
            return Ok(());
        }
        let request = Request { method: "POST", path: call.path, token: call.token, body: call.body };
        let answer = self.send(&request, &call.key).await;
        let is_replayed = answer.header("idempotent-replayed") == "true";
        if has_lapsed && !is_replayed {
            self.compare(&call.ask, &answer)?;
            let (at, status, text) = (self.world.now, answer.status, answer.text);
            self.calls[nth] = Call { at, status, text, ..self.calls[nth].clone() };
            return Ok(());
        }
        if !has_lapsed && is_replayed && (answer.status, &answer.text) == (call.status, &call.text) {
            return Ok(());
        }
        Err(format!(
            "{:?} again\n  is not answered as it has to be: {} {}",
            call.ask, answer.status, answer.text
        ))
    }

    /// The key of a call made before with something else in the body.
    async fn other_body(&mut self, nth: usize) -> Result<(), Differs> {
        let Some(nth) = nth.checked_rem(self.calls.len()) else { return Ok(()) };
        let call = self.calls[self.calls.len() - 1 - nth].clone();
        if self.world.now >= call.at + minutes(1_440) {
            return Ok(());
        }
        let (path, token, mut body) = (call.path, call.token, call.body);
        body["note"] = "another".into();
        let answer = self.send(&Request { method: "POST", path, token, body }, &call.key).await;
        if (answer.status, answer.problem()) == (422, "idempotency-key-reused") {
            return Ok(());
        }
        Err(format!("{:?} with another body\n  is answered {} {}", call.ask, answer.status, answer.text))
    }
}

/// The body says the same whenever it is sent: no date of the day it was made on.
fn is_the_same_on_any_day(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Book(_)
            | Ask::Series { .. }
            | Ask::Hold(_)
            | Ask::Attend { .. }
            | Ask::AttendSeries { .. }
            | Ask::Move { .. }
    )
}
