//! Search over all kinds: what is found, in which order, what of it is shown; and completion.

use crate::on_both;
use crate::support::feeds::import_records;
use crate::support::records::{
    assert_faults, city, commune, create, id, partnership, source, two_towns, with,
};
use crate::support::{Backend, Content, TestApp, TestResponse, postgres};
use kakehashi::db::conn::Conn;
use kakehashi::domain::folding::{self, fold_texts_for_search};
use kakehashi::domain::kind::Kind;
use kakehashi::domain::partial_date::PartialDate;
use kakehashi::search::filters::SearchFilters;
use kakehashi::search::hits::{SearchPage, SearchRequest, search as hits_of};
use kakehashi::search::query::Query;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn query(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

#[track_caller]
fn search(app: &TestApp, parameters: &[(&str, &str)]) -> Value {
    app.get(&format!("/v1/search?{}", query(parameters))).expect(200).json()
}

/// Kind and French label of the hits, best first.
#[track_caller]
fn hits(app: &TestApp, q: &str) -> Vec<(String, String)> {
    let page = search(app, &[("q", q)]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| (text(&item["kind"]), text(&item["label"]["fr"]))).collect()
}

#[track_caller]
fn first(app: &TestApp, q: &str) -> (String, String) {
    hits(app, q).into_iter().next().unwrap_or_else(|| panic!("nothing is found with {q}"))
}

fn labels(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["label"]["fr"].as_str().unwrap()).collect()
}

fn is(kind: &str, label: &str) -> (String, String) {
    (kind.to_owned(), label.to_owned())
}

on_both!(one_person_is_found_by_every_spelling, seeded, |app| {
    for q in
        ["Omura", "Ōmura", "Ohmura", "大村", "OOMURA", "おおむら", "Ｏｍｕｒａ", "omura hideaki", "oumura"]
    {
        let people = search(app, &[("q", q), ("kind", "person")]);
        assert_eq!(labels(&people), ["Hideaki Ōmura"], "{q}");
        assert_eq!(people["corrected"], json!([]), "{q}");
    }
    assert_eq!(first(app, "大村"), is("person", "Hideaki Ōmura"));
});

on_both!(one_place_is_found_by_every_spelling, seeded, |app| {
    for q in ["Ile de France", "Île-de-France", "ILE–DE–FRANCE", "イル・ド・フランス", "ｲﾙ=ﾄﾞ=ﾌﾗﾝｽ"]
    {
        assert_eq!(first(app, q), is("authority", "Île-de-France"), "{q}");
    }
    for q in ["Aïchi", "愛知", "あいち", "Aichi", "アイチ", "aiti", "préfecture d’aichi", "Prefecture Aichi"]
    {
        assert_eq!(first(app, q), is("authority", "Préfecture d'Aichi"), "{q}");
    }
    for q in ["Tôkyô", "Tōkyō", "Toukyou", "TOKYO", "東京"] {
        assert_eq!(first(app, q), is("authority", "Tokyo"), "{q}");
    }
});

on_both!(french_is_found_in_other_forms, empty, |app| {
    let titles = [
        "Le jumelage économique",
        "Partenariats",
        "L’innovation ouverte",
        "Offices de tourisme",
        "Vœux régionaux",
    ];
    for title in titles {
        source(app, title, &json!({}));
    }
    for (q, expected) in [
        ("jumelages économiques", &["Le jumelage économique"][..]),
        ("partenariat", &["Partenariats"]),
        ("l'innovation", &["L’innovation ouverte"]),
        ("innovations", &["L’innovation ouverte"]),
        ("d'innovation ouvert", &["L’innovation ouverte"]),
        ("Tours", &[]),
        ("voeu", &["Vœux régionaux"]),
        ("régional", &["Vœux régionaux"]),
        ("office TOURISMES", &["Offices de tourisme"]),
    ] {
        assert_eq!(labels(&search(app, &[("q", q)])), expected, "{q}");
    }
});

on_both!(phrases_are_found_as_they_stand, empty, |app| {
    source(
        app,
        "La coopération décentralisée",
        &json!({"title": {"fr": "La coopération décentralisée", "ja": "地方自治体の交流"}}),
    );
    source(
        app,
        "Décentralisée, la coopération",
        &json!({"title": {"fr": "Décentralisée, la coopération", "ja": "交流 地方"}}),
    );
    let count = |q: &str| search(app, &[("q", q)])["total"].as_u64().unwrap();
    assert_eq!(count("coopération décentralisée"), 2);
    for phrase in
        ["\"coopération décentralisée\"", "« cooperation decentralisee »", "“COOPÉRATION décentralisée”"]
    {
        assert_eq!(labels(&search(app, &[("q", phrase)])), ["La coopération décentralisée"], "{phrase}");
    }
    assert_eq!(
        (count("\"coopération décent\""), count("\"coopération"), count("\"la\" \"décentralisée\"")),
        (0, 2, 2)
    );
    assert_eq!(
        (count("「自治体」"), count("『地方自治』"), count("「交流 地方」"), count("流"), count("地方")),
        (1, 1, 1, 2, 2)
    );
});

on_both!(hits_are_ranked_by_where_the_words_are, empty, |app| {
    let titled = |title: &str| id(&source(app, title, &json!({})));
    let inside = titled("Les Montnancyens");
    let word = titled("Ville de Nancy");
    let prefix = titled("Nancy et Kanazawa");
    let exact = titled("Nancy");
    let text = id(&source(app, "Annuaire", &json!({"publisher": {"fr": "Mairie de Nancy"}})));
    let town = id(&create(app, "authorities", &commune("54395", "Nancy")));
    let page = search(app, &[("q", "nancy")]);
    let found: Vec<(String, i64)> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (id(item), item["score"].as_i64().unwrap()))
        .collect();
    let expected = [(town, 501), (exact, 501), (prefix, 401), (word, 301), (inside, 201), (text, 100)];
    assert_eq!(found, expected);
    assert_eq!(page["items"][5]["matched"], json!(["text"]));
    assert_eq!(page["items"][0]["matched"], json!(["name"]));
    assert_eq!(search(app, &[("q", "kanazawa mairie nancy")])["total"], 0);
    // Of equals, the one that others refer to.
    let second = create(app, "authorities", &commune("06029", "Nancy"));
    let city = create(app, "authorities", &city("221007", "Shizuoka"));
    create(app, "partnerships", &partnership(&[&id(&second), &id(&city)]));
    assert_eq!(search(app, &[("q", "nancy")])["items"][0]["id"], second["id"]);
});

on_both!(identifiers_find_their_bearers, seeded, |app| {
    for q in ["dantai:23000", "dantai:230006", "230006", "hideaki-omura", "number:8"] {
        let page = search(app, &[("q", q)]);
        let item = &page["items"][0];
        assert_eq!((&item["score"], &item["matched"][0]), (&json!(600), &json!("identifier")), "{q}: {page}");
        let record = app.get(item["href"].as_str().unwrap()).expect(200).json();
        let shown = &item["snippets"][0];
        let value = record.pointer(shown["pointer"].as_str().unwrap()).unwrap();
        assert_eq!(
            value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            shown["text"].as_str().unwrap(),
            "{q}"
        );
    }
    let one = search(app, &[("q", "insee_com:06029"), ("kind", "visit")]);
    assert_eq!(
        (&one["total"], &one["facets"]["kind"][0]),
        (&json!(0), &json!({"code": "authority", "count": 1}))
    );
});

on_both!(snippets_are_pieces_of_the_record, seeded, |app| {
    for q in [
        "Aichi",
        "大村",
        "coopération",
        "ameublement",
        "délégation Shizuoka",
        "交流",
        "l’innovation",
        "jumelages",
    ] {
        let page = search(app, &[("q", q), ("limit", "500")]);
        for item in page["items"].as_array().unwrap() {
            let record = app.get(item["href"].as_str().unwrap()).expect(200).json();
            let snippets = item["snippets"].as_array().unwrap();
            assert!(!snippets.is_empty() && snippets.len() <= 3, "{q}: {item}");
            for snippet in snippets {
                let pointer = snippet["pointer"].as_str().unwrap();
                let whole = record.pointer(pointer).unwrap_or_else(|| panic!("{pointer} of {record}"));
                let text = snippet["text"].as_str().unwrap();
                assert!(whole.as_str().unwrap().contains(text), "{pointer}: {text}");
                if let Some(lang) = snippet["lang"].as_str() {
                    assert!(pointer.ends_with(&format!("/{lang}")), "{pointer}");
                }
                let length = text.chars().count() as u64;
                let mut last = 0;
                for highlight in snippet["highlights"].as_array().unwrap() {
                    let (start, end) =
                        (highlight["start"].as_u64().unwrap(), highlight["end"].as_u64().unwrap());
                    assert!(last <= start && start < end && end <= length, "{snippet}");
                    last = end;
                }
                assert!(last > 0, "{snippet}");
            }
        }
    }
    let person = search(app, &[("q", "ohmura"), ("kind", "person")]);
    assert_eq!(
        person["items"][0]["snippets"][0],
        json!({"pointer": "/name/fr", "lang": "fr", "text": "Hideaki Ōmura", "highlights": [{"start": 8, "end": 13}]})
    );
    let partnership = search(app, &[("q", "aichi"), ("kind", "partnership")]);
    assert_eq!(partnership["items"][0]["snippets"][0]["pointer"], "/label/fr");
});

on_both!(misspelt_words_give_way_to_the_nearest, seeded, |app| {
    for (q, to) in [
        ("Shizuoak", "shizuoka"),
        ("shizuka", "shizuoka"),
        ("Kanazaw", ""),
        ("nagoay", "nagoya"),
        ("Ile de Farnce", "france"),
    ] {
        let page = search(app, &[("q", q)]);
        let expected = if to.is_empty() {
            json!([])
        } else {
            json!([{"from": q.rsplit(' ').next().unwrap(), "to": to}])
        };
        assert_eq!(page["corrected"], expected, "{q}");
        assert!(page["total"].as_u64().unwrap() > 0, "{q}");
    }
    for q in ["xyzxyz", "zxq", "Shizuoka Farncexx", "\"shizuoak\"", "静罔"] {
        let page = search(app, &[("q", q)]);
        assert_eq!((&page["total"], &page["corrected"]), (&json!(0), &json!([])), "{q}");
    }
});

on_both!(filters_and_facets_agree, seeded, |app| {
    let whole = search(app, &[("q", "aichi"), ("limit", "500")]);
    assert_eq!(whole["total"], whole["items"].as_array().unwrap().len());
    for facet in ["kind", "country", "theme", "decade"] {
        let values = whole["facets"][facet].as_array().unwrap();
        assert!(!values.is_empty(), "{facet}");
        for value in values {
            let code = value["code"].as_str().unwrap();
            let filter = match facet {
                "decade" => ("year", format!("{code}/{}9", &code[..3])),
                other => (other, code.to_owned()),
            };
            let page = search(app, &[("q", "aichi"), (filter.0, &filter.1), ("limit", "1")]);
            assert_eq!(page["total"], value["count"], "{facet} {code}");
            if facet != "decade" {
                assert_eq!(page["facets"][facet], whole["facets"][facet], "{facet} {code}");
            }
        }
    }
    let narrow = |parameters: &[(&str, &str)]| search(app, parameters)["total"].as_u64().unwrap();
    let of = |country: &str| narrow(&[("q", "aichi"), ("kind", "authority"), ("country", country)]);
    assert_eq!((of("JP"), of("FR"), of("JP,FR")), (2, 1, 3));
    assert_eq!(narrow(&[("q", "aichi"), ("kind", "memorandum"), ("country", "FR")]), 1);
    assert_eq!(narrow(&[("kind", "memorandum"), ("year", "2022")]), 1);
    assert_eq!(narrow(&[("kind", "memorandum"), ("year", "2021,2023/..")]), 0);
    let all = narrow(&[]);
    assert_eq!(
        narrow(&[("kind", "person,authority")]),
        narrow(&[("kind", "person")]) + narrow(&[("kind", "authority")])
    );
    assert!(
        all > 80 && narrow(&[("theme", "economy")]) > 6 && narrow(&[("theme", "economy")]) < all,
        "{all}"
    );
});

on_both!(pages_of_hits_follow_one_another, seeded, |app| {
    let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
    let path = "/v1/search?q=a&country=JP";
    let whole = app.get(&format!("{path}&limit=500")).expect(200).json();
    let (mut found, mut next) = (vec![], Some(format!("{path}&limit=7")));
    while let Some(path) = next {
        let answer = app.get(&path).expect(200);
        let page = answer.json();
        assert_eq!((&page["total"], &page["facets"]), (&whole["total"], &whole["facets"]));
        found.extend(ids(&page));
        next = page["page"]["next"].as_str().map(str::to_owned);
        assert_eq!(answer.header("link").is_some(), next.is_some());
    }
    assert!(found.len() > 14);
    assert_eq!(found, ids(&whole));
    let next = app.get(&format!("{path}&limit=2")).json()["page"]["next"].clone();
    let cursor = next.as_str().unwrap().split_once("cursor=").unwrap().1.to_owned();
    for wrong in [format!("/v1/search?q=b&country=JP&cursor={cursor}"), format!("{path}&cursor=x")] {
        assert_faults(app.get(&wrong), 400, &[("cursor", "invalid_cursor")]);
    }
});

on_both!(what_cannot_be_searched_is_refused, empty, |app| {
    for q in ["'", "— !", "「」", "ー"] {
        assert_faults(
            app.get(&format!("/v1/search?{}", query(&[("q", q)]))),
            400,
            &[("q", "invalid_parameter")],
        );
        assert_faults(
            app.get(&format!("/v1/search/suggest?{}", query(&[("q", q)]))),
            400,
            &[("q", "invalid_parameter")],
        );
    }
    let wrong = app.get("/v1/search?q=a&kind=persn&country=DE&theme=sports&year=20xx&limit=0&sort=x");
    assert!(wrong.text.contains("`person`"), "{}", wrong.text);
    let names = ["kind", "country", "theme", "year", "limit", "sort"];
    let codes = |name| if name == "sort" { "unknown_parameter" } else { "invalid_parameter" };
    assert_faults(wrong, 400, &names.map(|name| (name, codes(name))));
    assert_faults(app.get("/v1/search/suggest?limit=51"), 400, &[("limit", "invalid_parameter")]);
    let none = json!({
        "items": [], "page": {"limit": 50}, "total": 0, "is_capped": false, "corrected": [],
        "facets": {"kind": [], "country": [], "theme": [], "decade": []}
    });
    assert_eq!(search(app, &[("q", "nancy")]), none);
    assert_eq!(search(app, &[]), none);
    assert_eq!(app.get("/v1/search/suggest?q=nancy").expect(200).json(), json!({"items": []}));
    let long = "mot ".repeat(500);
    assert_eq!(search(app, &[("q", &long)]), none);
    let long = long + &(0..500).map(|n| n.to_string()).collect::<Vec<_>>().join(" \"");
    assert_faults(
        app.get(&format!("/v1/search?{}", query(&[("q", &long)]))),
        400,
        &[("q", "invalid_parameter")],
    );
});

on_both!(a_write_is_found_at_once_and_a_deletion_no_more, empty, |app| {
    let towns = two_towns(app);
    let pair = id(&create(app, "partnerships", &partnership(&[&towns[0], &towns[1]])));
    assert_eq!(hits(app, "cannes shizuoka"), [is("partnership", "Cannes – Shizuoka")]);
    app.patch(&format!("/v1/authorities/{}", towns[0]), Some("*"), &json!({"name": {"fr": "Nice"}}))
        .expect(200);
    assert_eq!(hits(app, "nice"), [is("authority", "Nice"), is("partnership", "Nice – Shizuoka")]);
    assert_eq!(hits(app, "cannes"), []);
    let known = app.get("/v1/search?q=nice").expect(200);
    let again = app.request("GET", "/v1/search?q=nice").header("if-none-match", known.etag()).send();
    assert_eq!(again.status, 304);
    app.delete(&format!("/v1/partnerships/{pair}"), Some("*")).expect(204);
    assert_eq!(hits(app, "nice"), [is("authority", "Nice")]);
    let suggested = |q: &str| {
        app.get(&format!("/v1/search/suggest?q={q}")).expect(200).json()["items"].as_array().unwrap().len()
    };
    assert_eq!((suggested("shi"), suggested("cann"), suggested("ni")), (1, 0, 1));
});

on_both!(searches_run_beside_writes, empty, |app| {
    std::thread::scope(|scope| {
        let writers: Vec<_> = ["Nantes", "Niigata", "Rennes"]
            .into_iter()
            .map(|name| {
                scope.spawn(move || {
                    for number in 0..8 {
                        let title = format!("{name} {number}");
                        let made = source(app, &title, &json!({}));
                        let found = search(app, &[("q", &format!("\"{title}\""))]);
                        assert_eq!(found["items"][0]["id"], made["id"], "{title}");
                        if number % 2 == 0 {
                            app.delete(&format!("/v1/sources/{}", id(&made)), Some("*")).expect(204);
                            assert_eq!(search(app, &[("q", &format!("\"{title}\""))])["total"], 0, "{title}");
                        }
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            let page = search(app, &[("q", "n")]);
            assert_eq!(page["total"], page["items"].as_array().unwrap().len());
        }
        for writer in writers {
            writer.join().unwrap();
        }
    });
    assert_eq!(search(app, &[("q", "nantes")])["total"], 4);
});

on_both!(names_are_completed_as_they_are_typed, seeded, |app| {
    let suggested = |q: &str| {
        let page = app.get(&format!("/v1/search/suggest?{}", query(&[("q", q)]))).expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= 10);
        items
    };
    for (q, text, lang) in [
        ("shizu", "Shizuoka", "fr"),
        ("静", "静岡市", "ja"),
        ("しず", "しずおかし", "ja-Hira"),
        ("ohm", "Ōmura Hideaki", "ja-Latn"),
        ("ile d", "Île-de-France", "fr"),
        ("l'ile de fr", "Île-de-France", "fr"),
    ] {
        let items = suggested(q);
        assert_eq!(
            (items[0]["text"].as_str(), items[0]["lang"].as_str()),
            (Some(text), Some(lang)),
            "{q}: {items:?}"
        );
        app.get(items[0]["href"].as_str().unwrap()).expect(200);
    }
    // A name before a name of which it is a later word.
    let aichi = suggested("aichi");
    assert!(aichi.len() > 1 && aichi[0]["kind"] == "authority", "{aichi:?}");
    let ids: std::collections::HashSet<String> = suggested("a").iter().map(id).collect();
    assert_eq!(ids.len(), 10);
    let people = app.get("/v1/search/suggest?q=v&kind=person&limit=3").expect(200).json();
    assert_eq!(people["items"][0]["text"], "Valérie Pécresse");
    assert!(people["items"].as_array().unwrap().iter().all(|item| item["kind"] == "person"));
});

/// The words of which it is made.
const FR: [&str; 16] = [
    "Nancy",
    "Orléans",
    "l’innovation",
    "jumelage",
    "Île-de-France",
    "Cœur",
    "Tours",
    "économique",
    "coopération",
    "régionaux",
    "Saint-Étienne",
    "Ōmura",
    "Kyōto",
    "Besançon",
    "d'été",
    "visite",
];
const JA: [&str; 10] =
    ["大村", "静岡市", "交流", "ナンシー", "愛知県", "日仏", "東京都", "ﾅｺﾞﾔ", "おおむら", "京都"];

/// A registry of many records, made of few words so that many have the same; the same for the same seed.
fn generated(count: usize) -> Vec<Value> {
    let mut seed: u64 = 42;
    let mut draw = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let ids: Vec<String> = (0..count).map(|n| format!("01930000-0000-7000-8000-{n:012x}")).collect();
    let mut records = Vec::with_capacity(count);
    for (n, id) in ids.iter().enumerate() {
        let french = |draw: &mut dyn FnMut(usize) -> usize, most: usize| {
            (0..=draw(most)).map(|_| FR[draw(16)]).collect::<Vec<_>>().join(" ")
        };
        let (name, summary) = (french(&mut draw, 3), french(&mut draw, 30));
        let japanese = (0..=draw(3)).map(|_| JA[draw(10)]).collect::<String>();
        let title = json!({"fr": name, "ja": japanese});
        let theme = ["culture", "local_economy", "tourism", "climate"][draw(4)];
        let (year, towns) = (1950 + draw(77), count / 4);
        let record = match n % 4 {
            // Two towns of each country, then what is between them.
            _ if n < towns => {
                let country = if n % 2 == 0 { ("FR", "commune") } else { ("JP", "city") };
                json!({"kind": "authority", "country": country.0, "level": country.1, "name": title, "description": {"fr": summary}})
            }
            0 | 1 => {
                let (french, japanese) = (draw(towns / 2) * 2, draw(towns / 2) * 2 + 1);
                json!({"kind": "visit", "category": "official_visit", "direction": "fr_to_jp", "title": title,
                    "dates": {"edtf": year.to_string()}, "themes": [theme],
                    "delegation": [{"represents": {"id": ids[french], "kind": "authority"}}],
                    "hosts": [{"represents": {"id": ids[japanese], "kind": "authority"}}],
                    "stops": [{"activity": {"fr": summary}}]})
            }
            2 => {
                json!({"kind": "source", "title": title, "publisher": {"fr": summary}, "published": {"edtf": format!("{year}-05")}})
            }
            _ => {
                json!({"kind": "person", "name": title, "mandates": [{"role": "mayor", "title": {"fr": summary}}]})
            }
        };
        let mut record = record;
        record["id"] = id.as_str().into();
        records.push(record);
    }
    records
}

fn filled(backend: Backend, count: usize) -> TestApp {
    let app = TestApp::start(backend, Content::Empty);
    assert_eq!(import_records(&app, "acme", &generated(count)), [count, 0, 0, 0]);
    app
}

/// The same questions of both databases; the first answer is that of SQLite.
fn questions(records: &[Value]) -> Vec<String> {
    let words = [
        "nancy",
        "Orléans",
        "innovation",
        "l'innovation",
        "jumelages",
        "ile de france",
        "coeur",
        "tour",
        "économiques",
        "\"île-de-france\"",
        "regional",
        "st etienne",
        "omura",
        "ohmura",
        "kyoto",
        "大村",
        "静",
        "静岡",
        "交流",
        "ナンシー",
        "愛知",
        "京都",
        "ナゴヤ",
        "おおむら",
        "「日仏」",
        "a",
        "nancyy",
        "orlaens",
        "kioto",
        "besacnon nancy",
        "zzzzzz",
        "visites",
        "e",
        "ete",
        "nancy kyoto omura",
        "cooperation decentralisee",
        "n 123",
        "n°1 nancy",
        "st 県",
        "NANCY AND omura",
        "NEAR(nancy kyoto)",
        "nan*",
        "\"nancy",
        "-nancy or visite",
        "'; drop --",
    ];
    let filters = [
        "",
        "kind=visit,person",
        "country=JP",
        "theme=economy",
        "year=1990/1999&kind=visit",
        "country=FR&theme=culture",
    ];
    let mut paths = Vec::new();
    for (at, word) in words.iter().enumerate() {
        for filter in [filters[0], filters[1 + at % 5]] {
            paths.push(format!("/v1/search?{}&{filter}", query(&[("q", word), ("limit", "40")])));
        }
        paths.push(format!("/v1/search/suggest?{}", query(&[("q", word), ("limit", "20")])));
    }
    // Pieces of what is there, cut anywhere.
    for (at, record) in records.iter().step_by(1 + records.len() / 80).enumerate() {
        let named = if record["name"].is_object() { &record["name"] } else { &record["title"] };
        let text = named[["fr", "ja"][at % 2]].as_str().unwrap();
        let piece: String = text.chars().skip(at % 5).take(1 + at % 11).collect();
        if piece.chars().any(|c| c.is_alphanumeric() && c != 'ー') {
            paths.push(format!("/v1/search?{}&limit=5", query(&[("q", &piece)])));
            paths.push(format!("/v1/search/suggest?{}", query(&[("q", &piece)])));
        }
    }
    paths.extend(filters.map(|filter| format!("/v1/search?limit=30&{filter}")));
    paths.into_iter().map(|path| path.trim_end_matches('&').to_owned()).collect()
}

#[test]
fn both_databases_answer_alike() {
    if postgres::server().is_none() {
        return;
    }
    let count = 800;
    let (one, other) = (filled(Backend::Sqlite, count), filled(Backend::Postgres, count));
    let mut found = 0;
    for question in questions(&generated(count)) {
        let (one, other) = (one.get(&question).expect(200), other.get(&question).expect(200));
        let anonymous = |answer: &TestResponse| {
            let mut answer = answer.json();
            // Each database seals its cursors with a key of its own.
            if let Some(page) = answer["page"].as_object_mut() {
                page.remove("next");
            }
            answer
        };
        let (one, other) = (anonymous(&one), anonymous(&other));
        assert_eq!(one, other, "{question}");
        found += usize::from(!one["items"].as_array().unwrap().is_empty());
    }
    assert!(found > 150, "{found}");
}

#[test]
fn lists_find_what_has_every_word() {
    let records = generated(800);
    let words = [
        "nancy",
        "n",
        "e a",
        "visite tours",
        "静",
        "静 n",
        "大村 nancy",
        "n°1",
        "j",
        "zq",
        "AND",
        "nancy AND",
        "nan*",
        "\"nancy\" -tours",
        "NEAR(nancy kyoto)",
        "innovation cœur saint orleans kyoto",
        "zzz",
        "大 京 a",
        "cooperation",
    ];
    // What of a record is text, as `generated` makes it.
    let texts = |record: &Value| {
        let named = if record["name"].is_object() { &record["name"] } else { &record["title"] };
        let more = ["/description/fr", "/stops/0/activity/fr", "/publisher/fr", "/mandates/0/title/fr"];
        let more = more.iter().filter_map(|pointer| record.pointer(pointer));
        let all: Vec<&str> =
            [&named["fr"], &named["ja"]].into_iter().chain(more).filter_map(Value::as_str).collect();
        fold_texts_for_search(all)
    };
    for backend in
        [Some(Backend::Sqlite), postgres::server().map(|_| Backend::Postgres)].into_iter().flatten()
    {
        let app = filled(backend, records.len());
        let mut found = 0;
        for (path, kind, sort) in [
            ("visits", "visit", "-dates"),
            ("people", "person", "name.fr"),
            ("sources", "source", "-updated_at"),
            ("authorities", "authority", ""),
        ] {
            for word in words {
                let has = |record: &&Value| {
                    let texts = texts(record);
                    record["kind"] == kind
                        && folding::query_words(word).iter().all(|word| texts.contains(word))
                };
                let expected: BTreeSet<&str> =
                    records.iter().filter(has).filter_map(|record| record["id"].as_str()).collect();
                let mut question = vec![("q", word), ("count", "exact")];
                question.extend((!sort.is_empty()).then_some(("sort", sort)));
                let list = |limit: &str| {
                    let mut next = Some(format!("/v1/{path}?{}&limit={limit}", query(&question)));
                    let mut ids = Vec::new();
                    while let Some(address) = next {
                        let page = app.get(&address).expect(200).json();
                        assert_eq!(page["page"]["total"], expected.len(), "{address}");
                        ids.extend(page["items"].as_array().unwrap().iter().map(id));
                        next = page["page"]["next"].as_str().map(str::to_owned);
                    }
                    ids
                };
                // Many on one page are sorted; where pages are short, the order is read until one is full.
                let whole = list("500");
                assert_eq!(
                    whole.iter().map(String::as_str).collect::<BTreeSet<_>>(),
                    expected,
                    "{path} {word}"
                );
                if whole.len() > 30 {
                    assert_eq!(list("9"), whole, "{path} {word}");
                }
                found += usize::from(!whole.is_empty());
            }
        }
        assert!(found > 40, "{found}");
    }
}

/// The answer to a question, when at most `cap` records are ranked.
fn ranked(app: &TestApp, question: &str, cap: usize) -> SearchPage {
    let mut asked = SearchRequest {
        query: None,
        filters: SearchFilters::default(),
        after: None,
        limit: 500,
        max_ranked: cap,
    };
    for (name, value) in form_urlencoded::parse(question.as_bytes()) {
        let codes = || value.split(',').map(str::to_owned);
        match &*name {
            "q" => asked.query = Query::parse(&value),
            "kind" => asked.filters.kinds = codes().filter_map(|kind| Kind::from_name(&kind)).collect(),
            "country" => asked.filters.countries = codes().collect(),
            "theme" => asked.filters.themes = codes().collect(),
            "year" => asked.filters.years = codes().filter_map(|year| PartialDate::parse(&year)).collect(),
            other => panic!("{other}"),
        }
    }
    let read = app.db.read(move |tx: &mut Conn| hits_of(tx, &asked));
    actix_web::rt::System::new().block_on(read).expect("an answer")
}

fn ids_of(found: &SearchPage) -> Vec<String> {
    found.items.iter().map(id).collect()
}

#[test]
fn a_narrow_filter_finds_all_it_admits_however_broad_the_word() {
    let records = generated(300);
    let apps: Vec<TestApp> = [Some(Backend::Sqlite), postgres::server().map(|_| Backend::Postgres)]
        .into_iter()
        .flatten()
        .map(|backend| filled(backend, records.len()))
        .collect();
    let filters = [
        "",
        "kind=visit",
        "kind=person,source",
        "country=JP",
        "country=FR,JP",
        "theme=economy",
        "theme=culture,climate",
        "year=1990/1999",
        "year=2001,2010/..",
        "country=JP&theme=economy",
        "kind=source&year=../1970",
        "kind=authority&country=FR",
        "kind=visit&country=FR&theme=tourism&year=1990/2009",
        "kind=person&year=2000",
    ];
    let (mut whole, mut bounded, mut exact) = (0, 0, 0);
    for q in ["", "q=n&", "q=nancy&", "q=%E4%BA%AC&", "q=visites&", "q=nancy+innovation&"] {
        for question in filters.map(|filter| format!("{q}{filter}")) {
            let all = ranked(&apps[0], &question, records.len());
            assert!(!all.is_capped, "{question}");
            for cap in [10, 60] {
                let mut answers = apps.iter().map(|app| ranked(app, &question, cap));
                let one = answers.next().unwrap();
                for other in answers {
                    assert_eq!((&one.items, one.total), (&other.items, other.total), "{question} {cap}");
                    assert_eq!(
                        (&one.facets, one.is_capped),
                        (&other.facets, other.is_capped),
                        "{question} {cap}"
                    );
                }
                if all.total <= cap {
                    whole += usize::from(one.is_capped);
                    assert_eq!((ids_of(&one), one.total), (ids_of(&all), all.total), "{question} {cap}");
                } else {
                    bounded += 1;
                    assert!(one.is_capped && one.total == cap, "{question} {cap}: {}", one.total);
                    let known = ids_of(&all);
                    assert!(ids_of(&one).iter().all(|id| known.contains(id)), "{question} {cap}");
                }
                if !one.is_capped {
                    exact += 1;
                    assert_eq!(one.facets, all.facets, "{question} {cap}");
                }
            }
        }
    }
    assert!(whole > 10 && bounded > 20 && exact > 10, "{whole} {bounded} {exact}");
}

#[test]
fn names_come_first_where_not_all_are_ranked() {
    for backend in
        [Some(Backend::Sqlite), postgres::server().map(|_| Backend::Postgres)].into_iter().flatten()
    {
        let app = TestApp::start(backend, Content::Empty);
        for number in 0..4 {
            source(&app, &format!("Annuaire {number}"), &json!({"publisher": {"fr": "Mairie de Nancy"}}));
        }
        create(&app, "authorities", &commune("54395", "Nancy"));
        source(&app, "Nancy", &json!({}));
        let names = |question: &str| {
            let found = ranked(&app, question, 2);
            assert!(found.is_capped, "{question}");
            found
                .items
                .iter()
                .map(|item| item["label"]["fr"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("q=nancy"), ["Nancy", "Nancy"]);
        assert_eq!(names("q=nancy&kind=source"), ["Nancy", "Annuaire 0"]);
        assert_eq!(names("q=nancy&kind=authority"), ["Nancy"]);
    }
}

on_both!(names_are_found_however_they_are_written, empty, |app| {
    for (code, fr, ja, latin) in [
        ("141003", "Yokohama", "横濱市", "Yokohama-shi"),
        ("281000", "Kobe", "神戸市", "Kōbe-shi"),
        ("252123", "Takashima", "髙島市", "Takashima-shi"),
        ("041009", "Sendai", "仙臺市", "Sendai-shi"),
        ("392014", "Kochi", "高知市", "Kouchi-shi"),
        ("221007", "Shizuoka", "静\u{AD}岡\u{200B}市", "Shizu\u{2060}oka-shi"),
    ] {
        let name = json!({"fr": fr, "ja": ja, "ja-Latn": latin});
        create(app, "authorities", &with(&city(code, fr), &json!({"name": name})));
    }
    for (fr, ja) in
        [("Jun’ichi Sasaki", "佐々木純一"), ("Kenji Miyazaki", "宮﨑謙二"), ("Atsushi Tsuka", "\u{FA10}敦")]
    {
        create(app, "people", &json!({"name": {"fr": fr, "ja": ja}}));
    }
    let labels = |path: &str| -> Vec<String> {
        let items = app.get(path).expect(200).json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["label"]["fr"].as_str().unwrap().to_owned()).collect()
    };
    for (query, label) in [
        ("横浜", "Yokohama"),
        ("横濱", "Yokohama"),
        ("横\u{200D}浜", "Yokohama"),
        ("Koube", "Kobe"),
        ("Kobe", "Kobe"),
        ("Kochi", "Kochi"),
        ("Kouchi", "Kochi"),
        ("高島", "Takashima"),
        ("髙嶋", "Takashima"),
        ("仙台", "Sendai"),
        ("静岡", "Shizuoka"),
        ("\u{FEFF}shizuoka", "Shizuoka"),
        ("佐佐木", "Jun’ichi Sasaki"),
        ("佐々木", "Jun’ichi Sasaki"),
        ("Junichi", "Jun’ichi Sasaki"),
        ("Jun'ichi", "Jun’ichi Sasaki"),
        ("宮崎", "Kenji Miyazaki"),
        ("宮﨑", "Kenji Miyazaki"),
        ("塚", "Atsushi Tsuka"),
        ("\u{FA10}敦", "Atsushi Tsuka"),
    ] {
        assert_eq!(labels(&format!("/v1/search?q={query}")), [label], "search {query}");
        assert_eq!(labels(&format!("/v1/search/suggest?q={query}")), [label], "suggest {query}");
        let kind = if ["Sasaki", "Miyazaki", "Tsuka"].iter().any(|name| label.ends_with(name)) {
            "people"
        } else {
            "authorities"
        };
        assert_eq!(labels(&format!("/v1/{kind}?q={query}")), [label], "list {query}");
    }
    assert!(labels("/v1/search?q=斉木").is_empty() && labels("/v1/search?q=木々").is_empty());
    let shown = |query: &str| {
        let item = app.get(&format!("/v1/search?q={query}")).expect(200).json()["items"][0].clone();
        let snippet = item["snippets"][0].clone();
        let text: Vec<char> = snippet["text"].as_str().unwrap().chars().collect();
        let place = |name: &str| usize::try_from(snippet["highlights"][0][name].as_u64().unwrap()).unwrap();
        text[place("start")..place("end")].iter().collect::<String>()
    };
    assert_eq!(shown("横浜"), "横濱");
    assert_eq!(shown("佐佐木"), "佐々木");
    assert_eq!(shown("Junichi"), "Jun’ichi");
    assert_eq!(shown("静岡"), "静\u{AD}岡");
});

on_both!(a_compatibility_ideograph_keeps_its_form, empty, |app| {
    let made = create(app, "people", &json!({"name": {"ja": "\u{FA10}\u{FA19}\u{FA11}"}}));
    // A standardised variation sequence each; U+FA11 is a character of its own.
    let kept = "\u{585A}\u{FE00}\u{795E}\u{FE00}\u{FA11}";
    assert_eq!(made["name"]["ja"], kept);
    let path = format!("/v1/people/{}", id(&made));
    let read = app.get(&path).expect(200);
    let again = app.put(&path, Some(read.etag()), &read.json()).expect(200);
    assert_eq!((again.etag(), again.json()["version"].clone()), (read.etag(), json!(1)));
    app.patch(&path, Some(read.etag()), &json!({"name": {"ja": "\u{FA10}\u{FA19}\u{FA11}"}})).expect(200);
    assert_eq!(app.get(&path).expect(200).etag(), read.etag());
    // Nothing that can be seen is no text.
    let answer = app.post("/v1/people", &json!({"name": {"ja": "\u{200B}\u{FEFF} \u{3164}"}})).expect(422);
    assert_eq!(answer.faults(), [("/name/ja".to_owned(), "empty".to_owned())]);
});
