//! Changing a part of a record: merge patches (RFC 7396) and JSON Patches (RFC 6902).

use crate::on_both;
use crate::support::records::{
    assert_invalid, city, commune, create, id, items, partnership, two_towns, with,
};
use crate::support::{TestApp, TestResponse};
use kakehashi::db::types;
use kakehashi::store::records;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::mpsc::channel;

fn operations(app: &TestApp, path: &str, operations: &Value) -> TestResponse {
    let call = app.request("PATCH", path).key(&app.key).if_match(Some("*"));
    call.body("application/json-patch+json", &operations.to_string()).send()
}

fn document(app: &TestApp) -> String {
    let body = json!({
        "title": {"fr": "a", "ja": "あ"}, "publisher": {"fr": "p"}, "url": "https://a.example/", "languages": ["fr", "ja"],
        "identifiers": [{"scheme": "slug", "value": "a"}]
    });
    format!("/v1/sources/{}", id(&create(app, "sources", &body)))
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
    assert_invalid(app.patch(&path, Some("*"), &json!({"title": {"ja": null}})), &[("/title", "empty")]);
    assert_invalid(
        app.patch(&path, Some("*"), &json!({"publisher": {"fr": null}})),
        &[("/publisher", "empty")],
    );
    assert_invalid(app.patch(&path, Some("*"), &json!({"title": null})), &[("/title", "required")]);
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

on_both!(what_changes_nothing_is_answered_as_the_write_would_be, empty, |app| {
    two_towns(app);
    let towns = partnership(&["insee_com:06029", "dantai:221007"]);
    let path = format!("/v1/partnerships/{}", id(&create(app, "partnerships", &towns)));
    let whole = app.get(&path).expect(200).json();
    // With a token the answer is kept, so that the write is run.
    let ask = |method: &str, body: &Value, token: Option<&str>| {
        let media = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let call = app.request(method, &path).key(&app.key).if_match(Some("\"1\""));
        let call = call.header("accept-language", "ja").body(media, &body.to_string());
        match token {
            Some(token) => call.header("idempotency-key", token).send(),
            None => call.send(),
        }
    };
    let told = |answer: &TestResponse| {
        let headers = ["etag", "content-type", "content-language", "vary", "location"];
        let headers = headers.map(|name| answer.header(name).map(str::to_owned));
        (answer.status, headers, answer.json())
    };
    for (method, body, token) in [
        ("PATCH", json!({}), "a"),
        ("PATCH", json!({"category": whole["category"], "history": null, "version": 7}), "b"),
        ("PUT", whole.clone(), "c"),
        // Named otherwise, and the same all the same.
        ("PUT", towns, "d"),
    ] {
        let (idle, run) = (ask(method, &body, None), ask(method, &body, Some(token)));
        assert_eq!(told(&idle), told(&run), "{method} {body}");
        assert_eq!(idle.expect(200).json()["warnings"][0]["code"], "uncited");
    }
    assert_eq!(app.get(&path).expect(200).json(), whole);
});

on_both!(what_changes_nothing_is_refused_as_the_write_would_be, empty, |app| {
    let path = document(app);
    let ask = |key: &str, if_match: Option<&str>| {
        app.request("PATCH", &path)
            .key(key)
            .if_match(if_match)
            .body("application/merge-patch+json", "{}")
            .send()
    };
    assert_eq!(ask(&app.key, None).expect(428).json()["code"], "precondition_required");
    assert_eq!(ask(&app.key, Some("\"2\"")).expect(412).json()["current_version"], 1);
    let reader = app.new_key("r", &["read"], &[]);
    ask(&reader, Some("*")).expect(403);
    ask("kkh_nobody", Some("*")).expect(401);
    app.delete(&path, Some("*")).expect(204);
    ask(&app.key, Some("*")).expect(410);
});

on_both!(what_changes_nothing_waits_for_no_write, empty, |app| {
    let path = document(app);
    let id = types::parse_record_id(path.rsplit('/').next().unwrap()).unwrap();
    let same = || app.patch(&path, Some("*"), &json!({"title": {"fr": "a"}})).expect(200).etag().to_owned();
    let before = same();
    let (db, (begun, begins), (end, ends)) = (app.db.clone(), channel(), channel::<()>());
    let ends = Mutex::new(ends);
    let writing = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(db.write(move |tx| {
            records::lock_record(tx, id)?;
            begun.send(()).unwrap();
            let _ = ends.lock().unwrap().recv();
            Ok(())
        }))
    });
    begins.recv().unwrap();
    assert_eq!(same(), before);
    drop(end);
    writing.join().unwrap().unwrap();
});

on_both!(a_json_patch_reaches_into_lists, empty, |app| {
    let body = json!({"name": {"fr": "a"}, "mandates": [{"role": "mayor"}, {"role": "governor"}]});
    let path = format!("/v1/people/{}", id(&create(app, "people", &body)));
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
    assert_invalid(operations(app, &path, &failing), &[("/1", "patch_failed")]);
    let missing = json!([{"op": "remove", "path": "/sha256"}]);
    assert_invalid(operations(app, &path, &missing), &[("/0", "patch_failed")]);
    let wrong = json!([{"op": "add", "path": "/languages/-", "value": 1}, {"op": "add", "path": "/titel", "value": 1}]);
    assert_invalid(
        operations(app, &path, &wrong),
        &[("/languages/2", "wrong_type"), ("/titel", "unknown_member")],
    );
    let immovable = json!([{"op": "replace", "path": "/kind", "value": "person"}]);
    assert_invalid(operations(app, &path, &immovable), &[("/kind", "mismatch")]);
    for malformed in [
        json!({"op": "add"}),
        json!([{"op": "add", "path": "/url"}]),
        json!([{"op": "put", "path": "/url", "value": 1}]),
    ] {
        assert_eq!(
            operations(app, &path, &malformed).expect(400).json()["code"],
            "invalid_patch",
            "{malformed}"
        );
    }
    assert_eq!(app.get(&path).json()["version"], 1);
});

on_both!(a_json_patch_is_refused_at_the_operation_that_does_not_apply, empty, |app| {
    let path = document(app);
    let mut deeper = vec![json!({"op": "add", "path": "/c", "value": {}})];
    deeper.extend(
        (0..14)
            .map(|number| json!({"op": "copy", "from": "/c", "path": "/c".repeat((1_usize << number) + 1)})),
    );
    let large = json!({"op": "add", "path": "/x", "value": "x".repeat(100_000)});
    let copies = (0..20).map(|number| json!({"op": "copy", "from": "", "path": format!("/x{number}")}));
    let copies: Vec<Value> = [large].into_iter().chain(copies).collect();
    let moved =
        json!([{"op": "move", "from": "/title", "path": ""}, {"op": "test", "path": "/no", "value": 1}]);
    for (patch, at) in [
        (moved, "/1"),
        (json!([{"op": "replace", "path": "", "value": {}}, {"op": "remove", "path": ""}]), "/1"),
        (deeper.into(), "/7"),
        (copies.into(), "/4"),
        (vec![json!({"op": "test", "path": "/url", "value": "https://a.example/"}); 1001].into(), "/1000"),
        (json!([{"op": "add", "path": "url", "value": 1}]), "/0"),
        (json!([{"op": "add", "path": "/a~2", "value": 1}]), "/0"),
        (json!([{"op": "add", "path": "/languages/01", "value": "en"}]), "/0"),
        (json!([{"op": "add", "path": "/languages/3", "value": "en"}]), "/0"),
        (json!([{"op": "remove", "path": "/languages/-"}]), "/0"),
    ] {
        assert_invalid(operations(app, &path, &patch), &[(at, "patch_failed")]);
    }
    let replaced = json!([{"op": "replace", "path": "", "value": []}]);
    assert_invalid(operations(app, &path, &replaced), &[("", "wrong_type")]);
    assert_eq!(app.get(&path).json()["version"], 1);
});

on_both!(a_json_patch_tests_what_get_shows, empty, |app| {
    let [cannes, _] = two_towns(app);
    let made = create(
        app,
        "authorities",
        &with(
            &commune("13055", "Marseille"),
            &json!({
                "parent": {"id": cannes}, "population": {"value": 870_000, "as_of": {"edtf": "2020"}}
            }),
        ),
    );
    let path = format!("/v1/authorities/{}", id(&made));
    let shown = app.get(&path).expect(200).json();
    let tests = [
        "/label",
        "/label/fr",
        "/version",
        "/created_at",
        "/population/as_of/earliest",
        "/parent/name",
        "/parent/href",
        "/population/as_of/label/ja",
        "/origin",
        "/identifiers/0",
        "/kind",
        "",
    ];
    let test = |at: &&str| json!({"op": "test", "path": at, "value": shown.pointer(at).unwrap()});
    let mut list: Vec<Value> = tests.iter().map(test).collect();
    list.push(json!({"op": "test", "path": "/population/value", "value": 870_000.0}));
    assert_eq!(operations(app, &path, &list.clone().into()).expect(200).json()["version"], 1);
    // What is read-only is changed to no effect.
    list.push(json!({"op": "replace", "path": "/label/fr", "value": "x"}));
    list.push(json!({"op": "remove", "path": "/parent/name"}));
    list.push(json!({"op": "replace", "path": "/population/as_of/latest", "value": "1999-12-31"}));
    assert_eq!(operations(app, &path, &list.clone().into()).expect(200).json()["version"], 1);
    list.push(json!({"op": "replace", "path": "/population/as_of/edtf", "value": "2021"}));
    let now = operations(app, &path, &list.into()).expect(200).json();
    assert_eq!((&now["version"], &now["population"]["as_of"]["latest"]), (&json!(2), &json!("2021-12-31")));
    assert_eq!(now["label"]["fr"], "Marseille");
    let based = json!([{"op": "test", "path": "/version", "value": 1}, {"op": "test", "path": "/label/fr", "value": "Marseille"}]);
    operations(app, &format!("{path}?base_version=1"), &based).expect(200);
});

on_both!(a_null_that_removes_what_is_not_there_changes_nothing, empty, |app| {
    let path = document(app);
    app.patch(&path, Some("*"), &json!({"publisher": null})).expect(200);
    for nothing in [
        json!({"publisher": {"ja": null}}),
        json!({"publisher": {"ja": null, "fr": null}, "title": {"en": null}}),
        json!({"published": {"edtf": null}}),
        json!({"languages": ["fr", "ja"], "sha256": null}),
    ] {
        assert_eq!(app.patch(&path, Some("*"), &nothing).expect(200).json()["version"], 2, "{nothing}");
    }
    // A text that is there does not lose its last language so.
    assert_invalid(
        app.patch(&path, Some("*"), &json!({"title": {"fr": null, "ja": null}})),
        &[("/title", "empty")],
    );
    let edition = create(
        app,
        "rencontres",
        &json!({
            "number": 3, "status": "held", "host": {"id": two_towns(app)[0]}, "dates": {"edtf": "2014-11"}
        }),
    );
    let path = format!("/v1/rencontres/{}", id(&edition));
    for nothing in [
        json!({"declaration": {"title": {"ja": null}}}),
        json!({"declaration": {"title": {"ja": null}, "adopted": {"edtf": null}}, "theme": {"fr": null}}),
    ] {
        assert_eq!(app.patch(&path, Some("*"), &nothing).expect(200).json()["version"], 1, "{nothing}");
    }
    let read_by = json!({"declaration": {"title": {"fr": "d", "ja": null}, "read_by": {"ja": null}}});
    let now = app.patch(&path, Some("*"), &read_by).expect(200).json();
    assert_eq!(
        (&now["declaration"]["title"], now["declaration"].get("read_by")),
        (&json!({"fr": "d"}), None)
    );
});

on_both!(a_patch_has_its_own_media_types, empty, |app| {
    let path = document(app);
    let send = |media: &str, body: &str| {
        app.request("PATCH", &path).key(&app.key).if_match(Some("*")).body(media, body).send()
    };
    send("text/plain", "{}").expect(415);
    send("application/merge-patch+json", "{").expect(400);
    send("application/merge-patch+json; charset=utf-8", "{}").expect(200);
    assert_invalid(send("application/merge-patch+json", "[]"), &[("", "wrong_type")]);
});

/// The French labels of a list, in its order.
#[track_caller]
fn listed(app: &TestApp, path: &str) -> Vec<String> {
    items(app, path).iter().map(|item| item["label"]["fr"].as_str().unwrap().to_owned()).collect()
}

on_both!(lists_find_and_sort_a_partnership_by_what_a_patch_made_of_it, empty, |app| {
    let [one, other] = ["Cannes – Shizuoka", "Marseille – Kobe"];
    two_towns(app);
    create(app, "authorities", &commune("13055", "Marseille"));
    create(app, "authorities", &city("281000", "Kobe"));
    let towns = partnership(&["insee_com:13055", "dantai:281000"]);
    create(
        app,
        "partnerships",
        &with(&towns, &json!({"since": {"edtf": "1961"}, "until": {"edtf": "2001"}})),
    );
    let towns = partnership(&["insee_com:06029", "dantai:221007"]);
    let path = format!("/v1/partnerships/{}", id(&create(app, "partnerships", &towns)));
    let ended = json!({"status": "ended", "until": {"edtf": "1995"}});
    for (change, asked, expected) in [
        (json!({"since": {"edtf": "1950"}}), "sort=since", vec![one, other]),
        (json!({"since": {"edtf": "1961-05"}}), "sort=since", vec![other, one]),
        (json!({"since": {"edtf": "1961-05/.."}}), "since[overlaps]=2026", vec![one]),
        (json!({"since": null}), "sort=-since", vec![other, one]),
        (json!({"summary": {"fr": "s"}}), "since[exists]=false", vec![one]),
        (json!({"since": {"edtf": "1970"}, "since_basis": "inferred"}), "sort=-since", vec![one, other]),
        (json!({"since": {"edtf": "1971"}}), "since_basis=inferred&since[within]=1971", vec![one]),
        (json!({"since_basis": null}), "since_basis=inferred", vec![]),
        (json!({"category": "friendship_city"}), "category=friendship_city&since[exists]=true", vec![one]),
        (json!({"last_activity": {"edtf": "1999"}}), "last_activity[before]=2000", vec![one]),
        (json!({"last_activity": null}), "last_activity[exists]=true", vec![]),
        (ended, "status=ended&until[before]=2000", vec![one]),
        (json!({"status": "active", "until": null}), "status=active&until[exists]=false", vec![one]),
        (json!({"name": {"fr": "Nice"}}), "sort=label.fr", vec![other, "Nice"]),
        (json!({"name": null}), "sort=label.fr", vec![one, other]),
    ] {
        app.patch(&path, Some("*"), &change).expect(200);
        assert_eq!(listed(app, &format!("/v1/partnerships?{asked}")), expected, "{change}");
    }
    // Of the same parties one is open at most, whichever of the two is written.
    let again = json!({"status": "ended", "until": {"edtf": "1990"}});
    let old = format!("/v1/partnerships/{}", id(&create(app, "partnerships", &with(&towns, &again))));
    let open = json!({"status": "active"});
    assert_eq!(app.patch(&old, Some("*"), &open).expect(409).json()["code"], "parties_taken");
    app.patch(&path, Some("*"), &json!({"status": "superseded"})).expect(200);
    app.patch(&old, Some("*"), &open).expect(200);
    assert_eq!(app.patch(&path, Some("*"), &open).expect(409).json()["code"], "parties_taken");
});

on_both!(lists_find_people_and_authorities_by_what_a_patch_made_of_them, empty, |app| {
    let path = format!("/v1/people/{}", id(&create(app, "people", &json!({"name": {"fr": "b"}}))));
    create(app, "people", &json!({"name": {"fr": "c", "ja": "う"}}));
    let mandate = |since: &str, until: &str| json!({"role": "mayor", "since": {"edtf": since}, "until": {"edtf": until}});
    for (change, asked, expected) in [
        (json!({"mandates": [mandate("1990", "1995")]}), "valid_on=1992-01-01", vec!["b"]),
        (
            json!({"mandates": [mandate("1980", "1985"), mandate("1991", "1993")]}),
            "valid_on=1992-01-01",
            vec!["b"],
        ),
        (
            json!({"mandates": [mandate("1980", "1985"), mandate("2001", "2003")]}),
            "valid_on=1992-01-01",
            vec![],
        ),
        (json!({"name": {"fr": "d"}}), "valid_on=1984-01-01", vec!["d"]),
        (json!({"name": {"ja": "あ"}}), "sort=name.ja", vec!["d", "c"]),
        (json!({"name": {"ja": "え"}}), "sort=name.fr", vec!["c", "d"]),
        (json!({"mandates": null}), "valid_on=1984-01-01", vec![]),
    ] {
        app.patch(&path, Some("*"), &change).expect(200);
        assert_eq!(listed(app, &format!("/v1/people?{asked}")), expected, "{change}");
    }
    let path = format!("/v1/authorities/{}", two_towns(app)[0]);
    let (cannes, shizuoka, clermont) = ("Cannes", "Shizuoka", "Clermont-Ferrand");
    let bears = |scheme: &str, value: &str| json!({"identifiers": [{"scheme": scheme, "value": value}]});
    // The code of another authority is taken with its name.
    let moved = |code: &str, name: &str| with(&bears("insee_com", code), &json!({"name": {"fr": name}}));
    let people = |value: i64| json!({"value": value, "as_of": {"edtf": "2020"}});
    for (change, asked, expected) in [
        (json!({"population": people(74_000)}), "population[gte]=70000", vec![cannes]),
        (json!({"population": people(69_000)}), "population[gte]=70000", vec![]),
        (json!({"location": {"lat": 43.55, "lon": 7.02}}), "near=43.5,7.0,20", vec![cannes]),
        (json!({"location": {"lat": 34.97, "lon": 138.38}}), "bbox=138,34,139,35", vec![cannes]),
        (json!({"population": null}), "near=35,138.4,20&population[exists]=false", vec![cannes]),
        (json!({"location": null}), "near=35,138.4,20", vec![]),
        (json!({"status": "abolished"}), "status=abolished", vec![cannes]),
        (json!({"status": null}), "sort=population", vec![cannes, shizuoka]),
        // How far the coast is, its code says.
        (bears("acme", "1"), "coastal=true&sort=name.fr", vec![cannes, shizuoka]),
        (moved("63113", clermont), "coastal=false", vec![clermont]),
        (moved("06029", cannes), "coastal=true&sort=name.fr", vec![cannes, shizuoka]),
    ] {
        app.patch(&path, Some("*"), &change).expect(200);
        assert_eq!(listed(app, &format!("/v1/authorities?{asked}")), expected, "{change}");
    }
});
