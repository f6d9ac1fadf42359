//! `stillpoint import`: reference files in, a summary out.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    import::{
        self, ImportError, NppesOptions, Options, Progress, RejectFile, Summary, TaxonomyChoice,
        rows::{self, ExclusionRows, ListingRows, PlaceRows},
    },
    store::{Context, Store},
};

use super::{CommandError, open, options::DatabaseOptions, say, system};

/// Rows in one transaction where each is a few small rows. Writers of a running server wait that long.
const PLACES_AT_ONCE: usize = 1_000;
/// Fewer where each takes several queries.
const LISTINGS_AT_ONCE: usize = 200;

/// Options of `import`.
#[derive(Debug, Args)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A gazetteer: Census (ZIP code areas, places) or GeoNames (postal codes, cities)
    Places(From),
    /// The registry of US providers: npidata_pfile_….csv of CMS, monthly or weekly. Import places first
    Nppes(Nppes),
    /// The exclusion list of the OIG (LEIE), or one of its supplements
    Exclusions(From),
}

#[derive(Debug, Args)]
struct From {
    /// The file to read
    file: PathBuf,
    /// Where rows go that cannot be taken. Default: FILE.rejected.csv in the current folder
    #[arg(long, value_name = "FILE", env = "STILLPOINT_REJECTS")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct Nppes {
    #[command(flatten)]
    from: From,
    /// Take also those for whom one of the five professions is only a secondary one
    #[arg(long, env = "STILLPOINT_ANY_TAXONOMY")]
    any_taxonomy: bool,
}

impl Import {
    /// Reads the file and prints what came of it.
    pub fn run(self) -> Result<(), CommandError> {
        match self.what {
            What::Places(from) => places(&from),
            What::Nppes(nppes) => listings(&nppes),
            What::Exclusions(from) => exclusions(&from),
        }
    }
}

fn places(from: &From) -> Result<(), CommandError> {
    let (store, context) = ready(from)?;
    let mut sink = PlaceRows::new(&store, context.clone(), &from.file);
    let read =
        import::import_places(&from.file, &mut sink, &from.options(PLACES_AT_ONCE), Progress::on_stderr());
    // What was stored before a failure stays: servers may look it up as well.
    if sink.has_changed() {
        sink.publish().map_err(|err| CommandError::failed(&err))?;
    }
    finish(&store, context, "import.places", read)
}

fn listings(nppes: &Nppes) -> Result<(), CommandError> {
    let from = &nppes.from;
    let (store, context) = ready(from)?;
    let mut sink = ListingRows::load(&store, context.clone()).map_err(|err| CommandError::failed(&err))?;
    let taxonomy = if nppes.any_taxonomy { TaxonomyChoice::Any } else { TaxonomyChoice::Primary };
    let options = NppesOptions { common: from.options(LISTINGS_AT_ONCE), taxonomy };
    let read = import::import_nppes(&from.file, &mut sink, &options, Progress::on_stderr());
    finish(&store, context, "import.nppes", read)
}

fn exclusions(from: &From) -> Result<(), CommandError> {
    let (store, context) = ready(from)?;
    let mut sink = ExclusionRows::new(&store, context.clone(), &from.file);
    let read = import::import_exclusions(
        &from.file,
        &mut sink,
        &from.options(LISTINGS_AT_ONCE),
        Progress::on_stderr(),
    );
    finish(&store, context, "import.exclusions", read)
}

impl From {
    fn options(&self, batch_rows: usize) -> Options {
        let rejects = self.rejects.clone().unwrap_or_else(|| RejectFile::usual_path(&self.file));
        Options { batch_rows, ..Options::rejecting_to(rejects) }
    }
}

/// A wrong file name should not make a database.
fn ready(from: &From) -> Result<(Store, Context), CommandError> {
    readable(&from.file)?;
    let (store, _) = open(&from.database)?;
    Ok((store, system().map_err(|err| CommandError::failed(&err))?))
}

fn readable(file: &Path) -> Result<(), CommandError> {
    let opened = std::fs::File::open(file).and_then(|file| file.metadata());
    match opened {
        Ok(found) if found.is_dir() => Err(CommandError::Wrong(format!("{} is a folder", file.display()))),
        Ok(_) => Ok(()),
        Err(err) => Err(CommandError::Wrong(format!("{} cannot be opened: {err}", file.display()))),
    }
}

/// Leaves one row in the trail and prints the summary.
fn finish(
    store: &Store,
    context: Context,
    action: &'static str,
    read: Result<Summary, ImportError>,
) -> Result<(), CommandError> {
    let summary = read.map_err(|err| CommandError::failed(&err))?;
    let detail = json!({
        "rows": summary.rows, "new": summary.counts.inserted, "changed": summary.counts.updated,
        "closed": summary.counts.closed, "rejected": summary.rejected,
    });
    rows::note(store, context, action, &detail).map_err(|err| CommandError::failed(&err))?;
    say(summary);
    Ok(())
}
