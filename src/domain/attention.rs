//! What stands between an appointment that was agreed and its taking place.

use chrono::{DateTime, Utc};

use super::practitioner::Blocker;

/// Why an appointment is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No verified licence covers its place and date any more.
    Licence,
    /// No verified certification covers its date any more.
    Certification,
    /// The practitioner is on an exclusion list.
    Excluded,
    /// The practitioner's account is not active.
    Account,
    /// Another list of contraindications is in force than the one that was answered.
    Contraindications,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Licence, Self::Certification, Self::Excluded, Self::Account, Self::Contraindications];
    /// Those that follow from the practitioner's standing.
    pub const OF_STANDING: [Self; 4] = [Self::Licence, Self::Certification, Self::Excluded, Self::Account];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::Certification => "certification",
            Self::Excluded => "excluded",
            Self::Account => "account",
            Self::Contraindications => "contraindications",
        }
    }

    /// The reason with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What keeps a practitioner from being booked, as far as it freezes what is booked already.
    #[must_use]
    pub fn of(blocker: Blocker) -> Option<Self> {
        match blocker {
            Blocker::Licence => Some(Self::Licence),
            Blocker::Certification => Some(Self::Certification),
            Blocker::Excluded => Some(Self::Excluded),
            Blocker::Account => Some(Self::Account),
            Blocker::Location | Blocker::Service | Blocker::Hours => None,
        }
    }
}

/// A reason that freezes an appointment now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since_at: DateTime<Utc>,
}
