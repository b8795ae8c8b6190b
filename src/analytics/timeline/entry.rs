//! JSON of a timeline entry.

use super::queries::{EditionContents, TimelineRow};
use crate::analytics::dated_members::DATED_MEMBERS;
use crate::analytics::references::{self, date_json, label_json};
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::domain::vocabularies::rencontre::RencontreStatus;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use serde_json::{Map, Value};

/// Returns the JSON of a timeline entry; none if its member is not in [`DATED_MEMBERS`].
///
/// Entries of editions also have the status of the dates, and the reason why they were changed.
///
/// # Errors
/// If the stored name of the record is not valid JSON of a text.
pub fn entry_json(row: &TimelineRow, schedules: &EditionContents) -> Result<Option<Value>> {
    let Some(kind) = Kind::from_name(&row.kind) else { return Ok(None) };
    let member = DATED_MEMBERS.iter().find(|dated| dated.kind == kind && dated.pointer == row.pointer);
    let Some(member) = member else { return Ok(None) };
    let mut item = Map::new();
    item.insert("date".into(), date_json(&row.edtf));
    item.insert("category".into(), member.code.into());
    item.insert("label".into(), label_json(member.label));
    item.insert("record".into(), references::reference_with_stored_name(kind, row.id, &row.name)?);
    item.insert("pointer".into(), row.pointer.clone().into());
    if kind == Kind::Rencontre {
        let edition = schedules.get(&row.id).unwrap_or(&Value::Null);
        let dated_item = if row.pointer == "/dates" {
            edition
        } else {
            let index = usize::try_from(row.position).unwrap_or(usize::MAX);
            edition.get("schedule").and_then(|all| all.get(index)).unwrap_or(&Value::Null)
        };
        let status = dated_item.get("status").and_then(Value::as_str).and_then(RencontreStatus::from_code);
        if let Some(status) = status {
            item.insert("status".into(), status.code().into());
            if row.pointer != "/dates" {
                item.insert("label".into(), label_json(status.term().label));
            }
        }
        item.extend(dated_item.get("reason").map(|reason| ("reason".to_owned(), reason.clone())));
    }
    Ok(Some(item.into()))
}
