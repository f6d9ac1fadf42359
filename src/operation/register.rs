//! Opens an account, once its address is confirmed.
