//! Answers to the contraindications.
