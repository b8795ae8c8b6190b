//! Visits: who travels, who receives, where and what for.

use crate::on_both;
use crate::support::records::{
    assert_invalid, create, id, partnership, sorted_labels, two_towns, warnings, with,
};
use serde_json::{Value, json};

fn visit(title: &str, more: &Value) -> Value {
    let body = json!({
        "category": "study_visit", "direction": "fr_to_jp", "title": {"fr": title}, "dates": {"edtf": "2024-11-17/2024-11-22"}
    });
    with(&body, more)
}

on_both!(a_delegate_is_a_person_or_represents_somebody, empty, |app| {
    two_towns(app);
    let nobody = json!({"delegation": [{"title": {"fr": "maire"}}], "hosts": [{}], "purposes": [{}]});
    assert_invalid(
        app.post("/v1/visits", &visit("a", &nobody)),
        &[("/delegation/0", "required"), ("/hosts/0", "required"), ("/purposes/0", "empty")],
    );
    assert_invalid(
        app.post("/v1/visits", &json!({"title": {"fr": "x"}})),
        &[("/category", "required"), ("/direction", "required"), ("/dates", "required")],
    );
});

on_both!(a_stop_outside_the_visit_is_mentioned, empty, |app| {
    let stop = |edtf: &str| {
        let made = create(
            app,
            "visits",
            &visit("a", &json!({"stops": [{"place": {"fr": "x"}, "dates": {"edtf": edtf}}]})),
        );
        warnings(&made).into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>()
    };
    assert_eq!(stop("2024-12-01"), ["/stops/0/dates"]);
    assert!(stop("2024-11-18").is_empty() && stop("2024").is_empty());
});

on_both!(visits_are_found_by_who_where_and_what_for, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let joined = id(&create(app, "partnerships", &partnership(&[&cannes, &shizuoka])));
    let person = id(&create(app, "people", &json!({"name": {"fr": "x"}})));
    create(
        app,
        "visits",
        &visit(
            "a",
            &json!({
                "delegation": [{"person": {"id": person}}], "stops": [{"authority": {"id": shizuoka}}], "partnerships": [{"id": joined}],
                "outcomes": [{"code": "groundwork_laid", "result": {"id": joined}}]
            }),
        ),
    );
    create(
        app,
        "visits",
        &visit(
            "b",
            &json!({
                "direction": "jp_to_fr", "dates": {"edtf": "2020-02"}, "hosts": [{"represents": {"id": cannes}}],
                "purposes": [{"code": "economic_exchange"}]
            }),
        ),
    );
    for (query, title) in [
        ("authority=dantai:221007", "a"),
        ("authority=insee_com:06029", "b"),
        ("host=insee_com:06029", "b"),
        (&format!("person={person}"), "a"),
        (&format!("partnership={joined}"), "a"),
        (&format!("result={joined}"), "a"),
        ("purpose=economic_exchange", "b"),
        ("outcome=groundwork_laid", "a"),
        ("direction=jp_to_fr", "b"),
        ("dates[overlaps]=2024-11-20", "a"),
        ("dates[before]=2021", "b"),
    ] {
        assert_eq!(sorted_labels(app, &format!("/v1/visits?{query}")), [title], "{query}");
    }
});
