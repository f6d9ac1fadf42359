//! Mail, written in the transaction that calls for it and sent afterwards; calendars.
//!
//! - [`calendar`]: visits as calendar files, which programs fetch
//! - [`letter`]: what the mails say
//! - [`send`]: through which door they leave
//! - [`worker`]: takes what is due, again and again
//!
//! **Invariant:** a message is in the outbox exactly when the change it tells of
//! is in the database; no request ever waits for a mail server.

pub mod calendar;
pub mod letter;
pub mod send;
pub mod worker;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{id::OutboxId, mail::Mail},
    secret::{Sealer, SecretError},
    store::{
        StoreError, Tx,
        outbox::{self, Written},
    },
};

pub use worker::start;

/// Why a message could not be put into the outbox.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// It could not be stored.
    #[error("the message could not be stored")]
    Store(#[from] StoreError),
    /// It could not be sealed.
    #[error("the message could not be sealed")]
    Secret(#[from] SecretError),
}

/// What is sealed of a message.
#[derive(Serialize, Deserialize)]
struct Content {
    to: String,
    subject: String,
    text: String,
}

fn context(id: OutboxId) -> String {
    format!("outbox/sealed/{id}")
}

/// Puts a message into the outbox; it leaves soon after the commit.
pub fn post(tx: &mut Tx, sealer: &Sealer, mail: &Mail) -> Result<(), PostError> {
    post_all(tx, sealer, std::slice::from_ref(mail))
}

/// The same for several.
pub fn post_all(tx: &mut Tx, sealer: &Sealer, mails: &[Mail]) -> Result<(), PostError> {
    let sealed = |mail: &Mail| -> Result<Written, SecretError> {
        let id: OutboxId = tx.new_id();
        let content = serde_json::json!({"to": mail.to.as_str(), "subject": mail.subject, "text": mail.text});
        let sealed = sealer.seal(&context(id), content.to_string().as_bytes())?;
        Ok(Written { id, kind: mail.kind, sealed })
    };
    let written: Vec<Written> = mails.iter().map(sealed).collect::<Result<_, _>>()?;
    Ok(outbox::insert(tx, &written)?)
}
