//! What declarations commit their authors to.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{assert_faults, create, id, items};
use serde_json::{Value, json};

fn commitments(app: &TestApp, query: &str) -> Vec<Value> {
    items(app, &format!("/v1/commitments?{query}"))
}

on_both!(commitments_are_about_what_their_words_name, seeded, |app| {
    let all = commitments(app, "");
    assert_eq!(all.len(), 4, "those of the declaration of Shizuoka");
    let [decarbonised] = commitments(app, "q=décarbonée").try_into().unwrap();
    assert_eq!(decarbonised["text"]["fr"], "la réalisation d'une société décarbonée");
    assert_eq!((&decarbonised["themes"], &decarbonised["basis"]), (&json!(["climate"]), &json!("text")));
    assert_eq!(decarbonised["declaration"]["en"], "Shizuoka Declaration");
    assert_eq!(decarbonised["adopted"]["edtf"], "2024-11-21");
    assert_eq!(decarbonised["rencontre"]["name"]["ja"], "第8回日仏自治体交流会議");
    assert_eq!(commitments(app, "q=脱炭素").len(), 1);
    let climate = commitments(app, "theme=climate");
    let bases: Vec<&str> = climate.iter().map(|one| one["basis"].as_str().unwrap()).collect();
    assert_eq!(bases, ["text", "edition"], "the last one names no theme: those of the edition stand for it");
    assert!(commitments(app, "theme=environment").iter().any(|one| one["basis"] == "text"));
    assert_eq!(commitments(app, "theme=automotive"), [] as [Value; 0]);
    assert_eq!(commitments(app, "edition=number:8").len(), 4);
    assert_eq!(commitments(app, "edition=number:7"), [] as [Value; 0]);
    assert_faults(
        app.get("/v1/commitments?theme=weather&q=!"),
        400,
        &[("theme", "invalid_parameter"), ("q", "invalid_parameter")],
    );
});

on_both!(what_was_signed_afterwards_on_the_theme_is_told, seeded, |app| {
    assert!(
        commitments(app, "").iter().all(|one| one["memoranda"] == json!([])),
        "the memorandum of Aichi is older"
    );
    let signed = |date: &str, theme: &str| {
        let body = json!({
            "category": "memorandum_of_understanding", "title": {"fr": date}, "status": "signed", "signed": {"edtf": date},
            "parties": [
                {"party": {"id": "insee_com:06029", "kind": "authority"}},
                {"party": {"id": "dantai:221007", "kind": "authority"}}
            ],
            "themes": [theme]
        });
        id(&create(app, "memoranda", &body))
    };
    let (later, perhaps) = (signed("2025-03-01", "climate"), signed("2024", "climate"));
    signed("2024-10", "climate");
    signed("2025-03-02", "sport");
    let climate = commitments(app, "theme=climate");
    let told: Vec<(&str, &str)> = climate[0]["memoranda"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["memorandum"]["id"].as_str().unwrap(), one["certainty"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(perhaps.as_str(), "possible"), (later.as_str(), "yes")]);
});

on_both!(commitments_are_paged, seeded, |app| {
    let whole = app.get("/v1/commitments?limit=500").expect(200).json();
    let all = whole["items"].as_array().unwrap();
    assert!(all.len() > 3, "{}", all.len());
    for item in all {
        let texts = item["memoranda"].as_array().unwrap().len();
        assert_eq!(item["memoranda_total"].as_u64(), u64::try_from(texts).ok());
    }
    let (mut next, mut found) = ("/v1/commitments?limit=3".to_owned(), Vec::new());
    loop {
        let page = app.get(&next).expect(200).json();
        let items = page["items"].as_array().unwrap();
        assert!((1..=3).contains(&items.len()));
        found.extend(items.clone());
        let Some(following) = page["page"]["next"].as_str() else { break };
        following.clone_into(&mut next);
    }
    assert_eq!(&found, all);
});
