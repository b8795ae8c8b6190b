//! The activities recorded under themes.

use crate::db::conn::Conn;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use diesel::prelude::*;
use diesel::sql_types::Text as SqlText;

/// The kinds that are activities, and the columns that date them: a date, its first and its last possible day.
/// A relation lasts, so it is dated from its beginning to its end.
const ACTIVITY_KINDS: [(Kind, [&str; 3]); 7] = [
    (Kind::Partnership, ["since", "since_earliest", "until_latest"]),
    (Kind::Memorandum, ["signed", "signed_earliest", "signed_latest"]),
    (Kind::Visit, ["dates", "dates_earliest", "dates_latest"]),
    (Kind::Rencontre, ["dates", "dates_earliest", "dates_latest"]),
    (Kind::Session, ["date", "date_earliest", "date_latest"]),
    (Kind::GoodPractice, ["updated_on", "updated_on_earliest", "updated_on_latest"]),
    (Kind::Event, ["dates", "dates_earliest", "dates_latest"]),
];

/// The kinds that are activities.
pub(super) fn activity_kinds() -> impl Iterator<Item = Kind> {
    ACTIVITY_KINDS.into_iter().map(|(kind, _)| kind)
}

/// The activities recorded under these themes, themselves and no narrower ones: theme, kind and id of each. An event
/// has no themes: those of what it follows from are its own. With a period, only what is possibly dated within.
pub(super) fn find_activities(
    tx: &mut Conn,
    themes: &[&'static str],
    period: Option<&PartialDate>,
) -> QueryResult<Vec<(String, String, Id)>> {
    let of_kind = |(kind, [date, first, last]): (Kind, [&str; 3])| {
        let (name, table) = (kind.as_str(), kind.definition().table());
        let (join, bearer) = match kind {
            Kind::Event => (" JOIN refs f ON f.from_record = t.id AND f.pointer = '/follows'", "f.to_record"),
            _ => ("", "t.id"),
        };
        let codes = themes.iter().map(|theme| BindValue::Text((*theme).into()));
        let found = SqlFragment::new(format!(
            "SELECT g.code, CAST('{name}' AS TEXT), t.id FROM {table} t{join} \
             JOIN tags g ON g.record_id = {bearer} AND g.pointer = '/themes' WHERE "
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
