//! How much callers may ask for, and who a caller is behind a proxy.

use crate::on_both_with_settings;
use crate::support::{NOW, TestApp, TestResponse};
use jiff::{SignedDuration, Timestamp};
use kakehashi::http::client_address::parse_network;
use kakehashi::http::rate_limit::RateLimit;
use kakehashi::server::settings::OperationSettings;
use serde_json::json;
use sfv::{BareItem, List, ListEntry, Parser};

fn limited(address: &str, key: &str) -> OperationSettings {
    let read = |text: &str| Some(text.parse::<RateLimit>().unwrap());
    OperationSettings { rate_limit: read(address), rate_limit_key: read(key), ..OperationSettings::default() }
}

/// The one item of a list of structured fields: its name and whole numbers (RFC 9651).
fn field(answer: &TestResponse, name: &str) -> (String, Vec<(String, i64)>) {
    let value = answer.header(name).unwrap_or_else(|| panic!("no {name}"));
    let list: List = Parser::new(value).parse().unwrap();
    let [ListEntry::Item(item)] = list.as_slice() else { panic!("{value}") };
    let BareItem::String(policy) = &item.bare_item else { panic!("{value}") };
    let number = |item: &BareItem| match item {
        BareItem::Integer(number) => i64::from(*number),
        _ => panic!("{value}"),
    };
    let parameters = item.params.iter().map(|(name, item)| (name.to_string(), number(item)));
    (policy.to_string(), parameters.collect())
}

/// What is left: the policy, the requests, the seconds.
fn left(answer: &TestResponse) -> (String, i64, i64) {
    let (policy, numbers) = field(answer, "ratelimit");
    let number = |name| numbers.iter().find(|(known, _)| known == name).unwrap().1;
    (policy, number("r"), number("t"))
}

fn pass(app: &TestApp, seconds: i64) {
    let now: Timestamp = NOW.parse().unwrap();
    app.clock.set(now + SignedDuration::from_secs(seconds));
}

on_both_with_settings!(an_address_has_so_many_requests_until_time_passes, limited("3/60", "off"), |app| {
    for (requests, seconds) in [(2, 20), (1, 40), (0, 20)] {
        let answer = app.get("/v1/sources").expect(200);
        assert_eq!(left(&answer), ("address".to_owned(), requests, seconds));
        let policy = ("address".to_owned(), vec![("q".to_owned(), 3), ("w".to_owned(), 60)]);
        assert_eq!(field(&answer, "ratelimit-policy"), policy);
        assert_eq!(answer.header("retry-after"), None);
    }
    for (language, word) in [("fr", "réessayez"), ("ja", "やり直して"), ("en", "try again in 20 s")] {
        let answer = app.get(&format!("/v1/sources?lang={language}")).expect(429);
        assert_eq!(answer.json()["code"], "rate_limited");
        assert!(answer.json()["detail"].as_str().unwrap().contains(word), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), Some("20"));
        assert_eq!(left(&answer), ("address".to_owned(), 0, 20));
        assert!(answer.header("x-request-id").is_some());
    }
    // Whoever looks whether the server is well is not limited.
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(app.get(path).expect(200).header("ratelimit"), None, "{path}");
    }
    assert!(app.get("/metrics").text.contains("kakehashi_rate_limited_requests_total 3\n"));
    pass(app, 19);
    app.get("/v1/sources").expect(429);
    pass(app, 20);
    app.get("/v1/sources").expect(200);
    app.get("/v1/sources").expect(429);
    pass(app, 3600);
    assert_eq!(left(&app.get("/v1/sources").expect(200)), ("address".to_owned(), 2, 20));
});

on_both_with_settings!(an_answer_304_costs_nothing_and_a_refusal_counts, limited("3/60", "off"), |app| {
    let etag = app.get("/v1/vocabularies").expect(200).etag().to_owned();
    for _ in 0..5 {
        let answer = app.request("GET", "/v1/vocabularies").header("if-none-match", &etag).send().expect(304);
        assert_eq!(left(&answer), ("address".to_owned(), 2, 20));
    }
    assert_eq!(left(&app.get("/v1/sources?limlt=1").expect(400)).1, 1);
    assert_eq!(left(&app.get("/v1/nothing").expect(404)).1, 0);
    app.get("/v1/sources").expect(429);
    // Who has used up everything must wait, also for an answer that would cost nothing.
    app.request("GET", "/v1/vocabularies").header("if-none-match", &etag).send().expect(429);
});

on_both_with_settings!(
    a_key_has_its_own_quota_which_nobody_else_can_use_up,
    limited("6/60", "4/60"),
    |app| {
        let write = |key: &str| {
            let body = json!({"title": {"en": "A source"}, "reliability": "press"});
            app.request("POST", "/v1/sources").key(key).json(&body).send()
        };
        // Not known to be in force yet.
        assert_eq!(left(&write(&app.key).expect(201)), ("address".to_owned(), 5, 10));
        assert_eq!(left(&write(&app.key).expect(201)), ("key".to_owned(), 3, 15));
        // A wrong secret counts for the address, and not for the key that it names.
        let (id, _) = app.key.rsplit_once('_').unwrap();
        for requests in (0..5).rev() {
            assert_eq!(left(&write(&format!("{id}_wrong")).expect(401)).1, requests);
        }
        write(&format!("{id}_wrong")).expect(429);
        app.get("/v1/sources").expect(429);
        for requests in [2, 1, 0] {
            assert_eq!(
                left(&write(&app.key).expect(201)),
                ("key".to_owned(), requests, if requests == 0 { 15 } else { 15 * (4 - requests) })
            );
        }
        let answer = write(&app.key).expect(429);
        assert_eq!((left(&answer), answer.header("retry-after")), (("key".to_owned(), 0, 15), Some("15")));
        // A key that is revoked is known no longer.
        pass(app, 3600);
        let admin = app.new_key("registry", &["admin"], &[]);
        let public = app.key.split('_').nth(1).unwrap();
        app.request("DELETE", &format!("/v1/keys/{public}")).key(&admin).send().expect(204);
        assert_eq!(left(&write(&app.key).expect(401)).0, "key");
        assert_eq!(left(&write(&app.key).expect(401)).0, "address");
    }
);

on_both_with_settings!(this_machine_is_free_of_what_nobody_has_set, OperationSettings::default(), |app| {
    assert_eq!(app.get("/v1/sources").expect(200).header("ratelimit"), None);
    // Who is no trusted proxy cannot say that it comes from elsewhere.
    let answer = app.request("GET", "/v1/sources").header("x-forwarded-for", "192.0.2.1").send().expect(200);
    assert_eq!(answer.header("ratelimit"), None);
});

fn from(app: &TestApp, name: &str, value: &str) -> TestResponse {
    app.request("GET", "/v1/sources").header(name, value).send()
}

on_both_with_settings!(headers_of_strangers_are_ignored, limited("3/60", "off"), |app| {
    for (name, value) in
        [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.2"), ("x-real-ip", "192.0.2.3")]
    {
        from(app, name, value).expect(200);
    }
    from(app, "x-forwarded-for", "192.0.2.4").expect(429);
});

fn behind_a_proxy() -> OperationSettings {
    OperationSettings {
        trusted_proxies: vec![parse_network("127.0.0.0/8").unwrap()],
        ..limited("2/60", "off")
    }
}

on_both_with_settings!(callers_behind_a_trusted_proxy_are_told_apart, behind_a_proxy(), |app| {
    for (name, value) in [
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.2;proto=https"),
        ("forwarded", "for=\"[2001:db8::1]:4711\""),
    ] {
        from(app, name, value).expect(200);
        from(app, name, value).expect(200);
        from(app, name, value).expect(429);
    }
    // What a caller writes before the proxy does is not believed.
    from(app, "x-forwarded-for", "198.51.100.1, 192.0.2.1").expect(429);
    from(app, "forwarded", "for=198.51.100.1, for=192.0.2.2").expect(429);
    from(app, "x-forwarded-for", "192.0.2.1, 198.51.100.1").expect(200);
    // One network of IPv6 is one caller.
    from(app, "x-forwarded-for", "2001:db8::2").expect(429);
    from(app, "x-forwarded-for", "2001:db8:0:1::2").expect(200);
});

/// The address of the registry, as a document names it.
fn base(app: &TestApp, headers: &[(&str, &str)]) -> String {
    let call = app.request("GET", "/.well-known/api-catalog");
    let call = headers.iter().fold(call, |call, (name, value)| call.header(name, value));
    let links = call.send().expect(200).json();
    links["linkset"][0]["anchor"].as_str().unwrap().trim_end_matches('/').to_owned()
}

const TOLD: [(&str, &str); 3] = [
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "registry.example"),
];

on_both_with_settings!(
    only_a_trusted_proxy_says_how_the_registry_is_called,
    OperationSettings::default(),
    |app| {
        let own = base(app, &[]);
        assert_eq!(own, app.url);
        assert_eq!(base(app, &TOLD), own);
        assert_eq!(base(app, &[("forwarded", "for=192.0.2.1;proto=https;host=registry.example")]), own);
    }
);

on_both_with_settings!(
    a_trusted_proxy_says_how_the_registry_is_called,
    OperationSettings { rate_limit: Some(RateLimit::Off), ..behind_a_proxy() },
    |app| {
        assert_eq!(base(app, &[]), app.url);
        assert_eq!(base(app, &TOLD), "https://registry.example");
        assert_eq!(
            base(app, &[("forwarded", "for=192.0.2.1;proto=https;host=registry.example")]),
            "https://registry.example"
        );
        let spoofed = "host=evil.example;for=192.0.2.9, for=192.0.2.1;host=registry.example";
        assert_eq!(base(app, &[("forwarded", spoofed)]), "http://registry.example");
        assert_eq!(
            base(
                app,
                &[("forwarded", "for=198.51.100.1;host=evil.example"), ("x-forwarded-for", "192.0.2.1")]
            ),
            app.url
        );
    }
);
