//! Reading records and lists: pages, shapes, conditions, methods.

use crate::on_both;
use crate::support::records::{
    assert_faults, assert_invalid, city, commune, create, id, items, partnership, sorted_labels, source,
    two_towns,
};
use serde_json::{Value, json};

/// Follows the pages from a path to the end; gives the ids and how many pages there were.
fn walk(app: &crate::support::TestApp, path: &str) -> (Vec<String>, usize) {
    let (mut ids, mut pages, mut next) = (vec![], 0, Some(path.to_owned()));
    while let Some(path) = next {
        let answer = app.get(&path).expect(200);
        let body = answer.json();
        ids.extend(body["items"].as_array().unwrap().iter().map(id));
        pages += 1;
        next = body["page"]["next"].as_str().map(str::to_owned);
        let link = next.as_ref().map(|next| format!("<{next}>; rel=\"next\""));
        let given = answer.header("link").filter(|link| link.contains("rel=\"next\""));
        assert_eq!(given, link.as_deref());
    }
    (ids, pages)
}

on_both!(pages_follow_one_another_to_the_end, seeded, |app| {
    let whole = app.get("/v1/authorities?sort=name.ja&limit=500").expect(200).json();
    assert_eq!(whole["page"], json!({"limit": 500}));
    let whole: Vec<String> = whole["items"].as_array().unwrap().iter().map(id).collect();
    let (ids, pages) = walk(app, "/v1/authorities?sort=name.ja&limit=7");
    assert_eq!((ids, pages), (whole.clone(), whole.len().div_ceil(7)));
    let (_, pages) = walk(app, &format!("/v1/authorities?limit={}", whole.len()));
    assert_eq!(pages, 1);
    let next = app.get("/v1/authorities?limit=7&country=JP").json()["page"]["next"].clone();
    assert!(next.as_str().unwrap().starts_with("/v1/authorities?"), "{next}");
});

on_both!(pages_stay_in_place_while_records_come_and_go, empty, |app| {
    let ids: Vec<String> =
        ["a", "b", "c", "d", "e", "f"].map(|title| id(&source(app, title, &json!({})))).to_vec();
    let first = app.get("/v1/sources?sort=title.fr&limit=2").expect(200).json();
    for gone in &ids[..2] {
        app.delete(&format!("/v1/sources/{gone}"), Some("*")).expect(204);
    }
    source(app, "aa", &json!({}));
    source(app, "cc", &json!({}));
    let second = app.get(first["page"]["next"].as_str().unwrap()).expect(200).json();
    let titles = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["title"]["fr"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&first), ["a", "b"]);
    assert_eq!(titles(&second), ["c", "cc"]);
    let third = app.get(second["page"]["next"].as_str().unwrap()).expect(200).json();
    assert_eq!(titles(&third), ["d", "e"]);
});

on_both!(a_total_is_given_only_when_asked, seeded, |app| {
    assert!(app.get("/v1/rencontres").json()["page"].get("total").is_none());
    let page = app.get("/v1/rencontres?count=exact&limit=2&status=held").expect(200).json()["page"].clone();
    assert_eq!((&page["total"], &page["limit"]), (&json!(8), &json!(2)));
    let next = app.get(page["next"].as_str().unwrap()).expect(200).json();
    assert_eq!(next["page"]["total"], 8);
    assert_faults(app.get("/v1/rencontres?count=1"), 400, &[("count", "invalid_parameter")]);
});

on_both!(a_limit_runs_from_1_to_500, empty, |app| {
    for wrong in ["0", "501", "-1", "ten", "1.5"] {
        let answer = app.get(&format!("/v1/sources?limit={wrong}"));
        assert_faults(answer, 400, &[("limit", "invalid_parameter")]);
    }
    assert_faults(app.get("/v1/sources?limit=1&limit=2"), 400, &[("limit", "repeated_parameter")]);
    assert_eq!(app.get("/v1/sources").json(), json!({"items": [], "page": {"limit": 50}}));
});

on_both!(a_cursor_serves_only_its_own_list, seeded, |app| {
    let next = app.get("/v1/authorities?country=JP&limit=2").json()["page"]["next"].clone();
    let cursor = next.as_str().unwrap().split_once("cursor=").unwrap().1.to_owned();
    let other = if cursor.starts_with('A') { "B" } else { "A" };
    for wrong in [
        format!("/v1/authorities?country=FR&cursor={cursor}"),
        format!("/v1/authorities?cursor={cursor}"),
        format!("/v1/authorities?country=JP&sort=name.fr&cursor={cursor}"),
        format!("/v1/organisations?country=JP&cursor={cursor}"),
        format!("/v1/authorities?country=JP&cursor={other}{}", &cursor[1..]),
        format!("/v1/authorities?country=JP&cursor={}", &cursor[..cursor.len() - 4]),
    ] {
        assert_faults(app.get(&wrong), 400, &[("cursor", "invalid_cursor")]);
    }
    app.get(&format!("/v1/authorities?limit=5&country=JP&cursor={cursor}")).expect(200);
});

on_both!(sparse_members_carry_a_weak_etag, seeded, |app| {
    let path = "/v1/rencontres/number:8?fields=id,country,next";
    let answer = app.get(path).expect(200);
    let members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["id", "country", "next"]);
    assert!(answer.etag().starts_with("W/\""), "{}", answer.etag());
    let known = app.request("GET", path).header("if-none-match", answer.etag()).send();
    assert_eq!(known.status, 304);
    let admin = app.new_key("acme", &["admin"], &[]);
    let change_request =
        app.request("PATCH", "/v1/rencontres/number:8").key(&admin).if_match(Some(answer.etag()));
    change_request.json(&json!({"occasion": {"fr": "x"}})).send().expect(412);
    for item in items(app, "/v1/rencontres?fields=label&fields=number") {
        assert_eq!(item.as_object().unwrap().len(), 2, "{item}");
    }
    assert_faults(app.get("/v1/rencontres?fields=id,titel"), 400, &[("fields", "invalid_parameter")]);
    assert_faults(
        app.get("/v1/rencontres/number:8?fields=host.name"),
        400,
        &[("fields", "invalid_parameter")],
    );
});

on_both!(unknown_parameters_are_refused_naming_the_nearest, empty, |app| {
    let answer = app.get("/v1/authorities?contry=JP&limit=0&level=town,hamlet");
    let detail = answer.json()["errors"].to_string();
    assert!(detail.contains("`country`"), "{detail}");
    assert_faults(
        answer,
        400,
        &[("contry", "unknown_parameter"), ("limit", "invalid_parameter"), ("level", "invalid_parameter")],
    );
    assert_faults(app.get("/v1/vocabularies?limit=1"), 400, &[("limit", "unknown_parameter")]);
    assert_faults(app.post("/v1/sources?dryrun=1", &json!({})), 400, &[("dryrun", "unknown_parameter")]);
    assert_faults(app.get("/?page=2"), 400, &[("page", "unknown_parameter")]);
});

on_both!(head_answers_as_get_without_a_body, seeded, |app| {
    for path in
        ["/", "/openapi.json", "/v1/visits?limit=1", "/v1/authorities/dantai:221007", "/v1/vocabularies"]
    {
        let (get, head) = (app.get(path).expect(200), app.request("HEAD", path).send().expect(200));
        assert_eq!(head.text, "", "{path}");
        for name in ["etag", "content-type", "content-length", "link", "vary"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
        assert_eq!(get.header("content-length"), Some(get.text.len().to_string().as_str()));
    }
    assert_eq!(app.request("HEAD", "/v1/visits/slug:none").send().status, 404);
});

on_both!(other_methods_are_told_which_are_allowed, empty, |app| {
    let allowed = |path: &str| {
        let options = app.request("OPTIONS", path).send().expect(204);
        options.header("allow").unwrap().to_owned()
    };
    assert_eq!(allowed("/v1/people"), "GET, HEAD, POST, OPTIONS");
    assert_eq!(allowed("/v1/people/slug:x"), "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    assert_eq!(allowed("/v1/rencontres/number:8/sessions"), "GET, HEAD, OPTIONS");
    assert_eq!(allowed("/v1/vocabularies"), "GET, HEAD, OPTIONS");
    for (method, path) in [
        ("DELETE", "/v1/people"),
        ("POST", "/v1/people/slug:x"),
        ("PUT", "/"),
        ("POST", "/v1/vocabularies/themes"),
    ] {
        let answer = app.request(method, path).key(&app.key).json(&json!({})).send().expect(405);
        assert_eq!(answer.header("allow").unwrap(), allowed(path));
        assert_eq!(answer.json()["code"], "method_not_allowed");
    }
});

on_both!(what_the_caller_has_already_is_a_304, empty, |app| {
    let made = source(app, "a", &json!({}));
    for path in [format!("/v1/sources/{}", id(&made)), "/v1/sources".into()] {
        let answer = app.get(&path).expect(200);
        let etag = answer.etag().to_owned();
        let ask = |value: &str| app.request("GET", &path).header("if-none-match", value).send();
        for known in [etag.clone(), format!("\"x\", W/{etag}"), "*".into()] {
            let answer = ask(&known).expect(304);
            assert_eq!((answer.text.as_str(), answer.etag()), ("", etag.as_str()));
        }
        ask("\"1\"").expect(200);
        app.patch(
            &format!("/v1/sources/{}", id(&made)),
            Some("*"),
            &json!({"url": format!("https://a.example{path}")}),
        )
        .expect(200);
        let changed = ask(&etag).expect(200);
        assert_ne!(changed.etag(), etag);
    }
});

on_both!(an_etag_names_the_version_and_follows_names_referred_to, empty, |app| {
    two_towns(app);
    let made = create(
        app,
        "visits",
        &json!({
            "category": "reception", "direction": "jp_to_fr", "title": {"fr": "x"}, "dates": {"edtf": "2020"},
            "hosts": [{"represents": {"id": "insee_com:06029", "kind": "authority"}}]
        }),
    );
    let path = format!("/v1/visits/{}", id(&made));
    let before = app.get(&path).expect(200);
    assert!(before.etag().starts_with("\"1-"), "{}", before.etag());
    app.patch("/v1/authorities/insee_com:06029", Some("*"), &json!({"name": {"ja": "カンヌ"}})).expect(200);
    let after = app.get(&path).expect(200);
    assert_eq!(after.json()["hosts"][0]["represents"]["name"], json!({"fr": "Cannes", "ja": "カンヌ"}));
    assert!(after.etag().starts_with("\"1-") && after.etag() != before.etag());
    app.patch(&path, Some(before.etag()), &json!({"themes": ["sport"]})).expect(200);
});

on_both!(records_do_not_depend_on_the_language_asked_for, seeded, |app| {
    for path in ["/v1/rencontres/number:9", "/v1/visits", "/v1/vocabularies/roles"] {
        let plain = app.get(path).expect(200);
        for tag in ["fr", "ja", "en"] {
            let asked = app.request("GET", path).header("accept-language", tag).send().expect(200);
            assert_eq!((&asked.text, asked.etag()), (&plain.text, plain.etag()));
        }
        assert_eq!(app.get(&format!("{path}?lang=ja")).expect(200).text, plain.text);
    }
});

on_both!(labels_are_filled_by_fallback, empty, |app| {
    let label = |title: Value| create(app, "sources", &json!({"title": title}))["label"].clone();
    assert_eq!(label(json!({"ja": "資料"})), json!({"fr": "資料", "ja": "資料", "en": "資料"}));
    assert_eq!(label(json!({"ja": "j", "en": "e"})), json!({"fr": "j", "ja": "j", "en": "e"}));
    assert_eq!(label(json!({"en": "e"})), json!({"fr": "e", "ja": "e", "en": "e"}));
    assert_eq!(label(json!({"fr": "f", "ja-Hira": "h"})), json!({"fr": "f", "ja": "f", "en": "f"}));
    assert_eq!(label(json!({"ja-Latn": "l"})), json!({"fr": "l", "ja": "l", "en": "l"}));
});

on_both!(references_are_answered_with_kind_name_and_address, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let made = create(app, "partnerships", &partnership(&["insee_com:06029", &shizuoka]));
    assert_eq!(
        made["parties"][0]["authority"],
        json!({
            "id": cannes, "kind": "authority", "name": {"fr": "Cannes"}, "href": format!("/v1/authorities/{cannes}")
        })
    );
    assert_eq!(
        app.get(made["parties"][1]["authority"]["href"].as_str().unwrap()).expect(200).json()["id"],
        shizuoka
    );
    assert_eq!(
        app.get(
            &format!("/v1/partnerships/{}", id(&made))
                .to_uppercase()
                .replace("/V1/PARTNERSHIPS", "/v1/partnerships")
        )
        .expect(200)
        .json()["id"],
        made["id"]
    );
    assert_invalid(
        app.post("/v1/partnerships", &json!({
            "category": "twinning", "status": "active",
            "parties": [{"authority": {"id": "nowhere"}}, {"authority": {"id": "dantai:131008"}}, {"authority": {"id": made["id"]}},
                {"authority": {"id": cannes, "kind": "person"}}]
        })),
        &[
            ("/parties/3/authority/kind", "wrong_kind"),
        ],
    );
    assert_invalid(
        app.post("/v1/partnerships", &partnership(&["nowhere", "dantai:131008", &id(&made), &cannes])),
        &[
            ("/parties/0/authority/id", "bad_reference"),
            ("/parties/1/authority/id", "no_such_reference"),
            ("/parties/2/authority/id", "wrong_kind"),
        ],
    );
});

on_both!(dates_are_answered_with_bounds_and_labels, empty, |app| {
    let date = |edtf: &str| source(app, edtf, &json!({"published": {"edtf": edtf}}))["published"].clone();
    assert_eq!(
        date("2026-23"),
        json!({
            "edtf": "2026-23", "earliest": "2026-09-01", "latest": "2026-11-30",
            "label": {"fr": "automne 2026", "ja": "2026年秋", "en": "autumn 2026"}
        })
    );
    let bounds = |edtf: &str| {
        let date = date(edtf);
        assert!(["fr", "ja", "en"].iter().all(|tag| date["label"][tag].is_string()), "{date}");
        [date["earliest"].as_str(), date["latest"].as_str()].map(|day| day.map(str::to_owned))
    };
    let days = |earliest: &str, latest: &str| {
        [earliest, latest].map(|day| (!day.is_empty()).then(|| day.to_owned()))
    };
    assert_eq!(bounds("2016-02-28/2016-02-29"), days("2016-02-28", "2016-02-29"));
    assert_eq!(bounds("2022?-05-19"), days("2022-05-19", "2022-05-19"));
    assert_eq!(bounds("XXXX-05-19"), days("", ""));
    assert_eq!(bounds("195X"), days("1950-01-01", "1959-12-31"));
    assert_eq!(bounds("2012/.."), days("2012-01-01", ""));
    assert_eq!(bounds("../2012"), days("", "2012-12-31"));
    for wrong in ["2015-02-29", "2026-33", "2026-13", "0000", "-0044", "12026", "19 mai 2022", "2022/2021"] {
        let answer = app.post("/v1/sources", &json!({"title": {"fr": "x"}, "published": {"edtf": wrong}}));
        assert_invalid(answer, &[("/published/edtf", "invalid_date")]);
    }
});

on_both!(a_record_is_named_by_its_id_or_any_identifier, empty, |app| {
    let made = create(
        app,
        "authorities",
        &json!({
            "identifiers": [{"scheme": "insee_com", "value": "75056"}, {"scheme": "wikidata", "value": "Q90"}],
            "country": "FR", "level": "commune", "name": {"fr": "Paris"}
        }),
    );
    for name in [id(&made), "insee_com:75056".into(), "wikidata:Q90".into()] {
        assert_eq!(app.get(&format!("/v1/authorities/{name}")).expect(200).json()["id"], made["id"]);
    }
    for wrong in ["wikidata:q90", "Q90", "00000000-0000-7000-8000-000000000000", "insee_com:75999"] {
        assert_eq!(app.get(&format!("/v1/authorities/{wrong}")).expect(404).json()["code"], "no_such_record");
    }
    app.get(&format!("/v1/people/{}", id(&made))).expect(404);
    create(app, "authorities", &city("431001", "Kumamoto"));
    create(app, "authorities", &commune("13001", "Aix"));
    assert_eq!(
        sorted_labels(app, "/v1/authorities?identifier=wikidata:Q90,dantai:431001"),
        ["Kumamoto", "Paris"]
    );
});

on_both!(every_record_has_its_frame_and_all_its_lists, empty, |app| {
    let made = source(app, "a", &json!({}));
    let read = app.get(&format!("/v1/sources/{}", id(&made))).expect(200).json();
    assert_eq!(
        read,
        json!({
            "id": made["id"], "kind": "source", "version": 1, "origin": "acme",
            "created_at": "2026-11-22T12:00:00.000000Z", "updated_at": "2026-11-22T12:00:00.000000Z",
            "label": {"fr": "a", "ja": "a", "en": "a"},
            "identifiers": [], "title": {"fr": "a"}, "languages": [], "citations": []
        })
    );
    assert_eq!(&id(&made)[14..15], "7", "a UUID version 7");
    assert_eq!(items(app, "/v1/sources"), [read]);
});
