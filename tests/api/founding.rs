//! The founding dataset: what five documents say, as the API tells it.

use crate::on_both;
use crate::support::TestApp;
use crate::support::feeds::{export_records, import_records};
use kakehashi::domain::kind::Kind;
use kakehashi::transfer::seed;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn items(app: &TestApp, path: &str) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let page = app.get(&format!("{path}{join}limit=500")).expect(200).json();
    assert!(page["page"].get("next").is_none(), "{path} has more than one page");
    page["items"].as_array().unwrap().clone()
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// What is at a pointer in each item of a list.
fn each<'a>(list: &'a Value, pointer: &str) -> Vec<Option<&'a str>> {
    list.as_array().unwrap().iter().map(|item| text(item, pointer)).collect()
}

fn cited<'a>(record: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let citations = record["citations"].as_array().unwrap();
    citations.iter().filter(|citation| citation["pointer"] == pointer).collect()
}

on_both!(the_nine_editions_are_as_the_sources_say, seeded, |app| {
    let expected = [
        ("Nancy", "FR", "2008-10-27/2008-10-28", None),
        ("Kanazawa", "JP", "2010-05-12/2010-05-13", None),
        (
            "Chartres",
            "FR",
            "2012-08-27/2012-08-31",
            Some("Pour répondre à la mondialisation, comment les collectivités territoriales s'organisent ?"),
        ),
        (
            "Takamatsu",
            "JP",
            "2014-10-28/2014-10-30",
            Some(
                "A l'ère de la mondialisation, quelles mesures les collectivités territoriales doivent-elles prendre \
                 afin de redynamiser l'économie locale ?",
            ),
        ),
        (
            "Tours",
            "FR",
            "2016-10-05/2016-10-06",
            Some(
                "L'innovation - facteur de dynamisme économique et de rayonnement international pour les \
                 collectivités locales japonaises et françaises",
            ),
        ),
        (
            "Kumamoto",
            "JP",
            "2018-10-08/2018-10-11",
            Some("L'attractivité territoriale, un vecteur de développement pour une société responsable"),
        ),
        (
            "Aix-en-Provence",
            "FR",
            "2022-10-03/2022-10-06",
            Some(
                "Dans le monde post-Covid, l'urgence de l'innovation au service d'un territoire durable et inclusif",
            ),
        ),
        (
            "Shizuoka",
            "JP",
            "2024-11-18/2024-11-21",
            Some("Le partenariat des collectivités franco-japonaises porteur de nouvelles valeurs mondiales"),
        ),
        ("Cannes", "FR", "2026-23", None),
    ];
    let editions = items(app, "/v1/rencontres?sort=number");
    assert_eq!(editions.len(), expected.len());
    for (index, (edition, (host, country, dates, theme))) in editions.iter().zip(expected).enumerate() {
        let told = (text(edition, "/host/name/fr"), text(edition, "/country"), text(edition, "/dates/edtf"));
        assert_eq!(told, (Some(host), Some(country), Some(dates)));
        assert_eq!(text(edition, "/theme/fr"), theme, "edition {}", index + 1);
        assert_eq!(edition["number"], index + 1);
        assert_eq!(edition["status"], if index == 8 { "planned" } else { "held" });
        assert_eq!(edition["confirmation_overdue"], false);
    }
    let ninth = &editions[8];
    assert_eq!(
        (text(ninth, "/dates/earliest"), text(ninth, "/dates/latest")),
        (Some("2026-09-01"), Some("2026-11-30"))
    );
    assert_eq!(
        (ninth["announced_at"]["id"].clone(), ninth["previous"]["id"].clone()),
        (editions[7]["id"].clone(), editions[7]["id"].clone())
    );
    app.clock.set("2026-12-01T00:00:00Z".parse().unwrap());
    let ninth = app.get("/v1/rencontres/number:9").json();
    assert_eq!(
        (ninth["status"].clone(), ninth["confirmation_overdue"].clone()),
        (json!("planned"), json!(true))
    );
});

on_both!(exactly_five_partnerships_stand_in_the_sources, seeded, |app| {
    let expected = [
        (
            "auvergne-rhone-alpes-aichi",
            "insee_reg:84",
            "dantai:230006",
            "memorandum_of_understanding",
            Some("2022?-05-19"),
        ),
        ("cannes-shizuoka", "insee_com:06029", "dantai:221007", "twinning", None),
        ("marseille-kobe", "insee_com:13055", "dantai:281000", "partnership_convention", Some("1961")),
        ("paris-kyoto", "insee_com:75056", "dantai:261009", "friendship_cooperation_pact", Some("1958")),
        ("paris-tokyo", "insee_com:75056", "dantai:130001", "friendship_cooperation_pact", Some("1982")),
    ];
    assert_eq!(items(app, "/v1/partnerships").len(), expected.len());
    for (slug, french, japanese, category, since) in expected {
        let partnership = app.get(&format!("/v1/partnerships/slug:{slug}")).expect(200).json();
        assert_eq!(
            (text(&partnership, "/category"), text(&partnership, "/since/edtf")),
            (Some(category), since),
            "{slug}"
        );
        assert_eq!(partnership["parties"].as_array().unwrap().len(), 2, "{slug}");
        let both = items(app, &format!("/v1/partnerships?authority={french}"));
        assert!(both.iter().any(|found| found["id"] == partnership["id"]), "{slug}: {french}");
        let found = items(app, &format!("/v1/partnerships?authority={japanese}"));
        assert_eq!(each(&json!(found), "/id"), [text(&partnership, "/id")], "{slug}: {japanese}");
    }
    // What the sources call a convention elsewhere is kept beside the pact.
    let kyoto = app.get("/v1/partnerships/slug:paris-kyoto").json();
    let kinds: Vec<_> =
        cited(&kyoto, "/category").iter().map(|c| (text(c, "/value"), text(c, "/rank"))).collect();
    assert!(kinds.contains(&(Some("partnership_convention"), Some("normal"))), "{kinds:?}");
    // Hosts are no partners, and no pair is made out of a visit or a network.
    for city in [
        "insee_com:54395",
        "dantai:172014",
        "insee_com:37261",
        "dantai:431001",
        "insee_com:13001",
        "dantai:341002",
    ] {
        assert_eq!(items(app, &format!("/v1/partnerships?authority={city}")), Vec::<Value>::new(), "{city}");
    }
});

on_both!(the_seventh_edition_was_postponed_twice, seeded, |app| {
    let edition = app.get("/v1/rencontres/number:7").expect(200).json();
    let schedule: Vec<_> = edition["schedule"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (text(step, "/dates/edtf"), text(step, "/status"), text(step, "/reason/fr")))
        .collect();
    let reason = Some("contexte sanitaire difficile");
    let expected = [
        (Some("2020"), Some("postponed"), reason),
        (Some("2021"), Some("postponed"), reason),
        (Some("2022-10-03/2022-10-06"), Some("held"), None),
    ];
    assert_eq!(schedule, expected);
    let fourth = app.get("/v1/rencontres/number:4").expect(200).json();
    assert_eq!(each(&fourth["schedule"], "/status"), [Some("planned"), Some("held")]);
});

on_both!(the_eighth_edition_has_its_figures_and_declaration, seeded, |app| {
    let edition = app.get("/v1/rencontres/number:8").expect(200).json();
    let figures: BTreeMap<_, _> = edition["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|figure| {
            let of = (text(figure, "/measure").unwrap(), text(figure, "/side").unwrap());
            (of, (figure["value"].as_i64().unwrap(), text(figure, "/qualifier")))
        })
        .collect();
    let expected = BTreeMap::from([
        (("persons", "total"), (200, Some("nearly"))),
        (("authorities", "fr"), (19, None)),
        (("authorities", "jp"), (35, None)),
        (("authorities", "total"), (54, None)),
    ]);
    assert_eq!(figures, expected);
    let declaration = &edition["declaration"];
    assert_eq!(text(declaration, "/title/fr"), Some("Déclaration de Shizuoka"));
    assert_eq!(text(declaration, "/adopted/edtf"), Some("2024-11-21"));
    assert_eq!(text(declaration, "/read_by/fr"), Some("le maire de la ville de Shizuoka"));
    assert_eq!(declaration["commitments"].as_array().unwrap().len(), 4);
});

on_both!(the_programme_of_the_eighth_edition_is_told_day_by_day, seeded, |app| {
    let sessions = items(app, "/v1/rencontres/number:8/sessions");
    let positions: Vec<_> = sessions.iter().map(|session| session["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=16).collect::<Vec<_>>());
    let days = sessions
        .iter()
        .map(|session| (text(session, "/date/edtf").unwrap(), text(session, "/category").unwrap()));
    let mut programme: Vec<(&str, Vec<&str>)> = Vec::new();
    for (day, category) in days {
        match programme.last_mut() {
            Some((last, categories)) if *last == day => categories.push(category),
            _ => programme.push((day, vec![category])),
        }
    }
    let (visit, table, workshop) = ("site_visit", "round_table", "workshop");
    let expected = [
        ("2024-11-18", vec!["meal", visit, visit]),
        ("2024-11-19", vec![visit, visit, visit, visit, "opening_ceremony", "meal"]),
        ("2024-11-20", vec![table, table, workshop, workshop, workshop]),
        ("2024-11-21", vec!["declaration_adoption", "announcement"]),
    ];
    assert_eq!(programme, expected);
    for (position, part) in
        [(7, "afternoon"), (8, "evening"), (9, "evening"), (12, "afternoon"), (14, "afternoon")]
    {
        assert_eq!(text(&sessions[position - 1], "/part_of_day"), Some(part), "session {position}");
    }
});

on_both!(the_memorandum_has_its_parties_sectors_and_two_planned_follow_ups, seeded, |app| {
    let memorandum = app.get("/v1/memoranda/slug:auvergne-rhone-alpes-aichi-memorandum").expect(200).json();
    assert_eq!(items(app, "/v1/memoranda").len(), 1);
    assert_eq!(text(&memorandum, "/signed/edtf"), Some("2022?-05-19"));
    assert!(memorandum.get("place").is_none(), "no source tells the place");
    let parties = each(&memorandum["parties"], "/party/name/fr");
    assert_eq!(parties, [Some("Auvergne-Rhône-Alpes"), Some("Préfecture d'Aichi")]);
    let themes: Vec<_> = memorandum["themes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for sector in [
        "industry",
        "automotive",
        "aerospace",
        "digital",
        "research",
        "innovation",
        "gastronomy",
        "mountain_industry",
    ] {
        assert!(themes.contains(&sector), "{sector}");
    }
    let follow_ups = &memorandum["follow_ups"];
    assert_eq!(each(follow_ups, "/status"), [Some("planned"), Some("planned")]);
    let leaders: Vec<_> =
        follow_ups.as_array().unwrap().iter().map(|step| each(&step["leaders"], "/name/fr")).collect();
    assert_eq!(leaders[0][0], Some("Philippe Meunier"));
    assert_eq!(leaders[1][0], Some("Stéphanie Pernod"));
    let signatories = each(&memorandum["signatories"], "/person/name/fr");
    assert_eq!(signatories, [Some("Laurent Wauquiez"), Some("Hideaki Ōmura")]);
});

on_both!(the_visit_of_2016_tells_who_was_on_which_leg, seeded, |app| {
    let visit = app.get("/v1/visits/slug:paris-ile-de-france-japan-2016").expect(200).json();
    let stops: Vec<_> = visit["stops"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stop| {
            (
                text(stop, "/authority/name/fr"),
                text(stop, "/dates/edtf"),
                each(&stop["delegates"], "/name/fr"),
            )
        })
        .collect();
    let (hidalgo, pecresse) = (Some("Anne Hidalgo"), Some("Valérie Pécresse"));
    let expected = [
        (Some("Tokyo"), Some("2016-02-28/2016-02-29"), vec![hidalgo, pecresse]),
        (Some("Kyoto"), Some("2016-03-01/2016-03-02"), vec![hidalgo]),
        (Some("Hiroshima"), Some("2016-03-01/2016-03-02"), vec![hidalgo]),
    ];
    assert_eq!(stops, expected);
    assert_eq!(each(&visit["hosts"], "/title/fr"), [Some("gouverneur de Tokyo")]);
    assert_eq!(
        (visit["purposes"].as_array().unwrap().len(), visit["outcomes"].as_array().unwrap().len()),
        (6, 3)
    );
    assert_eq!(items(app, "/v1/visits").len(), 3);
});

on_both!(the_country_group_is_presided_by_two_cities_in_turn, seeded, |app| {
    let group = app.get("/v1/organisations/slug:cuf-country-group-japan").expect(200).json();
    assert_eq!(text(&group, "/founded/edtf"), Some("2011-11-02"));
    let presidencies = &group["presidencies"];
    assert_eq!(each(presidencies, "/authority/name/fr"), [Some("Nancy"), Some("Aix-en-Provence")]);
    assert_eq!(each(presidencies, "/person/name/fr"), [None, Some("Karima Zerkani-Raynal")]);
    assert_eq!(each(presidencies, "/since/edtf"), [Some("2011-11-02"), None]);
});

on_both!(tokyo_is_a_prefecture_headed_by_a_governor, seeded, |app| {
    let tokyo = app.get("/v1/authorities/dantai:130001").expect(200).json();
    assert_eq!((text(&tokyo, "/level"), text(&tokyo, "/name/ja")), (Some("prefecture"), Some("東京都")));
    let head = app.get("/v1/people/slug:yoichi-masuzoe").expect(200).json();
    assert_eq!(each(&head["mandates"], "/role"), [Some("governor")]);
    assert_eq!(text(&head, "/mandates/0/holder/id"), text(&tokyo, "/id"));
    for (record, pointer, value) in [(&tokyo, "/level", "city"), (&head, "/mandates/role", "mayor")] {
        let said: Vec<_> =
            cited(record, pointer).into_iter().filter(|citation| citation["value"] == value).collect();
        assert!(!said.is_empty(), "{pointer} {value}");
        assert!(
            said.iter()
                .all(|citation| citation["rank"] == "deprecated" && citation["reason"] == "contradicted")
        );
    }
});

on_both!(typing_errors_are_kept_as_what_a_source_says_never_as_truth, seeded, |app| {
    let sessions = items(app, "/v1/rencontres/number:8/sessions");
    let mut slips: BTreeMap<&str, usize> = BTreeMap::new();
    for session in &sessions {
        for citation in cited(session, "/date").iter().filter(|citation| citation["rank"] == "deprecated") {
            assert_eq!(citation["reason"], "source_typo", "{citation}");
            *slips.entry(text(citation, "/value").unwrap()).or_default() += 1;
        }
    }
    assert_eq!(slips, BTreeMap::from([("XXXX-04-20", 3), ("XXXX-06-19", 4)]));
    let told = app.get("/v1/sessions?date[overlaps]=2024-06/2024-06&count=exact").expect(200).json();
    assert_eq!(told["page"]["total"], 0);
    for kind in Kind::ALL {
        for record in items(app, &format!("/v1/{}", kind.path())) {
            for citation in record["citations"].as_array().unwrap() {
                assert!(citation["rank"] != "deprecated" || citation.get("reason").is_some(), "{citation}");
            }
        }
    }
});

on_both!(every_record_cites_something_and_none_tells_a_mailbox_or_telephone, seeded, |app| {
    for kind in Kind::ALL {
        for record in items(app, &format!("/v1/{}", kind.path())) {
            let all = record.to_string();
            assert!(!record["citations"].as_array().unwrap().is_empty(), "{} cites nothing", record["label"]);
            assert!(!all.contains('@'), "an address in {}", record["label"]);
            assert!(
                !all.contains("+33") && !all.contains("+81") && !all.contains("53 41 81 83"),
                "{}",
                record["label"]
            );
            assert_eq!(record["origin"], "kakehashi");
            assert_eq!(record["version"], 1);
            for language in ["fr", "ja", "en"] {
                assert!(
                    text(&record["label"], &format!("/{language}")).is_some_and(|label| !label.is_empty())
                );
            }
        }
    }
});

on_both!(founding_twice_changes_nothing, seeded, |app| {
    let (db, clock) = (app.db.clone(), app.clock.clone());
    let found = seed::seed_if_empty(&db, &clock);
    assert_eq!(actix_web::rt::System::new().block_on(found).unwrap(), None);
    let records = seed::seed_records();
    assert_eq!(import_records(app, "kakehashi", &records), [0, 0, records.len(), 0]);
});

on_both!(what_is_exported_founds_another_registry, seeded, |app| {
    let (records, count) = (export_records(app), seed::seed_records().len());
    assert!(count > 80 && records.len() == count, "{count}");
    let other = TestApp::start(Backend::Sqlite, Content::Empty);
    assert_eq!(import_records(&other, "kakehashi", &records), [count, 0, 0, 0]);
    assert_eq!(import_records(&other, "kakehashi", &records), [0, 0, count, 0]);
    assert_eq!(import_records(app, "kakehashi", &export_records(&other)), [0, 0, count, 0]);
    assert_eq!(export_records(&other), records);
});
