//! Messages waiting to be sent.
