//! Events: what takes place beside visits and editions, who is there and what it follows from.

use crate::on_both;
use crate::support::records::{assert_invalid, create, edition, id, sorted_labels, two_towns, with};
use serde_json::{Value, json};

fn event(title: &str, more: &Value) -> Value {
    with(&json!({"category": "meeting", "title": {"fr": title}, "dates": {"edtf": "2021-10-18"}}), more)
}

on_both!(an_event_has_a_category_a_title_and_dates, empty, |app| {
    two_towns(app);
    assert_invalid(
        app.post("/v1/events", &json!({"organisers": []})),
        &[("/category", "required"), ("/title", "required"), ("/dates", "required")],
    );
    // A partnership is no event's cause, and a person organises none.
    let wrong = json!({"follows": {"id": "slug:x", "kind": "partnership"}, "organisers": [{"id": "slug:x", "kind": "person"}]});
    assert_invalid(
        app.post("/v1/events", &event("a", &wrong)),
        &[("/follows/kind", "wrong_kind"), ("/organisers/0/kind", "wrong_kind")],
    );
    assert_invalid(
        app.post("/v1/events", &event("a", &json!({"follows": {"id": "slug:x"}}))),
        &[("/follows/id", "no_such_reference")],
    );
});

on_both!(events_are_found_by_who_when_and_what_they_follow, empty, |app| {
    let [cannes, _] = two_towns(app);
    let person = id(&create(app, "people", &json!({"name": {"fr": "x"}})));
    create(app, "rencontres", &edition(9, "planned", &cannes, "2026-23"));
    create(
        app,
        "events",
        &event(
            "a",
            &json!({
                "organisers": [{"id": cannes}], "participants": [{"id": person}, {"id": "dantai:221007", "kind": "authority"}],
                "topic": {"fr": "Le cinéma"}
            }),
        ),
    );
    create(
        app,
        "events",
        &event(
            "b",
            &json!({
                "category": "ceremony", "dates": {"edtf": "2026-12"}, "follows": {"id": "number:9", "kind": "rencontre"}
            }),
        ),
    );
    for (query, title) in [
        ("category=ceremony", "b"),
        ("organiser=insee_com:06029", "a"),
        ("participant=dantai:221007", "a"),
        (&format!("participant={person}"), "a"),
        ("follows=number:9", "b"),
        ("dates[overlaps]=2021", "a"),
        ("dates[after]=2025", "b"),
        ("q=cinema", "a"),
    ] {
        assert_eq!(sorted_labels(app, &format!("/v1/events?{query}")), [title], "{query}");
    }
    let last = app.get("/v1/events?sort=-dates&limit=1").expect(200).json();
    assert_eq!(last["items"][0]["follows"]["name"]["ja"], "第9回日仏自治体交流会議");
});

on_both!(follow_ups_and_visits_lead_to_events, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let memorandum = json!({
        "category": "letter_of_intent", "title": {"fr": "m"}, "status": "signed", "parties": [{"party": {"id": cannes}}, {"party": {"id": shizuoka}}]
    });
    let memorandum = create(app, "memoranda", &memorandum);
    let made = create(app, "events", &event("a", &json!({"follows": {"id": id(&memorandum)}})));
    assert_eq!(made["follows"]["kind"], "memorandum");
    let path = format!("/v1/memoranda/{}", id(&memorandum));
    let outcome = json!({"follow_ups": [{"status": "done", "outcome": {"id": id(&made)}}]});
    let held = app.patch(&path, Some("*"), &outcome).expect(200).json();
    assert_eq!(held["follow_ups"][0]["outcome"]["kind"], "event");
    assert_eq!(held["follow_ups"][0]["outcome"]["href"], format!("/v1/events/{}", id(&made)));
    let visit = json!({
        "category": "study_visit", "direction": "fr_to_jp", "title": {"fr": "v"}, "dates": {"edtf": "2020"},
        "outcomes": [{"result": {"id": id(&made)}}]
    });
    create(app, "visits", &visit);
    assert_eq!(sorted_labels(app, &format!("/v1/visits?result={}", id(&made))), ["v"]);
    // Each holds the other, so neither goes alone.
    assert_eq!(
        app.delete(&format!("/v1/events/{}", id(&made)), Some("*")).expect(409).json()["code"],
        "referenced"
    );
});

on_both!(the_group_met_on_the_games, seeded, |app| {
    let event = app.get("/v1/events/slug:country-group-meeting-games-2021").expect(200).json();
    assert_eq!((&event["category"], &event["dates"]["edtf"]), (&json!("meeting"), &json!("2021-10-18")));
    let organisers: Vec<&str> = event["organisers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|body| body["name"]["fr"].as_str().unwrap())
        .collect();
    assert_eq!(
        organisers,
        [
            "Cités Unies France",
            "Ministère de l'Europe et des Affaires étrangères",
            "Ambassade du Japon en France",
            "Centre japonais des collectivités locales"
        ]
    );
    assert_eq!(sorted_labels(app, "/v1/events?participant=slug:cuf-country-group-japan").len(), 1);
    assert_eq!(sorted_labels(app, "/v1/events").len(), 1);
});
