//! What the therapy is, what is and is not known of it, and the code lists.
//!
//! Fixed text, in our own words, each statement with the sources it rests on.
//! It tells what studies found and that they disagree; where something is a
//! claim, it is told as a claim.
//!
//! - [`therapy`]: what `GET /v1/therapy` answers
//! - [`mod@concern`]: what people come with, and what is known about each
//! - [`provider`]: the five professions
//! - [`contraindication`]: the first version of the list asked before booking
//! - [`source`]: everything cited
//!
//! **Invariant:** every statement names at least one source, and none promises
//! a result.

pub mod concern;
pub mod contraindication;
pub mod provider;
pub mod source;
pub mod therapy;

use chrono::NaiveDate;
use serde::Serialize;

pub use self::{
    concern::{CONCERNS, Concern, concern},
    contraindication::contraindications_v1,
    provider::{PROVIDER_TYPES, ProviderGuide, provider_guide},
    source::Source,
    therapy::{Section, THERAPY, Therapy},
};

/// The day on which the texts of this module were last held against their sources.
pub const LAST_REVIEWED_ON: NaiveDate = match NaiveDate::from_ymd_opt(2026, 11, 24) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// One thing said, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Stable code, unique among all statements.
    pub code: &'static str,
    /// Plain language, whole sentences.
    pub text: &'static str,
    /// At least one.
    pub sources: &'static [&'static Source],
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every text of our own, with its code.
    fn texts() -> Vec<(&'static str, &'static str)> {
        let mut texts = Vec::new();
        for section in THERAPY.sections {
            texts.push((section.code, section.title));
            texts.extend(section.statements.iter().map(|statement| (statement.code, statement.text)));
        }
        for concern in &CONCERNS {
            texts.push((concern.code, concern.description));
            texts.push((concern.code, concern.evidence.text));
        }
        texts.extend(PROVIDER_TYPES.iter().map(|guide| (guide.code(), guide.description)));
        texts
    }

    fn statements() -> Vec<&'static Statement> {
        let of_sections = THERAPY.sections.iter().flat_map(|section| section.statements);
        of_sections.chain(CONCERNS.iter().map(|concern| &concern.evidence)).collect()
    }

    #[test]
    fn every_statement_has_a_source_and_every_source_is_used() {
        let mut cited: BTreeSet<&str> = BTreeSet::new();
        for statement in statements() {
            assert!(!statement.sources.is_empty(), "{}", statement.code);
            cited.extend(statement.sources.iter().map(|source| source.code));
        }
        for guide in &PROVIDER_TYPES {
            assert!(!guide.sources.is_empty(), "{}", guide.code());
            cited.extend(guide.sources.iter().map(|source| source.code));
        }
        let all: BTreeSet<&str> = source::ALL.iter().map(|source| source.code).collect();
        assert_eq!(cited, all);
    }

    #[test]
    fn codes_are_unique_and_plain() {
        let sections: Vec<&str> = THERAPY.sections.iter().map(|section| section.code).collect();
        let concerns: Vec<&str> = CONCERNS.iter().map(|concern| concern.code).collect();
        let spoken: Vec<&str> = statements().iter().map(|statement| statement.code).collect();
        let sources: Vec<&str> = source::ALL.iter().map(|source| source.code).collect();
        for codes in [sections, concerns, spoken, sources] {
            assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{codes:?}");
            for code in codes {
                assert!(
                    code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                    "{code}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_promised() {
        let list = contraindications_v1(chrono::DateTime::UNIX_EPOCH);
        let items = list.items.iter().map(|item| (item.code.clone(), item.explanation.clone()));
        let agreed = list.statements.iter().map(|statement| (statement.code.clone(), statement.text.clone()));
        let fixed = texts().into_iter().map(|(code, text)| (code.to_owned(), text.to_owned()));
        for (code, text) in fixed.chain(items).chain(agreed) {
            for word in text.to_lowercase().split(|c: char| !c.is_alphabetic()) {
                let promise = ["cure", "cures", "cured", "heals", "healed", "healing", "miracle", "proven"];
                assert!(!promise.contains(&word) && !word.starts_with("guarant"), "{code}: {word}");
            }
        }
    }

    #[test]
    fn texts_are_whole_sentences() {
        for (code, text) in texts() {
            assert_eq!(text.trim(), text, "{code}");
            assert!(!text.contains("  ") && !text.contains('\n'), "{code}");
            assert!(text.starts_with(char::is_uppercase), "{code}");
        }
        for statement in statements() {
            assert!(statement.text.ends_with('.'), "{}", statement.code);
        }
    }

    #[test]
    fn sources_can_be_found() {
        for source in source::ALL {
            assert!(source.url.starts_with("https://"), "{}", source.code);
            assert!(source.doi.is_none_or(|doi| doi.starts_with("10.")), "{}", source.code);
            assert!(source.year.is_none_or(|year| (1990..=2026).contains(&year)), "{}", source.code);
        }
    }

    #[test]
    fn the_whole_is_told_as_json() {
        let told = serde_json::to_value(THERAPY).unwrap();
        assert_eq!(told["last_reviewed_on"], "2026-11-24");
        let first = &told["sections"][0]["statements"][0];
        assert!(first["sources"][0]["title"].is_string(), "{first}");
        assert_ne!(LAST_REVIEWED_ON, NaiveDate::MIN);
    }
}
