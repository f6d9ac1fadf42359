//! Registry files, whole and broken, from first byte to summary.

use std::{collections::HashMap, path::Path};

use crate::domain::{npi::Npi, practitioner::ProviderType};

use super::{
    Counts, ImportError, ImportedListing, ListingSink, NppesAction, NppesOptions, Options, Progress,
    SinkError, Summary, TaxonomyChoice, import_nppes,
};

const FIXTURE: &str = include_str!("../../tests/fixtures/nppes.csv");

/// A list kept in memory, as the real one is kept in rows.
#[derive(Default)]
pub(super) struct List {
    pub open: HashMap<Npi, ImportedListing>,
    pub closed: Vec<Npi>,
    pub knows_its_own: bool,
}

impl ListingSink for List {
    fn put(&mut self, batch: Vec<NppesAction>) -> Result<Counts, SinkError> {
        let mut counts = Counts::default();
        for action in batch {
            match action {
                NppesAction::Keep(listing) => match self.open.insert(listing.npi, *listing.clone()) {
                    None => counts.inserted += 1,
                    Some(old) if old == *listing => counts.unchanged += 1,
                    Some(_) => counts.updated += 1,
                },
                NppesAction::Close(npi) => {
                    self.closed.push(npi);
                    counts.closed += u64::from(self.open.remove(&npi).is_some());
                }
            }
        }
        Ok(counts)
    }

    fn is_listed(&self, npi: Npi) -> bool {
        self.knows_its_own && self.open.contains_key(&npi)
    }
}

/// Imports a file and returns the summary and the side file.
pub(super) fn import_file(
    path: &Path,
    sink: &mut impl ListingSink,
    taxonomy: TaxonomyChoice,
) -> Result<(Summary, String), ImportError> {
    let folder = tempfile::tempdir().expect("a folder");
    let rejects = folder.path().join("rejected.csv");
    let common = Options { batch_rows: 3, ..Options::rejecting_to(&rejects) };
    let summary = import_nppes(path, sink, &NppesOptions { common, taxonomy }, Progress::silent())?;
    assert_eq!(
        summary.rows,
        summary.kept + summary.closing + summary.skipped_in_all() + summary.rejected,
        "every row is counted once"
    );
    assert_eq!(rejects.exists(), summary.rejected > 0);
    Ok((summary, std::fs::read_to_string(rejects).unwrap_or_default()))
}

fn import(content: impl AsRef<[u8]>, sink: &mut List) -> Result<(Summary, String), ImportError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("npidata.csv");
    std::fs::write(&path, content).expect("written");
    import_file(&path, sink, TaxonomyChoice::Primary)
}

/// The header and the first `rows` rows of the fixture.
fn first_rows(rows: usize) -> String {
    FIXTURE.lines().take(rows + 1).map(|line| format!("{line}\n")).collect()
}

fn row(number: usize) -> String {
    format!("{}\n", FIXTURE.lines().nth(number).expect("a row"))
}

fn named<'a>(list: &'a List, family_name: &str) -> &'a ImportedListing {
    list.open.values().find(|listing| listing.family_name == family_name).expect(family_name)
}

#[test]
fn rows_are_sorted_out() {
    let mut list = List::default();
    let (summary, rejected) = import(FIXTURE, &mut list).expect("imported");
    assert_eq!((summary.rows, summary.kept, summary.closing, summary.rejected), (19, 6, 2, 4));
    let skipped = [
        ("assistant", 1),
        ("no_practice_location", 1),
        ("no_primary_taxonomy", 1),
        ("organisation", 1),
        ("other_profession", 2),
        ("student", 1),
    ];
    assert_eq!(summary.skipped, skipped.into());
    for reason in ["should end in 3", "no last update date", "entity type", "there is no name"] {
        assert!(rejected.contains(reason), "{reason}: {rejected}");
    }
    assert!(rejected.starts_with("line,reason,row\n17,"), "the line of the file: {rejected}");
    let any = import_file(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/nppes.csv")),
        &mut List::default(),
        TaxonomyChoice::Any,
    );
    assert_eq!(any.expect("imported").0.kept, 8);
}

#[test]
fn a_listing_says_what_the_row_says() {
    let mut list = List::default();
    import(FIXTURE, &mut list).expect("imported");

    let dana = named(&list, "O'Brien");
    assert_eq!((dana.given_name.as_str(), dana.provider_type), ("Dana", ProviderType::Chiropractor));
    assert_eq!(dana.address_line, "12 NW 42nd Ave, Ste 3B");
    assert_eq!((dana.city.as_str(), dana.region.as_str()), ("Portland", "OR"));
    assert_eq!((dana.postal_code.as_str(), dana.country.code()), ("97201", "US"));
    assert_eq!(dana.updated_on.to_string(), "2025-04-07");

    let robin = named(&list, "McSample");
    assert_eq!(robin.provider_type, ProviderType::Osteopath);
    assert_eq!((robin.credential_text.as_str(), robin.address_line.as_str()), ("D.O., MPH", "PO Box 12"));
    let [licence] = robin.licences.as_slice() else { panic!("{:?}", robin.licences) };
    assert_eq!([&licence.number, &licence.state, &licence.taxonomy], ["DO-778", "WA", "208100000X"]);

    let single = named(&list, "Single");
    assert_eq!((single.given_name.as_str(), single.postal_code.as_str()), ("", "02138"));
    let maple = named(&list, "Foreign");
    assert_eq!((maple.country.code(), maple.region.as_str()), ("CA", "Ontario"));
    assert_eq!(maple.postal_code, "M5V 2T6");
    assert_eq!(named(&list, "Example-Doe").city, "Lee's Summit");

    let told = format!("{:?}", list.open.values());
    assert!(!told.contains("Secret") && !told.contains("Hidden") && !told.contains("89501"), "{told}");
}

#[test]
fn running_it_again_changes_nothing() {
    let mut list = List::default();
    let (first, _) = import(FIXTURE, &mut list).expect("imported");
    assert_eq!(first.counts, Counts { inserted: 6, ..Counts::default() });
    let (again, _) = import(FIXTURE, &mut list).expect("imported");
    assert_eq!(again.counts, Counts { unchanged: 6, ..Counts::default() });
}

#[test]
fn the_last_row_about_somebody_counts() {
    let moved = row(1).replace("PORTLAND", "SALEM");
    let mut list = List::default();
    let (summary, _) = import(first_rows(2) + &moved, &mut list).expect("imported");
    assert_eq!((summary.rows, summary.kept, summary.duplicates), (3, 3, 1));
    assert_eq!(named(&list, "O'Brien").city, "Salem");

    let left = row(1).replace("111N00000X", "171100000X");
    let mut list = List::default();
    let (summary, _) = import(first_rows(1) + &left, &mut list).expect("imported");
    assert_eq!((summary.closing, summary.duplicates, list.open.len()), (1, 1, 0));
}

#[test]
fn who_left_the_profession_is_closed_when_the_list_knows_them() {
    let left = first_rows(0) + &row(1).replace("111N00000X", "171100000X");
    for (knows_its_own, closing) in [(true, 1), (false, 0)] {
        let mut list = List { knows_its_own, ..List::default() };
        import(first_rows(1), &mut list).expect("imported");
        let (summary, _) = import(&left, &mut list).expect("imported");
        assert_eq!((summary.closing, summary.counts.closed), (closing, closing));
    }
}

#[test]
fn broken_files_lose_only_the_broken_rows() {
    let base = first_rows(3);
    let latin = {
        let mut bytes = first_rows(1).into_bytes();
        bytes.extend(row(2).replace("ROBIN", "RENE\u{1}").bytes().map(|b| if b == 1 { 0xc9 } else { b }));
        bytes.extend(row(3).bytes());
        bytes
    };
    let third = row(3);
    let cut = base.len() - 400;
    let open_quote = first_rows(1) + row(2).trim_end().strip_suffix('"').expect("a quote") + "\n" + &third;
    let endless = first_rows(1) + "\"1\",\"" + &"x".repeat(3 << 20) + "\n" + &third;
    let table: Vec<(&str, Vec<u8>, u64, &str)> = vec![
        ("plain", base.clone().into(), 3, ""),
        ("BOM and CRLF", format!("\u{feff}{}", base.replace('\n', "\r\n")).into(), 3, ""),
        ("no last line end", base.trim_end().into(), 3, ""),
        ("Latin-1", latin, 2, "3,the row is not valid UTF-8"),
        ("truncated", base.as_bytes()[..cut].into(), 2, "4,"),
        ("open quote", open_quote.into(), 2, "3,a quoted field is not closed"),
        ("endless field", endless.into(), 2, "3,the row is longer than 1024 KiB"),
        ("too few", (base.clone() + "\"1\",\"2\"\n").into(), 3, "5,\"the row has 2 columns, not 330\""),
        (
            "too many",
            (base.clone() + third.trim_end() + ",\"\"\n").into(),
            3,
            "5,\"the row has 331 columns, not 330\"",
        ),
        ("control character", base.replace("KIM", "K\u{7}IM").into(), 2, "4,the first name must not"),
        ("header only", first_rows(0).into(), 0, ""),
    ];
    for (what, content, kept, reject) in table {
        let mut list = List::default();
        let (summary, rejected) = import(content, &mut list).expect(what);
        assert_eq!(summary.kept, kept, "{what}: {summary}\n{rejected:.300}");
        assert_eq!(summary.rejected, u64::from(!reject.is_empty()), "{what}: {rejected:.300}");
        assert!(rejected.contains(reject), "{what}: {rejected:.300}");
    }
}

#[test]
fn columns_are_found_by_name() {
    let old = first_rows(3)
        .replace("Provider Sex Code", "Provider Gender Code")
        .lines()
        .map(|line| line.rsplit_once(',').expect("many columns").0.to_owned() + "\n")
        .collect::<String>();
    let wider = first_rows(3).lines().map(|line| format!("\"New\",{line}\n")).collect::<String>();
    for content in [old, wider] {
        assert_eq!(import(content, &mut List::default()).expect("imported").0.kept, 3);
    }
}

#[test]
fn a_file_of_no_use_is_one_clear_error() {
    let upto = |columns: usize| -> String {
        first_rows(1)
            .lines()
            .map(|line| line.split("\",\"").take(columns).collect::<Vec<_>>().join("\",\"") + "\"\n")
            .collect()
    };
    let table = [
        (String::new(), "npidata.csv is empty"),
        (upto(41), "line 1: the header has 41 columns and no taxonomy"),
        (upto(39), "line 1: there is no column \"NPI Deactivation Date\" among the 39"),
        ("a,b\n1,2\n".to_owned(), "there is no column \"NPI\" among the 2"),
        (
            "\"NPI\n".to_owned(),
            "the header cannot be read: a quoted field is not closed; accepted: the NPPES",
        ),
    ];
    for (content, want) in table {
        let error = import(content, &mut List::default()).expect_err(want).to_string();
        assert!(error.contains(want), "{error}");
    }
    let missing = import_file(Path::new("/nowhere/x.csv"), &mut List::default(), TaxonomyChoice::Primary);
    assert_eq!(missing.expect_err("refused").to_string(), "/nowhere/x.csv cannot be opened");
}

#[test]
fn a_sink_that_gives_up_ends_the_import() {
    struct Full;
    impl ListingSink for Full {
        fn put(&mut self, _: Vec<NppesAction>) -> Result<Counts, SinkError> {
            Err(SinkError("the disk is full".into()))
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/nppes.csv");
    let error = import_file(Path::new(path), &mut Full, TaxonomyChoice::Primary).expect_err("refused");
    assert!(error.to_string().ends_with("tests/fixtures/nppes.csv, up to line 4"), "{error}");
    let cause = std::error::Error::source(&error).and_then(std::error::Error::source);
    assert_eq!(cause.map(ToString::to_string).as_deref(), Some("the disk is full"));
}
