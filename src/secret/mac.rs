//! Digests anybody can recompute, and keyed digests only this service can.
//!
//! **Invariant:** a keyed digest is compared in constant time, and a list of
//! parts is signed with their lengths, so that no two lists sign alike.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 (FIPS 180-4).
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 as 64 lower-case hexadecimal characters.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// Lower-case hexadecimal, two characters a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}

/// The bytes that hexadecimal text stands for; none for an odd length or a stray character.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibbles: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = nibbles.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Whether two texts of bytes are the same, in a time that tells nothing but their lengths.
#[must_use]
pub fn same(one: &[u8], two: &[u8]) -> bool {
    one.ct_eq(two).into()
}

/// A key for HMAC-SHA-256 (RFC 2104).
#[derive(Clone)]
pub struct MacKey([u8; 32]);

impl MacKey {
    /// The key with those bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// HMAC-SHA-256 of one message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = self.begin();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// HMAC-SHA-256 of a list: each part is preceded by its length in bytes, 64 bits big-endian.
    #[must_use]
    pub fn sign_parts(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.begin();
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            mac.update(&length.to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether `code` is the whole HMAC-SHA-256 of `message`; a shortened code is not.
    #[must_use]
    pub fn verifies(&self, message: &[u8], code: &[u8]) -> bool {
        same(&self.sign(message), code)
    }

    /// Whether `code` is the whole HMAC-SHA-256 of the list.
    #[must_use]
    pub fn verifies_parts(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        same(&self.sign_parts(parts), code)
    }

    /// Starts with the key filled up with zeros to one block, which RFC 2104 does to any short key:
    /// a key of a fixed length leaves no error to handle.
    fn begin(&self) -> Hmac<Sha256> {
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(self.0) {
            *to = from;
        }
        Hmac::<Sha256>::new(&block.into())
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8, length: usize) -> MacKey {
        let mut bytes = [0; 32];
        bytes[..length].fill(byte);
        MacKey::new(bytes)
    }

    /// FIPS 180-4 examples; the RFC 4231 cases whose key is at most 32 bytes long.
    #[test]
    fn published_vectors() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(
            hex(&key(0x0b, 20).sign(b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&key(0xaa, 20).sign(&[0xdd; 50])),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        );
    }

    #[test]
    fn a_code_verifies_whole_or_not_at_all() {
        let key = key(7, 32);
        let code = key.sign(b"message");
        assert!(key.verifies(b"message", &code));
        assert!(!key.verifies(b"massage", &code));
        assert!(!key.verifies(b"message", &code[..31]));
        assert!(!key.verifies(b"message", b""));
        assert_eq!(format!("{key:?}"), "MacKey(…)");
    }

    #[test]
    fn where_a_part_ends_is_signed_too() {
        let key = key(7, 32);
        assert_ne!(key.sign_parts(&[b"ab", b"c"]), key.sign_parts(&[b"a", b"bc"]));
        assert_ne!(key.sign_parts(&[b"ab"]), key.sign_parts(&[b"ab", b""]));
        assert!(key.verifies_parts(&[b"ab", b"c"], &key.sign_parts(&[b"ab", b"c"])));
    }

    proptest! {
        /// What is printed as hexadecimal is read back; text of odd length is not hexadecimal.
        #[test]
        fn hexadecimal_round_trip(bytes: Vec<u8>) {
            let text = hex(&bytes);
            prop_assert_eq!(from_hex(&text), Some(bytes));
            let odd = format!("{text}0");
            prop_assert_eq!(from_hex(&odd), None);
        }
    }
}
