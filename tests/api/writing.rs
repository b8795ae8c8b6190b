//! Creating, replacing and deleting records: conditions, conflicts, and what a refused request leaves behind.

use crate::on_both;
use crate::support::records::{
    assert_invalid, change_count, citation, city, commune, create, edition, id, items, partnership, source,
    two_towns, with,
};
use kakehashi::domain::kind::Kind;
use kakehashi::kinds::all;
use serde_json::{Value, json};

/// What the samples refer to, in an order in which it can be made.
fn make_what_samples_refer_to(app: &crate::support::TestApp) {
    let prefecture = json!({
        "identifiers": [{"scheme": "dantai", "value": "220001"}],
        "country": "JP", "level": "prefecture", "name": {"fr": "Préfecture de Shizuoka"}
    });
    create(app, "authorities", &prefecture);
    create(app, "authorities", &commune("06029", "Cannes"));
    let slug = |value: &str| json!([{"scheme": "slug", "value": value}]);
    let named = json!({"identifiers": slug("cites-unies-france"), "category": "national_association", "name": {"fr": "CUF"}});
    create(app, "organisations", &named);
    create(app, "rencontres", &edition(7, "held", "insee_com:06029", "2022-10-03/2022-10-06"));
    let old = json!({
        "identifiers": slug("cannes-shizuoka-1991"), "category": "twinning_oath", "title": {"fr": "Serment"},
        "status": "renewed", "parties": [{"party": {"id": "insee_com:06029", "kind": "authority"}}]
    });
    create(app, "memoranda", &old);
}

/// Writes a kind's sample, reads it, puts it back; false where what it refers to is not there yet.
fn is_put_back_unchanged(app: &crate::support::TestApp, kind: Kind) -> bool {
    let collection = format!("/v1/{}", kind.path());
    let sample = all::definition(kind).sample();
    let made = app.post(&collection, &sample);
    if made.status == 422 && made.faults().iter().all(|(_, code)| code == "no_such_reference") {
        return false;
    }
    let made = made.expect(201);
    let body = made.json();
    let path = format!("{collection}/{}", id(&body));
    assert_eq!(made.header("location"), Some(path.as_str()));
    let read = app.get(&path).expect(200);
    assert_eq!(made.etag(), read.etag(), "{kind:?}");
    let mut without_warnings = body.clone();
    without_warnings.as_object_mut().unwrap().shift_remove("warnings");
    assert_eq!(without_warnings, read.json(), "{kind:?}");
    for name in sample.as_object().unwrap().keys() {
        assert!(body.get(name).is_some(), "{kind:?} has lost {name}");
    }
    let before = change_count(app);
    let again = app.put(&path, Some(read.etag()), &body).expect(200);
    assert_eq!((again.etag(), change_count(app)), (read.etag(), before), "{kind:?}");
    app.patch(&path, Some(read.etag()), &json!({})).expect(200);
    assert_eq!(change_count(app), before, "{kind:?}");
    true
}

/// Makes the sample of every kind.
pub(crate) fn make_samples(app: &crate::support::TestApp) {
    make_what_samples_refer_to(app);
    let mut left = Kind::ALL.to_vec();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|kind| !is_put_back_unchanged(app, *kind));
        assert!(left.len() < before, "{left:?}: what the samples refer to cannot be made");
    }
}

on_both!(every_sample_is_written_read_and_put_back_unchanged, empty, |app| {
    make_samples(app);
});

on_both!(a_new_record_is_answered_whole_with_its_address_and_warnings, empty, |app| {
    let answer = app.post("/v1/sources", &json!({"title": {"fr": "a"}})).expect(201);
    let body = answer.json();
    assert_eq!(answer.header("location").unwrap(), format!("/v1/sources/{}", id(&body)));
    assert!(answer.etag().starts_with("\"1-"));
    assert_eq!(body["warnings"][0]["code"], "uncited");
    assert_eq!(body["warnings"][0]["pointer"], "/citations");
    assert!(body["warnings"][0]["detail"].as_str().unwrap().len() > 5);
});

on_both!(every_fault_is_told_at_once_where_it_is, empty, |app| {
    let body = json!({
        "titel": {"fr": "x"}, "title": {"de": "x", "fr": 3}, "published": {"edtf": "2015-02-29"},
        "url": "ftp://a.example", "languages": ["fr", "??"], "reliability": "offical", "sha256": "abc",
        "publisher": {}, "retrieved": "2020",
        "identifiers": [{"scheme": "slug", "value": "No Slug"}],
        "citations": [{"pointer": "/url", "quote": ""}]
    });
    let answer = app.post("/v1/sources", &body);
    let nearest = answer.json()["errors"].to_string();
    assert!(nearest.contains("`title`") && nearest.contains("`official`"), "{nearest}");
    let faults = answer.clone().expect(422).faults();
    let places: std::collections::BTreeSet<&str> = faults.iter().map(|(place, _)| place.as_str()).collect();
    for place in [
        "/titel",
        "/title/de",
        "/title/fr",
        "/published/edtf",
        "/url",
        "/languages/1",
        "/reliability",
        "/sha256",
        "/publisher",
        "/retrieved",
        "/identifiers/0/value",
        "/citations/0/source",
        "/citations/0/quote",
    ] {
        assert!(places.contains(place), "{place} is not among {places:?}");
    }
    assert_eq!(answer.json()["code"], "invalid");
    assert_eq!(change_count(app), 0);
});

on_both!(absent_null_and_an_empty_list_are_the_same, empty, |app| {
    let full = json!({"title": {"fr": "a"}, "url": "https://a.example/", "languages": ["fr"]});
    let path = format!("/v1/sources/{}", id(&create(app, "sources", &full)));
    let bare = app.put(&path, Some("*"), &json!({"title": {"fr": "a"}})).expect(200);
    assert_eq!(bare.json()["languages"], json!([]));
    assert!(bare.json().get("url").is_none());
    for same in [
        json!({"title": {"fr": "a", "ja": null}, "url": null, "languages": null, "citations": null}),
        json!({"title": {"fr": " a\n"}, "languages": [], "identifiers": []}),
    ] {
        assert_eq!(app.put(&path, Some("*"), &same).expect(200).etag(), bare.etag());
    }
});

on_both!(texts_are_composed_trimmed_and_free_of_controls, empty, |app| {
    let made = source(app, "x", &json!({"title": {"fr": "  Cite\u{301}s\r\nUnies "}}));
    assert_eq!(made["title"]["fr"], "Cités\nUnies");
    for wrong in ["a\tb", "a\u{0}b", "a\u{7f}"] {
        let answer = app.post("/v1/sources", &json!({"title": {"fr": wrong}}));
        assert_invalid(answer, &[("/title/fr", "control_character")]);
    }
    assert_invalid(app.post("/v1/sources", &json!({"title": {"fr": "  "}})), &[("/title/fr", "empty")]);
    assert_invalid(app.post("/v1/sources", &json!({"title": {}})), &[("/title", "empty")]);
    assert_invalid(app.post("/v1/sources", &json!({"title": "a"})), &[("/title", "wrong_type")]);
    assert_invalid(app.post("/v1/sources", &json!({})), &[("/title", "required")]);
    assert_invalid(app.post("/v1/sources", &json!([])), &[("", "wrong_type")]);
});

on_both!(read_only_members_are_ignored_but_id_and_kind_must_match, empty, |app| {
    two_towns(app);
    let body = with(
        &edition(9, "planned", "insee_com:06029", "2026-23"),
        &json!({
            "version": "x", "created_at": 1, "origin": [], "label": null, "warnings": {}, "country": "XX",
            "previous": 0, "next": "x", "confirmation_overdue": "maybe", "kind": "rencontre", "updated_at": {}
        }),
    );
    let made = create(app, "rencontres", &body);
    assert_eq!(
        (&made["country"], &made["version"], &made["origin"]),
        (&json!("FR"), &json!(1), &json!("acme"))
    );
    let path = format!("/v1/rencontres/{}", id(&made));
    let other = "0192d0a4-7c00-7000-8000-000000000001";
    for (member, value) in [("id", other), ("kind", "session")] {
        let pointer = format!("/{member}");
        let wrong = with(&made, &json!({member: value}));
        assert_invalid(app.put(&path, Some("*"), &wrong), &[(&pointer, "mismatch")]);
        assert_invalid(app.patch(&path, Some("*"), &json!({member: value})), &[(&pointer, "mismatch")]);
        assert_invalid(app.put("/v1/rencontres/number:9", None, &wrong), &[(&pointer, "mismatch")]);
    }
    assert_invalid(
        app.post("/v1/rencontres", &with(&body, &json!({"number": 10, "kind": "session"}))),
        &[("/kind", "mismatch")],
    );
    let nested = json!({"dates": {"edtf": "2026-23", "earliest": 1, "latest": [], "label": 0}});
    app.patch(&path, Some("\"1\""), &nested).expect(200);
});

on_both!(bodies_that_cannot_be_read_are_told_apart, empty, |app| {
    let send = |media: &str, body: &str| {
        let answer = app.request("POST", "/v1/sources").key(&app.key).body(media, body).send();
        (answer.status, answer.json()["code"].as_str().unwrap().to_owned())
    };
    let json = "application/json";
    for broken in ["", "{", "{\"title\": {\"fr\": \"a\"}} x", "{'a': 1}", "{\"a\": NaN}", "\u{feff}x"] {
        assert_eq!(send(json, broken), (400, "malformed_json".into()), "{broken}");
    }
    assert_eq!(send(json, r#"{"title": {"fr": "a", "fr": "b"}}"#), (400, "duplicate_member".into()));
    assert_eq!(send("text/plain", r#"{"title": {"fr": "a"}}"#), (415, "unsupported_media_type".into()));
    assert_eq!(send("application/merge-patch+json", "{}"), (415, "unsupported_media_type".into()));
    let large = format!("{{\"title\": {{\"fr\": \"{}\"}}}}", "a".repeat(1 << 20));
    assert_eq!(send(json, &large), (413, "payload_too_large".into()));
    assert_eq!(change_count(app), 0);
    let typed = app.request("POST", "/v1/sources").key(&app.key);
    typed.body("Application/JSON; charset=utf-8", r#"{"title": {"fr": "a"}}"#).send().expect(201);
});

on_both!(put_replaces_the_whole_record, empty, |app| {
    let full = json!({"title": {"fr": "a", "ja": "あ"}, "url": "https://a.example/", "reliability": "press"});
    let made = create(app, "sources", &full);
    let path = format!("/v1/sources/{}", id(&made));
    app.clock.set("2026-11-23T00:00:00Z".parse().unwrap());
    let now = app.put(&path, Some("\"1\""), &json!({"title": {"ja": "い"}})).expect(200).json();
    assert_eq!((&now["title"], now.get("url"), now.get("reliability")), (&json!({"ja": "い"}), None, None));
    assert_eq!((&now["version"], &now["created_at"]), (&json!(2), &made["created_at"]));
    assert_eq!(now["updated_at"], "2026-11-23T00:00:00.000000Z");
    app.put("/v1/sources/0192d0a4-7c00-7000-8000-000000000001", Some("*"), &full).expect(404);
});

on_both!(a_change_needs_the_version_it_is_based_on, empty, |app| {
    let made = app.post("/v1/sources", &json!({"title": {"fr": "a"}})).expect(201);
    let path = format!("/v1/sources/{}", id(&made.json()));
    let body = |title: &str| json!({"title": {"fr": title}});
    for answer in
        [app.put(&path, None, &body("b")), app.patch(&path, None, &body("b")), app.delete(&path, None)]
    {
        assert_eq!((answer.status, &answer.json()["code"]), (428, &json!("precondition_required")));
    }
    app.put(&path, Some(made.etag()), &body("b")).expect(200);
    let weak = format!("W/{}", app.get(&path).etag());
    for stale in [made.etag(), "\"1\"", "\"9\"", "\"0\"", "\"x\"", weak.as_str()] {
        for answer in [
            app.put(&path, Some(stale), &body("c")),
            app.patch(&path, Some(stale), &body("c")),
            app.delete(&path, Some(stale)),
        ] {
            let problem = answer.expect(412).json();
            assert_eq!(
                (&problem["code"], &problem["current_version"]),
                (&json!("precondition_failed"), &json!(2))
            );
        }
    }
    app.patch(&path, Some("\"2\""), &body("c")).expect(200);
    app.patch(&path, Some("\"1\", \"3-ffff\""), &body("d")).expect(200);
    app.put(&path, Some("*"), &body("e")).expect(200);
    app.patch(&path, Some("7"), &body("f")).expect(400);
    let create_only = |method: &str| app.request(method, &path).key(&app.key).header("if-none-match", "*");
    create_only("PUT").json(&body("f")).send().expect(412);
    assert_eq!(app.get(&path).json()["version"], 5);
    app.delete(&path, Some("\"5\"")).expect(204);
});

on_both!(a_deleted_record_is_gone_by_every_name, empty, |app| {
    let body = commune("06029", "Cannes");
    let made = create(app, "authorities", &body);
    let names = [id(&made), "insee_com:06029".to_owned()];
    let answer = app.delete("/v1/authorities/insee_com:06029", Some("\"1\"")).expect(204);
    assert_eq!(answer.text, "");
    let before = change_count(app);
    for name in names {
        let path = format!("/v1/authorities/{name}");
        for answer in [
            app.get(&path),
            app.put(&path, Some("*"), &body),
            app.put(&path, None, &body),
            app.patch(&path, Some("*"), &json!({})),
            app.delete(&path, Some("*")),
        ] {
            assert_eq!((answer.status, &answer.json()["code"]), (410, &json!("gone")));
        }
        assert_eq!(app.request("HEAD", &path).send().status, 410);
    }
    let taken = app.post("/v1/authorities", &body).expect(409).json();
    assert_eq!(taken["existing"]["id"], made["id"]);
    assert_eq!(items(app, "/v1/authorities?identifier=insee_com:06029"), Vec::<Value>::new());
    let answer = app
        .post("/v1/authorities", &with(&city("221007", "x"), &json!({"parent": {"id": "insee_com:06029"}})));
    assert_invalid(answer, &[("/parent/id", "deleted_reference")]);
    assert_eq!(change_count(app), before);
});

on_both!(a_record_that_others_refer_to_stays, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let joined = create(app, "partnerships", &partnership(&[&cannes, &shizuoka]));
    let document = source(app, "a", &json!({}));
    let cited = with(
        &edition(9, "planned", &cannes, "2026"),
        &json!({"citations": [citation(&id(&document), "/host", "Cannes")]}),
    );
    let ninth = create(app, "rencontres", &cited);
    let problem = app.delete(&format!("/v1/authorities/{cannes}"), Some("*")).expect(409).json();
    assert_eq!((&problem["code"], problem["referrers"].as_array().unwrap().len()), (&json!("referenced"), 2));
    for (kind, of) in [("partnership", &joined), ("rencontre", &ninth)] {
        let referrers = problem["referrers"].as_array().unwrap();
        assert!(referrers.iter().any(|one| one["kind"] == kind && one["id"] == of["id"]), "{problem}");
    }
    app.delete(&format!("/v1/sources/{}", id(&document)), Some("*")).expect(409);
    let session =
        json!({"rencontre": {"id": "number:9"}, "position": 1, "category": "plenary", "title": {"fr": "x"}});
    let session = create(app, "sessions", &session);
    app.delete("/v1/rencontres/number:9", Some("*")).expect(409);
    app.delete(&format!("/v1/sessions/{}", id(&session)), Some("*")).expect(204);
    app.delete("/v1/rencontres/number:9", Some("*")).expect(204);
    app.delete(&format!("/v1/sources/{}", id(&document)), Some("*")).expect(204);
    app.delete(&format!("/v1/partnerships/{}", id(&joined)), Some("*")).expect(204);
    app.delete(&format!("/v1/authorities/{cannes}"), Some("*")).expect(204);
});

on_both!(a_refused_request_writes_nothing, empty, |app| {
    let [cannes, _] = two_towns(app);
    let (before, log) = (app.get("/v1/authorities").text, change_count(app));
    let path = format!("/v1/authorities/{cannes}");
    let body = commune("06029", "Cannes");
    for answer in [
        app.post("/v1/authorities", &body),
        app.put(&path, Some("*"), &with(&body, &json!({"parent": {"id": "dantai:131008"}}))),
        app.put(&path, Some("*"), &with(&body, &json!({"level": "village"}))),
        app.put(&path, Some("*"), &with(&body, &json!({"identifiers": [{"scheme": "clair", "value": "1"}]}))),
        app.put(
            "/v1/authorities/slug:new",
            None,
            &with(&body, &json!({"id": "0192d0a4-7c00-7000-8000-000000000001"})),
        ),
        app.patch(&path, Some("\"3\""), &json!({"name": {"fr": "x"}})),
        app.request("PUT", &path)
            .if_match(Some("*"))
            .json(&with(&body, &json!({"name": {"fr": "x"}})))
            .send(),
    ] {
        assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.text);
    }
    assert_eq!((app.get("/v1/authorities").text, change_count(app)), (before, log));
});
