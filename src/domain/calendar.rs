//! What a calendar is told of visits, and when its clocks change.
//!
//! **Invariant:** an [`Onset`] says exactly what the time zone database says;
//! nothing is guessed from a rule.

use chrono::{DateTime, Duration, Offset, TimeZone, Utc};
use chrono_tz::{OffsetComponents, Tz};

use super::{
    appointment::{Appointment, AppointmentStatus},
    id::{AccountId, AppointmentId, CalendarFeedId},
    location::Location,
    period::Period,
};

/// Whose visits a feed tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedKind {
    /// Those of everybody in the account's care.
    Patient,
    /// Those of the account's practitioner record.
    Practitioner,
}

impl FeedKind {
    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Practitioner => "practitioner",
        }
    }

    /// The kind with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Patient, Self::Practitioner].into_iter().find(|kind| kind.code() == code)
    }
}

/// A calendar that programs fetch by a secret address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed {
    /// Its identity; opens nothing.
    pub id: CalendarFeedId,
    /// Whose.
    pub account: AccountId,
    /// Of which visits.
    pub kind: FeedKind,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// How sure a visit is, in the words of RFC 5545 §3.8.1.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Waits to be confirmed.
    Tentative,
    /// Agreed, or past.
    Confirmed,
    /// It does not take place, or did not.
    Cancelled,
}

impl From<AppointmentStatus> for Certainty {
    fn from(status: AppointmentStatus) -> Self {
        match status {
            AppointmentStatus::Pending => Self::Tentative,
            AppointmentStatus::Booked | AppointmentStatus::Arrived | AppointmentStatus::Fulfilled => {
                Self::Confirmed
            }
            AppointmentStatus::Cancelled | AppointmentStatus::NoShow => Self::Cancelled,
        }
    }
}

/// A visit as a calendar shows it: no name of a patient, no service, nothing about health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Which; stays through rescheduling.
    pub id: AppointmentId,
    /// Rises with every change a calendar should hear of.
    pub sequence: i32,
    /// How sure it is.
    pub certainty: Certainty,
    /// When.
    pub period: Period,
    /// The zone it was agreed in.
    pub time_zone: Tz,
    /// In a few neutral words.
    pub summary: String,
    /// The address.
    pub place: String,
    /// When it was booked.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub changed_at: DateTime<Utc>,
}

impl Visit {
    /// A booking as a calendar shows it. `with` is whom the reader meets, where that may be told.
    #[must_use]
    pub fn of(
        booked: &Appointment,
        with: Option<&str>,
        place: Option<&Location>,
        changed_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: booked.id,
            sequence: booked.sequence,
            certainty: booked.status.into(),
            period: booked.visit,
            time_zone: booked.time_zone,
            summary: with.map_or_else(|| "Appointment".to_owned(), |who| format!("Appointment with {who}")),
            place: place.map(Location::one_line).unwrap_or_default(),
            created_at: booked.created_at,
            changed_at,
        }
    }
}

/// A moment from which on a zone's clocks go by another offset, name or season.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onset {
    /// The moment.
    pub at: DateTime<Utc>,
    /// Seconds east of Greenwich before it.
    pub before: i32,
    /// Seconds east of Greenwich from then on.
    pub after: i32,
    /// What the time is called from then on, as in `PDT`.
    pub name: String,
    /// Whether it is summer time.
    pub is_daylight: bool,
}

/// What is in force in a zone at `from`, then every change until `until`. Changes less than a day
/// apart that undo each other would be missed; the time zone database has none after 1970.
#[must_use]
pub fn onsets(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Onset> {
    let mut state = State::at(zone, from);
    let mut found = vec![state.onset(from, state.offset)];
    let mut day = from;
    while day < until {
        let Some(next) = day.checked_add_signed(Duration::days(1)) else { break };
        let then = State::at(zone, next);
        if then != state {
            found.push(then.onset(changes_at(zone, day, next), state.offset));
            state = then;
        }
        day = next;
    }
    found
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    offset: i32,
    name: String,
    is_daylight: bool,
}

impl State {
    fn at(zone: Tz, at: DateTime<Utc>) -> Self {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc());
        Self {
            offset: offset.fix().local_minus_utc(),
            // Its abbreviation, or where it has none its offset, as in `+0530`.
            name: offset.to_string(),
            is_daylight: offset.dst_offset() > Duration::zero(),
        }
    }

    fn onset(&self, at: DateTime<Utc>, before: i32) -> Onset {
        Onset { at, before, after: self.offset, name: self.name.clone(), is_daylight: self.is_daylight }
    }
}

/// The first second in which the zone is no longer as it is at `same`, and is so at `other`.
fn changes_at(zone: Tz, mut same: DateTime<Utc>, mut other: DateTime<Utc>) -> DateTime<Utc> {
    let before = State::at(zone, same);
    while other - same > Duration::seconds(1) {
        let middle = same + Duration::seconds((other - same).num_seconds() / 2);
        if State::at(zone, middle) == before { same = middle } else { other = middle }
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_when_the_database_says_so() {
        let table = "
            America/New_York    | 2026-03-08T07:00:00Z -18000 -14400 EDT +; 2026-11-01T06:00:00Z -14400 -18000 EST -
            Europe/Berlin       | 2026-03-29T01:00:00Z 3600 7200 CEST +; 2026-10-25T01:00:00Z 7200 3600 CET -
            Australia/Melbourne | 2026-04-04T16:00:00Z 39600 36000 AEST -; 2026-10-03T16:00:00Z 36000 39600 AEDT +
            Australia/Lord_Howe | 2026-04-04T15:00:00Z 39600 37800 +1030 -; 2026-10-03T15:30:00Z 37800 39600 +11 +
            America/Sao_Paulo   |
            Africa/Casablanca   | 2026-02-15T02:00:00Z 3600 0 +00 -; 2026-03-22T02:00:00Z 0 3600 +01 +
            UTC                 |";
        for row in table.trim().lines() {
            let (zone, want) = row.split_once('|').unwrap();
            let zone: Tz = zone.trim().parse().unwrap();
            let (from, until) =
                ("2026-01-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap());
            let found = onsets(zone, from, until);
            assert_eq!((found[0].at, found[0].before), (from, found[0].after), "{row}");
            let told: Vec<String> = found[1..]
                .iter()
                .map(|o| {
                    let (at, season) = (o.at.format("%FT%TZ"), if o.is_daylight { '+' } else { '-' });
                    format!("{at} {} {} {} {season}", o.before, o.after, o.name)
                })
                .collect();
            let unseasoned = |text: &str| text.trim_end_matches([' ', '+', '-']).to_owned();
            // Which half of a Moroccan year is summer time is a matter of taste.
            if zone == chrono_tz::Africa::Casablanca {
                let want: Vec<String> = want.trim().split("; ").map(unseasoned).collect();
                assert_eq!(told.iter().map(|t| unseasoned(t)).collect::<Vec<_>>(), want);
            } else {
                assert_eq!(told.join("; "), want.trim(), "{row}");
            }
        }
    }
}
