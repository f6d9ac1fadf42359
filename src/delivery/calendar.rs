//! Visits as iCalendar files (RFC 5545).
//!
//! Each visit stands in the zone it was agreed in, and that zone is spelled out
//! in full for the years concerned, so that no program has to know it by name.
//! A file has no `METHOD`: it is what there is, not a message about it, so the
//! same visits make the same bytes.
//!
//! **Invariant:** every line is escaped and folded by the library; nothing here
//! puts text into a line by itself.

use std::fmt;

use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use icalendar::{Class, Component, Event, EventLike, EventStatus, Property};

use crate::domain::calendar::{Certainty, Onset, Visit, onsets};

/// Who made the file (§3.7.3).
const PRODUCT: &str = "-//Stillpoint//Stillpoint//EN";
/// How long before the first visit and after the last one a zone is spelled out.
const AROUND: Duration = Duration::days(366);

/// The file. `host` makes the visits' identities unique in the world: it is the service's own.
pub fn file(visits: &[Visit], host: &str) -> Result<String, fmt::Error> {
    let mut out = String::new();
    line(&mut out, Property::new("BEGIN", "VCALENDAR"))?;
    line(&mut out, Property::new("VERSION", "2.0"))?;
    line(&mut out, Property::new("PRODID", PRODUCT))?;
    line(&mut out, Property::new("CALSCALE", "GREGORIAN"))?;
    for (zone, first, last) in zones(visits) {
        write_zone(&mut out, zone, first - AROUND, last + AROUND)?;
    }
    for visit in visits {
        out.push_str(&event(visit, host).try_into_string()?);
    }
    line(&mut out, Property::new("END", "VCALENDAR"))?;
    Ok(out)
}

fn line(out: &mut String, property: Property) -> fmt::Result {
    let text: String = property.try_into()?;
    out.push_str(&text);
    Ok(())
}

/// Each zone once, with the first and the last instant that needs it, in the order of the visits.
fn zones(visits: &[Visit]) -> Vec<(Tz, DateTime<Utc>, DateTime<Utc>)> {
    let mut zones: Vec<(Tz, DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for visit in visits {
        let (zone, start, end) = (visit.time_zone, visit.period.start(), visit.period.end());
        match zones.iter_mut().find(|(known, ..)| *known == zone) {
            Some((_, first, last)) => (*first, *last) = ((*first).min(start), (*last).max(end)),
            None => zones.push((zone, start, end)),
        }
    }
    zones
}

/// A zone from one instant to another (§3.6.5).
fn write_zone(out: &mut String, zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> fmt::Result {
    // Whole days, so that a visit at another hour makes no other file.
    let from = from.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    line(out, Property::new("BEGIN", "VTIMEZONE"))?;
    line(out, Property::new("TZID", zone.name()))?;
    for onset in onsets(zone, from, until) {
        write_onset(out, &onset)?;
    }
    line(out, Property::new("END", "VTIMEZONE"))
}

fn write_onset(out: &mut String, onset: &Onset) -> fmt::Result {
    let kind = if onset.is_daylight { "DAYLIGHT" } else { "STANDARD" };
    // By the clock as it was until then.
    let local = onset.at.naive_utc() + Duration::seconds(i64::from(onset.before));
    line(out, Property::new("BEGIN", kind))?;
    line(out, Property::new("DTSTART", local_text(local)))?;
    line(out, Property::new("TZOFFSETFROM", offset_text(onset.before)))?;
    line(out, Property::new("TZOFFSETTO", offset_text(onset.after)))?;
    line(out, Property::new("TZNAME", &onset.name))?;
    line(out, Property::new("END", kind))
}

fn event(visit: &Visit, host: &str) -> Event {
    let status = match visit.certainty {
        Certainty::Tentative => EventStatus::Tentative,
        Certainty::Confirmed => EventStatus::Confirmed,
        Certainty::Cancelled => EventStatus::Cancelled,
    };
    let takes_time = if visit.certainty == Certainty::Cancelled { "TRANSPARENT" } else { "OPAQUE" };
    let [start, end] = times(visit);
    let mut event = Event::new();
    event
        .uid(&format!("{}@{host}", visit.id))
        .timestamp(visit.changed_at)
        .sequence(visit.sequence.unsigned_abs())
        .summary(&visit.summary)
        .status(status)
        .class(Class::Private)
        .append_property(start)
        .append_property(end)
        .append_property(Property::new("TRANSP", takes_time))
        .append_property(Property::new("CREATED", utc_text(visit.created_at)))
        .append_property(Property::new("LAST-MODIFIED", utc_text(visit.changed_at)));
    if !visit.place.is_empty() {
        event.location(&visit.place);
    }
    event
}

/// Start and end on the wall clock of the zone. A wall time that comes twice means its first coming
/// (§3.3.5), so a visit in the second one is told in UTC.
fn times(visit: &Visit) -> [Property; 2] {
    let (zone, both) = (visit.time_zone, [visit.period.start(), visit.period.end()]);
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local();
    let reads_back =
        |at: DateTime<Utc>| zone.from_local_datetime(&local(at)).earliest().is_some_and(|read| read == at);
    let [start, end] = both;
    let on_the_wall = reads_back(start) && reads_back(end);
    [("DTSTART", start), ("DTEND", end)].map(|(name, at)| {
        if on_the_wall {
            Property::new(name, local_text(local(at))).add_parameter("TZID", zone.name()).done()
        } else {
            Property::new(name, utc_text(at))
        }
    })
}

fn utc_text(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

fn local_text(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

/// `+hhmm`, with seconds where there are any (§3.3.14).
fn offset_text(seconds: i32) -> String {
    let (sign, east) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let (hours, minutes, rest) = (east / 3_600, east / 60 % 60, east % 60);
    let rest = if rest == 0 { String::new() } else { format!("{rest:02}") };
    format!("{sign}{hours:02}{minutes:02}{rest}")
}

#[cfg(test)]
mod tests;
