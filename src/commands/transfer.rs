//! `kakehashi import` and `kakehashi export`.

use super::{Error, open, print};
use crate::access::keys::check_origin;
use crate::clock::Clock;
use crate::config::{Database, Import};
use crate::db::Create;
use crate::feed::import::stream::Gunzip;
use crate::feed::import::{
    Form, Importer, Job, LIMITS, Limits, Options, Report, Summary, Watch, import, intake,
};
use crate::feed::{export, founding};
use crate::vocabulary::language::Language;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most rejected records that are told.
const TOLD: usize = 20;

/// An operator's files may be larger than callers' bodies.
const FILES: Limits = Limits { bytes: u64::MAX, records: u32::MAX, ..LIMITS };

/// An error of a file, with its name.
pub(super) fn io(file: &Path) -> impl Fn(std::io::Error) -> Error {
    let name = file.display().to_string();
    move |error| Error::Io(name.clone(), error)
}

/// Imports a file.
///
/// # Errors
/// Why it failed, or which records were rejected.
pub(super) async fn import_file(settings: &Import) -> Result<(), Error> {
    check_origin(&settings.origin).map_err(Error::Said)?;
    let file = settings.file.as_path();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).map_err(io(file))?)
    };
    let source: Box<dyn Read> = if file.extension().is_some_and(|ending| ending == "gz") {
        Box::new(Gunzip::new(source))
    } else {
        source
    };
    let db = open(&settings.database, Create::Never).await?;
    let clock = Clock::default();
    let taken = intake(source, Form::Either, FILES, Report::new(Language::En, "").map_err(io(file))?)?;
    let author = founding::author(&settings.origin, "import", &clock);
    let options = Options { mode: settings.mode, atomic: !settings.no_atomic, dry_run: settings.dry_run };
    let job = Arc::new(Job::new(taken, options, Importer::House(author), clock));
    let bar = ProgressBar::new(job.report().counts().total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} records, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let watch: Watch = Arc::new(move |counts| {
        shown.set_position(counts.done() as u64);
        true
    });
    let done = import(&db, &job, &watch).await;
    bar.finish_and_clear();
    done?;
    let rejected = job.report().rejected(0, TOLD).map_err(io(file))?;
    conclude(job.summary(), &rejected)
}

/// Says what was done, and fails if records were rejected.
fn conclude(summary: Summary, rejected: &[Value]) -> Result<(), Error> {
    let counts = summary.counts;
    let mut done =
        format!("{} created, {} updated, {} unchanged", counts.created, counts.updated, counts.unchanged);
    if counts.rejected > 0 {
        let _ = write!(done, ", {} rejected", counts.rejected);
    }
    print(&done)?;
    if counts.rejected == 0 {
        return Ok(());
    }
    let mut said = String::from(if summary.committed { "not everything" } else { "nothing" });
    said.push_str(" was written");
    for item in rejected {
        let text = |name: &str| item.pointer(&format!("/problem/{name}")).and_then(Value::as_str);
        let index = item.get("index").and_then(Value::as_u64).unwrap_or_default();
        let _ = write!(said, "\nrecord {}", index + 1);
        if let Some(line) = item.pointer("/problem/line") {
            let _ = write!(said, ", line {line}");
        }
        let (code, detail) = (text("code").unwrap_or_default(), text("detail").unwrap_or_default());
        let _ = write!(said, ": {code}: {detail}");
        for list in ["errors", "conflicts"] {
            let told = item.pointer(&format!("/problem/{list}")).and_then(Value::as_array);
            for one in told.into_iter().flatten() {
                let _ = write!(said, "\n  {one}");
            }
        }
    }
    if counts.rejected > rejected.len() {
        let _ = write!(said, "\nand {} more", counts.rejected - rejected.len());
    }
    Err(Error::Said(said))
}

/// Writes every record to a file.
///
/// # Errors
/// Why it failed.
pub(super) async fn export(file: PathBuf, database: &Database) -> Result<(), Error> {
    let name = file.clone();
    let db = open(database, Create::Never).await?;
    let mut out: Box<dyn Write + Send> = if file == Path::new("-") {
        Box::new(std::io::stdout())
    } else {
        let new = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file);
        Box::new(new.map_err(io(&file))?)
    };
    let count = db
        .read_apart(move |tx| export::export(tx, &mut BufWriter::new(&mut out)))
        .await?
        .map_err(io(&name))?;
    log::info!("{count} records exported");
    Ok(())
}
