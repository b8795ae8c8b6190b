//! `kakehashi import` and `kakehashi export`.

use super::{Error, open, print};
use crate::clock::Clock;
use crate::config::Database;
use crate::db::Create;
use crate::feed::{export, founding, import};
use crate::http::body;
use serde_json::Value;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

/// An error of a file, with its name.
pub(super) fn io(file: &Path) -> impl Fn(std::io::Error) -> Error {
    let name = file.display().to_string();
    move |error| Error::Io(name.clone(), error)
}

/// Imports a file: all of its records or none.
///
/// # Errors
/// Why it failed.
pub(super) async fn import(file: &Path, origin: &str, database: &Database) -> Result<(), Error> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        File::open(file).and_then(|mut open| open.read_to_string(&mut text))
    };
    read.map_err(io(file))?;
    let records = records(&text)?;
    let clock = Clock::default();
    let (author, today) = (founding::author(origin, "import", &clock), clock.today());
    let done =
        open(database, Create::Never)?.write(move |tx| import::import(tx, &author, &records, today)).await?;
    print(&format!("{} created, {} updated, {} unchanged", done.created, done.updated, done.unchanged))
}

/// The records of a JSON array, or of lines of JSON; the end line of an export is left out.
fn records(text: &str) -> Result<Vec<Value>, Error> {
    let records = if text.trim_start().starts_with('[') {
        match body::parse(text.as_bytes())? {
            Value::Array(records) => records,
            _ => vec![],
        }
    } else {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(number, line)| {
                body::parse(line.as_bytes())
                    .map_err(|problem| Error::Said(format!("line {}: {problem}", number + 1)))
            })
            .collect::<Result<_, _>>()?
    };
    Ok(records
        .into_iter()
        .filter(|record| record.get("kind").and_then(Value::as_str) != Some("end"))
        .collect())
}

/// Writes every record to a file.
///
/// # Errors
/// Why it failed.
pub(super) async fn export(file: PathBuf, database: &Database) -> Result<(), Error> {
    let name = file.clone();
    let db = open(database, Create::Never)?;
    let mut out: Box<dyn Write + Send> = if file == Path::new("-") {
        Box::new(std::io::stdout())
    } else {
        Box::new(File::create(&file).map_err(io(&file))?)
    };
    let count = db
        .read_long(move |tx| export::export(tx, &mut BufWriter::new(&mut out)))
        .await?
        .map_err(io(&name))?;
    log::info!("{count} records exported");
    Ok(())
}
