//! Distances told from chords, quickly and with a margin.
//!
//! Points are compared as unit vectors of single precision, so neither the poles nor the antimeridian
//! are special: no longitude is ever compared. What is left is measured exactly.
//!
//! **Invariant:** nothing here ever drops a point that lies within a distance.

use crate::domain::location::{EARTH_RADIUS_KM, Position};

/// How far beyond the radius still counts as on it: a micrometre, for rounding.
pub(super) const TOLERANCE_KM: f64 = 1e-9;
/// How far a chord of single precision may be off: by this part of it, and by this.
const SHARE: f64 = 2e-6;
const MARGIN: f64 = 4e-7;

/// The point as a vector of length one from the centre of the earth.
pub(super) fn unit(position: Position) -> [f64; 3] {
    let (lat, lon) = (position.latitude().to_radians(), position.longitude().to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

/// The square of the chord between two points.
pub(super) fn chord(a: [f32; 3], b: [f32; 3]) -> f32 {
    let ([ax, ay, az], [bx, by, bz]) = (a, b);
    let (x, y, z) = (ax - bx, ay - by, az - bz);
    x * x + y * y + z * z
}

/// A square that no chord of at most that distance exceeds.
pub(super) fn longest_chord(km: f64) -> f32 {
    let angle = km / EARTH_RADIUS_KM;
    if angle >= std::f64::consts::PI {
        return f32::INFINITY;
    }
    let chord = 2.0 * (angle / 2.0).sin() * (1.0 + SHARE) + MARGIN;
    (chord * chord * (1.0 + SHARE)) as f32
}

/// A distance that no point at that chord falls short of.
pub(super) fn at_least_km(square: f32) -> f64 {
    let chord = f64::from(square).sqrt() * (1.0 - SHARE) - MARGIN;
    2.0 * EARTH_RADIUS_KM * (chord.max(0.0) / 2.0).min(1.0).asin()
}

/// A distance that no point at that chord exceeds.
pub(super) fn at_most_km(square: f32) -> f64 {
    let chord = f64::from(square).sqrt() * (1.0 + SHARE) + MARGIN;
    if chord >= 2.0 { f64::INFINITY } else { 2.0 * EARTH_RADIUS_KM * (chord / 2.0).asin() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn position() -> impl Strategy<Value = Position> {
        let latitude = prop_oneof![Just(90.0), Just(-90.0), -90.0..=90.0, 89.0..=90.0, -0.001..=0.001];
        let longitude = prop_oneof![Just(180.0), Just(-180.0), -180.0..=180.0, 179.0..=180.0, -0.001..=0.001];
        (latitude, longitude).prop_map(|(lat, lon)| Position::new(lat, lon).unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// What is told from the chord lies on the safe side of the distance.
        #[test]
        fn chords_never_drop_a_point(a in position(), b in position()) {
            let distance = a.distance_km(b);
            let [from, to] = [a, b].map(|at| unit(at).map(|along| along as f32));
            let square = chord(from, to);
            prop_assert!(square <= longest_chord(distance));
            prop_assert!(at_least_km(square) <= distance);
            prop_assert!(at_most_km(square) >= distance);
        }
    }
}
