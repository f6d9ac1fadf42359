//! Keeps a time for one patient for a few minutes.
//!
//! A hold claims time in the same table as bookings, so the schema refuses each
//! over the other. It lapses by the clock: whoever comes next takes no notice of
//! a lapsed one.

use chrono::{DateTime, Duration, Utc};

use crate::{
    domain::{
        change::Change,
        id::{AccountId, HoldId},
        listing::Busy,
    },
    secret::{Sealer, SecretError},
    store::{StoreError, Tx, audit::Entry, busy_time, patient},
};

use super::{
    join_waitlist,
    offered::{self, Refusal, Wish},
};

/// How long a hold lasts.
pub const LASTS: Duration = Duration::minutes(10);
/// How many holds a patient may have open.
pub const MOST_OPEN: i64 = 3;

/// A time kept.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    /// Its identity.
    pub id: HoldId,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// Why a hold was refused.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// No such hold, or not theirs; nobody like that in their care.
    #[error("there is no such hold or patient")]
    NotFound,
    /// The patient has three already.
    #[error("at most {MOST_OPEN} times can be held at once")]
    TooMany,
    /// The time cannot be had.
    #[error(transparent)]
    Refused(Refusal),
    /// A mail about what has lapsed could not be sealed.
    #[error("the news could not be sealed")]
    Secret(#[from] SecretError),
    /// The store failed.
    #[error("the hold could not be stored")]
    Store(#[from] StoreError),
}

impl From<Refusal> for HoldError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(err) => Self::Store(err),
            Refusal::Secret(err) => Self::Secret(err),
            refusal => Self::Refused(refusal),
        }
    }
}

/// Keeps the time asked for, or says why not.
pub fn hold(tx: &mut Tx, sealer: &Sealer, account: AccountId, wish: &Wish) -> Result<Hold, HoldError> {
    let offered = offered::look_up(tx, sealer, wish, None)?;
    if !patient::is_in_care_of(tx, wish.patient, account)? {
        return Err(HoldError::NotFound);
    }
    offered::check_standing(&offered)?;
    offered::check_time(tx, &offered, wish, None)?;
    let now = tx.now();
    if busy_time::count_holds(tx, wish.patient, now)? >= MOST_OPEN {
        return Err(HoldError::TooMany);
    }
    let held = Hold { id: tx.new_id(), expires_at: now + LASTS };
    let claim = Busy { is_hold: true, held_until: Some(held.expires_at), ..offered.busy };
    busy_time::insert(tx, held.id.into(), wish.practitioner, wish.patient, claim)
        .map_err(|err| offered.taken(err))?;
    tx.audit(Entry::new("hold.create", "hold", held.id));
    tx.announce(Change::Times(wish.practitioner, claim.busy));
    Ok(held)
}

/// Gives a time back that is held for somebody of the account.
pub fn release(tx: &mut Tx, id: HoldId, account: AccountId) -> Result<(), HoldError> {
    let (practitioner, held_for) = busy_time::parties_of_hold(tx, id)?.ok_or(HoldError::NotFound)?;
    if patient::account_of(tx, held_for)? != Some(account) {
        return Err(HoldError::NotFound);
    }
    let (_, held) = busy_time::find_hold(tx, id, held_for)?.ok_or(HoldError::NotFound)?;
    busy_time::delete(tx, id.into())?;
    tx.audit(Entry::new("hold.release", "hold", id));
    tx.announce(Change::Times(practitioner, held.busy));
    join_waitlist::look_soon(tx, practitioner)?;
    Ok(())
}
