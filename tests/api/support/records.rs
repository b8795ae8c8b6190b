//! Bodies of records for tests, and shortcuts to create records and to read lists.

use super::{TestApp, TestResponse};
use serde_json::{Value, json};

pub(crate) const CANNES: &str = "insee_com:06029";
pub(crate) const SHIZUOKA: &str = "dantai:221007";

/// Creates a record; fails unless the response is 201.
#[track_caller]
pub(crate) fn create(app: &TestApp, collection: &str, body: &Value) -> Value {
    app.post(&format!("/v1/{collection}"), body).expect(201).json()
}

/// Creates a source with a French title and further members.
#[track_caller]
pub(crate) fn source(app: &TestApp, title: &str, more: &Value) -> Value {
    create(app, "sources", &with(&json!({"title": {"fr": title}}), more))
}

/// Returns the body of a French commune; `code` is its INSEE code.
pub(crate) fn commune(code: &str, name: &str) -> Value {
    json!({
        "identifiers": [{"scheme": "insee_com", "value": code}],
        "country": "FR", "level": "commune", "name": {"fr": name}
    })
}

/// Returns the body of a Japanese city; `code` is its `dantai` code.
pub(crate) fn city(code: &str, name: &str) -> Value {
    json!({
        "identifiers": [{"scheme": "dantai", "value": code}],
        "country": "JP", "level": "city", "name": {"fr": name}
    })
}

/// Creates Cannes and Shizuoka and returns their ids.
#[track_caller]
pub(crate) fn two_towns(app: &TestApp) -> [String; 2] {
    let cannes = create(app, "authorities", &commune("06029", "Cannes"));
    let shizuoka = create(app, "authorities", &city("221007", "Shizuoka"));
    [id(&cannes), id(&shizuoka)]
}

/// Returns the body of a partnership between authorities.
pub(crate) fn partnership(parties: &[&str]) -> Value {
    let parties: Vec<Value> = parties.iter().map(|id| json!({"authority": {"id": id}})).collect();
    json!({"category": "twinning", "status": "active", "parties": parties})
}

/// Returns the body of an edition.
pub(crate) fn edition(number: i64, status: &str, host: &str, dates: &str) -> Value {
    json!({"number": number, "status": status, "host": {"id": host}, "dates": {"edtf": dates}})
}

/// Returns the body of a citation of a source.
pub(crate) fn citation(source: &str, pointer: &str, quote: &str) -> Value {
    json!({"source": {"id": source}, "pointer": pointer, "quote": quote})
}

/// Returns a copy of a body with these members replaced.
pub(crate) fn with(body: &Value, members: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Returns the id of a record.
#[track_caller]
pub(crate) fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

/// Returns the items of a page.
#[track_caller]
pub(crate) fn items(app: &TestApp, path: &str) -> Vec<Value> {
    app.get(path).expect(200).json()["items"].as_array().unwrap().clone()
}

/// Returns the French labels of a page, sorted.
#[track_caller]
pub(crate) fn sorted_labels(app: &TestApp, path: &str) -> Vec<String> {
    let mut labels: Vec<String> =
        items(app, path).iter().map(|item| item["label"]["fr"].as_str().unwrap().to_owned()).collect();
    labels.sort();
    labels
}

/// Asserts that the response is a 422 with exactly these faults, in any order.
#[track_caller]
pub(crate) fn assert_invalid(answer: TestResponse, expected: &[(&str, &str)]) {
    assert_faults(answer, 422, expected);
}

/// Asserts that the response has this status and exactly these faults, in any order.
#[track_caller]
pub(crate) fn assert_faults(answer: TestResponse, status: u16, expected: &[(&str, &str)]) {
    let answer = answer.expect(status);
    let mut faults = answer.faults();
    faults.sort();
    let mut expected: Vec<_> =
        expected.iter().map(|(place, code)| ((*place).to_owned(), (*code).to_owned())).collect();
    expected.sort();
    assert_eq!(faults, expected, "{}", answer.text);
}

/// Returns the pointers and codes of the warnings of a written record, except `uncited`.
pub(crate) fn warnings(record: &Value) -> Vec<(String, String)> {
    let text = |warning: &Value, name: &str| warning[name].as_str().unwrap().to_owned();
    let warnings = record["warnings"].as_array().unwrap().iter();
    let warnings = warnings.map(|warning| (text(warning, "pointer"), text(warning, "code")));
    warnings.filter(|(_, code)| code != "uncited").collect()
}

/// Returns the number of changes; fails if the change log is inconsistent.
#[track_caller]
pub(crate) fn change_count(app: &TestApp) -> i64 {
    let verify = app.db.read(kakehashi::change_feed::verify::verify);
    let report = actix_web::rt::System::new().block_on(verify).unwrap();
    assert_eq!(report.errors, Vec::<String>::new());
    report.head
}
