//! One-time codes for when the second factor is lost, as keyed hashes.

use diesel::prelude::*;

use crate::domain::id::AccountId;

use super::{
    dialect::Id,
    schema::recovery_code,
    tx::{StoreError, Tx},
};

/// Adds a code.
pub fn insert(tx: &mut Tx, account: AccountId, code_hash: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(recovery_code::table)
        .values((recovery_code::account_id.eq(Id::of(account)), recovery_code::code_hash.eq(code_hash)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Uses a code up; whether there was one.
pub fn take(tx: &mut Tx, account: AccountId, code_hash: &[u8]) -> Result<bool, StoreError> {
    let used = diesel::delete(
        recovery_code::table
            .filter(recovery_code::account_id.eq(Id::of(account)))
            .filter(recovery_code::code_hash.eq(code_hash)),
    )
    .execute(&mut **tx)?;
    Ok(used > 0)
}

/// Takes all codes of an account away.
pub fn delete_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    diesel::delete(recovery_code::table.filter(recovery_code::account_id.eq(Id::of(account))))
        .execute(&mut **tx)?;
    Ok(())
}
