//! Round anniversaries of dated events in a given year.

use crate::analytics::dated_members::DatedMember;
use crate::analytics::references;
use crate::analytics::references::{date_json, record_reference};
use crate::analytics::statistics::activity;
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Which anniversaries are round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoundYears {
    /// Multiples of one of these numbers of years.
    Multiples(Vec<i16>),
    /// Exactly one of these numbers of years.
    Years(Vec<i16>),
}

impl RoundYears {
    /// Whether so many years are round.
    #[must_use]
    pub fn contains(&self, years: i16) -> bool {
        years > 0
            && match self {
                Self::Multiples(all) => all.iter().any(|one| *one > 0 && years % one == 0),
                Self::Years(all) => all.contains(&years),
            }
    }
}

/// Something that began.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// What began.
    pub member: &'static DatedMember,
    /// The record.
    pub id: Id,
    /// What it is called.
    pub name: Text,
    /// When.
    pub edtf: String,
    /// The version of the record.
    pub version: i64,
    /// When that was written, in microseconds since 1970.
    pub updated_at: i64,
}

/// An anniversary.
#[derive(Debug, Clone)]
pub struct Anniversary {
    /// What began.
    pub beginning: Beginning,
    /// How many years before.
    pub years: i16,
    /// Whether the year is certain.
    pub is_certain: bool,
    /// The day, where the beginning is known to the day.
    pub day: Option<Date>,
    /// The first and the last day that it may be.
    pub possible_days: (Date, Date),
}

/// The first day of a beginning, where it is known; and the days between which it lies.
fn start_days(edtf: &str) -> Option<(Date, Date)> {
    let start = PartialDate::parse(edtf.split('/').next()?)?;
    Some((start.edtf().earliest()?, start.edtf().latest()?))
}

/// The days of a year on which the anniversary of something may be that began between two days.
fn days_in_year(first: Date, last: Date, year: i16) -> (Date, Date) {
    let whole = (Date::constant(year, 1, 1), Date::constant(year, 12, 31));
    if first.year() != last.year() {
        return whole;
    }
    // The 29th of February is kept on the 28th where there is none.
    let day = |of: Date| of.with().year(year).build().or_else(|_| of.with().day(28).year(year).build());
    match (day(first), day(last)) {
        (Ok(first), Ok(last)) => (first, last),
        _ => whole,
    }
}

/// The place of an anniversary in their order: the days of the beginning, the oldest first, what began.
pub type AnniversaryPosition = ((i8, i8), (i8, i8), i16, usize, Id, String, String);

/// A page of the round anniversaries of a year, in the order of their days, of the same day the oldest first; and where it
/// ends, if there are more.
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
            let what = beginning.member;
            let days = ((first.month(), first.day()), (last.month(), last.day()));
            let (pointer, edtf) = (what.pointer.to_owned(), beginning.edtf.clone());
            let kind = Kind::ALL.iter().position(|kind| *kind == what.kind).unwrap_or(Kind::ALL.len());
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
    // The same day given twice.
    found.dedup_by(|(one, _), (other, _)| one == other);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(position, _)| position.clone());
    (found.into_iter().map(|(_, one)| one).collect(), next)
}

impl Anniversary {
    /// The anniversary as answered.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let what = self.beginning.member;
        let mut item = Map::new();
        item.insert("record".into(), record_reference(what.kind, self.beginning.id, &self.beginning.name));
        item.insert("pointer".into(), what.pointer.into());
        item.insert("category".into(), what.code.into());
        item.insert("label".into(), references::label_json(what.label));
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
