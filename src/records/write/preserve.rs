//! Merges identifiers and citations of other origins into a write that leaves them out.

use crate::db::types;
use crate::domain::citation::Citation;
use crate::domain::identifier::Identifier;
use crate::domain::schemes;
use crate::records::author::Author;
use crate::store::references::Reference;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Returns the identifiers given and those kept: of schemes that the author does not own and the body does
/// not mention.
pub(super) fn merge_identifiers(
    author: &Author,
    given: &[Identifier],
    held: &[Identifier],
    natural: Option<&(&'static str, String)>,
) -> Vec<Identifier> {
    let mut all = given.to_vec();
    let is_given: HashSet<&Identifier> = given.iter().collect();
    let given_schemes: HashSet<&str> = given.iter().map(|given| given.scheme.as_str()).collect();
    let mentioned = |identifier: &Identifier| {
        let scheme = identifier.scheme.as_str();
        schemes::OPEN_SCHEMES.contains(&scheme) && given_schemes.contains(scheme)
    };
    let is_natural =
        |identifier: &Identifier| natural.is_some_and(|(scheme, _)| identifier.scheme == *scheme);
    let is_kept = |held: &&Identifier| {
        !is_given.contains(held)
            && !author.may_write_scheme(&held.scheme)
            && !mentioned(held)
            && !is_natural(held)
    };
    all.extend(held.iter().filter(is_kept).cloned());
    all.sort();
    all
}

/// Returns the citations of the write: existing ones keep their place and origin, those of other origins
/// stay even when left out, new ones follow. A citation given without `value` matches the stored one with
/// it, which keeps its value.
pub(super) fn merge_citations(author: &Author, given: Vec<Citation>, old: &[Value]) -> Vec<Value> {
    let origin = author.provenance.origin.as_str();
    let mut new: Vec<Value> = given.into_iter().map(|citation| strip_origin(&json!(citation))).collect();
    if new.len() == old.len() && new.iter().zip(old).all(|(new, old)| *new == strip_origin(old)) {
        return old.to_vec();
    }
    let there = StoredCitations::index(old);
    for citation in &mut new {
        if let Some(same) = there.find_same(citation) {
            *citation = same.clone();
        }
    }
    let mut left: HashMap<&Value, usize> = HashMap::new();
    for citation in &new {
        *left.entry(citation).or_default() += 1;
    }
    let mut all = Vec::new();
    for held in old {
        let again = left.get_mut(&strip_origin(held)).filter(|left| **left > 0);
        if let Some(left) = again {
            *left -= 1;
            all.push(held.clone());
        } else if held.get("origin").and_then(Value::as_str) != Some(origin) {
            all.push(held.clone());
        }
    }
    // Of citations that are given several times, the last ones are new.
    let mut added: Vec<Value> = Vec::new();
    for citation in new.iter().rev() {
        if let Some(left) = left.get_mut(citation).filter(|left| **left > 0) {
            *left -= 1;
            added.push(citation.clone());
        }
    }
    all.extend(added.into_iter().rev().map(|mut citation| {
        citation.as_object_mut().map(|members| members.insert("origin".into(), origin.into()));
        citation
    }));
    all
}

/// The stored citations, indexed for look-up.
pub(super) struct StoredCitations {
    exact: HashSet<Value>,
    /// Those with a `value`, by the rest of them; none where several differ in `value` alone.
    by_all_but_value: HashMap<Value, Option<Value>>,
}

impl StoredCitations {
    pub(super) fn index(citations: &[Value]) -> Self {
        let (mut exact, mut by_all_but_value) = (HashSet::new(), HashMap::new());
        for citation in citations {
            let citation = strip_origin(citation);
            let mut rest = citation.clone();
            if rest.as_object_mut().and_then(|members| members.shift_remove("value")).is_some() {
                let only = by_all_but_value.entry(rest).or_insert_with(|| Some(citation.clone()));
                *only = only.take().filter(|only| *only == citation);
            }
            exact.insert(citation);
        }
        Self { exact, by_all_but_value }
    }

    /// Finds the stored citation that equals a given one, origin aside, and `value` aside where it is not
    /// given.
    pub(super) fn find_same(&self, given: &Value) -> Option<&Value> {
        self.exact.get(given).or_else(|| self.by_all_but_value.get(given)?.as_ref())
    }
}

/// Returns the citations of a canonical record.
pub(super) fn citations_in(content: &Value) -> &[Value] {
    content.get("citations").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Removes the origin from a citation.
pub(super) fn strip_origin(citation: &Value) -> Value {
    let mut citation = citation.clone();
    citation.as_object_mut().map(|members| members.shift_remove("origin"));
    citation
}

/// Returns the reference of a citation to its source.
pub(super) fn cited_source(citation: &Value) -> Option<Reference> {
    let source = citation.pointer("/source/id")?.as_str()?;
    Some(("/citations/source".into(), types::parse_record_id(source)?))
}
