//! Autocompletion of names as they are typed.

use super::hits::{kind_order, record_summary};
use super::queries::{self, Completion, HitRow};
use super::query::without_elisions;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::folding::{fold_for_search, fold_texts_for_search};
use crate::domain::kind::Kind;
use crate::domain::romanisation;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Returns the typed text, folded, and its Hepburn romanisation if that differs; none if it has no letter or
/// digit.
#[must_use]
pub fn folded_spellings(text: &str) -> Option<Vec<String>> {
    let folded = fold_for_search(&without_elisions(text));
    let hepburn = romanisation::prefix_to_hepburn(&folded);
    (!folded.is_empty()).then(|| [folded].into_iter().chain(hepburn).collect())
}

/// Returns the best completions as JSON, at most one per record: names equal to the typed text, then names
/// that begin with it, then names with another word that does; then by kind, number of references (counted up
/// to 100) and id.
pub fn suggest(tx: &mut Conn, typed: &[String], kinds: &[Kind], limit: usize) -> TxResult<Vec<Value>> {
    let rank = |found: &Completion| {
        let name = [found.word.as_str(), " ", &found.rest].concat();
        let is_all = typed.iter().any(|typed| name.trim_end() == typed);
        let tier = match (found.starts_name, is_all) {
            (1, true) => 0,
            (1, false) => 1,
            _ => 2,
        };
        (tier, kind_order(&found.kind), Reverse(found.references), found.id)
    };
    let mut best: BTreeMap<Id, _> = BTreeMap::new();
    for typed in typed {
        // The Hepburn spelling is a fallback.
        if !best.is_empty() {
            break;
        }
        for opens in [true, false] {
            // Matches inside names rank after all matches at their start.
            if best.len() >= limit {
                break;
            }
            for found in queries::find_completions(tx, typed, kinds, opens)? {
                let rank = rank(&found);
                best.entry(found.id).and_modify(|known| *known = rank.min(*known)).or_insert(rank);
            }
        }
    }
    let mut ranks: Vec<_> = best.into_values().collect();
    ranks.sort();
    ranks.truncate(limit);
    let ids: Vec<Id> = ranks.iter().map(|rank| rank.3).collect();
    let mut records: HashMap<Id, HitRow> =
        queries::load_hit_rows(tx, &ids)?.into_iter().map(|record| (record.id, record)).collect();
    Ok(ids.iter().filter_map(|id| completion_json(typed, records.remove(id)?)).collect())
}

fn completion_json(typed: &[String], mut record: HitRow) -> Option<Value> {
    let passages = record.stored.passages(&record.name);
    let names = || passages.iter().filter(|passage| passage.is_name);
    let has = |before: &str| {
        typed.iter().find_map(|typed| {
            let start = format!("{before}{typed}");
            names().find(|name| fold_texts_for_search([name.text.as_str()]).contains(&start))
        })
    };
    // Found by another romanisation: no name contains the typed text.
    let name = has("\n ").or_else(|| has(" ")).or_else(|| names().next())?;
    let mut item = record_summary(&record);
    item.shift_insert(0, "text".into(), name.text.as_str().into());
    if let Some(lang) = name.lang {
        item.shift_insert(1, "lang".into(), lang.into());
    }
    Some(item.into())
}
