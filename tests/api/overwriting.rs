//! Nothing is overwritten unseen: a partner's week, and whoever else writes the same records meanwhile.

use crate::on_both;
use crate::support::records::{change_count, create, id, items, partnership, two_towns, with};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

const KYOTO: &str = "/v1/partnerships/slug:paris-kyoto";

pub(crate) fn import(app: &TestApp, key: &str, query: &str, records: &[Value]) -> TestResponse {
    let lines: Vec<String> = records.iter().map(|record| format!("{record}\n")).collect();
    let call = app.request("POST", &format!("/v1/import{query}")).key(key);
    call.body("application/x-ndjson", &lines.concat()).send()
}

/// What became of the only record of an import.
#[track_caller]
pub(crate) fn import_records(app: &TestApp, key: &str, query: &str, record: &Value) -> Value {
    import(app, key, query, std::slice::from_ref(record)).expect(207).json()["items"][0].clone()
}

pub(crate) fn put(app: &TestApp, key: &str, path: &str, body: &Value) -> TestResponse {
    app.request("PUT", path).key(key).json(body).send()
}

pub(crate) fn patch(app: &TestApp, key: &str, path: &str, body: &Value) -> TestResponse {
    let call = app.request("PATCH", path).key(key).if_match(Some("*"));
    call.body("application/merge-patch+json", &body.to_string()).send()
}

/// The members that a refusal lists, with their owners.
#[track_caller]
pub(crate) fn conflicts(problem: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let all = problem["conflicts"].as_array().unwrap_or_else(|| panic!("{problem}")).iter();
    all.map(|one| (text(one, "pointer"), text(one, "owner"))).collect()
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

/// Who wrote a member last.
#[track_caller]
pub(crate) fn owner(app: &TestApp, path: &str, pointer: &str) -> Option<String> {
    let owners = items(app, &format!("{path}/owners"));
    let found = owners.iter().find(|owner| owner["pointer"] == pointer)?;
    Some(found["origin"].as_str().unwrap().to_owned())
}

/// The members that the founding dataset tells of Paris and Kyoto and a row of a partner's list does not.
const UNSAID: [&str; 12] = [
    "/clair_criteria/assembly_approved",
    "/clair_criteria/not_field_limited",
    "/clair_criteria/signed_by_heads",
    "/history/en",
    "/history/fr",
    "/history/ja",
    "/last_activity",
    "/since_basis",
    "/status_reason/en",
    "/status_reason/fr",
    "/status_reason/ja",
    "/themes",
];

/// A partner's row of seven columns about Paris and Kyoto.
fn row(summary: &str) -> Value {
    json!({
        "kind": "partnership", "identifiers": [{"scheme": "clair", "value": "JP-0001"}],
        "category": "friendship_cooperation_pact", "status": "active", "since": {"edtf": "1958"},
        "parties": [{"authority": {"id": "insee_com:75056"}}, {"authority": {"id": "dantai:261009"}}],
        "summary": {"ja": summary}
    })
}

on_both!(a_partners_row_of_seven_columns_erases_nothing, seeded, |app| {
    let clair = app.new_key("clair", &["write"], &["clair"]);
    // Monday: the partner attaches its number.
    let number = json!({"identifiers": [{"scheme": "clair", "value": "JP-0001"}]});
    patch(app, &clair, KYOTO, &number).expect(200);
    let before = app.get(KYOTO).expect(200).json();
    let told: Vec<&str> = UNSAID.into_iter().filter(|at| before.pointer(at).is_some()).collect();
    let told: Vec<&str> =
        told.into_iter().filter(|at| before.pointer(at).is_some_and(|held| *held != json!([]))).collect();
    assert!(told.len() >= 11, "{told:?}");

    // Tuesday: it tries its list out, then imports it. Only what the row gives is written.
    let tried = import_records(app, &clair, "?dry_run=true", &row("友好都市"));
    assert_eq!((&tried["action"], &tried["changed"]), (&json!("updated"), &json!(["/summary/ja"])));
    let count = change_count(app);
    let done = import_records(app, &clair, "", &row("友好都市"));
    assert_eq!((&done["action"], &done["changed"]), (&json!("updated"), &json!(["/summary/ja"])));
    let after = app.get(KYOTO).expect(200).json();
    for at in &told {
        assert_eq!(after.pointer(at), before.pointer(at), "{at}");
    }
    assert_eq!(after["citations"], before["citations"]);
    assert_eq!(owner(app, KYOTO, "/summary/ja").as_deref(), Some("clair"));

    // Wednesday: what would replace the whole is refused, and says whose members it would remove.
    let whole = import_records(app, &clair, "?mode=replace", &row("友好都市提携"));
    let expected: Vec<(&str, &str)> = told.iter().map(|at| (*at, "kakehashi")).collect();
    assert_eq!(
        (&whole["action"], &whole["problem"]["code"]),
        (&json!("rejected"), &json!("changed_elsewhere"))
    );
    assert_eq!(conflicts(&whole["problem"]), pairs(&expected));
    assert_eq!(whole["problem"]["current_version"], 3);
    let by_name = put(app, &clair, "/v1/partnerships/clair:JP-0001", &row("友好都市提携")).expect(409).json();
    assert_eq!((&by_name["code"], conflicts(&by_name)), (&json!("changed_elsewhere"), pairs(&expected)));
    // `*` says that there is a record, not that its author knows it.
    let path = format!("/v1/partnerships/{}", id(&after));
    let any = app.request("PUT", &path).key(&clair).if_match(Some("*")).json(&row("友好都市提携")).send();
    assert_eq!(conflicts(&any.expect(409).json()), pairs(&expected));
    assert_eq!(change_count(app), count + 1);

    // Thursday: made from the version just read, it changes what it gives and keeps what it leaves out.
    let made = put(app, &clair, &format!("{path}?base_version=3"), &row("友好都市提携")).expect(200).json();
    assert_eq!((&made["summary"]["ja"], &made["version"]), (&json!("友好都市提携"), &json!(4)));
    for at in &told {
        assert_eq!(made.pointer(at), before.pointer(at), "{at}");
    }

    // Friday: what it means to remove, it names; what it read, it may replace.
    let less = with(&row("友好都市提携"), &json!({"history": null}));
    let made = put(app, &clair, &format!("{path}?base_version=4"), &less).expect(200).json();
    assert_eq!((made.get("history"), &made["status_reason"]), (None, &before["status_reason"]));
    let read =
        app.request("PUT", &path).key(&clair).if_match(Some("\"5\"")).json(&row("友好都市提携")).send();
    assert_eq!(read.expect(200).json().get("status_reason"), None);
    change_count(app);
});

/// A partnership that CLAIR made, to which CUF has added.
pub(crate) fn added_to(app: &TestApp) -> (String, String, Value) {
    two_towns(app);
    let (clair, cuf) = (app.new_key("clair", &["write"], &["clair"]), app.new_key("cuf", &["write"], &[]));
    let body = with(
        &partnership(&["insee_com:06029", "dantai:221007"]),
        &json!({"kind": "partnership", "since": {"edtf": "1991"}, "summary": {"ja": "概要"}, "themes": ["youth"],
                "identifiers": [{"scheme": "slug", "value": "c-s"}]}),
    );
    put(app, &clair, "/v1/partnerships/slug:c-s", &body).expect(201);
    patch(app, &cuf, "/v1/partnerships/slug:c-s", &json!({"history": {"fr": "Une histoire."}})).expect(200);
    (clair, cuf, body)
}

on_both!(an_unchanged_row_is_unchanged_whatever_others_have_added, empty, |app| {
    let (clair, _, body) = added_to(app);
    let path = "/v1/partnerships/slug:c-s";
    let count = change_count(app);
    let nulls = with(&body, &json!({"until": null, "citations": []}));
    for night in [&body, &nulls] {
        let same = put(app, &clair, path, night).expect(200).json();
        assert_eq!((&same["version"], &same["history"]), (&json!(2), &json!({"fr": "Une histoire."})));
        let same = import_records(app, &clair, "?mode=replace", night);
        assert_eq!(
            (&same["action"], &same["version"], &same["changed"]),
            (&json!("unchanged"), &json!(2), &json!([]))
        );
    }
    for mode in ["", "?mode=merge", "?mode=upsert", "?mode=update", "?mode=replace&atomic=true"] {
        assert_eq!(import_records(app, &clair, mode, &body)["action"], "unchanged", "{mode}");
    }
    assert_eq!(change_count(app), count);
    // Its own change goes through where it sends members; as a whole it would remove what others wrote.
    let new = with(&body, &json!({"since": {"edtf": "1992"}}));
    let refused = put(app, &clair, path, &new).expect(409).json();
    assert_eq!(conflicts(&refused), pairs(&[("/history/fr", "cuf")]));
    assert_eq!(import_records(app, &clair, "?mode=update", &new)["problem"]["code"], "changed_elsewhere");
    assert_eq!(import_records(app, &clair, "", &new)["changed"], json!(["/since"]));
    // What it leaves out of its own is removed from the whole, and stays where members are sent.
    let mut less = new.clone();
    less.as_object_mut().unwrap().remove("themes");
    assert_eq!(import_records(app, &clair, "", &less)["action"], "unchanged");
    let refused = put(app, &clair, path, &less).expect(409).json();
    assert_eq!(conflicts(&refused), pairs(&[("/history/fr", "cuf")]));
    let now = put(app, &clair, &format!("{path}?base_version=3"), &less).expect(200).json();
    assert_eq!((&now["themes"], &now["history"]["fr"]), (&json!([]), &json!("Une histoire.")));
});

on_both!(who_is_alone_on_a_record_replaces_it_as_before, empty, |app| {
    let (clair, path) = (app.new_key("clair", &["write"], &[]), "/v1/people/slug:p");
    let body = |more: Value| {
        let bare =
            json!({"kind": "person", "name": {"fr": "p"}, "identifiers": [{"scheme": "slug", "value": "p"}]});
        with(&bare, &more)
    };
    put(app, &clair, path, &body(json!({"mandates": [{"role": "mayor"}], "name": {"fr": "p", "ja": "名"}})))
        .expect(201);
    let now = put(app, &clair, path, &body(json!({}))).expect(200).json();
    assert_eq!(
        (&now["version"], &now["name"], &now["mandates"]),
        (&json!(2), &json!({"fr": "p"}), &json!([]))
    );
    let again = import_records(app, &clair, "?mode=replace", &body(json!({"name": {"en": "p"}})));
    assert_eq!(again["changed"], json!(["/name/en", "/name/fr"]));
    let based = put(app, &clair, &format!("{path}?base_version=3"), &body(json!({}))).expect(200).json();
    assert_eq!(based["name"], json!({"fr": "p"}));
});

on_both!(of_three_origins_each_keeps_what_it_wrote, empty, |app| {
    let (clair, cuf, body) = added_to(app);
    let path = "/v1/partnerships/slug:c-s";
    let embassy = app.new_key("embassy", &["write"], &[]);
    patch(app, &embassy, path, &json!({"since": {"edtf": "1991-05"}, "summary": {"fr": "Résumé"}}))
        .expect(200);
    // CLAIR's old date would undo the embassy's; its other members are there.
    let refused = put(app, &clair, path, &body).expect(409).json();
    let expected = pairs(&[("/history/fr", "cuf"), ("/since", "embassy"), ("/summary/fr", "embassy")]);
    assert_eq!(conflicts(&refused), expected);
    let merged = import_records(app, &clair, "", &body);
    assert_eq!(conflicts(&merged["problem"]), pairs(&[("/since", "embassy")]));
    // It knows the version: then it may.
    let known = with(&body, &json!({"version": 3}));
    assert_eq!(import_records(app, &clair, "", &known)["changed"], json!(["/since"]));
    assert_eq!(owner(app, path, "/since").as_deref(), Some("clair"));
    assert_eq!(owner(app, path, "/history/fr").as_deref(), Some("cuf"));
    // CUF gives a member of CLAIR's another value, and takes one of the embassy's away.
    let theirs = json!({"kind": "partnership", "identifiers": body["identifiers"], "themes": ["culture"], "summary": {"fr": null}});
    let refused = import_records(app, &cuf, "", &theirs);
    assert_eq!(conflicts(&refused["problem"]), pairs(&[("/summary/fr", "embassy"), ("/themes", "clair")]));
    assert_eq!(
        import_records(app, &cuf, "", &with(&theirs, &json!({"version": 3})))["problem"]["code"],
        "precondition_failed"
    );
    let agreed = import_records(app, &cuf, "", &with(&theirs, &json!({"base_version": 4})));
    assert_eq!(agreed["changed"], json!(["/summary/fr", "/themes"]), "{agreed}");
    let now = app.get(path).json();
    assert_eq!((&now["summary"], &now["since"]["edtf"]), (&json!({"ja": "概要"}), &json!("1991")));
    // What another has removed is not put back unseen.
    let back =
        json!({"kind": "partnership", "identifiers": body["identifiers"], "summary": {"fr": "Résumé"}});
    let clash = import_records(app, &clair, "", &back);
    assert_eq!(conflicts(&clash["problem"]), pairs(&[("/summary/fr", "cuf")]));
});

on_both!(each_record_of_an_import_is_merged_from_its_own_version, empty, |app| {
    let (clair, cuf, body) = added_to(app);
    let path = "/v1/partnerships/slug:c-s";
    patch(app, &cuf, path, &json!({"themes": ["culture"]})).expect(200);
    let made_from = |version: i64, more: Value| with(&with(&body, &json!({"base_version": version})), &more);
    // Version 1 is what CLAIR sent; its date is new, and the rest stays as it is now.
    for mode in ["?mode=replace", "?mode=merge"] {
        let tried = import_records(
            app,
            &clair,
            &format!("{mode}&dry_run=true"),
            &made_from(1, json!({"since": {"edtf": "1990"}})),
        );
        assert_eq!(
            (&tried["action"], &tried["changed"]),
            (&json!("updated"), &json!(["/since"])),
            "{mode}: {tried}"
        );
        let clash = import_records(app, &clair, mode, &made_from(1, json!({"themes": ["youth", "sport"]})));
        let [theme] = clash["problem"]["conflicts"].as_array().unwrap().as_slice() else { panic!("{clash}") };
        assert_eq!(
            (&clash["problem"]["code"], &theme["current"]),
            (&json!("merge_conflict"), &json!(["culture"]))
        );
        for wrong in [9, 0] {
            let refused = import_records(app, &clair, mode, &made_from(wrong, json!({})));
            let fault = &refused["problem"]["errors"][0];
            assert_eq!(
                (&fault["pointer"], &fault["code"]),
                (&json!("/base_version"), &json!("invalid_parameter"))
            );
        }
        let refused = import_records(app, &clair, mode, &with(&body, &json!({"base_version": "1"})));
        assert_eq!(refused["problem"]["errors"][0]["code"], "wrong_type");
    }
    let mut rest = made_from(3, json!({"summary": null}));
    rest.as_object_mut().unwrap().remove("themes");
    let less = import_records(app, &clair, "?mode=replace", &rest);
    assert_eq!(less["changed"], json!(["/summary/ja"]), "CUF's themes stay: {less}");
    // Of a record that is not there yet, it says nothing.
    let new = json!({"kind": "source", "title": {"fr": "s", "ja": null}, "url": null, "base_version": 4});
    let made = import_records(app, &clair, "", &new);
    assert_eq!((&made["action"], made.get("changed")), (&json!("created"), None));
    change_count(app);
});

on_both!(what_is_refused_is_refused_dry_and_whole_too, empty, |app| {
    let (clair, cuf, body) = added_to(app);
    let strong = app.new_key("clair", &["write", "override"], &[]);
    let other = json!({"kind": "source", "title": {"fr": "s"}});
    let whole = with(&body, &json!({"category": "friendship_city"}));
    let count = change_count(app);
    let tried =
        import(app, &clair, "?mode=replace&dry_run=true", &[other.clone(), whole.clone()]).expect(207).json();
    assert_eq!(
        (&tried["items"][0]["action"], &tried["items"][1]["problem"]["code"]),
        (&json!("created"), &json!("changed_elsewhere"))
    );
    let all = import(app, &clair, "?mode=replace&atomic=true", &[other, whole.clone()]).expect(422).json();
    assert_eq!(conflicts(&all["items"][0]["problem"]), pairs(&[("/history/fr", "cuf")]));
    assert_eq!(change_count(app), count);
    import(app, &clair, "?mode=replace&force=true", std::slice::from_ref(&whole)).expect(403);
    let forced = import_records(app, &strong, "?mode=replace&force=true", &whole);
    assert_eq!(forced["changed"], json!(["/category", "/history/fr"]));
    let feed = app.get("/v1/changes?kind=partnership").json();
    let last = feed["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["overrode"], json!([{"pointer": "/history/fr", "owner": "cuf"}]));
    // Who owns nothing and sends what is there changes nothing.
    let now = with(&app.get("/v1/partnerships/slug:c-s").json(), &json!({}));
    let same = put(app, &cuf, "/v1/partnerships/slug:c-s", &now).expect(200).json();
    assert_eq!((&same["version"], &same["origin"]), (&json!(3), &json!("clair")));
});

on_both!(a_patch_that_puts_a_whole_in_place_must_know_the_version, empty, |app| {
    let (clair, _, body) = added_to(app);
    let path = "/v1/partnerships/slug:c-s";
    let whole = |tag: &str| {
        let mut value = with(&body, &json!({"since": {"edtf": "1992"}}));
        value.as_object_mut().unwrap().remove("kind");
        let operations = json!([{"op": "replace", "path": "", "value": value}]);
        let call = app.request("PATCH", path).key(&clair).if_match(Some(tag));
        call.body("application/json-patch+json", &operations.to_string()).send()
    };
    assert_eq!(conflicts(&whole("*").expect(409).json()), pairs(&[("/history/fr", "cuf")]));
    assert_eq!(whole("\"2\"").expect(200).json().get("history"), None);
});

on_both!(replacements_at_the_same_time_remove_nothing_of_each_other, empty, |app| {
    let bare = json!({"title": {"fr": "t"}, "identifiers": [{"scheme": "slug", "value": "m"}]});
    let path = format!("/v1/sources/{}", id(&create(app, "sources", &bare)));
    let keys: Vec<String> =
        (0..3).map(|turn| app.new_key(&format!("partner{turn}"), &["write"], &[])).collect();
    std::thread::scope(|scope| {
        for (turn, key) in keys.iter().enumerate() {
            let bare = &bare;
            scope.spawn(move || {
                for round in 0..4 {
                    let language = ["fr", "ja", "en"][turn];
                    let mine = json!({"kind": "source", "identifiers": bare["identifiers"],
                                      "publisher": {language: format!("{round}")}});
                    let done = import_records(app, key, "", &mine);
                    assert_eq!(done["action"], "updated", "{done}");
                    let whole = with(bare, &json!({"title": {"fr": "u"}, "publisher": {language: "x"}}));
                    put(app, key, "/v1/sources/slug:m", &whole).expect(409);
                }
            });
        }
    });
    let now = app.get(&path).json();
    assert_eq!((&now["publisher"], &now["version"]), (&json!({"fr": "3", "ja": "3", "en": "3"}), &json!(13)));
    change_count(app);
});

on_both!(what_was_adopted_is_deleted_by_administrators_and_comes_back, empty, |app| {
    const RENNES: &str = "insee_com:35238";
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let admin = app.new_key("registry", &["admin"], &[]);
    let twinned = partnership(&[RENNES, "dantai:041009"]);
    let made = app.request("POST", "/v1/partnerships").key(&clair).json(&twinned).send().expect(201).json();
    let pact = format!("/v1/partnerships/{}", id(&made));
    app.request("DELETE", &pact).key(&clair).if_match(Some("*")).send().expect(204);
    let rennes = format!("/v1/authorities/{}", made["parties"][0]["authority"]["id"].as_str().unwrap());
    let delete = |key: &str, path: &str| app.request("DELETE", path).key(key).if_match(Some("*")).send();

    // Nobody refers to it, and a partner has written to it since: it stays all the same.
    patch(app, &clair, &rennes, &json!({"description": {"fr": "x"}})).expect(200);
    let count = change_count(app);
    let refused = delete(&clair, &rennes).expect(403).json();
    assert_eq!(refused["code"], "forbidden");
    assert!(refused["detail"].as_str().unwrap().contains("admin"), "{refused}");
    let source = items(app, "/v1/sources")[0].clone();
    assert_eq!(source["origin"], "gazetteer");
    assert_eq!(delete(&clair, &format!("/v1/sources/{}", id(&source))).status, 403);
    assert_eq!(change_count(app), count);

    delete(&admin, &rennes).expect(204);
    let restore = format!("{rennes}/versions/2/restore");
    let named = app.request("POST", "/v1/partnerships").key(&clair).json(&twinned).send().expect(422).json();
    let fault = &named["errors"][0];
    assert_eq!(
        (&fault["pointer"], &fault["code"]),
        (&json!("/parties/0/authority/id"), &json!("deleted_reference"))
    );
    assert!(fault["detail"].as_str().unwrap().contains(&restore), "{fault}");
    for gone in [
        app.get(&rennes),
        app.get(&format!("/v1/authorities/{RENNES}")),
        app.get(&format!("{rennes}/versions/3")),
        patch(app, &clair, &rennes, &json!({})),
        delete(&admin, &rennes),
    ] {
        assert_eq!(gone.expect(410).json()["restore"], restore.as_str());
    }
    let row = json!({"kind": "authority", "identifiers": [{"scheme": "insee_com", "value": "35238"}], "description": {"fr": "y"}});
    assert_eq!(import_records(app, &clair, "", &row)["problem"]["restore"], restore.as_str());
    app.request("POST", &restore).key(&clair).if_match(Some("\"3\"")).send().expect(200);
    app.request("POST", "/v1/partnerships").key(&clair).json(&twinned).send().expect(201);
    assert_eq!(
        app.get(&format!("{rennes}/versions/3")).expect(410).json().get("restore"),
        None,
        "it is back"
    );
});

on_both!(a_merged_record_says_how_it_revives_and_an_erased_one_that_it_does_not, empty, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let person = |slug: &str| {
        let body = json!({"name": {"fr": slug}, "identifiers": [{"scheme": "slug", "value": slug}]});
        format!("/v1/people/{}", id(&create(app, "people", &body)))
    };
    let president = |path: &str| {
        let id = path.rsplit('/').next().unwrap();
        let presidency = json!({"authority": {"id": "insee_com:06029"}, "person": {"id": id}});
        let body = json!({"name": {"fr": "o"}, "category": "city_network", "presidencies": [presidency]});
        app.post("/v1/organisations", &body).expect(422).json()["errors"][0].clone()
    };
    let (loser, survivor, erased) = (person("a"), person("b"), person("c"));
    let other = survivor.rsplit('/').next().unwrap();
    let merge = app.request("POST", &format!("{loser}/merge-into/{other}")).key(&admin);
    merge.if_match(Some("*")).send().expect(200);
    let gone = patch(app, &admin, &loser, &json!({})).expect(410).json();
    assert_eq!(
        (&gone["restore"], &gone["replaced_by"]),
        (&json!(format!("{loser}/versions/1/restore")), &json!(other))
    );
    let erase = app.request("DELETE", &format!("{erased}?erase=true")).key(&admin);
    erase.if_match(Some("*")).send().expect(204);
    assert_eq!(app.get(&erased).expect(410).json().get("restore"), None);
    let fault = president(&erased);
    assert_eq!(fault["code"], "erased_reference", "{fault}");
    app.request("DELETE", &survivor).key(&admin).if_match(Some("*")).send().expect(204);
    // By the id of what was merged, too: what is deleted is what remained.
    let fault = president(&loser);
    assert_eq!(fault["code"], "deleted_reference");
    assert!(fault["detail"].as_str().unwrap().contains(&format!("{survivor}/versions/2/restore")), "{fault}");
});

on_both!(a_restored_member_belongs_to_whom_it_belonged, empty, |app| {
    two_towns(app);
    let (clair, cuf) =
        (app.new_key("clair", &["write"], &["clair"]), app.new_key("cuf", &["write", "override"], &[]));
    let desk = app.new_key("registry", &["admin"], &[]);
    let body = with(
        &partnership(&["insee_com:06029", "dantai:221007"]),
        &json!({"since": {"edtf": "1991"}, "summary": {"ja": "概要"}}),
    );
    let name = "/v1/partnerships/clair:JP-1";
    let path = format!("/v1/partnerships/{}", id(&put(app, &clair, name, &body).expect(201).json()));
    let restore = |version: i64| {
        let call = app.request("POST", &format!("{path}/versions/{version}/restore?force=true")).key(&desk);
        call.if_match(Some("*")).send().expect(200).json()
    };
    patch(app, &cuf, &path, &json!({"history": {"fr": "Une histoire."}})).expect(200);
    // CUF's key takes the date over, and an administrator puts the earlier version back.
    let forced = json!({"since": {"edtf": "1992"}, "themes": ["culture"], "history": null});
    patch(app, &cuf, &format!("{path}?force=true"), &forced).expect(200);
    assert_eq!(owner(app, &path, "/since").as_deref(), Some("cuf"));
    restore(2);
    assert_eq!(owner(app, &path, "/since").as_deref(), Some("clair"));
    assert_eq!(owner(app, &path, "/history/fr").as_deref(), Some("cuf"));
    // Its owner writes its own member, knowing no version, and nobody else does.
    let mine = json!({"kind": "partnership", "identifiers": [{"scheme": "clair", "value": "JP-1"}], "since": {"edtf": "1993"}});
    assert_eq!(import_records(app, &clair, "", &mine)["changed"], json!(["/since"]));
    let theirs = with(&mine, &json!({"since": {"edtf": "1994"}}));
    assert_eq!(conflicts(&import_records(app, &cuf, "", &theirs)["problem"]), pairs(&[("/since", "clair")]));
    // What was not there then is nobody's, and may be written by anybody.
    let theme = json!({"kind": "partnership", "identifiers": mine["identifiers"], "themes": ["youth"]});
    assert_eq!(import_records(app, &clair, "", &theme)["changed"], json!(["/themes"]));
    // A restored restoration, and one after a deletion, too.
    restore(4);
    assert_eq!(owner(app, &path, "/since").as_deref(), Some("clair"));
    app.request("DELETE", &path).key(&clair).if_match(Some("*")).send().expect(204);
    restore(4);
    assert_eq!(owner(app, &path, "/since").as_deref(), Some("clair"));
    assert_eq!(owner(app, &path, "/history/fr").as_deref(), Some("cuf"));
    assert_eq!(owner(app, &path, "/themes"), None);
    let refused = put(app, &cuf, name, &with(&body, &json!({"since": {"edtf": "1994"}}))).expect(409).json();
    assert_eq!(
        (&refused["code"], conflicts(&refused)),
        (&json!("owned_elsewhere"), pairs(&[("/since", "clair")]))
    );
    let again = import_records(app, &clair, "", &with(&mine, &json!({"since": {"edtf": "1995"}})));
    assert_eq!(again["action"], "updated", "{again}");
    change_count(app);
});

on_both!(a_merge_takes_nobodys_references_over, empty, |app| {
    let clair = app.new_key("clair", &["write"], &[]);
    let admin = app.new_key("registry", &["admin"], &[]);
    let [cannes, _] = two_towns(app);
    let twin = json!({"identifiers": [], "country": "FR", "level": "commune", "name": {"fr": "Cannes"}});
    let twin = id(&create(app, "authorities", &twin));
    let row = with(
        &partnership(&[&twin, "dantai:221007"]),
        &json!({"identifiers": [{"scheme": "slug", "value": "x"}]}),
    );
    put(app, &clair, "/v1/partnerships/slug:x", &row).expect(201);
    let merge = app.request("POST", &format!("/v1/authorities/{twin}/merge-into/{cannes}")).key(&admin);
    merge.if_match(Some("*")).send().expect(200);
    let path = "/v1/partnerships/slug:x";
    assert_eq!(app.get(path).json()["version"], 2);
    assert_eq!(owner(app, path, "/parties").as_deref(), Some("clair"));
    let now =
        put(app, &clair, path, &with(&row, &json!({"status": "dormant", "last_activity": {"edtf": "2020"}})));
    assert_eq!(now.expect(200).json()["parties"][0]["authority"]["id"], cannes.as_str());
});

/// The warnings about citations: the member, and the citations.
fn cited(answer: &Value) -> Vec<(String, Value)> {
    let all = answer["warnings"].as_array().cloned().unwrap_or_default().into_iter();
    let of = all.filter(|warning| warning["code"] == "cited_value_changed");
    of.map(|warning| (warning["pointer"].as_str().unwrap().to_owned(), warning["citations"].clone()))
        .collect()
}

/// How far the citations of a member are from it.
fn distances(app: &TestApp, path: &str, pointer: &str) -> Vec<(Value, String)> {
    let all = items(app, &format!("{path}/citations?pointer={pointer}"));
    all.iter().map(|one| (one["value"].clone(), one["difference"].as_str().unwrap().to_owned())).collect()
}

on_both!(a_citation_keeps_the_value_that_it_was_given_for, seeded, |app| {
    const KOBE: &str = "/v1/partnerships/slug:marseille-kobe";
    let before = app.get(KOBE).expect(200).json();
    let now = patch(app, &app.key, KOBE, &json!({"since": {"edtf": "1974"}})).expect(200).json();
    assert_eq!(cited(&now), [("/since".to_owned(), json!(["/citations/0"]))], "{}", now["warnings"]);
    let first = &now["citations"][0];
    assert_eq!((&first["quote"], &first["value"]), (&json!("(Marseille-Kobe en 1961)"), &json!("1961")));
    assert_eq!(first["origin"], before["citations"][0]["origin"]);
    assert_eq!(
        distances(app, KOBE, "/since"),
        [(json!("1961"), "date".into()), (json!("196X"), "date".into())]
    );
    let name = before["id"].as_str().unwrap();
    let told = items(app, "/v1/contradictions?kind=partnership&severity[gte]=3&limit=500");
    let told = told.iter().find(|one| one["record"]["id"] == name && one["pointer"] == "/since").unwrap();
    assert_eq!(
        (&told["reading"]["value"]["edtf"], &told["citations"][0]["value"]),
        (&json!("1974"), &json!("1961"))
    );

    // The body as it was sent before says nothing new of the citation, whoever sends it.
    let mut body = with(&before, &json!({"since": {"edtf": "1974"}}));
    body["citations"][0].as_object_mut().unwrap().remove("value");
    let count = change_count(app);
    let same = app.put(&format!("{KOBE}?base_version=2"), None, &body).expect(200).json();
    assert_eq!((&same["version"], &same["citations"]), (&json!(2), &now["citations"]));
    let row =
        json!({"kind": "partnership", "identifiers": before["identifiers"], "citations": body["citations"]});
    assert_eq!(import_records(app, &app.key, "", &row)["action"], "unchanged");
    assert_eq!(change_count(app), count);
    // What is given anew is given for what is there now.
    let source = &before["citations"][0]["source"]["id"];
    let anew = json!({"source": {"id": source}, "pointer": "/since", "quote": "en 1974"});
    patch(app, &app.key, KOBE, &json!({"citations": [anew]})).expect(200);
    assert_eq!(distances(app, KOBE, "/since").last().unwrap(), &(Value::Null, "none".into()));
    // Going back, the old citations agree again, and the new one keeps its value.
    let call = app.request("POST", &format!("{KOBE}/versions/1/restore")).key(&app.new_key(
        "registry",
        &["admin"],
        &[],
    ));
    let back = call.if_match(Some("*")).send().expect(200).json();
    assert_eq!(
        cited(&back),
        [(
            "/since".to_owned(),
            json!([format!("/citations/{}", before["citations"].as_array().unwrap().len())])
        )]
    );
    let expected = [
        (json!("1961"), "none".into()),
        (json!("196X"), "compatible".into()),
        (json!("1974"), "date".into()),
    ];
    assert_eq!(distances(app, KOBE, "/since"), expected);
    // A mirror, and a registry made of the export, have the same.
    let export = crate::support::feeds::export_text(app);
    assert!(export.contains(r#""quote":"(Marseille-Kobe en 1961)","lang":"fr","value":"1961""#));
    patch(app, &app.key, KOBE, &json!({"since": null})).expect(200);
    assert_eq!(distances(app, KOBE, "/since")[0], (json!("1961"), "date".into()));
});

on_both!(every_kind_of_cited_value_is_kept, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let source = id(&create(app, "sources", &json!({"title": {"fr": "s"}})));
    let cite = |pointer: &str, more: Value| {
        with(&json!({"source": {"id": source}, "pointer": pointer, "quote": format!("q{pointer}")}), &more)
    };
    let citations = json!([
        cite("/status", json!({})),
        cite("/themes", json!({"value": "culture"})),
        cite("/themes", json!({})),
        cite("/name", json!({"lang": "fr"})),
        cite("/name/ja", json!({})),
        cite("/summary/fr", json!({})),
        cite("/parties/authority", json!({"value": "dantai:221007"})),
        cite("/history", json!({})),
        cite("", json!({})),
    ]);
    let body = with(
        &partnership(&[&cannes, &shizuoka]),
        &json!({"since": {"edtf": "1991"}, "themes": ["culture", "youth"], "name": {"fr": "Pacte", "ja": "協定"},
                "summary": {"fr": "x".repeat(3000)}, "citations": citations}),
    );
    let path = format!("/v1/partnerships/{}", id(&create(app, "partnerships", &body)));
    let at = |list: &[usize]| json!(list.iter().map(|one| format!("/citations/{one}")).collect::<Vec<_>>());
    let write = |change: Value| patch(app, &app.key, &path, &change).expect(200).json();

    // What is added changes nothing that was cited, nor does another language.
    assert_eq!(cited(&write(json!({"themes": ["culture", "youth", "tourism"], "name": {"en": "Pact"}}))), []);
    let now =
        write(json!({"status": "dormant", "last_activity": {"edtf": "2020"}, "name": {"fr": "Accord"}}));
    assert_eq!(cited(&now), [("/name".into(), at(&[3])), ("/status".into(), at(&[0]))]);
    assert_eq!(
        (&now["citations"][0]["value"], &now["citations"][3]["value"]),
        (&json!("active"), &json!("Pacte"))
    );
    let now = write(json!({"themes": ["youth"], "summary": {"fr": "court"}, "name": {"ja": null}}));
    let expected =
        [("/name/ja".into(), at(&[4])), ("/summary/fr".into(), at(&[5])), ("/themes".into(), at(&[1, 2]))];
    assert_eq!(cited(&now), expected);
    // Which of two themes was meant is not known, and the text is longer than a citation may be.
    assert_eq!((now["citations"][2].get("value"), now["citations"][5].get("value")), (None, None));
    assert_eq!(now["citations"][4]["value"], "協定");
    let brest = json!([{"authority": {"id": cannes}}, {"authority": {"id": "dantai:041009"}}]);
    assert_eq!(cited(&write(json!({"parties": brest}))), [("/parties/authority".into(), at(&[6]))]);
    let mut told: Vec<(String, String)> = items(app, "/v1/contradictions?limit=500")
        .iter()
        .map(|one| (one["pointer"].as_str().unwrap().into(), one["difference"].as_str().unwrap().into()))
        .collect();
    told.sort();
    assert_eq!(
        told,
        pairs(&[("/name", "wording"), ("/name/ja", "wording"), ("/status", "value"), ("/themes", "value")])
    );
    // An import tells it of each record.
    let id = path.rsplit('/').next().unwrap();
    let row = json!({"kind": "partnership", "id": id, "since": {"edtf": "1990"}, "history": {"fr": "h"}});
    assert_eq!(cited(&import_records(app, &app.key, "?dry_run=true", &row)), []);
    write(json!({"citations": [cite("/since", json!({})), cite("/since", json!({"value": "1991-05"}))]}));
    let tried = import_records(app, &app.key, "?dry_run=true", &row);
    assert_eq!(
        (cited(&tried), &tried["changed"]),
        (vec![("/since".into(), at(&[0]))], &json!(["/citations", "/history/fr", "/since"]))
    );
});

on_both!(a_body_sent_again_after_its_cited_value_changed_is_unchanged, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let clair = app.new_key("clair", &["write"], &[]);
    let source = id(&create(app, "sources", &json!({"title": {"fr": "s"}})));
    let cite = |pointer: &str| json!({"source": {"id": source}, "pointer": pointer, "quote": "q"});
    let body = |more: Value| {
        let body = with(
            &partnership(&[&cannes, &shizuoka]),
            &json!({"citations": [cite("/since"), cite("/themes")]}),
        );
        with(&with(&body, &json!({"identifiers": [{"scheme": "slug", "value": "x"}]})), &more)
    };
    let path = "/v1/partnerships/slug:x";
    put(app, &clair, path, &body(json!({"since": {"edtf": "1990"}, "themes": ["culture"]}))).expect(201);
    let night = body(json!({"since": {"edtf": "1991"}, "themes": ["youth"]}));
    let first = put(app, &clair, path, &night).expect(200).json();
    let all =
        |name: &str| [json!(["/citations/0"]), json!(["/citations/1"])].map(|one| (name.to_owned(), one));
    assert_eq!(cited(&first), [all("/since")[0].clone(), all("/themes")[1].clone()]);
    let values = |record: &Value| [0, 1].map(|index| record["citations"][index]["value"].clone());
    assert_eq!(values(&first), [json!("1990"), json!("culture")]);
    for _ in 0..2 {
        let again = put(app, &clair, path, &night).expect(200).json();
        assert_eq!((&again["version"], values(&again)), (&json!(2), values(&first)));
        assert_eq!(
            import_records(app, &clair, "?mode=replace", &with(&night, &json!({"kind": "partnership"})))["action"],
            "unchanged"
        );
    }
    // Who says that it supports the new value says so.
    let known = with(
        &night,
        &json!({"citations": [with(&cite("/since"), &json!({"value": "1991"})), cite("/themes")]}),
    );
    let now = put(app, &clair, path, &known).expect(200).json();
    assert_eq!((values(&now), cited(&now)), ([json!("culture"), json!("1991")], vec![]));
    assert_eq!(distances(app, path, "/since"), [(json!("1991"), "none".into())]);
});

on_both!(a_merge_changes_nothing_that_is_cited, empty, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let [cannes, shizuoka] = two_towns(app);
    let twin = json!({"country": "FR", "level": "commune", "name": {"fr": "Cannes"}});
    let twin = id(&create(app, "authorities", &twin));
    let source = id(&create(app, "sources", &json!({"title": {"fr": "s"}})));
    let cite = |pointer: &str, value: &str| json!({"source": {"id": source}, "pointer": pointer, "quote": "q", "value": value});
    let body = json!({
        "number": 8, "status": "held", "host": {"id": twin}, "dates": {"edtf": "2024-11"},
        "citations": [cite("/host", &twin), {"source": {"id": source}, "pointer": "/host", "quote": "r"}]
    });
    create(app, "rencontres", &body);
    let merge = app.request("POST", &format!("/v1/authorities/{twin}/merge-into/{cannes}")).key(&admin);
    merge.if_match(Some("*")).send().expect(200);
    let expected = [(json!(cannes), "none".to_owned()), (Value::Null, "none".to_owned())];
    assert_eq!(distances(app, "/v1/rencontres/number:8", "/host"), expected);
    let moved =
        patch(app, &admin, "/v1/rencontres/number:8", &json!({"host": {"id": shizuoka}})).expect(200).json();
    assert_eq!(cited(&moved), [("/host".to_owned(), json!(["/citations/0", "/citations/1"]))]);
    let expected = [(json!(cannes), "value".to_owned()), (json!(cannes), "value".to_owned())];
    assert_eq!(distances(app, "/v1/rencontres/number:8", "/host"), expected);
});
