//! Fields of a body, read one by one: every wrong one is told, not only the first.
//!
//! **Invariant:** a value leaves [`Fields::finish`] only when no field was refused.

use std::fmt::Display;

use chrono::NaiveTime;
use serde::{Deserialize, Deserializer};

use super::problem::{FieldError, Problem};

/// What was refused so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// The value, or nothing and a refusal noted at the pointer.
    pub fn take<T, E: Display>(&mut self, pointer: impl Into<String>, read: Result<T, E>) -> Option<T> {
        read.map_err(|err| self.refuse(pointer, err)).ok()
    }

    /// The same for a field that may be absent: absent stays absent.
    pub fn take_if<T, E: Display>(
        &mut self,
        pointer: impl Into<String>,
        read: Option<Result<T, E>>,
    ) -> Option<T> {
        self.take(pointer, read.transpose()).flatten()
    }

    /// Notes a refusal.
    pub fn refuse(&mut self, pointer: impl Into<String>, detail: impl Display) {
        self.0.push(FieldError::at(pointer, detail.to_string()));
    }

    /// Whether anything was refused so far.
    #[must_use]
    pub fn any_refused(&self) -> bool {
        !self.0.is_empty()
    }

    /// What `build` makes of the values, or the 422 that names all that was refused.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        if !self.0.is_empty() {
            return Err(Problem::invalid(self.0));
        }
        build().ok_or_else(|| Problem::invalid_field("", "is not acceptable"))
    }
}

/// For fields of a change: absent means unchanged (with `#[serde(default)]`), and null is only for
/// those that may be cleared, whose type is an `Option` of an `Option`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(read: D) -> Result<Option<T>, D::Error> {
    T::deserialize(read).map(Some)
}

/// A time on the wall, `HH:MM` from 00:00 to 23:59.
pub fn time(text: &str) -> Result<NaiveTime, &'static str> {
    let two = |digits: &[u8]| match digits {
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => Some(u32::from((a - b'0') * 10 + (b - b'0'))),
        _ => None,
    };
    let read = match text.as_bytes() {
        [hours @ .., b':', a, b] => two(hours).zip(two(&[*a, *b])),
        _ => None,
    };
    let time = read.and_then(|(hours, minutes)| NaiveTime::from_hms_opt(hours, minutes, 0));
    time.ok_or("must be a time from 00:00 to 23:59, as in 09:30")
}

/// A time zone by its IANA name.
pub fn zone(text: &str) -> Result<chrono_tz::Tz, &'static str> {
    text.parse().map_err(|_| "must be an IANA time zone, as in America/Los_Angeles")
}

/// A whole number between two others.
pub fn whole(number: i64, least: u32, most: u32) -> Result<u32, String> {
    let read = u32::try_from(number).ok().filter(|number| (least..=most).contains(number));
    read.ok_or_else(|| format!("must be from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_hours_and_minutes() {
        for text in ["00:00", "09:30", "23:59"] {
            assert_eq!(time(text).unwrap().format("%H:%M").to_string(), text);
        }
        for text in ["24:00", "9:30", "09:60", "09:30:00", "0930", "09.30", "+9:30", " 09:30", "", "１2:00"]
        {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
