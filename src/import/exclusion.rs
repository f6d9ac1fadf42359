//! The federal exclusion list (OIG LEIE): full file, monthly supplements, reinstatements.
//!
//! Source: OIG, record layout of the LEIE downloadable data file: 18 columns,
//! dates `YYYYMMDD`, zeros for "none". The full file leaves reinstated people
//! out; the reinstatement supplement lists them with both dates.
//!
//! **Invariant:** only an exact NPI is handed on. A name that is alike accuses
//! nobody, and dates of birth are never read.

use std::path::Path;

use chrono::NaiveDate;
use csv::StringRecord;

use crate::domain::{npi::Npi, text};

use super::{
    Counts, ImportError, Options, Progress, SinkError, Summary,
    header::{Header, cell},
    record::Shape,
    run::{Importer, Outcome, Source, run},
};

const ACCEPTED: &str =
    "the OIG exclusion list (LEIE), comma-separated with its header line LASTNAME,FIRSTNAME,…,WVRSTATE";

/// One entry of the list, for somebody with an NPI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Who.
    pub npi: Npi,
    /// Last name in capitals, cut at 20 letters by the source; empty for a business.
    pub last_name: String,
    /// First name in capitals, cut at 15 letters by the source; empty for a business.
    pub first_name: String,
    /// Section of the Social Security Act, as in `1128b4` (licence revoked or surrendered).
    pub excl_type: String,
    /// First day of the exclusion.
    pub excluded_on: NaiveDate,
    /// Day it ended; none while it stands.
    pub reinstated_on: Option<NaiveDate>,
    /// The state in which it is waived; it stands everywhere else.
    pub waiver_state: Option<String>,
}

impl Exclusion {
    /// Whether this entry has ended. A later entry for the same provider may exclude them again.
    #[must_use]
    pub fn is_lifted(&self) -> bool {
        self.reinstated_on.is_some_and(|day| day >= self.excluded_on)
    }
}

/// Where exclusions go.
pub trait ExclusionSink {
    /// Stores a batch. One provider may have several entries: excluded, reinstated, excluded again.
    fn put(&mut self, batch: Vec<Exclusion>) -> Result<Counts, SinkError>;
}

/// Imports an exclusion file or supplement. Entries without an NPI are counted as `no_npi`.
pub fn import_exclusions(
    path: &Path,
    sink: &mut impl ExclusionSink,
    options: &Options,
    progress: Progress,
) -> Result<Summary, ImportError> {
    let mut input = Source::open(path, ACCEPTED)?.records(Shape::CSV, None);
    let columns = Columns::of(&Header::of(path, &input.header()?))?;
    run(input, &mut Exclusions { columns, sink }, options, progress)
}

struct Exclusions<'a, S> {
    columns: Columns,
    sink: &'a mut S,
}

impl<S: ExclusionSink> Importer for Exclusions<'_, S> {
    type Item = Exclusion;

    fn read(&mut self, row: &StringRecord) -> Result<Outcome<Exclusion>, String> {
        self.columns.read(row)
    }

    fn put(&mut self, batch: Vec<Exclusion>) -> Result<Counts, SinkError> {
        self.sink.put(batch)
    }
}

struct Columns {
    npi: usize,
    last_name: usize,
    first_name: usize,
    excl_type: usize,
    excluded_on: usize,
    reinstated_on: usize,
    waiver_state: usize,
}

impl Columns {
    fn of(header: &Header<'_>) -> Result<Self, ImportError> {
        Ok(Self {
            npi: header.require("NPI")?,
            last_name: header.require("LASTNAME")?,
            first_name: header.require("FIRSTNAME")?,
            excl_type: header.require("EXCLTYPE")?,
            excluded_on: header.require("EXCLDATE")?,
            reinstated_on: header.require("REINDATE")?,
            waiver_state: header.require("WVRSTATE")?,
        })
    }

    fn read(&self, row: &StringRecord) -> Result<Outcome<Exclusion>, String> {
        let npi = cell(row, self.npi);
        if npi.bytes().all(|b| b == b'0') {
            return Ok(Outcome::Skip("no_npi"));
        }
        let npi: Npi = npi.parse().map_err(|error| format!("NPI: {error}"))?;
        let line = |at: usize, what: &str| {
            text::optional_line(cell(row, at), 100).map_err(|error| format!("the {what} {error}"))
        };
        Ok(Outcome::Keep(Exclusion {
            npi,
            last_name: line(self.last_name, "last name")?,
            first_name: line(self.first_name, "first name")?,
            excl_type: line(self.excl_type, "exclusion type")?,
            excluded_on: date(cell(row, self.excluded_on), "exclusion date")?
                .ok_or("there is no exclusion date")?,
            reinstated_on: date(cell(row, self.reinstated_on), "reinstatement date")?,
            waiver_state: Some(line(self.waiver_state, "waiver state")?).filter(|state| !state.is_empty()),
        }))
    }
}

/// `YYYYMMDD`; zeros or nothing for none.
fn date(text: &str, what: &str) -> Result<Option<NaiveDate>, String> {
    if text.bytes().all(|b| b == b'0') {
        return Ok(None);
    }
    NaiveDate::parse_from_str(text, "%Y%m%d")
        .ok()
        .filter(|_| text.len() == 8)
        .map(Some)
        .ok_or_else(|| format!("the {what} \"{text}\" is no date like 20251231"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Kept(Vec<Exclusion>);

    impl ExclusionSink for Kept {
        fn put(&mut self, batch: Vec<Exclusion>) -> Result<Counts, SinkError> {
            let inserted = batch.len() as u64;
            self.0.extend(batch);
            Ok(Counts { inserted, ..Counts::default() })
        }
    }

    const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/leie.csv");

    #[test]
    fn entries_with_a_number_are_handed_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let rejects = folder.path().join("rejected.csv");
        let mut sink = Kept::default();
        let summary = import_exclusions(
            Path::new(FIXTURE),
            &mut sink,
            &Options::rejecting_to(&rejects),
            Progress::silent(),
        )
        .expect("imported");
        assert_eq!((summary.rows, summary.kept, summary.rejected), (7, 3, 2));
        assert_eq!(summary.skipped, [("no_npi", 2)].into());
        let [standing, lifted, waived] = sink.0.as_slice() else { panic!("{:?}", sink.0) };
        assert_eq!(standing.npi.to_string(), "1234567893");
        assert_eq!((standing.excl_type.as_str(), standing.is_lifted()), ("1128b4", false));
        assert_eq!(standing.excluded_on.to_string(), "2017-08-20");
        assert!(lifted.is_lifted());
        assert_eq!(waived.waiver_state.as_deref(), Some("ME"));
        let rejected = std::fs::read_to_string(rejects).expect("read");
        assert!(rejected.contains("check digit") && rejected.contains("20171399"), "{rejected}");
    }

    #[test]
    fn a_file_without_the_columns_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.csv");
        std::fs::write(&path, "LASTNAME,NPI\na,0\n").expect("written");
        let options = Options::rejecting_to(folder.path().join("r.csv"));
        let error = import_exclusions(&path, &mut Kept::default(), &options, Progress::silent())
            .expect_err("refused")
            .to_string();
        assert!(
            error.ends_with("line 1: there is no column \"FIRSTNAME\" among the 2 of the header"),
            "{error}"
        );
    }
}
