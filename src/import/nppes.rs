//! The registry of health care providers: the monthly and weekly files of CMS.
//!
//! Source: CMS, "NPPES Data Dissemination – Readme" (1 Feb 2025), checked against
//! editions of 2016, 2023 and 2025. What is kept is a lead, not a proof: licence
//! numbers are what providers say of themselves, and nothing here verifies one.
//!
//! **Invariant:** the mailing address, often somebody's home, is never read.

use std::path::Path;

use chrono::NaiveDate;
use csv::StringRecord;

use crate::domain::{location::Country, npi::Npi, practitioner::ProviderType};

use super::{
    Counts, ImportError, Options, Progress, SinkError, Summary,
    header::Header,
    nppes_row::{Columns, Read},
    record::Shape,
    run::{Importer, Outcome, Source, run},
    taxonomy::TaxonomyChoice,
};

const ACCEPTED: &str = "the NPPES file npidata_pfile_… of CMS, comma-separated with its header line";

/// A permit as its holder states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedLicence {
    /// Its number; masked and made-up ones (`$$$`, `NONE`) are never here.
    pub number: String,
    /// The state that issued it, two letters; empty where not stated.
    pub state: String,
    /// The taxonomy it was stated for. One licence may stand under several.
    pub taxonomy: String,
}

/// Somebody who belongs on the list, unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedListing {
    /// Number in the registry, the key of the row.
    pub npi: Npi,
    /// Profession.
    pub provider_type: ProviderType,
    /// First name; empty for people of one name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// Degrees as written, such as `D.O., MPH`.
    pub credential_text: String,
    /// Street of the practice, both lines.
    pub address_line: String,
    /// City of the practice.
    pub city: String,
    /// State (`OR`), or the province as written outside the US.
    pub region: String,
    /// Five digits in the US, as written elsewhere; empty where it cannot be told.
    pub postal_code: String,
    /// Country of the practice.
    pub country: Country,
    /// Day of the registry's last change.
    pub updated_on: NaiveDate,
    /// Permits as stated, in the order of the file.
    pub licences: Vec<ImportedLicence>,
}

/// What is to be done about one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NppesAction {
    /// Is to be on the list as stated.
    Keep(Box<ImportedListing>),
    /// Is not to be on the list (any more). Most of these never were.
    Close(Npi),
}

/// Where listings go.
pub trait ListingSink {
    /// Stores a batch, in order: of two rows about one provider the later counts.
    fn put(&mut self, batch: Vec<NppesAction>) -> Result<Counts, SinkError>;

    /// Whether an open listing from an earlier import has this number. Somebody who is no longer
    /// one of the five professions is then closed instead of skipped. Asked once for every skipped
    /// row, millions of times in a full file: answer from memory.
    fn is_listed(&self, _npi: Npi) -> bool {
        false
    }

    /// Whether somebody answers for that record by now: from then on the registry no longer speaks
    /// for them. As above, answer from memory.
    fn is_claimed(&self, _npi: Npi) -> bool {
        false
    }

    /// Why that listing cannot be stored, in words for the side file; `None` where it can.
    fn refusal(&self, _listing: &ImportedListing) -> Option<String> {
        None
    }
}

/// How an NPPES file is imported.
#[derive(Debug, Clone)]
pub struct NppesOptions {
    /// Batches and rejects.
    pub common: Options,
    /// Whose profession counts.
    pub taxonomy: TaxonomyChoice,
}

/// Why a row was left out on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// Entity type 2.
    Organisation,
    /// None of the five professions.
    OtherProfession,
    /// Physical or occupational therapy assistant.
    Assistant,
    /// Student or resident: a number without a licence.
    Student,
    /// Several professions, none marked as primary.
    NoPrimaryTaxonomy,
    /// No city to place the practice in.
    NoPracticeLocation,
    /// Somebody answers for the record themselves.
    Claimed,
}

impl SkipReason {
    /// The code under which it is counted.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::OtherProfession => "other_profession",
            Self::Assistant => "assistant",
            Self::Student => "student",
            Self::NoPrimaryTaxonomy => "no_primary_taxonomy",
            Self::NoPracticeLocation => "no_practice_location",
            Self::Claimed => "claimed",
        }
    }
}

/// Imports a registry file, full or weekly. Columns are found by name, so that editions with
/// `Sex` or `Gender`, of 329 or 330 columns are all read; one without taxonomies is refused.
pub fn import_nppes(
    path: &Path,
    sink: &mut impl ListingSink,
    options: &NppesOptions,
    progress: Progress,
) -> Result<Summary, ImportError> {
    let source = Source::open(path, ACCEPTED)?;
    let mut input = source.records(Shape::CSV, None);
    let columns = Columns::of(&Header::of(path, &input.header()?))?;
    let mut importer =
        Providers { columns, choice: options.taxonomy, seen: Seen::new(), duplicates: 0, sink };
    run(input, &mut importer, &options.common, progress)
}

struct Providers<'a, S> {
    columns: Columns,
    choice: TaxonomyChoice,
    seen: Seen,
    duplicates: u64,
    sink: &'a mut S,
}

impl<S: ListingSink> Importer for Providers<'_, S> {
    type Item = NppesAction;

    fn read(&mut self, row: &StringRecord) -> Result<Outcome<NppesAction>, String> {
        let (npi, read) = self.columns.read(row, self.choice)?;
        let is_repeated = self.seen.insert(npi);
        self.duplicates += u64::from(is_repeated);
        if self.sink.is_claimed(npi) {
            return Ok(Outcome::Skip(SkipReason::Claimed.code()));
        }
        Ok(match read {
            Read::Keep(listing) if let Some(reason) = self.sink.refusal(&listing) => return Err(reason),
            Read::Keep(listing) => Outcome::Keep(NppesAction::Keep(listing)),
            Read::Closed => Outcome::Close(NppesAction::Close(npi)),
            // An earlier row, of this file or of an earlier one, may have put them on the list.
            Read::Skip(_) if is_repeated || self.sink.is_listed(npi) => {
                Outcome::Close(NppesAction::Close(npi))
            }
            Read::Skip(reason) => Outcome::Skip(reason.code()),
        })
    }

    fn put(&mut self, batch: Vec<NppesAction>) -> Result<Counts, SinkError> {
        self.sink.put(batch)
    }

    fn duplicates(&self) -> u64 {
        self.duplicates
    }
}

/// Which numbers have been seen: one bit for each that can exist (200 million without the check
/// digit, 25 MB), however long the file. Pages never touched cost nothing.
struct Seen(Vec<u64>);

impl Seen {
    const FIRST: u64 = 100_000_000;
    const WORDS: usize = 200_000_000 / 64;

    fn new() -> Self {
        // `vec!` of zeros asks for zeroed pages and does not write them.
        Self(vec![0; Self::WORDS])
    }

    /// Whether it had been there before.
    fn insert(&mut self, npi: Npi) -> bool {
        let place = (npi.number() / 10).saturating_sub(Self::FIRST);
        let word = usize::try_from(place / 64).ok().and_then(|at| self.0.get_mut(at));
        word.is_some_and(|word| {
            let bit = 1 << (place % 64);
            let was_set = *word & bit != 0;
            *word |= bit;
            was_set
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::npi::check_digit;

    use super::*;

    #[test]
    fn every_number_has_its_own_bit() {
        let mut seen = Seen::new();
        for first_nine in [100_000_000, 100_000_001, 123_456_789, 200_000_000, 299_999_999] {
            let text = format!("{first_nine}{}", check_digit(first_nine));
            let npi: Npi = text.parse().expect("a number");
            assert_eq!((seen.insert(npi), seen.insert(npi)), (false, true), "{text}");
        }
    }
}
