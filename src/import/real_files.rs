//! The readers against real public files, where those lie beside the repository; elsewhere these
//! tests say so and pass.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::domain::{place::Place, practitioner::ProviderType};

use super::{
    Counts, Exclusion, ExclusionSink, Options, PlaceSink, Progress, SinkError, Summary, TaxonomyChoice,
    import_exclusions, import_places,
    nppes_tests::{List, import_file},
};

/// The file, or a word that it is not there.
fn real_file(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

fn counted(rows: usize) -> Counts {
    Counts { inserted: rows as u64, ..Counts::default() }
}

struct Kept<T>(Vec<T>);

impl PlaceSink for Kept<Place> {
    fn put(&mut self, batch: Vec<Place>) -> Result<Counts, SinkError> {
        let counts = counted(batch.len());
        self.0.extend(batch);
        Ok(counts)
    }
}

impl ExclusionSink for Kept<Exclusion> {
    fn put(&mut self, batch: Vec<Exclusion>) -> Result<Counts, SinkError> {
        let counts = counted(batch.len());
        self.0.extend(batch);
        Ok(counts)
    }
}

fn options(folder: &tempfile::TempDir) -> Options {
    Options::rejecting_to(folder.path().join("rejected.csv"))
}

fn by_type(list: &List) -> BTreeMap<ProviderType, usize> {
    let mut counts = BTreeMap::new();
    for listing in list.open.values() {
        *counts.entry(listing.provider_type).or_default() += 1;
    }
    counts
}

fn nppes(name: &str, choice: TaxonomyChoice) -> Option<(Summary, List)> {
    let path = real_file(&format!("nppes/{name}"))?;
    let mut list = List::default();
    let (summary, rejected) = import_file(&path, &mut list, choice).expect(name);
    eprintln!("{name}, {choice:?}: {:?}\n{summary}", by_type(&list));
    assert_eq!(rejected, "", "{name}");
    Some((summary, list))
}

#[test]
fn places() {
    for (name, rows, some) in [
        ("2025_Gaz_zcta_national.txt", 33_791, "97201, US"),
        ("2025_Gaz_place_national.txt", 32_350, "Portland, OR, US"),
        ("geonames_postal_US.txt", 41_490, "97201 Portland, OR, US"),
        ("geonames_postal_CA.txt", 1_655, "T0A Eastern Alberta (St. Paul), AB, CA"),
        ("geonames_cities15000.txt", 33_227, "Toronto, ON, CA"),
    ] {
        let Some(path) = real_file(&format!("geo/{name}")) else { continue };
        let folder = tempfile::tempdir().expect("a folder");
        let mut kept = Kept::<Place>(Vec::new());
        let summary =
            import_places(&path, &mut kept, &options(&folder), Progress::silent()).expect("imported");
        eprintln!("{name}\n{summary}");
        assert_eq!((summary.rows, summary.rejected), (rows, 0), "{name}");
        assert_eq!(summary.kept + summary.skipped_in_all(), rows, "{name}");
        assert!(kept.0.iter().any(|place| place.label() == some), "{name}: {some}");
    }
}

#[test]
fn gazetteers_of_other_kinds_are_refused() {
    for name in
        ["geo/2025_Gaz_counties_national.txt", "geo/us_geo_2020_zctas.csv", "nppes/pl_pfile_sample.csv"]
    {
        let Some(path) = real_file(name) else { continue };
        let folder = tempfile::tempdir().expect("a folder");
        let refused =
            import_places(&path, &mut Kept::<Place>(Vec::new()), &options(&folder), Progress::silent());
        let error = refused.expect_err("refused").to_string();
        assert!(error.contains("found ") && error.contains("accepted: Census"), "{error}");
    }
}

#[test]
fn five_types() {
    // Of the 114 rows three are organisations and six are residents with a student's number; by the
    // primary taxonomy alone a community health worker who also lists massage falls away as well.
    for (choice, massage, other) in [(TaxonomyChoice::Primary, 3, 1), (TaxonomyChoice::Any, 4, 0)] {
        let Some((summary, list)) = nppes("npidata_pfile_five_types.csv", choice) else { return };
        let want = [
            (ProviderType::Chiropractor, 21),
            (ProviderType::Osteopath, 39),
            (ProviderType::PhysicalTherapist, 32),
            (ProviderType::OccupationalTherapist, 9),
            (ProviderType::MassageTherapist, massage),
        ];
        assert_eq!(by_type(&list), want.into());
        let skipped = ["organisation", "student", "other_profession"]
            .map(|reason| summary.skipped.get(reason).copied().unwrap_or_default());
        assert_eq!((summary.rows, skipped), (114, [3, 6, other]));
    }
}

#[test]
fn the_sample() {
    let Some((summary, _)) = nppes("npidata_pfile_sample.csv", TaxonomyChoice::Primary) else { return };
    assert_eq!((summary.rows, summary.kept, summary.closing), (2_108, 104, 630));
    assert_eq!((summary.rejected, summary.duplicates), (0, 0), "every number is right and stands once");
    assert_eq!(summary.skipped.get("organisation"), Some(&207));
}

#[test]
fn three_vintages() {
    for (name, rows) in [
        ("npidata_pfile_asof_2023-11_98rows.csv", 98),
        ("npidata_pfile_asof_2016-10_499rows_329cols.csv", 499),
    ] {
        let Some((summary, _)) = nppes(name, TaxonomyChoice::Primary) else { continue };
        assert_eq!(summary.rows, rows, "{name}");
        assert!(summary.kept > 0, "{name}");
    }
    let Some(path) = real_file("nppes/npidata_first41cols_2016_10001rows.csv") else { return };
    let error = import_file(&path, &mut List::default(), TaxonomyChoice::Primary).expect_err("refused");
    assert!(error.to_string().contains("has 41 columns and no taxonomy"), "{error}");
}

#[test]
fn exclusions() {
    for (name, rows, kept_rows, wrong_npi, reinstated) in [
        ("leie_exclusions_2013-01_to_2023-06.csv", 30_928, 5_999, 20, 0),
        ("leie_reinstatements_2013-01_to_2023-06.csv", 6_032, 1_189, 5, 1_189),
    ] {
        let Some(path) = real_file(&format!("leie/{name}")) else { continue };
        let folder = tempfile::tempdir().expect("a folder");
        let mut kept = Kept::<Exclusion>(Vec::new());
        let summary =
            import_exclusions(&path, &mut kept, &options(&folder), Progress::silent()).expect("imported");
        eprintln!("{name}\n{summary}");
        assert_eq!((summary.rows, summary.kept, summary.rejected), (rows, kept_rows, wrong_npi), "{name}");
        assert_eq!(kept.0.iter().filter(|entry| entry.reinstated_on.is_some()).count(), reinstated, "{name}");
        if reinstated == 0 {
            assert!(kept.0.iter().any(|entry| entry.npi.to_string() == "1871596437"), "{name}");
        }
    }
}
