//! What is derived from contents: columns, tags, search, and the names that depend on other records.

use super::Draft;
use super::refs::{Gathered, claims};
use super::texts::{Passage, passages};
use crate::db::schema::records;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome, late};
use crate::error::{Code, Problem};
use crate::registry::content::Place;
use crate::registry::shelf::{Held, Names};
use crate::registry::store::{self, Claim, Columns, Head, Reference, Tenure};
use crate::vocabulary::language::Language;
use crate::vocabulary::{At, Identifier, Kind, Member as _, PartialDate, Text, Visitor, folding, romaji};
use diesel::prelude::*;
use serde_json::{Value, json};
use std::borrow::Cow;

/// What is derived from a content: its row of its kind's table, and those of the tables that all kinds share.
#[derive(Default)]
pub(super) struct Rows {
    columns: Columns,
    tenures: Vec<Tenure>,
    references: Vec<Reference>,
    tags: Vec<(String, &'static str)>,
    dates: Vec<(String, PartialDate)>,
    claims: Vec<Claim>,
    words: store::Words,
    /// Its names and all its texts, folded, to be searched.
    texts: (String, String),
}

impl Rows {
    /// Of a content with this name, these identifiers (the natural key among them), citations and references.
    pub(super) fn of(
        content: &mut dyn Held,
        name: &Text,
        identifiers: &[Identifier],
        citations: &[Value],
        references: Vec<Reference>,
    ) -> Self {
        let mut gathered = Gathered::default();
        content.walk(&mut gathered);
        let passages = passages(content, name);
        let texts = |only_names: bool| {
            let passages = passages.iter().filter(move |passage| passage.is_name || !only_names);
            folding::fold_texts(passages.flat_map(spellings))
        };
        let claims = if citations.is_empty() { vec![] } else { claims(&content.json(), citations) };
        let texts = (texts(true), texts(false));
        let Gathered { tags, dates } = gathered;
        let (columns, tenures) = (content.columns(name, identifiers), content.tenures());
        Self { columns, tenures, references, tags, dates, claims, words: store::words(&texts.0), texts }
    }

    /// Of a record as it is stored; where its content cannot be read any more, they are removed.
    pub(super) fn replaced(tx: &mut Conn, head: &Head) -> Outcome<Self> {
        let (Ok(mut stored), Ok(name)) =
            (Stored::parse(&head.kind, &head.content), Text::from_json(&head.name))
        else {
            store::unproject(tx, head, kind(head)?.shelf().table())?;
            return Ok(Self::default());
        };
        Ok(stored.rows(&name))
    }

    /// Writes what differs from what was written `before`.
    pub(super) fn write(&self, tx: &mut Conn, head: &Head, before: &Self) -> Outcome<()> {
        let (id, number, kind) = (head.id, head.number, kind(head)?);
        store::set_refs(tx, id, &before.references, &self.references)?;
        store::set_columns(tx, id, kind.shelf().table(), &before.columns, &self.columns)?;
        store::set_tenures(id, &before.tenures, &self.tenures);
        store::set_tags(id, &before.tags, &self.tags);
        store::set_dates(id, kind, &before.dates, &self.dates);
        store::set_citations(id, kind, &before.claims, &self.claims);
        store::set_words(id, &before.words, &self.words);
        if before.texts != self.texts {
            let (names, texts) = self.texts.clone();
            late::find_by(number, names, texts);
        }
        Ok(())
    }
}

/// The text of a passage; one in Latin letters also as Hepburn spells it, so that `Kobe` finds `Koube`.
fn spellings(passage: &Passage) -> impl Iterator<Item = Cow<'_, str>> {
    let is_romaji = passage.lang == Some("ja-Latn");
    let hepburn = is_romaji.then(|| romaji::hepburn_words(&folding::fold_search(&passage.text))).flatten();
    [Cow::Borrowed(passage.text.as_str())].into_iter().chain(hepburn.map(Cow::Owned))
}

fn kind(head: &Head) -> Result<Kind, Problem> {
    Kind::from_name(&head.kind).ok_or_else(|| Problem::new(Code::Internal))
}

/// Renames the records whose label is made of the name of a record that has just been renamed.
pub(super) fn rename_dependents(tx: &mut Conn, id: Id) -> Outcome<()> {
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.shelf().named_by_refs()).collect();
    for head in store::referring(tx, id, &kinds)? {
        reindex(tx, &head)?;
    }
    Ok(())
}

/// Writes again everything that is derived from a stored record, what it refers to included: the rows of the records
/// that it names must be there. It makes no version.
///
/// # Errors
/// When the database fails, or the content is none of its kind.
pub fn reindex(tx: &mut Conn, head: &Head) -> Outcome<()> {
    derive(tx, head, Stored::read(head.place(), &head.content)?)
}

fn derive(tx: &mut Conn, head: &Head, mut stored: Stored) -> Outcome<()> {
    let is_named_by_refs = stored.kind.shelf().named_by_refs();
    let references = if is_named_by_refs { stored.references() } else { vec![] };
    let mut names = Names::new();
    if !references.is_empty() {
        let ids = references.iter().map(|(_, id)| Bind::Id(*id));
        let named = store::named(tx, Clause::default().list(ids))?;
        names.extend(named.into_iter().map(|(id, named)| (id, named.name)));
    }
    let name = stored.draft.content.name(&names);
    if name.json() != head.name {
        let row = diesel::update(records::table.filter(records::id.eq(head.id)));
        row.set(records::name.eq(name.json())).execute(tx)?;
    }
    store::unproject(tx, head, stored.kind.shelf().table())?;
    stored.rows(&name).write(tx, head, &Rows::default())
}

/// The content of a stored record, read again.
pub struct Stored {
    kind: Kind,
    draft: Draft,
}

impl Stored {
    /// Reads the canonical JSON of a record.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(place: Place<'_>, content: &str) -> Result<Self, Problem> {
        place.check(content)?;
        Self::parse(place.kind, content).map_err(|why| place.damaged(why))
    }

    /// Reads the canonical JSON of a record of a kind.
    ///
    /// # Errors
    /// Why it is none of its kind.
    pub fn parse(kind: &str, content: &str) -> Result<Self, String> {
        let kind = Kind::from_name(kind).ok_or("there is no such kind")?;
        let body = serde_json::from_str(content).map_err(|error| error.to_string())?;
        let draft = Draft::read(kind, body, None).map_err(|faults| {
            let faults = faults.told().iter().map(|fault| fault.json(Language::En).to_string());
            faults.collect::<Vec<_>>().join(", ")
        })?;
        Ok(Self { kind, draft })
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
        self.draft.citations.iter().map(|citation| json!(citation)).collect()
    }

    /// What is derived from it, by this name.
    fn rows(&mut self, name: &Text) -> Rows {
        let (identifiers, citations, references) = (self.identifiers(), self.citations(), self.references());
        Rows::of(self.draft.content.as_mut(), name, &identifiers, &citations, references)
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
