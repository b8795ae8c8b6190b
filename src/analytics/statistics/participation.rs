//! Participation figures of each edition and side, as sources give them, beside the recorded participants.

use super::queries::RecordedParticipants;
use crate::analytics::references::label_json;
use crate::domain::vocabularies::figure::{Measure, Side};
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use serde_json::{Map, Value, json};

/// Description of the counting rule in French, Japanese and English.
pub const RULE: [&str; 3] = [
    "Chiffres donnés par les sources, tels quels, chacun avec son unité et sa source ; plusieurs sources, plusieurs chiffres. `recorded` compte les collectivités enregistrées comme participantes, qui peuvent être moins nombreuses.",
    "資料の数値をそのまま、単位と出典を添えて示す。資料が複数あればすべて示す。`recorded` は登録された参加自治体の数であり、実際より少ないことがある。",
    "Figures that sources give, as they are, each with its unit and source; several sources, several figures. `recorded` counts the authorities recorded as taking part, which may be fewer.",
];

/// Filters of the figures; an empty list does not filter.
#[derive(Debug, Clone, Default)]
pub struct ParticipationQuery {
    /// Codes of measures (what is counted).
    pub measures: Vec<String>,
    /// Codes of sides (French, Japanese, total).
    pub sides: Vec<String>,
}

/// Returns the label of a code as JSON; null if the code is unknown.
#[must_use]
pub fn code_label(code: &Value, terms: &[VocabularyTerm]) -> Value {
    let term = terms.iter().find(|term| Some(term.code) == code.as_str());
    term.map_or(Value::Null, |term| label_json(term.label))
}

/// Returns the JSON of a row for each edition and side.
#[must_use]
pub fn participation_rows(
    editions: &[Map<String, Value>],
    recorded: &RecordedParticipants,
    query: &ParticipationQuery,
) -> Vec<Value> {
    let mut rows = Vec::new();
    let wanted = |codes: &[String], code: &str| codes.is_empty() || codes.iter().any(|one| one == code);
    for edition in editions {
        let member = |name: &str| edition.get(name).cloned().unwrap_or_default();
        let id = member("id");
        let id = id.as_str().unwrap_or_default();
        for side in Side::ALL.iter().filter(|side| wanted(&query.sides, side.code())) {
            let of_side = |figure: &&Value| {
                // A figure without a side counts all participants.
                figure.get("side").map_or(Side::Total.code(), |side| side.as_str().unwrap_or_default())
                    == side.code()
            };
            let measured = |figure: &&Value| {
                wanted(&query.measures, figure.get("measure").and_then(Value::as_str).unwrap_or_default())
            };
            let all = member("figures");
            let figures = all.as_array().into_iter().flatten().filter(of_side).filter(measured);
            let figures: Vec<Value> = figures
                .map(|figure| {
                    let mut figure = figure.clone();
                    let unit = code_label(figure.get("measure").unwrap_or(&Value::Null), Measure::TERMS);
                    if let Some(members) = figure.as_object_mut() {
                        members.shift_remove("side");
                        members.insert("label".into(), unit);
                    }
                    figure
                })
                .collect();
            let mut row = Map::new();
            row.insert(
                "rencontre".into(),
                json!({"id": id, "kind": "rencontre", "name": member("label"), "href": format!("/v1/rencontres/{id}")}),
            );
            row.insert("number".into(), member("number"));
            row.insert("status".into(), member("status"));
            row.extend(edition.get("dates").map(|dates| ("dates".to_owned(), dates.clone())));
            row.insert("side".into(), side.code().into());
            row.insert("label".into(), label_json(side.term().label));
            row.insert("figures".into(), figures.into());
            row.insert("recorded".into(), recorded.count(id, *side).into());
            rows.push(row.into());
        }
    }
    rows
}
