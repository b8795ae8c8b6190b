//! What has been done under the objectives of a framework.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{assert_faults, create, edition, id, partnership, two_towns, with};
use serde_json::{Value, json};

const ROADMAP: &str = "/v1/frameworks/slug:roadmap-2013-2018/coverage";

fn objective(app: &TestApp, path: &str) -> Value {
    let mut body = app.get(path).expect(200).json();
    body["objectives"][0].take()
}

/// The number of activities of each kind, where there are any.
fn counts(part: &Value) -> Value {
    let kinds = part["activities"].as_array().unwrap().iter();
    let some = kinds.filter(|of| of["count"] != 0);
    some.map(|of| (of["kind"].as_str().unwrap().to_owned(), of["count"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn theme<'a>(objective: &'a Value, code: &str) -> &'a Value {
    objective["themes"].as_array().unwrap().iter().find(|theme| theme["theme"] == code).unwrap()
}

/// A framework on some themes.
fn framework(app: &TestApp, slug: &str, period: &str, objectives: &Value) -> String {
    let mut body = json!({
        "identifiers": [{"scheme": "slug", "value": slug}], "category": "roadmap", "title": {"fr": slug}, "objectives": objectives
    });
    if !period.is_empty() {
        body["period"] = json!({"edtf": period});
    }
    create(app, "frameworks", &body);
    format!("/v1/frameworks/slug:{slug}/coverage")
}

on_both!(every_kind_of_activity_counts_under_its_themes, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let themes = |body: Value, theme: &str| with(&body, &json!({"themes": [theme]}));
    let joined = create(
        app,
        "partnerships",
        &themes(with(&partnership(&[&cannes, &shizuoka]), &json!({"since": {"edtf": "1991"}})), "culture"),
    );
    let signed = json!({"category": "renewal", "title": {"fr": "m"}, "status": "signed", "signed": {"edtf": "2014"}, "parties": [{"party": {"id": cannes}}]});
    let signed = id(&create(app, "memoranda", &themes(signed, "transport")));
    let visit = |dates: &str| json!({"category": "study_visit", "direction": "fr_to_jp", "title": {"fr": "v"}, "dates": {"edtf": dates}});
    create(app, "visits", &themes(visit("2012-12-31"), "heritage"));
    create(app, "visits", &themes(visit("2018-23/2019"), "culture"));
    let held =
        create(app, "rencontres", &themes(edition(4, "held", &shizuoka, "2014-10-28/2014-10-30"), "culture"));
    create(
        app,
        "sessions",
        &themes(
            json!({"rencontre": {"id": id(&held)}, "position": 1, "category": "workshop", "title": {"fr": "s"}}),
            "culture",
        ),
    );
    let sheet = json!({"authority": {"id": cannes}, "title": {"fr": "g"}, "key_points": [{"fr": "x"}], "updated_on": {"edtf": "2016"}});
    create(app, "good-practices", &themes(sheet, "culture"));
    let event = json!({"category": "meeting", "title": {"fr": "e"}, "dates": {"edtf": "2015-05"}, "follows": {"id": signed}});
    create(app, "events", &event);
    // A call for a partner is no activity, and themes that no objective names do not count.
    create(
        app,
        "partner-requests",
        &themes(json!({"authority": {"id": cannes}, "wanted_country": "JP", "text": {"fr": "x"}}), "culture"),
    );
    create(app, "visits", &themes(visit("2015"), "peace"));

    let objectives = json!([{"number": 1, "title": {"fr": "o"}, "themes": ["culture", "transport", "youth"]}, {"number": 2}]);
    let path = framework(app, "plan", "2013/2018", &objectives);
    let body = app.get(&path).expect(200).json();
    assert_eq!(body["framework"]["name"], json!({"fr": "plan"}));
    assert_eq!((&body["period"]["edtf"], &body["within_period"]), (&json!("2013/2018"), &json!(false)));
    let first = &body["objectives"][0];
    assert_eq!(
        (&first["number"], &first["title"]["fr"], &first["count"]),
        (&json!(1), &json!("o"), &json!(8))
    );
    assert_eq!(first["themes_without"], json!(["youth"]));
    let under = json!({"partnership": 1, "visit": 2, "rencontre": 1, "session": 1, "good_practice": 1});
    assert_eq!(counts(theme(first, "culture")), under, "a narrower theme is under its broader one");
    assert_eq!(
        counts(theme(first, "transport")),
        json!({"memorandum": 1, "event": 1}),
        "an event bears what it follows"
    );
    let named = &theme(first, "culture")["activities"][0]["records"][0];
    assert_eq!((&named["id"], &named["name"]["fr"]), (&joined["id"], &json!("Cannes – Shizuoka")));
    assert_eq!(named["href"], format!("/v1/partnerships/{}", id(&joined)));
    let second = &body["objectives"][1];
    assert_eq!(
        (&second["count"], &second["themes"], &second["themes_without"]),
        (&json!(0), &json!([]), &json!([]))
    );

    // The relation lasts, the first visit was too early, the second may be in time, the session has no date.
    let within = objective(app, &format!("{path}?within_period=true"));
    let under = json!({"partnership": 1, "visit": 1, "rencontre": 1, "good_practice": 1});
    assert_eq!(counts(theme(&within, "culture")), under);
    assert_eq!(within["count"], 6);
    let ended = json!({"status": "ended", "until": {"edtf": "2012"}});
    app.patch(&format!("/v1/partnerships/{}", id(&joined)), Some("*"), &ended).expect(200);
    assert_eq!(objective(app, &format!("{path}?within_period=true"))["count"], 5);
    app.delete(&format!("/v1/partnerships/{}", id(&joined)), Some("*")).expect(204);
    assert_eq!(objective(app, &path)["count"], 7, "what was deleted is not there");
});

on_both!(an_activity_of_two_themes_counts_once_under_an_objective, empty, |app| {
    for title in ["a", "b", "c"] {
        create(
            app,
            "visits",
            &json!({
                "category": "study_visit", "direction": "fr_to_jp", "title": {"fr": title}, "dates": {"edtf": "2015"},
                "themes": ["trade", "tourism", "culture"]
            }),
        );
    }
    let objectives = json!([{"themes": ["economy", "culture"]}]);
    let path = framework(app, "plan", "", &objectives);
    let told = objective(app, &path);
    assert_eq!(
        (&told["count"], &theme(&told, "economy")["count"], &told["themes_without"]),
        (&json!(3), &json!(3), &json!([]))
    );
    assert!(told.get("number").is_none());
    let shown = |limit: u8| {
        let told = objective(app, &format!("{path}?limit={limit}"));
        let visits =
            told["activities"].as_array().unwrap().iter().find(|of| of["kind"] == "visit").unwrap().clone();
        assert_eq!(visits["count"], 3);
        visits["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|named| named["name"]["fr"].as_str().unwrap().to_owned())
            .collect::<String>()
    };
    assert_eq!([shown(0), shown(2), shown(50)], ["", "ab", "abc"]);
    // Nothing is within a period that nobody knows.
    assert_eq!(objective(app, &format!("{path}?within_period=true"))["count"], 0);
    assert!(app.get(&path).json().get("period").is_none());
});

on_both!(coverage_is_asked_of_a_framework_that_is_there, empty, |app| {
    let path = framework(app, "plan", "2013/2018", &json!([]));
    let answer = app.get(&path).expect(200);
    assert_eq!(answer.json()["objectives"], json!([]));
    assert_eq!(app.request("GET", &path).header("if-none-match", answer.etag()).send().status, 304);
    assert_faults(
        app.get(&format!("{path}?within_period=perhaps&limit=51&limt=3")),
        400,
        &[
            ("limit", "invalid_parameter"),
            ("limt", "unknown_parameter"),
            ("within_period", "invalid_parameter"),
        ],
    );
    app.get("/v1/frameworks/slug:nothing/coverage").expect(404);
    app.get("/v1/frameworks/nothing/coverage").expect(404);
    app.delete("/v1/frameworks/slug:plan", Some("*")).expect(204);
    app.get(&path).expect(410);
});

on_both!(objective_17_has_activities_under_some_of_its_themes, seeded, |app| {
    let all = objective(app, ROADMAP);
    assert_eq!(all["themes"].as_array().unwrap().len(), 14);
    let without: Vec<&str> =
        all["themes_without"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for told in all["themes"].as_array().unwrap() {
        let code = told["theme"].as_str().unwrap();
        assert_eq!(told["count"] == 0, without.contains(&code), "{code}");
        // What the lists say.
        for of in told["activities"].as_array().unwrap().iter().filter(|of| of["kind"] != "event") {
            let kind = kakehashi::domain::kind::Kind::from_name(of["kind"].as_str().unwrap()).unwrap();
            let list = app.get(&format!("/v1/{}?theme={code}&count=exact", kind.path())).expect(200).json();
            assert_eq!(of["count"], list["page"]["total"], "{code} {kind:?}");
        }
    }
    assert!(without.contains(&"reconstruction"), "{without:?}");
    assert!(
        counts(theme(&all, "economy"))["memorandum"] == 1,
        "the memorandum with Aichi is on trade and industry"
    );
    let within = objective(app, &format!("{ROADMAP}?within_period=true"));
    assert!(within["count"].as_u64() < all["count"].as_u64());
    assert!(counts(theme(&within, "economy")).get("memorandum").is_none(), "it was signed in 2022");
});
