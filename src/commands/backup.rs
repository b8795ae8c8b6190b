//! `kakehashi backup` and `kakehashi restore`.

use super::transfer::io;
use super::{Error, open, print};
use crate::clock::{self, Clock, rfc3339};
use crate::config::Database;
use crate::db::Create;
use crate::feed::backup::{self, Counts};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes everything to a file, which is there whole or not at all.
///
/// # Errors
/// Why it failed.
pub(super) async fn backup(file: &Path, database: &Database) -> Result<(), Error> {
    let db = open(database, Create::Never).await?;
    let at = rfc3339(Clock::default().now());
    let counts = if file == Path::new("-") {
        let mut out = BufWriter::new(std::io::stdout());
        db.read_apart(move |tx| backup::backup(tx, &at, &mut out)).await?.map_err(io(file))?
    } else {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let new = NamedTempFile::new_in(folder).map_err(io(file))?;
        let mut out = BufWriter::new(new.reopen().map_err(io(file))?);
        let written = if file.extension().is_some_and(|extension| extension == "gz") {
            db.read_apart(move |tx| {
                let mut packed = GzEncoder::new(out, Compression::fast());
                let counts = backup::backup(tx, &at, &mut packed)?;
                Ok(counts.and_then(|counts| packed.finish()?.flush().map(|()| counts)))
            })
            .await?
        } else {
            db.read_apart(move |tx| backup::backup(tx, &at, &mut out)).await?
        };
        let counts = written.map_err(io(file))?;
        new.as_file().sync_all().map_err(io(file))?;
        new.persist(file).map_err(|error| io(file)(error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))?;
        counts
    };
    log::info!("{} backed up", told(&counts));
    Ok(())
}

/// Fills the database from a backup: with all of it, or not at all.
///
/// # Errors
/// Why it failed.
pub(super) async fn restore(file: &Path, replace: bool, database: &Database) -> Result<(), Error> {
    let input = if file == Path::new("-") { spooled() } else { File::open(file) };
    let input = input.map_err(io(file))?;
    let db = open(database, Create::IfMissing).await?;
    let epoch = clock::secret();
    let done = {
        let epoch = epoch.clone();
        db.write_alone(move |tx| Ok((backup::restore(tx, &input, replace, &epoch)?, true))).await?
    };
    print(&format!("{} restored, as they were at {}", told(&done.counts), done.header.at))?;
    print(&format!("the epoch is {epoch} now, the newest change is {}", done.head))?;
    eprintln!("Whoever follows the changes will be told to start again from a snapshot.");
    Ok(())
}

/// The standard input in a file without a name: it may be read more than once.
fn spooled() -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
    Ok(file)
}

/// Numbers of rows, for a terminal.
fn told(counts: &Counts) -> String {
    counts.iter().map(|(table, count)| format!("{count} {table}")).collect::<Vec<_>>().join(", ")
}
