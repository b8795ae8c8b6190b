//! OpenAPI schemas of the statistics.

use crate::analytics::statistics::count_table::Dimension;
use crate::analytics::statistics::topic::Topic;
use crate::http::openapi::{
    Components, array_schema, described_ref, enum_schema, integer_schema, object_schema, schema_ref,
    string_schema,
};
use serde_json::{Value, json};

fn certainty_schema(description: &str) -> Value {
    enum_schema(description, &["yes", "possible", "no"])
}

fn label_schema(description: &str) -> Value {
    described_ref("Label", description)
}

fn record_schema(description: &str) -> Value {
    described_ref("Ref", description)
}

fn pointers_schema(description: &str) -> Value {
    array_schema(
        description,
        &string_schema("A member, as a JSON Pointer (RFC 6901).", "/clair_criteria/assembly_approved"),
    )
}

/// Adds the schemas of topics and of counts.
fn add_count_schemas(all: &mut Components) {
    let dimensions: Vec<&str> =
        [Dimension::OF_PARTNERSHIPS, Dimension::OF_ACTIVITY, &[Dimension::ActivityKind]]
            .concat()
            .into_iter()
            .map(Dimension::code)
            .collect();
    let code = |description: &str, example: &str| json!({"type": ["string", "null"], "description": description, "examples": [example]});
    all.insert(
        "CountingRule".into(),
        object_schema(
            "How something is counted.",
            [
                ("code", string_schema("The rule's code.", "clair")),
                ("rule", label_schema("The rule in words.")),
            ],
        ),
    );
    all.insert(
        "StatisticsKey".into(),
        object_schema(
            "What a row stands for, in one dimension.",
            [
                (
                    "dimension",
                    string_schema("The dimension.", dimensions.first().copied().unwrap_or_default()),
                ),
                (
                    "code",
                    code(
                        "The code; a year or decade in EDTF; null for a record and for what is not known.",
                        "culture",
                    ),
                ),
                ("label", label_schema("What it is called.")),
                ("record?", record_schema("The region or prefecture.")),
            ],
        ),
    );
    all.insert(
        "StatisticsRow".into(),
        object_schema(
            "A row of counts.",
            [
                (
                    "keys",
                    array_schema("What it stands for, dimension by dimension.", &schema_ref("StatisticsKey")),
                ),
                ("count", integer_schema("How many, certainly.", 2)),
                ("possible", integer_schema("How many more, possibly.", 1)),
            ],
        ),
    );
    all.insert("Topic".into(), object_schema("A topic of statistics.", [
        ("topic", string_schema("Its name.", "partnerships")),
        ("label", label_schema("What it is about.")),
        ("href", json!({"type": "string", "format": "uri-reference", "description": "Where it is answered.", "examples": ["/v1/statistics/partnerships"]})),
        ("dimensions", array_schema("By what it is grouped.", &object_schema("A dimension.", [("code", string_schema("Its code.", "region")), ("label", label_schema("What it is called."))]))),
        ("counting", array_schema("Its counting rules, the default first.", &schema_ref("CountingRule"))),
    ]));
    all.insert(
        "TopicPage".into(),
        object_schema(
            "The topics.",
            [("items", array_schema("The topics.", &schema_ref("Topic"))), ("page", schema_ref("Page"))],
        ),
    );
}

/// Adds the schemas of differences between counting rules, and of participation.
fn add_comparison_schemas(all: &mut Components) {
    all.insert(
        "Difference".into(),
        object_schema(
            "A link that two rules count differently.",
            [
                ("partnership", record_schema("The partnership.")),
                ("authorities", array_schema("The French and the Japanese authority.", &schema_ref("Ref"))),
                (
                    "counted",
                    array_schema(
                        "What each rule says.",
                        &object_schema(
                            "What a rule says.",
                            [
                                ("rule", string_schema("The rule.", "cuf")),
                                ("counts", certainty_schema("Whether it counts the link.")),
                            ],
                        ),
                    ),
                ),
                (
                    "reason",
                    enum_schema(
                        "Why they differ.",
                        &["criteria_unknown", "criterion_not_met", "not_open", "counted_once"],
                    ),
                ),
                ("label", label_schema("The same in words.")),
                ("members", pointers_schema("The members that it rests on.")),
            ],
        ),
    );
    all.insert(
        "Participation".into(),
        object_schema(
            "An edition and a side.",
            [
                ("rencontre", record_schema("The edition.")),
                ("number", integer_schema("Its number.", 8)),
                ("status", string_schema("How it stands.", "held")),
                ("dates?", schema_ref("PartialDate")),
                ("side", string_schema("Whom the figures count: a code of `sides`.", "fr")),
                ("label", label_schema("The side in words.")),
                (
                    "figures",
                    array_schema(
                        "What sources count; none where none does.",
                        &object_schema(
                            "A figure.",
                            [
                                ("measure", string_schema("Its unit: a code of `measures`.", "authorities")),
                                ("label", label_schema("The unit in words.")),
                                ("value", integer_schema("How many.", 19)),
                                (
                                    "qualifier?",
                                    string_schema("How exact it is: a code of `qualifiers`.", "nearly"),
                                ),
                                ("source?", record_schema("The source that gives it.")),
                            ],
                        ),
                    ),
                ),
                ("recorded", integer_schema("How many authorities are recorded as taking part.", 1)),
            ],
        ),
    );
}

/// Adds the schemas of visits with the texts signed after them.
fn add_visit_schemas(all: &mut Components) {
    all.insert("Signature".into(), object_schema("A text that was signed after a visit.", [
        ("memorandum", record_schema("The text.")),
        ("signed?", schema_ref("PartialDate")),
        ("certainty", certainty_schema("Whether it was signed within the period.")),
        ("basis", enum_schema("Whether the visit names it as its outcome, or their authorities are the same on both sides.", &["stated", "parties"])),
        ("in_common", array_schema("The authorities that both concern.", &schema_ref("Ref"))),
    ]));
    all.insert(
        "FollowedVisit".into(),
        object_schema(
            "A visit, and what was signed after it.",
            [
                ("visit", record_schema("The visit.")),
                ("dates", schema_ref("PartialDate")),
                ("direction", string_schema("Which way: a code of `directions`.", "fr_to_jp")),
                ("led_by", array_schema("Its delegation, in the order recorded.", &schema_ref("Delegate"))),
                ("signatures", array_schema("What was signed within the period.", &schema_ref("Signature"))),
            ],
        ),
    );
}

/// Returns the schema of a partnership that a rule could not decide.
fn undecided_schema() -> Value {
    object_schema(
        "A partnership.",
        [
            ("partnership", record_schema("The partnership.")),
            ("missing", pointers_schema("The members that are missing.")),
        ],
    )
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let mut all = Components::new();
    add_count_schemas(&mut all);
    add_comparison_schemas(&mut all);
    add_visit_schemas(&mut all);
    let total = object_schema(
        "How many, each once.",
        [
            ("count", integer_schema("Certainly.", 4)),
            ("possible", integer_schema("Possibly: what is recorded does not decide.", 1)),
        ],
    );
    let many = |description: &str, items: Value| {
        object_schema(
            description,
            [
                ("total", integer_schema("How many there are.", 5)),
                ("items", array_schema("Those of them that are listed.", &items)),
            ],
        )
    };
    let grouped = || array_schema("By what it is grouped.", &string_schema("A dimension.", "region"));
    let counts = || array_schema("The counts.", &schema_ref("StatisticsRow"));
    let overlapping = || json!({"type": "boolean", "description": "Whether something stands in several rows (a partnership under each of its themes), so that they add up to more than `total`.", "examples": [true]});
    let day =
        json!({"type": "string", "format": "date", "description": "The day.", "examples": ["2024-11-01"]});
    all.insert(
        "PartnershipStatistics".into(),
        object_schema(
            "Partnerships, counted.",
            [
                ("topic", string_schema("The topic.", Topic::Partnerships.name())),
                ("counting", schema_ref("CountingRule")),
                ("group_by", grouped()),
                (
                    "valid_on?",
                    object_schema(
                        "The day on which they held.",
                        [("day", day), ("rule", label_schema("How that is decided."))],
                    ),
                ),
                ("rows", counts()),
                ("total", total.clone()),
                ("overlapping", overlapping()),
                ("undecided", many("What could not be decided, at most 1000 listed.", undecided_schema())),
                (
                    "diff?",
                    object_schema(
                        "Where two rules differ, at most 1000 listed; a table has all.",
                        [
                            ("rules", array_schema("The two rules.", &string_schema("A rule.", "clair"))),
                            ("total", integer_schema("How many links.", 5)),
                            ("items", array_schema("Link by link.", &schema_ref("Difference"))),
                        ],
                    ),
                ),
            ],
        ),
    );
    all.insert(
        "ParticipationStatistics".into(),
        object_schema(
            "Who took part in the editions.",
            [
                ("topic", string_schema("The topic.", Topic::Participation.name())),
                ("counting", schema_ref("CountingRule")),
                (
                    "editions",
                    array_schema(
                        "Editions and sides; those without figures too.",
                        &schema_ref("Participation"),
                    ),
                ),
            ],
        ),
    );
    all.insert(
        "ActivityStatistics".into(),
        object_schema(
            "What was done.",
            [
                ("topic", string_schema("The topic.", Topic::Activity.name())),
                ("counting", schema_ref("CountingRule")),
                ("group_by", grouped()),
                ("rows", counts()),
                ("total", total),
                ("overlapping", overlapping()),
                (
                    "visits?",
                    many(
                        "The visits, at most 500 listed; with `signature_within`.",
                        schema_ref("FollowedVisit"),
                    ),
                ),
            ],
        ),
    );
    all
}
