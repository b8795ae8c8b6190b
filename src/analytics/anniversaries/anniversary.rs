//! Round anniversaries of dated events in a given year.

use crate::analytics::dated_members::DatedMember;
use crate::analytics::references::{self, date_json, record_reference};
use crate::analytics::statistics::activity;
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Which numbers of years are round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoundYears {
    /// Multiples of one of these numbers of years.
    Multiples(Vec<i16>),
    /// Exactly one of these numbers of years.
    Years(Vec<i16>),
}

impl RoundYears {
    /// Returns whether a number of years is round.
    #[must_use]
    pub fn contains(&self, years: i16) -> bool {
        years > 0
            && match self {
                Self::Multiples(all) => all.iter().any(|one| *one > 0 && years % one == 0),
                Self::Years(all) => all.contains(&years),
            }
    }
}

/// The dated beginning of something: a founding, signature, start of a partnership.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The dated member of the record.
    pub member: &'static DatedMember,
    /// Id of the record.
    pub id: Id,
    /// Name of the record.
    pub name: Text,
    /// The date as EDTF.
    pub edtf: String,
    /// Version of the record.
    pub version: i64,
    /// Time of that version, in microseconds since 1970.
    pub updated_at: i64,
}

/// An anniversary of a beginning.
#[derive(Debug, Clone)]
pub struct Anniversary {
    /// The beginning.
    pub beginning: Beginning,
    /// Number of years since the beginning.
    pub years: i16,
    /// Whether the year of the beginning is certain.
    pub is_certain: bool,
    /// Day of the anniversary, if the beginning is known to the day.
    pub day: Option<Date>,
    /// First and last possible day of the anniversary.
    pub possible_days: (Date, Date),
}

/// Returns the first and the last possible day on which a date or interval begins.
fn start_days(edtf: &str) -> Option<(Date, Date)> {
    let start = PartialDate::parse(edtf.split('/').next()?)?;
    Some((start.edtf().earliest()?, start.edtf().latest()?))
}

/// Returns the range of days in `year` on which the anniversary of a beginning between two days may fall.
fn days_in_year(first: Date, last: Date, year: i16) -> (Date, Date) {
    let whole = (Date::constant(year, 1, 1), Date::constant(year, 12, 31));
    if first.year() != last.year() {
        return whole;
    }
    // 29 February becomes the 28th in common years.
    let day = |of: Date| of.with().year(year).build().or_else(|_| of.with().day(28).year(year).build());
    match (day(first), day(last)) {
        (Ok(first), Ok(last)) => (first, last),
        _ => whole,
    }
}

/// Sort key of an anniversary: first and last (month, day), −years, kind, id, pointer, EDTF date.
pub type AnniversaryPosition = ((i8, i8), (i8, i8), i16, usize, Id, String, String);

/// Returns a page of the round anniversaries of a year, by day, then oldest first, and the position of its
/// last item if there are more. An uncertain year (`195X`) has one anniversary per possible round year.
#[must_use]
pub fn find_anniversaries(
    beginnings: Vec<Beginning>,
    year: i16,
    round: &RoundYears,
    after: Option<&AnniversaryPosition>,
    limit: usize,
) -> (Vec<Anniversary>, Option<AnniversaryPosition>) {
    let mut found = Vec::new();
    for beginning in beginnings {
        let (begun, is_certain) = activity::possible_years(Some(&beginning.edtf));
        let Some((first, last)) = start_days(&beginning.edtf) else { continue };
        for years in begun.into_iter().map(|begun| year - begun).filter(|years| round.contains(*years)) {
            let member = beginning.member;
            let days = ((first.month(), first.day()), (last.month(), last.day()));
            let (pointer, edtf) = (member.pointer.to_owned(), beginning.edtf.clone());
            let kind = Kind::ALL.iter().position(|kind| *kind == member.kind).unwrap_or(Kind::ALL.len());
            let position = (days.0, days.1, -years, kind, beginning.id, pointer, edtf);
            if after.is_some_and(|after| position <= *after) {
                continue;
            }
            let day = (first == last).then(|| Date::new(year, first.month(), first.day()).ok()).flatten();
            let within = days_in_year(first, last, year);
            let one =
                Anniversary { beginning: beginning.clone(), years, is_certain, day, possible_days: within };
            found.push((position, one));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    // A record may state the same date twice.
    found.dedup_by(|(one, _), (other, _)| one == other);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_more).map(|(position, _)| position.clone());
    (found.into_iter().map(|(_, one)| one).collect(), next)
}

impl Anniversary {
    /// Returns the JSON of the anniversary.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let member = self.beginning.member;
        let mut item = Map::new();
        item.insert("record".into(), record_reference(member.kind, self.beginning.id, &self.beginning.name));
        item.insert("pointer".into(), member.pointer.into());
        item.insert("category".into(), member.code.into());
        item.insert("label".into(), references::label_json(member.label));
        item.insert("date".into(), date_json(&self.beginning.edtf));
        item.insert("years".into(), self.years.into());
        item.insert("certainty".into(), if self.is_certain { "yes" } else { "possible" }.into());
        item.extend(self.day.map(|day| ("on".to_owned(), day.to_string().into())));
        item.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::dated_members::DATED_MEMBERS;
    use uuid::Uuid;

    #[test]
    fn a_decade_has_each_of_its_possible_anniversaries() {
        let beginning = |edtf: &str| Beginning {
            member: &DATED_MEMBERS[0],
            id: Id(Uuid::nil()),
            name: Text::default(),
            edtf: edtf.to_owned(),
            version: 1,
            updated_at: 0,
        };
        let of = |edtf: &str, round: &RoundYears| {
            let (all, _) = find_anniversaries(vec![beginning(edtf)], 2028, round, None, 10);
            all.iter()
                .map(|one| (one.years, one.is_certain, one.day.map(|day| day.to_string())))
                .collect::<Vec<_>>()
        };
        let fives = RoundYears::Multiples(vec![5]);
        assert_eq!(of("1958", &fives), [(70, true, None)]);
        assert_eq!(of("195X", &fives), [(75, false, None), (70, false, None)]);
        assert_eq!(of("2008-10-27/2008-10-28", &fives), [(20, true, Some("2028-10-27".into()))]);
        assert_eq!(of("2008-02-29", &fives), [(20, true, Some("2028-02-29".into()))]);
        assert_eq!(of("1991", &RoundYears::Years(vec![37])), [(37, true, None)]);
        assert_eq!(of("2028", &fives), []);
        assert_eq!(of("XXXX-05-19", &fives), []);
    }
}
