//! Stores exclusions and marks the practitioners concerned.

use std::sync::Arc;

use serde_json::json;

use crate::{
    domain::{change::Change, npi::Npi},
    import::{Counts, Exclusion, ExclusionSink, SinkError},
    store::{Context, Store, StoreError, Tx, audit::Entry, exclusion, practitioner},
};

/// Which list it is.
const SOURCE: &str = "oig_leie";

/// Where exclusions become rows.
pub struct ExclusionRows<'a> {
    store: &'a Store,
    context: Context,
}

impl<'a> ExclusionRows<'a> {
    /// Rows of that database.
    #[must_use]
    pub fn new(store: &'a Store, context: Context) -> Self {
        Self { store, context }
    }
}

impl ExclusionSink for ExclusionRows<'_> {
    fn put(&mut self, batch: Vec<Exclusion>) -> Result<Counts, SinkError> {
        let batch = Arc::new(batch);
        let committed = self.store.write_blocking(self.context.clone(), move |tx| {
            let mut counts = Counts::default();
            for entry in batch.iter() {
                put_one(tx, entry, &mut counts)?;
            }
            Ok::<_, StoreError>(counts)
        })?;
        Ok(committed.value)
    }
}

/// An entry that stands is stored; one that has ended takes away what it ended, never a later one.
fn put_one(tx: &mut Tx, entry: &Exclusion, counts: &mut Counts) -> Result<(), StoreError> {
    let stored = exclusion::find(tx, entry.npi)?;
    let since = stored.map(|stored| stored.excluded_on);
    if let Some(ended_on) = entry.reinstated_on.filter(|_| entry.is_lifted()) {
        if since.is_some_and(|since| since <= ended_on) && exclusion::remove(tx, entry.npi)? {
            counts.closed += 1;
            return mark(tx, entry.npi, false);
        }
        counts.unchanged += 1;
        return Ok(());
    }
    let is_older = since.is_some_and(|since| entry.excluded_on < since);
    if is_older || !exclusion::put(tx, &row_of(entry))? {
        counts.unchanged += 1;
        return Ok(());
    }
    match since {
        Some(_) => counts.updated += 1,
        None => counts.inserted += 1,
    }
    mark(tx, entry.npi, true)
}

fn row_of(entry: &Exclusion) -> exclusion::Exclusion {
    let name = format!("{} {}", entry.first_name, entry.last_name);
    exclusion::Exclusion {
        npi: entry.npi,
        name: name.trim().to_owned(),
        kind: entry.excl_type.clone(),
        excluded_on: entry.excluded_on,
        source: SOURCE.to_owned(),
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
    tx.audit(Entry::new(action, "practitioner", found.id).with(json!({"source": SOURCE})));
    tx.announce(Change::Profile(found.id));
    Ok(())
}
