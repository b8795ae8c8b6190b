//! Partners worth approaching: who is suggested, in which order, and why.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{assert_faults, city, commune, create, edition, id, partnership, with};
use serde_json::{Value, json};

const PATH: &str = "/v1/authorities/insee_com:13001/suggestions";

/// The French names of who is suggested, with the scores.
fn suggested(app: &TestApp, path: &str) -> Vec<(String, i64)> {
    let items = app.get(path).expect(200).json()["items"].clone();
    let name = |item: &Value| item["authority"]["name"]["fr"].as_str().unwrap().to_owned();
    items.as_array().unwrap().iter().map(|item| (name(item), item["score"].as_i64().unwrap())).collect()
}

/// Why an authority is suggested: code, value, and how many records say so.
fn reasons(app: &TestApp, path: &str, name: &str) -> Vec<(String, i64, usize)> {
    let items = app.get(path).expect(200).json()["items"].clone();
    let item = items
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["authority"]["name"]["fr"] == name)
        .unwrap()
        .clone();
    let reason = |reason: &Value| {
        let evidence = reason["evidence"].as_array().unwrap().len();
        (reason["code"].as_str().unwrap().to_owned(), reason["value"].as_i64().unwrap(), evidence)
    };
    item["reasons"].as_array().unwrap().iter().map(reason).collect()
}

fn told(expected: &[(&str, i64, usize)]) -> Vec<(String, i64, usize)> {
    expected.iter().map(|(code, value, evidence)| ((*code).to_owned(), *value, *evidence)).collect()
}

fn populated(body: &Value, population: i64) -> Value {
    with(body, &json!({"population": {"value": population, "as_of": {"edtf": "2026"}}}))
}

/// A commune of 100,000 with a partner, a neighbour, a visit and an edition; and Japanese cities linked to it by each.
fn region(app: &TestApp) {
    let region = json!({
        "identifiers": [{"scheme": "insee_reg", "value": "93"}], "country": "FR", "level": "region", "name": {"fr": "R"}
    });
    create(app, "authorities", &region);
    let below = json!({"parent": {"id": "insee_reg:93"}});
    create(app, "authorities", &populated(&with(&commune("13001", "S"), &below), 100_000));
    create(app, "authorities", &commune("37261", "Q"));
    create(app, "authorities", &with(&commune("06029", "N"), &below));
    for (code, name) in [
        ("22100", "partner"),
        ("23100", "common"),
        ("26100", "neighbour"),
        ("28100", "visited"),
        ("17201", "met"),
    ] {
        create(app, "authorities", &city(code, name));
    }
    create(app, "authorities", &populated(&city("37201", "as large"), 50_000));
    create(app, "authorities", &populated(&city("37202", "too small"), 24_999));
    let merged = json!({"status": "merged"});
    create(app, "authorities", &with(&populated(&city("37203", "gone"), 100_000), &merged));
    let prefecture = json!({"level": "prefecture"});
    create(app, "authorities", &with(&populated(&city("43000", "prefecture"), 100_000), &prefecture));
    for (parties, themes) in [
        (["insee_com:13001", "dantai:22100"], vec!["industry"]),
        (["insee_com:37261", "dantai:22100"], vec![]),
        (["insee_com:37261", "dantai:23100"], vec!["automotive"]),
        (["insee_com:06029", "dantai:26100"], vec!["peace"]),
    ] {
        create(app, "partnerships", &with(&partnership(&parties), &json!({"themes": themes})));
    }
    let delegation = json!([{"represents": {"id": "insee_com:13001", "kind": "authority"}}]);
    create(
        app,
        "visits",
        &json!({
            "category": "study_visit", "direction": "fr_to_jp", "title": {"fr": "v"}, "dates": {"edtf": "2020"},
            "delegation": delegation, "stops": [{"authority": {"id": "dantai:28100"}}], "themes": ["culture"]
        }),
    );
    let both = json!({"participants": [{"authority": {"id": "dantai:17201"}}], "themes": ["sport"]});
    create(app, "rencontres", &with(&edition(1, "held", "insee_com:13001", "2020-05"), &both));
    // One that is still to come brings nobody together.
    let planned = json!({"participants": [{"authority": {"id": "dantai:37202"}}]});
    create(app, "rencontres", &with(&edition(2, "planned", "insee_com:13001", "2028"), &planned));
}

on_both!(who_has_most_in_common_comes_first_with_the_reasons, empty, |app| {
    region(app);
    let expected = [
        ("visited", 45),
        ("common", 40),
        ("as large", 30),
        ("neighbour", 28),
        ("met", 26),
        ("prefecture", 20),
    ];
    let expected: Vec<_> = expected.iter().map(|(name, score)| ((*name).to_owned(), *score)).collect();
    assert_eq!(suggested(app, PATH), expected);
    for (name, why) in [
        ("visited", vec![("shared_themes", 1, 1), ("visits", 1, 1), ("same_level", 1, 0)]),
        ("common", vec![("shared_themes", 1, 1), ("common_partner", 1, 1), ("same_level", 1, 0)]),
        ("as large", vec![("same_level", 1, 0), ("similar_population", 10, 0)]),
        ("neighbour", vec![("neighbour_partner", 1, 1), ("same_level", 1, 0)]),
        ("met", vec![("same_edition", 1, 1), ("same_level", 1, 0)]),
        ("prefecture", vec![("similar_population", 20, 0)]),
    ] {
        assert_eq!(reasons(app, PATH, name), told(&why), "{name}");
    }
    let answer = app.get(PATH).expect(200).json();
    let first = &answer["items"][0]["reasons"][1];
    assert_eq!(first["evidence"][0]["kind"], "visit");
    assert_eq!(first["detail"]["fr"], "visites de l'une à l'autre : 1");
    // The score is what the document says of the method.
    let weights = answer["method"]["criteria"].as_array().unwrap();
    assert_eq!(weights.len(), 9);
    for item in answer["items"].as_array().unwrap() {
        let sum: i64 = item["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reason| {
                let known = weights.iter().find(|known| known["code"] == reason["code"]).unwrap();
                assert_eq!(known["weight"], reason["weight"]);
                assert!(reason["value"].as_i64() <= known["most"].as_i64());
                reason["weight"].as_i64().unwrap() * reason["value"].as_i64().unwrap()
            })
            .sum();
        assert_eq!(item["score"], sum);
    }
    // Seen from the other country, where the seat of N is on the coast as that of this one is.
    let back = suggested(app, "/v1/authorities/dantai:23100/suggestions");
    assert_eq!(back, [("S".to_owned(), 40), ("N".to_owned(), 30)]);
});

on_both!(an_open_request_speaks_for_whom_it_is_of, empty, |app| {
    create(app, "authorities", &commune("13001", "S"));
    for (code, name) in
        [("22100", "open"), ("23100", "closed"), ("26100", "closed this year"), ("28100", "none")]
    {
        create(app, "authorities", &city(code, name));
    }
    let wanted = |code: &str, more: &Value| {
        let request = json!({
            "authority": {"id": format!("dantai:{code}")}, "wanted_country": "FR", "text": {"fr": "Un échange."}
        });
        create(app, "partner-requests", &with(&request, more))
    };
    let open = wanted("22100", &json!({"opened": {"edtf": "2026-03"}}));
    let closed = wanted("23100", &json!({"closed": {"edtf": "2026-11-21"}}));
    wanted("26100", &json!({"closed": {"edtf": "2026"}}));
    let expected = [("open".to_owned(), 50), ("closed this year".to_owned(), 50)];
    assert_eq!(suggested(app, PATH), expected);
    assert_eq!(reasons(app, PATH, "open"), told(&[("open_request", 1, 1), ("same_level", 1, 0)]));
    let reason = app.get(PATH).json()["items"][0]["reasons"][0].clone();
    let evidence = &reason["evidence"][0];
    assert_eq!((&evidence["id"], &evidence["kind"]), (&open["id"], &json!("partner_request")));
    assert_eq!(evidence["name"]["fr"], "open : partenaire recherché en France");
    assert_eq!(
        reason["detail"],
        json!({"fr": "demandes de partenariat ouvertes : 1", "ja": "募集中の提携希望：1", "en": "open partner requests: 1"})
    );
    // One that is opened again counts again.
    let path = format!("/v1/partner-requests/{}", id(&closed));
    app.patch(&path, Some("*"), &json!({"closed": null})).expect(200);
    assert_eq!(suggested(app, PATH).len(), 3);
});

on_both!(a_coast_in_common_speaks_for_a_partner, empty, |app| {
    create(app, "authorities", &commune("06029", "Cannes"));
    create(app, "authorities", &commune("75056", "Paris"));
    for (code, name) in [("37201", "Takamatsu"), ("26100", "Kyoto")] {
        create(app, "authorities", &city(code, name));
    }
    create(app, "authorities", &json!({"country": "JP", "level": "city", "name": {"fr": "unknown"}}));
    let cannes = "/v1/authorities/insee_com:06029/suggestions";
    assert_eq!(suggested(app, cannes), [("Takamatsu".to_owned(), 30)]);
    assert_eq!(reasons(app, cannes, "Takamatsu"), told(&[("same_level", 1, 0), ("coast", 1, 0)]));
    let detail = app.get(cannes).json()["items"][0]["reasons"][1]["detail"].clone();
    let km = |code: &str| {
        app.get(&format!("/v1/gazetteer/{code}")).expect(200).json()["coast_km"].as_i64().unwrap()
    };
    let (one, other) = (km("insee_com:06029"), km("dantai:372013"));
    assert_eq!(detail["fr"], format!("toutes deux sur le littoral : à {one} km et {other} km de la mer"));
    assert_eq!(detail["ja"], format!("ともに沿岸：海から{one}km、{other}km"));
    assert_eq!(detail["en"], format!("both on the coast: {one} km and {other} km from the sea"));
    assert_eq!(suggested(app, "/v1/authorities/insee_com:75056/suggestions"), []);
    assert_eq!(suggested(app, "/v1/authorities/dantai:372013/suggestions"), [("Cannes".to_owned(), 30)]);
});

on_both!(a_partner_of_any_time_is_not_suggested, empty, |app| {
    region(app);
    let ended = json!({"status": "ended", "until": {"edtf": "1990"}});
    create(app, "partnerships", &with(&partnership(&["insee_com:13001", "dantai:28100"]), &ended));
    let names: Vec<String> = suggested(app, PATH).into_iter().map(|(name, _)| name).collect();
    assert!(!names.contains(&"visited".to_owned()) && names.contains(&"common".to_owned()), "{names:?}");
});

on_both!(suggestions_can_be_cut_short_and_asked_for_again, empty, |app| {
    region(app);
    assert_eq!(suggested(app, &format!("{PATH}?limit=2")).len(), 2);
    assert_eq!(suggested(app, &format!("{PATH}?country=JP")).len(), 6);
    assert_eq!(suggested(app, &format!("{PATH}?country=FR")).len(), 0);
    let first = app.get(PATH).expect(200);
    assert_eq!(app.get(PATH).text, first.text);
    assert_eq!(app.request("GET", PATH).header("if-none-match", first.etag()).send().status, 304);
    create(app, "partnerships", &partnership(&["insee_com:13001", "dantai:28100"]));
    assert_ne!(app.get(PATH).etag(), first.etag());
    assert_faults(
        app.get(&format!("{PATH}?limit=0&country=DE&q=x")),
        400,
        &[("limit", "invalid_parameter"), ("country", "invalid_parameter"), ("q", "unknown_parameter")],
    );
});

on_both!(an_authority_that_is_not_there_has_no_suggestions, empty, |app| {
    assert_eq!(app.get(PATH).expect(404).json()["code"], "no_such_record");
    app.get("/v1/authorities/nobody/suggestions").expect(404);
    create(app, "authorities", &commune("13001", "S"));
    assert_eq!(suggested(app, PATH), vec![]);
    let other = id(&create(app, "authorities", &commune("13002", "T")));
    let merge = format!("/v1/authorities/insee_com:13001/merge-into/{other}");
    let admin = app.new_key("registry", &["admin"], &[]);
    app.request("POST", &merge).key(&admin).if_match(Some("*")).send().expect(200);
    let old = app.get("/v1/authorities/insee_com:13002").json();
    assert_eq!(old["id"], other);
    app.delete("/v1/authorities/insee_com:13002", Some("*")).expect(204);
    assert_eq!(app.get("/v1/authorities/insee_com:13002/suggestions").expect(410).json()["code"], "gone");
});

on_both!(the_founding_authorities_find_partners_beyond_their_own, seeded, |app| {
    let of = |name: &str| suggested(app, &format!("/v1/authorities/{name}/suggestions"));
    // Kobe is Marseille's partner, in the same region; Shizuoka, on the coast too, is Cannes's own.
    let cannes = of("insee_com:06029");
    assert_eq!(cannes[0], ("Kobe".to_owned(), 38));
    assert!(cannes[1..].iter().all(|(_, score)| *score <= 30), "{cannes:?}");
    let cities: Vec<&str> = cannes.iter().map(|(name, _)| name.as_str()).collect();
    assert!(cities.contains(&"Takamatsu"), "{cities:?}");
    assert!(!cities.contains(&"Shizuoka") && !cities.contains(&"Kyoto"), "{cities:?}");
    // Paris was in Hiroshima, which is no partner.
    let paris = of("insee_com:75056");
    assert_eq!(paris[0].0, "Hiroshima");
    assert!(paris.iter().all(|(name, _)| name != "Tokyo" && name != "Kyoto"), "{paris:?}");
    let why = reasons(app, "/v1/authorities/insee_com:75056/suggestions", "Hiroshima");
    assert_eq!(why, told(&[("shared_themes", 4, 1), ("visits", 1, 1), ("same_level", 1, 0)]));
});
