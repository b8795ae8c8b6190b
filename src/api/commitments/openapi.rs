//! OpenAPI operation and schemas of commitments.

use crate::analytics::commitments::queries::EDITION_FILTER;
use crate::api::filter_params::filter_parameters;
use crate::api::tags::INSIGHT_TAG;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::openapi::{
    Components, OperationText, array_schema, codes_parameter, described_ref, enum_schema, integer_schema,
    object_schema, parameter_ref, read_operation, schema_ref, string_schema,
};
use serde_json::{Map, Value, json};

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let themes: Vec<&str> = Theme::TERMS.iter().map(|term| term.code).collect();
    let mut parameters = vec![
        codes_parameter(
            "theme",
            &themes,
            "About one of these themes; a broader one has its narrower ones.",
            "climate",
        ),
        parameter_ref("q"),
    ];
    for mut edition in filter_parameters(&EDITION_FILTER) {
        edition.as_object_mut().map(|members| members.insert("example".into(), json!(["number:8"])));
        parameters.push(edition);
    }
    parameters.extend(["limit", "cursor"].map(parameter_ref));
    let description = "What the declarations of the editions commit their authors to, and the texts signed on the same themes \
                 afterwards. A commitment is about the themes that its own words name (`basis: text`); one that names none \
                 is taken to be about those of its edition and its sessions (`basis: edition`).";
    let get = read_operation(
        OperationText {
            tag: INSIGHT_TAG.0,
            id: "get_commitments",
            summary: "List the commitments of declarations",
            description,
        },
        parameters,
        "CommitmentPage",
        &[],
        &["400", "503"],
    );
    Map::from_iter([("/v1/commitments".to_owned(), json!({"get": get}))])
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let signed = object_schema(
        "A signed text.",
        [
            ("memorandum", described_ref("Ref", "The text.")),
            ("signed", schema_ref("PartialDate")),
            (
                "certainty",
                enum_schema("Whether it was signed after the declaration was adopted.", &["yes", "possible"]),
            ),
        ],
    );
    Components::from([
        (
            "Commitment".into(),
            object_schema(
                "A commitment of a declaration.",
                [
                    ("rencontre", described_ref("Ref", "The edition.")),
                    ("declaration?", described_ref("Text", "The title of the declaration.")),
                    ("adopted?", schema_ref("PartialDate")),
                    ("text", described_ref("Text", "The commitment.")),
                    (
                        "themes",
                        array_schema("What it is about.", &string_schema("A code of `themes`.", "climate")),
                    ),
                    (
                        "basis",
                        enum_schema(
                            "Whether its own words name the themes, or they are those of its edition.",
                            &["text", "edition"],
                        ),
                    ),
                    (
                        "memoranda",
                        array_schema(
                            "The texts signed afterwards on these themes, or on those asked for; by date, at most 100.",
                            &signed,
                        ),
                    ),
                    ("memoranda_total", integer_schema("How many such texts there are.", 3)),
                ],
            ),
        ),
        (
            "CommitmentPage".into(),
            object_schema(
                "A page of the commitments, by edition.",
                [
                    ("items", array_schema("The commitments.", &schema_ref("Commitment"))),
                    ("page", schema_ref("Page")),
                ],
            ),
        ),
    ])
}
