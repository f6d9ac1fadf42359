//! The second factor: six digits from a clock and a shared secret (RFC 6238).
//!
//! **Invariant:** a code is good once. Whoever accepts one stores its step, and
//! no code of that step or an earlier one is accepted again.

use std::fmt;

use totp_rs::{Algorithm, Builder, Totp};

use super::{SecretError, mac, random_bytes};

/// Length of a step, in seconds (RFC 6238 §5.2).
pub const STEP_SECONDS: i64 = 30;

/// Steps before and after the present one that are accepted: clocks differ and typing takes time.
const SKEW: i64 = 1;

const ISSUER: &str = "Stillpoint";

/// The secret shared with an authenticator: 160 bits, as RFC 4226 §4 recommends.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    /// A new one.
    ///
    /// # Errors
    /// [`SecretError::Random`].
    pub fn generate() -> Result<Self, SecretError> {
        random_bytes().map(Self)
    }

    /// The secret with those bytes; none for another length than 20.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, to be sealed before they are stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The text a person types into an authenticator: 32 characters of base32.
    #[must_use]
    pub fn base32(&self) -> String {
        self.totp("").secret().to_base32()
    }

    /// The address an authenticator reads, often from a QR code: `otpauth://totp/Stillpoint:…`.
    ///
    /// # Errors
    /// [`SecretError::AuthenticatorUrl`] for an empty account or one with a colon; an e-mail
    /// address has neither.
    pub fn otpauth_url(&self, account: &str) -> Result<String, SecretError> {
        self.totp(account).to_url().map_err(SecretError::AuthenticatorUrl)
    }

    /// The code for an instant, in seconds since 1970; before that, the first one.
    #[must_use]
    pub fn code_at(&self, unix: i64) -> String {
        self.totp("").generate(u64::try_from(unix).unwrap_or(0)).to_string()
    }

    /// The step whose code this is, if it is the present one or a neighbour and later than
    /// `last_step`, the last step accepted for this account. The caller stores the step in the same
    /// transaction that lets the person in.
    ///
    /// Spaces in the code are ignored, since authenticators show two groups of three.
    #[must_use]
    pub fn check(&self, code: &str, now_unix: i64, last_step: Option<i64>) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        let present = now_unix.div_euclid(STEP_SECONDS);
        // All steps are computed, whichever matches: time tells nothing about the code.
        let matching = (-SKEW..=SKEW).filter_map(|skew| {
            let step = present.checked_add(skew).filter(|step| *step >= 0)?;
            mac::same(self.code_at(step.checked_mul(STEP_SECONDS)?).as_bytes(), code.as_bytes())
                .then_some(step)
        });
        let matching: Vec<i64> = matching.collect();
        matching.into_iter().find(|step| last_step.is_none_or(|last| *step > last))
    }

    fn totp(&self, account: &str) -> Totp {
        // "Noncompliant" skips the checks of lengths that are constants here.
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(STEP_SECONDS.unsigned_abs())
            .with_secret(self.0)
            .with_issuer(Some(ISSUER))
            .with_account_name(account)
            .build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    /// RFC 6238 appendix B, SHA-1; its eight digits end in our six.
    #[test]
    fn published_vectors() {
        let table = "
            59          | 94287082
            1111111109  | 07081804
            1111111111  | 14050471
            1234567890  | 89005924
            2000000000  | 69279037
            20000000000 | 65353130";
        for row in table.trim().lines() {
            let (unix, code) = row.split_once('|').unwrap();
            assert_eq!(secret().code_at(unix.trim().parse().unwrap()), code.trim()[2..], "{row}");
        }
    }

    #[test]
    fn one_step_early_or_late_is_accepted_once() {
        let now = 1_234_567_890;
        let step = now / 30;
        let table = "
            -2 | none     | no
            -1 | none     | yes
            0  | none     | yes
            1  | none     | yes
            2  | none     | no
            0  | 0        | no
            1  | 0        | yes
            0  | 1        | no
            -1 | -1       | no
            -1 | -2       | yes";
        for row in table.trim().lines() {
            let mut cells = row.split('|').map(str::trim);
            let skew: i64 = cells.next().unwrap().parse().unwrap();
            let last: Option<i64> = cells.next().unwrap().parse().ok().map(|last: i64| step + last);
            let want = (cells.next() == Some("yes")).then_some(step + skew);
            let code = secret().code_at(now + 30 * skew);
            assert_eq!(secret().check(&code, now, last), want, "skew | last | accepted: {row}");
        }
    }

    #[test]
    fn other_text_is_no_code() {
        let now = 59;
        assert_eq!(secret().check("287 082", now, None), Some(1));
        for wrong in ["", "28708", "2870822", "94287082", "+87082", "２８７０８２", "287082\0"] {
            assert_eq!(secret().check(wrong, now, None), None, "{wrong}");
        }
        assert_eq!(secret().check("287082", i64::MIN, None), None);
        assert_eq!(secret().check("287082", i64::MAX, None), None);
    }

    #[test]
    fn an_authenticator_can_read_it() {
        assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let url = secret().otpauth_url("dana+x@example.org").unwrap();
        assert!(url.starts_with("otpauth://totp/Stillpoint:dana"), "{url}");
        assert!(url.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{url}");
        assert!(url.contains("issuer=Stillpoint"), "{url}");
        let read = Totp::from_url(&url).unwrap();
        assert_eq!(read.account_name(), "dana+x@example.org");
        assert_eq!(read.generate(59).to_string(), "287082");
        assert!(secret().otpauth_url("").is_err());
        assert_eq!(format!("{:?}", secret()), "TotpSecret(…)");
    }

    proptest! {
        /// A code accepted is not accepted again once its step is stored, at any later time.
        #[test]
        fn no_code_is_good_twice(now in 0_i64..4_000_000_000, skew in -1_i64..=1, later in 0_i64..120) {
            let code = secret().code_at(now + 30 * skew);
            if let Some(step) = secret().check(&code, now, None) {
                let again = secret().check(&code, now + later, Some(step));
                // Two steps may by chance have one code; then a later step is accepted, never the same.
                prop_assert!(again.is_none_or(|again| again > step));
            }
        }
    }
}
