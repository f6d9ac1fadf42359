//! What can be set, each value parsed once.
//!
//! **Invariant:** a wrong value stops the start with one plain line; nothing
//! below this file reads the environment.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;

use crate::store::dialect::Address;

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailConfig {
    /// One `.eml` file a message, in this folder.
    Folder(PathBuf),
    /// Through a server: `smtp://user:password@host:port?tls=required`.
    Smtp(String),
}

/// Why a mail setting cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("mail is either file:FOLDER or smtp://HOST (also smtps://)")]
pub struct MailConfigError;

impl std::str::FromStr for MailConfig {
    type Err = MailConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(folder) = text.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
            return Ok(Self::Folder(PathBuf::from(folder)));
        }
        let has_host = |scheme: &str| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty());
        if has_host("smtp://") || has_host("smtps://") {
            return Ok(Self::Smtp(text.to_owned()));
        }
        Err(MailConfigError)
    }
}

/// How passwords are hashed (argon2id).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashConfig {
    /// Memory in KiB; at least 19,456.
    pub memory_kib: u32,
    /// Passes.
    pub iterations: u32,
    /// Most hashes at once.
    pub most_at_once: usize,
}

/// Everything a running server needs to be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Which database.
    pub database: Address,
    /// Connections to it.
    pub connections: u32,
    /// How the outside reaches this server, without a slash at the end.
    pub public_url: String,
    /// How mail leaves.
    pub mail: MailConfig,
    /// From whom mail comes.
    pub mail_from: String,
    /// The file with the master key; made at first start.
    pub secret_key_file: PathBuf,
    /// Whether requests are limited by address.
    pub rate_limits: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many minutes a time is kept for somebody on the waitlist.
    pub offer_minutes: u32,
    /// How passwords are hashed.
    pub hash: HashConfig,
    /// Threads that answer requests.
    pub workers: usize,
}

impl Config {
    /// For a test: a free port, the given database and folder, the least hashing allowed.
    #[must_use]
    pub fn for_tests(database: Address, folder: &std::path::Path) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database,
            connections: 4,
            public_url: "http://stillpoint.test".to_owned(),
            mail: MailConfig::Folder(folder.join("mail")),
            mail_from: "Stillpoint <no-reply@stillpoint.test>".to_owned(),
            secret_key_file: folder.join("secret.key"),
            rate_limits: false,
            trusted_proxies: Vec::new(),
            offer_minutes: 30,
            hash: HashConfig { memory_kib: 19_456, iterations: 2, most_at_once: 4 },
            workers: 1,
        }
    }
}
