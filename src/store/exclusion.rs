//! The exclusion list: people whom federal programmes may not pay. An exact NPI blocks.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::npi::Npi;

use super::{
    schema::exclusion,
    tx::{Conn, StoreError, Tx},
};

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Who.
    pub npi: Npi,
    /// As the list writes it.
    pub name: String,
    /// The list's own code of the ground.
    pub kind: String,
    /// First day of the exclusion.
    pub excluded_on: NaiveDate,
    /// Which list.
    pub source: String,
}

type ExclusionRow = (String, String, String, NaiveDate, String);

fn exclusion_of(row: ExclusionRow) -> Result<Exclusion, StoreError> {
    let (npi, name, kind, excluded_on, source) = row;
    let npi = npi.parse().map_err(|err| StoreError::damaged("exclusion", err))?;
    Ok(Exclusion { npi, name, kind, excluded_on, source })
}

/// The entry for that NPI, while it stands.
pub fn find(conn: &mut Conn, npi: Npi) -> Result<Option<Exclusion>, StoreError> {
    let row: Option<ExclusionRow> = exclusion::table.find(npi.to_string()).first(conn).optional()?;
    row.map(exclusion_of).transpose()
}

/// Adds an entry, or replaces the one for the same NPI; says whether anything changed.
pub fn put(tx: &mut Tx, entry: &Exclusion) -> Result<bool, StoreError> {
    let before = find(tx, entry.npi)?;
    if before.as_ref() == Some(entry) {
        return Ok(false);
    }
    let values = (
        exclusion::name.eq(&entry.name),
        exclusion::kind.eq(&entry.kind),
        exclusion::excluded_on.eq(entry.excluded_on),
        exclusion::source.eq(&entry.source),
    );
    if before.is_some() {
        let row = exclusion::table.find(entry.npi.to_string());
        diesel::update(row).set(values).execute(&mut **tx)?;
    } else {
        let values = (exclusion::npi.eq(entry.npi.to_string()), values);
        diesel::insert_into(exclusion::table).values(values).execute(&mut **tx)?;
    }
    Ok(true)
}

/// Removes the entry for that NPI; says whether there was one.
pub fn remove(tx: &mut Tx, npi: Npi) -> Result<bool, StoreError> {
    Ok(diesel::delete(exclusion::table.find(npi.to_string())).execute(&mut **tx)? > 0)
}
