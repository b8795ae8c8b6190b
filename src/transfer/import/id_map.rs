//! Ids of a file that stand for other ids here: a record that was found by its identifiers keeps the id it has, and
//! references to the id in the file lead to it.

use crate::db::types::Id;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Ids of records here, by their ids in the file.
#[derive(Default)]
pub(super) struct IdMap(Mutex<HashMap<String, String>>);

impl IdMap {
    /// A record of the file is known here by another id.
    pub(super) fn add(&self, there: Option<Id>, here: Id) {
        if let Some(there) = there.filter(|there| *there != here) {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(there.to_string(), here.to_string());
        }
    }

    /// Makes the references of a record lead to the ids here.
    pub(super) fn rewrite_references(&self, record: &mut Value) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.is_empty() {
            replace_ids(record, &known);
        }
    }
}

fn replace_ids(value: &mut Value, known: &HashMap<String, String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace_ids(item, known)),
        Value::Object(members) => {
            for (name, member) in members {
                let here =
                    member.as_str().filter(|_| name == "id").and_then(|id| known.get(&id.to_lowercase()));
                match here {
                    Some(here) => *member = here.as_str().into(),
                    None => replace_ids(member, known),
                }
            }
        }
        _ => {}
    }
}
