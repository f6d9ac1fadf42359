//! What a commit made true, for whoever keeps a copy of it in memory.
//!
//! A change names the practitioner it touched, not the new value: whoever hears
//! of it reads the rows afresh after the commit, so that two changes heard in
//! the wrong order still end in the right picture.

use super::{id::PractitionerId, period::Period};

/// Something a transaction changed that the directory shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// The practitioner's record, places, services, hours or credentials.
    Profile(PractitionerId),
    /// Only the times taken, anywhere in the calendar.
    Calendar(PractitionerId),
    /// Only the times taken that touch this period: a booking, a cancellation, a hold.
    Times(PractitionerId, Period),
}

impl Change {
    /// Whom it is about.
    #[must_use]
    pub fn practitioner(self) -> PractitionerId {
        match self {
            Self::Profile(id) | Self::Calendar(id) | Self::Times(id, _) => id,
        }
    }

    /// The kind as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Profile(_) => "profile",
            // Which part of it is not written down: other processes read it whole.
            Self::Calendar(_) | Self::Times(..) => "calendar",
        }
    }
}
