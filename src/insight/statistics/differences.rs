//! Where two counting rules differ, link by link, as answered.

use super::counting::CountingRule;
use super::links::{Partnerships, RuleDifference};
use crate::db::types::Id;
use crate::insight::refs::{self, label_json};
use crate::insight::table::{CellValue, Table};
use crate::vocabulary::validity::Holds;
use crate::vocabulary::{Kind, Text};
use serde_json::{Value, json};

/// Whether something holds, as answered.
#[must_use]
pub const fn holds_code(holds: Holds) -> &'static str {
    match holds {
        Holds::Yes => "yes",
        Holds::Possible => "possible",
        Holds::No => "no",
    }
}

/// Why two rules differ, in words.
fn reason_text(reason: &str) -> [&'static str; 3] {
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

/// A difference as answered.
#[must_use]
pub fn difference_json(
    [one, other]: [CountingRule; 2],
    difference: &RuleDifference<'_>,
    links: &Partnerships,
) -> Value {
    let [first, second] = difference.counted;
    let authority =
        |id: &Id| refs::authority_reference(*id, &links.names.get(id).cloned().unwrap_or_default());
    json!({
        "partnership": refs::record_reference(Kind::Partnership, difference.partnership.id, &difference.partnership.name),
        "authorities": difference.pair.iter().map(authority).collect::<Vec<_>>(),
        "counted": [{"rule": one.code(), "counts": holds_code(first)}, {"rule": other.code(), "counts": holds_code(second)}],
        "reason": difference.reason, "label": label_json(reason_text(difference.reason)), "members": difference.members
    })
}

/// The differences as a table.
#[must_use]
pub fn difference_table(
    [one, other]: [CountingRule; 2],
    differences: &[RuleDifference<'_>],
    links: &Partnerships,
) -> Table {
    let headings = vec![
        ["partenariat", "提携", "partnership"],
        ["collectivité française", "フランスの自治体", "French authority"],
        ["collectivité japonaise", "日本の自治体", "Japanese authority"],
        [one.code(); 3],
        [other.code(); 3],
        ["motif", "理由", "reason"],
        ["champs", "項目", "members"],
    ];
    let rows = differences.iter().map(|difference| {
        let text = |text: Option<&Text>| {
            text.map_or(CellValue::Nothing, |text| CellValue::LanguageMap(text.to_label()))
        };
        let mut row = vec![text(Some(&difference.partnership.name))];
        row.extend(difference.pair.iter().map(|id| text(links.names.get(id))));
        row.extend(difference.counted.map(|holds| CellValue::Plain(holds_code(holds).into())));
        row.extend([
            CellValue::LanguageMap(label_json(reason_text(difference.reason))),
            CellValue::Plain(difference.members.join(" ")),
        ]);
        row
    });
    Table { headings, rows: rows.collect() }
}
