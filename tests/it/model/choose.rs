//! From a step as it was drawn to a call: what it means in the world as it is.

use chrono::{Days, NaiveTime};
use chrono_tz::Tz;

use super::{
    ask::{Act, Actor, Ask, Verdict, Wanted},
    offer::{Offer, resolve},
    step::{Aim, Answers, Nth, Step, Tick, Week, When, Wish},
    world::{At, Hours, SERVICES, Spot, State, Window, World, days, minutes},
};

/// Zones in which hours are kept: clocks change in some of them, by an hour or by half of one.
const ZONES: [Tz; 7] = [
    chrono_tz::America::Los_Angeles,
    chrono_tz::America::Boise,
    chrono_tz::America::New_York,
    chrono_tz::Europe::London,
    chrono_tz::Asia::Kolkata,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Pacific::Auckland,
];

/// All positions of a list.
fn all<T>(list: &[T]) -> Vec<usize> {
    (0..list.len()).collect()
}

fn round(nth: Nth, all: &[usize]) -> Option<usize> {
    all.get(usize::from(nth).checked_rem(all.len())?).copied()
}

impl World {
    /// The call a step comes to; none where there is nothing it could be about.
    pub fn choose(&self, step: &Step) -> Option<Ask> {
        let ask = match *step {
            Step::Book { wish, answers, hold } => {
                self.with_answers(self.wanted(wish, hold), answers, Ask::Book)
            }
            Step::BookHeld(nth) => {
                let hold = round(nth, &self.all_holds())?;
                let wanted = Wanted { spot: self.holds[hold].spot, screening: None, hold: Some(hold) };
                self.with_answers(wanted, Answers::Good, Ask::Book)
            }
            Step::Hold(wish) => Ask::Hold(self.spot(wish)),
            Step::Release { hold, by_stranger } => {
                // Whether a lapsed one is still there depends on who came by since.
                let there = |n: &usize| self.holds[*n].gone || self.holds[*n].until > self.now;
                let all: Vec<usize> = self.all_holds().into_iter().filter(there).collect();
                Ask::Release { hold: round(hold, &all)?, by_stranger }
            }
            Step::Series { wish, answers, every_weeks, count, skip, hold } => {
                let series = |first| Ask::Series { first, every_weeks, count, skip };
                self.with_answers(self.wanted(wish, hold), answers, series)
            }
            Step::Attend { aim, actor, visit, act } => {
                let is_theirs = aim == Aim::Any || act == Act::Cancel || actor != Actor::Patient;
                let actor = if is_theirs { actor } else { Actor::Practitioner };
                self.aimed(aim, visit, &self.visits_soonest(), |visit| Ask::Attend { actor, visit, act })?
            }
            Step::AttendSeries { aim, actor, series, act, from } => {
                let attend = |series: usize| {
                    let visits = &self.series[series];
                    // Only a cancellation can leave some out.
                    let from = from
                        .filter(|_| act == Act::Cancel)
                        .and_then(|nth| round(nth, visits))
                        .map(|n| self.visits[n].spot.at);
                    Ask::AttendSeries { actor, series, act, from }
                };
                self.aimed(aim, series, &all(&self.series), attend)?
            }
            Step::Move { aim, actor, visit, when, place } => {
                let movable = |n: &usize| aim == Aim::Any || self.visits[*n].state.waits();
                let visits: Vec<usize> = self.visits_soonest().into_iter().filter(movable).collect();
                let visit = round(visit, &visits)?;
                let spot = self.visits[visit].spot;
                let to = self.at(when, &Spot { place: place.unwrap_or(spot.place), ..spot });
                Ask::Move { actor, visit, to, place }
            }
            Step::Hours { practice, ref week } => Ask::SetHours { practice, hours: self.hours_of(week) },
            Step::Zone { practice, zone } => {
                Ask::SetHours { practice, hours: Hours { zone: ZONES[zone], ..self.hours[practice].clone() } }
            }
            Step::TimeOff { practice, from, minutes: long } => {
                let from = whole_minute(self.now) + minutes(from.into());
                Ask::TakeOff { practice, from, until: from + minutes(long.into()) }
            }
            Step::GiveBack(nth) => Ask::GiveBack { away: round(nth, &all(&self.away))? },
            Step::Submit { practice, elsewhere, days } => Ask::Submit { practice, elsewhere, days },
            Step::Renew { licence, days } => {
                Ask::Renew { licence: round(licence, &all(&self.licences))?, days }
            }
            Step::Decide { aim, licence, verdict } => {
                // To be relied on: for the first time or again, whichever it is.
                let relied_on = [Verdict::Verify, Verdict::Reinstate];
                let one = [verdict];
                let verdicts: &[Verdict] = if relied_on.contains(&verdict) { &relied_on } else { &one };
                let decide = |n: usize| {
                    let ask = |verdict: &Verdict| Ask::Decide { licence: n, verdict: *verdict };
                    let mut possible = verdicts.iter().map(ask).filter(|ask| self.clone().judge(ask).is_ok());
                    possible.next().unwrap_or(ask(&verdict))
                };
                self.aimed(aim, licence, &all(&self.licences), decide)?
            }
            Step::Publish => Ask::Publish,
            Step::Answer { patient, yes, outdated } => Ask::Answer { patient, yes, outdated },
            Step::Clear { aim, screening } => {
                self.aimed(aim, screening, &all(&self.screenings), |screening| Ask::Clear { screening })?
            }
            Step::AnswerAgain { aim, actor, visit, answers } => {
                let outdated = |n: &usize| aim == Aim::Any || self.visits[*n].outdated;
                let visits: Vec<usize> = self.visits_soonest().into_iter().filter(outdated).collect();
                let visit = round(visit, &visits)?;
                let spot = self.visits[visit].spot;
                let wanted = Wanted { spot, screening: None, hold: None };
                let again = |wanted: Wanted| {
                    let screening = wanted.screening.unwrap_or(0);
                    Ask::AnswerAgain { actor, visit, screening }
                };
                self.with_answers(wanted, answers, again)
            }
            Step::ReadAnswers(visit) => Ask::ReadAnswers { visit: self.visit(visit)? },
            _ => return None,
        };
        Some(ask)
    }

    /// The call about one of those; with an aim, about one with which it would be done as things stand.
    fn aimed(&self, aim: Aim, nth: Nth, of: &[usize], ask: impl Fn(usize) -> Ask) -> Option<Ask> {
        let is_done = |n: &usize| self.clone().judge(&ask(*n)).is_ok();
        let meant: Vec<usize> = match aim {
            Aim::Possible => of.iter().copied().filter(is_done).collect(),
            Aim::Any => of.to_vec(),
        };
        round(nth, &meant).map(ask)
    }

    /// The call with answers; or, where good ones are wanted, the call that has to come before it.
    fn with_answers(&self, wanted: Wanted, answers: Answers, ask: impl Fn(Wanted) -> Ask) -> Ask {
        let patient = wanted.spot.patient;
        let latest = self.screenings.iter().rposition(|given| given.patient == patient);
        let screening = match answers {
            Answers::None => None,
            Answers::Some(nth) => round(nth, &all(&self.screenings)),
            Answers::Latest | Answers::Good => latest,
        };
        let good =
            screening.filter(|_| matches!(answers, Answers::Good)).map(|n| (n, self.carries(n, patient)));
        match good {
            Some((screening, Err((_, "clearance-required")))) => Ask::Clear { screening },
            Some((_, Err(_))) => Ask::Answer { patient, yes: false, outdated: false },
            _ => ask(Wanted { screening, ..wanted }),
        }
    }

    /// When the clock is to stand after a tick; it never goes back.
    pub fn after(&self, tick: Tick) -> Option<At> {
        let at = match tick {
            Tick::Minutes(n) => self.now + minutes(n.into()),
            Tick::Days(n) => self.now + days(n.into()),
            Tick::Hold => self.open_holds().into_iter().map(|n| self.holds[n].until).min()?,
            Tick::Visit { nth, minutes: more } => {
                let standing = self.visits.iter().filter(|visit| visit.state.stands());
                let at = standing.map(|visit| visit.spot.at + minutes(more.into()));
                let mut ahead: Vec<At> = at.filter(|at| *at > self.now).collect();
                ahead.sort_unstable();
                *ahead.get(usize::from(nth).checked_rem(ahead.len())?)?
            }
        };
        (at > self.now).then_some(at)
    }

    fn all_holds(&self) -> Vec<usize> {
        (0..self.holds.len()).rev().collect()
    }

    /// Those that still go on first, soonest first: that is where most can happen.
    fn visits_soonest(&self) -> Vec<usize> {
        let mut visits = all(&self.visits);
        visits.sort_by_key(|n| {
            let visit = &self.visits[*n];
            let is_over = !visit.state.waits() && visit.state != State::Arrived;
            (is_over, visit.spot.at, *n)
        });
        visits
    }

    fn visit(&self, nth: Nth) -> Option<usize> {
        round(nth, &self.visits_soonest())
    }

    fn wanted(&self, wish: Wish, hold: Option<Nth>) -> Wanted {
        let hold = hold.and_then(|nth| round(nth, &self.all_holds()));
        Wanted { spot: self.spot(wish), screening: None, hold }
    }

    fn spot(&self, wish: Wish) -> Spot {
        let Wish { practice, patient, service, place, when } = wish;
        let mut spot = Spot { practice, patient, service, place, at: self.now };
        if let When::Held(nth) = when
            && let Some(hold) = round(nth, &self.all_holds())
        {
            let held = self.holds[hold].spot;
            (spot.practice, spot.service, spot.place) = (held.practice, held.service, held.place);
        }
        if let When::Near { visit, same_patient, .. } = when
            && let Some(visit) = self.visit(visit)
        {
            let near = self.visits[visit].spot;
            spot.place = near.place;
            if same_patient {
                (spot.patient, spot.practice) = (near.patient, 1 - near.practice);
            } else {
                spot.practice = near.practice;
            }
        }
        Spot { at: self.at(when, &spot), ..spot }
    }

    fn at(&self, when: When, spot: &Spot) -> At {
        let midnight = |ahead: u8| {
            whole_minute(self.now).date_naive().and_time(NaiveTime::MIN).and_utc() + days(ahead.into())
        };
        match when {
            When::Free { days, nth } => self.free(days, nth, spot).unwrap_or_else(|| midnight(days)),
            When::Near { visit, minutes: more, .. } => match self.visit(visit) {
                Some(visit) => self.visits[visit].spot.at + minutes(more.into()),
                None => midnight(1) + minutes(more.into()),
            },
            When::Held(nth) => match round(nth, &self.all_holds()) {
                Some(hold) => self.holds[hold].spot.at,
                None => midnight(1),
            },
            When::Any { days, minute } => midnight(days) + minutes(minute.into()),
        }
    }

    /// A free start that day or on one of the next; the patient may be elsewhere then.
    fn free(&self, ahead: u8, nth: u8, spot: &Spot) -> Option<At> {
        let hours = &self.hours[spot.practice];
        let first = self.now.with_timezone(&hours.zone).date_naive() + Days::new(ahead.into());
        first.iter_days().take(7).find_map(|date| {
            let here = hours.of_date(date).into_iter().filter(|(.., place)| *place == spot.place);
            let starts = here.flat_map(|(from, until, _)| {
                (0..)
                    .map(move |n| from + minutes(n * SERVICES[spot.service].step))
                    .take_while(move |at| *at < until)
            });
            let free: Vec<At> = starts
                .filter(|at| self.offer(&Spot { at: *at, ..*spot }, None, None) == Offer::Free)
                .collect();
            free.get(usize::from(nth).checked_rem(free.len())?).copied()
        })
    }

    fn hours_of(&self, week: &Week) -> Hours {
        use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let mut weekly = Vec::new();
        for (day, (morning, evening)) in [Mon, Tue, Wed, Thu, Fri, Sat, Sun].into_iter().zip(&week.days) {
            let windows = morning.iter().chain(evening);
            weekly.extend(windows.map(|(start, end, place)| Window {
                day,
                start: *start,
                end: *end,
                place: *place,
            }));
        }
        let mut exceptions = Vec::new();
        for (ahead, place) in &week.exceptions {
            let date = self.now.date_naive() + Days::new((*ahead).into());
            if exceptions.iter().all(|(on, _)| *on != date) {
                exceptions.push((date, place.map(|place| (600, 840, place))));
            }
        }
        Hours { zone: ZONES[week.zone], weekly, exceptions }
    }
}

fn whole_minute(at: At) -> At {
    at - chrono::Duration::nanoseconds(at.timestamp_nanos_opt().expect("a time near ours") % 60_000_000_000)
}

/// Hours to begin with: weekdays from nine to five at the first place, some evenings at the second.
pub fn first_hours() -> Hours {
    use chrono::Weekday::{Fri, Mon, Thu, Tue, Wed};
    let day = |day| Window { day, start: 540, end: 1_020, place: 0 };
    let evening = |day| Window { day, start: 1_080, end: 1_320, place: 1 };
    let weekly = [Mon, Tue, Wed, Thu, Fri].map(day).into_iter().chain([Tue, Thu].map(evening)).collect();
    Hours { zone: ZONES[0], weekly, exceptions: Vec::new() }
}

/// The instant of a wall-clock minute of a date there, to begin a case at.
pub fn morning(date: &str) -> At {
    let date: chrono::NaiveDate = date.parse().expect("a date");
    resolve(ZONES[0], date.and_time(NaiveTime::MIN) + minutes(360)).0
}
