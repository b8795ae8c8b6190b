//! Editions: their number, order, status and what is derived from the editions beside them.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_invalid, create, edition, id, items, two_towns, warnings, with,
};
use serde_json::{Value, json};

on_both!(the_number_is_the_key_and_never_changes, empty, |app| {
    two_towns(app);
    let ninth = edition(9, "planned", CANNES, "2026-23");
    let made = app.put("/v1/rencontres/number:9", None, &ninth).expect(201).json();
    assert_eq!(made["identifiers"], json!([]));
    assert_eq!(app.put("/v1/rencontres/number:9", None, &ninth).expect(200).json()["version"], 1);
    assert_eq!(app.post("/v1/rencontres", &ninth).expect(409).json()["existing"]["id"], made["id"]);
    let path = format!("/v1/rencontres/{}", id(&made));
    assert_invalid(app.patch(&path, Some("*"), &json!({"number": 10})), &[("/number", "immutable")]);
    assert_invalid(app.put("/v1/rencontres/number:10", None, &ninth), &[("/number", "mismatch")]);
    assert_invalid(
        app.post("/v1/rencontres", &edition(0, "planned", CANNES, "2026")),
        &[("/number", "out_of_range")],
    );
    let as_identifier = json!({"identifiers": [{"scheme": "number", "value": "3"}]});
    assert_invalid(
        app.patch(&path, Some("*"), &as_identifier),
        &[("/identifiers/0/scheme", "unknown_scheme")],
    );
    assert_eq!(made["label"]["fr"], "9es Rencontres franco-japonaises de la coopération décentralisée");
});

on_both!(the_status_agrees_with_the_dates_and_the_declaration, empty, |app| {
    two_towns(app);
    let post = |body: &Value| app.post("/v1/rencontres", body);
    for dates in ["2024", "2024-23", "2026-11-20/2026-11-23", "2027-01"] {
        assert_invalid(post(&edition(8, "held", SHIZUOKA, dates)), &[("/dates", "held_needs_dates")]);
    }
    let declared =
        with(&edition(9, "planned", CANNES, "2026-23"), &json!({"declaration": {"title": {"fr": "x"}}}));
    assert_invalid(post(&declared), &[("/declaration", "no_declaration_yet")]);
    assert_invalid(post(&edition(9, "postponed", CANNES, "2026")), &[("/schedule", "replaced_date_needed")]);
    let moved = json!({"schedule": [{"dates": {"edtf": "2020"}, "status": "postponed"}]});
    post(&with(&edition(9, "postponed", CANNES, "2026"), &moved)).expect(201);
    post(&edition(8, "held", SHIZUOKA, "2024-11")).expect(201);
});

on_both!(editions_that_were_held_follow_their_numbers, empty, |app| {
    two_towns(app);
    create(app, "rencontres", &edition(5, "held", CANNES, "2016-10-05/2016-10-06"));
    let held = |number, dates: &str| app.post("/v1/rencontres", &edition(number, "held", SHIZUOKA, dates));
    assert_invalid(held(6, "2016-10-06/2016-10-08"), &[("/dates", "edition_order")]);
    assert_invalid(held(4, "2016-10"), &[("/dates", "edition_order")]);
    held(6, "2018-10-08/2018-10-11").expect(201);
    held(4, "2014-10").expect(201);
});

on_both!(an_unusual_host_or_rhythm_is_mentioned, empty, |app| {
    two_towns(app);
    create(app, "rencontres", &edition(5, "held", CANNES, "2016-10-05"));
    let next = |host: &str, dates: &str| {
        warnings(&app.put("/v1/rencontres/number:6", None, &edition(6, "planned", host, dates)).json())
    };
    let warning = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(next(CANNES, "2018-10"), [warning("/host", "hosts_do_not_alternate")]);
    assert_eq!(next(SHIZUOKA, "2022-10"), [warning("/dates", "unusual_rhythm")]);
    assert_eq!(next(SHIZUOKA, "2018-10"), []);
});

on_both!(figures_of_one_source_add_up_or_it_is_mentioned, empty, |app| {
    two_towns(app);
    let figure =
        |measure: &str, side: &str, value: i64| json!({"measure": measure, "side": side, "value": value});
    let ask = |figures: Vec<Value>| {
        let body = with(&edition(8, "planned", SHIZUOKA, "2026"), &json!({"figures": figures}));
        warnings(&app.put("/v1/rencontres/number:8", None, &body).json())
    };
    let sides = [figure("authorities", "fr", 19), figure("authorities", "jp", 35)];
    let with_total = |measure: &str, total| [sides.to_vec(), vec![figure(measure, "total", total)]].concat();
    assert_eq!(
        ask(with_total("authorities", 55)),
        [("/figures/2/value".to_owned(), "figures_do_not_add".to_owned())]
    );
    assert_eq!(ask(with_total("authorities", 54)), []);
    assert_eq!(ask(with_total("persons", 200)), []);
});

on_both!(the_editions_beside_are_derived, seeded, |app| {
    let eighth = app.get("/v1/rencontres/number:8").expect(200).json();
    for (name, number) in [("previous", 7), ("next", 9)] {
        let beside = app.get(&format!("/v1/rencontres/number:{number}")).json();
        assert_eq!((&eighth[name]["id"], &eighth[name]["kind"]), (&beside["id"], &json!("rencontre")));
        assert_eq!(eighth[name]["href"], format!("/v1/rencontres/{}", id(&beside)));
    }
    assert_eq!(eighth["country"], "JP");
    assert!(app.get("/v1/rencontres/number:1").json().get("previous").is_none());
    assert!(app.get("/v1/rencontres/number:9").json().get("next").is_none());
    let numbers = |query: &str| {
        items(app, &format!("/v1/rencontres?{query}"))
            .iter()
            .map(|one| one["number"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers("country=JP"), [2, 4, 6, 8]);
    assert_eq!(numbers("sort=-number&status=held&limit=2"), [8, 7]);
});

on_both!(a_confirmation_is_overdue_when_the_last_possible_day_is_past, empty, |app| {
    two_towns(app);
    let made = create(app, "rencontres", &edition(9, "planned", CANNES, "2026-23"));
    let path = format!("/v1/rencontres/{}", id(&made));
    let before = app.get(&path);
    for (time, overdue) in [("2026-11-30T23:59:59Z", false), ("2026-12-01T00:00:00Z", true)] {
        app.clock.set(time.parse().unwrap());
        let now = app.get(&path).json();
        assert_eq!(
            (&now["confirmation_overdue"], &now["status"], &now["version"]),
            (&json!(overdue), &json!("planned"), &json!(1))
        );
    }
    assert_ne!(app.get(&path).etag(), before.etag());
    let held = json!({"status": "held", "dates": {"edtf": "2026-11-24"}});
    assert_eq!(app.patch(&path, Some("\"1\""), &held).expect(200).json()["confirmation_overdue"], false);
});
