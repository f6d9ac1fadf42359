//! Stores exclusions and marks the practitioners concerned.

use std::{path::Path, sync::Arc};

use crate::{
    import::{Counts, Exclusion, ExclusionSink, SinkError},
    operation::oversee,
    store::{
        Context, Store, StoreError, Tx,
        exclusion::{self, Excluded},
        place::Put,
    },
};

use super::source_of;

/// Where exclusions become rows.
pub struct ExclusionRows<'a> {
    store: &'a Store,
    context: Context,
    source: String,
}

impl<'a> ExclusionRows<'a> {
    /// Rows read from that file.
    #[must_use]
    pub fn new(store: &'a Store, context: Context, file: &Path) -> Self {
        Self { store, context, source: source_of(file) }
    }
}

impl ExclusionSink for ExclusionRows<'_> {
    fn put(&mut self, batch: Vec<Exclusion>) -> Result<Counts, SinkError> {
        let (batch, source) = (Arc::new(batch), self.source.clone());
        let committed = self.store.write_blocking(self.context.clone(), move |tx| {
            let mut counts = Counts::default();
            for entry in batch.iter() {
                put_one(tx, entry, &source, &mut counts)?;
            }
            Ok::<_, StoreError>(counts)
        })?;
        Ok(committed.value)
    }
}

/// An entry that stands is stored; one that has ended takes away what it ended, never a later one.
fn put_one(tx: &mut Tx, entry: &Exclusion, source: &str, counts: &mut Counts) -> Result<(), StoreError> {
    let stored = exclusion::find(tx, entry.npi)?;
    let is_older = stored.as_ref().is_some_and(|stored| entry.excluded_on < stored.excluded_on);
    if entry.is_lifted() {
        let ended_after =
            |stored: &Excluded| entry.reinstated_on.is_some_and(|day| stored.excluded_on <= day);
        if stored.as_ref().is_some_and(ended_after) && exclusion::delete(tx, entry.npi)? {
            counts.closed += 1;
            oversee::apply_exclusion(tx, entry.npi, false)?;
        } else {
            counts.unchanged += 1;
        }
        return Ok(());
    }
    let put = if is_older { Put::Unchanged } else { exclusion::put(tx, &excluded(entry), source)? };
    counts.count(put);
    // Also where nothing is new: somebody may have stated this number since.
    oversee::apply_exclusion(tx, entry.npi, true)?;
    Ok(())
}

fn excluded(entry: &Exclusion) -> Excluded {
    let name = format!("{} {}", entry.first_name, entry.last_name);
    Excluded {
        npi: entry.npi,
        name: name.trim().to_owned(),
        kind: entry.excl_type.clone(),
        excluded_on: entry.excluded_on,
    }
}
