//! Evidence for credentials, sealed.
