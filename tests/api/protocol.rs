//! HTTP as it is written (RFC 9110, RFC 9112), also where client libraries never go.

use crate::support::TestApp;
use crate::support::raw::{send, send_raw};
use crate::support::records::{commune, create};
use crate::{on_both, on_both_with_settings};
use kakehashi::http::client_address::parse_network;
use kakehashi::server::settings::OperationSettings;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const HOST: &str = "Host: registry.example";

fn problem(answer: &crate::support::raw::RawResponse) -> Value {
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
    assert_eq!(send_raw(app, "GET /v1/people HTTP/1.0\r\n\r\n").status, 200);
});

fn known_by_two_addresses() -> OperationSettings {
    let urls = ["https://registry.example", "http://intranet.example:8080/"];
    OperationSettings {
        public_urls: urls.map(|url| url.parse().unwrap()).to_vec(),
        ..OperationSettings::default()
    }
}

on_both_with_settings!(absolute_links_begin_with_an_address_that_was_set, known_by_two_addresses(), |app| {
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

fn behind_a_proxy() -> OperationSettings {
    OperationSettings {
        trusted_proxies: vec![parse_network("127.0.0.0/8").unwrap()],
        ..OperationSettings::default()
    }
}

on_both_with_settings!(what_a_trusted_proxy_says_is_looked_at_too, behind_a_proxy(), |app| {
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
    let made = create(app, "authorities", &commune("54395", "Nancy"));
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

on_both!(lists_are_read_as_rfc_9110_writes_them, seeded, |app| {
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
    for target in ["/v1/partnerships?format=csv", "/v1/partnerships?format=ndjson", "/v1/partnerships"] {
        for coding in ["Accept-Encoding: gzip", "Accept-Encoding: identity"] {
            let first = ask(target, &[coding]);
            let known = ask(target, &[coding, &format!("If-None-Match: {}", first.header("etag").unwrap())]);
            assert_eq!(known.status, 304, "{target}");
            for name in ["etag", "vary", "cache-control"] {
                assert_eq!(known.all(name), first.all(name), "{target} {coding}: {name}");
            }
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
        send_raw(app, &text)
    };
    let written = coding("Identity");
    assert!([200, 201].contains(&written.status), "{}", written.text());
    assert_eq!(coding(", identity,").status, 200);
    let refused = coding("br");
    assert_eq!((refused.status, refused.header("accept-encoding")), (415, Some("identity")));
});

on_both!(a_condition_that_fails_is_a_412_on_reading_too, seeded, |app| {
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

on_both!(parameters_are_decoded_strictly_and_empty_ones_are_not_given, seeded, |app| {
    for (target, parameter) in [
        ("/v1/people?q=%ff", "q"),
        ("/v1/people?q=a%00b", "q"),
        ("/v1/people?%00=a", "\u{0}"),
        ("/v1/people?q=%zz", "q"),
        ("/v1/people?q=100%", "q"),
        ("/v1/search?q=%E6%97", "q"),
        ("/v1/citations?pointer=%00", "pointer"),
        ("/v1/people?lang=xx", "lang"),
        ("/problems/gone?lang=xx", "lang"),
        ("/v1/people?lang=fr&lang=ja", "lang"),
        ("/v1/people?sort=nothing", "sort"),
        ("/v1/people?sort=name,,", "sort"),
        ("/v1/people?sort=-", "sort"),
        ("/v1/partnerships?sort=since,-since", "sort"),
        ("/v1/partnerships?sort=since,since", "sort"),
        ("/v1/people?nothing=", "nothing"),
    ] {
        let answer = send(app, "GET", target, &[HOST]);
        let told = problem(&answer);
        assert_eq!(
            (answer.status, &told["errors"][0]["parameter"]),
            (400, &json!(parameter)),
            "{target}: {told}"
        );
    }
    let words = |count: usize| (0..count).map(|word| format!("w{word}")).collect::<Vec<_>>().join("+");
    for path in ["/v1/people", "/v1/search", "/v1/search/suggest", "/v1/gazetteer", "/v1/commitments"] {
        assert_eq!(send(app, "GET", &format!("{path}?q={}", words(16)), &[HOST]).status, 200, "{path}");
        let refused = send(app, "GET", &format!("{path}?q={}", words(17)), &[HOST]);
        assert_eq!(
            (refused.status, &problem(&refused)["errors"][0]["parameter"]),
            (400, &json!("q")),
            "{path}"
        );
    }
    for (form, same) in [
        ("/v1/partnerships?q=&status=&sort=&lang=&format=&fields=&cursor=&limit=", "/v1/partnerships"),
        ("/v1/partnerships?status=&status=active", "/v1/partnerships?status=active"),
        ("/v1/search?q=&kind=", "/v1/search"),
        ("/v1/timeline?from=&to=&sort=", "/v1/timeline"),
        ("/v1/gazetteer?q=&near=&country=", "/v1/gazetteer"),
        ("/v1/changes?kind=&after=&wait=", "/v1/changes"),
        ("/v1/statistics/partnerships?group_by=&valid_on=", "/v1/statistics/partnerships"),
    ] {
        let items = |path: &str| app.get(path).expect(200).json()["items"].clone();
        assert_eq!(items(form), items(same), "{form}");
    }
    // A path that no database can hold leads nowhere.
    for path in ["/v1/authorities/insee_com:%00", "/v1/people/%ff", "/v1/vocabularies/%00", "/problems/%00"] {
        assert_eq!(send(app, "GET", path, &[HOST]).status, 404, "{path}");
    }
});

on_both!(http_1_0_gets_no_chunks, seeded, |app| {
    for (target, lines) in [
        ("/v1/snapshot", ""),
        ("/v1/snapshot", "Accept-Encoding: gzip\r\n"),
        ("/v1/partnerships?format=csv", ""),
        ("/v1/people", ""),
    ] {
        let text = format!("GET {target} HTTP/1.0\r\nConnection: keep-alive\r\n{lines}\r\n");
        let text =
            if target == "/v1/snapshot" { text } else { text.replace("Connection: keep-alive\r\n", "") };
        let answer = send_raw(app, &text);
        assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None), "{target}");
        let whole = app.get(target);
        if target.contains("snapshot") {
            assert_ne!(answer.header("connection"), Some("keep-alive"));
            assert!(answer.text().ends_with("}\n") && answer.text().contains("\"kind\":\"end\""), "{lines}");
        } else {
            assert_eq!(answer.text(), whole.text, "{target}");
        }
    }
    let head = send_raw(app, "HEAD /v1/snapshot HTTP/1.0\r\n\r\n");
    assert_eq!((head.status, head.header("transfer-encoding"), head.body.len()), (200, None, 0));
});

on_both!(head_says_what_get_says, seeded, |app| {
    for target in [
        "/",
        "/v1/people",
        "/v1/rencontres/number:9",
        "/docs/",
        "/openapi.json",
        "/problems/gone",
        "/nothing",
    ] {
        for coding in ["identity", "gzip"] {
            let coding = format!("Accept-Encoding: {coding}");
            let ask = |method| send(app, method, target, &[HOST, &coding, "X-Request-Id: same"]);
            let (get, head) = (ask("GET"), ask("HEAD"));
            let plain = |headers: &[(String, String)]| {
                let own = |name: &str| name == "date";
                headers.iter().filter(|(name, _)| !own(name)).cloned().collect::<Vec<_>>()
            };
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{target}");
            assert_eq!(plain(&head.headers), plain(&get.headers), "{target}");
            assert_eq!(get.header("content-length").map(str::parse), Some(Ok(get.body.len())), "{target}");
        }
    }
});

on_both!(the_documentation_answers_as_everything_else, empty, |app| {
    let ask = |method: &str, target: &str| send(app, method, target, &[HOST]);
    for file in ["/docs/", "/docs/index.html", "/docs/swagger-ui.css", "/docs/swagger-initializer.js"] {
        assert_eq!(ask("GET", file).status, 200, "{file}");
        assert_eq!(ask("HEAD", file).status, 200, "{file}");
        let options = ask("OPTIONS", file);
        assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS")), "{file}");
        assert_eq!(problem(&ask("POST", file))["code"], "method_not_allowed");
    }
    assert!(ask("GET", "/docs/swagger-initializer.js").text().contains("/openapi.json"));
    for file in ["/docs/nothing.js", "/docs/../Cargo.toml", "/docs/a/b"] {
        let answer = ask("GET", file);
        assert_eq!((answer.status, &problem(&answer)["code"]), (404, &json!("not_found")), "{file}");
    }
});

on_both!(methods_and_types_are_told, seeded, |app| {
    let key = format!("Authorization: Bearer {}", app.key);
    let ask = |method: &str, target: &str, lines: &[&str]| {
        let mut all = vec![HOST, key.as_str()];
        all.extend_from_slice(lines);
        send(app, method, target, &all)
    };
    let patches = "application/merge-patch+json, application/json, application/json-patch+json";
    let record = "/v1/rencontres/number:9";
    let options = ask("OPTIONS", record, &[]);
    assert_eq!(options.status, 204);
    assert_eq!(options.header("allow"), Some("GET, HEAD, PUT, PATCH, DELETE, OPTIONS"));
    assert_eq!(options.header("accept-patch"), Some(patches));
    let options = ask("OPTIONS", "/v1/rencontres", &[]);
    assert_eq!(
        (options.header("accept-post"), options.header("accept-patch")),
        (Some("application/json"), None)
    );
    assert!(
        ask("OPTIONS", "/v1/import", &[]).header("accept-post").unwrap().contains("application/x-ndjson")
    );
    assert!(ask("OPTIONS", "/v1/webhooks/x", &[]).header("accept-patch").is_some());
    assert_eq!(ask("OPTIONS", "*", &[]).status, 204);
    assert!(ask("OPTIONS", "*", &[]).header("allow").unwrap().contains("PATCH"));

    let wrong = ["Content-Type: text/plain", "If-Match: *", "Content-Length: 0"];
    let refused = ask("PATCH", record, &wrong);
    assert_eq!((refused.status, refused.header("accept-patch")), (415, Some(patches)));
    let refused = ask("POST", "/v1/rencontres", &wrong);
    assert_eq!((refused.status, refused.header("accept-post")), (415, Some("application/json")));
    let refused = ask("PUT", record, &wrong);
    assert_eq!((refused.status, refused.header("accept")), (415, Some("application/json")));
    let coding =
        ["Content-Type: application/json", "Content-Encoding: br", "If-Match: *", "Content-Length: 0"];
    let refused = ask("PATCH", record, &coding);
    assert_eq!((refused.status, refused.header("accept-encoding")), (415, Some("identity")));
    let coding = ["Content-Type: application/x-ndjson", "Content-Encoding: br", "Content-Length: 0"];
    let refused = ask("POST", "/v1/import", &coding);
    assert_eq!((refused.status, refused.header("accept-encoding")), (415, Some("gzip, identity")));

    for method in ["TRACE", "PROPFIND", "get", "POST"] {
        let refused = ask(method, record, &[]);
        assert_eq!(
            (refused.status, &problem(&refused)["code"]),
            (405, &json!("method_not_allowed")),
            "{method}"
        );
        assert!(refused.header("allow").unwrap().contains("PATCH"), "{method}");
    }
});

on_both!(a_stream_of_events_is_not_held_back, empty, |app| {
    let stream = send(app, "HEAD", "/v1/changes/stream", &[HOST]);
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        (stream.header("x-accel-buffering"), stream.header("cache-control")),
        (Some("no"), Some("no-store"))
    );
    let key = app.key.clone();
    let import = app.request("POST", "/v1/import").key(&key).header("accept", "TEXT/event-stream;q=0.5");
    let import = import.body("application/x-ndjson", "{}\n").send().expect(200);
    assert_eq!(
        (import.header("x-accel-buffering"), import.header("cache-control")),
        (Some("no"), Some("no-store"))
    );
});

/// What a page may read of every answer: the header fields that Fetch calls safelisted, and those that are of the
/// connection, of the protocol itself, or for browsers only.
const NOT_FOR_PAGES: [&str; 13] = [
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "referrer-policy",
    "transfer-encoding",
    "x-accel-buffering",
    "x-content-type-options",
    "x-frame-options",
    "keep-alive",
];

on_both!(pages_of_other_origins_may_read_every_header_of_ours, seeded, |app| {
    let key = format!("Authorization: Bearer {}", app.key);
    let origin = "Origin: https://app.example";
    let body = commune("54547", "Vandœuvre-lès-Nancy").to_string();
    let post = |lines: &[&str]| {
        let lines = lines.join("\r\n") + if lines.is_empty() { "" } else { "\r\n" };
        let text = format!(
            "POST /v1/authorities HTTP/1.1\r\n{HOST}\r\nConnection: close\r\n{origin}\r\n{lines}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        send_raw(app, &text)
    };
    let get = |target: &str, lines: &[&str]| {
        let mut all = vec![HOST, origin];
        all.extend_from_slice(lines);
        send(app, "GET", target, &all)
    };
    let answers = [
        post(&[&key, "Idempotency-Key: one"]),
        post(&[&key, "Idempotency-Key: one"]),
        post(&[]),
        get("/v1/authorities", &["Accept-Encoding: gzip"]),
        get("/v1/partnerships?format=csv", &["Accept-Language: fr"]),
        get("/v1/snapshot", &[]),
        get("/v1/authorities?sort=nothing", &[]),
        get("/nothing", &[]),
        get("/docs", &[]),
        send(app, "OPTIONS", "/v1/rencontres/number:9", &[HOST, origin]),
        send(
            app,
            "PATCH",
            "/v1/rencontres/number:9",
            &[HOST, origin, &key, "Content-Type: text/plain", "If-Match: *"],
        ),
        send(app, "TRACE", "/v1/rencontres", &[HOST, origin]),
    ];
    assert_eq!(answers[1].header("idempotency-replayed"), Some("true"), "{}", answers[1].text());
    assert!(answers[2].header("www-authenticate").is_some() && answers[11].header("allow").is_some());
    let mut seen = BTreeSet::new();
    for answer in &answers {
        assert_eq!(answer.all("access-control-allow-origin"), ["*"]);
        let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
        let exposed: BTreeSet<&str> = exposed.split(", ").collect();
        for (name, _) in &answer.headers {
            assert!(exposed.contains(name.as_str()) || NOT_FOR_PAGES.contains(&name.as_str()), "{name}");
            seen.insert(name.clone());
        }
    }
    for name in
        ["idempotency-replayed", "allow", "www-authenticate", "accept-patch", "change-cursor", "location"]
    {
        assert!(seen.contains(name), "{name}");
    }
    // Whoever asks without an origin gets the same, so that the answer serves everybody.
    assert_eq!(send(app, "GET", "/v1/people", &[HOST]).common(), get("/v1/people", &[]).common());
    for method in ["PATCH", "PUT", "DELETE"] {
        let asked = format!("Access-Control-Request-Method: {method}");
        let fields = "Access-Control-Request-Headers: authorization, if-match, idempotency-key, x-anything";
        let preflight = send(app, "OPTIONS", "/v1/people/x", &[HOST, origin, &asked, fields]);
        assert_eq!((preflight.status, preflight.body.len()), (204, 0));
        assert!(preflight.header("access-control-allow-methods").unwrap().contains(method));
        assert!(preflight.header("access-control-allow-headers").unwrap().contains("x-anything"));
        assert_eq!(preflight.header("access-control-max-age"), Some("86400"));
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    }
});
