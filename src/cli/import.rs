//! `kakehashi import`.

use super::args::ImportArgs;
use super::database::open_database;
use super::output::{CliError, io_error, print_line};
use crate::db::pool::CreateMode;
use crate::domain::language::Language;
use crate::domain::origins::check_origin;
use crate::records::author::Author;
use crate::transfer::import::decode::GzipReader;
use crate::transfer::import::importer::Importer;
use crate::transfer::import::intake::{API_LIMITS, BodyFormat, ImportLimits, spool_records};
use crate::transfer::import::job::ImportJob;
use crate::transfer::import::options::ImportOptions;
use crate::transfer::import::report::{ImportReport, ImportSummary};
use crate::transfer::import::run::{ProgressFn, run_import};
use crate::util::clock::Clock;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Maximum number of rejected records that are printed.
const MAX_REJECTED_SHOWN: usize = 20;

/// Files on the command line may be larger than request bodies.
const FILE_LIMITS: ImportLimits = ImportLimits { bytes: u64::MAX, records: u32::MAX, ..API_LIMITS };

/// Imports a file of records, with a progress bar.
///
/// # Errors
/// Also if some records were rejected; the message lists them.
pub(super) async fn import_file(settings: &ImportArgs) -> Result<(), CliError> {
    check_origin(&settings.origin).map_err(CliError::Message)?;
    let file = settings.file.as_path();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).map_err(io_error(file))?)
    };
    let source: Box<dyn Read> = if file.extension().is_some_and(|ending| ending == "gz") {
        Box::new(GzipReader::new(source))
    } else {
        source
    };
    let db = open_database(&settings.database, CreateMode::Never).await?;
    let clock = Clock::default();
    let spooled = spool_records(
        source,
        BodyFormat::Detect,
        FILE_LIMITS,
        ImportReport::new(Language::En, "").map_err(io_error(file))?,
    )?;
    let author = Author::operator(&settings.origin, "import", &clock);
    let options =
        ImportOptions { mode: settings.mode, atomic: !settings.no_atomic, dry_run: settings.dry_run };
    let job = Arc::new(ImportJob::new(spooled, options, Importer::Operator(author), clock));
    let bar = ProgressBar::new(job.report().counts().total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} records, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    let progress = bar.clone();
    let watch: ProgressFn = Arc::new(move |counts| {
        progress.set_position(counts.processed() as u64);
        true
    });
    let done = run_import(&db, &job, &watch).await;
    bar.finish_and_clear();
    done?;
    let rejected = job.report().rejected_items(0, MAX_REJECTED_SHOWN).map_err(io_error(file))?;
    report_result(job.summary(), &rejected)
}

/// Prints the numbers of records; fails if some were rejected.
fn report_result(summary: ImportSummary, rejected: &[Value]) -> Result<(), CliError> {
    let counts = summary.counts;
    let mut done =
        format!("{} created, {} updated, {} unchanged", counts.created, counts.updated, counts.unchanged);
    if counts.rejected > 0 {
        let _ = write!(done, ", {} rejected", counts.rejected);
    }
    print_line(&done)?;
    if counts.rejected == 0 {
        return Ok(());
    }
    let mut message = String::from(if summary.committed { "not everything" } else { "nothing" });
    message.push_str(" was written");
    for item in rejected {
        let text = |name: &str| item.pointer(&format!("/problem/{name}")).and_then(Value::as_str);
        let index = item.get("index").and_then(Value::as_u64).unwrap_or_default();
        let _ = write!(message, "\nrecord {}", index + 1);
        if let Some(line) = item.pointer("/problem/line") {
            let _ = write!(message, ", line {line}");
        }
        let (code, detail) = (text("code").unwrap_or_default(), text("detail").unwrap_or_default());
        let _ = write!(message, ": {code}: {detail}");
        for list in ["errors", "conflicts"] {
            let faults = item.pointer(&format!("/problem/{list}")).and_then(Value::as_array);
            for one in faults.into_iter().flatten() {
                let _ = write!(message, "\n  {one}");
            }
        }
    }
    if counts.rejected > rejected.len() {
        let _ = write!(message, "\nand {} more", counts.rejected - rejected.len());
    }
    Err(CliError::Message(message))
}
