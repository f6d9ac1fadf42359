//! Instants and dates as text: RFC 3339 in any offset on the way in, UTC on the way out.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Timelike, Utc};
use chrono_tz::Tz;

/// Why a text is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// Not RFC 3339.
    #[error("must be an RFC 3339 instant with an offset, as in 2026-12-01T17:00:00Z")]
    Shape,
    /// Finer than we keep.
    #[error("must not be finer than a microsecond")]
    TooFine,
}

/// An instant in whatever offset it was written.
pub fn parse(text: &str) -> Result<DateTime<Utc>, InstantError> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| InstantError::Shape)?.with_timezone(&Utc);
    // A year beyond four digits could not be written back; a leap second is no instant that a database
    // or a calendar could keep.
    let is_leap_second = at.nanosecond() >= 1_000_000_000;
    if is_leap_second || !(0..=9999).contains(&at.year()) {
        return Err(InstantError::Shape);
    }
    if at.trunc_subsecs(6) == at { Ok(at) } else { Err(InstantError::TooFine) }
}

/// In UTC with `Z`, as fine as needed.
#[must_use]
pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// In a zone, with its offset.
#[must_use]
pub fn local_text(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// A civil date, `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Result<NaiveDate, &'static str> {
    let plain = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| b.is_ascii_digit() || (b == b'-' && (at == 4 || at == 7)));
    let date = plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    date.ok_or("must be a date, as in 2026-12-01")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_in_any_offset_and_print_in_utc() {
        let table = "
            2026-12-01T09:00:00-08:00       | 2026-12-01T17:00:00Z
            2026-12-01T17:00:00Z            | 2026-12-01T17:00:00Z
            2026-12-01t17:00:00.5z          | 2026-12-01T17:00:00.500Z
            2026-12-01T17:00:00.000001Z     | 2026-12-01T17:00:00.000001Z
            2026-12-01T17:00:00.0000001Z    | -
            2026-12-31T23:59:60Z            | -
            2026-12-01T17:00:60.5+01:00     | -
            2026-12-01T17:00:00             | -
            2026-12-01                      | -
            tomorrow                        | -";
        for row in table.trim().lines() {
            let (given, want) = row.split_once('|').expect("two cells");
            let got = parse(given.trim()).map_or_else(|_| "-".to_owned(), text);
            assert_eq!(got, want.trim(), "{row}");
        }
    }

    #[test]
    fn dates_have_one_form() {
        assert!(parse_date("2026-02-28").is_ok());
        for text in ["2026-02-30", "2026-2-28", "20260228", "+2026-02-28", "2026-02-28 "] {
            assert!(parse_date(text).is_err(), "{text}");
        }
    }
}
