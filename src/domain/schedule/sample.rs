//! Schedules written as one line of text, for tables in tests.

use chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use super::{DateException, DateWindow, Schedule, WeeklyHours};
use crate::domain::id::{LocationId, ServiceId};

/// The place called by that number.
pub(crate) fn place(number: u128) -> LocationId {
    Uuid::from_u128(number).into()
}

/// The service called by that number.
pub(crate) fn service(number: u128) -> ServiceId {
    Uuid::from_u128(number).into()
}

/// `mon 09:00-12:30 every=2 anchor=2026-01-05; 2026-11-10 closed; 2026-11-11 10:00-11:00,12:00-13:00`.
///
/// Weekly hours also take `from=`, `until=`, `at=` (a place's number, 1 otherwise) and `for=` (a service's).
pub(crate) fn schedule(zone: &str, text: &str) -> Schedule {
    let time_zone = zone.parse().expect("a zone");
    let mut schedule = Schedule { time_zone, weekly: Vec::new(), exceptions: Vec::new() };
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        if entry.starts_with(|c: char| c.is_ascii_digit()) {
            schedule.exceptions.push(exception(entry));
        } else {
            schedule.weekly.push(weekly(entry));
        }
    }
    schedule
}

fn weekly(entry: &str) -> WeeklyHours {
    let mut words = entry.split_whitespace();
    let weekday = words.next().and_then(|word| word.parse().ok()).expect("a weekday");
    let (start, end) = times(words.next().expect("times"));
    let mut hours = WeeklyHours {
        weekday,
        start,
        end,
        location: place(1),
        services: None,
        valid_from: None,
        valid_until: None,
        every_weeks: 1,
        anchor_on: None,
    };
    for word in words {
        let (name, value) = word.split_once('=').expect("name=value");
        match name {
            "at" => hours.location = place(value.parse().expect("a number")),
            "for" => hours.services = Some(vec![service(value.parse().expect("a number"))]),
            "from" => hours.valid_from = Some(date(value)),
            "until" => hours.valid_until = Some(date(value)),
            "every" => hours.every_weeks = value.parse().expect("a number"),
            "anchor" => hours.anchor_on = Some(date(value)),
            _ => panic!("unknown: {word}"),
        }
    }
    hours
}

fn exception(entry: &str) -> DateException {
    let (on, windows) = entry.split_once(' ').expect("date and windows");
    let window = |text: &str| {
        let (start, end) = times(text);
        DateWindow { start, end, location: place(1) }
    };
    let windows =
        if windows.trim() == "closed" { Vec::new() } else { windows.trim().split(',').map(window).collect() };
    DateException { date: date(on), windows }
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn times(text: &str) -> (NaiveTime, NaiveTime) {
    let time = |text| NaiveTime::parse_from_str(text, "%H:%M").expect("a time");
    let (start, end) = text.split_once('-').expect("start-end");
    (time(start), time(end))
}
