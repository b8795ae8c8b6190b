//! One page of a kind's records: filters, order and keyset position as SQL.

use super::conn::Conn;
use super::fulltext::{self, TextPlan, TextQuery};
use super::sql::{BindValue, SqlFragment, Statement};
use super::types::{Id, UuidSql};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// A column to sort records by. Unset values come last in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortColumn {
    /// The column, with the alias of its table: `t` is the kind's, `r` is `records`.
    pub sql: &'static str,
    /// The type of its values.
    pub holds: ColumnType,
}

/// The type of a sort column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A day `YYYY-MM-DD`; nullable.
    Day,
    /// A folded text; never null.
    Key,
    /// A number; nullable.
    Number,
    /// A number; never null.
    Count,
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderKey {
    /// The column that is compared.
    pub column: SortColumn,
    /// Whether the largest value comes first.
    pub descending: bool,
}

impl OrderKey {
    /// Returns the sort expression, never null: an unset value becomes the last one of the direction.
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

    /// Returns a value of the position in this key, as bound SQL.
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

/// The most keys of an order, not counting the id at its end.
pub const MAX_ORDER_KEYS: usize = 4;

/// A position in an order: the values of its keys, and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysetPosition {
    /// The values as text, in the order of the keys.
    pub keys: Vec<String>,
    /// The id of the record at the position.
    pub id: Id,
}

/// A record of a page.
#[derive(Debug, Clone, Queryable)]
pub struct ListRow {
    /// The record's id.
    pub id: Id,
    /// The version.
    pub version: i64,
    /// The name, as a language map in JSON.
    pub name: String,
    /// The canonical JSON.
    pub content: String,
    /// The names of the records that it refers to: one line each, of the id and the name in JSON.
    pub names: String,
    keys: (String, String, String, String),
}

impl ListRow {
    /// Returns the record's position in an order of so many keys.
    #[must_use]
    pub fn position(&self, keys: usize) -> KeysetPosition {
        let (a, b, c, d) = &self.keys;
        KeysetPosition { keys: [a, b, c, d].into_iter().take(keys).cloned().collect(), id: self.id }
    }
}

/// Returns the first record for which a condition holds, with the names of the records that it refers to.
pub fn find_row(connection: &mut Conn, condition: SqlFragment) -> QueryResult<Option<ListRow>> {
    let statement = SqlFragment::new("SELECT r.id, r.version, r.name, r.content, ")
        .append(referenced_names())
        .sql(", '', '', '', '' FROM records r WHERE ")
        .append(condition);
    Statement::<ListColumns>::new(statement).get_result(connection).optional()
}

/// Returns the subquery of [`ListRow::names`] for a record `r`.
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

/// A query for one page of records.
#[derive(Debug, Clone)]
pub struct KeysetQuery {
    /// The kind's name.
    pub kind: &'static str,
    /// The kind's table.
    pub table: &'static str,
    /// The conditions, joined.
    pub filter: SqlFragment,
    /// The full-text query.
    pub words: TextQuery,
    /// The keys of the order; the id completes it.
    pub order: Vec<OrderKey>,
    /// The position where the previous page ended.
    pub after: Option<KeysetPosition>,
    /// The most records.
    pub limit: i64,
}

impl KeysetQuery {
    /// Loads the page, and whether it was cut after 8 MiB.
    pub fn load(&self, connection: &mut Conn) -> QueryResult<(Vec<ListRow>, bool)> {
        let plan = self.text_plan(connection)?;
        if plan.as_ref().is_some_and(|plan| *plan == TextPlan::ByNumbers(vec![])) {
            return Ok((Vec::new(), false));
        }
        let statement = Statement::<ListColumns>::new(self.page_statement_by(plan.as_ref()));
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

    /// Counts the matching records on all pages.
    pub fn count(&self, connection: &mut Conn) -> QueryResult<i64> {
        let from = match self.text_plan(connection)? {
            Some(TextPlan::ScanInOrder) => self.build_from_where_by_index(),
            plan => self.build_from_where(plan.as_ref()),
        };
        Statement::<BigInt>::new(SqlFragment::new("SELECT COUNT(*)").append(from)).get_result(connection)
    }

    /// Returns the statement of [`Self::load`] without a full-text query. It first selects the ids, from the
    /// kind's own table alone if the filters allow that.
    #[must_use]
    pub fn page_statement(&self) -> SqlFragment {
        self.page_statement_by(None)
    }

    /// Returns the statement of [`Self::count`] without a full-text query.
    #[must_use]
    pub fn count_statement(&self) -> SqlFragment {
        SqlFragment::new("SELECT COUNT(*)").append(self.build_from_where(None))
    }

    /// Returns the statement of a page with this plan for the full-text query.
    fn page_statement_by(&self, plan: Option<&TextPlan>) -> SqlFragment {
        let (mut key_columns, mut inner, mut outer) = (String::new(), String::new(), String::new());
        for (index, order) in self.order.iter().enumerate() {
            let (key, direction) = (order.expression(), order.direction());
            key_columns += &[", ", &key, " AS k", &index.to_string()].concat();
            inner += &[&key, direction, ", "].concat();
            outer += &["p.k", &index.to_string(), direction, ", "].concat();
        }
        let key_text = |index: usize| {
            if index < self.order.len() { format!(", CAST(p.k{index} AS TEXT)") } else { ", ''".to_owned() }
        };
        let key_text: String = (0..MAX_ORDER_KEYS).map(key_text).collect();
        let by_numbers = matches!(plan, Some(TextPlan::ByNumbers(_)));
        let id = if self.is_ordered_by_record() || by_numbers { "r.id" } else { "t.id" };
        SqlFragment::new("SELECT r.id, r.version, r.name, r.content, ")
            .append(referenced_names())
            .sql(format!("{key_text} FROM (SELECT {id}{key_columns}"))
            .append(self.build_from_where(plan))
            .sql(" AND ")
            .append(self.after_position(if by_numbers { "r.id > " } else { "t.id > " }))
            .sql(format!(" ORDER BY {inner}{id} ASC LIMIT "))
            .bind(BindValue::Int(self.limit))
            .sql(format!(") p JOIN records r ON r.id = p.id ORDER BY {outer}p.id ASC"))
    }

    /// Returns the condition that enforces the time limit. A list without conditions needs none: it reads
    /// only its first rows.
    fn time_limit(&self) -> SqlFragment {
        let is_limited = self.filter.mentions("in_time(");
        if is_limited || (self.words.is_empty() && self.filter == SqlFragment::all([])) {
            return SqlFragment::default();
        }
        SqlFragment::time_limit().sql(" AND ")
    }

    /// Returns the plan of the full-text query; none if it has no words.
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

    /// Whether a condition or the order needs more columns of `records` than the id and the kind.
    fn needs_records(&self) -> bool {
        self.order.iter().any(|order| order.column.sql.starts_with("r.")) || self.filter.mentions("r.")
    }

    /// Returns the FROM and WHERE clauses of a page or count, with this plan for the full-text query.
    fn build_from_where(&self, plan: Option<&TextPlan>) -> SqlFragment {
        if let Some(TextPlan::ByNumbers(numbers)) = plan {
            let (records, numbered) = fulltext::records_by_numbers(numbers, !self.needs_records());
            let (table, join) = self.kind_join();
            let from = SqlFragment::new(" FROM ").append(records).sql(format!("{table} WHERE "));
            let from = from.append(self.time_limit()).sql(format!("{numbered}{join} AND "));
            return from.append(self.filter.clone());
        }
        let table = self.table;
        let needs_records = self.needs_records() || plan.is_some();
        let join = if needs_records { " JOIN records r ON r.id = t.id" } else { "" };
        let from = SqlFragment::new(format!(" FROM {table} t{join} WHERE ")).append(self.time_limit());
        let mut from = from.append(self.filter.clone());
        if plan.is_some() {
            from = from.sql(" AND EXISTS (SELECT 1 FROM search s WHERE s.rowid = r.number AND ");
            from = from.append(self.words.matches()).sql(")");
        }
        // The index by time begins with the kind. In any other order the condition would mislead the query
        // planner.
        if self.is_ordered_by_record() { from.sql(" AND r.kind = ").bind_text(self.kind) } else { from }
    }

    /// Returns the join of the kind's table to `r`, and its condition; empty if no column of it is used.
    fn kind_join(&self) -> (String, &'static str) {
        let is_needed =
            self.order.iter().any(|order| order.column.sql.starts_with("t.")) || self.filter.mentions("t.");
        if is_needed {
            (format!(" CROSS JOIN {} t", self.table), " AND t.id = r.id")
        } else {
            (String::new(), "")
        }
    }

    /// Returns the FROM and WHERE clauses for all matches of the full-text index.
    fn build_from_where_by_index(&self) -> SqlFragment {
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

    /// Returns the condition that a record comes after the position: greater in the first key that differs.
    fn after_position(&self, id: &'static str) -> SqlFragment {
        let Some(after) = &self.after else { return SqlFragment::new("1 = 1") };
        let mut cases = Vec::new();
        let mut equal: Vec<SqlFragment> = Vec::new();
        // The first key's bound is implied by all cases, but an index can only use it when it stands alone.
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
