//! What is asked of the directory, and what it answers.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    cursor::Cursor,
    entry::{Entry, Spot},
    facet::Facets,
    text,
};
use crate::domain::{
    id::{LocationId, PractitionerId},
    listing::Listing,
    location::{Location, Position},
    period::Period,
    practitioner::{Practitioner, ProviderType},
    service::{Price, Service},
};

/// In which order items come. Each order is total: the practitioner's and the location's id come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Nearest first; without an origin only the ids count.
    Distance,
    /// Who has the earliest free time first, who has none last, then the nearest.
    Soonest,
    /// By family name, then given name, both folded.
    Name,
}

impl Sort {
    /// The code used in queries.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Soonest => "soonest",
            Self::Name => "name",
        }
    }

    /// The order with that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Distance, Self::Soonest, Self::Name].into_iter().find(|sort| sort.code() == code)
    }
}

/// One search of the directory.
#[derive(Debug, Clone)]
pub struct Query {
    /// From where distance is measured; without one there is no distance and no radius.
    pub origin: Option<Position>,
    /// Farthest distance in kilometres, inclusive; 0 finds the identical point only.
    pub radius_km: f64,
    /// Any of these professions; empty means all.
    pub provider_types: Vec<ProviderType>,
    /// Any of these concerns; empty means all.
    pub concerns: Vec<String>,
    /// A BCP 47 language; `es` is met by `es-MX` too.
    pub language: Option<String>,
    /// Some service can be booked to start in it.
    pub available: Option<Period>,
    /// Only who takes new patients.
    pub accepts_new_patients: bool,
    /// Every word begins some word of the name, one typo forgiven in a long one; nobody's begins with
    /// punctuation alone.
    pub name: Option<String>,
    /// Some service with a price in that currency costs at most this.
    pub max_price: Option<Price>,
    /// Also who has no verified licence.
    pub include_unverified: bool,
    /// In which order.
    pub sort: Sort,
    /// Whether to count all that matches, not only what fits the page.
    pub facets: bool,
    /// Most items in the answer.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

impl Default for Query {
    /// Everybody verified, by name, twenty a page; 50 km once an origin is set.
    fn default() -> Self {
        Self {
            origin: None,
            radius_km: 50.0,
            provider_types: Vec::new(),
            concerns: Vec::new(),
            language: None,
            available: None,
            accepts_new_patients: false,
            name: None,
            max_price: None,
            include_unverified: false,
            sort: Sort::Name,
            facets: false,
            limit: 20,
            after: None,
        }
    }
}

/// One practitioner at one location.
#[derive(Debug, Clone)]
pub struct Item {
    /// Who.
    pub practitioner: PractitionerId,
    /// Great-circle distance from the origin in kilometres; none without an origin.
    pub distance_km: Option<f64>,
    /// A verified licence for the profession covers this place today, by the date there.
    pub verified: bool,
    /// Nothing stands between a patient and a booking here but a free time.
    pub bookable: bool,
    /// Earliest start here within ninety days; none when not bookable.
    pub next_available_at: Option<DateTime<Utc>>,
    /// The date there, in days since 1970.
    pub day: u16,
    /// Which of the listing's locations.
    pub(super) nth: u16,
    pub(super) entry: Arc<Entry>,
}

impl Item {
    /// The practitioner with all that belongs to them, and the location, made anew from what is kept.
    #[must_use]
    pub fn listing(&self) -> Option<(Listing, Location)> {
        let listing = self.entry.listing()?;
        let location = listing.locations.get(usize::from(self.nth))?.clone();
        Some((listing, location))
    }

    /// Where.
    #[must_use]
    pub fn location(&self) -> Option<LocationId> {
        self.entry.head()?.location(self.nth.into())
    }

    /// The same number for the same listing at the same place, claims aside; another after every change of it.
    #[must_use]
    pub fn stamp(&self) -> (u64, u16) {
        (self.entry.stamp, self.nth)
    }
}

/// The answer to a query.
#[derive(Debug, Clone)]
pub struct Found {
    /// One page in order.
    pub items: Vec<Item>,
    /// Where the next page begins; none on the last.
    pub next: Option<Cursor>,
    /// How many items match on all pages; only when facets were asked for.
    pub total: Option<u64>,
    /// What each choice would give; only when asked for.
    pub facets: Option<Facets>,
}

/// A query made ready to be put to many listings.
#[derive(Debug)]
pub(super) struct Filter<'q> {
    query: &'q Query,
    words: Option<Vec<String>>,
}

impl<'q> Filter<'q> {
    pub fn new(query: &'q Query) -> Self {
        Self { query, words: query.name.as_deref().map(text::words) }
    }

    /// The filter by name.
    pub fn admits_name(&self, spot: &Spot) -> bool {
        let Some(words) = &self.words else { return true };
        spot.entry.head().is_some_and(|head| text::has(&[head.given, head.family], words))
    }

    /// The filter by profession.
    pub fn admits_type(&self, practitioner: &Practitioner) -> bool {
        let asked = &self.query.provider_types;
        asked.is_empty() || asked.contains(&practitioner.provider_type)
    }

    /// The filter by language.
    pub fn admits_language(&self, practitioner: &Practitioner) -> bool {
        let asked = self.query.language.as_deref();
        asked.is_none_or(|asked| practitioner.languages.iter().any(|own| text::speaks(own, asked)))
    }

    /// The filter by concern.
    pub fn admits_concern(&self, practitioner: &Practitioner) -> bool {
        let asked = &self.query.concerns;
        asked.is_empty() || practitioner.concerns.iter().any(|own| asked.contains(own))
    }
}

/// The services on the list.
pub(super) fn offered(listing: &Listing) -> impl Iterator<Item = &Service> {
    listing.services.iter().filter(|service| !service.removed)
}
