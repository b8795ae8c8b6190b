//! Everything dated, in the order of time.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::assert_faults;
use serde_json::{Value, json};

fn items(app: &TestApp, query: &str) -> Vec<Value> {
    app.get(&format!("/v1/timeline?limit=500&{query}")).expect(200).json()["items"]
        .as_array()
        .unwrap()
        .clone()
}

fn dates(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["date"]["edtf"].as_str().unwrap()).collect()
}

on_both!(the_editions_follow_one_another_with_what_was_postponed, seeded, |app| {
    let editions = items(app, "kind=rencontre");
    let told: Vec<(&str, &str, i64)> = editions
        .iter()
        .map(|item| {
            let number = item["record"]["name"]["ja"].as_str().unwrap().chars().nth(1).unwrap();
            let status = item["status"].as_str().unwrap();
            (item["date"]["edtf"].as_str().unwrap(), status, i64::from(number.to_digit(10).unwrap()))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2008-10-27/2008-10-28", "held", 1),
            ("2010-05-12/2010-05-13", "held", 2),
            ("2012-08-27/2012-08-31", "held", 3),
            ("2014", "planned", 4),
            ("2014-10-28/2014-10-30", "held", 4),
            ("2016-10-05/2016-10-06", "held", 5),
            ("2018-10-08/2018-10-11", "held", 6),
            ("2020", "postponed", 7),
            ("2021", "postponed", 7),
            ("2022-10-03/2022-10-06", "held", 7),
            ("2024-11-18/2024-11-21", "held", 8),
            ("2026", "announced", 9),
            ("2026-23", "planned", 9)
        ]
    );
    assert_eq!(editions[7]["reason"]["fr"], "contexte sanitaire difficile");
    assert_eq!(
        (&editions[7]["pointer"], &editions[7]["label"]["fr"]),
        (&json!("/schedule/dates"), &json!("reportée"))
    );
});

on_both!(an_authority_has_its_own_time, seeded, |app| {
    let aichi = items(app, "authority=dantai:230006");
    let told: Vec<(&str, &str)> = aichi
        .iter()
        .map(|item| (item["date"]["edtf"].as_str().unwrap(), item["category"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [("2020-02", "visit"), ("2022?-05-19", "signed"), ("2022?-05-19", "begun"), ("2022?-05-19", "visit")]
    );
    assert_eq!(aichi[1]["record"]["kind"], "memorandum");
    let down = items(app, "authority=dantai:230006&sort=-date");
    assert_eq!(dates(&down), ["2022?-05-19", "2022?-05-19", "2022?-05-19", "2020-02"]);
    let cannes = items(app, "authority=insee_com:06029");
    assert_eq!(dates(&cannes), ["2026", "2026-23"], "the twinning has no date");
    assert_eq!(items(app, "authority=dantai:011002"), [] as [Value; 0]);
});

on_both!(a_stretch_of_time_holds_what_may_lie_in_it, seeded, |app| {
    let within = items(app, "from=1958-06-01&to=1961&kind=partnership");
    assert_eq!(dates(&within), ["1958", "1961"]);
    assert_eq!(dates(&items(app, "to=1957&kind=partnership,rencontre")), [] as [&str; 0]);
    assert_eq!(dates(&items(app, "from=2026")), ["2026", "2026-23"]);
    let all = items(app, "");
    let mut pages = Vec::new();
    let mut next = Some("/v1/timeline?limit=4".to_owned());
    while let Some(path) = next {
        let page = app.get(&path).expect(200).json();
        pages.extend(page["items"].as_array().unwrap().clone());
        next = page["page"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(pages, all);
    let mut down = Vec::new();
    let mut next = Some("/v1/timeline?limit=3&sort=-date".to_owned());
    while let Some(path) = next {
        let page = app.get(&path).expect(200).json();
        down.extend(page["items"].as_array().unwrap().clone());
        next = page["page"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(down, items(app, "sort=-date"));
    assert_eq!(down.len(), all.len());
});

on_both!(the_timeline_is_a_table_too_and_refuses_what_it_does_not_know, seeded, |app| {
    let table = app.get("/v1/timeline?kind=rencontre&format=csv&lang=fr").expect(200);
    assert!(table.text.starts_with("du,au,date,"), "{}", table.text);
    assert!(table.text.contains("2020-01-01,2020-12-31,2020,2020,reportée,"), "{}", table.text);
    assert!(
        app.get("/v1/timeline?format=csv&limit=2").expect(200).header("link").unwrap().contains("cursor=")
    );
    for (query, parameter) in
        [("from=soon", "from"), ("kind=person", "kind"), ("sort=name", "sort"), ("limit=0", "limit")]
    {
        assert_faults(app.get(&format!("/v1/timeline?{query}")), 400, &[(parameter, "invalid_parameter")]);
    }
    let next =
        app.get("/v1/timeline?limit=2").expect(200).json()["page"]["next"].as_str().unwrap().to_owned();
    assert_faults(app.get(&format!("{next}&kind=visit")), 400, &[("cursor", "invalid_cursor")]);
});
