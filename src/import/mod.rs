//! Floor 2: reference files in, rows out.
//!
//! Three kinds of file are read: gazetteers ([`gazetteer`]), the registry of
//! health care providers ([`nppes`]) and the federal exclusion list
//! ([`exclusion`]). Each is read as a stream and handed on in batches to a sink
//! that the caller provides; only the sinks in [`rows`] know how rows are stored. A row that
//! cannot be read goes to a side file with its line and the reason, and the rest
//! of the file goes on. Running the same file again is safe as long as the sink
//! compares before it writes.
//!
//! **Invariant:** memory does not grow with the file, and every row read is
//! counted exactly once: handed on, skipped with a reason, or rejected.

pub mod exclusion;
pub mod gazetteer;
mod header;
mod layout;
pub mod nppes;
mod nppes_row;
#[cfg(test)]
mod nppes_tests;
mod progress;
#[cfg(test)]
mod real_files;
mod record;
mod reject;
mod report;
pub mod rows;
mod run;
pub mod taxonomy;
mod written;

use std::{error::Error, io, path::PathBuf};

pub use self::{
    exclusion::{Exclusion, ExclusionSink, import_exclusions},
    gazetteer::{PlaceSink, import_places},
    nppes::{
        ImportedLicence, ImportedListing, ListingSink, NppesAction, NppesOptions, SkipReason, import_nppes,
    },
    progress::Progress,
    reject::{RejectError, RejectFile},
    report::Summary,
    taxonomy::TaxonomyChoice,
};

/// What a sink did with a batch. A row counts once; taking off the list what was not on it counts nowhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that are new.
    pub inserted: u64,
    /// Rows that were there and differ now.
    pub updated: u64,
    /// Rows that were there as they are.
    pub unchanged: u64,
    /// Rows taken off the list.
    pub closed: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.closed += other.closed;
    }
}

/// A batch could not be stored; ends the import.
#[derive(Debug, thiserror::Error)]
#[error("the rows could not be stored")]
pub struct SinkError(#[source] pub Box<dyn Error + Send + Sync>);

/// How a file is imported.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where rejected rows go. The file is made at the first one.
    pub reject_path: PathBuf,
    /// Rows handed to the sink at once.
    pub batch_rows: usize,
}

impl Options {
    /// Batches of 1,000 rows, which keeps a write transaction short.
    #[must_use]
    pub fn rejecting_to(reject_path: impl Into<PathBuf>) -> Self {
        Self { reject_path: reject_path.into(), batch_rows: 1_000 }
    }
}

/// Why an import stopped. Rows handed to the sink before that stay; running it again completes the work.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file could not be opened.
    #[error("{} cannot be opened", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Reading failed on the way.
    #[error("{} cannot be read after line {line}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Last line that was read.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// Nothing in it, not even a header.
    #[error("{} is empty", path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// The content is of no kind that is read here.
    #[error("{}, line 1: {found}; accepted: {accepted}", path.display())]
    Layout {
        /// Which file.
        path: PathBuf,
        /// What stands there.
        found: String,
        /// What is read here.
        accepted: &'static str,
    },
    /// The header lacks a column that is needed.
    #[error("{}, line 1: there is no column \"{column}\" among the {columns} of the header", path.display())]
    MissingColumn {
        /// Which file.
        path: PathBuf,
        /// The first one that is missing.
        column: String,
        /// How many there are.
        columns: usize,
    },
    /// A registry file cut off before its taxonomies, as some copies are.
    #[error(
        "{}, line 1: the header has {columns} columns and no taxonomy, so no profession can be told; \
         use the whole npidata_pfile of CMS",
        path.display()
    )]
    NoTaxonomy {
        /// Which file.
        path: PathBuf,
        /// How many columns there are.
        columns: usize,
    },
    /// The sink gave up.
    #[error("{}, up to line {line}", path.display())]
    Sink {
        /// Which file.
        path: PathBuf,
        /// Last line that was read.
        line: u64,
        /// Why.
        source: SinkError,
    },
    /// Rejected rows could not be written down.
    #[error("{}, line {line}: the row was rejected and could not be written down", path.display())]
    Reject {
        /// Which file was being read.
        path: PathBuf,
        /// Line of the row.
        line: u64,
        /// Why.
        source: RejectError,
    },
}
