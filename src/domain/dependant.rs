//! People in an account holder's care: treated, but not signing in themselves.
//!
//! A dependant is a patient of its own. Screenings, holds and visits are the
//! person's, not the account's: two children can be treated at the same time,
//! and the answers of one never carry a visit of the other.
//!
//! **Invariant:** a birth date has passed [`birth_date`].

use chrono::{DateTime, Days, Months, NaiveDate, Utc};

use super::id::{AccountId, PatientId};

/// How old somebody can be, in months.
const OLDEST: Months = Months::new(130 * 12);

/// What the person in care is to the account's holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// A son or daughter, also adopted or in foster care.
    Child,
    /// A mother or father.
    Parent,
    /// A husband, wife or partner.
    Partner,
    /// A brother or sister.
    Sibling,
    /// Anybody else in the holder's care.
    Other,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Child, Self::Parent, Self::Partner, Self::Sibling, Self::Other];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Parent => "parent",
            Self::Partner => "partner",
            Self::Sibling => "sibling",
            Self::Other => "other",
        }
    }

    /// The relation with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|relation| relation.code() == code)
    }
}

/// Somebody in an account holder's care.
#[derive(Clone, PartialEq, Eq)]
pub struct Dependant {
    /// As a patient.
    pub id: PatientId,
    /// In whose care.
    pub account: AccountId,
    /// What to call the person.
    pub name: String,
    /// The birth date.
    pub birth_on: NaiveDate,
    /// What the person is to the holder.
    pub relation: Relation,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Rises by one with every change.
    pub version: i64,
}

/// Why a date is no birth date of somebody alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BirthDateError {
    /// Not yet.
    #[error("must not lie in the future")]
    Future,
    /// Too long ago.
    #[error("must not be more than 130 years ago")]
    TooLongAgo,
}

/// A date on which somebody alive can have been born. `today` is the date in Greenwich; a day more
/// is let through, for elsewhere it is tomorrow already.
pub fn birth_date(on: NaiveDate, today: NaiveDate) -> Result<NaiveDate, BirthDateError> {
    if on > today + Days::new(1) {
        Err(BirthDateError::Future)
    } else if on < today - OLDEST {
        Err(BirthDateError::TooLongAgo)
    } else {
        Ok(on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_read_back() {
        for relation in Relation::ALL {
            assert_eq!(Relation::from_code(relation.code()), Some(relation));
        }
        assert_eq!(Relation::from_code("Child"), None);
    }

    #[test]
    fn somebody_alive_was_born_within_130_years() {
        let on = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = on("2026-11-24");
        let table = "
            2026-11-24 | ok
            2026-11-25 | ok
            2026-11-26 | must not lie in the future
            1896-11-24 | ok
            1896-11-23 | must not be more than 130 years ago
            0001-01-01 | must not be more than 130 years ago";
        for row in table.trim().lines() {
            let (born, want) = row.split_once('|').unwrap();
            let got = birth_date(on(born.trim()), today).map_or_else(|err| err.to_string(), |_| "ok".into());
            assert_eq!(got, want.trim(), "{row}");
        }
    }
}
