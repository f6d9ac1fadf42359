//! Takes in and gives out evidence.
