//! Clinicians' agreements.
