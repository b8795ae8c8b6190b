//! The schemas of the statistics.

use super::Topic;
use super::rows::Dimension;
use crate::insight::describe::{choice, component, list, object, text, whole};
use crate::registry::collection::schemas::{Components, reference};
use serde_json::{Value, json};

fn certainty(about: &str) -> Value {
    choice(about, &["yes", "possible", "no"])
}

fn label(about: &str) -> Value {
    component("Label", about)
}

fn record(about: &str) -> Value {
    component("Ref", about)
}

fn pointers(about: &str) -> Value {
    list(about, &text("A member, as a JSON Pointer (RFC 6901).", "/clair_criteria/assembly_approved"))
}

/// The topics, and the rows of counts.
fn rows(all: &mut Components) {
    let dimensions: Vec<&str> = [Dimension::OF_PARTNERSHIPS, Dimension::OF_ACTIVITY, &[Dimension::What]]
        .concat()
        .into_iter()
        .map(Dimension::code)
        .collect();
    let code = |about: &str, example: &str| json!({"type": ["string", "null"], "description": about, "examples": [example]});
    all.insert(
        "CountingRule".into(),
        object(
            "How something is counted.",
            [("code", text("The rule's code.", "clair")), ("rule", label("The rule in words."))],
        ),
    );
    all.insert(
        "StatisticsKey".into(),
        object(
            "What a row stands for, in one dimension.",
            [
                ("dimension", text("The dimension.", dimensions.first().copied().unwrap_or_default())),
                (
                    "code",
                    code(
                        "The code; a year or decade in EDTF; null for a record and for what is not known.",
                        "culture",
                    ),
                ),
                ("label", label("What it is called.")),
                ("record?", record("The region or prefecture.")),
            ],
        ),
    );
    all.insert(
        "StatisticsRow".into(),
        object(
            "A row of counts.",
            [
                ("keys", list("What it stands for, dimension by dimension.", &reference("StatisticsKey"))),
                ("count", whole("How many, certainly.", 2)),
                ("possible", whole("How many more, possibly.", 1)),
            ],
        ),
    );
    all.insert("Topic".into(), object("A topic of statistics.", [
        ("topic", text("Its name.", "partnerships")),
        ("label", label("What it is about.")),
        ("href", json!({"type": "string", "format": "uri-reference", "description": "Where it is answered.", "examples": ["/v1/statistics/partnerships"]})),
        ("dimensions", list("By what it is grouped.", &object("A dimension.", [("code", text("Its code.", "region")), ("label", label("What it is called."))]))),
        ("counting", list("Its counting rules, the default first.", &reference("CountingRule"))),
    ]));
    all.insert(
        "TopicPage".into(),
        object(
            "The topics.",
            [("items", list("The topics.", &reference("Topic"))), ("page", reference("Page"))],
        ),
    );
}

/// Where rules differ, and who took part.
fn told(all: &mut Components) {
    all.insert(
        "Difference".into(),
        object(
            "A link that two rules count differently.",
            [
                ("partnership", record("The partnership.")),
                ("authorities", list("The French and the Japanese authority.", &reference("Ref"))),
                (
                    "counted",
                    list(
                        "What each rule says.",
                        &object(
                            "What a rule says.",
                            [
                                ("rule", text("The rule.", "cuf")),
                                ("counts", certainty("Whether it counts the link.")),
                            ],
                        ),
                    ),
                ),
                (
                    "reason",
                    choice(
                        "Why they differ.",
                        &["criteria_unknown", "criterion_not_met", "not_open", "counted_once"],
                    ),
                ),
                ("label", label("The same in words.")),
                ("members", pointers("The members that it rests on.")),
            ],
        ),
    );
    all.insert(
        "Participation".into(),
        object(
            "An edition and a side.",
            [
                ("rencontre", record("The edition.")),
                ("number", whole("Its number.", 8)),
                ("status", text("How it stands.", "held")),
                ("dates?", reference("PartialDate")),
                ("side", text("Whom the figures count: a code of `sides`.", "fr")),
                ("label", label("The side in words.")),
                (
                    "figures",
                    list(
                        "What sources count; none where none does.",
                        &object(
                            "A figure.",
                            [
                                ("measure", text("Its unit: a code of `measures`.", "authorities")),
                                ("label", label("The unit in words.")),
                                ("value", whole("How many.", 19)),
                                ("qualifier?", text("How exact it is: a code of `qualifiers`.", "nearly")),
                                ("source?", record("The source that gives it.")),
                            ],
                        ),
                    ),
                ),
                ("recorded", whole("How many authorities are recorded as taking part.", 1)),
            ],
        ),
    );
}

/// What was signed after visits.
fn followed(all: &mut Components) {
    all.insert("Signature".into(), object("A text that was signed after a visit.", [
        ("memorandum", record("The text.")),
        ("signed?", reference("PartialDate")),
        ("certainty", certainty("Whether it was signed within the period.")),
        ("basis", choice("Whether the visit names it as its outcome, or their authorities are the same on both sides.", &["stated", "parties"])),
        ("in_common", list("The authorities that both concern.", &reference("Ref"))),
    ]));
    all.insert(
        "FollowedVisit".into(),
        object(
            "A visit, and what was signed after it.",
            [
                ("visit", record("The visit.")),
                ("dates", reference("PartialDate")),
                ("direction", text("Which way: a code of `directions`.", "fr_to_jp")),
                ("led_by", list("Its delegation, in the order recorded.", &reference("Delegate"))),
                ("signatures", list("What was signed within the period.", &reference("Signature"))),
            ],
        ),
    );
}

/// The schemas.
#[must_use]
pub fn schemas() -> Components {
    let mut all = Components::new();
    rows(&mut all);
    told(&mut all);
    followed(&mut all);
    let total = object(
        "How many, each once.",
        [
            ("count", whole("Certainly.", 4)),
            ("possible", whole("Possibly: what is recorded does not decide.", 1)),
        ],
    );
    let many = |about: &str, items: Value| {
        object(
            about,
            [
                ("total", whole("How many there are.", 5)),
                ("items", list("Those of them that are listed.", &items)),
            ],
        )
    };
    let undecided = object(
        "A partnership.",
        [("partnership", record("The partnership.")), ("missing", pointers("The members that are missing."))],
    );
    let grouped = || list("By what it is grouped.", &text("A dimension.", "region"));
    let counts = || list("The counts.", &reference("StatisticsRow"));
    let overlapping = || json!({"type": "boolean", "description": "Whether something stands in several rows (a partnership under each of its themes), so that they add up to more than `total`.", "examples": [true]});
    let day =
        json!({"type": "string", "format": "date", "description": "The day.", "examples": ["2024-11-01"]});
    all.insert(
        "PartnershipStatistics".into(),
        object(
            "Partnerships, counted.",
            [
                ("topic", text("The topic.", Topic::Partnerships.name())),
                ("counting", reference("CountingRule")),
                ("group_by", grouped()),
                (
                    "valid_on?",
                    object(
                        "The day on which they held.",
                        [("day", day), ("rule", label("How that is decided."))],
                    ),
                ),
                ("rows", counts()),
                ("total", total.clone()),
                ("overlapping", overlapping()),
                ("undecided", many("What could not be decided, at most 1000 listed.", undecided)),
                (
                    "diff?",
                    object(
                        "Where two rules differ, at most 1000 listed; a table has all.",
                        [
                            ("rules", list("The two rules.", &text("A rule.", "clair"))),
                            ("total", whole("How many links.", 5)),
                            ("items", list("Link by link.", &reference("Difference"))),
                        ],
                    ),
                ),
            ],
        ),
    );
    all.insert(
        "ParticipationStatistics".into(),
        object(
            "Who took part in the editions.",
            [
                ("topic", text("The topic.", Topic::Participation.name())),
                ("counting", reference("CountingRule")),
                (
                    "editions",
                    list("Editions and sides; those without figures too.", &reference("Participation")),
                ),
            ],
        ),
    );
    all.insert(
        "ActivityStatistics".into(),
        object(
            "What was done.",
            [
                ("topic", text("The topic.", Topic::Activity.name())),
                ("counting", reference("CountingRule")),
                ("group_by", grouped()),
                ("rows", counts()),
                ("total", total),
                ("overlapping", overlapping()),
                (
                    "visits?",
                    many(
                        "The visits, at most 500 listed; with `signature_within`.",
                        reference("FollowedVisit"),
                    ),
                ),
            ],
        ),
    );
    all
}
