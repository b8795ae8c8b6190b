//! Index rows of a record (columns, tags, dates, references, citations, search text), computed from its
//! content and written as a difference.

use super::preserve::cited_source;
use crate::db::conn::Conn;
use crate::db::deferred;
use crate::db::error::TxResult;
use crate::db::schema::records;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::domain::body_field::{BodyPath, Visitor};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::vocabularies::citation::Rank;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::domain::{disagreement, folding, romanisation};
use crate::kinds::all;
use crate::kinds::definition::{Content, ReferenceNames};
use crate::records::stored::StoredRecord;
use crate::records::text_passages::{TextPassage, collect_passages};
use crate::store::projections::{self, CitationRow, ItemPeriod, RowValues};
use crate::store::records::RecordRow;
use crate::store::references::{self, Reference};
use crate::store::{self};
use diesel::prelude::*;
use serde_json::Value;
use std::borrow::Cow;

/// The index rows of a record: the row in its kind's table, and those in the shared tables.
#[derive(Default)]
pub(super) struct Projections {
    columns: RowValues,
    item_periods: Vec<ItemPeriod>,
    references: Vec<Reference>,
    tags: Vec<(String, &'static str)>,
    dates: Vec<(String, PartialDate)>,
    citations: Vec<CitationRow>,
    words: projections::CompletionWords,
    /// Its names, and all of its texts, folded for search.
    texts: (String, String),
}

impl Projections {
    /// Computes the rows of a content with this name, these identifiers (the natural key included),
    /// citations and references.
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
            words: projections::completion_words(&texts.0),
            texts,
        }
    }

    /// Computes the rows of a stored record; none where its content cannot be parsed.
    pub(super) fn from_stored(tx: &mut Conn, head: &RecordRow) -> TxResult<Self> {
        let (Ok(mut stored), Ok(name)) =
            (StoredRecord::parse(&head.kind, &head.content), Text::from_json(&head.name))
        else {
            projections::delete_projections(tx, head, all::definition(kind_of(head)?).table())?;
            return Ok(Self::default());
        };
        Ok(stored.projections(&name))
    }

    /// Writes the difference to the rows `before`.
    pub(super) fn write(&self, tx: &mut Conn, head: &RecordRow, before: &Self) -> TxResult<()> {
        let (id, number, kind) = (head.id, head.number, kind_of(head)?);
        references::set_refs(tx, id, &before.references, &self.references)?;
        projections::set_columns(tx, id, all::definition(kind).table(), &before.columns, &self.columns)?;
        projections::set_item_periods(id, &before.item_periods, &self.item_periods);
        projections::set_tags(id, &before.tags, &self.tags);
        projections::set_dates(id, kind, &before.dates, &self.dates);
        projections::set_citations(id, kind, &before.citations, &self.citations);
        projections::set_words(id, &before.words, &self.words);
        if before.texts != self.texts {
            let (names, texts) = self.texts.clone();
            deferred::defer_texts(number, names, texts);
        }
        Ok(())
    }
}

/// Returns the text of a passage; in Latin script also in Hepburn romanisation, so that `Kobe` finds
/// `Koube`.
fn search_spellings(passage: &TextPassage) -> impl Iterator<Item = Cow<'_, str>> {
    let is_romaji = passage.lang == Some("ja-Latn");
    let hepburn =
        is_romaji.then(|| romanisation::words_to_hepburn(&folding::fold_for_search(&passage.text))).flatten();
    [Cow::Borrowed(passage.text.as_str())].into_iter().chain(hepburn.map(Cow::Owned))
}

fn kind_of(head: &RecordRow) -> Result<Kind, Problem> {
    Kind::from_name(&head.kind).ok_or_else(|| Problem::new(ErrorCode::Internal))
}

/// Reindexes the records whose label contains the name of a record that was renamed.
pub(super) fn reindex_dependents(tx: &mut Conn, id: Id) -> TxResult<()> {
    let kinds: Vec<Kind> =
        Kind::ALL.iter().copied().filter(|kind| all::definition(*kind).has_label_from_refs()).collect();
    for head in references::load_referring(tx, id, &kinds)? {
        reindex_record(tx, &head)?;
    }
    Ok(())
}

/// Rewrites all index rows of a stored record; the rows of records it refers to must exist. Creates no
/// version.
///
/// # Errors
/// The content is not of its kind.
pub fn reindex_record(tx: &mut Conn, head: &RecordRow) -> TxResult<()> {
    write_projections(tx, head, StoredRecord::read(head.location(), &head.content)?)
}

fn write_projections(tx: &mut Conn, head: &RecordRow, mut stored: StoredRecord) -> TxResult<()> {
    let is_named_by_refs = all::definition(stored.kind).has_label_from_refs();
    let references = if is_named_by_refs { stored.references() } else { vec![] };
    let mut names = ReferenceNames::new();
    if !references.is_empty() {
        let ids = references.iter().map(|(_, id)| BindValue::Id(*id));
        let referents = store::records::record_names(tx, SqlFragment::default().bind_list(ids))?;
        names.extend(referents.into_iter().map(|(id, referent)| (id, referent.name)));
    }
    let name = stored.input.content.name(&names);
    if name.to_json() != head.name {
        let row = diesel::update(records::table.filter(records::id.eq(head.id)));
        row.set(records::name.eq(name.to_json())).execute(tx)?;
    }
    projections::delete_projections(tx, head, all::definition(stored.kind).table())?;
    stored.projections(&name).write(tx, head, &Projections::default())
}

impl StoredRecord {
    /// Computes the rows under this name.
    fn projections(&mut self, name: &Text) -> Projections {
        let (identifiers, citations, references) = (self.identifiers(), self.citations(), self.references());
        Projections::from_content(self.input.content.as_mut(), name, &identifiers, &citations, references)
    }
}

/// Collects the codes in lists and the dates of a content.
#[derive(Default)]
pub struct CodesAndDates {
    /// Codes in lists, by member.
    pub(super) tags: Vec<(String, &'static str)>,
    /// Dates, by member.
    pub(super) dates: Vec<(String, PartialDate)>,
}

impl Visitor for CodesAndDates {
    fn code(&mut self, at: &BodyPath<'_>, code: &'static str) {
        let tag = (at.schema_pointer(), code);
        if at.is_in_list() && !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    fn date(&mut self, at: &BodyPath<'_>, date: &PartialDate) {
        self.dates.push((at.schema_pointer(), date.clone()));
    }
}

/// Returns the citation rows of a content, each with the severity of its contradiction and whether a note
/// explains it.
pub(super) fn citation_rows(content: &Value, citations: &[Value]) -> Vec<CitationRow> {
    let has = |citation: &Value, name: &str| citation.get(name).is_some();
    let text = |citation: &Value, name: &str| Some(citation.get(name)?.as_str()?.to_owned());
    let says_why = |citation: &Value| has(citation, "reason") || has(citation, "note");
    let is_preferred = |citation: &Value| text(citation, "rank").as_deref() == Some(Rank::Preferred.code());
    let explained = citations.iter().filter(|citation| is_preferred(citation) && says_why(citation));
    let explained: Vec<_> = explained.filter_map(|citation| text(citation, "pointer")).collect();
    let claim = |citation: &Value| {
        let pointer = text(citation, "pointer")?;
        let (_, source) = cited_source(citation)?;
        Some(CitationRow {
            source,
            rank: text(citation, "rank")?,
            certainty: text(citation, "certainty")?,
            reason: text(citation, "reason"),
            severity: disagreement::severity(content, citation) as i64,
            explained: says_why(citation) || explained.contains(&pointer),
            pointer,
            content: citation.to_string(),
        })
    };
    citations.iter().filter_map(claim).collect()
}
