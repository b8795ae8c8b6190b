//! Many records in one transaction, whatever their order: references may point forward.

use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::engine::{self, Author, Draft, Goal, Precondition};
use crate::registry::store::{self, Change};
use crate::vocabulary::{Identifier, Kind};
use jiff::civil::Date;
use serde_json::Value;

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records made.
    pub created: usize,
    /// Records changed.
    pub updated: usize,
    /// Records that were so already.
    pub unchanged: usize,
}

/// A record to import, read but not yet written.
struct Item {
    index: usize,
    kind: Kind,
    draft: Draft,
    id: Option<Id>,
    version: Option<i64>,
}

/// Imports records: all or none.
///
/// # Errors
/// The problem of the first record that is refused, with its place in the list.
pub fn import(tx: &mut Conn, author: &Author, records: &[Value], today: Date) -> Outcome<Summary> {
    let mut items = records
        .iter()
        .enumerate()
        .map(|(index, record)| read(index, record))
        .collect::<Result<Vec<_>, _>>()?;
    // Kinds are listed so that what a rule looks at comes before the record that it judges.
    items.sort_by_key(|item| item.kind);
    let mut targets = Vec::with_capacity(items.len());
    for item in &items {
        targets.push(target(tx, item)?);
    }
    let mut summary = Summary::default();
    let mut changes: Vec<Change> = Vec::new();
    for (item, (id, is_new)) in items.into_iter().zip(targets) {
        let versions = item.version.filter(|_| !is_new).map(|version| vec![version]);
        let precondition = Precondition { versions, refused: None };
        let written =
            engine::write(tx, author, item.kind, &Goal::Upsert(id), item.draft, &precondition, today);
        let written = written.map_err(|failure| at(item.index, failure))?;
        match (written.created, written.changes.is_empty()) {
            (true, _) => summary.created += 1,
            (false, false) => summary.updated += 1,
            (false, true) => summary.unchanged += 1,
        }
        changes.extend(written.changes);
    }
    store::append(tx, &author.stamp, &changes)?;
    Ok(summary)
}

fn at(index: usize, failure: crate::db::Failure) -> crate::db::Failure {
    match failure {
        crate::db::Failure::Refused(problem) => problem.with("index", index).into(),
        failure @ crate::db::Failure::Database(_) => failure,
    }
}

fn read(index: usize, record: &Value) -> Result<Item, Problem> {
    let name = record.get("kind").and_then(Value::as_str).unwrap_or_default();
    let Some(kind) = Kind::from_name(name) else {
        let nearest = crate::vocabulary::member::nearest(
            name,
            &Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        );
        let facts = vec![("value", name.to_owned()), ("vocabulary", "kinds".into()), ("nearest", nearest)];
        return Err(Problem::invalid(vec![Fault::at("/kind", Code::UnknownCode, facts)]).with("index", index));
    };
    let draft = Draft::read(kind, record.clone(), None)
        .map_err(|faults| Problem::invalid(faults).with("index", index))?;
    let id = record.get("id").and_then(Value::as_str).and_then(store::parse_id);
    Ok(Item { index, kind, draft, id, version: record.get("version").and_then(Value::as_i64) })
}

/// The record that an item is about, and whether it is new: then it is reserved, so that others can refer to it.
fn target(tx: &mut Conn, item: &Item) -> Outcome<(Id, bool)> {
    let natural =
        item.draft.content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
    let identifiers: Vec<Identifier> = item.draft.identifiers.iter().cloned().chain(natural).collect();
    if let Some(id) = item.id
        && let Some(head) = store::find(tx, id)?
    {
        if head.kind == item.kind.as_str() {
            return Ok((id, false));
        }
        return Err(Problem::new(Code::IdTaken).with("index", item.index).with("kind", head.kind).into());
    }
    let mut found = Vec::new();
    for identifier in &identifiers {
        found.extend(store::by_identifier(tx, &[item.kind], identifier)?);
    }
    found.sort();
    found.dedup();
    match found.as_slice() {
        [] => {
            let id = item.id.unwrap_or_else(store::new_id);
            store::reserve(tx, item.kind, id)?;
            store::set_identifiers(tx, item.kind, id, &identifiers)?;
            Ok((id, true))
        }
        [id] => Ok((*id, false)),
        _ => Err(Problem::new(Code::Ambiguous).with("index", item.index).into()),
    }
}
