//! Lists free times and explains the others.
