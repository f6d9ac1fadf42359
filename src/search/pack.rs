//! Values as few bytes: numbers of variable length, texts and lists with their length before them.
//!
//! **Invariant:** what [`Pack`] wrote, [`Unpack`] reads in the same order; bytes of any other kind end in
//! `None`, never in a panic.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};
use uuid::Uuid;

/// Instants are counted from 2020, so that those of today are short.
const EPOCH: i64 = 1_577_836_800;

/// Bytes being written.
#[derive(Debug, Default)]
pub(super) struct Pack(Vec<u8>);

impl Pack {
    pub fn bytes(self) -> Vec<u8> {
        self.0
    }

    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits a byte, lowest first (LEB128).
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Sign folded into the lowest bit, so that small negative numbers are short too.
    pub fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    pub fn id(&mut self, id: impl Into<Uuid>) {
        self.0.extend_from_slice(id.into().as_bytes());
    }

    pub fn float(&mut self, number: f64) {
        self.0.extend_from_slice(&number.to_bits().to_le_bytes());
    }

    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub fn date(&mut self, date: NaiveDate) {
        self.signed(i64::from(date.num_days_from_ce()));
    }

    pub fn time(&mut self, time: NaiveTime) {
        let (seconds, nanos) = (time.num_seconds_from_midnight(), time.nanosecond());
        let is_whole = seconds % 60 == 0 && nanos == 0;
        self.number(u64::from(if is_whole { seconds / 60 * 2 } else { seconds * 2 + 1 }));
        if !is_whole {
            self.number(u64::from(nanos));
        }
    }

    pub fn instant(&mut self, at: DateTime<Utc>) {
        self.signed(at.timestamp() - EPOCH);
        self.number(u64::from(at.timestamp_subsec_nanos()));
    }

    pub fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub fn list<T>(&mut self, values: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(values.len() as u64);
        values.iter().for_each(|value| write(self, value));
    }
}

/// Bytes being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unpack<'a>(&'a [u8]);

impl<'a> Unpack<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn flag(&mut self) -> Option<bool> {
        Some(self.byte()? != 0)
    }

    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    pub fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub fn id<T: From<Uuid>>(&mut self) -> Option<T> {
        Some(Uuid::from_bytes(self.array()?).into())
    }

    pub fn float(&mut self) -> Option<f64> {
        Some(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    pub fn text(&mut self) -> Option<&'a str> {
        let length = self.size()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    pub fn date(&mut self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(self.signed()?).ok()?)
    }

    pub fn time(&mut self) -> Option<NaiveTime> {
        let number = self.small()?;
        let (seconds, nanos) =
            if number % 2 == 0 { (number / 2 * 60, 0) } else { (number / 2, self.small()?) };
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
    }

    pub fn instant(&mut self) -> Option<DateTime<Utc>> {
        let seconds = self.signed()?.checked_add(EPOCH)?;
        DateTime::from_timestamp(seconds, self.small()?)
    }

    /// `None` if the bytes are wrong, `Some(None)` for no value.
    pub fn maybe<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Some(None) }
    }

    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.size()?;
        // Nothing takes less than a byte, so a wrong length cannot ask for more than there is.
        let mut values = Vec::with_capacity(length.min(self.0.len()));
        for _ in 0..length {
            values.push(read(self)?);
        }
        Some(values)
    }
}
