//! `include`: everything about a record on one page.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, commune, create, id, items, partnership, two_towns, with,
};
use kakehashi::domain::kind::Kind;
use serde_json::{Value, json};

/// The French labels of an included page.
fn labels(record: &Value, collection: &str) -> Vec<String> {
    let items = record["included"][collection]["items"].as_array().unwrap();
    items.iter().map(|item| item["label"]["fr"].as_str().unwrap().to_owned()).collect()
}

on_both!(everything_about_cannes_is_one_page, seeded, |app| {
    let path = "/v1/authorities/insee_com:06029";
    let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.path()).collect();
    let page = app.get(&format!("{path}?include={}", all.join(","))).expect(200);
    let record = page.json();
    assert_eq!(labels(&record, "partnerships"), ["Cannes – Shizuoka"]);
    assert_eq!(record["included"]["rencontres"]["items"][0]["number"], 9);
    assert_eq!(record["included"]["visits"], json!({"items": [], "page": {"limit": 50, "total": 0}}));
    // An included record is as its own address answers it, and the record is as without.
    let partnership = app.get("/v1/partnerships/slug:cannes-shizuoka").expect(200).json();
    assert_eq!(record["included"]["partnerships"]["items"][0], partnership);
    let mut bare = record.clone();
    bare.as_object_mut().unwrap().remove("included");
    assert_eq!(app.get(path).expect(200).json(), bare);
    let only = app.get(&format!("{path}?include=partnerships&fields=id")).expect(200).json();
    assert_eq!(only.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "included"]);
    assert_eq!(only["included"].as_object().unwrap().keys().collect::<Vec<_>>(), ["partnerships"]);
});

on_both!(a_citation_is_no_relation, seeded, |app| {
    let source =
        app.get("/v1/sources/slug:cuf-japan-country-group?include=partnerships,rencontres").expect(200);
    assert!(labels(&source.json(), "partnerships").is_empty());
    let cited = items(app, "/v1/partnerships?source=slug:cuf-japan-country-group");
    assert!(!cited.is_empty());
});

on_both!(a_long_list_goes_on_where_it_was_left, empty, |app| {
    let [_, shizuoka] = two_towns(app);
    for number in 0..53 {
        let code = format!("{:05}", 13001 + number);
        create(app, "authorities", &commune(&code, &code));
        create(app, "partnerships", &partnership(&[&format!("insee_com:{code}"), SHIZUOKA]));
    }
    let path = format!("/v1/authorities/{SHIZUOKA}?include=partnerships");
    let record = app.get(&path).expect(200).json();
    let page = &record["included"]["partnerships"];
    assert_eq!((page["items"].as_array().unwrap().len(), &page["page"]["total"]), (50, &json!(53)));
    let next = page["page"]["next"].as_str().unwrap();
    assert!(next.starts_with(&format!("/v1/partnerships?authority={shizuoka}&limit=50&cursor=")), "{next}");
    let rest = app.get(next).expect(200).json();
    assert!(rest["page"].get("next").is_none());
    let mut ids: Vec<String> = page["items"].as_array().unwrap().iter().map(id).collect();
    ids.extend(rest["items"].as_array().unwrap().iter().map(id));
    let all: Vec<String> = items(app, "/v1/partnerships?limit=500").iter().map(id).collect();
    assert_eq!(ids, all);
    // Editions that refer to it by two members: no filter of their list finds just these.
    let nobody = json!({"participants": [{"authority": {"id": SHIZUOKA}}]});
    for number in 1..=51 {
        let host = if number == 1 { SHIZUOKA } else { CANNES };
        let body = json!({"number": number, "status": "held", "host": {"id": host}, "dates": {"edtf": format!("{}-05", 1950 + number)}});
        create(app, "rencontres", &with(&body, &nobody));
    }
    let editions = |name: &str| {
        let record = app.get(&format!("/v1/authorities/{name}?include=rencontres")).expect(200).json();
        record["included"]["rencontres"]["page"].clone()
    };
    assert_eq!(editions(SHIZUOKA), json!({"limit": 50, "total": 51}));
    assert_eq!(editions(CANNES), json!({"limit": 50, "total": 50}));
});

on_both!(the_digest_covers_what_is_included, seeded, |app| {
    let path = "/v1/authorities/insee_com:06029?include=partnerships,visits";
    let before = app.get(path).expect(200);
    let key = app.new_key("kakehashi", &["write"], &[]);
    let change_request =
        app.request("PATCH", "/v1/partnerships/slug:cannes-shizuoka").key(&key).if_match(Some("*"));
    change_request.body("application/merge-patch+json", "{\"summary\": {\"fr\": \"x\"}}").send().expect(200);
    let after = app.get(path).expect(200);
    assert_ne!(before.etag(), after.etag());
    assert_eq!(app.request("GET", path).header("if-none-match", after.etag()).send().status, 304);
});

on_both!(only_collections_can_be_included, seeded, |app| {
    let path = "/v1/authorities/insee_com:06029?include";
    assert_faults(app.get(&format!("{path}=partnership,visits")), 400, &[("include", "invalid_parameter")]);
    assert!(app.get(&format!("{path}=partnership")).text.contains("`partnerships`"));
    assert_faults(app.get(&format!("{path}=*")), 400, &[("include", "invalid_parameter")]);
    assert_faults(app.get("/v1/authorities?include=visits"), 400, &[("include", "unknown_parameter")]);
    let twice = app.get(&format!("{path}=visits&include=visits,visits")).expect(200).json();
    assert_eq!(twice["included"].as_object().unwrap().len(), 1);
    app.get("/v1/authorities/insee_com:99999?include=visits").expect(404);
});
