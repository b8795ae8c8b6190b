//! Counts visits, signed texts, editions and events by year and other dimensions; decides whether a text was
//! signed within a period after a visit.

use super::count_table::{CountTable, Dimension, RowKey};
use crate::analytics::dated_members::{DATED_MEMBERS, DatedMember};
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::validity::Holds;
use crate::domain::vocabularies::rencontre::RencontreStatus;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::all;
use crate::kinds::filters::FilterType;
use jiff::Span;
use jiff::civil::Date;

/// Description of the counting rule in French, Japanese and English.
pub const RULE: [&str; 3] = [
    "Chaque visite, texte signé, édition et événement, une fois, dans l'année où il commence. Une année incertaine (« 2022? », « 202X ») est « possible » dans chaque année qui peut être la sienne ; sans année, la ligne « non renseigné ». Une édition qui n'a pas encore eu lieu est « possible » ; reportée ou annulée, elle ne compte pas.",
    "訪問・調印文書・会議・行事を、始まった年に一件と数える。年が不確かなもの（「2022?」「202X」）は、あり得る各年に「可能性あり」とし、年がないものは「不明」とする。未開催の会議は「可能性あり」、延期・中止は数えない。",
    "Each visit, signed text, edition and event, once, in the year in which it begins. An uncertain year (`2022?`, `202X`) is `possible` in each year that may be its own; without a year, the row `unknown`. An edition that has not been held yet is `possible`; postponed or cancelled, it does not count.",
];

/// Maximum number of possible years of an uncertain date; with more, the year counts as unknown.
const MAX_YEARS: i16 = 10;

/// An activity with its date.
#[derive(Debug, Clone)]
pub struct DatedActivity {
    /// Index in [`DATED_MEMBERS`] of the member that holds its date.
    pub member_index: usize,
    /// Id of the record.
    pub id: Id,
    /// Date as EDTF.
    pub date: Option<String>,
    /// Code of its category; empty if its kind has none.
    pub category: String,
    /// Code of its direction; empty if its kind has none.
    pub direction: String,
    /// Status of an edition; empty for other kinds.
    pub status: String,
}

/// Returns the dated members that count as activity, with their indexes in [`DATED_MEMBERS`].
pub fn activity_members() -> impl Iterator<Item = (usize, &'static DatedMember)> {
    DATED_MEMBERS.iter().enumerate().filter(|(_, dated)| dated.is_activity)
}

/// Returns the years in which something may have begun (empty if unknown), and whether this is certain.
#[must_use]
pub fn possible_years(edtf: Option<&str>) -> (Vec<i16>, bool) {
    let Some(edtf) = edtf else { return (vec![], true) };
    let start = edtf.split('/').next().filter(|start| !start.is_empty() && *start != "..");
    let date = start.and_then(PartialDate::parse);
    let bounds = date.as_ref().and_then(|date| Some((date.edtf().earliest()?, date.edtf().latest()?)));
    let Some((first, last)) = bounds.map(|(first, last)| (first.year(), last.year())) else {
        return (vec![], true);
    };
    if last - first >= MAX_YEARS {
        return (vec![], true);
    }
    ((first..=last).collect(), first == last && !edtf.contains(['?', '~', '%']))
}

/// Counts activities, grouped by dimensions.
#[must_use]
pub fn count_activities(all: &[DatedActivity], by: &[Dimension]) -> CountTable {
    let mut rows = CountTable::default();
    for one in all {
        let Some(dated) = DATED_MEMBERS.get(one.member_index) else { continue };
        let is = |status: RencontreStatus| one.status == status.code();
        if is(RencontreStatus::Postponed) || is(RencontreStatus::Cancelled) {
            continue;
        }
        let (years, certain) = possible_years(one.date.as_deref());
        let certain = certain && (one.status.is_empty() || is(RencontreStatus::Held));
        let key = |dimension: &Dimension| match dimension {
            Dimension::ActivityKind => {
                vec![RowKey::Code(
                    one.member_index,
                    dated.kind.as_str().to_owned(),
                    dated.label.map(str::to_owned),
                )]
            }
            Dimension::Year if years.is_empty() => vec![RowKey::Unknown],
            Dimension::Year => years.iter().map(|year| RowKey::date(&format!("{year:04}"))).collect(),
            Dimension::Category => code_keys(&one.category, category_terms(dated.kind)),
            Dimension::Direction if one.direction.is_empty() => vec![RowKey::Unknown],
            other => vec![other.key(&one.direction)],
        };
        // Unless grouped by year, an uncertain year does not make the count uncertain.
        let certain = if by.contains(&Dimension::Year) { certain } else { certain || one.status.is_empty() };
        rows.add(&by.iter().map(key).collect::<Vec<_>>(), vec![one.id], certain);
    }
    rows
}

fn code_keys(code: &str, terms: &[VocabularyTerm]) -> Vec<RowKey> {
    vec![if code.is_empty() { RowKey::Unknown } else { RowKey::term(code, terms) }]
}

/// Returns the terms of a kind's `category`; empty if it has none.
fn category_terms(kind: Kind) -> &'static [VocabularyTerm] {
    let filters = all::definition(kind).filters().iter();
    filters
        .filter(|filter| filter.name == "category")
        .find_map(
            |filter| if let FilterType::Code(terms, _) = filter.filter_type { Some(terms) } else { None },
        )
        .unwrap_or(&[])
}

/// Returns whether a text was signed after a visit began and at most `months` months after it ended.
#[must_use]
pub fn is_signed_within(visit: &PartialDate, signed: &PartialDate, months: i64) -> Holds {
    let (first, last) = (visit.edtf().earliest(), visit.edtf().latest());
    let (earliest, latest) = (signed.edtf().earliest(), signed.edtf().latest());
    let until = |day: Option<Date>| day.and_then(|day| day.checked_add(Span::new().months(months)).ok());
    let before =
        |one: Option<Date>, other: Option<Date>| one.zip(other).is_some_and(|(one, other)| one < other);
    if before(latest, first) || before(until(last), earliest) {
        return Holds::No;
    }
    let reaches =
        |one: Option<Date>, other: Option<Date>| one.zip(other).is_some_and(|(one, other)| one <= other);
    let is_sure = |date: &PartialDate| !date.edtf().as_str().contains(['?', '~', '%']);
    let certain = reaches(last, earliest) && reaches(latest, until(first));
    if certain && is_sure(visit) && is_sure(signed) { Holds::Yes } else { Holds::Possible }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_certain_only_where_nothing_speaks_against_it() {
        for (edtf, expected, certain) in [
            ("2020-02", vec![2020], true),
            ("2022?-05-19", vec![2022], false),
            ("2016-12-30/2017-01-02", vec![2016], true),
            ("2008-24", vec![2008, 2009], false),
            ("195X", (1950..=1959).collect(), false),
            ("19XX", vec![], true),
            ("../2018", vec![], true),
            ("XXXX-05-19", vec![], true),
        ] {
            assert_eq!(possible_years(Some(edtf)), (expected, certain), "{edtf}");
        }
    }

    #[test]
    fn a_signature_follows_certainly_only_where_the_dates_tell() {
        let date = |edtf: &str| PartialDate::parse(edtf).unwrap();
        for (visit, signed, months, expected) in [
            ("2020-02", "2022-05-19", 36, Holds::Yes),
            ("2020-02", "2022?-05-19", 36, Holds::Possible),
            ("2020-02", "2022?-05-19", 24, Holds::No),
            ("2020-02", "2020-02-10", 36, Holds::Possible),
            ("2020-02", "2020-01", 36, Holds::No),
            ("2022-05-19", "2022-05-19", 0, Holds::Yes),
            ("2020-02", "XXXX-05-19", 36, Holds::Possible),
            ("2020-02", "2023", 36, Holds::Possible),
        ] {
            assert_eq!(is_signed_within(&date(visit), &date(signed), months), expected, "{visit} {signed}");
        }
    }
}
