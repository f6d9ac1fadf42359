//! Slots by table: exact figures across clock changes, and every rule one by one.

use chrono::{Duration, NaiveDate};

use super::sample::{booking, instant, listing, period, visit_of};
use super::*;
use crate::domain::{
    credential::CredentialStatus,
    listing::Busy,
    practitioner::BookingTerms,
    schedule::sample::{place, service},
};

fn cells<const N: usize>(row: &str) -> [&str; N] {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    cells.try_into().expect("as many cells as the table has columns")
}

/// Starts as `DD HH:MM` in UTC.
fn starts(slots: &[Slot]) -> String {
    let shown = slots.iter().map(|slot| slot.visit.start().format("%d %H:%M").to_string());
    shown.collect::<Vec<_>>().join(", ")
}

fn codes(reasons: &[Reason]) -> String {
    reasons.iter().map(|reason| reason.rule.code()).collect::<Vec<_>>().join(" ")
}

#[test]
fn starts_across_clock_changes() {
    let table = "
        America/Chicago     | tue 07:30-09:00 | 60 60 | 2026-10-27 2026-11-04 | 27 12:30, 03 13:30
        Asia/Kathmandu      | mon 09:15-10:15 | 60 60 | 2026-06-01 2026-06-02 | 01 03:30
        Asia/Kolkata        | mon 09:30-10:30 | 60 60 | 2026-06-01 2026-06-02 | 01 04:00
        Pacific/Chatham     | mon 09:00-10:00 | 60 60 | 2026-05-31 2026-06-02 | 31 20:15
        Australia/Lord_Howe | sun 01:45-02:15 | 30 30 | 2026-04-04 2026-04-05 | 04 14:45, 04 15:15
        America/Los_Angeles | sat 22:00-02:00 | 60 60 | 2026-10-31 2026-11-03 | 01 05:00, 01 06:00, 01 07:00, 01 08:00, 01 09:00
        Europe/London       | mon 09:00-10:00 | 60 60 | 2026-01-05 2026-01-06 | 05 09:00
        Europe/London       | mon 09:00-10:00 | 60 60 | 2026-07-06 2026-07-07 | 06 08:00
        America/New_York    | sun 01:30-03:00 | 60 60 | 2026-11-01 2026-11-02 | 01 05:30, 01 06:30
        America/New_York    | sun 02:15-02:45 | 15 15 | 2026-03-08 2026-03-09 |
        UTC                 | mon 09:00-10:30 | 60 20 | 2026-11-02 2026-11-03 | 02 09:00, 02 09:20
        UTC                 | mon 09:00-10:00; mon 10:00-11:00 | 90 30 | 2026-11-02 2026-11-03 |
        UTC                 | mon 23:00-01:00 | 30 60 | 2026-11-03 2026-11-04 | 03 00:00
        UTC                 | mon 09:00-11:00 | 60 30 | 2026-11-02T09:10 2026-11-02T10:00 | 02 09:30";
    for row in table.trim().lines() {
        let [zone, hours, service, within, found] = cells(row);
        let (minutes, step) = service.split_once(' ').expect("minutes step");
        let service = visit_of(minutes.parse().expect("minutes"), step.parse().expect("step"));
        let listing = listing(zone, hours);
        let within = period(within);
        let slots = Offer::new(&listing, &service).slots(None, within, within.start() - Duration::days(9));
        assert_eq!(starts(&slots), found, "{row}");
    }
}

#[test]
fn notice_over_a_clock_change_is_elapsed_time() {
    let listing = listing("America/New_York", "sun 09:00-14:00");
    let mut service = visit_of(60, 30);
    service.rules.minimum_notice_minutes = 24 * 60;
    let offer = Offer::new(&listing, &service);
    let now = instant("2026-10-31T16:00");
    let slots = offer.first(None, period("2026-10-31 2026-11-03"), now, 2);
    assert_eq!(starts(&slots), "01 16:00, 01 16:30");
    let just_before = instant("2026-11-01T15:30");
    assert_eq!(codes(&offer.explain(None, just_before, now)), "minimum_notice");
}

#[test]
fn every_rule_is_told() {
    let mut listing = listing(
        "UTC",
        "mon 09:00-17:00; mon 18:00-20:00 at=2; tue 09:00-17:00 for=2; sun 20:00-02:00; 2026-11-09 closed",
    );
    listing.busy = vec![
        booking(period("2026-11-02T10:00 2026-11-02T11:00"), 0, 15),
        Busy {
            is_hold: true,
            held_until: Some(instant("2026-11-01T00:10")),
            ..booking(period("2026-11-02T13:00 2026-11-02T14:00"), 0, 15)
        },
        Busy {
            is_hold: true,
            held_until: Some(instant("2026-11-01T00:00")),
            ..booking(period("2026-11-02T16:00 2026-11-02T17:00"), 0, 15)
        },
    ];
    listing.time_off = vec![period("2026-11-02T15:00 2026-11-02T15:30"), period("2026-11-16 2026-11-17")];
    let mut service = visit_of(60, 15);
    service.rules.buffer_after_minutes = 15;
    service.rules.minimum_notice_minutes = 120;
    service.rules.horizon_days = 30;
    let offer = Offer::new(&listing, &service);
    let table = "
        2026-10-26T09:00 | - | past minimum_notice
        2026-11-01T00:00 | - | minimum_notice outside_hours
        2026-11-30T09:00 | - |
        2026-12-01T00:00 | - | outside_hours
        2026-12-01T00:01 | - | horizon outside_hours
        2026-12-07T09:00 | - | horizon
        2026-11-02T08:45 | - | outside_hours
        2026-11-02T09:00 | - | buffer
        2026-11-02T08:40 | - | outside_hours
        2026-11-02T09:07 | - | booked off_grid
        2026-11-02T10:15 | - | booked
        2026-11-02T11:00 | - | buffer
        2026-11-02T11:15 | - |
        2026-11-02T11:16 | - | off_grid
        2026-11-02T11:45 | - |
        2026-11-02T12:00 | - | held
        2026-11-02T14:00 | - | time_off held
        2026-11-02T14:15 | - | time_off
        2026-11-02T15:30 | - |
        2026-11-02T16:00 | - |
        2026-11-02T16:15 | - | outside_hours
        2026-11-02T16:20 | - | outside_hours off_grid
        2026-11-02T18:00 | - |
        2026-11-02T18:00 | 1 | outside_hours
        2026-11-02T18:00 | 2 |
        2026-11-02T18:00 | 3 | outside_hours
        2026-11-03T09:00 | - | outside_hours
        2026-11-09T09:00 | - | closed_date
        2026-11-09T01:00 | - |
        2026-11-09T01:30 | - | closed_date
        2026-11-16T09:00 | - | time_off
        2026-11-15T22:45 | - |
        2026-11-15T23:00 | - | time_off
        9999-12-31T23:59 | - | horizon outside_hours";
    for row in table.trim().lines() {
        let [at, at_place, rules] = cells(row);
        let location = at_place.parse().ok().map(place);
        let reasons = offer.explain(location, instant(at), instant("2026-11-01"));
        assert_eq!(codes(&reasons), rules, "{row}");
        assert!(reasons.iter().all(|reason| !reason.detail.is_empty()), "{row}");
    }
}

#[test]
fn standing_takes_every_start_away() {
    let now = instant("2026-11-01");
    let monday = instant("2026-11-02T23:00");
    let told = |change: &dyn Fn(&mut Listing)| {
        // 23:00 in UTC is 15:00 on the same day in Portland.
        let mut listing = listing("America/Los_Angeles", "mon 14:00-23:00");
        change(&mut listing);
        let service = visit_of(60, 60);
        let offer = Offer::new(&listing, &service);
        let reasons = offer.explain(None, monday, now);
        let slots = offer.slots(None, period("2026-11-02T23:00 2026-11-02T23:01"), now);
        assert_eq!(reasons.is_empty(), slots.len() == 1);
        codes(&reasons)
    };
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a date");
    assert_eq!(told(&|_| ()), "");
    assert_eq!(told(&|l| l.practitioner.accepts_new_patients = false), "not_accepting");
    assert_eq!(told(&|l| l.account_active = false), "not_accepting");
    assert_eq!(told(&|l| l.practitioner.excluded = true), "not_accepting");
    assert_eq!(told(&|l| l.credentials.clear()), "licence certification");
    assert_eq!(told(&|l| l.credentials[1].status = CredentialStatus::Suspended), "certification");
    assert_eq!(told(&|l| l.credentials[0].expires_on = Some(day(2))), "");
    assert_eq!(told(&|l| l.credentials[0].expires_on = Some(day(1))), "licence");
    assert_eq!(told(&|l| l.credentials[0].issued_on = day(3)), "licence");
    assert_eq!(told(&|l| l.locations[0].region = "WA".to_owned()), "licence");
    assert_eq!(told(&|l| l.locations[0].removed = true), "outside_hours");
    assert_eq!(told(&|l| l.locations.clear()), "outside_hours");
}

#[test]
fn the_licence_counts_by_the_date_at_the_place() {
    // 2026-11-03T02:00Z is still 2 November in Portland.
    let mut listing = listing("America/Los_Angeles", "mon 14:00-23:00");
    listing.credentials[0].expires_on = NaiveDate::from_ymd_opt(2026, 11, 2);
    let service = visit_of(60, 60);
    let at = instant("2026-11-03T02:00");
    assert_eq!(Offer::new(&listing, &service).explain(None, at, instant("2026-11-01")), []);
    listing.locations[0].time_zone = chrono_tz::UTC;
    assert_eq!(codes(&Offer::new(&listing, &service).explain(None, at, instant("2026-11-01"))), "licence");
}

#[test]
fn a_removed_service_offers_nothing_and_says_so() {
    let listing = listing("UTC", "mon 09:00-17:00");
    let service = Service { removed: true, ..visit_of(60, 60) };
    let offer = Offer::new(&listing, &service);
    let now = instant("2026-11-01");
    assert_eq!(offer.slots(None, period("2026-11-01 2026-11-08"), now), []);
    let reasons = offer.explain(None, instant("2026-11-02T09:00"), now);
    assert_eq!(codes(&reasons), "not_accepting");
    assert_eq!(reasons[0].detail, "this service is no longer offered");
}

#[test]
fn a_window_may_be_for_some_services_only() {
    let listing = listing("UTC", "mon 09:00-10:00 for=1; mon 10:00-11:00 for=2");
    let within = period("2026-11-02 2026-11-03");
    let found = [1, 2, 3].map(|number| {
        let service = Service { id: service(number), ..visit_of(60, 60) };
        starts(&Offer::new(&listing, &service).slots(None, within, within.start()))
    });
    assert_eq!(found, ["02 09:00", "02 10:00", ""]);
}

/// Hours that clocks push over each other: one start at one place is one slot.
#[test]
fn a_start_is_told_once() {
    let listing = listing("America/New_York", "sun 01:00-02:30; sun 03:00-04:00; sun 03:00-05:00 at=2");
    let service = visit_of(30, 30);
    let within = period("2026-03-08 2026-03-09");
    let slots = Offer::new(&listing, &service).slots(None, within, within.start());
    let shown: Vec<String> = slots
        .iter()
        .map(|s| {
            format!("{} {}", s.visit.start().format("%H:%M"), if s.location == place(1) { 1 } else { 2 })
        })
        .collect();
    let once = ["06:00 1", "06:30 1", "07:00 1", "07:00 2", "07:30 1", "07:30 2", "08:00 2", "08:30 2"];
    assert_eq!(shown, once);
}

#[test]
fn lengths_without_sense_offer_nothing_and_do_not_hang() {
    let listing = listing("UTC", "mon 09:00-17:00");
    let within = period("2026-11-02 2026-11-03");
    let now = within.start();
    let at = instant("2026-11-02T09:00");
    for (minutes, step, offered) in [(0, 15, 0), (60, 0, 1), (u32::MAX, 15, 0), (60, u32::MAX, 1)] {
        let mut service = visit_of(minutes, step);
        service.rules.buffer_before_minutes = if offered == 0 { u32::MAX } else { 0 };
        service.rules.horizon_days = u32::MAX;
        let offer = Offer::new(&listing, &service);
        assert_eq!(offer.slots(None, within, now).len(), offered, "{minutes} {step}");
        assert_eq!(offer.explain(None, at, now).is_empty(), offered == 1, "{minutes} {step}");
    }
}

/// A long history costs no more than a short one: ten thousand claims, every start of a month.
#[test]
fn long_lists_of_claims_are_searched() {
    let mut listing = listing("UTC", "mon 00:00-00:00; tue 00:00-00:00; wed 00:00-00:00");
    let hour = |n: i64| instant("2026-01-01") + Duration::hours(n);
    listing.busy = (0..10_000)
        .filter(|n| n % 2 == 0)
        .map(|n| booking(Period::new(hour(n), hour(n + 1)).expect("not empty"), 0, 0))
        .rev()
        .collect();
    let service = visit_of(60, 60);
    let within = period("2026-11-02 2026-11-03");
    let slots = Offer::new(&listing, &service).slots(None, within, within.start());
    assert_eq!(slots.len(), 12);
}

/// The way, the day and the week, and today; a request blocks as a booking does until it lapses.
#[test]
fn the_practitioners_terms_are_told() {
    let mut listing =
        listing("America/Los_Angeles", "mon 09:00-17:00; mon 17:00-20:00 at=2; tue 09:00-17:00");
    listing.busy = vec![
        booking(period("2026-11-02T18:00 2026-11-02T19:00"), 0, 0),
        Busy {
            held_until: Some(instant("2026-11-02T01:00")),
            ..booking(period("2026-11-03T00:00 2026-11-03T01:00"), 0, 0)
        },
    ];
    listing.practitioner.terms = BookingTerms {
        travel_minutes: 90,
        daily_limit: Some(2),
        weekly_limit: Some(3),
        same_day_booking: false,
        ..BookingTerms::default()
    };
    let service = visit_of(60, 30);
    let told = |listing: &Listing, at: &str, now: &str| {
        codes(&Offer::new(listing, &service).explain(None, instant(at), instant(now)))
    };
    // The evening before, there: the request stands and the day is full.
    assert_eq!(told(&listing, "2026-11-03T00:00", "2026-11-02T00:00"), "booked daily_limit");
    assert_eq!(told(&listing, "2026-11-03T01:30", "2026-11-02T00:00"), "travel daily_limit");
    // An hour later the request has lapsed: the way is free, and one of the day's two visits.
    assert_eq!(told(&listing, "2026-11-03T01:30", "2026-11-02T01:00"), "");
    assert_eq!(told(&listing, "2026-11-03T01:30", "2026-11-02T09:00"), "same_day");
    assert_eq!(told(&listing, "2026-11-03T18:00", "2026-11-02T09:00"), "");
    // A day's visit from Monday to Sunday counts, the next week's does not.
    for day in ["03T18:00 2026-11-03T19:00", "07T18:00 2026-11-07T19:00", "09T18:00 2026-11-09T19:00"] {
        listing.busy.push(booking(period(&format!("2026-11-{day}")), 0, 0));
    }
    assert_eq!(told(&listing, "2026-11-03T20:00", "2026-11-02T09:00"), "weekly_limit");
    assert_eq!(told(&listing, "2026-11-10T18:00", "2026-11-02T09:00"), "");
}
