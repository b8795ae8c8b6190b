//! Good practices: the sheet « Bonne pratique », field by field.

use crate::on_both;
use crate::support::records::{assert_invalid, create, id, sorted_labels, two_towns, with};
use serde_json::{Value, json};

fn sheet(authority: &str, title: &str, more: &Value) -> Value {
    let body = json!({
        "authority": {"id": authority}, "title": {"fr": title}, "key_points": [{"fr": "Un bassin de crue sert de parc."}]
    });
    with(&body, more)
}

on_both!(the_form_is_taken_field_by_field, empty, |app| {
    two_towns(app);
    let body = json!({
        "authority": {"id": "dantai:221007"},
        "title": {"fr": "Fiche « Bonne pratique » - Shizuoka"},
        "map_url": "https://www.openstreetmap.org/#map=12/34.9756/138.3828",
        "themes": ["inclusion", "disaster_risk_prevention"],
        "population": {"value": 680_000, "qualifier": "about"},
        "website": "https://www.city.shizuoka.lg.jp/en/",
        "contact": {"role": {"fr": "Service des relations internationales"}},
        "key_points": [{"fr": "Retenir les crues."}, {"fr": "Ouvrir le bassin à tous."}],
        "updated_on": {"edtf": "2024-11-18"}
    });
    let made = create(app, "good-practices", &body);
    assert_eq!(made["label"]["ja"], "Fiche « Bonne pratique » - Shizuoka");
    assert_eq!(made["authority"]["name"]["fr"], "Shizuoka");
    assert_eq!(made["themes"], json!(["disaster_risk_prevention", "inclusion"]));
    assert_eq!(made["updated_on"]["label"]["fr"], "18 novembre 2024");
    for member in ["population", "website", "map_url", "contact", "key_points", "title"] {
        assert_eq!(made[member], body[member], "{member}");
    }
});

on_both!(a_sheet_says_whose_it_is_and_something_of_it, empty, |app| {
    two_towns(app);
    assert_invalid(
        app.post("/v1/good-practices", &json!({"themes": ["culture"]})),
        &[("/authority", "required"), ("/title", "required")],
    );
    let more = json!({
        "key_points": [], "population": {"value": 1000}, "contact": {"role": {"fr": "japon@ville.example"}}
    });
    assert_invalid(
        app.post("/v1/good-practices", &sheet("dantai:221007", "a", &more)),
        &[
            ("/key_points", "empty"),
            ("/population/as_of", "date_needed"),
            ("/contact/role/fr", "private_contact"),
        ],
    );
    let call = json!({"key_points": [{"fr": "Appeler le +33 1 53 41 81 81"}]});
    assert_invalid(
        app.post("/v1/good-practices", &sheet("dantai:221007", "a", &call)),
        &[("/key_points/0/fr", "private_contact")],
    );
    // The sheet's own date dates its number.
    let dated = json!({"population": {"value": 1000}, "updated_on": {"edtf": "2024"}});
    create(app, "good-practices", &sheet("dantai:221007", "a", &dated));
    let dated = json!({"population": {"value": 1000, "as_of": {"edtf": "2020"}}});
    create(app, "good-practices", &sheet("dantai:221007", "a", &dated));
});

on_both!(sheets_are_found_by_theme_and_size_of_the_town, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let many = |value: i64| json!({"value": value, "as_of": {"edtf": "2020"}});
    for (town, title, more) in [
        (&cannes, "a", json!({"themes": ["disaster_risk_prevention"], "population": many(74_000)})),
        (&shizuoka, "b", json!({"themes": ["disaster_risk_prevention"], "population": many(400_000)})),
        (
            &shizuoka,
            "c",
            json!({"themes": ["automotive"], "population": many(500_000), "updated_on": {"edtf": "2021"}}),
        ),
        (&shizuoka, "d", json!({"updated_on": {"edtf": "2019-03"}})),
    ] {
        create(app, "good-practices", &sheet(town, title, &more));
    }
    for (query, titles) in [
        ("theme=disaster_risk_prevention&population[gte]=100000&population[lte]=500000", vec!["b"]),
        ("theme=economy", vec!["c"]),
        ("population[exists]=false", vec!["d"]),
        ("population[gte]=400000", vec!["b", "c"]),
        ("updated_on[before]=2020", vec!["d"]),
        ("authority=insee_com:06029", vec!["a"]),
        (&format!("authority={shizuoka}"), vec!["b", "c", "d"]),
        ("q=bassin", vec!["a", "b", "c", "d"]),
    ] {
        assert_eq!(sorted_labels(app, &format!("/v1/good-practices?{query}")), titles, "{query}");
    }
    let sorted = |key: &str| {
        let list = app.get(&format!("/v1/good-practices?sort={key}")).expect(200).json();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["title"]["fr"].as_str().unwrap().to_owned())
            .collect::<String>()
    };
    assert_eq!(
        [sorted("population"), sorted("-population"), sorted("updated_on"), sorted("-title.fr")],
        ["abcd", "cbad", "dcab", "dcba"]
    );
});

on_both!(no_source_holds_a_sheet_so_none_is_founded, seeded, |app| {
    assert_eq!(sorted_labels(app, "/v1/good-practices"), Vec::<String>::new());
    let shizuoka = app.get("/v1/authorities/dantai:221007").expect(200).json();
    create(app, "good-practices", &sheet(&id(&shizuoka), "a", &json!({})));
    assert_eq!(sorted_labels(app, "/v1/good-practices?authority=dantai:221007"), ["a"]);
});
