//! Merging a record into another: who refers to it, what it is known by, and where its name leads afterwards.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_invalid, change_count, citation, city, create, edition, id, items, partnership,
    sorted_labels, source, two_towns, with,
};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Barrier;

fn merge(app: &TestApp, collection: &str, loser: &str, survivor: &str) -> TestResponse {
    let path = format!("/v1/{collection}/{loser}/merge-into/{survivor}");
    // Authorities are everybody's.
    let admin = (collection == "authorities").then(|| app.new_key("acme", &["admin"], &[]));
    app.request("POST", &path).key(admin.as_ref().unwrap_or(&app.key)).send()
}

fn person(app: &TestApp, name: &str) -> String {
    let body = json!({"name": {"fr": name}, "identifiers": [{"scheme": "slug", "value": name}]});
    id(&create(app, "people", &body))
}

/// A presidency of an organisation, held by a person, as a record that refers to them.
fn presided(person: &str) -> Value {
    json!({"category": "city_network", "name": {"fr": "o"}, "presidencies": [{"authority": {"id": CANNES}, "person": {"id": person}}]})
}

/// The id of the person of the first presidency.
fn president(app: &TestApp, organisation: &str) -> Value {
    app.get(&format!("/v1/organisations/{organisation}")).expect(200).json()["presidencies"][0]["person"]["id"].clone()
}

on_both!(authorities_are_merged_by_administrators, empty, |app| {
    let [one, other] = two_towns(app);
    let path = format!("/v1/authorities/{one}/merge-into/{other}");
    let refused = app.request("POST", &path).key(&app.key).send().expect(403).json();
    assert!(refused["detail"].as_str().unwrap().contains("admin"), "{refused}");
    assert_eq!(app.get(&format!("/v1/authorities/{one}")).expect(200).json()["version"], 1);
});

on_both!(nobody_ends_a_record_of_others_in_their_own, seeded, |app| {
    const TAKEN: &str = "/v1/partnerships/slug:paris-kyoto";
    let before = app.get(TAKEN).expect(200);
    let (taken, owner) = (before.json(), before.json()["origin"].clone());
    let evil = app.new_key("evil", &["write"], &[]);
    let body = partnership(&[CANNES, "dantai:261009"]);
    let own = app.request("POST", "/v1/partnerships").key(&evil).json(&body).send().expect(201).json();
    let merge = |key: &str, query: &str, if_match: Option<&str>| {
        let path = format!("{TAKEN}/merge-into/{}{query}", id(&own));
        let call = app.request("POST", &path).key(key).header("accept-language", "en");
        call.if_match(if_match).send()
    };
    // Nor does it help to have read the record.
    for if_match in [None, Some("*"), Some(before.etag())] {
        let refused = merge(&evil, "", if_match).expect(409).json();
        assert_eq!((&refused["code"], &refused["id"]), (&json!("changed_elsewhere"), &taken["id"]));
        let conflicts = refused["conflicts"].as_array().unwrap();
        for pointer in ["/parties", "/status"] {
            assert!(conflicts.contains(&json!({"pointer": pointer, "owner": owner})), "{refused}");
        }
        let slug = json!({"pointer": "/identifiers", "owner": owner, "identifier": "slug:paris-kyoto"});
        assert!(conflicts.contains(&slug), "{refused}");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("`override`") && !detail.contains("If-Match"), "{detail}");
    }
    assert_eq!(merge(&evil, "", Some("\"999\"")).expect(412).json()["code"], "precondition_failed");
    assert_eq!(merge(&evil, "?force=true", None).expect(403).json()["code"], "forbidden");
    assert_eq!(app.get(TAKEN).expect(200).text, before.text);

    let meant = app.new_key("evil", &["write", "override"], &[]);
    assert_eq!(merge(&meant, "?force=true", None).expect(200).json()["id"], own["id"]);
    let ended = &items(app, &format!("/v1/partnerships/{}/versions", id(&taken)))[0];
    assert_eq!(ended["op"], "merge");
    assert!(
        ended["overrode"].as_array().unwrap().iter().any(|one| one["pointer"] == "/identifiers"),
        "{ended}"
    );
    change_count(app);
});

on_both!(what_others_added_to_ones_record_is_not_theirs_to_end, empty, |app| {
    let (own, other) = (app.new_key("own", &["write"], &[]), app.new_key("other", &["write"], &["other"]));
    let survivor = person(app, "b");
    let source = id(&source(app, "s", &json!({})));
    let made = |slug: &str| {
        let body = json!({"name": {"fr": slug}, "identifiers": [{"scheme": "slug", "value": slug}]});
        id(&app.request("POST", "/v1/people").key(&own).json(&body).send().expect(201).json())
    };
    let merge = |loser: &str, key: &str| {
        app.request("POST", &format!("/v1/people/{loser}/merge-into/{survivor}")).key(key).send()
    };
    let identifiers = json!([{"scheme": "slug", "value": "y"}, {"scheme": "slug", "value": "z"}]);
    for (slug, change, pointer, more) in [
        ("x", json!({"name": {"ja": "x"}}), "/name/ja", json!({})),
        ("y", json!({"identifiers": identifiers}), "/identifiers", json!({"identifier": "slug:z"})),
        ("w", json!({"citations": [citation(&source, "/name", "x")]}), "/citations", json!({})),
    ] {
        let loser = made(slug);
        let path = format!("/v1/people/{loser}");
        let change_request = app.request("PATCH", &path).key(&other).if_match(Some("*")).json(&change);
        change_request.send().expect(200);
        let refused = merge(&loser, &own).expect(409).json();
        assert_eq!(
            (&refused["code"], &refused["conflicts"]),
            (
                &json!("changed_elsewhere"),
                &json!([with(&json!({"pointer": pointer, "owner": "other"}), &more)])
            )
        );
        assert_eq!(app.get(&path).expect(200).json()["version"], 2);
        merge(&loser, &app.new_key("registry", &["admin"], &[])).expect(200);
    }
    merge(&made("v"), &own).expect(200);
    change_count(app);
});

on_both!(only_administrators_end_what_was_adopted, empty, |app| {
    create(app, "partnerships", &partnership(&["insee_com:35238", "dantai:041009"]));
    let own = id(&source(app, "own", &json!({})));
    let path = format!("/v1/sources/slug:insee-cog-2026/merge-into/{own}");
    let refused = app.request("POST", &path).key(&app.key).header("accept-language", "en").send().expect(403);
    assert!(refused.json()["detail"].as_str().unwrap().contains("`admin`"), "{}", refused.text);
    app.get("/v1/sources/slug:insee-cog-2026").expect(200);
});

on_both!(a_key_merges_only_what_it_may_rewrite, empty, |app| {
    two_towns(app);
    let [loser, survivor] = ["a", "b"].map(|title| id(&source(app, title, &json!({}))));
    let mut citing = partnership(&[CANNES, SHIZUOKA]);
    citing["citations"] = json!([citation(&loser, "/parties", "x")]);
    let citing = format!("/v1/partnerships/{}", id(&create(app, "partnerships", &citing)));
    let cited = json!({"name": {"fr": "p"}, "citations": [citation(&loser, "/name", "x")]});
    create(app, "people", &cited);
    let merge = |scopes: &[&str]| {
        let key = app.new_key("acme", scopes, &[]);
        let call = app.request("POST", &format!("/v1/sources/{loser}/merge-into/{survivor}")).key(&key);
        call.header("accept-language", "en").send()
    };
    let (before, count) = (app.get(&citing).text, change_count(app));
    for (scopes, lacking) in [
        (&["write:source"][..], &["write:partnership", "write:person"][..]),
        (&["write:source", "write:person"], &["write:partnership"]),
    ] {
        let refused = merge(scopes).expect(403).json();
        assert_eq!(refused["code"], "forbidden");
        let detail = refused["detail"].as_str().unwrap();
        for scope in ["write:partnership", "write:person"] {
            assert_eq!(detail.contains(scope), lacking.contains(&scope), "{detail}");
        }
    }
    assert_eq!((app.get(&citing).text, change_count(app)), (before, count));
    app.get(&format!("/v1/sources/{loser}")).expect(200);
    merge(&["write:source", "write:person", "write:partnership"]).expect(200);
    assert_eq!(app.get(&citing).json()["citations"][0]["source"]["id"], survivor);
});

on_both!(the_loser_leads_to_the_survivor_and_is_written_no_more, empty, |app| {
    let [loser, survivor] = [person(app, "a"), person(app, "b")];
    let answer = merge(app, "people", "slug:a", &survivor).expect(200);
    let now = answer.json();
    assert_eq!((&now["id"], &now["version"], &now["name"]["fr"]), (&json!(survivor), &json!(2), &json!("b")));
    assert_eq!(answer.etag(), app.get(&format!("/v1/people/{survivor}")).etag());
    assert_eq!(
        now["identifiers"],
        json!([{"scheme": "slug", "value": "a"}, {"scheme": "slug", "value": "b"}])
    );
    assert_eq!(app.get("/v1/people/slug:a").expect(200).json()["id"], survivor);

    let path = format!("/v1/people/{loser}");
    for (method, query) in [("GET", ""), ("HEAD", "?fields=id,label&lang=ja")] {
        let answer = app.request(method, &format!("{path}{query}")).send().expect(301);
        assert_eq!(answer.header("location"), Some(format!("/v1/people/{survivor}{query}").as_str()));
        assert_eq!((answer.text.as_str(), answer.header("cache-control")), ("", Some("no-cache")));
    }
    for answer in [
        app.put(&path, Some("*"), &json!({"name": {"fr": "c"}})),
        app.patch(&path, Some("*"), &json!({"name": {"fr": "c"}})),
        app.delete(&path, Some("*")),
        merge(app, "people", &loser, &survivor),
        merge(app, "people", &survivor, &loser),
    ] {
        let gone = answer.expect(410).json();
        assert_eq!((&gone["code"], &gone["replaced_by"]), (&json!("gone"), &json!(survivor)));
    }
    let versions = items(app, &format!("{path}/versions"));
    let last = &versions[0];
    assert_eq!(
        (&last["op"], &last["version"], &last["replaced_by"]),
        (&json!("merge"), &json!(2), &json!(survivor))
    );
    assert_eq!(app.get(&format!("{path}/versions/2")).expect(410).json()["replaced_by"], survivor);
    assert_eq!(app.get(&format!("{path}/versions/1")).expect(200).json()["name"]["fr"], "a");
    assert_eq!(sorted_labels(app, "/v1/people"), ["b"]);
    assert_eq!(change_count(app), 4);
});

on_both!(what_referred_to_the_loser_refers_to_the_survivor, empty, |app| {
    two_towns(app);
    let [loser, survivor] = [person(app, "a"), person(app, "b")];
    let organisation = id(&create(app, "organisations", &presided(&loser)));
    let key = app.new_key("other", &["write", "override"], &[]);
    let path = format!("/v1/people/{loser}/merge-into/slug:b?force=true");
    app.request("POST", &path).key(&key).send().expect(200);
    assert_eq!(president(app, &organisation), survivor);
    let newest = &items(app, &format!("/v1/organisations/{organisation}/versions"))[0];
    assert_eq!(
        (&newest["op"], &newest["version"], &newest["origin"]),
        (&json!("update"), &json!(2), &json!("other"))
    );
    let merged = &items(app, &format!("/v1/people/{loser}/versions"))[0];
    assert_eq!(newest["batch_id"], merged["batch_id"]);
    let referred = app.delete(&format!("/v1/people/{survivor}"), Some("*")).expect(409).json();
    assert_eq!(referred["referrers"][0]["id"], organisation);
    let then = app.get(&format!("/v1/organisations/{organisation}/versions/1")).expect(200).json();
    assert_eq!(then["presidencies"][0]["person"]["id"], loser, "the past stays as it was");
    assert_eq!(then["presidencies"][0]["person"]["name"]["fr"], "a");
});

on_both!(citations_follow_with_their_origins, empty, |app| {
    let [loser, survivor] = ["a", "b"].map(|title| id(&source(app, title, &json!({}))));
    let cited = json!({"name": {"fr": "p"}, "citations": [citation(&loser, "/name", "x"), citation(&survivor, "", "y")]});
    let path = format!("/v1/people/{}", id(&create(app, "people", &cited)));
    let key = app.new_key("other", &["write", "override"], &[]);
    let path_of_merge = format!("/v1/sources/{loser}/merge-into/{survivor}?force=true");
    let call = app.request("POST", &path_of_merge).key(&key);
    assert_eq!(call.send().expect(200).json()["version"], 1, "nothing about the survivor has changed");
    let now = app.get(&path).json();
    let said: Vec<_> = now["citations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|held| (&held["quote"], &held["source"]["id"], &held["origin"]))
        .collect();
    let (survivor, ours) = (json!(survivor), json!("acme"));
    assert_eq!(said, [(&json!("x"), &survivor, &ours), (&json!("y"), &survivor, &ours)]);
    assert_eq!(change_count(app), 5);
});

on_both!(records_whose_rules_look_at_each_other_are_rewritten_together, empty, |app| {
    two_towns(app);
    let twin = id(&create(
        app,
        "authorities",
        &json!({"country": "FR", "level": "commune", "name": {"fr": "Cannes (bis)"}}),
    ));
    let joined = id(&create(app, "partnerships", &partnership(&[&twin, SHIZUOKA])));
    let memorandum = json!({
        "category": "twinning_oath", "title": {"fr": "m"}, "status": "signed", "partnership": {"id": joined},
        "parties": [{"party": {"id": twin, "kind": "authority"}}, {"party": {"id": SHIZUOKA, "kind": "authority"}}]
    });
    let memorandum = id(&create(app, "memoranda", &memorandum));
    merge(app, "authorities", &twin, CANNES).expect(200);
    let cannes = app.get(&format!("/v1/authorities/{CANNES}")).json()["id"].clone();
    let now = app.get(&format!("/v1/partnerships/{joined}")).json();
    assert_eq!(
        (&now["parties"][0]["authority"]["id"], &now["label"]["fr"]),
        (&cannes, &json!("Cannes – Shizuoka"))
    );
    let now = app.get(&format!("/v1/memoranda/{memorandum}")).json();
    assert_eq!(now["parties"][0]["party"]["id"], cannes);
    assert_eq!(sorted_labels(app, &format!("/v1/partnerships?authority={CANNES}")), ["Cannes – Shizuoka"]);
    assert_eq!(change_count(app), 8);
});

on_both!(a_merge_that_a_rule_refuses_writes_nothing_and_says_where, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let twin = json!({"country": "JP", "level": "city", "name": {"fr": "Shizuoka (bis)"}});
    let twin = id(&create(app, "authorities", &twin));
    let three = id(&create(app, "partnerships", &partnership(&[&cannes, &shizuoka, &twin])));
    let before = change_count(app);
    let refused = merge(app, "authorities", &twin, &shizuoka).expect(422);
    assert_eq!(
        refused.json()["record"],
        json!({"kind": "partnership", "id": three, "href": format!("/v1/partnerships/{three}")})
    );
    assert_invalid(refused, &[("/parties/2/authority", "repeated")]);

    app.put(&format!("/v1/partnerships/{three}"), Some("*"), &partnership(&[&cannes, &twin])).expect(200);
    let two = id(&create(app, "partnerships", &partnership(&[&cannes, &shizuoka])));
    let refused = merge(app, "authorities", &twin, &shizuoka).expect(409).json();
    assert_eq!((&refused["code"], &refused["record"]["id"]), (&json!("parties_taken"), &json!(three)));
    assert_eq!(refused["existing"]["id"], two);

    let child = json!({"country": "JP", "level": "city", "name": {"fr": "c"}, "parent": {"id": twin}});
    let child = id(&create(app, "authorities", &child));
    let refused = merge(app, "authorities", &twin, &child).expect(422);
    assert_eq!(refused.json()["record"]["id"], child);
    assert_invalid(refused, &[("/parent", "cycle")]);
    app.get(&format!("/v1/authorities/{twin}")).expect(200);
    assert_eq!(change_count(app), before + 3);
});

on_both!(what_cannot_be_merged_is_refused, empty, |app| {
    let [a, b] = [person(app, "a"), person(app, "b")];
    assert_eq!(merge(app, "people", &a, "slug:a").expect(422).json()["code"], "same_record");
    let source = id(&source(app, "s", &json!({})));
    for (loser, survivor) in [(&a, &source), (&source, &a)] {
        assert_eq!(merge(app, "people", loser, survivor).expect(404).json()["code"], "no_such_record");
    }
    merge(app, "people", &a, "b").expect(404);
    merge(app, "people", "b", &a).expect(404);
    let path = format!("/v1/people/{a}/merge-into/{b}");
    let call = app.request("POST", &path).key(&app.key).if_match(Some("\"2\""));
    assert_eq!(call.send().expect(412).json()["current_version"], 1);
    app.request("POST", &path).send().expect(401);
    let key = app.new_key("other", &["write:source"], &[]);
    assert_eq!(app.request("POST", &path).key(&key).send().expect(403).json()["code"], "forbidden");
    app.delete(&format!("/v1/people/{b}"), Some("*")).expect(204);
    for (loser, survivor) in [(&a, &b), (&b, &a)] {
        let gone = merge(app, "people", loser, survivor).expect(410).json();
        assert_eq!((&gone["id"], gone.get("replaced_by")), (&json!(b), None));
    }
    assert_eq!(change_count(app), 4);
});

on_both!(a_reference_to_the_loser_finds_who_answers_for_it_now, empty, |app| {
    two_towns(app);
    let [a, b, c] = ["a", "b", "c"].map(|name| person(app, name));
    merge(app, "people", &a, &b).expect(200);
    merge(app, "people", &b, &c).expect(200);
    let organisation = id(&create(app, "organisations", &presided(&a)));
    assert_eq!(president(app, &organisation), c);
    let location = format!("/v1/people/{c}");
    assert_eq!(app.get(&format!("/v1/people/{a}")).expect(301).header("location"), Some(location.as_str()));
    app.delete(&format!("/v1/organisations/{organisation}"), Some("*")).expect(204);
    app.delete(&location, Some("*")).expect(204);
    assert_invalid(
        app.post("/v1/organisations", &presided(&a)),
        &[("/presidencies/0/person/id", "deleted_reference")],
    );
    change_count(app);
});

on_both!(a_natural_key_stays_and_leads_on, empty, |app| {
    two_towns(app);
    let [loser, survivor] = [8, 9].map(|number| {
        let edition = with(
            &edition(number, "planned", CANNES, "2030"),
            &json!({"identifiers": [{"scheme": "slug", "value": format!("e{number}")}]}),
        );
        id(&create(app, "rencontres", &edition))
    });
    let session =
        json!({"rencontre": {"id": loser}, "position": 1, "category": "round_table", "title": {"fr": "t"}});
    let session = id(&create(app, "sessions", &session));
    merge(app, "rencontres", "number:8", "number:9").expect(200);
    let location = format!("/v1/rencontres/{survivor}?fields=number");
    let answer = app.get("/v1/rencontres/number:8?fields=number").expect(301);
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(app.get("/v1/rencontres/slug:e8").expect(200).json()["number"], 9);
    assert_eq!(items(app, "/v1/rencontres/number:9/sessions")[0]["id"], session);
    assert_eq!(app.get("/v1/rencontres/number:8/sessions").expect(410).json()["replaced_by"], survivor);
    let again = edition(8, "planned", CANNES, "2030");
    assert_eq!(app.put("/v1/rencontres/number:8", None, &again).expect(410).json()["replaced_by"], survivor);
    let gained = app.get(&format!("/v1/rencontres/{survivor}")).json()["identifiers"].clone();
    assert_eq!(gained, json!([{"scheme": "slug", "value": "e8"}, {"scheme": "slug", "value": "e9"}]));
    change_count(app);
});

on_both!(the_past_before_a_merge_can_be_read, empty, |app| {
    let [loser, survivor] = [person(app, "a"), person(app, "b")];
    app.clock.set("2026-12-01T00:00:00Z".parse().unwrap());
    merge(app, "people", &loser, &survivor).expect(200);
    let path = format!("/v1/people/{loser}");
    assert_eq!(app.get(&format!("{path}?as_of=2026-11-30")).expect(200).json()["name"]["fr"], "a");
    let later = app.get(&format!("{path}?as_of=2026-12-02")).expect(301);
    let location = format!("/v1/people/{survivor}?as_of=2026-12-02");
    assert_eq!(later.header("location"), Some(location.as_str()));
});

on_both!(a_restored_loser_revives_without_what_it_gave_away, empty, |app| {
    two_towns(app);
    let [loser, survivor] = [person(app, "a"), person(app, "b")];
    let organisation = id(&create(app, "organisations", &presided(&loser)));
    merge(app, "people", &loser, &survivor).expect(200);
    let restore = || {
        let path = format!("/v1/people/{loser}/versions/1/restore");
        let call = app.request("POST", &path).key(&app.key).if_match(Some("*"));
        call.header("accept-language", "en").send().expect(200).json()
    };
    let left = |now: &Value| {
        let all = now["warnings"].as_array().unwrap().clone();
        all.into_iter().find(|warning| warning["code"] == "identifiers_not_restored")
    };
    let now = restore();
    let detail = "Other records bear these identifiers now, and keep them: slug:a.";
    assert_eq!(
        left(&now),
        Some(json!({"pointer": "/identifiers", "code": "identifiers_not_restored", "detail": detail}))
    );
    assert_eq!(
        (&now["version"], &now["identifiers"], &now["name"]["fr"]),
        (&json!(3), &json!([]), &json!("a"))
    );
    assert_eq!(president(app, &organisation), survivor, "references stay where they went");
    app.get(&format!("/v1/people/{loser}")).expect(200);

    merge(app, "people", &loser, &survivor).expect(200);
    let free = json!({"name": {"fr": "b"}, "identifiers": [{"scheme": "slug", "value": "b"}]});
    app.put(&format!("/v1/people/{survivor}"), Some("*"), &free).expect(200);
    let now = restore();
    assert_eq!(now["identifiers"], json!([{"scheme": "slug", "value": "a"}]), "what is free comes back");
    assert_eq!(left(&now), None);
    change_count(app);
});

on_both!(an_erased_loser_still_leads_on, empty, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let [loser, survivor] = [person(app, "a"), person(app, "b")];
    merge(app, "people", &loser, &survivor).expect(200);
    let path = format!("/v1/people/{loser}");
    app.request("DELETE", &format!("{path}?erase=true")).key(&admin).if_match(Some("*")).send().expect(204);
    assert_eq!(app.get(&format!("{path}/versions/1")).expect(410).json()["code"], "erased");
    let location = format!("/v1/people/{survivor}");
    assert_eq!(app.get(&path).expect(301).header("location"), Some(location.as_str()));
    change_count(app);
});

/// Every change of these records in the order of the log, each with its record's id and, unless it ends, its content.
fn log(app: &TestApp, paths: &[String]) -> BTreeMap<i64, (String, Value, Option<Value>)> {
    let mut log = BTreeMap::new();
    for path in paths {
        for version in items(app, &format!("{path}/versions")) {
            let content = app.get(version["href"].as_str().unwrap());
            let content = (content.status == 200).then(|| content.json());
            let id = path.rsplit('/').next().unwrap().to_owned();
            log.insert(version["seq"].as_i64().unwrap(), (id, version, content));
        }
    }
    log
}

/// The ids that a content refers to.
fn targets(value: &Value, found: &mut Vec<String>) {
    if let (Some(id), Some(_)) = (value["id"].as_str(), value["href"].as_str()) {
        found.push(id.to_owned());
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| targets(member, found)),
        Value::Array(items) => items.iter().for_each(|item| targets(item, found)),
        _ => {}
    }
}

on_both!(a_mirror_can_follow_a_merge_step_by_step, empty, |app| {
    let towns = two_towns(app);
    let [loser, survivor] = [person(app, "a"), person(app, "b")];
    let organisations = [0, 1].map(|_| id(&create(app, "organisations", &presided(&loser))));
    merge(app, "people", &loser, &survivor).expect(200);
    let path = |kind: &str, id: &String| format!("/v1/{kind}/{id}");
    let paths = organisations.iter().map(|id| path("organisations", id));
    let paths = paths.chain([path("people", &survivor), path("people", &loser)]);
    let paths: Vec<String> = paths.chain(towns.iter().map(|id| path("authorities", id))).collect();
    let mut mirror: BTreeMap<String, Value> = BTreeMap::new();
    let log = log(app, &paths);
    assert_eq!(log.keys().copied().collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    for (id, version, content) in log.into_values() {
        match content {
            Some(content) => mirror.insert(id, content),
            None => mirror.remove(&id),
        };
        let (mut found, mut bears) = (vec![], vec![]);
        for record in mirror.values() {
            targets(record, &mut found);
        }
        assert!(found.iter().all(|id| mirror.contains_key(id)), "{version} leaves a reference to nothing");
        for record in mirror.values() {
            bears.extend(record["identifiers"].as_array().unwrap().iter().map(Value::to_string));
        }
        bears.sort();
        let count = bears.len();
        bears.dedup();
        assert_eq!(bears.len(), count, "{version} leaves an identifier twice");
    }
    for (id, record) in mirror {
        let path = paths.iter().find(|path| path.ends_with(&id)).unwrap();
        assert_eq!(app.get(path).expect(200).json(), record);
    }
});

on_both!(a_merge_loses_no_reference_written_meanwhile, empty, |app| {
    const WRITERS: usize = 4;
    two_towns(app);
    let [loser, survivor] = [person(app, "a"), person(app, "b")];
    let first = id(&create(app, "organisations", &presided(&loser)));
    let start = Barrier::new(WRITERS + 1);
    let mut made: Vec<String> = std::thread::scope(|scope| {
        let (start, loser, first) = (&start, &loser, &first);
        let write = move |number: usize| {
            start.wait();
            (0..6)
                .map(|round| {
                    if number == 0 {
                        let body = with(&presided(loser), &json!({"name": {"fr": format!("{round}")}}));
                        app.put(&format!("/v1/organisations/{first}"), Some("*"), &body).expect(200);
                    }
                    id(&create(app, "organisations", &presided(loser)))
                })
                .collect::<Vec<_>>()
        };
        let writers: Vec<_> = (0..WRITERS).map(|number| scope.spawn(move || write(number))).collect();
        start.wait();
        merge(app, "people", loser, &survivor).expect(200);
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    made.push(first);
    for organisation in &made {
        assert_eq!(president(app, organisation), survivor);
    }
    assert_eq!(items(app, &format!("/v1/people/{survivor}/versions")).len(), 2);
    change_count(app);
});

on_both!(of_merges_into_each_other_one_happens, empty, |app| {
    for round in 0..5 {
        let [a, b] = ["a", "b"].map(|name| person(app, &format!("{name}{round}")));
        let start = Barrier::new(2);
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let merge = |loser: String, survivor: String| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    merge(app, "people", &loser, &survivor).status
                })
            };
            [merge(a.clone(), b.clone()), merge(b, a)]
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 410]);
    }
    change_count(app);
});

on_both!(an_identifier_that_does_not_fit_the_survivor_refuses_the_merge, empty, |app| {
    let [_, shizuoka] = two_towns(app);
    let ward = with(&city("131016", "Chiyoda"), &json!({"level": "special_ward"}));
    let ward = id(&create(app, "authorities", &ward));
    let refused = merge(app, "authorities", &ward, SHIZUOKA).expect(422);
    assert_eq!(refused.json()["record"]["id"], shizuoka);
    assert_invalid(refused, &[("/identifiers/0/value", "level_mismatch")]);
    app.get("/v1/authorities/dantai:131016").expect(200);
    assert_eq!(change_count(app), 3);
});
