//! Tests of JSON Patch: patches that apply, that fail, and that exceed the limits.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::json_patch::patch::*;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn applied(document: &Value, operations: Value) -> Result<Value, (String, String)> {
    JsonPatch::read(operations).unwrap().apply(document.clone()).map_err(|fault| {
        let crate::domain::errors::fault::FaultLocation::Pointer(at) = fault.location else {
            panic!("{:?}", fault.location)
        };
        (at, fault.args[0].1.clone())
    })
}

#[test]
fn operations_apply_in_their_order() {
    for (document, operations, expected) in [
        (json!({"a": [1, 3]}), json!([{"op": "add", "path": "/a/1", "value": 2}]), json!({"a": [1, 2, 3]})),
        (json!({"a": [1]}), json!([{"op": "add", "path": "/a/-", "value": 2}]), json!({"a": [1, 2]})),
        (json!({"a": [1, 2]}), json!([{"op": "remove", "path": "/a/0"}]), json!({"a": [2]})),
        (json!({"a": 1}), json!([{"op": "replace", "path": "", "value": {"b": 2}}]), json!({"b": 2})),
        (json!({"a": 1}), json!([{"op": "move", "from": "/a", "path": "/b"}]), json!({"b": 1})),
        (json!({"a": 1}), json!([{"op": "move", "from": "/a", "path": "/a"}]), json!({"a": 1})),
        (json!({"a": [1, 2]}), json!([{"op": "move", "from": "/a/0", "path": "/a/1"}]), json!({"a": [2, 1]})),
        (
            json!({"a/b~": 1}),
            json!([{"op": "copy", "from": "/a~1b~0", "path": "/c"}]),
            json!({"a/b~": 1, "c": 1}),
        ),
        (json!({"": 1}), json!([{"op": "test", "path": "/", "value": 1.0}]), json!({"": 1})),
    ] {
        assert_eq!(applied(&document, operations.clone()), Ok(expected), "{document} {operations}");
    }
}

#[test]
fn an_operation_that_does_not_apply_is_named() {
    let document = json!({"title": {"fr": "a"}, "list": [1, 2]});
    for operation in [
        json!({"op": "test", "path": "/list/0", "value": "1"}),
        json!({"op": "test", "path": "/no", "value": null}),
        json!({"op": "remove", "path": ""}),
        json!({"op": "remove", "path": "/list/2"}),
        json!({"op": "remove", "path": "/list/-"}),
        json!({"op": "add", "path": "/list/3", "value": 1}),
        json!({"op": "add", "path": "/list/01", "value": 1}),
        json!({"op": "add", "path": "/list/+1", "value": 1}),
        json!({"op": "replace", "path": "/list/-", "value": 1}),
        json!({"op": "add", "path": "/no/x", "value": 1}),
        json!({"op": "add", "path": "/title/fr/x", "value": 1}),
        json!({"op": "add", "path": "title", "value": 1}),
        json!({"op": "add", "path": "/a~2", "value": 1}),
        json!({"op": "add", "path": "/a~", "value": 1}),
        json!({"op": "copy", "from": "list", "path": "/x"}),
        json!({"op": "copy", "from": "/list/99999999999999999999", "path": "/x"}),
        json!({"op": "move", "from": "/title", "path": "/title/fr"}),
        json!({"op": "move", "from": "", "path": "/x"}),
    ] {
        let before = json!({"op": "test", "path": "/title/fr", "value": "a"});
        let refused = applied(&document, json!([before, operation.clone()])).unwrap_err();
        assert_eq!(refused.0, "/1", "{operation}");
    }
    let operations = json!([
        {"op": "move", "from": "/title", "path": ""}, {"op": "test", "path": "/no", "value": 1}
    ]);
    assert_eq!(applied(&document, operations).unwrap_err().0, "/1");
}

#[test]
fn what_is_no_list_of_operations_is_refused() {
    for body in [
        json!({}),
        json!([1]),
        json!([{}]),
        json!([{"op": "frob", "path": ""}]),
        json!([{"op": "add", "path": "/a"}]),
        json!([{"op": "move", "path": "/a"}]),
        json!([{"op": "remove", "path": 1}]),
    ] {
        assert_eq!(JsonPatch::read(body.clone()).unwrap_err().code, ErrorCode::InvalidPatch, "{body}");
    }
}

#[test]
fn a_small_patch_makes_no_large_deep_or_slow_document() {
    let start = Instant::now();
    let copies = |from: &str| {
        let copy = |number| json!({"op": "copy", "from": from, "path": format!("/x{number}")});
        (0..1000).map(copy).collect::<Vec<_>>()
    };
    let large = json!({"a": "x".repeat(100_000)});
    assert_eq!(applied(&large, copies("").into()).unwrap_err().0, "/3");
    let mut deeper = vec![json!({"op": "add", "path": "/c", "value": {}})];
    let copy =
        |number: u32| json!({"op": "copy", "from": "/c", "path": "/c".repeat((1_usize << number) + 1)});
    deeper.extend((0..14).map(copy));
    assert!(applied(&json!({}), deeper.into()).unwrap_err().1.contains("deeper"));
    let flat = json!({"a": vec![0; 200_000]});
    let mut again = Vec::new();
    for _ in 0..300 {
        again.push(json!({"op": "copy", "from": "/a", "path": "/b"}));
        again.push(json!({"op": "remove", "path": "/b"}));
    }
    assert!(applied(&flat, again.into()).unwrap_err().1.contains("too much"));
    let front = vec![json!({"op": "add", "path": "/a/0", "value": 0}); 1000];
    assert!(applied(&flat, front.into()).unwrap_err().1.contains("too much"));
    let many = vec![json!({"op": "test", "path": "", "value": {}}); 1001];
    assert_eq!(applied(&json!({}), many.into()).unwrap_err().0, "/1000");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
