//! Takes answers to the contraindications.
