//! Lists bookings.
