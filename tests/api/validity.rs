//! What held on a day: partnerships, mandates, presidencies and memberships, by dates that are partial.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, city, commune, create, id, items, partnership, sorted_labels, two_towns,
    with,
};
use serde_json::{Value, json};

const GROUP: &str = "/v1/organisations/slug:cuf-country-group-japan";

/// The labels of a list with what it says of each.
fn held(app: &crate::support::TestApp, path: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut held: Vec<_> =
        items(app, path).iter().map(|item| (text(&item["label"]["fr"]), text(&item["holds"]))).collect();
    held.sort();
    held
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(label, holds)| ((*label).to_owned(), (*holds).to_owned())).collect()
}

on_both!(both_presidencies_are_possible_in_2015, seeded, |app| {
    let group = app.get(&format!("{GROUP}?valid_on=2015-06-01&fields=presidencies")).expect(200).json();
    let chairs = group["presidencies"].as_array().unwrap();
    let told = chairs.iter().map(|chair| (&chair["authority"]["name"]["fr"], &chair["holds"]));
    let expected = [(&json!("Nancy"), &json!("possible")), (&json!("Aix-en-Provence"), &json!("possible"))];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let before = app.get(&format!("{GROUP}?valid_on=2011-11-01")).expect(200).json();
    assert_eq!(before["presidencies"][0]["holds"], "no");
    assert_eq!(before["presidencies"][1]["holds"], "possible");
});

on_both!(a_mandate_held_when_a_source_says_so, seeded, |app| {
    let on = |day: &str| {
        let path = format!("/v1/people/slug:anne-hidalgo?valid_on={day}");
        app.get(&path).expect(200).json()["mandates"][0]["holds"].clone()
    };
    assert_eq!(on("2016-02-29"), "possible");
    let mayor = json!({
        "identifiers": [{"scheme": "slug", "value": "mayor"}], "name": {"fr": "M"},
        "mandates": [
            {"role": "mayor", "since": {"edtf": "2001"}, "until": {"edtf": "2014-03"}},
            {"role": "mayor", "as_of": {"edtf": "2022-05-19"}},
            {"role": "mayor", "since": {"edtf": "2015"}, "as_of": {"edtf": "2022"}}
        ]
    });
    create(app, "people", &mayor);
    let holds = |day: &str| {
        let person = app.get(&format!("/v1/people/slug:mayor?valid_on={day}")).expect(200).json();
        let mandates = person["mandates"].as_array().unwrap();
        mandates.iter().map(|held| held["holds"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(holds("2010-01-01"), ["yes", "possible", "no"]);
    assert_eq!(holds("2014-03-15"), ["possible", "possible", "no"]);
    assert_eq!(holds("2018-01-01"), ["no", "possible", "yes"]);
    assert_eq!(holds("2022-05-19"), ["no", "yes", "possible"]);
});

on_both!(a_partnership_held_between_its_dates, seeded, |app| {
    let expected = [
        ("Auvergne-Rhône-Alpes – Préfecture d'Aichi", "no"),
        ("Cannes – Shizuoka", "possible"),
        ("Marseille – Kobe", "possible"),
        ("Paris – Kyoto", "yes"),
        ("Paris – Tokyo", "yes"),
    ];
    for (label, holds) in expected {
        let slug = match label {
            "Auvergne-Rhône-Alpes – Préfecture d'Aichi" => "auvergne-rhone-alpes-aichi",
            "Cannes – Shizuoka" => "cannes-shizuoka",
            "Marseille – Kobe" => "marseille-kobe",
            "Paris – Kyoto" => "paris-kyoto",
            _ => "paris-tokyo",
        };
        let one = app.get(&format!("/v1/partnerships/slug:{slug}?valid_on=2015-06-01")).expect(200).json();
        assert_eq!((&one["label"]["fr"], &one["holds"]), (&json!(label), &json!(holds)));
    }
    // What certainly did not hold is left out of the list.
    assert_eq!(held(app, "/v1/partnerships?valid_on=2015-06-01"), pairs(&expected[1..]));
    assert_eq!(sorted_labels(app, "/v1/partnerships?valid_on=1957-12-31"), ["Cannes – Shizuoka"]);
    let kyoto = app.get("/v1/partnerships/slug:paris-kyoto?valid_on=1958-06-01").expect(200).json();
    assert_eq!(kyoto["holds"], "possible");
});

on_both!(the_list_leaves_out_just_what_each_record_denies, empty, |app| {
    two_towns(app);
    let mut number = 0;
    for status in
        ["active", "ended", "superseded", "project", "exploratory", "suspended", "dormant", "unknown"]
    {
        for (since, until) in
            [("", ""), ("1990", ""), ("", "2010"), ("1990/..", "2010"), ("2020", "2024/.."), ("2030", "2040")]
        {
            number += 1;
            let mut more = json!({"status": status, "status_reason": {"fr": "x"}, "name": {"fr": format!("{status} {since} {until}")}, "last_activity": {"edtf": "2000"}});
            for (name, edtf) in [("since", since), ("until", until)] {
                if !edtf.is_empty() {
                    more[name] = json!({"edtf": edtf});
                }
            }
            let code = format!("{:05}", 13000 + number);
            create(app, "authorities", &commune(&code, &code));
            create(
                app,
                "partnerships",
                &with(&partnership(&[&format!("insee_com:{code}"), SHIZUOKA]), &more),
            );
        }
    }
    let all: Vec<Value> = items(app, "/v1/partnerships?limit=500");
    // The day before, the day itself and the day after the tests happen, and others.
    for day in [
        "1989-12-31",
        "1990-06-01",
        "2000-06-01",
        "2010-12-31",
        "2011-01-01",
        "2026-11-21",
        "2026-11-22",
        "2026-11-23",
        "2035-01-01",
    ] {
        let listed = items(app, &format!("/v1/partnerships?limit=500&valid_on={day}"));
        let mut expected = Vec::new();
        for record in &all {
            let one = app.get(&format!("/v1/partnerships/{}?valid_on={day}", id(record))).expect(200).json();
            if one["holds"] != "no" {
                expected.push(one);
            }
        }
        assert_eq!(listed, expected, "{day}");
    }
    let on = |name: &str, day: &str| {
        let listed = items(app, &format!("/v1/partnerships?limit=500&valid_on={day}"));
        listed
            .iter()
            .find(|item| item["label"]["fr"] == name)
            .map_or(json!("no"), |item| item["holds"].clone())
    };
    assert_eq!(on("active", "2026-11-22"), "yes");
    assert_eq!(on("active", "2026-11-23"), "possible");
    assert_eq!(on("ended", "2026-11-21"), "possible");
    assert_eq!(on("ended", "2026-11-22"), "no");
    assert_eq!(on("project", "2026-11-22"), "no");
    assert_eq!(on("project", "2026-11-23"), "possible");
    assert_eq!(on("dormant 1990", "1995-01-01"), "yes");
});

on_both!(lists_leave_out_whose_dated_parts_all_lie_elsewhere, empty, |app| {
    for (name, since, until) in
        [("past", "1990", "2000"), ("now", "2020", ""), ("open", "", ""), ("next", "2030", "")]
    {
        let mut mandate = json!({"role": "mayor"});
        for (member, edtf) in [("since", since), ("until", until)] {
            if !edtf.is_empty() {
                mandate[member] = json!({"edtf": edtf});
            }
        }
        create(
            app,
            "people",
            &json!({"identifiers": [{"scheme": "slug", "value": name}], "name": {"fr": name}, "mandates": [mandate]}),
        );
    }
    create(app, "people", &json!({"name": {"fr": "none"}}));
    let on = |day: &str| sorted_labels(app, &format!("/v1/people?valid_on={day}"));
    assert_eq!(on("1995-01-01"), ["open", "past"]);
    assert_eq!(on("2025-01-01"), ["now", "open"]);
    assert_eq!(on("2035-01-01"), ["next", "now", "open"]);
    // A page is as full as it can be, and goes on.
    let page = app.get("/v1/people?valid_on=2035-01-01&limit=2&count=exact").expect(200).json();
    assert_eq!((page["items"].as_array().unwrap().len(), &page["page"]["total"]), (2, &json!(3)));
    let rest = app.get(page["page"]["next"].as_str().unwrap()).expect(200).json();
    assert_eq!(rest["items"][0]["mandates"][0]["holds"], "possible");
    // Written again, merged or deleted, it is asked anew.
    app.patch(
        "/v1/people/slug:past",
        Some("*"),
        &json!({"mandates": [{"role": "mayor", "since": {"edtf": "2021"}}]}),
    )
    .expect(200);
    assert_eq!(on("1995-01-01"), ["open"]);
    app.delete("/v1/people/slug:open", Some("*")).expect(204);
    assert_eq!(on("1995-01-01"), Vec::<String>::new());
});

on_both!(members_and_presidencies_count_alike, empty, |app| {
    two_towns(app);
    create(
        app,
        "organisations",
        &json!({
            "identifiers": [{"scheme": "slug", "value": "network"}],
            "category": "city_network", "name": {"fr": "network"},
            "members": [{"member": {"id": CANNES, "kind": "authority"}, "since": {"edtf": "2010"}, "until": {"edtf": "2012"}}],
            "presidencies": [{"authority": {"id": CANNES}, "since": {"edtf": "2000-01-01"}, "until": {"edtf": "2001-12-31"}}]
        }),
    );
    let on = |day: &str| sorted_labels(app, &format!("/v1/organisations?valid_on={day}"));
    assert_eq!(on("2001-01-01"), ["network"]);
    assert_eq!(on("2011-06-01"), ["network"]);
    assert!(on("2005-01-01").is_empty());
    let one = app.get("/v1/organisations/slug:network?valid_on=2001-12-31").expect(200).json();
    assert_eq!(
        (&one["presidencies"][0]["holds"], &one["members"][0]["holds"]),
        (&json!("yes"), &json!("no"))
    );
});

on_both!(what_is_told_of_a_day_can_be_sent_back, seeded, |app| {
    for path in [GROUP, "/v1/people/slug:karima-zerkani-raynal", "/v1/partnerships/slug:paris-kyoto"] {
        let plain = app.get(path).expect(200);
        assert!(!plain.text.contains("\"holds\""), "{path}");
        let told = app.get(&format!("{path}?valid_on=2015-06-01&include=visits")).expect(200);
        assert!(told.text.contains("\"holds\"") && told.etag() != plain.etag());
        let same = app.request("GET", &format!("{path}?valid_on=2015-06-01&include=visits"));
        assert_eq!(same.header("if-none-match", told.etag()).send().status, 304);
        let path = format!("{}/{}", path.rsplit_once('/').unwrap().0, id(&told.json()));
        let key = app.new_key("kakehashi", &["write"], &[]);
        let back = app.request("PUT", &path).key(&key).if_match(Some(told.etag())).json(&told.json()).send();
        let back = back.expect(200).json();
        assert_eq!((&back["version"], back.get("included")), (&plain.json()["version"], None));
    }
    // Elsewhere it is no member.
    let stray = with(&city("231002", "x"), &json!({"identifiers": [], "holds": "yes"}));
    assert_eq!(app.post("/v1/authorities", &stray).expect(422).faults()[0].0, "/holds");
    let alias = json!({"name": {"fr": "x"}, "aliases": [{"text": {"fr": "y"}, "holds": "yes"}]});
    assert_eq!(app.post("/v1/people", &alias).expect(422).faults()[0].0, "/aliases/0/holds");
});

on_both!(a_day_is_a_day, seeded, |app| {
    for wrong in ["2015", "2015-06", "2015-02-29", "2015-06-01T00:00", "today"] {
        for path in ["/v1/partnerships", "/v1/people", GROUP] {
            assert_faults(
                app.get(&format!("{path}?valid_on={wrong}")),
                400,
                &[("valid_on", "invalid_parameter")],
            );
        }
    }
    assert_faults(app.get("/v1/visits?valid_on=2015-06-01"), 400, &[("valid_on", "unknown_parameter")]);
    let fields = app.get("/v1/partnerships?valid_on=2015-06-01&fields=id,holds&limit=1").expect(200).json();
    assert_eq!(fields["items"][0].as_object().unwrap().len(), 2);
});
