//! Where somebody treats: an address, a point on the earth, a time zone.

use std::{collections::HashSet, fmt, str::FromStr, sync::LazyLock};

use chrono_tz::Tz;

use super::id::{LocationId, PractitionerId};

/// Mean radius of the earth in kilometres (IUGG), as the API states it.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A point on the earth, in degrees (WGS 84). Latitude −90 to 90, longitude −180 to 180, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    latitude: f64,
    longitude: f64,
}

/// Why a pair of numbers is no position.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// Not between −90 and 90.
    #[error("latitude must be between -90 and 90")]
    Latitude,
    /// Not between −180 and 180.
    #[error("longitude must be between -180 and 180")]
    Longitude,
    /// Not `LAT,LON`.
    #[error("a position is written LATITUDE,LONGITUDE, as in 45.51,-122.68")]
    Shape,
}

impl Position {
    /// A position from degrees.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, PositionError> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(PositionError::Latitude);
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(PositionError::Longitude);
        }
        Ok(Self { latitude, longitude })
    }

    /// Degrees north.
    #[must_use]
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east.
    #[must_use]
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Great-circle distance in kilometres (haversine, which stays exact for close points).
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_lat = (lat_b - lat_a) / 2.0;
        let half_lon = (other.longitude - self.longitude).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (latitude, longitude) = text.split_once(',').ok_or(PositionError::Shape)?;
        let degrees = |text: &str| match text.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(PositionError::Shape),
        };
        Self::new(degrees(latitude)?, degrees(longitude)?)
    }
}

/// All of ISO 3166-1, and Kosovo under the code that everybody uses.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ \
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW \
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY \
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY \
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM \
    ZW XK";

static KNOWN: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| COUNTRIES.split(' ').map(str::as_bytes).collect());

/// An ISO 3166-1 alpha-2 country code in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

/// Why a text is no country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is a two-letter ISO 3166-1 code, as in US")]
pub struct CountryError;

impl Country {
    /// The United States, whose states license separately.
    pub const US: Self = Self(*b"US");

    /// The two letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = match text.trim().as_bytes() {
            [a, b] => [a.to_ascii_uppercase(), b.to_ascii_uppercase()],
            _ => return Err(CountryError),
        };
        if KNOWN.contains(code.as_slice()) { Ok(Self(code)) } else { Err(CountryError) }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A place where a practitioner treats.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    /// Its identity.
    pub id: LocationId,
    /// Who treats here.
    pub practitioner: PractitionerId,
    /// The practice's name, as patients know it.
    pub name: String,
    /// Street and number.
    pub address_line: String,
    /// City or town.
    pub city: String,
    /// State, province or canton: the part after the hyphen of ISO 3166-2 where there is one (`OR`).
    pub region: String,
    /// Postal code; empty where the country has none.
    pub postal_code: String,
    /// Country.
    pub country: Country,
    /// Where exactly.
    pub position: Position,
    /// The zone whose calendar date counts here.
    pub time_zone: Tz,
    /// Taken off the list; kept because appointments name it.
    pub removed: bool,
    /// Rises by one with every change.
    pub version: i64,
}

impl Location {
    /// Name and address as one line: what is empty is left out.
    #[must_use]
    pub fn one_line(&self) -> String {
        let town = [self.region.as_str(), &self.postal_code].map(str::trim).join(" ");
        let parts = [self.name.as_str(), &self.address_line, &self.city, town.trim(), self.country.code()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_on_the_mean_sphere() {
        let table = "
            0,0        | 0,180      | 20015.114
            90,0       | -90,77     | 20015.114
            89.9,0     | 89.9,180   | 22.239
            0,179.5    | 0,-179.5   | 111.195
            45.51,-122.68 | 45.51,-122.68 | 0.000";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let [a, b] = [cells[0], cells[1]].map(|c| c.parse::<Position>().expect("a position"));
            assert_eq!(format!("{:.3}", a.distance_km(b)), cells[2], "{row}");
        }
    }

    #[test]
    fn countries_are_those_of_the_standard() {
        assert_eq!(COUNTRIES.split(' ').count(), 250);
        for text in ["US", "nz", " ch ", "XK"] {
            assert!(text.parse::<Country>().is_ok(), "{text}");
        }
        for text in ["OR", "CA-", "XX", "UK", "U", "USA", "", "1A", "ÜS", "U S"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
    }

    #[test]
    fn positions_beyond_the_globe_are_refused() {
        for text in ["90.0001,0", "0,180.1", "NaN,0", "inf,0", "45", "45,", "a,b", "1,2,3"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
        assert!("90,-180".parse::<Position>().is_ok());
    }
}
