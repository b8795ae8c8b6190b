//! References to records, as answers show them.

use crate::db::types::Id;
use crate::error::Result;
use crate::registry::content;
use crate::registry::engine::names_of;
use crate::registry::store::Named;
use crate::vocabulary::{Kind, PartialDate, Text};
use serde_json::{Map, Value};

/// A reference to a record of a kind.
#[must_use]
pub fn reference(kind: Kind, id: Id, name: &Text) -> Value {
    names_of(&id.to_string(), &Named { kind: kind.as_str().into(), name: name.clone() }).into()
}

/// A reference to a record of a kind, by its name as stored.
///
/// # Errors
/// When the name is damaged.
pub fn named(kind: Kind, id: Id, name: &str) -> Result<Value> {
    Ok(reference(kind, id, &content::name(kind.as_str(), id, name)?))
}

/// A reference to an authority.
#[must_use]
pub fn authority(id: Id, name: &Text) -> Value {
    reference(Kind::Authority, id, name)
}

/// A date with its bounds and label.
#[must_use]
pub fn date(edtf: &str) -> Value {
    let mut date = Map::new();
    date.insert("edtf".into(), edtf.into());
    PartialDate::present(edtf, &mut date);
    date.into()
}

/// A label in three languages.
#[must_use]
pub fn label([fr, ja, en]: [&str; 3]) -> Value {
    serde_json::json!({"fr": fr, "ja": ja, "en": en})
}
