//! The documentation of the commitments.

use super::store::EDITION;
use crate::insight::describe::{choice, component, list, object, read, several, text, whole};
use crate::registry::collection::parameters::{filter_parameters, parameter_ref};
use crate::registry::collection::schemas::{Components, reference};
use crate::vocabulary::codes::{Theme, Vocabulary as _};
use serde_json::{Map, Value, json};

/// The paths.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let themes: Vec<&str> = Theme::TERMS.iter().map(|term| term.code).collect();
    let mut parameters = vec![
        several(
            "theme",
            &themes,
            "About one of these themes; a broader one has its narrower ones.",
            "climate",
        ),
        parameter_ref("q"),
    ];
    for mut edition in filter_parameters(&EDITION) {
        edition.as_object_mut().map(|members| members.insert("example".into(), json!(["number:8"])));
        parameters.push(edition);
    }
    parameters.extend(["limit", "cursor"].map(parameter_ref));
    let about = "What the declarations of the editions commit their authors to, and the texts signed on the same themes \
                 afterwards. A commitment is about the themes that its own words name (`basis: text`); one that names none \
                 is taken to be about those of its edition and its sessions (`basis: edition`).";
    let get = read(
        "get_commitments",
        "List the commitments of declarations",
        about,
        parameters,
        "CommitmentPage",
        &[],
        &["400", "503"],
    );
    Map::from_iter([("/v1/commitments".to_owned(), json!({"get": get}))])
}

/// The schemas.
#[must_use]
pub fn schemas() -> Components {
    let signed = object(
        "A signed text.",
        [
            ("memorandum", component("Ref", "The text.")),
            ("signed", reference("PartialDate")),
            (
                "certainty",
                choice("Whether it was signed after the declaration was adopted.", &["yes", "possible"]),
            ),
        ],
    );
    Components::from([
        (
            "Commitment".into(),
            object(
                "A commitment of a declaration.",
                [
                    ("rencontre", component("Ref", "The edition.")),
                    ("declaration?", component("Text", "The title of the declaration.")),
                    ("adopted?", reference("PartialDate")),
                    ("text", component("Text", "The commitment.")),
                    ("themes", list("What it is about.", &text("A code of `themes`.", "climate"))),
                    (
                        "basis",
                        choice(
                            "Whether its own words name the themes, or they are those of its edition.",
                            &["text", "edition"],
                        ),
                    ),
                    (
                        "memoranda",
                        list(
                            "The texts signed afterwards on these themes, or on those asked for; by date, at most 100.",
                            &signed,
                        ),
                    ),
                    ("memoranda_total", whole("How many such texts there are.", 3)),
                ],
            ),
        ),
        (
            "CommitmentPage".into(),
            object(
                "A page of the commitments, by edition.",
                [("items", list("The commitments.", &reference("Commitment"))), ("page", reference("Page"))],
            ),
        ),
    ])
}
