//! What can be booked: how long it takes, what it costs, under which rules.

use std::{fmt, str::FromStr};

use chrono::Duration;

use super::id::{PractitionerId, ServiceId};

/// ISO 4217 currency code in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// Why a text is no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is a three-letter ISO 4217 code, as in USD")]
pub struct CurrencyError;

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|l| l.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(CurrencyError),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What a visit costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// In the currency's minor unit (cents).
    pub minor: i64,
    /// Which currency.
    pub currency: Currency,
}

impl Currency {
    /// How many digits of a minor amount are behind the point (ISO 4217).
    #[must_use]
    pub fn minor_digits(&self) -> u32 {
        match self.code() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
            | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let (unit, minor) = (10_u64.pow(digits), self.minor.unsigned_abs());
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(f, "{} {sign}{}", self.currency, minor / unit)?;
        if digits > 0 {
            write!(f, ".{:0width$}", minor % unit, width = digits as usize)?;
        }
        Ok(())
    }
}

/// When and how a service can be booked. All lengths in minutes of elapsed time, unless the name says days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingRules {
    /// Length of the visit itself.
    pub duration_minutes: u32,
    /// Kept free before the visit.
    pub buffer_before_minutes: u32,
    /// Kept free after the visit.
    pub buffer_after_minutes: u32,
    /// How long ahead a booking must be made.
    pub minimum_notice_minutes: u32,
    /// How far ahead a booking may be made, in days of 24 hours.
    pub horizon_days: u32,
    /// Step of the grid that starts at each window's beginning.
    pub start_interval_minutes: u32,
}

impl BookingRules {
    /// The defaults of the API for a visit of that length.
    #[must_use]
    pub fn lasting(duration_minutes: u32) -> Self {
        Self {
            duration_minutes,
            buffer_before_minutes: 0,
            buffer_after_minutes: 15,
            minimum_notice_minutes: 120,
            horizon_days: 90,
            start_interval_minutes: 15,
        }
    }

    /// Length of the visit.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::minutes(i64::from(self.duration_minutes))
    }

    /// Kept free before.
    #[must_use]
    pub fn buffer_before(&self) -> Duration {
        Duration::minutes(i64::from(self.buffer_before_minutes))
    }

    /// Kept free after.
    #[must_use]
    pub fn buffer_after(&self) -> Duration {
        Duration::minutes(i64::from(self.buffer_after_minutes))
    }

    /// How long ahead.
    #[must_use]
    pub fn minimum_notice(&self) -> Duration {
        Duration::minutes(i64::from(self.minimum_notice_minutes))
    }

    /// How far ahead.
    #[must_use]
    pub fn horizon(&self) -> Duration {
        Duration::days(i64::from(self.horizon_days))
    }

    /// Step of the grid.
    #[must_use]
    pub fn start_interval(&self) -> Duration {
        Duration::minutes(i64::from(self.start_interval_minutes))
    }
}

/// Something a practitioner offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its identity.
    pub id: ServiceId,
    /// Who offers it.
    pub practitioner: PractitionerId,
    /// What it is called.
    pub name: String,
    /// When it can be booked.
    pub rules: BookingRules,
    /// What it costs, if that is stated.
    pub price: Option<Price>,
    /// A booking waits for the practitioner's word.
    pub requires_confirmation: bool,
    /// A cancellation later than this before the start is marked late.
    pub cancellation_notice_minutes: u32,
    /// Taken off the list; kept because appointments name it.
    pub removed: bool,
    /// Rises by one with every change.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_told_in_whole_and_minor_units() {
        for (minor, currency, want) in [
            (11_000, "USD", "USD 110.00"),
            (5, "EUR", "EUR 0.05"),
            (8_000, "JPY", "JPY 8000"),
            (1_500, "KWD", "KWD 1.500"),
        ] {
            assert_eq!(Price { minor, currency: currency.parse().unwrap() }.to_string(), want);
        }
    }
}
