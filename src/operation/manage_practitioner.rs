//! Creates and changes a practitioner's record.
