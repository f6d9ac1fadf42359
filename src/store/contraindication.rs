//! Published versions of the contraindications.
