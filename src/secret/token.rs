//! Opaque tokens (sessions, links in mails) and recovery codes.
//!
//! **Invariant:** the text of a token or a code exists where it was made and
//! with its owner, never in a row: a row keeps its hash, from which the text
//! cannot be had back.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{MacKey, SecretError, mac, random_bytes};

/// 256 random bits, shown as 43 characters of base64url (RFC 4648 §5, no padding).
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`SecretError::Random`].
    pub fn generate() -> Result<Self, SecretError> {
        random_bytes().map(Self)
    }

    /// The token that a text stands for. Strict: another length, a stray character, padding or
    /// spare bits are no token, so one token has one text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // The length first: nobody makes us decode a megabyte.
        if text.len() != 43 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The text handed out.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is stored, and looked up by. A plain digest is enough: 256 random bits cannot be guessed.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(mac::sha256(&self.0))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The stored form of a token or a recovery code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash as stored; none for another length than 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Lower-case hexadecimal, for stores that keep text.
    #[must_use]
    pub fn hex(&self) -> String {
        mac::hex(&self.0)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Crockford's base32: no I, L, O or U, so that nothing is misread on paper.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many recovery codes are handed out at once.
pub const RECOVERY_CODES: usize = 10;

/// A one-time code for when the second factor is lost: 50 random bits, shown as `XXXXX-XXXXX`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    const LENGTH: usize = 10;

    /// A whole new set of [`RECOVERY_CODES`].
    ///
    /// # Errors
    /// [`SecretError::Random`].
    pub fn generate_set() -> Result<Vec<Self>, SecretError> {
        (0..RECOVERY_CODES).map(|_| Self::generate()).collect()
    }

    fn generate() -> Result<Self, SecretError> {
        let bytes: [u8; Self::LENGTH] = random_bytes()?;
        // 256 is a multiple of 32: every character is equally likely.
        let characters =
            bytes.iter().filter_map(|byte| CROCKFORD.get(usize::from(byte % 32))).copied().map(char::from);
        Ok(Self(characters.collect()))
    }

    /// The code that a text stands for, as Crockford reads: any case, dashes and spaces left out,
    /// O as 0, I and L as 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Room for spaces and dashes, not for a megabyte of them.
        if text.len() > 64 {
            return None;
        }
        let code: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let known = |c: char| u8::try_from(c).is_ok_and(|byte| CROCKFORD.contains(&byte));
        (code.chars().count() == Self::LENGTH && code.chars().all(known)).then_some(Self(code))
    }

    /// The text handed out, in two groups.
    #[must_use]
    pub fn reveal(&self) -> String {
        let (first, second) = self.0.split_at_checked(Self::LENGTH / 2).unwrap_or((&self.0, ""));
        format!("{first}-{second}")
    }

    /// What is stored. Keyed, because 50 bits could be tried out against a plain digest in a stolen
    /// table; without the key file they cannot.
    #[must_use]
    pub fn hash(&self, key: &MacKey) -> TokenHash {
        TokenHash(key.sign(self.0.as_bytes()))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is() {
        let token = Token::generate().unwrap();
        let text = token.reveal();
        assert_eq!(text.len(), 43);
        assert_eq!(Token::parse(&text), Some(token.clone()));
        assert_eq!(TokenHash::from_bytes(token.hash().as_bytes()), Some(token.hash()));
        assert_ne!(Token::generate().unwrap().hash(), token.hash());
        for wrong in ["", &text[..42], &format!("{text}="), &format!(" {}", &text[1..]), &"+".repeat(43)] {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
        // The last character carries two spare bits; set, they would be a second text for one token.
        assert!(Token::parse(&"A".repeat(43)).is_some());
        assert_eq!(Token::parse(&format!("{}B", "A".repeat(42))), None);
        assert_eq!(format!("{token:?} {:?}", token.hash()), "Token(…) TokenHash(…)");
    }

    #[test]
    fn recovery_codes_are_read_as_people_write_them() {
        let table = "
            ABCDE-12345     | ABCDE-12345
            abcde12345      | ABCDE-12345
            ' abc de 1234 5'| ABCDE-12345
            OILoi-00000     | 01101-00000
            ABCDE-1234      |
            ABCDE-123456    |
            ABCDU-12345     |
            ÄBCDE-12345     |";
        for row in table.trim().lines() {
            let (text, want) = row.split_once('|').unwrap();
            let read = RecoveryCode::parse(text.trim().trim_matches('\'')).map(|code| code.reveal());
            assert_eq!(read.as_deref().unwrap_or(""), want.trim(), "{row}");
        }
    }

    #[test]
    fn a_set_has_ten_different_codes_and_needs_its_key() {
        let codes = RecoveryCode::generate_set().unwrap();
        let texts: BTreeSet<String> = codes.iter().map(RecoveryCode::reveal).collect();
        assert_eq!(texts.len(), RECOVERY_CODES);
        let key = MacKey::new([1; 32]);
        for (code, text) in codes.iter().zip(codes.iter().map(RecoveryCode::reveal)) {
            assert_eq!(RecoveryCode::parse(&text).unwrap().hash(&key), code.hash(&key));
            assert_ne!(code.hash(&MacKey::new([2; 32])), code.hash(&key));
        }
    }

    proptest! {
        /// Whatever is sent, reading it never panics, and what is read is printed as it was sent.
        #[test]
        fn any_text_may_be_tried(text in ".{0,60}") {
            if let Some(token) = Token::parse(&text) {
                prop_assert_eq!(token.reveal(), text.clone());
            }
            let _ = RecoveryCode::parse(&text);
        }
    }
}
