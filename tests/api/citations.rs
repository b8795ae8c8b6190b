//! Citations: which source says what, in which words.

use crate::on_both;
use crate::support::records::{
    assert_invalid, citation, city, commune, create, id, partnership, source, two_towns, with,
};
use serde_json::{Value, json};

fn citing(citations: &[Value]) -> Value {
    with(&commune("06029", "Cannes"), &json!({"citations": citations}))
}

on_both!(a_citation_points_at_a_member_of_the_kind, empty, |app| {
    let document = id(&source(app, "a", &json!({})));
    let at = |pointer: &str| citing(&[citation(&document, pointer, "q")]);
    let path = "/v1/authorities/insee_com:06029";
    for pointer in [
        "",
        "/name",
        "/name/fr",
        "/name/ja",
        "/population/value",
        "/parent",
        "/aliases",
        "/identifiers",
        "/website",
    ] {
        let answer = app.put(path, None, &at(pointer));
        assert!([200, 201].contains(&answer.status), "{pointer}: {}", answer.text);
    }
    for pointer in
        ["/nom", "/aliases/0/text", "name", "/name/de", "/version", "/parties", "/", "/parent/name"]
    {
        assert_invalid(app.put(path, None, &at(pointer)), &[("/citations/0/pointer", "unknown_pointer")]);
    }
});

on_both!(a_citation_is_read_with_its_defaults_and_its_source, empty, |app| {
    let document = id(&source(app, "a", &json!({"identifiers": [{"scheme": "slug", "value": "a"}]})));
    let made = create(app, "authorities", &citing(&[citation("slug:a", "/name/fr", "Cannes")]));
    assert_eq!(made["warnings"], json!([]));
    assert_eq!(
        made["citations"],
        json!([{
            "source": {"id": document, "kind": "source", "name": {"fr": "a"}, "href": format!("/v1/sources/{document}")},
            "pointer": "/name/fr", "quote": "Cannes", "rank": "normal", "certainty": "stated", "origin": "acme"
        }])
    );
    let whole = with(
        &citation("slug:a", "/name/fr", "Canes"),
        &json!({
            "lang": "fr", "value": "Canes", "rank": "deprecated", "certainty": "external", "reason": "source_typo",
            "note": {"fr": "coquille"}, "origin": "somebody"
        }),
    );
    let now =
        app.patch("/v1/authorities/insee_com:06029", Some("*"), &json!({"citations": [whole]})).expect(200);
    let read = now.json()["citations"][0].clone();
    for name in ["lang", "value", "rank", "certainty", "reason", "note"] {
        assert_eq!(read[name], whole[name], "{name}");
    }
    assert_eq!(read["origin"], "acme", "the origin is that of the key");
});

on_both!(faults_inside_a_citation_are_told_where_they_are, empty, |app| {
    let [cannes, _] = two_towns(app);
    let wrong = json!({
        "source": {"id": cannes}, "pointer": "/name", "quote": "q", "rank": "best", "lang": "??", "page": 3
    });
    let answer = app.post(
        "/v1/authorities",
        &with(&city("131008", "x"), &json!({"identifiers": [], "citations": [wrong]})),
    );
    let faults = answer.expect(422).faults();
    let place = |name: &str| format!("/citations/0/{name}");
    for (name, code) in [("rank", "unknown_code"), ("page", "unknown_member")] {
        assert!(faults.contains(&(place(name), code.into())), "{faults:?}");
    }
    assert!(faults.iter().any(|(at, _)| *at == place("lang")), "{faults:?}");
    let unknown = citing(&[citation("slug:none", "/name", "q"), citation(&cannes, "/name", "q")]);
    let faults = [("/citations/0/source/id", "no_such_reference"), ("/citations/1/source/id", "wrong_kind")];
    assert_invalid(app.put("/v1/authorities/insee_com:06029", None, &unknown), &faults);
});

on_both!(one_citation_of_a_member_is_preferred_at_most, empty, |app| {
    let document = id(&source(app, "a", &json!({})));
    let preferred = |pointer: &str, quote: &str| {
        with(&citation(&document, pointer, quote), &json!({"rank": "preferred", "value": quote}))
    };
    let twice =
        citing(&[preferred("/population", "1"), preferred("/name", "x"), preferred("/population", "2")]);
    assert_invalid(app.post("/v1/authorities", &twice), &[("/citations/2/rank", "several_preferred")]);
    let lists = citing(&[
        preferred("/aliases", "1"),
        preferred("/aliases", "2"),
        preferred("/name/fr", "x"),
        preferred("/name/ja", "y"),
    ]);
    app.post("/v1/authorities", &lists).expect(201);
});

on_both!(a_quote_is_kept_byte_for_byte, empty, |app| {
    let document = id(&source(app, "a", &json!({})));
    let quotes = ["  l’amitié \n", "l'amitié", "Cite\u{301}s\u{a0}Unies", "\tＭＯＵ\r\n", "日\u{3000}仏"];
    let citations: Vec<Value> = quotes.iter().map(|quote| citation(&document, "/name", quote)).collect();
    let made = create(app, "authorities", &citing(&citations));
    let read = app.get(&format!("/v1/authorities/{}", id(&made))).json();
    for (index, quote) in quotes.iter().enumerate() {
        assert_eq!(read["citations"][index]["quote"], *quote);
    }
    let answer =
        app.put("/v1/authorities/insee_com:06029", None, &citing(&[citation(&document, "/name", " ")]));
    assert_invalid(answer, &[("/citations/0/quote", "empty")]);
});

on_both!(citations_of_others_are_kept_when_left_out, empty, |app| {
    let document = id(&source(app, "a", &json!({})));
    let clair = app.new_key("clair", &["write"], &[]);
    let (ours, theirs) = (citation(&document, "/name", "ours"), citation(&document, "/name", "theirs"));
    let path =
        format!("/v1/authorities/{}", id(&create(app, "authorities", &citing(std::slice::from_ref(&ours)))));
    let by = |key: &str, citations: &[Value]| {
        let call = app.request("PUT", &path).key(key).if_match(Some("*")).json(&citing(citations));
        let record = call.send().expect(200).json();
        let all = record["citations"].as_array().unwrap().iter();
        all.map(|one| (one["quote"].as_str().unwrap().to_owned(), one["origin"].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    let both = [("ours".to_owned(), "acme".to_owned()), ("theirs".to_owned(), "clair".to_owned())];
    assert_eq!(by(&clair, std::slice::from_ref(&theirs)), both);
    assert_eq!(by(&clair, &[ours.clone(), theirs.clone()]), both);
    assert_eq!(by(&app.key, &[ours]), both);
    assert_eq!(by(&clair, &[]), both[..1]);
    assert_eq!(by(&app.key, &[]), []);
});

on_both!(another_value_stands_beside_the_one_preferred, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let document = id(&source(app, "a", &json!({})));
    let claim = |value: &str, rank: &str| {
        with(&citation(&document, "/since", value), &json!({"value": value, "rank": rank}))
    };
    let body = with(
        &partnership(&[&cannes, &shizuoka]),
        &json!({
            "since": {"edtf": "1991"}, "citations": [claim("1991", "preferred"), claim("1990", "deprecated")]
        }),
    );
    let made = create(app, "partnerships", &body);
    assert_eq!((&made["since"]["edtf"], &made["citations"][1]["value"]), (&json!("1991"), &json!("1990")));
    let members = json!([
        {"op": "replace", "path": "/citations/1/rank", "value": "normal"},
        {"op": "remove", "path": "/citations/0"}
    ]);
    let patch =
        app.request("PATCH", &format!("/v1/partnerships/{}", id(&made))).key(&app.key).if_match(Some("*"));
    let now = patch.body("application/json-patch+json", &members.to_string()).send().expect(200).json();
    assert_eq!(
        (now["citations"].as_array().unwrap().len(), &now["citations"][0]["rank"]),
        (1, &json!("normal"))
    );
});
