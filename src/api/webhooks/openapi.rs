//! OpenAPI operations and schemas of webhooks and deliveries.
#![expect(clippy::indexing_slicing, reason = "a JSON value grows the member that it is indexed with")]

use super::input::WebhookReplayInput;
use crate::http::openapi::{Components, content, parameter_ref, responses, schema_ref, string_schema};
use crate::webhooks::delivery::DELIVERY_STATUSES;
use crate::webhooks::webhook::{ClosedList as _, Kinds, Ops, WebhookInput};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema as _;

const EXAMPLE_DELIVERY_ID: &str = "msg_0192d0a47c00700080000000000000aa_42";
const EXAMPLE_TIME: &str = "2026-11-22T09:30:00.000000Z";

fn time_schema(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description, "examples": [EXAMPLE_TIME]})
}

fn integer_schema(description: &str, example: i64) -> Value {
    json!({"type": "integer", "description": description, "examples": [example]})
}

fn enum_schema(description: &str, codes: &[&str]) -> Value {
    json!({"type": "string", "description": description, "enum": codes, "examples": [codes.get(1)]})
}

fn object_schema(description: &str, required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "description": description, "required": required, "properties": properties})
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let to_json = |schema| serde_json::to_value(schema).unwrap_or_default();
    let mut input: Value = to_json(WebhookInput::schema());
    input["required"] = json!(["url"]);
    input["additionalProperties"] = false.into();
    input["properties"]["kinds"]["items"]["enum"] = Kinds::names().into();
    input["properties"]["ops"]["items"]["enum"] = Ops::names().into();
    input["properties"]["url"] = to_json(crate::domain::read_values::Url::schema());
    input["properties"]["url"]["description"] =
        "Where messages are posted: an http or https address in public, without user name or password."
            .into();
    let mut webhook = input.clone();
    let mut patch = input.clone();
    for (_, member) in patch["properties"].as_object_mut().into_iter().flatten() {
        if let Some(name) = member["type"].as_str().map(str::to_owned) {
            member["type"] = json!([name, "null"]);
        }
    }
    patch["properties"]["url"]["type"] = "string".into();
    patch["description"] = "Members of a webhook to replace; null removes one.".into();
    if let Some(schema) = patch.as_object_mut() {
        schema.shift_remove("required");
    }
    if let Some(schema) = webhook.as_object_mut() {
        schema.shift_remove("additionalProperties");
    }
    webhook["description"] = "A webhook.".into();
    webhook["required"] =
        json!(["id", "origin", "url", "kinds", "ops", "enabled", "created_at", "updated_at"]);
    for name in ["description", "exclude_origin"] {
        webhook["properties"][name]["type"] = "string".into();
    }
    webhook["properties"]["enabled"]["type"] = "boolean".into();
    let more = json!({
        "id": string_schema("Its id.", "0192d0a4-7c00-7000-8000-0000000000aa"),
        "origin": string_schema("The organisation of the key that made it.", "clair"),
        "disabled_reason": string_schema("Why it was disabled, where its owner did not do it.", "the receiver answered 410 Gone"),
        "created_at": time_schema("When it was made."),
        "updated_at": time_schema("When it was last written."),
        "last_delivery": object_schema("The last attempt.", &["at", "status"], &json!({
            "at": time_schema("When it ended."), "status": enum_schema("The status of that delivery afterwards.", &DELIVERY_STATUSES)})),
        "secret": string_schema("What messages are signed with; only in the answers that make it.", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    });
    for (name, member) in more.as_object().cloned().into_iter().flatten() {
        webhook["properties"][name] = member;
    }
    let mut replay_input: Value = to_json(WebhookReplayInput::schema());
    replay_input["additionalProperties"] = false.into();
    replay_input["properties"]["after_seq"] = json!({"type": "integer", "minimum": 0, "description": "The number after which every change that fits the webhook is sent again.", "examples": [1200]});
    let page = |item: &str| {
        object_schema(
            "A list on one page.",
            &["items", "page"],
            &json!({"items": {"type": "array", "description": "The items.", "items": schema_ref(item)}, "page": schema_ref("Page")}),
        )
    };
    let last_attempt = object_schema(
        "The last attempt.",
        &["at"],
        &json!({
            "at": time_schema("When it ended."), "status": integer_schema("The HTTP status of the answer; absent when there was none.", 204),
            "answer": string_schema("The beginning of the answer's body.", "ok"), "error": string_schema("Why there was no answer.", "timeout: global")
        }),
    );
    let delivery = object_schema(
        "A message to a webhook, and what came of it.",
        &["id", "type", "seq", "href", "status", "attempts", "created_at"],
        &json!({
            "id": string_schema("The header `webhook-id`: the same in every attempt.", EXAMPLE_DELIVERY_ID),
            "type": string_schema("The kind and what happened to the record.", "partnership.updated"),
            "seq": integer_schema("The number of the change.", 42),
            "previous_seq": integer_schema("The number of the change sent to this webhook before; absent from the first.", 40),
            "href": string_schema("The record.", "/v1/partnerships/0192d0a4-7c00-7000-8000-000000000001"),
            "status": enum_schema("`pending` until it is delivered, or given up after ten attempts in about three days.", &DELIVERY_STATUSES),
            "attempts": integer_schema("How many attempts there have been since it was due first, or again.", 1),
            "created_at": time_schema("When it was noted."),
            "next_attempt_at": time_schema("When the next attempt is due; only while it is pending."),
            "last_attempt": last_attempt
        }),
    );
    let replay = object_schema(
        "How many changes are sent again.",
        &["count"],
        &json!({"count": integer_schema("The changes after the number given that the webhook is told of.", 12)}),
    );
    Components::from([
        ("Webhook".into(), webhook),
        ("WebhookInput".into(), input),
        ("WebhookPatch".into(), patch),
        ("WebhookPage".into(), page("Webhook")),
        ("WebhookReplayInput".into(), replay_input),
        ("WebhookReplay".into(), replay),
        ("Delivery".into(), delivery),
        ("DeliveryPage".into(), page("Delivery")),
    ])
}

/// Returns an operation that needs a key, with its response: a status, and a schema if there is a body.
fn operation(
    id: &str,
    summary: &str,
    description: &str,
    answer: (&'static str, Option<&str>),
    problems: &[&'static str],
) -> Value {
    let (status, component) = answer;
    let answer = match component {
        Some(name) => json!({"description": "The answer", "content": content("application/json", name)}),
        None => json!({"description": "Done"}),
    };
    json!({
        "operationId": id, "tags": ["webhooks"], "summary": summary, "description": description,
        "parameters": [parameter_ref("lang")], "security": [{"key": []}],
        "responses": responses(vec![(status, answer)], problems)
    })
}

/// Adds the `Idempotency-Key` header and the problems that come with it.
fn with_idempotency_key(mut operation: Value) -> Value {
    operation["parameters"] = json!([parameter_ref("idempotency_key"), parameter_ref("lang")]);
    for status in ["409", "422"] {
        operation["responses"][status] = json!({"$ref": format!("#/components/responses/{status}")});
    }
    operation
}

/// Adds a request body.
fn with_body(mut operation: Value, body: &Value) -> Value {
    operation["requestBody"] = json!({"required": true, "content": body});
    operation
}

fn path_parameter(name: &str, description: &str, example: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}, "description": description, "example": example})
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    const READS: &[&str] = &["400", "401", "503"];
    const ONE: &[&str] = &["400", "401", "404", "503"];
    const WRITES: &[&str] = &["400", "401", "404", "413", "415", "422", "503"];
    let id = path_parameter("id", "The webhook's id.", "0192d0a4-7c00-7000-8000-0000000000aa");
    let delivery = path_parameter("delivery", "The delivery's id.", EXAMPLE_DELIVERY_ID);
    let create = operation(
        "create_webhook",
        "Make a webhook",
        "It is told of what happens from now on. Its secret is in this answer and nowhere else. A registry has 100 webhooks at the most, an origin 10.",
        ("201", Some("Webhook")),
        &["400", "401", "409", "413", "415", "422", "503"],
    );
    let mut create = with_body(create, &content("application/json", "WebhookInput"));
    create["responses"]["201"]["headers"] = json!({"Location": {"$ref": "#/components/headers/Location"}});
    let patch = operation(
        "patch_webhook",
        "Change a part of a webhook",
        "A merge patch (RFC 7396). `enabled: true` sends what happened since it was disabled.",
        ("200", Some("Webhook")),
        WRITES,
    );
    let mut types = content("application/merge-patch+json", "WebhookPatch");
    types["application/json"] = json!({"schema": schema_ref("WebhookPatch")});
    let rotate = operation(
        "rotate_webhook_secret",
        "Draw a new secret",
        "It is in this answer and nowhere else. For 24 hours messages bear two signatures, one with the new secret and one with that before.",
        ("200", Some("Webhook")),
        ONE,
    );
    let replay = operation(
        "replay_webhook",
        "Send changes again",
        "Every change after a number that the webhook is told of, each with the id of its message as before.",
        ("202", Some("WebhookReplay")),
        WRITES,
    );
    let mut list = operation(
        "list_webhook_deliveries",
        "List the deliveries of a webhook",
        "The newest change first. A delivery that has ended is kept for 30 days.",
        ("200", Some("DeliveryPage")),
        ONE,
    );
    list["parameters"] = json!([
        {"name": "status", "in": "query", "required": false, "schema": {"type": "array", "items": {"type": "string", "enum": DELIVERY_STATUSES}},
         "style": "form", "explode": false, "description": "Has one of these statuses.", "example": ["failed"]},
        parameter_ref("limit"), parameter_ref("cursor"), parameter_ref("lang")
    ]);
    list["responses"]["200"]["headers"] = json!({"Link": {"$ref": "#/components/headers/Link"}});
    let get = operation(
        "get_webhook_delivery",
        "Get a delivery",
        "With the last answer.",
        ("200", Some("Delivery")),
        ONE,
    );
    let again = operation(
        "replay_webhook_delivery",
        "Send a delivery again",
        "It is due at once, whether it has ended or waits; a disabled webhook is sent it when it is enabled.",
        ("202", Some("Delivery")),
        ONE,
    );
    let all = operation(
        "list_webhooks",
        "List the webhooks",
        "Those of the key's origin; all for an administrator.",
        ("200", Some("WebhookPage")),
        READS,
    );
    let one = operation("get_webhook", "Get a webhook", "Without its secret.", ("200", Some("Webhook")), ONE);
    let delete =
        operation("delete_webhook", "Delete a webhook", "With its deliveries, at once.", ("204", None), ONE);
    Map::from_iter([
        ("/v1/webhooks".to_owned(), json!({"get": all, "post": with_idempotency_key(create)})),
        (
            "/v1/webhooks/{id}".to_owned(),
            json!({"parameters": [id], "get": one, "patch": with_body(with_idempotency_key(patch), &types), "delete": delete}),
        ),
        (
            "/v1/webhooks/{id}/rotate-secret".to_owned(),
            json!({"parameters": [id], "post": with_idempotency_key(rotate)}),
        ),
        (
            "/v1/webhooks/{id}/replay".to_owned(),
            json!({"parameters": [id], "post": with_body(with_idempotency_key(replay), &content("application/json", "WebhookReplayInput"))}),
        ),
        ("/v1/webhooks/{id}/deliveries".to_owned(), json!({"parameters": [id], "get": list})),
        (
            "/v1/webhooks/{id}/deliveries/{delivery}".to_owned(),
            json!({"parameters": [id, delivery], "get": get}),
        ),
        (
            "/v1/webhooks/{id}/deliveries/{delivery}/replay".to_owned(),
            json!({"parameters": [id, delivery], "post": with_idempotency_key(again)}),
        ),
    ])
}
