//! The change log, read: every version of every record, in the order of the commits.

use crate::db::schema::feed_head;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{self, Conn, Outcome, paging::Statement};
use crate::error::{Code, Problem, Result};
use crate::registry::content::Place;
use crate::registry::store::Version;
use crate::vocabulary::Kind;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Which changes a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selection {
    /// Of these kinds; of any when empty.
    pub kinds: Vec<Kind>,
    /// Not those of this origin.
    pub without: Option<String>,
}

impl Selection {
    /// Whether a reader who has seen this selection up to a position may go on with `other` from there.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let kinds = self.kinds.is_empty()
            || (!other.kinds.is_empty() && other.kinds.iter().all(|kind| self.kinds.contains(kind)));
        kinds && (self.without.is_none() || self.without == other.without)
    }

    fn condition(&self) -> Clause {
        let kinds = self.kinds.iter().map(|kind| Bind::Text(kind.as_str().into()));
        let kinds = (!self.kinds.is_empty()).then(|| Clause::new("kind IN ").list(kinds));
        let without = self.without.as_ref().map(|origin| Clause::new("origin <> ").text(origin));
        Clause::all(kinds.into_iter().chain(without))
    }
}

/// Stretches of the log in which a selection finds nothing, so that a reader who leaves out a large import does not walk
/// through it each time. The log only grows, so what was found empty stays so.
#[derive(Debug, Clone, Default)]
pub struct Deserts(Arc<Mutex<HashMap<(i64, Selection), i64>>>);

impl Deserts {
    /// The most that are remembered.
    const MOST: usize = 1000;

    /// From where the changes after a number have to be looked for.
    #[must_use]
    pub fn end(&self, after: i64, selection: &Selection) -> i64 {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(after, selection.clone())).copied().unwrap_or(after)
    }

    /// There is nothing for a selection after `after` up to `end`.
    pub fn found(&self, after: i64, selection: &Selection, end: i64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert((after, selection.clone()), end);
    }
}

/// Where the log begins and ends, and its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The numbering, until the registry is restored.
    pub epoch: String,
    /// The number before the first change.
    pub base: i64,
    /// The number of the newest change.
    pub head: i64,
}

/// Where the log begins and ends.
///
/// # Errors
/// When the database fails.
pub fn extent(tx: &mut Conn) -> Outcome<Extent> {
    let epoch = epoch(tx)?;
    let (base, head) = feed_head::table.select((feed_head::base, feed_head::seq)).first(tx)?;
    Ok(Extent { epoch, base, head })
}

/// The numbering of the log.
///
/// # Errors
/// When the database fails, or lacks it: then no cursor can be told from one of another numbering.
pub fn epoch(tx: &mut Conn) -> Outcome<String> {
    let epoch = db::setting(tx, "epoch")?.filter(|epoch| !epoch.is_empty());
    Ok(epoch.ok_or_else(|| {
        log::error!("the database has no `epoch` among its settings");
        Problem::new(Code::Internal)
    })?)
}

/// A row of the log.
#[derive(Debug, Queryable)]
pub struct Row {
    record_id: Id,
    kind: String,
    body: Option<String>,
    /// What was done.
    pub version: Version,
}

const COLUMNS: &str = "record_id, kind, body, seq, version, op, origin, actor, at, batch_id, changed, comment, \
                       overrode, replaced_by";
type Told =
    (BigInt, BigInt, Text, Text, Text, BigInt, Guid, Text, Nullable<Text>, Nullable<Text>, Nullable<Guid>);
type Columns = (Guid, Text, Nullable<Text>, Told);

impl Row {
    /// The change as JSON. The record is spliced in as it is stored, byte for byte.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn json(&self) -> Result<String> {
        let mut item = self.version.members(&self.kind, self.record_id)?;
        item.shift_insert(1, "kind".into(), self.kind.as_str().into());
        item.shift_insert(2, "id".into(), self.record_id.to_string().into());
        let mut text = Value::Object(item).to_string();
        if let Some(body) = &self.body {
            Place { kind: &self.kind, id: self.record_id, version: self.version.version }.check(body)?;
            text.pop();
            text.push_str(",\"record\":");
            text.push_str(body);
            text.push('}');
        }
        Ok(text)
    }
}

/// A page of the log.
#[derive(Debug, Default)]
pub struct Page {
    /// The changes, oldest first.
    pub rows: Vec<Row>,
    /// Whether more follow.
    pub has_more: bool,
}

/// Rows read at a time.
const BATCH: i64 = 200;
/// A page ends early when its records have this many bytes.
const FULL: usize = 8 << 20;

/// The changes after a number.
///
/// # Errors
/// When the database fails.
pub fn page(tx: &mut Conn, selection: &Selection, after: i64, limit: i64) -> Outcome<Page> {
    let mut page = Page::default();
    let (mut bytes, mut after, mut wanted) = (0, after, limit + 1);
    while wanted > 0 && bytes < FULL {
        let count = wanted.min(BATCH);
        let query = Clause::new(format!("SELECT {COLUMNS} FROM changes WHERE "))
            .then(Clause::in_time())
            .sql(" AND seq > ")
            .bind(Bind::Int(after))
            .sql(" AND ")
            .then(selection.condition())
            .sql(" ORDER BY seq LIMIT ")
            .bind(Bind::Int(count));
        let rows: Vec<Row> = Statement::<Columns>::new(query).load(tx)?;
        let read = i64::try_from(rows.len()).unwrap_or(count);
        bytes += rows.iter().map(|row| row.body.as_ref().map_or(0, String::len)).sum::<usize>();
        after = rows.last().map_or(after, |row| row.version.seq);
        page.rows.extend(rows);
        wanted = if read < count { 0 } else { wanted - count };
        page.has_more = read == count;
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    page.has_more = page.has_more && (page.rows.len() > limit || bytes >= FULL);
    page.rows.truncate(limit);
    Ok(page)
}
