//! Several origins on one record: whose member is whose, merges of three versions, loops, comments, conflicts.

use crate::on_both;
use crate::support::records::{assert_faults, change_count, create, id, partnership, two_towns, with};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

/// A partnership that CLAIR's key made under its own identifier; gives the key and the path.
fn of_clair(app: &TestApp) -> (String, String, Value) {
    two_towns(app);
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let body = with(
        &partnership(&["insee_com:06029", "dantai:221007"]),
        &json!({"since": {"edtf": "1991"}, "summary": {"ja": "概要"}}),
    );
    let put = app
        .request("PUT", "/v1/partnerships/clair:JP-0123")
        .key(&clair)
        .json(&body)
        .send()
        .expect(201)
        .json();
    (clair, format!("/v1/partnerships/{}", id(&put)), body)
}

fn patch(app: &TestApp, key: &str, path: &str, body: &Value) -> TestResponse {
    let call = app.request("PATCH", path).key(key).if_match(Some("*"));
    call.body("application/merge-patch+json", &body.to_string()).send()
}

/// The pointers of a problem's conflicts.
fn contested(answer: &TestResponse) -> Vec<String> {
    let conflicts = answer.json()["conflicts"].as_array().cloned().unwrap_or_default();
    conflicts.iter().map(|conflict| conflict["pointer"].as_str().unwrap().to_owned()).collect()
}

on_both!(what_a_partner_wrote_under_its_identifier_is_its_own, empty, |app| {
    let (clair, path, body) = of_clair(app);
    let cuf = app.new_key("cuf", &["write"], &["cuf"]);
    let count = change_count(app);
    // What CLAIR left open, others may add.
    patch(app, &cuf, &path, &json!({"summary": {"fr": "résumé"}, "themes": ["culture"]})).expect(200);
    let refused =
        patch(app, &cuf, &path, &json!({"since": {"edtf": "1992"}, "summary": {"ja": null, "fr": "autre"}}));
    let refused = refused.expect(409);
    assert_eq!(refused.json()["code"], "owned_elsewhere");
    assert_eq!(
        refused.json()["conflicts"],
        json!([{"pointer": "/since", "owner": "clair"}, {"pointer": "/summary/ja", "owner": "clair"}])
    );
    let put = app
        .request("PUT", "/v1/partnerships/clair:JP-0123")
        .key(&cuf)
        .json(&with(&body, &json!({"since": {"edtf": "1990"}})))
        .send();
    assert_eq!(put.expect(409).json()["code"], "owned_elsewhere");
    let delete = app.request("DELETE", &path).key(&cuf).if_match(Some("*")).send();
    assert_eq!(delete.expect(409).json()["code"], "owned_elsewhere");
    assert_eq!(change_count(app), count + 1, "a refused write writes nothing");
    // Its owner changes it, whoever wrote last.
    patch(app, &clair, &path, &json!({"since": {"edtf": "1992"}})).expect(200);
    // The same value is no other value.
    patch(app, &cuf, &path, &json!({"since": {"edtf": "1992"}})).expect(200);

    let owners = app.get(&format!("{path}/owners")).expect(200).json();
    let owner = |pointer: &str| {
        let found = owners["items"].as_array().unwrap().iter().find(|item| item["pointer"] == pointer);
        found.map(|item| {
            (
                item["origin"].as_str().unwrap().to_owned(),
                item["protected"] == true,
                item["version"].as_i64().unwrap(),
            )
        })
    };
    assert_eq!(owner("/since"), Some(("clair".into(), true, 3)));
    assert_eq!(owner("/summary/fr"), Some(("cuf".into(), false, 2)));
    assert_eq!(owner("/themes"), Some(("cuf".into(), false, 2)));
    assert_eq!(owner("/name"), None);
});

on_both!(ownership_moves_on_purpose_only, empty, |app| {
    let (clair, path, _) = of_clair(app);
    let (plain, strong) =
        (app.new_key("cuf", &["write"], &[]), app.new_key("cuf", &["write", "override"], &["cuf"]));
    let change = json!({"since": {"edtf": "1993"}});
    let forced = format!("{path}?force=true");
    assert_eq!(patch(app, &plain, &forced, &change).expect(403).json()["code"], "forbidden");
    assert_eq!(patch(app, &strong, &path, &change).expect(409).json()["code"], "owned_elsewhere");
    patch(app, &strong, &forced, &change).expect(200);
    let feed = app.get("/v1/changes?kind=partnership").json();
    assert_eq!(feed["items"][1]["overrode"], json!([{"pointer": "/since", "owner": "clair"}]));
    let owners = app.get(&format!("{path}/owners")).json();
    let since =
        owners["items"].as_array().unwrap().iter().find(|item| item["pointer"] == "/since").unwrap().clone();
    assert_eq!(
        (&since["origin"], &since["protected"]),
        (&json!("cuf"), &json!(false)),
        "CUF has no identifier on it"
    );
    patch(app, &clair, &path, &json!({"since": {"edtf": "1991"}})).expect(200);
    assert_faults(
        patch(app, &strong, &format!("{path}?force=1"), &change),
        400,
        &[("force", "invalid_parameter")],
    );
});

on_both!(on_a_record_without_owned_identifiers_the_last_writer_owns_nothing, empty, |app| {
    let [cannes, _] = two_towns(app);
    let cuf = app.new_key("cuf", &["write"], &["cuf"]);
    patch(app, &cuf, &format!("/v1/authorities/{cannes}"), &json!({"name": {"fr": "Cannes (06)"}}))
        .expect(200);
    let owners = app.get(&format!("/v1/authorities/{cannes}/owners")).json();
    let protected = owners["items"].as_array().unwrap().iter().filter(|item| item["protected"] == true);
    assert_eq!(protected.count(), 0);
    app.get("/v1/authorities/dantai:131008/owners").expect(404);
});

on_both!(changes_of_different_members_merge, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let body = with(
        &partnership(&[&cannes, &shizuoka]),
        &json!({"summary": {"fr": "a", "ja": "b"}, "since": {"edtf": "1991"}, "themes": ["culture"],
                "identifiers": [{"scheme": "slug", "value": "c-s"}]}),
    );
    let made = create(app, "partnerships", &body);
    let path = format!("/v1/partnerships/{}", id(&made));
    let cuf = app.new_key("cuf", &["write"], &[]);
    patch(app, &cuf, &path, &json!({"summary": {"ja": "c"}, "themes": ["culture", "youth"]})).expect(200);
    // The caller still knows version 1: French text and date are its change, the rest stays as others made it.
    let mine = with(&body, &json!({"summary": {"fr": "d", "ja": "b"}, "since": {"edtf": "1992"}}));
    let merged = app.put(&format!("{path}?base_version=1"), None, &mine).expect(200).json();
    assert_eq!(merged["summary"], json!({"fr": "d", "ja": "c"}));
    assert_eq!((&merged["since"]["edtf"], &merged["themes"]), (&json!("1992"), &json!(["culture", "youth"])));
    assert_eq!(merged["version"], 3);
    let by_name = app.put(
        "/v1/partnerships/slug:c-s?base_version=3",
        None,
        &with(&mine, &json!({"summary": {"fr": "d", "ja": "c"}, "themes": ["youth"]})),
    );
    assert_eq!(by_name.expect(200).json()["themes"], json!(["youth"]));

    let call = app.request("PATCH", &format!("{path}?base_version=1")).key(&app.key);
    let clash = call
        .body(
            "application/merge-patch+json",
            r#"{"summary": {"ja": "e"}, "status": "dormant", "last_activity": {"edtf": "2020"}}"#,
        )
        .send();
    let clash = clash.expect(409);
    assert_eq!(clash.json()["code"], "merge_conflict");
    assert_eq!(
        clash.json()["conflicts"],
        json!([{"pointer": "/summary/ja", "base": "b", "current": "c", "incoming": "e"}])
    );
    assert_eq!(clash.json()["current_version"], 4);
    let call = app.request("PATCH", &format!("{path}?base_version=1")).key(&app.key);
    let both = call
        .body(
            "application/merge-patch+json",
            r#"{"summary": {"ja": "c"}, "status": "dormant", "last_activity": {"edtf": "2020"}}"#,
        )
        .send();
    assert_eq!(both.expect(200).json()["status"], "dormant", "the same change on both sides is no conflict");
    for wrong in ["99", "0", "x"] {
        assert_faults(
            app.put(&format!("{path}?base_version={wrong}"), None, &mine),
            400,
            &[("base_version", "invalid_parameter")],
        );
    }
    assert_eq!(
        app.put(&format!("{path}?base_version=1"), Some("\"1\""), &mine).expect(412).json()["current_version"],
        5
    );
});

on_both!(a_merge_keeps_what_was_added_to_lists_of_identifiers_and_citations, empty, |app| {
    let source = create(app, "sources", &json!({"title": {"en": "s"}}));
    let cite = |quote: &str| json!({"source": {"id": source["id"]}, "pointer": "/title", "quote": quote});
    let body = json!({"title": {"en": "t"}, "identifiers": [{"scheme": "slug", "value": "t"}], "citations": [cite("a"), cite("b")]});
    let made = create(app, "sources", &body);
    let path = format!("/v1/sources/{}", id(&made));
    let with_c = with(&body, &json!({"citations": [cite("a"), cite("b"), cite("c")]}));
    app.put(&path, Some("\"1\""), &with_c).expect(200);
    let mine = with(&body, &json!({"citations": [cite("a"), cite("d")]}));
    let merged = app.put(&format!("{path}?base_version=1"), None, &mine).expect(200).json();
    let quotes: Vec<_> = merged["citations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["quote"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(quotes, ["a", "c", "d"]);
});

on_both!(a_value_that_two_origins_put_back_and_forth_is_stopped, empty, |app| {
    let [cannes, _] = two_towns(app);
    let path = format!("/v1/authorities/{cannes}");
    let cuf = app.new_key("cuf", &["write"], &[]);
    let (mine, theirs) = (json!({"website": "https://a.example/"}), json!({"website": "https://b.example/"}));
    patch(app, &app.key, &path, &mine).expect(200);
    for turn in 0..3 {
        patch(app, &cuf, &path, &theirs).expect(200);
        assert_eq!(patch(app, &app.key, &path, &mine).expect(200).status, 200, "return {turn}");
    }
    patch(app, &cuf, &path, &theirs).expect(200);
    let before = change_count(app);
    let stopped = patch(app, &app.key, &path, &mine).expect(409);
    assert_eq!(
        (stopped.json()["code"].as_str(), contested(&stopped)),
        (Some("sync-loop"), vec!["/website".to_owned()])
    );
    assert_eq!(change_count(app), before);
    // Another value ends the quarrel, and so does a day.
    patch(app, &app.key, &path, &json!({"name": {"fr": "Cannes!"}})).expect(200);
    patch(app, &cuf, &path, &json!({"website": "https://c.example/"})).expect(200);
    app.clock.set("2026-11-23T12:00:01Z".parse().unwrap());
    patch(app, &app.key, &path, &mine).expect(200);
});

on_both!(conflicts_are_listed_until_the_record_is_written, empty, |app| {
    let (_, path, _) = of_clair(app);
    let cuf = app.new_key("cuf", &["write"], &[]);
    let state = || {
        app.request("GET", "/v1/sync/status").key(&cuf).send().expect(200).json()["items"][0]["conflicts"]
            .clone()
    };
    assert_eq!(state(), json!([]));
    patch(app, &cuf, &path, &json!({"since": {"edtf": "1800"}})).expect(409);
    let open = state();
    assert_eq!((&open[0]["code"], &open[0]["pointers"]), (&json!("owned_elsewhere"), &json!(["/since"])));
    assert_eq!(open[0]["href"], path.as_str());
    patch(app, &cuf, &path, &json!({"themes": ["culture"]})).expect(200);
    assert_eq!(state(), json!([]));
});

on_both!(a_comment_is_kept_with_the_change, empty, |app| {
    let say = |comment: &str| {
        let call = app.request("POST", "/v1/sources").key(&app.key).header("change-comment", comment);
        call.json(&json!({"title": {"en": "x"}})).send()
    };
    say("From the 2026 directory").expect(201);
    say("UTF-8''%E5%90%8D%E7%B0%BF").expect(201);
    let comments: Vec<_> = app.get("/v1/changes").json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["comment"].clone())
        .collect();
    assert_eq!(comments, [json!("From the 2026 directory"), json!("名簿")]);
    for wrong in ["", "UTF-8''%FF", &"x".repeat(501)] {
        assert_faults(say(wrong), 400, &[("Change-Comment", "invalid_header")]);
    }
});

on_both!(merges_at_the_same_time_lose_none_of_each_other, empty, |app| {
    let body = json!({"title": {"fr": "t"}, "identifiers": [{"scheme": "slug", "value": "m"}]});
    let path = format!("/v1/sources/{}", id(&create(app, "sources", &body)));
    let changes = [
        json!({"title": {"fr": "t", "en": "en"}}),
        json!({"title": {"fr": "t", "ja": "ja"}}),
        json!({"publisher": {"fr": "p"}}),
        json!({"url": "https://a.example/"}),
        json!({"reliability": "press"}),
        json!({"languages": ["fr", "ja"]}),
    ];
    std::thread::scope(|scope| {
        for (turn, change) in changes.iter().enumerate() {
            let (body, path) = (with(&body, change), &path);
            let path = if turn % 2 == 0 { path.clone() } else { "/v1/sources/slug:m".into() };
            scope.spawn(move || app.put(&format!("{path}?base_version=1"), None, &body).expect(200));
        }
    });
    let merged = app.get(&path).expect(200).json();
    assert_eq!(merged["title"], json!({"fr": "t", "en": "en", "ja": "ja"}));
    assert_eq!((&merged["publisher"], &merged["url"]), (&json!({"fr": "p"}), &json!("https://a.example/")));
    assert_eq!((&merged["reliability"], &merged["languages"]), (&json!("press"), &json!(["fr", "ja"])));
    assert_eq!(merged["version"], 7);
});
