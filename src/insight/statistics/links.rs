//! Partnerships, as they are counted.

use super::counting::{Counting, Held};
use super::rows::{Dimension, Key, Rows};
use crate::db::types::Id;
use crate::vocabulary::codes::Answer;
use crate::vocabulary::validity::Holds;
use crate::vocabulary::{PartialDate, Text};
use std::collections::{BTreeMap, HashMap};

/// A party of a partnership.
#[derive(Debug, Clone)]
pub struct Party {
    /// The authority.
    pub id: Id,
    /// Its country.
    pub country: String,
    /// Its level.
    pub level: String,
    /// The French region or Japanese prefecture at or above it.
    pub above: Option<Id>,
}

/// A partnership.
#[derive(Debug, Clone)]
pub struct Link {
    /// The record.
    pub id: Id,
    /// What it is called.
    pub name: Text,
    /// Its form.
    pub category: String,
    /// How it stands.
    pub status: String,
    /// Whether it is neither ended nor superseded.
    pub is_open: bool,
    /// Whether it is said to go on.
    pub is_active: bool,
    /// Since when it exists.
    pub since: Option<PartialDate>,
    /// Until when it existed.
    pub until: Option<PartialDate>,
    /// When something was last done.
    pub last_activity: Option<PartialDate>,
    /// Whom it joins.
    pub parties: Vec<Party>,
    /// Its fields.
    pub themes: Vec<String>,
    /// What is known of CLAIR's criteria.
    pub criteria: [Option<Answer>; 3],
}

/// Partnerships with the names of the authorities around them.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// The partnerships, in the order of their ids.
    pub all: Vec<Link>,
    /// Names of parties, regions and prefectures.
    pub names: HashMap<Id, Text>,
}

/// A partnership that a rule cannot decide, and the members that are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided<'a> {
    /// The partnership, as an index of [`Links::all`].
    pub link: &'a Id,
    /// The members.
    pub missing: Vec<&'static str>,
}

/// Partnerships counted.
pub struct Counted<'a> {
    /// The rows.
    pub rows: Rows,
    /// What could not be decided.
    pub undecided: Vec<Undecided<'a>>,
}

/// Counts partnerships by a rule, in rows by dimensions.
#[must_use]
pub fn count<'a>(links: &'a Links, by: &[Dimension], rule: Counting, day: Option<Held>) -> Counted<'a> {
    let (mut rows, mut undecided) = (Rows::default(), Vec::new());
    for link in &links.all {
        let mut missing = Vec::new();
        let held = rule.counts(link, day, &mut missing);
        if held == Holds::No {
            continue;
        }
        for (unit, parties) in rule.units(link) {
            let keys: Vec<Vec<Key>> = by.iter().map(|one| keys(*one, link, &parties, links)).collect();
            for (dimension, keys) in by.iter().zip(&keys) {
                let unknown = keys.iter().any(Key::is_unknown).then(|| dimension.member());
                missing.extend(unknown.filter(|member| !missing.contains(member)));
            }
            rows.add(&keys, unit, held == Holds::Yes);
        }
        if !missing.is_empty() {
            undecided.push(Undecided { link: &link.id, missing });
        }
    }
    Counted { rows, undecided }
}

/// The rows in which something counted stands.
fn keys(by: Dimension, link: &Link, parties: &[&Party], links: &Links) -> Vec<Key> {
    let above = |country: &str| {
        let of = parties.iter().filter(|party| party.country == country);
        of.map(|party| party.above.map_or(Key::Unknown, |id| Key::record(id, links.names.get(&id)))).collect()
    };
    let mut keys: Vec<Key> = match by {
        Dimension::Region => above("FR"),
        Dimension::Prefecture => above("JP"),
        Dimension::Level => parties.iter().map(|party| by.key(&party.level)).collect(),
        Dimension::Theme => link.themes.iter().map(|theme| by.key(theme)).collect(),
        Dimension::Category => vec![by.key(&link.category)],
        Dimension::Status => vec![by.key(&link.status)],
        Dimension::Decade => decade(link.since.as_ref()).into_iter().collect(),
        _ => vec![],
    };
    if keys.is_empty() {
        keys.push(Key::Unknown);
    }
    keys.sort();
    keys.dedup();
    keys
}

/// The decade of a date, where all its days are in one.
fn decade(date: Option<&PartialDate>) -> Option<Key> {
    let date = date?.edtf();
    let (first, last) = (date.earliest()?.year() / 10, date.latest()?.year() / 10);
    (first == last).then(|| Key::date(&format!("{first:03}X")))
}

/// A link of one French and one Japanese authority that two rules count differently.
#[derive(Debug, Clone)]
pub struct Difference<'a> {
    /// The partnership.
    pub link: &'a Link,
    /// The two authorities.
    pub pair: [Id; 2],
    /// What each rule says of it.
    pub says: [Holds; 2],
    /// Why: a code.
    pub reason: &'static str,
    /// The members it rests on.
    pub members: Vec<&'static str>,
}

/// The links that two rules count differently, one by one.
#[must_use]
pub fn differences(links: &Links, rules: [Counting; 2], day: Option<Held>) -> Vec<Difference<'_>> {
    let mut found = Vec::new();
    let mut seen: [BTreeMap<Vec<Id>, Holds>; 2] = Default::default();
    for link in &links.all {
        let mut members = Vec::new();
        let held = rules.map(|rule| rule.counts(link, day, &mut members));
        members.sort_unstable();
        members.dedup();
        for (pair, _) in Counting::Cuf.units(link) {
            let [french, japanese] = pair.as_slice() else { continue };
            let mut says = held;
            for ((rule, seen), says) in rules.iter().zip(&mut seen).zip(&mut says) {
                let unit = match rule {
                    Counting::All => vec![link.id],
                    Counting::Clair => vec![link.id, *japanese],
                    Counting::Cuf => pair.clone(),
                };
                // What is counted already is not counted again.
                let before = seen.insert(unit, *says);
                if before.is_some_and(|before| before >= *says) {
                    *says = Holds::No;
                }
            }
            let [one, other] = says;
            if one != other {
                let reason = match () {
                    () if held == says && members.iter().any(|member| member.starts_with("/clair")) => {
                        if says.contains(&Holds::No) { "criterion_not_met" } else { "criteria_unknown" }
                    }
                    () if held == says => "not_open",
                    () => "counted_once",
                };
                let members =
                    if reason == "counted_once" { vec!["/parties/authority"] } else { members.clone() };
                let pair = [*french, *japanese];
                found.push(Difference { link, pair, says, reason, members });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> Id {
        Id(Uuid::from_u128(number))
    }

    fn link(number: u128, parties: &[(u128, &str)], criteria: [Option<Answer>; 3]) -> Link {
        let party = |(number, country): &(u128, &str)| Party {
            id: id(*number),
            country: (*country).into(),
            level: "commune".into(),
            above: None,
        };
        Link {
            id: id(number),
            name: Text::default(),
            category: "twinning".into(),
            status: "active".into(),
            is_open: true,
            is_active: true,
            since: PartialDate::parse("1958"),
            until: None,
            last_activity: None,
            parties: parties.iter().map(party).collect(),
            themes: vec!["culture".into(), "tourism".into()],
            criteria,
        }
    }

    #[test]
    fn a_rule_counts_its_own_units_and_the_difference_is_told_link_by_link() {
        let yes = [Some(Answer::Yes); 3];
        let three = link(1, &[(10, "FR"), (11, "FR"), (20, "JP")], yes);
        let open = link(2, &[(10, "FR"), (21, "JP")], [Some(Answer::Yes), None, Some(Answer::Unknown)]);
        let denied = link(3, &[(11, "FR"), (21, "JP")], [Some(Answer::No), None, None]);
        let links = Links { all: vec![three, open, denied], names: HashMap::new() };
        let total = |rule| count(&links, &[], rule, None).rows.total();
        assert_eq!(total(Counting::All), (3, 0));
        assert_eq!(total(Counting::Clair), (1, 1));
        assert_eq!(total(Counting::Cuf), (4, 0));
        let told = differences(&links, [Counting::Clair, Counting::Cuf], None);
        let told: Vec<_> = told.iter().map(|one| (one.link.id, one.reason)).collect();
        assert_eq!(
            told,
            [(id(1), "counted_once"), (id(2), "criteria_unknown"), (id(3), "criterion_not_met")]
        );
        let themes = count(&links, &[Dimension::Theme], Counting::All, None).rows;
        assert_eq!((themes.rows().len(), themes.is_overlapping()), (2, true));
        let day = Held { day: "1958-06-01".parse().unwrap(), today: "2026-01-01".parse().unwrap() };
        assert_eq!(count(&links, &[], Counting::All, Some(day)).rows.total(), (0, 3));
    }
}
