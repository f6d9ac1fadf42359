//! The first version of the list that every patient answers before booking.
//!
//! The five conditions are those for which the Cleveland Clinic's page for
//! patients (see [`super::source::CLEVELAND_2017`]) asks to have no session, or
//! none before a doctor agreed. Later versions are published by an admin.
//!
//! **Invariant:** these texts never change; a better wording is a new version,
//! because a patient's acknowledgement is of the exact words shown.

use chrono::{DateTime, Utc};

use crate::domain::screening::{Contraindication, ContraindicationList, Statement};

/// Code, label, explanation.
const ITEMS: [[&str; 3]; 5] = [
    [
        "blood_clots",
        "Blood clots",
        "You have a blood clot now, had one recently, or a doctor suspects one, for example in a leg, a lung or the brain. Pressure on the body, even a light one, and lying still may be unsafe until a doctor agrees.",
    ],
    [
        "traumatic_brain_injury",
        "Concussion or other brain injury",
        "You recently had a concussion or another injury to the brain, from a fall, a blow or an accident, even if it seemed mild. Some people with brain injuries became worse after craniosacral work, so a doctor must agree first.",
    ],
    [
        "brain_swelling",
        "Swelling of the brain",
        "You have, or may have, swelling of the brain or raised pressure inside the skull, from any cause. Anything that might change that pressure can be dangerous.",
    ],
    [
        "brain_aneurysm",
        "Brain aneurysm",
        "You have a bulge in a blood vessel of the brain, whether treated or only being watched, or had bleeding inside the skull. A change of pressure inside the head is a risk that only your doctor can judge.",
    ],
    [
        "csf_buildup",
        "Build-up of fluid around the brain",
        "You have a condition in which the fluid around the brain and spinal cord builds up, leaks, or does not flow or keep its pressure as it should, such as hydrocephalus, with or without a shunt, or a Chiari malformation.",
    ],
];

/// Code, text.
const STATEMENTS: [[&str; 2]; 3] = [
    [
        "evidence_is_limited",
        "I understand that the evidence for craniosacral therapy is limited and disputed: some reviews found small to moderate relief in chronic pain, another found no benefit, and nobody can promise me a result.",
    ],
    [
        "not_a_substitute",
        "I understand that craniosacral therapy is no substitute for medical diagnosis or treatment. I will not stop or put off any treatment because of it, and in an emergency I will call for medical help.",
    ],
    [
        "answers_are_true",
        "My answers are true and complete as far as I know, and I will tell my practitioner before the session if anything changes.",
    ],
];

/// Version 1, as published at that instant.
#[must_use]
pub fn contraindications_v1(published_at: DateTime<Utc>) -> ContraindicationList {
    let items = ITEMS.map(|[code, label, explanation]| Contraindication {
        code: code.to_owned(),
        label: label.to_owned(),
        explanation: explanation.to_owned(),
    });
    let statements =
        STATEMENTS.map(|[code, text]| Statement { code: code.to_owned(), text: text.to_owned() });
    ContraindicationList { version: 1, published_at, items: items.into(), statements: statements.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_one_asks_the_five_questions() {
        let list = contraindications_v1(DateTime::UNIX_EPOCH);
        let items: Vec<&str> = list.items.iter().map(|item| item.code.as_str()).collect();
        assert_eq!(
            items,
            ["blood_clots", "traumatic_brain_injury", "brain_swelling", "brain_aneurysm", "csf_buildup"]
        );
        let statements: Vec<&str> = list.statements.iter().map(|statement| statement.code.as_str()).collect();
        assert_eq!(statements, ["evidence_is_limited", "not_a_substitute", "answers_are_true"]);
        assert_eq!(list.version, 1);
    }

    /// The texts also stand in a migration, between quotes.
    #[test]
    fn no_text_needs_quoting() {
        let list = contraindications_v1(DateTime::UNIX_EPOCH);
        assert!(!list.canonical_text().contains(['\'', '"', '\\']));
    }
}
