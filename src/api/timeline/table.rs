//! The timeline as a table, for CSV.

use crate::formats::table::{Table, TableHeading};
use serde_json::Value;

const HEADINGS: [TableHeading; 9] = [
    ["du", "開始", "from"],
    ["au", "終了", "to"],
    ["date", "年月日", "date"],
    ["date en toutes lettres", "年月日（表記）", "date in words"],
    ["événement", "事項", "event"],
    ["nom", "名称", "name"],
    ["état", "状況", "status"],
    ["motif", "理由", "reason"],
    ["adresse", "URL", "address"],
];

/// Returns the entries of a page, a row each.
#[must_use]
pub(super) fn timeline_table(items: &[Value]) -> Table {
    let pointers = [
        "/date/earliest",
        "/date/latest",
        "/date/edtf",
        "/date/label",
        "/label",
        "/record/name",
        "/status",
        "/reason",
        "/record/href",
    ];
    Table::from_items(HEADINGS, pointers, items)
}
