//! Finds coordinates and zone of an address.
