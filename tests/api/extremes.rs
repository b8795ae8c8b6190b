//! What one database takes, the other takes: long texts that do not compress, many values, and characters and numbers at
//! the edge of what they know. What cannot be taken is refused the same way by both, and never told to try again.

use crate::on_both;
use crate::program::{Program, Scratch};
use crate::support::records::{
    assert_faults, city, commune, create, id, items, sorted_labels, two_towns, with,
};
use crate::support::{Backend, TestApp, postgres};
use crate::writing::make_samples;
use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use kakehashi::db::conn::Conn;
use kakehashi::db::sql::{SqlFragment, Statement};
use kakehashi::domain::errors::codes::ErrorCode;
use kakehashi::domain::kind::Kind;
use kakehashi::domain::text::{LANGUAGE_TAGS, MAX_TEXT_CHARS};
use kakehashi::kinds::all;
use serde_json::{Value, json};

/// Letters, kana and Chinese characters in no order, which no database can compress; the same for the same seed.
fn noise(length: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let letter = |draw: u64| {
        let (block, size) =
            [(0x4E00, 20_000), (0x20000, 40_000), (0x3042, 80), (0x61, 26)][(draw % 4) as usize];
        char::from_u32(block + u32::try_from((draw >> 8) % size).unwrap()).unwrap()
    };
    (0..length).map(|_| letter(next())).collect()
}

/// The body with a text of this length wherever it holds a text.
fn noisy(body: &Value, length: usize, seed: &mut u64) -> Value {
    match body {
        Value::Object(members) => {
            let one = |(name, member): (&String, &Value)| {
                let is_text = LANGUAGE_TAGS.contains(&name.as_str()) && member.is_string();
                *seed += 1;
                (
                    name.clone(),
                    if is_text { noise(length, *seed).into() } else { noisy(member, length, seed) },
                )
            };
            members.iter().map(one).collect()
        }
        Value::Array(members) => members.iter().map(|member| noisy(member, length, seed)).collect(),
        other => other.clone(),
    }
}

/// A record of this kind, all texts of which are so long, and that stands in nobody's way.
fn long_record(kind: Kind, length: usize, seed: &mut u64) -> Value {
    let mut body = noisy(&all::definition(kind).sample(), length, seed);
    *seed += 1;
    body["identifiers"] = json!([{"scheme": "slug", "value": format!("long-{seed}")}]);
    match kind {
        Kind::Authority => body["identifiers"] = json!([]),
        Kind::Rencontre => {
            for (name, value) in [
                ("number", json!(1000 + *seed)),
                ("dates", Value::Null),
                ("status", json!("planned")),
                ("declaration", Value::Null),
            ] {
                body[name] = value;
            }
        }
        Kind::Partnership => body["status"] = json!("superseded"),
        _ => {}
    }
    body
}

/// Every sort key of a collection, both ways, as a list answers; all must be there, page by page.
fn sorted_both_ways(app: &TestApp, kind: Kind, ids: &[String]) {
    for sort in all::definition(kind)
        .sort_keys()
        .iter()
        .flat_map(|sort| [sort.name.to_owned(), format!("-{}", sort.name)])
    {
        let mut next = Some(format!("/v1/{}?limit=2&sort={sort}", kind.path()));
        let mut seen = Vec::new();
        while let Some(path) = next {
            let page = app.get(&path).expect(200).json();
            seen.extend(page["items"].as_array().unwrap().iter().map(id));
            next = page["page"]["next"].as_str().map(str::to_owned);
        }
        let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{} {sort}: a record twice", kind.path());
        assert!(ids.iter().all(|id| distinct.contains(id)), "{} {sort}: a record is missing", kind.path());
    }
}

on_both!(every_text_of_every_kind_may_be_as_long_as_is_promised, empty, |app| {
    let mut seed = 7;
    make_samples(app);
    for kind in Kind::ALL {
        let list = format!("/v1/{}", kind.path());
        let mut ids = Vec::new();
        for length in [3_000, 8_000] {
            let body = long_record(*kind, length, &mut seed);
            let answer = app.post(&list, &body);
            assert_eq!(answer.status, 201, "{list} {length}: {}", answer.text);
            ids.push(id(&answer.json()));
        }
        sorted_both_ways(app, *kind, &ids);
        let too_long = long_record(*kind, MAX_TEXT_CHARS + 1, &mut seed);
        let answer = app.post(&list, &too_long).expect(422);
        assert!(answer.faults().iter().any(|(_, code)| code == "too_long"), "{}", answer.text);
    }
});

on_both!(long_names_that_begin_alike_are_paged_and_found, empty, |app| {
    let start = noise(2_000, 3);
    let mut ids: Vec<String> = (0..7)
        .map(|number| {
            let name = format!("{start}{}{number}", noise(1_500, 100 + number));
            id(&create(app, "sources", &json!({"title": {"fr": name}})))
        })
        .collect();
    sorted_both_ways(app, Kind::Source, &ids);
    // Equal as far as they are compared, they are in the order of their ids.
    ids.sort();
    for sort in ["title.fr", "-title.fr"] {
        assert_eq!(
            items(app, &format!("/v1/sources?sort={sort}")).iter().map(id).collect::<Vec<_>>(),
            ids,
            "{sort}"
        );
    }
    let word: String = start.chars().skip(40).take(6).filter(|c| *c > '\u{4E00}').take(3).collect();
    assert!(!word.is_empty());
    let beginning: String = start.chars().take(12).collect();
    let answer = app.get(&format!("/v1/search/suggest?q={beginning}")).expect(200).json();
    assert_eq!(answer["items"].as_array().unwrap().len(), 7);
});

on_both!(a_partnership_of_many_parties_is_unlike_another_by_all_of_them, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let towns: Vec<String> = (10_000..10_120)
        .map(|number| {
            let code = format!("{:05}", 30_000 + number - 10_000);
            id(&create(app, "authorities", &commune(&code, &format!("Commune {number}"))))
        })
        .collect();
    let parties = |towns: &[String]| {
        let all = [cannes.clone(), shizuoka.clone()].into_iter().chain(towns.iter().cloned());
        let all: Vec<Value> = all.map(|id| json!({"authority": {"id": id}})).collect();
        json!({"category": "twinning", "status": "active", "parties": all})
    };
    create(app, "partnerships", &parties(&towns));
    create(app, "partnerships", &parties(&towns[1..]));
    let mut turned = towns.clone();
    turned.reverse();
    let taken = app.post("/v1/partnerships", &parties(&turned)).expect(409).json();
    assert_eq!(taken["code"], "parties_taken");
});

on_both!(good_lines_of_an_import_are_written_beside_long_ones, empty, |app| {
    let import = app.new_key("acme", &["write"], &[]);
    let line = |body: Value| with(&body, &json!({"kind": "authority"})).to_string();
    let mut long = city("221007", "x");
    long["name"] = json!({"fr": noise(3_000, 1), "ja": noise(20_000, 2), "ja-Latn": noise(19_000, 3)});
    let lines = [
        line(commune("06029", "Cannes")),
        line(long),
        line(with(&commune("35238", "Rennes"), &json!({"name": {"fr": "a\u{0}b"}}))),
        line(commune("44109", "Nantes")),
    ];
    let answer = app.request("POST", "/v1/import?atomic=false").key(&import);
    let answer = answer.body("application/x-ndjson", &lines.join("\n")).send();
    assert_eq!(answer.status, 207, "{}", answer.text);
    assert_eq!(sorted_labels(app, "/v1/authorities?level=commune"), ["Cannes", "Nantes"]);
    assert_eq!(items(app, "/v1/authorities?level=city").len(), 1, "{}", answer.text);
});

#[test]
fn a_backup_of_sqlite_with_long_texts_is_restored_on_postgresql() {
    if postgres::server().is_none() {
        return;
    }
    let [from, to] = [Backend::Sqlite, Backend::Postgres].map(Scratch::new);
    let program = Program::serve(&from.url, &[]);
    let client = program.client(&from.key("write"));
    let mut seed = 50;
    for kind in [
        Kind::Source,
        Kind::Authority,
        Kind::Person,
        Kind::Partnership,
        Kind::Publication,
        Kind::GoodPractice,
    ] {
        let body = long_record(kind, 3_000, &mut seed).to_string();
        let reply = client.send("POST", &format!("/v1/{}", kind.path()), &body).unwrap();
        assert_eq!(reply.status, 201, "{}: {}", kind.path(), reply.body);
    }
    let export = |scratch: &Scratch| scratch.output(&["export", "-"]);
    program.kill();
    let file = from.folder.join("all.ndjson").display().to_string();
    from.output(&["backup", &file]);
    to.output(&["restore", &file]);
    assert_eq!(export(&to), export(&from));
}

on_both!(more_values_than_a_parameter_takes_are_refused_with_the_limit, seeded, |app| {
    let values =
        |count: usize, value: fn(usize) -> String| (0..count).map(value).collect::<Vec<_>>().join(",");
    let identifier = |index: usize| format!("a:{index}");
    let date = |index: usize| format!("{:04}", 1000 + index);
    let all =
        ["identifier", "authority", "region", "source", "since[overlaps]", "since[before]", "until[within]"];
    for name in all {
        let (value, list): (fn(usize) -> String, _) =
            if name.ends_with(']') { (date, "partnerships") } else { (identifier, "partnerships") };
        let answer = app.get(&format!("/v1/{list}?{name}={}", values(300, value)));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        let answer = app.get(&format!("/v1/{list}?{name}={}", values(301, value))).expect(400);
        assert!(answer.text.contains("at most 300 values"), "{}", answer.text);
        assert_faults(answer, 400, &[(name, "too_many_values")]);
    }
    let few = all
        .map(|name| format!("{name}={}", values(150, if name.ends_with(']') { date } else { identifier })));
    app.get(&format!("/v1/partnerships?{}", few.join("&"))).expect(200);
    app.get(&format!("/v1/partnerships?identifier={}", values(600, identifier))).expect(400);
    app.get(&format!("/v1/partnerships?since[overlaps]={}", values(1_300, date))).expect(400);
    assert_faults(
        app.get(&format!("/v1/search?q=a&year={}", values(700, date))),
        400,
        &[("year", "too_many_values")],
    );
});

on_both!(numbers_beyond_what_a_database_holds_are_refused, seeded, |app| {
    for query in [
        "authorities?population[gte]=1e400",
        "authorities?population[lte]=9223372036854775808",
        "authorities?limit=99999999999",
        "authorities?limit=99999999999999999999999",
        "authorities?near=1e400,2,3",
        "authorities?near=nan,2,3",
        "authorities?bbox=-inf,0,1,1",
        "memoranda?due_within=P99999999999999999999D",
        "sources?updated_at[gte]=99999999-01-01",
        "anniversaries?multiple=9223372036854775808",
        "search?q=a&limit=18446744073709551616",
        "gazetteer?near=1e400,2,3&q=a",
    ] {
        let answer = app.get(&format!("/v1/{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    app.get("/v1/authorities?population[gte]=9223372036854775807").expect(200);
    let mut body = commune("35238", "Rennes");
    for value in ["1e400", "9223372036854775808", "-1", "1e18"] {
        let text = with(&body, &json!({"population": {"value": 1}})).to_string();
        let text = text.replace("\"value\":1", &format!("\"value\":{value}"));
        let answer =
            app.request("POST", "/v1/authorities").key(&app.key).body("application/json", &text).send();
        assert!([400, 422].contains(&answer.status), "{value}: {}", answer.text);
    }
    body["location"] = json!({"lat": 1e300, "lon": 0});
    app.post("/v1/authorities", &body).expect(422);
});

on_both!(nul_and_odd_characters_are_refused_or_kept_alike, seeded, |app| {
    let source = id(&items(app, "/v1/sources?limit=1")[0]);
    let nul = "a\u{0}b";
    for body in [
        json!({"title": {"fr": nul}}),
        json!({"title": {"fr": "x"}, "publisher": {"fr": nul}}),
        json!({"title": {"fr": "x"}, "url": format!("https://example.org/{nul}")}),
        json!({"title": {"fr": "x"}, "identifiers": [{"scheme": "slug", "value": nul}]}),
        json!({"title": {"fr": "x"}, "identifiers": [{"scheme": nul, "value": "a"}]}),
        json!({"title": {"fr": "x"}, "published": {"edtf": nul}}),
        json!({"title": {"fr": "x"}, "reliability": nul}),
        json!({"title": {"fr": "x"}, "languages": [nul]}),
        json!({"title": {"fr": "x"}, "sha256": nul}),
        json!({"title": {"fr": "x"}, nul: "x"}),
        json!({"title": {nul: "x"}}),
        json!({"title": {"fr": "x"}, "citations": [{"source": {"id": source}, "pointer": "", "quote": nul}]}),
        json!({"title": {"fr": "x"}, "citations": [{"source": {"id": nul}, "pointer": "", "quote": "q"}]}),
        json!({"title": {"fr": "x"}, "citations": [{"source": {"id": source}, "pointer": nul, "quote": "q"}]}),
        json!({"title": {"fr": "x"}, "citations": [{"source": {"id": source}, "pointer": "", "quote": "q", "value": nul}]}),
    ] {
        let answer = app.post("/v1/sources", &body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
    }
    let admin = app.new_key("root", &["admin"], &[]);
    let post = |path: &str, body: &Value| app.request("POST", path).key(&admin).json(body).send();
    for (path, body) in [
        ("/v1/keys", json!({"name": nul, "origin": "a", "scopes": ["read"]})),
        ("/v1/keys", json!({"name": "a", "origin": nul, "scopes": ["read"]})),
        ("/v1/keys", json!({"name": "a", "origin": "a", "scopes": ["write"], "schemes": [nul]})),
        ("/v1/webhooks", json!({"url": "https://example.org/", "description": nul})),
        ("/v1/webhooks", json!({"url": format!("https://example.org/{nul}")})),
        ("/v1/webhooks", json!({"url": "https://example.org/", "exclude_origin": nul})),
    ] {
        let answer = post(path, &body);
        assert_eq!(answer.status, 422, "{path} {body}: {}", answer.text);
    }
    for path in [
        "/v1/keys/a%00b",
        "/v1/webhooks/a%00b",
        "/v1/sources/a%00b",
        "/v1/sources/slug:a%00b",
        "/v1/gazetteer/insee_com:a%00b",
        "/v1/vocabularies/a%00b",
        "/problems/a%00b",
    ] {
        for method in ["GET", "DELETE"] {
            let answer = app.request(method, path).key(&admin).if_match(Some("*")).send();
            assert!(
                (400..500).contains(&answer.status),
                "{method} {path}: {} {}",
                answer.status,
                answer.text
            );
        }
    }
    // Noncharacters and the last code point are letters like others; they are kept.
    let odd = "a\u{FFFF}\u{FDD0}\u{10FFFF}\u{E000}b";
    let kept = create(app, "sources", &json!({"title": {"fr": odd}}));
    assert_eq!(kept["title"]["fr"], odd);
    items(app, &format!("/v1/sources?q={odd}"));
    items(app, &format!("/v1/search?q={odd}"));
});

on_both!(a_failure_that_will_come_again_is_not_unavailable, empty, |app| {
    let ask = |sql: String| {
        let read = app.db.read(move |tx: &mut Conn| {
            let sql = sql.clone();
            Ok(Statement::<BigInt>::new(SqlFragment::new(sql)).load::<i64>(tx)?.len())
        });
        actix_web::rt::System::new().block_on(read).map_err(|problem| problem.code)
    };
    let is_postgres = ask("SELECT CAST(pg_backend_pid() AS BIGINT)".into()).is_ok();
    assert_eq!(ask("SELECT nothing FROM nowhere".into()), Err(ErrorCode::Internal));
    if is_postgres {
        assert_eq!(ask("SELECT CAST('99999999999999999999' AS BIGINT)".into()), Err(ErrorCode::BeyondLimits));
        let slow = "SELECT CAST(1 AS BIGINT) FROM pg_sleep(0.2)";
        let read = app.db.read(move |tx: &mut Conn| {
            tx.batch_execute("SET LOCAL statement_timeout = 20")?;
            Ok(Statement::<BigInt>::new(SqlFragment::new(slow)).load::<i64>(tx)?.len())
        });
        let stopped = actix_web::rt::System::new().block_on(read).map_err(|problem| problem.code);
        assert_eq!(stopped, Err(ErrorCode::TooExpensive));
    } else {
        let many = vec!["SELECT 1"; 600].join(" UNION ALL SELECT 1 FROM records WHERE 1 = 0 UNION ");
        assert_eq!(ask(many), Err(ErrorCode::BeyondLimits));
    }
});
