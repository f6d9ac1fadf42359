//! What a commit made true, for whoever keeps a copy of it in memory.
//!
//! A change names the practitioner it touched, not the new value: whoever hears
//! of it reads the rows afresh after the commit, so that two changes heard in
//! the wrong order still end in the right picture.

use super::id::PractitionerId;

/// Something a transaction changed that the directory shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// The practitioner's record, places, services, hours or credentials.
    Profile(PractitionerId),
    /// Only the times taken: a booking, a cancellation, a hold.
    Calendar(PractitionerId),
}

impl Change {
    /// Whom it is about.
    #[must_use]
    pub fn practitioner(self) -> PractitionerId {
        match self {
            Self::Profile(id) | Self::Calendar(id) => id,
        }
    }

    /// The kind as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Profile(_) => "profile",
            Self::Calendar(_) => "calendar",
        }
    }
}
