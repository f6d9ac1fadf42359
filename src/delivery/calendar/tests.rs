//! Files as another program reads them, and zones as another source has them.

use std::path::Path;

use chrono::{Datelike, NaiveDate, Weekday};

use super::*;
use crate::domain::period::Period;

fn visit(start: &str, minutes: i64, zone: Tz) -> Visit {
    let start: DateTime<Utc> = start.parse().unwrap();
    let now = "2026-06-01T08:00:00Z".parse().unwrap();
    Visit {
        id: uuid::Uuid::from_u128(7).into(),
        sequence: 3,
        certainty: Certainty::Confirmed,
        period: Period::new(start, start + Duration::minutes(minutes)).unwrap(),
        time_zone: zone,
        summary: "Appointment with Dana Reyes".to_owned(),
        place: "1 Main Street, Portland".to_owned(),
        created_at: now,
        changed_at: now,
    }
}

#[test]
fn text_is_escaped_and_long_lines_are_folded() {
    let mut odd = visit("2026-07-01T16:00:00Z", 60, chrono_tz::America::Los_Angeles);
    odd.summary = format!("Appointment with Nguyễn Thị; Söhne, \\ {}", "李".repeat(40));
    let text = file(&[odd.clone()], "stillpoint.test").unwrap();
    assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    let unfolded = text.replace("\r\n ", "");
    let summary = unfolded.lines().find_map(|line| line.strip_prefix("SUMMARY:")).unwrap();
    assert_eq!(summary, format!("Appointment with Nguyễn Thị\\; Söhne\\, \\\\ {}", "李".repeat(40)));
    assert!(unfolded.contains("\r\nLOCATION:1 Main Street\\, Portland\r\n"), "{text}");
}

#[test]
fn a_wall_time_that_comes_twice_is_told_in_utc_the_second_time() {
    // A visit of which only the end lies there is told in UTC as a whole.
    let table = "
        2026-11-01T05:30:00Z | DTSTART;TZID=America/New_York:20261101T013000
        2026-11-01T06:30:00Z | DTSTART:20261101T063000Z
        2026-11-01T04:30:00Z | DTSTART;TZID=America/New_York:20261101T003000
        2026-11-01T05:50:00Z | DTSTART:20261101T055000Z
        2026-03-08T07:00:00Z | DTSTART;TZID=America/New_York:20260308T030000";
    for row in table.trim().lines() {
        let (start, want) = row.split_once('|').unwrap();
        let text = file(&[visit(start.trim(), 15, chrono_tz::America::New_York)], "stillpoint.test").unwrap();
        assert!(text.contains(&format!("\r\n{}\r\n", want.trim())), "{row}: {text}");
    }
}

#[test]
fn offsets_have_a_sign_and_no_needless_seconds() {
    for (seconds, want) in [(0, "+0000"), (-12_600, "-0330"), (45_900, "+1245"), (-2_670, "-004430")] {
        assert_eq!(offset_text(seconds), want);
    }
}

/// What a reference file says of the changes of one year: instants, offset after.
fn reference(text: &str, year: i32) -> Vec<(DateTime<Utc>, String)> {
    let mut found = Vec::new();
    for part in text.split("BEGIN:").skip(3) {
        let value = |name: &str| {
            part.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim_end)
        };
        let Some(rule) = value("RRULE") else { continue };
        let of =
            |key: &str| rule.split(';').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('=')).unwrap();
        let (month, day) = (of("BYMONTH").parse().unwrap(), of("BYDAY"));
        let (nth, weekday) = day.split_at(day.len() - 2);
        let on = nth_weekday(year, month, nth.parse().unwrap(), weekday);
        let time = NaiveDateTime::parse_from_str(value("DTSTART").unwrap(), "%Y%m%dT%H%M%S").unwrap().time();
        let from = value("TZOFFSETFROM").unwrap();
        let east: i64 = from[1..3].parse::<i64>().unwrap() * 60 + from[3..5].parse::<i64>().unwrap();
        let east = Duration::minutes(if from.starts_with('-') { -east } else { east });
        found.push(((on.and_time(time) - east).and_utc(), value("TZOFFSETTO").unwrap().to_owned()));
    }
    found.sort();
    found
}

fn nth_weekday(year: i32, month: u32, nth: i8, weekday: &str) -> NaiveDate {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let days: Vec<NaiveDate> = (1..=31)
        .filter_map(|day| NaiveDate::from_ymd_opt(year, month, day))
        .filter(|on| names[on.weekday().days_since(Weekday::Mon) as usize] == weekday)
        .collect();
    let at = if nth > 0 {
        usize::try_from(nth - 1).unwrap()
    } else {
        days.len() - usize::from(nth.unsigned_abs())
    };
    days[at]
}

#[test]
fn zones_agree_with_those_of_another_source() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ical/libical/zoneinfo2025c");
    let zones = "Africa/Cairo America/Adak America/Anchorage America/Chicago America/Denver America/Halifax \
        America/Los_Angeles America/Mexico_City America/New_York America/Phoenix America/Puerto_Rico \
        America/Sao_Paulo America/St_Johns America/Toronto Asia/Jerusalem Asia/Kathmandu Asia/Kolkata Asia/Tehran \
        Asia/Tokyo Australia/Brisbane Australia/Lord_Howe Australia/Sydney Europe/Berlin Europe/Dublin \
        Europe/Lisbon Europe/London Europe/Paris Pacific/Auckland Pacific/Chatham Pacific/Guam Pacific/Honolulu";
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    for name in zones.split_whitespace() {
        let text = std::fs::read_to_string(folder.join(format!("{name}.ics"))).unwrap();
        for year in [2026, 2027] {
            let ends = [year, year + 1].map(|y| NaiveDate::from_ymd_opt(y, 1, 1).unwrap());
            let [from, until] = ends.map(|on| on.and_time(chrono::NaiveTime::MIN).and_utc());
            let ours: Vec<(DateTime<Utc>, String)> = onsets(name.parse().unwrap(), from, until)
                .iter()
                .skip(1)
                .map(|onset| (onset.at, offset_text(onset.after)))
                .collect();
            assert_eq!(ours, reference(&text, year), "{name} {year}");
        }
    }
}
