//! Sinks that store what was read, a batch a transaction.
//!
//! **Invariant:** every sink compares before it writes, so the same file twice
//! changes nothing the second time; and each transaction is short enough that a
//! running server does not notice.

mod exclusions;
mod listings;
mod places;

use std::path::Path;

use uuid::Uuid;

pub use self::{exclusions::ExclusionRows, listings::ListingRows, places::PlaceRows};
use super::{Counts, SinkError};
use crate::store::{Context, Store, StoreError, audit::Entry, place::Put};

impl Counts {
    fn count(&mut self, put: Put) {
        match put {
            Put::Inserted => self.inserted += 1,
            Put::Updated => self.updated += 1,
            Put::Unchanged => self.unchanged += 1,
        }
    }
}

impl From<StoreError> for SinkError {
    fn from(err: StoreError) -> Self {
        Self(Box::new(err))
    }
}

/// What a row says of its source: the name of the file, never the folders above it.
fn source_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Leaves one row in the trail for a whole import.
pub fn note(
    store: &Store,
    context: Context,
    action: &'static str,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    let detail = detail.clone();
    store.write_blocking(context, move |tx| {
        let entry = Entry::new(action, "import", Uuid::nil()).with(detail.clone());
        tx.audit(Entry { subject: None, ..entry });
        Ok::<_, StoreError>(())
    })?;
    Ok(())
}
