//! Gathering the gazetteer's places from several sources that know the same cities.
//!
//! **Invariant:** one city, one place; two cities of one name in two regions stay two.

use std::{cmp::Reverse, collections::HashMap};

use super::{
    cities::{Principal, principal},
    code,
    place::key,
    region::{iso, may_be_one},
};
use crate::domain::{
    location::{Country, Position},
    place::Place,
};

/// Two cities of one name in one country that are nearer than this are one city from two sources.
const SAME_CITY_KM: f64 = 25.0;

pub(super) fn with_iso_region(mut row: Place) -> Place {
    if let Some(code) = iso(row.country, &row.region) {
        code.clone_into(&mut row.region);
    }
    row
}

/// Adds the built-in cities to those given, or what is known of them to the same city; answers with
/// the other names and which city each belongs to.
pub(super) fn add_principal(cities: &mut Vec<Place>) -> Vec<(&'static str, usize)> {
    let mut known: HashMap<(Country, String), Vec<usize>> = HashMap::new();
    for (nth, city) in cities.iter().enumerate() {
        known.entry((city.country, key(&city.name))).or_default().push(nth);
    }
    let mut aliases = Vec::new();
    for Principal { place, aliases: others } in principal() {
        let names = [place.name.as_str()].into_iter().chain(others.iter().copied());
        let same = names.filter_map(|name| known.get(&(place.country, key(name)))).flatten().copied();
        let near = |nth: &usize| {
            cities.get(*nth).is_some_and(|city| {
                city.position.distance_km(place.position) < SAME_CITY_KM
                    && may_be_one(place.country, &city.region, &place.region)
            })
        };
        let nth = { same }.find(near).unwrap_or(cities.len());
        aliases.extend(others.into_iter().map(|alias| (alias, nth)));
        match cities.get_mut(nth) {
            Some(city) => {
                city.population = city.population.max(place.population);
                city.region = place.region;
                city.name = place.name;
            }
            None => cities.push(place),
        }
    }
    aliases
}

/// One row a code and name; a row without a name only where the code has no other.
pub(super) fn merged_codes(mut rows: Vec<Place>) -> Vec<Place> {
    let own = |place: &Place| (place.country, code::plain(&place.postal_code));
    rows.sort_by_cached_key(|place| {
        (own(place), place.name.is_empty(), Reverse(place.population), key(&place.name), place.region.clone())
    });
    rows.dedup_by(|next, kept| {
        let same = own(next) == own(kept) && (next.name.is_empty() || key(&next.name) == key(&kept.name));
        if same {
            kept.population = kept.population.max(next.population);
        }
        same
    });
    rows
}

/// Towns that only postal codes name, each where its first code is.
pub(super) fn add_towns(cities: &mut Vec<Place>, coded: &[Place]) {
    let mut known: HashMap<(Country, String), Vec<(String, Position)>> = HashMap::new();
    for city in cities.iter() {
        let same_name = known.entry((city.country, key(&city.name))).or_default();
        same_name.push((city.region.clone(), city.position));
    }
    for row in coded.iter().filter(|row| !row.name.is_empty()) {
        let same_name = known.entry((row.country, key(&row.name))).or_default();
        let is_there = same_name.iter().any(|(region, position)| {
            *region == row.region
                || (position.distance_km(row.position) < SAME_CITY_KM
                    && may_be_one(row.country, region, &row.region))
        });
        if !is_there {
            same_name.push((row.region.clone(), row.position));
            cities.push(Place { postal_code: String::new(), ..row.clone() });
        }
    }
}

/// Sorted by text, then the most populous, then of the United States, then by label.
pub(super) fn sorted(
    entries: impl Iterator<Item = (String, usize)>,
    places: &[Place],
) -> Vec<(Box<str>, u32)> {
    let mut entries: Vec<(Box<str>, u32)> = entries
        .filter_map(|(text, nth)| Some((text.into_boxed_str(), u32::try_from(nth).ok()?)))
        .filter(|(text, _)| !text.is_empty())
        .collect();
    entries.sort_by_cached_key(|(text, nth)| {
        let place = usize::try_from(*nth).ok().and_then(|nth| places.get(nth));
        place.map(|place| {
            let size = (Reverse(place.population), place.country != Country::US);
            (text.clone(), size, place.label(), *nth)
        })
    });
    entries.dedup();
    entries.shrink_to_fit();
    entries
}
