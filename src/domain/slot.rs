//! Free time cut into starts that can be booked.
