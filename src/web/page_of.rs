//! Lists in pages: `limit` and `cursor` in, `items`, `next_cursor` and a `Link` header out.
//!
//! A cursor is the sort key of the last item of a page, as JSON behind its check
//! sum, in base64url.
//! It says where the next page begins, so that items added or removed in the
//! meantime neither repeat nor vanish; it grants nothing, for every page is
//! filtered for its caller anew.
//!
//! A handler asks its query for [`Page::most`] rows, one more than it shows:
//! that one tells whether there is a next page.
//!
//! **Invariant:** a cursor that was cut short or altered is refused, never guessed at.

use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::problem::Problem;

/// How many items a page has when nobody says.
pub const DEFAULT_LIMIT: usize = 20;
/// Most items of a page.
pub const MOST_LIMIT: usize = 100;
/// No cursor of ours is longer.
const MOST_CURSOR: usize = 1_024;

/// Which page is asked for; `K` is the sort key of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// How many items.
    pub limit: usize,
    /// Only what comes after this key.
    pub after: Option<K>,
}

impl<K: Serialize + DeserializeOwned> Page<K> {
    /// From the parameters `limit` and `cursor` as they came; 400 where one is not acceptable.
    pub fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Problem> {
        Ok(Self { limit: parse_limit(limit)?, after: cursor.map(parse_cursor).transpose()? })
    }

    /// How many rows to read: one more than is shown.
    #[must_use]
    pub fn most(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// The page of at most [`Page::most`] rows in list order: each row's key, then what is shown of it.
    pub fn of<R, T>(&self, mut rows: Vec<R>, key: impl Fn(&R) -> K, shown: impl FnMut(R) -> T) -> PageOf<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let last = if more { rows.last().map(key) } else { None };
        PageOf { items: rows.into_iter().map(shown).collect(), next_cursor: last.map(|key| cursor_of(&key)) }
    }
}

/// The `limit` of a list; 400 where it is not from 1 to 100.
pub fn parse_limit(text: Option<&str>) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    let digits = Some(text).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    match digits.unwrap_or_default().parse() {
        Ok(limit) if (1..=MOST_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(Problem::bad_query("limit", format!("must be a number from 1 to {MOST_LIMIT}"))),
    }
}

/// The cursor that stands for a key.
#[must_use]
pub fn cursor_of(key: &impl Serialize) -> String {
    let key = serde_json::to_vec(key).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([check_sum(&key).as_slice(), &key].concat())
}

/// FNV-1a, 32 bits: any single changed byte changes the sum. It is no signature, for a forged cursor
/// only shows another page of what its sender may see.
fn check_sum(bytes: &[u8]) -> [u8; 4] {
    let sum =
        bytes.iter().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    sum.to_be_bytes()
}

fn parse_cursor<K: DeserializeOwned>(text: &str) -> Result<K, Problem> {
    let bytes = Some(text).filter(|text| text.len() <= MOST_CURSOR).map(|text| URL_SAFE_NO_PAD.decode(text));
    let key = bytes.and_then(Result::ok).and_then(|bytes| {
        let (sum, key) = bytes.split_first_chunk::<4>()?;
        if check_sum(key) == *sum { serde_json::from_slice(key).ok() } else { None }
    });
    key.ok_or_else(|| Problem::bad_query("cursor", "is not one that this list gave out"))
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageOf<T> {
    /// In list order.
    pub items: Vec<T>,
    /// Send it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T: Serialize> PageOf<T> {
    /// The answer, with a `Link` header to the next page where there is one.
    #[must_use]
    pub fn answer(&self, req: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(link) = next_link(req, self.next_cursor.as_deref()) {
            response.insert_header(link);
        }
        response.json(self)
    }
}

/// The `Link` header to the page at a cursor: this request's own address with that cursor.
#[must_use]
pub fn next_link(req: &HttpRequest, cursor: Option<&str>) -> Option<(header::HeaderName, String)> {
    let cursor = cursor?;
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_str(req.query_string()).unwrap_or_default();
    pairs.retain(|(name, _)| name != "cursor");
    pairs.push(("cursor".to_owned(), cursor.to_owned()));
    let query = serde_urlencoded::to_string(&pairs).ok()?;
    Some((header::LINK, format!("<{}?{query}>; rel=\"next\"", req.path())))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn limits_are_from_1_to_100() {
        let table = "20 20\n1 1\n100 100\n0 -\n101 -\n-1 -\nten -\n1e1 -\n+5 -";
        for row in table.lines() {
            let (text, want) = row.split_once(' ').unwrap();
            assert_eq!(parse_limit(Some(text)).ok(), want.parse().ok(), "{row}");
        }
        assert_eq!(parse_limit(None).unwrap(), DEFAULT_LIMIT);
    }

    #[test]
    fn pages_join_without_gap_or_repetition() {
        let all: Vec<u32> = (0..45).collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page: Page<u32> = Page::parse(None, cursor.as_deref()).unwrap();
            let rows = all.iter().copied().filter(|n| page.after.is_none_or(|after| *n > after));
            let rows: Vec<u32> = rows.take(usize::try_from(page.most()).unwrap()).collect();
            let shown = page.of(rows, |n| *n, |n| n);
            seen.extend(shown.items);
            cursor = shown.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn strange_cursors_are_refused() {
        for text in ["", "x", "!!!!", &cursor_of(&"text"), &"A".repeat(5_000)] {
            assert_eq!(Page::<u32>::parse(None, Some(text)).unwrap_err().kind(), "invalid-query", "{text}");
        }
    }

    #[test]
    fn an_altered_cursor_is_refused() {
        let cursor = cursor_of(&1_234_567_u32);
        assert_eq!(Page::<u32>::parse(None, Some(&cursor)).unwrap().after, Some(1_234_567));
        for at in 0..cursor.len() {
            let mut altered = cursor.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(Page::<u32>::parse(None, Some(&altered)).is_err(), "{altered}");
            assert!(Page::<u32>::parse(None, Some(&cursor[..at])).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_link_keeps_the_other_parameters() {
        let req = TestRequest::with_uri("/v1/things?status=a%26b&cursor=old&limit=2").to_http_request();
        let (_, link) = next_link(&req, Some("new")).unwrap();
        assert_eq!(link, "</v1/things?status=a%26b&limit=2&cursor=new>; rel=\"next\"");
        assert!(next_link(&req, None).is_none());
    }
}
