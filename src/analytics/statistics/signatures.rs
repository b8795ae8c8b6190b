//! JSON of visits with the texts signed after them.

use super::activity::is_signed_within;
use super::differences::holds_code;
use super::queries;
use crate::analytics::references;
use crate::db::types;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::validity::Holds;
use crate::records::read::queries::RecordPage;
use serde_json::{Map, Value, json};

/// Returns the JSON of a page of visits: each with its delegation and the texts signed within `months` after
/// it.
#[must_use]
pub fn visits_json(page: &RecordPage, candidates: &[queries::PossibleOutcome], months: i64) -> Value {
    let id = |visit: &Map<String, Value>| visit.get("id")?.as_str().and_then(types::parse_record_id);
    let item = |visit: &Map<String, Value>| {
        let member = |name: &str| visit.get(name).cloned().unwrap_or_default();
        let visit_id = id(visit);
        let dates = visit.get("dates").and_then(|dates| dates.get("edtf")?.as_str());
        let dates = dates.and_then(PartialDate::parse);
        let signature = |one: &queries::PossibleOutcome| {
            let certainty = match (&dates, &one.signed) {
                (Some(dates), Some(signed)) => is_signed_within(dates, signed, months),
                _ => Holds::Possible,
            };
            let mut signature = Map::new();
            signature.insert(
                "memorandum".into(),
                references::record_reference(Kind::Memorandum, one.memorandum, &one.name),
            );
            let signed = one.signed.as_ref().map(|signed| references::date_json(signed.edtf().as_str()));
            signature.extend(signed.map(|signed| ("signed".to_owned(), signed)));
            signature.insert("certainty".into(), holds_code(certainty).into());
            signature.insert("basis".into(), if one.is_stated { "stated" } else { "parties" }.into());
            let shared = one
                .in_common
                .iter()
                .map(|(id, name)| references::authority_reference(*id, name))
                .collect::<Vec<_>>();
            signature.insert("in_common".into(), shared.into());
            (certainty != Holds::No).then(|| Value::from(signature))
        };
        let signatures = candidates.iter().filter(|one| Some(one.visit) == visit_id).filter_map(signature);
        let mut item = Map::new();
        let reference = visit_id.map(|id| {
            let name = Text::from_language_map(&member("label"));
            references::record_reference(Kind::Visit, id, &name)
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
