//! Every typed identifier, from one macro.
//!
//! An identifier is a UUIDv7 (RFC 9562 §5.7): it sorts by the time it was made
//! and carries 74 random bits. Typing them apart means that a patient's id can
//! never be passed where an appointment's is asked for.
//!
//! **Invariant:** knowing an identifier never grants anything by itself.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What all typed identifiers have in common.
pub trait TypedId: Copy + From<Uuid> + Into<Uuid> {
    /// A UUIDv7 from an instant and ten random bytes.
    fn at(now: DateTime<Utc>, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into()
    }
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl TypedId for $name {}

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person who can sign in.
    AccountId;
    /// The person treated. An account's own patient has the account's id.
    PatientId;
    /// One signed-in browser or client.
    SessionId;
    /// Somebody who treats.
    PractitionerId;
    /// A place where a practitioner treats.
    LocationId;
    /// Something that can be booked.
    ServiceId;
    /// A stretch of time a practitioner is away.
    TimeOffId;
    /// A licence or certification.
    CredentialId;
    /// One step in the checking of a credential.
    DecisionId;
    /// A piece of evidence for a credential.
    DocumentId;
    /// One set of answers to the contraindications.
    ScreeningId;
    /// A short reservation of a time.
    HoldId;
    /// A place in the line of those who wait for a time.
    WaitlistId;
    /// A time offered to one of them; the claim on the time has the same id.
    OfferId;
    /// A booking.
    AppointmentId;
    /// A calendar that programs fetch by a secret address.
    CalendarFeedId;
    /// Bookings made together.
    SeriesId;
    /// A message waiting to be sent.
    OutboxId;
    /// One HTTP request or one run of a command.
    RequestId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_by_time_and_read_back() {
        let early = AccountId::at(DateTime::UNIX_EPOCH, [0xff; 10]);
        let late = AccountId::at(DateTime::UNIX_EPOCH + chrono::Duration::milliseconds(1), [0; 10]);
        assert!(early < late);
        assert_eq!(late.to_string().parse(), Ok(late));
        assert_eq!(Uuid::from(late).get_version_num(), 7);
    }
}
