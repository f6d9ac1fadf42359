//! A message to one person.

use super::account::EmailAddress;

/// Plain text to one address. What is not in it cannot leak: no health words, ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What it is about, as `account.verify`; stored in clear.
    pub kind: &'static str,
    /// To whom.
    pub to: EmailAddress,
    /// One line.
    pub subject: String,
    /// The text, lines ended by line feeds.
    pub text: String,
}
