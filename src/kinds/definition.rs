//! What a kind says of itself ([`Record`]), and the same behind one type for the engine ([`Shelf`], [`Held`]).

use super::filters::{Filter, SortKey};
use super::format_hints::FormatHints;
use super::validation::Validation;
use super::validity::ValidityRules;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::body_field::{BodyField, BodyPath, Visitor};
use crate::domain::errors::fault_list::FaultList;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::gazetteer::official_record::OfficialRecord;
use crate::store::projections::{ItemPeriod, RowValues};
use crate::util::clock::Clock;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::marker::PhantomData;
use utoipa::openapi::{RefOr, Schema};

/// The names of the records that a content refers to, by the id in the Ref.
pub type ReferenceNames = HashMap<String, Text>;

/// A member that answers add and bodies cannot set.
#[derive(Debug, Clone, Copy)]
pub struct DerivedMember {
    /// The member's name.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Its schema: the name of a component, or a JSON type.
    pub schema: &'static str,
    /// An example, as JSON; none where the component has its own.
    pub example: Option<&'static str>,
    /// Whether every answer has it.
    pub is_always_present: bool,
}

/// The content of one kind of record: what it is called, what may be asked of it, its rules and its table.
pub trait RecordType: BodyField + Clone + Serialize + utoipa::ToSchema + Send + 'static {
    /// Its kind.
    const KIND: Kind;
    /// What it is, in one sentence, for the document.
    const DESCRIPTION: &'static str;
    /// Its singular in the document (`Partnership`).
    const SCHEMA_NAME: &'static str;
    /// Its table.
    const TABLE: &'static str;
    /// Its members, as they stand in a body.
    const CONTENT_MEMBERS: &'static [&'static str];
    /// The parameters that filter its lists, beside those of every kind.
    const FILTERS: &'static [Filter];
    /// The keys that sort its lists, beside `updated_at`.
    const SORT_KEYS: &'static [SortKey];
    /// The order of a list that asks for none.
    const DEFAULT_SORT: &'static str = "";
    /// The members that answers add.
    const DERIVED_MEMBERS: &'static [DerivedMember] = &[];
    /// The kind of which these records are parts, by the member that refers to it.
    const PARENT: Option<(Kind, &'static str)> = None;
    /// Whether the label is made of the names of the records referred to.
    const HAS_LABEL_FROM_REFS: bool = false;
    /// The member that says when it began or took place, a column of its table.
    const DATE_MEMBER: Option<&'static str> = None;
    /// The member that is the natural key, and the name of its scheme, where the kind has one.
    const NATURAL_KEY: Option<&'static str> = None;
    /// The records with which a new registry starts, as a JSON array.
    const SEED: &'static str = "[]";
    /// What of it held on some days and not on others.
    const VALIDITY_RULES: Option<ValidityRules> = None;
    /// What calendars, maps and feeds make of it.
    const FORMAT_HINTS: FormatHints = FormatHints::DEFAULT;

    /// A complete, valid body: the example of the document, and what tests write.
    fn sample() -> Value;

    /// What the record is called.
    fn name(&self, names: &ReferenceNames) -> Text;

    /// The natural key, where the kind has one beside its identifiers: scheme and value.
    fn natural_key(&self) -> Option<(&'static str, String)> {
        None
    }

    /// The rules that the content alone decides.
    fn validate(&self, _context: &RuleContext<'_>, _validation: &mut Validation) {}

    /// The rules that other records decide.
    ///
    /// # Errors
    /// When the database fails, or the write conflicts with another record.
    fn validate_in_database(
        &self,
        _id: Id,
        _context: &RuleContext<'_>,
        _tx: &mut Conn,
        _validation: &mut Validation,
    ) -> TxResult<()> {
        Ok(())
    }

    /// All columns of its row but the id, by its name and its identifiers, the natural key among them.
    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> RowValues;

    /// The terms of its dated items.
    fn item_periods(&self) -> Vec<ItemPeriod> {
        Vec::new()
    }

    /// What is known of the record of this identifier outside the registry, which adopts it when a write first names it.
    #[must_use]
    fn official_record(_identifier: &Identifier) -> Option<OfficialRecord> {
        None
    }

    /// Adds the derived members to records about to be answered.
    ///
    /// # Errors
    /// When the database fails.
    fn add_derived(_records: &mut [Map<String, Value>], _clock: &Clock, _tx: &mut Conn) -> TxResult<()> {
        Ok(())
    }
}

/// What the rules may know beside the content.
#[derive(Debug, Clone, Copy)]
pub struct RuleContext<'a> {
    /// The identifiers the record will have.
    pub identifiers: &'a [Identifier],
    /// How many citations it will have.
    pub citation_count: usize,
    /// The day.
    pub today: jiff::civil::Date,
    /// The stored content, when a record is replaced.
    pub previous_content: Option<&'a Map<String, Value>>,
    /// Whether it is written again for a merge, and may have got the identifiers of another record.
    pub is_after_merge: bool,
}

/// A content whose kind is known at run time.
pub trait Content: Send {
    /// Visits every text, reference, date and code.
    fn walk(&mut self, visitor: &mut dyn Visitor);
    /// As [`Record::name`].
    fn name(&self, names: &ReferenceNames) -> Text;
    /// As [`Record::natural_key`].
    fn natural_key(&self) -> Option<(&'static str, String)>;
    /// As [`Record::check`].
    fn validate(&self, context: &RuleContext<'_>, validation: &mut Validation);
    /// As [`Record::check_among`].
    ///
    /// # Errors
    /// As there.
    fn validate_in_database(
        &self,
        id: Id,
        context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()>;
    /// As [`Record::columns`].
    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> RowValues;
    /// As [`Record::tenures`].
    fn item_periods(&self) -> Vec<ItemPeriod>;
    /// The members in their JSON form.
    fn to_json(&self) -> Value;
    /// The same content again.
    fn clone_box(&self) -> Box<dyn Content>;
}

impl Clone for Box<dyn Content> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl<R: RecordType> Content for R {
    fn walk(&mut self, visitor: &mut dyn Visitor) {
        BodyField::walk(self, &BodyPath::Root, visitor);
    }

    fn name(&self, names: &ReferenceNames) -> Text {
        RecordType::name(self, names)
    }

    fn natural_key(&self) -> Option<(&'static str, String)> {
        RecordType::natural_key(self)
    }

    fn validate(&self, context: &RuleContext<'_>, validation: &mut Validation) {
        RecordType::validate(self, context, validation);
    }

    fn validate_in_database(
        &self,
        id: Id,
        context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        RecordType::validate_in_database(self, id, context, tx, validation)
    }

    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> RowValues {
        RecordType::columns(self, name, identifiers)
    }

    fn item_periods(&self) -> Vec<ItemPeriod> {
        RecordType::item_periods(self)
    }

    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn clone_box(&self) -> Box<dyn Content> {
        Box::new(self.clone())
    }
}

/// A kind, known at run time.
pub trait Definition: Sync {
    /// As [`Record::KIND`].
    fn kind(&self) -> Kind;
    /// As [`Record::ABOUT`].
    fn description(&self) -> &'static str;
    /// As [`Record::ONE`].
    fn schema_name(&self) -> &'static str;
    /// As [`Record::TABLE`].
    fn table(&self) -> &'static str;
    /// As [`Record::NAMES`].
    fn content_members(&self) -> &'static [&'static str];
    /// As [`Record::FILTERS`].
    fn filters(&self) -> &'static [Filter];
    /// As [`Record::SORTS`].
    fn sort_keys(&self) -> &'static [SortKey];
    /// As [`Record::DEFAULT_SORT`].
    fn default_sort(&self) -> &'static str;
    /// As [`Record::DERIVED`].
    fn derived_members(&self) -> &'static [DerivedMember];
    /// As [`Record::PARENT`].
    fn parent(&self) -> Option<(Kind, &'static str)>;
    /// As [`Record::NAMED_BY_REFS`].
    fn has_label_from_refs(&self) -> bool;
    /// As [`Record::DATED`].
    fn date_member(&self) -> Option<&'static str>;
    /// As [`Record::NATURAL_KEY`].
    fn natural_key(&self) -> Option<&'static str>;
    /// As [`Record::FOUNDING`].
    fn seed(&self) -> &'static str;
    /// As [`Record::VALIDITY`].
    fn validity_rules(&self) -> Option<ValidityRules>;
    /// As [`Record::OUTLINE`].
    fn format_hints(&self) -> &'static FormatHints;
    /// As [`Record::sample`].
    fn sample(&self) -> Value;
    /// Reads a content out of the members of a body.
    fn read_content(&self, members: Map<String, Value>, faults: &mut FaultList) -> Option<Box<dyn Content>>;
    /// As [`Record::known`].
    fn official_record(&self, identifier: &Identifier) -> Option<OfficialRecord>;
    /// As [`Record::derive`].
    ///
    /// # Errors
    /// As there.
    fn add_derived(&self, records: &mut [Map<String, Value>], clock: &Clock, tx: &mut Conn) -> TxResult<()>;
    /// The schema of the content, and those it refers to.
    fn schemas(&self) -> (RefOr<Schema>, Vec<(String, RefOr<Schema>)>);
}

struct DefinitionOf<R>(PhantomData<fn() -> R>);

/// The shelf of a kind of record.
#[must_use]
pub fn definition_of<R: RecordType>() -> &'static dyn Definition {
    &DefinitionOf::<R>(PhantomData)
}

impl<R: RecordType> Definition for DefinitionOf<R> {
    fn kind(&self) -> Kind {
        R::KIND
    }

    fn description(&self) -> &'static str {
        R::DESCRIPTION
    }

    fn schema_name(&self) -> &'static str {
        R::SCHEMA_NAME
    }

    fn table(&self) -> &'static str {
        R::TABLE
    }

    fn content_members(&self) -> &'static [&'static str] {
        R::CONTENT_MEMBERS
    }

    fn filters(&self) -> &'static [Filter] {
        R::FILTERS
    }

    fn sort_keys(&self) -> &'static [SortKey] {
        R::SORT_KEYS
    }

    fn default_sort(&self) -> &'static str {
        R::DEFAULT_SORT
    }

    fn derived_members(&self) -> &'static [DerivedMember] {
        R::DERIVED_MEMBERS
    }

    fn parent(&self) -> Option<(Kind, &'static str)> {
        R::PARENT
    }

    fn has_label_from_refs(&self) -> bool {
        R::HAS_LABEL_FROM_REFS
    }

    fn date_member(&self) -> Option<&'static str> {
        R::DATE_MEMBER
    }

    fn natural_key(&self) -> Option<&'static str> {
        R::NATURAL_KEY
    }

    fn seed(&self) -> &'static str {
        R::SEED
    }

    fn validity_rules(&self) -> Option<ValidityRules> {
        R::VALIDITY_RULES
    }

    fn format_hints(&self) -> &'static FormatHints {
        const { &R::FORMAT_HINTS }
    }

    fn sample(&self) -> Value {
        R::sample()
    }

    fn read_content(&self, members: Map<String, Value>, faults: &mut FaultList) -> Option<Box<dyn Content>> {
        R::read(Some(Value::Object(members)), &BodyPath::Root, faults)
            .map(|content| Box::new(content) as Box<dyn Content>)
    }

    fn official_record(&self, identifier: &Identifier) -> Option<OfficialRecord> {
        R::official_record(identifier)
    }

    fn add_derived(&self, records: &mut [Map<String, Value>], clock: &Clock, tx: &mut Conn) -> TxResult<()> {
        R::add_derived(records, clock, tx)
    }

    fn schemas(&self) -> (RefOr<Schema>, Vec<(String, RefOr<Schema>)>) {
        let mut below = Vec::new();
        R::schemas(&mut below);
        (R::schema(), below)
    }
}
