//! Floor 1: passwords, tokens, second factors, sealed text and message codes.
//!
//! The only floor that names a crypto crate. It decides nothing about who may
//! do what; it turns secrets into what may be stored, and back where that is
//! meant to be possible. Randomness enters the program in one function here,
//! [`random_bytes`].
//!
//! - [`password`]: argon2id, bounded in how many run at once
//! - [`common`]: passwords everybody knows
//! - [`token`]: opaque tokens and recovery codes
//! - [`totp`]: six-digit codes of RFC 6238
//! - [`keyring`]: the key file and the keys drawn from it
//! - [`seal`]: text that only this service can read
//! - [`mac`]: digests and keyed digests
//!
//! **Invariant:** no secret type prints itself; a log line or a panic message
//! shows its name and nothing else.

pub mod common;
pub mod keyring;
pub mod mac;
pub mod password;
pub mod seal;
pub mod token;
pub mod totp;

pub use keyring::{KeyFileError, Keyring};
pub use mac::MacKey;
pub use password::{Hasher, Verified};
pub use seal::Sealer;
pub use token::{RecoveryCode, Token, TokenHash};
pub use totp::TotpSecret;

/// Why a secret could not be made, checked or read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The operating system gave no random bytes; nothing may be made without them.
    #[error("the operating system gave no random bytes")]
    Random(#[source] getrandom::Error),
    /// As many passwords as allowed are being hashed, and none finished in time.
    #[error("too many passwords are being checked at once; try again shortly")]
    Busy,
    /// Hashing costs that argon2 does not accept.
    #[error("the password hashing parameters are not valid")]
    Parameters(#[source] argon2::Error),
    /// Hashing itself failed, for want of memory for instance.
    #[error("a password could not be hashed")]
    Hashing(#[source] argon2::password_hash::Error),
    /// What is stored as a password hash is none.
    #[error("a stored password hash cannot be read")]
    StoredHash,
    /// A second factor's address could not be written, because of a colon in the account for instance.
    #[error("the authenticator address could not be written")]
    AuthenticatorUrl(#[source] totp_rs::TotpError),
    /// More text than the cipher takes in one piece.
    #[error("the text is too long to be sealed")]
    TooLongToSeal,
    /// Fewer bytes than any sealed text has.
    #[error("the sealed text is cut short")]
    Truncated,
    /// Sealed by a form this program does not know.
    #[error("the sealed text has the unknown form {0}")]
    UnknownForm(u8),
    /// Sealed under another key than the one at hand.
    #[error("the sealed text was sealed under key {sealed:08x}, and the key at hand is {ours:08x}")]
    OtherKey {
        /// Identifier of the key it was sealed under.
        sealed: u32,
        /// Identifier of the key at hand.
        ours: u32,
    },
    /// Changed since it was sealed, or sealed for another row. The two cannot be told apart.
    #[error("the sealed text was altered or belongs to another row")]
    Altered,
}

/// `N` bytes from the operating system's generator.
///
/// # Errors
/// [`SecretError::Random`] where there is none; the caller must then make no secret at all.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(SecretError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_do_not_repeat() {
        let one: [u8; 32] = random_bytes().unwrap();
        let two: [u8; 32] = random_bytes().unwrap();
        assert_ne!(one, two);
        assert_ne!(one, [0; 32]);
    }
}
