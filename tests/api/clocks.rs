//! A clock that is set back puts nothing before what it follows.

use crate::on_both;
use crate::support::records::{change_count, create, items};
use serde_json::json;

on_both!(no_version_is_before_the_one_that_it_follows, empty, |app| {
    let made = create(app, "sources", &json!({"title": {"fr": "a"}}));
    let path = format!("/v1/sources/{}", made["id"].as_str().unwrap());
    app.clock.set("2026-11-22T11:00:00Z".parse().unwrap());
    let patched = app.patch(&path, Some("*"), &json!({"title": {"fr": "b"}})).expect(200).json();
    assert_eq!(patched["created_at"], made["created_at"]);
    assert_eq!(patched["updated_at"], made["updated_at"]);
    app.delete(&path, Some("*")).expect(204);
    app.clock.set("2026-11-22T13:00:00Z".parse().unwrap());
    app.request("POST", &format!("{path}/versions/1/restore"))
        .key(&app.key)
        .if_match(Some("*"))
        .send()
        .expect(200);
    let times: Vec<String> = items(app, &format!("{path}/versions"))
        .iter()
        .map(|version| version["at"].as_str().unwrap().to_owned())
        .collect();
    let then = "2026-11-22T12:00:00.000000Z";
    assert_eq!(times, ["2026-11-22T13:00:00.000000Z", then, then, then]);
    change_count(app);
});
