//! Published lists of contraindications. Rows are only ever added.

use diesel::{dsl::max, prelude::*};

use crate::domain::screening::ContraindicationList;

use super::{
    dialect::Instant,
    schema::contraindication_version,
    tx::{Conn, StoreError, Tx},
};

/// The rule that keeps two admins from publishing the same version.
pub const VERSION_TAKEN: &[&str] = &["contraindication_version_pkey", "contraindication_version_version_key"];

type ListRow = (i32, Instant, String, String);

fn list_of(row: ListRow) -> Result<ContraindicationList, StoreError> {
    let (version, published_at, items, statements) = row;
    let damaged = |err| StoreError::damaged("contraindication_version", err);
    Ok(ContraindicationList {
        version,
        published_at: published_at.0,
        items: serde_json::from_str(&items).map_err(damaged)?,
        statements: serde_json::from_str(&statements).map_err(damaged)?,
    })
}

/// The number of the list in force.
pub fn current_version(conn: &mut Conn) -> Result<i32, StoreError> {
    let version: Option<i32> =
        contraindication_version::table.select(max(contraindication_version::version)).first(conn)?;
    version.ok_or(StoreError::NotFound("list of contraindications"))
}

/// The list in force.
pub fn current(conn: &mut Conn) -> Result<ContraindicationList, StoreError> {
    let row: ListRow =
        contraindication_version::table.order(contraindication_version::version.desc()).first(conn)?;
    list_of(row)
}

/// The list with that number, in force or not.
pub fn find(conn: &mut Conn, version: i32) -> Result<Option<ContraindicationList>, StoreError> {
    let row: Option<ListRow> = contraindication_version::table.find(version).first(conn).optional()?;
    row.map(list_of).transpose()
}

/// Publishes a list. Fails with one of [`VERSION_TAKEN`] where somebody was quicker.
pub fn insert(tx: &mut Tx, list: &ContraindicationList) -> Result<(), StoreError> {
    diesel::insert_into(contraindication_version::table)
        .values((
            contraindication_version::version.eq(list.version),
            contraindication_version::published_at.eq(Instant(list.published_at)),
            contraindication_version::items.eq(serde_json::json!(list.items).to_string()),
            contraindication_version::statements.eq(serde_json::json!(list.statements).to_string()),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
