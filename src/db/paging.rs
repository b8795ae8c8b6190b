//! One page of a kind's records: filtered, in a total order, from a position in that order (keyset, no offsets).

use super::connection::{Conn, MultiBackend};
use super::sql::{Bind, Clause};
use super::texts::{self, Wanted, Way};
use super::types::{Guid, Id};
use diesel::connection::DefaultLoadingMode;
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
    /// A folded text, always there.
    Key,
    /// A number, or nothing.
    Number,
    /// A number, always there.
    Count,
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
            (Holds::Key | Holds::Count, _) => return self.column.sql.to_owned(),
            (Holds::Number, false) => "9223372036854775807",
            (Holds::Number, true) => "-1",
            (Holds::Day, true) => "''",
            (Holds::Day, false) => "'~'",
        };
        format!("COALESCE({}, {last})", self.column.sql)
    }

    fn direction(&self) -> &'static str {
        if self.descending { " DESC" } else { " ASC" }
    }

    /// The position's value in this key, as bound.
    fn bound(&self, value: &str) -> Clause {
        match self.column.holds {
            Holds::Number | Holds::Count => Clause::new("CAST(").text(value).sql(" AS BIGINT)"),
            Holds::Day | Holds::Key => Clause::default().text(value),
        }
    }
}

/// A page ends early when its records have more bytes than this.
const LARGEST: usize = 8 << 20;

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
    /// What the records that it refers to are called: a line for each, its id and its name in JSON.
    pub names: String,
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

/// The record that a condition finds, with the names of what it refers to.
///
/// # Errors
/// When the database fails.
pub fn row(connection: &mut Conn, condition: Clause) -> QueryResult<Option<Row>> {
    let statement = Clause::new("SELECT r.id, r.version, r.name, r.content, ")
        .then(names_of_refs())
        .sql(", '', '', '', '' FROM records r WHERE ")
        .then(condition);
    Statement::<Columns>::new(statement).get_result(connection).optional()
}

/// What a record `r` refers to is called so: a line of text for each, its id and its name in JSON.
fn names_of_refs() -> Clause {
    let names = |line: &str, end: &str| {
        Clause::new(format!(
            "COALESCE((SELECT string_agg({line} || n.name, {end}) FROM refs f \
             JOIN records n ON n.id = f.to_record WHERE f.from_record = r.id), '')"
        ))
    };
    Clause::either(names("hex(n.id)", "char(10)"), names("CAST(n.id AS TEXT)", "E'\\n'"))
}

type Columns = (Guid, BigInt, Text, Text, Text, (Text, Text, Text, Text));

/// What a page shows.
#[derive(Debug, Clone)]
pub struct Paging {
    /// The kind's name.
    pub kind: &'static str,
    /// The kind's table.
    pub table: &'static str,
    /// The conditions, all of which hold.
    pub filter: Clause,
    /// What the texts must have.
    pub words: Wanted,
    /// The order, completed by the id.
    pub order: Vec<Order>,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// The most records.
    pub limit: i64,
}

impl Paging {
    /// The page's records, and whether it was cut after 8 MiB.
    ///
    /// # Errors
    /// When the database fails.
    pub fn load(&self, connection: &mut Conn) -> QueryResult<(Vec<Row>, bool)> {
        let way = self.way(connection)?;
        if way.as_ref().is_some_and(|way| *way == Way::These(vec![])) {
            return Ok((Vec::new(), false));
        }
        let statement = Statement::<Columns>::new(self.by(way.as_ref()));
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for row in statement.load_iter::<Row, DefaultLoadingMode>(connection)? {
            if bytes > LARGEST {
                return Ok((rows, true));
            }
            let row = row?;
            bytes += row.content.len() + row.names.len();
            rows.push(row);
        }
        Ok((rows, false))
    }

    /// How many records there are, whatever the page.
    ///
    /// # Errors
    /// When the database fails.
    pub fn count(&self, connection: &mut Conn) -> QueryResult<i64> {
        let from = match self.way(connection)? {
            Some(Way::Each) => self.all_found(),
            way => self.from(way.as_ref()),
        };
        Statement::<BigInt>::new(Clause::new("SELECT COUNT(*)").then(from)).get_result(connection)
    }

    /// The statement of [`Self::load`] where no words are looked for. The ids are found first, in the kind's own table
    /// where the question allows it.
    #[must_use]
    pub fn page(&self) -> Clause {
        self.by(None)
    }

    /// The statement of [`Self::count`] where no words are looked for.
    #[must_use]
    pub fn counting(&self) -> Clause {
        Clause::new("SELECT COUNT(*)").then(self.from(None))
    }

    /// The statement of a page whose words are looked for in this way.
    fn by(&self, way: Option<&Way>) -> Clause {
        let (mut found, mut inner, mut outer) = (String::new(), String::new(), String::new());
        for (index, order) in self.order.iter().enumerate() {
            let (key, direction) = (order.expression(), order.direction());
            found += &[", ", &key, " AS k", &index.to_string()].concat();
            inner += &[&key, direction, ", "].concat();
            outer += &["p.k", &index.to_string(), direction, ", "].concat();
        }
        let shown = |index: usize| {
            if index < self.order.len() { format!(", CAST(p.k{index} AS TEXT)") } else { ", ''".to_owned() }
        };
        let shown: String = (0..MOST_KEYS).map(shown).collect();
        let is_found = matches!(way, Some(Way::These(_)));
        let id = if self.is_by_record() || is_found { "r.id" } else { "t.id" };
        Clause::new("SELECT r.id, r.version, r.name, r.content, ")
            .then(names_of_refs())
            .sql(format!("{shown} FROM (SELECT {id}{found}"))
            .then(self.from(way))
            .sql(" AND ")
            .then(self.following(if is_found { "r.id > " } else { "t.id > " }))
            .sql(format!(" ORDER BY {inner}{id} ASC LIMIT "))
            .bind(Bind::Int(self.limit))
            .sql(format!(") p JOIN records r ON r.id = p.id ORDER BY {outer}p.id ASC"))
    }

    /// The condition that ends what takes too long, where it can: a list without conditions is read where it begins.
    fn limit_of_time(&self) -> Clause {
        let is_limited = self.filter.mentions("in_time(");
        if is_limited || (self.words.is_empty() && self.filter == Clause::all([])) {
            return Clause::default();
        }
        Clause::in_time().sql(" AND ")
    }

    /// How the records are reached that have the words; none where there are no words.
    fn way(&self, connection: &mut Conn) -> QueryResult<Option<Way>> {
        if self.words.is_empty() {
            return Ok(None);
        }
        self.words.way(connection, self.kind, self.limit).map(Some)
    }

    /// Whether the order starts with a column of `records`.
    fn is_by_record(&self) -> bool {
        self.order.first().is_some_and(|order| order.column.sql.starts_with("r."))
    }

    /// Whether a condition or the order asks more of `records` than the id and the kind.
    fn asks_records(&self) -> bool {
        self.order.iter().any(|order| order.column.sql.starts_with("r.")) || self.filter.mentions("r.")
    }

    fn from(&self, way: Option<&Way>) -> Clause {
        if let Some(Way::These(numbers)) = way {
            let (records, numbered) = texts::numbered(numbers, !self.asks_records());
            let (table, join) = self.of_kind();
            let from = Clause::new(" FROM ").then(records).sql(format!("{table} WHERE "));
            let from = from.then(self.limit_of_time()).sql(format!("{numbered}{join} AND "));
            return from.then(self.filter.clone());
        }
        let table = self.table;
        let needs_records = self.asks_records() || way.is_some();
        let join = if needs_records { " JOIN records r ON r.id = t.id" } else { "" };
        let from = Clause::new(format!(" FROM {table} t{join} WHERE ")).then(self.limit_of_time());
        let mut from = from.then(self.filter.clone());
        if way.is_some() {
            from = from.sql(" AND EXISTS (SELECT 1 FROM search s WHERE s.rowid = r.number AND ");
            from = from.then(self.words.held()).sql(")");
        }
        // The index by time begins with the kind; for any other order it would only tempt the planner.
        if self.is_by_record() { from.sql(" AND r.kind = ").text(self.kind) } else { from }
    }

    /// The kind's table beside records that are of the kind, where it is asked anything, and how it is joined.
    fn of_kind(&self) -> (String, &'static str) {
        let is_asked =
            self.order.iter().any(|order| order.column.sql.starts_with("t.")) || self.filter.mentions("t.");
        if is_asked {
            (format!(" CROSS JOIN {} t", self.table), " AND t.id = r.id")
        } else {
            (String::new(), "")
        }
    }

    /// All records that have the words, as the index finds them.
    fn all_found(&self) -> Clause {
        let (table, join) = self.of_kind();
        Clause::new(" FROM search s CROSS JOIN ")
            .then(texts::records(!self.asks_records()))
            .sql(table)
            .sql(" WHERE ")
            .then(self.limit_of_time())
            .then(self.words.found())
            .sql(format!(" AND r.number = s.rowid{join} AND r.kind = "))
            .text(self.kind)
            .sql(" AND ")
            .then(self.filter.clone())
    }

    /// Behind the position: greater in the first key that differs.
    fn following(&self, id: &'static str) -> Clause {
        let Some(after) = &self.after else { return Clause::new("1 = 1") };
        let mut cases = Vec::new();
        let mut equal: Vec<Clause> = Vec::new();
        // What every case implies for the first key, said apart: an index can start there.
        let mut start = Vec::new();
        for (order, value) in self.order.iter().zip(&after.keys) {
            let compare = |sign: &str| Clause::new(order.expression() + sign).then(order.bound(value));
            let (beyond, reached) = if order.descending { (" < ", " <= ") } else { (" > ", " >= ") };
            if start.is_empty() {
                start.push(compare(reached));
            }
            cases.push(Clause::all(equal.iter().cloned().chain([compare(beyond)])));
            equal.push(compare(" = "));
        }
        equal.push(Clause::new(id).bind(Bind::Id(after.id)));
        cases.push(Clause::all(equal));
        start.push(Clause::any(cases));
        Clause::all(start)
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
