//! May this time be had? Asked inside the transaction by whoever wants it: a
//! booking, a hold, a move.
//!
//! **Invariant:** the answer comes from the same function that lists slots, on
//! rows nobody else can change until this transaction ends.

use chrono::{DateTime, Duration, Utc};

use crate::{
    domain::{
        id::{LocationId, PatientId, PractitionerId, ServiceId},
        listing::{Busy, Listing},
        location::Location,
        period::Period,
        practitioner::Blocker,
        schedule::local_date,
        service::Service,
        slot::{Offer, Reason, Slot},
    },
    secret::{Sealer, SecretError},
    store::{
        StoreError, Tx, busy_time,
        claims_near::{self, PatientClaims},
        listing,
    },
};

use super::{find_slots::Slots, lapse, tell_both::TellError};

/// How far after the time asked for others are looked for.
const ALTERNATIVES_WITHIN: Duration = Duration::days(14);
/// How many others are named.
const ALTERNATIVES: usize = 3;

/// A time somebody wants.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// With whom.
    pub practitioner: PractitionerId,
    /// For whom.
    pub patient: PatientId,
    /// What.
    pub service: ServiceId,
    /// Where.
    pub location: LocationId,
    /// When the visit starts.
    pub starts_at: DateTime<Utc>,
}

/// Why a time cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such practitioner, service or place.
    #[error("there is no such practitioner, service or place")]
    NotFound,
    /// The practitioner may not be booked there then.
    #[error("this practitioner cannot be booked there on that date")]
    NotBookable(Vec<Blocker>),
    /// Somebody has it.
    #[error("that time is no longer free")]
    SlotTaken(Slots),
    /// It was never on offer.
    #[error("that time is not offered")]
    NotOffered(Vec<Reason>),
    /// The patient is elsewhere then.
    #[error("the patient already has a visit that overlaps this time")]
    PatientDoubleBooked,
    /// A mail about what has lapsed could not be sealed.
    #[error("the news could not be sealed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the time could not be looked up")]
    Store(#[from] StoreError),
}

impl From<TellError> for Refusal {
    fn from(err: TellError) -> Self {
        match err {
            TellError::Store(err) => Self::Store(err),
            TellError::Secret(err) => Self::Secret(err),
        }
    }
}

/// A time that can be had, with what it was found from.
#[derive(Debug)]
pub struct Offered {
    /// Everything about the practitioner, as of this transaction.
    pub listing: Listing,
    /// What.
    pub service: Service,
    /// Where.
    pub location: Location,
    /// The claim to be made.
    pub busy: Busy,
    /// What is to be moved, and so does not stand in the way.
    own: Option<Period>,
    /// Where the patient may be then.
    patients: PatientClaims,
}

impl Offered {
    fn others(&self, slots: Vec<Slot>) -> Slots {
        Slots { time_zone: self.listing.schedule.time_zone, slots }
    }

    /// What the schema's word on this claim means: somebody else was quicker.
    pub fn taken(&self, err: StoreError) -> Refusal {
        if err.breaks(busy_time::PRACTITIONER_OVERLAP) {
            Refusal::SlotTaken(self.others(Vec::new()))
        } else if err.breaks(busy_time::PATIENT_OVERLAP) {
            Refusal::PatientDoubleBooked
        } else {
            Refusal::Store(err)
        }
    }
}

/// Keeps others out, then reads everything about the practitioner. `own` is the time of a claim, buffers
/// included, that is about to be moved and does not stand in its own way.
pub fn look_up(tx: &mut Tx, sealer: &Sealer, wish: &Wish, own: Option<Period>) -> Result<Offered, Refusal> {
    let found = look_up_all(tx, sealer, std::slice::from_ref(wish))?.pop();
    let mut offered = found.unwrap_or(Err(Refusal::NotFound))?;
    offered.listing.busy.retain(|claim| Some(claim.busy) != own);
    offered.own = own;
    Ok(offered)
}

/// The same for several at once, each answered for itself, in the order asked.
pub fn look_up_all(
    tx: &mut Tx,
    sealer: &Sealer,
    wishes: &[Wish],
) -> Result<Vec<Result<Offered, Refusal>>, Refusal> {
    let parties: Vec<(PractitionerId, PatientId)> =
        wishes.iter().map(|wish| (wish.practitioner, wish.patient)).collect();
    let ids: Vec<uuid::Uuid> = parties
        .iter()
        .flat_map(|(practitioner, patient)| [(*practitioner).into(), (*patient).into()])
        .collect();
    tx.serialise(&ids)?;
    lapse::tidy(tx, sealer, &parties)?;
    let asked: Option<Vec<(PractitionerId, Period)>> =
        wishes.iter().map(|wish| Some((wish.practitioner, instant_of(wish.starts_at)?))).collect();
    let listings = listing::among_in(tx, &asked.ok_or(Refusal::NotFound)?)?;
    let mut all: Vec<Result<Offered, Refusal>> =
        listings.into_iter().zip(wishes).map(|(listing, wish)| offered(listing, wish)).collect();
    let visits: Vec<(PatientId, Period)> = all
        .iter()
        .zip(wishes)
        .filter_map(|(offered, wish)| Some((wish.patient, offered.as_ref().ok()?.busy.visit)))
        .collect();
    let now = tx.now();
    for (offered, claims) in all.iter_mut().flatten().zip(claims_near::of_patients(tx, &visits, now)?) {
        offered.patients = claims;
    }
    Ok(all)
}

fn offered(listing: Option<Listing>, wish: &Wish) -> Result<Offered, Refusal> {
    let listing = listing.filter(|listing| !listing.practitioner.closed).ok_or(Refusal::NotFound)?;
    let service = listing.services.iter().find(|service| service.id == wish.service);
    let service = service.ok_or(Refusal::NotFound)?.clone();
    let location = listing.locations.iter().find(|location| location.id == wish.location);
    let location = location.ok_or(Refusal::NotFound)?.clone();
    let busy = claim(&service, wish.location, wish.starts_at).ok_or(Refusal::NotFound)?;
    Ok(Offered { listing, service, location, busy, own: None, patients: Vec::new() })
}

/// The instant as the shortest period there is.
fn instant_of(at: DateTime<Utc>) -> Option<Period> {
    Period::new(at, at.checked_add_signed(Duration::microseconds(1))?)
}

/// Refuses where the licence does not cover the place on that date.
pub fn check_standing(offered: &Offered) -> Result<(), Refusal> {
    let on = local_date(offered.location.time_zone, offered.busy.visit.start());
    let blockers = offered.listing.standing().blockers(&offered.location, on);
    if blockers.is_empty() { Ok(()) } else { Err(Refusal::NotBookable(blockers)) }
}

/// Refuses where a rule or somebody's claim takes the time away.
pub fn check_time(
    tx: &mut Tx,
    offered: &Offered,
    wish: &Wish,
    own: Option<uuid::Uuid>,
) -> Result<(), Refusal> {
    let now = tx.now();
    let offer = Offer::new(&offered.listing, &offered.service);
    let reasons = offer.explain(Some(wish.location), wish.starts_at, now);
    if !reasons.is_empty() {
        if !reasons.iter().all(|reason| reason.rule.is_conflict()) {
            return Err(Refusal::NotOffered(reasons));
        }
        let others = alternatives(tx, offered, wish)?;
        return Err(Refusal::SlotTaken(offered.others(others)));
    }
    let is_there = |(id, ends_at): &(uuid::Uuid, DateTime<Utc>)| {
        Some(*id) != own && *ends_at > offered.busy.visit.start()
    };
    if offered.patients.iter().any(is_there) { Err(Refusal::PatientDoubleBooked) } else { Ok(()) }
}

/// The next times that are free instead.
fn alternatives(tx: &mut Tx, offered: &Offered, wish: &Wish) -> Result<Vec<Slot>, StoreError> {
    let now = tx.now();
    let end = wish.starts_at.checked_add_signed(ALTERNATIVES_WITHIN);
    let Some(within) = end.and_then(|end| Period::new(wish.starts_at, end)) else { return Ok(Vec::new()) };
    // Only the claims of those days are still to be read.
    let mut listing = offered.listing.clone();
    listing.busy = listing::claims(tx, &listing, within)?;
    listing.busy.retain(|claim| Some(claim.busy) != offered.own);
    Ok(Offer::new(&listing, &offered.service).first(Some(wish.location), within, now, ALTERNATIVES))
}

/// The claim of a visit that starts then; none where the calendar ends.
pub(super) fn claim(service: &Service, location: LocationId, starts_at: DateTime<Utc>) -> Option<Busy> {
    let ends_at = starts_at.checked_add_signed(service.rules.duration())?;
    let from = starts_at.checked_sub_signed(service.rules.buffer_before())?;
    let until = ends_at.checked_add_signed(service.rules.buffer_after())?;
    Some(Busy {
        visit: Period::new(starts_at, ends_at)?,
        busy: Period::new(from, until)?,
        location,
        is_hold: false,
        held_until: None,
    })
}
