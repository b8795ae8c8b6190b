//! What is measured, and that Prometheus can read it.

use crate::program::Program;
use crate::support::TestApp;
use crate::{on_both, on_both_databases};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The value of a series, as it is written.
fn value<'a>(text: &'a str, series: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in {text}"))
}

fn number(text: &str, series: &str) -> f64 {
    value(text, series).parse().unwrap()
}

fn requests<'a>(text: &'a str, method: &str, route: &str, status: u16) -> &'a str {
    let name = "kakehashi_http_request_duration_seconds_count";
    value(text, &format!("{name}{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"))
}

fn measured(app: &TestApp) -> String {
    app.get("/metrics").expect(200).text
}

on_both!(requests_are_counted_by_the_template_of_their_path, seeded, |app| {
    let answer = app.get("/metrics").expect(200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for number in ["8", "7", "9"] {
        app.get(&format!("/v1/rencontres/number:{number}")).expect(200);
    }
    app.get("/v1/rencontres/nothing").expect(404);
    for path in ["/v1/nothing", "/nothing/at/all", "/v1/nothing/else"] {
        app.get(path).expect(404);
    }
    app.request("TRACE", "/v1/rencontres").send().expect(405);
    app.request("TRACE", "/v1/rencontres").send().expect(405);
    let text = measured(app);
    assert!(requests(&text, "GET", "/v1/rencontres/{id}", 200) == "3", "{text}");
    assert!(requests(&text, "GET", "/v1/rencontres/{id}", 404) == "1");
    assert!(requests(&text, "GET", "none", 404) == "3");
    assert!(requests(&text, "other", "/v1/rencontres", 405) == "2");
    assert!(requests(&text, "GET", "/metrics", 200) == "1");
});

on_both!(what_is_so_now_is_measured, seeded, |app| {
    let head = |text: &str| value(text, "kakehashi_feed_head_seq").parse::<i64>().unwrap();
    let before = measured(app);
    let source = serde_json::json!({"title": {"en": "A source"}, "reliability": "press"});
    app.post("/v1/sources", &source).expect(201);
    let text = measured(app);
    assert!(head(&before) > 0 && head(&text) == head(&before) + 1);
    for (series, expected) in [
        ("kakehashi_database_up", "1"),
        ("kakehashi_database_waiting", "0"),
        ("kakehashi_write_queue_length", "0"),
        ("kakehashi_writes_refused_total", "0"),
        ("kakehashi_webhook_deliveries_pending", "0"),
        ("kakehashi_webhook_lag_seconds", "0"),
        (concat!("kakehashi_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), "1"),
    ] {
        assert_eq!(value(&text, series), expected, "{series}");
    }
    let most = text.lines().filter(|line| line.starts_with("kakehashi_database_connections_max{")).count();
    let open = text.lines().filter(|line| line.starts_with("kakehashi_database_connections{")).count();
    assert!(most >= 1 && open == 2 * most, "{text}");
    assert!(number(&text, "kakehashi_imports_running") >= 0.0);
    assert!(number(&text, "kakehashi_response_cache_requests_total{outcome=\"hit\"}") >= 0.0);
    if cfg!(target_os = "linux") {
        assert!(number(&text, "process_resident_memory_bytes") > 1e6);
        assert!(number(&text, "process_cpu_seconds_total") > 0.0);
        assert!(number(&text, "process_open_fds") > 3.0);
        let started = number(&text, "process_start_time_seconds");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(started > 1.7e9 && started <= now, "{started} {now}");
    }
});

on_both!(what_webhooks_are_behind_is_measured, empty, |app| {
    // A receiver that takes the call and never answers.
    let silence = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let webhook = serde_json::json!({"url": format!("http://{}/", silence.local_addr().unwrap())});
    app.post("/v1/webhooks", &webhook).expect(201);
    let source = serde_json::json!({"title": {"en": "A source"}, "reliability": "press"});
    app.post("/v1/sources", &source).expect(201);
    crate::program::wait_until("a delivery waits", || {
        value(&measured(app), "kakehashi_webhook_deliveries_pending") == "1"
    });
    assert!(value(&measured(app), "kakehashi_webhook_lag_seconds") == "0");
    let now: jiff::Timestamp = crate::support::NOW.parse().unwrap();
    app.clock.set(now + jiff::SignedDuration::from_millis(90_500));
    assert!(value(&measured(app), "kakehashi_webhook_lag_seconds") == "90.5");
});

on_both!(the_text_is_what_prometheus_reads, seeded, |app| {
    app.get("/v1/rencontres?limit=1").expect(200);
    let text = measured(app);
    let mut kinds = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "{line}");
            assert!(kind != "counter" || name.ends_with("_total"), "{line}");
            assert!(text.contains(&format!("# HELP {name} ")), "{line}");
        } else if !line.starts_with('#') {
            let (series, number) = line.rsplit_once(' ').unwrap();
            number.parse::<f64>().unwrap();
            assert!(seen.insert(series.to_owned()), "{line} stands twice");
            let name = series.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let family = family.filter(|family| kinds.get(*family).is_some_and(|kind| kind == "histogram"));
            assert!(kinds.contains_key(family.unwrap_or(name)), "{line} has no type");
        }
    }
    // The judge itself, where it is installed.
    let Ok(mut judge) = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        return;
    };
    judge.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = judge.wait_with_output().unwrap();
    let told = [said.stdout, said.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(said.status.success() && told.iter().all(String::is_empty), "{told:?}");
});

on_both_databases!(what_is_measured_can_be_told_elsewhere, |scratch| {
    let program = Program::serve(&scratch.url, &["--metrics-listen", "127.0.0.1:0"]);
    let said = program.said();
    let place = said.lines().find_map(|line| line.strip_prefix("What is measured is at ")).unwrap();
    let place = place.strip_suffix("/metrics").unwrap();
    assert!(program.client("").get("/metrics").status == 404);
    assert!(program.client("").get("/").body["links"].get("metrics").is_none());
    let apart = crate::program::Client::new(place, "");
    let text = apart.text("/metrics").unwrap();
    assert!(requests(&text, "GET", "none", 404) == "1", "{text}");
    assert!(apart.get("/v1/sources").status == 404);
    program.terminate();
    assert!(program.end().success());
});
