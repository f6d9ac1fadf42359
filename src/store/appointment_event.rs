//! What happened to bookings.
