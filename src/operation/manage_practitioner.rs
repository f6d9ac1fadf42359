//! Makes and changes a practitioner's own record, and shows it.
//!
//! An NPI that an unclaimed import carries is only noted: the import is taken
//! over by [`claim_npi`] once an admin has verified a licence, never by stating
//! its number.
//!
//! **Invariant:** a record is changed by the account that answers for it or by
//! an admin; to anybody else it does not exist here.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::json;

use crate::{
    domain::{
        change::Change,
        credential::CredentialStatus,
        id::{AccountId, PractitionerId},
        listing::Listing,
        npi::Npi,
        practitioner::{BookingTerms, Origin, Practitioner, ProviderType},
        schedule::local_date,
    },
    store::{Conn, StoreError, Tx, audit::Entry, credential, exclusion, listing, practitioner},
};

use super::submit_credential::note_submission;

/// Who asks to change a record: its owner, or an admin in their stead.
#[derive(Debug, Clone, Copy)]
pub struct Keeper {
    /// The account.
    pub account: AccountId,
    /// Whether it is an admin's.
    pub is_admin: bool,
}

impl Keeper {
    /// Whether that record is theirs to change.
    #[must_use]
    pub fn keeps(self, practitioner: &Practitioner) -> bool {
        self.is_admin || practitioner.account == Some(self.account)
    }
}

/// The record, if it exists and is theirs to change.
pub fn kept(conn: &mut Conn, id: PractitionerId, keeper: Keeper) -> Result<Option<Practitioner>, StoreError> {
    Ok(practitioner::find(conn, id)?.filter(|practitioner| keeper.keeps(practitioner)))
}

/// The same for a write: nobody books with them, or changes the record, until this transaction ends.
pub fn kept_alone(
    tx: &mut Tx,
    id: PractitionerId,
    keeper: Keeper,
) -> Result<Option<Practitioner>, StoreError> {
    tx.serialise(&[id.into()])?;
    kept(tx, id, keeper)
}

/// A record with what only its keeper sees.
#[derive(Debug, Clone)]
pub struct Record {
    /// All that the directory knows.
    pub listing: Listing,
    /// The NPI it states while an unclaimed import still has it.
    pub claims_npi: Option<Npi>,
}

/// Shows a record to its keeper, or the public one to anybody else.
pub fn show(
    conn: &mut Conn,
    id: PractitionerId,
    viewer: Option<Keeper>,
    now: DateTime<Utc>,
) -> Result<Option<Record>, StoreError> {
    let Some(listing) = listing::find_unclaimed(conn, id, now)? else { return Ok(None) };
    let keeps = viewer.is_some_and(|viewer| viewer.keeps(&listing.practitioner));
    if !keeps && !listing.is_public() {
        return Ok(None);
    }
    Ok(Some(Record { listing, claims_npi: practitioner::claimed_npi(conn, id)? }))
}

/// A new record.
#[derive(Debug, Clone)]
pub struct Register {
    /// Who will answer for it.
    pub account: AccountId,
    /// Profession.
    pub provider_type: ProviderType,
    /// Given name or names; may be empty.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Home zone.
    pub time_zone: Tz,
    /// The NPI they state.
    pub npi: Option<Npi>,
    /// In their own words.
    pub bio: String,
    /// BCP 47 codes, lower case.
    pub languages: Vec<String>,
    /// Codes of concerns.
    pub concerns: Vec<String>,
    /// Whether new bookings are taken.
    pub accepts_new_patients: bool,
    /// What every booking has to observe.
    pub terms: BookingTerms,
}

/// Why a record was not made.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The account has one.
    #[error("this account has a practitioner record already")]
    Exists,
    /// Another registered record has the NPI.
    #[error("another practitioner is registered with this NPI")]
    NpiTaken,
    /// It failed.
    #[error("the record could not be stored")]
    Store(#[source] StoreError),
}

impl From<StoreError> for RegisterError {
    fn from(err: StoreError) -> Self {
        match err {
            err if err.breaks("practitioner_account_id_key") => Self::Exists,
            err if err.breaks("practitioner_npi_key") => Self::NpiTaken,
            err => Self::Store(err),
        }
    }
}

/// Makes a record. It can be booked only once [`Listing::blockers`] has nothing left to say.
pub fn register(tx: &mut Tx, wish: &Register) -> Result<Record, RegisterError> {
    tx.serialise(&[wish.account.into()])?;
    if practitioner::of_account(tx, wish.account)?.is_some() {
        return Err(RegisterError::Exists);
    }
    let id: PractitionerId = tx.new_id();
    let number = stated(tx, id, wish.npi)?.ok_or(RegisterError::NpiTaken)?;
    let record = Practitioner {
        id,
        account: Some(wish.account),
        npi: number.own,
        provider_type: wish.provider_type,
        given_name: wish.given_name.clone(),
        family_name: wish.family_name.clone(),
        time_zone: wish.time_zone,
        bio: wish.bio.clone(),
        languages: wish.languages.clone(),
        concerns: wish.concerns.clone(),
        accepts_new_patients: wish.accepts_new_patients,
        terms: wish.terms,
        excluded: number.excluded,
        origin: Origin::Registered,
        closed: false,
        version: 1,
    };
    let now = tx.now();
    practitioner::insert(tx, &record, now)?;
    practitioner::update_claimed_npi(tx, id, number.claimed)?;
    tx.announce(Change::Profile(id));
    let detail =
        json!({"provider_type": wish.provider_type.code(), "claims_import": number.claimed.is_some()});
    tx.audit(Entry::new("practitioner.create", "practitioner", id).with(detail));
    Ok(read_back(tx, id)?)
}

/// What a stated NPI comes to.
#[derive(Debug, Clone, Copy)]
struct Number {
    /// Nobody else has it.
    own: Option<Npi>,
    /// An unclaimed import has it.
    claimed: Option<Npi>,
    /// It is on an exclusion list.
    excluded: bool,
}

/// Whose an NPI would be; `None` where another registered record has it.
fn stated(conn: &mut Conn, own: PractitionerId, npi: Option<Npi>) -> Result<Option<Number>, StoreError> {
    let Some(npi) = npi else { return Ok(Some(Number { own: None, claimed: None, excluded: false })) };
    let excluded = exclusion::find(conn, npi)?.is_some();
    Ok(match practitioner::of_npi(conn, npi)? {
        Some(holder) if holder.id != own && is_unclaimed(&holder) => {
            Some(Number { own: None, claimed: Some(npi), excluded: excluded || holder.excluded })
        }
        Some(holder) if holder.id != own => None,
        _ => Some(Number { own: Some(npi), claimed: None, excluded }),
    })
}

fn is_unclaimed(practitioner: &Practitioner) -> bool {
    practitioner.origin == Origin::Nppes && practitioner.account.is_none()
}

fn read_back(tx: &mut Tx, id: PractitionerId) -> Result<Record, StoreError> {
    let now = tx.now();
    let listing = listing::find_unclaimed(tx, id, now)?.ok_or(StoreError::NotFound("practitioner"))?;
    Ok(Record { listing, claims_npi: practitioner::claimed_npi(tx, id)? })
}

/// What is to become of a record; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Profession. A change sends credentials back to review.
    pub provider_type: Option<ProviderType>,
    /// Given name or names.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Home zone.
    pub time_zone: Option<Tz>,
    /// The NPI; `Some(None)` clears it.
    pub npi: Option<Option<Npi>>,
    /// In their own words.
    pub bio: Option<String>,
    /// BCP 47 codes, lower case.
    pub languages: Option<Vec<String>>,
    /// Codes of concerns.
    pub concerns: Option<Vec<String>>,
    /// Whether new bookings are taken.
    pub accepts_new_patients: Option<bool>,
    /// What every booking has to observe.
    pub terms: WantedTerms,
}

/// What is to become of what every booking has to observe; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct WantedTerms {
    /// The way between two places, in minutes.
    pub travel_minutes: Option<u32>,
    /// Most visits of a day; `Some(None)` sets no limit.
    pub daily_limit: Option<Option<u32>>,
    /// Most visits of a week; `Some(None)` sets no limit.
    pub weekly_limit: Option<Option<u32>>,
    /// Whether today can still be booked.
    pub same_day_booking: Option<bool>,
    /// After how long a request lapses, in minutes.
    pub request_lapse_minutes: Option<u32>,
}

impl WantedTerms {
    /// What those terms become.
    #[must_use]
    pub fn applied_to(self, before: BookingTerms) -> BookingTerms {
        BookingTerms {
            travel_minutes: self.travel_minutes.unwrap_or(before.travel_minutes),
            daily_limit: self.daily_limit.unwrap_or(before.daily_limit),
            weekly_limit: self.weekly_limit.unwrap_or(before.weekly_limit),
            same_day_booking: self.same_day_booking.unwrap_or(before.same_day_booking),
            request_lapse_minutes: self.request_lapse_minutes.unwrap_or(before.request_lapse_minutes),
        }
    }
}

/// A change of a record.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Which.
    pub practitioner: PractitionerId,
    /// By whom.
    pub keeper: Keeper,
    /// The version they have seen, where they insist on it.
    pub seen: Option<i64>,
    /// What is to become of it.
    pub wanted: Wanted,
}

/// Why a record was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Unknown, or somebody else's.
    #[error("there is no such record")]
    NotFound,
    /// Changed since they read it.
    #[error("the record was changed in the meantime")]
    Stale,
    /// Another registered record has the NPI.
    #[error("another practitioner is registered with this NPI")]
    NpiTaken,
    /// It failed.
    #[error("the record could not be stored")]
    Store(#[source] StoreError),
}

impl From<StoreError> for EditError {
    fn from(err: StoreError) -> Self {
        if err.breaks("practitioner_npi_key") { Self::NpiTaken } else { Self::Store(err) }
    }
}

/// Changes a record. What changes nothing is no change: the version stays.
pub fn edit(tx: &mut Tx, wish: &Edit) -> Result<Record, EditError> {
    let id = wish.practitioner;
    let before = kept_alone(tx, id, wish.keeper)?.ok_or(EditError::NotFound)?;
    if wish.seen.is_some_and(|seen| seen != before.version) {
        return Err(EditError::Stale);
    }
    let claimed = practitioner::claimed_npi(tx, id)?;
    let mut after = applied(&before, &wish.wanted);
    let mut claims = claimed;
    if let Some(npi) = wish.wanted.npi {
        let number = stated(tx, id, npi)?.ok_or(EditError::NpiTaken)?;
        (after.npi, claims) = (number.own, number.claimed);
        // An exclusion does not end because its number is no longer stated.
        after.excluded |= number.excluded;
    }
    if after == before && claims == claimed {
        return Ok(read_back(tx, id)?);
    }
    after.version += 1;
    practitioner::update(tx, &after)?;
    practitioner::update_claimed_npi(tx, id, claims)?;
    if after.provider_type != before.provider_type {
        send_back_to_review(tx, &after, wish.keeper.account)?;
    }
    tx.announce(Change::Profile(id));
    let detail = json!({"fields": changed(&before, &after), "claims_import": claims.is_some()});
    tx.audit(Entry::new("practitioner.update", "practitioner", id).with(detail));
    Ok(read_back(tx, id)?)
}

fn applied(before: &Practitioner, wanted: &Wanted) -> Practitioner {
    let mut after = before.clone();
    let wanted = wanted.clone();
    after.provider_type = wanted.provider_type.unwrap_or(after.provider_type);
    after.given_name = wanted.given_name.unwrap_or(after.given_name);
    after.family_name = wanted.family_name.unwrap_or(after.family_name);
    after.time_zone = wanted.time_zone.unwrap_or(after.time_zone);
    after.bio = wanted.bio.unwrap_or(after.bio);
    after.languages = wanted.languages.unwrap_or(after.languages);
    after.concerns = wanted.concerns.unwrap_or(after.concerns);
    after.terms = wanted.terms.applied_to(after.terms);
    after.accepts_new_patients = wanted.accepts_new_patients.unwrap_or(after.accepts_new_patients);
    after
}

/// Names of the fields that changed, for the trail: never their values.
fn changed(before: &Practitioner, after: &Practitioner) -> Vec<&'static str> {
    [
        ("provider_type", before.provider_type != after.provider_type),
        ("given_name", before.given_name != after.given_name),
        ("family_name", before.family_name != after.family_name),
        ("time_zone", before.time_zone != after.time_zone),
        ("npi", before.npi != after.npi),
        ("bio", before.bio != after.bio),
        ("languages", before.languages != after.languages),
        ("concerns", before.concerns != after.concerns),
        ("accepts_new_patients", before.accepts_new_patients != after.accepts_new_patients),
        ("booking_terms", before.terms != after.terms),
        ("excluded", before.excluded != after.excluded),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// What was checked was checked for another profession: verified credentials are submitted anew
/// for this one, and those that wait now wait for it.
fn send_back_to_review(tx: &mut Tx, owner: &Practitioner, actor: AccountId) -> Result<(), StoreError> {
    let today = local_date(owner.time_zone, tx.now());
    for mut held in credential::of(tx, &[owner.id])? {
        let from = held.status_on(today);
        match from {
            CredentialStatus::Verified => {
                (held.status, held.submitted_at) = (CredentialStatus::Submitted, tx.now());
                (held.verified_on, held.method, held.source_url) = (None, None, None);
            }
            CredentialStatus::Submitted | CredentialStatus::InformationRequested => {}
            _ => continue,
        }
        held.provider_type = owner.provider_type;
        held.version += 1;
        credential::update(tx, &held)?;
        if held.status != from {
            note_submission(tx, &held, actor, Some(from), "the profession was changed")?;
            let detail = json!({"from": from.code(), "to": held.status.code(), "fields": ["provider_type"]});
            tx.audit(Entry::new("credential.amend", "credential", held.id).with(detail));
        }
    }
    Ok(())
}

/// Gives a record the NPI it lays claim to: the unclaimed import that has it is closed. To be called
/// when an admin has verified a licence of the record. Does nothing where nothing is claimed, or
/// where the number went to another registered record in the meantime.
pub fn claim_npi(tx: &mut Tx, id: PractitionerId) -> Result<(), StoreError> {
    let Some(npi) = practitioner::claimed_npi(tx, id)? else { return Ok(()) };
    let Some(mut own) = practitioner::find(tx, id)? else { return Ok(()) };
    if let Some(mut import) = practitioner::of_npi(tx, npi)?.filter(|holder| holder.id != id) {
        if !is_unclaimed(&import) {
            return Ok(());
        }
        own.excluded |= import.excluded;
        (import.npi, import.closed) = (None, true);
        import.version += 1;
        practitioner::update(tx, &import)?;
        tx.announce(Change::Profile(import.id));
        let detail = json!({"claimed_by": id});
        tx.audit(Entry::new("practitioner.close", "practitioner", import.id).with(detail));
    }
    own.npi = Some(npi);
    own.version += 1;
    practitioner::update(tx, &own)?;
    practitioner::update_claimed_npi(tx, id, None)?;
    tx.announce(Change::Profile(id));
    tx.audit(Entry::new("practitioner.claim_npi", "practitioner", id));
    Ok(())
}
