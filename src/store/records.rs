//! The rows of the records: found, locked, reserved, named.

use super::damage;
use super::damage::StoredRowId;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::records;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sql_types::Text as SqlText;
use serde_json::Map;
use serde_json::Value;
use std::collections::HashMap;

/// A reference as answered.
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

/// The shape of contents written now; a later shape upgrades older ones when they are read for writing.
pub const CONTENT_FORMAT: i64 = 1;

/// Brings a content of any shape so far to [`SHAPE`]: the one place where old contents learn new forms.
#[must_use]
pub fn upgrade_content(shape: i64, content: Map<String, Value>) -> Map<String, Value> {
    debug_assert!(shape <= CONTENT_FORMAT, "a content from the future");
    content
}

/// The state of a record that can be read and referred to.
pub const LIVE: &str = "live";

/// The state of a tombstone.
pub const DELETED: &str = "deleted";

/// A record's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct RecordRow {
    /// The row's own number.
    pub number: i64,
    /// The id.
    pub id: Id,
    /// The kind's name.
    pub kind: String,
    /// The version; 0 while the record is only reserved inside a batch.
    pub version: i64,
    /// [`LIVE`] or [`DELETED`].
    pub state: String,
    /// When it was created.
    pub created_at: i64,
    /// When it was last written.
    pub updated_at: i64,
    /// Who wrote it last.
    pub origin: String,
    /// Its name, as a language map in JSON.
    pub name: String,
    /// Its canonical JSON.
    pub content: String,
}

impl RecordRow {
    /// How it is named when what is stored of it is damaged.
    #[must_use]
    pub fn location(&self) -> StoredRowId<'_> {
        StoredRowId { kind: &self.kind, id: self.id, version: self.version }
    }

    /// When its next version is written: now, but never before the version that it follows, however clocks go.
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

/// The record with this id, of any kind.
pub fn find(tx: &mut Conn, id: Id) -> QueryResult<Option<RecordRow>> {
    let row = "SELECT number, id, kind, version, state, created_at, updated_at, origin, name, content FROM records WHERE id = ";
    let row = SqlFragment::new(row).bind(BindValue::Id(id));
    Statement::<(BigInt, UuidSql, SqlText, BigInt, SqlText, BigInt, BigInt, SqlText, SqlText, SqlText)>::new(
        row,
    )
    .get_result(tx)
    .optional()
}

/// The condition that a record `r` is the live one of a kind with this id.
#[must_use]
pub fn live_by_id(kind: Kind, id: Id) -> SqlFragment {
    live_with(kind, SqlFragment::default().bind(BindValue::Id(id)))
}

/// The condition that a record `r` is the live one of a kind that bears this identifier.
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

/// The record with this id, of any kind, whose row nobody else writes until the end of the transaction.
pub fn lock_and_find(tx: &mut Conn, id: Id) -> QueryResult<Option<RecordRow>> {
    lock_record(tx, id)?;
    find(tx, id)
}

/// Locks the record's row until the end of the transaction.
pub fn lock_record(tx: &mut Conn, id: Id) -> QueryResult<()> {
    tx.lock_row("records", id)
}

/// Makes the row of a record that is about to be written, so that others can refer to it.
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

/// Writes a record's row, `fresh` where there is none yet; completes its number.
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
        let own = [BindValue::Id(row.id), text(&row.kind), text(&row.state)];
        let columns = "INSERT INTO records (id, kind, state, version, shape, created_at, updated_at, origin, name, content) VALUES ";
        let values = own.into_iter().chain(values.into_iter().map(|(_, value)| value));
        let insert = SqlFragment::new(columns).bind_list(values).sql(" RETURNING number");
        row.number = Statement::<BigInt>::new(insert).get_result(tx)?;
        return Ok(());
    }
    let sets = values.map(|(column, value)| SqlFragment::new([column, " = "].concat()).bind(value));
    let update = |sets: &[SqlFragment], more: SqlFragment| {
        let update = SqlFragment::new("UPDATE records SET ").append(SqlFragment::comma_separated(sets));
        Statement::<BigInt>::new(update.sql(" WHERE id = ").bind(BindValue::Id(row.id)).append(more))
    };
    // A state that is written is checked against all that refers to it, even where it stays the same.
    let state = SqlFragment::new("state = ").bind_text(&row.state);
    let is_same = SqlFragment::new(" AND ").append(state.clone());
    if update(&sets, is_same).execute(tx)? == 0 {
        update(&[sets.as_slice(), &[state]].concat(), SqlFragment::default()).execute(tx)?;
    }
    Ok(())
}

/// A record as another names it.
#[derive(Debug, Clone)]
pub struct RecordName {
    /// Its kind's name.
    pub kind: String,
    /// What it is called.
    pub name: Text,
}

/// The records that these records refer to, by id.
pub fn names_referred_to(tx: &mut Conn, from: &[Id]) -> TxResult<HashMap<String, RecordName>> {
    record_names(tx, ref_target_ids(from))
}

/// The ids of what these records refer to, in parentheses.
#[must_use]
pub fn ref_target_ids(from: &[Id]) -> SqlFragment {
    let targets = SqlFragment::new("(SELECT to_record FROM refs WHERE from_record IN ");
    targets.bind_list(from.iter().map(|id| BindValue::Id(*id))).sql(")")
}

/// The records with these ids, by id.
pub fn record_names(tx: &mut Conn, ids: SqlFragment) -> TxResult<HashMap<String, RecordName>> {
    let named = |(id, kind, name): (Id, String, String)| {
        let name = damage::parse_stored_name(&kind, id, &name)?;
        Ok((id.to_string(), RecordName { kind, name }))
    };
    load_stored_names(tx, ids)?.into_iter().map(named).collect()
}

/// Id, kind and name, as stored, of the records with these ids (in parentheses).
pub fn load_stored_names(tx: &mut Conn, ids: SqlFragment) -> QueryResult<Vec<(Id, String, String)>> {
    let query = SqlFragment::new("SELECT id, kind, name FROM records WHERE id IN ").append(ids);
    Statement::<(UuidSql, SqlText, SqlText)>::new(query).load(tx)
}
