//! The visits, who led each, and what was signed after it, as answered.

use super::activity::is_signed_within;
use super::differences::holds_code;
use super::store;
use crate::insight::refs;
use crate::insight::table::{CellValue, Table, TableHeading};
use crate::registry::engine::RecordPage;
use crate::registry::store as records;
use crate::vocabulary::validity::Holds;
use crate::vocabulary::{Kind, PartialDate, Text};
use serde_json::{Map, Value, json};

/// The visits, who led each, and what was signed within the period after it.
#[must_use]
pub fn visits_json(page: &RecordPage, candidates: &[store::PossibleOutcome], months: i64) -> Value {
    let id = |visit: &Map<String, Value>| visit.get("id")?.as_str().and_then(records::parse_record_id);
    let item = |visit: &Map<String, Value>| {
        let member = |name: &str| visit.get(name).cloned().unwrap_or_default();
        let own = id(visit);
        let dates = visit.get("dates").and_then(|dates| dates.get("edtf")?.as_str());
        let dates = dates.and_then(PartialDate::parse);
        let signature = |one: &store::PossibleOutcome| {
            let certainty = match (&dates, &one.signed) {
                (Some(dates), Some(signed)) => is_signed_within(dates, signed, months),
                _ => Holds::Possible,
            };
            let mut signature = Map::new();
            signature.insert(
                "memorandum".into(),
                refs::record_reference(Kind::Memorandum, one.memorandum, &one.name),
            );
            let signed = one.signed.as_ref().map(|signed| refs::date_json(signed.edtf().as_str()));
            signature.extend(signed.map(|signed| ("signed".to_owned(), signed)));
            signature.insert("certainty".into(), holds_code(certainty).into());
            signature.insert("basis".into(), if one.is_stated { "stated" } else { "parties" }.into());
            let shared = one
                .in_common
                .iter()
                .map(|(id, name)| refs::authority_reference(*id, name))
                .collect::<Vec<_>>();
            signature.insert("in_common".into(), shared.into());
            (certainty != Holds::No).then(|| Value::from(signature))
        };
        let signatures = candidates.iter().filter(|one| Some(one.visit) == own).filter_map(signature);
        let mut item = Map::new();
        let reference = own.map(|id| {
            let name = Text::from_language_map(&member("label"));
            refs::record_reference(Kind::Visit, id, &name)
        });
        item.insert("visit".into(), reference.unwrap_or_default());
        item.insert("dates".into(), member("dates"));
        item.insert("direction".into(), member("direction"));
        item.insert("led_by".into(), member("delegation"));
        item.insert("signatures".into(), signatures.collect::<Vec<_>>().into());
        Value::from(item)
    };
    let items: Vec<Value> = page.items.iter().map(item).collect();
    json!({"total": page.total, "items": items})
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

/// A line for each visit and signature; those who led it are the first of the delegation.
#[must_use]
pub fn signature_table(visits: &Value) -> Table {
    let mut rows = Vec::new();
    for visit in visits.get("items").and_then(Value::as_array).into_iter().flatten() {
        let at = |pointer: &str| CellValue::from_json(visit.pointer(pointer).unwrap_or(&Value::Null));
        let none = [Value::Null];
        let signatures = visit.get("signatures").and_then(Value::as_array).filter(|all| !all.is_empty());
        for signature in signatures.map_or(&none[..], Vec::as_slice) {
            let of = |pointer: &str| CellValue::from_json(signature.pointer(pointer).unwrap_or(&Value::Null));
            rows.push(vec![
                at("/visit/name"),
                at("/dates/edtf"),
                at("/direction"),
                at("/led_by/0/person/name"),
                at("/led_by/0/represents/name"),
                of("/memorandum/name"),
                of("/signed/edtf"),
                of("/certainty"),
            ]);
        }
    }
    Table { headings: SIGNATURE_HEADINGS.to_vec(), rows }
}
