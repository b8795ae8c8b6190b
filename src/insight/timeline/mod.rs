//! Everything dated, of an authority or of the whole registry, in the order of time.

pub mod document;
pub mod handlers;
pub mod store;

use super::dated::DATED_MEMBERS;
use super::refs::{self, date_json, label_json};
use super::table::{Table, TableHeading};
use crate::error::Result;
use crate::vocabulary::Kind;
use crate::vocabulary::codes::{RencontreStatus, Vocabulary as _};
use serde_json::{Map, Value};
use store::{EditionContents, TimelineRow};

/// A point of the timeline as answered. Of an edition's schedule, what became of the dates.
///
/// # Errors
/// When the name of its record is damaged.
pub fn entry_json(row: &TimelineRow, schedules: &EditionContents) -> Result<Option<Value>> {
    let Some(kind) = Kind::from_name(&row.kind) else { return Ok(None) };
    let what = DATED_MEMBERS.iter().find(|dated| dated.kind == kind && dated.pointer == row.pointer);
    let Some(what) = what else { return Ok(None) };
    let mut item = Map::new();
    item.insert("date".into(), date_json(&row.edtf));
    item.insert("category".into(), what.code.into());
    item.insert("label".into(), label_json(what.label));
    item.insert("record".into(), refs::reference_with_stored_name(kind, row.id, &row.name)?);
    item.insert("pointer".into(), row.pointer.clone().into());
    if kind == Kind::Rencontre {
        let edition = schedules.get(&row.id).unwrap_or(&Value::Null);
        let about = if row.pointer == "/dates" {
            edition
        } else {
            let index = usize::try_from(row.position).unwrap_or(usize::MAX);
            edition.get("schedule").and_then(|all| all.get(index)).unwrap_or(&Value::Null)
        };
        let status = about.get("status").and_then(Value::as_str).and_then(RencontreStatus::from_code);
        if let Some(status) = status {
            item.insert("status".into(), status.code().into());
            if row.pointer != "/dates" {
                item.insert("label".into(), label_json(status.term().label));
            }
        }
        item.extend(about.get("reason").map(|reason| ("reason".to_owned(), reason.clone())));
    }
    Ok(Some(item.into()))
}

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

/// The points of a page as a table.
#[must_use]
pub fn timeline_table(items: &[Value]) -> Table {
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
