//! The filters as SQL conditions, for searches that match more records than are ranked.
//!
//! Must select the same records as `facets.rs`, which applies the filters in memory.

use super::filters::SearchFilters;
use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::all;

/// Where a record gets its countries from: `FROM` clause (`c` has the country) and column of the record's id.
const COUNTRY_SOURCES: [(&str, &str); 3] = [
    ("authorities c", "c.id"),
    ("organisations c", "c.id"),
    ("refs x JOIN authorities c ON c.id = x.to_record", "x.from_record"),
];

/// Returns a query of the countries of the record `r`, column `country`, with possible repeats.
pub(super) fn countries_sql() -> String {
    let one = |(from, id): (&str, &str)| format!("SELECT c.country FROM {from} WHERE {id} = r.id");
    COUNTRY_SOURCES.map(one).join(" UNION ALL ")
}

/// Returns the condition that the partial date in a column of `t` possibly overlaps one of these spans.
fn overlap_condition(column: &str, spans: &[PartialDate]) -> SqlFragment {
    let one = |span: &PartialDate| {
        SqlFragment::new(format!("COALESCE(t.{column}_earliest, '') <= "))
            .bind_text(span.latest().unwrap_or_else(|| "~".into()))
            .sql(format!(" AND COALESCE(t.{column}_latest, '~') >= "))
            .bind_text(span.earliest().unwrap_or_default())
    };
    SqlFragment::new(format!("t.{column} IS NOT NULL AND ")).append(SqlFragment::any(spans.iter().map(one)))
}

/// Returns the condition that the record `r` is in the result of one of these queries.
fn id_in_any(queries: impl Iterator<Item = SqlFragment>) -> SqlFragment {
    SqlFragment::new("r.id IN ").append(SqlFragment::join(queries, " UNION ALL ", "(NULL)"))
}

/// Returns one condition on the record `r` per filter that is set.
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
            let definition = all::definition(*kind);
            let from = SqlFragment::new(format!("SELECT t.id FROM {} t WHERE ", definition.table()));
            Some(from.append(overlap_condition(definition.date_member()?, &filters.years)))
        };
        all.push(id_in_any(Kind::ALL.iter().filter_map(one)));
    }
    all
}

/// Returns an SQL expression for the number of conditions that are false.
pub(super) fn failed_filters(conditions: &[SqlFragment]) -> SqlFragment {
    let one = |condition: &SqlFragment| {
        SqlFragment::new("CASE WHEN ").append(condition.clone()).sql(" THEN 0 ELSE 1 END")
    };
    SqlFragment::join(conditions.iter().map(one), " + ", "0")
}
