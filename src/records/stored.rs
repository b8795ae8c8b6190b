//! The content of a stored record, parsed: identifiers, citations, references, texts.

use super::input::RecordInput;
use super::text_passages::{TextPassage, collect_passages};
use crate::db::types;
use crate::domain::body_field::{BodyField as _, BodyPath, Visitor};
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::domain::text::Text;
use crate::kinds::stored_content;
use crate::store::damage::StoredRowId;
use crate::store::references::Reference;
use serde_json::{Value, json};

/// The parsed content of a stored record.
pub struct StoredRecord {
    pub(super) kind: Kind,
    pub(super) input: RecordInput,
}

impl StoredRecord {
    /// Parses the canonical JSON of a record.
    ///
    /// # Errors
    /// 500 `damaged_record`.
    pub fn read(place: StoredRowId<'_>, content: &str) -> Result<Self, Problem> {
        stored_content::verify_content(place, content)?;
        Self::parse(place.kind, content).map_err(|why| place.damage_problem(why))
    }

    /// Parses the canonical JSON of a record of a kind.
    ///
    /// # Errors
    /// The reason why it is not a record of that kind.
    pub fn parse(kind: &str, content: &str) -> Result<Self, String> {
        let kind = Kind::from_name(kind).ok_or("there is no such kind")?;
        let body = serde_json::from_str(content).map_err(|error| error.to_string())?;
        let input = RecordInput::read(kind, body, None).map_err(|faults| {
            let faults = faults.reported().iter().map(|fault| fault.to_json(Language::En).to_string());
            faults.collect::<Vec<_>>().join(", ")
        })?;
        Ok(Self { kind, input })
    }

    /// Returns its identifiers, the natural key included.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let natural = self.input.content.natural_key();
        let natural = natural.map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
        self.input.identifiers.iter().cloned().chain(natural).collect()
    }

    /// Returns its citations, as stored.
    pub(super) fn citations(&self) -> Vec<Value> {
        self.input.citations.iter().map(|citation| json!(citation)).collect()
    }

    /// Returns its texts, names first.
    #[must_use]
    pub fn passages(&mut self, label: &Text) -> Vec<TextPassage> {
        collect_passages(self.input.content.as_mut(), label)
    }

    /// Returns its references, sorted.
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

/// Collects the references of stored content, which are all UUIDs.
#[derive(Default)]
struct ReferenceCollector {
    pointer_prefix: &'static str,
    references: Vec<Reference>,
}

impl Visitor for ReferenceCollector {
    fn reference(&mut self, at: &BodyPath<'_>, id: &mut String, _: &mut Option<Kind>, _: &'static [Kind]) {
        let pointer = [self.pointer_prefix, &at.schema_pointer()].concat();
        self.references.extend(types::parse_record_id(id).map(|id| (pointer, id)));
    }
}
