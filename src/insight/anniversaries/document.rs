//! The documentation of the anniversaries.

use super::store::AUTHORITY;
use crate::http::negotiation::Format;
use crate::insight::dated::DATED;
use crate::insight::describe::{choice, component, list, object, parameter, read, several, text, whole};
use crate::registry::collection::parameters::{filter_parameters, parameter_ref};
use crate::registry::collection::schemas::{Components, reference};
use serde_json::{Map, Value, json};

fn numbers(name: &str, about: &str, example: &[i64]) -> Value {
    let items = json!({"type": "integer", "minimum": 1, "maximum": 9998});
    json!({
        "name": name, "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {"type": "array", "minItems": 1, "items": items}, "description": about, "example": example
    })
}

/// The paths.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let mut kinds: Vec<&str> =
        DATED.iter().filter(|dated| dated.is_kept).map(|dated| dated.kind.as_str()).collect();
    kinds.dedup();
    let year = json!({"type": "integer", "minimum": 1, "maximum": 9999});
    let mut parameters = vec![
        parameter("year", &year, "The year of the anniversaries; this year by default.", &2028.into()),
        numbers("multiple", "Multiples of one of these numbers of years; 5 by default.", &[10, 25]),
        numbers("years", "Exactly these numbers of years, instead of `multiple`.", &[10, 25, 50, 60, 70]),
        several(
            "kind",
            &kinds,
            "Only of these kinds. Repeated or separated by commas: any of them.",
            "partnership",
        ),
    ];
    parameters.extend(filter_parameters(&AUTHORITY));
    parameters.extend(["limit", "cursor"].map(parameter_ref));
    let about = "What began a round number of years before: partnerships that are not closed, signed texts, organisations, \
                 editions that were held. In the order of the days; what is known to the year only comes where the year begins. \
                 Tables and calendars have 10,000 at a time unless `limit` is given; a `Link` leads to the next.";
    let get = read(
        "get_anniversaries",
        "List round anniversaries",
        about,
        parameters,
        "Anniversaries",
        &[Format::Csv, Format::Calendar],
        &["400", "503"],
    );
    Map::from_iter([("/v1/anniversaries".to_owned(), json!({"get": get}))])
}

/// The schemas.
#[must_use]
pub fn schemas() -> Components {
    let codes: Vec<&str> = DATED.iter().filter(|dated| dated.is_kept).map(|dated| dated.code).collect();
    Components::from([
        (
            "Anniversary".into(),
            object(
                "A round anniversary.",
                [
                    ("record", component("Ref", "What began.")),
                    ("pointer", text("The member that dates it, as a JSON Pointer.", "/since")),
                    ("category", choice("What happened then.", &codes)),
                    ("label", component("Label", "The same in words.")),
                    ("date", reference("PartialDate")),
                    (
                        "years",
                        json!({"type": "integer", "minimum": 1, "description": "How many years before.", "examples": [70]}),
                    ),
                    (
                        "certainty",
                        choice(
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
            object(
                "A page of the round anniversaries of a year.",
                [
                    ("year", whole("The year.", 2028)),
                    ("items", list("The anniversaries.", &reference("Anniversary"))),
                    ("page", reference("Page")),
                ],
            ),
        ),
    ])
}
