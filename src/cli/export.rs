//! `kakehashi export`.

use super::database::open_database;
use super::output::{CliError, io_error};
use crate::db::pool::CreateMode;
use crate::server::settings::DatabaseSettings;
use crate::transfer;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Writes all records to a file as NDJSON, readable by its owner only.
pub(super) async fn export(file: PathBuf, database: &DatabaseSettings) -> Result<(), CliError> {
    let name = file.clone();
    let db = open_database(database, CreateMode::Never).await?;
    let mut out: Box<dyn Write + Send> = if file == Path::new("-") {
        Box::new(std::io::stdout())
    } else {
        let new = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file);
        Box::new(new.map_err(io_error(&file))?)
    };
    let count = db
        .read_streaming(move |tx| transfer::export::export(tx, &mut BufWriter::new(&mut out)))
        .await?
        .map_err(io_error(&name))?;
    log::info!("{count} records exported");
    Ok(())
}
