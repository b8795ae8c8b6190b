//! The filters as conditions of SQL, for searches whose words more records have than are ranked: then they take part
//! in the choice of those. They say the same as `facets.rs`.

use super::filters::SearchFilters;
use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;

/// What gives a record a country: where that is, the id of the record. `c` has the country.
const COUNTRY_SOURCES: [(&str, &str); 3] = [
    ("authorities c", "c.id"),
    ("organisations c", "c.id"),
    ("refs x JOIN authorities c ON c.id = x.to_record", "x.from_record"),
];

/// The countries of the record `r`, which may be named twice: `(country)`.
pub(super) fn countries_sql() -> String {
    let one = |(from, id): (&str, &str)| format!("SELECT c.country FROM {from} WHERE {id} = r.id");
    COUNTRY_SOURCES.map(one).join(" UNION ALL ")
}

/// The dates in this column of `t` that have, possibly, a day in common with one of these spans.
fn overlap_condition(column: &str, spans: &[PartialDate]) -> SqlFragment {
    let one = |span: &PartialDate| {
        SqlFragment::new(format!("COALESCE(t.{column}_earliest, '') <= "))
            .bind_text(span.latest().unwrap_or_else(|| "~".into()))
            .sql(format!(" AND COALESCE(t.{column}_latest, '~') >= "))
            .bind_text(span.earliest().unwrap_or_default())
    };
    SqlFragment::new(format!("t.{column} IS NOT NULL AND ")).append(SqlFragment::any(spans.iter().map(one)))
}

/// The record `r` is one of those that these queries find.
fn id_in_any(queries: impl Iterator<Item = SqlFragment>) -> SqlFragment {
    SqlFragment::new("r.id IN ").append(SqlFragment::join(queries, " UNION ALL ", "(NULL)"))
}

/// A condition of the record `r` for each filter that asks something.
pub(super) fn filter_conditions(filters: &SearchFilters) -> Vec<SqlFragment> {
    let texts = |codes: &[String]| codes.iter().cloned().map(BindValue::Text).collect::<Vec<_>>();
    let mut all = Vec::new();
    if !filters.kinds.is_empty() {
        let kinds = filters.kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
        all.push(SqlFragment::new("r.kind IN ").bind_list(kinds));
    }
    if !filters.countries.is_empty() {
        let one = |(from, id): (&str, &str)| {
            SqlFragment::new(format!("SELECT {id} FROM {from} WHERE c.country IN "))
                .bind_list(texts(&filters.countries))
        };
        all.push(id_in_any(COUNTRY_SOURCES.into_iter().map(one)));
    }
    if !filters.themes.is_empty() {
        let themes = filters.themes.iter().filter_map(|code| Theme::from_code(code));
        let codes = themes.flat_map(Theme::with_narrower).map(|theme| BindValue::Text(theme.code().into()));
        let tags =
            SqlFragment::new("SELECT g.record_id FROM tags g WHERE g.pointer LIKE '%/themes' AND g.code IN ");
        all.push(id_in_any([tags.bind_list(codes)].into_iter()));
    }
    if !filters.years.is_empty() {
        let one = |kind: &Kind| {
            let shelf = kind.definition();
            let from = SqlFragment::new(format!("SELECT t.id FROM {} t WHERE ", shelf.table()));
            Some(from.append(overlap_condition(shelf.date_member()?, &filters.years)))
        };
        all.push(id_in_any(Kind::ALL.iter().filter_map(one)));
    }
    all
}

/// How many of these conditions do not hold, as a number.
pub(super) fn failed_filters(conditions: &[SqlFragment]) -> SqlFragment {
    let one = |condition: &SqlFragment| {
        SqlFragment::new("CASE WHEN ").append(condition.clone()).sql(" THEN 0 ELSE 1 END")
    };
    SqlFragment::join(conditions.iter().map(one), " + ", "0")
}
