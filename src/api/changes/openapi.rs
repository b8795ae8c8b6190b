//! OpenAPI operations and schemas of the change feed, snapshot, RPDE and sync status.

use crate::api::filter_params::kind_names;
use crate::api::tags::SYNC_TAG;
use crate::domain::kind::Kind;
use crate::http::openapi::{
    Components, codes_parameter, parameter_ref, query_parameter, responses, schema_ref, string_schema,
};
use serde_json::{Value, json};

const FEED_DESCRIPTION: &str = "Every version of every record in the order of the commits, deletions included, for ever. Keep `next` \
with what you took from the page, and ask for it again: the same address gives the same changes, or more. Records are as \
stored, without what answers derive (labels, names of Refs). Changes of one transaction share `batch_id`; a page may end \
inside one. A cursor of before a restoration is a 410: start again from `/v1/snapshot`.";

fn operation(
    id: &str,
    summary: &str,
    description: &str,
    mut parameters: Vec<Value>,
    responses: &Value,
) -> Value {
    parameters.push(parameter_ref("lang"));
    json!({
        "operationId": id, "tags": [SYNC_TAG.0], "summary": summary, "description": description,
        "parameters": parameters, "responses": responses
    })
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Value {
    let cursor = "After this position: a cursor of this feed or of a snapshot, or `now`. From the beginning without it.";
    let after = query_parameter("after", &json!({"type": "string"}), cursor, &"now".into());
    let origin = "Without the changes of this origin; `self` is that of the key, so that a partner does not read back what it wrote.";
    let name = json!({"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,64}$"});
    let without = query_parameter("exclude_origin", &name, origin, &"clair".into());
    let limit = query_parameter(
        "limit",
        &json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}),
        "The most changes of a page.",
        &500.into(),
    );
    let kind = codes_parameter(
        "kind",
        &kind_names(),
        "Only these kinds. Repeated or separated by commas.",
        "partnership",
    );
    let wait = query_parameter(
        "wait",
        &json!({"type": "integer", "minimum": 0, "maximum": 30, "default": 0}),
        "Where there is no change yet, wait for one, at most this many seconds.",
        &0.into(),
    );
    let answer = |description: &str, media: &str, schema: Value| json!({"description": description, "content": {media: {"schema": schema}}});
    let reads = |mut operation: Value| {
        // A key is optional; `exclude_origin=self` needs one.
        if let Some(members) = operation.as_object_mut() {
            members.insert("security".into(), json!([{}, {"key": []}]));
        }
        operation
    };
    let problems: &[&str] = &["400", "401", "410", "503"];
    let page = answer("A page of changes", "application/json", schema_ref("ChangePage"));
    let events = answer(
        "`event: change`, `id:` the cursor after it, `data:` the change",
        "text/event-stream",
        json!({"type": "string"}),
    );
    let mut lines = answer("One record a line", "application/x-ndjson", json!({"type": "string"}));
    if let Some(members) = lines.as_object_mut() {
        members.insert(
            "headers".into(),
            json!({"Change-Cursor": {"$ref": "#/components/headers/Change-Cursor"}}),
        );
    }
    let rpde = answer("A page", "application/json", schema_ref("RpdePage"));
    let state = answer("The state of each reader", "application/json", schema_ref("SyncStatus"));
    let collection = json!({
        "name": "collection", "in": "path", "required": true, "description": "The collection.", "example": "partnerships",
        "schema": {"type": "string", "enum": Kind::ALL.iter().map(|kind| kind.path()).collect::<Vec<_>>()}
    });
    let number = query_parameter(
        "afterChangeNumber",
        &json!({"type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_i64}),
        "The `modified` of the last item seen.",
        &0.into(),
    );
    let last = json!({
        "name": "Last-Event-ID", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "The id of the last event seen; wins over `after`.", "example": ""
    });
    let mut status = operation(
        "get_sync_status",
        "See how far keys have read",
        "For an administrator's key, all keys that have read the feed or met a conflict; for another, itself.",
        vec![],
        &responses(vec![("200", state)], &["400", "401", "503"]),
    );
    if let Some(members) = status.as_object_mut() {
        members.insert("security".into(), json!([{"key": []}]));
    }
    json!({
        "/v1/changes": {"get": reads(operation("get_changes", "Follow the changes", FEED_DESCRIPTION,
            vec![after.clone(), limit, kind.clone(), without.clone(), wait], &responses(vec![("200", page)], problems)))},
        "/v1/changes/stream": {"get": reads(operation("get_change_stream", "Follow the changes as events",
            "The same changes as server-sent events. After an interruption, send the last id as `Last-Event-ID`.",
            vec![after, last, kind.clone(), without], &responses(vec![("200", events)], problems)))},
        "/v1/snapshot": {"get": operation("get_snapshot", "Copy every record",
            "Every record of one moment, one a line, as stored. The last line is `{\"kind\": \"end\", \"count\", \"cursor\"}`, \
             so that a cut file shows; from `cursor` (also `Change-Cursor`) `/v1/changes` goes on. `/v1/import` reads it.",
            vec![kind], &responses(vec![("200", lines)], &["400", "503"]))},
        "/v1/feeds/{collection}/rpde": {"get": operation("get_rpde_page", "Follow a collection by RPDE",
            "OpenActive Realtime Paged Data Exchange 1.0, change number strategy: every record once, at its newest change.",
            vec![collection, number], &responses(vec![("200", rpde)], &["400", "404", "410", "503"]))},
        "/v1/sync/status": {"get": status}
    })
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    const ID: &str = "0192d0a4-7c00-7000-8000-000000000001";
    let kinds = kind_names();
    let kind =
        json!({"type": "string", "description": "The kind of the record.", "examples": kinds.get(2..3)});
    let id =
        json!({"type": "string", "format": "uuid", "description": "The id of the record.", "examples": [ID]});
    let whole = |description: &str, example: i64| json!({"type": "integer", "minimum": 0, "description": description, "examples": [example]});
    let time = |description: &str| json!({"type": "string", "format": "date-time", "description": description, "examples": ["2026-11-22T09:30:00.000000Z"]});
    let list = |description: &str, items: Value| json!({"type": "array", "description": description, "items": items});
    let stored = json!({
        "type": "object", "description": "The record as that version stored it; absent when it was deleted, merged or erased.",
        "required": ["id", "kind", "version", "created_at", "updated_at", "origin", "identifiers", "citations"],
        "properties": {
            "id": id, "kind": kind, "version": whole("The version.", 7), "created_at": time("When it was first written."),
            "updated_at": time("When this version was written."), "origin": string_schema("Who wrote it.", "clair"),
            "identifiers": list("The identifiers by which others know it.", schema_ref("Identifier")),
            "citations": list("Which source says what of it.", json!({"type": "object", "description": "A citation.", "examples": [{"pointer": "/since"}]}))
        }
    });
    let overrode = json!({"type": "object", "description": "A member and who had written it.", "required": ["pointer", "owner"], "properties": {
        "pointer": string_schema("The member.", "/since"), "owner": string_schema("The origin that had written it.", "clair")}});
    let change = json!({
        "type": "object", "description": "A version of a record.",
        "required": ["seq", "kind", "id", "version", "op", "origin", "actor", "at", "batch_id", "changed"],
        "properties": {
            "seq": whole("Its number: in the order of the commits, for the whole registry.", 4711), "kind": kind, "id": id,
            "version": whole("The version of the record.", 7), "op": string_schema("`create`, `update`, `delete`, `restore` or `merge`.", "update"),
            "origin": string_schema("The organisation that wrote it.", "clair"), "actor": string_schema("The key that wrote it.", "0192d0a47c00700080000000000000aa"),
            "at": time("When it was written."), "batch_id": json!({"type": "string", "format": "uuid", "description": "The same for all changes of one transaction.", "examples": [ID]}),
            "changed": list("The members that differ from the version before, as JSON Pointers.", string_schema("A member.", "/since")),
            "comment": string_schema("Why, in the words of the writer (`Change-Comment`).", "Dates from the 2026 directory"),
            "overrode": list("Members taken over from other origins on purpose.", overrode),
            "replaced_by": json!({"type": "string", "format": "uuid", "description": "After a merge, the record that remains.", "examples": [ID]}),
            "record": schema_ref("StoredRecord")
        }
    });
    let conflict = json!({"type": "object", "description": "A write that was refused because another origin wrote the same.",
    "required": ["kind", "id", "href", "code", "pointers", "at"], "properties": {
        "kind": kind, "id": id, "href": string_schema("Where the record is read.", "/v1/partnerships/0192d0a4-7c00-7000-8000-000000000001"),
        "code": string_schema("Why it was refused.", "owned_elsewhere"), "pointers": list("The members in conflict.", string_schema("A member.", "/since")),
        "at": time("When it was last refused.")}});
    let reader = json!({"type": "object", "description": "A key that reads the feed.", "required": ["key", "lag", "conflicts"], "properties": {
        "key": {"type": "object", "description": "The key.", "required": ["id", "name", "origin"], "properties": {
            "id": string_schema("Its public part.", "0192d0a47c00700080000000000000aa"), "name": string_schema("What it is for.", "CLAIR mirror"), "origin": string_schema("The organisation it acts for.", "clair")}},
        "last_read": {"type": "object", "description": "How far it has read; absent if never.", "required": ["seq", "cursor", "at"], "properties": {
            "seq": whole("The number of the last change given.", 4711), "cursor": string_schema("A cursor from there, for all changes.", "abc"), "at": time("When.")}},
        "lag": {"type": "object", "description": "What it has not read yet.", "required": ["changes", "seconds"], "properties": {
            "changes": whole("How many changes.", 3), "seconds": whole("How old the oldest of them is, in seconds.", 12)}},
        "conflicts": list("Its writes that were refused and not written since, newest first, 100 at most.", schema_ref("Conflict"))}});
    let page = json!({"type": "object", "description": "A page of the change log.", "required": ["items", "next", "has_more", "head"], "properties": {
        "items": list("The changes, oldest first.", schema_ref("Change")),
        "next": {"type": "string", "format": "uri-reference", "description": "Where to go on, always; an empty page's is its own address.", "examples": ["/v1/changes?after=abc"]},
        "has_more": {"type": "boolean", "description": "Whether more follow at once.", "examples": [false]},
        "head": whole("The number of the newest change of all.", 4711)}});
    let item = json!({"type": "object", "description": "A record at its newest change.", "required": ["state", "kind", "id", "modified"], "properties": {
        "state": {"type": "string", "enum": ["updated", "deleted"], "description": "Whether it is there.", "examples": ["updated"]}, "kind": kind, "id": id,
        "modified": whole("The number of its newest change.", 4711), "data": schema_ref("StoredRecord")}});
    let rpde = json!({"type": "object", "description": "A page of RPDE 1.0.", "required": ["next", "license", "items"], "properties": {
        "next": {"type": "string", "format": "uri", "description": "The next page, always.", "examples": ["http://127.0.0.1:8080/v1/feeds/visits/rpde?afterChangeNumber=4711"]},
        "license": {"type": "string", "format": "uri", "description": "The licence of the data.", "examples": ["https://creativecommons.org/licenses/by/4.0/"]},
        "items": list("The records.", schema_ref("RpdeItem"))}});
    let status = json!({"type": "object", "description": "How far keys have read.", "required": ["head", "items"], "properties": {
        "head": whole("The number of the newest change.", 4711), "items": list("The readers.", schema_ref("Reader"))}});
    [
        ("StoredRecord", stored),
        ("Change", change),
        ("ChangePage", page),
        ("RpdeItem", item),
        ("RpdePage", rpde),
        ("Conflict", conflict),
        ("Reader", reader),
        ("SyncStatus", status),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}
