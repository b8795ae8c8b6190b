//! What one caller asks never changes what another is answered: a server that keeps answers answers as one that keeps
//! none, whatever stands in the requests before.

use crate::on_both;
use crate::support::raw::send;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;

const HOST: &str = "Host: registry.example";

on_both!(two_accept_lines_poison_nobody, seeded, |app| {
    for hostile in [
        ["Accept: application/json", "Accept: application/ld+json, application/json;q=0.1"],
        ["Accept: application/json;q=0.1", "Accept: application/ld+json"],
    ] {
        let hostile = || send(app, "GET", "/v1/partnerships", &[HOST, hostile[0], hostile[1]]).common();
        let first = hostile();
        let plain = send(app, "GET", "/v1/partnerships", &[HOST]);
        assert_eq!((plain.status, plain.header("content-type")), (200, Some("application/json")));
        assert!(serde_json::from_str::<Value>(&plain.text()).unwrap()["items"].is_array());
        assert_eq!(hostile(), first);
    }
});

on_both!(an_encoded_parameter_and_a_false_host_poison_nobody, seeded, |app| {
    let atom = send(app, "GET", "/v1/sources?%66ormat=atom", &["Host: evil.example"]);
    assert_eq!(atom.header("content-type"), Some("application/atom+xml"));
    assert!(atom.text().contains("evil.example"));
    for target in ["/v1/sources?format=atom", "/v1/sources?%66ormat=atom"] {
        assert!(!send(app, "GET", target, &[HOST]).text().contains("evil.example"), "{target}");
    }
    for target in ["/catalog.jsonld", "/.well-known/api-catalog"] {
        send(app, "GET", target, &["Host: evil.example"]);
        assert!(!send(app, "GET", target, &[HOST]).text().contains("evil.example"), "{target}");
    }
});

/// A request: its method, its target, and its header lines.
type Asked = (&'static str, String, Vec<String>);

fn targets() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "/v1/authorities",
        "/v1/partnerships",
        "/v1/people",
        "/v1/%70eople",
        "/v1/rencontres/number:9",
        "/v1/rencontres/number%3A9",
        "/v1/search",
        "/v1/timeline",
        "/v1/statistics/partnerships",
        "/v1/contradictions",
        "/v1/vocabularies",
        "/v1/gazetteer",
        "/v1/feeds/people/rpde",
        "/catalog.jsonld",
        "/openapi.json",
        "/problems/gone",
        "/docs/",
        "/",
        "http://evil.example/v1/people",
    ]);
    let pair = prop::sample::select(vec![
        "format=atom",
        "%66ormat=atom",
        "format=csv",
        "f%6frmat=%63sv",
        "Format=csv",
        "format=json",
        "format=",
        "format=geojson",
        "format",
        "lang=fr",
        "lan%67=ja",
        "lang=xx",
        "limit=2",
        "limit=%32",
        "l%69mit=3",
        "q=a",
        "%71=a",
        "q=",
        "q=%ff",
        "q=a%26limit=2",
        "sort=-updated_at",
        "fields=id",
        "fields=id,label",
        "fields=id%2Clabel",
        "fields=label&fields=id",
        "bom=1",
        "headings=words",
        "count=exact",
        "",
    ]);
    (path, prop::collection::vec(pair, 0..3)).prop_map(|(path, pairs)| {
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    })
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    let host = prop::sample::select(vec![
        "Host: registry.example",
        "Host: registry.example",
        "Host: registry.example",
        "Host: registry.example",
        "Host: registry.example",
        "Host: registry.example",
        "host: evil.example",
        "Host: evil.example:8080",
        "Host: a b",
        "Host: user@evil.example",
        "Host: evil.example/x",
        "Host: registry.example\r\nHost: evil.example",
        "Host:",
    ]);
    let line = prop::sample::select(vec![
        "Accept: application/json",
        "Accept: application/ld+json, application/json;q=0.1",
        "Accept: TEXT/*",
        "Accept: text/csv;header=absent",
        "Accept: application/json;profile=\"a,b\";q=0.2, text/csv;q=0.5",
        "Accept: */*;q=0",
        "Accept: application/atom+xml",
        "Accept:",
        "Accept: caf\u{E9}",
        "Accept: text/csv;q=7",
        "Accept-Language: ja",
        "Accept-Language: fr;q=0.1, ja;Q=0.2",
        "Accept-Language: fr-CA",
        "Accept-Encoding: gzip",
        "Accept-Encoding: identity, gzip;q=0.1",
        "Accept-Encoding: identity;q=0, gzip",
        "Accept-Encoding: *;q=0",
        "Accept-Encoding: br,, GZIP;q=0.5",
        "Origin: https://app.example",
        "Origin: null",
        "If-None-Match: *",
        "If-None-Match: \"a\",, \"b,c\"",
        "If-Match: *",
        "If-Match: \"a\"",
        "If-Match: nothing",
        "Range: bytes=0-10",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Prefix: /evil",
        "Forwarded: for=192.0.2.1;host=evil.example;proto=https",
        "X-HTTP-Method-Override: DELETE",
        "X-Original-URL: /v1/keys",
        "Authorization: Bearer nonsense",
        "Cookie: a=b",
    ]);
    (host, prop::collection::vec(line, 0..4)).prop_map(|(host, lines)| {
        let mut all = vec![host.to_owned()];
        all.extend(lines.into_iter().map(str::to_owned));
        all
    })
}

on_both!(a_server_that_keeps_answers_answers_as_one_that_keeps_none, seeded, |app| {
    let bare = app.start_second_server(0);
    let method = prop::sample::select(vec!["GET", "GET", "GET", "HEAD", "OPTIONS", "get"]);
    let config = Config { cases: 250, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(
        &prop::collection::vec((method, targets(), lines()), 1..5),
        |asked: Vec<Asked>| -> Result<(), TestCaseError> {
            for (method, target, lines) in &asked {
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let ask = |app| send(app, method, target, &lines).common();
                let (kept, made) = (ask(app), ask(&bare));
                prop_assert_eq!(&kept, &made, "{} {} {:?}", method, target, lines);
                // What is kept by now is no other answer either.
                prop_assert_eq!(&ask(app), &made, "again: {} {} {:?}", method, target, lines);
                if made.status == 200
                    && let Some(etag) = made.header("etag")
                {
                    let mut lines = lines.clone();
                    let known = format!("If-None-Match: \"x\",, {etag}");
                    lines.push(&known);
                    let ask = |app| send(app, method, target, &lines).common();
                    let (kept, made) = (ask(app), ask(&bare));
                    prop_assert_eq!(kept.status, 304, "{} {} {:?}", method, target, lines);
                    prop_assert_eq!(&kept, &made, "known: {} {} {:?}", method, target, lines);
                }
            }
            Ok(())
        },
    );
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let metrics = app.get("/metrics").expect(200).text;
    let hits =
        metrics.lines().find(|line| line.contains("response_cache_requests_total{") && line.contains("hit"));
    let hits: f64 = hits.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(hits > 0.0, "nothing was given again");
});
