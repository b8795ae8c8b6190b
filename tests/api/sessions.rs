//! Sessions: the programme of an edition, in its order.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, assert_invalid, create, edition, id, items, two_towns, warnings, with,
};
use serde_json::{Value, json};

fn session(position: i64, more: &Value) -> Value {
    let body = json!({
        "rencontre": {"id": "number:8"}, "position": position, "category": "workshop", "title": {"fr": position.to_string()}
    });
    with(&body, more)
}

fn positions(sessions: &[Value]) -> Vec<i64> {
    sessions.iter().map(|one| one["position"].as_i64().unwrap()).collect()
}

on_both!(the_programme_of_an_edition_is_listed_below_it, empty, |app| {
    two_towns(app);
    let eighth = id(&create(app, "rencontres", &edition(8, "held", SHIZUOKA, "2024-11-18/2024-11-21")));
    create(app, "rencontres", &edition(9, "planned", CANNES, "2026-23"));
    for position in [3, 1, 2] {
        create(
            app,
            "sessions",
            &session(position, &json!({"audience": if position == 1 { "french" } else { "all" }})),
        );
    }
    create(app, "sessions", &session(7, &json!({"rencontre": {"id": "number:9"}})));
    for name in ["number:8", eighth.as_str()] {
        assert_eq!(positions(&items(app, &format!("/v1/rencontres/{name}/sessions"))), [1, 2, 3]);
    }
    let below = "/v1/rencontres/number:8/sessions";
    assert_eq!(positions(&items(app, &format!("{below}?audience=all&sort=-position"))), [3, 2]);
    assert_eq!(positions(&items(app, "/v1/sessions")), [1, 2, 3, 7]);
    let page = app.get(&format!("{below}?limit=2&count=exact")).expect(200).json();
    assert_eq!(page["page"]["total"], 3);
    assert_eq!(positions(&items(app, page["page"]["next"].as_str().unwrap())), [3]);
    assert_faults(app.get(&format!("{below}?day=1")), 400, &[("day", "unknown_parameter")]);
    app.get("/v1/rencontres/number:5/sessions").expect(404);
    let tenth = id(&create(app, "rencontres", &edition(10, "announced", SHIZUOKA, "2028")));
    app.delete("/v1/rencontres/number:10", Some("*")).expect(204);
    app.get(&format!("/v1/rencontres/{tenth}/sessions")).expect(410);
});

on_both!(a_date_outside_the_edition_is_mentioned, empty, |app| {
    two_towns(app);
    let more = json!({"related_dates": [{"edtf": "2024-11-25"}]});
    create(app, "rencontres", &with(&edition(8, "held", SHIZUOKA, "2024-11-18/2024-11-21"), &more));
    let on = |edtf: &str| warnings(&create(app, "sessions", &session(1, &json!({"date": {"edtf": edtf}}))));
    assert_eq!(on("2024-06-19"), [("/date".to_owned(), "outside_edition".to_owned())]);
    for inside in ["2024-11-19", "2024-11-25", "2024-11", "XXXX-06-19"] {
        assert_eq!(on(inside), [], "{inside}");
    }
});

on_both!(a_session_belongs_to_an_edition, empty, |app| {
    assert_invalid(
        app.post("/v1/sessions", &session(1, &json!({}))),
        &[("/rencontre/id", "no_such_reference")],
    );
    assert_invalid(
        app.post("/v1/sessions", &json!({"title": {"fr": "x"}, "position": -1})),
        &[("/rencontre", "required"), ("/position", "out_of_range"), ("/category", "required")],
    );
});
