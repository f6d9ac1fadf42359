//! The gazetteer: from what people write to a point on the earth, and back to a label.
//!
//! Built once from rows and the built-in cities, then only read. Two sorted
//! lists point into the places: one by folded name, one by postal code; every
//! question is a binary search and a look at what it hits.
//!
//! **Invariant:** the same text gives the same place: whatever ties is broken by
//! population, then by label.

use std::{cmp::Reverse, collections::HashSet};

use super::{
    code,
    gather::{add_principal, add_towns, merged_codes, sorted, with_iso_region},
    region::Area,
};
use crate::domain::{
    location::{Country, Position},
    place::Place,
    text::folded,
};

/// Cities, towns and postal codes.
#[derive(Debug)]
pub struct Gazetteer {
    places: Vec<Place>,
    /// Folded name or alias and the place of that name; postal codes have no entry here.
    names: Vec<(Box<str>, u32)>,
    /// Postal code without spaces and hyphens, in capitals.
    codes: Vec<(Box<str>, u32)>,
}

impl Gazetteer {
    /// The built-in cities together with these places. A place with a postal code is that code's
    /// area; one without is a city. Codes without a name (as the Census has them) are merged into
    /// rows of the same code that have one, and towns known only by their codes become places too.
    #[must_use]
    pub fn new(rows: Vec<Place>) -> Self {
        let (coded, mut cities): (Vec<Place>, Vec<Place>) =
            rows.into_iter().map(with_iso_region).partition(|row| !row.postal_code.is_empty());
        let aliases = add_principal(&mut cities);
        let coded = merged_codes(coded);
        add_towns(&mut cities, &coded);
        let first_coded = cities.len();
        let mut places = cities;
        places.extend(coded);
        places.shrink_to_fit();

        let named = places.iter().take(first_coded).enumerate();
        let own = named.map(|(nth, place)| (key(&place.name), nth));
        let names = own.chain(aliases.into_iter().map(|(alias, nth)| (key(alias), nth)));
        let with_code = places.iter().enumerate().skip(first_coded);
        let codes = with_code.map(|(nth, place)| (code::plain(&place.postal_code), nth));
        Self { names: sorted(names, &places), codes: sorted(codes, &places), places }
    }

    /// How many places it knows, postal codes included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it knows none; with the built-in cities it never is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All of them, in no order that means anything.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
    }

    /// The place somebody means by a postal code, `City`, `City, Region`, `City, Country` or all
    /// three, with or without commas. Of several cities the most populous. A text with a number
    /// that is no known postal code is not found.
    #[must_use]
    pub fn lookup(&self, text: &str) -> Option<Place> {
        let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let (first, rest) = parts.split_first()?;
        if let Some(place) = self.by_label(text, &parts) {
            return Some(place.clone());
        }
        let found = if text.bytes().any(|byte| byte.is_ascii_digit()) {
            self.by_code(&parts).or_else(|| {
                // The code is unknown or another town's: the city before it still says where.
                let named = parts.iter().map(|part| without_code(part)).filter(|part| !part.is_empty());
                let named: Vec<String> = named.collect();
                let (city, areas) = named.split_first().filter(|_| !starts_with_code(first))?;
                self.by_name(city, &areas.iter().map(String::as_str).collect::<Vec<_>>())
            })
        } else {
            self.by_name(first, rest)
        };
        found.cloned()
    }

    /// Where an address is: by its postal code, else by its city and region. An empty text is unknown.
    #[must_use]
    pub fn find(&self, country: Country, region: &str, city: &str, postal_code: &str) -> Option<Position> {
        let coded = code::readings(postal_code).into_iter().find_map(|reading| {
            let mut rows = self.coded(&reading.code).filter(|place| place.country == country);
            rows.next().filter(|_| reading.country.is_none_or(|own| own == country))
        });
        if let Some(place) = coded {
            return Some(place.position);
        }
        let rows: Vec<&Place> = self.named(&key(city)).filter(|place| place.country == country).collect();
        let area = Area::new(region);
        let there =
            rows.iter().find(|place| region.trim().is_empty() || area.is_region(country, &place.region));
        let unsure = match rows.as_slice() {
            [only] if only.region.is_empty() || !area.is_some_region(country) => Some(only),
            _ => None,
        };
        there.or(unsure).map(|place| place.position)
    }

    /// At most `most` places that begin so: by name, by `City, Region`, by postal code. The most
    /// populous first, then by label; never two of one label.
    #[must_use]
    pub fn complete(&self, text: &str, most: usize) -> Vec<Place> {
        let (name, areas) = text.split_once(',').map_or((text, None), |(name, areas)| (name, Some(areas)));
        let (name, code) = (key(name), code::plain(text));
        let mut met: Vec<u32> = Vec::new();
        if !name.is_empty() {
            let of_name = starting(&self.names, &name);
            match areas {
                None => met.extend(of_name.iter().map(|(_, nth)| *nth)),
                Some(areas) => {
                    let here = of_name.iter().take_while(|(own, _)| **own == *name).map(|(_, nth)| *nth);
                    met.extend(here.filter(|nth| self.at(*nth).is_some_and(|place| lies_in(place, areas))));
                }
            }
        }
        if !code.is_empty() && areas.is_none() {
            met.extend(starting(&self.codes, &code).iter().map(|(_, nth)| *nth));
        }
        if met.is_empty() {
            return self.lookup(text).into_iter().take(most).collect();
        }
        self.best(met, most)
    }

    /// The first of these in the order of completions.
    fn best(&self, met: Vec<u32>, most: usize) -> Vec<Place> {
        let mut met: Vec<&Place> = met.into_iter().filter_map(|nth| self.at(nth)).collect();
        met.sort_by_key(|place| Reverse(place.population));
        // Labels are made only for those that can still be among the first, doublets allowed for.
        let least = met.get(most.saturating_mul(2)).map_or(i64::MIN, |place| place.population);
        met.truncate(met.partition_point(|place| place.population >= least));
        let mut labelled: Vec<(Reverse<i64>, String, &Place)> =
            met.into_iter().map(|place| (Reverse(place.population), place.label(), place)).collect();
        labelled.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let mut seen = HashSet::new();
        let fresh = labelled.into_iter().filter(|(_, label, _)| seen.insert(label.clone()));
        fresh.take(most).map(|(_, _, place)| place.clone()).collect()
    }

    /// The place that is labelled exactly so: what a completion offered leads back to it, whatever
    /// commas and digits its name and region hold.
    fn by_label(&self, text: &str, parts: &[&str]) -> Option<&Place> {
        let label = folded(text);
        let is_it = |place: &&Place| folded(&place.label()) == label;
        let (first, _) = parts.split_first()?;
        let code = first.split_whitespace().next().map(code::plain).unwrap_or_default();
        let heads = (1..=parts.len()).filter_map(|taken| parts.get(..taken));
        let mut names = heads.map(|head| key(&head.join(" ")));
        names.find_map(|name| self.named(&name).find(is_it)).or_else(|| self.coded(&code).find(is_it))
    }

    /// A postal code anywhere in the parts, with everything else written agreeing with its row.
    fn by_code(&self, parts: &[&str]) -> Option<&Place> {
        let with_digit = |part: &&str| part.bytes().any(|byte| byte.is_ascii_digit());
        let (nth, coded) = parts.iter().enumerate().find(|(_, part)| with_digit(part))?;
        let others: Vec<&str> =
            parts.iter().enumerate().filter(|(other, _)| *other != nth).map(|(_, part)| *part).collect();
        let words: Vec<&str> = coded.split_whitespace().collect();
        // A code has at most two words, and is written before the town or after the region.
        [words.len(), 2, 1].into_iter().filter(|taken| *taken <= words.len()).find_map(|taken| {
            let (head, tail) = words.split_at_checked(taken)?;
            let (front, end) = words.split_at_checked(words.len() - taken)?;
            [(head, tail), (end, front)].into_iter().find_map(|(code, left)| {
                let left = left.join(" ");
                let said = || others.iter().copied().chain([left.as_str()]).filter(|text| !text.is_empty());
                code::readings(&code.join(" ")).into_iter().find_map(|reading| {
                    let fits = |place: &&Place| reading.country.is_none_or(|own| own == place.country);
                    self.coded(&reading.code)
                        .filter(fits)
                        .find(|place| said().all(|text| agrees(place, text)))
                })
            })
        })
    }

    /// A city of that name in those areas. Without commas, the last words may be the area.
    fn by_name(&self, city: &str, areas: &[&str]) -> Option<&Place> {
        let words: Vec<&str> = city.split_whitespace().collect();
        (1..=words.len()).rev().find_map(|taken| {
            let (name, tail) = words.split_at_checked(taken)?;
            let tail = tail.join(" ");
            let said = areas.iter().copied().chain([tail.as_str()]).filter(|text| !text.is_empty());
            let said: Vec<Area> = said.map(Area::new).collect();
            let name = key(&name.join(" "));
            let short = name.strip_suffix(" city");
            [Some(name.as_str()), short].into_iter().flatten().find_map(|name| self.city_in(name, &said))
        })
    }

    /// The city of that folded name in all of those areas. `CA` is rather California than Canada.
    fn city_in(&self, name: &str, areas: &[Area]) -> Option<&Place> {
        let score = |place: &Place| {
            areas.iter().try_fold(0_usize, |score, area| match () {
                () if area.is_region(place.country, &place.region) => Some(score + 1),
                () if area.is_country(place.country) => Some(score),
                () => None,
            })
        };
        let scored =
            self.named(name).enumerate().filter_map(|(nth, place)| Some((score(place)?, nth, place)));
        scored.max_by_key(|(score, nth, _)| (*score, Reverse(*nth))).map(|(_, _, place)| place)
    }

    fn at(&self, nth: u32) -> Option<&Place> {
        self.places.get(usize::try_from(nth).ok()?)
    }

    /// Cities of exactly that folded name, the most populous first.
    fn named(&self, name: &str) -> impl Iterator<Item = &Place> {
        equal(&self.names, name).iter().filter_map(|(_, nth)| self.at(*nth))
    }

    /// Areas of exactly that postal code, those of the United States first.
    fn coded(&self, code: &str) -> impl Iterator<Item = &Place> {
        equal(&self.codes, code).iter().filter_map(|(_, nth)| self.at(*nth))
    }
}

/// The form in which names are compared: folded, with the usual abbreviations made.
pub(super) fn key(name: &str) -> String {
    let short = |word| match word {
        "saint" => "st",
        "sainte" => "ste",
        "mount" => "mt",
        "fort" => "ft",
        word => word,
    };
    folded(name).split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// Whether what is written after the comma is, or begins, where the place lies.
fn lies_in(place: &Place, areas: &str) -> bool {
    let (whole, last) = areas.rsplit_once(',').unwrap_or(("", areas));
    let is = |area: Area| area.is_region(place.country, &place.region) || area.is_country(place.country);
    whole.split(',').filter(|text| !text.trim().is_empty()).all(|text| is(Area::new(text)))
        && Area::new(last).begins(place.country, &place.region)
}

/// Whether a text beside a postal code is the name, region or country of its row. A row whose
/// region is unknown does not contradict one.
fn agrees(place: &Place, text: &str) -> bool {
    let is_area = |text: &str| {
        let area = Area::new(text);
        area.is_region(place.country, &place.region)
            || area.is_country(place.country)
            || (place.region.is_empty() && area.is_some_region(place.country))
    };
    let is_name = |text: &str| key(text) == key(&place.name);
    is_area(text)
        || is_name(text)
        || text.match_indices(' ').any(|(at, _)| {
            let (name, area) = text.split_at(at);
            is_name(name) && is_area(area)
        })
}

/// A part of a text without those of its words that hold a digit.
fn without_code(part: &str) -> String {
    let plain = |word: &&str| !word.bytes().any(|byte| byte.is_ascii_digit());
    part.split_whitespace().filter(plain).collect::<Vec<_>>().join(" ")
}

fn starts_with_code(part: &str) -> bool {
    part.split_whitespace().next().is_some_and(|word| without_code(word).is_empty())
}

/// The entries of exactly that text.
fn equal<'e>(entries: &'e [(Box<str>, u32)], text: &str) -> &'e [(Box<str>, u32)] {
    let from = entries.partition_point(|(own, _)| **own < *text);
    let until = entries.partition_point(|(own, _)| **own <= *text);
    entries.get(from..until).unwrap_or_default()
}

/// The entries that begin with that text.
fn starting<'e>(entries: &'e [(Box<str>, u32)], text: &str) -> &'e [(Box<str>, u32)] {
    let from = entries.partition_point(|(own, _)| **own < *text);
    let rest = entries.get(from..).unwrap_or_default();
    let most = rest.partition_point(|(own, _)| own.starts_with(text));
    rest.get(..most).unwrap_or_default()
}
