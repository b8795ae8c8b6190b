//! The gazetteer: every authority of both countries found as one types, and adopted when a write first names it.

use crate::on_both;
use crate::support::feeds::import_records;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, assert_invalid, change_count, city, commune, create, id, items,
    partnership, sorted_labels, two_towns, with,
};
use kakehashi::domain::errors::fault_list::FaultList;
use kakehashi::domain::identifier::Identifier;
use kakehashi::domain::kind::Kind;
use kakehashi::domain::vocabularies::authority::Country;
use kakehashi::gazetteer::lookup;
use kakehashi::gazetteer::official_record::authority_record;
use kakehashi::kinds::definition::RuleContext;
use kakehashi::kinds::validation::Validation;
use kakehashi::records::input::RecordInput;
use serde_json::{Value, json};

const RENNES: &str = "insee_com:35238";
const SENDAI: &str = "dantai:041009";

/// The codes that a query finds, in order.
fn codes(app: &crate::support::TestApp, query: &str) -> Vec<String> {
    let path = format!("/v1/gazetteer?{query}");
    items(app, &path).iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

/// The origins of the changes of a record.
fn origins(app: &crate::support::TestApp, id: &str) -> Vec<String> {
    let versions = items(app, &format!("/v1/authorities/{id}/versions"));
    versions.iter().map(|version| version["origin"].as_str().unwrap().to_owned()).collect()
}

/// The record of an authority that is adopted, since a request names it.
fn adopted(app: &crate::support::TestApp, code: &str) -> Value {
    let request = json!({"authority": {"id": code}, "wanted_country": "JP", "text": {"fr": "x"}});
    let wanted =
        if code.starts_with("dantai") { with(&request, &json!({"wanted_country": "FR"})) } else { request };
    let made = create(app, "partner-requests", &wanted);
    app.delete(&format!("/v1/partner-requests/{}", id(&made)), Some("*")).expect(204);
    app.get(&format!("/v1/authorities/{code}")).expect(200).json()
}

on_both!(any_authority_is_found_as_one_types, empty, |app| {
    for query in ["miya", "みや", "宮", "ミヤ"] {
        let cities = codes(app, &format!("q={query}&level=city,core_city&limit=10"));
        assert!(cities.contains(&"dantai:452017".to_owned()), "{query}: {cities:?}");
    }
    for query in ["Ōmura", "omura", "Ohmura", "大村"] {
        assert_eq!(codes(app, &format!("q={query}&limit=1")), ["dantai:422053"], "{query}");
    }
    for query in ["saint den", "Saint-Den", "st den"] {
        assert_eq!(
            codes(app, &format!("q={query}&limit=2")),
            ["insee_com:97411", "insee_com:93066"],
            "{query}"
        );
    }
    assert_eq!(codes(app, "q=35238&limit=1"), [RENNES]);
    assert_eq!(codes(app, "q=042021"), ["dantai:042021"]);
    let counted = app.get("/v1/gazetteer?q=宮崎&count=exact&limit=1").expect(200).json();
    assert!(counted["page"]["total"].as_u64().is_some_and(|total| (2..10).contains(&total)), "{counted}");
    assert_eq!(codes(app, "q=rennes&country=JP"), Vec::<String>::new());
    assert_eq!(codes(app, "q=ille&level=department"), ["insee_dep:35"]);
    let near = codes(app, "q=s&near=35.18,136.91,20&level=city&limit=100");
    assert!(
        near.contains(&"dantai:232041".to_owned()) && !near.contains(&"dantai:142077".to_owned()),
        "{near:?}"
    );
    assert_eq!(change_count(app), 0);
});

on_both!(an_entry_says_all_that_is_known, seeded, |app| {
    let rennes = app.get(&format!("/v1/gazetteer/{RENNES}")).expect(200).json();
    let expected = json!({
        "code": RENNES,
        "identifiers": [
            {"scheme": "geonames", "value": "2983990"}, {"scheme": "insee_com", "value": "35238"},
            {"scheme": "siren", "value": "213502388"}
        ],
        "country": "FR", "level": "commune", "name": {"fr": "Rennes", "ja": "レンヌ", "en": "Rennes"},
        "parent": {"code": "insee_reg:53", "name": {"fr": "Bretagne", "en": "Bretagne"}, "href": "/v1/gazetteer/insee_reg:53"},
        "population": {"value": 230_890, "as_of": {"edtf": "2023-01-01"}},
        "location": {"lat": 48.0931, "lon": -1.6749}, "coast_km": 52, "status": "active"
    });
    assert_eq!(rennes, expected);
    assert_eq!(app.get("/v1/gazetteer/siren:213502388").expect(200).json(), expected);
    let kanazawa = app.get("/v1/gazetteer/dantai:17201").expect(200).json();
    let name = json!({"fr": "Kanazawa", "ja": "金沢市", "en": "Kanazawa", "ja-Hira": "かなざわし", "ja-Latn": "Kanazawa-shi"});
    assert_eq!((&kanazawa["name"], &kanazawa["level"]), (&name, &json!("core_city")));
    let held = app.get("/v1/authorities/dantai:172014").expect(200).json();
    assert_eq!(
        kanazawa["adopted"],
        json!({"id": held["id"], "href": format!("/v1/authorities/{}", id(&held))})
    );
    let merged = app.get("/v1/gazetteer/insee_com:01033").expect(200).json();
    assert_eq!(merged["status"], "active");
    let merged = app.get("/v1/gazetteer/insee_com:01120").expect(200).json();
    assert_eq!(
        (&merged["status"], &merged["successor"]["href"]),
        (&json!("merged"), &json!("/v1/gazetteer/insee_com:01262"))
    );
    let answer = app.get("/v1/gazetteer/insee_com:01287").expect(301);
    assert_eq!(answer.header("location"), Some("/v1/gazetteer/insee_com:01079"));
    for unknown in ["insee_com:99999", "rennes", "dantai:172015"] {
        app.get(&format!("/v1/gazetteer/{unknown}")).expect(404);
    }
});

on_both!(all_of_them_can_be_walked, empty, |app| {
    let first = app.get("/v1/gazetteer?count=exact&limit=1").expect(200).json();
    assert_eq!(first["page"]["total"], 40_161);
    let (mut path, mut seen) = ("/v1/gazetteer?country=JP&limit=100".to_owned(), Vec::new());
    loop {
        let page = app.get(&path).expect(200).json();
        let codes =
            page["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned());
        seen.extend(codes);
        let Some(next) = page["page"]["next"].as_str() else { break };
        next.clone_into(&mut path);
    }
    assert_eq!(seen.len(), 1788);
    assert!(seen.is_sorted_by(|a, b| a < b));
    let cursor =
        app.get("/v1/gazetteer?limit=1").expect(200).json()["page"]["next"].as_str().unwrap().to_owned();
    assert_faults(app.get(&format!("{cursor}&q=a")), 400, &[("cursor", "invalid_cursor")]);
    assert_faults(app.get(&format!("{cursor}&country=FR")), 400, &[("cursor", "invalid_cursor")]);
    let wrong = app.get("/v1/gazetteer?q=-&country=DE&level=ville&near=1,2&limit=0&x=1");
    let faults = ["q", "country", "level", "near", "limit"].map(|name| (name, "invalid_parameter"));
    assert_faults(wrong, 400, &[&faults[..], &[("x", "unknown_parameter")]].concat());
});

on_both!(a_reference_adopts_what_it_names, empty, |app| {
    let made = create(app, "partnerships", &partnership(&[RENNES, SENDAI]));
    let rennes = app.get(&format!("/v1/authorities/{RENNES}")).expect(200).json();
    assert_eq!(made["parties"][0]["authority"]["id"], rennes["id"]);
    assert_eq!((&rennes["origin"], &rennes["version"]), (&json!("gazetteer"), &json!(1)));
    assert_eq!(rennes["population"]["value"], 230_890);
    assert_eq!(rennes["parent"]["name"]["fr"], "Bretagne");
    let cited = &rennes["citations"][0];
    assert_eq!(cited["quote"], r#""code":"35238","nom":"Rennes""#);
    assert_eq!((&cited["certainty"], &cited["origin"]), (&json!("stated"), &json!("gazetteer")));
    let source = app.get("/v1/sources/slug:insee-cog-2026").expect(200).json();
    assert_eq!(cited["source"]["id"], source["id"]);
    // Any of its codes names it, and its prefecture is there too.
    assert_eq!(app.get("/v1/authorities/siren:213502388").expect(200).json()["id"], rennes["id"]);
    assert_eq!(sorted_labels(app, "/v1/authorities?parent=dantai:040002"), ["Sendai"]);
    // The log: what is referred to before what refers to it, each with who wrote it, in one transaction.
    let log = items(app, "/v1/changes");
    let told: Vec<_> = log
        .iter()
        .map(|change| (change["kind"].as_str().unwrap(), change["origin"].as_str().unwrap()))
        .collect();
    let mut expected = vec![("source", "gazetteer"), ("authority", "gazetteer"), ("authority", "gazetteer")];
    expected.extend(expected.clone());
    expected.push(("partnership", "acme"));
    assert_eq!(told, expected);
    assert!(log.iter().all(|change| change["batch_id"] == log[0]["batch_id"]));
    assert_eq!(change_count(app), 7);
});

on_both!(a_refused_write_adopts_nothing, empty, |app| {
    let bad = with(&partnership(&[RENNES, SENDAI]), &json!({"category": "friendly"}));
    assert_invalid(app.post("/v1/partnerships", &bad), &[("/category", "unknown_code")]);
    let unknown = partnership(&[RENNES, "dantai:041017"]);
    assert_invalid(
        app.post("/v1/partnerships", &unknown),
        &[("/parties/1/authority/id", "no_such_reference")],
    );
    assert_eq!(items(app, "/v1/authorities"), Vec::<Value>::new());
    // Nor does a filter, or a search in the gazetteer.
    assert_eq!(items(app, "/v1/partnerships?authority=insee_com:35238"), Vec::<Value>::new());
    assert_eq!(items(app, "/v1/authorities?identifier=insee_com:35238"), Vec::<Value>::new());
    app.get(&format!("/v1/gazetteer/{RENNES}")).expect(200);
    assert_eq!(change_count(app), 0);
});

on_both!(what_many_name_at_once_is_adopted_once, empty, |app| {
    let path = format!("/v1/authorities/{RENNES}");
    app.get(&path).expect(404);
    let mut ids: Vec<String> = std::thread::scope(|scope| {
        let name = || {
            let request = json!({"authority": {"id": RENNES}, "wanted_country": "JP", "text": {"fr": "x"}});
            create(app, "partner-requests", &request)["authority"]["id"].as_str().unwrap().to_owned()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(name)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(change_count(app), 3 + 8);
    assert_eq!(origins(app, &ids[0]), ["gazetteer"]);
    assert_eq!(id(&app.get(&path).expect(200).json()), ids[0]);
    // A patch names it too.
    let patched =
        app.patch("/v1/authorities/insee_com:22278", Some("*"), &json!({"description": {"fr": "x"}}));
    let patched = patched.expect(200).json();
    assert_eq!((&patched["name"]["fr"], &patched["version"]), (&json!("Saint-Brieuc"), &json!(2)));
    assert_eq!(origins(app, &id(&patched)), ["acme", "gazetteer"]);
    let refused = app.patch("/v1/authorities/insee_com:35288", None, &json!({"description": {"fr": "x"}}));
    refused.expect(428);
    assert_eq!(items(app, "/v1/authorities?identifier=insee_com:35288"), Vec::<Value>::new());
    app.delete("/v1/authorities/insee_com:35288", Some("*")).expect(404);
    change_count(app);
});

on_both!(what_is_held_or_was_deleted_is_not_adopted, empty, |app| {
    two_towns(app);
    let towns = change_count(app);
    app.get(&format!("/v1/authorities/{CANNES}")).expect(200);
    // The same authority by another of its codes.
    let siren = app.get("/v1/authorities/siren:210600292").expect(200).json();
    assert_eq!(siren["name"], json!({"fr": "Cannes"}));
    create(app, "partnerships", &partnership(&["siren:210600292", SHIZUOKA]));
    assert_eq!(change_count(app), towns + 1);
    let made = adopted(app, RENNES);
    let admin = app.new_key("registry", &["admin"], &[]);
    let delete = app.request("DELETE", &format!("/v1/authorities/{}", id(&made))).key(&admin);
    delete.if_match(Some("*")).send().expect(204);
    app.get(&format!("/v1/authorities/{RENNES}")).expect(410);
    app.get("/v1/authorities/siren:213502388").expect(410);
    let again = app.post("/v1/partnerships", &partnership(&[RENNES, SHIZUOKA]));
    assert_invalid(again, &[("/parties/0/authority/id", "deleted_reference")]);
});

on_both!(a_body_makes_the_record_it_says, empty, |app| {
    let path = format!("/v1/authorities/{RENNES}");
    let made = app.put(&path, None, &commune("35238", "Roazhon")).expect(201).json();
    assert_eq!((&made["name"], &made["origin"]), (&json!({"fr": "Roazhon"}), &json!("acme")));
    assert_eq!(change_count(app), 1);
    // What was adopted and never written since is nobody's: who knows more needs no version.
    let sendai = adopted(app, SENDAI);
    let put = app
        .put(&format!("/v1/authorities/{SENDAI}"), None, &city("041009", "Sendai-la-verte"))
        .expect(200)
        .json();
    assert_eq!((&put["id"], &put["version"]), (&sendai["id"], &json!(2)));
    let clair = app.new_key("clair", &["write"], &[]);
    let body = city("041009", "Sendai");
    let other = app.request("PUT", &format!("/v1/authorities/{SENDAI}")).key(&clair).json(&body).send();
    assert_eq!(other.expect(409).json()["code"], "changed_elsewhere");
});

on_both!(a_rebased_or_merged_write_adopts_too, empty, |app| {
    let made = create(app, "partnerships", &partnership(&[RENNES, SENDAI]));
    let path = format!("/v1/partnerships/{}", id(&made));
    let body = with(&partnership(&[RENNES, SENDAI, "insee_com:29019"]), &json!({"summary": {"fr": "x"}}));
    let put = app.put(&format!("{path}?base_version=1"), None, &body).expect(200).json();
    assert_eq!(put["parties"][2]["authority"]["name"]["fr"], "Brest");
    let doubled =
        create(app, "authorities", &with(&city("041009", "x"), &json!({"identifiers": [], "level": "town"})));
    let merge = format!("/v1/authorities/{}/merge-into/dantai:042021", id(&doubled));
    let admin = app.new_key("registry", &["admin"], &[]);
    let merged = app.request("POST", &merge).key(&admin).if_match(Some("*")).send().expect(200).json();
    assert_eq!(merged["name"]["ja"], "石巻市");
    change_count(app);
});

on_both!(an_old_code_leads_to_the_successor, empty, |app| {
    // Lochieu and Cordieux were absorbed; of the first only its code is known.
    for (old, new, name) in [("01217", "01079", "Champagne-en-Valromey"), ("01120", "01262", "Montluel")] {
        let path = format!("/v1/authorities/insee_com:{old}");
        app.get(&path).expect(404);
        let made = create(app, "partnerships", &partnership(&[&format!("insee_com:{old}"), SENDAI]));
        let answer = app.get(&format!("{path}?lang=fr")).expect(301);
        let heir = app.get(answer.header("location").unwrap()).expect(200).json();
        assert_eq!(heir["name"]["fr"], name);
        assert_eq!(app.get(&format!("/v1/authorities/insee_com:{new}")).expect(200).json()["id"], heir["id"]);
        assert_eq!(made["parties"][0]["authority"]["id"], heir["id"]);
        assert_eq!(items(app, &format!("{path}/versions")).len(), 1);
    }
    let alsace = adopted(app, "insee_ctcd:6AE");
    let answer = app.get("/v1/authorities/insee_dep:68").expect(301);
    assert_eq!(app.get(answer.header("location").unwrap()).expect(200).json()["id"], alsace["id"]);
    assert_eq!(alsace["name"]["fr"], "Collectivité européenne d'Alsace");
    // A record that bears the old code wins.
    create(app, "authorities", &with(&commune("01287", "Sutrieu"), &json!({"status": "merged"})));
    assert_eq!(app.get("/v1/authorities/insee_com:01287").expect(200).json()["name"]["fr"], "Sutrieu");
    change_count(app);
});

on_both!(an_import_adopts_what_the_file_does_not_hold, empty, |app| {
    let file = [
        with(&partnership(&[RENNES, SENDAI]), &json!({"kind": "partnership"})),
        with(&partnership(&["insee_com:29019", SENDAI]), &json!({"kind": "partnership"})),
        with(&partnership(&["insee_com:29019", "dantai:041017"]), &json!({"kind": "partnership"})),
        with(&commune("35238", "Roazhon"), &json!({"kind": "authority"})),
    ];
    assert_eq!(import_records(app, "clair", &file), [3, 0, 0, 1]);
    let labels = ["Brest", "Bretagne", "Préfecture de Miyagi", "Roazhon", "Sendai"];
    assert_eq!(sorted_labels(app, "/v1/authorities"), labels);
    assert_eq!(app.get("/v1/authorities/insee_com:29019").expect(200).json()["origin"], "gazetteer");
    change_count(app);
});

on_both!(many_are_adopted_at_once, empty, |app| {
    let communes = kakehashi::gazetteer::lookup::entries()
        .filter(|entry| entry.code().starts_with("insee_com:") && !entry.is_merged());
    let codes: Vec<&str> = communes.map(|entry| entry.code()).step_by(70).collect();
    let file: Vec<Value> = codes
        .iter()
        .map(|code| with(&partnership(&[code, SENDAI]), &json!({"kind": "partnership"})))
        .collect();
    assert!(file.len() > 490);
    assert_eq!(import_records(app, "clair", &file), [file.len(), 0, 0, 0]);
    let (mut seen, mut some) = (std::collections::HashMap::<String, u32>::new(), Vec::new());
    for entry in kakehashi::gazetteer::lookup::entries().filter(|entry| !entry.is_merged()) {
        let count = seen.entry(format!("{:?}", entry.level())).or_default();
        *count += 1;
        if *count <= 4 {
            let request =
                json!({"authority": {"id": entry.code()}, "text": {"fr": "x"}, "kind": "partner_request"});
            let wanted = if entry.country() == Country::France { "JP" } else { "FR" };
            some.push(with(&request, &json!({"wanted_country": wanted})));
        }
    }
    assert_eq!(import_records(app, "clair", &some), [some.len(), 0, 0, 0]);
    assert_eq!(seen.len(), 16);
    change_count(app);
});

on_both!(the_coast_is_known_by_the_codes, seeded, |app| {
    let coastal = sorted_labels(app, "/v1/authorities?coastal=true");
    for name in ["Cannes", "Marseille", "Kobe", "Shizuoka", "Takamatsu"] {
        assert!(coastal.contains(&name.to_owned()), "{name}: {coastal:?}");
    }
    let inland = sorted_labels(app, "/v1/authorities?coastal=false");
    for name in ["Paris", "Lyon", "Nancy", "Tours", "Kyoto"] {
        assert!(inland.contains(&name.to_owned()), "{name}: {inland:?}");
    }
    create(
        app,
        "authorities",
        &json!({"identifiers": [{"scheme": "slug", "value": "x"}], "country": "FR", "level": "region", "name": {"fr": "x"}}),
    );
    assert_eq!(coastal.len() + inland.len(), items(app, "/v1/authorities").len() - 1);
});

/// Every record made from the gazetteer passes the rules of its kind that need no other record.
#[test]
fn every_authority_makes_a_record_that_passes_the_rules() {
    let today = jiff::civil::date(2026, 11, 22);
    for entry in lookup::entries().filter(|entry| !entry.is_merged()) {
        let known = authority_record(&Identifier::split(entry.code()).unwrap()).unwrap();
        assert!(!known.is_successor && known.identifiers == entry.identifiers(), "{}", entry.code());
        let draft = RecordInput::read(Kind::Authority, known.body, None);
        let draft = draft.unwrap_or_else(|faults: FaultList| panic!("{}: {faults:?}", entry.code()));
        let context = RuleContext {
            identifiers: &draft.identifiers,
            citation_count: draft.citations.len(),
            today,
            previous_content: None,
            is_after_merge: false,
        };
        let mut checks = Validation::default();
        draft.content.validate(&context, &mut checks);
        assert!(draft.faults.is_empty() && checks.errors.is_empty(), "{}: {:?}", entry.code(), checks.errors);
        // The rule that needs another record: a code starts with that of the authority above it.
        let above = entry.parent().and_then(|code| lookup::find(&Identifier::split(code)?));
        let above = above.map(|above| above.identifiers()).unwrap_or_default();
        for identifier in &draft.identifiers {
            let prefix = above.iter().find_map(|above| match above.scheme.as_str() {
                "dantai" => above.value.get(..2).filter(|_| identifier.scheme == "dantai"),
                "insee_dep" => Some(above.value.as_str()).filter(|_| identifier.scheme == "insee_com"),
                _ => None,
            });
            assert!(prefix.is_none_or(|prefix| identifier.value.starts_with(prefix)), "{identifier}");
        }
    }
}
