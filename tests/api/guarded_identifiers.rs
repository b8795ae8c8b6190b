//! Whose identifier is whose: what another origin gave a record is neither replaced nor removed unseen. And what a body
//! says null of.

use crate::on_both;
use crate::overwriting::{added_to, conflicts, import_records, owner, pairs, patch, put};
use crate::support::records::{change_count, create, id, items, with};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

const NANCY: &str = "/v1/authorities/insee_com:54395";
const KYOTO: &str = "/v1/partnerships/slug:paris-kyoto";

/// The identifiers that a refusal lists, with their owners.
#[track_caller]
fn contested(problem: &Value) -> Vec<(String, String)> {
    assert_eq!(problem["code"], "changed_elsewhere", "{problem}");
    let all = problem["conflicts"].as_array().unwrap().iter();
    let told = all.filter(|one| one["pointer"] == "/identifiers");
    told.map(|one| (one["identifier"].as_str().unwrap().into(), one["owner"].as_str().unwrap().into()))
        .collect()
}

fn names(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(scheme, value)| json!({"scheme": scheme, "value": value})).collect()
}

fn patch_at(app: &TestApp, key: &str, path: &str, tag: &str, body: &Value) -> TestResponse {
    let call = app.request("PATCH", path).key(key).if_match(Some(tag));
    call.body("application/merge-patch+json", &body.to_string()).send()
}

on_both!(an_identifier_that_another_gave_is_not_replaced_unseen, seeded, |app| {
    let (cuf, clair) =
        (app.new_key("cuf", &["write"], &["cuf"]), app.new_key("clair", &["write"], &["clair"]));
    let strong = app.new_key("cuf", &["write", "override"], &["cuf"]);
    let count = change_count(app);
    // A partnership of others: its own number is free to add, another slug is not.
    let found =
        json!({"kind": "partnership", "identifiers": names(&[("slug", "paris-kyoto"), ("cuf", "P-KYO")])});
    assert_eq!(import_records(app, &cuf, "", &found)["changed"], json!(["/identifiers"]));
    let other =
        json!({"kind": "partnership", "identifiers": names(&[("cuf", "P-KYO"), ("slug", "kyoto-paris")])});
    let expected = pairs(&[("slug:paris-kyoto", "kakehashi")]);
    for mode in ["", "?mode=merge&dry_run=true"] {
        let refused = import_records(app, &cuf, mode, &other);
        assert_eq!(contested(&refused["problem"]), expected, "{mode}");
        assert_eq!(refused["problem"]["current_version"], 2);
    }
    let now = app.get(KYOTO).expect(200).json();
    let path = format!("/v1/partnerships/{}", id(&now));
    let whole = with(&now, &json!({"identifiers": other["identifiers"]}));
    assert_eq!(
        contested(
            &import_records(app, &cuf, "?mode=replace", &with(&whole, &json!({"version": null})))["problem"]
        ),
        expected
    );
    assert_eq!(contested(&put(app, &cuf, "/v1/partnerships/cuf:P-KYO", &whole).expect(409).json()), expected);
    let any = app.request("PUT", &path).key(&cuf).if_match(Some("*")).json(&whole).send();
    assert_eq!(contested(&any.expect(409).json()), expected);
    // That it changes something on purpose does not say that it knows whose the identifier is.
    let change = json!({"identifiers": other["identifiers"]});
    assert_eq!(contested(&patch(app, &cuf, &path, &change).expect(409).json()), expected);
    assert_eq!(change_count(app), count + 1);
    app.get(KYOTO).expect(200);
    // Who says which version it knows may, and so may who forces it, which the log tells.
    let known = patch_at(app, &cuf, &path, "\"2\"", &change).expect(200).json();
    assert_eq!(known["identifiers"], names(&[("cuf", "P-KYO"), ("slug", "kyoto-paris")]));
    let again = json!({"kind": "partnership", "identifiers": names(&[("cuf", "P-KYO"), ("slug", "kp")])});
    assert_eq!(import_records(app, &cuf, "", &again)["action"], "updated", "it gave that slug itself");
    // The other number of its own scheme is its own to change, whoever wrote it; others add theirs.
    let theirs = json!({"kind": "partnership", "identifiers": names(&[("slug", "kp"), ("clair", "JP-1")])});
    assert_eq!(import_records(app, &clair, "", &theirs)["action"], "updated");
    let taken = json!({"kind": "partnership", "identifiers": names(&[("clair", "JP-1"), ("slug", "k")])});
    assert_eq!(contested(&import_records(app, &clair, "", &taken)["problem"]), pairs(&[("slug:kp", "cuf")]));
    let based = with(&taken, &json!({"base_version": 5}));
    assert_eq!(import_records(app, &clair, "", &based)["changed"], json!(["/identifiers"]));
    let back = json!({"kind": "partnership", "identifiers": names(&[("cuf", "P-KYO"), ("slug", "kp")])});
    assert_eq!(contested(&import_records(app, &strong, "", &back)["problem"]), pairs(&[("slug:k", "clair")]));
    assert_eq!(import_records(app, &strong, "?force=true", &back)["action"], "updated");
    let feed = app.get("/v1/changes?kind=partnership&limit=500").json();
    let last = feed["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["overrode"], json!([{"pointer": "/identifiers", "owner": "clair"}]));
});

on_both!(a_row_stays_unchanged_when_another_adds_a_second_name, empty, |app| {
    let (clair, cuf) = (app.new_key("clair", &["write"], &[]), app.new_key("cuf", &["write"], &[]));
    let body = json!({"kind": "source", "title": {"fr": "t"}, "identifiers": names(&[("slug", "a")])});
    put(app, &clair, "/v1/sources/slug:a", &body).expect(201);
    let both = json!({"identifiers": names(&[("slug", "a"), ("slug", "b")])});
    patch(app, &cuf, "/v1/sources/slug:a", &both).expect(200);
    for mode in ["", "?mode=replace"] {
        assert_eq!(import_records(app, &clair, mode, &body)["action"], "unchanged", "{mode}");
    }
    assert_eq!(put(app, &clair, "/v1/sources/slug:a", &body).expect(200).json()["version"], 2);
    let new = with(&body, &json!({"title": {"fr": "u"}}));
    assert_eq!(import_records(app, &clair, "", &new)["changed"], json!(["/title/fr"]));
    assert_eq!(app.get("/v1/sources/slug:b").expect(200).json()["identifiers"], both["identifiers"]);
    let newer = with(&body, &json!({"title": {"fr": "v"}}));
    let refused = put(app, &clair, "/v1/sources/slug:a", &newer).expect(409).json();
    assert_eq!(contested(&refused), pairs(&[("slug:b", "cuf")]));
});

on_both!(each_identifier_is_told_with_who_gave_it, empty, |app| {
    let desk = app.new_key("desk", &["write"], &[]);
    let source = json!({"title": {"fr": "t"}});
    let path = "/v1/sources/slug:s";
    put(app, &desk, path, &source).expect(201);
    let clair = app.new_key("clair", &["write"], &["clair"]);
    let admin = app.new_key("registry", &["admin"], &[]);
    patch(app, &clair, path, &json!({"identifiers": names(&[("clair", "JP-1")])})).expect(200);
    let told = |path: &str| -> Vec<(String, String)> {
        let owners = items(app, &format!("{path}/owners")).into_iter();
        let owners = owners.filter(|owner| owner["pointer"] == "/identifiers");
        owners
            .map(|one| (one["identifier"].as_str().unwrap().into(), one["origin"].as_str().unwrap().into()))
            .collect()
    };
    let expected = pairs(&[("clair:JP-1", "clair"), ("slug:s", "desk")]);
    assert_eq!(told(path), expected);
    // Restoring gives them back to whom they belonged, and so does a return after a deletion.
    let path = format!("/v1/sources/{}", id(&app.get(path).json()));
    let send = |method: &str, path: &str| app.request(method, path).key(&admin).if_match(Some("*")).send();
    patch_at(app, &admin, &path, "\"2\"", &json!({"identifiers": names(&[("slug", "pk")])})).expect(200);
    assert_eq!(told(&path), pairs(&[("slug:pk", "registry")]));
    send("POST", &format!("{path}/versions/2/restore")).expect(200);
    assert_eq!(told(&path), expected);
    send("DELETE", &format!("{path}?force=true")).expect(204);
    send("POST", &format!("{path}/versions/4/restore")).expect(200);
    assert_eq!(told(&path), expected);
    // What comes with a merge is whose who merged; the survivor's stay whose they were.
    let person = |slug: &str| {
        id(&create(app, "people", &json!({"name": {"fr": slug}, "identifiers": names(&[("slug", slug)])})))
    };
    let (loser, survivor) = (person("a"), person("b"));
    send("POST", &format!("/v1/people/{loser}/merge-into/{survivor}")).expect(200);
    let path = format!("/v1/people/{survivor}");
    let made = app.get(&format!("{path}/versions/1")).json()["origin"].as_str().unwrap().to_owned();
    assert_eq!(told(&path), [("slug:a".into(), "registry".into()), ("slug:b".into(), made)]);
});

on_both!(an_administrators_row_removes_no_identifier_unseen, empty, |app| {
    let (admin, cuf) = (app.new_key("registry", &["admin"], &[]), app.new_key("cuf", &["write"], &["cuf"]));
    let body = json!({"kind": "source", "title": {"fr": "t"}, "identifiers": names(&[("slug", "s")])});
    put(app, &admin, "/v1/sources/slug:s", &body).expect(201);
    patch(app, &cuf, "/v1/sources/slug:s", &json!({"identifiers": names(&[("cuf", "S-1")])})).expect(200);
    assert_eq!(put(app, &admin, "/v1/sources/slug:s", &body).expect(200).json()["version"], 2);
    assert_eq!(import_records(app, &admin, "?mode=replace", &body)["action"], "unchanged");
    let new = with(&body, &json!({"title": {"fr": "u"}}));
    let refused = put(app, &admin, "/v1/sources/slug:s", &new).expect(409).json();
    assert_eq!(contested(&refused), pairs(&[("cuf:S-1", "cuf")]));
    let kept = put(app, &admin, "/v1/sources/slug:s?base_version=2", &new).expect(200).json();
    assert_eq!(kept["identifiers"], names(&[("cuf", "S-1"), ("slug", "s")]));
    let bare = with(&new, &json!({"identifiers": null}));
    assert_eq!(
        import_records(app, &admin, "?mode=replace", &with(&bare, &json!({"id": kept["id"]})))["problem"]["code"],
        "changed_elsewhere"
    );
    let path = format!("/v1/sources/{}?base_version=3", id(&kept));
    assert_eq!(put(app, &admin, &path, &bare).expect(200).json()["identifiers"], json!([]));
});

on_both!(a_code_of_another_authority_is_refused, seeded, |app| {
    let cuf = app.new_key("cuf", &["write"], &[]);
    let nancy = app.get(NANCY).expect(200).json();
    let path = format!("/v1/authorities/{}", id(&nancy));
    let count = change_count(app);
    let wrong =
        json!({"kind": "authority", "id": nancy["id"], "identifiers": names(&[("insee_com", "54001")])});
    let known = with(&wrong, &json!({"version": nancy["version"]}));
    for row in [&wrong, &known] {
        let problem = import_records(app, &cuf, "", row)["problem"].clone();
        let fault = &problem["errors"][0];
        assert_eq!(fault["code"], "other_authority", "{problem}");
        assert!(fault["pointer"].as_str().unwrap().starts_with("/identifiers/"), "{fault}");
        assert!(fault["detail"].as_str().unwrap().contains("insee_com:54001"), "{fault}");
    }
    // A code that the gazetteer does not know is told by the guard alone.
    let unknown =
        json!({"kind": "authority", "id": nancy["id"], "identifiers": names(&[("insee_com", "54999")])});
    assert_eq!(
        contested(&import_records(app, &cuf, "", &unknown)["problem"]),
        pairs(&[("insee_com:54395", "kakehashi")])
    );
    assert_eq!(change_count(app), count);
    app.get(NANCY).expect(200);
    // A mistake is mended: the name, or the codes that stay, tell which authority is meant.
    let tag = format!("\"{}\"", nancy["version"]);
    let mistaken =
        patch_at(app, &cuf, &path, &tag, &json!({"identifiers": names(&[("insee_com", "54999")])}));
    let version = mistaken.expect(200).json()["version"].as_i64().unwrap();
    let mend = json!({"identifiers": names(&[("insee_com", "54395")])});
    patch_at(app, &cuf, &path, &format!("\"{version}\""), &mend).expect(200);
    app.get(NANCY).expect(200);
    // Of one that was adopted, too, and of a new one.
    let rennes = json!({"identifiers": names(&[("insee_com", "35238"), ("insee_dep", "54")]), "country": "FR",
                        "level": "special_status_authority", "name": {"fr": "Rennes"}});
    let faults = app.post("/v1/authorities", &rennes).expect(422).faults();
    assert!(faults.iter().any(|(_, code)| code == "other_authority"), "{faults:?}");
});

on_both!(what_is_taken_away_on_purpose_is_no_repetition, empty, |app| {
    let (clair, cuf, body) = added_to(app);
    patch(app, &cuf, "/v1/partnerships/slug:c-s", &json!({"clair_criteria": {"assembly_approved": "yes"}}))
        .expect(200);
    let path = "/v1/partnerships/slug:c-s";
    let count = change_count(app);
    for removal in
        [json!({"history": null}), json!({"history": {"fr": null}}), json!({"clair_criteria": null})]
    {
        let row = with(&body, &removal);
        let pointer = if removal.get("history").is_some() {
            "/history/fr"
        } else {
            "/clair_criteria/assembly_approved"
        };
        let expected = pairs(&[(pointer, "cuf")]);
        for mode in ["?mode=replace", "?mode=update", "?mode=merge"] {
            let refused = import_records(app, &clair, mode, &row);
            assert_eq!(refused["action"], "rejected", "{mode} {removal}");
            assert!(conflicts(&refused["problem"]).contains(&expected[0]), "{mode} {removal}");
        }
        assert!(conflicts(&put(app, &clair, path, &row).expect(409).json()).contains(&expected[0]));
    }
    // Null of what is not there takes nothing away.
    let none = with(&body, &json!({"history": {"ja": null}, "until": null}));
    assert_eq!(put(app, &clair, path, &none).expect(200).json()["version"], 3);
    assert_eq!(import_records(app, &clair, "?mode=replace", &none)["action"], "unchanged");
    assert_eq!(change_count(app), count);
    // From a version that it knows, one language goes and the rest stays.
    let based = with(&body, &json!({"history": {"fr": null}, "base_version": 3}));
    assert_eq!(import_records(app, &clair, "?mode=replace", &based)["changed"], json!(["/history/fr"]));
    let now = app.get(path).json();
    assert_eq!((now.get("history"), &now["clair_criteria"]["assembly_approved"]), (None, &json!("yes")));
    let emptied = with(&body, &json!({"summary": {"ja": ""}}));
    assert_eq!(
        put(app, &clair, path, &emptied).expect(422).faults(),
        [("/summary/ja".into(), "empty".into())]
    );
});

on_both!(a_list_that_another_wrote_is_not_emptied_unseen, empty, |app| {
    let (clair, cuf, mut body) = added_to(app);
    body.as_object_mut().unwrap().remove("themes");
    let path = "/v1/partnerships/slug:c-s";
    patch(app, &cuf, path, &json!({"themes": ["culture"]})).expect(200);
    let row = with(&body, &json!({"themes": []}));
    let expected = ("/themes".to_owned(), "cuf".to_owned());
    assert!(conflicts(&import_records(app, &clair, "?mode=replace", &row)["problem"]).contains(&expected));
    assert!(conflicts(&put(app, &clair, path, &row).expect(409).json()).contains(&expected));
    assert_eq!(owner(app, path, "/themes").as_deref(), Some("cuf"));
});

on_both!(an_old_version_with_nothing_new_is_unchanged, empty, |app| {
    let (clair, _, body) = added_to(app);
    let count = change_count(app);
    for mode in ["", "?mode=replace", "?mode=update"] {
        for version in [1, 7] {
            let same = import_records(app, &clair, mode, &with(&body, &json!({"version": version})));
            assert_eq!(
                (&same["action"], &same["version"]),
                (&json!("unchanged"), &json!(2)),
                "{mode}: {same}"
            );
            let new = with(&body, &json!({"version": version, "since": {"edtf": "1992"}}));
            assert_eq!(
                import_records(app, &clair, mode, &new)["problem"]["code"],
                "precondition_failed",
                "{mode}"
            );
        }
        let less = with(&body, &json!({"version": 1, "history": null}));
        assert_eq!(
            import_records(app, &clair, mode, &less)["problem"]["code"],
            "precondition_failed",
            "{mode}"
        );
    }
    assert_eq!(change_count(app), count);
});

on_both!(a_part_of_a_record_that_is_not_there_says_so, empty, |app| {
    let row =
        json!({"kind": "partnership", "identifiers": names(&[("slug", "nowhere")]), "themes": ["culture"]});
    let problem = import_records(app, &app.key, "", &row)["problem"].clone();
    let fault = &problem["errors"][0];
    assert_eq!((&fault["pointer"], &fault["code"]), (&json!("/identifiers"), &json!("unknown_identifiers")));
    assert!(fault["detail"].as_str().unwrap().starts_with("No record bears slug:nowhere"), "{fault}");
    assert!(problem["errors"].as_array().unwrap().iter().any(|fault| fault["code"] == "required"));
});
