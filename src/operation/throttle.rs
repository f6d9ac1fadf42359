//! How often one account may be tried: growing waits, kept in the database.
//!
//! Counts are by address, whether or not anybody has it, so that waiting tells
//! nothing. A count is forgotten a day after the last failure, and at once by a
//! success or by a new password; whoever owns the mailbox is never locked out.
//!
//! **Invariant:** while a wait lasts even the right password is not let in.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{
    secret::mac,
    store::{Conn, StoreError, Tx, sign_in_failure},
};

/// Failures without any wait: people mistype.
const FREE: i32 = 6;
/// From here on every try costs the longest wait.
const HARD: i32 = 12;
/// The longest wait.
const LONGEST: Duration = Duration::minutes(15);
/// After that long without a failure the count begins anew.
const FORGOTTEN_AFTER: Duration = Duration::days(1);

/// Most mails an hour that strangers can have sent to one address.
const MAILS: i32 = 20;
const MAILS_WITHIN: Duration = Duration::hours(1);

fn pause_after(failures: i32) -> Duration {
    match failures {
        n if n <= FREE => Duration::zero(),
        n if n < HARD => Duration::seconds(1 << (n - FREE - 1)),
        _ => LONGEST,
    }
}

/// The lock that keeps two tries of one key apart.
#[must_use]
pub fn lock(key: &str) -> Uuid {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = mac::sha256(key.as_bytes());
    Uuid::from_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
}

/// How many seconds still to wait, if any.
pub fn wait(conn: &mut Conn, key: &str, now: DateTime<Utc>) -> Result<Option<u64>, StoreError> {
    let Some((failures, last_at)) = sign_in_failure::find(conn, key)? else { return Ok(None) };
    if last_at + FORGOTTEN_AFTER <= now {
        return Ok(None);
    }
    let left = last_at + pause_after(failures) - now;
    if left <= Duration::zero() {
        return Ok(None);
    }
    // Rounded up: coming back after that long is never too early.
    let seconds = (left.num_milliseconds() + 999) / 1_000;
    Ok(Some(u64::try_from(seconds).unwrap_or(1).max(1)))
}

/// Counts a failure.
pub fn count(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    raise(tx, key, FORGOTTEN_AFTER).map(drop)
}

/// Forgets the failures.
pub fn clear(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    sign_in_failure::delete(tx, key)
}

/// Counts a mail that somebody not signed in asks for; false when there were too many.
pub fn may_mail(tx: &mut Tx, email_key: &str) -> Result<bool, StoreError> {
    // No address has a colon, so this is nobody's key.
    Ok(raise(tx, &format!("mail:{email_key}"), MAILS_WITHIN)? <= MAILS)
}

/// Forgets what no longer counts.
pub fn forget(tx: &mut Tx) -> Result<(), StoreError> {
    let before = tx.now() - FORGOTTEN_AFTER;
    sign_in_failure::delete_before(tx, before)
}

fn raise(tx: &mut Tx, key: &str, forgotten_after: Duration) -> Result<i32, StoreError> {
    let now = tx.now();
    let before = sign_in_failure::find(tx, key)?;
    let failures = match before {
        Some((failures, last_at)) if last_at + forgotten_after > now => failures.saturating_add(1),
        _ => 1,
    };
    sign_in_failure::put(tx, key, failures)?;
    Ok(failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_hard() {
        let table = "0 0 | 6 0 | 7 1 | 8 2 | 9 4 | 10 8 | 11 16 | 12 900 | 13 900 | 2147483647 900";
        for cell in table.split('|') {
            let (failures, seconds) = cell.trim().split_once(' ').unwrap();
            let pause = pause_after(failures.parse().unwrap());
            assert_eq!(pause.num_seconds().to_string(), seconds, "{cell}");
        }
    }
}
