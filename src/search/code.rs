//! Postal codes: how one is compared, and which shorter code a long one lies in.
//!
//! Gazetteers hold the five digits of a ZIP code, the first three signs of a
//! Canadian code and the outward half of a British one; people write all of it.

use crate::domain::location::Country;

/// One way to read what was written as a postal code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// Letters and digits only, in capitals.
    pub code: String,
    /// The only country for which it may be read so; none for any.
    pub country: Option<Country>,
}

/// The form in which codes are compared: letters and digits, in capitals. Empty if it holds anything
/// but those, spaces and hyphens.
pub(super) fn plain(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
    if !text.chars().all(allowed) {
        return String::new();
    }
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// What a text may mean as a postal code, as written first; nothing if it has no digit.
pub(super) fn readings(text: &str) -> Vec<Reading> {
    let code = plain(text);
    let shape: String = code.bytes().map(|byte| if byte.is_ascii_digit() { '9' } else { 'A' }).collect();
    if !shape.contains('9') {
        return Vec::new();
    }
    let (length, country) = match shape.as_str() {
        "999999999" => (5, "US"),
        "A9A9A9" => (3, "CA"),
        "A99AA" | "A999AA" | "AA99AA" | "AA999AA" | "A9A9AA" | "AA9A9AA" => (code.len() - 3, "GB"),
        _ => (0, ""),
    };
    let shorter = code.get(..length).filter(|code| !code.is_empty()).map(str::to_owned);
    let shorter = shorter.map(|code| Reading { code, country: country.parse().ok() });
    [Reading { code, country: None }].into_iter().chain(shorter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_codes_lie_in_short_ones() {
        let table = "
            97201      | 97201
            97201-1234 | 972011234 97201/US
            972011234  | 972011234 97201/US
            m5v        | M5V
            M5V 2T6    | M5V2T6 M5V/CA
            SW1A 1AA   | SW1A1AA SW1A/GB
            M1 1AE     | M11AE M1/GB
            1010       | 1010
            97201_     | -
            Portland   | -
                       | -";
        for row in table.trim().lines() {
            let (text, want) = row.split_once('|').unwrap();
            let show = |r: Reading| match r.country {
                Some(country) => format!("{}/{country}", r.code),
                None => r.code,
            };
            let found: Vec<String> = readings(text.trim()).into_iter().map(show).collect();
            let want = want.trim().trim_matches('-');
            assert_eq!(found.join(" "), want, "{row}");
        }
    }
}
