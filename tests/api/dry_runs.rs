//! Writes that are only tried: checked and answered as the write would be, and nothing is written.

use crate::on_both;
use crate::support::records::{CANNES, assert_invalid, create, id, partnership, two_towns};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

/// All that a write could have changed.
fn everything(app: &TestApp) -> (String, Value, Value) {
    let snapshot = app.get("/v1/snapshot").expect(200).text;
    let changes = app.get("/v1/changes?limit=500").expect(200).json();
    let status = app.request("GET", "/v1/sync/status").key(&app.key).send().expect(200).json();
    (
        snapshot.lines().filter(|line| !line.contains("\"kind\":\"end\"")).collect(),
        changes["items"].clone(),
        status["items"][0]["conflicts"].clone(),
    )
}

fn tried(answer: TestResponse, status: u16) -> TestResponse {
    let answer = answer.expect(status);
    assert_eq!(
        (answer.header("dry-run"), answer.header("location")),
        (Some("true"), None),
        "{}",
        answer.text
    );
    answer
}

on_both!(a_write_is_tried_without_writing, empty, |app| {
    two_towns(app);
    let made = create(app, "partnerships", &partnership(&["insee_com:06029", "dantai:221007"]));
    let path = format!("/v1/partnerships/{}", id(&made));
    app.patch(&path, Some("*"), &json!({"summary": {"fr": "b"}})).expect(200);
    let before = everything(app);

    let call = app.request("POST", "/v1/sources?dry_run=true").key(&app.key).header("idempotency-key", "k");
    let source = json!({"title": {"fr": "a"}, "identifiers": [{"scheme": "slug", "value": "a"}]});
    let answer = tried(call.json(&source).send(), 201).json();
    assert_eq!(
        (&answer["version"], &answer["title"], &answer["warnings"][0]["code"]),
        (&json!(1), &json!({"fr": "a"}), &json!("uncited"))
    );
    tried(app.put("/v1/sources/slug:b?dry_run=true", None, &source), 201);
    let answer = tried(
        app.patch(&format!("{path}?dry_run=true"), Some("\"2\""), &json!({"summary": {"ja": "c"}})),
        200,
    );
    assert_eq!(
        (&answer.json()["version"], &answer.json()["summary"]),
        (&json!(3), &json!({"fr": "b", "ja": "c"}))
    );
    // What changes nothing is marked too.
    assert_eq!(
        tried(app.patch(&format!("{path}?dry_run=true"), Some("*"), &json!({})), 200).json()["version"],
        2
    );
    tried(app.delete(&format!("{path}?dry_run=true"), Some("*")), 204);
    let restore = app.request("POST", &format!("{path}/versions/1/restore?dry_run=true")).key(&app.key);
    assert_eq!(tried(restore.if_match(Some("*")).send(), 200).json()["version"], 3);
    // An authority that would be adopted.
    let of_paris =
        json!({"authority": {"id": "insee_com:75056"}, "wanted_country": "JP", "text": {"fr": "a"}});
    tried(app.post("/v1/partner-requests?dry_run=true", &of_paris), 201);
    assert_eq!(everything(app), before);
    app.get("/v1/sources/slug:a").expect(404);

    // The token is still free.
    let call = app.request("POST", "/v1/sources").key(&app.key).header("idempotency-key", "k");
    let answer = call.json(&source).send().expect(201);
    assert_eq!((answer.header("dry-run"), answer.header("idempotency-replayed")), (None, None));
});

on_both!(what_is_tried_is_refused_as_the_write_would_be, empty, |app| {
    two_towns(app);
    let path = format!("/v1/authorities/{CANNES}");
    let before = everything(app);
    assert_invalid(app.post("/v1/sources?dry_run=true", &json!({"title": {}})), &[("/title", "empty")]);
    app.patch(&format!("{path}?dry_run=true"), None, &json!({})).expect(428);
    app.patch(&format!("{path}?dry_run=true"), Some("\"9\""), &json!({})).expect(412);
    let reader = app.new_key("r", &["read"], &[]);
    app.request("POST", "/v1/sources?dry_run=true").key(&reader).json(&json!({})).send().expect(403);
    app.request("POST", "/v1/sources?dry_run=true").key("kkh_nobody").json(&json!({})).send().expect(401);
    // A conflict is not noted.
    let other = app.new_key("other", &["write"], &[]);
    let body = json!({"country": "FR", "level": "commune", "name": {"fr": "Cannes-sur-Mer"}});
    let call = app.request("PUT", &format!("{path}?dry_run=true")).key(&other).json(&body).send();
    assert_eq!(call.expect(409).json()["code"], "changed_elsewhere");
    let status = app.request("GET", "/v1/sync/status").key(&other).send().expect(200).json();
    assert_eq!(status["items"][0]["conflicts"], json!([]));
    assert_eq!(everything(app), before);
});
