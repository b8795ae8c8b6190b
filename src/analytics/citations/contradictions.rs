//! JSON of a contradiction: the statement of each source about a member, and the value that the registry
//! records.

use super::queries::{ContradictionRow, StoredAndPresented};
use crate::analytics::references;
use crate::domain::disagreement::{Severity, severity, values_at};
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::citation::Rank;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use serde_json::{Map, Value, json};

/// Codes of the states of a contradiction.
pub const CONTRADICTION_STATUSES: [&str; 2] = ["open", "explained"];

/// Returns the JSON of a contradiction, given its record as stored and as in responses.
#[must_use]
pub fn contradiction_json(
    (id, pointer, worst, explained, kind): &ContradictionRow,
    (stored, record): &StoredAndPresented,
) -> Value {
    let kind = Kind::from_name(kind);
    let name = record.get("label").map(Text::from_language_map).unwrap_or_default();
    let of =
        |content: &Value| content.get("citations").and_then(Value::as_array).cloned().unwrap_or_default();
    let presented = Value::Object(record.clone());
    let mut citations: Vec<(Severity, Value)> = Vec::new();
    for (stored_one, mut citation) in of(stored).into_iter().zip(of(&presented)) {
        if stored_one.get("pointer").and_then(Value::as_str) == Some(pointer) {
            let distance = severity(stored, &stored_one);
            citation
                .as_object_mut()
                .map(|members| members.insert("difference".into(), distance.name().into()));
            citations.push((distance, citation));
        }
    }
    // Preferred citations first, then by increasing difference from the recorded value.
    let is_preferred = |one: &Value| one.get("rank").and_then(Value::as_str) == Some(Rank::Preferred.code());
    citations.sort_by_key(|(distance, one)| (!is_preferred(one), *distance));
    let mut reading = Map::new();
    let mut values: Vec<Value> = values_at(record, pointer).into_iter().cloned().collect();
    let is_list = stored.pointer(pointer).is_none_or(Value::is_array);
    if is_list && !values.is_empty() {
        reading.insert("value".into(), values.into());
    } else if let Some(value) = values.pop() {
        reading.insert("value".into(), value);
    }
    let notes = citations.iter().filter_map(|(_, one)| one.get("note"));
    reading.extend(notes.take(1).map(|note| ("note".to_owned(), note.clone())));
    json!({
        "record": kind.map(|kind| references::record_reference(kind, *id, &name)),
        "pointer": pointer,
        "severity": worst,
        "difference": Severity::from_number(*worst).name(),
        "status": if *explained == 1 { "explained" } else { "open" },
        "reading": reading,
        "citations": citations.into_iter().map(|(_, one)| one).collect::<Vec<_>>()
    })
}
