//! Stores places and tells running servers to read them again.

use std::{path::Path, sync::Arc};

use crate::{
    domain::place::Place,
    import::{Counts, PlaceSink, SinkError},
    store::{Context, Store, StoreError, place},
};

use super::source_of;

/// Where places become rows.
pub struct PlaceRows<'a> {
    store: &'a Store,
    context: Context,
    source: String,
    has_changed: bool,
}

impl<'a> PlaceRows<'a> {
    /// Rows read from that file.
    #[must_use]
    pub fn new(store: &'a Store, context: Context, file: &Path) -> Self {
        Self { store, context, source: source_of(file), has_changed: false }
    }

    /// Whether any row is other than before.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// Makes running servers look up what is stored by now.
    pub fn publish(&self) -> Result<(), StoreError> {
        self.store.write_blocking(self.context.clone(), place::raise_edition)?;
        Ok(())
    }
}

impl PlaceSink for PlaceRows<'_> {
    fn put(&mut self, batch: Vec<Place>) -> Result<Counts, SinkError> {
        let (batch, source) = (Arc::new(batch), self.source.clone());
        let committed = self.store.write_blocking(self.context.clone(), move |tx| {
            let mut counts = Counts::default();
            for new in batch.iter() {
                counts.count(place::put(tx, new, &source)?);
            }
            Ok::<_, StoreError>(counts)
        })?;
        let counts = committed.value;
        self.has_changed |= counts.inserted + counts.updated > 0;
        Ok(counts)
    }
}
