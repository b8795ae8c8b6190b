//! The hits: found, ranked, filtered, a page of them shown.

use super::facets::Filters;
use super::query::{Presence, Query, Term};
use super::store::{self, Candidate, Shown};
use super::{nearest, snippets};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::engine::Stored;
use crate::vocabulary::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// A search, as asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The words; every record is a hit without them.
    pub query: Option<Query>,
    /// What hits must be beside.
    pub filters: Filters,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// The most hits of a page.
    pub limit: usize,
    /// The most records that are ranked.
    pub cap: usize,
}

/// Where a hit stands: the order of hits is that of their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position(Reverse<i64>, usize, Reverse<i64>, Id);

/// A page of hits.
#[derive(Debug, Clone)]
pub struct Found {
    /// The hits.
    pub items: Vec<Value>,
    /// Where the page ends, if there is another.
    pub next: Option<Position>,
    /// How many hits there are among what was ranked.
    pub total: usize,
    /// Whether more records have the words than were ranked.
    pub is_capped: bool,
    /// The words that were exchanged.
    pub corrected: Vec<Value>,
    /// The facets.
    pub facets: Value,
}

/// The score of a record that bears the query as an identifier.
const IDENTIFIED: i64 = 600;

/// The score of a record by its folded names, when its texts have every term.
fn score(query: &Query, names: &str) -> i64 {
    let presences: Vec<Presence> = query.terms.iter().map(|term| term.presence(names)).collect();
    let named = presences.iter().filter(|presence| **presence != Presence::None).count();
    let tier = if names.contains(&format!("\n {} \n", query.whole)) {
        5
    } else if names.contains(&format!("\n {}", query.whole)) {
        4
    } else {
        match presences.iter().min() {
            Some(Presence::Whole) => 3,
            Some(Presence::Part) => 2,
            _ => 1,
        }
    };
    tier * 100 + i64::try_from(named).unwrap_or_default()
}

/// Where a kind stands among equal scores: documents behind what they are about.
pub(super) fn place_of(kind: &str) -> usize {
    let place = Kind::ALL.iter().position(|known| known.as_str() == kind);
    place.filter(|_| kind != Kind::Source.as_str()).unwrap_or(Kind::ALL.len())
}

fn position(score: i64, candidate: &Candidate) -> Position {
    Position(Reverse(score), place_of(&candidate.kind), Reverse(candidate.references), candidate.id)
}

/// The hits of a search.
///
/// # Errors
/// When the database fails.
pub fn search(tx: &mut Conn, asked: &Asked) -> Outcome<Found> {
    let Some(query) = &asked.query else {
        let (candidates, is_capped) = store::candidates(tx, &[], &asked.filters, asked.cap)?;
        let scored = candidates.into_iter().map(|candidate| (position(0, &candidate), candidate)).collect();
        return page(tx, asked, None, scored, is_capped, vec![]);
    };
    let identified = store::identified(tx, &query.raw)?;
    let (candidates, is_capped) = store::candidates(tx, &query.terms, &asked.filters, asked.cap)?;
    if candidates.is_empty()
        && identified.is_empty()
        && let Some((query, corrected)) = nearest::corrected(tx, query)?
    {
        let (candidates, is_capped) = store::candidates(tx, &query.terms, &asked.filters, asked.cap)?;
        // Words that are nowhere together are not what was meant either.
        let corrected = if candidates.is_empty() { vec![] } else { corrected };
        return page(tx, asked, Some(&query), ranked(&query, vec![], candidates), is_capped, corrected);
    }
    page(tx, asked, Some(query), ranked(query, identified, candidates), is_capped, vec![])
}

/// A candidate with its place in the order.
type Ranked = (Position, Candidate);

fn ranked(query: &Query, identified: Vec<Candidate>, candidates: Vec<Candidate>) -> Vec<Ranked> {
    let known: HashSet<Id> = identified.iter().map(|candidate| candidate.id).collect();
    let first = identified.into_iter().map(|candidate| (position(IDENTIFIED, &candidate), candidate));
    let others = candidates.into_iter().filter(|candidate| !known.contains(&candidate.id));
    let others = others.map(|candidate| (position(score(query, &candidate.names), &candidate), candidate));
    first.chain(others).collect()
}

fn page(
    tx: &mut Conn,
    asked: &Asked,
    query: Option<&Query>,
    ranked: Vec<Ranked>,
    is_capped: bool,
    corrected: Vec<Value>,
) -> Outcome<Found> {
    let (mut hits, facets) = asked.filters.apply(ranked);
    let total = hits.len();
    hits.sort_by_key(|(position, _)| *position);
    let start = asked.after.map_or(0, |after| hits.partition_point(|(position, _)| *position <= after));
    let mut shown: Vec<Ranked> = hits.into_iter().skip(start).take(asked.limit + 1).collect();
    let has_more = shown.len() > asked.limit;
    shown.truncate(asked.limit);
    let next = shown.last().filter(|_| has_more).map(|(position, _)| *position);
    let ids: Vec<Id> = shown.iter().map(|(_, candidate)| candidate.id).collect();
    let mut records: HashMap<Id, Shown> =
        store::shown(tx, &ids)?.into_iter().map(|record| (record.id, record)).collect();
    let terms = query.map(|query| query.terms.as_slice()).unwrap_or_default();
    let raw = query.map_or("", |query| query.raw.as_str());
    let item = |(position, candidate): &Ranked| {
        Some(item(raw, terms, *position, candidate, records.remove(&candidate.id)?))
    };
    let items = shown.iter().filter_map(item).collect();
    Ok(Found { items, next, total, is_capped, corrected, facets })
}

/// What an answer says of a record: its kind, id, address and label.
pub(super) fn described(Shown { id, kind, name, .. }: &Shown) -> Map<String, Value> {
    let path = Kind::from_name(kind).map_or("", Kind::path);
    let mut item = Map::new();
    item.insert("kind".into(), kind.as_str().into());
    item.insert("id".into(), id.to_string().into());
    item.insert("href".into(), format!("/v1/{path}/{id}").into());
    item.insert("label".into(), name.label());
    item
}

fn item(raw: &str, terms: &[Term], position: Position, candidate: &Candidate, mut record: Shown) -> Value {
    let Position(Reverse(score), ..) = position;
    let mut item = described(&record);
    item.insert("score".into(), score.into());
    let (mut matched, mut pieces) = (Vec::new(), Vec::new());
    if score == IDENTIFIED {
        matched.push("identifier");
        pieces.extend(bearer(&record.stored, &record.kind, raw));
    }
    let presences: Vec<Presence> = terms.iter().map(|term| term.presence(&candidate.names)).collect();
    if presences.iter().any(|presence| *presence != Presence::None) {
        matched.push("name");
    }
    if score != IDENTIFIED && presences.contains(&Presence::None) {
        matched.push("text");
    }
    pieces.extend(snippets::snippets(&record.stored.passages(&record.name), terms));
    item.insert("matched".into(), matched.into());
    item.insert("snippets".into(), pieces.into());
    item.into()
}

/// The piece that shows the identifier that was asked for.
fn bearer(stored: &Stored, kind: &str, raw: &str) -> Option<Value> {
    let asked = crate::vocabulary::Identifier::parse(raw);
    let identifiers = stored.identifiers();
    let at = identifiers.iter().position(|known| match &asked {
        Some(asked) => asked == known,
        None => known.value.to_lowercase() == raw.to_lowercase(),
    })?;
    let value = &identifiers.get(at)?.value;
    let natural = Kind::from_name(kind).and_then(|kind| kind.shelf().natural_key());
    // The natural key stands behind the identifiers, and is a member of its own.
    let pointer = match natural.filter(|_| at + 1 == identifiers.len()) {
        Some(member) => format!("/{member}"),
        None => format!("/identifiers/{at}/value"),
    };
    Some(snippets::identifier(&pointer, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::folding::fold_texts;

    #[test]
    fn names_rank_before_texts() {
        let score = |query: &str, names: &[&str]| {
            super::score(&Query::parse(query).unwrap(), &fold_texts(names.iter().copied()))
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
                .all(|kind| *kind == Kind::Source || place_of(kind.as_str()) < place_of("source"))
        );
    }
}
