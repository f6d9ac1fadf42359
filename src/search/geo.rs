//! Which part of the earth a search has to look at.
//!
//! Points are kept in narrow bands of latitude and compared as unit vectors, so
//! neither the poles nor the antimeridian are special: no longitude is ever
//! compared. What is left is measured exactly.
//!
//! **Invariant:** nothing here ever drops a point that lies within the radius.

use std::ops::RangeInclusive;

use crate::domain::location::{EARTH_RADIUS_KM, Position};

/// Number of latitude bands; each is a quarter of a degree (28 km) wide.
pub(super) const BANDS: usize = 720;

/// How far beyond the radius still counts as on it: a micrometre, for rounding.
const TOLERANCE_KM: f64 = 1e-9;

/// The first reaches tried when the nearest are asked for, in kilometres.
const REACHES_KM: [f64; 5] = [5.0, 20.0, 80.0, 320.0, 1280.0];

/// The band of a latitude in degrees.
pub(super) fn band(latitude: f64) -> usize {
    // A float that is too small or too large for the integer saturates.
    (((latitude + 90.0) * 4.0).floor() as usize).min(BANDS - 1)
}

/// The point as a vector of length one from the centre of the earth.
pub(super) fn unit(position: Position) -> [f64; 3] {
    let (lat, lon) = (position.latitude().to_radians(), position.longitude().to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

/// All points farther than `beyond` and at most `up_to` kilometres from an origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ring {
    origin: Position,
    centre: [f64; 3],
    beyond: f64,
    up_to: f64,
    chord_squared: f64,
}

impl Ring {
    fn new(origin: Position, beyond: f64, up_to: f64) -> Self {
        let half_angle = (up_to / EARTH_RADIUS_KM).clamp(0.0, std::f64::consts::PI) / 2.0;
        let chord = 2.0 * half_angle.sin();
        // Generous by metres, so that rounding in the vectors cannot drop a point.
        let chord_squared = chord * chord * (1.0 + 1e-9) + 1e-12;
        Self { origin, centre: unit(origin), beyond, up_to, chord_squared }
    }

    /// The whole disc within `radius_km`, the edge included.
    pub fn disc(origin: Position, radius_km: f64) -> Option<Self> {
        (radius_km >= 0.0).then(|| Self::new(origin, -1.0, radius_km + TOLERANCE_KM))
    }

    /// The same disc cut into rings, nearest first.
    pub fn widening(origin: Position, radius_km: f64) -> Vec<Self> {
        let Some(disc) = Self::disc(origin, radius_km) else {
            return Vec::new();
        };
        let mut beyond = disc.beyond;
        let reaches = REACHES_KM.into_iter().filter(|reach| *reach < disc.up_to).chain([disc.up_to]);
        reaches.map(|up_to| Self::new(origin, std::mem::replace(&mut beyond, up_to), up_to)).collect()
    }

    /// The largest distance in it.
    pub fn up_to(&self) -> f64 {
        self.up_to
    }

    /// The bands that hold all of its points.
    pub fn bands(&self) -> RangeInclusive<usize> {
        let reach = (self.up_to / EARTH_RADIUS_KM).to_degrees() + 1e-6;
        band(self.origin.latitude() - reach)..=band(self.origin.latitude() + reach)
    }

    /// Whether the point may lie within the outer edge: quick, and never wrongly no.
    pub fn may_hold(&self, point: [f64; 3]) -> bool {
        let [x, y, z] = self.centre;
        let [px, py, pz] = point;
        (x - px).powi(2) + (y - py).powi(2) + (z - pz).powi(2) <= self.chord_squared
    }

    /// The distance in kilometres of a point of the ring; `None` outside of it.
    pub fn distance_of(&self, position: Position) -> Option<f64> {
        let distance = self.origin.distance_km(position);
        (self.beyond < distance && distance <= self.up_to).then_some(distance)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn position() -> impl Strategy<Value = Position> {
        let latitude = prop_oneof![Just(90.0), Just(-90.0), -90.0..=90.0, 89.0..=90.0];
        let longitude = prop_oneof![Just(180.0), Just(-180.0), -180.0..=180.0, 179.0..=180.0];
        (latitude, longitude).prop_map(|(lat, lon)| Position::new(lat, lon).unwrap())
    }

    proptest! {
        /// A point within the radius lies in exactly one ring, in one of its bands, and is not dropped.
        #[test]
        fn rings_cut_the_disc_without_loss(a in position(), b in position(), radius in 0.0..21_000.0f64) {
            let distance = a.distance_km(b);
            let rings = Ring::widening(a, radius);
            let holding: Vec<&Ring> = rings.iter().filter(|r| r.distance_of(b).is_some()).collect();
            prop_assert_eq!(holding.len(), usize::from(distance <= radius + TOLERANCE_KM));
            for ring in holding {
                prop_assert!(ring.may_hold(unit(b)));
                prop_assert!(ring.bands().contains(&band(b.latitude())));
            }
        }
    }

    #[test]
    fn the_edge_of_the_globe_has_a_band() {
        assert_eq!((band(-90.0), band(90.0), band(-95.0), band(95.0)), (0, BANDS - 1, 0, BANDS - 1));
        let pole = Position::new(90.0, 0.0).unwrap();
        assert_eq!(Ring::disc(pole, f64::NAN), None);
        assert_eq!(Ring::disc(pole, -1.0), None);
        assert_eq!(Ring::disc(pole, 30_000.0).map(|r| r.bands()), Some(0..=BANDS - 1));
    }
}
