//! Identifiers: unique, verified, owned; and writing by `scheme:value`.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{assert_invalid, change_count, city, commune, create, id, with};
use serde_json::{Value, json};

fn bearing(identifiers: &[(&str, &str)]) -> Value {
    let identifiers: Vec<Value> =
        identifiers.iter().map(|(scheme, value)| json!({"scheme": scheme, "value": value})).collect();
    json!({"name": {"fr": "x"}, "identifiers": identifiers})
}

fn identifiers(record: &Value) -> Vec<String> {
    let all = record["identifiers"].as_array().unwrap().iter();
    all.map(|one| format!("{}:{}", one["scheme"].as_str().unwrap(), one["value"].as_str().unwrap())).collect()
}

fn put(app: &TestApp, key: &str, path: &str, body: &Value) -> crate::support::TestResponse {
    app.request("PUT", path).key(key).json(body).send()
}

on_both!(an_identifier_belongs_to_one_record_of_a_kind, empty, |app| {
    let first = create(app, "people", &bearing(&[("slug", "a"), ("wikidata", "Q1")]));
    let problem = app.post("/v1/people", &bearing(&[("slug", "b"), ("wikidata", "Q1")])).expect(409).json();
    assert_eq!(problem["code"], "identifier_taken");
    let existing = json!({"kind": "person", "id": first["id"], "href": format!("/v1/people/{}", id(&first))});
    assert_eq!(problem["existing"], existing);
    let second = create(app, "people", &bearing(&[("slug", "b")]));
    let path = format!("/v1/people/{}", id(&second));
    let add = json!({"identifiers": [{"scheme": "slug", "value": "a"}]});
    assert_eq!(app.patch(&path, Some("*"), &add).expect(409).json()["existing"], existing);
    app.post(
        "/v1/sources",
        &json!({"title": {"fr": "x"}, "identifiers": [{"scheme": "slug", "value": "a"}]}),
    )
    .expect(201);
    let twice = app.post("/v1/people", &bearing(&[("slug", "c"), ("slug", "c")]));
    assert_invalid(twice, &[("/identifiers/1", "repeated")]);
});

on_both!(values_are_verified_against_their_scheme, empty, |app| {
    let at = "/identifiers/0/value";
    for (scheme, value, code) in [
        ("dantai", "221008", "bad_check_digit"),
        ("siren", "210600293", "bad_check_digit"),
        ("dantai", "481009", "bad_identifier"),
        ("dantai", "22100", "ok"),
        ("insee_com", "6029", "bad_identifier"),
        ("insee_com", "2A004", "ok"),
        ("insee_dep", "96", "bad_identifier"),
        ("insee_ctcd", "75C", "ok"),
        ("insee_ctcd", "75D", "bad_identifier"),
        ("insee_reg", "12", "bad_identifier"),
        ("iso3166_2", "JP-48", "bad_identifier"),
        ("iso3166_2", "FR-75C", "ok"),
        ("wikidata", "90", "bad_identifier"),
        ("geonames", "012", "bad_identifier"),
        ("slug", "Nancy", "bad_identifier"),
        ("slug", "a b", "bad_identifier"),
    ] {
        let answer = app.post("/v1/people", &bearing(&[(scheme, value)]));
        if code == "ok" {
            answer.expect(201);
        } else {
            assert_eq!(answer.expect(422).faults(), [(at.to_owned(), code.to_owned())], "{scheme}:{value}");
        }
    }
    let unknown = app.post("/v1/people", &bearing(&[("isni", "1")]));
    assert_invalid(unknown, &[("/identifiers/0/scheme", "unknown_scheme")]);
    let problem = app.post("/v1/people", &bearing(&[("dantai", "221008")])).json();
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains('7'), "{problem}");
});

on_both!(a_dantai_code_of_five_digits_is_completed, empty, |app| {
    let made = create(app, "authorities", &city("22100", "Shizuoka"));
    assert_eq!(identifiers(&made), ["dantai:221007"]);
    app.post("/v1/authorities", &city("22100", "x")).expect(409);
    let path = "/v1/authorities/dantai:22100";
    let again = app.put(path, None, &city("221007", "Shizuoka")).expect(200).json();
    assert_eq!((&again["id"], &again["version"]), (&made["id"], &json!(1)));
    assert_eq!(app.get(path).expect(200).json()["id"], made["id"]);
});

on_both!(owned_schemes_are_written_by_their_owners_alone, empty, |app| {
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let answer = app.post("/v1/people", &bearing(&[("clair", "77")])).expect(403);
    assert_eq!(answer.json()["code"], "scheme_not_owned");
    app.post("/v1/people", &bearing(&[("acme", "1")])).expect(201);
    assert_eq!(put(app, &app.key, "/v1/people/cncd:1", &bearing(&[])).status, 403);
    let made = put(app, &clair, "/v1/people/clair:77", &bearing(&[])).expect(201).json();
    assert_eq!((identifiers(&made), &made["origin"]), (vec!["clair:77".to_owned()], &json!("clair")));
    assert_eq!(put(app, &clair, "/v1/people/acme:2", &bearing(&[])).status, 403);
    let copied = with(&made, &json!({"name": {"fr": made["name"]["fr"], "en": "y"}}));
    app.put(&format!("/v1/people/{}", id(&made)), Some("*"), &copied).expect(200);
});

on_both!(put_by_an_identifier_makes_or_replaces, empty, |app| {
    let path = "/v1/people/slug:a";
    let made = app.put(path, None, &bearing(&[("wikidata", "Q1")])).expect(201);
    let body = made.json();
    assert_eq!(identifiers(&body), ["slug:a", "wikidata:Q1"]);
    assert_eq!(made.header("location").unwrap(), format!("/v1/people/{}", id(&body)));
    let before = change_count(app);
    let same = app.put(path, None, &bearing(&[("wikidata", "Q1")])).expect(200);
    assert_eq!((same.etag(), change_count(app)), (made.etag(), before));
    let renamed = with(&bearing(&[("wikidata", "Q1")]), &json!({"name": {"fr": "y"}}));
    let now = app.put(path, None, &renamed).expect(200).json();
    assert_eq!((&now["id"], &now["version"]), (&body["id"], &json!(2)));
    let by_body = app.put("/v1/people/geonames:5", None, &bearing(&[("slug", "a")])).expect(200).json();
    assert_eq!(by_body["id"], body["id"]);
    assert!(identifiers(&by_body).contains(&"geonames:5".into()));
    app.put(path, Some("\"1\""), &renamed).expect(412);
    app.put("/v1/people/slug:none", Some("*"), &bearing(&[])).expect(412);
    let only = app.request("PUT", path).key(&app.key).header("if-none-match", "*").json(&renamed).send();
    assert_eq!(only.expect(412).json()["current_version"], 3);
    let only = app.request("PUT", "/v1/people/slug:b").key(&app.key).header("if-none-match", "*");
    only.json(&bearing(&[])).send().expect(201);
});

on_both!(what_another_origin_wrote_last_is_not_overwritten_unawares, empty, |app| {
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let path = "/v1/people/slug:a";
    let made = app.put(path, None, &bearing(&[])).expect(201);
    put(app, &clair, path, &bearing(&[])).expect(200);
    let other = with(&bearing(&[]), &json!({"name": {"fr": "y"}}));
    let problem = put(app, &clair, path, &other).expect(409).json();
    assert_eq!((&problem["code"], &problem["current_version"]), (&json!("changed_elsewhere"), &json!(1)));
    let agreed = app.request("PUT", path).key(&clair).if_match(Some(made.etag())).json(&other).send();
    let now = agreed.expect(200).json();
    assert_eq!((&now["origin"], &now["version"]), (&json!("clair"), &json!(2)));
    put(app, &clair, path, &bearing(&[])).expect(200);
    assert_eq!(app.put(path, None, &other).expect(409).json()["code"], "changed_elsewhere");
});

on_both!(identifiers_of_two_records_are_ambiguous, empty, |app| {
    let ids = ["a", "b"].map(|slug| id(&create(app, "people", &bearing(&[("slug", slug)]))));
    let problem = app.put("/v1/people/slug:a", None, &bearing(&[("slug", "b")])).expect(409).json();
    assert_eq!(problem["code"], "ambiguous");
    let existing: Vec<&str> =
        problem["existing"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(existing, ids);
});

on_both!(identifiers_of_schemes_not_owned_are_kept_when_left_out, empty, |app| {
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let path =
        format!("/v1/people/{}", id(&create(app, "people", &bearing(&[("acme", "1"), ("slug", "a")]))));
    let by = |key: &str, body: &Value| {
        let answer = app.request("PUT", &path).key(key).if_match(Some("*")).json(body).send();
        identifiers(&answer.expect(200).json())
    };
    assert_eq!(by(&clair, &bearing(&[("clair", "7")])), ["acme:1", "clair:7", "slug:a"]);
    let change_request = json!({"identifiers": [{"scheme": "wikidata", "value": "Q1"}]});
    let now = app.patch(&path, Some("*"), &change_request).expect(200).json();
    assert!(identifiers(&now).contains(&"clair:7".into()), "{now}");
    assert!(!identifiers(&now).contains(&"acme:1".into()), "{now}");
    // Another's slug is replaced by who knows the version.
    let body = bearing(&[("slug", "b")]);
    let any = app.request("PUT", &path).key(&clair).if_match(Some("*")).json(&body).send().expect(409);
    assert_eq!(any.json()["conflicts"][0]["identifier"], "slug:a");
    let known = app.request("PUT", &path).key(&clair).if_match(Some("\"3\"")).json(&body).send();
    assert_eq!(identifiers(&known.expect(200).json()), ["slug:b", "wikidata:Q1"]);
});

on_both!(codes_that_look_alike_are_case_sensitive_and_bounded, empty, |app| {
    create(app, "people", &bearing(&[("acme", "Ab")]));
    app.get("/v1/people/acme:ab").expect(404);
    create(app, "people", &bearing(&[("acme", "ab")]));
    create(app, "people", &bearing(&[("acme", &"x".repeat(64))]));
    for wrong in ["", "a b", "a/b", "é", &"x".repeat(65)] {
        let faults = app.post("/v1/people", &bearing(&[("acme", wrong)])).expect(422).faults();
        assert_eq!(faults[0].0, "/identifiers/0/value", "{wrong}");
    }
    create(app, "authorities", &commune("2A004", "Ajaccio"));
    app.get("/v1/authorities/insee_com:2a004").expect(404);
});
