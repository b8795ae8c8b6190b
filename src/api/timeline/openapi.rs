//! OpenAPI operation and schemas of the timeline.

use super::handlers::dated_kinds;
use crate::analytics::dated_members::{AUTHORITY_FILTER, DATED_MEMBERS};
use crate::api::filter_params::filter_parameters;
use crate::api::tags::INSIGHT_TAG;
use crate::http::negotiation::MediaFormat;
use crate::http::openapi::{
    Components, OperationText, array_schema, codes_parameter, described_ref, enum_schema, object_schema,
    parameter_ref, query_parameter, read_operation, schema_ref, string_parameter, string_schema,
};
use serde_json::{Map, Value, json};

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let sort = json!({"type": "string", "enum": ["date", "-date"], "default": "date"});
    let mut parameters = filter_parameters(&AUTHORITY_FILTER);
    parameters.extend([
        string_parameter("from", "A day or another EDTF date: what may lie in it or later.", "2016"),
        string_parameter("to", "A day or another EDTF date: what may lie in it or earlier.", "2024-12-31"),
        codes_parameter("kind", &dated_kinds(), "Only of these kinds. Repeated or separated by commas: any of them.", "rencontre"),
        query_parameter("sort", &sort, "The order: the first possible day, then the last, the kind and the id; a date without a year comes last both ways.", &"-date".into()),
    ]);
    parameters.extend(["limit", "cursor"].map(parameter_ref));
    let description = "What began, was signed, expires, took place or was set for a date: partnerships, signed texts, visits, editions \
                 with every date once set for them, organisations. Of an authority, or of the whole registry.";
    let get = read_operation(
        OperationText { tag: INSIGHT_TAG.0, id: "get_timeline", summary: "Follow the time", description },
        parameters,
        "Timeline",
        &[MediaFormat::Csv],
        &["400", "503"],
    );
    Map::from_iter([("/v1/timeline".to_owned(), json!({"get": get}))])
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let codes: Vec<&str> = DATED_MEMBERS.iter().map(|dated| dated.code).collect();
    Components::from([
        (
            "TimelineItem".into(),
            object_schema(
                "Something that has a place in time.",
                [
                    ("date", schema_ref("PartialDate")),
                    ("category", enum_schema("What happened then.", &codes)),
                    (
                        "label",
                        described_ref(
                            "Label",
                            "The same in words; of an edition's schedule, what became of the dates.",
                        ),
                    ),
                    ("record", described_ref("Ref", "The record.")),
                    (
                        "pointer",
                        string_schema(
                            "The member that dates it, as a JSON Pointer without list indices.",
                            "/signed",
                        ),
                    ),
                    (
                        "status?",
                        string_schema(
                            "How an edition, or the dates once set for it, stands: a code of `rencontre_statuses`.",
                            "postponed",
                        ),
                    ),
                    ("reason?", described_ref("Text", "Why the dates of an edition were moved or given up.")),
                ],
            ),
        ),
        (
            "Timeline".into(),
            object_schema(
                "A page of the timeline.",
                [
                    (
                        "items",
                        array_schema("The points of the timeline, in order.", &schema_ref("TimelineItem")),
                    ),
                    ("page", schema_ref("Page")),
                ],
            ),
        ),
    ])
}
