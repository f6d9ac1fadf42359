//! What admins look at: queue, trail, overview.
