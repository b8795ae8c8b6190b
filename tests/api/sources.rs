//! Sources: the documents that citations name.

use crate::on_both;
use crate::support::records::{assert_invalid, citation, commune, create, id, sorted_labels, source, with};
use serde_json::json;

on_both!(a_source_is_checked_member_by_member, empty, |app| {
    let post = |more| app.post("/v1/sources", &with(&json!({"title": {"fr": "x"}}), &more));
    for wrong in ["www.a.example", "ftp://a.example/", "https://", "javascript:alert(1)"] {
        assert_invalid(post(json!({"url": wrong})), &[("/url", "bad_url")]);
    }
    assert_invalid(post(json!({"sha256": "A7".repeat(32)})), &[("/sha256", "bad_format")]);
    assert_invalid(post(json!({"languages": ["fr", "japanese!"]})), &[("/languages/1", "bad_format")]);
    assert_invalid(post(json!({"reliability": "rumour"})), &[("/reliability", "unknown_code")]);
    post(json!({"url": "https://a.example/é?q=1#x", "sha256": "a7".repeat(32), "languages": ["pt-BR"]}))
        .expect(201);
});

on_both!(what_cites_a_source_is_found, empty, |app| {
    let document = id(&source(app, "a", &json!({"reliability": "press"})));
    source(app, "b", &json!({"reliability": "primary"}));
    create(
        app,
        "authorities",
        &with(&commune("06029", "Cannes"), &json!({"citations": [citation(&document, "", "q")]})),
    );
    create(app, "authorities", &commune("13055", "Marseille"));
    assert_eq!(sorted_labels(app, &format!("/v1/authorities?source={document}")), ["Cannes"]);
    assert_eq!(sorted_labels(app, "/v1/sources?reliability=press,official"), ["a"]);
});
