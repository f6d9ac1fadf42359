//! Health data made unreadable before it reaches a row.
//!
//! XChaCha20-Poly1305 with a random nonce of 24 bytes, long enough that nonces
//! never meet by chance. A sealed text is one byte of form, four of key
//! identifier, the nonce, then the ciphertext with its 16-byte tag. The first
//! five bytes and the context are authenticated with it.
//!
//! **Invariant:** a sealed text opens only under its own key and for the
//! context it was sealed for; moved to another row or changed by one bit it
//! opens to an error, never to wrong data.

use std::fmt;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use super::{SecretError, mac, random_bytes};

const FORM: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
const HEADER: usize = 5;

/// Bytes that sealing adds to a text.
pub const OVERHEAD: usize = HEADER + NONCE + TAG;

/// Seals and opens under one key.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key_id: u32,
}

impl Sealer {
    /// Seals under those 32 bytes.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        let [a, b, c, d, ..] = mac::sha256(&key);
        let key_id = u32::from_be_bytes([a, b, c, d]);
        Self { cipher: XChaCha20Poly1305::new(&key.into()), key_id }
    }

    /// The first 32 bits of the SHA-256 of the key: tells keys apart, tells nothing of them.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// Seals `plain` for `context`, the row's identity such as `screening/answers/<uuid>`.
    /// The result is [`OVERHEAD`] bytes longer.
    ///
    /// # Errors
    /// [`SecretError::Random`]; [`SecretError::TooLongToSeal`] beyond 256 GiB.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        let nonce: [u8; NONCE] = random_bytes()?;
        let header = header(FORM, self.key_id);
        let bound = bound(header, context);
        let payload = Payload { msg: plain, aad: &bound };
        let ciphertext =
            self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SecretError::TooLongToSeal)?;
        Ok([header.as_slice(), &nonce, &ciphertext].concat())
    }

    /// What was sealed for `context`.
    ///
    /// # Errors
    /// [`SecretError::Truncated`], [`SecretError::UnknownForm`], [`SecretError::OtherKey`] by what the
    /// first bytes say; [`SecretError::Altered`] for anything changed and for another row's text.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        let (&[form, a, b, c, d], rest) =
            sealed.split_first_chunk::<HEADER>().ok_or(SecretError::Truncated)?;
        if form != FORM {
            return Err(SecretError::UnknownForm(form));
        }
        let sealed_under = u32::from_be_bytes([a, b, c, d]);
        if sealed_under != self.key_id {
            return Err(SecretError::OtherKey { sealed: sealed_under, ours: self.key_id });
        }
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(SecretError::Truncated)?;
        if ciphertext.len() < TAG {
            return Err(SecretError::Truncated);
        }
        let bound = bound([form, a, b, c, d], context);
        let payload = Payload { msg: ciphertext, aad: &bound };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SecretError::Altered)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({:08x})", self.key_id)
    }
}

fn header(form: u8, key_id: u32) -> [u8; HEADER] {
    let [a, b, c, d] = key_id.to_be_bytes();
    [form, a, b, c, d]
}

/// What is authenticated beside the text. The header has a fixed length, so the two cannot run into each other.
fn bound(header: [u8; HEADER], context: &str) -> Vec<u8> {
    [header.as_slice(), context.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROW: &str = "screening/answers/1";

    fn sealer() -> Sealer {
        Sealer::new([7; 32])
    }

    #[test]
    fn every_misuse_has_its_own_error() {
        let sealed = sealer().seal(ROW, b"blood clots: yes").unwrap();
        assert_eq!(sealed.len(), 16 + OVERHEAD);
        assert_eq!(sealer().open(ROW, &sealed).unwrap(), b"blood clots: yes");

        let other_row = sealer().open("screening/answers/2", &sealed);
        assert!(matches!(other_row, Err(SecretError::Altered)), "{other_row:?}");
        let other_key = Sealer::new([8; 32]).open(ROW, &sealed);
        assert!(matches!(other_key, Err(SecretError::OtherKey { .. })), "{other_key:?}");
        let mut other_form = sealed.clone();
        other_form[0] = 2;
        let other_form = sealer().open(ROW, &other_form);
        assert!(matches!(other_form, Err(SecretError::UnknownForm(2))), "{other_form:?}");
        for length in 0..OVERHEAD {
            let cut = sealer().open(ROW, &sealed[..length]);
            assert!(matches!(cut, Err(SecretError::Truncated)), "{length}: {cut:?}");
        }
        for length in OVERHEAD..sealed.len() {
            assert!(matches!(sealer().open(ROW, &sealed[..length]), Err(SecretError::Altered)), "{length}");
        }
    }

    #[test]
    fn one_text_sealed_twice_looks_different() {
        let [one, two] = [0, 1].map(|_| sealer().seal(ROW, b"same").unwrap());
        assert_ne!(one, two);
        assert_ne!(one[HEADER..HEADER + NONCE], two[HEADER..HEADER + NONCE]);
        assert!(!format!("{:?}", sealer()).contains("7, 7"));
    }

    proptest! {
        /// What was sealed opens again; nothing of it is readable in between.
        #[test]
        fn sealing_round_trip(context in ".{0,40}", plain: Vec<u8>) {
            let sealed = sealer().seal(&context, &plain).unwrap();
            prop_assert_eq!(sealer().open(&context, &sealed).unwrap(), plain.clone());
            prop_assert!(plain.len() < 8 || !sealed.windows(plain.len()).any(|part| part == plain));
        }

        /// Any one bit flipped anywhere is noticed.
        #[test]
        fn a_flipped_bit_is_noticed(plain in prop::collection::vec(any::<u8>(), 0..64), at: prop::sample::Index, bit in 0_u8..8) {
            let mut sealed = sealer().seal(ROW, &plain).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1_u8 << bit;
            prop_assert!(sealer().open(ROW, &sealed).is_err());
        }
    }
}
