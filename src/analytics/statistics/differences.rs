//! JSON of the pairs of authorities that two counting rules count differently.

use super::counting_rules::CountingRule;
use super::partnership_counts::RuleDifference;
use super::partnership_links::Partnerships;
use crate::analytics::references::{self, label_json};
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::domain::validity::Holds;
use serde_json::{Value, json};

/// Returns the code of a certainty, as in responses.
#[must_use]
pub const fn holds_code(holds: Holds) -> &'static str {
    match holds {
        Holds::Yes => "yes",
        Holds::Possible => "possible",
        Holds::No => "no",
    }
}

/// Returns the label of a reason for a difference in French, Japanese and English.
#[must_use]
pub fn reason_text(reason: &str) -> [&'static str; 3] {
    match reason {
        "criteria_unknown" => {
            ["critère de CLAIR non renseigné", "CLAIRの要件が不明", "a criterion of CLAIR is not recorded"]
        }
        "criterion_not_met" => {
            ["critère de CLAIR non rempli", "CLAIRの要件を満たさない", "a criterion of CLAIR is not met"]
        }
        "not_open" => [
            "lien clos ou hors de la date",
            "終了した、または当日有効でない",
            "closed, or not in force on the day",
        ],
        _ => [
            "une règle ne compte ce lien qu'une fois avec un autre",
            "他の結び付きと合わせて一件とする",
            "one rule counts it together with another link",
        ],
    }
}

/// Returns the JSON of a difference.
#[must_use]
pub fn difference_json(
    [one, other]: [CountingRule; 2],
    difference: &RuleDifference<'_>,
    links: &Partnerships,
) -> Value {
    let [first, second] = difference.counted;
    let authority =
        |id: &Id| references::authority_reference(*id, &links.names.get(id).cloned().unwrap_or_default());
    json!({
        "partnership": references::record_reference(Kind::Partnership, difference.partnership.id, &difference.partnership.name),
        "authorities": difference.pair.iter().map(authority).collect::<Vec<_>>(),
        "counted": [{"rule": one.code(), "counts": holds_code(first)}, {"rule": other.code(), "counts": holds_code(second)}],
        "reason": difference.reason, "label": label_json(reason_text(difference.reason)), "members": difference.members
    })
}
