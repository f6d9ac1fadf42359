//! Where the people of the demo work: real towns, most of them in the United States.

use chrono_tz::Tz;

use crate::domain::{
    location::{Country, Position},
    place::Place,
};

/// `country region | town | postal code | latitude longitude | zone | thousands of people`. Facts of
/// common knowledge, rounded to hundredths of a degree.
const TOWNS: &str = "
US OR | Portland | 97201 | 45.51 -122.68 | America/Los_Angeles | 650
US OR | Eugene | 97401 | 44.05 -123.09 | America/Los_Angeles | 177
US OR | Bend | 97701 | 44.06 -121.31 | America/Los_Angeles | 103
US WA | Seattle | 98101 | 47.61 -122.33 | America/Los_Angeles | 750
US WA | Spokane | 99201 | 47.66 -117.43 | America/Los_Angeles | 229
US CA | Los Angeles | 90012 | 34.06 -118.24 | America/Los_Angeles | 3850
US CA | San Francisco | 94102 | 37.78 -122.42 | America/Los_Angeles | 830
US CA | San Diego | 92101 | 32.72 -117.16 | America/Los_Angeles | 1385
US CA | Oakland | 94612 | 37.81 -122.27 | America/Los_Angeles | 436
US CA | Santa Cruz | 95060 | 36.97 -122.03 | America/Los_Angeles | 62
US CA | Sacramento | 95814 | 38.58 -121.49 | America/Los_Angeles | 525
US NV | Las Vegas | 89101 | 36.17 -115.14 | America/Los_Angeles | 650
US AZ | Phoenix | 85004 | 33.45 -112.07 | America/Phoenix | 1630
US AZ | Tucson | 85701 | 32.22 -110.97 | America/Phoenix | 545
US NM | Santa Fe | 87501 | 35.69 -105.94 | America/Denver | 88
US CO | Denver | 80202 | 39.75 -105.00 | America/Denver | 715
US CO | Boulder | 80302 | 40.02 -105.28 | America/Denver | 107
US UT | Salt Lake City | 84101 | 40.76 -111.89 | America/Denver | 204
US ID | Boise | 83702 | 43.62 -116.20 | America/Boise | 236
US MT | Missoula | 59801 | 46.87 -113.99 | America/Denver | 76
US TX | Austin | 78701 | 30.27 -97.74 | America/Chicago | 975
US TX | Houston | 77002 | 29.76 -95.37 | America/Chicago | 2305
US TX | Dallas | 75201 | 32.79 -96.80 | America/Chicago | 1300
US TX | El Paso | 79901 | 31.76 -106.49 | America/Denver | 678
US MN | Minneapolis | 55401 | 44.98 -93.27 | America/Chicago | 425
US WI | Madison | 53703 | 43.08 -89.38 | America/Chicago | 272
US IL | Chicago | 60601 | 41.89 -87.62 | America/Chicago | 2700
US MO | Kansas City | 64106 | 39.10 -94.57 | America/Chicago | 509
US TN | Nashville | 37201 | 36.17 -86.78 | America/Chicago | 684
US LA | New Orleans | 70112 | 29.96 -90.08 | America/Chicago | 370
US MI | Ann Arbor | 48104 | 42.27 -83.73 | America/Detroit | 121
US OH | Columbus | 43215 | 39.97 -83.00 | America/New_York | 907
US IN | Indianapolis | 46204 | 39.77 -86.16 | America/Indiana/Indianapolis | 880
US PA | Philadelphia | 19102 | 39.95 -75.17 | America/New_York | 1567
US PA | Pittsburgh | 15222 | 40.45 -79.99 | America/New_York | 303
US NY | New York | 10001 | 40.75 -74.00 | America/New_York | 8400
US NY | Ithaca | 14850 | 42.44 -76.50 | America/New_York | 31
US NY | Buffalo | 14202 | 42.89 -78.88 | America/New_York | 276
US MA | Boston | 02108 | 42.36 -71.06 | America/New_York | 650
US VT | Burlington | 05401 | 44.48 -73.22 | America/New_York | 45
US ME | Portland | 04101 | 43.66 -70.26 | America/New_York | 68
US MD | Baltimore | 21201 | 39.29 -76.62 | America/New_York | 570
US DC | Washington | 20001 | 38.91 -77.02 | America/New_York | 670
US VA | Richmond | 23219 | 37.54 -77.44 | America/New_York | 229
US NC | Asheville | 28801 | 35.60 -82.55 | America/New_York | 94
US NC | Raleigh | 27601 | 35.77 -78.64 | America/New_York | 476
US GA | Atlanta | 30303 | 33.75 -84.39 | America/New_York | 499
US FL | Miami | 33130 | 25.77 -80.20 | America/New_York | 449
US FL | Tampa | 33602 | 27.95 -82.46 | America/New_York | 398
US HI | Honolulu | 96813 | 21.31 -157.86 | Pacific/Honolulu | 345
US AK | Anchorage | 99501 | 61.22 -149.88 | America/Anchorage | 288
CA BC | Vancouver | V6B | 49.28 -123.11 | America/Vancouver | 662
CA ON | Toronto | M5V | 43.64 -79.39 | America/Toronto | 900
CA QC | Montréal | H2Y | 45.50 -73.56 | America/Toronto | 600
GB ENG | London | EC1A | 51.52 -0.10 | Europe/London | 1500
GB ENG | Bristol | BS1 | 51.45 -2.59 | Europe/London | 470
GB SCT | Edinburgh | EH1 | 55.95 -3.19 | Europe/London | 520
IE D | Dublin | D02 | 53.34 -6.26 | Europe/Dublin | 590
DE BE | Berlin | 10115 | 52.53 13.38 | Europe/Berlin | 900
DE BY | München | 80331 | 48.14 11.57 | Europe/Berlin | 600
CH ZH | Zürich | 8001 | 47.37 8.54 | Europe/Zurich | 420
AT 9 | Wien | 1010 | 48.21 16.37 | Europe/Vienna | 600
NZ AUK | Auckland | 1010 | -36.85 174.76 | Pacific/Auckland | 600
AU NSW | Sydney | 2000 | -33.87 151.21 | Australia/Sydney | 800
AU VIC | Melbourne | 3000 | -37.81 144.96 | Australia/Melbourne | 800
";

/// A town.
#[derive(Debug, Clone)]
pub struct Town {
    /// The point and its names.
    pub place: Place,
    /// Its clocks.
    pub zone: Tz,
}

impl Town {
    /// How likely somebody works here: more in large towns, but not as many times more.
    pub fn weight(&self) -> u64 {
        u64::try_from(self.place.population).unwrap_or(0).isqrt()
    }

    /// Whether its practitioners have a National Provider Identifier.
    pub fn is_in_registry(&self) -> bool {
        self.place.country.code() == "US"
    }

    /// Whether its country's professions are licensed region by region.
    pub fn licenses_by_region(&self) -> bool {
        ["US", "CA", "AU"].contains(&self.place.country.code())
    }

    /// Money and languages there.
    pub fn customs(&self) -> Customs {
        let (currency, hourly, languages): (_, _, &[&str]) = match self.place.country.code() {
            "CA" if self.place.region == "QC" => ("CAD", 130, &["fr", "en"]),
            "CA" => ("CAD", 130, &["en"]),
            "GB" => ("GBP", 70, &["en"]),
            "IE" => ("EUR", 80, &["en"]),
            "DE" | "AT" => ("EUR", 90, &["de"]),
            "CH" => ("CHF", 150, &["de"]),
            "NZ" => ("NZD", 120, &["en"]),
            "AU" => ("AUD", 130, &["en"]),
            _ => ("USD", 115, &["en"]),
        };
        Customs { currency, hourly, languages }
    }
}

/// How business is done in a country.
#[derive(Debug, Clone, Copy)]
pub struct Customs {
    /// ISO 4217.
    pub currency: &'static str,
    /// What an hour costs about, in major units.
    pub hourly: i64,
    /// What everybody there speaks.
    pub languages: &'static [&'static str],
}

/// All of them, Portland in Oregon first.
pub fn towns() -> Vec<Town> {
    TOWNS.trim().lines().filter_map(town).collect()
}

fn town(line: &str) -> Option<Town> {
    let mut cells = line.split('|').map(str::trim);
    let (country, region) = cells.next()?.split_once(' ')?;
    let (name, postal_code) = (cells.next()?, cells.next()?);
    let (latitude, longitude) = cells.next()?.split_once(' ')?;
    let zone = cells.next()?.parse().ok()?;
    let thousands: i64 = cells.next()?.parse().ok()?;
    let place = Place {
        name: name.to_owned(),
        region: region.to_owned(),
        country: country.parse::<Country>().ok()?,
        postal_code: postal_code.to_owned(),
        position: Position::new(latitude.parse().ok()?, longitude.parse().ok()?).ok()?,
        population: thousands * 1_000,
    };
    Some(Town { place, zone })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::place_address;

    #[test]
    fn every_line_is_a_town_in_its_own_zone() {
        assert_eq!(towns().len(), TOWNS.trim().lines().count());
        for town in towns() {
            let zone = place_address::zone(town.place.position).unwrap();
            assert_eq!(zone, town.zone, "{}", town.place.label());
        }
    }
}
