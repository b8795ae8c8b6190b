//! The traits of a kind of record: [`RecordType`], implemented by the struct of its members, and its
//! object-safe counterparts for a kind known at run time, [`Content`] and [`Definition`].

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

/// The names of the records that a content refers to, by the id in the reference.
pub type ReferenceNames = HashMap<String, Text>;

/// A read-only member, computed for responses.
#[derive(Debug, Clone, Copy)]
pub struct DerivedMember {
    /// Name of the member.
    pub name: &'static str,
    /// Its description in the OpenAPI document.
    pub description: &'static str,
    /// Its schema: the name of an OpenAPI component, or a JSON type.
    pub schema: &'static str,
    /// An example, as JSON text; `None` where the component has one.
    pub example: Option<&'static str>,
    /// Whether every response has it.
    pub is_always_present: bool,
}

/// What rules may use in addition to the content.
#[derive(Debug, Clone, Copy)]
pub struct RuleContext<'a> {
    /// The identifiers of the record after the write.
    pub identifiers: &'a [Identifier],
    /// The number of its citations after the write.
    pub citation_count: usize,
    /// Today (UTC).
    pub today: jiff::civil::Date,
    /// The stored content that is replaced; `None` for a new record.
    pub previous_content: Option<&'a Map<String, Value>>,
    /// Whether a merge rewrites the record, which may then have identifiers of another one.
    pub is_after_merge: bool,
}

/// The content of a record of one kind, with the kind's names, filters, rules and table.
///
/// Implemented by the struct of the kind's members (`kinds/<kind>/model.rs`).
pub trait RecordType: BodyField + Clone + Serialize + utoipa::ToSchema + Send + 'static {
    /// The kind.
    const KIND: Kind;
    /// One sentence on the kind, for the OpenAPI document.
    const DESCRIPTION: &'static str;
    /// Name of its schema in the OpenAPI document (`Partnership`).
    const SCHEMA_NAME: &'static str;
    /// Its table, which has the columns that filters and sort keys use.
    const TABLE: &'static str;
    /// The names of the members of a body, in their order.
    const CONTENT_MEMBERS: &'static [&'static str];
    /// The filter parameters of its lists, in addition to those of every kind.
    const FILTERS: &'static [Filter];
    /// The sort keys of its lists, in addition to `updated_at`.
    const SORT_KEYS: &'static [SortKey];
    /// The value of `sort` for a list request that has none.
    const DEFAULT_SORT: &'static str = "";
    /// The read-only members of responses.
    const DERIVED_MEMBERS: &'static [DerivedMember] = &[];
    /// The kind that these records are parts of, and the member that refers to it.
    const PARENT: Option<(Kind, &'static str)> = None;
    /// Whether the name is built from the names of the records referred to, and changes with them.
    const HAS_LABEL_FROM_REFS: bool = false;
    /// The member with the date of the record, which is also a column of its table.
    const DATE_MEMBER: Option<&'static str> = None;
    /// The member that is the natural key, which is also the name of its identifier scheme.
    const NATURAL_KEY: Option<&'static str> = None;
    /// The records that a new database is seeded with, as a JSON array.
    const SEED: &'static str = "[]";
    /// How `valid_on` applies to it; `None` if nothing in it has a period of validity.
    const VALIDITY_RULES: Option<ValidityRules> = None;
    /// How calendars, maps, feeds and JSON-LD show it.
    const FORMAT_HINTS: FormatHints = FormatHints::DEFAULT;

    /// Returns a valid body with every member: the example in the OpenAPI document, also written by tests.
    fn sample() -> Value;

    /// Returns the name of the record, built from `names` if [`Self::HAS_LABEL_FROM_REFS`].
    fn name(&self, names: &ReferenceNames) -> Text;

    /// Returns scheme and value of the natural key, an identifier that a member holds.
    fn natural_key(&self) -> Option<(&'static str, String)> {
        None
    }

    /// Applies the rules that need no other record.
    fn validate(&self, _context: &RuleContext<'_>, _validation: &mut Validation) {}

    /// Applies the rules that need other records.
    ///
    /// # Errors
    /// A [`Problem`](crate::domain::errors::problem::Problem) when the write conflicts with another record.
    fn validate_in_database(
        &self,
        _id: Id,
        _context: &RuleContext<'_>,
        _tx: &mut Conn,
        _validation: &mut Validation,
    ) -> TxResult<()> {
        Ok(())
    }

    /// Returns all columns of its row except the id. `identifiers` include the natural key.
    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> RowValues;

    /// Returns the periods of its items, by which `valid_on` finds the record.
    fn item_periods(&self) -> Vec<ItemPeriod> {
        Vec::new()
    }

    /// Returns the record that the compiled-in gazetteer has for an identifier. It is created on first
    /// reference.
    #[must_use]
    fn official_record(_identifier: &Identifier) -> Option<OfficialRecord> {
        None
    }

    /// Adds [`Self::DERIVED_MEMBERS`] to the records of a response.
    fn add_derived(_records: &mut [Map<String, Value>], _clock: &Clock, _tx: &mut Conn) -> TxResult<()> {
        Ok(())
    }
}

/// A content whose kind is known at run time. Implemented for every [`RecordType`].
pub trait Content: Send {
    /// Visits every text, reference, date and code, which the visitor may change.
    fn walk(&mut self, visitor: &mut dyn Visitor);
    /// See [`RecordType::name`].
    fn name(&self, names: &ReferenceNames) -> Text;
    /// See [`RecordType::natural_key`].
    fn natural_key(&self) -> Option<(&'static str, String)>;
    /// See [`RecordType::validate`].
    fn validate(&self, context: &RuleContext<'_>, validation: &mut Validation);
    /// See [`RecordType::validate_in_database`].
    fn validate_in_database(
        &self,
        id: Id,
        context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()>;
    /// See [`RecordType::columns`].
    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> RowValues;
    /// See [`RecordType::item_periods`].
    fn item_periods(&self) -> Vec<ItemPeriod>;
    /// Returns the members as a JSON object.
    fn to_json(&self) -> Value;
    /// Clones the content.
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

/// A kind known at run time: the constants and functions of its [`RecordType`].
pub trait Definition: Sync {
    /// See [`RecordType::KIND`].
    fn kind(&self) -> Kind;
    /// See [`RecordType::DESCRIPTION`].
    fn description(&self) -> &'static str;
    /// See [`RecordType::SCHEMA_NAME`].
    fn schema_name(&self) -> &'static str;
    /// See [`RecordType::TABLE`].
    fn table(&self) -> &'static str;
    /// See [`RecordType::CONTENT_MEMBERS`].
    fn content_members(&self) -> &'static [&'static str];
    /// See [`RecordType::FILTERS`].
    fn filters(&self) -> &'static [Filter];
    /// See [`RecordType::SORT_KEYS`].
    fn sort_keys(&self) -> &'static [SortKey];
    /// See [`RecordType::DEFAULT_SORT`].
    fn default_sort(&self) -> &'static str;
    /// See [`RecordType::DERIVED_MEMBERS`].
    fn derived_members(&self) -> &'static [DerivedMember];
    /// See [`RecordType::PARENT`].
    fn parent(&self) -> Option<(Kind, &'static str)>;
    /// See [`RecordType::HAS_LABEL_FROM_REFS`].
    fn has_label_from_refs(&self) -> bool;
    /// See [`RecordType::DATE_MEMBER`].
    fn date_member(&self) -> Option<&'static str>;
    /// See [`RecordType::NATURAL_KEY`].
    fn natural_key(&self) -> Option<&'static str>;
    /// See [`RecordType::SEED`].
    fn seed(&self) -> &'static str;
    /// See [`RecordType::VALIDITY_RULES`].
    fn validity_rules(&self) -> Option<ValidityRules>;
    /// See [`RecordType::FORMAT_HINTS`].
    fn format_hints(&self) -> &'static FormatHints;
    /// See [`RecordType::sample`].
    fn sample(&self) -> Value;
    /// Reads a content from the members of a body. Returns `None` when a fault makes it unusable.
    fn read_content(&self, members: Map<String, Value>, faults: &mut FaultList) -> Option<Box<dyn Content>>;
    /// See [`RecordType::official_record`].
    fn official_record(&self, identifier: &Identifier) -> Option<OfficialRecord>;
    /// See [`RecordType::add_derived`].
    fn add_derived(&self, records: &mut [Map<String, Value>], clock: &Clock, tx: &mut Conn) -> TxResult<()>;
    /// Returns the OpenAPI schema of the content, and the component schemas that it refers to.
    fn schemas(&self) -> (RefOr<Schema>, Vec<(String, RefOr<Schema>)>);
}

/// Forwards [`Definition`] to a [`RecordType`].
struct DefinitionOf<R>(PhantomData<fn() -> R>);

/// Returns the definition of a kind known at compile time.
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
        let mut components = Vec::new();
        R::schemas(&mut components);
        (R::schema(), components)
    }
}
