//! The OpenAPI 3.1 document: title, security and shared components here; every collection describes itself.
#![expect(clippy::indexing_slicing, reason = "a JSON value grows the member that it is indexed with")]

use crate::api::collections::collection::Collection;
use crate::api::collections::openapi::{history, schemas};
use crate::api::search::openapi;
use crate::api::{
    anniversaries, catalog, changes, citations, commitments, coverage, gazetteer, import, statistics,
    suggestions, tags, timeline, webhooks,
};
use crate::domain::errors::fault_list::MAX_REPORTED_FAULTS;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::http::openapi::{Components, content, parameter_ref, responses, schema_ref};
use crate::http::query_params::QueryParams;
use crate::http::responses;
use crate::kinds::all;
use crate::util::hash;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use std::sync::OnceLock;
use utoipa::PartialSchema as _;
use utoipa_actix_web::OpenApiFactory as _;

/// The paths of the document.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    paths.extend(coverage::openapi::paths());
    paths.extend(statistics::openapi::paths());
    paths.extend(citations::openapi::paths());
    paths.extend(anniversaries::openapi::paths());
    paths.extend(timeline::openapi::paths());
    paths.extend(commitments::openapi::paths());
    paths.extend(suggestions::openapi::paths());
    paths.extend(openapi::paths());
    paths
}

/// The schemas of the document.
#[must_use]
pub fn schemas() -> Components {
    let mut schemas = Components::new();
    schemas.extend(coverage::openapi::schemas());
    schemas.extend(statistics::schemas::schemas());
    schemas.extend(citations::openapi::schemas());
    schemas.extend(anniversaries::openapi::schemas());
    schemas.extend(timeline::openapi::schemas());
    schemas.extend(commitments::openapi::schemas());
    schemas.extend(suggestions::openapi::schemas());
    schemas.extend(openapi::schemas());
    schemas
}

const DESCRIPTION: &str = "Which French and Japanese local authorities are partners, what they signed, who visited whom, what the \
Rencontres franco-japonaises said and decided, and which document says so.\n\nReading is public. Writing needs a key: \
`Authorization: Bearer …`. \
Whoever asks for too much gets a 429 with `Retry-After`; `RateLimit` tells what is left (an answer 304 is free). Data: CC BY 4.0.";

/// The document as text.
#[must_use]
pub fn document_text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| serde_json::to_string_pretty(&document()).unwrap_or_default())
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut components = schemas::all_components();
    let mut paths: Map<String, Value> = service_paths().as_object().cloned().unwrap_or_default();
    let mut tags: Vec<Value> = Vec::new();
    paths.extend(webhooks::openapi::paths());
    for kind in Kind::ALL {
        tags.push(json!({"name": kind.path(), "description": all::definition(*kind).description()}));
        let described = serde_json::to_value(Collection(*kind).paths()).unwrap_or_default();
        paths.extend(described.as_object().cloned().into_iter().flatten());
    }
    paths.extend(changes::openapi::paths().as_object().cloned().into_iter().flatten());
    paths.extend(import::openapi::paths());
    paths.extend(gazetteer::openapi::paths());
    paths.extend(self::paths());
    paths.extend(catalog::openapi::paths());
    for (name, about) in [
        tags::GAZETTEER_TAG,
        tags::INSIGHT_TAG,
        tags::SYNC_TAG,
        ("vocabularies", "What each code means."),
        ("keys", "The keys that may write; for administrators."),
        tags::WEBHOOKS_TAG,
        ("service", "The service itself."),
    ] {
        tags.push(json!({"name": name, "description": about}));
    }
    components.extend(shared_schemas());
    components.extend(changes::openapi::schemas());
    components.extend(history::history_schemas());
    components.extend(webhooks::openapi::schemas());
    components.extend(import::openapi::schemas());
    components.extend(gazetteer::openapi::schemas());
    components.extend(self::schemas());
    let schemas: Map<String, Value> = components.into_iter().collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kakehashi", "summary": "The registry of Franco-Japanese decentralised cooperation",
            "description": DESCRIPTION, "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "contact": {"name": "The Kakehashi contributors"}
        },
        "servers": [{"url": "/", "description": "This server"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": parameters(),
            "headers": headers(),
            "responses": problem_responses(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key of `kakehashi keys create`."}}
        },
        "security": []
    })
}

fn text_schema(about: &str, example: &str) -> Value {
    json!({"type": "string", "description": about, "examples": [example]})
}

fn pointer_schema(about: &str, example: &str) -> Value {
    json!({"type": "string", "pattern": "^(/([^~/]|~[01])*)*$", "description": about, "examples": [example]})
}

fn label_schema(about: &str) -> Value {
    json!({
        "type": "object", "description": about, "readOnly": true, "required": ["fr", "ja", "en"],
        "properties": {"fr": text_schema("In French.", "Nancy"), "ja": text_schema("In Japanese.", "ナンシー"), "en": text_schema("In English.", "Nancy")}
    })
}

fn shared_schemas() -> Components {
    let text = serde_json::to_value(crate::domain::text::Text::schema()).unwrap_or_default();
    let mut text_patch = text;
    for (_, member) in text_patch["properties"].as_object_mut().into_iter().flatten() {
        member["type"] = json!(["string", "null"]);
    }
    text_patch["additionalProperties"] = false.into();
    text_patch["description"] = "Languages to replace; null removes one.".into();
    let mut key_input = serde_json::to_value(crate::api::keys::types::KeyInput::schema()).unwrap_or_default();
    key_input["additionalProperties"] = false.into();
    key_input["required"] = json!(["name", "origin", "scopes"]);
    key_input["properties"]["expires"]["type"] = "string".into();
    let list = |of: &str| {
        json!({"type": "object", "description": "A list on one page.", "required": ["items", "page"], "properties": {
        "items": {"type": "array", "description": "The items.", "items": schema_ref(of)}, "page": schema_ref("Page")}})
    };
    let texts = |about: &str, example: &str| json!({"type": "array", "description": about, "items": {"type": "string"}, "examples": [[example]]});
    Components::from([
        (
            "Label".into(),
            label_schema("What the record is called, always in three languages, filled by fallback."),
        ),
        ("TextPatch".into(), text_patch),
        ("KeyInput".into(), key_input),
        ("KeyPage".into(), list("Key")),
        ("VocabularyPage".into(), list("Vocabulary")),
        (
            "Page".into(),
            json!({"type": "object", "description": "Where the list goes on.", "required": ["limit"], "properties": {
            "limit": {"type": "integer", "description": "The most records of a page.", "examples": [50]},
            "next": {"type": "string", "format": "uri-reference", "description": "The address of the next page; absent on the last.", "examples": ["/v1/partnerships?limit=50&cursor=abc"]},
            "total": {"type": "integer", "minimum": 0, "description": "How many there are in all; only with `count=exact`, and of records that are included.", "examples": [5]}}}),
        ),
        (
            "Fault".into(),
            json!({"type": "object", "description": "One thing that is wrong, and where.", "required": ["code", "detail"], "properties": {
            "pointer": text_schema("The member, as a JSON Pointer (RFC 6901).", "/since/edtf"),
            "parameter": text_schema("The query parameter.", "limit"),
            "header": text_schema("The header field.", "If-Match"),
            "code": text_schema("A stable code, explained at /problems/{code}.", "invalid_date"),
            "citations": {"type": "array", "description": "Of `cited_value_changed`: the citations, as JSON Pointers.", "items": {"type": "string", "description": "A citation.", "examples": ["/citations/0"]}},
            "detail": text_schema("A sentence in the caller's language.", "`2015-02-29` is no EDTF date of level 0 or 1 (date_impossible).")}}),
        ),
        (
            "Problem".into(),
            json!({"type": "object", "description": "Why a request was refused (RFC 9457).",
            "required": ["type", "title", "status", "detail", "code", "request_id"], "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "A page that explains the code.", "examples": ["/problems/invalid"]},
            "title": text_schema("What is wrong in general, in the caller's language.", "Invalid record"),
            "status": {"type": "integer", "description": "The HTTP status.", "examples": [422]},
            "detail": text_schema("What is wrong this time, in the caller's language.", "Nothing was written: `errors` lists the faults."),
            "code": text_schema("A stable code.", "invalid"),
            "errors": {"type": "array", "maxItems": MAX_REPORTED_FAULTS, "description": "The faults found: all of them, or the first hundred.", "items": schema_ref("Fault")},
            "errors_omitted": {"type": "integer", "minimum": 1, "description": "How many more faults there are than `errors` tells.", "examples": [12]},
            "gazetteer": {"type": "object", "description": "Where an authority is read that has the official code asked for, when the registry holds no record of it.", "required": ["href"], "properties": {
                "href": text_schema("Its address in the gazetteer.", "/v1/gazetteer/insee_com:35238")}},
            "request_id": text_schema("The id of the request, as in the log.", "0192d0a4-7c00-7000-8000-000000000001")}}),
        ),
        (
            "JsonPatch".into(),
            json!({"type": "array", "description": "A JSON Patch (RFC 6902).", "examples": [[{"op": "remove", "path": "/themes/0"}]],
            "items": {"type": "object", "required": ["op", "path"], "properties": {
                "op": {"type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"], "description": "The operation.", "examples": ["remove"]},
                "path": pointer_schema("Where, as a JSON Pointer (RFC 6901).", "/themes/0"), "from": pointer_schema("From where, to move or copy.", "/themes/1"),
                "value": {"description": "The value, to add, replace or test.", "examples": ["culture"]}}}}),
        ),
        (
            "Key".into(),
            json!({"type": "object", "description": "A key, without its secret.", "required": ["id", "name", "origin", "scopes", "schemes", "created_at"], "properties": {
            "id": text_schema("Its public part.", "0192d0a47c00700080000000000000aa"), "name": text_schema("What it is for.", "CLAIR mirror"),
            "origin": text_schema("The organisation it acts for.", "clair"), "scopes": texts("What it may do.", "write"),
            "schemes": texts("The schemes whose identifiers it may write.", "clair"),
            "created_at": text_schema("When it was made.", "2026-11-22T09:30:00.000000Z"), "expires_at": text_schema("When it ends.", "2027-02-20T09:30:00.000000Z"),
            "revoked_at": text_schema("When it was revoked.", "2026-12-01T00:00:00.000000Z"),
            "key": text_schema("The key itself; only in the answer that makes it.", "kkh_…")}}),
        ),
        (
            "Vocabulary".into(),
            json!({"type": "object", "description": "A list of codes.", "required": ["name", "label", "terms"], "properties": {
            "name": text_schema("Its name.", "themes"), "label": label_schema("What it lists."),
            "terms": {"type": "array", "description": "Its codes.", "items": schema_ref("Term")}}}),
        ),
        ("OwnerPage".into(), list("Owner")),
        (
            "Owner".into(),
            json!({"type": "object", "description": "Who wrote a member last.", "required": ["pointer", "origin", "version", "at", "protected"], "properties": {
            "pointer": text_schema("The member, as a JSON Pointer (RFC 6901).", "/since"), "origin": text_schema("The organisation that wrote it last.", "clair"),
            "identifier": text_schema("The identifier, where the member is `/identifiers`: each has its own line.", "clair:JP-0123"),
            "version": {"type": "integer", "minimum": 1, "description": "The version it wrote.", "examples": [3]}, "at": text_schema("When.", "2026-11-22T09:30:00.000000Z"),
            "protected": {"type": "boolean", "description": "Whether only that organisation changes it, since the record bears its identifier.", "examples": [true]}}}),
        ),
        (
            "Term".into(),
            json!({"type": "object", "description": "A code and what it means.", "required": ["code", "label"], "properties": {
            "code": text_schema("What records hold.", "climate"), "label": label_schema("What it means."),
            "broader": text_schema("The code of the broader term.", "environment"), "sdg": texts("Sustainable Development Goals it serves.", "13")}}),
        ),
    ])
}

fn parameters() -> Value {
    json!({
        "lang": {"name": "lang", "in": "query", "schema": {"type": "string"}, "description": "The language of problem texts and of CSV, calendars and feeds: `fr`, `ja` or `en`; wins over `Accept-Language`. Records are in every language anyway.", "example": "ja"},
        "q": {"name": "q", "in": "query", "schema": {"type": "string"}, "description": "Words that the record's texts hold; accents, case, width, kana and long vowels do not matter.", "example": "omura"},
        "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}, "description": "The most records of a page.", "example": 20},
        "cursor": {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "Where the page before ended; part of `page.next`, valid only for the same list."},
        "idempotency_key": {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"}, "description": "A name of the caller's choice for this request. Sent again within 7 days by the same key, it is not done again: the answer is the one given before, with `Idempotency-Replayed: true`. Another body under the same name is a 422; while the first is being answered, a 409.", "example": "8e03978e-40d5-43e8-bc93-6894a57f9324"},
        "change_comment": {"name": "Change-Comment", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 500}, "description": "Why, for the history. UTF-8, or an extended value of RFC 8187 (`UTF-8''…`).", "example": "Dates from the 2026 directory"},
        "force": {"name": "force", "in": "query", "schema": {"type": "boolean", "default": false}, "description": "Take over members that are another origin's own, and write over what it wrote last; needs the scope `override` or `admin`. The history says so.", "example": false},
        "dry_run": {"name": "dry_run", "in": "query", "schema": {"type": "boolean", "default": false}, "description": "Only try: everything is checked and answered as the write would be, with `Dry-Run: true` and without `Location`, and nothing is written. An `Idempotency-Key` has no effect then.", "example": true},
        "base_version": {"name": "base_version", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_i64}, "description": "The version that the caller knew: only what differs from it is changed (a three-way merge). Members that others have changed otherwise since are a 409 `merge_conflict`. `If-Match` is not needed then.", "example": 1},
        "bom": {"name": "bom", "in": "query", "schema": {"type": "string", "enum": ["true", "false", "1", "0"], "default": "false"}, "description": "Whether CSV begins with a byte order mark, by which Excel recognises UTF-8.", "example": "true"},
        "delimiter": {"name": "delimiter", "in": "query", "schema": {"type": "string", "enum": ["comma", "semicolon", "tab"], "default": "comma"}, "description": "What parts the cells of CSV: `semicolon` for spreadsheets in which the comma is the decimal mark, as in French.", "example": "semicolon"},
        "headings": {"name": "headings", "in": "query", "schema": {"type": "string", "enum": ["names", "words"], "default": "names"}, "description": "The headings of CSV: the columns' names, for programs, or words in the language asked for, for people.", "example": "words"},
        "count": {"name": "count", "in": "query", "schema": {"type": "string", "enum": ["exact"]}, "description": "`exact` adds `page.total` to JSON; other forms have no place for it.", "example": "exact"}
    })
}

fn headers() -> Value {
    json!({
        "Change-Cursor": {"schema": {"type": "string"}, "description": "From where `/v1/changes` goes on.", "example": "abc"},
        "ETag": {"schema": {"type": "string"}, "description": "The version and a digest of what is answered.", "example": "\"7-0011223344556677\""},
        "Link": {"schema": {"type": "string"}, "description": "The next page (RFC 8288); `next` is absent on the last. In another header, what describes the service and the licence.", "example": "</v1/partnerships?cursor=abc>; rel=\"next\""},
        "Vary": {"schema": {"type": "string"}, "description": "The request headers that the answer depends on.", "example": "Accept"},
        "Location": {"schema": {"type": "string"}, "description": "Where the record is read.", "example": "/v1/partnerships/0192d0a4-7c00-7000-8000-000000000001"}
    })
}

fn problem_responses() -> Value {
    let about = [
        ("400", "The request cannot be read"),
        ("401", "A valid key is needed"),
        ("403", "The key may not do this"),
        ("404", "There is none"),
        ("406", "None of the forms offered is acceptable"),
        ("409", "It conflicts with another record or origin"),
        ("410", "It has been deleted"),
        ("412", "The record is not in the state required"),
        ("413", "The body is too large"),
        ("415", "The body is of another type"),
        ("422", "The record is invalid: all faults with their places"),
        ("428", "`If-Match` is needed"),
        ("503", "Not available just now; try again"),
        ("default", "Any other problem"),
    ];
    let answer = |(status, about): (&str, &str)| {
        (
            status.to_owned(),
            json!({"description": about, "content": content("application/problem+json", "Problem")}),
        )
    };
    about.into_iter().map(answer).collect::<Map<_, _>>().into()
}

fn service_paths() -> Value {
    let read = |id: &str, tag: &str, summary: &str, answer: Value, problems: &[&'static str]| {
        json!({"operationId": id, "tags": [tag], "summary": summary, "description": format!("{summary}."),
            "parameters": [parameter_ref("lang")], "responses": responses(vec![("200", answer)], problems)})
    };
    let object =
        json!({"description": "The answer", "content": {"application/json": {"schema": {"type": "object"}}}});
    let of = |component: &str| json!({"description": "The answer", "content": content("application/json", component)});
    let text =
        json!({"description": "The figures", "content": {"text/plain": {"schema": {"type": "string"}}}});
    let page = json!({"description": "A page", "content": {"text/html": {"schema": {"type": "string"}}}});
    let path = |name: &str, about: &str, example: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}, "description": about, "example": example});
    let admin = |mut operation: Value| {
        operation["security"] = json!([{"key": []}]);
        operation
    };
    let create = json!({"operationId": "create_key", "tags": ["keys"], "summary": "Make a key", "description": "The key itself is in this answer and nowhere else, not even in the answer to the same request sent again.",
        "parameters": [parameter_ref("idempotency_key"), parameter_ref("lang")], "requestBody": {"required": true, "content": content("application/json", "KeyInput")},
        "responses": responses(vec![("201", of("Key"))], &["400", "401", "403", "409", "413", "415", "422", "503"])});
    let revoke = json!({"operationId": "revoke_key", "tags": ["keys"], "summary": "Revoke a key", "description": "At once, for good.",
        "parameters": [path("id", "The key's public part.", "0192d0a47c00700080000000000000aa"), parameter_ref("lang")],
        "responses": responses(vec![("204", json!({"description": "Revoked"}))], &["400", "401", "403", "404", "503"])});
    let mut vocabulary =
        read("get_vocabulary", "vocabularies", "Get a vocabulary", of("Vocabulary"), &["400", "404"]);
    vocabulary["parameters"] =
        json!([path("name", "The vocabulary's name.", "themes"), parameter_ref("lang")]);
    let mut explain = read("get_problem", "service", "Explain a problem's code", page, &["400", "404"]);
    explain["parameters"] = json!([path("code", "The code.", "invalid"), parameter_ref("lang")]);
    let mut list =
        admin(read("list_keys", "keys", "List the keys", of("KeyPage"), &["400", "401", "403", "503"]));
    list["parameters"] = ["limit", "cursor", "lang"].map(parameter_ref).into();
    json!({
        "/": {"get": read("get_index", "service", "Find everything from here", object.clone(), &["400"])},
        "/openapi.json": {"get": read("get_openapi", "service", "Get this document", object.clone(), &["400"])},
        "/health/live": {"get": read("get_liveness", "service", "Tell whether the process runs", object.clone(), &["400"])},
        "/health/ready": {"get": read("get_readiness", "service", "Tell whether requests can be served", object, &["400", "503"])},
        "/metrics": {"get": read("get_metrics", "service", "Get what is measured, in the text format of Prometheus, unless it is served at another address", text, &["400"])},
        "/problems/{code}": {"get": explain},
        "/v1/vocabularies": {"get": read("list_vocabularies", "vocabularies", "List the vocabularies", of("VocabularyPage"), &["400"])},
        "/v1/vocabularies/{name}": {"get": vocabulary},
        "/v1/keys": {"get": list, "post": admin(create)},
        "/v1/keys/{id}": {"delete": admin(revoke)}
    })
}

pub(super) async fn openapi(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let body = document_text();
    Ok(responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body.to_owned()))
}
