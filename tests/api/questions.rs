//! The questions of `docs/questions.md`, asked of the founding data as they stand there.

use crate::on_both;
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};
use std::path::Path;

/// The requests, by number.
fn requests() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/questions.md");
    let text = std::fs::read_to_string(file).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [number, _, _, request] = cells.try_into().ok()?;
        let request = request.strip_prefix('`')?.strip_suffix('`')?;
        Some((number.parse::<usize>().ok()?, request.replace('[', "%5B").replace(']', "%5D")))
    };
    let rows: Vec<(usize, String)> = text.lines().filter_map(row).collect();
    assert!(rows.iter().map(|(number, _)| *number).eq(1..=25), "{rows:?}");
    rows.into_iter().map(|(_, request)| request).collect()
}

fn ask(app: &TestApp, number: usize) -> TestResponse {
    app.get(&requests()[number - 1]).expect(200)
}

fn answer(app: &TestApp, number: usize) -> Value {
    ask(app, number).json()
}

/// What the items of an answer are called.
fn names(answer: &Value, at: &str) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|item| item.pointer(at).unwrap().as_str().unwrap().to_owned()).collect()
}

on_both!(questions_of_authorities_have_their_answers, seeded, |app| {
    let sharing = names(&answer(app, 1), "/label/fr");
    assert_eq!(sharing.len(), 3);
    for name in ["Aix-en-Provence", "Tours", "Île-de-France"] {
        assert!(sharing.iter().any(|one| one == name), "{sharing:?}");
    }
    let suggested = answer(app, 2);
    assert_eq!(suggested["method"]["version"], "1");
    assert_eq!(suggested["items"][0]["authority"]["name"]["fr"], "Kobe");
    let cannes = answer(app, 3);
    let total = |kind: &str| cannes["included"][kind]["page"]["total"].as_i64().unwrap();
    assert_eq!(["partnerships", "rencontres", "memoranda", "visits"].map(total), [1, 1, 0, 0]);
    assert_eq!(cannes["included"]["rencontres"]["items"][0]["number"], 9);
    assert_eq!(answer(app, 10)["items"], json!([]), "of participants the documents name the hosts only");
    assert_eq!(names(&answer(app, 23), "/label/ja"), ["愛知県"]);
});

on_both!(questions_of_figures_have_their_answers, seeded, |app| {
    let clair = answer(app, 4);
    assert_eq!((&clair["total"]["count"], &clair["total"]["possible"]), (&json!(0), &json!(5)));
    assert_eq!(clair["undecided"]["total"], 5, "no document tells of the three criteria of any");
    let cuf = answer(app, 5);
    assert_eq!((&cuf["total"]["count"], &cuf["counting"]["code"]), (&json!(5), &json!("cuf")));
    assert_eq!(cuf["diff"]["total"], 5);
    let held = answer(app, 6);
    assert_eq!(held["total"], json!({"count": 3, "possible": 2}));
    let participation = answer(app, 11);
    let eighth = participation["editions"].as_array().unwrap().iter();
    let eighth = eighth.filter(|row| row["number"] == 8).flat_map(|row| row["figures"].as_array().unwrap());
    let values: Vec<i64> = eighth.map(|figure| figure["value"].as_i64().unwrap()).collect();
    for value in [19, 35, 54, 200] {
        assert!(values.contains(&value), "{values:?}");
    }
    let activity = answer(app, 17);
    let visits = activity["visits"]["items"].as_array().unwrap();
    let led = visits.iter().find(|visit| visit["dates"]["edtf"] == "2020-02").unwrap();
    assert_eq!(led["led_by"][0]["person"]["name"]["fr"], "Laurent Wauquiez");
    let signed = &led["signatures"][0];
    assert!(
        signed.to_string().contains("2022?-05-19"),
        "the visit of 2020 led to Aichi's memorandum: {signed}"
    );
});

on_both!(questions_of_dates_have_their_answers, seeded, |app| {
    let anniversaries = answer(app, 8);
    let kyoto = &anniversaries["items"][0];
    assert_eq!((&kyoto["record"]["name"]["fr"], &kyoto["years"]), (&json!("Paris – Kyoto"), &json!(70)));
    let editions = answer(app, 9);
    let editions = editions["items"].as_array().unwrap();
    let seventh: Vec<&str> = editions[6]["schedule"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].as_str().unwrap())
        .collect();
    assert_eq!(seventh, ["postponed", "postponed", "held"]);
    assert_eq!(editions[8]["host"]["name"]["fr"], "Cannes");
    assert_eq!(editions[8]["confirmation_overdue"], false, "autumn is not over");
    let presidencies = answer(app, 20)["presidencies"].clone();
    let held: Vec<(&Value, &Value)> = presidencies
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["authority"]["name"]["fr"], &one["holds"]))
        .collect();
    let [nancy, aix, possible] = [json!("Nancy"), json!("Aix-en-Provence"), json!("possible")];
    assert_eq!(held, [(&nancy, &possible), (&aix, &possible)]);
    let due = answer(app, 16);
    assert_eq!(due["items"].as_array().unwrap().len(), 1);
    assert_eq!(due["items"][0]["follow_ups"][0]["status"], "planned");
});

on_both!(questions_of_sources_have_their_answers, seeded, |app| {
    let commitments = answer(app, 13);
    assert!(!commitments["items"].as_array().unwrap().is_empty());
    assert_eq!(commitments["items"][0]["text"]["ja"], "脱炭素社会の実現");
    let since = answer(app, 14);
    let quote =
        "On a besoin de faire fructifier des partenariats qu'on a avec le maire de Tokyo qui date de 1982.";
    assert_eq!(since["items"][0]["quote"], quote);
    let contradictions = answer(app, 15);
    let severities: Vec<i64> = contradictions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["severity"].as_i64().unwrap())
        .collect();
    assert!(severities.is_sorted_by(|one, next| one >= next) && severities[0] == 4, "{severities:?}");
    let tea = contradictions["items"].as_array().unwrap().iter();
    let tea: Vec<String> = tea.map(ToString::to_string).filter(|one| one.contains("Le 19 juin")).collect();
    assert!(tea.len() >= 4, "the 19th of June of the programme of November: {tea:?}");
    let versions = answer(app, 25);
    assert_eq!(versions["items"][0]["origin"], "kakehashi");
});

on_both!(questions_of_finding_and_following_have_their_answers, seeded, |app| {
    for spelt in ["Ohmura", "Omura", "Ōmura", "大村"] {
        let path =
            form_urlencoded::Serializer::new(String::from("/v1/search?")).append_pair("q", spelt).finish();
        let found = app.get(&path).expect(200).json();
        assert_eq!(names(&found, "/label/fr"), ["Hideaki Ōmura"], "{spelt}");
    }
    assert_eq!(names(&answer(app, 18), "/kind"), ["person"]);
    assert_eq!(answer(app, 19)["items"], json!([]), "no document holds a sheet that is filled in");
    let changes = answer(app, 21);
    assert_eq!(changes["has_more"], false);
    assert!(changes["items"].as_array().unwrap().len() > 90);
    let coverage = answer(app, 24);
    let objective = &coverage["objectives"][0];
    assert_eq!(objective["number"], 17);
    assert!(objective["themes_without"].as_array().unwrap().contains(&json!("transport")));
});

on_both!(questions_of_other_tools_have_their_answers, seeded, |app| {
    let map = answer(app, 7);
    let features = map["features"].as_array().unwrap();
    assert!(features.iter().all(|feature| feature["geometry"]["type"] == "LineString"), "{map}");
    assert_eq!(features.len(), 5);
    let calendar = ask(app, 12);
    assert_eq!(calendar.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(calendar.text.matches("BEGIN:VEVENT").count(), 5, "two round tables and three workshops");
    assert_eq!(calendar.text.matches("DTSTART;VALUE=DATE:20241120").count(), 5);
    let linked = ask(app, 22);
    assert_eq!(linked.header("content-type"), Some("application/ld+json"));
    assert!(linked.text.contains("P190") && linked.text.contains("P580"), "{}", linked.text);
});
