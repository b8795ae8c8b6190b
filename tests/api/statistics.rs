//! Statistics: every count with its rule, what could not be decided, and the same on both databases.

use crate::conformance::misfits;
use crate::on_both;
use crate::openapi::{document, operations};
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, city, commune, create, edition, id, partnership, sorted_labels,
    two_towns, with,
};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

fn statistics(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/v1/statistics/{query}")).expect(200).json()
}

/// The French labels of the rows' keys, with what is counted certainly and possibly.
fn rows(body: &Value) -> Vec<(String, u64, u64)> {
    let row = |row: &Value| {
        let keys = row["keys"].as_array().unwrap().iter().map(|key| key["label"]["fr"].as_str().unwrap());
        let number = |name: &str| row[name].as_u64().unwrap();
        (keys.collect::<Vec<_>>().join(" / "), number("count"), number("possible"))
    };
    body["rows"].as_array().unwrap().iter().map(row).collect()
}

fn row(label: &str, count: u64, possible: u64) -> (String, u64, u64) {
    (label.to_owned(), count, possible)
}

on_both!(the_five_partnerships_are_counted_by_what_is_asked, seeded, |app| {
    let all = statistics(app, "partnerships");
    assert_eq!(all["total"], json!({"count": 5, "possible": 0}));
    assert_eq!((&all["counting"]["code"], &all["undecided"]["total"]), (&json!("all"), &json!(0)));
    for language in ["fr", "ja", "en"] {
        assert!(!all["counting"]["rule"][language].as_str().unwrap().is_empty());
    }
    let regions = statistics(app, "partnerships?group_by=region");
    assert_eq!(
        rows(&regions),
        [
            row("Auvergne-Rhône-Alpes", 1, 0),
            row("Île-de-France", 2, 0),
            row("Provence-Alpes-Côte d'Azur", 2, 0)
        ]
    );
    assert_eq!(regions["rows"][1]["keys"][0]["record"]["kind"], "authority");
    let prefectures = rows(&statistics(app, "partnerships?group_by=prefecture"));
    assert_eq!(prefectures.iter().map(|row| row.1).sum::<u64>(), 5);
    assert_eq!(prefectures.len(), 5);
    assert_eq!(
        rows(&statistics(app, "partnerships?group_by=decade")),
        [
            row("années 1950", 1, 0),
            row("années 1960", 1, 0),
            row("années 1980", 1, 0),
            row("années 2020", 1, 0),
            row("non renseigné", 1, 0)
        ]
    );
    let themes = statistics(app, "partnerships?group_by=theme");
    assert_eq!(themes["overlapping"], true);
    assert_eq!(rows(&themes).len(), 10, "nine themes of Aichi, and four partnerships without");
    assert_eq!(themes["total"]["count"], 5);
    assert_eq!(themes["undecided"]["total"], 4);
    assert_eq!(themes["undecided"]["items"][0]["missing"], json!(["/themes"]));
    let filtered = statistics(app, "partnerships?since[within]=1950/1969&group_by=status");
    assert_eq!(rows(&filtered), [row("actif", 1, 0), row("non renseigné", 1, 0)]);
    assert_eq!(statistics(app, "partnerships?theme=industry&region=insee_reg:84")["total"]["count"], 1);
});

on_both!(a_rule_says_what_it_cannot_decide_and_how_rules_differ, seeded, |app| {
    let clair = statistics(app, "partnerships?counting=clair&group_by=prefecture");
    assert_eq!(clair["total"], json!({"count": 0, "possible": 5}));
    assert_eq!(clair["undecided"]["total"], 5);
    let aichi = clair["undecided"]["items"].as_array().unwrap().iter();
    let mut aichi = aichi.filter(|one| one["partnership"]["name"]["fr"].as_str().unwrap().contains("Aichi"));
    assert_eq!(
        aichi.next().unwrap()["missing"],
        json!(["/clair_criteria/not_field_limited", "/clair_criteria/assembly_approved"])
    );
    assert_eq!(statistics(app, "partnerships?counting=cuf")["total"], json!({"count": 5, "possible": 0}));
    let told = statistics(app, "partnerships?diff=clair,cuf")["diff"].clone();
    assert_eq!((&told["rules"], &told["total"]), (&json!(["clair", "cuf"]), &json!(5)));
    assert_eq!(told["items"][0]["reason"], "criteria_unknown");
    assert_eq!(
        told["items"][0]["counted"],
        json!([{"rule": "clair", "counts": "possible"}, {"rule": "cuf", "counts": "yes"}])
    );

    let path = "/v1/partnerships/slug:paris-kyoto";
    let yes = json!({"clair_criteria": {"signed_by_heads": "yes", "not_field_limited": "yes", "assembly_approved": "yes"}});
    app.patch(path, Some("*"), &yes).expect(200);
    assert_eq!(statistics(app, "partnerships?counting=clair")["total"], json!({"count": 1, "possible": 4}));
    app.patch(
        "/v1/partnerships/slug:paris-tokyo",
        Some("*"),
        &json!({"clair_criteria": {"assembly_approved": "no"}}),
    )
    .expect(200);
    assert_eq!(statistics(app, "partnerships?counting=clair")["total"], json!({"count": 1, "possible": 3}));
    let told = statistics(app, "partnerships?diff=clair,cuf")["diff"].clone();
    let reasons: Vec<&str> =
        told["items"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.iter().filter(|reason| **reason == "criterion_not_met").count(), 1);
    assert_eq!(reasons.len(), 4);
});

on_both!(what_held_on_a_day_is_certain_or_possible, seeded, |app| {
    let on = |day: &str| statistics(app, &format!("partnerships?valid_on={day}"))["total"].clone();
    assert_eq!(
        on("1957-12-31"),
        json!({"count": 0, "possible": 1}),
        "Cannes, whose beginning is not recorded"
    );
    assert_eq!(on("1958-06-01"), json!({"count": 0, "possible": 2}), "Paris–Kyoto began that year");
    assert_eq!(on("1960-01-01"), json!({"count": 1, "possible": 1}));
    let briefing = statistics(app, "partnerships?group_by=region,theme&valid_on=2024-11-01");
    assert_eq!(briefing["group_by"], json!(["region", "theme"]));
    assert_eq!(briefing["total"], json!({"count": 3, "possible": 2}));
    assert_eq!(briefing["valid_on"]["day"], "2024-11-01");
    let rows = rows(&briefing);
    assert!(rows.contains(&row("Auvergne-Rhône-Alpes / automobile", 1, 0)), "{rows:?}");
    assert!(rows.contains(&row("Île-de-France / non renseigné", 2, 0)), "{rows:?}");
    assert!(rows.contains(&row("Provence-Alpes-Côte d'Azur / non renseigné", 0, 2)), "{rows:?}");
});

on_both!(a_link_of_several_counts_by_the_rule_and_without_a_region_is_seen, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let nice = id(&create(app, "authorities", &commune("06088", "Nice")));
    create(app, "authorities", &city("261009", "Kyoto"));
    let three = create(app, "partnerships", &partnership(&[&cannes, &nice, &shizuoka]));
    create(app, "partnerships", &partnership(&[&cannes, "dantai:261009"]));
    let total = |counting: &str| {
        statistics(app, &format!("partnerships?counting={counting}"))["total"]["count"].clone()
    };
    assert_eq!((total("all"), total("cuf")), (json!(2), json!(3)));
    let regions = statistics(app, "partnerships?group_by=region");
    assert_eq!(rows(&regions), [row("non renseigné", 2, 0)]);
    assert_eq!(regions["rows"][0]["keys"][0]["code"], Value::Null);
    assert_eq!(regions["undecided"]["items"][0]["missing"], json!(["/parties/authority"]));
    let path = format!("/v1/partnerships/{}", id(&three));
    app.patch(&path, Some("*"), &json!({"status": "ended", "until": {"edtf": "2010"}})).expect(200);
    assert_eq!((total("all"), total("cuf")), (json!(2), json!(1)));
});

on_both!(figures_of_the_editions_keep_their_unit_and_source, seeded, |app| {
    let body = statistics(app, "participation");
    let editions = body["editions"].as_array().unwrap();
    assert_eq!(editions.len(), 9 * 3, "every edition and side, those without figures too");
    assert_eq!(editions[0]["figures"], json!([]));
    let of = |side: &str| editions.iter().find(|one| one["number"] == 8 && one["side"] == side).unwrap();
    for (side, value) in [("fr", 19), ("jp", 35)] {
        let [figure] = of(side)["figures"].as_array().unwrap().as_slice() else { panic!("{side}") };
        assert_eq!((&figure["measure"], &figure["value"]), (&json!("authorities"), &json!(value)));
        assert!(figure["source"]["name"]["fr"].as_str().unwrap().contains("8e Rencontres"));
    }
    let totals = of("total")["figures"].as_array().unwrap();
    let told: Vec<_> =
        totals.iter().map(|one| (one["measure"].as_str().unwrap(), one["value"].as_i64().unwrap())).collect();
    assert_eq!(told, [("persons", 200), ("authorities", 54)]);
    assert_eq!(totals[0]["qualifier"], "nearly");
    assert_eq!((&of("jp")["recorded"], &of("fr")["recorded"]), (&json!(1), &json!(0)));
    let persons = statistics(app, "participation?measure=persons&side=total&number[gte]=8");
    assert_eq!(persons["editions"].as_array().unwrap().len(), 2);
    assert_eq!(persons["editions"][0]["figures"].as_array().unwrap().len(), 1);
});

on_both!(activity_is_counted_by_year_and_direction, seeded, |app| {
    let years = rows(&statistics(app, "activity"));
    assert!(years.contains(&row("visite / 2020", 1, 0)), "{years:?}");
    assert!(years.contains(&row("visite / 2022", 0, 1)), "the year of the reception is inferred: {years:?}");
    assert!(years.contains(&row("signature / 2022", 0, 1)), "{years:?}");
    assert!(years.contains(&row("édition des Rencontres / 2008", 1, 0)), "{years:?}");
    assert!(years.contains(&row("édition des Rencontres / 2026", 0, 1)), "not held yet: {years:?}");
    let ways = rows(&statistics(app, "activity?group_by=direction,year"));
    assert!(ways.contains(&row("visite / de la France vers le Japon / 2016", 1, 0)), "{ways:?}");
    let aichi = statistics(app, "activity?authority=dantai:230006");
    assert_eq!(aichi["total"], json!({"count": 1, "possible": 2}));
});

on_both!(a_visit_is_followed_by_what_was_signed_within_the_period, seeded, |app| {
    let visits = statistics(app, "activity?signature_within=P36M")["visits"].clone();
    assert_eq!(visits["total"], 3);
    let visits = visits["items"].as_array().unwrap();
    let dates: Vec<&str> = visits.iter().map(|visit| visit["dates"]["edtf"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2016-02-28/2016-03-02", "2020-02", "2022?-05-19"]);
    assert_eq!(visits[0]["signatures"], json!([]));
    assert_eq!(visits[1]["led_by"][0]["person"]["name"]["fr"], "Laurent Wauquiez");
    let signature = &visits[1]["signatures"][0];
    assert_eq!((&signature["certainty"], &signature["basis"]), (&json!("possible"), &json!("parties")));
    assert_eq!(signature["in_common"].as_array().unwrap().len(), 2);
    assert_eq!(visits[2]["signatures"][0]["basis"], "stated");
    let labels = |period: &str| sorted_labels(app, &format!("/v1/visits?signature_within={period}")).len();
    assert_eq!((labels("P36M"), labels("P2Y"), labels("P2Y4M")), (2, 1, 2));
    assert_faults(
        app.get("/v1/visits?signature_within=36"),
        400,
        &[("signature_within", "invalid_parameter")],
    );
});

on_both!(tables_have_headings_in_the_language_asked_for, seeded, |app| {
    let csv = |query: &str| -> TestResponse { app.get(&format!("/v1/statistics/{query}")).expect(200) };
    let table = csv("partnerships?group_by=region&format=csv&lang=fr");
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(table.header("content-language"), Some("fr"));
    assert!(table.header("vary").unwrap().starts_with("Accept, Accept-Language"));
    let lines: Vec<&str> = table.text.split("\r\n").collect();
    assert_eq!(lines[0], "region_code,région,nombre,possibles,règle de comptage");
    assert!(lines[2].contains(",Île-de-France,2,0,all"), "{}", lines[2]);
    let marked = csv("participation?format=csv&bom=1&lang=ja");
    assert!(marked.text.starts_with("\u{FEFF}回,会議,"), "{}", marked.text);
    assert!(marked.text.contains("フランス側,自治体数,,19,"), "{}", marked.text);
    assert!(
        csv("partnerships?diff=clair,cuf&format=csv&lang=en")
            .text
            .contains("a criterion of CLAIR is not recorded")
    );
    assert!(csv("activity?signature_within=P3Y&format=csv&lang=en").text.contains("Laurent Wauquiez"));
    let accepted = app.request("GET", "/v1/statistics/activity").header("accept", "text/csv").send();
    assert!(accepted.expect(200).text.starts_with("what_code,what,year_code,year,count"));
    app.request("GET", "/v1/statistics/activity").header("accept", "text/calendar").send().expect(406);
});

on_both!(what_is_not_asked_rightly_is_refused, empty, |app| {
    for (query, parameter) in [
        ("partnerships?group_by=colour", "group_by"),
        ("partnerships?group_by=region,theme,decade", "group_by"),
        ("partnerships?counting=mine", "counting"),
        ("partnerships?diff=clair", "diff"),
        ("partnerships?diff=clair,clair", "diff"),
        ("partnerships?valid_on=2024", "valid_on"),
        ("participation?side=left", "side"),
        ("activity?signature_within=P30D", "signature_within"),
        ("activity?bom=2", "bom"),
    ] {
        assert_faults(app.get(&format!("/v1/statistics/{query}")), 400, &[(parameter, "invalid_parameter")]);
    }
    assert_faults(app.get("/v1/statistics/activity?counting=all"), 400, &[("counting", "unknown_parameter")]);
    app.get("/v1/statistics/weather").expect(404);
    for topic in ["partnerships", "activity?signature_within=P1Y"] {
        assert_eq!(statistics(app, topic)["total"], json!({"count": 0, "possible": 0}));
    }
    assert_eq!(statistics(app, "participation")["editions"], json!([]));
    two_towns(app);
    create(
        app,
        "rencontres",
        &with(
            &edition(1, "planned", CANNES, "2027"),
            &json!({"participants": [{"authority": {"id": SHIZUOKA}}]}),
        ),
    );
    let first = statistics(app, "participation?side=jp");
    assert_eq!(first["editions"][0]["recorded"], 1);
    let topics = app.get("/v1/statistics").expect(200).json();
    assert_eq!(topics["items"].as_array().unwrap().len(), 3);
});

on_both!(every_parameter_of_every_question_takes_its_example, seeded, |app| {
    let document = document();
    let questions = ["statistics", "citations", "contradictions", "anniversaries", "timeline", "commitments"];
    let mut tried = 0;
    for operation in operations(&document) {
        if !questions.iter().any(|name| operation.path.starts_with(&format!("/v1/{name}"))) {
            continue;
        }
        let schema = &operation.node["responses"]["200"]["content"]["application/json"]["schema"];
        for parameter in operation.parameters.iter().filter(|parameter| parameter["name"] != "cursor") {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let example = match &parameter["example"] {
                Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
                one => text(one),
            };
            let query = [(parameter["name"].as_str().unwrap(), example)];
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            let answer = app.get(&format!("{}?{query}", operation.path)).expect(200);
            tried += 1;
            // Another form, which has tests of its own.
            if answer.header("content-type") != Some("application/json") {
                continue;
            }
            let wrong = misfits(&document, schema, &answer.json(), &format!("{}?{query}", operation.path));
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
    }
    assert!(tried > 60, "{tried}");
});
