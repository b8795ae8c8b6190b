//! The documentation of the statistics.

use super::Topic;
use super::counting::Counting;
use super::rows::Dimension;
use crate::insight::describe::{
    choice, component, list, object, parameter, read, several, string, text, whole,
};
use crate::registry::collection::parameters::filter_parameters;
use crate::registry::collection::schemas::{Components, reference};
use crate::vocabulary::Kind;
use crate::vocabulary::codes::{Measure, Side, Vocabulary as _};
use serde_json::{Map, Value, json};

const ABOUT: &str = "`partnerships`: how many, by region, prefecture, decade, theme, category, level or status, by a counting \
rule that the answer states; the filters are those of `/v1/partnerships`. `participation`: what sources count at each \
edition; the filters are those of `/v1/rencontres`. `activity`: visits, signed texts and editions by year, direction or \
category. A parameter that its topic does not have is refused.";

fn parameters() -> Vec<Value> {
    let mut dimensions: Vec<&str> = Vec::new();
    for one in Topic::ALL.iter().flat_map(|topic| topic.dimensions()) {
        if !dimensions.contains(&one.code()) {
            dimensions.push(one.code());
        }
    }
    let rules = Counting::ALL.map(Counting::code);
    let rule = json!({"type": "string", "enum": rules, "default": "all"});
    let measures: Vec<&str> = Measure::TERMS.iter().map(|term| term.code).collect();
    let sides: Vec<&str> = Side::TERMS.iter().map(|term| term.code).collect();
    let day = json!({"type": "string", "format": "date"});
    let topics: Vec<&str> = Topic::ALL.iter().map(|topic| topic.name()).collect();
    let mut all = vec![
        json!({"name": "topic", "in": "path", "required": true, "schema": {"type": "string", "enum": topics}, "description": "The topic.", "example": "partnerships"}),
        several(
            "group_by",
            &dimensions,
            "One or two, separated by commas. `partnerships`: nothing by default; `activity`: `year` by default.",
            "region",
        ),
        parameter("counting", &rule, "`partnerships`: the rule by which they are counted.", &"clair".into()),
        several(
            "diff",
            &rules,
            "`partnerships`: two rules; adds `diff`, the links that they count differently.",
            "clair",
        ),
        parameter("valid_on", &day, "`partnerships`: only what held on this day.", &"2024-11-01".into()),
        string(
            "signature_within",
            "`activity`: a period of years and months (ISO 8601) after each visit; adds `visits`, with who led them and what was signed within it.",
            "P36M",
        ),
        several("measure", &measures, "`participation`: only figures that count this.", "authorities"),
        several("side", &sides, "`participation`: only this side.", "fr"),
    ];
    let mut named: Vec<String> =
        all.iter().filter_map(|one| one.get("name").and_then(Value::as_str).map(str::to_owned)).collect();
    for (kind, topic) in [(Kind::Partnership, Topic::Partnerships), (Kind::Rencontre, Topic::Participation)] {
        for mut one in kind.shelf().filters().iter().flat_map(filter_parameters) {
            let name = one.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            if named.contains(&name) {
                continue;
            }
            let about = one.get("description").and_then(Value::as_str).unwrap_or_default();
            let about = format!("`{}`: {about}", topic.name());
            one.as_object_mut().map(|members| members.insert("description".into(), about.into()));
            named.push(name);
            all.push(one);
        }
    }
    all
}

/// The paths.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let topics = json!({
        "get": read("get_topics", "List the topics of statistics", "Each with its dimensions and counting rules.", vec![], "TopicPage", false, &["400"])
    });
    let one = json!({"get": read("get_statistics", "Count", ABOUT, parameters(), "Statistics", true, &["400", "404", "503"])});
    Map::from_iter([("/v1/statistics".to_owned(), topics), ("/v1/statistics/{topic}".to_owned(), one)])
}

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
    all.insert("Statistics".into(), object("Counts, with the rule by which they were made.", [
        ("topic", text("The topic.", "partnerships")),
        ("counting", reference("CountingRule")),
        ("group_by?", list("By what it is grouped.", &text("A dimension.", "region"))),
        ("valid_on?", object("The day on which it held.", [("day", json!({"type": "string", "format": "date", "description": "The day.", "examples": ["2024-11-01"]})), ("rule", label("How that is decided."))])),
        ("rows?", list("The counts; of `partnerships` and `activity`.", &reference("StatisticsRow"))),
        ("total?", total),
        ("overlapping?", json!({"type": "boolean", "description": "Whether something stands in several rows (a partnership under each of its themes), so that they add up to more than `total`.", "examples": [true]})),
        ("undecided?", many("What could not be decided, at most 1000 listed; of `partnerships`.", undecided)),
        ("diff?", object("Where two rules differ, at most 1000 listed; a table has all.", [("rules", list("The two rules.", &text("A rule.", "clair"))), ("total", whole("How many links.", 5)), ("items", list("Link by link.", &reference("Difference")))])),
        ("editions?", list("Editions and sides; of `participation`.", &reference("Participation"))),
        ("visits?", many("The visits, at most 500 listed; of `activity`, with `signature_within`.", reference("FollowedVisit"))),
    ]));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once() {
        let names: Vec<String> =
            parameters().iter().filter_map(|one| Some(one.get("name")?.to_string())).collect();
        let once: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len());
    }
}
