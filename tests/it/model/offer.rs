//! Whether a time can be had, found out the slow and obvious way: minute by minute.

use chrono::{Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::world::{At, Checked, Hours, Spot, Visit, World, days, minutes};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    Free,
    /// Somebody has it, or is too near.
    Taken,
    /// It was never on offer.
    Never,
}

/// A wall-clock time (RFC 5545 §3.3.5), and whether clocks skip it.
pub fn resolve(zone: Tz, local: NaiveDateTime) -> (At, bool) {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => (at.with_timezone(&Utc), false),
        LocalResult::None => {
            let mut before = local;
            while zone.from_local_datetime(&before).latest().is_none() {
                before -= minutes(1);
            }
            let offset = zone.from_local_datetime(&before).latest().expect("a time there is").offset().fix();
            ((local - offset).and_utc(), true)
        }
    }
}

/// Every minute of the stretch.
fn each_minute(from: At, until: At) -> impl Iterator<Item = At> {
    std::iter::successors(Some(from), |at| Some(*at + minutes(1))).take_while(move |at| *at < until)
}

impl Hours {
    /// Elapsed windows of one date, with their places.
    pub fn of_date(&self, date: NaiveDate) -> Vec<(At, At, usize)> {
        let exception = self.exceptions.iter().find(|(on, _)| *on == date);
        let told: Vec<(i64, i64, usize)> = match exception {
            Some((_, instead)) => instead.iter().copied().collect(),
            None => {
                let today = self.weekly.iter().filter(|window| window.day == date.weekday());
                today.map(|window| (window.start, window.end, window.place)).collect()
            }
        };
        let midnight = date.and_time(NaiveTime::MIN);
        let elapsed = |(start, end, place): (i64, i64, usize)| {
            let (from, skipped) = resolve(self.zone, midnight + minutes(start));
            let (until, end_skipped) = resolve(self.zone, midnight + minutes(end));
            let is_nothing = skipped && end_skipped && end <= 1_440;
            (!is_nothing && from < until).then_some((from, until, place))
        };
        told.into_iter().filter_map(elapsed).collect()
    }

    /// Windows of the dates around an instant.
    fn around(&self, at: At) -> Vec<(At, At, usize)> {
        let date = at.date_naive();
        let first = date.checked_sub_days(Days::new(2)).expect("a date");
        first.iter_days().take(5).flat_map(|date| self.of_date(date)).collect()
    }

    /// One window holds all of the visit and has its start on its grid.
    fn hold(&self, spot: &Spot) -> bool {
        self.around(spot.at).into_iter().any(|(from, until, place)| {
            let fits = each_minute(spot.at, spot.ends()).all(|minute| from <= minute && minute < until);
            place == spot.place && fits && (spot.at - from).num_minutes() % spot.service().step == 0
        })
    }

    /// Every minute of the visit is in some window there.
    pub fn cover(&self, spot: &Spot) -> bool {
        let windows = self.around(spot.at);
        each_minute(spot.at, spot.ends()).all(|minute| {
            windows
                .iter()
                .any(|(from, until, place)| *place == spot.place && *from <= minute && minute < *until)
        })
    }
}

fn share_a_minute((from, until): (At, At), other: (At, At)) -> bool {
    each_minute(from, until).any(|minute| other.0 <= minute && minute < other.1)
}

impl World {
    /// A verified licence covers the place on that date there.
    pub fn is_licensed(&self, spot: &Spot) -> bool {
        let on = spot.at.with_timezone(&super::world::PLACES[spot.place]).date_naive();
        self.licences.iter().any(|licence| {
            licence.practice == spot.practice
                && licence.checked == Checked::Verified
                && !licence.elsewhere
                && licence.first <= on
                && licence.last.is_none_or(|last| on <= last)
        })
    }

    /// Whether the time can be had, patients left aside. `own` is a visit about to be moved, `used` a
    /// hold about to be used up: neither stands in the way.
    pub fn offer(&self, spot: &Spot, own: Option<usize>, used: Option<usize>) -> Offer {
        let service = spot.service();
        let is_away = self.away.iter().any(|away| {
            !away.gone
                && away.practice == spot.practice
                && share_a_minute(spot.busy(), (away.from, away.until))
        });
        if spot.at < self.now + minutes(service.notice)
            || spot.at > self.now + days(service.horizon_days)
            || is_away
            || !self.hours[spot.practice].hold(spot)
        {
            return Offer::Never;
        }
        let others = self.claims(own, used).filter(|claim| claim.practice == spot.practice);
        let mut others = others.filter(|claim| share_a_minute(spot.busy(), claim.busy()));
        if others.next().is_some() { Offer::Taken } else { Offer::Free }
    }

    /// Whether the patient is elsewhere then.
    pub fn is_elsewhere(&self, spot: &Spot, own: Option<usize>, used: Option<usize>) -> bool {
        let mut theirs = self.claims(own, used).filter(|claim| claim.patient == spot.patient);
        theirs.any(|claim| share_a_minute((spot.at, spot.ends()), (claim.at, claim.ends())))
    }

    /// Everything that takes up time now.
    fn claims(&self, own: Option<usize>, used: Option<usize>) -> impl Iterator<Item = Spot> {
        let stands = move |(n, visit): &(usize, &Visit)| visit.state.stands() && Some(*n) != own;
        let visits = self.visits.iter().enumerate().filter(stands).map(|(_, visit)| visit.spot);
        let open = self.open_holds().into_iter().filter(move |n| Some(*n) != used);
        visits.chain(open.map(|n| self.holds[n].spot))
    }

    /// Holds that have not lapsed.
    pub fn open_holds(&self) -> Vec<usize> {
        let open = |n: &usize| !self.holds[*n].gone && self.holds[*n].until > self.now;
        (0..self.holds.len()).filter(open).collect()
    }
}
