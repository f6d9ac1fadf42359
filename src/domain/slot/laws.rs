//! What holds for any schedule, on the nights when clocks change.

use chrono::{Datelike, Duration, NaiveTime, TimeZone, Weekday};
use proptest::prelude::*;

use super::sample::{booking, listing, visit_of};
use super::*;
use crate::domain::{
    listing::Busy,
    practitioner::BookingTerms,
    schedule::{DateException, DateWindow, WeeklyHours, sample::place},
};

/// A zone and the midnight in UTC before its clocks change.
const CHANGES: [(&str, [i32; 3]); 11] = [
    ("America/New_York", [2026, 3, 8]),
    ("America/New_York", [2026, 11, 1]),
    ("Europe/London", [2026, 3, 29]),
    ("Europe/London", [2026, 10, 25]),
    ("Australia/Lord_Howe", [2026, 4, 4]),
    ("Australia/Lord_Howe", [2026, 10, 3]),
    ("America/St_Johns", [2026, 3, 8]),
    ("America/St_Johns", [2026, 11, 1]),
    ("Asia/Kathmandu", [1985, 12, 31]),
    ("Asia/Kathmandu", [2026, 6, 1]),
    ("Pacific/Apia", [2011, 12, 30]),
];

/// A listing and a service, and the stretch around a change that they are asked about.
#[derive(Debug, Clone)]
struct Case {
    listing: Listing,
    service: Service,
    within: Period,
    now: DateTime<Utc>,
}

fn minutes(minutes: i64) -> Duration {
    Duration::minutes(minutes)
}

fn clock() -> impl Strategy<Value = NaiveTime> {
    let quarter = |n: u32| NaiveTime::from_hms_opt(n / 4, n % 4 * 15, 0).expect("a time");
    // Mostly at night, where clocks change.
    prop_oneof![(0..20_u32).prop_map(quarter), (0..96_u32).prop_map(quarter)]
}

fn hours() -> impl Strategy<Value = WeeklyHours> {
    (0..7_u8, clock(), clock(), 1..3_u128).prop_map(|(day, start, end, at)| WeeklyHours {
        weekday: Weekday::try_from(day).expect("a weekday"),
        start,
        end,
        location: place(at),
        services: None,
        valid_from: None,
        valid_until: None,
        every_weeks: 1,
        anchor_on: None,
    })
}

/// Minutes from the beginning of the stretch: start, length, before, after, and its lapse if it has one;
/// at which place, and whether what lapses is a hold or a request.
type Claim = (i64, i64, i64, i64, Option<i64>, u128, bool);

fn claim() -> impl Strategy<Value = Claim> {
    (0..6000_i64, 1..200_i64, 0..40_i64, 0..40_i64, prop::option::of(-60..60_i64), 1..3_u128, any::<bool>())
}

fn service() -> impl Strategy<Value = Service> {
    let rules = (1..13_u32, 1..9_u32, 0..3_u32, 0..3_u32, 0..900_u32, 1..5_u32);
    rules.prop_map(|(length, step, before, after, notice, horizon)| {
        let mut service = visit_of(length * 10, step * 10);
        service.rules.buffer_before_minutes = before * 15;
        service.rules.buffer_after_minutes = after * 15;
        service.rules.minimum_notice_minutes = notice;
        service.rules.horizon_days = horizon;
        service
    })
}

/// Mostly the usual terms; otherwise some of each.
fn terms() -> impl Strategy<Value = BookingTerms> {
    let some = (0..90_u32, prop::option::of(1..4_u32), prop::option::of(1..5_u32), any::<bool>());
    let some = some.prop_map(|(travel_minutes, daily_limit, weekly_limit, same_day_booking)| BookingTerms {
        travel_minutes,
        daily_limit,
        weekly_limit,
        same_day_booking,
        ..BookingTerms::default()
    });
    prop_oneof![Just(BookingTerms::default()), some]
}

prop_compose! {
    fn cases()(
        (zone, [year, month, day]) in prop::sample::select(&CHANGES[..]),
        weekly in prop::collection::vec(hours(), 1..9),
        exception in prop::option::of((-1..3_i64, prop::collection::vec((clock(), clock()), 0..3))),
        claims in prop::collection::vec(claim(), 0..6),
        away in prop::collection::vec((0..6000_i64, 1..600_i64), 0..3),
        service in service(),
        terms in terms(),
        lead in -600..2000_i64,
    ) -> Case {
        let midnight = Utc.with_ymd_and_hms(year, month.unsigned_abs(), day.unsigned_abs(), 0, 0, 0).unwrap();
        let start = midnight - Duration::days(1);
        let now = start - minutes(lead);
        let mut listing = listing(zone, "");
        listing.practitioner.terms = terms;
        listing.schedule.weekly = weekly;
        listing.schedule.exceptions.extend(exception.map(|(days, windows)| DateException {
            date: (midnight + Duration::days(days)).date_naive(),
            windows: windows
                .into_iter()
                .map(|(start, end)| DateWindow { start, end, location: place(1) })
                .collect(),
        }));
        let period = |from, length| Period::new(start + minutes(from), start + minutes(from + length)).unwrap();
        listing.time_off = away.into_iter().map(|(from, length)| period(from, length)).collect();
        listing.busy = claims
            .into_iter()
            .map(|(from, length, before, after, lapse, at, is_hold)| Busy {
                location: place(at),
                is_hold: is_hold && lapse.is_some(),
                held_until: lapse.map(|lapse| now + minutes(lapse)),
                ..booking(period(from, length), before, after)
            })
            .collect();
        Case { listing, service, within: period(0, 4 * 1440), now }
    }
}

/// Nowhere in particular, one place, or the other.
fn locations() -> [Option<LocationId>; 3] {
    [None, Some(place(1)), Some(place(2))]
}

proptest! {
    /// The slots of a stretch are those of its first part and then those of its second.
    #[test]
    fn slots_of_parts_make_the_whole(case in cases(), cut in 1..4 * 1440_i64, seconds in 0..60_i64) {
        let offer = Offer::new(&case.listing, &case.service);
        let (start, end) = (case.within.start(), case.within.end());
        let cut = start + minutes(cut) - Duration::seconds(seconds);
        for location in locations() {
            let part = |from, to| {
                Period::new(from, to).map(|part| offer.slots(location, part, case.now)).unwrap_or_default()
            };
            prop_assert_eq!(part(start, end), [part(start, cut), part(cut, end)].concat());
        }
    }

    /// An instant is offered exactly when nothing takes it away.
    #[test]
    fn offered_is_not_explained_away(case in cases(), shift in 0..15_i64) {
        let offer = Offer::new(&case.listing, &case.service);
        for location in locations() {
            let slots = offer.slots(location, case.within, case.now);
            let mut at = case.within.start() + minutes(shift);
            while at < case.within.end() {
                let offered = slots.iter().any(|slot| slot.visit.start() == at);
                let reasons = offer.explain(location, at, case.now);
                prop_assert_eq!(offered, reasons.is_empty(), "{} {:?}", at, reasons);
                prop_assert!(reasons.windows(2).all(|pair| pair[0].rule < pair[1].rule));
                at += minutes(15);
            }
        }
    }

    /// The earliest few are the beginning of all, in order and each once.
    #[test]
    fn first_is_the_beginning_of_slots(case in cases(), most in 0..20_usize) {
        let offer = Offer::new(&case.listing, &case.service);
        for location in locations() {
            let mut slots = offer.slots(location, case.within, case.now);
            prop_assert!(slots.windows(2).all(|pair| pair[0] < pair[1]));
            slots.truncate(most);
            prop_assert_eq!(offer.first(location, case.within, case.now, most), slots);
        }
    }

    /// No slot, buffers included, meets time away, a booking or a hold that still stands; and every
    /// slot lies inside hours of its own place, by the clock.
    #[test]
    fn slots_keep_clear_of_everything(case in cases()) {
        let terms = &case.service.rules;
        for slot in Offer::new(&case.listing, &case.service).slots(None, case.within, case.now) {
            let (start, end) = (slot.visit.start(), slot.visit.end());
            prop_assert!(case.within.holds(start));
            prop_assert_eq!(end - start, terms.duration());
            prop_assert!(start >= case.now + terms.minimum_notice() && start <= case.now + terms.horizon());
            let kept = Period::new(start - terms.buffer_before(), end + terms.buffer_after()).unwrap();
            prop_assert!(case.listing.time_off.iter().all(|away| !away.overlaps(kept)));
            for claim in &case.listing.busy {
                let stands = claim.held_until.is_none_or(|until| until > case.now);
                prop_assert!(!stands || !claim.busy.overlaps(kept));
            }
            let windows = case.listing.schedule.windows(slot.visit);
            let fits = |w: &Window<'_>| w.location == slot.location && w.period.contains(slot.visit);
            prop_assert!(windows.iter().any(fits));
        }
    }

    /// Every step of every window that fits is a slot unless something stands against it, and nothing else is.
    #[test]
    fn every_free_start_on_a_grid_is_a_slot(case in cases()) {
        let terms = &case.service.rules;
        let mut expected = Vec::new();
        let stretch = Period::new(case.within.start() - Duration::days(9), case.within.end() + Duration::days(9));
        for window in case.listing.schedule.windows(stretch.unwrap()) {
            let mut start = window.period.start();
            while start + terms.duration() <= window.period.end() {
                let slot = Slot {
                    visit: Period::new(start, start + terms.duration()).unwrap(),
                    location: window.location,
                };
                if case.within.holds(start) && is_free(&case, slot) {
                    expected.push(slot);
                }
                start += terms.start_interval();
            }
        }
        expected.sort_unstable();
        expected.dedup();
        let found = Offer::new(&case.listing, &case.service).slots(None, case.within, case.now);
        prop_assert_eq!(found, expected);
    }

    /// The starts worked out window by window that the clock allows are the slots.
    #[test]
    fn starts_ahead_are_slots_but_for_the_clock(case in cases(), expires in prop::option::of(-2..6_i64)) {
        let mut case = case;
        let on = expires.map(|days| (case.within.start() + Duration::days(days)).date_naive());
        case.listing.credentials.iter_mut().for_each(|paper| paper.expires_on = on);
        let offer = Offer::new(&case.listing, &case.service);
        let (terms, zone) = (&case.service.rules, case.listing.schedule.time_zone);
        let is_today = |at: DateTime<Utc>| local_date(zone, at) == local_date(zone, case.now);
        for location in [place(1), place(2)] {
            let mut starts: Vec<DateTime<Utc>> = Vec::new();
            for run in offer.ahead(location, case.within, case.now) {
                starts.extend((0..run.count as i32).map(|nth| run.first + terms.start_interval() * nth));
            }
            starts.retain(|at| {
                *at >= case.now + terms.minimum_notice()
                    && *at <= case.now + terms.horizon()
                    && (case.listing.practitioner.terms.same_day_booking || !is_today(*at))
            });
            starts.sort_unstable();
            starts.dedup();
            let slots = offer.slots(Some(location), case.within, case.now);
            prop_assert_eq!(starts, slots.iter().map(|slot| slot.visit.start()).collect::<Vec<_>>());
        }
    }
}

/// What the rules say of a start on the grid, each written down once more in the plainest way.
fn is_free(case: &Case, slot: Slot) -> bool {
    let (rules, terms, now) = (&case.service.rules, &case.listing.practitioner.terms, case.now);
    let zone = case.listing.schedule.time_zone;
    let (start, end) = (slot.visit.start(), slot.visit.end());
    let kept = Period::new(start - rules.buffer_before(), end + rules.buffer_after()).unwrap();
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let standing =
        || case.listing.busy.iter().filter(|claim| claim.held_until.is_none_or(|until| until > now));
    let way = |claim: &Busy| (start - claim.visit.end()).max(claim.visit.start() - end);
    let on_that_day = standing().filter(|claim| day(claim.visit.start()) == day(start)).count();
    let in_that_week =
        standing().filter(|claim| day(claim.visit.start()).iso_week() == day(start).iso_week()).count();
    start >= now + rules.minimum_notice()
        && start <= now + rules.horizon()
        && (terms.same_day_booking || day(start) != day(now))
        && case.listing.time_off.iter().all(|away| !away.overlaps(kept))
        && standing().all(|claim| !claim.busy.overlaps(kept))
        && standing().all(|claim| claim.location == slot.location || way(claim) >= terms.travel())
        && terms.daily_limit.is_none_or(|limit| on_that_day < limit as usize)
        && terms.weekly_limit.is_none_or(|limit| in_that_week < limit as usize)
}
