//! Columns found by the name in the header, never by their position.

use std::{collections::HashMap, path::Path};

use csv::StringRecord;

use super::ImportError;

/// The header line of a file.
#[derive(Debug)]
pub(super) struct Header<'a> {
    path: &'a Path,
    columns: usize,
    positions: HashMap<String, usize>,
}

impl<'a> Header<'a> {
    /// Of two columns of one name the first counts.
    pub fn of(path: &'a Path, row: &StringRecord) -> Self {
        let mut positions = HashMap::with_capacity(row.len());
        for (position, name) in row.iter().enumerate() {
            positions.entry(plain(name)).or_insert(position);
        }
        Self { path, columns: row.len(), positions }
    }

    /// That this header ends before the taxonomies.
    pub fn without_taxonomy(&self) -> ImportError {
        ImportError::NoTaxonomy { path: self.path.to_owned(), columns: self.columns }
    }

    /// Where that column is.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.positions.get(&plain(name)).copied()
    }

    /// Where that column is, or an error that names it.
    pub fn require(&self, name: &str) -> Result<usize, ImportError> {
        self.find(name).ok_or_else(|| ImportError::MissingColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            columns: self.columns,
        })
    }
}

/// Case and the number of blanks vary between editions of one file.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

/// The cell at `position`, trimmed.
pub(super) fn cell(row: &StringRecord, position: usize) -> &str {
    row.get(position).unwrap_or_default().trim()
}
