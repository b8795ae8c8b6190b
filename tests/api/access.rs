//! Who may do what: keys, scopes, their management; and what browsers are told.

use crate::on_both;
use crate::support::records::{assert_invalid, change_count, city, commune, partnership, with};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

fn write(app: &TestApp, key: &str) -> TestResponse {
    app.request("POST", "/v1/sources").key(key).json(&json!({"title": {"fr": "a"}})).send()
}

fn manage(app: &TestApp, key: &str, method: &str, path: &str, body: Option<&Value>) -> TestResponse {
    let call = app.request(method, path).key(key);
    match body {
        Some(body) => call.json(body).send(),
        None => call.send(),
    }
}

#[track_caller]
fn unauthorized(answer: TestResponse) {
    let answer = answer.expect(401);
    assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
    assert_eq!(answer.json()["code"], "unauthorized");
}

on_both!(writing_needs_a_key_in_force, empty, |app| {
    let body = json!({"title": {"fr": "a"}});
    unauthorized(app.request("POST", "/v1/sources").json(&body).send());
    for wrong in ["Basic YTpi", "Bearer", "Bearer ", "Bearer x", "bearer kkh_1_2", &app.key.clone()] {
        unauthorized(app.request("POST", "/v1/sources").header("authorization", wrong).json(&body).send());
    }
    unauthorized(write(app, &app.key.to_uppercase()));
    unauthorized(write(app, &format!("{}x", app.key)));
    for method in ["PUT", "PATCH", "DELETE"] {
        unauthorized(app.request(method, "/v1/sources/slug:a").if_match(Some("*")).json(&body).send());
    }
    assert_eq!(change_count(app), 0);
    let lower = app.request("POST", "/v1/sources").header("authorization", &format!("bearer {}", app.key));
    lower.json(&body).send().expect(201);
    app.request("GET", "/v1/sources").header("authorization", "Bearer x").send().expect(200);
});

on_both!(a_key_ends_when_it_expires_or_is_revoked, empty, |app| {
    let admin = app.new_key("kakehashi", &["admin"], &[]);
    let new = json!({"name": "short", "origin": "clair", "scopes": ["write"], "expires": "1h"});
    let made = manage(app, &admin, "POST", "/v1/keys", Some(&new)).expect(201).json();
    assert_eq!(made["expires_at"], "2026-11-22T13:00:00.000000Z");
    let key = made["key"].as_str().unwrap();
    app.clock.set("2026-11-22T12:59:59Z".parse().unwrap());
    assert_eq!(write(app, key).expect(201).json()["origin"], "clair");
    app.clock.set("2026-11-22T13:00:00Z".parse().unwrap());
    unauthorized(write(app, key));
    let own = app.key.split('_').nth(1).unwrap();
    manage(app, &admin, "DELETE", &format!("/v1/keys/{own}"), None).expect(204);
    unauthorized(write(app, &app.key));
    manage(app, &admin, "DELETE", &format!("/v1/keys/{own}"), None).expect(404);
});

on_both!(a_scope_opens_its_own_kind_alone, empty, |app| {
    let forbidden = |answer: TestResponse| assert_eq!(answer.expect(403).json()["code"], "forbidden");
    forbidden(write(app, &app.new_key("clair", &["read"], &[])));
    let key = app.new_key("clair", &["write:authority", "write:partnership"], &[]);
    forbidden(write(app, &key));
    forbidden(app.request("PUT", "/v1/people/slug:a").key(&key).json(&json!({"name": {"fr": "a"}})).send());
    let post = |path: &str, body: &Value| app.request("POST", path).key(&key).json(body).send();
    post("/v1/authorities", &commune("06029", "Cannes")).expect(201);
    post("/v1/authorities", &city("221007", "Shizuoka")).expect(201);
    let made = post("/v1/partnerships", &partnership(&["insee_com:06029", "dantai:221007"])).expect(201);
    assert_eq!(made.json()["origin"], "clair");
    let other = app.new_key("cuf", &["write:partnership"], &[]);
    let path = "/v1/authorities/dantai:221007";
    forbidden(app.request("DELETE", path).key(&other).if_match(Some("*")).send());
    forbidden(app.request("PATCH", path).key(&other).if_match(Some("*")).json(&json!({})).send());
    assert_eq!(change_count(app), 3);
});

on_both!(only_administrators_manage_keys, empty, |app| {
    let new = json!({"name": "n", "origin": "clair", "scopes": ["write"]});
    unauthorized(app.get("/v1/keys"));
    unauthorized(app.request("POST", "/v1/keys").json(&new).send());
    for (method, path, body) in
        [("GET", "/v1/keys", None), ("POST", "/v1/keys", Some(&new)), ("DELETE", "/v1/keys/x", None)]
    {
        assert_eq!(manage(app, &app.key, method, path, body).expect(403).json()["code"], "forbidden");
    }
    let admin = app.new_key("kakehashi", &["admin"], &[]);
    assert_eq!(write(app, &admin).expect(201).json()["origin"], "kakehashi");
    let list = manage(app, &admin, "GET", "/v1/keys", None).expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
});

on_both!(the_text_of_a_key_is_shown_once, empty, |app| {
    let admin = app.new_key("kakehashi", &["admin"], &[]);
    let new = json!({"name": "CLAIR mirror", "origin": "clair", "scopes": ["write", "write:visit"], "schemes": ["clair", "jlgc"]});
    let answer = manage(app, &admin, "POST", "/v1/keys", Some(&new)).expect(201);
    let made = answer.json();
    let (text, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert_eq!(answer.header("location").unwrap(), format!("/v1/keys/{id}"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let list = manage(app, &admin, "GET", "/v1/keys", None).expect(200);
    assert!(!list.text.contains(text) && !list.text.contains(text.splitn(3, '_').nth(2).unwrap()));
    let items = list.json();
    let shown = items["items"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    for name in ["name", "origin", "scopes", "schemes"] {
        assert_eq!(shown[name], new[name]);
    }
    for key in items["items"].as_array().unwrap() {
        for name in key.as_object().unwrap().keys() {
            let known =
                ["id", "name", "origin", "scopes", "schemes", "created_at", "expires_at", "revoked_at"];
            assert!(known.contains(&name.as_str()), "{name}");
        }
    }
    let own = json!({"name": {"fr": "x"}, "identifiers": [{"scheme": "jlgc", "value": "1"}]});
    app.request("POST", "/v1/people").key(text).json(&own).send().expect(201);
    let taken = with(&own, &json!({"identifiers": [{"scheme": "jlgc", "value": "2"}]}));
    assert_eq!(app.post("/v1/people", &taken).expect(403).json()["code"], "scheme_not_owned");
});

on_both!(a_key_asked_for_wrongly_is_refused, empty, |app| {
    let admin = app.new_key("kakehashi", &["admin"], &[]);
    let ask = |body: Value| manage(app, &admin, "POST", "/v1/keys", Some(&body));
    let scopes = json!(["write"]);
    assert_invalid(ask(json!({})), &[("/name", "required"), ("/origin", "required")]);
    assert_invalid(
        ask(json!({"name": "n", "origin": "o", "scopes": ["write:town", "all"], "expires": "soon"})),
        &[("/scopes/0", "invalid_key"), ("/scopes/1", "invalid_key"), ("/expires", "invalid_key")],
    );
    ask(json!({"name": "n", "origin": "o", "scopes": []})).expect(422);
    ask(json!({"name": "n", "origin": "a b", "scopes": scopes})).expect(422);
    for nobody in ["self", "system", "gazetteer"] {
        ask(json!({"name": "n", "origin": nobody, "scopes": scopes})).expect(422);
    }
    ask(json!({"name": "n", "origin": "o", "scopes": scopes, "schemes": ["dantai"]})).expect(422);
    assert_invalid(
        ask(json!({"name": "n", "origin": "o", "scopes": scopes, "scheme": 1})),
        &[("/scheme", "unknown_member")],
    );
    let list = manage(app, &admin, "GET", "/v1/keys", None).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
});

on_both!(pages_of_any_site_may_call, empty, |app| {
    let preflight = app
        .request("OPTIONS", "/v1/sources/slug:a")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "authorization, if-match, content-type")
        .send();
    assert!([200, 204].contains(&preflight.status));
    assert!(["*", "https://app.example"].contains(&preflight.header("access-control-allow-origin").unwrap()));
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("PATCH"));
    let headers = preflight.header("access-control-allow-headers").unwrap().to_lowercase();
    assert!(
        headers == "*"
            || ["authorization", "if-match", "content-type"].iter().all(|name| headers.contains(name))
    );
    for path in ["/v1/sources", "/v1/sources/slug:a"] {
        let answer = app.request("GET", path).header("origin", "https://app.example").send();
        assert!(answer.header("access-control-allow-origin").is_some(), "{path}");
        let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
        for name in ["etag", "link", "location", "x-request-id", "content-language", "retry-after"] {
            assert!(exposed.contains(name), "{path}: {name}");
        }
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
});

on_both!(every_answer_protects_browsers, empty, |app| {
    for path in ["/", "/v1/sources", "/nothing", "/problems/gone", "/openapi.json", "/docs/"] {
        let answer = app.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("http"), "{path}: {policy}");
    }
    let refused = write(app, "x").expect(401);
    assert_eq!(refused.header("x-content-type-options"), Some("nosniff"));
});

on_both!(keys_are_paged, empty, |app| {
    let admin = app.new_key("kakehashi", &["admin"], &[]);
    for number in 0..3 {
        app.new_key(&format!("origin-{number}"), &["write"], &[]);
    }
    let get = |path: &str| {
        let request = app.request("GET", path).header("authorization", &format!("Bearer {admin}"));
        request.send().expect(200)
    };
    let whole = get("/v1/keys").json();
    assert_eq!((whole["items"].as_array().unwrap().len(), &whole["page"]), (5, &json!({"limit": 50})));
    let (mut next, mut found) = ("/v1/keys?limit=2".to_owned(), Vec::new());
    for count in [2, 2, 1] {
        let page = get(&next);
        let body = page.json();
        let items = body["items"].as_array().unwrap();
        assert_eq!(items.len(), count);
        found.extend(items.clone());
        if count == 1 {
            assert_eq!(body["page"].get("next"), None);
            break;
        }
        body["page"]["next"].as_str().unwrap().clone_into(&mut next);
        assert!(page.header("link").unwrap().contains(&next));
    }
    assert_eq!(json!(found), whole["items"]);
});
