//! People: their offices and where these are held.

use crate::on_both;
use crate::support::records::{assert_invalid, create, sorted_labels, two_towns};
use serde_json::{Value, json};

fn person(name: &str, mandates: &Value) -> Value {
    json!({"name": {"fr": name}, "mandates": mandates})
}

on_both!(an_office_has_a_role_and_ends_after_it_begins, empty, |app| {
    let body = person("x", &json!([{"since": {"edtf": "2014"}}, {"role": "king"}]));
    assert_invalid(
        app.post("/v1/people", &body),
        &[("/mandates/0/role", "required"), ("/mandates/1/role", "unknown_code")],
    );
    let term = |since: &str, until: &str| {
        person("x", &json!([{"role": "mayor", "since": {"edtf": since}, "until": {"edtf": until}}]))
    };
    assert_invalid(
        app.post("/v1/people", &term("2014-04", "2014-03")),
        &[("/mandates/0/until", "end_before_start")],
    );
    create(app, "people", &term("2014-04", "2014"));
});

on_both!(people_are_found_by_office_and_place, empty, |app| {
    two_towns(app);
    let held = |role: &str, id: &str| json!([{"role": role, "holder": {"id": id, "kind": "authority"}}, {"role": "ambassador"}]);
    create(app, "people", &person("a", &held("mayor", "insee_com:06029")));
    create(app, "people", &person("b", &held("governor", "dantai:221007")));
    assert_eq!(sorted_labels(app, "/v1/people?role=mayor"), ["a"]);
    assert_eq!(sorted_labels(app, "/v1/people?role=mayor,governor"), ["a", "b"]);
    assert_eq!(sorted_labels(app, "/v1/people?role=ambassador&holder=dantai:221007"), ["b"]);
    let born = json!({"name": {"fr": "x"}, "born": "1960"});
    assert_invalid(app.post("/v1/people", &born), &[("/born", "unknown_member")]);
});
