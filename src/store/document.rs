//! Evidence for credentials, sealed before it comes here.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::domain::id::{CredentialId, DocumentId, PractitionerId};

use super::{
    dialect::{Id, Instant},
    schema::{credential, credential_document},
    tx::{Conn, StoreError, Tx},
};

/// What is known of a piece of evidence without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its identity.
    pub id: DocumentId,
    /// What it speaks for.
    pub credential: CredentialId,
    /// Its type, as its content shows it.
    pub media_type: String,
    /// Its length before it was sealed.
    pub bytes: i64,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub sha256: String,
    /// When it was handed in.
    pub created_at: DateTime<Utc>,
}

type DocumentRow = (Id, Id, String, i64, String, Instant);

impl From<DocumentRow> for Document {
    fn from((id, credential, media_type, bytes, sha256, created_at): DocumentRow) -> Self {
        Self {
            id: id.0.into(),
            credential: credential.0.into(),
            media_type,
            bytes,
            sha256,
            created_at: created_at.0,
        }
    }
}

const SHOWN: (
    credential_document::id,
    credential_document::credential_id,
    credential_document::media_type,
    credential_document::bytes,
    credential_document::sha256,
    credential_document::created_at,
) = (
    credential_document::id,
    credential_document::credential_id,
    credential_document::media_type,
    credential_document::bytes,
    credential_document::sha256,
    credential_document::created_at,
);

/// The document with that id, and whose it is.
pub fn find(conn: &mut Conn, id: DocumentId) -> Result<Option<(Document, PractitionerId)>, StoreError> {
    let row: Option<(DocumentRow, Id)> = credential_document::table
        .inner_join(credential::table.on(credential::id.eq(credential_document::credential_id)))
        .filter(credential_document::id.eq(Id::of(id)))
        .select((SHOWN, credential::practitioner_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, practitioner)| (row.into(), practitioner.0.into())))
}

/// The sealed content of a document.
pub fn sealed(conn: &mut Conn, id: DocumentId) -> Result<Vec<u8>, StoreError> {
    Ok(credential_document::table.find(Id::of(id)).select(credential_document::sealed).first(conn)?)
}

/// All documents of those credentials, in the order they were handed in.
pub fn of(conn: &mut Conn, credentials: &[CredentialId]) -> Result<Vec<Document>, StoreError> {
    let ids: Vec<Id> = credentials.iter().copied().map(Id::of).collect();
    let rows: Vec<DocumentRow> = credential_document::table
        .filter(credential_document::credential_id.eq_any(ids))
        .order((credential_document::created_at, credential_document::id))
        .select(SHOWN)
        .load(conn)?;
    Ok(rows.into_iter().map(Document::from).collect())
}

/// How many documents a practitioner has handed in.
pub fn count(conn: &mut Conn, practitioner: PractitionerId) -> Result<i64, StoreError> {
    Ok(credential_document::table
        .inner_join(credential::table.on(credential::id.eq(credential_document::credential_id)))
        .filter(credential::practitioner_id.eq(Id::of(practitioner)))
        .count()
        .get_result(conn)?)
}

/// Adds a document.
pub fn insert(tx: &mut Tx, new: &Document, sealed: &[u8]) -> Result<(), StoreError> {
    diesel::insert_into(credential_document::table)
        .values((
            credential_document::id.eq(Id::of(new.id)),
            credential_document::credential_id.eq(Id::of(new.credential)),
            credential_document::media_type.eq(&new.media_type),
            credential_document::bytes.eq(new.bytes),
            credential_document::sha256.eq(&new.sha256),
            credential_document::sealed.eq(sealed),
            credential_document::created_at.eq(Instant(new.created_at)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
