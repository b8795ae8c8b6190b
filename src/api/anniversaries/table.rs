//! Anniversaries as a table, for CSV.

use crate::formats::table::{Table, TableHeading};
use serde_json::Value;

const HEADINGS: [TableHeading; 8] = [
    ["ans", "周年", "years"],
    ["jour", "日付", "day"],
    ["nom", "名称", "name"],
    ["événement", "事項", "event"],
    ["date", "年月日", "date"],
    ["date en toutes lettres", "年月日（表記）", "date in words"],
    ["certitude", "確実性", "certainty"],
    ["adresse", "URL", "address"],
];

/// Returns a row per anniversary.
#[must_use]
pub(super) fn anniversary_table(items: &[Value]) -> Table {
    let pointers = [
        "/years",
        "/on",
        "/record/name",
        "/label",
        "/date/edtf",
        "/date/label",
        "/certainty",
        "/record/href",
    ];
    Table::from_items(HEADINGS, pointers, items)
}
