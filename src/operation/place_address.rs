//! Finds where an address is and which clocks hang there.
//!
//! Coordinates come from the gazetteer, the zone from the coordinates; both
//! offline. A keeper who knows better sends them.

use std::sync::LazyLock;

use chrono_tz::Tz;
use tzf_rs::EmbeddedFinder;

use crate::{
    domain::location::{Country, Position},
    search::Gazetteer,
};

/// The low-memory finder: it asks the map in the binary in place, about a
/// hundred kilobytes beside it, where the other expands it into tens of
/// megabytes. The answers are the same, and an address is placed rarely.
static ZONES: LazyLock<EmbeddedFinder> = LazyLock::new(EmbeddedFinder::new);

/// Countries whose regions license separately and are always written as codes.
const CODED: [&str; 3] = ["US", "CA", "AU"];
/// Most characters of a region's name where it is no code.
const MOST_REGION: usize = 60;

/// Why an address cannot be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The region is no code where one is needed.
    #[error("must be the two- or three-letter code of the state, province or territory, as in OR")]
    Region,
    /// The gazetteer does not know it.
    #[error("this address is not in the gazetteer: please send latitude and longitude")]
    Coordinates,
    /// Nobody knows the clocks there.
    #[error("no time zone is known for these coordinates: please send time_zone")]
    Zone,
}

/// A region as it is compared with jurisdictions: a code in capitals where the country has codes.
pub fn region(country: Country, text: &str) -> Result<String, AddressError> {
    let text = text.trim();
    let is_code = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic());
    if is_code {
        Ok(text.to_ascii_uppercase())
    } else if CODED.contains(&country.code()) || text.chars().count() > MOST_REGION {
        Err(AddressError::Region)
    } else {
        Ok(text.to_owned())
    }
}

/// Where an address is, by the gazetteer.
pub fn position(
    gazetteer: &Gazetteer,
    country: Country,
    region: &str,
    city: &str,
    postal_code: &str,
) -> Result<Position, AddressError> {
    gazetteer.find(country, region, city, postal_code).ok_or(AddressError::Coordinates)
}

/// The zone whose clocks hang there. Where maps disagree the first that is known counts.
pub fn zone(at: Position) -> Result<Tz, AddressError> {
    let (longitude, latitude) = (at.longitude(), at.latitude());
    let likely = ZONES.get_tz_name(longitude, latitude).parse();
    let known = likely
        .ok()
        .or_else(|| ZONES.get_tz_names(longitude, latitude).into_iter().find_map(|name| name.parse().ok()));
    known.ok_or(AddressError::Zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_of_places_that_are_often_wrong() {
        let table = "
            45.51,-122.68  | America/Los_Angeles
            42.73,-87.78   | America/Chicago
            38.04,-87.53   | America/Chicago
            36.54,-110.23  | America/Denver
            35.71,-110.61  | America/Phoenix
            -31.55,159.08  | Australia/Lord_Howe
            27.71,85.32    | Asia/Kathmandu
            -43.95,-176.55 | Pacific/Chatham
            78.22,15.64    | Arctic/Longyearbyen
            50.45,30.52    | Europe/Kyiv";
        for row in table.trim().lines() {
            let (at, want) = row.split_once('|').unwrap();
            let zone = zone(at.trim().parse().unwrap()).unwrap();
            assert_eq!(zone.name(), want.trim(), "{row}");
        }
    }

    #[test]
    fn every_corner_of_the_globe_has_an_answer() {
        for latitude in (-90..=90).step_by(15) {
            for longitude in (-180..=180).step_by(15) {
                let at = Position::new(f64::from(latitude), f64::from(longitude)).unwrap();
                assert!(zone(at).is_ok(), "{latitude},{longitude}");
            }
        }
    }

    #[test]
    fn regions_are_codes_where_licences_go_by_region() {
        let table = "
            US | or      | OR
            US | Oregon  | -
            US |         | -
            CA | bc      | BC
            AU | nsw     | NSW
            NZ | Auckland | Auckland
            GB | eng     | ENG
            NZ |         | ";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let found = region(cells[0].parse().unwrap(), cells[1]).unwrap_or("-".to_owned());
            assert_eq!(found, cells[2], "{row}");
        }
    }
}
