//! Checks the invariants on live data.

use crate::store::StoreError;

use super::App;

/// What is wrong with the data; nothing when all is well. Blocks.
pub fn check(app: &App) -> Result<Vec<String>, StoreError> {
    app.store().read_blocking(|conn| app.store().verify_trail(conn))
}
