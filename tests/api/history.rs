//! What a record was: its versions, what changed between them, the past of a time; restoring and erasing.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, assert_invalid, change_count, citation, create, id, items, partnership,
    source, two_towns, with,
};
use crate::support::{TestApp, TestResponse};
use kakehashi::db::sql::{SqlFragment, Statement};
use serde_json::{Value, json};

/// Restores a version with the key, and `If-Match` where given.
fn restore(app: &TestApp, path: &str, version: i64, if_match: Option<&str>) -> TestResponse {
    let path = format!("{path}/versions/{version}/restore");
    app.request("POST", &path).key(&app.key).if_match(if_match).send()
}

/// A person with three versions, the last of which is a deletion.
fn written_and_deleted(app: &TestApp) -> String {
    let body = json!({"name": {"fr": "Un"}, "identifiers": [{"scheme": "slug", "value": "p"}]});
    let path = format!("/v1/people/{}", id(&create(app, "people", &body)));
    app.patch(&path, Some("*"), &json!({"name": {"fr": "Deux"}})).expect(200);
    app.delete(&path, Some("*")).expect(204);
    path
}

fn list<'a>(items: &'a [Value], member: &str) -> Vec<&'a Value> {
    items.iter().map(|item| &item[member]).collect()
}

fn apply(diff: &TestResponse, record: &mut Value) {
    let operations: json_patch::Patch = serde_json::from_value(diff.json()).unwrap();
    json_patch::patch(record, &operations).unwrap();
}

fn set(app: &TestApp, time: &str) {
    app.clock.set(time.parse().unwrap());
}

on_both!(versions_are_listed_newest_first_also_of_a_deleted_record, empty, |app| {
    let path = written_and_deleted(app);
    let versions = items(app, &format!("{path}/versions"));
    assert_eq!(list(&versions, "op"), ["delete", "update", "create"]);
    assert_eq!(list(&versions, "version"), [3, 2, 1]);
    assert_eq!(list(&versions, "seq"), [3, 2, 1]);
    assert_eq!(
        (&versions[0]["origin"], &versions[0]["at"]),
        (&json!("acme"), &json!("2026-11-22T12:00:00.000000Z"))
    );
    assert_eq!(versions[1]["changed"], json!(["/name/fr"]));
    assert_eq!(versions[1]["href"], format!("{path}/versions/2"));
    assert_ne!(versions[0]["batch_id"], versions[1]["batch_id"]);
    assert_eq!(items(app, "/v1/people/slug:p/versions"), versions);
    let none = format!("/v1/people/{}/versions", kakehashi::util::random::new_uuid());
    assert_eq!(app.get(&none).expect(404).json()["code"], "no_such_record");
    app.get(&path.replace("people", "sources")).expect(404);
});

on_both!(versions_come_in_pages, empty, |app| {
    let path = format!("{}/versions", written_and_deleted(app));
    let mut next = Some(format!("{path}?limit=1"));
    let mut seen = Vec::new();
    while let Some(page) = next {
        let answer = app.get(&page).expect(200);
        let body = answer.json();
        seen.extend(body["items"].as_array().unwrap().clone());
        next = body["page"]["next"].as_str().map(str::to_owned);
        let link = next.as_ref().map(|next| format!("<{next}>; rel=\"next\""));
        assert_eq!((answer.header("link"), &body["page"]["limit"]), (link.as_deref(), &json!(1)));
        app.request("GET", &page).header("if-none-match", answer.etag()).send().expect(304);
    }
    assert_eq!(seen, items(app, &path));
    let first = app.get(&format!("{path}?limit=1")).json()["page"]["next"].as_str().unwrap().to_owned();
    for foreign in [first.replace(&path, "/v1/people/slug:p/versions"), format!("{path}?cursor=x")] {
        assert_faults(app.get(&foreign), 400, &[("cursor", "invalid_cursor")]);
    }
    assert_faults(app.get(&format!("{path}?limit=0")), 400, &[("limit", "invalid_parameter")]);
});

on_both!(a_version_is_the_record_as_it_was_with_the_names_of_today, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let body = with(&partnership(&[&cannes, &shizuoka]), &json!({"since": {"edtf": "1991"}}));
    let path = format!("/v1/partnerships/{}", id(&create(app, "partnerships", &body)));
    let then = app.get(&path).json();
    app.patch(&path, Some("*"), &json!({"status": "dormant", "last_activity": {"edtf": "2020"}})).expect(200);
    let first = app.get(&format!("{path}/versions/1")).expect(200);
    assert_eq!(first.json(), then);
    assert!(first.etag().starts_with("\"1-"), "{}", first.etag());
    let same = app.request("GET", &format!("{path}/versions/1")).header("if-none-match", first.etag());
    same.send().expect(304);
    let newest = app.get(&format!("{path}/versions/2")).expect(200);
    let now = app.get(&path);
    assert_eq!((&newest.text, newest.etag()), (&now.text, now.etag()));

    let town = format!("/v1/authorities/{cannes}");
    app.patch(&town, Some("*"), &json!({"name": {"fr": "Cannes-sur-Mer"}})).expect(200);
    let renamed = app.get(&format!("{path}/versions/1")).json();
    assert_eq!(renamed["parties"][0]["authority"]["name"]["fr"], "Cannes-sur-Mer");
    assert_eq!(renamed["label"]["fr"], "Cannes-sur-Mer – Shizuoka");
    assert_eq!(app.get(&format!("{town}/versions/1")).json()["label"]["fr"], "Cannes");
});

on_both!(a_version_that_is_not_there_says_why, empty, |app| {
    let path = written_and_deleted(app);
    for none in ["0", "4", "-1", "x", "99999999999999999999"] {
        for rest in ["", "/diff"] {
            let answer = app.get(&format!("{path}/versions/{none}{rest}")).expect(404);
            assert_eq!(answer.json()["code"], "no_such_version", "{none}{rest}");
        }
    }
    let deletion = app.get(&format!("{path}/versions/3")).expect(410).json();
    assert_eq!((&deletion["code"], &deletion["version"]), (&json!("gone"), &json!(3)));
    assert_eq!(app.get(&format!("{path}/versions/2")).expect(200).json()["name"]["fr"], "Deux");
    assert_faults(
        app.get(&format!("{path}/versions/2?as_of=2026-01-01")),
        400,
        &[("as_of", "unknown_parameter")],
    );
});

on_both!(a_diff_turns_one_version_into_the_other, seeded, |app| {
    let path = format!("/v1/rencontres/{}", id(&app.get("/v1/rencontres/number:8").json()));
    let edition = app.get(&path).json();
    let citations = edition["citations"].as_array().unwrap().len();
    for change in [
        json!({"theme": {"fr": "a/b~c", "ja": "あ"}, "themes": ["culture"]}),
        json!({"theme": null, "participants": [], "citations": []}),
        json!({"status": "cancelled", "declaration": null, "figures": edition["figures"], "themes": ["climate", "culture", "youth"]}),
    ] {
        app.patch(&path, Some("*"), &change).expect(200);
    }
    assert!(citations > 0, "the edition is cited");
    let versions: Vec<Value> =
        (1..=4).map(|version| app.get(&format!("{path}/versions/{version}")).expect(200).json()).collect();
    for from in 0..=4 {
        for to in 1..=4 {
            let diff = app.get(&format!("{path}/versions/{to}/diff?from={from}")).expect(200);
            assert_eq!(diff.header("content-type"), Some("application/json-patch+json"));
            let mut record = if from == 0 { json!({}) } else { versions[from - 1].clone() };
            apply(&diff, &mut record);
            assert_eq!(record, versions[to - 1], "{from} to {to}");
            assert_eq!(from == to, diff.json() == json!([]), "{from} to {to}");
        }
    }
    let before = app.get(&format!("{path}/versions/3/diff"));
    assert_eq!(before.text, app.get(&format!("{path}/versions/3/diff?from=2")).text);
    let again = app.request("GET", &format!("{path}/versions/3/diff")).header("if-none-match", before.etag());
    again.send().expect(304);
    assert_eq!(
        app.get(&format!("{path}/versions/3/diff?from=9")).expect(404).json()["code"],
        "no_such_version"
    );
    for from in ["-1", "x", "1.5"] {
        assert_faults(
            app.get(&format!("{path}/versions/3/diff?from={from}")),
            400,
            &[("from", "invalid_parameter")],
        );
    }
});

on_both!(a_diff_from_a_deletion_starts_from_nothing, empty, |app| {
    let path = written_and_deleted(app);
    app.get(&format!("{path}/versions/3/diff")).expect(410);
    restore(app, &path, 1, Some("*")).expect(200);
    let diff = app.get(&format!("{path}/versions/4/diff")).expect(200);
    assert_eq!(diff.text, app.get(&format!("{path}/versions/4/diff?from=0")).text);
    let mut record = json!({});
    apply(&diff, &mut record);
    assert_eq!(record, app.get(&path).json());
});

on_both!(the_past_of_a_time_is_what_the_registry_held_then, empty, |app| {
    set(app, "2026-11-01T10:00:00Z");
    let body = json!({"name": {"fr": "Un"}, "identifiers": [{"scheme": "slug", "value": "p"}]});
    let path = format!("/v1/people/{}", id(&create(app, "people", &body)));
    set(app, "2026-11-02T10:00:00Z");
    app.patch(&path, Some("*"), &json!({"name": {"fr": "Deux"}})).expect(200);
    set(app, "2026-11-03T10:00:00Z");
    let as_of = |time: &str| app.get(&format!("{path}?as_of={time}"));
    let name = |time: &str| as_of(time).expect(200).json()["name"]["fr"].as_str().unwrap().to_owned();
    assert_eq!(name("2026-11-01T10:00:00Z"), "Un");
    assert_eq!(name("2026-11-02"), "Un", "a day is its first instant");
    assert_eq!(name("2026-11-02T19:00:00%2B09:00"), "Deux");
    let (past, now) = (as_of("2030-01-01"), app.get(&path));
    assert_eq!((&past.text, past.etag()), (&now.text, now.etag()), "the future is the present");

    assert_eq!(as_of("2026-11-01").expect(404).json()["code"], "not_yet");
    let some = app.get(&format!("{path}?as_of=2026-11-02&fields=name,version")).expect(200);
    assert_eq!(some.json(), json!({"version": 1, "name": {"fr": "Un"}}));
    assert!(some.etag().starts_with("W/\"1-"), "{}", some.etag());
    app.delete(&path, Some("*")).expect(204);
    assert_eq!(name("2026-11-03T09:59:59.999999Z"), "Deux");
    assert_eq!(app.get("/v1/people/slug:p?as_of=2026-11-02").expect(200).json()["version"], 1);
    assert_eq!(as_of("2026-11-03T10:00:00Z").expect(410).json()["code"], "gone");
    for wrong in ["yesterday", "2026-13-01"] {
        assert_faults(as_of(wrong), 400, &[("as_of", "invalid_parameter")]);
    }
});

on_both!(a_restored_version_is_a_new_version, empty, |app| {
    let path = format!("/v1/people/{}", id(&create(app, "people", &json!({"name": {"fr": "Un"}}))));
    app.patch(&path, Some("*"), &json!({"name": {"ja": "二"}, "mandates": [{"role": "mayor"}]})).expect(200);
    restore(app, &path, 1, None).expect(428);
    assert_eq!(restore(app, &path, 1, Some("\"1\"")).expect(412).json()["current_version"], 2);
    let answer = restore(app, &path, 1, Some("\"2\"")).expect(200);
    let now = answer.json();
    assert_eq!(
        (&now["version"], &now["name"], &now["mandates"]),
        (&json!(3), &json!({"fr": "Un"}), &json!([]))
    );
    assert_eq!(answer.etag(), app.get(&path).etag());
    let newest = &items(app, &format!("{path}/versions"))[0];
    assert_eq!((&newest["op"], &newest["changed"]), (&json!("restore"), &json!(["/mandates", "/name/ja"])));
    assert_eq!(restore(app, &path, 3, Some("\"3\"")).expect(200).json()["version"], 3, "it is so already");
    assert_eq!(restore(app, &path, 9, Some("*")).expect(404).json()["code"], "no_such_version");
    let sparse = app.request("POST", &format!("{path}/versions/1/restore?lang=fr")).key(&app.key);
    sparse.header("if-match", "*").send().expect(200);
    assert_eq!(change_count(app), 3);
});

on_both!(a_deleted_record_revives, empty, |app| {
    let path = written_and_deleted(app);
    assert_eq!(restore(app, &path, 3, Some("*")).expect(410).json()["code"], "gone");
    restore(app, &path, 2, Some("\"2\"")).expect(412);
    let created = app.get(&format!("{path}/versions/1")).json()["created_at"].clone();
    set(app, "2026-12-01T00:00:00Z");
    let now = restore(app, "/v1/people/slug:p", 2, Some("\"3\"")).expect(200).json();
    assert_eq!(
        (&now["version"], &now["name"]["fr"], &now["created_at"]),
        (&json!(4), &json!("Deux"), &created)
    );
    assert_eq!(app.get("/v1/people/slug:p").expect(200).json()["id"], now["id"]);
    assert_eq!(items(app, "/v1/people?q=deux").len(), 1);
    assert_eq!(
        list(&items(app, &format!("{path}/versions")), "op"),
        ["restore", "delete", "update", "create"]
    );
    app.patch(&path, Some("\"4\""), &json!({"name": {"fr": "Trois"}})).expect(200);
    assert_eq!(change_count(app), 5);
});

on_both!(a_restored_version_obeys_the_rules_of_today, empty, |app| {
    two_towns(app);
    let parties =
        with(&partnership(&[CANNES, SHIZUOKA]), &json!({"identifiers": [{"scheme": "slug", "value": "x"}]}));
    let path = format!("/v1/partnerships/{}", id(&create(app, "partnerships", &parties)));
    app.patch(&path, Some("*"), &json!({"status": "ended", "until": {"edtf": "2020"}, "identifiers": []}))
        .expect(200);
    app.patch(&path, Some("*"), &json!({"identifiers": [{"scheme": "slug", "value": "y"}]})).expect(200);
    let other = with(&parties, &json!({"identifiers": [{"scheme": "slug", "value": "z"}]}));
    let other = create(app, "partnerships", &other);
    let taken = restore(app, &path, 1, Some("*")).expect(409).json();
    assert_eq!((&taken["code"], &taken["existing"]["id"]), (&json!("parties_taken"), &other["id"]));
    let source = create(app, "sources", &json!({"title": {"fr": "s"}}));
    let cited = json!({"citations": [citation(&id(&source), "/status", "q")]});
    app.patch(&path, Some("*"), &cited).expect(200);
    app.patch(&path, Some("*"), &json!({"citations": []})).expect(200);
    app.delete(&format!("/v1/sources/{}", id(&source)), Some("*")).expect(204);
    let version = app.get(&path).json()["version"].as_i64().unwrap() - 1;
    assert_invalid(
        restore(app, &path, version, Some("*")),
        &[("/citations/0/source/id", "deleted_reference")],
    );
    let key = app.new_key("other", &["write:source"], &[]);
    let call = app.request("POST", &format!("{path}/versions/1/restore")).key(&key);
    assert_eq!(call.if_match(Some("*")).send().expect(403).json()["code"], "forbidden");
});

on_both!(identifiers_that_others_took_meanwhile_are_not_restored, empty, |app| {
    let slug =
        |value: &str| json!({"title": {"fr": "a"}, "identifiers": [{"scheme": "slug", "value": value}]});
    let path = format!("/v1/sources/{}", id(&create(app, "sources", &slug("a"))));
    app.put(&path, Some("*"), &slug("b")).expect(200);
    let other = create(app, "sources", &slug("a"));
    let taken = restore(app, &path, 1, Some("*")).expect(409).json();
    assert_eq!((&taken["code"], &taken["existing"]["id"]), (&json!("identifier_taken"), &other["id"]));
});

on_both!(restored_citations_keep_their_origin, empty, |app| {
    let source = id(&source(app, "s", &json!({})));
    let body = json!({"name": {"fr": "p"}, "citations": [citation(&source, "/name", "ours")]});
    let path = format!("/v1/people/{}", id(&create(app, "people", &body)));
    app.patch(&path, Some("*"), &json!({"citations": []})).expect(200);
    let key = app.new_key("other", &["write"], &[]);
    let theirs = json!({"citations": [citation(&source, "", "theirs")]}).to_string();
    let call = app.request("PATCH", &path).key(&key).if_match(Some("*"));
    call.body("application/merge-patch+json", &theirs).send().expect(200);
    let call = app.request("POST", &format!("{path}/versions/1/restore")).key(&key);
    let mut now = call.if_match(Some("*")).send().expect(200).json();
    let citations = now["citations"].as_array_mut().unwrap();
    let said: Vec<_> = citations.iter().map(|held| (&held["quote"], &held["origin"])).collect();
    assert_eq!(said, [(&json!("ours"), &json!("acme"))], "one's own citations go when they are left out");
    let call = app.request("POST", &format!("{path}/versions/3/restore")).key(&app.key);
    let now = call.if_match(Some("*")).send().expect(200).json();
    let citations = now["citations"].as_array().unwrap();
    let said: Vec<_> = citations.iter().map(|held| (&held["quote"], &held["origin"])).collect();
    assert_eq!(said, [(&json!("theirs"), &json!("other"))]);
});

on_both!(of_two_restorers_one_is_first, empty, |app| {
    let path = written_and_deleted(app);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = [1, 2]
            .map(|version| {
                scope.spawn({
                    let path = &path;
                    move || restore(app, path, version, Some("\"3\"")).status
                })
            })
            .into();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(change_count(app), 4);
});

/// How many rows of a table hold this text in one of its columns.
fn rows_with(app: &TestApp, table: &str, columns: &[&str], word: &str) -> i64 {
    let any = SqlFragment::any(
        columns
            .iter()
            .map(|column| SqlFragment::new(format!("{column} LIKE ")).bind_text(format!("%{word}%"))),
    );
    let query = SqlFragment::new(format!("SELECT COUNT(*) FROM {table} WHERE ")).append(any);
    let read = app.db.read(move |tx| {
        use diesel::prelude::*;
        Ok(Statement::<diesel::sql_types::BigInt>::new(query).get_result(tx)?)
    });
    actix_web::rt::System::new().block_on(read).unwrap()
}

const COLUMNS: [(&str, &[&str]); 6] = [
    ("records", &["name", "content"]),
    ("changes", &["body", "changed", "comment", "overrode"]),
    ("answers", &["body", "headers"]),
    ("search", &["text"]),
    ("people", &["name_fr", "name_ja"]),
    ("conflicts", &["pointers"]),
];

/// Writes a row that other parts of the registry would write.
fn execute(app: &TestApp, statement: SqlFragment) {
    let write = app.db.write(move |tx| {
        use diesel::prelude::*;
        Ok(Statement::<diesel::sql_types::BigInt>::new(statement.clone()).execute(tx)?)
    });
    assert_eq!(actix_web::rt::System::new().block_on(write).unwrap(), 1);
}

on_both!(an_erased_record_is_nowhere_any_more, empty, |app| {
    const WORD: &str = "zzsecret";
    let admin = app.new_key("registry", &["admin"], &[]);
    let erase = |path: &str, key: &str| {
        app.request("DELETE", &format!("{path}?erase=true")).key(key).if_match(Some("*")).send()
    };
    let source = id(&source(app, "s", &json!({})));
    let body = json!({
        "name": {"fr": WORD}, "identifiers": [{"scheme": "slug", "value": "p"}],
        "citations": [citation(&source, "/name", WORD)]
    });
    let path = format!("/v1/people/{}", id(&create(app, "people", &body)));
    app.patch(&path, Some("*"), &json!({"name": {"ja": format!("{WORD}2")}})).expect(200);
    let visit = json!({
        "category": "official_visit", "direction": "fr_to_jp", "title": {"fr": "v"}, "dates": {"edtf": "2020"},
        "delegation": [{"person": {"id": path.rsplit('/').next().unwrap()}}]
    });
    let visit = create(app, "visits", &visit);
    let answer = |token: &str, record: &str| {
        let key = app.key.split('_').nth(1).unwrap();
        let row = SqlFragment::new(
            "INSERT INTO answers (key_id, token, fingerprint, status, headers, body, record_id, at) VALUES (",
        )
        .bind_text(key)
        .sql(", ")
        .bind_text(token)
        .sql(", 'f', 201, '{}', ")
        .bind_text(app.get(record).expect(200).text)
        .sql(", (SELECT id FROM records WHERE CAST(content AS TEXT) LIKE ")
        .bind_text(format!("%\"id\":\"{}\"%\"version\"%", record.rsplit('/').next().unwrap()))
        .sql(" ORDER BY created_at, id LIMIT 1), 0)");
        execute(app, row);
    };
    answer("own", &path);
    answer("other", &format!("/v1/visits/{}", id(&visit)));
    execute(
        app,
        SqlFragment::new(
            "UPDATE changes SET comment = 'zzsecret', overrode = '[\"zzsecret\"]' WHERE seq = 2",
        ),
    );
    for (table, columns) in COLUMNS.iter().filter(|(table, _)| *table != "conflicts") {
        assert!(rows_with(app, table, columns, WORD) > 0, "{table} holds it at first");
    }

    assert_eq!(erase(&path, &app.key).expect(403).json()["code"], "forbidden");
    assert_eq!(erase(&path, &admin).expect(409).json()["code"], "referenced");
    app.delete(&format!("/v1/visits/{}", id(&visit)), Some("*")).expect(204);
    app.request("DELETE", &format!("{path}?erase=true")).key(&admin).send().expect(428);
    erase(&path, &admin).expect(204);

    for (table, columns) in COLUMNS {
        assert_eq!(rows_with(app, table, columns, WORD), 0, "{table}");
    }
    let versions = items(app, &format!("{path}/versions"));
    assert_eq!(list(&versions, "op"), ["delete", "update", "create"]);
    assert_eq!(list(&versions, "changed"), [&json!([""]), &json!([]), &json!([])]);
    for version in [1, 2] {
        for rest in ["", "/diff"] {
            let answer = app.get(&format!("{path}/versions/{version}{rest}")).expect(410);
            assert_eq!(answer.json()["code"], "erased", "{version}{rest}");
        }
        assert_eq!(restore(app, &path, version, Some("*")).expect(410).json()["code"], "erased");
    }
    assert_eq!(app.get(&format!("{path}?as_of=2026-11-22T12:00:00Z")).expect(410).json()["code"], "gone");
    assert!(!app.get(&format!("{path}/versions")).text.contains(WORD));
    assert_eq!(items(app, &format!("/v1/people?q={WORD}")), Vec::<Value>::new());
    let past = app.get(&format!("/v1/visits/{}/versions/1", id(&visit))).expect(200);
    assert!(!past.text.contains(WORD), "{}", past.text);
    for name in [path.as_str(), "/v1/people/slug:p"] {
        assert_eq!(app.get(name).expect(410).json()["current_version"], 3);
    }
    let body = json!({"name": {"fr": "n"}, "identifiers": [{"scheme": "slug", "value": "p"}]});
    app.post("/v1/people", &body).expect(409);
    assert_eq!(change_count(app), 6);
});

on_both!(a_deleted_record_can_be_erased_too, empty, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let path = written_and_deleted(app);
    let call = |query: &str| app.request("DELETE", &format!("{path}?{query}")).key(&admin);
    call("erase=true").if_match(Some("\"2\"")).send().expect(412);
    assert_eq!(call("erase=false").if_match(Some("*")).send().expect(410).json()["code"], "gone");
    assert_faults(call("erase=yes").if_match(Some("*")).send(), 400, &[("erase", "invalid_parameter")]);
    call("erase=true").if_match(Some("\"3\"")).send().expect(204);
    assert_eq!(
        list(&items(app, &format!("{path}/versions")), "op"),
        ["delete", "delete", "update", "create"]
    );
    assert_eq!(app.get(&format!("{path}/versions/2")).expect(410).json()["code"], "erased");
    assert_eq!(change_count(app), 4);
    let none = format!("/v1/people/{}?erase=true", kakehashi::util::random::new_uuid());
    app.request("DELETE", &none).key(&admin).if_match(Some("*")).send().expect(404);
});

on_both!(every_record_of_the_founding_dataset_has_its_history, seeded, |app| {
    for kind in kakehashi::domain::kind::Kind::ALL {
        for record in items(app, &format!("/v1/{}?limit=3", kind.path())) {
            let path = format!("/v1/{}/{}", kind.path(), id(&record));
            let versions = items(app, &format!("{path}/versions"));
            assert_eq!(list(&versions, "op"), ["create"], "{path}");
            assert_eq!(app.get(&format!("{path}/versions/1")).expect(200).text, app.get(&path).text);
        }
    }
});
