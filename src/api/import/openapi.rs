//! OpenAPI operation and schemas of import.
#![expect(clippy::indexing_slicing, reason = "a JSON value grows the member that it is indexed with")]

use super::request_body::MEDIA_TYPES;
use crate::api::collections::openapi;
use crate::api::tags::SYNC_TAG;
use crate::domain::kind::Kind;
use crate::http::openapi::{Components, content, parameter_ref, responses, schema_ref};
use crate::kinds::all;
use crate::transfer::import::intake::API_LIMITS;
use crate::transfer::import::options::ImportMode;
use serde_json::{Map, Value, json};

const IMPORT_DESCRIPTION: &str = "Each record has its `kind` beside the members of that kind; the lines of an export are such records. \
The order does not matter: references may point forward, in circles too. A record is found by its `id`, then by its \
identifiers and its natural key; a new one gets that `id`, or one of its own. Its `version`, if given, acts as `If-Match` \
where the record exists, and is ignored where it does not; other read-only members are ignored. Of one record that stands \
twice, the later is applied after the earlier.\n\n\
With `mode=merge`, the default, only the members given are written; null removes one. The other modes take each record as a \
whole, and what it leaves out is removed. In every mode a member that another origin wrote last is neither changed nor \
removed, and the record is rejected (`changed_elsewhere`, with `conflicts` of `{pointer, owner}`), unless it says that it \
knows: by its `version`, or by `base_version`, from which it was made, and onto which what others changed since is merged; \
then a whole record, too, removes of what others wrote only what it gives as null. A record all of which is there already \
is `unchanged`.\n\n\
Without `atomic`, records are written in batches of some hundreds, each in a transaction of its own, and a record that is \
rejected leaves the others alone. With it, one rejection undoes all: a 422 with `items` (the first 1000 that were \
rejected) and `summary`. With `dry_run` everything is done and then undone. Both are one long transaction, during which \
other writes may wait and be answered 503.\n\n\
With `Accept: text/event-stream` the answer is a stream: events `progress` while it goes on, an event `item` for every \
rejected record, and `summary` at the end; `problem` where the import had to end before. The JSON \
answer of an import in batches may begin with white space, sent as a sign of life. Whoever goes away ends such an import \
after the batch that is running. With an `Idempotency-Key` the answer is JSON, and is sent whole; it is kept when the \
import has ended, so that one that was interrupted is done again, which changes only what is missing.";

/// Returns the operation by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let flag = |name: &str, description: &str| json!({"name": name, "in": "query", "schema": {"type": "boolean", "default": false}, "description": description, "example": true});
    let mode = json!({"name": "mode", "in": "query", "description": "What becomes of a record that exists: only the members given \
        are written (`merge`), it is replaced (`replace`, or `upsert`; with `update` only that, so that a new one is rejected), \
        or it is rejected (`create`).",
        "schema": {"type": "string", "enum": ImportMode::ALL.map(|(name, _)| name), "default": "merge"}, "example": "merge"});
    let bodies: Map<String, Value> = (MEDIA_TYPES.iter())
        .map(|(media, _)| ((*media).to_owned(), json!({"schema": schema_ref("ImportInput")})))
        .collect();
    let mut answer = content("application/json", "ImportReport");
    answer["text/event-stream"] = json!({"schema": {"type": "string"}, "example": "event: progress\ndata: {\"done\":500,\"total\":501,\"created\":500,\"updated\":0,\"unchanged\":0,\"rejected\":0}\n\n"});
    let operation = json!({
        "operationId": "create_import", "tags": [SYNC_TAG.0], "summary": "Import records", "description": IMPORT_DESCRIPTION,
        "security": [{"key": []}],
        "parameters": [
            mode, flag("atomic", "Whether one rejected record undoes all."),
            flag("dry_run", "Whether everything is undone at the end."),
            parameter_ref("force"), parameter_ref("idempotency_key"), parameter_ref("change_comment"), parameter_ref("lang")
        ],
        "requestBody": {"required": true, "content": bodies, "description": format!(
            "One record on each line, or a JSON array; `Content-Encoding: gzip` is understood. At most {} records, {} bytes \
             in all when decompressed, {} bytes each.", API_LIMITS.records, API_LIMITS.bytes, API_LIMITS.record_bytes)},
        "responses": responses(
            vec![("207", json!({"description": "What became of each record", "content": answer})),
                ("200", json!({"description": "The same as server-sent events", "content": {"text/event-stream": answer["text/event-stream"]}}))],
            &["400", "401", "403", "409", "410", "413", "415", "422", "503"],
        )
    });
    Map::from_iter([("/v1/import".to_owned(), json!({"post": operation}))])
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let count = |description: &str, example: usize| json!({"type": "integer", "minimum": 0, "description": description, "examples": [example]});
    let flag = |description: &str, example: bool| json!({"type": "boolean", "description": description, "examples": [example]});
    let name = |kind: &Kind| format!("{}ImportInput", all::definition(*kind).schema_name());
    let kinds: Vec<Value> = Kind::ALL.iter().map(|kind| schema_ref(&name(kind))).collect();
    let mapping: Map<String, Value> = Kind::ALL
        .iter()
        .map(|kind| (kind.as_str().to_owned(), schema_ref(&name(kind))["$ref"].clone()))
        .collect();
    let bodies = openapi::schemas::all_components();
    let records = Kind::ALL.iter().filter_map(|kind| {
        let body = bodies.get(&format!("{}Input", all::definition(*kind).schema_name()))?;
        Some((name(kind), import_schema(*kind, body.clone())))
    });
    let example = json!([{"kind": "source", "title": {"fr": "Compte rendu"}, "reliability": "primary"}]);
    let mut components = Components::from([
        (
            "ImportInput".into(),
            json!({"type": "array", "description": "Records, each with its `kind`; one on each line where the body is lines.",
                "items": {"oneOf": kinds, "discriminator": {"propertyName": "kind", "mapping": mapping}}, "examples": [example]}),
        ),
        (
            "ImportReport".into(),
            json!({"type": "object", "description": "What became of the records of an import.", "required": ["items", "summary"], "properties": {
            "items": {"type": "array", "description": "Each record, in the order of the body.", "items": schema_ref("ImportItem")},
            "summary": schema_ref("ImportSummary")}}),
        ),
        (
            "ImportItem".into(),
            json!({"type": "object", "description": "What became of a record.", "required": ["index", "action"], "properties": {
            "index": count("Its place in the body, from 0; blank lines and the end line are not counted.", 0),
            "action": {"type": "string", "enum": ["created", "updated", "unchanged", "rejected"], "description": "What was done with it.", "examples": ["created"]},
            "id": {"type": "string", "format": "uuid", "description": "The record's UUID; absent where it was rejected.", "examples": ["0192d0a4-7c00-7000-8000-000000000001"]},
            "version": count("The record's version now; absent where it was rejected.", 1),
            "changed": {"type": "array", "description": "The members that it changed, as the feed tells them; absent where it was created or rejected.",
                "items": {"type": "string", "description": "A JSON Pointer.", "examples": ["/since"]}},
            "warnings": {"type": "array", "description": "Where it was updated: soft rules that the record breaks.", "items": schema_ref("Fault")},
            "problem": schema_ref("Problem")}}),
        ),
        (
            "ImportSummary".into(),
            json!({"type": "object", "description": "What became of all records; what would have, where nothing was committed.",
            "required": ["created", "updated", "unchanged", "rejected", "total", "dry_run", "atomic", "committed"], "properties": {
            "created": count("Records made.", 2), "updated": count("Records changed.", 1), "unchanged": count("Records that were so already.", 0),
            "rejected": count("Records refused.", 0), "total": count("Records of the body.", 3),
            "dry_run": flag("Whether everything was to be undone.", false), "atomic": flag("Whether one rejection undid all.", false),
            "committed": flag("Whether what was written stays.", true)}}),
        ),
    ]);
    components.extend(records);
    components
}

/// Returns the schema of a record in an import: the body of its kind with `kind`, and `id` and `version` if
/// any.
fn import_schema(kind: Kind, mut body: Value) -> Value {
    let kind = kind.as_str();
    body["description"] = format!("What can be imported of a {}.", kind.replace('_', " ")).into();
    body["properties"]["kind"] = json!({"type": "string", "const": kind, "description": "The kind of the record.", "examples": [kind]});
    body["properties"]["id"] = json!({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}],
        "description": "The id that the record has, or gets.", "examples": ["0192d0a4-7c00-7000-8000-000000000001"]});
    body["properties"]["version"] = json!({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}],
        "description": "The version that is to be written over; another by now is a rejection.", "examples": [7]});
    body["properties"]["base_version"] = json!({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}],
        "description": "The version that it was made from: what others changed since is kept.", "examples": [6]});
    let required: Vec<&str> =
        body["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !required.is_empty() {
        let description = format!(" A new or whole one needs {}.", required.join(", "));
        body["description"] =
            [body["description"].as_str().unwrap_or_default(), &description].concat().into();
    }
    body["required"] = json!(["kind"]);
    for example in body["examples"].as_array_mut().into_iter().flatten() {
        example["kind"] = kind.into();
    }
    body
}
