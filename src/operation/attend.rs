//! Confirms, declines, and keeps track of the visit itself.
