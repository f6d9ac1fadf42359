//! Calls with everything in them decided: who asks whom for what.

use super::world::{At, Hours, Spot};

/// Who calls, as far as a visit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Who booked it.
    Patient,
    /// With whom it is.
    Practitioner,
    /// Somebody else who is treated.
    Stranger,
    Admin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Confirm,
    Decline,
    Arrive,
    Fulfil,
    NoShow,
    Cancel,
}

impl Act {
    /// The last segment of its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Decline => "decline",
            Self::Arrive => "arrive",
            Self::Fulfil => "fulfil",
            Self::NoShow => "no-show",
            Self::Cancel => "cancel",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Verify,
    Suspend,
    Reinstate,
    Revoke,
}

impl Verdict {
    pub fn code(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Revoke => "revoke",
        }
    }
}

/// A booking wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub spot: Spot,
    pub screening: Option<usize>,
    pub hold: Option<usize>,
}

/// One call. Numbers are positions in the lists of the world.
#[derive(Debug, Clone)]
pub enum Ask {
    Book(Wanted),
    Series { first: Wanted, every_weeks: i64, count: i64, skip: bool },
    Hold(Spot),
    Release { hold: usize, by_stranger: bool },
    Attend { actor: Actor, visit: usize, act: Act },
    AttendSeries { actor: Actor, series: usize, act: Act, from: Option<At> },
    Move { actor: Actor, visit: usize, to: At, place: Option<usize> },
    SetHours { practice: usize, hours: Hours },
    TakeOff { practice: usize, from: At, until: At },
    GiveBack { away: usize },
    Submit { practice: usize, elsewhere: bool, days: Option<i64> },
    Renew { licence: usize, days: i64 },
    Decide { licence: usize, verdict: Verdict },
    Publish,
    Answer { patient: usize, yes: bool, outdated: bool },
    Clear { screening: usize },
    AnswerAgain { actor: Actor, visit: usize, screening: usize },
    ReadAnswers { visit: usize },
}

impl Ask {
    /// What kind of call it is, in one word or two.
    pub fn name(&self) -> String {
        match self {
            Self::Attend { act, .. } => format!("{act:?}"),
            Self::AttendSeries { act, .. } => format!("{act:?}Series"),
            Self::Decide { verdict, .. } => format!("{verdict:?}"),
            other => {
                let told = format!("{other:?}");
                told.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
            }
        }
    }
}
