//! Scoring.

use super::criteria::Criterion;
use super::wording;
use crate::db::types::Id;
use crate::domain::vocabularies::authority::AuthorityLevel;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::authorities::geo_filters::MAX_COAST_KM;
use std::collections::BTreeMap;

/// The most records that a reason names as evidence.
const MAX_EVIDENCE: usize = 5;

/// How many times as large the larger of two populations may be.
const MAX_POPULATION_RATIO: i64 = 4;

/// What is compared of an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityProfile {
    /// Its id.
    pub id: Id,
    /// The code of its level.
    pub level: String,
    /// Its inhabitants.
    pub population: Option<i64>,
    /// How far its seat is from the sea, in kilometres.
    pub coast_km: Option<i64>,
}

impl AuthorityProfile {
    /// How far from the sea it is, if it is on the coast.
    pub(super) fn coast_distance(&self) -> Option<i64> {
        self.coast_km.filter(|km| *km <= MAX_COAST_KM)
    }

    /// Whether both are on the coast and of comparable levels: enough for a suggestion, as neither alone is.
    pub(super) fn is_coastal_peer(&self, other: &Self) -> bool {
        self.coast_distance().is_some()
            && other.coast_distance().is_some()
            && are_levels_comparable(&self.level, &other.level)
    }
}

/// What links a candidate to the authority: by which criterion, by which theme, as which record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTrait {
    /// The criterion.
    pub criterion: Criterion,
    /// The code of the theme; empty for what is no theme.
    pub theme: String,
    /// The record.
    pub evidence: Id,
}

/// Why a candidate is suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionReason {
    /// The criterion.
    pub criterion: Criterion,
    /// The units that count.
    pub value: i64,
    /// What is said of it, in French, Japanese and English.
    pub detail: [String; 3],
    /// Some of the records that say so.
    pub evidence: Vec<Id>,
}

/// A candidate, weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The authority.
    pub authority: Id,
    /// The sum of weight times units.
    pub score: i64,
    /// What speaks for it.
    pub reasons: Vec<SuggestionReason>,
}

/// The candidates with the highest scores, best first; of the same score, the one recorded first.
#[must_use]
pub fn rank_candidates(
    of: &AuthorityProfile,
    candidates: &[(AuthorityProfile, Vec<SharedTrait>)],
    limit: usize,
) -> Vec<Suggestion> {
    let mut all: Vec<Suggestion> =
        candidates.iter().map(|(candidate, links)| score_candidate(of, candidate, links)).collect();
    all.sort_by_key(|suggestion| (std::cmp::Reverse(suggestion.score), suggestion.authority));
    all.truncate(limit);
    all
}

/// What speaks for a candidate.
fn score_candidate(of: &AuthorityProfile, candidate: &AuthorityProfile, links: &[SharedTrait]) -> Suggestion {
    let mut reasons = Vec::new();
    for criterion in Criterion::ALL.iter().copied() {
        let of_it: Vec<&SharedTrait> = links.iter().filter(|link| link.criterion == criterion).collect();
        let (count, said) = match criterion {
            Criterion::SharedThemes => {
                let mut codes: Vec<&str> = of_it.iter().map(|link| link.theme.as_str()).collect();
                codes.sort_unstable();
                codes.dedup();
                (codes.len(), wording::theme_labels(&codes))
            }
            Criterion::SameLevel => {
                let same = are_levels_comparable(&of.level, &candidate.level);
                (usize::from(same), wording::level_labels(&of.level, &candidate.level))
            }
            Criterion::SimilarPopulation => match (of.population, candidate.population) {
                (Some(one), Some(other)) => {
                    (score_populations(one, other), wording::populations_text(one, other))
                }
                _ => continue,
            },
            Criterion::Coast => match (of.coast_distance(), candidate.coast_distance()) {
                (Some(one), Some(other)) => (1, wording::distances_text(one, other)),
                _ => continue,
            },
            _ => (evidence_ids(&of_it).len(), wording::count_text(evidence_ids(&of_it).len())),
        };
        let value = i64::try_from(count).unwrap_or(i64::MAX).min(criterion.max_units());
        if value > 0 {
            let mut evidence = evidence_ids(&of_it);
            evidence.truncate(MAX_EVIDENCE);
            reasons.push(SuggestionReason {
                criterion,
                value,
                detail: wording::reason_detail(criterion, said),
                evidence,
            });
        }
    }
    let score = reasons.iter().map(|reason| reason.criterion.weight() * reason.value).sum();
    Suggestion { authority: candidate.id, score, reasons }
}

/// The records that links name, each once.
fn evidence_ids(links: &[&SharedTrait]) -> Vec<Id> {
    let mut ids: Vec<Id> = links.iter().map(|link| link.evidence).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Twenty times the smaller population divided by the larger; nothing where the larger is too large.
fn score_populations(one: i64, other: i64) -> usize {
    let (small, large) = (one.min(other), one.max(other));
    if small <= 0 || large > MAX_POPULATION_RATIO.saturating_mul(small) {
        return 0;
    }
    usize::try_from(i128::from(small) * 20 / i128::from(large)).unwrap_or_default()
}

/// The populations that are not too far from this one.
pub(super) fn comparable_populations(of: i64) -> (i64, i64) {
    // Rounded up, so that none is among them that does not count.
    (
        of / MAX_POPULATION_RATIO + i64::from(of % MAX_POPULATION_RATIO != 0),
        of.saturating_mul(MAX_POPULATION_RATIO),
    )
}

/// Whether both levels are municipal, or both are above municipalities. A grouping of communes acts for a city and
/// what surrounds it, and Japan has none: it counts as municipal.
fn are_levels_comparable(one: &str, other: &str) -> bool {
    use AuthorityLevel::{Department, Prefecture, Region, SpecialStatusAuthority};
    let is_above = |code: &str| {
        let level = AuthorityLevel::from_code(code);
        level.map(|level| matches!(level, Department | Region | SpecialStatusAuthority | Prefecture))
    };
    is_above(one).is_some() && is_above(one) == is_above(other)
}

/// The links of each candidate, in the order of the ids.
pub(super) fn group_by_candidate(
    rows: impl IntoIterator<Item = (AuthorityProfile, Option<SharedTrait>)>,
) -> Vec<(AuthorityProfile, Vec<SharedTrait>)> {
    let mut candidates: BTreeMap<Id, (AuthorityProfile, Vec<SharedTrait>)> = BTreeMap::new();
    for (facts, link) in rows {
        candidates.entry(facts.id).or_insert_with(|| (facts, vec![])).1.extend(link);
    }
    candidates.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(level: &str, population: i64) -> AuthorityProfile {
        AuthorityProfile {
            id: Id(crate::util::random::new_uuid()),
            level: level.into(),
            population: Some(population),
            coast_km: None,
        }
    }

    fn link(criterion: Criterion, theme: &str) -> SharedTrait {
        SharedTrait { criterion, theme: theme.into(), evidence: Id(crate::util::random::new_uuid()) }
    }

    #[test]
    fn the_score_is_the_sum_of_what_speaks_for_it() {
        let of = facts("commune", 100_000);
        let links = [
            link(Criterion::SharedThemes, "culture"),
            link(Criterion::SharedThemes, "culture"),
            link(Criterion::SharedThemes, "tourism"),
            link(Criterion::Visits, ""),
            link(Criterion::Visits, ""),
            link(Criterion::Visits, ""),
        ];
        let weighed = score_candidate(&of, &facts("core_city", 200_000), &links);
        let units: Vec<_> =
            weighed.reasons.iter().map(|reason| (reason.criterion.code(), reason.value)).collect();
        let expected = [("shared_themes", 2), ("visits", 2), ("same_level", 1), ("similar_population", 10)];
        assert_eq!(units, expected);
        assert_eq!(weighed.score, 20 + 30 + 20 + 10);
        let [themes, visits, level, population] = weighed.reasons.as_slice() else { panic!("four reasons") };
        assert_eq!(
            themes.detail,
            [
                "thèmes communs : culture, tourisme",
                "共通の分野：文化、観光",
                "themes in common: culture, tourism"
            ]
        );
        assert_eq!((themes.evidence.len(), visits.evidence.len()), (3, 3));
        assert_eq!(visits.detail[2], "visits from one to the other: 3");
        assert_eq!(level.detail[0], "échelons comparables : commune, ville-noyau");
        assert_eq!(population.detail[1], "人口規模が近い：100,000人、200,000人");
    }

    #[test]
    fn populations_count_less_the_more_they_differ() {
        for (one, other, expected) in
            [(100, 100, 20), (100, 150, 13), (400, 100, 5), (401, 100, 0), (0, 0, 0), (0, 9, 0)]
        {
            assert_eq!(score_populations(one, other), expected, "{one} {other}");
            assert_eq!(score_populations(other, one), expected, "{other} {one}");
            let (least, most) = comparable_populations(one);
            assert_eq!((least..=most).contains(&other) && other > 0, expected > 0, "{one} {other}");
        }
    }

    #[test]
    fn a_coast_is_in_common_where_both_are_known_to_be_near_the_sea() {
        let at = |coast_km| AuthorityProfile { coast_km, ..facts("none", 0) };
        for (one, other, expected) in [
            (Some(0), Some(10), true),
            (Some(11), Some(0), false),
            (Some(0), Some(11), false),
            (Some(0), None, false),
            (None, Some(0), false),
            (None, None, false),
        ] {
            let weighed = score_candidate(&at(one), &at(other), &[]);
            assert_eq!(weighed.score, if expected { 10 } else { 0 }, "{one:?} {other:?}");
            assert_eq!(weighed.reasons.len(), usize::from(expected), "{one:?} {other:?}");
        }
        let reason = score_candidate(&at(Some(1)), &at(Some(7)), &[]).reasons.remove(0);
        assert_eq!(
            reason.detail,
            [
                "toutes deux sur le littoral : à 1 km et 7 km de la mer",
                "ともに沿岸：海から1km、7km",
                "both on the coast: 1 km and 7 km from the sea"
            ]
        );
    }

    #[test]
    fn levels_compare_across_the_countries() {
        assert!(are_levels_comparable("commune", "designated_city"));
        assert!(are_levels_comparable("metropolis", "special_ward"));
        assert!(are_levels_comparable("region", "prefecture"));
        assert!(are_levels_comparable("department", "prefecture"));
        assert!(!are_levels_comparable("commune", "prefecture"));
        assert!(!are_levels_comparable("region", "city"));
        assert!(!are_levels_comparable("none", "none"));
    }

    #[test]
    fn the_best_come_first_and_then_those_recorded_first() {
        let of = facts("commune", 1000);
        let [a, b, c] = [facts("city", 1000), facts("prefecture", 1000), facts("city", 1000)];
        let ids: Vec<Id> = [&a, &c, &b].iter().map(|facts| facts.id).collect();
        let candidates = [(c, vec![]), (b, vec![]), (a, vec![])];
        let ranked = |limit| {
            rank_candidates(&of, &candidates, limit).iter().map(|one| one.authority).collect::<Vec<_>>()
        };
        assert_eq!(ranked(9), ids);
        assert_eq!(ranked(1), ids[..1]);
    }
}
