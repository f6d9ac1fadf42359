//! Places and postal codes with their positions, from Census or GeoNames files.
//!
//! Sources: US Census Bureau, Gazetteer Files (record layouts of 2012 to 2025);
//! GeoNames, readme of the postal codes and of the main table. GeoNames data is
//! CC BY 4.0 and wants attribution.
//!
//! **Invariant:** a place handed on has a name or a postal code, and a position.

use std::path::Path;

use csv::StringRecord;

use crate::domain::{
    location::{Country, Position},
    place::Place,
    text,
};

use super::{
    Counts, ImportError, Options, Progress, SinkError, Summary,
    header::{Header, cell},
    layout::{ACCEPTED, Layout},
    run::{Importer, Outcome, Source, run},
};

/// Longest name of a place, in characters.
const NAME_CHARACTERS: usize = 200;

/// Where places go.
pub trait PlaceSink {
    /// Stores a batch. Two places of one file may be the same; the later one counts.
    fn put(&mut self, batch: Vec<Place>) -> Result<Counts, SinkError>;
}

/// Imports a gazetteer. The layout is told by content: Census ZIP code areas, Census places,
/// GeoNames postal codes or GeoNames cities; anything else is [`ImportError::Layout`].
pub fn import_places(
    path: &Path,
    sink: &mut impl PlaceSink,
    options: &Options,
    progress: Progress,
) -> Result<Summary, ImportError> {
    let mut source = Source::open(path, ACCEPTED)?;
    let layout = match Layout::of(source.head()?) {
        Ok(layout) => layout,
        Err(found) => return Err(source.layout(found)),
    };
    let mut input = source.records(layout.shape(), layout.columns());
    let columns = match layout {
        Layout::CensusZipAreas { .. } => Columns::ZipAreas(Point::of(&Header::of(path, &input.header()?))?),
        Layout::CensusPlaces { .. } => Columns::census_places(&Header::of(path, &input.header()?))?,
        Layout::GeoNamesPostal => Columns::Postal,
        Layout::GeoNamesCities => Columns::Cities,
    };
    run(input, &mut Places { columns, sink }, options, progress)
}

struct Places<'a, S> {
    columns: Columns,
    sink: &'a mut S,
}

impl<S: PlaceSink> Importer for Places<'_, S> {
    type Item = Place;

    fn read(&mut self, row: &StringRecord) -> Result<Outcome<Place>, String> {
        match &self.columns {
            Columns::ZipAreas(point) => zip_area(row, point),
            Columns::CensusPlaces { point, state, name, population } => {
                census_place(row, point, *state, *name, *population)
            }
            Columns::Postal => postal(row),
            Columns::Cities => city(row),
        }
    }

    fn put(&mut self, batch: Vec<Place>) -> Result<Counts, SinkError> {
        self.sink.put(batch)
    }
}

/// Where to look in a row.
enum Columns {
    ZipAreas(Point),
    CensusPlaces { point: Point, state: usize, name: usize, population: Option<usize> },
    Postal,
    Cities,
}

impl Columns {
    fn census_places(header: &Header<'_>) -> Result<Self, ImportError> {
        Ok(Self::CensusPlaces {
            point: Point::of(header)?,
            state: header.require("USPS")?,
            name: header.require("NAME")?,
            // Only the edition of 2010 counts people.
            population: header.find("POP10"),
        })
    }
}

/// The columns every Census gazetteer has.
struct Point {
    id: usize,
    latitude: usize,
    longitude: usize,
}

impl Point {
    fn of(header: &Header<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            id: header.require("GEOID")?,
            latitude: header.require("INTPTLAT")?,
            longitude: header.require("INTPTLONG")?,
        })
    }

    fn position(&self, row: &StringRecord) -> Result<Position, String> {
        position(cell(row, self.latitude), cell(row, self.longitude))
    }
}

fn zip_area(row: &StringRecord, point: &Point) -> Result<Outcome<Place>, String> {
    let postal_code = cell(row, point.id);
    if !is_digits(postal_code, 5) {
        return Err(format!("GEOID \"{postal_code}\" is no ZIP code of five digits"));
    }
    Ok(Outcome::Keep(Place {
        name: String::new(),
        region: String::new(),
        country: Country::US,
        postal_code: postal_code.to_owned(),
        position: point.position(row)?,
        population: 0,
    }))
}

fn census_place(
    row: &StringRecord,
    point: &Point,
    state: usize,
    name: usize,
    population: Option<usize>,
) -> Result<Outcome<Place>, String> {
    let id = cell(row, point.id);
    if !is_digits(id, 7) {
        return Err(format!("GEOID \"{id}\" is not that of a place, which has seven digits"));
    }
    let state = cell(row, state);
    if state.len() != 2 || !state.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(format!("USPS \"{state}\" is no state"));
    }
    let population = population.map_or("", |at| cell(row, at));
    Ok(Outcome::Keep(Place {
        name: place_name(without_legal_suffix(cell(row, name)))?,
        region: state.to_owned(),
        country: Country::US,
        postal_code: String::new(),
        position: point.position(row)?,
        population: people(population)?,
    }))
}

/// GeoNames: country, postal code, place, admin1 name, admin1 code, …, latitude (10th), longitude, accuracy.
fn postal(row: &StringRecord) -> Result<Outcome<Place>, String> {
    let country = country(cell(row, 0))?;
    let postal_code = text::line(cell(row, 1), 20).map_err(|error| format!("the postal code {error}"))?;
    Ok(Outcome::Keep(Place {
        name: place_name(cell(row, 2))?,
        region: region_code(country, cell(row, 4)),
        country,
        postal_code: postal_code.to_uppercase(),
        position: position(cell(row, 9), cell(row, 10))?,
        population: 0,
    }))
}

/// GeoNames: id, name, ascii name, other names, latitude (5th), longitude, feature class and code,
/// country (9th), cc2, admin1 code (11th), …, population (15th), …
fn city(row: &StringRecord) -> Result<Outcome<Place>, String> {
    if cell(row, 6) != "P" {
        return Ok(Outcome::Skip("not_a_populated_place"));
    }
    if matches!(cell(row, 7), "PPLH" | "PPLCH" | "PPLQ" | "PPLW") {
        return Ok(Outcome::Skip("no_longer_populated"));
    }
    let country = country(cell(row, 8))?;
    Ok(Outcome::Keep(Place {
        name: place_name(cell(row, 1))?,
        region: region_code(country, cell(row, 10)),
        country,
        postal_code: String::new(),
        position: position(cell(row, 4), cell(row, 5))?,
        population: people(cell(row, 14))?,
    }))
}

/// A Census name without its legal description: `Portland city` is Portland, and of a city merged
/// with its county (`Nashville-Davidson metropolitan government (balance)`) the city remains.
fn without_legal_suffix(name: &str) -> &str {
    let is_description =
        |word: &str| matches!(word, "CDP" | "(balance)") || word.bytes().all(|b| b.is_ascii_lowercase());
    let mut bare = name;
    while let Some((rest, word)) = bare.rsplit_once(' ')
        && is_description(word)
    {
        bare = rest.trim_end();
    }
    let description = name.get(bare.len()..).unwrap_or_default();
    let merged = ["government", "county", "(balance)"].iter().any(|word| description.contains(word));
    let breaks: &[char] = if merged { &['/', ',', '-'] } else { &['/'] };
    match bare.split_once(breaks) {
        Some((city, _)) if !city.is_empty() => city,
        _ => bare,
    }
}

/// The part of ISO 3166-2 after the hyphen, where GeoNames' own code leads there; else empty.
fn region_code(country: Country, admin1: &str) -> String {
    const CANADA: [&str; 14] =
        ["AB", "BC", "MB", "NB", "NL", "", "NS", "ON", "PE", "QC", "SK", "YT", "NT", "NU"];
    const AUSTRALIA: [&str; 8] = ["ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"];
    if (2..=3).contains(&admin1.len()) && admin1.bytes().all(|b| b.is_ascii_alphabetic()) {
        return admin1.to_ascii_uppercase();
    }
    let known: &[&str] = match country.code() {
        "CA" => &CANADA,
        "AU" => &AUSTRALIA,
        _ => &[],
    };
    let number: Option<usize> = admin1.parse().ok();
    let code = number.and_then(|n| n.checked_sub(1)).and_then(|at| known.get(at));
    code.copied().unwrap_or_default().to_owned()
}

fn place_name(name: &str) -> Result<String, String> {
    text::line(name, NAME_CHARACTERS).map_err(|error| format!("the name {error}"))
}

fn country(code: &str) -> Result<Country, String> {
    code.parse().map_err(|_| format!("\"{code}\" is no country code"))
}

fn position(latitude: &str, longitude: &str) -> Result<Position, String> {
    let degrees = |text: &str| match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!("\"{text}\" is no coordinate")),
    };
    Position::new(degrees(latitude)?, degrees(longitude)?).map_err(|error| error.to_string())
}

fn people(text: &str) -> Result<i64, String> {
    if text.is_empty() {
        return Ok(0);
    }
    match text.parse() {
        Ok(count) if count >= 0 => Ok(count),
        _ => Err(format!("population \"{text}\" is no number")),
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[derive(Default)]
    struct Kept(Vec<Place>);

    impl PlaceSink for Kept {
        fn put(&mut self, batch: Vec<Place>) -> Result<Counts, SinkError> {
            let inserted = batch.len() as u64;
            self.0.extend(batch);
            Ok(Counts { inserted, ..Counts::default() })
        }
    }

    fn import(content: &[u8]) -> Result<(Vec<Place>, Summary, String), ImportError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("places");
        std::fs::write(&path, content).expect("written");
        let rejects: PathBuf = folder.path().join("rejected.csv");
        let mut sink = Kept::default();
        let options = Options { batch_rows: 2, ..Options::rejecting_to(&rejects) };
        let summary = import_places(&path, &mut sink, &options, Progress::silent())?;
        Ok((sink.0, summary, std::fs::read_to_string(rejects).unwrap_or_default()))
    }

    fn labels(places: &[Place]) -> Vec<String> {
        places.iter().map(Place::label).collect()
    }

    #[test]
    fn legal_descriptions_are_left_out() {
        let table = "
            Portland city                                         | Portland
            Abanda CDP                                            | Abanda
            Salt Lake City city                                   | Salt Lake City
            Carson City                                           | Carson City
            Fond du Lac city                                      | Fond du Lac
            Wrangell city and borough                             | Wrangell
            San Juan zona urbana                                  | San Juan
            Winston-Salem city                                    | Winston-Salem
            Nashville-Davidson metropolitan government (balance)  | Nashville
            Louisville/Jefferson County metro government (balance)| Louisville
            Lynchburg, Moore County metropolitan government       | Lynchburg
            Butte-Silver Bow (balance)                            | Butte
            Hartsville/Trousdale County                           | Hartsville
            Indianapolis city (balance)                           | Indianapolis
            Princeton                                             | Princeton
            city                                                  | city";
        for row in table.trim().lines() {
            let (name, want) = row.split_once('|').expect("two cells");
            assert_eq!(without_legal_suffix(name.trim()), want.trim(), "{row}");
        }
    }

    #[test]
    fn census_files_of_both_separators_are_read() {
        for delimiter in ["|", "\t"] {
            let zips = "GEOID;ALAND;INTPTLAT;INTPTLONG   \r\n97201;1;45.507856;-122.690794\r\n9720;1;1;1\r\n\
                        97202;1;95;0\r\n";
            let (places, summary, rejected) =
                import(zips.replace(';', delimiter).as_bytes()).expect("imported");
            assert_eq!(labels(&places), ["97201, US"]);
            assert_eq!((summary.rows, summary.kept, summary.rejected), (3, 1, 2));
            assert!(rejected.contains("no ZIP code") && rejected.contains("latitude must"), "{rejected}");

            let towns = "USPS;GEOID;NAME;LSAD;POP10;INTPTLAT;INTPTLONG\nOR;4159000;Portland city;25;583776;45.5;-122.6\n";
            let (places, ..) = import(towns.replace(';', delimiter).as_bytes()).expect("imported");
            assert_eq!(labels(&places), ["Portland, OR, US"]);
            assert_eq!(places[0].population, 583_776);
        }
    }

    #[test]
    fn geonames_files_are_read() {
        let (places, ..) = import(
            "CA\tT0A\tEastern Alberta (\"St. Paul\")\tAlberta\tAB\t\t\t\t\t54.766\t-111.7174\t6\n".as_bytes(),
        )
        .expect("imported");
        assert_eq!(labels(&places), ["T0A Eastern Alberta (\"St. Paul\"), AB, CA"]);

        let row = |class: &str, code: &str| {
            format!(
                "6167865\tToronto\tToronto\tYTO\t43.7\t-79.4\t{class}\t{code}\tCA\t\t08\t\t\t\t2600000\t\t175\tAmerica/Toronto\t2020-01-01\n"
            )
        };
        let text = [row("P", "PPLA"), row("H", "LK"), row("P", "PPLQ")].concat();
        let (places, summary, _) = import(text.as_bytes()).expect("imported");
        assert_eq!(labels(&places), ["Toronto, ON, CA"]);
        assert_eq!(places[0].population, 2_600_000);
        assert_eq!(summary.skipped_in_all(), 2);
    }

    #[test]
    fn a_file_of_no_use_is_one_clear_error() {
        let table: [(&[u8], &str); 6] = [
            (b"", "is empty"),
            (b"\xEF\xBB\xBF\n \n", "is empty"),
            (b"PK\x03\x04zip", "line 1: this is a zip archive, unpack it first; accepted: Census"),
            (b"\x1f\x8bgz", "gzip archive"),
            (b"\xff\xfeU\0", "UTF-16"),
            (
                b"zip,lat,lon\n1,2,3\n",
                "line 1: found 3 columns between commas: zip, lat, lon; accepted: Census",
            ),
        ];
        for (content, want) in table {
            let error = import(content).expect_err("refused").to_string();
            assert!(error.contains(want), "{error}");
        }
        let (_, summary, _) = import(b"GEOID|INTPTLAT|INTPTLONG\n").expect("nothing to do is fine");
        assert_eq!(summary.rows, 0);
    }
}
