//! Vocabularies: every code, in three languages.

use crate::on_both;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The names that the contract lists.
const NAMES: &str = "authority_levels partnership_categories memorandum_categories partnership_statuses \
    memorandum_statuses rencontre_statuses follow_up_statuses since_bases themes session_categories visit_categories \
    visit_purposes visit_outcomes roles organisation_categories qualifiers sides measures parts_of_day ranks certainties \
    reasons organiser_roles event_categories publication_categories framework_categories follow_up_categories";

on_both!(every_vocabulary_is_listed_and_read_alone, empty, |app| {
    let list = app.get("/v1/vocabularies").expect(200).json();
    let items = list["items"].as_array().unwrap();
    let names: BTreeSet<&str> = items.iter().map(|one| one["name"].as_str().unwrap()).collect();
    for name in NAMES.split_whitespace() {
        assert!(names.contains(name), "{name}");
    }
    for one in items {
        let name = one["name"].as_str().unwrap();
        assert_eq!(app.get(&format!("/v1/vocabularies/{name}")).expect(200).json(), *one);
        let mut codes = BTreeSet::new();
        for term in one["terms"].as_array().unwrap() {
            assert!(codes.insert(term["code"].as_str().unwrap()), "{name} has a code twice: {term}");
            for tag in ["fr", "ja", "en"] {
                assert!(!term["label"][tag].as_str().unwrap().is_empty(), "{name}: {term}");
            }
        }
        for broader in one["terms"].as_array().unwrap().iter().filter_map(|term| term["broader"].as_str()) {
            assert!(codes.contains(broader), "{name}: {broader}");
        }
    }
});

on_both!(a_theme_tells_its_broader_one_and_its_goals, empty, |app| {
    let answer = app.get("/v1/vocabularies/themes").expect(200);
    let themes = answer.json();
    let terms = themes["terms"].as_array().unwrap();
    let theme = |code: &str| terms.iter().find(|term| term["code"] == code).unwrap();
    assert_eq!(
        (&theme("automotive")["broader"], &theme("climate")["sdg"]),
        (&json!("industry"), &json!(["13"]))
    );
    assert_eq!(theme("gastronomy")["label"]["ja"], "食文化");
    assert_eq!(theme("economy").get("broader"), None::<&Value>);
    let again = app.request("GET", "/v1/vocabularies/themes").header("if-none-match", answer.etag()).send();
    again.expect(304);
    app.get("/v1/vocabularies/Themes").expect(404);
});
