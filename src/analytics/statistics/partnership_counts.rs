//! Counts partnerships by rule and dimensions, and finds where two rules differ.

use super::count_table::{CountTable, Dimension, RowKey};
use super::counting_rules::{CountingRule, HeldOn};
use super::partnership_links::{CountedPartnership, CountedParty, Partnerships};
use crate::db::types::Id;
use crate::domain::partial_date::PartialDate;
use crate::domain::validity::Holds;
use std::collections::BTreeMap;

/// A partnership that a rule cannot decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndecidedPartnership<'a> {
    /// Id of the partnership.
    pub partnership: &'a Id,
    /// Pointers of the missing members.
    pub missing: Vec<&'static str>,
}

/// Result of counting partnerships.
pub struct PartnershipCounts<'a> {
    /// The counts.
    pub rows: CountTable,
    /// The partnerships for which members are missing.
    pub undecided: Vec<UndecidedPartnership<'a>>,
}

/// Counts partnerships by a rule, grouped by dimensions.
#[must_use]
pub fn count_partnerships<'a>(
    links: &'a Partnerships,
    by: &[Dimension],
    rule: CountingRule,
    day: Option<HeldOn>,
) -> PartnershipCounts<'a> {
    let (mut rows, mut undecided) = (CountTable::default(), Vec::new());
    for link in &links.all {
        let mut missing = Vec::new();
        let evaluated = rule.evaluate(link, day, &mut missing);
        if evaluated == Holds::No {
            continue;
        }
        for (unit, parties) in rule.units(link) {
            let keys: Vec<Vec<RowKey>> = by.iter().map(|one| row_keys(*one, link, &parties, links)).collect();
            for (dimension, keys) in by.iter().zip(&keys) {
                let unknown = keys.iter().any(RowKey::is_unknown).then(|| dimension.deciding_member());
                missing.extend(unknown.filter(|member| !missing.contains(member)));
            }
            rows.add(&keys, unit, evaluated == Holds::Yes);
        }
        if !missing.is_empty() {
            undecided.push(UndecidedPartnership { partnership: &link.id, missing });
        }
    }
    PartnershipCounts { rows, undecided }
}

/// Returns the keys of the rows in which a unit is counted, in one dimension.
fn row_keys(
    by: Dimension,
    link: &CountedPartnership,
    parties: &[&CountedParty],
    links: &Partnerships,
) -> Vec<RowKey> {
    let above = |country: &str| {
        let of = parties.iter().filter(|party| party.country == country);
        of.map(|party| {
            party.region_or_prefecture.map_or(RowKey::Unknown, |id| RowKey::record(id, links.names.get(&id)))
        })
        .collect()
    };
    let mut keys: Vec<RowKey> = match by {
        Dimension::Region => above("FR"),
        Dimension::Prefecture => above("JP"),
        Dimension::Level => parties.iter().map(|party| by.key(&party.level)).collect(),
        Dimension::Theme => link.themes.iter().map(|theme| by.key(theme)).collect(),
        Dimension::Category => vec![by.key(&link.category)],
        Dimension::Status => vec![by.key(&link.status)],
        Dimension::Decade => decade_key(link.since.as_ref()).into_iter().collect(),
        _ => vec![],
    };
    if keys.is_empty() {
        keys.push(RowKey::Unknown);
    }
    keys.sort();
    keys.dedup();
    keys
}

/// Returns the key of a date's decade; none if the date may lie in several.
fn decade_key(date: Option<&PartialDate>) -> Option<RowKey> {
    let date = date?.edtf();
    let (first, last) = (date.earliest()?.year() / 10, date.latest()?.year() / 10);
    (first == last).then(|| RowKey::date(&format!("{first:03}X")))
}

/// A pair of a French and a Japanese authority that two rules count differently.
#[derive(Debug, Clone)]
pub struct RuleDifference<'a> {
    /// The partnership that joins them.
    pub partnership: &'a CountedPartnership,
    /// The two authorities.
    pub pair: [Id; 2],
    /// Whether each rule counts it.
    pub counted: [Holds; 2],
    /// Code of the reason.
    pub reason: &'static str,
    /// Pointers of the members that cause the difference.
    pub members: Vec<&'static str>,
}

/// Returns the pairs of authorities that two rules count differently.
#[must_use]
pub fn find_differences(
    links: &Partnerships,
    rules: [CountingRule; 2],
    day: Option<HeldOn>,
) -> Vec<RuleDifference<'_>> {
    let mut found = Vec::new();
    let mut seen: [BTreeMap<Vec<Id>, Holds>; 2] = Default::default();
    for link in &links.all {
        let mut members = Vec::new();
        let evaluated = rules.map(|rule| rule.evaluate(link, day, &mut members));
        members.sort_unstable();
        members.dedup();
        for (pair, _) in CountingRule::Cuf.units(link) {
            let [french, japanese] = pair.as_slice() else { continue };
            let mut counted = evaluated;
            for ((rule, seen), counted) in rules.iter().zip(&mut seen).zip(&mut counted) {
                let unit = match rule {
                    CountingRule::All => vec![link.id],
                    CountingRule::Clair => vec![link.id, *japanese],
                    CountingRule::Cuf => pair.clone(),
                };
                // A unit that an earlier partnership has already counted.
                let before = seen.insert(unit, *counted);
                if before.is_some_and(|before| before >= *counted) {
                    *counted = Holds::No;
                }
            }
            let [one, other] = counted;
            if one != other {
                let reason = match () {
                    () if evaluated == counted
                        && members.iter().any(|member| member.starts_with("/clair")) =>
                    {
                        if counted.contains(&Holds::No) { "criterion_not_met" } else { "criteria_unknown" }
                    }
                    () if evaluated == counted => "not_open",
                    () => "counted_once",
                };
                let members =
                    if reason == "counted_once" { vec!["/parties/authority"] } else { members.clone() };
                let pair = [*french, *japanese];
                found.push(RuleDifference { partnership: link, pair, counted, reason, members });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Text;
    use crate::domain::vocabularies::Answer;
    use std::collections::HashMap;
    use uuid::Uuid;

    fn id(number: u128) -> Id {
        Id(Uuid::from_u128(number))
    }

    fn link(number: u128, parties: &[(u128, &str)], criteria: [Option<Answer>; 3]) -> CountedPartnership {
        let party = |(number, country): &(u128, &str)| CountedParty {
            id: id(*number),
            country: (*country).into(),
            level: "commune".into(),
            region_or_prefecture: None,
        };
        CountedPartnership {
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
        let links = Partnerships { all: vec![three, open, denied], names: HashMap::new() };
        let total = |rule| count_partnerships(&links, &[], rule, None).rows.total();
        assert_eq!(total(CountingRule::All), (3, 0));
        assert_eq!(total(CountingRule::Clair), (1, 1));
        assert_eq!(total(CountingRule::Cuf), (4, 0));
        let differences = find_differences(&links, [CountingRule::Clair, CountingRule::Cuf], None);
        let differences: Vec<_> = differences.iter().map(|one| (one.partnership.id, one.reason)).collect();
        assert_eq!(
            differences,
            [(id(1), "counted_once"), (id(2), "criteria_unknown"), (id(3), "criterion_not_met")]
        );
        let themes = count_partnerships(&links, &[Dimension::Theme], CountingRule::All, None).rows;
        assert_eq!((themes.rows().len(), themes.is_overlapping()), (2, true));
        let day = HeldOn { day: "1958-06-01".parse().unwrap(), today: "2026-01-01".parse().unwrap() };
        assert_eq!(count_partnerships(&links, &[], CountingRule::All, Some(day)).rows.total(), (0, 3));
    }
}
