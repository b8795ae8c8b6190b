//! The tables that every kind shares: records, identifiers, references, tags, search, and the change log.

use crate::clock;
use crate::db::schema::{changes, feed_head, identifiers, records, refs, search, settings, tags};
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome, paging::Statement};
use crate::vocabulary::language::Language;
use crate::vocabulary::{Identifier, Kind, PartialDate, Text, folding};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// The shape of contents written now; a later shape upgrades older ones when they are read for writing.
pub const SHAPE: i64 = 1;

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
    /// Who wrote it last.
    pub origin: String,
    /// Its name, as a language map in JSON.
    pub name: String,
    /// Its canonical JSON.
    pub content: String,
}

impl Head {
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
    records::table.filter(records::id.eq(id)).select(Head::as_select()).first(tx).optional()
}

/// Locks the record's row until the end of the transaction.
///
/// # Errors
/// When the database fails.
pub fn lock(tx: &mut Conn, id: Id) -> QueryResult<()> {
    let row = diesel::update(records::table.filter(records::id.eq(id)));
    row.set(records::version.eq(records::version)).execute(tx).map(drop)
}

/// The id of the record of one of `kinds` that bears the identifier, tombstones included.
///
/// # Errors
/// When the database fails.
pub fn by_identifier(tx: &mut Conn, kinds: &[Kind], identifier: &Identifier) -> QueryResult<Vec<Id>> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    identifiers::table
        .filter(identifiers::scheme.eq(&identifier.scheme).and(identifiers::value.eq(&identifier.value)))
        .filter(identifiers::kind.eq_any(names))
        .select(identifiers::record_id)
        .load(tx)
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

/// The identifiers a record has; those of its natural key included.
///
/// # Errors
/// When the database fails.
pub fn identifiers_of(tx: &mut Conn, id: Id) -> QueryResult<Vec<Identifier>> {
    let rows = identifiers::table
        .filter(identifiers::record_id.eq(id))
        .select((identifiers::scheme, identifiers::value));
    let rows: Vec<(String, String)> = rows.load(tx)?;
    Ok(rows.into_iter().map(|(scheme, value)| Identifier { scheme, value }).collect())
}

/// Gives a record exactly these identifiers.
///
/// # Errors
/// When the database fails, or another record has one of them.
pub fn set_identifiers(tx: &mut Conn, kind: Kind, id: Id, wanted: &[Identifier]) -> QueryResult<()> {
    let held = identifiers_of(tx, id)?;
    for gone in held.iter().filter(|held| !wanted.contains(held)) {
        let row = identifiers::table.find((kind.as_str(), &gone.scheme, &gone.value));
        diesel::delete(row).execute(tx)?;
    }
    for new in wanted.iter().filter(|wanted| !held.contains(wanted)) {
        let row = (
            identifiers::kind.eq(kind.as_str()),
            identifiers::scheme.eq(&new.scheme),
            identifiers::value.eq(&new.value),
            identifiers::record_id.eq(id),
        );
        diesel::insert_into(identifiers::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// A reference of a record: the member (without list indices) and the record it names.
pub type Reference = (String, Id);

/// Replaces what a record refers to.
///
/// # Errors
/// When the database fails, or a record referred to is not there any more.
pub fn set_refs(tx: &mut Conn, id: Id, wanted: &[Reference]) -> QueryResult<()> {
    diesel::delete(refs::table.filter(refs::from_record.eq(id))).execute(tx)?;
    for (pointer, target) in wanted {
        let row = (
            refs::from_record.eq(id),
            refs::pointer.eq(pointer),
            refs::to_record.eq(*target),
            refs::to_state.eq(LIVE),
        );
        diesel::insert_into(refs::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Replaces a record's codes inside lists.
///
/// # Errors
/// When the database fails.
pub fn set_tags(tx: &mut Conn, id: Id, wanted: &[(String, &'static str)]) -> QueryResult<()> {
    diesel::delete(tags::table.filter(tags::record_id.eq(id))).execute(tx)?;
    for (pointer, code) in wanted {
        let row = (tags::record_id.eq(id), tags::pointer.eq(pointer), tags::code.eq(*code));
        diesel::insert_into(tags::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Replaces a record's searchable text.
///
/// # Errors
/// When the database fails.
pub fn set_search(tx: &mut Conn, number: i64, text: &str) -> QueryResult<()> {
    diesel::delete(search::table.find(number)).execute(tx)?;
    let row = (search::rowid.eq(number), search::text.eq(folding::fold_search(text)));
    diesel::insert_into(search::table).values(row).execute(tx).map(drop)
}

/// Removes everything projected from a record's content; the row, its identifiers and its changes stay.
///
/// # Errors
/// When the database fails.
pub fn unproject(tx: &mut Conn, head: &Head, table: &str) -> QueryResult<()> {
    set_refs(tx, head.id, &[])?;
    set_tags(tx, head.id, &[])?;
    diesel::delete(search::table.find(head.number)).execute(tx)?;
    clear(tx, head.id, table)
}

/// Removes a record's row from its kind's table.
///
/// # Errors
/// When the database fails.
pub fn clear(tx: &mut Conn, id: Id, table: &str) -> QueryResult<()> {
    let statement = Clause::new(format!("DELETE FROM {table} WHERE id = ")).bind(Bind::Id(id));
    Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// How many references there are to a record, and some of the records they are in.
///
/// # Errors
/// When the database fails.
pub fn referrers(tx: &mut Conn, id: Id, limit: i64) -> QueryResult<(i64, Vec<(Id, String, String, String)>)> {
    let all = || refs::table.filter(refs::to_record.eq(id).and(refs::from_record.ne(id)));
    let count = all().select(count_star()).first(tx)?;
    let some = all()
        .inner_join(records::table.on(records::id.eq(refs::from_record)))
        .select((records::id, records::kind, refs::pointer, records::name))
        .order((records::id, refs::pointer))
        .limit(limit)
        .load(tx)?;
    Ok((count, some))
}

/// The records of these kinds that refer to a record.
///
/// # Errors
/// When the database fails.
pub fn referring(tx: &mut Conn, id: Id, kinds: &[Kind]) -> QueryResult<Vec<Head>> {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let from = refs::table.filter(refs::to_record.eq(id)).select(refs::from_record);
    let wanted = records::id.eq_any(from).and(records::kind.eq_any(names)).and(records::state.eq(LIVE));
    records::table.filter(wanted).select(Head::as_select()).load(tx)
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
/// When the database fails.
pub fn referred(tx: &mut Conn, from: &[Id]) -> QueryResult<HashMap<String, Named>> {
    let targets = Clause::new("SELECT DISTINCT to_record FROM refs WHERE from_record IN ");
    named(tx, targets.list(from.iter().map(|id| Bind::Id(*id))))
}

/// The records with these ids, by id.
///
/// # Errors
/// When the database fails.
pub fn named(tx: &mut Conn, ids: Clause) -> QueryResult<HashMap<String, Named>> {
    let query = Clause::new("SELECT id, kind, name FROM records WHERE id IN (").then(ids).sql(")");
    let rows: Vec<(Id, String, String)> = Statement::<(Guid, SqlText, SqlText)>::new(query).load(tx)?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, name)| (id.to_string(), Named { kind, name: Text::from_json(&name) }))
        .collect())
}

/// What a write did to a record, for the log.
#[derive(Debug, Clone)]
pub struct Change {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// The version the write made.
    pub version: i64,
    /// `create`, `update`, `delete`, `restore`.
    pub op: &'static str,
    /// The members that changed.
    pub changed: Vec<String>,
    /// The canonical JSON of that version; none for a deletion.
    pub body: Option<String>,
}

/// Who writes, and when.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The organisation.
    pub origin: String,
    /// The key.
    pub actor: String,
    /// Microseconds since 1970.
    pub at: i64,
    /// The transaction, for readers of the log.
    pub batch: Id,
}

/// Numbers changes and appends them to the log: the last statements of every writing transaction. The counter's row
/// stays locked until the commit is visible, so that the order of the numbers is the order of the commits.
///
/// # Errors
/// When the database fails.
pub fn append(tx: &mut Conn, stamp: &Stamp, done: &[Change]) -> Outcome<()> {
    if done.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(done.len()).unwrap_or(i64::MAX);
    let head: i64 = diesel::update(feed_head::table)
        .set(feed_head::seq.eq(feed_head::seq + count))
        .returning(feed_head::seq)
        .get_result(tx)?;
    for (seq, change) in (head - count + 1..).zip(done) {
        let changed = serde_json::Value::from(change.changed.clone()).to_string();
        let row = (
            changes::seq.eq(seq),
            changes::record_id.eq(change.id),
            changes::kind.eq(change.kind.as_str()),
            changes::version.eq(change.version),
            changes::op.eq(change.op),
            changes::origin.eq(&stamp.origin),
            changes::actor.eq(&stamp.actor),
            changes::at.eq(stamp.at),
            changes::batch_id.eq(stamp.batch),
            changes::changed.eq(changed),
            changes::shape.eq(SHAPE),
            changes::body.eq(change.body.as_deref()),
        );
        diesel::insert_into(changes::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// A value that all instances over this database share.
///
/// # Errors
/// When the database fails.
pub fn setting(tx: &mut Conn, name: &str) -> QueryResult<Option<String>> {
    settings::table.find(name).select(settings::value).first(tx).optional()
}

/// Keeps a shared value.
///
/// # Errors
/// When the database fails.
pub fn set_setting(tx: &mut Conn, name: &str, value: &str) -> QueryResult<()> {
    diesel::delete(settings::table.find(name)).execute(tx)?;
    let row = (settings::name.eq(name), settings::value.eq(value));
    diesel::insert_into(settings::table).values(row).execute(tx).map(drop)
}

/// A new id for a record.
#[must_use]
pub fn new_id() -> Id {
    Id(clock::new_id())
}

/// The id of a UUID in text.
#[must_use]
pub fn parse_id(text: &str) -> Option<Id> {
    (text.len() == 36).then(|| Uuid::parse_str(text).ok().map(Id)).flatten()
}

/// The columns of a date.
#[derive(Debug, Default)]
pub struct Span {
    /// Its text.
    pub text: Option<String>,
    /// Its first possible day.
    pub earliest: Option<String>,
    /// Its last possible day.
    pub latest: Option<String>,
}

/// The columns of a date that may be unset.
#[must_use]
pub fn span(date: Option<&PartialDate>) -> Span {
    date.map_or_else(Span::default, |date| Span {
        text: Some(date.edtf().as_str().to_owned()),
        earliest: date.earliest(),
        latest: date.latest(),
    })
}

/// The sort key of a text in a language, with the label's fallback.
#[must_use]
pub fn key(text: &Text, language: &str) -> String {
    folding::sort_key(text.show(Language::from_tag(language).unwrap_or_default()))
}

/// What a record refers to by a member.
///
/// # Errors
/// When the database fails.
pub fn targets(tx: &mut Conn, from: Id, pointer: &str) -> QueryResult<Vec<Id>> {
    let wanted = refs::from_record.eq(from).and(refs::pointer.eq(pointer));
    refs::table.filter(wanted).select(refs::to_record).load(tx)
}

/// Whether a record is `start`, or above it along a member that refers upwards.
///
/// # Errors
/// When the database fails.
pub fn is_above(tx: &mut Conn, id: Id, start: Option<Id>, pointer: &str) -> QueryResult<bool> {
    let Some(start) = start else { return Ok(false) };
    let above = Clause::new("WITH RECURSIVE above(id) AS (SELECT id FROM records WHERE id = ")
        .bind(Bind::Id(start))
        .sql(" UNION SELECT r.to_record FROM refs r JOIN above a ON r.from_record = a.id AND r.pointer = ")
        .text(pointer)
        .sql(") SELECT COUNT(*) FROM above WHERE id = ")
        .bind(Bind::Id(id));
    let found: i64 = Statement::<BigInt>::new(above).get_result(tx)?;
    Ok(found > 0)
}

/// The canonical JSON of these records, by id.
///
/// # Errors
/// When the database fails.
pub fn contents(tx: &mut Conn, ids: &[Id]) -> QueryResult<HashMap<Id, Map<String, Value>>> {
    let rows =
        records::table.filter(records::id.eq_any(ids.to_vec())).select((records::id, records::content));
    let rows: Vec<(Id, String)> = rows.load(tx)?;
    Ok(rows
        .into_iter()
        .map(|(id, content)| (id, serde_json::from_str(&content).unwrap_or_default()))
        .collect())
}
