//! Many records at once: results record by record, all or nothing, trial runs, progress, and any order.

use crate::on_both;
use crate::support::feeds::export_text;
use crate::support::records::{
    CANNES, SHIZUOKA, change_count, citation, city, commune, create, id, partnership, two_towns, with,
};
use crate::support::{TestApp, TestResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

const NDJSON: &str = "application/x-ndjson";

fn lines(records: &[Value]) -> String {
    let mut lines: Vec<String> = records.iter().map(Value::to_string).collect();
    lines.push(String::new());
    lines.join("\n")
}

fn import_as(app: &TestApp, key: &str, query: &str, records: &[Value]) -> TestResponse {
    let path = format!("/v1/import{query}");
    app.request("POST", &path).key(key).body(NDJSON, &lines(records)).send()
}

fn import(app: &TestApp, query: &str, records: &[Value]) -> TestResponse {
    import_as(app, &app.key, query, records)
}

/// What became of each record: the action, or the code of its problem.
#[track_caller]
fn fates(answer: &TestResponse) -> Vec<String> {
    let report = answer.json();
    let items = report["items"].as_array().unwrap();
    let fate = |(place, item): (usize, &Value)| {
        assert_eq!(item["index"], place);
        let rejected = item["action"] == "rejected";
        assert_eq!(
            (item.get("problem").is_some(), item.get("id").is_some()),
            (rejected, !rejected),
            "{item}"
        );
        item["problem"]["code"].as_str().or(item["action"].as_str()).unwrap().to_owned()
    };
    items.iter().enumerate().map(fate).collect()
}

/// Imports records that must meet these fates.
#[track_caller]
fn becomes(app: &TestApp, query: &str, records: &[Value], expected: &[&str]) -> Value {
    let answer = import(app, query, records).expect(207);
    let fates = fates(&answer);
    let differing = fates.iter().zip(expected).position(|(fate, expected)| fate != expected);
    let item = differing.map(|index| answer.json()["items"][index].clone());
    assert!(fates == expected, "{item:?} of {fates:?} are not {expected:?}");
    answer.json()
}

fn record(kind: &str, body: &Value) -> Value {
    with(body, &json!({"kind": kind}))
}

fn source(slug: &str) -> Value {
    let identifiers = json!([{"scheme": "slug", "value": slug}]);
    json!({"kind": "source", "identifiers": identifiers, "title": {"en": slug}})
}

fn authority(code: &str, more: &Value) -> Value {
    with(&record("authority", &commune(code, code)), more)
}

fn twinning() -> Value {
    let identifiers = json!({"identifiers": [{"scheme": "slug", "value": "cannes-shizuoka"}]});
    with(&record("partnership", &partnership(&[CANNES, SHIZUOKA])), &identifiers)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn totals(summary: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "rejected"].map(|name| summary[name].as_u64().unwrap())
}

on_both!(lines_arrays_and_gzip_are_the_same_records, empty, |app| {
    let records = [source("one"), source("two"), json!({"kind": "end", "count": 2})];
    let spaced = lines(&records).replace('\n', "\n\n");
    let first = app.request("POST", "/v1/import").key(&app.key).body(NDJSON, &spaced).send().expect(207);
    assert_eq!(fates(&first), ["created", "created"]);
    let report = first.json();
    let summary = json!({
        "created": 2, "updated": 0, "unchanged": 0, "rejected": 0, "total": 2,
        "dry_run": false, "atomic": false, "committed": true
    });
    assert_eq!(report["summary"], summary);
    assert_eq!((&report["items"][1]["version"], first.header("content-language")), (&json!(1), Some("en")));
    let read = app.get("/v1/sources/slug:two").expect(200).json();
    assert_eq!((&read["id"], read["origin"].as_str()), (&report["items"][1]["id"], Some("acme")));
    let array = Value::from(records.to_vec());
    for (media, text) in [
        ("application/json", array.to_string()),
        ("application/json; charset=utf-8", serde_json::to_string_pretty(&array).unwrap()),
        ("application/ndjson", lines(&records)),
        ("application/jsonl", lines(&records).trim_end().to_owned()),
    ] {
        for coded in [false, true] {
            let call = app.request("POST", "/v1/import").key(&app.key);
            let call = if coded {
                call.header("content-encoding", "gzip").bytes(media, &gzip(&text))
            } else {
                call.body(media, &text)
            };
            let answer = call.send().expect(207);
            assert_eq!(fates(&answer), ["unchanged", "unchanged"], "{media} {coded}");
        }
    }
    for nothing in ["[]", " [ ] "] {
        let answer = app.request("POST", "/v1/import").key(&app.key).body("application/json", nothing).send();
        assert_eq!(answer.expect(207).json()["summary"]["total"], 0);
    }
    assert_eq!(change_count(app), 2);
});

on_both!(a_body_that_cannot_be_read_is_refused_whole, empty, |app| {
    let send = |media: &str, body: &[u8], coding: &str| {
        let call = app.request("POST", "/v1/import").key(&app.key).header("content-encoding", coding);
        let answer = call.bytes(media, body).send();
        (answer.status, answer.json()["code"].as_str().unwrap().to_owned())
    };
    let malformed = || (400, "malformed_json".to_owned());
    let good = source("a").to_string();
    for body in ["", "\n \n"] {
        assert_eq!(send(NDJSON, body.as_bytes(), "identity"), malformed(), "{body:?}");
    }
    for body in
        ["", "{}", "7", &good, "[", &format!("[{good}"), &format!("[{good},]"), &format!("[{good}] x")]
    {
        assert_eq!(send("application/json", body.as_bytes(), "identity"), malformed(), "{body}");
    }
    let twice = br#"[{"kind": "source", "kind": "source"}]"#;
    assert_eq!(send("application/json", twice, "identity"), (400, "duplicate_member".into()));
    let unsupported = || (415, "unsupported_media_type".to_owned());
    assert_eq!(send("text/csv", good.as_bytes(), "identity"), unsupported());
    assert_eq!(send(NDJSON, good.as_bytes(), "br"), unsupported());
    let mut cut = gzip(&lines(&vec![source("a"); 50]));
    cut.truncate(cut.len() - 9);
    for broken in [good.as_bytes(), &cut] {
        assert_eq!(send(NDJSON, broken, "gzip"), (400, "bad_request".into()));
    }
    let answer = import(app, "?mode=overwrite&atomic=yes&dryrun=true", &[source("a")]).expect(400);
    let faults =
        [("mode", "invalid_parameter"), ("atomic", "invalid_parameter"), ("dryrun", "unknown_parameter")];
    assert_eq!(answer.faults(), faults.map(|(name, code)| (name.to_owned(), code.to_owned())));
    assert_eq!(change_count(app), 0);
});

on_both!(a_line_that_is_no_json_is_rejected_alone, empty, |app| {
    let body =
        format!("{}\n\n{{\"kind\": \"source\",\n{{\"a\": 1, \"a\": 2}}\n7\n{}", source("a"), source("b"));
    let answer =
        app.request("POST", "/v1/import?lang=fr").key(&app.key).body(NDJSON, &body).send().expect(207);
    assert_eq!(fates(&answer), ["created", "malformed_json", "duplicate_member", "invalid", "created"]);
    let report = answer.json();
    assert_eq!(
        (&report["items"][1]["problem"]["line"], &report["items"][2]["problem"]["line"]),
        (&json!(3), &json!(4))
    );
    assert_eq!(report["items"][1]["problem"]["title"], "JSON illisible");
    assert_eq!(answer.header("content-language"), Some("fr"));
    assert_eq!(totals(&report["summary"]), [2, 0, 0, 3]);
});

on_both!(what_is_wrong_with_a_record_is_told_with_its_places, empty, |app| {
    let records = [
        json!({"title": {"en": "x"}}),
        json!({"kind": "sauce", "title": {"en": "x"}}),
        json!({"kind": "source", "titel": {"en": "x"}, "id": "slug:x", "version": "1"}),
        json!({"kind": "source", "title": {"en": "x"}, "citations": [citation("slug:none", "/title", "x")]}),
    ];
    let report = becomes(app, "", &records, &["invalid"; 4]);
    let places = |index: usize| -> Vec<Value> {
        let errors = report["items"][index]["problem"]["errors"].as_array().unwrap();
        errors.iter().map(|error| json!([error["pointer"], error["code"]])).collect()
    };
    assert_eq!(places(0), [json!(["/kind", "required"])]);
    assert_eq!(places(1), [json!(["/kind", "unknown_code"])]);
    let expected = [
        ("/id", "wrong_type"),
        ("/version", "wrong_type"),
        ("/titel", "unknown_member"),
        ("/title", "required"),
    ];
    assert_eq!(places(2), expected.map(|(at, code)| json!([at, code])));
    assert_eq!(places(3), [json!(["/citations/0/source/id", "no_such_reference"])]);
    assert_eq!(change_count(app), 0);
});

on_both!(references_point_forward_across_batches_and_in_circles, empty, |app| {
    let slug = |n: usize| json!([{"scheme": "slug", "value": format!("town-{n}")}]);
    let town = |n: usize, successor: &Value| {
        let body =
            json!({"kind": "authority", "country": "JP", "level": "town", "name": {"en": n.to_string()}});
        with(&body, &json!({"identifiers": slug(n), "status": "merged", "successor": successor}))
    };
    // A circle of 300, a record that refers to itself by its UUID, and 600 that each refer to the next.
    let own = kakehashi::util::random::new_uuid().to_string();
    let mut records = vec![twinning()];
    records.extend((0..300).map(|n| town(n, &json!({"id": format!("slug:town-{}", (n + 1) % 300)}))));
    records.push(with(&town(300, &json!({"id": own})), &json!({"id": own})));
    records.extend((301..901).map(|n| town(n, &json!({"id": format!("slug:town-{}", n + 1)}))));
    records.push(record("authority", &city("221007", "Shizuoka")));
    records.push(town(901, &Value::Null));
    records.push(with(
        &authority("06029", &json!({})),
        &json!({"citations": [citation("slug:late", "/name", "x")]}),
    ));
    records.push(source("late"));
    let edition = |number: i64, before: &Value, dates: &str| {
        let body = json!({"kind": "rencontre", "number": number, "status": "held", "host": {"id": SHIZUOKA}});
        with(&body, &json!({"dates": {"edtf": dates}, "announced_at": before}))
    };
    records.push(edition(8, &json!({"id": "number:7"}), "2024-11"));
    records.push(edition(7, &Value::Null, "2022-10"));
    let created = vec!["created"; records.len()];
    let report = becomes(app, "", &records, &created);
    assert_eq!(report["summary"]["total"], records.len());
    let first = app.get("/v1/authorities/slug:town-299").expect(200).json();
    assert_eq!(first["successor"]["name"]["en"], "0");
    assert_eq!(app.get(&format!("/v1/authorities/{own}")).expect(200).json()["successor"]["id"], own);
    assert_eq!(becomes(app, "", &records, &vec!["unchanged"; records.len()])["summary"]["created"], 0);
});

on_both!(what_refers_to_a_rejected_record_is_rejected_too, empty, |app| {
    let town = |slug: &str, name: &Value, successor: &str| {
        json!({
            "kind": "authority", "country": "JP", "level": "town", "name": name, "status": "merged",
            "identifiers": [{"scheme": "slug", "value": slug}], "successor": {"id": format!("slug:{successor}")}
        })
    };
    let good = json!({"en": "Good"});
    let records = [
        town("a", &good, "b"),
        town("b", &json!({}), "c"),
        town("c", &good, "a"),
        town("d", &good, "e"),
        town("e", &good, "d"),
        town("f", &good, "a"),
    ];
    let expected = ["invalid", "invalid", "invalid", "created", "created", "invalid"];
    let report = becomes(app, "", &records, &expected);
    let fault = |index: usize| report["items"][index]["problem"]["errors"][0]["code"].clone();
    assert_eq!([fault(0), fault(2), fault(5)], ["no_such_reference"; 3]);
    assert_eq!(export_text(app).lines().count(), 3);
    app.get("/v1/authorities/slug:b").expect(404);
    // A circle through a record that exists already holds, though that record's change is rejected.
    let [_, broken, _, known, e, _] = &records;
    let change = with(known, &json!({"name": {"en": ""}, "successor": {"id": "slug:g"}}));
    let more =
        [change, with(&town("g", &good, "d"), &json!({})), with(broken, &json!({"name": good})), e.clone()];
    becomes(app, "", &more, &["invalid", "created", "invalid", "unchanged"]);
});

on_both!(an_id_is_kept_and_never_another_records, empty, |app| {
    let (own, other) =
        (kakehashi::util::random::new_uuid().to_string(), kakehashi::util::random::new_uuid().to_string());
    let report = becomes(app, "", &[with(&source("a"), &json!({"id": own}))], &["created"]);
    assert_eq!(report["items"][0]["id"], own);
    // Known by its identifier although the id is another.
    let report = becomes(app, "", &[with(&source("a"), &json!({"id": other}))], &["unchanged"]);
    assert_eq!(report["items"][0]["id"], own);
    let report =
        becomes(app, "", &[with(&authority("06029", &json!({})), &json!({"id": own}))], &["id_taken"]);
    assert_eq!(report["items"][0]["problem"]["existing"]["kind"], "source");
    let other = id(&create(
        app,
        "sources",
        &json!({"title": {"en": "b"}, "identifiers": source("b")["identifiers"]}),
    ));
    let both = with(
        &source("a"),
        &json!({"identifiers": [source("a")["identifiers"][0], source("b")["identifiers"][0]]}),
    );
    let report = becomes(
        app,
        "",
        &[both.clone(), with(&both, &json!({"id": own}))],
        &["ambiguous", "identifier_taken"],
    );
    let mut named = [own, other.clone()];
    named.sort();
    let existing = &report["items"][0]["problem"]["existing"];
    assert_eq!(
        [existing[0]["id"].as_str(), existing[1]["id"].as_str()],
        [Some(&*named[0]), Some(&*named[1])]
    );
    app.delete(&format!("/v1/sources/{other}"), Some("*")).expect(204);
    becomes(app, "", &[source("b"), with(&source("c"), &json!({"id": other}))], &["gone", "gone"]);
});

on_both!(a_version_is_a_precondition_where_the_record_exists, empty, |app| {
    let versioned =
        |version: i64, title: &str| with(&source("a"), &json!({"version": version, "title": {"en": title}}));
    becomes(app, "", &[versioned(7, "one")], &["created"]);
    becomes(app, "", &[versioned(1, "two")], &["updated"]);
    let report = becomes(
        app,
        "",
        &[versioned(1, "three"), versioned(2, "two"), versioned(2, "four")],
        &["precondition_failed", "unchanged", "updated"],
    );
    assert_eq!(report["items"][0]["problem"]["current_version"], 2);
    assert_eq!(report["items"][2]["version"], 3);
    // Of another origin: only with agreement, unless nothing changes.
    let clair = app.new_key("clair", &["write"], &[]);
    let foreign = [with(&source("a"), &json!({"title": {"en": "five"}})), versioned(3, "five")];
    let answer = import_as(app, &clair, "", &foreign).expect(207);
    assert_eq!(fates(&answer), ["changed_elsewhere", "updated"]);
    assert_eq!(answer.json()["items"][0]["problem"]["current_version"], 3);
    becomes(app, "", &[with(&source("a"), &json!({"title": {"en": "five"}}))], &["unchanged"]);
});

on_both!(a_mode_only_creates_or_only_updates, empty, |app| {
    becomes(app, "?mode=update", &[source("a")], &["no_such_record"]);
    becomes(app, "?mode=create", &[source("a"), source("a")], &["created", "record_exists"]);
    let changed = with(&source("a"), &json!({"title": {"en": "b"}}));
    let report = becomes(app, "?mode=create", std::slice::from_ref(&changed), &["record_exists"]);
    let read = app.get("/v1/sources/slug:a").json();
    assert_eq!(report["items"][0]["problem"]["existing"]["id"], read["id"]);
    becomes(app, "?mode=update", &[changed, source("c")], &["updated", "no_such_record"]);
    becomes(app, "?mode=upsert", &[source("c")], &["created"]);
});

on_both!(of_a_record_that_stands_twice_the_later_wins, empty, |app| {
    let titled = |title: &str| with(&source("a"), &json!({"title": {"en": title}}));
    let cites = with(&source("z"), &json!({"citations": [citation("slug:a", "/title", "x")]}));
    let report = becomes(
        app,
        "",
        &[cites, titled("one"), titled("two"), titled("two")],
        &["created", "created", "updated", "unchanged"],
    );
    assert_eq!(report["items"][3]["version"], 2);
    assert_eq!(app.get("/v1/sources/slug:a").json()["title"]["en"], "two");
    // The second is known by an identifier that only the first gives.
    let both = json!([{"scheme": "slug", "value": "a"}, {"scheme": "wikidata", "value": "Q1"}]);
    let first = with(&titled("two"), &json!({"identifiers": both}));
    let second = with(&titled("three"), &json!({"identifiers": [both[1]]}));
    let report = becomes(app, "", &[first, second], &["updated", "updated"]);
    assert_eq!(report["items"][0]["id"], report["items"][1]["id"]);
});

on_both!(an_atomic_import_with_a_rejection_writes_nothing, seeded, |app| {
    let before = (export_text(app), change_count(app));
    let records =
        [source("a"), authority("06029", &json!({"level": "city"})), authority("13055", &json!({"id": "x"}))];
    let answer = import(app, "?atomic=true&lang=ja", &records).expect(422);
    let problem = answer.json();
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(
        (problem["code"].as_str(), totals(&problem["summary"])),
        (Some("import_rejected"), [1, 0, 0, 2])
    );
    assert_eq!(problem["summary"]["committed"], false);
    let items = problem["items"].as_array().unwrap();
    assert_eq!(items.iter().map(|item| &item["index"]).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(items[0]["problem"]["title"], "内容に誤りがあります");
    assert_eq!((export_text(app), change_count(app)), before);
    let report = becomes(app, "?atomic=true", &[source("a"), source("b")], &["created", "created"]);
    assert_eq!((&report["summary"]["atomic"], &report["summary"]["committed"]), (&json!(true), &json!(true)));
    assert_eq!(change_count(app), before.1 + 2);
});

on_both!(a_dry_run_answers_the_same_and_writes_nothing, seeded, |app| {
    let before = (export_text(app), change_count(app));
    let records = [source("a"), source("a"), with(&source("b"), &json!({"title": {}}))];
    let expected = ["created", "unchanged", "invalid"];
    let report = becomes(app, "?dry_run=true", &records, &expected);
    assert_eq!(totals(&report["summary"]), [1, 0, 1, 1]);
    assert_eq!(
        (&report["summary"]["dry_run"], &report["summary"]["committed"]),
        (&json!(true), &json!(false))
    );
    import(app, "?dry_run=true&atomic=true", &records).expect(422);
    becomes(app, "?dry_run=true&atomic=true", &records[..2], &expected[..2]);
    assert_eq!((export_text(app), change_count(app)), before);
    app.get("/v1/sources/slug:a").expect(404);
    becomes(app, "", &records, &expected);
});

on_both!(a_key_imports_what_it_may_write, empty, |app| {
    two_towns(app);
    let send = |key: &str| import_as(app, key, "", &[source("a"), twinning()]);
    app.request("POST", "/v1/import").body(NDJSON, "{}").send().expect(401);
    send("kkh_1_2").expect(401);
    send(&app.new_key("clair", &["read"], &[])).expect(403);
    let answer = send(&app.new_key("clair", &["write:partnership"], &[])).expect(207);
    assert_eq!(fates(&answer), ["forbidden", "created"]);
    let detail = answer.json()["items"][0]["problem"]["detail"].clone();
    assert!(detail.as_str().unwrap().contains("write:source"), "{detail}");
    let owned =
        |scheme: &str| with(&source("b"), &json!({"identifiers": [{"scheme": scheme, "value": "1"}]}));
    let records = [owned("acme"), owned("clair"), owned("unheard")];
    becomes(app, "", &records, &["created", "scheme_not_owned", "invalid"]);
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let answer = import_as(app, &clair, "", &records).expect(207);
    assert_eq!(
        fates(&answer),
        ["changed_elsewhere", "created", "invalid"].map(|fate| {
            // Another's identifier alone changes nothing.
            if fate == "changed_elsewhere" { "unchanged" } else { fate }
        })
    );
});

on_both!(records_and_bodies_have_their_limits, empty, |app| {
    let long = with(&source("b"), &json!({"title": {"en": "x".repeat(1 << 20)}}));
    let report = becomes(
        app,
        "",
        &[source("a"), long.clone(), source("c")],
        &["created", "payload_too_large", "created"],
    );
    assert_eq!(report["items"][1]["problem"]["line"], 2);
    let array = Value::from(vec![source("d"), long]).to_string();
    let call = app.request("POST", "/v1/import").key(&app.key).body("application/json", &array);
    assert_eq!(call.send().expect(413).json()["code"], "payload_too_large");
    app.get("/v1/sources/slug:d").expect(404);
});

/// The events of an answer: name and data.
#[track_caller]
fn events(answer: &TestResponse) -> Vec<(String, Value)> {
    let event = |text: &str| {
        let (name, data) = text.strip_prefix("event: ").unwrap().split_once("\ndata: ").unwrap();
        (name.to_owned(), serde_json::from_str(data).unwrap())
    };
    answer.text.trim_end().split("\n\n").map(event).collect()
}

on_both!(progress_is_told_as_server_sent_events, empty, |app| {
    let mut records: Vec<Value> = (0..1200).map(|n| source(&format!("s{n}"))).collect();
    records[700] = json!({"kind": "source"});
    let stream = |query: &str, records: &[Value]| {
        let call = app.request("POST", &format!("/v1/import{query}")).key(&app.key);
        call.header("accept", "text/event-stream").body(NDJSON, &lines(records)).send()
    };
    let answer = stream("", &records).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let told = events(&answer);
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    let progress = names.iter().take_while(|name| **name == "progress").count();
    assert!(progress >= 2, "{names:?}");
    assert_eq!(names[progress..], ["item", "summary"]);
    let done: Vec<u64> = told[..progress].iter().map(|(_, data)| data["done"].as_u64().unwrap()).collect();
    assert!(done.is_sorted() && told[0].1["total"] == 1200, "{told:?}");
    assert_eq!(
        (&told[progress].1["index"], &told[progress].1["problem"]["code"]),
        (&json!(700), &json!("invalid"))
    );
    assert_eq!(totals(&told[progress + 1].1), [1199, 0, 0, 1]);
    let before = change_count(app);
    let told = events(&stream("?atomic=true", &[source("x"), json!({"kind": "source"})]).expect(200));
    assert_eq!((told.len(), &told[1].1["committed"], change_count(app)), (2, &json!(false), before));
    stream("", &[]).expect(400);
});

on_both!(imports_of_the_same_file_at_the_same_time_make_no_duplicates, empty, |app| {
    let mut records: Vec<Value> = (0..300).map(|n| source(&format!("s{n}"))).collect();
    records.extend([
        twinning(),
        authority("06029", &json!({})),
        record("authority", &city("221007", "Shizuoka")),
    ]);
    let both: Vec<TestResponse> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..2).map(|_| scope.spawn(|| import(app, "", &records))).collect();
        running.into_iter().map(|thread| thread.join().unwrap().expect(207)).collect()
    });
    let all: Vec<[u64; 4]> = both.iter().map(|answer| totals(&answer.json()["summary"])).collect();
    assert_eq!((all[0][0] + all[1][0], all[0][2] + all[1][2]), (303, 303), "{all:?}");
    assert_eq!((export_text(app).lines().count(), change_count(app)), (304, 303));
});

on_both!(an_export_is_imported_unchanged_where_it_comes_from, seeded, |app| {
    let before = (export_text(app), change_count(app));
    let all = app.request("POST", "/v1/import?atomic=true").key(&app.key).body(NDJSON, &before.0).send();
    let total = before.0.lines().count() as u64 - 1;
    assert_eq!(totals(&all.expect(207).json()["summary"]), [0, 0, total, 0]);
    assert_eq!((export_text(app), change_count(app)), before);
    let other = TestApp::start(Backend::Sqlite, Content::Empty);
    let all = other.request("POST", "/v1/import").key(&other.new_key("acme", &["admin"], &[]));
    let all = all.header("content-encoding", "gzip").bytes(NDJSON, &gzip(&before.0)).send();
    assert_eq!(totals(&all.expect(207).json()["summary"]), [total, 0, 0, 0]);
    assert_eq!(export_text(&other).replace("\"origin\":\"acme\"", "\"origin\":\"kakehashi\""), before.0);
});

on_both!(an_import_ends_when_nobody_waits_for_it, empty, |app| {
    let count = || {
        let page = app.get("/v1/sources?count=exact&limit=1").expect(200).json();
        page["page"]["total"].as_u64().unwrap()
    };
    for (round, accept) in ["text/event-stream", "application/json"].into_iter().enumerate() {
        let before = count();
        let records: Vec<Value> = (0..3000).map(|n| source(&format!("s{round}-{n}"))).collect();
        let body = lines(&records);
        let mut connection = TcpStream::connect(app.url.strip_prefix("http://").unwrap()).unwrap();
        let head = format!(
            "POST /v1/import HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\naccept: {accept}\r\n\
             content-type: {NDJSON}\r\ncontent-length: {}\r\n\r\n",
            app.key,
            body.len()
        );
        connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(body.as_bytes())).unwrap();
        wait_until(|| count() > before);
        drop(connection);
        let mut last = 0;
        wait_until(|| {
            std::thread::sleep(Duration::from_millis(300));
            let before = std::mem::replace(&mut last, count());
            before == last
        });
        assert!(last - before < 3000, "{accept}: {last}");
    }
    change_count(app);
});

#[track_caller]
fn wait_until(mut happens: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

on_both!(an_import_sent_again_is_answered_again, empty, |app| {
    let records = [source("a"), source("b")];
    let send = |records: &[Value]| {
        let call = app.request("POST", "/v1/import").key(&app.key).header("idempotency-key", "i");
        call.body(NDJSON, &lines(records)).send()
    };
    let first = send(&records).expect(207);
    assert_eq!((fates(&first), first.header("idempotency-replayed")), (vec!["created".into(); 2], None));
    let again = send(&records).expect(207);
    assert_eq!(
        (again.text.as_str(), again.header("idempotency-replayed")),
        (first.text.as_str(), Some("true"))
    );
    assert_eq!(send(&[source("c")]).expect(422).json()["code"], "idempotency_key_reused");
    assert_eq!(change_count(app), 2);
});

on_both!(what_is_anothers_own_is_rejected_and_listed_until_it_is_written, empty, |app| {
    let [cannes, _] = two_towns(app);
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let bearing = |website: &str, more: &Value| {
        let identifiers =
            json!([{"scheme": "insee_com", "value": "06029"}, {"scheme": "clair", "value": "9"}]);
        with(&authority("06029", &json!({"website": website, "identifiers": identifiers})), more)
    };
    // The towns are of `acme`: CLAIR agrees to their version, and adds its identifier and a member.
    let mine = bearing("https://a.example/", &json!({"version": 1, "name": {"fr": "Cannes"}}));
    assert_eq!(fates(&import_as(app, &clair, "", std::slice::from_ref(&mine)).expect(207)), ["updated"]);
    let other = app.new_key("cuf", &["write", "override"], &[]);
    let theirs = with(
        &authority("06029", &json!({"website": "https://b.example/", "version": 2})),
        &json!({"name": {"fr": "Cannes"}}),
    );
    let items = import_as(app, &other, "", std::slice::from_ref(&theirs)).expect(207);
    assert_eq!(fates(&items), ["owned_elsewhere"]);
    let state = || {
        app.request("GET", "/v1/sync/status").key(&other).send().expect(200).json()["items"][0]["conflicts"]
            .clone()
    };
    assert_eq!((&state()[0]["code"], &state()[0]["id"]), (&json!("owned_elsewhere"), &json!(cannes)));
    assert_eq!(fates(&import_as(app, &other, "?force=true", &[theirs]).expect(207)), ["updated"]);
    assert_eq!(state(), json!([]));
    import_as(app, &clair, "?force=true", &[mine]).expect(403);
});

on_both!(a_record_known_here_by_another_id_is_referred_to_by_it, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let [there, other, third] = [0, 1, 2].map(|_| kakehashi::util::random::new_uuid().to_string());
    let town = with(&authority("06029", &json!({"id": there})), &json!({"name": {"fr": "Cannes"}}));
    let body = with(&record("partnership", &partnership(&[&there, &shizuoka])), &json!({"id": other}));
    let source = with(&source("s"), &json!({"id": third}));
    becomes(app, "", &[body, town, source], &["created", "unchanged", "created"]);
    let parties = app.get(&format!("/v1/partnerships/{other}")).expect(200).json()["parties"].clone();
    assert_eq!(parties[0]["authority"]["id"], cannes.as_str());
    app.get(&format!("/v1/sources/{third}")).expect(200);
});

on_both!(an_import_says_why, empty, |app| {
    let call = app.request("POST", "/v1/import").key(&app.key).header("change-comment", "Directory of 2026");
    call.body(NDJSON, &lines(&[source("a"), source("b")])).send().expect(207);
    let feed = app.get("/v1/changes").json();
    for item in feed["items"].as_array().unwrap() {
        assert_eq!(item["comment"], "Directory of 2026");
    }
    assert_eq!(feed["items"][0]["batch_id"], feed["items"][1]["batch_id"]);
});
