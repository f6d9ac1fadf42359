//! Practitioners as this process has last read them, without the claims on their time.
//!
//! **Invariant:** what is given out is what the transaction would read itself: it asks first for the
//! mark, to which the schema gives a value never seen before with every change of a listing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

use crate::domain::{id::PractitionerId, listing::Listing};

use super::{
    listing, practitioner,
    tx::{StoreError, Tx},
};

/// Most that are kept; beyond it all are forgotten and read again as they are asked for.
const MOST: usize = 4_096;

/// A listing and the mark it bore.
type Read = (Uuid, Arc<Listing>);

/// The listings of one process.
#[derive(Debug, Default)]
pub struct KeptListings(Mutex<HashMap<PractitionerId, Read>>);

impl KeptListings {
    fn find(&self, id: PractitionerId, mark: Uuid) -> Option<Arc<Listing>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&id).filter(|(of, _)| *of == mark).map(|(_, listing)| Arc::clone(listing))
    }

    fn keep(&self, id: PractitionerId, mark: Uuid, listing: Arc<Listing>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(id, (mark, listing));
    }
}

/// Those of the practitioners that exist, without the claims on their time.
pub fn among(
    tx: &mut Tx,
    ids: &[PractitionerId],
) -> Result<HashMap<PractitionerId, Arc<Listing>>, StoreError> {
    let now = tx.now();
    // First the mark, then the rows: whoever changes them in between changes it, and they are read again.
    let marks = practitioner::listing_marks(tx, ids)?;
    let kept = tx.kept_listings();
    let mut found = HashMap::with_capacity(marks.len());
    let mut unread: HashMap<PractitionerId, Uuid> = HashMap::new();
    for (id, mark) in marks {
        match kept.find(id, mark) {
            Some(listing) => _ = found.insert(id, listing),
            None => _ = unread.insert(id, mark),
        }
    }
    let missing: Vec<PractitionerId> = unread.keys().copied().collect();
    if missing.is_empty() {
        return Ok(found);
    }
    for listing in listing::unclaimed(tx, &missing, now)? {
        let (id, listing) = (listing.practitioner.id, Arc::new(listing));
        if let Some(mark) = unread.get(&id) {
            kept.keep(id, *mark, Arc::clone(&listing));
        }
        found.insert(id, listing);
    }
    Ok(found)
}
