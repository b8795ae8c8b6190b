//! The rows of the records: found, locked, reserved, named.

use crate::db::schema::records;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome, paging::Statement};
use crate::error::Problem;
use crate::registry::content::{self, Place};
use crate::vocabulary::{Identifier, Kind, Text};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The shape of contents written now; a later shape upgrades older ones when they are read for writing.
pub const SHAPE: i64 = 1;

/// Brings a content of any shape so far to [`SHAPE`]: the one place where old contents learn new forms.
#[must_use]
pub fn upgrade(shape: i64, content: Map<String, Value>) -> Map<String, Value> {
    debug_assert!(shape <= SHAPE, "a content from the future");
    content
}

/// The state of a record that can be read and referred to.
pub const LIVE: &str = "live";

/// The state of a tombstone.
pub const DELETED: &str = "deleted";

/// A record's row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct Head {
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

impl Head {
    /// How it is named when what is stored of it is damaged.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        Place { kind: &self.kind, id: self.id, version: self.version }
    }

    /// The members of its content.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn members(&self) -> Result<Map<String, Value>, Problem> {
        self.place().members(&self.content)
    }

    /// When its next version is written: now, but never before the version that it follows, however clocks go.
    #[must_use]
    pub fn next_at(&self, now: i64) -> i64 {
        now.max(self.updated_at).max(self.created_at)
    }

    /// Whether it is a tombstone.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.state == DELETED
    }
}

/// The record with this id, of any kind.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut Conn, id: Id) -> QueryResult<Option<Head>> {
    let row = "SELECT number, id, kind, version, state, created_at, updated_at, origin, name, content FROM records WHERE id = ";
    let row = Clause::new(row).bind(Bind::Id(id));
    Statement::<(BigInt, Guid, SqlText, BigInt, SqlText, BigInt, BigInt, SqlText, SqlText, SqlText)>::new(row)
        .get_result(tx)
        .optional()
}

/// The condition that a record `r` is the live one of a kind with this id.
#[must_use]
pub fn is_live(kind: Kind, id: Id) -> Clause {
    named_live(kind, Clause::default().bind(Bind::Id(id)))
}

/// The condition that a record `r` is the live one of a kind that bears this identifier.
#[must_use]
pub fn is_bearer(kind: Kind, identifier: &Identifier) -> Clause {
    let bearer = Clause::new("(SELECT record_id FROM identifiers WHERE kind = ").text(kind.as_str());
    let bearer =
        bearer.sql(" AND scheme = ").text(&identifier.scheme).sql(" AND value = ").text(&identifier.value);
    named_live(kind, bearer.sql(")"))
}

fn named_live(kind: Kind, id: Clause) -> Clause {
    let row = Clause::new("r.id = ").then(id).sql(" AND r.kind = ").text(kind.as_str());
    row.sql(" AND r.state = ").text(LIVE)
}

/// The record with this id, of any kind, whose row nobody else writes until the end of the transaction.
///
/// # Errors
/// When the database fails.
pub fn locked(tx: &mut Conn, id: Id) -> QueryResult<Option<Head>> {
    lock(tx, id)?;
    find(tx, id)
}

/// Locks the record's row until the end of the transaction.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Conn, id: Id) -> QueryResult<()> {
    tx.lock_row("records", id)
}

/// Makes the row of a record that is about to be written, so that others can refer to it.
///
/// # Errors
/// When the database fails.
pub fn reserve(tx: &mut Conn, kind: Kind, id: Id) -> QueryResult<()> {
    let row = (
        records::id.eq(id),
        records::kind.eq(kind.as_str()),
        records::version.eq(0),
        records::state.eq(LIVE),
        records::shape.eq(SHAPE),
        records::created_at.eq(0),
        records::updated_at.eq(0),
        records::origin.eq(""),
        records::name.eq("{}"),
        records::content.eq("{}"),
    );
    diesel::insert_into(records::table).values(row).execute(tx).map(drop)
}

/// Writes a record's row, `fresh` where there is none yet; completes its number.
///
/// # Errors
/// When the database fails.
pub fn put(tx: &mut Conn, row: &mut Head, fresh: bool, now: i64) -> QueryResult<()> {
    let text = |text: &String| Bind::Text(text.clone());
    let values = [
        ("version", Bind::Int(row.version)),
        ("shape", Bind::Int(SHAPE)),
        ("created_at", Bind::Int(row.created_at)),
        ("updated_at", Bind::Int(now)),
        ("origin", text(&row.origin)),
        ("name", text(&row.name)),
        ("content", text(&row.content)),
    ];
    if fresh {
        let own = [Bind::Id(row.id), text(&row.kind), text(&row.state)];
        let columns = "INSERT INTO records (id, kind, state, version, shape, created_at, updated_at, origin, name, content) VALUES ";
        let values = own.into_iter().chain(values.into_iter().map(|(_, value)| value));
        let insert = Clause::new(columns).list(values).sql(" RETURNING number");
        row.number = Statement::<BigInt>::new(insert).get_result(tx)?;
        return Ok(());
    }
    let sets = values.map(|(column, value)| Clause::new([column, " = "].concat()).bind(value));
    let update = |sets: &[Clause], more: Clause| {
        let update = Clause::new("UPDATE records SET ").then(Clause::listed(sets));
        Statement::<BigInt>::new(update.sql(" WHERE id = ").bind(Bind::Id(row.id)).then(more))
    };
    // A state that is written is checked against all that refers to it, even where it stays the same.
    let state = Clause::new("state = ").text(&row.state);
    let is_same = Clause::new(" AND ").then(state.clone());
    if update(&sets, is_same).execute(tx)? == 0 {
        update(&[sets.as_slice(), &[state]].concat(), Clause::default()).execute(tx)?;
    }
    Ok(())
}

/// The canonical JSON of these records, by id.
///
/// # Errors
/// When the database fails, or a record is damaged.
pub fn contents(tx: &mut Conn, ids: &[Id]) -> Outcome<HashMap<Id, Map<String, Value>>> {
    let rows = records::table.filter(records::id.eq_any(ids.to_vec()));
    let rows: Vec<(Id, String, i64, String)> =
        rows.select((records::id, records::kind, records::version, records::content)).load(tx)?;
    let read = |(id, kind, version, content): (Id, String, i64, String)| {
        Ok((id, Place { kind: &kind, id, version }.members(&content)?))
    };
    rows.into_iter().map(read).collect()
}

/// A record as another names it.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its kind's name.
    pub kind: String,
    /// What it is called.
    pub name: Text,
}

/// The records that these records refer to, by id.
///
/// # Errors
/// When the database fails, or a name is damaged.
pub fn referred(tx: &mut Conn, from: &[Id]) -> Outcome<HashMap<String, Named>> {
    named(tx, targets_of(from))
}

/// The ids of what these records refer to, in parentheses.
#[must_use]
pub fn targets_of(from: &[Id]) -> Clause {
    let targets = Clause::new("(SELECT to_record FROM refs WHERE from_record IN ");
    targets.list(from.iter().map(|id| Bind::Id(*id))).sql(")")
}

/// The records with these ids, by id.
///
/// # Errors
/// When the database fails, or a name is damaged.
pub fn named(tx: &mut Conn, ids: Clause) -> Outcome<HashMap<String, Named>> {
    let named = |(id, kind, name): (Id, String, String)| {
        let name = content::name(&kind, id, &name)?;
        Ok((id.to_string(), Named { kind, name }))
    };
    names(tx, ids)?.into_iter().map(named).collect()
}

/// Id, kind and name, as stored, of the records with these ids (in parentheses).
///
/// # Errors
/// When the database fails.
pub fn names(tx: &mut Conn, ids: Clause) -> QueryResult<Vec<(Id, String, String)>> {
    let query = Clause::new("SELECT id, kind, name FROM records WHERE id IN ").then(ids);
    Statement::<(Guid, SqlText, SqlText)>::new(query).load(tx)
}
