//! What a kind says of itself ([`Record`]), and the same behind one type for the engine ([`Shelf`], [`Held`]).

use super::Checks;
use super::filter::{Filter, Sort};
use super::store::{Columns, Tenure};
use super::validity::Validity;
use crate::clock::Clock;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::Outline;
use crate::vocabulary::{At, Faults, Identifier, Kind, Member, Text, Visitor};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::marker::PhantomData;
use utoipa::openapi::{RefOr, Schema};

/// The names of the records that a content refers to, by the id in the Ref.
pub type Names = HashMap<String, Text>;

/// A member that answers add and bodies cannot set.
#[derive(Debug, Clone, Copy)]
pub struct Derived {
    /// The member's name.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// Its schema: the name of a component, or a JSON type.
    pub schema: &'static str,
    /// An example, as JSON; none where the component has its own.
    pub example: Option<&'static str>,
    /// Whether every answer has it.
    pub always: bool,
}

/// What is known outside the registry of a record that it may not hold yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Every identifier that the record bears.
    pub identifiers: Vec<Identifier>,
    /// Whether the identifier asked for is an old one, of what this record took the place of.
    pub moved: bool,
    /// Where it can be read before the registry holds it.
    pub href: Option<String>,
    /// The record, as in a body.
    pub body: Value,
}

/// The content of one kind of record: what it is called, what may be asked of it, its rules and its table.
pub trait Record: Member + Clone + Serialize + utoipa::ToSchema + Send + 'static {
    /// Its kind.
    const KIND: Kind;
    /// What it is, in one sentence, for the document.
    const ABOUT: &'static str;
    /// Its singular in the document (`Partnership`).
    const ONE: &'static str;
    /// Its table.
    const TABLE: &'static str;
    /// Its members, as they stand in a body.
    const NAMES: &'static [&'static str];
    /// The parameters that filter its lists, beside those of every kind.
    const FILTERS: &'static [Filter];
    /// The keys that sort its lists, beside `updated_at`.
    const SORTS: &'static [Sort];
    /// The order of a list that asks for none.
    const DEFAULT_SORT: &'static str = "";
    /// The members that answers add.
    const DERIVED: &'static [Derived] = &[];
    /// The kind of which these records are parts, by the member that refers to it.
    const PARENT: Option<(Kind, &'static str)> = None;
    /// Whether the label is made of the names of the records referred to.
    const NAMED_BY_REFS: bool = false;
    /// The member that says when it began or took place, a column of its table.
    const DATED: Option<&'static str> = None;
    /// The member that is the natural key, and the name of its scheme, where the kind has one.
    const NATURAL_KEY: Option<&'static str> = None;
    /// The records with which a new registry starts, as a JSON array.
    const FOUNDING: &'static str = "[]";
    /// What of it held on some days and not on others.
    const VALIDITY: Option<Validity> = None;
    /// What calendars, maps and feeds make of it.
    const OUTLINE: Outline = Outline::DEFAULT;

    /// A complete, valid body: the example of the document, and what tests write.
    fn sample() -> Value;

    /// What the record is called.
    fn name(&self, names: &Names) -> Text;

    /// The natural key, where the kind has one beside its identifiers: scheme and value.
    fn natural_key(&self) -> Option<(&'static str, String)> {
        None
    }

    /// The rules that the content alone decides.
    fn check(&self, _facts: &Facts<'_>, _checks: &mut Checks) {}

    /// The rules that other records decide.
    ///
    /// # Errors
    /// When the database fails, or the write conflicts with another record.
    fn check_among(&self, _id: Id, _facts: &Facts<'_>, _tx: &mut Conn, _checks: &mut Checks) -> Outcome<()> {
        Ok(())
    }

    /// All columns of its row but the id, by its name and its identifiers, the natural key among them.
    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> Columns;

    /// The terms of its dated items.
    fn tenures(&self) -> Vec<Tenure> {
        Vec::new()
    }

    /// What is known of the record of this identifier outside the registry, which adopts it when a write first names it.
    #[must_use]
    fn known(_identifier: &Identifier) -> Option<Known> {
        None
    }

    /// Adds the derived members to records about to be answered.
    ///
    /// # Errors
    /// When the database fails.
    fn derive(_records: &mut [Map<String, Value>], _clock: &Clock, _tx: &mut Conn) -> Outcome<()> {
        Ok(())
    }
}

/// What the rules may know beside the content.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The identifiers the record will have.
    pub identifiers: &'a [Identifier],
    /// How many citations it will have.
    pub citations: usize,
    /// The day.
    pub today: jiff::civil::Date,
    /// The stored content, when a record is replaced.
    pub before: Option<&'a Map<String, Value>>,
    /// Whether it is written again for a merge, and may have got the identifiers of another record.
    pub follows_merge: bool,
}

/// A content whose kind is known at run time.
pub trait Held: Send {
    /// Visits every text, reference, date and code.
    fn walk(&mut self, visitor: &mut dyn Visitor);
    /// As [`Record::name`].
    fn name(&self, names: &Names) -> Text;
    /// As [`Record::natural_key`].
    fn natural_key(&self) -> Option<(&'static str, String)>;
    /// As [`Record::check`].
    fn check(&self, facts: &Facts<'_>, checks: &mut Checks);
    /// As [`Record::check_among`].
    ///
    /// # Errors
    /// As there.
    fn check_among(&self, id: Id, facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()>;
    /// As [`Record::columns`].
    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> Columns;
    /// As [`Record::tenures`].
    fn tenures(&self) -> Vec<Tenure>;
    /// The members in their JSON form.
    fn json(&self) -> Value;
    /// The same content again.
    fn again(&self) -> Box<dyn Held>;
}

impl Clone for Box<dyn Held> {
    fn clone(&self) -> Self {
        self.again()
    }
}

impl<R: Record> Held for R {
    fn walk(&mut self, visitor: &mut dyn Visitor) {
        Member::walk(self, &At::Root, visitor);
    }

    fn name(&self, names: &Names) -> Text {
        Record::name(self, names)
    }

    fn natural_key(&self) -> Option<(&'static str, String)> {
        Record::natural_key(self)
    }

    fn check(&self, facts: &Facts<'_>, checks: &mut Checks) {
        Record::check(self, facts, checks);
    }

    fn check_among(&self, id: Id, facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        Record::check_among(self, id, facts, tx, checks)
    }

    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> Columns {
        Record::columns(self, name, identifiers)
    }

    fn tenures(&self) -> Vec<Tenure> {
        Record::tenures(self)
    }

    fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn again(&self) -> Box<dyn Held> {
        Box::new(self.clone())
    }
}

/// A kind, known at run time.
pub trait Shelf: Sync {
    /// As [`Record::KIND`].
    fn kind(&self) -> Kind;
    /// As [`Record::ABOUT`].
    fn about(&self) -> &'static str;
    /// As [`Record::ONE`].
    fn one(&self) -> &'static str;
    /// As [`Record::TABLE`].
    fn table(&self) -> &'static str;
    /// As [`Record::NAMES`].
    fn members(&self) -> &'static [&'static str];
    /// As [`Record::FILTERS`].
    fn filters(&self) -> &'static [Filter];
    /// As [`Record::SORTS`].
    fn sorts(&self) -> &'static [Sort];
    /// As [`Record::DEFAULT_SORT`].
    fn default_sort(&self) -> &'static str;
    /// As [`Record::DERIVED`].
    fn derived(&self) -> &'static [Derived];
    /// As [`Record::PARENT`].
    fn parent(&self) -> Option<(Kind, &'static str)>;
    /// As [`Record::NAMED_BY_REFS`].
    fn named_by_refs(&self) -> bool;
    /// As [`Record::DATED`].
    fn dated(&self) -> Option<&'static str>;
    /// As [`Record::NATURAL_KEY`].
    fn natural_key(&self) -> Option<&'static str>;
    /// As [`Record::FOUNDING`].
    fn founding(&self) -> &'static str;
    /// As [`Record::VALIDITY`].
    fn validity(&self) -> Option<Validity>;
    /// As [`Record::OUTLINE`].
    fn outline(&self) -> &'static Outline;
    /// As [`Record::sample`].
    fn sample(&self) -> Value;
    /// Reads a content out of the members of a body.
    fn read(&self, members: Map<String, Value>, faults: &mut Faults) -> Option<Box<dyn Held>>;
    /// As [`Record::known`].
    fn known(&self, identifier: &Identifier) -> Option<Known>;
    /// As [`Record::derive`].
    ///
    /// # Errors
    /// As there.
    fn derive(&self, records: &mut [Map<String, Value>], clock: &Clock, tx: &mut Conn) -> Outcome<()>;
    /// The schema of the content, and those it refers to.
    fn schemas(&self) -> (RefOr<Schema>, Vec<(String, RefOr<Schema>)>);
}

struct Of<R>(PhantomData<fn() -> R>);

/// The shelf of a kind of record.
#[must_use]
pub fn of<R: Record>() -> &'static dyn Shelf {
    &Of::<R>(PhantomData)
}

impl<R: Record> Shelf for Of<R> {
    fn kind(&self) -> Kind {
        R::KIND
    }

    fn about(&self) -> &'static str {
        R::ABOUT
    }

    fn one(&self) -> &'static str {
        R::ONE
    }

    fn table(&self) -> &'static str {
        R::TABLE
    }

    fn members(&self) -> &'static [&'static str] {
        R::NAMES
    }

    fn filters(&self) -> &'static [Filter] {
        R::FILTERS
    }

    fn sorts(&self) -> &'static [Sort] {
        R::SORTS
    }

    fn default_sort(&self) -> &'static str {
        R::DEFAULT_SORT
    }

    fn derived(&self) -> &'static [Derived] {
        R::DERIVED
    }

    fn parent(&self) -> Option<(Kind, &'static str)> {
        R::PARENT
    }

    fn named_by_refs(&self) -> bool {
        R::NAMED_BY_REFS
    }

    fn dated(&self) -> Option<&'static str> {
        R::DATED
    }

    fn natural_key(&self) -> Option<&'static str> {
        R::NATURAL_KEY
    }

    fn founding(&self) -> &'static str {
        R::FOUNDING
    }

    fn validity(&self) -> Option<Validity> {
        R::VALIDITY
    }

    fn outline(&self) -> &'static Outline {
        const { &R::OUTLINE }
    }

    fn sample(&self) -> Value {
        R::sample()
    }

    fn read(&self, members: Map<String, Value>, faults: &mut Faults) -> Option<Box<dyn Held>> {
        R::read(Some(Value::Object(members)), &At::Root, faults)
            .map(|content| Box::new(content) as Box<dyn Held>)
    }

    fn known(&self, identifier: &Identifier) -> Option<Known> {
        R::known(identifier)
    }

    fn derive(&self, records: &mut [Map<String, Value>], clock: &Clock, tx: &mut Conn) -> Outcome<()> {
        R::derive(records, clock, tx)
    }

    fn schemas(&self) -> (RefOr<Schema>, Vec<(String, RefOr<Schema>)>) {
        let mut below = Vec::new();
        R::schemas(&mut below);
        (R::schema(), below)
    }
}
