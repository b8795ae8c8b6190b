//! One page of a kind's records: filtered, in a total order, from a position in that order (keyset, no offsets).

use super::conn::Conn;
use super::fulltext;
use super::fulltext::{TextPlan, TextQuery};
use super::sql::{BindValue, SqlFragment, Statement};
use super::types::{Id, UuidSql};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sql_types::Text;

/// A column that records can be sorted by. Unset values come last whatever the direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortColumn {
    /// The column, with the letter of its table: `t` is the kind's, `r` is `records`.
    pub sql: &'static str,
    /// What it holds.
    pub holds: ColumnType,
}

/// What a sorted column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
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
pub struct OrderKey {
    /// What is compared.
    pub column: SortColumn,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl OrderKey {
    /// What is compared, never null: an unset value stands for the last one of this direction.
    fn expression(&self) -> String {
        let last = match (self.column.holds, self.descending) {
            (ColumnType::Key | ColumnType::Count, _) => return self.column.sql.to_owned(),
            (ColumnType::Number, false) => "9223372036854775807",
            (ColumnType::Number, true) => "-1",
            (ColumnType::Day, true) => "''",
            (ColumnType::Day, false) => "'~'",
        };
        format!("COALESCE({}, {last})", self.column.sql)
    }

    fn direction(&self) -> &'static str {
        if self.descending { " DESC" } else { " ASC" }
    }

    /// The position's value in this key, as bound.
    fn bind_value(&self, value: &str) -> SqlFragment {
        match self.column.holds {
            ColumnType::Number | ColumnType::Count => {
                SqlFragment::new("CAST(").bind_text(value).sql(" AS BIGINT)")
            }
            ColumnType::Day | ColumnType::Key => SqlFragment::default().bind_text(value),
        }
    }
}

/// A page ends early when its records have more bytes than this.
const MAX_PAGE_BYTES: usize = 8 << 20;

/// The most keys of an order, the final id apart.
pub const MAX_ORDER_KEYS: usize = 4;

/// A position in an order: the value of each key, and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysetPosition {
    /// The values, as text, in the order of the keys.
    pub keys: Vec<String>,
    /// The id of the record there.
    pub id: Id,
}

/// A record of a page.
#[derive(Debug, Clone, Queryable)]
pub struct ListRow {
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

impl ListRow {
    /// Where the record stands in the order of its page.
    #[must_use]
    pub fn position(&self, keys: usize) -> KeysetPosition {
        let (a, b, c, d) = &self.keys;
        KeysetPosition { keys: [a, b, c, d].into_iter().take(keys).cloned().collect(), id: self.id }
    }
}

/// The record that a condition finds, with the names of what it refers to.
///
/// # Errors
/// When the database fails.
pub fn find_row(connection: &mut Conn, condition: SqlFragment) -> QueryResult<Option<ListRow>> {
    let statement = SqlFragment::new("SELECT r.id, r.version, r.name, r.content, ")
        .append(referenced_names())
        .sql(", '', '', '', '' FROM records r WHERE ")
        .append(condition);
    Statement::<ListColumns>::new(statement).get_result(connection).optional()
}

/// What a record `r` refers to is called so: a line of text for each, its id and its name in JSON.
fn referenced_names() -> SqlFragment {
    let names = |line: &str, end: &str| {
        SqlFragment::new(format!(
            "COALESCE((SELECT string_agg({line} || n.name, {end}) FROM refs f \
             JOIN records n ON n.id = f.to_record WHERE f.from_record = r.id), '')"
        ))
    };
    SqlFragment::per_database(names("hex(n.id)", "char(10)"), names("CAST(n.id AS TEXT)", "E'\\n'"))
}

type ListColumns = (UuidSql, BigInt, Text, Text, Text, (Text, Text, Text, Text));

/// What a page shows.
#[derive(Debug, Clone)]
pub struct KeysetQuery {
    /// The kind's name.
    pub kind: &'static str,
    /// The kind's table.
    pub table: &'static str,
    /// The conditions, all of which hold.
    pub filter: SqlFragment,
    /// What the texts must have.
    pub words: TextQuery,
    /// The order, completed by the id.
    pub order: Vec<OrderKey>,
    /// Where the page before ended.
    pub after: Option<KeysetPosition>,
    /// The most records.
    pub limit: i64,
}

impl KeysetQuery {
    /// The page's records, and whether it was cut after 8 MiB.
    ///
    /// # Errors
    /// When the database fails.
    pub fn load(&self, connection: &mut Conn) -> QueryResult<(Vec<ListRow>, bool)> {
        let way = self.text_plan(connection)?;
        if way.as_ref().is_some_and(|way| *way == TextPlan::ByNumbers(vec![])) {
            return Ok((Vec::new(), false));
        }
        let statement = Statement::<ListColumns>::new(self.page_statement_by(way.as_ref()));
        let (mut rows, mut bytes) = (Vec::new(), 0);
        for row in statement.load_iter::<ListRow, DefaultLoadingMode>(connection)? {
            if bytes > MAX_PAGE_BYTES {
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
        let from = match self.text_plan(connection)? {
            Some(TextPlan::ScanInOrder) => self.from_all_matches(),
            way => self.from_clause(way.as_ref()),
        };
        Statement::<BigInt>::new(SqlFragment::new("SELECT COUNT(*)").append(from)).get_result(connection)
    }

    /// The statement of [`Self::load`] where no words are looked for. The ids are found first, in the kind's own table
    /// where the question allows it.
    #[must_use]
    pub fn page_statement(&self) -> SqlFragment {
        self.page_statement_by(None)
    }

    /// The statement of [`Self::count`] where no words are looked for.
    #[must_use]
    pub fn count_statement(&self) -> SqlFragment {
        SqlFragment::new("SELECT COUNT(*)").append(self.from_clause(None))
    }

    /// The statement of a page whose words are looked for in this way.
    fn page_statement_by(&self, way: Option<&TextPlan>) -> SqlFragment {
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
        let shown: String = (0..MAX_ORDER_KEYS).map(shown).collect();
        let is_found = matches!(way, Some(TextPlan::ByNumbers(_)));
        let id = if self.is_ordered_by_record() || is_found { "r.id" } else { "t.id" };
        SqlFragment::new("SELECT r.id, r.version, r.name, r.content, ")
            .append(referenced_names())
            .sql(format!("{shown} FROM (SELECT {id}{found}"))
            .append(self.from_clause(way))
            .sql(" AND ")
            .append(self.after_position(if is_found { "r.id > " } else { "t.id > " }))
            .sql(format!(" ORDER BY {inner}{id} ASC LIMIT "))
            .bind(BindValue::Int(self.limit))
            .sql(format!(") p JOIN records r ON r.id = p.id ORDER BY {outer}p.id ASC"))
    }

    /// The condition that ends what takes too long, where it can: a list without conditions is read where it begins.
    fn time_limit(&self) -> SqlFragment {
        let is_limited = self.filter.mentions("in_time(");
        if is_limited || (self.words.is_empty() && self.filter == SqlFragment::all([])) {
            return SqlFragment::default();
        }
        SqlFragment::time_limit().sql(" AND ")
    }

    /// How the records are reached that have the words; none where there are no words.
    fn text_plan(&self, connection: &mut Conn) -> QueryResult<Option<TextPlan>> {
        if self.words.is_empty() {
            return Ok(None);
        }
        self.words.plan(connection, self.kind, self.limit).map(Some)
    }

    /// Whether the order starts with a column of `records`.
    fn is_ordered_by_record(&self) -> bool {
        self.order.first().is_some_and(|order| order.column.sql.starts_with("r."))
    }

    /// Whether a condition or the order asks more of `records` than the id and the kind.
    fn needs_records(&self) -> bool {
        self.order.iter().any(|order| order.column.sql.starts_with("r.")) || self.filter.mentions("r.")
    }

    fn from_clause(&self, way: Option<&TextPlan>) -> SqlFragment {
        if let Some(TextPlan::ByNumbers(numbers)) = way {
            let (records, numbered) = fulltext::records_by_numbers(numbers, !self.needs_records());
            let (table, join) = self.kind_join();
            let from = SqlFragment::new(" FROM ").append(records).sql(format!("{table} WHERE "));
            let from = from.append(self.time_limit()).sql(format!("{numbered}{join} AND "));
            return from.append(self.filter.clone());
        }
        let table = self.table;
        let needs_records = self.needs_records() || way.is_some();
        let join = if needs_records { " JOIN records r ON r.id = t.id" } else { "" };
        let from = SqlFragment::new(format!(" FROM {table} t{join} WHERE ")).append(self.time_limit());
        let mut from = from.append(self.filter.clone());
        if way.is_some() {
            from = from.sql(" AND EXISTS (SELECT 1 FROM search s WHERE s.rowid = r.number AND ");
            from = from.append(self.words.matches()).sql(")");
        }
        // The index by time begins with the kind; for any other order it would only tempt the planner.
        if self.is_ordered_by_record() { from.sql(" AND r.kind = ").bind_text(self.kind) } else { from }
    }

    /// The kind's table beside records that are of the kind, where it is asked anything, and how it is joined.
    fn kind_join(&self) -> (String, &'static str) {
        let is_asked =
            self.order.iter().any(|order| order.column.sql.starts_with("t.")) || self.filter.mentions("t.");
        if is_asked {
            (format!(" CROSS JOIN {} t", self.table), " AND t.id = r.id")
        } else {
            (String::new(), "")
        }
    }

    /// All records that have the words, as the index finds them.
    fn from_all_matches(&self) -> SqlFragment {
        let (table, join) = self.kind_join();
        SqlFragment::new(" FROM search s CROSS JOIN ")
            .append(fulltext::records_table(!self.needs_records()))
            .sql(table)
            .sql(" WHERE ")
            .append(self.time_limit())
            .append(self.words.matches_by_index())
            .sql(format!(" AND r.number = s.rowid{join} AND r.kind = "))
            .bind_text(self.kind)
            .sql(" AND ")
            .append(self.filter.clone())
    }

    /// Behind the position: greater in the first key that differs.
    fn after_position(&self, id: &'static str) -> SqlFragment {
        let Some(after) = &self.after else { return SqlFragment::new("1 = 1") };
        let mut cases = Vec::new();
        let mut equal: Vec<SqlFragment> = Vec::new();
        // What every case implies for the first key, said apart: an index can start there.
        let mut start = Vec::new();
        for (order, value) in self.order.iter().zip(&after.keys) {
            let compare =
                |sign: &str| SqlFragment::new(order.expression() + sign).append(order.bind_value(value));
            let (beyond, reached) = if order.descending { (" < ", " <= ") } else { (" > ", " >= ") };
            if start.is_empty() {
                start.push(compare(reached));
            }
            cases.push(SqlFragment::all(equal.iter().cloned().chain([compare(beyond)])));
            equal.push(compare(" = "));
        }
        equal.push(SqlFragment::new(id).bind(BindValue::Id(after.id)));
        cases.push(SqlFragment::all(equal));
        start.push(SqlFragment::any(cases));
        SqlFragment::all(start)
    }
}
