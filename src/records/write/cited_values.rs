//! Citations keep the value they were given for: when a cited field changes, its citations get the old
//! value as `value`, and the write a warning.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::citation::{Citation, MAX_QUOTE_CHARS};
use crate::domain::disagreement::{equals_text, is_language_map, values_at};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::kind::Kind;
use crate::gazetteer::identifiers::parse_identifier;
use crate::records::citation_pointers;
use crate::store::identifiers;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// Gives the current citations without a `value` the old value of each field that a write changes; returns
/// a warning per field.
pub(super) fn preserve_cited_values(
    tx: &mut Conn,
    kind: Kind,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    citations: &mut [Value],
) -> TxResult<Vec<Fault>> {
    let Some(current_citations) = old.get("citations").and_then(Value::as_array) else { return Ok(vec![]) };
    let current_citations: HashSet<&Value> = current_citations.iter().collect();
    let mut concerned = BTreeMap::<String, Vec<String>>::new();
    for (index, citation) in citations.iter_mut().enumerate() {
        let text = |name: &str| citation.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(pointer) = text("pointer").filter(|pointer| !pointer.is_empty()) else { continue };
        let (was, is) = (values_at(old, &pointer), values_at(new, &pointer));
        if was == is || !current_citations.contains(&*citation) {
            continue;
        }
        let in_list = citation_pointers::citation_pointers(kind).get(&pointer).copied().unwrap_or_default();
        let is_changed = if let Some(value) = text("value") {
            let value = resolve_to_id(tx, &was, value)?;
            was.iter().any(|was| equals_text(was, &value)) && !is.iter().any(|is| equals_text(is, &value))
        } else {
            let lang = text("lang");
            let still = |was: &&Value| if in_list { is.iter().find(|is| *is == was) } else { is.first() };
            let gone = was.iter().filter_map(|was| removed_value(was, still(was).copied(), lang.as_deref()));
            let gone: Vec<&Value> = gone.collect();
            // Among several items it is not known which one is meant.
            let own = gone.first().filter(|_| was.len() == 1).and_then(|gone| to_citation_value(gone));
            if let (Some(own), Some(members)) = (own, citation.as_object_mut()) {
                *members = insert_value(members, own);
            }
            !gone.is_empty()
        };
        if is_changed {
            concerned.entry(pointer).or_default().push(format!("/citations/{index}"));
        }
    }
    let warning = |(pointer, citations): (String, Vec<String>)| {
        let facts = vec![("citations", citations.join(", "))];
        Fault { citations, ..Fault::at_pointer(pointer, ErrorCode::CitedValueChanged, facts) }
    };
    Ok(concerned.into_iter().map(warning).collect())
}

/// Adds a value to a citation, in the order of members in which citations are stored.
fn insert_value(citation: &Map<String, Value>, value: String) -> Map<String, Value> {
    let mut given = citation.clone();
    given.insert("value".into(), value.into());
    let names = Citation::MEMBERS.iter().chain(&["origin"]);
    names.filter_map(|name| given.remove_entry(*name)).collect()
}

/// Resolves a value that names a record by an identifier, where `held` are references: to its id.
fn resolve_to_id(tx: &mut Conn, current_citations: &[&Value], value: String) -> TxResult<String> {
    if !current_citations.iter().any(|current_citations| current_citations.get("id").is_some()) {
        return Ok(value);
    }
    let Some(identifier) = parse_identifier(&value) else { return Ok(value) };
    let bearer = identifiers::find_ids_by_identifier(tx, Kind::ALL, &identifier)?.first().copied();
    Ok(bearer.map_or(value, |id| id.to_string()))
}

/// Returns what is gone of a value: of a text, its part in one language, preferably the citation's.
fn removed_value<'a>(was: &'a Value, is: Option<&Value>, lang: Option<&str>) -> Option<&'a Value> {
    let Some(texts) = was.as_object().filter(|_| is_language_map(was)) else {
        return Some(was).filter(|was| Some(*was) != is);
    };
    let lang = lang.filter(|lang| texts.contains_key(*lang));
    let mut parts = texts.iter().filter(|(tag, _)| lang.is_none_or(|lang| lang == *tag));
    parts.find(|(tag, text)| is.and_then(|is| is.get(tag.as_str())) != Some(*text)).map(|(_, text)| text)
}

/// Returns a value as bodies give it, where it is one word, date, number or record; none where it is longer
/// than a citation's `value` may be.
fn to_citation_value(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Object(members) => members.get("edtf").or_else(|| members.get("id"))?.as_str()?.to_owned(),
        _ => return None,
    };
    (!text.trim().is_empty() && text.chars().count() <= MAX_QUOTE_CHARS).then_some(text)
}
