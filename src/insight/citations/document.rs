//! The documentation of citations and contradictions.

use super::contradictions::STATUSES;
use super::store::{AUTHORITY, SOURCE};
use crate::insight::describe::{choice, component, list, object, parameter, read, several, whole};
use crate::registry::collection::parameters::{filter_parameters, parameter_ref};
use crate::registry::collection::schemas::{self, Components, reference};
use crate::registry::filter::Filter;
use crate::vocabulary::Kind;
use crate::vocabulary::codes::{Certainty, Rank, Reason, Term, Vocabulary as _};
use crate::vocabulary::disagreement::Severity;
use serde_json::{Map, Value, json};

const SEVERITIES: &str = "How far the farthest source is from what is recorded. 4 `value`: another code or number. 3 `date`: a \
date that excludes the one recorded, or was set aside. 2 `wording`: other words, or a remark on the whole record. 1 \
`compatible`: a date that contains the other, which is no contradiction.";

fn codes(name: &str, terms: &[Term], about: &str, example: &str) -> Value {
    let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
    several(name, &codes, &format!("{about} Repeated or separated by commas: any of them."), example)
}

fn by(filter: Filter) -> Vec<Value> {
    let mut parameters = filter_parameters(&filter);
    let example = if filter.name == SOURCE.name { "slug:cuf-japan-country-group" } else { "dantai:130001" };
    for parameter in &mut parameters {
        parameter.as_object_mut().map(|members| members.insert("example".into(), json!([example])));
    }
    parameters
}

fn kind() -> Value {
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    several(
        "kind",
        &kinds,
        "In records of these kinds. Repeated or separated by commas: any of them.",
        "partnership",
    )
}

fn citing(more: Option<Value>) -> Vec<Value> {
    let mut all = by(SOURCE);
    let pointers = json!({
        "name": "pointer", "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "description": "About this member or one below it, as a JSON Pointer without list indices.", "example": ["/since"]
    });
    all.push(pointers);
    all.push(codes("rank", Rank::TERMS, "How it is weighed.", "preferred"));
    all.push(codes("certainty", Certainty::TERMS, "How it follows from the source.", "stated"));
    all.push(codes("reason", Reason::TERMS, "Why its rank is what it is.", "less_precise"));
    all.extend(more);
    all.extend(["limit", "cursor", "count"].map(parameter_ref));
    all
}

/// The paths.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let every = read(
        "list_citations",
        "List the citations",
        "What every source says of every record, in the order of the records.",
        citing(Some(kind())),
        "StatementPage",
        &[],
        &["400", "503"],
    );
    let of_record = read(
        "list_record_citations",
        "List the citations of a record",
        "Where what is recorded comes from: the quote, the source, and how it is weighed.",
        citing(None),
        "StatementPage",
        &[],
        &["400", "404", "410", "503"],
    );
    let mut asked: Vec<Value> = by(AUTHORITY).into_iter().chain(by(SOURCE)).collect();
    let sort = json!({"type": "string", "enum": ["severity", "-severity"], "default": "-severity"});
    let least = json!({"type": "integer", "minimum": 1, "maximum": 4, "default": 1});
    asked.extend([
        kind(),
        codes("reason", Reason::TERMS, "A source was set aside for this reason.", "source_typo"),
        several("status", &STATUSES, "Whether somebody says why they differ.", "open"),
        parameter("severity[gte]", &least, &format!("At least so severe. {SEVERITIES}"), &3.into()),
        parameter(
            "sort",
            &sort,
            "The order; the worst first by default, then by record and member.",
            &"-severity".into(),
        ),
    ]);
    asked.extend(["limit", "cursor"].map(parameter_ref));
    let contradictions = read(
        "get_contradictions",
        "List the contradictions",
        "Where a source says something else than what is recorded: both quotes, and how the registry reads them. Nothing is \
         corrected silently.",
        asked,
        "ContradictionPage",
        &[],
        &["400", "503"],
    );
    let collections: Vec<&str> = Kind::ALL.iter().map(|kind| kind.path()).collect();
    let path = |name: &str, schema: Value, about: &str, example: &str| json!({"name": name, "in": "path", "required": true, "schema": schema, "description": about, "example": example});
    let names = json!([
        path("collection", json!({"type": "string", "enum": collections}), "The collection.", "partnerships"),
        path(
            "id",
            json!({"type": "string", "minLength": 1, "maxLength": 129}),
            "The UUID of the record, or `scheme:value` of one of its identifiers.",
            "slug:paris-tokyo"
        )
    ]);
    Map::from_iter([
        ("/v1/citations".to_owned(), json!({"get": every})),
        ("/v1/contradictions".to_owned(), json!({"get": contradictions})),
        ("/v1/{collection}/{id}/citations".to_owned(), json!({"parameters": names, "get": of_record})),
    ])
}

/// The schemas.
#[must_use]
pub fn schemas() -> Components {
    let names = Severity::APART.map(Severity::name);
    let difference = || {
        let all: Vec<&str> = names.iter().copied().chain([Severity::None.name()]).collect();
        choice("How far it is from what is recorded.", &all)
    };
    let page = |of: &str| {
        object(
            "A list on one page.",
            [("items", list("The items.", &reference(of))), ("page", reference("Page"))],
        )
    };
    // A citation with these members beside its own.
    let cited = schemas::all().remove("Citation").unwrap_or_default();
    let more = |about: &str, members: &[(&str, Value)]| {
        let mut schema = cited.clone();
        let list = |name: &str| schema.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let mut required = list("required");
        required.extend(members.iter().map(|(name, _)| Value::from(*name)));
        let mut properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        properties.extend(members.iter().map(|(name, member)| ((*name).to_owned(), member.clone())));
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".into(), about.into());
            schema.insert("required".into(), required.into());
            schema.insert("properties".into(), properties.into());
        }
        schema
    };
    Components::from([
        (
            "Statement".into(),
            more(
                "A citation, and the record it is in.",
                &[
                    ("record", component("Ref", "The record.")),
                    ("position", whole("Its place among the citations of the record.", 0)),
                    ("difference", difference()),
                ],
            ),
        ),
        ("StatementPage".into(), page("Statement")),
        ("DifferingCitation".into(), more("A citation of the member.", &[("difference", difference())])),
        (
            "Contradiction".into(),
            object(
                "A member about which sources disagree.",
                [
                    ("record", component("Ref", "The record.")),
                    (
                        "pointer",
                        json!({"type": "string", "description": "The member, as a JSON Pointer without list indices; `\"\"` is the whole record.", "examples": ["/since"]}),
                    ),
                    (
                        "severity",
                        json!({"type": "integer", "minimum": 1, "maximum": 4, "description": SEVERITIES, "examples": [3]}),
                    ),
                    ("difference", choice("The same as a word.", &names)),
                    (
                        "status",
                        choice(
                            "`explained` where the preferred citation, or each that differs, has a reason or note.",
                            &STATUSES,
                        ),
                    ),
                    (
                        "reading",
                        object(
                            "How the registry reads it.",
                            [
                                (
                                    "value?",
                                    json!({"description": "What is recorded, as in the record; a list of what stands there in lists.", "examples": ["prefecture"]}),
                                ),
                                ("note?", component("Text", "Why.")),
                            ],
                        ),
                    ),
                    (
                        "citations",
                        list(
                            "What each source says: the preferred first, the farthest last.",
                            &reference("DifferingCitation"),
                        ),
                    ),
                ],
            ),
        ),
        ("ContradictionPage".into(), page("Contradiction")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_distance_is_explained() {
        for one in Severity::APART {
            assert!(SEVERITIES.contains(&format!("{} `{}`", one as i64, one.name())), "{one:?}");
        }
    }
}
