//! Stores exclusions and marks the practitioners concerned.

use std::{path::Path, sync::Arc};

use serde_json::json;

use crate::{
    domain::{change::Change, npi::Npi},
    import::{Counts, Exclusion, ExclusionSink, SinkError},
    operation::recall,
    store::{
        Context, Store, StoreError, Tx,
        audit::Entry,
        exclusion::{self, Excluded},
        place::Put,
        practitioner,
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
            mark(tx, entry.npi, false)?;
        } else {
            counts.unchanged += 1;
        }
        return Ok(());
    }
    let put = if is_older { Put::Unchanged } else { exclusion::put(tx, &excluded(entry), source)? };
    counts.count(put);
    // Also where nothing is new: somebody may have stated this number since.
    mark(tx, entry.npi, true)
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

/// Marks the practitioner with that number, if there is one; bookings wait until it is done.
fn mark(tx: &mut Tx, npi: Npi, excluded: bool) -> Result<(), StoreError> {
    let Some(found) = practitioner::of_npi(tx, npi)? else { return Ok(()) };
    tx.serialise(&[found.id.into()])?;
    let Some(mut found) = practitioner::find(tx, found.id)? else { return Ok(()) };
    if found.excluded == excluded {
        return Ok(());
    }
    found.excluded = excluded;
    found.version += 1;
    practitioner::update(tx, &found)?;
    let action = if excluded { "practitioner.exclude" } else { "practitioner.reinstate" };
    tx.audit(Entry::new(action, "practitioner", found.id).with(json!({"source": "leie"})));
    tx.announce(Change::Profile(found.id));
    recall::look_again(tx, found.id)
}
