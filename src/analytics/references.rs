//! JSON of references to records, of dates and of three-language labels in responses.

use crate::db::types::Id;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::store::damage;
use crate::store::records::{RecordName, named_reference};
use serde_json::{Map, Value};

/// Returns the JSON of a reference to a record.
#[must_use]
pub fn record_reference(kind: Kind, id: Id, name: &Text) -> Value {
    named_reference(&id.to_string(), &RecordName { kind: kind.as_str().into(), name: name.clone() }).into()
}

/// Returns the JSON of a reference to a record, given its name as stored.
///
/// # Errors
/// If the stored name is not valid JSON of a text.
pub fn reference_with_stored_name(kind: Kind, id: Id, name: &str) -> Result<Value> {
    Ok(record_reference(kind, id, &damage::parse_stored_name(kind.as_str(), id, name)?))
}

/// Returns the JSON of a reference to an authority.
#[must_use]
pub fn authority_reference(id: Id, name: &Text) -> Value {
    record_reference(Kind::Authority, id, name)
}

/// Returns the JSON of an EDTF date with its bounds and label.
#[must_use]
pub fn date_json(edtf: &str) -> Value {
    let mut date = Map::new();
    date.insert("edtf".into(), edtf.into());
    PartialDate::add_bounds_and_label(edtf, &mut date);
    date.into()
}

/// Returns the JSON of a label in French, Japanese and English.
#[must_use]
pub fn label_json([fr, ja, en]: [&str; 3]) -> Value {
    serde_json::json!({"fr": fr, "ja": ja, "en": en})
}
