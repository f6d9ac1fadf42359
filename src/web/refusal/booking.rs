//! Refusals about bookings.
