//! Searches the directory, from memory alone. Nothing about the searcher is kept.

use chrono::{DateTime, Utc};

use crate::{
    domain::{location::Position, place::Place},
    search::{Found, Query},
};

use super::App;

/// Where a search is measured from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A point.
    Point(Position),
    /// A place by name or postal code.
    Place(String),
}

/// A point of origin and how it is called.
#[derive(Debug, Clone)]
pub struct Located {
    /// Where.
    pub position: Position,
    /// What it is called.
    pub label: String,
}

/// Why there is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no place called {0:?} in the gazetteer; try a postal code, or City, Region")]
pub struct PlaceNotFound(pub String);

/// Finds the origin.
pub fn locate(app: &App, origin: &Origin) -> Result<Located, PlaceNotFound> {
    match origin {
        Origin::Point(position) => Ok(Located {
            position: *position,
            label: format!("{},{}", position.latitude(), position.longitude()),
        }),
        Origin::Place(text) => {
            let place = app.gazetteer().lookup(text).ok_or_else(|| PlaceNotFound(text.clone()))?;
            Ok(Located { position: place.position, label: place.label() })
        }
    }
}

/// One page of the directory.
#[must_use]
pub fn find(app: &App, query: &Query, now: DateTime<Utc>) -> Found {
    app.index().find(query, now)
}

/// Places whose name or postal code begins so, the most populous first.
#[must_use]
pub fn complete(app: &App, text: &str, most: usize) -> Vec<Place> {
    app.gazetteer().complete(text, most)
}
