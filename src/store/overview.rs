//! Counts for those who oversee.

use chrono::{Days, NaiveDate};
use diesel::{
    dsl::{count, count_star},
    prelude::*,
};

use crate::domain::credential::CredentialStatus;

use super::{
    schema::{account, appointment, appointment_attention, credential, exclusion, outbox, practitioner},
    tx::{Conn, StoreError},
};

/// How many rows have each value of a column.
pub type Counts = Vec<(String, i64)>;

/// Credentials by stored status.
pub fn credentials(conn: &mut Conn) -> Result<Counts, StoreError> {
    let counted = credential::table.group_by(credential::status);
    Ok(counted.select((credential::status, count_star())).load(conn)?)
}

/// Verified credentials whose last day was before `today`, and those whose last day comes within `days`.
pub fn expiring(conn: &mut Conn, today: NaiveDate, days: u64) -> Result<(i64, i64), StoreError> {
    let expired = credential::table
        .filter(credential::status.eq(CredentialStatus::Verified.code()))
        .filter(credential::expires_on.lt(today))
        .count()
        .get_result(conn)?;
    let soon = credential::table
        .filter(credential::status.eq(CredentialStatus::Verified.code()))
        .filter(credential::expires_on.ge(today))
        .filter(credential::expires_on.le(today + Days::new(days)))
        .count()
        .get_result(conn)?;
    Ok((expired, soon))
}

/// Accounts by status.
pub fn accounts(conn: &mut Conn) -> Result<Counts, StoreError> {
    let counted = account::table.group_by(account::status);
    Ok(counted.select((account::status, count_star())).load(conn)?)
}

/// Appointments by status.
pub fn appointments(conn: &mut Conn) -> Result<Counts, StoreError> {
    let counted = appointment::table.group_by(appointment::status);
    Ok(counted.select((appointment::status, count_star())).load(conn)?)
}

/// Appointments that something has to be cleared up about.
pub fn frozen(conn: &mut Conn) -> Result<i64, StoreError> {
    let standing = appointment_attention::table.filter(appointment_attention::standing.eq(true));
    Ok(standing.select(count(appointment_attention::appointment_id).aggregate_distinct()).get_result(conn)?)
}

/// Practitioners by what became of them: `registered`, `imported` (unclaimed), `closed`; and of
/// those not closed, how many are `excluded`.
pub fn practitioners(conn: &mut Conn) -> Result<[(&'static str, i64); 4], StoreError> {
    let open = practitioner::table.filter(practitioner::closed.eq(false));
    let claimed = open.filter(practitioner::account_id.is_not_null()).count().get_result(conn)?;
    let unclaimed = open.filter(practitioner::account_id.is_null()).count().get_result(conn)?;
    let excluded = open.filter(practitioner::excluded.eq(true)).count().get_result(conn)?;
    let closed = practitioner::table.filter(practitioner::closed.eq(true)).count().get_result(conn)?;
    Ok([("registered", claimed), ("imported", unclaimed), ("closed", closed), ("excluded", excluded)])
}

/// Messages that wait to be sent, and those that were given up.
pub fn outbox(conn: &mut Conn) -> Result<(i64, i64), StoreError> {
    let unsent = outbox::table.filter(outbox::sent_at.is_null());
    let waiting = unsent.filter(outbox::next_attempt_at.is_not_null()).count().get_result(conn)?;
    let parked = unsent.filter(outbox::next_attempt_at.is_null()).count().get_result(conn)?;
    Ok((waiting, parked))
}

/// Entries of the exclusion list.
pub fn exclusions(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(exclusion::table.count().get_result(conn)?)
}
