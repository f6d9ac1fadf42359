//! The query string of a search, read into a [`Query`].

use chrono::{DateTime, Duration, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    domain::{guidance, location::Position, period::Period, practitioner::ProviderType, service::Price},
    operation::{
        App,
        find_practitioners::{self, Located, Origin},
    },
    search::{Cursor, Query, Sort},
    web::{instant, page_of::parse_limit, problem::Problem},
};

/// Names of all parameters.
pub const NAMES: &[&str] = &[
    "near",
    "place",
    "radius_km",
    "radius_mi",
    "provider_type",
    "concern",
    "language",
    "accepts_new_patients",
    "q",
    "available_from",
    "available_until",
    "max_price_minor",
    "currency",
    "include_unverified",
    "sort",
    "facets",
    "limit",
    "cursor",
];

/// Radius when nobody says, in kilometres.
const DEFAULT_RADIUS_KM: f64 = 50.0;
/// Largest radius, in kilometres.
const MOST_RADIUS_KM: f64 = 500.0;
/// Kilometres in an international mile.
const KM_IN_A_MILE: f64 = 1.609_344;
/// Longest window of free times.
const LONGEST_WINDOW: Duration = Duration::days(31);
/// Most characters of a text.
const MOST_TEXT: usize = 200;

/// What a search may ask for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindParams {
    /// Origin: `LAT,LON`.
    near: Option<String>,
    /// Origin: a postal code, or `City, Region`.
    place: Option<String>,
    /// Default 50, most 500.
    radius_km: Option<String>,
    /// The same in miles.
    radius_mi: Option<String>,
    /// One or more, comma-separated.
    provider_type: Option<String>,
    /// One or more codes, comma-separated; any matches.
    concern: Option<String>,
    /// BCP 47 code.
    language: Option<String>,
    /// `true` for only those who take new patients.
    accepts_new_patients: Option<String>,
    /// Beginnings of words of the name.
    q: Option<String>,
    /// Instant.
    available_from: Option<String>,
    /// Instant, at most 31 days later.
    available_until: Option<String>,
    /// Cheapest service at or under; needs `currency`.
    max_price_minor: Option<String>,
    /// ISO 4217.
    currency: Option<String>,
    /// `true` for listings without a verified licence too; they are never bookable.
    include_unverified: Option<String>,
    /// `distance`, `soonest` or `name`.
    sort: Option<String>,
    /// `true` to count totals and facets.
    facets: Option<String>,
    /// Default 20, most 100.
    limit: Option<String>,
    /// From the page before.
    cursor: Option<String>,
}

impl FindParams {
    /// The query and its origin; 400 for a bad value, 422 for a place nobody knows.
    pub fn parse(&self, app: &App, now: DateTime<Utc>) -> Result<(Query, Option<Located>), Problem> {
        let origin = self.origin()?;
        let mut query = Query {
            origin: None,
            radius_km: self.radius(origin.is_some())?,
            provider_types: self.provider_types()?,
            concerns: self.concerns()?,
            language: self.language()?,
            available: self.available(now)?,
            accepts_new_patients: flag("accepts_new_patients", self.accepts_new_patients.as_deref())?,
            name: self.name()?,
            max_price: self.max_price()?,
            include_unverified: flag("include_unverified", self.include_unverified.as_deref())?,
            sort: self.sort(origin.is_some())?,
            facets: flag("facets", self.facets.as_deref())?,
            limit: parse_limit(self.limit.as_deref())?,
            after: None,
        };
        let located = origin.map(|origin| find_practitioners::locate(app, &origin)).transpose()?;
        query.origin = located.as_ref().map(|located| located.position);
        if let Some(cursor) = &self.cursor {
            let cursor = Cursor::parse(cursor, &query).map_err(|err| Problem::bad_query("cursor", err))?;
            query.after = Some(cursor);
        }
        Ok((query, located))
    }

    fn origin(&self) -> Result<Option<Origin>, Problem> {
        match (&self.near, &self.place) {
            (Some(_), Some(_)) => Err(Problem::bad_query("place", "give either near or place, not both")),
            (Some(near), None) => {
                let point: Position = near.parse().map_err(|err| Problem::bad_query("near", err))?;
                Ok(Some(Origin::Point(point)))
            }
            (None, Some(place)) => Ok(Some(Origin::Place(short("place", place)?.to_owned()))),
            (None, None) => Ok(None),
        }
    }

    fn radius(&self, has_origin: bool) -> Result<f64, Problem> {
        let (name, text, factor) = match (&self.radius_km, &self.radius_mi) {
            (None, None) => return Ok(DEFAULT_RADIUS_KM),
            (Some(_), Some(_)) => {
                return Err(Problem::bad_query("radius_mi", "give either radius_km or radius_mi, not both"));
            }
            (Some(text), None) => ("radius_km", text, 1.0),
            (None, Some(text)) => ("radius_mi", text, KM_IN_A_MILE),
        };
        if !has_origin {
            return Err(Problem::bad_query(name, "needs an origin: near or place"));
        }
        let radius =
            text.parse::<f64>().ok().filter(|radius| radius.is_finite()).map(|radius| radius * factor);
        match radius {
            Some(radius) if (0.0..=MOST_RADIUS_KM).contains(&radius) => Ok(radius),
            _ => Err(Problem::bad_query(name, "must be a number from 0 to 500 kilometres")),
        }
    }

    fn provider_types(&self) -> Result<Vec<ProviderType>, Problem> {
        list(self.provider_type.as_deref())
            .map(|code| {
                ProviderType::from_code(code).ok_or_else(|| {
                    Problem::bad_query("provider_type", format!("{code:?} is no provider type"))
                })
            })
            .collect()
    }

    fn concerns(&self) -> Result<Vec<String>, Problem> {
        list(self.concern.as_deref())
            .map(|code| match guidance::concern(code) {
                Some(_) => Ok(code.to_owned()),
                None => Err(Problem::bad_query("concern", format!("{code:?} is no concern"))),
            })
            .collect()
    }

    fn language(&self) -> Result<Option<String>, Problem> {
        let Some(code) = self.language.as_deref() else { return Ok(None) };
        let fits =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let first_fits = code.split('-').next().is_some_and(|first| {
            (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic())
        });
        if first_fits && code.split('-').all(fits) {
            Ok(Some(code.to_ascii_lowercase()))
        } else {
            Err(Problem::bad_query("language", "must be a BCP 47 code, as in es or pt-BR"))
        }
    }

    fn available(&self, now: DateTime<Utc>) -> Result<Option<Period>, Problem> {
        let instant = |name: &str, text: &Option<String>| {
            text.as_deref().map(instant::parse).transpose().map_err(|err| Problem::bad_query(name, err))
        };
        let from = instant("available_from", &self.available_from)?;
        let until = instant("available_until", &self.available_until)?;
        let (from, until) = match (from, until) {
            (None, None) => return Ok(None),
            (Some(from), None) => (from, from + LONGEST_WINDOW),
            (None, Some(until)) => (now, until),
            (Some(from), Some(until)) => (from, until),
        };
        let window = Period::new(from, until)
            .ok_or_else(|| Problem::bad_query("available_until", "must be after available_from"))?;
        if window.duration() > LONGEST_WINDOW {
            return Err(Problem::bad_query(
                "available_until",
                "must be at most 31 days after available_from",
            ));
        }
        Ok(Some(window))
    }

    fn name(&self) -> Result<Option<String>, Problem> {
        self.q.as_deref().map(|q| short("q", q).map(str::to_owned)).transpose()
    }

    fn max_price(&self) -> Result<Option<Price>, Problem> {
        let (minor, currency) = match (&self.max_price_minor, &self.currency) {
            (None, None) => return Ok(None),
            (Some(_), None) => {
                return Err(Problem::bad_query("currency", "is needed beside max_price_minor"));
            }
            (None, Some(_)) => {
                return Err(Problem::bad_query("max_price_minor", "is needed beside currency"));
            }
            (Some(minor), Some(currency)) => (minor, currency),
        };
        let minor = minor.parse::<i64>().ok().filter(|minor| *minor >= 0);
        let minor = minor
            .ok_or_else(|| Problem::bad_query("max_price_minor", "must be a whole number, 0 or more"))?;
        let currency = currency.parse().map_err(|err| Problem::bad_query("currency", err))?;
        Ok(Some(Price { minor, currency }))
    }

    fn sort(&self, has_origin: bool) -> Result<Sort, Problem> {
        let Some(code) = self.sort.as_deref() else {
            return Ok(if has_origin { Sort::Distance } else { Sort::Name });
        };
        let sort = Sort::from_code(code);
        let sort = sort.ok_or_else(|| Problem::bad_query("sort", "must be distance, soonest or name"))?;
        if sort == Sort::Distance && !has_origin {
            return Err(Problem::bad_query("sort", "distance needs an origin: near or place"));
        }
        Ok(sort)
    }
}

fn flag(name: &str, text: Option<&str>) -> Result<bool, Problem> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::bad_query(name, "must be true or false")),
    }
}

fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|text| text.split(',')).map(str::trim)
}

fn short<'t>(name: &str, text: &'t str) -> Result<&'t str, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MOST_TEXT || text.chars().any(char::is_control) {
        return Err(Problem::bad_query(name, format!("must have 1 to {MOST_TEXT} characters")));
    }
    Ok(text)
}
