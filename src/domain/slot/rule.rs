//! The rules that can take a start away, and how they are told.

use chrono::{DateTime, Utc};

use super::{Offer, local_date};
use crate::domain::{location::Location, practitioner::Blocker};

/// A rule that can take a start away, in the order they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// It lies before now.
    Past,
    /// It is too soon.
    MinimumNotice,
    /// It is today, and this practitioner is booked by the day before.
    SameDay,
    /// It is too far ahead.
    Horizon,
    /// The visit does not fit inside hours for this service at this place.
    OutsideHours,
    /// The same, and the date is closed by an exception.
    ClosedDate,
    /// The visit with its buffers meets time away.
    TimeOff,
    /// The visit meets a booked visit.
    Booked,
    /// Only the buffers meet: this visit's or a booked one's.
    Buffer,
    /// The visit with its buffers meets a hold.
    Held,
    /// There is no time to come from, or go to, a visit at another place.
    Travel,
    /// The day has as many visits as the practitioner takes.
    DailyLimit,
    /// The week has as many visits as the practitioner takes.
    WeeklyLimit,
    /// Inside hours, but not on the grid of starts.
    OffGrid,
    /// No verified licence covers the place and the date.
    Licence,
    /// No verified certification covers the date.
    Certification,
    /// Nothing can be booked here now.
    NotAccepting,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Past,
        Self::MinimumNotice,
        Self::SameDay,
        Self::Horizon,
        Self::OutsideHours,
        Self::ClosedDate,
        Self::TimeOff,
        Self::Booked,
        Self::Buffer,
        Self::Held,
        Self::Travel,
        Self::DailyLimit,
        Self::WeeklyLimit,
        Self::OffGrid,
        Self::Licence,
        Self::Certification,
        Self::NotAccepting,
    ];

    /// The code shown in `reasons`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::MinimumNotice => "minimum_notice",
            Self::SameDay => "same_day",
            Self::Horizon => "horizon",
            Self::OutsideHours => "outside_hours",
            Self::ClosedDate => "closed_date",
            Self::TimeOff => "time_off",
            Self::Booked => "booked",
            Self::Buffer => "buffer",
            Self::Held => "held",
            Self::Travel => "travel",
            Self::DailyLimit => "daily_limit",
            Self::WeeklyLimit => "weekly_limit",
            Self::OffGrid => "off_grid",
            Self::Licence => "licence",
            Self::Certification => "certification",
            Self::NotAccepting => "not_accepting",
        }
    }

    /// Whether it means that somebody else has the time; any other rule means it was never on offer.
    #[must_use]
    pub fn is_conflict(self) -> bool {
        matches!(self, Self::Booked | Self::Buffer | Self::Held)
    }
}

impl From<Blocker> for Rule {
    fn from(blocker: Blocker) -> Self {
        match blocker {
            Blocker::Licence => Self::Licence,
            Blocker::Certification => Self::Certification,
            Blocker::Account | Blocker::Excluded | Blocker::Location | Blocker::Service | Blocker::Hours => {
                Self::NotAccepting
            }
        }
    }
}

/// A rule that takes a start away, with words for the person who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Which rule.
    pub rule: Rule,
    /// What it means here, without a name or anything else about another patient.
    pub detail: String,
}

impl Offer<'_> {
    /// What `rule` means for the start `at`, in plain words.
    pub(super) fn detail(&self, rule: Rule, at: DateTime<Utc>, place: Option<&Location>) -> String {
        let terms = &self.service.rules;
        match rule {
            Rule::Past => "that time has passed".to_owned(),
            Rule::MinimumNotice => {
                format!("this is booked at least {} ahead", in_words(terms.minimum_notice_minutes))
            }
            Rule::SameDay => "this practitioner is booked by the day before at the latest".to_owned(),
            Rule::Horizon => format!("this is booked at most {} ahead", counted(terms.horizon_days, "day")),
            Rule::OutsideHours => "the visit does not fit into the hours for it at this place".to_owned(),
            Rule::ClosedDate => "there are no hours on that date".to_owned(),
            Rule::TimeOff => "the practitioner is away then".to_owned(),
            Rule::Booked => "somebody else has that time".to_owned(),
            Rule::Buffer => "that is too close to another visit; some time is kept free between".to_owned(),
            Rule::Held => {
                "somebody is booking that time just now; it may come free in some minutes".to_owned()
            }
            Rule::Travel => format!(
                "{} are kept for the way to or from a visit at another place",
                in_words(self.listing.practitioner.terms.travel_minutes)
            ),
            Rule::DailyLimit => "the practitioner takes no more visits on that day".to_owned(),
            Rule::WeeklyLimit => "the practitioner takes no more visits in that week".to_owned(),
            Rule::OffGrid => format!(
                "visits start every {} from the beginning of the hours",
                in_words(terms.start_interval_minutes)
            ),
            Rule::Licence => Blocker::Licence.detail().to_owned(),
            Rule::Certification => Blocker::Certification.detail().to_owned(),
            Rule::NotAccepting => self.not_accepting(at, place),
        }
    }

    /// All that stands behind [`Rule::NotAccepting`], in one line.
    fn not_accepting(&self, at: DateTime<Utc>, place: Option<&Location>) -> String {
        let standing = self.listing.standing();
        let blockers = place.map(|place| standing.blockers(place, local_date(place.time_zone, at)));
        let mut details: Vec<&str> = blockers
            .into_iter()
            .flatten()
            .filter(|blocker| Rule::from(*blocker) == Rule::NotAccepting)
            .map(Blocker::detail)
            .collect();
        if self.service.removed {
            details.push("this service is no longer offered");
        }
        if !self.listing.practitioner.accepts_new_patients {
            details.push("no new bookings are taken at present");
        }
        details.join("; ")
    }
}

/// A length in the largest unit that divides it: `2 hours`, `90 minutes`.
fn in_words(minutes: u32) -> String {
    match minutes {
        1.. if minutes.is_multiple_of(1440) => counted(minutes / 1440, "day"),
        1.. if minutes.is_multiple_of(60) => counted(minutes / 60, "hour"),
        _ => counted(minutes, "minute"),
    }
}

fn counted(number: u32, unit: &str) -> String {
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}
