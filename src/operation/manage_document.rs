//! Takes evidence for a credential, and gives it back to those who may see it.
//!
//! **Invariant:** evidence leaves this process sealed or to its owner or an
//! admin, and every reading is written down.

use serde_json::json;

use crate::{
    domain::{
        document::MediaType,
        id::{CredentialId, DocumentId, PractitionerId, TypedId},
    },
    secret::{SecretError, mac::sha256_hex, random_bytes},
    store::{
        StoreError, Tx,
        audit::Entry,
        credential,
        document::{self, Document},
    },
};

use super::{
    App,
    manage_practitioner::{Keeper, kept, kept_alone},
};

/// Most documents of one practitioner.
pub const MOST: i64 = 10;

/// Why evidence was not taken or given.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Unknown, or somebody else's.
    #[error("there is no such document or credential")]
    NotFound,
    /// There are enough.
    #[error("a practitioner hands in at most {MOST} documents")]
    TooMany,
    /// It could not be sealed or opened.
    #[error("the document could not be sealed or opened")]
    Secret(#[from] SecretError),
    /// It failed.
    #[error("the document could not be stored or read")]
    Store(#[from] StoreError),
}

/// Evidence to be added, sealed already: ten megabytes take their time, which no transaction waits for.
#[derive(Debug, Clone)]
pub struct Add {
    practitioner: PractitionerId,
    keeper: Keeper,
    new: Document,
    sealed: Vec<u8>,
}

/// Seals a document for a credential, off the event loop.
pub async fn seal(
    app: &App,
    (practitioner, credential): (PractitionerId, CredentialId),
    keeper: Keeper,
    media_type: MediaType,
    content: Vec<u8>,
) -> Result<Add, DocumentError> {
    let (now, sealer) = (app.now(), app.secrets().sealer);
    app.off_loop(move || {
        let id = DocumentId::at(now, random_bytes()?);
        let new = Document {
            id,
            credential,
            media_type: media_type.code().to_owned(),
            bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
            sha256: sha256_hex(&content),
            created_at: now,
        };
        let sealed = sealer.seal(&place_of(id), &content)?;
        Ok(Add { practitioner, keeper, new, sealed })
    })
    .await?
}

/// Keeps a sealed document.
pub fn add(tx: &mut Tx, wish: &Add) -> Result<Document, DocumentError> {
    let owner = kept_alone(tx, wish.practitioner, wish.keeper)?.ok_or(DocumentError::NotFound)?;
    let held = credential::find(tx, wish.new.credential)?.filter(|held| held.practitioner == owner.id);
    let held = held.ok_or(DocumentError::NotFound)?;
    if document::count(tx, owner.id)? >= MOST {
        return Err(DocumentError::TooMany);
    }
    let new = Document { created_at: tx.now(), ..wish.new.clone() };
    document::insert(tx, &new, &wish.sealed)?;
    let detail = json!({"credential": held.id, "media_type": new.media_type, "sha256": new.sha256});
    tx.audit(Entry::new("document.add", "document", new.id).with(detail));
    Ok(new)
}

/// Which document is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    /// Which.
    pub document: DocumentId,
    /// By whom.
    pub keeper: Keeper,
    /// Whose it is, where the reader says so.
    pub of: Option<PractitionerId>,
}

/// A document as it lies in the store.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What is known of it.
    pub document: Document,
    sealed: Vec<u8>,
}

/// Fetches a document; the reading is written down, also where it is the owner's.
pub fn read(tx: &mut Tx, wish: &Read) -> Result<Kept, DocumentError> {
    let (document, owner) = document::find(tx, wish.document)?.ok_or(DocumentError::NotFound)?;
    if wish.of.is_some_and(|of| of != owner) {
        return Err(DocumentError::NotFound);
    }
    kept(tx, owner, wish.keeper)?.ok_or(DocumentError::NotFound)?;
    let sealed = document::sealed(tx, document.id)?;
    let detail = json!({"credential": document.credential});
    tx.audit(Entry::new("document.read", "document", document.id).with(detail));
    Ok(Kept { document, sealed })
}

/// Opens a fetched document, off the event loop.
pub async fn open(app: &App, kept: Kept) -> Result<(Document, Vec<u8>), DocumentError> {
    let sealer = app.secrets().sealer;
    app.off_loop(move || {
        let content = sealer.open(&place_of(kept.document.id), &kept.sealed)?;
        Ok((kept.document, content))
    })
    .await?
}

/// What the seal is bound to: a document copied to another row does not open.
fn place_of(id: DocumentId) -> String {
    format!("credential_document/sealed/{id}")
}
