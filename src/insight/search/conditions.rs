//! The filters as conditions of SQL, for searches whose words more records have than are ranked: then they take part
//! in the choice of those. They say the same as `facets.rs`.

use super::facets::{Filters, with_broader};
use crate::db::sql::{Bind, Clause};
use crate::vocabulary::codes::{Theme, Vocabulary as _};
use crate::vocabulary::{Kind, PartialDate};

/// What gives a record a country: where that is, the id of the record. `c` has the country.
const COUNTRIES: [(&str, &str); 3] = [
    ("authorities c", "c.id"),
    ("organisations c", "c.id"),
    ("refs x JOIN authorities c ON c.id = x.to_record", "x.from_record"),
];

/// The countries of the record `r`, which may be named twice: `(country)`.
pub(super) fn countries() -> String {
    let one = |(from, id): (&str, &str)| format!("SELECT c.country FROM {from} WHERE {id} = r.id");
    COUNTRIES.map(one).join(" UNION ALL ")
}

/// The theme and those below it.
fn with_narrower(theme: &str) -> Vec<Bind> {
    let is_within = |code: &&str| with_broader(vec![(*code).to_owned()]).iter().any(|code| code == theme);
    let codes = Theme::TERMS.iter().map(|term| term.code).filter(is_within);
    codes.map(|code| Bind::Text(code.to_owned())).collect()
}

/// The dates in this column of `t` that have, possibly, a day in common with one of these spans.
fn overlapping(column: &str, spans: &[PartialDate]) -> Clause {
    let one = |span: &PartialDate| {
        Clause::new(format!("COALESCE(t.{column}_earliest, '') <= "))
            .text(span.latest().unwrap_or_else(|| "~".into()))
            .sql(format!(" AND COALESCE(t.{column}_latest, '~') >= "))
            .text(span.earliest().unwrap_or_default())
    };
    Clause::new(format!("t.{column} IS NOT NULL AND ")).then(Clause::any(spans.iter().map(one)))
}

/// The record `r` is one of those that these queries find.
fn among(queries: impl Iterator<Item = Clause>) -> Clause {
    Clause::new("r.id IN ").then(Clause::join(queries, " UNION ALL ", "(NULL)"))
}

/// A condition of the record `r` for each filter that asks something.
pub(super) fn conditions(filters: &Filters) -> Vec<Clause> {
    let texts = |codes: &[String]| codes.iter().cloned().map(Bind::Text).collect::<Vec<_>>();
    let mut all = Vec::new();
    if !filters.kinds.is_empty() {
        let kinds = filters.kinds.iter().map(|kind| Bind::Text(kind.as_str().into()));
        all.push(Clause::new("r.kind IN ").list(kinds));
    }
    if !filters.countries.is_empty() {
        let one = |(from, id): (&str, &str)| {
            Clause::new(format!("SELECT {id} FROM {from} WHERE c.country IN "))
                .list(texts(&filters.countries))
        };
        all.push(among(COUNTRIES.into_iter().map(one)));
    }
    if !filters.themes.is_empty() {
        let codes = filters.themes.iter().flat_map(|theme| with_narrower(theme));
        let tags =
            Clause::new("SELECT g.record_id FROM tags g WHERE g.pointer LIKE '%/themes' AND g.code IN ");
        all.push(among([tags.list(codes)].into_iter()));
    }
    if !filters.years.is_empty() {
        let one = |kind: &Kind| {
            let shelf = kind.shelf();
            let from = Clause::new(format!("SELECT t.id FROM {} t WHERE ", shelf.table()));
            Some(from.then(overlapping(shelf.dated()?, &filters.years)))
        };
        all.push(among(Kind::ALL.iter().filter_map(one)));
    }
    all
}

/// How many of these conditions do not hold, as a number.
pub(super) fn refusals(conditions: &[Clause]) -> Clause {
    let one =
        |condition: &Clause| Clause::new("CASE WHEN ").then(condition.clone()).sql(" THEN 0 ELSE 1 END");
    Clause::join(conditions.iter().map(one), " + ", "0")
}
