//! Every operation does what the document promises: its answers, its parameters, its refusals.

use crate::on_both;
use crate::openapi::{Operation, document, operations, resolve};
use crate::support::{TestApp, TestResponse};
use kakehashi::kinds::all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a value, by its schema: the parts of JSON Schema that the document uses.
pub(crate) fn misfits(document: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let schema = match schema.get("$ref") {
        Some(_) => resolve(document, schema),
        None => schema,
    };
    let mut wrong = Vec::new();
    let mut refuse = |why: String| wrong.push(format!("{place}: {why}"));
    let is_of = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        several => several.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_of(name)) {
        refuse(format!("{value} is no {types:?}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        refuse(format!("{value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|codes| !codes.contains(value)) {
        refuse(format!("{value} is none of {}", schema["enum"]));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        refuse(format!("{number} is less than {least}"));
    }
    if let (Some(least), Some(items)) = (schema["minItems"].as_u64(), value.as_array())
        && (items.len() as u64) < least
    {
        refuse(format!("fewer than {least} items"));
    }
    let choices = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(choices) = choices
        && !choices.iter().any(|choice| misfits(document, choice, value, place).is_empty())
    {
        refuse(format!("{value} fits none of {choices:?}"));
    }
    if let Some(members) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                refuse(format!("{name} is missing"));
            }
        }
        for (name, member) in members {
            match schema["properties"].get(name) {
                Some(known) => wrong.extend(misfits(document, known, member, &format!("{place}/{name}"))),
                None if schema["additionalProperties"] == false => {
                    wrong.push(format!("{place}: {name} is not known"));
                }
                None => {}
            }
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (index, item) in values.iter().enumerate() {
            wrong.extend(misfits(document, items, item, &format!("{place}/{index}")));
        }
    }
    wrong
}

/// The collection that the first part of a path names, as `/v1/partnerships`.
fn collection(path: &str) -> String {
    path.split('/').take(3).collect::<Vec<_>>().join("/")
}

/// Whether an operation answers without end.
pub(crate) fn is_endless(operation: &Operation<'_>) -> bool {
    operation.node["responses"]["200"]["content"].get("text/event-stream").is_some()
}

/// The id of the sample, of a kind of which nothing is there yet.
fn sample(app: &TestApp, list: &str) -> String {
    let kind = kakehashi::domain::kind::Kind::ALL.iter().find(|kind| list == format!("/v1/{}", kind.path()));
    crate::support::records::id(&app.post(list, &all::definition(*kind.unwrap()).sample()).expect(201).json())
}

/// The path of an operation with names of things that are there.
pub(crate) fn existing(app: &TestApp, operation: &Operation<'_>) -> String {
    let other = kakehashi::util::random::new_uuid().to_string();
    let path = operation.path.replace("{name}", "themes").replace("{code}", "invalid");
    let path = path.replace("{collection}", "visits").replace("{topic}", "partnerships");
    let path = path.replace("{authority}", "insee_com:35238").replace("{n}", "1").replace("{other}", &other);
    if !path.contains("{id}") {
        return path;
    }
    if path.starts_with("/v1/webhooks/") {
        let (webhook, delivery) = crate::webhooks::existing(app);
        return path.replace("{id}", &webhook).replace("{delivery}", &delivery);
    }
    let id = match collection(&path).as_str() {
        "/v1/keys" => "0192d0a47c00700080000000000000aa".to_owned(),
        "/v1/rencontres" => "number:8".to_owned(),
        list => {
            let page = app.get(&format!("{list}?limit=1")).expect(200).json();
            page["items"][0]["id"].as_str().map_or_else(|| sample(app, list), str::to_owned)
        }
    };
    path.replace("{id}", &id)
}

fn send(app: &TestApp, operation: &Operation<'_>, path: &str, key: Option<&str>) -> TestResponse {
    let mut call = app.request(&operation.method, path);
    if let Some(key) = key {
        call = call.key(key);
    }
    if let Some(media) = operation.node["requestBody"]["content"].as_object() {
        call = call.body(media.keys().next().unwrap(), "{}");
    }
    call.send()
}

/// A query with the value of one parameter.
pub(crate) fn query(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

on_both!(every_get_answers_what_its_schema_says, seeded, |app| {
    let document = document();
    let admin = app.new_key("registry", &["admin"], &[]);
    let finite = |operation: &&Operation<'_>| operation.method == "GET" && !is_endless(operation);
    for operation in operations(&document).iter().filter(finite) {
        let name = operation.name();
        let path = existing(app, operation);
        let answer = send(app, operation, &path, operation.needs_a_key().then_some(&admin));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
        let media = answer.header("content-type").unwrap();
        let media = media.split(';').next().unwrap();
        let documented = &operation.node["responses"]["200"];
        let schema = &resolve(&document, documented)["content"][media]["schema"];
        assert!(!schema.is_null(), "{name}: {media} is not documented");
        if media == "application/json" {
            let wrong = misfits(&document, schema, &answer.json(), name);
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
        for header in documented["headers"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()) {
            assert!(
                answer.header(&header.to_lowercase()).is_some() || header == "Link",
                "{name}: no {header}"
            );
        }
    }
});

on_both!(every_record_fits_its_schema_and_the_list_says_the_same, seeded, |app| {
    let document = document();
    for kind in kakehashi::domain::kind::Kind::ALL {
        let page = app.get(&format!("/v1/{}?limit=500", kind.path())).expect(200).json();
        let schema =
            &document["components"]["schemas"][format!("{}Page", all::definition(*kind).schema_name())];
        let wrong = misfits(&document, schema, &page, kind.path());
        assert!(wrong.is_empty(), "{wrong:#?}");
        for listed in page["items"].as_array().unwrap() {
            let one = app.get(&format!("/v1/{}/{}", kind.path(), listed["id"].as_str().unwrap()));
            assert_eq!(&one.expect(200).json(), listed);
        }
    }
});

on_both!(every_operation_that_needs_a_key_refuses_without, seeded, |app| {
    let document = document();
    for operation in operations(&document).iter().filter(|operation| operation.needs_a_key()) {
        let path = existing(app, operation);
        let wrong = app.new_key("acme", &["write"], &[]).replace("kkh_", "kkh_0");
        for key in [None, Some(wrong.as_str()), Some("x")] {
            let answer = send(app, operation, &path, key);
            assert_eq!(answer.status, 401, "{}: {}", operation.name(), answer.text);
            assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
            assert_eq!(answer.json()["code"], "unauthorized");
        }
        if operation.node["responses"].get("403").is_none() {
            continue;
        }
        let reader = app.new_key("acme", &["read"], &[]);
        let body = if operation.node.get("requestBody").is_some() { "{}" } else { "" };
        let answer = send(app, operation, &path, Some(&reader));
        // Any key may have webhooks; those of others are not there for it.
        let expected = match (operation.path, operation.name()) {
            (_, "list_webhooks") => 200,
            (_, "create_webhook") => 422,
            (path, _) if path.starts_with("/v1/webhooks") => 404,
            _ => 403,
        };
        assert_eq!(answer.status, expected, "{} {body}: {}", operation.name(), answer.text);
    }
});

on_both!(unknown_parameters_are_refused_on_every_operation, seeded, |app| {
    let document = document();
    let admin = app.new_key("registry", &["admin"], &[]);
    for operation in operations(&document) {
        let path = format!("{}?limlt=1", existing(app, &operation));
        let answer = send(app, &operation, &path, operation.needs_a_key().then_some(&admin));
        assert_eq!(answer.status, 400, "{}: {}", operation.name(), answer.text);
        assert_eq!(
            answer.faults(),
            [("limlt".to_owned(), "unknown_parameter".to_owned())],
            "{}",
            operation.name()
        );
    }
});

on_both!(other_methods_are_refused_with_those_allowed, seeded, |app| {
    let document = document();
    let mut paths: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for operation in operations(&document) {
        paths.entry(operation.path).or_default().push(operation);
    }
    for (name, operations) in paths {
        let path = existing(app, &operations[0]);
        let mut documented: BTreeSet<&str> =
            operations.iter().map(|operation| operation.method.as_str()).collect();
        if documented.contains("GET") {
            documented.insert("HEAD");
        }
        documented.insert("OPTIONS");
        let allowed = |answer: &TestResponse| -> BTreeSet<String> {
            let allow = answer.header("allow").unwrap_or_default();
            allow.split(',').map(|method| method.trim().to_owned()).collect()
        };
        let expected: BTreeSet<String> = documented.iter().map(|method| (*method).to_owned()).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            if !documented.contains(method) {
                let answer = app.request(method, &path).key(&app.key).send();
                assert_eq!(answer.status, 405, "{method} {name}: {}", answer.text);
                assert_eq!(answer.json()["code"], "method_not_allowed");
                assert_eq!(allowed(&answer), expected, "{method} {name}");
            }
        }
        let options = app.request("OPTIONS", &path).send();
        assert_eq!((options.status, allowed(&options)), (204, expected), "{name}");
    }
});

on_both!(head_answers_as_get_without_a_body, seeded, |app| {
    let document = document();
    for operation in operations(&document).iter().filter(|operation| operation.method == "GET") {
        if operation.needs_a_key() || is_endless(operation) {
            continue;
        }
        let path = existing(app, operation);
        let (get, head) = (app.get(&path), app.request("HEAD", &path).send());
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{}", operation.name());
        for header in ["content-type", "etag", "link", "content-length"] {
            // What is measured has changed meanwhile.
            if header == "content-length" && operation.path == "/metrics" {
                continue;
            }
            assert_eq!(head.header(header), get.header(header), "{}: {header}", operation.name());
        }
    }
});

/// The example of a parameter, as it stands in a query.
pub(crate) fn example(parameter: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match &parameter["example"] {
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        one => text(one),
    }
}

on_both!(every_parameter_of_every_list_takes_its_example, seeded, |app| {
    let document = document();
    let mut tried = 0;
    for operation in operations(&document).iter().filter(|operation| operation.name().starts_with("list_")) {
        let path = existing(app, operation);
        for parameter in operation.parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            if operation.needs_a_key() || name == "cursor" {
                continue;
            }
            let answer = app.get(&format!("{path}?{}", query(name, &example(parameter))));
            // An example names a record that may not be there.
            let missing = answer.status == 400 && answer.text.contains("no_such");
            assert!(answer.status == 200 || missing, "{} {name}: {}", operation.name(), answer.text);
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried}");
});

on_both!(every_code_filters_every_list, seeded, |app| {
    let document = document();
    for operation in operations(&document)
        .iter()
        .filter(|operation| operation.name().starts_with("list_") && !operation.needs_a_key())
    {
        let path = existing(app, operation);
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            let codes = parameter["schema"]["items"]["enum"].as_array();
            let Some(codes) = codes.filter(|_| name != "sort") else { continue };
            let all: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
            let count = |values: &str| {
                let list = app.get(&format!("{path}?count=exact&limit=1&{}", query(name, values)));
                list.expect(200).json()["page"]["total"].as_u64().unwrap()
            };
            let (together, one) = (count(&all.join(",")), count(all[0]));
            assert!(one <= together, "{} {name}", operation.name());
        }
    }
});

on_both!(every_list_is_sorted_by_every_key_both_ways, seeded, |app| {
    let document = document();
    for operation in operations(&document).iter().filter(|operation| operation.name().starts_with("list_")) {
        let sort = operation.parameters.iter().find(|parameter| parameter["name"] == "sort");
        let Some(sort) = sort else { continue };
        let path = existing(app, operation);
        let ids = |order: &str| {
            let page = app.get(&format!("{path}?limit=500&sort={order}")).expect(200).json();
            let ids = page["items"].as_array().unwrap().iter().map(|item| item["id"].to_string());
            ids.collect::<Vec<_>>()
        };
        for order in sort["schema"]["items"]["enum"].as_array().unwrap().iter().filter_map(Value::as_str) {
            let once = ids(order);
            let every: BTreeSet<_> = once.iter().cloned().collect();
            assert_eq!(every, ids("updated_at").into_iter().collect(), "{} by {order}", operation.name());
            assert_eq!(once.len(), every.len(), "{} by {order}", operation.name());
        }
    }
});

on_both!(every_code_has_a_page_in_three_languages, empty, |app| {
    for code in kakehashi::domain::errors::codes::ErrorCode::ALL {
        let pages = ["fr", "ja", "en"].map(|language| {
            let page: TestResponse =
                app.get(&format!("/problems/{}?lang={language}", code.as_str())).expect(200);
            assert_eq!(page.header("content-language"), Some(language));
            assert!(page.text.contains(&format!("HTTP {}", code.status())), "{}", page.text);
            page.text
        });
        assert!(pages[0] != pages[1] && pages[1] != pages[2] && pages[0] != pages[2], "{}", code.as_str());
    }
    app.get("/problems/none").expect(404);
});
