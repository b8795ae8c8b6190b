//! Frameworks: what the two States agreed, objective by objective.

use crate::on_both;
use crate::support::records::{assert_invalid, create, id, items, sorted_labels, with};
use serde_json::{Value, json};

fn framework(title: &str, more: &Value) -> Value {
    with(&json!({"category": "roadmap", "title": {"fr": title}}), more)
}

on_both!(an_objective_bears_its_number_once_and_says_something, empty, |app| {
    let twice =
        json!({"objectives": [{"number": 17}, {"number": 18}, {"number": 17}, {}, {"measures": [{}]}]});
    assert_invalid(
        app.post("/v1/frameworks", &framework("a", &twice)),
        &[
            ("/objectives/2/number", "repeated"),
            ("/objectives/3", "empty"),
            ("/objectives/4/measures/0", "empty"),
        ],
    );
    let unnumbered = json!({"objectives": [{"themes": ["culture"]}, {"themes": ["culture"]}, {"number": 0}]});
    create(app, "frameworks", &framework("a", &unnumbered));
});

on_both!(states_bear_codes_of_iso_3166, empty, |app| {
    for wrong in ["UK", "fr", "EU", "FRA", ""] {
        let answer = app.post("/v1/frameworks", &framework("a", &json!({"states": ["FR", wrong]})));
        assert_invalid(answer, &[("/states/1", "bad_format")]);
    }
    assert_invalid(
        app.post("/v1/frameworks", &framework("a", &json!({"states": [3]}))),
        &[("/states/0", "wrong_type")],
    );
    let made = create(app, "frameworks", &framework("a", &json!({"states": ["JP", "DE", "FR", "JP"]})));
    assert_eq!(made["states"], json!(["DE", "FR", "JP"]));
    assert_eq!(sorted_labels(app, "/v1/frameworks?state=DE"), ["a"]);
    assert_eq!(sorted_labels(app, "/v1/frameworks?state=IT"), Vec::<String>::new());
    app.get("/v1/frameworks?state=UK").expect(400);
});

on_both!(a_period_is_not_over_before_the_adoption, empty, |app| {
    let dates = |adopted: &str, period: &str| {
        framework("a", &json!({"adopted": {"edtf": adopted}, "period": {"edtf": period}}))
    };
    assert_invalid(
        app.post("/v1/frameworks", &dates("2019-01", "2013/2018")),
        &[("/period", "end_before_start")],
    );
    for (adopted, period) in [("2018", "2013/2018"), ("2013-06-07", "2013/2018"), ("2013", "2014/..")] {
        create(app, "frameworks", &dates(adopted, period));
    }
});

on_both!(frameworks_are_found_by_what_they_say_and_name, empty, |app| {
    let body = create(app, "organisations", &json!({"category": "support_body", "name": {"fr": "CLAIR"}}));
    create(
        app,
        "frameworks",
        &framework(
            "a",
            &json!({
                "adopted": {"edtf": "2013-06-07"}, "objectives": [{"measures": [{"bodies": [{"id": id(&body)}]}], "themes": ["automotive"]}]
            }),
        ),
    );
    create(
        app,
        "frameworks",
        &framework("b", &json!({"category": "agreement", "period": {"edtf": "2023/2027"}})),
    );
    for (query, title) in [
        ("category=agreement", "b"),
        ("theme=economy", "a"),
        (&format!("body={}", id(&body)), "a"),
        ("adopted[within]=2013", "a"),
        ("adopted[exists]=false", "b"),
        ("period[overlaps]=2025-06", "b"),
    ] {
        assert_eq!(sorted_labels(app, &format!("/v1/frameworks?{query}")), [title], "{query}");
    }
});

on_both!(the_communique_and_the_road_map_stand_in_the_sources, seeded, |app| {
    let all = items(app, "/v1/frameworks?sort=adopted");
    let told: Vec<Value> = all
        .iter()
        .map(|item| {
            json!([item["category"], item["adopted"]["edtf"], item["period"]["edtf"], item["states"]])
        })
        .collect();
    let states = json!(["FR", "JP"]);
    assert_eq!(
        told,
        [
            json!(["joint_communique", "2013-06-07", null, states]),
            json!(["roadmap", null, "2013/2018", states])
        ]
    );
    let objectives = all[1]["objectives"].as_array().unwrap();
    assert_eq!(objectives.len(), 1, "the document quotes one objective");
    let seventeenth = &objectives[0];
    assert_eq!(seventeenth["number"], 17);
    assert_eq!(seventeenth["title"]["fr"], "Approfondir la coopération décentralisée");
    let themes: Vec<&str> =
        seventeenth["themes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(
        themes,
        [
            "spatial_planning",
            "urban_planning",
            "environment",
            "renewable_energy",
            "transport",
            "culture",
            "academic_exchange",
            "scientific_studies",
            "scientific_economic_exchange",
            "disaster_risk_prevention",
            "reconstruction",
            "sustainable_development",
            "economy",
            "tourism"
        ]
    );
    let measures = seventeenth["measures"].as_array().unwrap();
    let bodies: Vec<Vec<&str>> = measures
        .iter()
        .map(|measure| {
            measure["bodies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|body| body["name"]["en"].as_str().unwrap())
                .collect()
        })
        .collect();
    let clair = "Council of Local Authorities for International Relations";
    assert_eq!(bodies, [vec![], vec![clair, "Cités Unies France"], vec![]]);
    let fourth = app.get("/v1/rencontres/number:4").expect(200).json();
    assert_eq!(measures[1]["edition"]["id"], fourth["id"]);
    assert_eq!(sorted_labels(app, "/v1/frameworks?edition=number:4").len(), 2);
    for (index, word) in [(0, "entreprises"), (1, "comité de pilotage"), (2, "Tohoku")] {
        assert!(measures[index]["text"]["fr"].as_str().unwrap().contains(word), "{word}");
    }
    // Each theme is cited by its own clause.
    let cited: Vec<&str> = all[1]["citations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|citation| citation["pointer"] == "/objectives/themes")
        .filter_map(|citation| citation["value"].as_str())
        .collect();
    assert_eq!(cited.len(), 14);
    assert!(themes.iter().all(|theme| cited.contains(theme)));
});
