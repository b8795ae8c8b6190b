//! The documentation of the timeline.

use crate::http::negotiation::Format;
use crate::insight::anniversaries::store::AUTHORITY;
use crate::insight::dated::DATED;
use crate::insight::describe::{choice, component, list, object, parameter, read, several, string, text};
use crate::registry::collection::parameters::{filter_parameters, parameter_ref};
use crate::registry::collection::schemas::{Components, reference};
use serde_json::{Map, Value, json};

/// The names of the kinds that have a place in time.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> = DATED.iter().map(|dated| dated.kind.as_str()).collect();
    kinds.dedup();
    kinds
}

/// The paths.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let sort = json!({"type": "string", "enum": ["date", "-date"], "default": "date"});
    let mut parameters = filter_parameters(&AUTHORITY);
    parameters.extend([
        string("from", "A day or another EDTF date: what may lie in it or later.", "2016"),
        string("to", "A day or another EDTF date: what may lie in it or earlier.", "2024-12-31"),
        several("kind", &kinds(), "Only of these kinds. Repeated or separated by commas: any of them.", "rencontre"),
        parameter("sort", &sort, "The order: the first possible day, then the last, the kind and the id; a date without a year comes last both ways.", &"-date".into()),
    ]);
    parameters.extend(["limit", "cursor"].map(parameter_ref));
    let about = "What began, was signed, expires, took place or was set for a date: partnerships, signed texts, visits, editions \
                 with every date once set for them, organisations. Of an authority, or of the whole registry.";
    let get = read(
        "get_timeline",
        "Follow the time",
        about,
        parameters,
        "Timeline",
        &[Format::Csv],
        &["400", "503"],
    );
    Map::from_iter([("/v1/timeline".to_owned(), json!({"get": get}))])
}

/// The schemas.
#[must_use]
pub fn schemas() -> Components {
    let codes: Vec<&str> = DATED.iter().map(|dated| dated.code).collect();
    Components::from([
        (
            "TimelineItem".into(),
            object(
                "Something that has a place in time.",
                [
                    ("date", reference("PartialDate")),
                    ("category", choice("What happened then.", &codes)),
                    (
                        "label",
                        component(
                            "Label",
                            "The same in words; of an edition's schedule, what became of the dates.",
                        ),
                    ),
                    ("record", component("Ref", "The record.")),
                    (
                        "pointer",
                        text("The member that dates it, as a JSON Pointer without list indices.", "/signed"),
                    ),
                    (
                        "status?",
                        text(
                            "How an edition, or the dates once set for it, stands: a code of `rencontre_statuses`.",
                            "postponed",
                        ),
                    ),
                    ("reason?", component("Text", "Why the dates of an edition were moved or given up.")),
                ],
            ),
        ),
        (
            "Timeline".into(),
            object(
                "A page of the timeline.",
                [
                    ("items", list("The points of the timeline, in order.", &reference("TimelineItem"))),
                    ("page", reference("Page")),
                ],
            ),
        ),
    ])
}
