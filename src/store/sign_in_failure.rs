//! Failed sign-ins by address.
