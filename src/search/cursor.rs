//! Where a page ended, as text that a client hands back.
//!
//! A cursor holds the rank of the last item, not a count of items, so a page
//! neither skips nor repeats when listings come, go or change between pages. It
//! also holds the query's fingerprint and its own checksum. The checksum is no
//! signature: a forged cursor only shows another page of a public list.
//!
//! **Invariant:** a text that was altered, or that belongs to other filters, is
//! refused, never guessed at.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::query::{Query, Sort};
use crate::domain::{
    id::{LocationId, PractitionerId},
    text::folded,
};

/// First byte of every cursor; rises when the layout changes.
const LAYOUT: u8 = 1;

/// The place of an item in its order. What an order does not look at is left at nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank<S> {
    /// Earliest start in microseconds of Unix time; `i64::MAX` for never.
    pub soonest: i64,
    /// Bits of the distance: those of floats that are not negative sort as the floats do.
    pub distance: u64,
    /// Folded family name.
    pub family: S,
    /// Folded given name.
    pub given: S,
    pub practitioner: PractitionerId,
    pub location: LocationId,
}

impl Rank<&str> {
    fn into_owned(self) -> Rank<String> {
        Rank {
            soonest: self.soonest,
            distance: self.distance,
            family: self.family.to_owned(),
            given: self.given.to_owned(),
            practitioner: self.practitioner,
            location: self.location,
        }
    }
}

impl Rank<String> {
    fn as_deref(&self) -> Rank<&str> {
        Rank {
            soonest: self.soonest,
            distance: self.distance,
            family: &self.family,
            given: &self.given,
            practitioner: self.practitioner,
            location: self.location,
        }
    }
}

/// The end of one page and the beginning of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    fingerprint: u64,
    as_of: DateTime<Utc>,
    rank: Rank<String>,
}

/// Why a text is no cursor for this query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not a text that this service gave out.
    #[error("is not a cursor that was given out here")]
    Malformed,
    /// Given out for other filters or another order.
    #[error("belongs to a search with other parameters; start again without it")]
    OtherQuery,
}

impl Cursor {
    /// The cursor after the item of that rank; `as_of` is when the first page was asked for.
    pub(super) fn after(query: &Query, as_of: DateTime<Utc>, rank: Rank<&str>) -> Self {
        Self { fingerprint: fingerprint(query), as_of, rank: rank.into_owned() }
    }

    /// When the first page was asked for. Later pages rank by free time as it was then:
    /// otherwise a time that passes meanwhile would bring its item back on a later page.
    pub(super) fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }

    /// Rank of the last item shown.
    pub(super) fn rank(&self) -> Rank<&str> {
        self.rank.as_deref()
    }

    /// Whether it was given out for these filters and this order; page size and facets may differ.
    #[must_use]
    pub fn fits(&self, query: &Query) -> bool {
        self.fingerprint == fingerprint(query)
    }

    /// As text: base64url without padding (RFC 4648 §5), of no meaning to clients.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = vec![LAYOUT];
        bytes.extend(self.fingerprint.to_be_bytes());
        bytes.extend(self.as_of.timestamp_micros().to_be_bytes());
        bytes.extend(self.rank.soonest.to_be_bytes());
        bytes.extend(self.rank.distance.to_be_bytes());
        bytes.extend(Uuid::from(self.rank.practitioner).into_bytes());
        bytes.extend(Uuid::from(self.rank.location).into_bytes());
        let family = u32::try_from(self.rank.family.len()).unwrap_or(u32::MAX);
        bytes.extend(family.to_be_bytes());
        bytes.extend(self.rank.family.as_bytes());
        bytes.extend(self.rank.given.as_bytes());
        let sum = Fnv::of(&bytes);
        bytes.extend(sum.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor that text stands for, if it was given out for this query.
    pub fn parse(text: &str, query: &Query) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError::Malformed)?;
        let cursor = Self::read(&bytes).ok_or(CursorError::Malformed)?;
        if cursor.fits(query) { Ok(cursor) } else { Err(CursorError::OtherQuery) }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (bytes, sum) = bytes.split_last_chunk::<8>()?;
        if Fnv::of(bytes) != u64::from_be_bytes(*sum) {
            return None;
        }
        let bytes = bytes.strip_prefix(&[LAYOUT])?;
        let (fingerprint, bytes) = bytes.split_first_chunk::<8>()?;
        let (as_of, bytes) = bytes.split_first_chunk::<8>()?;
        let (soonest, bytes) = bytes.split_first_chunk::<8>()?;
        let (distance, bytes) = bytes.split_first_chunk::<8>()?;
        let (practitioner, bytes) = bytes.split_first_chunk::<16>()?;
        let (location, bytes) = bytes.split_first_chunk::<16>()?;
        let (family, bytes) = bytes.split_first_chunk::<4>()?;
        let family = usize::try_from(u32::from_be_bytes(*family)).ok()?;
        let (family, given) = bytes.split_at_checked(family)?;
        Some(Self {
            fingerprint: u64::from_be_bytes(*fingerprint),
            as_of: DateTime::from_timestamp_micros(i64::from_be_bytes(*as_of))?,
            rank: Rank {
                soonest: i64::from_be_bytes(*soonest),
                distance: u64::from_be_bytes(*distance),
                family: std::str::from_utf8(family).ok()?.to_owned(),
                given: std::str::from_utf8(given).ok()?.to_owned(),
                practitioner: Uuid::from_bytes(*practitioner).into(),
                location: Uuid::from_bytes(*location).into(),
            },
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encode())
    }
}

/// A number that differs when filters or order differ, the same in every process.
fn fingerprint(query: &Query) -> u64 {
    let mut fnv = Fnv::default();
    if let Some(origin) = query.origin {
        for number in [origin.latitude(), origin.longitude(), query.radius_km] {
            fnv.part(&number.to_bits().to_be_bytes());
        }
    }
    let mut types: Vec<&str> = query.provider_types.iter().map(|t| t.code()).collect();
    let mut concerns: Vec<&str> = query.concerns.iter().map(String::as_str).collect();
    for codes in [&mut types, &mut concerns] {
        codes.sort_unstable();
        codes.dedup();
        fnv.part(codes.join(",").as_bytes());
    }
    fnv.part(query.language.as_deref().unwrap_or_default().to_ascii_lowercase().as_bytes());
    let window = query.available.map(|p| [p.start(), p.end()].map(|t| t.timestamp_micros()));
    fnv.part(format!("{window:?}").as_bytes());
    fnv.part(&[u8::from(query.accepts_new_patients), u8::from(query.include_unverified)]);
    fnv.part(query.name.as_deref().map(folded).unwrap_or_default().as_bytes());
    fnv.part(query.max_price.map(|p| format!("{}{}", p.minor, p.currency)).unwrap_or_default().as_bytes());
    fnv.part(match query.sort {
        Sort::Distance => b"d",
        Sort::Soonest => b"s",
        Sort::Name => b"n",
    });
    fnv.0
}

/// FNV-1a, 64 bits: any single changed byte changes the sum.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn of(bytes: &[u8]) -> u64 {
        let mut fnv = Self::default();
        fnv.bytes(bytes);
        fnv.0
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// A part with its length, so that parts cannot run into one another.
    fn part(&mut self, bytes: &[u8]) {
        self.bytes(&bytes.len().to_be_bytes());
        self.bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{location::Position, practitioner::ProviderType, service::Price};

    fn cursor(query: &Query) -> Cursor {
        let (id, at) = (Uuid::from_u128(7), DateTime::UNIX_EPOCH + chrono::Duration::days(20_000));
        let (family, given) = ("nguyen", "thi anh");
        let (practitioner, location) = (id.into(), id.into());
        let distance = 3.25f64.to_bits();
        Cursor::after(query, at, Rank { soonest: i64::MAX, distance, family, given, practitioner, location })
    }

    #[test]
    fn a_cursor_reads_back() {
        let query = Query::default();
        let cursor = cursor(&query);
        assert_eq!(Cursor::parse(&cursor.encode(), &query), Ok(cursor.clone()));
        let larger = Query { limit: 100, facets: true, ..query };
        assert_eq!(Cursor::parse(&cursor.encode(), &larger), Ok(cursor));
    }

    #[test]
    fn an_altered_cursor_is_refused() {
        let query = Query::default();
        let text = cursor(&query).encode();
        for (at, old) in text.char_indices() {
            for new in ['A', 'z', '0', '-', '_', '=', '+', ' ', 'é'] {
                let altered = format!("{}{new}{}", &text[..at], &text[at + 1..]);
                let want = if new == old { Ok(cursor(&query)) } else { Err(CursorError::Malformed) };
                assert_eq!(Cursor::parse(&altered, &query), want, "{new} at {at}");
            }
            assert_eq!(Cursor::parse(&text[..at], &query), Err(CursorError::Malformed));
        }
        assert_eq!(Cursor::parse(&format!("{text}A"), &query), Err(CursorError::Malformed));
    }

    #[test]
    fn a_cursor_belongs_to_its_filters() {
        let query = Query { origin: Position::new(45.5, -122.7).ok(), ..Query::default() };
        let text = cursor(&query).encode();
        let usd = Price { minor: 5000, currency: "USD".parse().unwrap() };
        let (from, until) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::Duration::days(1));
        let other: [fn(&mut Query); 9] = [
            |q| q.origin = Position::new(45.5, -122.6).ok(),
            |q| q.radius_km = 51.0,
            |q| q.provider_types = vec![ProviderType::Osteopath],
            |q| q.concerns = vec!["headache".into()],
            |q| q.language = Some("es".into()),
            |q| q.accepts_new_patients = true,
            |q| q.name = Some("dana".into()),
            |q| q.include_unverified = true,
            |q| q.sort = Sort::Soonest,
        ];
        let mut others: Vec<Query> = Vec::new();
        for change in other {
            let mut changed = query.clone();
            change(&mut changed);
            others.push(changed);
        }
        others.push(Query { max_price: Some(usd), ..query.clone() });
        others.push(Query { available: crate::domain::period::Period::new(from, until), ..query.clone() });
        for changed in others {
            assert_eq!(Cursor::parse(&text, &changed), Err(CursorError::OtherQuery), "{changed:?}");
        }
    }
}
