//! Sets weekly hours and exceptions.
