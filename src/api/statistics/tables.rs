//! The statistics as tables, for CSV.

use crate::analytics::references::label_json;
use crate::analytics::statistics::count_table::{CountTable, Dimension};
use crate::analytics::statistics::counting_rules::CountingRule;
use crate::analytics::statistics::differences::{holds_code, reason_text};
use crate::analytics::statistics::participation::code_label;
use crate::analytics::statistics::partnership_counts::RuleDifference;
use crate::analytics::statistics::partnership_links::Partnerships;
use crate::domain::text::Text;
use crate::domain::vocabularies::figure::Qualifier;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::formats::table::{CellValue, Table, TableHeading};
use serde_json::Value;

/// Returns the differences between two counting rules, a row per partnership.
#[must_use]
pub(super) fn difference_table(
    [first, second]: [CountingRule; 2],
    differences: &[RuleDifference<'_>],
    links: &Partnerships,
) -> Table {
    let headings = vec![
        ["partenariat", "提携", "partnership"],
        ["collectivité française", "フランスの自治体", "French authority"],
        ["collectivité japonaise", "日本の自治体", "Japanese authority"],
        [first.code(); 3],
        [second.code(); 3],
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

/// Returns the counts: code and label of each dimension, then the counts and the rule.
pub(super) fn counts_table(rule: &str, group_by: &[Dimension], rows: &CountTable) -> Table {
    let mut headings: Vec<TableHeading> = Vec::new();
    for dimension in group_by {
        let (_, code_heading, label) = dimension.code_heading_and_label();
        headings.extend([[code_heading; 3], label]);
    }
    headings.extend([
        ["nombre", "件数", "count"],
        ["possibles", "可能性あり", "possible"],
        ["règle de comptage", "集計基準", "counting rule"],
    ]);
    let table_row = |row: &Value| {
        let at = |pointer: &str| row.pointer(pointer).unwrap_or(&Value::Null);
        let mut cells = Vec::new();
        for key in at("/keys").as_array().into_iter().flatten() {
            let member = |name: &str| key.get(name).cloned().unwrap_or_default();
            let code = key.pointer("/record/href").cloned().unwrap_or_else(|| member("code"));
            cells.extend([CellValue::from_json(&code), CellValue::from_json(&member("label"))]);
        }
        cells.extend([
            CellValue::from_json(at("/count")),
            CellValue::from_json(at("/possible")),
            CellValue::Plain(rule.to_owned()),
        ]);
        cells
    };
    Table { headings, rows: rows.rows_json(group_by).iter().map(table_row).collect() }
}

const PARTICIPATION_HEADINGS: [TableHeading; 10] = [
    ["édition", "回", "edition"],
    ["Rencontres", "会議", "meeting"],
    ["dates", "日程", "dates"],
    ["partie", "集計区分", "side"],
    ["mesure", "計測対象", "measure"],
    ["précision", "精度", "qualifier"],
    ["valeur", "数値", "value"],
    ["source", "出典", "source"],
    ["adresse de la source", "出典のURL", "source address"],
    ["participants enregistrés", "登録された参加自治体", "participants recorded"],
];

/// Returns participation: a row per figure; an edition and side without figures has one with empty cells.
#[must_use]
pub(super) fn participation_table(rows: &[Value]) -> Table {
    let mut table_rows = Vec::new();
    for row in rows {
        let at = |pointer: &str| CellValue::from_json(row.pointer(pointer).unwrap_or(&Value::Null));
        let none = [Value::Null];
        let figures = row.get("figures").and_then(Value::as_array).filter(|all| !all.is_empty());
        for figure in figures.map_or(&none[..], Vec::as_slice) {
            let figure_at =
                |pointer: &str| CellValue::from_json(figure.pointer(pointer).unwrap_or(&Value::Null));
            let qualifier = code_label(figure.get("qualifier").unwrap_or(&Value::Null), Qualifier::TERMS);
            table_rows.push(vec![
                at("/number"),
                at("/rencontre/name"),
                at("/dates/edtf"),
                at("/label"),
                figure_at("/label"),
                CellValue::from_json(&qualifier),
                figure_at("/value"),
                figure_at("/source/name"),
                figure_at("/source/href"),
                at("/recorded"),
            ]);
        }
    }
    Table { headings: PARTICIPATION_HEADINGS.to_vec(), rows: table_rows }
}

const SIGNATURE_HEADINGS: [TableHeading; 8] = [
    ["visite", "訪問", "visit"],
    ["dates", "日程", "dates"],
    ["sens", "方向", "direction"],
    ["conduite par", "代表者", "led by"],
    ["pour", "所属", "for"],
    ["texte signé ensuite", "その後の調印文書", "signed afterwards"],
    ["signature", "調印日", "signed"],
    ["certitude", "確実性", "certainty"],
];

/// Returns a row per visit and text signed after it; only the first leader of the delegation is shown.
#[must_use]
pub(super) fn signature_table(visits: &Value) -> Table {
    let mut rows = Vec::new();
    for visit in visits.get("items").and_then(Value::as_array).into_iter().flatten() {
        let at = |pointer: &str| CellValue::from_json(visit.pointer(pointer).unwrap_or(&Value::Null));
        let none = [Value::Null];
        let signatures = visit.get("signatures").and_then(Value::as_array).filter(|all| !all.is_empty());
        for signature in signatures.map_or(&none[..], Vec::as_slice) {
            let signature_at =
                |pointer: &str| CellValue::from_json(signature.pointer(pointer).unwrap_or(&Value::Null));
            rows.push(vec![
                at("/visit/name"),
                at("/dates/edtf"),
                at("/direction"),
                at("/led_by/0/person/name"),
                at("/led_by/0/represents/name"),
                signature_at("/memorandum/name"),
                signature_at("/signed/edtf"),
                signature_at("/certainty"),
            ]);
        }
    }
    Table { headings: SIGNATURE_HEADINGS.to_vec(), rows }
}
