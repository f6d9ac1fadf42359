//! Cancels a booking.
