//! Takes a clinician's agreement.
