//! Codes that stand in for a lost second factor.
