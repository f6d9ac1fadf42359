//! Sets up and takes away the second factor.
