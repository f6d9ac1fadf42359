//! Books a free time.
