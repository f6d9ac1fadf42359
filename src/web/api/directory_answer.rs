//! What a search answers, as JSON.
//!
//! An item is put together once and kept as bytes until something of it changes; an answer copies it
//! and fills in what depends on who asks and when.
//!
//! **Invariant:** an answer is byte for byte what serialising [`FoundBody`] afresh would give.

use std::{
    collections::BTreeMap,
    fmt,
    hash::{BuildHasher, Hash, Hasher, RandomState},
    io::Write,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        credential::{Credential, CredentialStatus},
        id::{LocationId, PractitionerId, ServiceId},
        location::Location,
        schedule::local_date,
        service::Service,
    },
    operation::find_practitioners::Located,
    search::{Facets, Found, Item},
    web::instant,
};

/// How many items are kept ready: those of large cities many times over, in some hundred megabytes at most.
const KEPT: usize = 1 << 17;
/// What an item without a distance says of it. No text inside can be mistaken for it: there quotes are escaped.
const NO_DISTANCE: &[u8] = b"\"distance_km\":null";
/// How an item ends that has no free time.
const NO_TIME: &[u8] = b"null}";

/// One page of the directory.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundBody {
    origin: Option<OriginBody>,
    /// How many items match on all pages; null unless `facets=true`.
    total: Option<u64>,
    facets: Option<FacetsBody>,
    items: Vec<ItemBody>,
    next_cursor: Option<String>,
}

/// From where distance is measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct OriginBody {
    latitude: f64,
    longitude: f64,
    label: String,
}

/// What each choice would give, all filters applied except the facet's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetsBody {
    provider_type: BTreeMap<String, u64>,
    language: BTreeMap<String, u64>,
    concern: BTreeMap<String, u64>,
}

/// One practitioner at one place.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemBody {
    #[schema(value_type = String, format = Uuid)]
    id: PractitionerId,
    name: String,
    provider_type: &'static str,
    /// A verified licence covers this place today.
    verified: bool,
    /// Nothing but a free time stands between a patient and a booking here.
    bookable: bool,
    credentials: Vec<CheckedBody>,
    location: PlaceBody,
    /// Great-circle kilometres, to the metre; null without an origin.
    distance_km: Option<f64>,
    accepts_new_patients: bool,
    languages: Vec<String>,
    concerns: Vec<String>,
    services: Vec<OfferedBody>,
    next_available_at: Option<String>,
}

/// A verified credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedBody {
    kind: &'static str,
    jurisdiction: String,
    verified_on: Option<String>,
    expires_on: Option<String>,
}

/// A place of practice.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceBody {
    #[schema(value_type = String, format = Uuid)]
    id: LocationId,
    name: String,
    address_line: String,
    city: String,
    region: String,
    postal_code: String,
    country: String,
    latitude: f64,
    longitude: f64,
    time_zone: String,
}

/// Something that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedBody {
    #[schema(value_type = String, format = Uuid)]
    id: ServiceId,
    name: String,
    duration_minutes: u32,
    price_minor: Option<i64>,
    currency: Option<String>,
}

impl From<Located> for OriginBody {
    fn from(origin: Located) -> Self {
        Self {
            latitude: origin.position.latitude(),
            longitude: origin.position.longitude(),
            label: origin.label,
        }
    }
}

impl From<Facets> for FacetsBody {
    fn from(facets: Facets) -> Self {
        Self { provider_type: facets.provider_type, language: facets.language, concern: facets.concern }
    }
}

impl From<&Location> for PlaceBody {
    fn from(place: &Location) -> Self {
        Self {
            id: place.id,
            name: place.name.clone(),
            address_line: place.address_line.clone(),
            city: place.city.clone(),
            region: place.region.clone(),
            postal_code: place.postal_code.clone(),
            country: place.country.to_string(),
            latitude: place.position.latitude(),
            longitude: place.position.longitude(),
            time_zone: place.time_zone.name().to_owned(),
        }
    }
}

impl From<&Service> for OfferedBody {
    fn from(service: &Service) -> Self {
        Self {
            id: service.id,
            name: service.name.clone(),
            duration_minutes: service.rules.duration_minutes,
            price_minor: service.price.map(|price| price.minor),
            currency: service.price.map(|price| price.currency.to_string()),
        }
    }
}

impl From<&Credential> for CheckedBody {
    fn from(credential: &Credential) -> Self {
        Self {
            kind: credential.kind.code(),
            jurisdiction: credential.jurisdiction.to_string(),
            verified_on: credential.verified_on.map(|on| on.to_string()),
            expires_on: credential.expires_on.map(|on| on.to_string()),
        }
    }
}

/// Which rendering of an item: the same for the same bytes, where it is asked for and its free time aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Edition {
    stamp: (u64, u16),
    /// The date there, on which credentials are shown or not.
    day: u16,
    verified: bool,
    bookable: bool,
}

impl Edition {
    fn of(item: &Item) -> Self {
        Self { stamp: item.stamp(), day: item.day, verified: item.verified, bookable: item.bookable }
    }
}

/// An item up to its distance, and from there to its next free time.
struct Rendered {
    edition: Edition,
    head: Box<[u8]>,
    tail: Box<[u8]>,
}

impl Rendered {
    /// `None` where the item cannot be read back, which the index's invariant rules out.
    fn of(item: &Item, edition: Edition, now: DateTime<Utc>) -> Option<Self> {
        let whole = serde_json::to_vec(&item_body(item, now)?).ok()?;
        let cut = whole.windows(NO_DISTANCE.len()).position(|window| window == NO_DISTANCE)?;
        let (head, rest) = whole.split_at_checked(cut + NO_DISTANCE.len() - b"null".len())?;
        let tail = rest.strip_prefix(b"null")?.strip_suffix(NO_TIME)?;
        Some(Self { edition, head: head.into(), tail: tail.into() })
    }
}

/// Items that were asked for, ready to be copied.
pub struct RenderedItems {
    slots: Box<[RwLock<Option<Arc<Rendered>>>]>,
    /// Stamps begin anew with every process, so that its digests are its own.
    digest: RandomState,
}

impl Default for RenderedItems {
    fn default() -> Self {
        Self { slots: (0..KEPT).map(|_| RwLock::default()).collect(), digest: RandomState::new() }
    }
}

impl fmt::Debug for RenderedItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedItems").finish_non_exhaustive()
    }
}

impl RenderedItems {
    fn get(&self, item: &Item, now: DateTime<Utc>) -> Option<Arc<Rendered>> {
        let edition = Edition::of(item);
        // Stamps are given one after another, so that they spread evenly as they are.
        let nth = edition.stamp.0.wrapping_add(u64::from(edition.stamp.1) << 12) % (KEPT as u64);
        let slot = self.slots.get(usize::try_from(nth).ok()?)?;
        let held = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(rendered) = held.filter(|rendered| rendered.edition == edition) {
            return Some(rendered);
        }
        let rendered = Arc::new(Rendered::of(item, edition, now)?);
        *slot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&rendered));
        Some(rendered)
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// JSON, as in [`FoundBody`].
    pub body: Vec<u8>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// Equal for answers that show the same; cursors that lead to the same page are the same.
    pub digest: u64,
}

/// Puts the answer together.
pub fn answer(
    rendered: &RenderedItems,
    found: Found,
    origin: Option<Located>,
    now: DateTime<Utc>,
) -> serde_json::Result<Answer> {
    let mut digest = rendered.digest.build_hasher();
    let mut body = Vec::with_capacity(1_024 * (found.items.len() + 1));
    let origin = origin.map(OriginBody::from);
    body.extend_from_slice(b"{\"origin\":");
    serde_json::to_writer(&mut body, &origin)?;
    body.extend_from_slice(b",\"total\":");
    serde_json::to_writer(&mut body, &found.total)?;
    body.extend_from_slice(b",\"facets\":");
    serde_json::to_writer(&mut body, &found.facets.map(FacetsBody::from))?;
    body.hash(&mut digest);
    body.extend_from_slice(b",\"items\":[");
    let begun = body.len();
    for item in &found.items {
        let Some(rendered) = rendered.get(item, now) else { continue };
        if body.len() > begun {
            body.push(b',');
        }
        body.extend_from_slice(&rendered.head);
        let distance = metres(item.distance_km);
        serde_json::to_writer(&mut body, &distance)?;
        body.extend_from_slice(&rendered.tail);
        match item.next_available_at {
            // Instants need no escaping.
            Some(at) => _ = write!(body, "\"{}\"}}", instant::text(at)),
            None => body.extend_from_slice(NO_TIME),
        }
        (rendered.edition, distance.map(f64::to_bits), item.next_available_at).hash(&mut digest);
    }
    let next_cursor = found.next.map(|cursor| cursor.encode());
    next_cursor.is_some().hash(&mut digest);
    body.extend_from_slice(b"],\"next_cursor\":");
    serde_json::to_writer(&mut body, &next_cursor)?;
    body.push(b'}');
    Ok(Answer { body, next_cursor, digest: digest.finish() })
}

/// To the metre.
fn metres(km: Option<f64>) -> Option<f64> {
    km.map(|km| (km * 1_000.0).round() / 1_000.0)
}

fn item_body(item: &Item, now: DateTime<Utc>) -> Option<ItemBody> {
    let (listing, location) = item.listing()?;
    let practitioner = listing.practitioner;
    let today = local_date(location.time_zone, now);
    let verified = |credential: &&Credential| credential.status_on(today) == CredentialStatus::Verified;
    Some(ItemBody {
        id: practitioner.id,
        name: practitioner.full_name(),
        provider_type: practitioner.provider_type.code(),
        verified: item.verified,
        bookable: item.bookable,
        credentials: listing.credentials.iter().filter(verified).map(CheckedBody::from).collect(),
        location: PlaceBody::from(&location),
        distance_km: None,
        accepts_new_patients: practitioner.accepts_new_patients,
        languages: practitioner.languages,
        concerns: practitioner.concerns,
        services: listing.services.iter().map(OfferedBody::from).collect(),
        next_available_at: None,
    })
}
