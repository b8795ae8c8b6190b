//! Round anniversaries of what began so many years before.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, create, edition, partnership, two_towns, with,
};
use serde_json::{Value, json};

fn items(app: &TestApp, query: &str) -> Vec<Value> {
    let body = app.get(&format!("/v1/anniversaries{query}")).expect(200).json();
    body["items"].as_array().unwrap().clone()
}

/// What is kept: its French name, the years, whether they are certain, the day.
fn told(items: &[Value]) -> Vec<(String, i64, &str, &str)> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let one = |item: &'_ Value| {
        let certainty = if text(item, "certainty") == "yes" { "yes" } else { "possible" };
        let name = item["record"]["name"]["fr"].as_str().unwrap().to_owned();
        (name, item["years"].as_i64().unwrap(), certainty)
    };
    let with_day = |item| {
        let (name, years, certainty) = one(item);
        (name, years, certainty, item["on"].as_str().unwrap_or_default())
    };
    items.iter().map(with_day).collect()
}

on_both!(paris_and_kyoto_have_been_partners_for_seventy_years_in_2028, seeded, |app| {
    let all = items(app, "?year=2028");
    let first = &all[0];
    assert_eq!(first["record"]["name"]["fr"], "Paris – Kyoto");
    assert_eq!((&first["pointer"], &first["years"]), (&json!("/since"), &json!(70)));
    assert_eq!((&first["certainty"], &first["date"]["edtf"]), (&json!("yes"), &json!("1958")));
    assert_eq!(first.get("on"), None, "the day is not known");
    let editions = items(app, "?year=2028&kind=rencontre");
    assert_eq!(
        told(&editions),
        [
            (
                "6es Rencontres franco-japonaises de la coopération décentralisée".to_owned(),
                10,
                "yes",
                "2028-10-08"
            ),
            (
                "1res Rencontres franco-japonaises de la coopération décentralisée".to_owned(),
                20,
                "yes",
                "2028-10-27"
            )
        ]
    );
    let framework = items(app, "?year=2028&kind=framework");
    assert_eq!((framework.len(), &framework[0]["years"]), (1, &json!(15)), "the joint communiqué of 2013");
    assert_eq!(framework[0]["on"], "2028-06-07");
    assert_eq!(all.len(), 4);
    assert_eq!(told(&items(app, "?year=2028&years=10,25,50,60,70")).len(), 2);
    assert_eq!(items(app, "?year=2028&multiple=7,20").len(), 3);
    let paris = items(app, "?year=2032&authority=insee_com:75056");
    let paris: Vec<i64> = paris.iter().map(|one| one["years"].as_i64().unwrap()).collect();
    assert_eq!(paris, [50, 50], "Paris–Tokyo, and Mayors for Peace, of which Paris is a member");
    let aichi = items(app, "?year=2027&authority=dantai:230006");
    let aichi = told(&aichi);
    assert_eq!(aichi.len(), 2, "the partnership and its memorandum");
    assert!(aichi.iter().all(|one| (one.1, one.2, one.3) == (5, "possible", "2027-05-19")), "{aichi:?}");
    let clair = items(app, "?year=2030&kind=organisation");
    assert_eq!(told(&clair), [("CLAIR Paris".to_owned(), 40, "yes", "")]);
});

on_both!(what_is_uncertain_is_possible_and_what_is_closed_is_left_out, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let since = json!({"since": {"edtf": "195X"}});
    let made = create(app, "partnerships", &with(&partnership(&[&cannes, &shizuoka]), &since));
    let years: Vec<_> =
        items(app, "?year=2028").iter().map(|one| (one["years"].clone(), one["certainty"].clone())).collect();
    assert_eq!(years, [(json!(75), json!("possible")), (json!(70), json!("possible"))]);
    let path = format!("/v1/partnerships/{}", made["id"].as_str().unwrap());
    app.patch(&path, Some("*"), &json!({"status": "ended", "until": {"edtf": "2000"}})).expect(200);
    create(app, "rencontres", &edition(9, "planned", CANNES, "2026-12"));
    create(app, "rencontres", &edition(8, "held", SHIZUOKA, "2024-11"));
    assert_eq!(items(app, "?year=2036&multiple=10"), [] as [Value; 0]);
    assert_eq!(items(app, "?year=2034&multiple=10").len(), 1);
    assert_eq!(app.get("/v1/anniversaries").expect(200).json()["year"], 2026);
});

on_both!(anniversaries_are_a_table_too_and_refuse_what_they_do_not_know, seeded, |app| {
    let table = app.get("/v1/anniversaries?year=2028&format=csv&lang=ja").expect(200).text;
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert!(lines[0].starts_with("周年,日付,名称"), "{}", lines[0]);
    assert!(
        lines[1].starts_with("70,,パリ – 京都市,提携開始,1958,1958年,yes,/v1/partnerships/"),
        "{}",
        lines[1]
    );
    for (query, parameter) in
        [("year=0", "year"), ("multiple=0", "multiple"), ("years=x", "years"), ("kind=person", "kind")]
    {
        assert_faults(
            app.get(&format!("/v1/anniversaries?{query}")),
            400,
            &[(parameter, "invalid_parameter")],
        );
    }
});

on_both!(anniversaries_are_a_calendar, seeded, |app| {
    let answer = app.get("/v1/anniversaries?year=2028&format=ics&lang=ja").expect(200);
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(answer.header("content-language"), Some("ja"));
    let text = answer.text.replace("\r\n ", "");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.iter().filter(|line| **line == "BEGIN:VEVENT").count(), 4);
    let at =
        |line: &str| lines.iter().position(|one| *one == line).unwrap_or_else(|| panic!("{line}: {text}"));
    // Of Paris and Kyoto the year is known, so that the day may be any.
    let kyoto = at("SUMMARY;LANGUAGE=ja:70周年：パリ – 京都市");
    assert_eq!(lines[kyoto - 2], "DTSTART;VALUE=DATE:20280101");
    assert_eq!(lines[kyoto - 1], "DTEND;VALUE=DATE:20290101");
    assert!(lines[kyoto..].iter().find(|line| line.starts_with("STATUS")).unwrap().ends_with("TENTATIVE"));
    let nancy = at("DTSTART;VALUE=DATE:20281027");
    assert!(lines[nancy..].iter().find(|line| line.starts_with("STATUS")).unwrap().ends_with("CONFIRMED"));
    let again = app.request("GET", "/v1/anniversaries?year=2028&format=ics&lang=ja");
    again.header("if-none-match", answer.etag()).send().expect(304);
});

on_both!(anniversaries_are_paged_in_every_form, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    for year in 2000..2007 {
        let body = json!({
            "category": "renewal", "status": "in_force", "title": {"en": format!("Text of {year}")},
            "signed": {"edtf": format!("{year}-05-0{}", year % 3 + 1)},
            "parties": [{"party": {"id": cannes}}, {"party": {"id": shizuoka}}]
        });
        create(app, "memoranda", &body);
    }
    let asked = "/v1/anniversaries?year=2030&multiple=1";
    let whole = app.get(asked).expect(200).json();
    assert_eq!((whole["items"].as_array().unwrap().len(), whole["page"]["limit"].as_i64()), (7, Some(50)));
    assert_eq!(whole["page"].get("next"), None);
    for limit in [1, 2, 3, 7] {
        let (mut next, mut found) = (format!("{asked}&limit={limit}"), Vec::new());
        loop {
            let page = app.get(&next).expect(200);
            let body = page.json();
            let items = body["items"].as_array().unwrap();
            assert!((1..=limit).contains(&items.len()));
            found.extend(items.clone());
            let Some(following) = body["page"]["next"].as_str() else { break };
            assert!(page.header("link").unwrap().contains(following));
            following.clone_into(&mut next);
        }
        assert_eq!(json!(found), whole["items"], "{limit}");
    }
    let table = app.get(&format!("{asked}&format=csv&limit=3")).expect(200);
    assert_eq!(table.text.trim_end().lines().count(), 4);
    let link = table.header("link").unwrap();
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    assert_eq!(app.get(next).expect(200).text.trim_end().lines().count(), 4);
    let calendar = app.get(&format!("{asked}&format=ics")).expect(200);
    assert_eq!((calendar.text.matches("BEGIN:VEVENT").count(), calendar.header("link")), (7, None));
    assert_faults(app.get(&format!("{asked}&cursor=x")), 400, &[("cursor", "invalid_cursor")]);
    assert_faults(app.get(&format!("{asked}&limit=501")), 400, &[("limit", "invalid_parameter")]);
});
