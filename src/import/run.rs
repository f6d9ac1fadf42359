//! The one loop that all imports share: read, sort out, hand on in batches, count.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    mem,
    path::Path,
    time::Instant,
};

use csv::StringRecord;

use super::{
    Counts, ImportError, Options, Progress, RejectError, RejectFile, SinkError, Summary,
    record::{Records, Shape, Step},
};

/// Rows between two words about progress.
const ROWS_PER_WORD: u64 = 256;

/// What becomes of a row that can be read.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome<T> {
    /// To be there.
    Keep(T),
    /// To be taken off the list.
    Close(T),
    /// Left out on purpose.
    Skip(&'static str),
}

/// One kind of file: how its rows are read and where they go.
pub(super) trait Importer {
    /// What a row becomes.
    type Item;

    /// Reads a row, or says why it cannot be read.
    fn read(&mut self, row: &StringRecord) -> Result<Outcome<Self::Item>, String>;

    /// Hands a batch on.
    fn put(&mut self, batch: Vec<Self::Item>) -> Result<Counts, SinkError>;

    /// Rows so far whose key had come before in this file.
    fn duplicates(&self) -> u64 {
        0
    }
}

/// A file that is open, not empty and no archive.
pub(super) struct Source<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    bytes: u64,
    accepted: &'static str,
}

impl<'a> Source<'a> {
    /// Opens the file; `accepted` completes the message when its content cannot be right.
    pub fn open(path: &'a Path, accepted: &'static str) -> Result<Self, ImportError> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (bytes, file) = opened.map_err(|source| ImportError::Open { path: path.to_owned(), source })?;
        let mut source = Self { path, reader: BufReader::with_capacity(256 * 1024, file), bytes, accepted };
        let head = source.head()?;
        let found = match head {
            [b'P', b'K', 3, 4, ..] => "this is a zip archive, unpack it first",
            [0x1f, 0x8b, ..] => "this is a gzip archive, unpack it first",
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "this is UTF-16 text, convert it to UTF-8 first",
            _ if head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii().is_empty() => {
                return Err(ImportError::Empty { path: path.to_owned() });
            }
            _ => return Ok(source),
        };
        Err(source.layout(found.to_owned()))
    }

    /// The beginning of the file, up to 256 KiB; it stays to be read.
    pub fn head(&mut self) -> Result<&[u8], ImportError> {
        let path = self.path;
        self.reader.fill_buf().map_err(|source| ImportError::Read { path: path.to_owned(), line: 0, source })
    }

    /// That this is no file of the accepted kinds.
    pub fn layout(&self, found: String) -> ImportError {
        ImportError::Layout { path: self.path.to_owned(), found, accepted: self.accepted }
    }

    /// Its records; `columns` of a file without header.
    pub fn records(self, shape: Shape, columns: Option<usize>) -> Input<'a> {
        let Self { path, reader, bytes, accepted } = self;
        Input { path, records: Records::new(reader, shape, columns), bytes, accepted }
    }
}

/// A file whose shape is known.
pub(super) struct Input<'a> {
    path: &'a Path,
    records: Records<BufReader<File>>,
    bytes: u64,
    accepted: &'static str,
}

impl Input<'_> {
    /// Takes the header off; every row must have as many columns.
    pub fn header(&mut self) -> Result<StringRecord, ImportError> {
        let path = || self.path.to_owned();
        let step = self.records.advance();
        match step.map_err(|source| ImportError::Read { path: path(), line: 0, source })? {
            Step::Row => {
                let header = self.records.row().clone();
                self.records.expect_columns(header.len());
                Ok(header)
            }
            Step::Bad(bad) => Err(ImportError::Layout {
                path: path(),
                found: format!("the header cannot be read: {}", bad.fault),
                accepted: self.accepted,
            }),
            Step::End => Err(ImportError::Empty { path: path() }),
        }
    }

    fn failed(&self, source: io::Error) -> ImportError {
        ImportError::Read { path: self.path.to_owned(), line: self.records.line_number(), source }
    }

    fn unwritten(&self, line: u64, source: RejectError) -> ImportError {
        ImportError::Reject { path: self.path.to_owned(), line, source }
    }
}

/// Reads all rows and hands them on. The last batch is short; an empty one is never sent.
pub(super) fn run<I: Importer>(
    mut input: Input<'_>,
    importer: &mut I,
    options: &Options,
    mut progress: Progress,
) -> Result<Summary, ImportError> {
    let begun = Instant::now();
    progress.start(input.path, input.bytes);
    let mut summary = Summary::default();
    let mut rejects = RejectFile::create(&options.reject_path);
    let batch_rows = options.batch_rows.max(1);
    let mut batch = Vec::with_capacity(batch_rows.min(10_000));
    loop {
        let rejected = match input.records.advance().map_err(|source| input.failed(source))? {
            Step::End => break,
            Step::Bad(bad) => Some((bad.line, bad.fault.to_string(), bad.raw)),
            Step::Row => sort_out(importer.read(input.records.row()), &mut summary, &mut batch)
                .err()
                .map(|reason| (input.records.line_number(), reason, input.records.raw())),
        };
        summary.rows += 1;
        if let Some((line, reason, row)) = rejected {
            summary.rejected += 1;
            rejects.put(line, &reason, &row).map_err(|source| input.unwritten(line, source))?;
        }
        if batch.len() >= batch_rows {
            hand_on(importer, &mut batch, &input, &mut summary)?;
        }
        if summary.rows.is_multiple_of(ROWS_PER_WORD) {
            progress.at(input.records.bytes_read(), summary.rows);
        }
    }
    hand_on(importer, &mut batch, &input, &mut summary)?;
    rejects.finish().map_err(|source| input.unwritten(input.records.line_number(), source))?;
    progress.finish();
    summary.duplicates = importer.duplicates();
    summary.reject_file = rejects.path().map(Path::to_owned);
    summary.elapsed = begun.elapsed();
    Ok(summary)
}

/// Counts what a row became and adds it to the batch; passes the reason of a rejected one on.
fn sort_out<T>(
    read: Result<Outcome<T>, String>,
    summary: &mut Summary,
    batch: &mut Vec<T>,
) -> Result<(), String> {
    match read? {
        Outcome::Keep(item) => {
            summary.kept += 1;
            batch.push(item);
        }
        Outcome::Close(item) => {
            summary.closing += 1;
            batch.push(item);
        }
        Outcome::Skip(reason) => *summary.skipped.entry(reason).or_default() += 1,
    }
    Ok(())
}

fn hand_on<I: Importer>(
    importer: &mut I,
    batch: &mut Vec<I::Item>,
    input: &Input<'_>,
    summary: &mut Summary,
) -> Result<(), ImportError> {
    if batch.is_empty() {
        return Ok(());
    }
    let capacity = batch.capacity();
    let full = mem::replace(batch, Vec::with_capacity(capacity));
    summary.counts += importer.put(full).map_err(|source| ImportError::Sink {
        path: input.path.to_owned(),
        line: input.records.line_number(),
        source,
    })?;
    Ok(())
}
