//! Changing a part of a record: merge patches (RFC 7396) and JSON Patches (RFC 6902).

use crate::on_both;
use crate::support::records::{id, invalid, make};
use crate::support::{Answer, TestApp};
use serde_json::{Value, json};

fn operations(app: &TestApp, path: &str, operations: &Value) -> Answer {
    let call = app.request("PATCH", path).key(&app.key).if_match(Some("*"));
    call.body("application/json-patch+json", &operations.to_string()).send()
}

fn document(app: &TestApp) -> String {
    let body = json!({
        "title": {"fr": "a", "ja": "あ"}, "publisher": {"fr": "p"}, "url": "https://a.example/", "languages": ["fr", "ja"],
        "identifiers": [{"scheme": "slug", "value": "a"}]
    });
    format!("/v1/sources/{}", id(&make(app, "sources", &body)))
}

on_both!(a_merge_patch_sets_and_removes_members, empty, |app| {
    let path = document(app);
    let change = json!({"url": null, "reliability": "press", "title": {"en": "e"}, "languages": ["en"]});
    let now = app.patch(&path, Some("*"), &change).expect(200).json();
    assert_eq!(now["title"], json!({"fr": "a", "ja": "あ", "en": "e"}));
    assert_eq!((now.get("url"), &now["reliability"]), (None, &json!("press")));
    assert_eq!((&now["languages"], &now["version"]), (&json!(["en"]), &json!(2)));
    assert_eq!(now["identifiers"], json!([{"scheme": "slug", "value": "a"}]));
    let call = app.request("PATCH", &path).key(&app.key).if_match(Some("\"2\""));
    call.json(&json!({"languages": null})).send().expect(200);
    assert_eq!(app.get("/v1/sources/slug:a").json()["languages"], json!([]));
});

on_both!(null_inside_a_text_removes_a_language, empty, |app| {
    let path = document(app);
    let now = app.patch(&path, Some("*"), &json!({"title": {"fr": null}})).expect(200).json();
    assert_eq!((&now["title"], &now["label"]["fr"]), (&json!({"ja": "あ"}), &json!("あ")));
    invalid(app.patch(&path, Some("*"), &json!({"title": {"ja": null}})), &[("/title", "empty")]);
    invalid(app.patch(&path, Some("*"), &json!({"publisher": {"fr": null}})), &[("/publisher", "empty")]);
    invalid(app.patch(&path, Some("*"), &json!({"title": null})), &[("/title", "required")]);
    assert!(
        app.patch(&path, Some("*"), &json!({"publisher": null}))
            .expect(200)
            .json()
            .get("publisher")
            .is_none()
    );
});

on_both!(a_patch_that_changes_nothing_makes_no_version, empty, |app| {
    let path = document(app);
    let same = json!({"title": {"fr": " a "}, "sha256": null, "version": 9, "label": {"fr": "x"}});
    assert_eq!(app.patch(&path, Some("\"1\""), &same).expect(200).json()["version"], 1);
    let none = json!([{"op": "test", "path": "/url", "value": "https://a.example/"}]);
    assert_eq!(operations(app, &path, &none).expect(200).json()["version"], 1);
});

on_both!(a_json_patch_reaches_into_lists, empty, |app| {
    let body = json!({"name": {"fr": "a"}, "mandates": [{"role": "mayor"}, {"role": "governor"}]});
    let path = format!("/v1/people/{}", id(&make(app, "people", &body)));
    let change = json!([
        {"op": "test", "path": "/mandates/0/role", "value": "mayor"},
        {"op": "add", "path": "/mandates/1", "value": {"role": "councillor"}},
        {"op": "add", "path": "/mandates/-", "value": {"role": "ambassador"}},
        {"op": "remove", "path": "/mandates/0"},
        {"op": "replace", "path": "/name/fr", "value": "b"},
        {"op": "copy", "from": "/name/fr", "path": "/name/en"}
    ]);
    let now = operations(app, &path, &change).expect(200).json();
    let roles: Vec<&str> =
        now["mandates"].as_array().unwrap().iter().map(|held| held["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["councillor", "governor", "ambassador"]);
    assert_eq!((&now["name"], &now["version"]), (&json!({"fr": "b", "en": "b"}), &json!(2)));
});

on_both!(a_json_patch_that_does_not_apply_changes_nothing, empty, |app| {
    let path = document(app);
    let failing = json!([
        {"op": "replace", "path": "/title/fr", "value": "b"},
        {"op": "test", "path": "/url", "value": "https://b.example/"}
    ]);
    invalid(operations(app, &path, &failing), &[("/1", "patch_failed")]);
    let missing = json!([{"op": "remove", "path": "/sha256"}]);
    invalid(operations(app, &path, &missing), &[("/0", "patch_failed")]);
    let wrong = json!([{"op": "add", "path": "/languages/-", "value": 1}, {"op": "add", "path": "/titel", "value": 1}]);
    invalid(operations(app, &path, &wrong), &[("/languages/2", "wrong_type"), ("/titel", "unknown_member")]);
    let immovable = json!([{"op": "replace", "path": "/kind", "value": "person"}]);
    invalid(operations(app, &path, &immovable), &[("/kind", "mismatch")]);
    for malformed in [
        json!({"op": "add"}),
        json!([{"op": "add", "path": "/url"}]),
        json!([{"op": "put", "path": "/url", "value": 1}]),
        json!([{"op": "add", "path": "url", "value": 1}]),
    ] {
        assert_eq!(
            operations(app, &path, &malformed).expect(400).json()["code"],
            "invalid_patch",
            "{malformed}"
        );
    }
    assert_eq!(app.get(&path).json()["version"], 1);
});

on_both!(a_patch_has_its_own_media_types, empty, |app| {
    let path = document(app);
    let send = |media: &str, body: &str| {
        app.request("PATCH", &path).key(&app.key).if_match(Some("*")).body(media, body).send()
    };
    send("text/plain", "{}").expect(415);
    send("application/merge-patch+json", "{").expect(400);
    send("application/merge-patch+json; charset=utf-8", "{}").expect(200);
    invalid(send("application/merge-patch+json", "[]"), &[("", "wrong_type")]);
});
