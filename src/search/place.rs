//! Places by name and postal code.

use crate::domain::{
    location::{Country, Position},
    place::Place,
    text::folded,
};

/// Named points in memory.
#[derive(Debug, Default)]
pub struct Gazetteer {
    places: Vec<Place>,
}

impl Gazetteer {
    /// From rows.
    #[must_use]
    pub fn new(places: Vec<Place>) -> Self {
        Self { places }
    }

    /// The place a text names.
    #[must_use]
    pub fn lookup(&self, text: &str) -> Option<Place> {
        self.places.iter().find(|p| p.postal_code == text).cloned()
    }

    /// Where an address is.
    #[must_use]
    pub fn find(&self, country: Country, region: &str, city: &str, postal_code: &str) -> Option<Position> {
        let same = |p: &&Place| {
            p.country == country
                && (p.postal_code == postal_code || (p.region == region && folded(&p.name) == folded(city)))
        };
        self.places.iter().find(same).map(|p| p.position)
    }

    /// Places that begin with a text.
    #[must_use]
    pub fn complete(&self, q: &str, most: usize) -> Vec<Place> {
        self.places.iter().filter(|p| folded(&p.name).starts_with(&folded(q))).take(most).cloned().collect()
    }
}
