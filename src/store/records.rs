//! Table `records`: find, lock, reserve and save rows; names of records.

use super::damage::{self, StoredRowId};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::records;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Returns a reference to a record as it is represented in responses: id, kind, name, URL.
#[must_use]
pub fn named_reference(id: &str, named: &RecordName) -> Map<String, Value> {
    let mut reference = Map::new();
    reference.insert("id".into(), id.into());
    reference.insert("kind".into(), named.kind.clone().into());
    let path = Kind::from_name(&named.kind).map_or("", Kind::path);
    reference.insert("name".into(), serde_json::to_value(&named.name).unwrap_or_default());
    reference.insert("href".into(), format!("/v1/{path}/{id}").into());
    reference
}

/// The format of contents written now. Contents in older formats are upgraded when they are read for writing.
pub const CONTENT_FORMAT: i64 = 1;

/// Upgrades a content from an older format to [`CONTENT_FORMAT`]; the only place that knows older formats.
#[must_use]
pub fn upgrade_content(shape: i64, content: Map<String, Value>) -> Map<String, Value> {
    debug_assert!(shape <= CONTENT_FORMAT, "a content from the future");
    content
}

/// State of a record that can be read and referred to.
pub const LIVE: &str = "live";

/// State of a tombstone: a deleted record.
pub const DELETED: &str = "deleted";

/// A row of table `records`.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct RecordRow {
    /// The number of the row, which is also its rowid in the full-text index.
    pub number: i64,
    /// The record's id.
    pub id: Id,
    /// The kind's name.
    pub kind: String,
    /// The version; 0 while the record is only reserved in a batch.
    pub version: i64,
    /// [`LIVE`] or [`DELETED`].
    pub state: String,
    /// When it was created, in microseconds since 1970.
    pub created_at: i64,
    /// When it was last written, in microseconds since 1970.
    pub updated_at: i64,
    /// The organisation that wrote it last.
    pub origin: String,
    /// The name, as a language map in JSON.
    pub name: String,
    /// The canonical JSON.
    pub content: String,
}

impl RecordRow {
    /// Returns how the row is named when it is damaged.
    #[must_use]
    pub fn location(&self) -> StoredRowId<'_> {
        StoredRowId { kind: &self.kind, id: self.id, version: self.version }
    }

    /// Returns the time of the next version: `now`, but never before the previous version, even if the clock
    /// was set back.
    #[must_use]
    pub fn next_written_at(&self, now: i64) -> i64 {
        now.max(self.updated_at).max(self.created_at)
    }

    /// Whether it is a tombstone.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.state == DELETED
    }
}

/// Returns the record with this id, of any kind, tombstones included.
pub fn find(tx: &mut Conn, id: Id) -> QueryResult<Option<RecordRow>> {
    let row = "SELECT number, id, kind, version, state, created_at, updated_at, origin, name, content FROM records WHERE id = ";
    let row = SqlFragment::new(row).bind(BindValue::Id(id));
    Statement::<(BigInt, UuidSql, SqlText, BigInt, SqlText, BigInt, BigInt, SqlText, SqlText, SqlText)>::new(
        row,
    )
    .get_result(tx)
    .optional()
}

/// Returns the condition that the record `r` is of this kind, has this id and is not deleted.
#[must_use]
pub fn live_by_id(kind: Kind, id: Id) -> SqlFragment {
    live_with(kind, SqlFragment::default().bind(BindValue::Id(id)))
}

/// Returns the condition that the record `r` is of this kind, bears this identifier and is not deleted.
#[must_use]
pub fn live_by_identifier(kind: Kind, identifier: &Identifier) -> SqlFragment {
    let bearer =
        SqlFragment::new("(SELECT record_id FROM identifiers WHERE kind = ").bind_text(kind.as_str());
    let bearer = bearer
        .sql(" AND scheme = ")
        .bind_text(&identifier.scheme)
        .sql(" AND value = ")
        .bind_text(&identifier.value);
    live_with(kind, bearer.sql(")"))
}

fn live_with(kind: Kind, id: SqlFragment) -> SqlFragment {
    let row = SqlFragment::new("r.id = ").append(id).sql(" AND r.kind = ").bind_text(kind.as_str());
    row.sql(" AND r.state = ").bind_text(LIVE)
}

/// Locks the row of a record against other writers until the transaction ends, and returns it.
pub fn lock_and_find(tx: &mut Conn, id: Id) -> QueryResult<Option<RecordRow>> {
    lock_record(tx, id)?;
    find(tx, id)
}

/// Locks the row of a record against other writers until the transaction ends.
pub fn lock_record(tx: &mut Conn, id: Id) -> QueryResult<()> {
    tx.lock_row("records", id)
}

/// Inserts an empty row for a record that is about to be written, so that others can refer to it.
pub fn reserve_record(tx: &mut Conn, kind: Kind, id: Id) -> QueryResult<()> {
    let row = (
        records::id.eq(id),
        records::kind.eq(kind.as_str()),
        records::version.eq(0),
        records::state.eq(LIVE),
        records::shape.eq(CONTENT_FORMAT),
        records::created_at.eq(0),
        records::updated_at.eq(0),
        records::origin.eq(""),
        records::name.eq("{}"),
        records::content.eq("{}"),
    );
    diesel::insert_into(records::table).values(row).execute(tx).map(drop)
}

/// Saves a row: inserts it if `fresh`, and then sets its number; else updates it.
pub fn save_row(tx: &mut Conn, row: &mut RecordRow, fresh: bool, now: i64) -> QueryResult<()> {
    let text = |text: &String| BindValue::Text(text.clone());
    let values = [
        ("version", BindValue::Int(row.version)),
        ("shape", BindValue::Int(CONTENT_FORMAT)),
        ("created_at", BindValue::Int(row.created_at)),
        ("updated_at", BindValue::Int(now)),
        ("origin", text(&row.origin)),
        ("name", text(&row.name)),
        ("content", text(&row.content)),
    ];
    if fresh {
        let key_values = [BindValue::Id(row.id), text(&row.kind), text(&row.state)];
        let columns = "INSERT INTO records (id, kind, state, version, shape, created_at, updated_at, origin, name, content) VALUES ";
        let values = key_values.into_iter().chain(values.into_iter().map(|(_, value)| value));
        let insert = SqlFragment::new(columns).bind_list(values).sql(" RETURNING number");
        row.number = Statement::<BigInt>::new(insert).get_result(tx)?;
        return Ok(());
    }
    let sets = values.map(|(column, value)| SqlFragment::new([column, " = "].concat()).bind(value));
    let update = |sets: &[SqlFragment], more: SqlFragment| {
        let update = SqlFragment::new("UPDATE records SET ").append(SqlFragment::comma_separated(sets));
        Statement::<BigInt>::new(update.sql(" WHERE id = ").bind(BindValue::Id(row.id)).append(more))
    };
    // Setting the state, even to the same value, checks it against every reference to the record. So it is
    // set only if it changes.
    let state = SqlFragment::new("state = ").bind_text(&row.state);
    let is_same = SqlFragment::new(" AND ").append(state.clone());
    if update(&sets, is_same).execute(tx)? == 0 {
        update(&[sets.as_slice(), &[state]].concat(), SqlFragment::default()).execute(tx)?;
    }
    Ok(())
}

/// Kind and name of a record that another refers to.
#[derive(Debug, Clone)]
pub struct RecordName {
    /// The kind's name.
    pub kind: String,
    /// The record's name.
    pub name: Text,
}

/// Returns the names of the records that these records refer to, by id.
pub fn names_referred_to(tx: &mut Conn, from: &[Id]) -> TxResult<HashMap<String, RecordName>> {
    record_names(tx, ref_target_ids(from))
}

/// Returns the subquery for the ids that these records refer to, in parentheses.
#[must_use]
pub fn ref_target_ids(from: &[Id]) -> SqlFragment {
    let targets = SqlFragment::new("(SELECT to_record FROM refs WHERE from_record IN ");
    targets.bind_list(from.iter().map(|id| BindValue::Id(*id))).sql(")")
}

/// Returns the names of the records with these ids (a list or subquery in parentheses), by id.
pub fn record_names(tx: &mut Conn, ids: SqlFragment) -> TxResult<HashMap<String, RecordName>> {
    let named = |(id, kind, name): (Id, String, String)| {
        let name = damage::parse_stored_name(&kind, id, &name)?;
        Ok((id.to_string(), RecordName { kind, name }))
    };
    load_stored_names(tx, ids)?.into_iter().map(named).collect()
}

/// Returns id, kind and name as stored of the records with these ids (a list or subquery in parentheses).
pub fn load_stored_names(tx: &mut Conn, ids: SqlFragment) -> QueryResult<Vec<(Id, String, String)>> {
    let query = SqlFragment::new("SELECT id, kind, name FROM records WHERE id IN ").append(ids);
    Statement::<(UuidSql, SqlText, SqlText)>::new(query).load(tx)
}
