//! OpenAPI operation and schemas of anniversaries.

use crate::analytics::dated_members::{AUTHORITY_FILTER, DATED_MEMBERS};
use crate::api::filter_params::filter_parameters;
use crate::api::tags::INSIGHT_TAG;
use crate::http::negotiation::MediaFormat;
use crate::http::openapi::{
    Components, OperationText, array_schema, codes_parameter, described_ref, enum_schema, integer_schema,
    object_schema, parameter_ref, query_parameter, read_operation, schema_ref, string_schema,
};
use serde_json::{Map, Value, json};

fn numbers_parameter(name: &str, description: &str, example: &[i64]) -> Value {
    let items = json!({"type": "integer", "minimum": 1, "maximum": 9998});
    json!({
        "name": name, "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {"type": "array", "minItems": 1, "items": items}, "description": description, "example": example
    })
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let mut kinds: Vec<&str> = DATED_MEMBERS
        .iter()
        .filter(|dated| dated.has_anniversaries)
        .map(|dated| dated.kind.as_str())
        .collect();
    kinds.dedup();
    let year = json!({"type": "integer", "minimum": 1, "maximum": 9999});
    let mut parameters = vec![
        query_parameter("year", &year, "The year of the anniversaries; this year by default.", &2028.into()),
        numbers_parameter("multiple", "Multiples of one of these numbers of years; 5 by default.", &[10, 25]),
        numbers_parameter(
            "years",
            "Exactly these numbers of years, instead of `multiple`.",
            &[10, 25, 50, 60, 70],
        ),
        codes_parameter(
            "kind",
            &kinds,
            "Only of these kinds. Repeated or separated by commas: any of them.",
            "partnership",
        ),
    ];
    parameters.extend(filter_parameters(&AUTHORITY_FILTER));
    parameters.extend(["limit", "cursor"].map(parameter_ref));
    let description = "What began a round number of years before: partnerships that are not closed, signed texts, organisations, \
                 editions that were held. In the order of the days; what is known to the year only comes where the year begins. \
                 Tables and calendars have 10,000 at a time unless `limit` is given; a `Link` leads to the next.";
    let get = read_operation(
        OperationText {
            tag: INSIGHT_TAG.0,
            id: "get_anniversaries",
            summary: "List round anniversaries",
            description,
        },
        parameters,
        "Anniversaries",
        &[MediaFormat::Csv, MediaFormat::Calendar],
        &["400", "503"],
    );
    Map::from_iter([("/v1/anniversaries".to_owned(), json!({"get": get}))])
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let codes: Vec<&str> =
        DATED_MEMBERS.iter().filter(|dated| dated.has_anniversaries).map(|dated| dated.code).collect();
    Components::from([
        (
            "Anniversary".into(),
            object_schema(
                "A round anniversary.",
                [
                    ("record", described_ref("Ref", "What began.")),
                    ("pointer", string_schema("The member that dates it, as a JSON Pointer.", "/since")),
                    ("category", enum_schema("What happened then.", &codes)),
                    ("label", described_ref("Label", "The same in words.")),
                    ("date", schema_ref("PartialDate")),
                    (
                        "years",
                        json!({"type": "integer", "minimum": 1, "description": "How many years before.", "examples": [70]}),
                    ),
                    (
                        "certainty",
                        enum_schema(
                            "Whether the year is certain; a decade may have several anniversaries.",
                            &["yes", "possible"],
                        ),
                    ),
                    (
                        "on?",
                        json!({"type": "string", "format": "date", "description": "The day; only where it began on a known day.", "examples": ["2028-10-27"]}),
                    ),
                ],
            ),
        ),
        (
            "Anniversaries".into(),
            object_schema(
                "A page of the round anniversaries of a year.",
                [
                    ("year", integer_schema("The year.", 2028)),
                    ("items", array_schema("The anniversaries.", &schema_ref("Anniversary"))),
                    ("page", schema_ref("Page")),
                ],
            ),
        ),
    ])
}
