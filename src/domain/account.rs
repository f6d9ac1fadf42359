//! People who sign in: addresses, roles, passwords as parsed types.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::id::AccountId;

/// An e-mail address as it was typed, with the form in which addresses compare.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    written: String,
}

/// Why a text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address looks like name@example.org, with at most 254 characters")]
pub struct EmailAddressError;

impl EmailAddress {
    /// As typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Lower case: two addresses are the same when their keys are.
    #[must_use]
    pub fn key(&self) -> String {
        self.written.to_lowercase()
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    /// Deliberately plainer than RFC 5321: no quoted local parts, no address literals, so that
    /// nothing in an address can end a mail header or a command.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailAddressError)?;
        let local_fits = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
        let label_fits = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let domain_fits = domain.contains('.') && domain.split('.').all(label_fits);
        if text.len() <= 254 && local_fits && domain_fits {
            Ok(Self { written: text.to_owned() })
        } else {
            Err(EmailAddressError)
        }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// A password somebody chose, before it is hashed. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than twelve characters.
    #[error("must have at least 12 characters")]
    TooShort,
    /// More than 128 characters.
    #[error("must have at most 128 characters")]
    TooLong,
}

impl Password {
    /// Fewest characters (Unicode scalar values).
    pub const LEAST: usize = 12;
    /// Most characters.
    pub const MOST: usize = 128;

    /// The text itself, exactly as sent: nothing trimmed, cut or folded.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for Password {
    type Err = PasswordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.chars().count() {
            n if n < Self::LEAST => Err(PasswordError::TooShort),
            n if n > Self::MOST => Err(PasswordError::TooLong),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What an account may do besides being a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Everybody.
    Patient,
    /// Has a practitioner record.
    Practitioner,
    /// Verifies and oversees; made on the command line only.
    Admin,
}

impl Role {
    /// The code shown in `roles`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Practitioner => "practitioner",
            Self::Admin => "admin",
        }
    }
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountStatus {
    /// May sign in.
    Active,
    /// Barred by an admin.
    Suspended,
    /// Closed by its owner; its personal data is gone.
    Closed,
}

impl AccountStatus {
    /// The code as stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }

    /// The status with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Closed].into_iter().find(|s| s.code() == code)
    }
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identity; also the identity of its own patient.
    pub id: AccountId,
    /// Verified address.
    pub email: EmailAddress,
    /// What to call them.
    pub name: String,
    /// Zone in which times are told to them.
    pub time_zone: Tz,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// May verify and oversee.
    pub is_admin: bool,
    /// When it came to be.
    pub created_at: DateTime<Utc>,
    /// Rises by one with every change.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for good in ["a@b.co", "Dana.Reyes+x@mail.example.org", "o'brien@example.ie", " padded@example.org "]
        {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.co",
            "a@b",
            "a b@c.de",
            "a@b..co",
            "a@-b.co",
            ".a@b.co",
            "a@b.co\r\nBcc: x@y.zz",
            "a@b.co\0",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn password_length_counts_characters() {
        assert_eq!("elevenchars".parse::<Password>(), Err(PasswordError::TooShort));
        assert!("öööööööööööö".parse::<Password>().is_ok());
        assert!("x".repeat(128).parse::<Password>().is_ok());
        assert_eq!("x".repeat(129).parse::<Password>(), Err(PasswordError::TooLong));
    }
}
