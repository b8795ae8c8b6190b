//! Who may have webhooks, and which.

use super::{seen, webhook};
use crate::on_both;
use crate::support::records::{assert_faults, assert_invalid, id, with};
use serde_json::{Value, json};

const URL: &str = "https://hooks.example.org/kakehashi";

on_both!(a_key_sees_the_webhooks_of_its_origin, empty, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let reader = app.new_key("acme", &["read"], &[]);
    let other = app.new_key("cuf", &["write"], &[]);
    let own = webhook(app, &app.key, URL, &json!({}));
    let foreign = webhook(app, &other, URL, &json!({}));
    let registry = webhook(app, &admin, URL, &json!({}));
    assert_eq!([&own, &foreign, &registry].map(|hook| &hook["origin"]), ["acme", "cuf", "registry"]);
    let ids = |key: &str| {
        let list = seen(app, key, "/v1/webhooks");
        list["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&app.key), [id(&own)]);
    assert_eq!(ids(&other), [id(&foreign)]);
    assert_eq!(ids(&admin), [id(&own), id(&foreign), id(&registry)]);
    let path = format!("/v1/webhooks/{}", id(&own));
    let delivery = format!("msg_{}_1", id(&own).replace('-', ""));
    for (method, below, body) in [
        ("GET", "", None),
        ("PATCH", "", Some(json!({"enabled": false}))),
        ("POST", "/rotate-secret", None),
        ("POST", "/replay", Some(json!({"after_seq": 0}))),
        ("GET", "/deliveries", None),
        ("GET", &format!("/deliveries/{delivery}"), None),
        ("POST", &format!("/deliveries/{delivery}/replay"), None),
        ("DELETE", "", None),
    ] {
        let send = |key: Option<&str>| {
            let mut call = app.request(method, &format!("{path}{below}"));
            if let Some(key) = key {
                call = call.key(key);
            }
            match &body {
                Some(body) => call.json(body).send(),
                None => call.send(),
            }
        };
        assert_eq!(send(None).expect(401).json()["code"], "unauthorized");
        assert_eq!(send(Some(&other)).expect(404).json()["code"], "no_such_record");
    }
    for key in [&reader, &admin] {
        assert_eq!(seen(app, key, &path)["enabled"], true);
        app.request("GET", &format!("{path}/deliveries/{delivery}")).key(key).send().expect(404);
    }
    app.request("GET", &format!("{path}/deliveries/x")).key(&reader).send().expect(404);
    app.request("GET", "/v1/webhooks/x").key(&reader).send().expect(404);
    app.request("DELETE", &path).key(&admin).send().expect(204);
    app.request("GET", &path).key(&reader).send().expect(404);
    assert_eq!(ids(&admin), [id(&foreign), id(&registry)]);
});

on_both!(a_webhook_is_made_read_and_changed, empty, |app| {
    let members = json!({
        "description": "CLAIR mirror", "kinds": ["visit", "authority", "visit"], "ops": ["delete", "create"],
        "exclude_origin": "self", "enabled": true, "id": "mine", "origin": "cuf", "secret": "whsec_bXkgb3du", "last_delivery": 3
    });
    let body = with(&json!({"url": URL}), &members);
    let answer = app.post("/v1/webhooks", &body).expect(201);
    let made = answer.json();
    let path = format!("/v1/webhooks/{}", id(&made));
    assert_eq!(answer.header("location"), Some(path.as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let time = "2026-11-22T12:00:00.000000Z";
    let mut expected = json!({
        "id": made["id"], "origin": "acme", "url": URL, "description": "CLAIR mirror", "kinds": ["authority", "visit"],
        "ops": ["create", "delete"], "exclude_origin": "self", "enabled": true, "created_at": time, "updated_at": time
    });
    assert_eq!(seen(app, &app.key, &path), expected);
    assert_eq!(seen(app, &app.key, "/v1/webhooks")["items"], json!([expected]));
    app.clock.set("2026-11-22T13:00:00Z".parse().unwrap());
    // What one has read can be sent back.
    assert_eq!(app.patch(&path, None, &expected).expect(200).json(), expected);
    let change = json!({"kinds": null, "exclude_origin": null, "description": null, "enabled": false, "url": "https://other.example.org/"});
    let changed = app.patch(&path, None, &change).expect(200).json();
    for (name, value) in change.as_object().unwrap() {
        match name.as_str() {
            "kinds" => expected[name] = json!([]),
            "url" | "enabled" => expected[name] = value.clone(),
            _ => drop(expected.as_object_mut().unwrap().shift_remove(name)),
        }
    }
    expected["updated_at"] = json!("2026-11-22T13:00:00.000000Z");
    assert_eq!(changed, expected);
    assert_eq!(seen(app, &app.key, &path), expected);
});

on_both!(a_faulty_webhook_is_refused_with_every_fault, empty, |app| {
    let input = json!({
        "url": "ftp://example.org/", "description": 7, "kinds": ["source", "sorce"], "ops": "create",
        "exclude_origin": "a b", "enabled": "yes", "colour": "red"
    });
    let faults = [
        ("/url", "bad_url"),
        ("/description", "wrong_type"),
        ("/kinds/1", "unknown_code"),
        ("/ops", "wrong_type"),
        ("/exclude_origin", "bad_format"),
        ("/enabled", "wrong_type"),
        ("/colour", "unknown_member"),
    ];
    assert_invalid(app.post("/v1/webhooks", &input), &faults);
    assert_invalid(
        app.post("/v1/webhooks", &json!({"ops": ["upsert"]})),
        &[("/url", "required"), ("/ops/0", "unknown_code")],
    );
    let long = format!("https://example.org/{}", "a".repeat(2000));
    for (url, code) in [
        ("https://user:secret@example.org/", "bad_url"),
        ("https:///x", "bad_url"),
        ("http://2130706433/", "bad_url"),
        ("http://example.org:x/", "bad_url"),
        (&long, "too_long"),
    ] {
        assert_invalid(app.post("/v1/webhooks", &json!({"url": url})), &[("/url", code)]);
    }
    let path = format!("/v1/webhooks/{}", id(&webhook(app, &app.key, URL, &json!({}))));
    let wrong = with(&input, &json!({"id": "x"}));
    let all: Vec<_> = faults.into_iter().chain([("/id", "mismatch")]).collect();
    assert_invalid(app.patch(&path, None, &wrong), &all);
    assert_invalid(app.patch(&path, None, &json!({"url": null})), &[("/url", "required")]);
    assert_invalid(app.patch(&path, None, &json!([])), &[("", "wrong_type")]);
    for (body, fault) in [
        (json!({}), ("/after_seq", "required")),
        (json!({"after_seq": -1}), ("/after_seq", "out_of_range")),
        (json!({"after_seq": "1"}), ("/after_seq", "wrong_type")),
        (json!({"after_seq": 1, "before": 2}), ("/before", "unknown_member")),
    ] {
        assert_invalid(app.post(&format!("{path}/replay"), &body), &[fault]);
    }
    let unread = app.request("POST", "/v1/webhooks").key(&app.key).body("text/plain", "x").send();
    unread.expect(415);
    let query = app.request("GET", &format!("{path}/deliveries?state=failed")).key(&app.key).send();
    assert_faults(query, 400, &[("state", "unknown_parameter")]);
    assert_eq!(seen(app, &app.key, "/v1/webhooks")["items"].as_array().unwrap().len(), 1);
});

on_both!(a_key_that_only_reads_makes_and_changes_none, empty, |app| {
    let own = webhook(app, &app.key, URL, &json!({}));
    let reader = app.new_key("acme", &["read"], &[]);
    let path = format!("/v1/webhooks/{}", id(&own));
    for (method, path, body) in [
        ("POST", "/v1/webhooks", Some(json!({"url": URL}))),
        ("PATCH", path.as_str(), Some(json!({"enabled": false}))),
        ("POST", &format!("{path}/rotate-secret"), None),
        ("POST", &format!("{path}/replay"), Some(json!({"after_seq": 0}))),
        ("POST", &format!("{path}/deliveries/msg_1/replay"), None),
        ("DELETE", &path, None),
    ] {
        let call = app.request(method, path).key(&reader);
        let answer = match body {
            Some(body) => call.json(&body).send(),
            None => call.send(),
        };
        assert_eq!(answer.expect(403).json()["code"], "forbidden", "{method} {path}");
    }
    assert_eq!(seen(app, &reader, "/v1/webhooks")["items"].as_array().unwrap().len(), 1);
});

on_both!(an_origin_has_ten_webhooks_and_a_registry_a_hundred, empty, |app| {
    let refuse = |key: &str| {
        let answer =
            app.request("POST", "/v1/webhooks").key(key).json(&json!({"url": URL})).send().expect(409);
        assert_eq!(answer.json()["code"], "too_many_webhooks");
        answer.json()["detail"].as_str().unwrap().to_owned()
    };
    let mut last = Value::Null;
    for origin in 0..10 {
        let key = app.new_key(&format!("origin{origin}"), &["write:source"], &[]);
        for _ in 0..10 {
            last = webhook(app, &key, URL, &json!({"enabled": false}));
        }
        if origin < 9 {
            assert!(refuse(&key).contains("10 "));
        }
    }
    assert!(refuse(&app.key).contains("100 "));
    let admin = app.new_key("registry", &["admin"], &[]);
    app.request("DELETE", &format!("/v1/webhooks/{}", id(&last))).key(&admin).send().expect(204);
    webhook(app, &app.key, URL, &json!({}));
});
