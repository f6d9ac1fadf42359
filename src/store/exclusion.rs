//! People on an exclusion list.
