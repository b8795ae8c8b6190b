//! What is derived from contents: columns, tags, search, and the names that depend on other records.

use super::RecordInput;
use super::refs::{CodesAndDates, citation_rows};
use super::texts::{TextPassage, collect_passages};
use crate::db::schema::records;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::db::{Conn, TxResult, late};
use crate::error::{ErrorCode, Problem};
use crate::registry::content::StoredRowId;
use crate::registry::shelf::{Content, ReferenceNames};
use crate::registry::store::{self, CitationRow, ItemPeriod, RecordRow, Reference, RowValues};
use crate::vocabulary::language::Language;
use crate::vocabulary::{
    BodyField as _, BodyPath, Identifier, Kind, PartialDate, Text, Visitor, folding, romaji,
};
use diesel::prelude::*;
use serde_json::{Value, json};
use std::borrow::Cow;

/// What is derived from a content: its row of its kind's table, and those of the tables that all kinds share.
#[derive(Default)]
pub(super) struct Projections {
    columns: RowValues,
    item_periods: Vec<ItemPeriod>,
    references: Vec<Reference>,
    tags: Vec<(String, &'static str)>,
    dates: Vec<(String, PartialDate)>,
    citations: Vec<CitationRow>,
    words: store::CompletionWords,
    /// Its names and all its texts, folded, to be searched.
    texts: (String, String),
}

impl Projections {
    /// Of a content with this name, these identifiers (the natural key among them), citations and references.
    pub(super) fn from_content(
        content: &mut dyn Content,
        name: &Text,
        identifiers: &[Identifier],
        citations: &[Value],
        references: Vec<Reference>,
    ) -> Self {
        let mut gathered = CodesAndDates::default();
        content.walk(&mut gathered);
        let passages = collect_passages(content, name);
        let texts = |only_names: bool| {
            let passages = passages.iter().filter(move |passage| passage.is_name || !only_names);
            folding::fold_texts_for_search(passages.flat_map(search_spellings))
        };
        let citations =
            if citations.is_empty() { vec![] } else { citation_rows(&content.to_json(), citations) };
        let texts = (texts(true), texts(false));
        let CodesAndDates { tags, dates } = gathered;
        let (columns, item_periods) = (content.columns(name, identifiers), content.item_periods());
        Self {
            columns,
            item_periods,
            references,
            tags,
            dates,
            citations,
            words: store::completion_words(&texts.0),
            texts,
        }
    }

    /// Of a record as it is stored; where its content cannot be read any more, they are removed.
    pub(super) fn from_stored(tx: &mut Conn, head: &RecordRow) -> TxResult<Self> {
        let (Ok(mut stored), Ok(name)) =
            (StoredRecord::parse(&head.kind, &head.content), Text::from_json(&head.name))
        else {
            store::delete_projections(tx, head, kind_of(head)?.definition().table())?;
            return Ok(Self::default());
        };
        Ok(stored.projections(&name))
    }

    /// Writes what differs from what was written `before`.
    pub(super) fn write(&self, tx: &mut Conn, head: &RecordRow, before: &Self) -> TxResult<()> {
        let (id, number, kind) = (head.id, head.number, kind_of(head)?);
        store::set_refs(tx, id, &before.references, &self.references)?;
        store::set_columns(tx, id, kind.definition().table(), &before.columns, &self.columns)?;
        store::set_item_periods(id, &before.item_periods, &self.item_periods);
        store::set_tags(id, &before.tags, &self.tags);
        store::set_dates(id, kind, &before.dates, &self.dates);
        store::set_citations(id, kind, &before.citations, &self.citations);
        store::set_words(id, &before.words, &self.words);
        if before.texts != self.texts {
            let (names, texts) = self.texts.clone();
            late::defer_texts(number, names, texts);
        }
        Ok(())
    }
}

/// The text of a passage; one in Latin letters also as Hepburn spells it, so that `Kobe` finds `Koube`.
fn search_spellings(passage: &TextPassage) -> impl Iterator<Item = Cow<'_, str>> {
    let is_romaji = passage.lang == Some("ja-Latn");
    let hepburn =
        is_romaji.then(|| romaji::words_to_hepburn(&folding::fold_for_search(&passage.text))).flatten();
    [Cow::Borrowed(passage.text.as_str())].into_iter().chain(hepburn.map(Cow::Owned))
}

fn kind_of(head: &RecordRow) -> Result<Kind, Problem> {
    Kind::from_name(&head.kind).ok_or_else(|| Problem::new(ErrorCode::Internal))
}

/// Renames the records whose label is made of the name of a record that has just been renamed.
pub(super) fn reindex_dependents(tx: &mut Conn, id: Id) -> TxResult<()> {
    let kinds: Vec<Kind> =
        Kind::ALL.iter().copied().filter(|kind| kind.definition().has_label_from_refs()).collect();
    for head in store::load_referring(tx, id, &kinds)? {
        reindex_record(tx, &head)?;
    }
    Ok(())
}

/// Writes again everything that is derived from a stored record, what it refers to included: the rows of the records
/// that it names must be there. It makes no version.
///
/// # Errors
/// When the database fails, or the content is none of its kind.
pub fn reindex_record(tx: &mut Conn, head: &RecordRow) -> TxResult<()> {
    write_projections(tx, head, StoredRecord::read(head.location(), &head.content)?)
}

fn write_projections(tx: &mut Conn, head: &RecordRow, mut stored: StoredRecord) -> TxResult<()> {
    let is_named_by_refs = stored.kind.definition().has_label_from_refs();
    let references = if is_named_by_refs { stored.references() } else { vec![] };
    let mut names = ReferenceNames::new();
    if !references.is_empty() {
        let ids = references.iter().map(|(_, id)| BindValue::Id(*id));
        let named = store::record_names(tx, SqlFragment::default().bind_list(ids))?;
        names.extend(named.into_iter().map(|(id, named)| (id, named.name)));
    }
    let name = stored.input.content.name(&names);
    if name.to_json() != head.name {
        let row = diesel::update(records::table.filter(records::id.eq(head.id)));
        row.set(records::name.eq(name.to_json())).execute(tx)?;
    }
    store::delete_projections(tx, head, stored.kind.definition().table())?;
    stored.projections(&name).write(tx, head, &Projections::default())
}

/// The content of a stored record, read again.
pub struct StoredRecord {
    kind: Kind,
    input: RecordInput,
}

impl StoredRecord {
    /// Reads the canonical JSON of a record.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(place: StoredRowId<'_>, content: &str) -> Result<Self, Problem> {
        place.verify_content(content)?;
        Self::parse(place.kind, content).map_err(|why| place.damage_problem(why))
    }

    /// Reads the canonical JSON of a record of a kind.
    ///
    /// # Errors
    /// Why it is none of its kind.
    pub fn parse(kind: &str, content: &str) -> Result<Self, String> {
        let kind = Kind::from_name(kind).ok_or("there is no such kind")?;
        let body = serde_json::from_str(content).map_err(|error| error.to_string())?;
        let input = RecordInput::read(kind, body, None).map_err(|faults| {
            let faults = faults.reported().iter().map(|fault| fault.to_json(Language::En).to_string());
            faults.collect::<Vec<_>>().join(", ")
        })?;
        Ok(Self { kind, input })
    }

    /// Its identifiers, its natural key among them.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let natural = self.input.content.natural_key();
        let natural = natural.map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
        self.input.identifiers.iter().cloned().chain(natural).collect()
    }

    /// Its citations, as stored.
    fn citations(&self) -> Vec<Value> {
        self.input.citations.iter().map(|citation| json!(citation)).collect()
    }

    /// What is derived from it, by this name.
    fn projections(&mut self, name: &Text) -> Projections {
        let (identifiers, citations, references) = (self.identifiers(), self.citations(), self.references());
        Projections::from_content(self.input.content.as_mut(), name, &identifiers, &citations, references)
    }

    /// Its texts, names first.
    #[must_use]
    pub fn passages(&mut self, label: &Text) -> Vec<TextPassage> {
        collect_passages(self.input.content.as_mut(), label)
    }

    /// What it refers to, in order.
    pub fn references(&mut self) -> Vec<Reference> {
        let mut named = ReferenceCollector::default();
        self.input.content.walk(&mut named);
        named.pointer_prefix = "/citations";
        for citation in &mut self.input.citations {
            citation.walk(&BodyPath::Root, &mut named);
        }
        named.references.sort();
        named.references.dedup();
        named.references
    }
}

/// Collects what a stored content refers to: every reference is a UUID.
#[derive(Default)]
struct ReferenceCollector {
    pointer_prefix: &'static str,
    references: Vec<Reference>,
}

impl Visitor for ReferenceCollector {
    fn reference(&mut self, at: &BodyPath<'_>, id: &mut String, _: &mut Option<Kind>, _: &'static [Kind]) {
        let pointer = [self.pointer_prefix, &at.schema_pointer()].concat();
        self.references.extend(store::parse_record_id(id).map(|id| (pointer, id)));
    }
}
