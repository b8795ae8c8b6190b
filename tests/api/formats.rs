//! The same answers in the form that a tool reads: tables, maps, calendars, feeds, linked data; and the catalogues.

use crate::on_both;
use crate::openapi::{document, resolve};
use crate::support::records::{
    SHIZUOKA, assert_faults, city, commune, create, edition, id, partnership, source, two_towns, with,
};
use crate::support::{TestApp, TestResponse};
use kakehashi::kinds::all;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The media types that the document offers for a path, JSON apart.
fn offered(document: &Value, path: &str) -> Vec<String> {
    let answer = resolve(document, &document["paths"][path]["get"]["responses"]["200"]);
    let types = answer["content"].as_object().unwrap().keys();
    types.filter(|media| *media != "application/json").cloned().collect()
}

fn accept(app: &TestApp, path: &str, media: &str) -> TestResponse {
    app.request("GET", path).header("accept", media).send()
}

/// The rows of a table, its headings first.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The cells of a column.
fn column(text: &str, name: &str) -> Vec<String> {
    let rows = rows(text);
    let at = rows[0].iter().position(|heading| heading == name).unwrap_or_else(|| panic!("no column {name}"));
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

/// The content lines of a calendar, unfolded, after a check of their form.
fn lines(text: &str) -> Vec<String> {
    assert!(text.ends_with("END:VCALENDAR\r\n"), "{text}");
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']), "{line}");
    }
    text.replace("\r\n ", "").lines().map(str::to_owned).collect()
}

/// The values of a property in a calendar, parameters included.
fn values<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    lines.iter().filter(|line| line.starts_with(name)).map(|line| &line[name.len()..]).collect()
}

fn next(answer: &TestResponse) -> Option<String> {
    let link = answer.header("link")?.strip_prefix('<')?;
    link.split_once(">; rel=\"next\"").map(|(path, _)| path.to_owned())
}

on_both!(every_form_that_is_documented_is_answered_and_cached, seeded, |app| {
    let document = document();
    let mut forms = 0;
    for kind in kakehashi::domain::kind::Kind::ALL {
        let list = format!("/v1/{}", kind.path());
        let listed = app.get(&format!("{list}?limit=1")).expect(200).json();
        let first = match listed["items"].get(0) {
            Some(first) => id(first),
            // A kind that nothing is founded of.
            None => id(&create(app, kind.path(), &all::definition(*kind).sample())),
        };
        let one = format!("{list}/{first}");
        for (path, documented) in [(&list, list.clone()), (&one, format!("{list}/{{id}}"))] {
            assert_eq!(app.get(path).header("vary").unwrap().split(',').next(), Some("Accept"));
            for media in offered(&document, &documented) {
                let answer = accept(app, path, &media).expect(200);
                let what = format!("{path}: {media}");
                assert_eq!(answer.header("content-type").unwrap().split(';').next(), Some(media.as_str()));
                assert!(answer.header("vary").unwrap().starts_with("Accept"), "{what}");
                assert_eq!(answer.header("cache-control"), Some("no-cache"), "{what}");
                assert_eq!(accept(app, path, &media).text, answer.text, "{what}");
                let head = app.request("HEAD", path).header("accept", &media).send().expect(200);
                for name in ["etag", "content-type", "content-length", "content-language", "vary", "link"] {
                    assert_eq!(head.header(name), answer.header(name), "{what}: {name}");
                }
                let known = app.request("GET", path).header("accept", &media);
                let known = known.header("if-none-match", answer.etag()).send().expect(304);
                assert_eq!((known.text.as_str(), known.etag()), ("", answer.etag()), "{what}");
                assert!(known.header("vary").is_some(), "{what}");
                forms += 1;
            }
        }
    }
    assert!(forms > 70, "{forms}");
});

on_both!(a_form_that_does_not_suit_is_refused, seeded, |app| {
    let answer = accept(app, "/v1/authorities", "text/calendar").expect(406);
    assert_eq!(answer.json()["code"], "not_acceptable");
    accept(app, "/v1/people", "application/geo+json").expect(406);
    accept(app, &format!("/v1/authorities/{SHIZUOKA}"), "application/atom+xml").expect(406);
    accept(app, "/v1/authorities", "text/html, */*;q=0.1").expect(200).json();
    // `format` wins.
    let answer = accept(app, "/v1/authorities?format=csv", "text/calendar").expect(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let wrong = |parameter: &'static str| [(parameter, "invalid_parameter")];
    assert_faults(app.get("/v1/authorities?format=ics"), 400, &wrong("format"));
    assert_faults(app.get("/v1/visits?format=ics&fields=none"), 400, &wrong("fields"));
    assert_faults(app.get("/v1/visits?format=csv&count=all"), 400, &wrong("count"));
    assert_faults(app.get("/v1/visits?format=csv&bom=yes"), 400, &wrong("bom"));
    assert_faults(app.get("/v1/visits?format=csv&headings=fr"), 400, &wrong("headings"));
    assert_faults(app.get("/v1/visits?format=csv&theme=none"), 400, &wrong("theme"));
    app.get("/v1/rencontres/number:99/sessions?format=ics").expect(404);
});

on_both!(a_table_has_a_row_for_each_record_and_columns_by_name, seeded, |app| {
    let answer = app.get("/v1/partnerships?format=csv&lang=ja&sort=since").expect(200);
    assert_eq!(answer.header("content-language"), Some("ja"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"partnerships.csv\""));
    assert!(answer.header("vary").unwrap().starts_with("Accept, Accept-Language"));
    let list = app.get("/v1/partnerships?sort=since").expect(200).json();
    let items = list["items"].as_array().unwrap();
    let cells = |name: &str| column(&answer.text, name);
    let json = |pointer: &str| -> Vec<String> {
        let text =
            |item: &Value| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        items.iter().map(text).collect()
    };
    for (name, pointer) in [
        ("id", "/id"),
        ("label", "/label/ja"),
        ("since.edtf", "/since/edtf"),
        ("since.latest", "/since/latest"),
        ("history.fr", "/history/fr"),
    ] {
        assert_eq!(cells(name), json(pointer), "{name}");
    }
    let parties = cells("parties.authority.label");
    assert!(parties.contains(&"パリ | 京都市".to_owned()), "{parties:?}");
    assert_eq!(
        answer.text.split("\r\n").next().unwrap().split(',').take(3).collect::<Vec<_>>(),
        ["\"id\"", "\"kind\"", "\"version\""]
    );

    let some =
        app.get("/v1/partnerships?format=csv&fields=since,id&lang=fr&headings=words&bom=1").expect(200);
    assert_eq!(
        some.text.split("\r\n").next(),
        Some("\u{FEFF}identifiant,depuis : EDTF,depuis : au plus tôt,depuis : au plus tard")
    );
    let filtered = app.get("/v1/authorities?format=csv&country=JP&q=shizuoka&sort=-name.fr").expect(200);
    let list = app.get("/v1/authorities?country=JP&q=shizuoka&sort=-name.fr").expect(200).json();
    let ids: Vec<String> = list["items"].as_array().unwrap().iter().map(id).collect();
    assert!(ids.len() > 1);
    assert_eq!(column(&filtered.text, "id"), ids);
    assert_eq!(column(&app.get("/v1/authorities/dantai:221007?format=csv").text, "identifiers").len(), 1);
});

on_both!(a_table_is_safe_whatever_the_texts_are, empty, |app| {
    let title = "=HYPERLINK(\"http://x\"), \"quoted\"\nsecond line";
    source(app, title, &json!({"title": {"fr": title, "ja": "＝静岡"}, "publisher": {"fr": "-1+1"}}));
    let text = app.get("/v1/sources?format=csv").expect(200).text;
    assert_eq!(column(&text, "title.fr"), [format!("'{title}")]);
    assert_eq!(column(&text, "title.ja"), ["'＝静岡"]);
    assert_eq!(column(&text, "publisher.fr"), ["'-1+1"]);
    let parted = "Titre ;=1+1\n@SUM(A1); -2";
    source(app, parted, &json!({}));
    assert_eq!(
        column(&app.get("/v1/sources?format=csv").text, "title.fr")[1],
        "Titre ;'=1+1\n'@SUM(A1);' -2"
    );
    for (delimiter, mark) in [("comma", b','), ("semicolon", b';'), ("tab", b'\t')] {
        let text =
            app.get(&format!("/v1/sources?format=csv&delimiter={delimiter}&fields=version,title")).text;
        let mut reader = csv::ReaderBuilder::new().delimiter(mark).from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), rows[0].len(), rows[0].get(0)), (2, 4, Some("1")), "{delimiter}: {text}");
    }
    for lang in ["fr", "ja", "en"] {
        for fields in ["id", "id,label", "version", "identifiers"] {
            let words = format!("/v1/sources?format=csv&headings=words&lang={lang}&fields={fields}");
            let text = app.get(&words).expect(200).text;
            assert!(!text.starts_with("ID") && !text.to_lowercase().starts_with("id,"), "{words}: {text}");
        }
    }
    assert_faults(app.get("/v1/sources?format=csv&delimiter=;"), 400, &[("delimiter", "invalid_parameter")]);
    app.get("/v1/statistics/partnerships?group_by=region&format=csv&delimiter=semicolon").expect(200);
    assert_eq!(column(&text, "version"), ["1"]);
});

on_both!(the_programme_of_a_day_is_a_calendar_in_japanese, seeded, |app| {
    let path = "/v1/rencontres/number:8/sessions?format=ics&date[within]=2024-11-20&lang=ja";
    let answer = app.get(path).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(answer.header("content-language"), Some("ja"));
    let lines = lines(&answer.text);
    assert_eq!(values(&lines, "NAME;LANGUAGE=ja:"), ["Kakehashi – 会議プログラム"]);
    assert_eq!(values(&lines, "DTSTART;VALUE=DATE:"), ["20241120"; 5]);
    assert_eq!(values(&lines, "DTEND;VALUE=DATE:"), ["20241121"; 5]);
    assert_eq!(values(&lines, "STATUS:"), ["CONFIRMED"; 5]);
    let summaries = values(&lines, "SUMMARY;LANGUAGE=ja:");
    assert_eq!(summaries.len(), 5);
    assert_eq!(summaries[0], "パネルディスカッション1：地域の資源と強みの有効活用（午前）");
    assert!(summaries[2].starts_with("分科会1 経済") && summaries[2].ends_with("（午後）"));
    let list = app.get("/v1/rencontres/number:8/sessions?date[within]=2024-11-20").expect(200).json();
    let uids: Vec<String> =
        list["items"].as_array().unwrap().iter().map(|item| format!("{}@kakehashi", id(item))).collect();
    assert_eq!(values(&lines, "UID:"), uids);
    let french = app.get(&path.replace("lang=ja", "lang=fr")).expect(200);
    assert_ne!(french.etag(), answer.etag());
    assert!(french.text.contains("(matin)"));
});

on_both!(a_partial_date_is_tentative_over_all_its_days, seeded, |app| {
    let text = app.get("/v1/rencontres?format=ics&number[gte]=8&lang=fr").expect(200).text;
    let lines = lines(&text);
    assert_eq!(values(&lines, "DTSTART;VALUE=DATE:"), ["20241118", "20260901"]);
    assert_eq!(values(&lines, "DTEND;VALUE=DATE:"), ["20241122", "20261201"]);
    assert_eq!(values(&lines, "STATUS:"), ["CONFIRMED", "TENTATIVE"]);
    assert!(values(&lines, "DESCRIPTION;LANGUAGE=fr:")[1].starts_with("automne 2026"));
    assert_eq!(values(&lines, "LOCATION;LANGUAGE=fr:"), ["Shizuoka", "Cannes"]);
    assert_eq!(values(&lines, "GEO:").len(), 2);
    assert!(values(&lines, "GEO:")[0].starts_with("34.97"));
    // Written when the record was, not when it is asked for.
    app.clock.set("2026-11-24T00:00:00Z".parse().unwrap());
    let later = app.get("/v1/rencontres?format=ics&number[gte]=8&lang=fr").expect(200).text;
    assert_eq!(later, text);
});

on_both!(a_calendar_leaves_out_what_has_no_bounds_and_says_what_is_cancelled, empty, |app| {
    let empty = app.get("/v1/rencontres?format=ics").expect(200).text;
    assert_eq!(values(&lines(&empty), "BEGIN:"), ["VCALENDAR", "VTIMEZONE", "STANDARD"]);
    let [cannes, shizuoka] = two_towns(app);
    let visit = |title: &str, dates: &str| {
        let visit = json!({"category": "official_visit", "direction": "fr_to_jp", "title": {"fr": title}, "dates": {"edtf": dates},
            "stops": [{"authority": {"id": shizuoka}}]});
        id(&create(app, "visits", &visit))
    };
    visit("Sans fin", "2016/..");
    visit("Sans année", "XXXX-05-19");
    let last = visit("Virgule, point; barre \\ et\nligne", "9999-12-31");
    let lines_of = |path: &str| lines(&app.get(path).expect(200).text);
    let visits = lines_of("/v1/visits?format=ics&lang=ja");
    assert_eq!(values(&visits, "UID:"), [format!("{last}@kakehashi")]);
    // A title in French says that it is, whoever asks.
    assert_eq!(values(&visits, "SUMMARY;LANGUAGE="), ["fr:Virgule\\, point\\; barre \\\\ et\\nligne"]);
    assert!(values(&visits, "DTEND").is_empty());
    create(app, "rencontres", &edition(9, "cancelled", &cannes, "2026-11-24"));
    let made = app.get("/v1/rencontres/number:9").expect(200);
    let path = format!("/v1/rencontres/{}", id(&made.json()));
    app.patch(&path, Some(made.etag()), &json!({"occasion": {"fr": "Jubilé"}})).expect(200);
    let one = lines_of("/v1/rencontres/number:9?format=ics");
    assert_eq!((values(&one, "STATUS:"), values(&one, "SEQUENCE:")), (vec!["CANCELLED"], vec!["1"]));
    assert_eq!(values(&one, "DTSTAMP:"), ["20261122T120000Z"]);
});

on_both!(maps_show_points_lines_and_routes, seeded, |app| {
    let map = |path: &str| -> Vec<Value> {
        let map = app.get(path).expect(200).json();
        assert_eq!(map["type"], "FeatureCollection");
        map["features"].as_array().unwrap().clone()
    };
    let points = map("/v1/authorities?format=geojson&country=JP");
    assert_eq!(
        points.len(),
        app.get("/v1/authorities?country=JP&limit=500").json()["items"].as_array().unwrap().len()
    );
    let town = app.get(&format!("/v1/authorities/{SHIZUOKA}?format=geojson")).expect(200).json();
    assert_eq!(
        (&town["type"], &town["geometry"]),
        (&json!("Feature"), &json!({"type": "Point", "coordinates": [138.38278, 34.97556]}))
    );
    assert!(points.contains(&town));
    assert_eq!(town["properties"]["dantai"], "221007");
    assert_eq!(town["properties"]["label_ja"], "静岡市");
    let links = map("/v1/partnerships?format=geojson");
    for link in &links {
        let line = link["geometry"]["coordinates"].as_array().unwrap();
        assert_eq!(link["geometry"]["type"], "LineString");
        // From France to Japan, over Siberia.
        assert!(line[0][0].as_f64().unwrap() < 10.0 && line[line.len() - 1][0].as_f64().unwrap() > 130.0);
        assert!(line.len() > 40 && link["bbox"][3].as_f64().unwrap() > 60.0);
    }
    assert_eq!(links.len(), 5);
    let visits = map("/v1/visits?format=geojson&dates[within]=2016");
    let route = visits.iter().find(|visit| visit["geometry"]["type"] == "LineString").unwrap();
    let route = route["geometry"]["coordinates"].as_array().unwrap();
    // Tokyo, Kyoto, Hiroshima.
    assert!(route[0][0].as_f64().unwrap() > 139.0 && route[route.len() - 1][0].as_f64().unwrap() < 133.0);
});

on_both!(a_map_has_no_place_for_what_is_nowhere_and_every_pair_of_parties, empty, |app| {
    let place = |lat: f64, lon: f64| json!({"location": {"lat": lat, "lon": lon}});
    create(app, "authorities", &with(&commune("98735", "Papeete"), &place(-17.54, -149.57)));
    create(app, "authorities", &with(&commune("06029", "Cannes"), &place(43.55, 7.01)));
    create(app, "authorities", &with(&city("221007", "Shizuoka"), &place(34.97, 138.38)));
    create(app, "authorities", &city("172014", "Kanazawa"));
    create(app, "partnerships", &partnership(&["insee_com:98735", "insee_com:06029", "dantai:221007"]));
    create(app, "partnerships", &partnership(&["insee_com:06029", "dantai:172014"]));
    let map = app.get("/v1/partnerships?format=geojson").expect(200).json();
    let lines = &map["features"][0]["geometry"];
    assert_eq!(lines["type"], "MultiLineString");
    // That over the Pacific is cut at the antimeridian.
    let ends: Vec<f64> =
        lines["coordinates"].as_array().unwrap().iter().map(|line| line[0][0].as_f64().unwrap()).collect();
    assert_eq!(ends, [-149.57, 180.0, 7.01]);
    assert_eq!(map["features"][1]["geometry"], Value::Null);
    let nowhere = app.get("/v1/authorities/dantai:172014?format=geojson").expect(200).json();
    assert_eq!(nowhere["geometry"], Value::Null);
});

on_both!(linked_data_states_partnerships_as_wikidata_does, seeded, |app| {
    let graph = app.get("/v1/partnerships?format=jsonld&authority=insee_com:75056").expect(200).json();
    assert_eq!(graph["@context"]["p"], "http://www.wikidata.org/prop/");
    let node =
        graph["graph"].as_array().unwrap().iter().find(|node| node["name"]["ja"] == "パリ – 京都市").unwrap();
    let statements = node["dct:hasPart"].as_array().unwrap();
    assert_eq!(statements.len(), 2);
    for statement in statements {
        let (from, to) = (&statement["@reverse"]["p:P190"]["id"], &statement["ps:P190"]["id"]);
        assert_ne!(from, to);
        assert!(from.as_str().unwrap().starts_with(&format!("{}/v1/authorities/", app.url)));
        assert_eq!(statement["pq:P580"], json!({"@value": "1958", "@type": "xsd:gYear"}));
        assert!(statement.get("pq:P582").is_none());
        assert!(!statement["prov:wasDerivedFrom"].as_array().unwrap().is_empty());
    }
    let edition = app.get("/v1/rencontres/number:8?format=jsonld").expect(200).json();
    assert_eq!(edition["type"], json!(["schema:Event"]));
    assert_eq!(edition["startDate"], json!({"@value": "2024-11-18", "@type": "xsd:date"}));
    let town = app.get(&format!("/v1/authorities/{SHIZUOKA}?format=jsonld")).expect(200).json();
    assert_eq!(town["type"], json!(["schema:AdministrativeArea", "schema:City"]));
    assert_eq!(town["name"]["ja-Hira"], "しずおかし");
    assert!(town["sameAs"].as_array().unwrap().contains(&json!("https://sws.geonames.org/1851717/")));
});

on_both!(a_feed_has_the_newest_first_and_pages, empty, |app| {
    let none = app.get("/v1/sources?format=atom").expect(200).text;
    assert!(none.contains("<updated>1970-01-01T00:00:00Z</updated>"), "{none}");
    let mut ids = Vec::new();
    for (day, title) in [(1, "un"), (2, "deux"), (3, "<trois> & \"quatre\"")] {
        app.clock.set(format!("2026-12-0{day}T00:00:00Z").parse().unwrap());
        ids.push(id(&source(app, title, &json!({}))));
    }
    let first = app.get("/v1/sources?format=atom&limit=2&lang=ja").expect(200);
    let entries = |text: &str| -> Vec<String> {
        text.split("<id>urn:uuid:").skip(1).map(|rest| rest[..36].to_owned()).collect()
    };
    assert_eq!(entries(&first.text), [ids[2].clone(), ids[1].clone()]);
    assert!(
        first.text.contains("<title xml:lang=\"fr\">&lt;trois&gt; &amp; &quot;quatre&quot;</title>"),
        "{}",
        first.text
    );
    assert!(first.text.contains("<updated>2026-12-03T00:00:00.000000Z</updated>"));
    assert!(first.text.contains("<title>Kakehashi – 出典</title>"));
    let path = next(&first).unwrap();
    assert!(path.contains("format=atom"), "{path}");
    let link = format!(
        "<link rel=\"next\" type=\"application/atom+xml\" href=\"{}{}\"/>",
        app.url,
        path.replace('&', "&amp;")
    );
    assert!(first.text.contains(&link), "{}", first.text);
    let second = app.get(&path).expect(200);
    assert_eq!((entries(&second.text), next(&second)), (vec![ids[0].clone()], None));
});

on_both!(an_etag_tells_what_changed_before_anything_is_read, seeded, |app| {
    let tag = |path: &str| app.get(path).expect(200).etag().to_owned();
    let (table, other) = (tag("/v1/people?format=csv"), tag("/v1/people?format=ndjson"));
    assert_ne!(table, other);
    assert_ne!(tag("/v1/people?format=csv&lang=ja"), table);
    assert_eq!(tag("/v1/people?lang=ja&format=ndjson"), tag("/v1/people?format=ndjson&lang=ja"));
    assert_eq!(tag("/v1/people?format=csv"), table);
    source(app, "Nouvelle source", &json!({}));
    let written = tag("/v1/people?format=csv");
    assert_ne!(written, table);
    app.clock.set("2026-11-23T12:00:00Z".parse().unwrap());
    assert_ne!(tag("/v1/people?format=csv"), written);
});

/// Writes many people, each with some kilobytes of quotations.
fn crowd(app: &TestApp, count: usize, quote: usize) {
    let cited = id(&source(app, "Liste", &json!({})));
    let person = |number: usize| {
        let words = "x".repeat(quote);
        let citation = |pointer: &str| json!({"source": {"id": cited}, "pointer": pointer, "quote": words});
        json!({"kind": "person", "name": {"fr": format!("Personne {number:04}")}, "citations": [citation(""), citation("/name"), citation("/name/fr")]}).to_string()
    };
    let body: Vec<String> = (0..count).map(person).collect();
    let answer =
        app.request("POST", "/v1/import").key(&app.key).body("application/x-ndjson", &body.join("\n")).send();
    assert_eq!(answer.expect(207).json()["summary"]["created"], count);
}

on_both!(a_long_list_is_sent_whole_and_is_the_same_as_its_pages, empty, |app| {
    crowd(app, 2000, 20);
    let whole = app.get("/v1/people?format=ndjson").expect(200);
    assert!(whole.header("content-length").is_none());
    let mut pages = (String::new(), Some("/v1/people?format=ndjson&limit=500".to_owned()), 0);
    while let Some(path) = pages.1.take() {
        let page = app.get(&path).expect(200);
        pages = (pages.0 + &page.text, next(&page), pages.2 + 1);
    }
    assert_eq!(pages.2, 4);
    assert!(pages.0 == whole.text, "the pages are not the whole");
    let items = app.get("/v1/people?limit=2").expect(200).json();
    let lines: Vec<Value> = whole.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[..2]), (2000, items["items"].as_array().unwrap().as_slice()));
    let table = app.get("/v1/people?format=csv&sort=-name.fr").expect(200);
    let names = column(&table.text, "name.fr");
    assert_eq!(
        (names.len(), names[0].as_str(), names[1999].as_str()),
        (2000, "Personne 1999", "Personne 0000")
    );
    let graph = app.get("/v1/people?format=jsonld&q=personne").expect(200).json();
    assert_eq!(graph["graph"].as_array().unwrap().len(), 2000);
    let known = app.request("GET", "/v1/people?format=ndjson").header("if-none-match", whole.etag()).send();
    known.expect(304);
    let head = app.request("HEAD", "/v1/people?format=ndjson").send().expect(200);
    assert_eq!((head.etag(), head.text.as_str()), (whole.etag(), ""));
    // A feed starts with a page.
    assert_eq!(app.get("/v1/people?format=atom").expect(200).text.matches("<entry>").count(), 50);
});

on_both!(readers_that_go_away_free_their_connections, empty, |app| {
    crowd(app, 2000, 2000);
    let open = || {
        let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
        stream.write_all(b"GET /v1/people?format=ndjson HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        let mut start = [0; 15];
        stream.read_exact(&mut start).unwrap();
        assert!(start.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&start));
        stream
    };
    // As many as one caller may have at a time: they stand still in the middle.
    let readers: Vec<TcpStream> = (0..2).map(|_| open()).collect();
    let refused = app.get("/v1/people?format=ndjson").expect(429);
    assert_eq!(
        (refused.json()["code"].as_str(), refused.header("retry-after")),
        (Some("too_many_at_once"), Some("1"))
    );
    app.get("/v1/snapshot").expect(429);
    app.get("/v1/people?format=ndjson&limit=1").expect(200);
    drop(readers);
    let deadline = Instant::now() + Duration::from_secs(10);
    let whole = loop {
        let answer = app.get("/v1/people?format=ndjson");
        if answer.status == 200 || Instant::now() > deadline {
            break answer.expect(200);
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(whole.text.lines().count(), 2000);
});

on_both!(the_catalogue_names_every_collection_in_every_form, seeded, |app| {
    let answer = app.get("/catalog.jsonld").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/ld+json"));
    let catalog = answer.json();
    let datasets = catalog["dataset"].as_array().unwrap();
    assert_eq!(datasets.len(), kakehashi::domain::kind::Kind::ALL.len() + 1);
    let mut read = 0;
    for dataset in datasets {
        assert_eq!(dataset["license"], "https://creativecommons.org/licenses/by/4.0/");
        let is_empty = ["good-practices", "partner-requests"]
            .iter()
            .any(|path| dataset["id"].as_str().unwrap().ends_with(path));
        assert_eq!(dataset.get("modified").is_none(), is_empty, "{}", dataset["id"]);
        assert!(is_empty || dataset["modified"] == "2026-11-22T12:00:00.000000Z", "{}", dataset["id"]);
        for distribution in dataset["distribution"].as_array().unwrap() {
            let path = distribution["downloadURL"].as_str().unwrap().strip_prefix(&app.url).unwrap();
            let media = distribution["mediaType"].as_str().unwrap();
            let answer = app.get(path).expect(200);
            let given = answer.header("content-type").unwrap().split(';').next().unwrap().to_owned();
            assert_eq!(media.rsplit_once("media-types/").unwrap().1, given, "{path}");
            read += 1;
        }
    }
    assert!(read > 40, "{read}");
    let editions = datasets.iter().find(|dataset| dataset["title"]["ja"] == "日仏自治体交流会議").unwrap();
    assert_eq!(editions["temporal"]["startDate"], "2008-10-27");
    assert_eq!(editions["temporal"]["endDate"], "2026-11-30");
    let known = app.request("GET", "/catalog.jsonld").header("if-none-match", answer.etag()).send();
    known.expect(304);
});

on_both!(an_empty_registry_has_a_catalogue_and_links_to_it, empty, |app| {
    let catalog = app.get("/catalog.jsonld").expect(200).json();
    assert!(catalog.get("modified").is_none());
    let services = app.get("/.well-known/api-catalog").expect(200);
    assert_eq!(services.header("content-type").unwrap().split(';').next(), Some("application/linkset+json"));
    let links = services.json()["linkset"][0].clone();
    for rel in ["service-desc", "service-doc", "service-meta", "status"] {
        let path = links[rel][0]["href"].as_str().unwrap().strip_prefix(&app.url).unwrap().to_owned();
        app.get(&path).expect(200);
    }
    for path in ["/", "/v1/people", "/v1/people?format=csv"] {
        let head = raw(app, path);
        for rel in ["service-desc", "license", "describedby"] {
            assert!(head.contains(&format!("rel=\"{rel}\"")), "{path}: {head}");
        }
    }
    assert!(raw(app, "/").contains("</.well-known/api-catalog>; rel=\"api-catalog\""));
});

/// The head of an answer, with every line of a header that comes several times.
fn raw(app: &TestApp, path: &str) -> String {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split("\r\n\r\n").next().unwrap().to_owned()
}
