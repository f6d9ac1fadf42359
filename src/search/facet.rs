//! Counting what each choice would give.
//!
//! Bits are counted standing up: the nth plane holds the nth binary digit of all 64 counts, so
//! that one addition counts every bit of a point at once.
//!
//! **Invariant:** a count is the `total` of the same query with that facet's own
//! filter replaced by the counted choice.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    bits::{CONCERN_BITS, Codes, LANGUAGE_BITS, TYPE_BITS, Wanted, type_bit},
    query::Filter,
    text,
};
use crate::domain::practitioner::{Practitioner, ProviderType};

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

/// How often each bit was set.
#[derive(Debug, Default)]
struct Planes([u64; 32]);

impl Planes {
    fn add(&mut self, bits: u64) {
        let mut carry = bits;
        for plane in &mut self.0 {
            (*plane, carry) = (*plane ^ carry, *plane & carry);
            if carry == 0 {
                return;
            }
        }
    }

    fn count(&self, bit: u32) -> u64 {
        self.0.iter().zip(0..).map(|(plane, place)| (plane >> bit & 1) << place).sum()
    }
}

/// The counts while they grow.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub total: u64,
    types: Planes,
    languages: Planes,
    concerns: Planes,
    /// Of those who have codes without a bit.
    beyond: Facets,
}

impl Tally {
    /// Counts a point that passes every filter that is no facet and whose codes all have bits.
    pub fn count(&mut self, bits: u64, wanted: &Wanted) {
        let meets = |group: u64| group == 0 || bits & group != 0;
        let (of_type, speaks, treats) = (meets(wanted.types), meets(wanted.language), meets(wanted.concerns));
        self.total += u64::from(of_type && speaks && treats);
        let only = |passes: bool, group: u64| if passes { bits & group } else { 0 };
        self.types.add(only(speaks && treats, TYPE_BITS));
        self.languages.add(only(of_type && treats, LANGUAGE_BITS));
        self.concerns.add(only(of_type && speaks, CONCERN_BITS));
    }

    /// The same for anybody, from the record.
    pub fn count_by_record(&mut self, person: &Practitioner, filter: &Filter<'_>) {
        let (of_type, speaks, treats) =
            (filter.admits_type(person), filter.admits_language(person), filter.admits_concern(person));
        self.total += u64::from(of_type && speaks && treats);
        if speaks && treats {
            add(&mut self.beyond.provider_type, person.provider_type.code(), 1);
        }
        if of_type && treats {
            let spoken: BTreeSet<String> = person.languages.iter().flat_map(|l| text::ranges(l)).collect();
            spoken.iter().for_each(|code| add(&mut self.beyond.language, code, 1));
        }
        if of_type && speaks {
            let treated: BTreeSet<&String> = person.concerns.iter().collect();
            treated.into_iter().for_each(|code| add(&mut self.beyond.concern, code, 1));
        }
    }

    /// What was counted, by code.
    pub fn facets(self, codes: &Codes) -> Facets {
        let mut facets = self.beyond;
        for own in ProviderType::ALL {
            add(&mut facets.provider_type, own.code(), self.types.count(type_bit(own).trailing_zeros()));
        }
        for (code, bit) in codes.languages() {
            add(&mut facets.language, code, self.languages.count(bit));
        }
        for (code, bit) in codes.concerns() {
            add(&mut facets.concern, code, self.concerns.count(bit));
        }
        facets
    }
}

fn add(counts: &mut BTreeMap<String, u64>, code: &str, more: u64) {
    if more == 0 {
        return;
    }
    match counts.get_mut(code) {
        Some(count) => *count += more,
        None => _ = counts.insert(code.to_owned(), more),
    }
}
