//! OpenAPI operations and schemas of a record's history.
#![expect(clippy::indexing_slicing, reason = "a JSON value grows the member that it is indexed with")]

use super::parameters::id_parameter;
use crate::api::collections::collection::Collection;
use crate::http::openapi::{
    Components, add_parameters, content, header_refs, if_match_parameter, if_none_match_parameter,
    parameter_ref, parameter_refs, responses, schema_ref,
};
use serde_json::{Map, Value, json};

const EXAMPLE_ID: &str = "0192d0a4-7c00-7000-8000-000000000001";

impl Collection {
    /// Adds the operations of a record's history, and of merging.
    pub(super) fn add_history_paths(self, paths: &mut Map<String, Value>) {
        let below = |rest: &str| format!("/v1/{}/{{id}}{rest}", self.0.path());
        let id = || id_parameter(self.0);
        let get = |operation: Value| json!({"parameters": [id(), version_parameter()], "get": operation});
        paths.insert(below("/versions"), json!({"parameters": [id()], "get": self.versions_operation()}));
        paths.insert(below("/versions/{n}"), get(self.version_operation()));
        paths.insert(below("/versions/{n}/diff"), get(self.diff_operation()));
        paths.insert(
            below("/versions/{n}/restore"),
            json!({"parameters": [id(), version_parameter()], "post": self.restore_operation()}),
        );
        paths.insert(
            below("/merge-into/{other}"),
            json!({"parameters": [id(), other_parameter()], "post": self.merge_operation()}),
        );
    }

    fn history_operation(self, verb: &str, noun: &str, summary: &str, description: &str) -> Value {
        let mut operation = self.new_operation(verb, summary, description);
        operation["operationId"] = format!("{verb}_{}{noun}", self.0.as_str()).into();
        operation
    }

    fn versions_operation(self) -> Value {
        let description = "Newest first; of a record that was deleted, merged or erased as well.";
        let summary = format!("List the versions of {}", self.noun_with_article());
        let mut operation = self.history_operation("list", "_versions", &summary, description);
        operation["parameters"] = json!([
            parameter_ref("limit"),
            parameter_ref("cursor"),
            if_none_match_parameter(),
            parameter_ref("lang")
        ]);
        let page = json!({"headers": header_refs(&["ETag", "Link"]), "description": "A page", "content": content("application/json", "VersionPage")});
        operation["responses"] =
            responses(vec![("200", page), not_modified_response()], &["400", "404", "503"]);
        operation
    }

    fn version_operation(self) -> Value {
        let description = "As it was in that version. Names of what it refers to and all else that is derived are of today.";
        let summary = format!("Get {} as it was in a version", self.noun_with_article());
        let mut operation = self.history_operation("get", "_version", &summary, description);
        operation["parameters"] = json!([if_none_match_parameter(), parameter_ref("lang")]);
        operation["responses"] = responses(
            vec![("200", self.response_with_record("The record")), not_modified_response()],
            &["400", "404", "410", "503"],
        );
        operation
    }

    fn diff_operation(self) -> Value {
        let description =
            "The JSON Patch (RFC 6902) that turns version `from` into this one, as both are answered.";
        let summary = format!("Compare two versions of {}", self.noun_with_article());
        let mut operation = self.history_operation("diff", "_version", &summary, description);
        let from = json!({
            "name": "from", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_i64}, "example": 0,
            "description": "The version to start from, by default the one before; 0, like a deletion, is the empty object."
        });
        operation["parameters"] = json!([from, if_none_match_parameter(), parameter_ref("lang")]);
        let patch = json!({"description": "The operations", "headers": header_refs(&["ETag"]), "content": content("application/json-patch+json", "JsonPatch")});
        operation["responses"] =
            responses(vec![("200", patch), not_modified_response()], &["400", "404", "410", "503"]);
        operation
    }

    fn restore_operation(self) -> Value {
        let description = "Makes the record again what it was in that version: by the rules and references of today. What \
                     other origins cite stays, and every member belongs again to whoever it belonged to then. `If-Match` is \
                     needed; `*` overrides on purpose what others wrote since, but not the own members of an origin whose \
                     identifier the record bears (409 `owned_elsewhere`). A deleted record revives.";
        let summary = format!("Restore {} as it was in a version", self.noun_with_article());
        let mut operation = self.history_operation("restore", "_version", &summary, description);
        operation["parameters"] =
            parameter_refs(&["dry_run", "force", "idempotency_key", "change_comment", "lang"]);
        add_parameters(&mut operation["parameters"], &[if_match_parameter(true)]);
        let problems = &["400", "401", "403", "404", "409", "410", "412", "422", "428", "503"];
        self.add_write_responses(&mut operation, false, problems);
        operation
    }

    fn merge_operation(self) -> Value {
        let description = "Both records are one thing, known twice. The first becomes a tombstone that leads to the other (301); \
                     what refers to it refers to the other from now on, and its identifiers move there. Nothing else of \
                     it moves. If a rule refuses one of the records that would be written again, nothing is written, and \
                     `record` names that record. `If-Match` is about the first. Where other origins wrote any of the first, it is a 409 \
                     `changed_elsewhere`, unless an administrator merges, or `force=true` is said with the scope `override`; where the \
                     key may not write the kind of what refers to the first, a 403 names the scopes.";
        let mut operation = self.history_operation(
            "merge",
            "",
            &format!("Merge {} into another", self.noun_with_article()),
            description,
        );
        operation["parameters"] =
            parameter_refs(&["dry_run", "force", "idempotency_key", "change_comment", "lang"]);
        add_parameters(&mut operation["parameters"], &[if_match_parameter(true)]);
        let problems = &["400", "401", "403", "404", "409", "410", "412", "422", "503"];
        self.add_write_responses(&mut operation, false, problems);
        operation
    }
}

fn not_modified_response() -> (&'static str, Value) {
    ("304", json!({"description": "It has not changed since the `If-None-Match` given"}))
}

fn version_parameter() -> Value {
    json!({
        "name": "n", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}, "example": 1,
        "description": "The number of the version."
    })
}

fn other_parameter() -> Value {
    json!({
        "name": "other", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 129},
        "description": "The record that stays: its UUID, or `scheme:value` of one of its identifiers.", "example": EXAMPLE_ID
    })
}

/// Returns the schemas of the history by name.
#[must_use]
pub fn history_schemas() -> Components {
    let member = |kind: &str, description: &str, example: Value| json!({"type": kind, "description": description, "examples": [example]});
    let id = |description: &str| json!({"type": "string", "format": "uuid", "description": description, "examples": [EXAMPLE_ID]});
    let version = json!({
        "type": "object", "description": "A version of a record: what was done, by whom and when.",
        "required": ["seq", "version", "op", "origin", "actor", "at", "batch_id", "changed", "href"],
        "properties": {
            "seq": member("integer", "Its number in the feed of changes.", 4711.into()),
            "version": member("integer", "Its number among the record's.", 7.into()),
            "op": member("string", "What was done: `create`, `update`, `delete`, `restore`, `merge`.", "update".into()),
            "origin": member("string", "The organisation that wrote it.", "clair".into()),
            "actor": member("string", "The key that wrote it.", "0192d0a47c00700080000000000000aa".into()),
            "at": {"type": "string", "format": "date-time", "description": "When, in UTC.", "examples": ["2026-11-22T09:30:00.000000Z"]},
            "batch_id": id("What was written together has this in common."),
            "changed": {"type": "array", "items": {"type": "string"}, "description": "The members that changed, as JSON Pointers.", "examples": [["/since"]]},
            "comment": member("string", "Why, in the writer's words.", "Date checked in the archive".into()),
            "overrode": {"type": "array", "description": "The members taken over from other origins on purpose.", "items": {
                "type": "object", "required": ["pointer", "owner"], "properties": {
                    "pointer": member("string", "The member.", "/since".into()),
                    "owner": member("string", "The origin that had written it.", "cuf".into())}}},
            "replaced_by": id("The record that it was merged into."),
            "href": {"type": "string", "format": "uri-reference", "description": "Where that version is read.", "examples": [format!("/v1/partnerships/{EXAMPLE_ID}/versions/7")]}
        }
    });
    let page = json!({
        "type": "object", "description": "One page of versions.", "required": ["items", "page"],
        "properties": {
            "items": {"type": "array", "items": schema_ref("Version"), "description": "The versions, newest first."},
            "page": schema_ref("Page")
        }
    });
    Components::from([("Version".to_owned(), version), ("VersionPage".to_owned(), page)])
}
