//! What the answer to a call must be, and what is otherwise afterwards.

use super::{
    ask::{Act, Actor, Ask, Verdict, Wanted},
    offer::{Offer, resolve},
    world::{
        At, Away, CANCELLATION_NOTICE, Checked, Hold, Licence, PATIENTS, Screening, Spot, State, Visit,
        World, days, minutes,
    },
};

/// A refusal: its status and the last segment of the problem's type.
pub type No = (u16, &'static str);

const NOT_FOUND: No = (404, "not-found");
const FORBIDDEN: No = (403, "forbidden");
const TOO_FAR: No = (409, "invalid-transition");
const NOT_BOOKABLE: No = (422, "not-bookable");
const NOT_OFFERED: No = (422, "slot-not-offered");
const TAKEN: No = (409, "slot-taken");
const ELSEWHERE: No = (409, "patient-double-booked");
const SCREENING: No = (422, "screening-invalid");

impl World {
    /// Does what is asked, with the status of the answer; or refuses, and nothing is otherwise.
    pub fn judge(&mut self, ask: &Ask) -> Result<u16, No> {
        let before = self.clone();
        let told = self.decide(ask);
        if told.is_err() {
            *self = before;
        }
        told
    }

    fn decide(&mut self, ask: &Ask) -> Result<u16, No> {
        match ask {
            Ask::Book(wanted) => self.book(wanted).map(|_| 201),
            Ask::Series { first, every_weeks, count, skip } => {
                self.series(first, *every_weeks, *count, *skip)
            }
            Ask::Hold(spot) => self.hold(spot),
            Ask::Release { hold, by_stranger } => self.release(*hold, *by_stranger),
            Ask::Attend { actor, visit, act } => self.attend(*actor, *visit, *act),
            Ask::AttendSeries { actor, series, act, from } => self.attend_all(*actor, *series, *act, *from),
            Ask::Move { actor, visit, to, place } => self.shift(*actor, *visit, *to, *place),
            Ask::SetHours { practice, hours } => {
                self.hours[*practice] = hours.clone();
                Ok(200)
            }
            Ask::TakeOff { practice, from, until } => {
                self.away.push(Away { practice: *practice, from: *from, until: *until, gone: false });
                Ok(201)
            }
            Ask::GiveBack { away } => {
                let was_gone = std::mem::replace(&mut self.away[*away].gone, true);
                if was_gone { Err(NOT_FOUND) } else { Ok(204) }
            }
            Ask::Submit { practice, elsewhere, days: good_for } => {
                let first = self.now.date_naive() - days(400);
                let last = good_for.map(|n| self.now.date_naive() + days(n));
                let (practice, elsewhere) = (*practice, *elsewhere);
                self.licences.push(Licence { practice, elsewhere, first, last, checked: Checked::Submitted });
                Ok(201)
            }
            Ask::Renew { licence, days: good_for } => self.renew(*licence, *good_for),
            Ask::Decide { licence, verdict } => self.check(*licence, *verdict),
            Ask::Publish => self.publish(),
            Ask::Answer { patient, yes, outdated } => self.answer(*patient, *yes, *outdated),
            Ask::Clear { screening } => self.clear(*screening),
            Ask::AnswerAgain { actor, visit, screening } => self.answer_again(*actor, *visit, *screening),
            Ask::ReadAnswers { visit } => {
                let visit = &self.visits[*visit];
                self.screenings[visit.screening].read_by[visit.spot.practice] = true;
                Ok(200)
            }
        }
    }

    /// The answers carry a booking of that patient's.
    pub fn carries(&self, screening: usize, patient: usize) -> Result<&Screening, No> {
        let found = &self.screenings[screening];
        if found.patient != patient || found.version != self.version || self.now >= found.answered + days(30)
        {
            return Err(SCREENING);
        }
        if found.needs_clearance && !found.cleared { Err((422, "clearance-required")) } else { Ok(found) }
    }

    fn book(&mut self, wanted: &Wanted) -> Result<usize, No> {
        let spot = wanted.spot;
        if !self.is_licensed(&spot) {
            return Err(NOT_BOOKABLE);
        }
        let screening = wanted.screening.ok_or((422, "screening-required"))?;
        let needs_clearance = self.carries(screening, spot.patient)?.needs_clearance;
        let used = wanted.hold.filter(|n| self.is_for(*n, &spot));
        self.may_have(&spot, None, used)?;
        self.use_up(used, &spot);
        let asks = spot.service().asks || needs_clearance;
        self.visits.push(Visit {
            spot,
            state: if asks { State::Pending } else { State::Booked },
            screening,
            zone: self.hours[spot.practice].zone,
            late: false,
            lapses_at: self.lapse_of(spot.at),
            unlicensed: false,
            outdated: false,
        });
        Ok(self.visits.len() - 1)
    }

    /// The hold is that patient's, with that practitioner.
    fn is_for(&self, hold: usize, spot: &Spot) -> bool {
        let held = self.holds[hold].spot;
        held.patient == spot.patient && held.practice == spot.practice
    }

    fn use_up(&mut self, hold: Option<usize>, spot: &Spot) {
        if let Some(hold) = hold.filter(|n| self.is_for(*n, spot)) {
            self.holds[hold].gone = true;
        }
    }

    fn may_have(&self, spot: &Spot, own: Option<usize>, used: Option<usize>) -> Result<(), No> {
        match self.offer(spot, own, used) {
            Offer::Never => Err(NOT_OFFERED),
            Offer::Taken => Err(TAKEN),
            Offer::Free if self.is_elsewhere(spot, own, used) => Err(ELSEWHERE),
            Offer::Free => Ok(()),
        }
    }

    fn series(&mut self, first: &Wanted, every_weeks: i64, count: i64, skip: bool) -> Result<u16, No> {
        let zone = self.hours[first.spot.practice].zone;
        let local = first.spot.at.with_timezone(&zone).naive_local();
        let (mut booked, mut refused) = (Vec::new(), Vec::new());
        for n in 0..count {
            let at = if n == 0 { first.spot.at } else { resolve(zone, local + days(7 * every_weeks * n)).0 };
            let hold = first.hold.filter(|_| n == 0);
            match self.book(&Wanted { spot: Spot { at, ..first.spot }, hold, ..*first }) {
                Ok(visit) => booked.push(visit),
                Err(NOT_BOOKABLE) => refused.push(NOT_BOOKABLE),
                Err(no @ (NOT_OFFERED | TAKEN | ELSEWHERE)) => {
                    // The hold is on the first visit, and used up though that one cannot be had.
                    self.use_up(hold, &first.spot);
                    refused.push(no);
                }
                Err(no) => return Err(no),
            }
        }
        let worst = [NOT_BOOKABLE, NOT_OFFERED, TAKEN, ELSEWHERE].into_iter().find(|no| refused.contains(no));
        match worst {
            Some(no) if !skip || booked.is_empty() => Err(no),
            _ => {
                self.series.push(booked);
                Ok(201)
            }
        }
    }

    fn hold(&mut self, spot: &Spot) -> Result<u16, No> {
        if !self.is_licensed(spot) {
            return Err(NOT_BOOKABLE);
        }
        self.may_have(spot, None, None)?;
        let theirs = self.open_holds().into_iter().filter(|n| self.holds[*n].spot.patient == spot.patient);
        if theirs.count() >= 3 {
            return Err((409, "too-many-holds"));
        }
        self.holds.push(Hold { spot: *spot, until: self.now + minutes(10), gone: false });
        Ok(201)
    }

    fn release(&mut self, hold: usize, by_stranger: bool) -> Result<u16, No> {
        let held = &mut self.holds[hold];
        if by_stranger || held.gone {
            return Err(NOT_FOUND);
        }
        held.gone = true;
        Ok(204)
    }

    fn attend(&mut self, actor: Actor, visit: usize, act: Act) -> Result<u16, No> {
        let found = &self.visits[visit];
        let (now, start) = (self.now, found.spot.at);
        match actor {
            Actor::Stranger => return Err(NOT_FOUND),
            Actor::Patient if act != Act::Cancel => return Err(FORBIDDEN),
            _ => {}
        }
        let (from, to): (&[State], State) = match act {
            Act::Confirm => (&[State::Pending], State::Booked),
            Act::Decline => (&[State::Pending], State::Cancelled),
            Act::Cancel => (&[State::Pending, State::Booked], State::Cancelled),
            Act::Arrive => (&[State::Booked], State::Arrived),
            Act::NoShow => (&[State::Booked], State::NoShow),
            Act::Fulfil => (&[State::Arrived], State::Fulfilled),
        };
        let is_time = match act {
            Act::Confirm => now < start,
            Act::Arrive => now >= start - minutes(60),
            Act::NoShow => now >= start,
            Act::Cancel => actor != Actor::Patient || now < start,
            Act::Decline | Act::Fulfil => true,
        };
        if !from.contains(&found.state) || !is_time {
            return Err(TOO_FAR);
        }
        if found.is_frozen() && matches!(act, Act::Confirm | Act::Fulfil) {
            return Err((409, "needs-attention"));
        }
        let answers = &self.screenings[found.screening];
        if act == Act::Confirm && answers.needs_clearance && !answers.read_by[found.spot.practice] {
            return Err((409, "clearance-unread"));
        }
        let is_late = now > start - minutes(CANCELLATION_NOTICE) && !found.is_frozen();
        let found = &mut self.visits[visit];
        found.late |= act == Act::Cancel && actor == Actor::Patient && is_late;
        found.state = to;
        if !to.stands() {
            (found.unlicensed, found.outdated) = (false, false);
        }
        Ok(200)
    }

    fn attend_all(&mut self, actor: Actor, series: usize, act: Act, from: Option<At>) -> Result<u16, No> {
        if actor == Actor::Stranger {
            return Err(NOT_FOUND);
        }
        let meant = self.series[series].clone().into_iter().filter(|n| {
            let visit = &self.visits[*n];
            let open = visit.state == State::Pending || (act == Act::Cancel && visit.state == State::Booked);
            open && visit.spot.at > self.now && from.is_none_or(|from| from <= visit.spot.at)
        });
        let mut meant: Vec<usize> = meant.collect();
        meant.sort_by_key(|n| self.visits[*n].spot.at);
        if meant.is_empty() {
            return Err(TOO_FAR);
        }
        meant.into_iter().try_for_each(|visit| self.attend(actor, visit, act).map(|_| ()))?;
        Ok(200)
    }

    fn shift(&mut self, actor: Actor, visit: usize, to: At, place: Option<usize>) -> Result<u16, No> {
        let found = &self.visits[visit];
        if actor == Actor::Stranger {
            return Err(NOT_FOUND);
        }
        if !found.state.waits() || (actor == Actor::Patient && self.now >= found.spot.at) {
            return Err(TOO_FAR);
        }
        let spot = Spot { at: to, place: place.unwrap_or(found.spot.place), ..found.spot };
        if !self.is_licensed(&spot) {
            return Err(NOT_BOOKABLE);
        }
        self.may_have(&spot, Some(visit), None)?;
        let zone = self.hours[spot.practice].zone;
        let lapses_at = self.lapse_of(to);
        let found = &mut self.visits[visit];
        // Whoever asked for confirmation once is asked about the new time too.
        if actor == Actor::Patient && spot.service().asks {
            found.state = State::Pending;
        }
        (found.spot, found.zone, found.unlicensed, found.lapses_at) = (spot, zone, false, lapses_at);
        Ok(200)
    }

    fn check(&mut self, licence: usize, verdict: Verdict) -> Result<u16, No> {
        let today = self.now.with_timezone(&chrono_tz::America::Los_Angeles).date_naive();
        let held = &self.licences[licence];
        let is_over = held.last.is_some_and(|last| last < today);
        let to = match (held.checked, verdict) {
            (Checked::Submitted, Verdict::Verify) if is_over => return Err((422, "invalid-body")),
            (Checked::Submitted, Verdict::Verify) | (Checked::Suspended, Verdict::Reinstate) => {
                Checked::Verified
            }
            // Verified once, it has expired by itself.
            (Checked::Verified, _) if is_over => return Err(TOO_FAR),
            (Checked::Verified, Verdict::Suspend) => Checked::Suspended,
            (Checked::Verified | Checked::Suspended, Verdict::Revoke) => Checked::Revoked,
            _ => return Err(TOO_FAR),
        };
        self.licences[licence].checked = to;
        self.look_again(self.licences[licence].practice);
        Ok(201)
    }

    /// Facts that changed are unchecked facts.
    fn renew(&mut self, licence: usize, good_for: i64) -> Result<u16, No> {
        let last = Some(self.now.date_naive() + days(good_for));
        let held = &mut self.licences[licence];
        if matches!(held.checked, Checked::Suspended | Checked::Revoked) {
            return Err(TOO_FAR);
        }
        if held.last != last {
            (held.last, held.checked) = (last, Checked::Submitted);
            self.look_again(self.licences[licence].practice);
        }
        Ok(200)
    }

    /// Freezes the visits ahead that may not take place now, and releases those that may again.
    fn look_again(&mut self, practice: usize) {
        for n in 0..self.visits.len() {
            let visit = &self.visits[n];
            let is_ahead = visit.state.stands() && visit.state != State::Fulfilled;
            if visit.spot.practice == practice && is_ahead && visit.spot.ends() > self.now {
                self.visits[n].unlicensed = !self.is_licensed(&visit.spot);
            }
        }
    }

    fn publish(&mut self) -> Result<u16, No> {
        self.version += 1;
        let now = self.now;
        for visit in &mut self.visits {
            let is_ahead = visit.state.stands() && visit.state != State::Fulfilled && visit.spot.at > now;
            visit.outdated |= is_ahead;
        }
        Ok(201)
    }

    fn answer(&mut self, patient: usize, yes: bool, outdated: bool) -> Result<u16, No> {
        if outdated {
            return Err((409, "contraindications-changed"));
        }
        let since = self.now - days(30);
        let theirs = self.screenings.iter().filter(|earlier| earlier.patient == patient);
        let said_yes = theirs.filter(|earlier| earlier.answered > since).any(|earlier| earlier.said_yes);
        self.screenings.push(Screening {
            patient: patient % PATIENTS,
            version: self.version,
            answered: self.now,
            said_yes: yes,
            needs_clearance: yes || said_yes,
            cleared: false,
            read_by: [false; 2],
        });
        Ok(201)
    }

    fn clear(&mut self, screening: usize) -> Result<u16, No> {
        let found = &mut self.screenings[screening];
        match (found.needs_clearance, found.cleared) {
            (false, _) => Err((409, "clearance-not-needed")),
            (true, true) => Err((409, "clearance-exists")),
            (true, false) => {
                found.cleared = true;
                Ok(201)
            }
        }
    }

    fn answer_again(&mut self, actor: Actor, visit: usize, screening: usize) -> Result<u16, No> {
        let found = &self.visits[visit];
        if actor != Actor::Patient {
            return Err(NOT_FOUND);
        }
        if !found.state.stands() || found.state == State::Fulfilled {
            return Err(TOO_FAR);
        }
        // Here a clearance that is missing makes the answers invalid.
        let needs_clearance =
            self.carries(screening, found.spot.patient).map_err(|_| SCREENING)?.needs_clearance;
        if needs_clearance && (found.state == State::Arrived || self.now >= found.spot.at) {
            return Err(SCREENING);
        }
        let lapses_at = self.lapse_of(found.spot.at);
        let found = &mut self.visits[visit];
        (found.screening, found.outdated) = (screening, false);
        if needs_clearance && found.state == State::Booked {
            (found.state, found.lapses_at) = (State::Pending, lapses_at);
        }
        Ok(200)
    }
}
