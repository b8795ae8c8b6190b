//! SQL of the activities tagged with themes.

use crate::db::conn::Conn;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::kinds::all;
use diesel::prelude::*;
use diesel::sql_types::Text as SqlText;

/// Kinds that are activities, with their date columns: date, first and last possible day. A partnership
/// extends from its beginning to its end.
const ACTIVITY_KINDS: [(Kind, [&str; 3]); 7] = [
    (Kind::Partnership, ["since", "since_earliest", "until_latest"]),
    (Kind::Memorandum, ["signed", "signed_earliest", "signed_latest"]),
    (Kind::Visit, ["dates", "dates_earliest", "dates_latest"]),
    (Kind::Rencontre, ["dates", "dates_earliest", "dates_latest"]),
    (Kind::Session, ["date", "date_earliest", "date_latest"]),
    (Kind::GoodPractice, ["updated_on", "updated_on_earliest", "updated_on_latest"]),
    (Kind::Event, ["dates", "dates_earliest", "dates_latest"]),
];

/// Returns the kinds that are activities.
pub(super) fn activity_kinds() -> impl Iterator<Item = Kind> {
    ACTIVITY_KINDS.into_iter().map(|(kind, _)| kind)
}

/// Finds the activities tagged with exactly these themes: theme, kind and id of each. An event has no themes
/// and takes those of the record that it follows. If given a period, only activities possibly dated within
/// it.
pub(super) fn find_activities(
    tx: &mut Conn,
    themes: &[&'static str],
    period: Option<&PartialDate>,
) -> QueryResult<Vec<(String, String, Id)>> {
    let of_kind = |(kind, [date, first, last]): (Kind, [&str; 3])| {
        let (name, table) = (kind.as_str(), all::definition(kind).table());
        let (join, tagged_id) = match kind {
            Kind::Event => (" JOIN refs f ON f.from_record = t.id AND f.pointer = '/follows'", "f.to_record"),
            _ => ("", "t.id"),
        };
        let codes = themes.iter().map(|theme| BindValue::Text((*theme).into()));
        let found = SqlFragment::new(format!(
            "SELECT g.code, CAST('{name}' AS TEXT), t.id FROM {table} t{join} \
             JOIN tags g ON g.record_id = {tagged_id} AND g.pointer = '/themes' WHERE "
        ));
        let found = found.append(SqlFragment::time_limit()).sql(" AND g.code IN ").bind_list(codes);
        let Some(period) = period else { return found };
        found
            .sql(format!(" AND t.{date} IS NOT NULL AND COALESCE(t.{first}, '') <= "))
            .bind_text(period.latest().unwrap_or_else(|| "~".into()))
            .sql(format!(" AND COALESCE(t.{last}, '~') >= "))
            .bind_text(period.earliest().unwrap_or_default())
    };
    let mut all = SqlFragment::default();
    for (index, activity) in ACTIVITY_KINDS.into_iter().enumerate() {
        all = if index == 0 { all } else { all.sql(" UNION ALL ") }.append(of_kind(activity));
    }
    Statement::<(SqlText, SqlText, UuidSql)>::new(all).load(tx)
}
