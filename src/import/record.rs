//! Records of a delimited text file, one at a time, however broken the file is.
//!
//! The `csv` crate reads a record; this module decides where one ends, because
//! a quote that is never closed would otherwise take the rest of the file (and
//! the memory) with it. When a record of several lines makes no sense, only its
//! first line is blamed and reading resumes at the second.
//!
//! **Invariant:** at most a few times [`MOST_BYTES`] is held, and every line of
//! the file belongs to exactly one record, good or bad.

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read},
    mem,
};

use csv::{ByteRecord, StringRecord, Terminator};

/// Longest record, in bytes.
pub(super) const MOST_BYTES: usize = 1024 * 1024;

/// Most lines of one record. None of the files we read breaks lines inside a
/// field, so this only bounds how far a stray quote is followed.
const MOST_LINES: usize = 64;

/// How fields stand in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Between two fields.
    pub delimiter: u8,
    /// Whether `"` quotes a field (RFC 4180) or is a letter like any other.
    pub quoting: bool,
}

impl Shape {
    /// RFC 4180.
    pub const CSV: Self = Self { delimiter: b',', quoting: true };

    /// Fields between `delimiter`, no quoting at all.
    pub const fn plain(delimiter: u8) -> Self {
        Self { delimiter, quoting: false }
    }
}

/// What is wrong with a record as such, whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("the row is longer than {} KiB", MOST_BYTES / 1024)]
    TooLong,
    #[error("a quoted field is not closed")]
    OpenQuote,
    #[error("the row has {has} columns, not {wants}")]
    Columns { has: usize, wants: usize },
    #[error("the row is not valid UTF-8")]
    Encoding,
}

/// A record that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadRecord {
    pub line: u64,
    pub fault: Fault,
    /// The text as far as it is text, without its line end.
    pub raw: String,
}

/// One step through the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// [`Records::row`] is a record.
    Row,
    Bad(BadRecord),
    End,
}

/// One physical line with its line end; `cut` when only its beginning was kept.
#[derive(Debug, Default)]
struct Line {
    bytes: Vec<u8>,
    cut: bool,
}

/// Where a field stands when a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    FieldStart,
    Unquoted,
    Open,
    Closed,
}

impl Quote {
    /// The same steps as the `csv` crate takes: a quote opens only at the start of a field.
    fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::FieldStart | Self::Closed, b'"') => Self::Open,
            (Self::Open, b'"') => Self::Closed,
            (Self::Open, _) => Self::Open,
            (_, b) if b == delimiter => Self::FieldStart,
            _ => Self::Unquoted,
        }
    }
}

/// Hands the parser exactly one record.
#[derive(Debug, Default)]
struct Feed {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Feed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        let read = rest.read(into)?;
        self.at += read;
        Ok(read)
    }
}

/// The records of a file.
pub(super) struct Records<R> {
    source: R,
    shape: Shape,
    columns: Option<usize>,
    given_back: VecDeque<Line>,
    line: Line,
    raw: Vec<u8>,
    line_ends: Vec<usize>,
    next_line: u64,
    bytes_read: u64,
    parser: csv::Reader<Feed>,
    row: StringRecord,
}

impl<R: BufRead> Records<R> {
    /// `columns` are wanted of every record; `None` takes any number.
    pub fn new(source: R, shape: Shape, columns: Option<usize>) -> Self {
        let parser = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(shape.delimiter)
            .quoting(shape.quoting)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Feed::default());
        Self {
            source,
            shape,
            columns,
            given_back: VecDeque::new(),
            line: Line::default(),
            raw: Vec::new(),
            line_ends: Vec::new(),
            next_line: 1,
            bytes_read: 0,
            parser,
            row: StringRecord::new(),
        }
    }

    /// From now on every record must have that many columns.
    pub fn expect_columns(&mut self, columns: usize) {
        self.columns = Some(columns);
    }

    /// The record of the last [`Step::Row`].
    pub fn row(&self) -> &StringRecord {
        &self.row
    }

    /// First line of the last record, counting from 1.
    pub fn line_number(&self) -> u64 {
        self.next_line.saturating_sub(self.line_ends.len() as u64).max(1)
    }

    /// The last record as it stands in the file, without its line end.
    pub fn raw(&self) -> String {
        text_of(&self.raw)
    }

    /// Bytes taken from the file so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Goes to the next record; blank lines are passed over. Fails only when the file cannot be read.
    pub fn advance(&mut self) -> io::Result<Step> {
        loop {
            match self.gather()? {
                None => return Ok(Step::End),
                Some(Err(fault)) => return Ok(Step::Bad(self.blame(fault))),
                Some(Ok(())) if self.raw.iter().all(|b| matches!(b, b' ' | b'\r' | b'\n')) => {}
                Some(Ok(())) => {
                    return Ok(match self.parse()? {
                        Ok(()) => Step::Row,
                        Err(fault) => Step::Bad(self.blame(fault)),
                    });
                }
            }
        }
    }

    /// Collects the lines of one record in `raw`; `None` at the end of the file.
    fn gather(&mut self) -> io::Result<Option<Result<(), Fault>>> {
        self.raw.clear();
        self.line_ends.clear();
        let mut quote = Quote::FieldStart;
        while self.take_line()? {
            self.raw.extend_from_slice(&self.line.bytes);
            self.line_ends.push(self.raw.len());
            if self.line.cut || self.raw.len() > MOST_BYTES {
                return Ok(Some(Err(Fault::TooLong)));
            }
            if self.shape.quoting {
                let text = self.line.bytes.strip_suffix(b"\n").unwrap_or(&self.line.bytes);
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                quote = text.iter().fold(quote, |q, byte| q.after(*byte, self.shape.delimiter));
            }
            if quote != Quote::Open {
                return Ok(Some(Ok(())));
            }
            if self.line_ends.len() >= MOST_LINES {
                return Ok(Some(Err(Fault::OpenQuote)));
            }
        }
        Ok(if self.raw.is_empty() { None } else { Some(Err(Fault::OpenQuote)) })
    }

    /// Puts the next physical line in `line`; false at the end of the file.
    fn take_line(&mut self) -> io::Result<bool> {
        if let Some(line) = self.given_back.pop_front() {
            self.line = line;
            self.next_line += 1;
            return Ok(true);
        }
        let Line { bytes, cut } = &mut self.line;
        bytes.clear();
        let limit = MOST_BYTES as u64 + 1;
        let read = self.source.by_ref().take(limit).read_until(b'\n', bytes)?;
        self.bytes_read += read as u64;
        *cut = read as u64 == limit && !bytes.ends_with(b"\n");
        if *cut {
            self.bytes_read += skip_line(&mut self.source)?;
        }
        if self.next_line == 1 && bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        if read > 0 {
            self.next_line += 1;
        }
        Ok(read > 0)
    }

    /// Reads `raw` into `row`.
    fn parse(&mut self) -> io::Result<Result<(), Fault>> {
        let feed = self.parser.get_mut();
        feed.bytes.clear();
        let text = self.raw.strip_suffix(b"\n").unwrap_or(&self.raw);
        feed.bytes.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        feed.bytes.push(b'\n');
        feed.at = 0;
        let mut fields: ByteRecord = mem::take(&mut self.row).into_byte_record();
        self.parser.read_byte_record(&mut fields).map_err(io::Error::other)?;
        match self.columns {
            Some(wants) if wants != fields.len() => {
                let has = fields.len();
                // A record of several lines that does not fit is a quote left open in the first.
                let fault =
                    if self.line_ends.len() > 1 { Fault::OpenQuote } else { Fault::Columns { has, wants } };
                return Ok(Err(fault));
            }
            _ => {}
        }
        match StringRecord::from_byte_record(fields) {
            Ok(row) => {
                self.row = row;
                Ok(Ok(()))
            }
            Err(_) => Ok(Err(Fault::Encoding)),
        }
    }

    /// Makes the first line of the record the bad one and gives the others back.
    fn blame(&mut self, fault: Fault) -> BadRecord {
        let cut = mem::take(&mut self.line.cut);
        let line = self.line_number();
        let mut ends = self.line_ends.iter().copied();
        let first_end = ends.next().unwrap_or(0);
        let mut start = first_end;
        let mut others: Vec<Line> = Vec::new();
        for end in ends {
            let bytes = self.raw.get(start..end).unwrap_or_default().to_vec();
            others.push(Line { bytes, cut: false });
            start = end;
        }
        if let Some(last) = others.last_mut() {
            last.cut = cut;
        }
        self.next_line = line + 1;
        for other in others.into_iter().rev() {
            self.given_back.push_front(other);
        }
        self.raw.truncate(first_end);
        self.line_ends.truncate(1);
        // Of an endless row only the beginning helps to find it.
        let shown = if fault == Fault::TooLong { self.raw.get(..1_000) } else { None };
        BadRecord { line, fault, raw: text_of(shown.unwrap_or(&self.raw)) }
    }
}

/// Drops everything up to and including the next line feed; says how many bytes that was.
fn skip_line(source: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = source.fill_buf()?;
        let (used, done) = match buffer.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        source.consume(used);
        skipped += used as u64;
        if done {
            return Ok(skipped);
        }
    }
}

fn text_of(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).trim_end_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests;
