//! Webhooks: who is told of changes, with which signature, how often, and who may not be told.

mod access;
mod delivering;
mod processes;
pub(crate) mod receiver;

use crate::program::wait_until;
use crate::support::TestApp;
use crate::support::records::{id, with};
use serde_json::{Value, json};

/// Makes a webhook with the key; gives it with its secret.
#[track_caller]
pub(crate) fn webhook(app: &TestApp, key: &str, url: &str, more: &Value) -> Value {
    let body = with(&json!({"url": url}), more);
    app.request("POST", "/v1/webhooks").key(key).json(&body).send().expect(201).json()
}

/// What a path says, seen by the key.
#[track_caller]
pub(crate) fn seen(app: &TestApp, key: &str, path: &str) -> Value {
    app.request("GET", path).key(key).send().expect(200).json()
}

/// The ids of a webhook and of a delivery that are there.
pub(crate) fn existing(app: &TestApp) -> (String, String) {
    let admin = app.new_key("registry", &["admin"], &[]);
    let made = || {
        let more = json!({"kinds": ["rencontre"], "exclude_origin": "nobody", "description": "All editions"});
        let made = webhook(app, &admin, "http://127.0.0.1:9/", &more);
        let path = format!("/v1/webhooks/{}/replay", id(&made));
        app.request("POST", &path).key(&admin).json(&json!({"after_seq": 0})).send().expect(202);
        id(&made)
    };
    let all = seen(app, &admin, "/v1/webhooks");
    let id = all["items"][0]["id"].as_str().map_or_else(made, str::to_owned);
    let path = format!("/v1/webhooks/{id}/deliveries");
    let attempted = || {
        let list = seen(app, &admin, &path);
        let found = list["items"].as_array().unwrap().iter().find(|item| item["last_attempt"].is_object());
        found.map(|item| item["id"].as_str().unwrap().to_owned())
    };
    wait_until("a delivery is attempted", || attempted().is_some());
    (id, attempted().unwrap())
}
