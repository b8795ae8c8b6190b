//! `SqlFragment`: SQL built at run time, with bound values.
//!
//! The filters of a list are chosen at run time and apply to any kind's table. diesel's boxed expressions
//! name one table each and cannot be nested on a `MultiConnection`, hence this type. Every value is bound;
//! column names come from the kinds' declarations and are checked by a test that runs every documented
//! parameter.

use super::conn::{Conn, MultiBackend};
use super::types::{Id, UuidSql};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};

/// A statement built at run time, with the SQL types of its columns.
pub struct Statement<Columns> {
    fragment: SqlFragment,
    columns: std::marker::PhantomData<Columns>,
}

impl<Columns> Statement<Columns> {
    /// Makes a statement.
    #[must_use]
    pub fn new(fragment: SqlFragment) -> Self {
        Self { fragment, columns: std::marker::PhantomData }
    }
}

impl<Columns> Query for Statement<Columns> {
    type SqlType = Columns;
}

impl<Columns> QueryId for Statement<Columns> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Columns> QueryFragment<MultiBackend> for Statement<Columns> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.fragment.walk_ast(out)
    }
}

impl<Columns> diesel::RunQueryDsl<Conn> for Statement<Columns> {}

/// A value bound in a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum BindValue {
    /// A text.
    Text(String),
    /// A record's id.
    Id(Id),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// A blob.
    Bytes(Vec<u8>),
    /// NULL.
    Null,
}

macro_rules! impl_bind_from {
    ($($value:ty => $variant:ident),*) => {$(
        impl From<$value> for BindValue {
            fn from(value: $value) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}

impl_bind_from!(String => Text, Id => Id, i64 => Int, f64 => Real, Vec<u8> => Bytes);

impl From<&str> for BindValue {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl<T> From<Option<T>> for BindValue
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

impl BindValue {
    /// Returns the value as JSON; null for bytes.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Id(id) => id.to_string().into(),
            Self::Int(number) => (*number).into(),
            Self::Real(number) => (*number).into(),
            Self::Bytes(_) | Self::Null => serde_json::Value::Null,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum FragmentPart {
    Sql(String),
    Bind(BindValue),
    /// A clause written differently for SQLite (first) and PostgreSQL (second).
    PerDatabase(SqlFragment, SqlFragment),
}

/// A clause of SQL with its bound values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SqlFragment(Vec<FragmentPart>);

impl SqlFragment {
    /// Makes a clause of literal SQL. Never pass text from a request.
    pub fn new(sql: impl Into<String>) -> Self {
        Self(vec![FragmentPart::Sql(sql.into())])
    }

    /// Appends literal SQL.
    #[must_use]
    pub fn sql(mut self, sql: impl Into<String>) -> Self {
        self.0.push(FragmentPart::Sql(sql.into()));
        self
    }

    /// Appends a bound value.
    #[must_use]
    pub fn bind(mut self, value: BindValue) -> Self {
        self.0.push(FragmentPart::Bind(value));
        self
    }

    /// Appends a bound text.
    #[must_use]
    pub fn bind_text(self, value: impl Into<String>) -> Self {
        self.bind(BindValue::Text(value.into()))
    }

    /// Appends another clause.
    #[must_use]
    pub fn append(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Makes a clause that is written differently for each database.
    pub(super) fn per_database(sqlite: Self, postgres: Self) -> Self {
        if sqlite == postgres { sqlite } else { Self(vec![FragmentPart::PerDatabase(sqlite, postgres)]) }
    }

    /// Appends `(value, value, …)`.
    #[must_use]
    pub fn bind_list(mut self, values: impl IntoIterator<Item = BindValue>) -> Self {
        self = self.sql("(");
        for (index, value) in values.into_iter().enumerate() {
            self = if index == 0 { self } else { self.sql(", ") }.bind(value);
        }
        self.sql(")")
    }

    /// Whether the literal SQL contains this text.
    #[must_use]
    pub fn mentions(&self, text: &str) -> bool {
        self.0.iter().any(|piece| match piece {
            FragmentPart::Sql(sql) => sql.contains(text),
            FragmentPart::Bind(_) => false,
            FragmentPart::PerDatabase(sqlite, postgres) => sqlite.mentions(text) || postgres.mentions(text),
        })
    }

    /// Joins clauses by `separator`, in parentheses; returns `empty` if there are none.
    pub fn join(
        clauses: impl IntoIterator<Item = Self>,
        separator: &'static str,
        empty: &'static str,
    ) -> Self {
        let mut joined = Self::default();
        for clause in clauses {
            let before = if joined.0.is_empty() { "(" } else { separator };
            joined = joined.sql(before).append(clause);
        }
        if joined.0.is_empty() { Self::new(empty) } else { joined.sql(")") }
    }

    /// Joins clauses by commas.
    #[must_use]
    pub fn comma_separated(clauses: &[Self]) -> Self {
        let first = clauses.first().cloned().unwrap_or_default();
        clauses.iter().skip(1).fold(first, |listed, clause| listed.sql(", ").append(clause.clone()))
    }

    /// Makes the condition that all clauses hold.
    pub fn all(clauses: impl IntoIterator<Item = Self>) -> Self {
        Self::join(clauses, " AND ", "1 = 1")
    }

    /// Makes the condition that one of the clauses holds.
    pub fn any(clauses: impl IntoIterator<Item = Self>) -> Self {
        Self::join(clauses, " OR ", "1 = 0")
    }
}

const NULL_TEXT: Option<String> = None;

impl QueryFragment<MultiBackend> for SqlFragment {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        for piece in &self.0 {
            match piece {
                FragmentPart::Sql(sql) => out.push_sql(sql),
                FragmentPart::Bind(BindValue::Text(value)) => out.push_bind_param::<Text, _>(value)?,
                FragmentPart::Bind(BindValue::Id(value)) => out.push_bind_param::<UuidSql, _>(value)?,
                FragmentPart::Bind(BindValue::Int(value)) => out.push_bind_param::<BigInt, _>(value)?,
                FragmentPart::Bind(BindValue::Real(value)) => out.push_bind_param::<Double, _>(value)?,
                FragmentPart::Bind(BindValue::Bytes(value)) => out.push_bind_param::<Binary, _>(value)?,
                // SQLite accepts a bound NULL of any type, so that the statement stays the same; PostgreSQL
                // needs to know the type.
                FragmentPart::Bind(BindValue::Null) => match out.backend() {
                    MultiBackend::Sqlite(_) => out.push_bind_param::<Nullable<Text>, _>(&NULL_TEXT)?,
                    MultiBackend::Postgres(_) => out.push_sql("NULL"),
                },
                FragmentPart::PerDatabase(sqlite, postgres) => match out.backend() {
                    MultiBackend::Sqlite(_) => sqlite.walk_ast(out.reborrow())?,
                    MultiBackend::Postgres(_) => postgres.walk_ast(out.reborrow())?,
                },
            }
        }
        Ok(())
    }
}
