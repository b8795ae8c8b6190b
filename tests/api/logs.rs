//! What the program writes to its log.

use crate::on_both_databases;
use crate::program::{Program, Scratch, command, wait_until};
use serde_json::Value;

/// The lines of a log that is objects. Every line is one.
fn lines(program: &Program) -> Vec<Value> {
    let said = program.said();
    said.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// The line of the request that was called so.
fn access(program: &Program, id: &str) -> Value {
    let find =
        || lines(program).into_iter().find(|line| line["target"] == "access" && line["request_id"] == id);
    wait_until("the request is logged", || find().is_some());
    find().unwrap()
}

/// A key that may write.
fn key(scratch: &Scratch) -> String {
    scratch.output(&["migrate"]);
    let key = scratch.output(&["keys", "create", "--name", "x", "--origin", "acme", "--scope", "write"]);
    key.trim().to_owned()
}

/// Serves with a log of objects; the address is in it.
fn serve(scratch: &Scratch, more: &[&str]) -> Program {
    let mut command = command(&scratch.url);
    command.env("RUST_LOG", "warn,kakehashi=info,access=info");
    Program::start(command.args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]).args(more))
}

on_both_databases!(each_request_is_an_object_that_tells_no_secret, |scratch| {
    let key = key(scratch);
    let program = serve(scratch, &[]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let client = program.client(&key).with("x-request-id", "one");
    let client = client.with("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"));
    assert_eq!(client.post_source("A \"source\"").unwrap().status, 201);
    let line = access(&program, "one");
    for (name, expected) in [
        ("level", "INFO"),
        ("method", "POST"),
        ("route", "/v1/sources"),
        ("uri", "/v1/sources"),
        ("trace_id", trace),
        ("parent_id", "00f067aa0ba902b7"),
        ("client", "127.0.0.1"),
    ] {
        assert_eq!(line[name], expected, "{line}");
    }
    assert_eq!((line["status"].as_u64(), line["key"].as_str()), (Some(201), key.split('_').nth(1)), "{line}");
    assert!(line["duration_us"].as_u64().unwrap() > 0 && line["bytes"].as_u64().unwrap() > 0, "{line}");
    assert!(line["span_id"].as_str().is_some_and(|span| span.len() == 16 && span != "00f067aa0ba902b7"));
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    let anonymous = program.client("").with("x-request-id", "two").with("traceparent", "00-nonsense");
    assert_eq!(anonymous.get("/v1/sources?q=%22%0Ax%22&limit=2").status, 200);
    let line = access(&program, "two");
    assert_eq!(line["uri"], "/v1/sources?q=%22%0Ax%22&limit=2");
    assert!(line.get("trace_id").is_none() && line.get("key").is_none(), "{line}");
    // Who looks whether the server is well leaves no trace.
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(program.client("").get(path).status, 200);
    }
    program.client("").text("/metrics").unwrap();
    assert_eq!(program.client("").with("x-request-id", "three").get("/nothing").status, 404);
    assert_eq!(access(&program, "three")["route"], "none");
    let said = program.said();
    assert!(!said.contains("/health/live") && !said.contains("\"/metrics\""), "{said}");
    assert!(!said.contains(key.rsplit('_').next().unwrap()), "{said}");
});

on_both_databases!(no_request_is_logged_unless_asked_for, |scratch| {
    let program = Program::serve(&scratch.url, &[]);
    assert_eq!(program.client("").get("/v1/sources").status, 200);
    program.terminate();
    let said = program.said();
    assert!(!said.contains("GET /v1/sources"), "{said}");
    assert!(program.end().success());
});

on_both_databases!(a_slow_statement_is_logged_with_its_request_and_without_its_values, |scratch| {
    let key = key(scratch);
    // One millisecond: what writes to the disk takes as long.
    let program = serve(scratch, &["--slow-query", "1"]);
    let slow = |id: &str| {
        let lines = lines(&program).into_iter();
        lines
            .filter(|line| line["message"].as_str().is_some_and(|text| text.starts_with("slow statement: ")))
            .find(|line| line["request_id"] == id)
    };
    let client = program.client(&key).with("x-request-id", "slow");
    wait_until("a statement is slow", || {
        client.post_source(&"Sesame ".repeat(2000)).unwrap();
        slow("slow").is_some()
    });
    let line = slow("slow").unwrap();
    assert_eq!(line["level"], "WARN");
    assert!(line["duration_ms"].as_u64().unwrap() >= 1, "{line}");
    assert!(!program.said().contains("Sesame"), "{}", program.said());
});
