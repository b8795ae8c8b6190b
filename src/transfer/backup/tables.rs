//! The tables of a backup, with their columns, in foreign-key order: rows refer only to rows before them.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{
    answers, changes, conflicts, deliveries, identifiers, keys, readers, records, settings, webhooks,
};
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::kinds::{all, stored_content};
use crate::records::stored::StoredRecord;
use crate::store::damage::{self, StoredRowId};
use crate::store::records::LIVE;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::ser::{SerializeSeq as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Write;

/// Rows read per statement.
const BATCH_SIZE: i64 = 250;

/// A row of a file, with the number of its line.
pub type NumberedRow = (u64, Value);

/// A table of a backup.
pub struct BackupTable {
    /// The name of the table.
    pub name: &'static str,
    /// The columns in a backup; the database computes the others.
    pub columns: &'static [&'static str],
    dump: fn(&mut Conn, &mut dyn Write) -> TxResult<std::io::Result<u64>>,
    load: fn(&BackupTable, &mut Conn, &[NumberedRow], i64) -> TxResult<()>,
}

impl BackupTable {
    /// Writes every row as a line, in the order of the key; returns their number. A failure of `out` ends the
    /// writing and is the inner error.
    ///
    /// # Errors
    /// 500 `damaged_record` when a row could not be restored.
    pub fn dump(&self, tx: &mut Conn, out: &mut dyn Write) -> TxResult<std::io::Result<u64>> {
        (self.dump)(tx, out)
    }

    /// Inserts rows of a file; their change numbers are moved up by `shift`.
    ///
    /// # Errors
    /// `bad_backup` when a row is not one of this table.
    pub fn load(&self, tx: &mut Conn, rows: &[NumberedRow], shift: i64) -> TxResult<()> {
        (self.load)(self, tx, rows, shift)
    }
}

/// Lists the tables that are derived from the contents of the records, and therefore not in a backup.
#[must_use]
pub fn derived_tables() -> Vec<&'static str> {
    let kinds = Kind::ALL.iter().map(|kind| all::definition(*kind).table());
    ["refs", "tags", "citations", "dates", "tenures", "search", "words"].into_iter().chain(kinds).collect()
}

/// Tables of the database itself, not of its content; the header of a backup has what a restore needs of
/// them.
pub const NOT_BACKED_UP: &[&str] = &["feed_head"];

/// A row of a table; in a file it is a JSON array of its values.
trait BackupRow: Serialize + DeserializeOwned {
    /// The name of the table.
    const TABLE: &'static str;

    /// Reads the next rows after this one, in the order of the key.
    fn page(tx: &mut Conn, after: Option<&Self>) -> QueryResult<Vec<Self>>;

    /// Returns the values in the order of the columns.
    fn values(&self) -> Vec<BindValue>;

    /// Ensures that the stored JSON of the row can be read again.
    ///
    /// # Errors
    /// 500 `damaged_record`.
    fn check(&self) -> Result<(), Problem>;

    /// Moves the change numbers of the row up.
    fn renumber(&mut self, shift: i64);
}

/// A change number, or none.
trait Seq {
    /// Moves the number up.
    fn shift(&mut self, by: i64);
}

impl Seq for i64 {
    fn shift(&mut self, by: i64) {
        *self += by;
    }
}

impl Seq for Option<i64> {
    fn shift(&mut self, by: i64) {
        *self = self.map(|seq| seq + by);
    }
}

/// Declares the tables: name, row type, key, function that finds damage, condition on the rows (default:
/// all), columns with change numbers, columns.
///
/// A column that a later migration adds stands last, may be null and is `#[serde(default)]`: older backups
/// lack it.
macro_rules! tables {
    ($($table:ident as $row:ident [$($key:ident),+] $(checked by $check:ident)? $(where $only:literal)? $(renumbers $($seq:ident)+)?
       { $($(#[$meta:meta])* $column:ident: $type:ty),+ })*) => {
        /// Every table of a backup.
        pub const ALL: &[BackupTable] = &[$(BackupTable {
            name: stringify!($table),
            columns: &[$(stringify!($column)),+],
            dump: dump::<$row>,
            load: load::<$row>,
        }),*];

        $(#[derive(Deserialize, Queryable)]
        struct $row { $($(#[$meta])* $column: $type),+ }

        impl Serialize for $row {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut values = serializer.serialize_seq(None)?;
                $(values.serialize_element(&self.$column)?;)+
                values.end()
            }
        }

        impl BackupRow for $row {
            const TABLE: &'static str = stringify!($table);

            fn page(tx: &mut Conn, after: Option<&Self>) -> QueryResult<Vec<Self>> {
                type Columns = <($($table::$column,)+) as diesel::Expression>::SqlType;
                let mut conditions = vec![$(SqlFragment::new($only))?];
                if let Some(last) = after {
                    let position = [$(last.$key.clone().into()),+];
                    conditions.push(SqlFragment::new(list(&[$(stringify!($key)),+])).sql(" > ").bind_list(position));
                }
                let columns = [$(stringify!($column)),+].join(", ");
                let keys = [$(stringify!($key)),+].join(", ");
                let statement = SqlFragment::new(format!("SELECT {columns} FROM {} WHERE ", Self::TABLE))
                    .append(SqlFragment::all(conditions))
                    .sql(format!(" ORDER BY {keys} LIMIT {BATCH_SIZE}"));
                Statement::<Columns>::new(statement).load(tx)
            }

            fn values(&self) -> Vec<BindValue> {
                vec![$(self.$column.clone().into()),+]
            }

            fn check(&self) -> Result<(), Problem> {
                $($check(self)?;)?
                Ok(())
            }

            fn renumber(&mut self, _shift: i64) {
                $($(self.$seq.shift(_shift);)+)?
            }
        })*
    };
}

tables! {
    records as RecordsTableRow [id] checked by check_record { id: Id, kind: String, version: i64, state: String, shape: i64, created_at: i64, updated_at: i64, origin: String, name: String, content: String }
    identifiers as IdentifiersTableRow [kind, scheme, value] { kind: String, scheme: String, value: String, record_id: Id }
    changes as ChangesTableRow [seq] checked by check_change renumbers seq { seq: i64, record_id: Id, kind: String, version: i64, op: String, origin: String, actor: String, at: i64, batch_id: Id, changed: String, replaced_by: Option<Id>, shape: i64, body: Option<String>, comment: Option<String>, overrode: Option<String>, #[serde(default)] owners_of: Option<i64> }
    settings as SettingsTableRow [name] where "name NOT IN ('cursor_key', 'epoch')" { name: String, value: String }
    keys as KeysTableRow [id] { id: String, name: String, origin: String, scopes: String, schemes: String, hash: Vec<u8>, created_at: i64, expires_at: Option<i64>, revoked_at: Option<i64> }
    answers as AnswersTableRow [key_id, token] { key_id: String, token: String, fingerprint: String, status: i64, headers: String, body: String, record_id: Option<Id>, at: i64 }
    readers as ReadersTableRow [key_id] renumbers seq { key_id: String, seq: i64, at: i64 }
    conflicts as ConflictsTableRow [key_id, record_id] { key_id: String, record_id: Id, code: String, pointers: String, at: i64 }
    webhooks as WebhooksTableRow [id] renumbers position sent_seq { id: Id, origin: String, content: String, enabled: i64, disabled_reason: Option<String>, secret: String, old_secret: Option<String>, old_secret_until: i64, created_at: i64, updated_at: i64, position: i64, sent_seq: Option<i64>, attempted_at: Option<i64>, attempt_status: Option<String> }
    deliveries as DeliveriesTableRow [webhook_id, seq] renumbers seq previous_seq { webhook_id: Id, seq: i64, previous_seq: Option<i64>, status: String, attempts: i64, created_at: i64, next_at: i64, leased_until: i64, attempted_at: Option<i64>, answer_code: Option<i64>, answer: Option<String> }
}

/// Ensures that a restore could read a record.
fn check_record(row: &RecordsTableRow) -> Result<(), Problem> {
    let row_id = StoredRowId { kind: &row.kind, id: row.id, version: row.version };
    damage::parse_stored_name(&row.kind, row.id, &row.name)?;
    if row.state == LIVE {
        return StoredRecord::read(row_id, &row.content).map(drop);
    }
    row_id.parse_json::<IgnoredAny>(&row.content).map(drop)
}

/// Ensures that a version can be read.
fn check_change(row: &ChangesTableRow) -> Result<(), Problem> {
    let row_id = StoredRowId { kind: &row.kind, id: row.record_id, version: row.version };
    row_id.parse_json::<Vec<String>>(&row.changed)?;
    row.overrode.iter().try_for_each(|overrode| row_id.parse_json::<IgnoredAny>(overrode).map(drop))?;
    row.body.iter().try_for_each(|body| stored_content::verify_content(row_id, body))
}

fn list(names: &[&str]) -> String {
    format!("({})", names.join(", "))
}

/// The line of a row in a backup.
#[derive(Serialize)]
struct BackupLine<'a, R> {
    table: &'static str,
    row: &'a R,
}

fn dump<R: BackupRow>(tx: &mut Conn, out: &mut dyn Write) -> TxResult<std::io::Result<u64>> {
    let (mut count, mut last) = (0, None);
    loop {
        let rows = R::page(tx, last.as_ref())?;
        for row in &rows {
            row.check()?;
            let written = serde_json::to_writer(&mut *out, &BackupLine { table: R::TABLE, row });
            if let Err(error) = written.map_err(std::io::Error::from).and_then(|()| out.write_all(b"\n")) {
                return Ok(Err(error));
            }
            count += 1;
        }
        last = rows.into_iter().next_back();
        if last.is_none() {
            return Ok(Ok(count));
        }
    }
}

fn load<R: BackupRow>(table: &BackupTable, tx: &mut Conn, rows: &[NumberedRow], shift: i64) -> TxResult<()> {
    let (name, columns) = (table.name, table.columns.join(", "));
    let mut insert = SqlFragment::new(format!("INSERT INTO {name} ({columns}) VALUES "));
    for (index, (line, row)) in rows.iter().enumerate() {
        let mut row = R::deserialize(row).map_err(|error| {
            let reason = format!("line {line}: this is no row of `{name}`: {error}");
            Problem::new(ErrorCode::BadBackup).with_arg("reason", reason)
        })?;
        row.renumber(shift);
        insert = if index == 0 { insert } else { insert.sql(", ") }.bind_list(row.values());
    }
    Ok(Statement::<BigInt>::new(insert).execute(tx).map(drop)?)
}
