//! People on an exclusion list, by NPI.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::domain::npi::Npi;

use super::{
    place::Put,
    schema::exclusion,
    tx::{Conn, StoreError, Tx},
};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// Who.
    pub npi: Npi,
    /// As the list writes them.
    pub name: String,
    /// Under which section of the law.
    pub kind: String,
    /// From when on.
    pub excluded_on: NaiveDate,
}

type ExclusionRow = (String, String, String, NaiveDate, String);

/// The entry of that NPI.
pub fn find(conn: &mut Conn, npi: Npi) -> Result<Option<Excluded>, StoreError> {
    let row: Option<ExclusionRow> = exclusion::table.find(npi.to_string()).first(conn).optional()?;
    Ok(row.map(|(_, name, kind, excluded_on, _)| Excluded { npi, name, kind, excluded_on }))
}

/// Adds an entry or replaces the one of the same NPI.
pub fn put(tx: &mut Tx, new: &Excluded, source: &str) -> Result<Put, StoreError> {
    let old = find(tx, new.npi)?;
    let values = (
        exclusion::name.eq(&new.name),
        exclusion::kind.eq(&new.kind),
        exclusion::excluded_on.eq(new.excluded_on),
        exclusion::source.eq(source),
    );
    match old {
        Some(old) if old == *new => Ok(Put::Unchanged),
        Some(_) => {
            diesel::update(exclusion::table.find(new.npi.to_string())).set(values).execute(&mut **tx)?;
            Ok(Put::Updated)
        }
        None => {
            diesel::insert_into(exclusion::table)
                .values((exclusion::npi.eq(new.npi.to_string()), values))
                .execute(&mut **tx)?;
            Ok(Put::Inserted)
        }
    }
}

/// Takes an entry off; whether there was one.
pub fn delete(tx: &mut Tx, npi: Npi) -> Result<bool, StoreError> {
    let gone = diesel::delete(exclusion::table.find(npi.to_string())).execute(&mut **tx)?;
    Ok(gone == 1)
}
