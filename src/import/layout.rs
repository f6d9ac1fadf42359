//! Which gazetteer a file is, told by its content.
//!
//! A Census file has a header with `INTPTLAT` and `INTPTLONG`, between bars
//! (since 2025) or tabs (before). GeoNames files have no header; their first
//! lines are tried against the two layouts of geonames.org.
//!
//! **Invariant:** the name of a file says nothing here.

use super::record::Shape;

/// The four layouts that are read.
pub(super) const ACCEPTED: &str = "Census gazetteer of ZIP code areas (columns GEOID, INTPTLAT, INTPTLONG) or of places \
     (also USPS, NAME, LSAD), separated by | or tab; GeoNames postal codes (12 tab-separated columns); \
     GeoNames cities (19 tab-separated columns)";

/// Lines looked at before a file without header is given up.
const LINES_TRIED: usize = 5;

/// A layout of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// US Census gazetteer of ZIP code tabulation areas.
    CensusZipAreas { delimiter: u8 },
    /// US Census gazetteer of places.
    CensusPlaces { delimiter: u8 },
    /// GeoNames postal codes.
    GeoNamesPostal,
    /// GeoNames cities: any extract of the main table.
    GeoNamesCities,
}

impl Layout {
    /// How its fields stand.
    pub fn shape(self) -> Shape {
        match self {
            Self::CensusZipAreas { delimiter } | Self::CensusPlaces { delimiter } => Shape::plain(delimiter),
            Self::GeoNamesPostal | Self::GeoNamesCities => Shape::plain(b'\t'),
        }
    }

    /// How many columns, where no header says so.
    pub fn columns(self) -> Option<usize> {
        match self {
            Self::CensusZipAreas { .. } | Self::CensusPlaces { .. } => None,
            Self::GeoNamesPostal => Some(12),
            Self::GeoNamesCities => Some(19),
        }
    }

    /// The layout of a file that begins with `head`, or what was found instead.
    pub fn of(head: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or_default();
        if let Some(layout) = census(first) {
            return layout;
        }
        std::iter::once(first)
            .chain(lines)
            .take(LINES_TRIED)
            .find_map(geonames)
            .ok_or_else(|| describe(first))
    }
}

/// `None` where the line is no header of a Census gazetteer.
fn census(first: &str) -> Option<Result<Layout, String>> {
    let delimiter = [b'|', b'\t'].into_iter().find(|d| first.contains(char::from(*d)))?;
    let names: Vec<String> =
        first.split(char::from(delimiter)).map(|name| name.trim().to_ascii_uppercase()).collect();
    let has = |name: &str| names.iter().any(|own| own == name);
    if !(has("GEOID") && has("INTPTLAT") && has("INTPTLONG")) {
        return None;
    }
    Some(match (has("USPS"), has("NAME"), has("LSAD")) {
        (false, false, false) => Ok(Layout::CensusZipAreas { delimiter }),
        (true, true, true) => Ok(Layout::CensusPlaces { delimiter }),
        _ => Err(format!("a Census gazetteer of another kind: {}", describe(first))),
    })
}

fn geonames(line: &str) -> Option<Layout> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
    let number = |at: usize| cells.get(at).is_some_and(|cell| cell.parse::<f64>().is_ok());
    let country =
        |at: usize| cells.get(at).is_some_and(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()));
    match cells.len() {
        12 if country(0) && number(9) && number(10) => Some(Layout::GeoNamesPostal),
        19 if number(0) && number(4) && number(5) && country(8) => Some(Layout::GeoNamesCities),
        _ => None,
    }
}

/// What a line looks like, in one short phrase.
fn describe(line: &str) -> String {
    let (name, delimiter, count) = [("bars", '|'), ("tabs", '\t'), ("commas", ','), ("semicolons", ';')]
        .into_iter()
        .map(|(name, delimiter)| (name, delimiter, line.matches(delimiter).count()))
        .max_by_key(|(_, _, count)| *count)
        .unwrap_or(("bars", '|', 0));
    let cells: Vec<&str> = line.split(delimiter).map(str::trim).collect();
    let mut beginning: String = cells.join(", ").chars().filter(|c| !c.is_control()).take(80).collect();
    if beginning.chars().count() == 80 {
        beginning.push('…');
    }
    match count {
        0 => format!("found one column: {beginning}"),
        _ => format!("found {} columns between {name}: {beginning}", cells.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_told_by_content() {
        let table = [
            (
                "GEOID|GEOIDFQ|ALAND|INTPTLAT|INTPTLONG\n00601|…",
                Ok(Layout::CensusZipAreas { delimiter: b'|' }),
            ),
            (
                "\u{feff}GEOID\tALAND\tINTPTLAT\tINTPTLONG   \r\n",
                Ok(Layout::CensusZipAreas { delimiter: b'\t' }),
            ),
            (
                "USPS\tGEOID\tANSICODE\tNAME\tLSAD\tFUNCSTAT\tINTPTLAT\tINTPTLONG\n",
                Ok(Layout::CensusPlaces { delimiter: b'\t' }),
            ),
            (
                "US\t97201\tPortland\tOregon\tOR\tMultnomah\t051\t\t\t45.5\t-122.6\t4",
                Ok(Layout::GeoNamesPostal),
            ),
            (
                "broken\nUS\t97201\tPortland\tOregon\tOR\tMultnomah\t051\t\t\t45.5\t-122.6\t4\n",
                Ok(Layout::GeoNamesPostal),
            ),
            (
                "1\tA\tA\t\t45.5\t-122.6\tP\tPPL\tUS\t\tOR\t\t\t\t9\t\t1\tAmerica/Los_Angeles\t2020-01-01",
                Ok(Layout::GeoNamesCities),
            ),
            (
                "USPS|GEOID|GEOIDFQ|ANSICODE|NAME|ALAND|INTPTLAT|INTPTLONG",
                Err("a Census gazetteer of another kind: found 8 columns between bars: USPS, GEOID, \
                     GEOIDFQ, ANSICODE, NAME, ALAND, INTPTLAT, INTPTLONG"),
            ),
            ("NPI,Entity Type Code", Err("found 2 columns between commas: NPI, Entity Type Code")),
            ("hello", Err("found one column: hello")),
        ];
        for (head, want) in table {
            assert_eq!(Layout::of(head.as_bytes()), want.map_err(str::to_owned), "{head:?}");
        }
    }
}
