//! Stores imported practitioners: on the list, unverified, never bookable.
//!
//! **Invariant:** a record that somebody answers for is never touched, and an
//! older edition of the registry never undoes a newer one.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::{
    domain::{
        change::Change,
        id::PractitionerId,
        location::{Location, Position},
        npi::Npi,
        practitioner::{BookingTerms, Origin, Practitioner},
    },
    import::{Counts, ImportedListing, ListingSink, NppesAction, SinkError},
    operation::place_address,
    search::Gazetteer,
    store::{Context, Store, StoreError, Tx, exclusion, location, place, practitioner},
};

/// Why a listing cannot be placed.
const UNKNOWN_PLACE: &str = "place not in the gazetteer: import places first";

/// Whether somebody answers for an open record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Imported,
    Claimed,
}

/// Where imported practitioners become rows.
pub struct ListingRows<'a> {
    store: &'a Store,
    context: Context,
    gazetteer: Arc<Gazetteer>,
    known: HashMap<Npi, Standing>,
}

impl<'a> ListingRows<'a> {
    /// Reads the gazetteer and whose numbers are known.
    pub fn load(store: &'a Store, context: Context) -> Result<Self, StoreError> {
        let (places, npis) = store
            .read_blocking(|conn| Ok::<_, StoreError>((place::all(conn)?, practitioner::open_npis(conn)?)))?;
        let standing = |claimed| if claimed { Standing::Claimed } else { Standing::Imported };
        let known = npis.into_iter().map(|(npi, claimed)| (npi, standing(claimed))).collect();
        Ok(Self { store, context, gazetteer: Arc::new(Gazetteer::new(places)), known })
    }
}

impl ListingSink for ListingRows<'_> {
    fn put(&mut self, batch: Vec<NppesAction>) -> Result<Counts, SinkError> {
        for action in &batch {
            if let NppesAction::Keep(new) = action {
                self.known.entry(new.npi).or_insert(Standing::Imported);
            }
        }
        let (batch, gazetteer) = (Arc::new(batch), Arc::clone(&self.gazetteer));
        let committed = self.store.write_blocking(self.context.clone(), move |tx| {
            let mut counts = Counts::default();
            for action in batch.iter() {
                match action {
                    NppesAction::Keep(new) => keep(tx, &gazetteer, new, &mut counts)?,
                    NppesAction::Close(npi) => close(tx, *npi, &mut counts)?,
                }
            }
            Ok::<_, StoreError>(counts)
        })?;
        Ok(committed.value)
    }

    fn is_listed(&self, npi: Npi) -> bool {
        self.known.get(&npi) == Some(&Standing::Imported)
    }

    fn is_claimed(&self, npi: Npi) -> bool {
        self.known.get(&npi) == Some(&Standing::Claimed)
    }

    fn refusal(&self, listing: &ImportedListing) -> Option<String> {
        spot(&self.gazetteer, listing).is_none().then(|| UNKNOWN_PLACE.to_owned())
    }
}

/// Where a practice is and which clocks hang there.
fn spot(gazetteer: &Gazetteer, new: &ImportedListing) -> Option<Position> {
    place_address::position(gazetteer, new.country, &new.region, &new.city, &new.postal_code).ok()
}

fn keep(
    tx: &mut Tx,
    gazetteer: &Gazetteer,
    new: &ImportedListing,
    counts: &mut Counts,
) -> Result<(), StoreError> {
    // Only a row refused before could lack a place.
    let Some(position) = spot(gazetteer, new) else { return Ok(()) };
    match practitioner::with_source_date(tx, new.npi)? {
        None => {
            insert(tx, new, position)?;
            counts.inserted += 1;
        }
        Some((stored, on)) if needs_update(&stored, on, new) => {
            update(tx, stored, new, position)?;
            counts.updated += 1;
        }
        Some(_) => counts.unchanged += 1,
    }
    Ok(())
}

/// A claimed record is its owner's. A closed one comes back only by a later word of the registry.
fn needs_update(stored: &Practitioner, on: Option<NaiveDate>, new: &ImportedListing) -> bool {
    let is_later = on.is_none_or(|on| on < new.updated_on);
    let is_back = stored.closed && on == Some(new.updated_on);
    stored.account.is_none() && (is_later || is_back)
}

fn insert(tx: &mut Tx, new: &ImportedListing, position: Position) -> Result<(), StoreError> {
    let id: PractitionerId = tx.new_id();
    let time_zone = zone(position);
    let record = Practitioner {
        id,
        account: None,
        npi: Some(new.npi),
        provider_type: new.provider_type,
        given_name: new.given_name.clone(),
        family_name: new.family_name.clone(),
        time_zone,
        bio: String::new(),
        languages: Vec::new(),
        concerns: Vec::new(),
        accepts_new_patients: true,
        terms: BookingTerms::default(),
        excluded: exclusion::find(tx, new.npi)?.is_some(),
        origin: Origin::Nppes,
        closed: false,
        version: 1,
    };
    practitioner::insert(tx, &record, tx.now())?;
    practitioner::update_source_date(tx, id, Some(new.updated_on))?;
    let practice = practice(new, tx.new_id(), id, position, time_zone);
    location::insert(tx, &practice)?;
    tx.announce(Change::Profile(id));
    Ok(())
}

fn update(
    tx: &mut Tx,
    stored: Practitioner,
    new: &ImportedListing,
    position: Position,
) -> Result<(), StoreError> {
    let id = stored.id;
    tx.serialise(&[id.into()])?;
    let time_zone = zone(position);
    let record = Practitioner {
        provider_type: new.provider_type,
        given_name: new.given_name.clone(),
        family_name: new.family_name.clone(),
        time_zone,
        closed: false,
        version: stored.version + 1,
        ..stored
    };
    practitioner::update(tx, &record)?;
    practitioner::update_source_date(tx, id, Some(new.updated_on))?;
    match location::of(tx, &[id])?.into_iter().next() {
        Some(old) => {
            let moved = practice(new, old.id, id, position, time_zone);
            location::update(tx, &Location { version: old.version + 1, ..moved })?;
        }
        None => {
            let practice = practice(new, tx.new_id(), id, position, time_zone);
            location::insert(tx, &practice)?;
        }
    }
    tx.announce(Change::Profile(id));
    Ok(())
}

fn close(tx: &mut Tx, npi: Npi, counts: &mut Counts) -> Result<(), StoreError> {
    let Some(stored) = practitioner::of_npi(tx, npi)? else { return Ok(()) };
    if stored.account.is_some() || stored.closed {
        return Ok(());
    }
    let id = stored.id;
    practitioner::update(tx, &Practitioner { closed: true, version: stored.version + 1, ..stored })?;
    tx.announce(Change::Profile(id));
    counts.closed += 1;
    Ok(())
}

/// The registry has no name for an individual's practice; the city tells several apart.
fn practice(
    new: &ImportedListing,
    id: crate::domain::id::LocationId,
    practitioner: PractitionerId,
    position: Position,
    time_zone: Tz,
) -> Location {
    Location {
        id,
        practitioner,
        name: format!("Practice in {}", new.city),
        address_line: new.address_line.clone(),
        city: new.city.clone(),
        region: new.region.clone(),
        postal_code: new.postal_code.clone(),
        country: new.country,
        position,
        time_zone,
        removed: false,
        version: 1,
    }
}

/// Every point of the map has a zone; the sea of none is told by Greenwich.
fn zone(position: Position) -> Tz {
    place_address::zone(position).unwrap_or(Tz::UTC)
}
