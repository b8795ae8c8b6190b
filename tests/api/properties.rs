//! What holds whatever is written and asked: bodies come back, pages add up, JSON is read as others read it.

use crate::on_both;
use crate::support::feeds::{export_records, import_records};
use crate::support::{TestApp, TestResponse};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use std::cell::Cell;

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() })
}

/// A text of some language: letters of three scripts, apostrophes, marks that combine, spaces that are trimmed.
fn words() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        Just(" "),
        Just("e\u{301}"),
        Just("か\u{3099}"),
        Just("’"),
        Just("\n"),
        Just("&"),
        Just("\""),
        Just("\\"),
        Just("🗼")
    ];
    let part = prop_oneof![
        4 => "[a-zA-Zéèçœ']{1,8}",
        4 => "[ぁ-んァ-ヶ一-龠]{1,6}",
        2 => odd.prop_map(str::to_owned),
    ];
    ("[a-zA-Z静市]", prop::collection::vec(part, 0..5)).prop_map(|(first, rest)| first + &rest.concat())
}

fn texts() -> impl Strategy<Value = Value> {
    let language = prop::sample::select(vec!["fr", "ja", "en", "ja-Hira", "ja-Latn"]);
    prop::collection::btree_map(language, words(), 1..4).prop_map(|texts| json!(texts))
}

fn dates() -> impl Strategy<Value = Value> {
    let year = 1u32..=9999;
    let mark = prop::sample::select(vec!["", "?", "~", "%"]);
    let date = prop_oneof![
        (year.clone(), mark.clone()).prop_map(|(year, mark)| format!("{year:04}{mark}")),
        (year.clone(), 1u32..=12, mark.clone())
            .prop_map(|(year, month, mark)| format!("{year:04}-{month:02}{mark}")),
        (year.clone(), 21u32..=24).prop_map(|(year, season)| format!("{year:04}-{season}")),
        (year.clone(), 1u32..=12, 1u32..=28, mark)
            .prop_map(|(y, m, d, mark)| format!("{y:04}-{m:02}-{d:02}{mark}")),
        (1u32..=999).prop_map(|decade| format!("{decade:03}X")),
        (1u32..=12, 1u32..=28).prop_map(|(month, day)| format!("XXXX-{month:02}-{day:02}")),
        (year.clone(), 0u32..50).prop_map(|(year, span)| format!("{year:04}/{:04}", (year + span).min(9999))),
        (year, 1u32..=12, 1u32..=28).prop_map(|(y, m, d)| format!("{y:04}?-{m:02}-{d:02}")),
    ];
    date.prop_map(|edtf| json!({"edtf": edtf}))
}

/// The members given, without those that are none.
fn members<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    given.collect::<Map<_, _>>().into()
}

fn some<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(strategy)
}

fn authorities() -> impl Strategy<Value = Value> {
    let alias =
        (texts(), some(dates())).prop_map(|(text, since)| members([("text", Some(text)), ("since", since)]));
    let place = (-90.0..90.0f64, -180.0..180.0f64).prop_map(|(lat, lon)| json!({"lat": lat, "lon": lon}));
    let population =
        (0u32..40_000_000, dates()).prop_map(|(value, as_of)| json!({"value": value, "as_of": as_of}));
    let aliases = prop::collection::vec(alias, 0..3);
    (texts(), aliases, some(place), some(population), some(texts())).prop_map(
        |(name, aliases, location, population, description)| {
            members([
                ("country", Some("JP".into())),
                ("level", Some("town".into())),
                ("name", Some(name)),
                ("aliases", Some(aliases.into())),
                ("location", location),
                ("population", population),
                ("description", description),
            ])
        },
    )
}

fn partnerships() -> impl Strategy<Value = Value> {
    let theme = prop::sample::select(vec!["tourism", "economy", "climate", "peace", "sport"]);
    let themes = prop::collection::vec(theme, 0..4);
    let citation = (".{1,40}", some(texts())).prop_map(|(quote, note)| {
        let said = ("source", Some(json!({"id": "slug:document"})));
        let (pointer, rank) = (("pointer", Some("/since".into())), ("rank", Some("normal".into())));
        let certainty = ("certainty", Some("stated".into()));
        members([said, pointer, ("quote", Some(quote.into())), rank, certainty, ("note", note)])
    });
    let citations = prop::collection::vec(citation, 0..3);
    (some(dates()), themes, some(texts()), some(texts()), citations).prop_map(
        |(since, themes, name, summary, citations)| {
            members([
                ("category", Some("twinning".into())),
                ("status", Some("active".into())),
                ("parties", Some(json!([{"authority": {"id": "insee_com:06029"}}, {"authority": {"id": "dantai:221007"}}]))),
                ("since", since),
                ("themes", Some(themes.into())),
                ("name", name),
                ("summary", summary),
                ("citations", Some(citations.into())),
            ])
        },
    )
}

fn holds(holds: bool, what: impl FnOnce() -> String) -> Result<(), TestCaseError> {
    if holds { Ok(()) } else { Err(TestCaseError::fail(what())) }
}

/// The record without what the server counts.
fn bare(answer: &TestResponse) -> Value {
    let mut record = answer.json();
    for name in ["warnings", "updated_at"] {
        record.as_object_mut().unwrap().shift_remove(name);
    }
    record
}

/// What was accepted is given back, and putting that back changes nothing, in either form.
fn comes_back(app: &TestApp, path: &str, body: &Value, accepted: &Cell<u32>) -> Result<(), TestCaseError> {
    let made = app.post(path, body);
    holds([201, 422].contains(&made.status), || format!("{body}: {}", made.text))?;
    if made.status == 422 {
        return Ok(());
    }
    accepted.set(accepted.get() + 1);
    let one = made.header("location").unwrap().to_owned();
    let read = app.get(&one);
    holds(bare(&read) == bare(&made), || format!("{} is not {}", read.text, made.text))?;
    let record = read.json();
    let names =
        body.as_object().unwrap().keys().filter(|name| !["citations", "themes"].contains(&name.as_str()));
    for name in names {
        holds(record.get(name).is_some(), || format!("{name} of {body} is lost: {record}"))?;
    }
    for again in [&record, body] {
        let put = app.put(&one, Some(read.etag()), again);
        holds(put.status == 200 && bare(&put) == bare(&read), || format!("{again} put back: {}", put.text))?;
    }
    holds(app.delete(&one, Some(read.etag())).status == 204, || format!("{one} is not deleted"))
}

on_both!(an_accepted_body_comes_back_and_can_be_put_back, empty, |app| {
    const CASES: u32 = 24;
    for (body, path) in [
        (
            json!({"country": "FR", "level": "commune", "name": {"fr": "Cannes"}}),
            "authorities/insee_com:06029",
        ),
        (json!({"country": "JP", "level": "city", "name": {"ja": "静岡市"}}), "authorities/dantai:221007"),
        (json!({"title": {"en": "Document"}}), "sources/slug:document"),
    ] {
        app.put(&format!("/v1/{path}"), None, &body).expect(201);
    }
    let accepted = Cell::new(0);
    let authority = |body| comes_back(app, "/v1/authorities", &body, &accepted);
    runner(CASES).run(&authorities(), authority).unwrap();
    let partnership = |body| comes_back(app, "/v1/partnerships", &body, &accepted);
    runner(CASES).run(&partnerships(), partnership).unwrap();
    assert!(accepted.get() > CASES, "too few of the bodies are accepted: {}", accepted.get());
});

/// The records of an export without what an import does not take over.
fn portable(mut records: Vec<Value>) -> Vec<Value> {
    for record in &mut records {
        for name in ["version", "created_at", "updated_at", "origin"] {
            record.as_object_mut().unwrap().shift_remove(name).unwrap();
        }
        for citation in record["citations"].as_array_mut().unwrap() {
            citation.as_object_mut().unwrap().shift_remove("origin").unwrap();
        }
    }
    records
}

on_both!(what_is_exported_can_be_imported_again, empty, |app| {
    let bodies = (prop::collection::vec(authorities(), 1..6), prop::collection::vec(partnerships(), 0..3));
    for (path, name) in [("authorities/insee_com:06029", "Cannes"), ("authorities/dantai:221007", "静岡市")]
    {
        let (country, level) = if name == "Cannes" { ("FR", "commune") } else { ("JP", "city") };
        let body = json!({"country": country, "level": level, "name": {"fr": name}});
        app.put(&format!("/v1/{path}"), None, &body).expect(201);
    }
    app.put("/v1/sources/slug:document", None, &json!({"title": {"en": "Document"}})).expect(201);
    let round = |(authorities, partnerships): (Vec<Value>, Vec<Value>)| {
        for (path, bodies) in [("/v1/authorities", authorities), ("/v1/partnerships", partnerships)] {
            for body in bodies {
                let status = app.post(path, &body).status;
                holds([201, 409, 422].contains(&status), || format!("{status}: {body}"))?;
            }
        }
        let records = export_records(app);
        let (unchanged, created) = ([0, 0, records.len(), 0], [records.len(), 0, 0, 0]);
        holds(import_records(app, "acme", &records) == unchanged, || format!("not unchanged: {records:?}"))?;
        let other = TestApp::start(Backend::Sqlite, Content::Empty);
        let reversed: Vec<Value> = records.iter().rev().cloned().collect();
        holds(import_records(&other, "mirror", &reversed) == created, || {
            format!("not created: {records:?}")
        })?;
        let mirrored = export_records(&other);
        holds(import_records(&other, "acme", &mirrored) == unchanged, || {
            format!("not unchanged: {mirrored:?}")
        })?;
        holds(portable(mirrored.clone()) == portable(records), || format!("not equal: {mirrored:?}"))
    };
    runner(6).run(&bodies, round).unwrap();
    assert!(export_records(app).len() > 8);
});

on_both!(pages_of_any_size_give_every_record_once_in_order, seeded, |app| {
    let lists = prop::sample::select(vec![
        ("/v1/authorities", vec!["name.fr", "-name.ja", "population", "-population", "updated_at"]),
        ("/v1/partnerships", vec!["since", "-since", "label.fr", "-updated_at"]),
        ("/v1/rencontres", vec!["number", "-dates"]),
        ("/v1/sessions", vec!["position", "-date,position", "date,-position"]),
        ("/v1/sources?reliability=primary,other", vec!["-updated_at"]),
    ]);
    let list = lists.prop_flat_map(|(path, sorts)| (Just(path), prop::sample::select(sorts)));
    let strategy = (list, prop::collection::vec(1usize..9, 40));
    let ids = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].to_string()).collect::<Vec<_>>()
    };
    let walk = |((path, sort), limits): ((&str, &str), Vec<usize>)| {
        let first = format!("{path}{}sort={sort}&fields=id", if path.contains('?') { '&' } else { '?' });
        let all = ids(&app.get(&format!("{first}&limit=500")).expect(200).json());
        let (mut seen, mut next) = (Vec::new(), Some(format!("{first}&limit=1")));
        for limit in limits.iter().cycle() {
            let Some(address) = next else { break };
            // The size of a page may change on the way.
            let size = address.find("limit=").unwrap();
            let rest = address[size..].find('&').map_or("", |end| &address[size + end..]);
            let page = app.get(&format!("{}limit={limit}{rest}", &address[..size])).expect(200).json();
            seen.extend(ids(&page));
            holds(seen.len() <= all.len(), || format!("{first}: more than there are"))?;
            next = page["page"]["next"].as_str().map(str::to_owned);
        }
        holds(seen == all, || format!("{first}: {seen:?} is not {all:?}"))
    };
    runner(16).run(&strategy, walk).unwrap();
});

on_both!(no_text_may_hold_a_nul, empty, |app| {
    let mut bodies = vec![
        json!({"title": {"en": "a\u{0}b"}}),
        json!({"title": {"en": "x"}, "publisher": {"fr": "\u{0}"}}),
        json!({"title": {"en": "x"}, "url": "https://example.org/\u{0}"}),
        json!({"title": {"en": "x"}, "sha256": "\u{0}"}),
        json!({"title": {"en": "x"}, "identifiers": [{"scheme": "acme", "value": "\u{0}"}]}),
        json!({"title": {"en": "x"}, "identifiers": [{"scheme": "\u{0}", "value": "1"}]}),
        json!({"title": {"en": "x"}, "\u{0}": 1}),
    ];
    let source = app.put("/v1/sources/slug:one", None, &json!({"title": {"en": "One"}})).expect(201).json();
    for name in ["quote", "value", "pointer", "lang"] {
        let mut citation = json!({
            "source": {"id": source["id"]}, "pointer": "/title", "quote": "x", "rank": "normal", "certainty": "stated"
        });
        citation[name] = "a\u{0}b".into();
        bodies.push(json!({"title": {"en": "x"}, "citations": [citation]}));
    }
    for body in bodies {
        let answer = app.post("/v1/sources", &body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
    }
    for query in
        ["q=%00", "identifier=slug:%00", "cursor=%00", "sort=%00", "reliability=%00", "updated_at[gte]=%00"]
    {
        let answer = app.get(&format!("/v1/sources?{query}"));
        assert!(answer.status < 500, "{query}: {}", answer.text);
    }
    assert!(app.get("/v1/sources/slug:%00").status < 500);
});

/// Any JSON value.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no such number", |number| number.is_finite())
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let object = prop::collection::hash_map(any::<String>(), inner.clone(), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            object.prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn json_is_read_as_others_read_it(value in values(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let read = kakehashi::domain::json::parse_json(text.as_bytes());
        prop_assert_eq!(read.unwrap(), serde_json::from_str::<Value>(&text).unwrap());
    }

    #[test]
    fn what_is_no_json_for_others_is_none_here(text in "[\\[\\]{}:,\"a0-9.eE+\\-ntf \\\\]{0,12}") {
        let others = serde_json::from_str::<Value>(&text).ok();
        match kakehashi::domain::json::parse_json(text.as_bytes()) {
            Ok(value) => prop_assert_eq!(Some(value), others),
            Err(problem) => prop_assert!(
                others.is_none() || problem.code == kakehashi::domain::errors::codes::ErrorCode::DuplicateMember, "{}", text
            ),
        }
    }

    #[test]
    fn a_name_twice_is_refused_at_any_depth(name in any::<String>(), depth in 0usize..6) {
        let name = Value::from(name).to_string();
        let text = format!("{}{{{name}: 1, {name}: 2}}{}", "[".repeat(depth), "]".repeat(depth));
        let problem = kakehashi::domain::json::parse_json(text.as_bytes()).unwrap_err();
        prop_assert_eq!(problem.code, kakehashi::domain::errors::codes::ErrorCode::DuplicateMember);
    }
}
