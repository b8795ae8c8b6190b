//! Restores a backup into an empty database, in one transaction.

use super::format::{BackupHeader, FORMAT, RowCounts};
use super::tables::{self, BackupTable, NumberedRow};
use crate::db::bulk;
use crate::db::conn::Conn;
use crate::db::error::{TxError, TxResult};
use crate::db::schema::{feed_head, keys, records, settings};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::records::reindex;
use crate::util::hash::to_hex;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::{
    CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation,
};
use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Seek as _};

/// Rows inserted per statement.
const BATCH_SIZE: usize = 250;

/// The longest line, in bytes: far more than three times the largest record.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// The gap between the highest change number of database or backup and the first restored one, so that the
/// numbers of the old epoch are recognised as such.
const SEQ_GAP: i64 = 1_000_000;

/// The result of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreResult {
    /// The header of the file.
    pub header: BackupHeader,
    /// The number of rows of each table.
    pub counts: RowCounts,
    /// The number of the newest change after the restore.
    pub head: i64,
}

/// Restores a backup. The restored log starts the new epoch `epoch`, with numbers above all earlier ones.
/// With `replace`, the database is emptied first.
///
/// # Errors
/// `bad_backup` when the file is truncated, altered or of another format; `not_empty` when the database has
/// records or keys and `replace` is not set.
pub fn restore(tx: &mut Conn, file: &File, replace: bool, epoch: &str) -> TxResult<RestoreResult> {
    let mut lines = BackupReader::open(file)?;
    let header = lines.read_header()?;
    bulk::disable_statement_timeout(tx)?;
    prepare_database(tx, replace)?;
    let previous_head: i64 = feed_head::table.select(feed_head::seq).first(tx)?;
    let base = previous_head.max(header.head) + SEQ_GAP;
    let shift = base - header.base;
    let counts = load_rows(tx, &mut lines, shift)?;
    let head = header.head + shift;
    diesel::update(feed_head::table).set((feed_head::seq.eq(head), feed_head::base.eq(base))).execute(tx)?;
    diesel::update(settings::table.find("epoch")).set(settings::value.eq(epoch)).execute(tx)?;
    reindex::reindex_all(tx, |failure, id| row_problem(failure, || format!("the record {id}")))?;
    Ok(RestoreResult { header, counts, head })
}

/// Locks the tables against other writers, and empties them with `replace`; else they must be empty.
fn prepare_database(tx: &mut Conn, replace: bool) -> TxResult<()> {
    let restored_tables = || tables::ALL.iter().map(|table| table.name).filter(|name| *name != "settings");
    let all: Vec<&str> = restored_tables().chain(tables::derived_tables()).collect();
    bulk::lock_tables(
        tx,
        &restored_tables().chain(tables::NOT_BACKED_UP.iter().copied()).collect::<Vec<_>>(),
    )?;
    if replace {
        bulk::delete_all(tx, &all)?;
    }
    let (records, keys): (i64, i64) =
        (records::table.count().get_result(tx)?, keys::table.count().get_result(tx)?);
    if records + keys > 0 {
        return Err(Problem::new(ErrorCode::NotEmpty)
            .with_arg("records", records)
            .with_arg("keys", keys)
            .into());
    }
    let others = settings::name.ne_all(["cursor_key", "epoch"]);
    diesel::delete(settings::table.filter(others)).execute(tx)?;
    Ok(())
}

/// Inserts every row up to the end line, whose counts and digest must match.
fn load_rows(tx: &mut Conn, lines: &mut BackupReader<'_>, shift: i64) -> TxResult<RowCounts> {
    let mut counts: RowCounts = tables::ALL.iter().map(|table| (table.name.to_owned(), 0.into())).collect();
    let mut tables = tables::ALL.iter();
    let mut table: Option<&BackupTable> = None;
    let mut rows: Vec<NumberedRow> = Vec::with_capacity(BATCH_SIZE);
    let mut count = 0_u64;
    loop {
        let (digest, mut line) = lines.next_line()?;
        let name = line.get("table").and_then(Value::as_str);
        if let Some(table) = table
            && (rows.len() == BATCH_SIZE || name != Some(table.name))
        {
            let place = || format!("line {} or some lines above it, of `{}`", lines.number - 1, table.name);
            table.load(tx, &rows, shift).map_err(|failure| row_problem(failure, place))?;
            rows.clear();
        }
        let Some(name) = name else {
            let Some(Value::Object(end)) = line.get("end") else {
                return Err(lines.bad_backup("this is neither a row nor the end").into());
            };
            if line.get("sha256") != Some(&Value::from(to_hex(&digest.finalize())))
                || !counts_match(end, &counts)
            {
                return Err(lines.bad_backup("the lines above it are not those that were written").into());
            }
            lines.ensure_end()?;
            return Ok(counts);
        };
        if table.is_none_or(|table| table.name != name) {
            table = tables.find(|table| table.name == name);
            count = 0;
        }
        let Some(table) = table else {
            return Err(lines.bad_backup(&format!("there is no table `{name}` here")).into());
        };
        count += 1;
        counts.insert(table.name.into(), count.into());
        rows.push((lines.number, line.remove("row").unwrap_or_default()));
    }
}

/// Whether the counts of the end line are those of the rows read. A backup of an older version may lack
/// tables.
fn counts_match(end: &RowCounts, counts: &RowCounts) -> bool {
    let zero = Value::from(0);
    counts.iter().all(|(name, count)| end.get(name).unwrap_or(&zero) == count)
        && end.keys().all(|name| counts.contains_key(name))
}

/// Turns a failure that a row causes into `bad_backup` with its place; other failures of the database stay.
fn row_problem(failure: TxError, place: impl Fn() -> String) -> TxError {
    use diesel::result::Error::DatabaseError;
    let why = match &failure {
        TxError::Refused(problem) if problem.code != ErrorCode::BadBackup => problem.to_string(),
        TxError::Database(DatabaseError(
            CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation,
            why,
        )) => why.message().to_owned(),
        _ => return failure,
    };
    Problem::new(ErrorCode::BadBackup).with_arg("reason", format_args!("{}: {why}", place())).into()
}

/// Reads the lines of a backup.
struct BackupReader<'a> {
    input: Box<dyn BufRead + 'a>,
    /// The number of the last line read.
    number: u64,
    /// The digest of all lines before the last one read.
    digest: Sha256,
    /// The last line read.
    text: Vec<u8>,
}

impl<'a> BackupReader<'a> {
    /// Opens a file at its beginning, compressed with gzip or not.
    fn open(mut file: &'a File) -> Result<Self, Problem> {
        let unreadable = |error| {
            Problem::new(ErrorCode::BadBackup)
                .with_arg("reason", format_args!("the file cannot be read: {error}"))
        };
        file.rewind().map_err(unreadable)?;
        let mut plain = BufReader::with_capacity(1 << 16, file);
        let is_gzip = plain.fill_buf().map_err(unreadable)?.starts_with(&[0x1F, 0x8B]);
        let input: Box<dyn BufRead> =
            if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { Box::new(plain) };
        Ok(Self { input, number: 0, digest: Sha256::new(), text: vec![] })
    }

    /// Reads the header.
    fn read_header(&mut self) -> Result<BackupHeader, Problem> {
        let not_a_backup = "this is no backup of a registry";
        let line =
            self.read_line().and_then(|()| self.parse_object()).map_err(|_| self.bad_backup(not_a_backup))?;
        if line.get("kakehashi").and_then(Value::as_str) != Some("backup") {
            return Err(self.bad_backup(not_a_backup));
        }
        let format = line.get("format").and_then(Value::as_u64).unwrap_or_default();
        if format != FORMAT {
            let version = line.get("version").and_then(Value::as_str).unwrap_or("?");
            return Err(self.bad_backup(&format!(
                "its format is {format}, written by version {version}; this version reads format {FORMAT}"
            )));
        }
        serde_json::from_value(line.into()).map_err(|error| self.bad_backup(&error.to_string()))
    }

    /// Reads the next line; returns it with the digest of all lines before it.
    fn next_line(&mut self) -> Result<(Sha256, Map<String, Value>), Problem> {
        self.digest.update(&self.text);
        self.read_line()?;
        Ok((self.digest.clone(), self.parse_object()?))
    }

    fn read_line(&mut self) -> Result<(), Problem> {
        self.number += 1;
        self.text.clear();
        let read = self.input.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut self.text);
        read.map_err(|error| self.bad_backup(&error.to_string()))?;
        if self.text.ends_with(b"\n") { Ok(()) } else { Err(self.bad_backup("the file is cut here")) }
    }

    fn parse_object(&self) -> Result<Map<String, Value>, Problem> {
        serde_json::from_slice(&self.text).map_err(|error| self.bad_backup(&error.to_string()))
    }

    /// Ensures that nothing follows the end line.
    fn ensure_end(&mut self) -> Result<(), Problem> {
        self.number += 1;
        match self.input.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(self.bad_backup("something stands after the end")),
            Err(error) => Err(self.bad_backup(&error.to_string())),
        }
    }

    fn bad_backup(&self, why: &str) -> Problem {
        Problem::new(ErrorCode::BadBackup).with_arg("reason", format_args!("line {}: {why}", self.number))
    }
}
