//! HTTP as it is written (RFC 9110, RFC 9112), also where client libraries never go.

use crate::support::TestApp;
use crate::support::raw::{answer_to, send};
use crate::support::records::{commune, make};
use crate::{on_both, on_both_operated};
use kakehashi::config::Operations;
use kakehashi::http::client::network;
use serde_json::{Value, json};

const HOST: &str = "Host: registry.example";

fn problem(answer: &crate::support::raw::RawAnswer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    serde_json::from_str(&answer.text()).unwrap()
}

on_both!(a_host_that_is_none_is_refused, empty, |app| {
    for hosts in [
        &["Host: a b"][..],
        &["Host: a/b"],
        &["Host: user@registry.example"],
        &["Host: registry.example?x"],
        &["Host: registry.example:port"],
        &["Host: [::1"],
        &["Host:"],
        &["Host: caf\u{E9}.example"],
        &["Host: registry.example", "Host: registry.example"],
        &[],
    ] {
        for path in ["/", "/v1/people", "/health/live", "/nothing"] {
            let answer = send(app, "GET", path, hosts);
            assert_eq!(answer.status, 400, "{hosts:?} {path}");
            // What is no message of HTTP at all, the parser answers: without a body.
            if !answer.body.is_empty() {
                assert_eq!(problem(&answer)["errors"][0]["header"], "Host", "{hosts:?}");
            }
        }
    }
    for host in ["Host: registry.example:8080", "host: [2001:db8::1]:80", "HOST: 192.0.2.1"] {
        assert_eq!(send(app, "GET", "/v1/people", &[host]).status, 200, "{host}");
    }
    assert_eq!(send(app, "GET", "http://user@registry.example/v1/people", &[HOST]).status, 400);
    let absolute = send(app, "GET", "http://other.example/.well-known/api-catalog", &[HOST]);
    assert!(absolute.text().contains("http://other.example/"), "{}", absolute.text());
    // HTTP/1.0 knows no `Host`.
    assert_eq!(answer_to(app, "GET /v1/people HTTP/1.0\r\n\r\n").status, 200);
});

fn known_by_two_addresses() -> Operations {
    let urls = ["https://registry.example", "http://intranet.example:8080/"];
    Operations { public_urls: urls.map(|url| url.parse().unwrap()).to_vec(), ..Operations::default() }
}

on_both_operated!(absolute_links_begin_with_an_address_that_was_set, known_by_two_addresses(), |app| {
    for (host, expected) in [
        ("Host: registry.example", "https://registry.example/"),
        ("Host: Intranet.Example:8080", "http://intranet.example:8080/"),
        ("Host: evil.example", "https://registry.example/"),
        ("Host: intranet.example", "https://registry.example/"),
    ] {
        let catalog = send(app, "GET", "/.well-known/api-catalog", &[host]);
        let catalog: Value = serde_json::from_str(&catalog.text()).unwrap();
        assert_eq!(catalog["linkset"][0]["anchor"], expected, "{host}");
    }
});

fn behind_a_proxy() -> Operations {
    Operations { trusted_proxies: vec![network("127.0.0.0/8").unwrap()], ..Operations::default() }
}

on_both_operated!(what_a_trusted_proxy_says_is_looked_at_too, behind_a_proxy(), |app| {
    for (line, header) in [
        ("X-Forwarded-Host: a b", "X-Forwarded-Host"),
        ("X-Forwarded-Host: evil.example/x", "X-Forwarded-Host"),
        ("X-Forwarded-Proto: javascript", "X-Forwarded-Proto"),
        ("Forwarded: for=192.0.2.1;host=\"a b\"", "Forwarded"),
        ("Forwarded: for=192.0.2.1;proto=ftp", "Forwarded"),
    ] {
        let answer = send(app, "GET", "/catalog.jsonld", &[HOST, line]);
        assert_eq!(
            (answer.status, &problem(&answer)["errors"][0]["header"]),
            (400, &json!(header)),
            "{line}"
        );
    }
});

on_both!(a_header_that_decides_is_never_taken_for_absent, empty, |app| {
    let key = format!("Authorization: Bearer {}", app.key);
    let made = make(app, "authorities", &commune("54395", "Nancy"));
    let path = format!("/v1/authorities/{}", made["id"].as_str().unwrap());
    for (lines, header) in [
        (&["Idempotency-Key: caf\u{E9}"][..], "Idempotency-Key"),
        (&["Idempotency-Key: a", "Idempotency-Key: b"], "Idempotency-Key"),
        (&["If-Match: \"caf\u{E9}\""], "If-Match"),
        (&["If-Match: *", "If-Match: *"], "If-Match"),
        (&["If-Match: 1"], "If-Match"),
        (&["If-None-Match: \u{FF}"], "If-None-Match"),
        (&["Content-Type: application/json", "Content-Type: text/csv"], "Content-Type"),
        (&["Content-Type: application/json\u{E9}"], "Content-Type"),
        (&["Content-Encoding: \u{E9}"], "Content-Encoding"),
        (&["Authorization: Bearer a"], "Authorization"),
        (&["Accept: \u{E9}"], "Accept"),
        (&["Accept: text/csv;q=2"], "Accept"),
        (&["Accept-Language: fr;q=x"], "Accept-Language"),
        (&["Accept-Encoding: gzip;q=-1"], "Accept-Encoding"),
        (&["Change-Comment: a", "Change-Comment: b"], "Change-Comment"),
        (&["Change-Comment: \u{FF}"], "Change-Comment"),
        (&["Last-Event-ID: \u{E9}"], "Last-Event-ID"),
    ] {
        let mut all = vec![HOST, key.as_str()];
        all.extend_from_slice(lines);
        let answer = send(app, "DELETE", &path, &all);
        let body = problem(&answer);
        let expected = (400, &json!(header), &json!("invalid_header"));
        let told = (answer.status, &body["errors"][0]["header"], &body["errors"][0]["code"]);
        assert_eq!(told, expected, "{lines:?}: {body}");
    }
    assert_eq!(app.get(&path).expect(200).json()["version"], 1);
});

on_both!(lists_are_read_as_rfc_9110_writes_them, founded, |app| {
    let record = "/v1/rencontres/number:9";
    let ask = |path: &str, lines: &[&str]| {
        let mut all = vec![HOST];
        all.extend_from_slice(lines);
        send(app, "GET", path, &all)
    };
    let first = ask(record, &[]);
    let etag = first.header("etag").unwrap();
    for lines in [
        vec![format!("If-None-Match: \"x\",, {etag}")],
        vec![format!("If-None-Match: \"a,b\", {etag}")],
        vec![format!("If-None-Match: W/{etag}")],
        vec!["If-None-Match: \"x\"".to_owned(), format!("If-None-Match: {etag}")],
        vec!["If-None-Match: *".to_owned()],
        vec![format!("If-Match: \"x\", {etag}"), format!("If-None-Match: {etag}")],
    ] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let known = ask(record, &lines);
        assert_eq!((known.status, known.body.len()), (304, 0), "{lines:?}");
        for name in ["etag", "vary", "cache-control", "content-location", "link"] {
            assert_eq!(known.all(name), first.all(name), "{lines:?}: {name}");
        }
    }
    for (accept, status, media) in [
        ("TEXT/*", 200, "text/csv; charset=utf-8; header=present"),
        ("Text/CSV;Header=PRESENT", 200, "text/csv; charset=utf-8; header=present"),
        ("text/csv;header=absent", 406, "application/problem+json"),
        ("text/csv;header=absent, application/json;q=0.1", 200, "application/json"),
        ("application/json;profile=\"x,y\";q=0.2, text/csv;q=0.1", 200, "application/json"),
        (",, application/json ,", 200, "application/json"),
        ("*/*;q=0", 406, "application/problem+json"),
        ("text/html, *; q=.2, */*; q=.2", 200, "application/json"),
    ] {
        let answer = ask("/v1/partnerships", &[&format!("Accept: {accept}")]);
        assert_eq!((answer.status, answer.header("content-type")), (status, Some(media)), "{accept}");
    }
    for (accept, expected) in [
        ("identity, gzip;q=0.1", None),
        ("gzip;q=0.1", Some("gzip")),
        ("IDENTITY;q=0.1, GZip", Some("gzip")),
        ("identity;q=0, gzip", Some("gzip")),
    ] {
        let answer = ask("/v1/partnerships", &[&format!("Accept-Encoding: {accept}")]);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, expected), "{accept}");
    }
    // Nothing but gzip: that is packed which is too short to gain by it.
    let short = ask("/health/live", &["Accept-Encoding: identity;q=0, gzip"]);
    assert_eq!(
        (short.header("content-encoding"), short.text().as_str()),
        (Some("gzip"), "{\"status\":\"ok\"}")
    );
    for accept in ["*;q=0", "identity;q=0", "identity;q=0, br"] {
        let refused = ask("/v1/partnerships", &[&format!("Accept-Encoding: {accept}")]);
        assert_eq!((refused.status, &problem(&refused)["code"]), (406, &json!("no_coding")), "{accept}");
    }
    for (accept, expected) in [
        ("ja;Q=0.1, fr", "fr"),
        ("fr;q=0.1, ja;Q=0.5", "ja"),
        ("fr-CA", "fr"),
        ("zh-Hant, ja-JP;q=0.1", "ja"),
        ("*", "en"),
        ("en;q=0, *", "fr"),
        ("zh-Hant", "en"),
    ] {
        let answer = ask("/nothing", &[&format!("Accept-Language: {accept}")]);
        assert_eq!(answer.header("content-language"), Some(expected), "{accept}");
    }
    let key = format!("Authorization: Bearer {}", app.key);
    let coding = |coding: &str| {
        let body = commune("54395", "Nancy").to_string();
        let text = format!(
            "PUT /v1/authorities/insee_com:54395 HTTP/1.1\r\n{HOST}\r\nConnection: close\r\n{key}\r\n\
             If-Match: *\r\n\
             Content-Type: Application/JSON;charset=\"utf-8\"\r\nContent-Encoding: {coding}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        answer_to(app, &text)
    };
    let written = coding("Identity");
    assert!([200, 201].contains(&written.status), "{}", written.text());
    assert_eq!(coding(", identity,").status, 200);
    let refused = coding("br");
    assert_eq!((refused.status, refused.header("accept-encoding")), (415, Some("identity")));
});

on_both!(a_condition_that_fails_is_a_412_on_reading_too, founded, |app| {
    let record = "/v1/rencontres/number:9";
    let etag = app.get(record).etag().to_owned();
    for method in ["GET", "HEAD"] {
        let ask =
            |path: &str, name: &str, value: &str| app.request(method, path).header(name, value).send().status;
        let version = etag.split_once('-').unwrap().0.to_owned() + "\"";
        for (value, status) in [
            (etag.as_str(), 200),
            (version.as_str(), 200),
            ("*", 200),
            ("\"x\"", 412),
            (&format!("W/{etag}"), 412),
            (&format!("\"x\",, {etag}"), 200),
        ] {
            assert_eq!(ask(record, "if-match", value), status, "{value}");
        }
        assert_eq!(ask("/v1/rencontres?fields=id", "if-match", "\"x\""), 412);
        assert_eq!(ask(&format!("{record}?fields=id"), "if-match", &etag), 412);
        assert_eq!(ask("/v1/rencontres/number:99", "if-match", "\"x\""), 404);
        assert_eq!(ask(record, "range", "bytes=0-9"), 200);
    }
    let both = app.request("GET", record).header("if-match", "\"x\"").header("if-none-match", &etag);
    assert_eq!(both.send().json()["code"], "precondition_failed");
});
