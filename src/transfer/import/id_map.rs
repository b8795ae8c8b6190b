//! Maps ids of the file to the ids of records that exist already.
//!
//! A record found by its identifiers keeps the id it has in the registry; references to its id in the file
//! are rewritten to that id.

use crate::db::types::Id;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Ids in the registry, by the ids in the file.
#[derive(Default)]
pub(super) struct IdMap(Mutex<HashMap<String, String>>);

impl IdMap {
    /// Maps the id of a record in the file to its id in the registry, if they differ.
    pub(super) fn add(&self, file_id: Option<Id>, registry_id: Id) {
        if let Some(file_id) = file_id.filter(|id| *id != registry_id) {
            let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            ids.insert(file_id.to_string(), registry_id.to_string());
        }
    }

    /// Rewrites the references of a record to the ids in the registry.
    pub(super) fn rewrite_references(&self, record: &mut Value) {
        let ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !ids.is_empty() {
            replace_ids(record, &ids);
        }
    }
}

/// Replaces every member `id` that is mapped, at any depth.
fn replace_ids(value: &mut Value, ids: &HashMap<String, String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace_ids(item, ids)),
        Value::Object(members) => {
            for (name, member) in members {
                let mapped =
                    member.as_str().filter(|_| name == "id").and_then(|id| ids.get(&id.to_lowercase()));
                match mapped {
                    Some(id) => *member = id.as_str().into(),
                    None => replace_ids(member, ids),
                }
            }
        }
        _ => {}
    }
}
