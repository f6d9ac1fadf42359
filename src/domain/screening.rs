//! The contraindications, a patient's answers to them, and what follows.
//!
//! **Invariant:** a screening is good for its own patient and its own version
//! of the list, for [`VALID_DAYS`] days; "needs clearance" outlasts a later "no".

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::id::{PatientId, ScreeningId};

/// How long answers stand, in days.
pub const VALID_DAYS: i64 = 30;

/// A condition with which craniosacral therapy must not be given, or only after a clinician agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contraindication {
    /// Stable code.
    pub code: String,
    /// Short name.
    pub label: String,
    /// What is meant and why it matters, in plain words.
    pub explanation: String,
}

/// Something a patient acknowledges before booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Stable code.
    pub code: String,
    /// The sentence acknowledged.
    pub text: String,
}

/// One published version of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContraindicationList {
    /// Counts from 1.
    pub version: i32,
    /// When it came into force.
    pub published_at: DateTime<Utc>,
    /// What is asked.
    pub items: Vec<Contraindication>,
    /// What is acknowledged.
    pub statements: Vec<Statement>,
}

impl ContraindicationList {
    /// The exact text shown, in a fixed form, so that a hash of it proves what was acknowledged.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let mut text = format!("version {}\n", self.version);
        for item in &self.items {
            text.push_str(&format!("item {}\n{}\n{}\n", item.code, item.label, item.explanation));
        }
        for statement in &self.statements {
            text.push_str(&format!("statement {}\n{}\n", statement.code, statement.text));
        }
        text
    }

    /// Checks a set of answers against this list; says for each field what is missing or not known.
    pub fn check(
        &self,
        answers: &BTreeMap<String, bool>,
        acknowledged: &[String],
    ) -> Result<Outcome, Vec<AnswerError>> {
        let mut errors = Vec::new();
        for item in &self.items {
            if !answers.contains_key(&item.code) {
                errors.push(AnswerError::Unanswered(item.code.clone()));
            }
        }
        for code in answers.keys() {
            if !self.items.iter().any(|item| &item.code == code) {
                errors.push(AnswerError::UnknownItem(code.clone()));
            }
        }
        let given: BTreeSet<&str> = acknowledged.iter().map(String::as_str).collect();
        for statement in &self.statements {
            if !given.contains(statement.code.as_str()) {
                errors.push(AnswerError::Unacknowledged(statement.code.clone()));
            }
        }
        for (position, code) in acknowledged.iter().enumerate() {
            if !self.statements.iter().any(|statement| &statement.code == code) {
                errors.push(AnswerError::UnknownStatement { position, code: code.clone() });
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let any_yes = answers.values().any(|yes| *yes);
        Ok(if any_yes { Outcome::NeedsClearance } else { Outcome::Clear })
    }
}

/// What is wrong with a set of answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A question without an answer.
    #[error("{0} needs an answer, true or false")]
    Unanswered(String),
    /// An answer without a question.
    #[error("{0} is not on this list")]
    UnknownItem(String),
    /// A statement not acknowledged.
    #[error("the statement {0} must be acknowledged")]
    Unacknowledged(String),
    /// An acknowledgement of nothing.
    #[error("{code} is no statement of this list")]
    UnknownStatement {
        /// Where in the list it stood.
        position: usize,
        /// What was acknowledged.
        code: String,
    },
}

/// What follows from the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing on the list applies.
    Clear,
    /// Something does: a clinician must agree first.
    NeedsClearance,
}

impl Outcome {
    /// The code as stored and shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::NeedsClearance => "needs_clearance",
        }
    }

    /// The outcome with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Clear, Self::NeedsClearance].into_iter().find(|o| o.code() == code)
    }

    /// The outcome when an earlier screening of the last 30 days said `earlier`: a "no" after a "yes" stays a "yes".
    #[must_use]
    pub fn after(self, earlier: Option<Self>) -> Self {
        if earlier == Some(Self::NeedsClearance) { Self::NeedsClearance } else { self }
    }
}

/// One patient's answers, without the answers themselves: those are sealed and read only where they must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    /// Its identity.
    pub id: ScreeningId,
    /// Whose.
    pub patient: PatientId,
    /// Of which list.
    pub version: i32,
    /// What followed.
    pub outcome: Outcome,
    /// When it was answered.
    pub created_at: DateTime<Utc>,
    /// Until when it stands.
    pub valid_until: DateTime<Utc>,
    /// SHA-256 of the text shown, lower-case hexadecimal.
    pub text_sha256: String,
    /// A clinician's agreement has been added.
    pub has_clearance: bool,
}

/// Why a screening does not carry a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScreeningRefusal {
    /// Somebody else's.
    #[error("this screening belongs to another patient")]
    OtherPatient,
    /// Older than 30 days.
    #[error("this screening has expired; please answer the questions again")]
    Expired,
    /// The list has changed since.
    #[error("the list of contraindications has changed since; please answer the questions again")]
    OldVersion,
    /// A "yes" without a clinician's agreement.
    #[error("an answer calls for a clinician's clearance before booking")]
    ClearanceRequired,
}

impl Screening {
    /// The end of validity for answers given at an instant.
    #[must_use]
    pub fn valid_until(answered_at: DateTime<Utc>) -> DateTime<Utc> {
        answered_at + Duration::days(VALID_DAYS)
    }

    /// Whether it carries a booking for `patient` made at `now` under the current version.
    pub fn carries(
        &self,
        patient: PatientId,
        version: i32,
        now: DateTime<Utc>,
    ) -> Result<(), ScreeningRefusal> {
        if self.patient != patient {
            return Err(ScreeningRefusal::OtherPatient);
        }
        if self.version != version {
            return Err(ScreeningRefusal::OldVersion);
        }
        if now >= self.valid_until {
            return Err(ScreeningRefusal::Expired);
        }
        if self.outcome == Outcome::NeedsClearance && !self.has_clearance {
            return Err(ScreeningRefusal::ClearanceRequired);
        }
        Ok(())
    }
}

/// What a patient answered; sealed before it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Item code to answer.
    pub answers: BTreeMap<String, bool>,
    /// Statement codes.
    pub acknowledged: Vec<String>,
    /// The name they signed with.
    pub signed_name: String,
}

/// A clinician's agreement; sealed before it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearance {
    /// Who agreed.
    pub clinician_name: String,
    /// As what.
    pub clinician_profession: String,
    /// On which day.
    pub cleared_on: NaiveDate,
    /// In which words.
    pub statement: String,
}
