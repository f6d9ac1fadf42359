//! The side file of rows that could not be taken.
//!
//! Three columns: `line`, `reason`, `row` (the row as it stood). It comes into
//! being with the first rejected row, so a clean import leaves nothing behind.
//!
//! **Invariant:** no file is overwritten unless it is such a side file itself,
//! least of all the one being read.

use std::{
    fs::File,
    io::{self, BufWriter, Read},
    path::{Path, PathBuf},
};

const HEADER: [&str; 3] = ["line", "reason", "row"];

/// Why a rejected row could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum RejectError {
    /// Something else lives at that path.
    #[error("{} exists and is no list of rejected rows; it is left alone", .0.display())]
    Foreign(PathBuf),
    /// The file could not be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Rejected rows, written down as they come.
#[derive(Debug)]
pub struct RejectFile {
    path: PathBuf,
    writer: Option<csv::Writer<BufWriter<File>>>,
}

impl RejectFile {
    /// A side file at `path`; nothing is written before the first row.
    #[must_use]
    pub fn create(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), writer: None }
    }

    /// The usual place: `NAME.rejected.csv` in the current folder.
    #[must_use]
    pub fn usual_path(input: &Path) -> PathBuf {
        let name = input.file_name().unwrap_or_default().to_string_lossy();
        PathBuf::from(format!("{name}.rejected.csv"))
    }

    /// Where it is, once there is something in it.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.writer.as_ref().map(|_| self.path.as_path())
    }

    /// Writes down one row with the line it began at.
    pub fn put(&mut self, line: u64, reason: &str, row: &str) -> Result<(), RejectError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => empty.insert(begin(&self.path)?),
        };
        writer
            .write_record([line.to_string().as_str(), &harmless(reason), &harmless(row)])
            .map_err(|error| RejectError::Write { path: self.path.clone(), source: io::Error::other(error) })
    }

    /// Makes sure that all of it has reached the file.
    pub fn finish(&mut self) -> Result<(), RejectError> {
        match &mut self.writer {
            Some(writer) => {
                writer.flush().map_err(|source| RejectError::Write { path: self.path.clone(), source })
            }
            None => Ok(()),
        }
    }
}

/// Opens the file and writes its header. The list of an earlier run is replaced.
fn begin(path: &Path) -> Result<csv::Writer<BufWriter<File>>, RejectError> {
    let failed = |source| RejectError::Write { path: path.to_owned(), source };
    if is_foreign(path).map_err(failed)? {
        return Err(RejectError::Foreign(path.to_owned()));
    }
    let file = create_private(path).map_err(failed)?;
    let mut writer = csv::Writer::from_writer(BufWriter::new(file));
    writer.write_record(HEADER).map_err(|error| failed(io::Error::other(error)))?;
    Ok(writer)
}

/// Rows hold names and dates of birth: only the owner reads the file, where the system can say so.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether there is something at `path` that does not begin like a list of rejected rows.
fn is_foreign(path: &Path) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let ours = format!("{}\n", HEADER.join(","));
    let mut head = Vec::new();
    file.by_ref().take(ours.len() as u64).read_to_end(&mut head)?;
    Ok(!head.is_empty() && head != ours.as_bytes())
}

/// A spreadsheet would run a cell that begins like a formula; an apostrophe in front makes it text.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_back_as_they_were() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.rejected.csv");
        let mut file = RejectFile::create(&path);
        assert_eq!((file.path(), path.exists()), (None, false));
        file.put(7, "a, \"b\"", "\"1\",\"two\nlines\"").expect("written");
        file.put(9, "no", "=HYPERLINK(1)").expect("written");
        file.finish().expect("flushed");
        assert_eq!(file.path(), Some(path.as_path()));

        let mut reader = csv::Reader::from_path(&path).expect("opened");
        let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows[0], ["7", "a, \"b\"", "\"1\",\"two\nlines\""][..]);
        assert_eq!(rows[1], ["9", "no", "'=HYPERLINK(1)"][..]);
    }

    #[test]
    fn only_its_own_kind_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("input.csv");
        std::fs::write(&path, "NPI,Name\n1,x\n").expect("written");
        let refused = RejectFile::create(&path).put(1, "r", "x");
        assert!(matches!(refused, Err(RejectError::Foreign(_))), "{refused:?}");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "NPI,Name\n1,x\n");

        std::fs::write(&path, "line,reason,row\n1,old,row\n").expect("written");
        RejectFile::create(&path).put(2, "new", "x").expect("replaced");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "line,reason,row\n2,new,x\n");
    }
}
