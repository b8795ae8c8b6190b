//! Scores and ranks candidate partners of an authority.

use super::criteria::Criterion;
use super::wording;
use crate::db::types::Id;
use crate::domain::vocabularies::authority::AuthorityLevel;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::authorities::geo_filters::MAX_COAST_KM;
use std::collections::BTreeMap;

/// Maximum number of evidence records per reason.
const MAX_EVIDENCE: usize = 5;

/// Maximum ratio of two comparable populations.
const MAX_POPULATION_RATIO: i64 = 4;

/// The properties of an authority that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityProfile {
    /// Id of the authority.
    pub id: Id,
    /// Code of its level.
    pub level: String,
    /// Number of inhabitants.
    pub population: Option<i64>,
    /// Distance of its seat from the sea, in kilometres.
    pub coast_km: Option<i64>,
}

impl AuthorityProfile {
    /// Returns the distance from the sea in kilometres, if it is at most [`MAX_COAST_KM`].
    pub(super) fn coast_distance(&self) -> Option<i64> {
        self.coast_km.filter(|km| *km <= MAX_COAST_KM)
    }

    /// Returns whether both are on the coast and of comparable levels. Together these suffice for a
    /// suggestion; neither does alone.
    pub(super) fn is_coastal_peer(&self, other: &Self) -> bool {
        self.coast_distance().is_some()
            && other.coast_distance().is_some()
            && are_levels_comparable(&self.level, &other.level)
    }
}

/// Something that a candidate and the authority have in common, according to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTrait {
    /// The criterion.
    pub criterion: Criterion,
    /// Code of the shared theme; empty for other criteria.
    pub theme: String,
    /// The record that shows it.
    pub evidence: Id,
}

/// A reason for which a candidate is suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestionReason {
    /// The criterion.
    pub criterion: Criterion,
    /// Number of units, capped.
    pub value: i64,
    /// Explanation in French, Japanese and English.
    pub detail: [String; 3],
    /// Records that show it, at most 5.
    pub evidence: Vec<Id>,
}

/// A suggested partner with its score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Id of the suggested authority.
    pub authority: Id,
    /// Sum of weight × units over the reasons.
    pub score: i64,
    /// Reasons, in the order of [`Criterion::ALL`].
    pub reasons: Vec<SuggestionReason>,
}

/// Returns the candidates with the highest scores, best first; equal scores in the order of their ids
/// (creation).
#[must_use]
pub fn rank_candidates(
    of: &AuthorityProfile,
    candidates: &[(AuthorityProfile, Vec<SharedTrait>)],
    limit: usize,
) -> Vec<Suggestion> {
    let mut all: Vec<Suggestion> = candidates
        .iter()
        .map(|(candidate, shared_traits)| score_candidate(of, candidate, shared_traits))
        .collect();
    all.sort_by_key(|suggestion| (std::cmp::Reverse(suggestion.score), suggestion.authority));
    all.truncate(limit);
    all
}

/// Computes the reasons and the score of a candidate.
fn score_candidate(
    of: &AuthorityProfile,
    candidate: &AuthorityProfile,
    shared_traits: &[SharedTrait],
) -> Suggestion {
    let mut reasons = Vec::new();
    for criterion in Criterion::ALL.iter().copied() {
        let traits: Vec<&SharedTrait> =
            shared_traits.iter().filter(|link| link.criterion == criterion).collect();
        let (count, explanation) = match criterion {
            Criterion::SharedThemes => {
                let mut codes: Vec<&str> = traits.iter().map(|link| link.theme.as_str()).collect();
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
            _ => (evidence_ids(&traits).len(), wording::count_text(evidence_ids(&traits).len())),
        };
        let value = i64::try_from(count).unwrap_or(i64::MAX).min(criterion.max_units());
        if value > 0 {
            let mut evidence = evidence_ids(&traits);
            evidence.truncate(MAX_EVIDENCE);
            reasons.push(SuggestionReason {
                criterion,
                value,
                detail: wording::reason_detail(criterion, explanation),
                evidence,
            });
        }
    }
    let score = reasons.iter().map(|reason| reason.criterion.weight() * reason.value).sum();
    Suggestion { authority: candidate.id, score, reasons }
}

/// Returns the distinct evidence records of some traits.
fn evidence_ids(shared_traits: &[&SharedTrait]) -> Vec<Id> {
    let mut ids: Vec<Id> = shared_traits.iter().map(|link| link.evidence).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Returns 20 × smaller ÷ larger population, rounded down; 0 if they differ by more than
/// [`MAX_POPULATION_RATIO`].
fn score_populations(one: i64, other: i64) -> usize {
    let (small, large) = (one.min(other), one.max(other));
    if small <= 0 || large > MAX_POPULATION_RATIO.saturating_mul(small) {
        return 0;
    }
    usize::try_from(i128::from(small) * 20 / i128::from(large)).unwrap_or_default()
}

/// Returns the range of populations comparable to this one.
pub(super) fn comparable_populations(of: i64) -> (i64, i64) {
    // Rounded up, so that every population of the range scores.
    (
        of / MAX_POPULATION_RATIO + i64::from(of % MAX_POPULATION_RATIO != 0),
        of.saturating_mul(MAX_POPULATION_RATIO),
    )
}

/// Returns whether both levels are municipal, or both are above municipalities. French groupings of communes
/// count as municipal, since Japan has no such level.
fn are_levels_comparable(one: &str, other: &str) -> bool {
    use AuthorityLevel::{Department, Prefecture, Region, SpecialStatusAuthority};
    let is_above = |code: &str| {
        let level = AuthorityLevel::from_code(code);
        level.map(|level| matches!(level, Department | Region | SpecialStatusAuthority | Prefecture))
    };
    is_above(one).is_some() && is_above(one) == is_above(other)
}

/// Groups rows into the shared traits of each candidate, ordered by id.
pub(super) fn group_by_candidate(
    rows: impl IntoIterator<Item = (AuthorityProfile, Option<SharedTrait>)>,
) -> Vec<(AuthorityProfile, Vec<SharedTrait>)> {
    let mut candidates: BTreeMap<Id, (AuthorityProfile, Vec<SharedTrait>)> = BTreeMap::new();
    for (profile, link) in rows {
        candidates.entry(profile.id).or_insert_with(|| (profile, vec![])).1.extend(link);
    }
    candidates.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(level: &str, population: i64) -> AuthorityProfile {
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
        let of = profile("commune", 100_000);
        let shared_traits = [
            link(Criterion::SharedThemes, "culture"),
            link(Criterion::SharedThemes, "culture"),
            link(Criterion::SharedThemes, "tourism"),
            link(Criterion::Visits, ""),
            link(Criterion::Visits, ""),
            link(Criterion::Visits, ""),
        ];
        let scored = score_candidate(&of, &profile("core_city", 200_000), &shared_traits);
        let units: Vec<_> =
            scored.reasons.iter().map(|reason| (reason.criterion.code(), reason.value)).collect();
        let expected = [("shared_themes", 2), ("visits", 2), ("same_level", 1), ("similar_population", 10)];
        assert_eq!(units, expected);
        assert_eq!(scored.score, 20 + 30 + 20 + 10);
        let [themes, visits, level, population] = scored.reasons.as_slice() else { panic!("four reasons") };
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
        let at = |coast_km| AuthorityProfile { coast_km, ..profile("none", 0) };
        for (one, other, expected) in [
            (Some(0), Some(10), true),
            (Some(11), Some(0), false),
            (Some(0), Some(11), false),
            (Some(0), None, false),
            (None, Some(0), false),
            (None, None, false),
        ] {
            let scored = score_candidate(&at(one), &at(other), &[]);
            assert_eq!(scored.score, if expected { 10 } else { 0 }, "{one:?} {other:?}");
            assert_eq!(scored.reasons.len(), usize::from(expected), "{one:?} {other:?}");
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
        let of = profile("commune", 1000);
        let [a, b, c] = [profile("city", 1000), profile("prefecture", 1000), profile("city", 1000)];
        let ids: Vec<Id> = [&a, &c, &b].iter().map(|profile| profile.id).collect();
        let candidates = [(c, vec![]), (b, vec![]), (a, vec![])];
        let ranked = |limit| {
            rank_candidates(&of, &candidates, limit).iter().map(|one| one.authority).collect::<Vec<_>>()
        };
        assert_eq!(ranked(9), ids);
        assert_eq!(ranked(1), ids[..1]);
    }
}
