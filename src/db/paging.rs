//! One page of a kind's records: filtered, in a total order, from a position in that order (keyset, no offsets).

use super::connection::{Conn, MultiBackend};
use super::sql::{Bind, Clause};
use super::types::{Guid, Id};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};

/// A column that records can be sorted by. Unset values come last whatever the direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortColumn {
    /// The column, with the letter of its table: `t` is the kind's, `r` is `records`.
    pub sql: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// What a sorted column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A day `YYYY-MM-DD`, or nothing.
    Day,
    /// A folded text, or nothing.
    Key,
    /// A number, or nothing.
    Number,
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What is compared.
    pub column: SortColumn,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Order {
    /// What is compared, never null: an unset value stands for the last one of this direction.
    fn expression(&self) -> String {
        let last = match (self.column.holds, self.descending) {
            (Holds::Number, false) => "9223372036854775807",
            (Holds::Number, true) => "-1",
            (_, true) => "''",
            (Holds::Day, false) => "'~'",
            (Holds::Key, false) => "'\u{10FFFF}'",
        };
        format!("COALESCE({}, {last})", self.column.sql)
    }

    fn direction(&self) -> &'static str {
        if self.descending { " DESC" } else { " ASC" }
    }

    /// The position's value in this key, as bound.
    fn bound(&self, value: &str) -> Clause {
        match self.column.holds {
            Holds::Number => Clause::new("CAST(").text(value).sql(" AS BIGINT)"),
            Holds::Day | Holds::Key => Clause::default().text(value),
        }
    }
}

/// The most keys of an order, the final id apart.
pub const MOST_KEYS: usize = 4;

/// A position in an order: the value of each key, and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The values, as text, in the order of the keys.
    pub keys: Vec<String>,
    /// The id of the record there.
    pub id: Id,
}

/// A record of a page.
#[derive(Debug, Clone, Queryable)]
pub struct Row {
    /// Its id.
    pub id: Id,
    /// Its version.
    pub version: i64,
    /// Its name, as a language map in JSON.
    pub name: String,
    /// Its canonical JSON.
    pub content: String,
    keys: (String, String, String, String),
}

impl Row {
    /// Where the record stands in the order of its page.
    #[must_use]
    pub fn position(&self, keys: usize) -> Position {
        let (a, b, c, d) = &self.keys;
        Position { keys: [a, b, c, d].into_iter().take(keys).cloned().collect(), id: self.id }
    }
}

/// What a page shows.
#[derive(Debug, Clone)]
pub struct Paging {
    /// The kind's table.
    pub table: &'static str,
    /// The conditions, all of which hold.
    pub filter: Clause,
    /// The order, completed by the id.
    pub order: Vec<Order>,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// The most records.
    pub limit: i64,
}

impl Paging {
    /// The page's records.
    ///
    /// # Errors
    /// When the database fails.
    pub fn load(&self, connection: &mut Conn) -> QueryResult<Vec<Row>> {
        let key = |index: usize| {
            let order = self.order.get(index);
            order.map_or_else(|| ", ''".to_owned(), |order| format!(", CAST({} AS TEXT)", order.expression()))
        };
        let select: String = (0..MOST_KEYS).map(key).collect();
        let keys = self.order.iter().map(|order| order.expression() + order.direction() + ", ");
        let statement = Clause::new(format!("SELECT r.id, r.version, r.name, r.content{select}"))
            .then(self.from())
            .sql(" AND ")
            .then(self.following())
            .sql(format!(" ORDER BY {}t.id ASC LIMIT ", keys.collect::<String>()))
            .bind(Bind::Int(self.limit));
        Statement::<(Guid, BigInt, Text, Text, (Text, Text, Text, Text))>::new(statement).load(connection)
    }

    /// How many records there are, whatever the page.
    ///
    /// # Errors
    /// When the database fails.
    pub fn count(&self, connection: &mut Conn) -> QueryResult<i64> {
        Statement::<BigInt>::new(Clause::new("SELECT COUNT(*)").then(self.from())).get_result(connection)
    }

    fn from(&self) -> Clause {
        Clause::new(format!(" FROM {} t JOIN records r ON r.id = t.id WHERE ", self.table))
            .then(self.filter.clone())
    }

    /// Behind the position: greater in the first key that differs.
    fn following(&self) -> Clause {
        let Some(after) = &self.after else { return Clause::new("1 = 1") };
        let mut cases = Vec::new();
        let mut equal: Vec<Clause> = Vec::new();
        for (order, value) in self.order.iter().zip(&after.keys) {
            let beyond = if order.descending { " < " } else { " > " };
            let beyond = Clause::new(order.expression() + beyond).then(order.bound(value));
            cases.push(Clause::all(equal.iter().cloned().chain([beyond])));
            equal.push(Clause::new(order.expression() + " = ").then(order.bound(value)));
        }
        equal.push(Clause::new("t.id > ").bind(Bind::Id(after.id)));
        cases.push(Clause::all(equal));
        Clause::any(cases)
    }
}

/// A statement put together at run time, with the types of its columns.
pub struct Statement<Columns> {
    clause: Clause,
    columns: std::marker::PhantomData<Columns>,
}

impl<Columns> Statement<Columns> {
    /// The statement of a clause.
    #[must_use]
    pub fn new(clause: Clause) -> Self {
        Self { clause, columns: std::marker::PhantomData }
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
        self.clause.walk_ast(out)
    }
}

impl<Columns> diesel::RunQueryDsl<Conn> for Statement<Columns> {}
