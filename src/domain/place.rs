//! A named point of the gazetteer: a city, a town, a postal code.

use super::location::{Country, Position};

/// A named point.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// City or town; empty for a bare postal code.
    pub name: String,
    /// State or province code (`OR`); empty where unknown.
    pub region: String,
    /// Country.
    pub country: Country,
    /// Postal code; empty for a city.
    pub postal_code: String,
    /// Where it is.
    pub position: Position,
    /// People living there; 0 where unknown. Larger places are offered first.
    pub population: i64,
}

impl Place {
    /// How it is written: `97201 Portland, OR, US` or `Portland, OR, US`.
    #[must_use]
    pub fn label(&self) -> String {
        let head = [self.postal_code.as_str(), self.name.as_str()].map(str::trim).join(" ");
        [head.trim(), self.region.as_str(), self.country.code()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}
