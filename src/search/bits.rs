//! What a search filters by, as bits of one number.
//!
//! A point carries its bits; a node of the tree carries those of all points below it,
//! so that a part of the country where nobody speaks a language is passed over as a whole.
//!
//! **Invariant:** a point that matches a query has every bit the query needs. The other way about
//! holds too, except for prices and for codes beyond those that have a bit: there the listing is asked.

use super::{
    query::{Query, offered},
    text,
};
use crate::domain::{listing::Listing, practitioner::ProviderType, service::Price};

/// May be verified on some day.
pub(super) const LICENSED: u64 = 1 << 5;
/// Takes new patients.
pub(super) const ACCEPTS: u64 = 1 << 6;
/// May be bookable on some day.
pub(super) const BOOKABLE: u64 = 1 << 7;
/// Has a concern or a language without a bit of its own.
pub(super) const BEYOND: u64 = 1 << 8;
/// The lowest bit of each group.
const PRICES: u32 = 9;
const CONCERNS: u32 = 16;
const LANGUAGES: u32 = 36;
/// All bits of a group.
pub(super) const TYPE_BITS: u64 = 0b1_1111;
pub(super) const CONCERN_BITS: u64 = (1 << LANGUAGES) - (1 << CONCERNS);
pub(super) const LANGUAGE_BITS: u64 = !((1 << LANGUAGES) - 1);
/// Prices in minor units, of whatever currency; the last stands for any price at all.
const STEPS: [i64; 7] = [6_000, 8_000, 10_000, 12_500, 15_000, 20_000, i64::MAX];

/// Codes that have a bit, in the order in which they were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Codes {
    pub concerns: Vec<String>,
    pub languages: Vec<String>,
}

impl Codes {
    /// The bits of a listing at any place. New codes get a bit while there are any left.
    pub fn bits(&mut self, listing: &Listing) -> u64 {
        let person = &listing.practitioner;
        let mut bits = type_bit(person.provider_type);
        bits |= if person.accepts_new_patients { ACCEPTS } else { 0 };
        for concern in &person.concerns {
            bits |= learn(&mut self.concerns, concern, CONCERNS, LANGUAGES - CONCERNS);
        }
        for language in person.languages.iter().flat_map(|spoken| text::ranges(spoken)) {
            bits |= learn(&mut self.languages, &language, LANGUAGES, 64 - LANGUAGES);
        }
        let least = offered(listing).filter_map(|service| service.price).map(|price| price.minor).min();
        let within =
            STEPS.iter().zip(PRICES..).filter(|(step, _)| least.is_some_and(|least| least <= **step));
        within.fold(bits, |bits, (_, bit)| bits | 1 << bit)
    }

    /// The codes of a group with their bits.
    pub fn concerns(&self) -> impl Iterator<Item = (&str, u32)> {
        self.concerns.iter().map(String::as_str).zip(CONCERNS..)
    }

    /// The same for languages.
    pub fn languages(&self) -> impl Iterator<Item = (&str, u32)> {
        self.languages.iter().map(String::as_str).zip(LANGUAGES..)
    }
}

fn learn(codes: &mut Vec<String>, code: &str, from: u32, most: u32) -> u64 {
    if !codes.iter().any(|known| known == code) && codes.len() < most as usize {
        codes.push(code.to_owned());
    }
    known(codes, code, from)
}

fn known(codes: &[String], code: &str, from: u32) -> u64 {
    codes.iter().zip(from..).find(|(known, _)| *known == code).map_or(BEYOND, |(_, bit)| 1 << bit)
}

/// The bit of a profession.
pub(super) fn type_bit(provider_type: ProviderType) -> u64 {
    ProviderType::ALL.iter().zip(0..).find(|(own, _)| **own == provider_type).map_or(0, |(_, bit)| 1 << bit)
}

/// The bits a query needs: all of the first, and of each group at least one. An empty group asks nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub all: u64,
    pub types: u64,
    pub concerns: u64,
    pub language: u64,
}

impl Wanted {
    pub fn of(query: &Query, codes: &Codes) -> Self {
        let mut all = 0;
        let mut need = |asked: bool, bits: u64| all |= if asked { bits } else { 0 };
        need(!query.include_unverified, LICENSED);
        need(query.accepts_new_patients, ACCEPTS);
        need(query.available.is_some(), BOOKABLE);
        if let Some(most) = query.max_price {
            need(true, price_bit(most));
        }
        let concerns = query.concerns.iter().map(|code| known(&codes.concerns, code, CONCERNS));
        let language = query.language.as_ref().map(|l| l.to_ascii_lowercase());
        Self {
            all,
            types: query.provider_types.iter().fold(0, |bits, own| bits | type_bit(*own)),
            concerns: concerns.fold(0, |bits, bit| bits | bit),
            language: language.map_or(0, |code| known(&codes.languages, &code, LANGUAGES)),
        }
    }

    /// The same without what is counted by facets.
    pub fn without_facets(self) -> Self {
        Self { types: 0, concerns: 0, language: 0, ..self }
    }

    /// Whether a point with these bits may match, or a node with these bits below it.
    pub fn met_by(&self, bits: u64) -> bool {
        let meets = |group: u64| group == 0 || bits & group != 0;
        bits & self.all == self.all && meets(self.types) && meets(self.concerns) && meets(self.language)
    }
}

fn price_bit(most: Price) -> u64 {
    let step = STEPS.iter().zip(PRICES..).find(|(step, _)| most.minor <= **step);
    step.map_or(0, |(_, bit)| 1 << bit)
}
