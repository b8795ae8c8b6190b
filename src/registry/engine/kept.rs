//! What a write keeps of what others wrote: identifiers of their schemes, their citations.

use super::Author;
use crate::registry::store::{self, Reference};
use crate::vocabulary::{Citation, Identifier, schemes};
use serde_json::Value;

/// The identifiers given, and those kept: of schemes that the author does not own and the body does not mention.
pub(super) fn keep_identifiers(
    author: &Author,
    given: &[Identifier],
    held: &[Identifier],
    natural: Option<&(&'static str, String)>,
) -> Vec<Identifier> {
    let mut all = given.to_vec();
    let mentioned = |identifier: &Identifier| {
        let open = schemes::OPEN.contains(&identifier.scheme.as_str());
        open && given.iter().any(|given| given.scheme == identifier.scheme)
    };
    let is_natural =
        |identifier: &Identifier| natural.is_some_and(|(scheme, _)| identifier.scheme == *scheme);
    let kept = |held: &&Identifier| {
        !given.contains(held) && !author.owns(&held.scheme) && !mentioned(held) && !is_natural(held)
    };
    all.extend(held.iter().filter(kept).cloned());
    all.sort();
    all
}

/// Citations already there keep their place and origin; others' stay even when left out; new ones follow.
pub(super) fn keep_citations(author: &Author, given: Vec<Citation>, old: &[Value]) -> Vec<Value> {
    let origin = author.stamp.origin.as_str();
    let mut new: Vec<Value> = given
        .into_iter()
        .filter_map(|citation| serde_json::to_value(citation).ok())
        .map(|citation| without_origin(&citation))
        .collect();
    let mut all = Vec::new();
    for held in old {
        let bare = without_origin(held);
        if let Some(index) = new.iter().position(|new| *new == bare) {
            new.remove(index);
            all.push(held.clone());
        } else if held.get("origin").and_then(Value::as_str) != Some(origin) {
            all.push(held.clone());
        }
    }
    all.extend(new.into_iter().map(|mut citation| {
        citation.as_object_mut().map(|members| members.insert("origin".into(), origin.into()));
        citation
    }));
    all
}

/// The citations of a canonical content.
pub(super) fn citations_of(content: &Value) -> &[Value] {
    content.get("citations").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A citation as its writer gave it.
pub(super) fn without_origin(citation: &Value) -> Value {
    let mut citation = citation.clone();
    citation.as_object_mut().map(|members| members.shift_remove("origin"));
    citation
}

/// The source that a citation refers to.
pub(super) fn cited(citation: &Value) -> Option<Reference> {
    let source = citation.pointer("/source/id")?.as_str()?;
    Some(("/citations/source".into(), store::parse_id(source)?))
}
