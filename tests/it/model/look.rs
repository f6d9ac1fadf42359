//! Everything the server shows, against what the model knows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    offer::Offer,
    play::Differs,
    town::{Town, text_of},
    world::{PLACES, Spot, Visit, account_of, days, minutes},
};

impl Town {
    /// The invariants, on the data as they are.
    pub fn ask_the_doctor(&self) -> Result<(), Differs> {
        let faults = self.app.faults();
        if faults.is_empty() { Ok(()) } else { Err(format!("the doctor finds {faults:#?}")) }
    }

    /// The visits every patient sees are those of the model, with their times and all that became of them.
    pub async fn compare_visits(&self) -> Result<(), Differs> {
        for (account, person) in self.accounts.iter().enumerate() {
            let shown = self.all_visits(&person.token).await?;
            let known: BTreeMap<String, Value> = self
                .world
                .visits
                .iter()
                .zip(&self.ids.visits)
                .filter(|(visit, _)| account_of(visit.spot.patient) == account)
                .map(|(visit, id)| (id.clone(), self.as_shown(visit)))
                .collect();
            if shown != known {
                let differ = known.iter().filter(|(id, known)| shown.get(*id) != Some(*known));
                let wrong: Vec<String> =
                    differ.map(|(id, known)| format!("known {known}\n  shown {:?}", shown.get(id))).collect();
                return Err(format!(
                    "patient {account} sees {} visits of {}\n  {}",
                    shown.len(),
                    known.len(),
                    wrong.join("\n  ")
                ));
            }
        }
        Ok(())
    }

    async fn all_visits(&self, token: &str) -> Result<BTreeMap<String, Value>, Differs> {
        let (mut shown, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let page = self.app.get_as(token, &format!("/v1/appointments?limit=100{cursor}")).await;
            if page.status != 200 {
                return Err(format!("a list is answered {} {}", page.status, page.text));
            }
            for item in page.body["items"].as_array().into_iter().flatten() {
                let mut kept = serde_json::Map::new();
                for name in [
                    "status",
                    "patient_id",
                    "practitioner_id",
                    "service_id",
                    "location_id",
                    "starts_at",
                    "ends_at",
                    "time_zone",
                    "late",
                    "screening_id",
                ] {
                    kept.insert(name.to_owned(), item[name].clone());
                }
                let reasons = item["needs_attention"].as_array().into_iter().flatten();
                let mut reasons: Vec<&str> = reasons.filter_map(|found| found["reason"].as_str()).collect();
                reasons.sort_unstable();
                kept.insert("needs_attention".to_owned(), json!(reasons));
                shown.insert(item["id"].as_str().unwrap_or_default().to_owned(), Value::Object(kept));
            }
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(shown),
            }
        }
    }

    fn as_shown(&self, visit: &Visit) -> Value {
        let spot = visit.spot;
        let mut reasons = Vec::new();
        reasons.extend(visit.outdated.then_some("contraindications"));
        reasons.extend(visit.unlicensed.then_some("licence"));
        json!({
            "status": visit.state.code(), "patient_id": self.ids.patients[spot.patient],
            "practitioner_id": self.practices[spot.practice].id,
            "service_id": self.ids.services[spot.practice][spot.service],
            "location_id": self.ids.places[spot.practice][spot.place],
            "starts_at": text_of(spot.at), "ends_at": text_of(spot.ends()), "time_zone": visit.zone.name(),
            "late": visit.late, "screening_id": self.ids.screenings[visit.screening],
            "needs_attention": reasons,
        })
    }

    /// The slots of one day: every minute of it that can be booked, and no other.
    pub async fn compare_slots(&self, spot: &Spot, ahead: i64) -> Result<(), Differs> {
        let date = (self.world.now + days(ahead)).with_timezone(&PLACES[spot.place]).date_naive();
        let from = date.and_time(chrono::NaiveTime::MIN).and_utc();
        let free = |n: &i64| {
            let spot = Spot { at: from + minutes(*n), ..*spot };
            self.world.offer(&spot, None, None) == Offer::Free && self.world.is_licensed(&spot)
        };
        let known: Vec<String> = (0..1_440).filter(free).map(|n| text_of(from + minutes(n))).collect();
        let path = format!(
            "/slots?service_id={}&location_id={}&from={}&until={}",
            self.ids.services[spot.practice][spot.service],
            self.ids.places[spot.practice][spot.place],
            text_of(from),
            text_of(from + days(1)),
        );
        let answer = self.app.get(&self.practices[spot.practice].path(&path)).await;
        let items = answer.body["items"].as_array().into_iter().flatten();
        let shown: Vec<String> =
            items.filter_map(|slot| slot["starts_at"].as_str().map(str::to_owned)).collect();
        if answer.status == 200 && shown == known {
            return Ok(());
        }
        Err(format!("slots of {date} for {spot:?}\n  known {known:?}\n  shown {shown:?} ({})", answer.status))
    }
}
