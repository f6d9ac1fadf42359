//! Records out of whole, broken and arbitrary files.

use proptest::prelude::*;

use super::*;

/// Rows as `a|b`, bad records as `LINE: fault`.
fn read(text: &[u8], shape: Shape, columns: Option<usize>) -> Vec<String> {
    let mut records = Records::new(text, shape, columns);
    let mut seen = Vec::new();
    loop {
        match records.advance().expect("memory can be read") {
            Step::Row => {
                let cells: Vec<&str> = records.row().iter().collect();
                seen.push(format!("{}: {}", records.line_number(), cells.join("|")));
            }
            Step::Bad(bad) => seen.push(format!("{}! {}", bad.line, bad.fault)),
            Step::End => return seen,
        }
    }
}

#[test]
fn broken_rows_do_not_take_their_neighbours_along() {
    let table = [
        ("a,b\nc,d\n", "1: a|b; 2: c|d"),
        ("\u{feff}a,b\r\n\r\nc,d", "1: a|b; 3: c|d"),
        ("\"a\n\",b\nc,d\n", "1: a\n|b; 3: c|d"),
        ("\"a\",\"b\n\"c\",\"d\"\n", "1! a quoted field is not closed; 2: c|d"),
        ("a\nc,d\n", "1! the row has 1 columns, not 2; 2: c|d"),
        ("a,b\n\"c\",\"d", "1: a|b; 2! a quoted field is not closed"),
        ("a,b\n\"c\",\"d\nx,y\n", "1: a|b; 2! a quoted field is not closed; 3: x|y"),
        ("", ""),
        ("\n\r\n  \n", ""),
    ];
    for (text, want) in table {
        assert_eq!(read(text.as_bytes(), Shape::CSV, Some(2)).join("; "), want, "{text:?}");
    }
}

#[test]
fn bytes_that_are_no_text_cost_one_row() {
    let seen = read(b"a,b\nSe\xf1or,x\nc,d\n", Shape::CSV, Some(2));
    assert_eq!(seen, ["1: a|b", "2! the row is not valid UTF-8", "3: c|d"]);
}

#[test]
fn quotes_are_letters_where_nothing_is_quoted() {
    assert_eq!(read(b"\"a\t5\" b\n", Shape::plain(b'\t'), Some(2)), ["1: \"a|5\" b"]);
}

#[test]
fn an_endless_row_is_cut_and_the_next_one_read() {
    for head in ["\"", "x,\"y\n\"", ""] {
        let mut text = format!("a,b\n{head}").into_bytes();
        text.extend(std::iter::repeat_n(b'z', 3 * MOST_BYTES));
        text.extend(b"\nc,d\n");
        let mut records = Records::new(&text[..], Shape::CSV, Some(2));
        let mut rows = Vec::new();
        let mut bad = 0;
        loop {
            match records.advance().expect("memory can be read") {
                Step::Row => rows.push(records.raw()),
                Step::Bad(record) => {
                    bad += 1;
                    assert!(record.raw.len() <= 1_000, "only the beginning is kept");
                }
                Step::End => break,
            }
            assert!(records.raw.capacity() + records.line.bytes.capacity() < 6 * MOST_BYTES);
        }
        assert_eq!(rows, ["a,b", "c,d"], "{head:?}");
        assert_eq!(bad, head.lines().count().max(1), "{head:?}");
        assert_eq!(records.bytes_read(), text.len() as u64);
    }
}

#[test]
fn a_quote_that_is_never_closed_is_followed_only_so_far() {
    let mut text = String::from("a,\"b\n");
    text.push_str(&"c,d\n".repeat(500));
    let seen = read(text.as_bytes(), Shape::CSV, Some(2));
    assert_eq!(seen.len(), 501);
    assert_eq!(seen.iter().filter(|row| row.contains('!')).count(), 1);
}

proptest! {
    /// What the `csv` crate writes is read back, cell by cell.
    #[test]
    fn well_formed_files_read_back(rows in prop::collection::vec(prop::collection::vec("[a-c\",\n ;é]{0,6}", 3), 0..12)) {
        let mut writer = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).expect("memory can be written");
        }
        let text = writer.into_inner().expect("memory can be written");
        let mut records = Records::new(&text[..], Shape::CSV, Some(3));
        for row in &rows {
            prop_assert_eq!(records.advance().expect("memory can be read"), Step::Row);
            prop_assert_eq!(&records.row().iter().map(str::to_owned).collect::<Vec<_>>(), row);
        }
        prop_assert_eq!(records.advance().expect("memory can be read"), Step::End);
    }

    /// Where a record ends is judged as the parser judges it: whatever the bytes, no row is
    /// left over in the parser, and lines are numbered upwards.
    #[test]
    fn any_bytes_come_to_an_end(text in prop::collection::vec(prop::sample::select(b"ab\",\"\n\r\xff".to_vec()), 0..200)) {
        let mut records = Records::new(&text[..], Shape::CSV, Some(2));
        let mut last_line = 0;
        loop {
            let step = records.advance().expect("memory can be read");
            if step == Step::End { break }
            prop_assert!(records.line_number() > last_line);
            last_line = records.line_number();
            prop_assert!(records.parser.get_ref().at == records.parser.get_ref().bytes.len() || step != Step::Row);
            if step == Step::Row { prop_assert_eq!(records.row().len(), 2) }
        }
        prop_assert_eq!(records.bytes_read(), text.len() as u64);
    }
}
