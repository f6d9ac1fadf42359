//! The National Provider Identifier and its check digit.
//!
//! Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI
//! check digit": ten digits, the first 1 or 2, the last a Luhn digit over
//! `80840` and the first nine. The prefix always contributes 24.

use std::{fmt, str::FromStr};

/// A National Provider Identifier whose check digit is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Npi(u64);

/// Why a text is no NPI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NpiError {
    /// Not ten digits.
    #[error("an NPI has ten digits")]
    Shape,
    /// The first digit is neither 1 nor 2.
    #[error("an NPI begins with 1 or 2")]
    FirstDigit,
    /// The last digit does not follow from the others.
    #[error("the check digit is wrong: {given} should end in {expected}")]
    CheckDigit {
        /// The number as it came.
        given: String,
        /// The digit that would make it right.
        expected: u32,
    },
}

impl Npi {
    /// The number itself.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for Npi {
    type Err = NpiError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 10 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NpiError::Shape);
        }
        if !text.starts_with(['1', '2']) {
            return Err(NpiError::FirstDigit);
        }
        let number: u64 = text.parse().map_err(|_| NpiError::Shape)?;
        let expected = check_digit(number / 10);
        if number % 10 != u64::from(expected) {
            return Err(NpiError::CheckDigit { given: text.to_owned(), expected });
        }
        Ok(Self(number))
    }
}

impl fmt::Display for Npi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// The check digit for the first nine digits of an NPI.
#[must_use]
pub fn check_digit(first_nine: u64) -> u32 {
    const PREFIX_80840: u64 = 24;
    let mut sum = PREFIX_80840;
    let mut rest = first_nine;
    let mut double = true;
    while rest > 0 {
        let digit = rest % 10;
        let value = if double { digit * 2 } else { digit };
        sum += value / 10 + value % 10;
        double = !double;
        rest /= 10;
    }
    u32::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_pass_and_their_neighbours_fail() {
        for text in ["1234567893", "1558598797", "1679576722", "1053105064"] {
            assert_eq!(text.parse::<Npi>().map(|n| n.to_string()), Ok(text.to_owned()));
            for wrong in '0'..='9' {
                let other = format!("{}{wrong}", &text[..9]);
                assert_eq!(other.parse::<Npi>().is_ok(), other == text, "{other}");
            }
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "",
            "123456789",
            "12345678933",
            "3234567893",
            "123456789a",
            " 1234567893",
            "１２３４５６７８９３",
        ] {
            assert!(text.parse::<Npi>().is_err(), "{text}");
        }
    }
}
