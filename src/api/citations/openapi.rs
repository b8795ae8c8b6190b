//! OpenAPI operations and schemas of citations and contradictions.

use crate::analytics::citations::contradictions::CONTRADICTION_STATUSES;
use crate::analytics::citations::queries::{AUTHORITY_FILTER, SOURCE_FILTER};
use crate::api::collections::openapi;
use crate::api::filter_params::{filter_parameters, kind_names};
use crate::api::tags::INSIGHT_TAG;
use crate::domain::disagreement::Severity;
use crate::domain::kind::Kind;
use crate::domain::vocabularies::citation::{Certainty, Rank, Reason};
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::openapi::{
    Components, OperationText, array_schema, codes_parameter, described_ref, enum_schema, integer_schema,
    object_schema, parameter_ref, query_parameter, read_operation, schema_ref,
};
use crate::kinds::filters::Filter;
use serde_json::{Map, Value, json};

const SEVERITY_DESCRIPTION: &str = "How far the farthest source is from what is recorded. 4 `value`: another code or number. 3 `date`: a \
date that excludes the one recorded, or was set aside. 2 `wording`: other words, or a remark on the whole record. 1 \
`compatible`: a date that contains the other, which is no contradiction.";

fn codes_filter(name: &str, terms: &[VocabularyTerm], description: &str, example: &str) -> Value {
    let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
    codes_parameter(
        name,
        &codes,
        &format!("{description} Repeated or separated by commas: any of them."),
        example,
    )
}

fn record_parameters(filter: Filter) -> Vec<Value> {
    let mut parameters = filter_parameters(&filter);
    let example =
        if filter.name == SOURCE_FILTER.name { "slug:cuf-japan-country-group" } else { "dantai:130001" };
    for parameter in &mut parameters {
        parameter.as_object_mut().map(|members| members.insert("example".into(), json!([example])));
    }
    parameters
}

fn kind_parameter() -> Value {
    codes_parameter(
        "kind",
        &kind_names(),
        "In records of these kinds. Repeated or separated by commas: any of them.",
        "partnership",
    )
}

/// Returns the parameters of citations; `kind` where they are not those of one record.
fn citation_parameters(kind: Option<Value>) -> Vec<Value> {
    let mut parameters = record_parameters(SOURCE_FILTER);
    let pointers = json!({
        "name": "pointer", "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "description": "About this member or one below it, as a JSON Pointer without list indices.", "example": ["/since"]
    });
    parameters.push(pointers);
    parameters.push(codes_filter("rank", Rank::TERMS, "How it is weighed.", "preferred"));
    parameters.push(codes_filter("certainty", Certainty::TERMS, "How it follows from the source.", "stated"));
    parameters.push(codes_filter("reason", Reason::TERMS, "Why its rank is what it is.", "less_precise"));
    parameters.extend(kind);
    parameters.extend(["limit", "cursor", "count"].map(parameter_ref));
    parameters
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let every = read_operation(
        OperationText {
            tag: INSIGHT_TAG.0,
            id: "list_citations",
            summary: "List the citations",
            description: "What every source says of every record, in the order of the records.",
        },
        citation_parameters(Some(kind_parameter())),
        "StatementPage",
        &[],
        &["400", "503"],
    );
    let of_record = read_operation(
        OperationText {
            tag: INSIGHT_TAG.0,
            id: "list_record_citations",
            summary: "List the citations of a record",
            description: "Where what is recorded comes from: the quote, the source, and how it is weighed.",
        },
        citation_parameters(None),
        "StatementPage",
        &[],
        &["400", "404", "410", "503"],
    );
    let mut parameters: Vec<Value> =
        record_parameters(AUTHORITY_FILTER).into_iter().chain(record_parameters(SOURCE_FILTER)).collect();
    let sort = json!({"type": "string", "enum": ["severity", "-severity"], "default": "-severity"});
    let least = json!({"type": "integer", "minimum": 1, "maximum": 4, "default": 1});
    parameters.extend([
        kind_parameter(),
        codes_filter("reason", Reason::TERMS, "A source was set aside for this reason.", "source_typo"),
        codes_parameter("status", &CONTRADICTION_STATUSES, "Whether somebody says why they differ.", "open"),
        query_parameter(
            "severity[gte]",
            &least,
            &format!("At least so severe. {SEVERITY_DESCRIPTION}"),
            &3.into(),
        ),
        query_parameter(
            "sort",
            &sort,
            "The order; the worst first by default, then by record and member.",
            &"-severity".into(),
        ),
    ]);
    parameters.extend(["limit", "cursor"].map(parameter_ref));
    let contradictions = read_operation(
        OperationText {
            tag: INSIGHT_TAG.0,
            id: "get_contradictions",
            summary: "List the contradictions",
            description: "Where a source says something else than what is recorded: both quotes, and how the registry reads them. Nothing is \
         corrected silently.",
        },
        parameters,
        "ContradictionPage",
        &[],
        &["400", "503"],
    );
    let collections: Vec<&str> = Kind::ALL.iter().map(|kind| kind.path()).collect();
    let path = |name: &str, schema: Value, description: &str, example: &str| json!({"name": name, "in": "path", "required": true, "schema": schema, "description": description, "example": example});
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

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let names = Severity::DISAGREEMENTS.map(Severity::name);
    let difference = || {
        let all: Vec<&str> = names.iter().copied().chain([Severity::None.name()]).collect();
        enum_schema("How far it is from what is recorded.", &all)
    };
    let page = |of: &str| {
        object_schema(
            "A list on one page.",
            [("items", array_schema("The items.", &schema_ref(of))), ("page", schema_ref("Page"))],
        )
    };
    // A citation with more members: its record, its position, its difference.
    let cited = openapi::schemas::all_components().remove("Citation").unwrap_or_default();
    let more = |description: &str, members: &[(&str, Value)]| {
        let mut schema = cited.clone();
        let list = |name: &str| schema.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let mut required = list("required");
        required.extend(members.iter().map(|(name, _)| Value::from(*name)));
        let mut properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        properties.extend(members.iter().map(|(name, member)| ((*name).to_owned(), member.clone())));
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".into(), description.into());
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
                    ("record", described_ref("Ref", "The record.")),
                    ("position", integer_schema("Its place among the citations of the record.", 0)),
                    ("difference", difference()),
                ],
            ),
        ),
        ("StatementPage".into(), page("Statement")),
        ("DifferingCitation".into(), more("A citation of the member.", &[("difference", difference())])),
        (
            "Contradiction".into(),
            object_schema(
                "A member about which sources disagree.",
                [
                    ("record", described_ref("Ref", "The record.")),
                    (
                        "pointer",
                        json!({"type": "string", "description": "The member, as a JSON Pointer without list indices; `\"\"` is the whole record.", "examples": ["/since"]}),
                    ),
                    (
                        "severity",
                        json!({"type": "integer", "minimum": 1, "maximum": 4, "description": SEVERITY_DESCRIPTION, "examples": [3]}),
                    ),
                    ("difference", enum_schema("The same as a word.", &names)),
                    (
                        "status",
                        enum_schema(
                            "`explained` where the preferred citation, or each that differs, has a reason or note.",
                            &CONTRADICTION_STATUSES,
                        ),
                    ),
                    (
                        "reading",
                        object_schema(
                            "How the registry reads it.",
                            [
                                (
                                    "value?",
                                    json!({"description": "What is recorded, as in the record; a list of what stands there in lists.", "examples": ["prefecture"]}),
                                ),
                                ("note?", described_ref("Text", "Why.")),
                            ],
                        ),
                    ),
                    (
                        "citations",
                        array_schema(
                            "What each source says: the preferred first, the farthest last.",
                            &schema_ref("DifferingCitation"),
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
        for one in Severity::DISAGREEMENTS {
            assert!(SEVERITY_DESCRIPTION.contains(&format!("{} `{}`", one as i64, one.name())), "{one:?}");
        }
    }
}
