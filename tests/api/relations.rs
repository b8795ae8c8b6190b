//! Filters that look from one record at others: partners, themes in common, editions attended, what falls due.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_faults, city, commune, create, edition, id, partnership, sorted_labels,
    two_towns, with,
};
use serde_json::{Value, json};

const NONE: [&str; 0] = [];

fn visit(title: &str, authority: &str, themes: &[&str]) -> Value {
    json!({
        "category": "study_visit", "direction": "fr_to_jp", "title": {"fr": title}, "dates": {"edtf": "2020"},
        "stops": [{"authority": {"id": authority}}], "themes": themes
    })
}

on_both!(the_french_without_a_japanese_partner_share_themes_with_shizuoka, seeded, |app| {
    let asked = |query: &str| sorted_labels(app, &format!("/v1/authorities?{query}"));
    // The hosts of the fifth and the seventh edition, and who travelled for the economy and tourism.
    let first = "country=FR&has_partner_in=JP:false&shares_theme_with=dantai:221007";
    assert_eq!(asked(first), ["Aix-en-Provence", "Tours", "Île-de-France"]);
    let with_partner = "country=FR&has_partner_in=JP:true&shares_theme_with=dantai:221007";
    assert_eq!(asked(with_partner), ["Auvergne-Rhône-Alpes", "Paris"]);
    assert!(!asked("shares_theme_with=dantai:221007").contains(&"Shizuoka".to_owned()));
    assert_eq!(asked("near=35.18,136.91,50&has_partner_in=FR"), ["Préfecture d'Aichi"]);
    assert_eq!(asked("theme=automotive"), ["Auvergne-Rhône-Alpes", "Préfecture d'Aichi"]);
    // Of the sessions of the edition that Shizuoka hosted.
    assert_eq!(asked("theme=ageing"), ["Shizuoka"]);
});

on_both!(a_partner_may_be_asked_for_or_ruled_out, empty, |app| {
    two_towns(app);
    create(app, "authorities", &commune("13055", "Marseille"));
    create(app, "partnerships", &partnership(&[CANNES, SHIZUOKA]));
    let asked = |query: &str| sorted_labels(app, &format!("/v1/authorities?has_partner_in={query}"));
    assert_eq!(asked("JP"), ["Cannes"]);
    assert_eq!(asked("JP:true"), ["Cannes"]);
    assert_eq!(asked("JP:false"), ["Marseille", "Shizuoka"]);
    assert_eq!(asked("JP:false&country=FR"), ["Marseille"]);
    assert_eq!(asked("JP:false,FR"), ["Marseille", "Shizuoka"]);
    assert_eq!(asked("JP,JP:false").len(), 3);
    for wrong in ["JP:no", "DE:false", "JP:false:true"] {
        let path = format!("/v1/authorities?has_partner_in={wrong}");
        assert_faults(app.get(&path), 400, &[("has_partner_in", "invalid_parameter")]);
    }
});

on_both!(a_theme_is_shared_with_what_contains_it_and_what_it_contains, empty, |app| {
    for (code, name, themes) in [
        ("13055", "economy", ["economy"]),
        ("13001", "industry", ["industry"]),
        ("13002", "automotive", ["automotive"]),
        ("13003", "tourism", ["tourism"]),
        ("13004", "culture", ["culture"]),
    ] {
        create(app, "authorities", &commune(code, name));
        create(app, "visits", &visit(name, &format!("insee_com:{code}"), &themes));
    }
    let sharing =
        |code: &str| sorted_labels(app, &format!("/v1/authorities?shares_theme_with=insee_com:{code}"));
    assert_eq!(sharing("13001"), ["automotive", "economy"]);
    assert_eq!(sharing("13055"), ["automotive", "industry", "tourism"]);
    assert_eq!(sharing("13003"), ["economy"]);
    assert_eq!(sharing("13004"), NONE);
    assert_eq!(sharing("13003,insee_com:13002"), ["economy", "industry"]);
    assert_eq!(sharing("99999"), NONE);
    let on = |theme: &str| sorted_labels(app, &format!("/v1/authorities?theme={theme}"));
    assert_eq!(on("industry"), ["automotive", "industry"]);
    assert_eq!(on("economy"), ["automotive", "economy", "industry", "tourism"]);
    assert_eq!(on("culture,automotive"), ["automotive", "culture"]);
    assert_eq!(on("peace"), NONE);
    assert_faults(
        app.get("/v1/authorities?shares_theme_with=Cannes"),
        400,
        &[("shares_theme_with", "invalid_parameter")],
    );
});

on_both!(the_themes_of_an_authority_are_those_of_what_it_takes_part_in, empty, |app| {
    two_towns(app);
    let joined = with(&partnership(&[CANNES, SHIZUOKA]), &json!({"themes": ["sport"]}));
    create(app, "partnerships", &joined);
    create(
        app,
        "memoranda",
        &json!({
            "category": "twinning_oath", "title": {"fr": "m"}, "status": "signed", "themes": ["peace"],
            "parties": [{"party": {"id": CANNES, "kind": "authority"}}]
        }),
    );
    let delegate = json!([{"represents": {"id": CANNES, "kind": "authority"}}]);
    let sent = with(&visit("v", SHIZUOKA, &["youth"]), &json!({"delegation": delegate}));
    create(app, "visits", &sent);
    let received = with(&visit("w", SHIZUOKA, &["ageing"]), &json!({"hosts": delegate}));
    create(app, "visits", &received);
    let hosted = with(&edition(9, "planned", CANNES, "2026"), &json!({"themes": ["climate"]}));
    create(app, "rencontres", &hosted);
    create(
        app,
        "sessions",
        &json!({
            "rencontre": {"id": "number:9"}, "position": 1, "category": "workshop", "title": {"fr": "s"},
            "themes": ["crafts"]
        }),
    );
    for theme in ["sport", "peace", "youth", "ageing", "climate", "crafts"] {
        let of = sorted_labels(app, &format!("/v1/authorities?theme={theme}"));
        assert!(of.contains(&"Cannes".to_owned()), "{theme}: {of:?}");
    }
    assert_eq!(sorted_labels(app, "/v1/authorities?theme=crafts"), ["Cannes"]);
    assert_eq!(sorted_labels(app, "/v1/authorities?theme=youth"), ["Cannes", "Shizuoka"]);
});

/// Editions by number, status and host, in which Nagoya takes part in three that are held.
fn editions(app: &TestApp) {
    two_towns(app);
    create(app, "authorities", &city("231002", "Nagoya"));
    let nagoya = json!({"participants": [{"authority": {"id": "dantai:231002"}}]});
    for (number, status, host) in [
        (1, "held", CANNES),
        (2, "held", SHIZUOKA),
        (3, "held", CANNES),
        (4, "planned", SHIZUOKA),
        (5, "cancelled", SHIZUOKA),
    ] {
        let dates = format!("{}-05", 2010 + number);
        create(app, "rencontres", &with(&edition(number, status, host, &dates), &nagoya));
    }
}

on_both!(editions_are_attended_once_they_are_held_and_by_their_hosts_too, empty, |app| {
    editions(app);
    let asked = |query: &str| sorted_labels(app, &format!("/v1/authorities?{query}"));
    assert_eq!(asked("attended_min=0").len(), 3);
    assert_eq!(asked("attended_min=1"), ["Cannes", "Nagoya", "Shizuoka"]);
    assert_eq!(asked("attended_min=2"), ["Cannes", "Nagoya"]);
    assert_eq!(asked("attended_min=3"), ["Nagoya"]);
    assert_eq!(asked("attended_min=3&hosted=false"), ["Nagoya"]);
    assert_eq!(asked("attended_min=3&hosted=true"), NONE);
    assert_eq!(asked("attended_min=4"), NONE);
    assert_eq!(asked("attended=number:2"), ["Nagoya", "Shizuoka"]);
    assert_eq!(asked("attended=number:1,number:2"), ["Cannes", "Nagoya", "Shizuoka"]);
    assert_eq!(asked("attended=number:4"), NONE);
    for wrong in ["-1", "x", "1.5"] {
        let path = format!("/v1/authorities?attended_min={wrong}");
        assert_faults(app.get(&path), 400, &[("attended_min", "invalid_parameter")]);
    }
});

on_both!(of_the_founding_editions_the_hosts_are_known_to_have_been_there, seeded, |app| {
    assert_eq!(sorted_labels(app, "/v1/authorities?attended_min=3&hosted=false"), NONE);
    let hosts =
        ["Aix-en-Provence", "Chartres", "Kanazawa", "Kumamoto", "Nancy", "Shizuoka", "Takamatsu", "Tours"];
    assert_eq!(sorted_labels(app, "/v1/authorities?attended_min=1"), hosts);
    assert_eq!(sorted_labels(app, "/v1/authorities?attended=number:8"), ["Shizuoka"]);
});

on_both!(partnerships_are_found_by_where_a_party_lies, seeded, |app| {
    let asked = |query: &str| sorted_labels(app, &format!("/v1/partnerships?{query}"));
    // Around the Bay of Osaka and Kyoto.
    assert_eq!(asked("bbox=135,34,136,36"), ["Marseille – Kobe", "Paris – Kyoto"]);
    assert_eq!(asked("near=48.85,2.35,20"), ["Paris – Kyoto", "Paris – Tokyo"]);
    assert_eq!(asked("near=48.85,2.35,20&bbox=135,34,136,36"), ["Paris – Kyoto"]);
    assert_eq!(asked("bbox=-10,-10,0,0"), NONE);
    assert_faults(app.get("/v1/partnerships?bbox=1,2,3"), 400, &[("bbox", "invalid_parameter")]);
    assert_faults(app.get("/v1/partnerships?near=91,0,1"), 400, &[("near", "invalid_parameter")]);
});

on_both!(texts_that_end_soon_or_leave_something_to_do_are_due, empty, |app| {
    two_towns(app);
    for (title, status, expires, follow_up) in [
        ("soon", "in_force", "2027-03", None),
        ("perhaps", "in_force", "2027", Some("done")),
        ("later", "in_force", "2031", None),
        ("past", "in_force", "2020", None),
        ("past, planned", "expired", "2020", Some("planned")),
        ("open, planned", "signed", "", Some("planned")),
        ("open", "signed", "", Some("cancelled")),
        ("renewed", "renewed", "2027-03", None),
        ("terminated", "terminated", "2027-03", Some("unknown")),
    ] {
        let mut body = json!({
            "category": "twinning_oath", "title": {"fr": title}, "status": status,
            "parties": [{"party": {"id": CANNES, "kind": "authority"}}]
        });
        if !expires.is_empty() {
            body["expires"] = json!({"edtf": expires});
        }
        if let Some(status) = follow_up {
            body["follow_ups"] = json!([{"category": "visit", "status": status, "description": {"fr": "x"}}]);
        }
        create(app, "memoranda", &body);
    }
    let due = |period: &str| sorted_labels(app, &format!("/v1/memoranda?due_within={period}"));
    assert_eq!(due("P12M"), ["open, planned", "past, planned", "perhaps", "soon"]);
    assert_eq!(due("P1M"), ["open, planned", "past, planned"]);
    assert_eq!(due("P0D"), ["open, planned", "past, planned"]);
    assert_eq!(due("P2M"), ["open, planned", "past, planned", "perhaps"]);
    assert_eq!(due("P5Y"), ["later", "open, planned", "past, planned", "perhaps", "soon"]);
    app.clock.set("2030-06-01T00:00:00Z".parse().unwrap());
    assert_eq!(due("P12M"), ["later", "open, planned", "past, planned"]);
    for wrong in ["12M", "P12H", "PT12H", "-P1Y", "P9999Y", "1%20year", "P"] {
        let path = format!("/v1/memoranda?due_within={wrong}");
        assert_faults(app.get(&path), 400, &[("due_within", "invalid_parameter")]);
    }
});

on_both!(the_founding_memorandum_has_follow_ups_to_come, seeded, |app| {
    assert_eq!(sorted_labels(app, "/v1/memoranda?due_within=P12M").len(), 1);
    let party = id(&app.get("/v1/authorities/insee_reg:84").json());
    assert_eq!(sorted_labels(app, &format!("/v1/memoranda?due_within=P12M&party={party}")).len(), 1);
    assert_eq!(sorted_labels(app, "/v1/memoranda?due_within=P12M&party=insee_com:06029"), NONE);
});
