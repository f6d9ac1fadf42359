//! A permit to practise or a training certificate, and its checking.
//!
//! **Invariant:** a credential counts only while verified, and only from
//! `issued_on` to `expires_on`, both inclusive, by the calendar of the place.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    id::{AccountId, CredentialId, DecisionId, PractitionerId},
    location::{Country, CountryError},
    practitioner::ProviderType,
};

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// A statutory permit to practise the profession.
    Licence,
    /// A certificate in craniosacral therapy.
    CraniosacralCertification,
}

impl CredentialKind {
    const ALL: [Self; 2] = [Self::Licence, Self::CraniosacralCertification];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::CraniosacralCertification => "craniosacral_certification",
        }
    }

    /// The kind with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// How far the checking has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialStatus {
    /// Waits for an admin.
    Submitted,
    /// The admin asked for more; waits for the practitioner.
    InformationRequested,
    /// Checked and found true.
    Verified,
    /// Checked and found wanting.
    Rejected,
    /// Verified once, not to be relied on now.
    Suspended,
    /// Taken away for good.
    Revoked,
    /// Verified once, its last day has passed.
    Expired,
}

impl CredentialStatus {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Submitted,
        Self::InformationRequested,
        Self::Verified,
        Self::Rejected,
        Self::Suspended,
        Self::Revoked,
        Self::Expired,
    ];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::InformationRequested => "information_requested",
            Self::Verified => "verified",
            Self::Rejected => "rejected",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// The status with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Where a decision leads from here; `None` where it may not be taken.
    #[must_use]
    pub fn after(self, decision: Verdict) -> Option<Self> {
        match (self, decision) {
            (Self::Submitted, Verdict::Verify) | (Self::Suspended, Verdict::Reinstate) => {
                Some(Self::Verified)
            }
            (Self::Submitted, Verdict::Reject) => Some(Self::Rejected),
            (Self::Submitted, Verdict::RequestInformation) => Some(Self::InformationRequested),
            (Self::Verified, Verdict::Suspend) => Some(Self::Suspended),
            (Self::Verified | Self::Suspended, Verdict::Revoke) => Some(Self::Revoked),
            _ => None,
        }
    }

    /// Where the practitioner's own edit of the facts leads: back to review, or nowhere.
    #[must_use]
    pub fn after_edit(self) -> Option<Self> {
        match self {
            Self::Submitted | Self::InformationRequested | Self::Verified | Self::Expired => {
                Some(Self::Submitted)
            }
            Self::Rejected | Self::Suspended | Self::Revoked => None,
        }
    }
}

/// What an admin decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The facts are true.
    Verify,
    /// They are not.
    Reject,
    /// They cannot be told yet.
    RequestInformation,
    /// Not to be relied on for now.
    Suspend,
    /// To be relied on again.
    Reinstate,
    /// Gone for good.
    Revoke,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Verify, Self::Reject, Self::RequestInformation, Self::Suspend, Self::Reinstate, Self::Revoke];

    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reject => "reject",
            Self::RequestInformation => "request_information",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::Revoke => "revoke",
        }
    }

    /// The verdict with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

/// How the facts were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// With the board or body that issued it.
    PrimarySource,
    /// From a document the practitioner sent.
    Document,
}

impl Method {
    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PrimarySource => "primary_source",
            Self::Document => "document",
        }
    }

    /// The method with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::PrimarySource, Self::Document].into_iter().find(|m| m.code() == code)
    }
}

/// An ISO 3166-2 code (`US-OR`), or a bare country (`NZ`) that covers all its regions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Jurisdiction {
    country: Country,
    region: Option<String>,
}

/// Why a text is no jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JurisdictionError {
    /// The country part is wrong.
    #[error(transparent)]
    Country(#[from] CountryError),
    /// The region part is wrong.
    #[error("a jurisdiction is an ISO 3166-2 code such as US-OR, or a country such as NZ")]
    Region,
}

impl Jurisdiction {
    /// Whether a permit of this jurisdiction is good in that region.
    #[must_use]
    pub fn covers(&self, country: Country, region: &str) -> bool {
        self.country == country
            && self.region.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(region.trim()))
    }
}

impl FromStr for Jurisdiction {
    type Err = JurisdictionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (country, region) = match text.split_once('-') {
            Some((country, region)) => (country, Some(region)),
            None => (text, None),
        };
        let country: Country = country.parse()?;
        let region = match region {
            Some(r) if (1..=3).contains(&r.len()) && r.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Some(r.to_ascii_uppercase())
            }
            Some(_) => return Err(JurisdictionError::Region),
            None => None,
        };
        Ok(Self { country, region })
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Some(region) => write!(f, "{}-{region}", self.country),
            None => write!(f, "{}", self.country),
        }
    }
}

/// A licence or certification as its holder states it, and how far it has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its identity.
    pub id: CredentialId,
    /// Whose it is.
    pub practitioner: PractitionerId,
    /// What it is.
    pub kind: CredentialKind,
    /// The profession it was submitted for.
    pub provider_type: ProviderType,
    /// The board or body that issued it.
    pub issuer: String,
    /// Where it is good.
    pub jurisdiction: Jurisdiction,
    /// Its number.
    pub number: String,
    /// First day it is good.
    pub issued_on: NaiveDate,
    /// Last day it is good; none if it does not expire.
    pub expires_on: Option<NaiveDate>,
    /// As stored. `Expired` is never stored: it follows from the date, see [`Credential::status_on`].
    pub status: CredentialStatus,
    /// When it was handed in (again).
    pub submitted_at: DateTime<Utc>,
    /// Day of the check that verified it.
    pub verified_on: Option<NaiveDate>,
    /// How it was verified.
    pub method: Option<Method>,
    /// Where it was verified.
    pub source_url: Option<String>,
    /// Rises by one with every change.
    pub version: i64,
}

impl Credential {
    /// The status as it stands on a day: a verified credential past its last day is expired.
    #[must_use]
    pub fn status_on(&self, today: NaiveDate) -> CredentialStatus {
        match (self.status, self.expires_on) {
            (CredentialStatus::Verified, Some(last)) if last < today => CredentialStatus::Expired,
            (status, _) => status,
        }
    }

    /// Whether it is verified and good on that day.
    #[must_use]
    pub fn covers_date(&self, on: NaiveDate) -> bool {
        self.status_on(on) == CredentialStatus::Verified && self.issued_on <= on
    }
}

/// One step of the checking, kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its identity.
    pub id: DecisionId,
    /// What it is about.
    pub credential: CredentialId,
    /// When it was taken.
    pub decided_at: DateTime<Utc>,
    /// Who took it; the practitioner for a submission.
    pub actor: AccountId,
    /// Status before; none for the first submission.
    pub from: Option<CredentialStatus>,
    /// Status after.
    pub to: CredentialStatus,
    /// How it was checked; none for a submission.
    pub method: Option<Method>,
    /// Where it was checked.
    pub source_url: Option<String>,
    /// When it was checked.
    pub checked_on: Option<NaiveDate>,
    /// Why.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jurisdictions_cover_their_own() {
        let table = "
            US-OR | US OR | yes
            us-or | US or | yes
            US-OR | US WA | no
            NZ    | NZ AUK | yes
            NZ    | NZ    | yes
            NZ    | AU NSW | no
            GB-ENG | GB ENG | yes";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let jurisdiction: Jurisdiction = cells[0].parse().expect("a jurisdiction");
            let (country, region) = cells[1].split_once(' ').unwrap_or((cells[1], ""));
            let covers = jurisdiction.covers(country.parse().expect("a country"), region);
            assert_eq!(covers, cells[2] == "yes", "{row}");
        }
        for text in ["", "U", "USA", "US-", "US-OREGON", "US-O R", "1A"] {
            assert!(text.parse::<Jurisdiction>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_listed_moves_exist() {
        let allowed = "
            submitted verify verified
            submitted reject rejected
            submitted request_information information_requested
            verified suspend suspended
            verified revoke revoked
            suspended reinstate verified
            suspended revoke revoked";
        for from in CredentialStatus::ALL {
            for verdict in Verdict::ALL {
                let want =
                    allowed.lines().map(|l| l.split_whitespace().collect::<Vec<_>>()).find_map(|row| {
                        (row.first() == Some(&from.code()) && row.get(1) == Some(&verdict.code()))
                            .then(|| row[2])
                    });
                assert_eq!(from.after(verdict).map(CredentialStatus::code), want, "{from:?} {verdict:?}");
            }
        }
    }
}
