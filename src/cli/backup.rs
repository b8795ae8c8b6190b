//! `kakehashi backup` and `kakehashi restore`.

use super::database::open_database;
use super::output::{CliError, io_error, print_line};
use crate::db::pool::CreateMode;
use crate::server::settings::DatabaseSettings;
use crate::transfer;
use crate::transfer::backup::dump;
use crate::transfer::backup::format::RowCounts;
use crate::util::clock::{Clock, rfc3339};
use crate::util::random;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a backup to a file. The file is written under a temporary name, synced to disk and then renamed.
pub(super) async fn backup(file: &Path, database: &DatabaseSettings) -> Result<(), CliError> {
    let db = open_database(database, CreateMode::Never).await?;
    let at = rfc3339(Clock::default().now());
    let counts = if file == Path::new("-") {
        let mut out = BufWriter::new(std::io::stdout());
        db.read_streaming(move |tx| dump::dump(tx, &at, &mut out)).await?.map_err(io_error(file))?
    } else {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let new = NamedTempFile::new_in(folder).map_err(io_error(file))?;
        let mut out = BufWriter::new(new.reopen().map_err(io_error(file))?);
        let written = if file.extension().is_some_and(|extension| extension == "gz") {
            db.read_streaming(move |tx| {
                let mut packed = GzEncoder::new(out, Compression::fast());
                let counts = dump::dump(tx, &at, &mut packed)?;
                Ok(counts.and_then(|counts| packed.finish()?.flush().map(|()| counts)))
            })
            .await?
        } else {
            db.read_streaming(move |tx| dump::dump(tx, &at, &mut out)).await?
        };
        let counts = written.map_err(io_error(file))?;
        new.as_file().sync_all().map_err(io_error(file))?;
        new.persist(file).map_err(|error| io_error(file)(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_error(folder))?;
        counts
    };
    log::info!("{} backed up", format_counts(&counts));
    Ok(())
}

/// Fills the database from a backup, in one transaction.
pub(super) async fn restore(file: &Path, replace: bool, database: &DatabaseSettings) -> Result<(), CliError> {
    let input = if file == Path::new("-") { spool_stdin() } else { File::open(file) };
    let input = input.map_err(io_error(file))?;
    let db = open_database(database, CreateMode::IfMissing).await?;
    let epoch = random::random_secret();
    let done = {
        let epoch = epoch.clone();
        db.write_exclusive(move |tx| {
            Ok((transfer::backup::restore::restore(tx, &input, replace, &epoch)?, true))
        })
        .await?
    };
    print_line(&format!("{} restored, as they were at {}", format_counts(&done.counts), done.header.at))?;
    print_line(&format!("the epoch is {epoch} now, the newest change is {}", done.head))?;
    eprintln!("Whoever follows the changes will be told to start again from a snapshot.");
    Ok(())
}

/// Copies standard input to a temporary file, since a backup is read more than once.
fn spool_stdin() -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
    Ok(file)
}

/// Formats the numbers of rows by table.
fn format_counts(counts: &RowCounts) -> String {
    counts.iter().map(|(table, count)| format!("{count} {table}")).collect::<Vec<_>>().join(", ")
}
