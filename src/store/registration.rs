//! Accounts asked for, waiting for their address to be confirmed.
