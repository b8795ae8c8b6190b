//! Runs a search: finds, ranks, filters and pages the hits.

use super::candidate::Candidate;
use super::filters::SearchFilters;
use super::queries::{self, HitRow};
use super::query::{Presence, Query, QueryTerm};
use super::{snippets, spelling};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::gazetteer::identifiers::parse_identifier;
use crate::kinds::all;
use crate::records::stored::StoredRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// Parameters of a search.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// The query; without one every record is a hit.
    pub query: Option<Query>,
    /// The filters.
    pub filters: SearchFilters,
    /// Rank of the last hit of the previous page.
    pub after: Option<HitRank>,
    /// Maximum number of hits per page.
    pub limit: usize,
    /// Maximum number of records that are ranked.
    pub max_ranked: usize,
}

/// Sort key of a hit: score (descending), kind, references (descending), id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HitRank(Reverse<i64>, usize, Reverse<i64>, Id);

/// A page of hits.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// The hits.
    pub items: Vec<Value>,
    /// Rank of the last hit, if there is another page.
    pub next: Option<HitRank>,
    /// Number of hits among the ranked records.
    pub total: usize,
    /// Whether more records match than were ranked.
    pub is_capped: bool,
    /// Spelling corrections, as JSON.
    pub corrected: Vec<Value>,
    /// Facet counts, as JSON.
    pub facets: Value,
}

/// Score of a record that has the query as an identifier.
const IDENTIFIER_SCORE: i64 = 600;

/// Returns the score of a record that matches every term, computed from its folded names (see
/// `search/mod.rs`).
fn score(query: &Query, names: &str) -> i64 {
    let presences: Vec<Presence> = query.terms.iter().map(|term| term.presence(names)).collect();
    let in_names = presences.iter().filter(|presence| **presence != Presence::None).count();
    let tier = if names.contains(&format!("\n {} \n", query.folded)) {
        5
    } else if names.contains(&format!("\n {}", query.folded)) {
        4
    } else {
        match presences.iter().min() {
            Some(Presence::Whole) => 3,
            Some(Presence::Part) => 2,
            _ => 1,
        }
    };
    tier * 100 + i64::try_from(in_names).unwrap_or_default()
}

/// Returns the position of a kind among equal scores: as in [`Kind::ALL`], but sources last.
pub(super) fn kind_order(kind: &str) -> usize {
    let place = Kind::ALL.iter().position(|known| known.as_str() == kind);
    place.filter(|_| kind != Kind::Source.as_str()).unwrap_or(Kind::ALL.len())
}

fn hit_rank(score: i64, candidate: &Candidate) -> HitRank {
    HitRank(Reverse(score), kind_order(&candidate.kind), Reverse(candidate.references), candidate.id)
}

/// Runs a search and returns a page of hits.
pub fn search(tx: &mut Conn, request: &SearchRequest) -> TxResult<SearchPage> {
    let Some(query) = &request.query else {
        let (candidates, is_capped) =
            queries::find_candidates(tx, &[], &request.filters, request.max_ranked)?;
        let scored = candidates.into_iter().map(|candidate| (hit_rank(0, &candidate), candidate)).collect();
        return load_page(tx, request, None, scored, is_capped, vec![]);
    };
    let identified = queries::find_by_identifier(tx, &query.raw)?;
    let (candidates, is_capped) =
        queries::find_candidates(tx, &query.terms, &request.filters, request.max_ranked)?;
    if candidates.is_empty()
        && identified.is_empty()
        && let Some((query, corrected)) = spelling::correct_spelling(tx, query)?
    {
        let (candidates, is_capped) =
            queries::find_candidates(tx, &query.terms, &request.filters, request.max_ranked)?;
        // A correction that finds nothing either is not reported.
        let corrected = if candidates.is_empty() { vec![] } else { corrected };
        return load_page(
            tx,
            request,
            Some(&query),
            rank_candidates(&query, vec![], candidates),
            is_capped,
            corrected,
        );
    }
    load_page(tx, request, Some(query), rank_candidates(query, identified, candidates), is_capped, vec![])
}

/// A candidate with its rank.
type Ranked = (HitRank, Candidate);

fn rank_candidates(query: &Query, identified: Vec<Candidate>, candidates: Vec<Candidate>) -> Vec<Ranked> {
    let known: HashSet<Id> = identified.iter().map(|candidate| candidate.id).collect();
    let first = identified.into_iter().map(|candidate| (hit_rank(IDENTIFIER_SCORE, &candidate), candidate));
    let others = candidates.into_iter().filter(|candidate| !known.contains(&candidate.id));
    let others = others.map(|candidate| (hit_rank(score(query, &candidate.names), &candidate), candidate));
    first.chain(others).collect()
}

fn load_page(
    tx: &mut Conn,
    request: &SearchRequest,
    query: Option<&Query>,
    ranked: Vec<Ranked>,
    is_capped: bool,
    corrected: Vec<Value>,
) -> TxResult<SearchPage> {
    let (mut hits, facets) = request.filters.apply(ranked);
    let total = hits.len();
    hits.sort_by_key(|(position, _)| *position);
    let start = request.after.map_or(0, |after| hits.partition_point(|(position, _)| *position <= after));
    let mut page: Vec<Ranked> = hits.into_iter().skip(start).take(request.limit + 1).collect();
    let has_more = page.len() > request.limit;
    page.truncate(request.limit);
    let next = page.last().filter(|_| has_more).map(|(position, _)| *position);
    let ids: Vec<Id> = page.iter().map(|(_, candidate)| candidate.id).collect();
    let mut records: HashMap<Id, HitRow> =
        queries::load_hit_rows(tx, &ids)?.into_iter().map(|record| (record.id, record)).collect();
    let terms = query.map(|query| query.terms.as_slice()).unwrap_or_default();
    let raw = query.map_or("", |query| query.raw.as_str());
    let item = |(position, candidate): &Ranked| {
        Some(hit_json(raw, terms, *position, candidate, records.remove(&candidate.id)?))
    };
    let items = page.iter().filter_map(item).collect();
    Ok(SearchPage { items, next, total, is_capped, corrected, facets })
}

/// Returns the members common to hits and completions: kind, id, href and label.
pub(super) fn record_summary(HitRow { id, kind, name, .. }: &HitRow) -> Map<String, Value> {
    let path = Kind::from_name(kind).map_or("", Kind::path);
    let mut item = Map::new();
    item.insert("kind".into(), kind.as_str().into());
    item.insert("id".into(), id.to_string().into());
    item.insert("href".into(), format!("/v1/{path}/{id}").into());
    item.insert("label".into(), name.to_label());
    item
}

fn hit_json(
    raw: &str,
    terms: &[QueryTerm],
    position: HitRank,
    candidate: &Candidate,
    mut record: HitRow,
) -> Value {
    let HitRank(Reverse(score), ..) = position;
    let mut item = record_summary(&record);
    item.insert("score".into(), score.into());
    let (mut matched, mut snippets_json) = (Vec::new(), Vec::new());
    if score == IDENTIFIER_SCORE {
        matched.push("identifier");
        snippets_json.extend(find_identifier_snippet(&record.stored, &record.kind, raw));
    }
    let presences: Vec<Presence> = terms.iter().map(|term| term.presence(&candidate.names)).collect();
    if presences.iter().any(|presence| *presence != Presence::None) {
        matched.push("name");
    }
    if score != IDENTIFIER_SCORE && presences.contains(&Presence::None) {
        matched.push("text");
    }
    snippets_json.extend(snippets::build_snippets(&record.stored.passages(&record.name), terms));
    item.insert("matched".into(), matched.into());
    item.insert("snippets".into(), snippets_json.into());
    item.into()
}

/// Returns the snippet with the identifier that matches the query.
fn find_identifier_snippet(stored: &StoredRecord, kind: &str, raw: &str) -> Option<Value> {
    let wanted = parse_identifier(raw);
    let identifiers = stored.identifiers();
    let at = identifiers.iter().position(|known| match &wanted {
        Some(wanted) => wanted == known,
        None => known.value.to_lowercase() == raw.to_lowercase(),
    })?;
    let value = &identifiers.get(at)?.value;
    let natural = Kind::from_name(kind).and_then(|kind| all::definition(kind).natural_key());
    // `identifiers()` appends the natural key, which is a member of its own.
    let pointer = match natural.filter(|_| at + 1 == identifiers.len()) {
        Some(member) => format!("/{member}"),
        None => format!("/identifiers/{at}/value"),
    };
    Some(snippets::identifier_snippet(&pointer, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::folding::fold_texts_for_search;

    #[test]
    fn names_rank_before_texts() {
        let score = |query: &str, names: &[&str]| {
            super::score(&Query::parse(query).unwrap(), &fold_texts_for_search(names.iter().copied()))
        };
        assert_eq!(score("Ōmura", &["大村", "Omura"]), 501);
        assert_eq!(score("omu", &["Omura"]), 401);
        assert_eq!(score("de france", &["Île-de-France"]), 302);
        assert_eq!(score("mura", &["Omura Shi"]), 201);
        assert_eq!(score("omura nagasaki", &["Omura"]), 101);
        assert_eq!(score("nagasaki", &["Omura"]), 100);
        assert_eq!(score("大村", &["大村市", "おおむらし"]), 401);
        // Not across two names.
        assert_eq!(score("omura shi", &["Omura", "Shi"]), 302);
    }

    #[test]
    fn sources_stand_behind_what_they_are_about() {
        assert!(
            Kind::ALL
                .iter()
                .all(|kind| *kind == Kind::Source || kind_order(kind.as_str()) < kind_order("source"))
        );
    }
}
