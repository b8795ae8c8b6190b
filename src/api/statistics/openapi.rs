//! OpenAPI operations of the statistics.

use crate::analytics::statistics::counting_rules::CountingRule;
use crate::analytics::statistics::queries;
use crate::analytics::statistics::topic::Topic;
use crate::api::filter_params::filter_parameters;
use crate::api::tags::INSIGHT_TAG;
use crate::domain::duration;
use crate::domain::kind::Kind;
use crate::domain::vocabularies::figure::{Measure, Side};
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::negotiation::MediaFormat;
use crate::http::openapi::{OperationText, codes_parameter, query_parameter, read_operation};
use crate::kinds::all;
use serde_json::{Map, Value, json};

/// Returns a parameter of at most two codes, separated by commas.
fn pair_parameter(name: &str, codes: &[&str], least: usize, description: &str, example: &[&str]) -> Value {
    json!({
        "name": name, "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {"type": "array", "minItems": least, "maxItems": 2, "uniqueItems": true, "items": {"type": "string", "enum": codes}},
        "description": description, "example": example
    })
}

fn group_by_parameter(topic: Topic, description: &str) -> Value {
    let codes: Vec<&str> = topic.dimensions().iter().map(|one| one.code()).collect();
    pair_parameter("group_by", &codes, 1, description, codes.get(..1).unwrap_or_default())
}

/// Returns the parameters of a topic: its own, and the filters of its kind under other names.
fn topic_parameters(topic: Topic) -> Vec<Value> {
    let rules = CountingRule::ALL.map(CountingRule::code);
    let codes = |terms: &'static [VocabularyTerm]| terms.iter().map(|term| term.code).collect::<Vec<_>>();
    let (mut all, kind) = match topic {
        Topic::Partnerships => {
            let rule = json!({"type": "string", "enum": rules, "default": "all"});
            let day = json!({"type": "string", "format": "date"});
            let own = vec![
                group_by_parameter(topic, "One or two; nothing by default."),
                query_parameter("counting", &rule, "The rule by which they are counted.", &"clair".into()),
                pair_parameter(
                    "diff",
                    &rules,
                    2,
                    "Two rules; adds `diff`, the links that they count differently.",
                    &["clair", "cuf"],
                ),
                query_parameter("valid_on", &day, "Only what held on this day.", &"2024-11-01".into()),
            ];
            (own, Some(Kind::Partnership))
        }
        Topic::Participation => {
            let own = vec![
                codes_parameter(
                    "measure",
                    &codes(Measure::TERMS),
                    "Only figures that count this.",
                    "authorities",
                ),
                codes_parameter("side", &codes(Side::TERMS), "Only this side.", "fr"),
            ];
            (own, Some(Kind::Rencontre))
        }
        Topic::Activity => {
            let period = json!({"type": "string", "pattern": duration::DURATION_PATTERN});
            let description = "A period of years and months (ISO 8601) after each visit; adds `visits`, with who led them and what was \
                         signed within it.";
            let mut own = vec![
                group_by_parameter(topic, "One or two; `year` by default."),
                query_parameter("signature_within", &period, description, &"P36M".into()),
            ];
            own.extend(filter_parameters(&queries::authority_filter(Kind::Visit)));
            (own, None)
        }
    };
    let name = |one: &Value| one.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let named: Vec<String> = all.iter().map(name).collect();
    let filters =
        kind.map_or(&[][..], |kind| all::definition(kind).filters()).iter().flat_map(filter_parameters);
    all.extend(filters.filter(|one| !named.contains(&name(one))));
    all
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let topics = read_operation(
        OperationText {
            tag: INSIGHT_TAG.0,
            id: "get_topics",
            summary: "List the topics of statistics",
            description: "Each with its dimensions and counting rules.",
        },
        vec![],
        "TopicPage",
        &[],
        &["400"],
    );
    let mut paths = Map::from_iter([("/v1/statistics".to_owned(), json!({"get": topics}))]);
    for (topic, id, summary, description, answer) in [
        (
            Topic::Partnerships,
            "get_partnership_statistics",
            "Count partnerships",
            "By region, prefecture, decade, theme, category, level or status; by a counting rule that the answer states, with \
             what it cannot decide. The filters are those of `/v1/partnerships`.",
            "PartnershipStatistics",
        ),
        (
            Topic::Participation,
            "get_participation_statistics",
            "Count who took part in the editions",
            "What sources count at each edition, by side, with the unit and the source of each figure. The filters are those \
             of `/v1/rencontres`.",
            "ParticipationStatistics",
        ),
        (
            Topic::Activity,
            "get_activity_statistics",
            "Count what was done",
            "Visits, signed texts and editions by year, direction or category.",
            "ActivityStatistics",
        ),
    ] {
        let get = read_operation(
            OperationText { tag: INSIGHT_TAG.0, id, summary, description },
            topic_parameters(topic),
            answer,
            &[MediaFormat::Csv],
            &["400", "503"],
        );
        paths.insert(format!("/v1/statistics/{}", topic.name()), json!({"get": get}));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once() {
        for topic in Topic::ALL {
            let all = topic_parameters(topic);
            let names: Vec<String> =
                all.iter().filter_map(|one| Some(one.get("name")?.to_string())).collect();
            let once: std::collections::BTreeSet<_> = names.iter().collect();
            assert!(once.len() == names.len() && once.len() > 2, "{names:?}");
        }
    }
}
