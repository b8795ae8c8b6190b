//! What is derived from contents: columns, tags, search, and the names that depend on other records.

use super::Draft;
use super::refs::{Gathered, claims};
use super::texts::{Passage, passages};
use crate::db::schema::records;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::shelf::{Held, Names};
use crate::registry::store::{self, Head, Reference};
use crate::vocabulary::{At, Identifier, Kind, Member as _, Text, Visitor};
use diesel::prelude::*;
use serde_json::Value;

/// Writes everything that is derived from a content, where nothing is yet: columns, tags, search.
pub(super) fn project(
    tx: &mut Conn,
    kind: Kind,
    id: Id,
    number: i64,
    content: &mut dyn Held,
    name: &Text,
    citations: &[Value],
) -> Outcome<()> {
    let mut gathered = Gathered::default();
    content.walk(&mut gathered);
    let passages = passages(content, name);
    let texts = |only_names: bool| {
        let passages = passages.iter().filter(move |passage| passage.is_name || !only_names);
        passages.map(|passage| passage.text.as_str())
    };
    store::add_tags(tx, id, &gathered.tags)?;
    store::add_dates(tx, id, kind, &gathered.dates)?;
    store::add_citations(tx, id, kind, &claims(&content.json(), citations))?;
    store::add_search(tx, number, id, texts(true), texts(false))?;
    content.project(id, name, tx)
}

/// Renames the records whose label is made of the name of a record that has just been renamed.
pub(super) fn rename_dependents(tx: &mut Conn, id: Id) -> Outcome<()> {
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.shelf().named_by_refs()).collect();
    for head in store::referring(tx, id, &kinds)? {
        rename(tx, &head)?;
    }
    Ok(())
}

/// Writes again what is derived from a stored record. It makes no version.
///
/// # Errors
/// When the database fails.
pub(super) fn rename(tx: &mut Conn, head: &Head) -> Outcome<()> {
    Stored::read(&head.kind, &head.content).map_or(Ok(()), |stored| derive(tx, head, stored))
}

/// Writes again everything that is derived from a stored record, what it refers to included: the rows of the records
/// that it names must be there.
///
/// # Errors
/// When the database fails, or the content is none of its kind.
pub fn reindex(tx: &mut Conn, head: &Head) -> Outcome<()> {
    let mut stored = Stored::read(&head.kind, &head.content)?;
    store::remove_refs(tx, head.id)?;
    store::add_refs(tx, head.id, &stored.references())?;
    derive(tx, head, stored)
}

fn derive(tx: &mut Conn, head: &Head, mut stored: Stored) -> Outcome<()> {
    let mut names = Names::new();
    if stored.kind.shelf().named_by_refs() {
        let named = store::referred(tx, &[head.id])?;
        names.extend(named.into_iter().map(|(id, named)| (id, named.name)));
    }
    let citations = stored.citations();
    let content = stored.draft.content.as_mut();
    let name = content.name(&names);
    if name.json() != head.name {
        let row = diesel::update(records::table.filter(records::id.eq(head.id)));
        row.set(records::name.eq(name.json())).execute(tx)?;
    }
    store::clear(tx, head, stored.kind.shelf().table())?;
    project(tx, stored.kind, head.id, head.number, content, &name, &citations)
}

/// The content of a stored record, read again.
pub struct Stored {
    kind: Kind,
    draft: Draft,
}

impl Stored {
    /// Reads the canonical JSON of a record of a kind.
    ///
    /// # Errors
    /// When it is none of its kind.
    pub fn read(kind: &str, content: &str) -> Result<Self, Problem> {
        let kind = Kind::from_name(kind).ok_or_else(|| Problem::new(Code::Internal))?;
        let body = serde_json::from_str(content)
            .map_err(|error| Problem::new(Code::MalformedJson).fact("reason", error))?;
        Ok(Self { kind, draft: Draft::read(kind, body, None).map_err(Problem::invalid)? })
    }

    /// Its identifiers, its natural key among them.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let natural = self.draft.content.natural_key();
        let natural = natural.map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
        self.draft.identifiers.iter().cloned().chain(natural).collect()
    }

    /// Its citations, as stored.
    fn citations(&self) -> Vec<Value> {
        self.draft.citations.iter().filter_map(|citation| serde_json::to_value(citation).ok()).collect()
    }

    /// Its texts, names first.
    #[must_use]
    pub fn passages(&mut self, label: &Text) -> Vec<Passage> {
        passages(self.draft.content.as_mut(), label)
    }

    /// What it refers to, in order.
    pub fn references(&mut self) -> Vec<Reference> {
        let mut named = Named::default();
        self.draft.content.walk(&mut named);
        named.below = "/citations";
        for citation in &mut self.draft.citations {
            citation.walk(&At::Root, &mut named);
        }
        named.references.sort();
        named.references.dedup();
        named.references
    }
}

/// Collects what a stored content refers to: every reference is a UUID.
#[derive(Default)]
struct Named {
    below: &'static str,
    references: Vec<Reference>,
}

impl Visitor for Named {
    fn reference(&mut self, at: &At<'_>, id: &mut String, _: &mut Option<Kind>, _: &'static [Kind]) {
        let pointer = [self.below, &at.member()].concat();
        self.references.extend(store::parse_id(id).map(|id| (pointer, id)));
    }
}
