//! Counting what each choice would give.
//!
//! **Invariant:** a count is the `total` of the same query with that facet's own
//! filter replaced by the counted choice.

use std::collections::{BTreeMap, BTreeSet};

use super::text;
use crate::domain::practitioner::Practitioner;

/// How many items each choice would give, all filters applied except the facet's own. Sorted by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// By code of the profession.
    pub provider_type: BTreeMap<String, u64>,
    /// By language in lower case. Who speaks `es-mx` counts for `es` too, as the filter has it.
    pub language: BTreeMap<String, u64>,
    /// By code of the concern.
    pub concern: BTreeMap<String, u64>,
}

/// Which of the three facets' own filters an item passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passes {
    pub provider_type: bool,
    pub language: bool,
    pub concern: bool,
}

impl Passes {
    /// Passes all three: an item of the answer.
    pub fn all(self) -> bool {
        self.provider_type && self.language && self.concern
    }

    /// Fails at most one: counts for some facet at least.
    pub fn but_one(self) -> bool {
        u8::from(self.provider_type) + u8::from(self.language) + u8::from(self.concern) >= 2
    }
}

/// The counts while they grow.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub total: u64,
    pub facets: Facets,
}

impl Tally {
    /// Counts an item that passes every filter that is no facet.
    pub fn count(&mut self, practitioner: &Practitioner, passes: Passes) {
        if passes.all() {
            self.total += 1;
        }
        if passes.language && passes.concern {
            add(&mut self.facets.provider_type, practitioner.provider_type.code().to_owned());
        }
        if passes.provider_type && passes.concern {
            let spoken: BTreeSet<String> =
                practitioner.languages.iter().flat_map(|l| text::ranges(l)).collect();
            spoken.into_iter().for_each(|code| add(&mut self.facets.language, code));
        }
        if passes.provider_type && passes.language {
            let treated: BTreeSet<&String> = practitioner.concerns.iter().collect();
            treated.into_iter().for_each(|code| add(&mut self.facets.concern, code.clone()));
        }
    }
}

fn add(counts: &mut BTreeMap<String, u64>, code: String) {
    *counts.entry(code).or_default() += 1;
}
