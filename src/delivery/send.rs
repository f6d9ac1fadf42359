//! The door through which mail leaves: a folder, or a server.
//!
//! **Invariant:** nothing goes to another machine in the clear: `smtp://` to
//! anywhere but this machine insists on STARTTLS, whatever its URL says.

use std::{fs, io, path::Path, time::Duration};

use chrono::{DateTime, Utc};
use lettre::{
    FileTransport, Message, SmtpTransport, Transport,
    address::AddressError,
    message::{
        Body, Mailbox,
        header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
};

use crate::{
    config::{Config, MailConfig},
    domain::id::OutboxId,
};

use super::Content;

/// How long a mail server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a message did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It never will: the content cannot be read or is no mail.
    #[error("the message can never be sent: {0}")]
    Unsendable(String),
    /// The server says that it never will.
    #[error("the mail server refused the message for good")]
    Refused(#[source] lettre::transport::smtp::Error),
    /// The server could not be reached or asks to come back later.
    #[error("the mail server did not take the message")]
    Server(#[source] lettre::transport::smtp::Error),
    /// The folder could not be written.
    #[error("the mail folder cannot be written")]
    Folder(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The settings are not usable.
    #[error("the mail settings cannot be used: {0}")]
    Settings(String),
}

impl SendError {
    /// Whether trying again is of no use.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Unsendable(_) | Self::Refused(_))
    }
}

/// Longest line that may stand unencoded (RFC 5322 §2.1.1).
const MOST_LINE: usize = 998;

enum Door {
    Folder(FileTransport),
    Server(Box<SmtpTransport>),
}

/// Sends one message at a time.
pub struct Sender {
    door: Door,
    from: Mailbox,
    host: String,
}

impl Sender {
    /// By the settings; makes the folder where mail goes to one.
    pub fn new(config: &Config) -> Result<Self, SendError> {
        let from: Mailbox =
            config.mail_from.parse().map_err(|err: AddressError| SendError::Settings(err.to_string()))?;
        let door = match &config.mail {
            MailConfig::Folder(folder) => {
                make_folder(folder).map_err(|err| SendError::Folder(Box::new(err)))?;
                Door::Folder(FileTransport::new(folder))
            }
            MailConfig::Smtp(url) => {
                let builder = SmtpTransport::from_url(&guarded(url)).map_err(SendError::Server)?;
                Door::Server(Box::new(builder.timeout(Some(PATIENCE)).build()))
            }
        };
        Ok(Self { door, from, host: host_of(&config.public_url).to_owned() })
    }

    /// Sends a message. The same message has the same `Message-ID`, however often it is tried.
    pub(super) fn send(&self, id: OutboxId, at: DateTime<Utc>, content: Content) -> Result<(), SendError> {
        let unsendable = |err: &dyn std::error::Error| SendError::Unsendable(err.to_string());
        let to = content.to.parse().map_err(|err: AddressError| unsendable(&err))?;
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .date(at.into())
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(content.subject)
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(body_of(content.text))
            .map_err(|err| unsendable(&err))?;
        match &self.door {
            Door::Folder(folder) => {
                folder.send(&message).map(drop).map_err(|err| SendError::Folder(Box::new(err)))
            }
            Door::Server(server) => server.send(&message).map(drop).map_err(|err| {
                if err.is_permanent() { SendError::Refused(err) } else { SendError::Server(err) }
            }),
        }
    }
}

/// The text as it is where every server takes it so. Encoding would cut a link in two as soon as it is
/// longer than 75 characters, and not every mail program puts it together again.
fn body_of(text: String) -> Body {
    let plain = text.bytes().all(|b| b == b'\n' || b == b'\t' || (b' '..=b'~').contains(&b));
    if plain && text.lines().all(|line| line.len() <= MOST_LINE) {
        let lines = text.replace('\n', "\r\n").into_bytes();
        return Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit);
    }
    Body::new(text)
}

/// Says that no person wrote this, so that no machine answers (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Mails hold links that open accounts: the folder is its owner's alone.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The URL with STARTTLS insisted on, unless mail stays on this machine or is encrypted from the start.
fn guarded(url: &str) -> String {
    let Some(rest) = url.strip_prefix("smtp://") else { return url.to_owned() };
    if matches!(host_of(url), "localhost" | "127.0.0.1" | "[::1]") {
        return url.to_owned();
    }
    let bare = rest.split(['?', '#']).next().unwrap_or(rest);
    format!("smtp://{bare}?tls=required")
}

/// The host of a URL, without user and port.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_to_other_machines_is_encrypted() {
        let table = "
            smtp://mail.example.org                      | smtp://mail.example.org?tls=required
            smtp://u:p@mail.example.org:587              | smtp://u:p@mail.example.org:587?tls=required
            smtp://mail.example.org:25?tls=opportunistic | smtp://mail.example.org:25?tls=required
            smtp://localhost@mail.example.org            | smtp://localhost@mail.example.org?tls=required
            smtp://localhost.example.org                 | smtp://localhost.example.org?tls=required
            smtp://localhost:2525                        | smtp://localhost:2525
            smtp://127.0.0.1:2525                        | smtp://127.0.0.1:2525
            smtp://[::1]:2525                            | smtp://[::1]:2525
            smtps://mail.example.org                     | smtps://mail.example.org";
        for row in table.trim().lines() {
            let (url, want) = row.split_once('|').unwrap();
            assert_eq!(guarded(url.trim()), want.trim(), "{row}");
            assert!(SmtpTransport::from_url(&guarded(url.trim())).is_ok(), "{row}");
        }
    }
}
