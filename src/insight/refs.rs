//! References to records, as answers show them.

use crate::db::types::Id;
use crate::error::Result;
use crate::registry::content;
use crate::registry::engine::named_reference;
use crate::registry::store::RecordName;
use crate::vocabulary::{Kind, PartialDate, Text};
use serde_json::{Map, Value};

/// A reference to a record of a kind.
#[must_use]
pub fn record_reference(kind: Kind, id: Id, name: &Text) -> Value {
    named_reference(&id.to_string(), &RecordName { kind: kind.as_str().into(), name: name.clone() }).into()
}

/// A reference to a record of a kind, by its name as stored.
///
/// # Errors
/// When the name is damaged.
pub fn reference_with_stored_name(kind: Kind, id: Id, name: &str) -> Result<Value> {
    Ok(record_reference(kind, id, &content::parse_stored_name(kind.as_str(), id, name)?))
}

/// A reference to an authority.
#[must_use]
pub fn authority_reference(id: Id, name: &Text) -> Value {
    record_reference(Kind::Authority, id, name)
}

/// A date with its bounds and label.
#[must_use]
pub fn date_json(edtf: &str) -> Value {
    let mut date = Map::new();
    date.insert("edtf".into(), edtf.into());
    PartialDate::add_bounds_and_label(edtf, &mut date);
    date.into()
}

/// A label in three languages.
#[must_use]
pub fn label_json([fr, ja, en]: [&str; 3]) -> Value {
    serde_json::json!({"fr": fr, "ja": ja, "en": en})
}
