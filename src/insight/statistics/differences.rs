//! Where two counting rules differ, link by link, as answered.

use super::counting::Counting;
use super::links::{Difference, Links};
use crate::db::types::Id;
use crate::insight::refs::{self, label};
use crate::insight::table::{Sheet, Shown};
use crate::vocabulary::validity::Holds;
use crate::vocabulary::{Kind, Text};
use serde_json::{Value, json};

/// Whether something holds, as answered.
#[must_use]
pub const fn said(holds: Holds) -> &'static str {
    match holds {
        Holds::Yes => "yes",
        Holds::Possible => "possible",
        Holds::No => "no",
    }
}

/// Why two rules differ, in words.
fn why(reason: &str) -> [&'static str; 3] {
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
pub fn difference([one, other]: [Counting; 2], told: &Difference<'_>, links: &Links) -> Value {
    let [first, second] = told.says;
    let authority = |id: &Id| refs::authority(*id, &links.names.get(id).cloned().unwrap_or_default());
    json!({
        "partnership": refs::reference(Kind::Partnership, told.link.id, &told.link.name),
        "authorities": told.pair.iter().map(authority).collect::<Vec<_>>(),
        "counted": [{"rule": one.code(), "counts": said(first)}, {"rule": other.code(), "counts": said(second)}],
        "reason": told.reason, "label": label(why(told.reason)), "members": told.members
    })
}

/// The differences as a table.
#[must_use]
pub fn sheet([one, other]: [Counting; 2], told: &[Difference<'_>], links: &Links) -> Sheet {
    let headings = vec![
        ["partenariat", "提携", "partnership"],
        ["collectivité française", "フランスの自治体", "French authority"],
        ["collectivité japonaise", "日本の自治体", "Japanese authority"],
        [one.code(); 3],
        [other.code(); 3],
        ["motif", "理由", "reason"],
        ["champs", "項目", "members"],
    ];
    let rows = told.iter().map(|told| {
        let text = |text: Option<&Text>| text.map_or(Shown::Nothing, |text| Shown::Text(text.label()));
        let mut row = vec![text(Some(&told.link.name))];
        row.extend(told.pair.iter().map(|id| text(links.names.get(id))));
        row.extend(told.says.map(|holds| Shown::Plain(said(holds).into())));
        row.extend([Shown::Text(label(why(told.reason))), Shown::Plain(told.members.join(" "))]);
        row
    });
    Sheet { headings, rows: rows.collect() }
}
