//! What is stored damaged is never answered as if it were sound, never written over, never left out in silence; and an
//! administrator mends it by restoring a version.

use crate::on_both;
use crate::support::TestApp;
use crate::support::feeds::export_records;
use crate::support::records::{change_count, items};
use crate::support::settings;
use crate::verify::execute;
use kakehashi::change_feed::verify;
use kakehashi::domain::errors::codes::ErrorCode;
use kakehashi::records::write::projections;
use kakehashi::server::settings::OperationSettings;
use kakehashi::server::state::ServerState;
use kakehashi::transfer::backup::dump;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};

const SLUG: &str = "slug:paris-kyoto";

/// Puts a text into a column of the rows that a condition finds.
fn damage(app: &TestApp, table: &str, column: &str, text: &str, condition: &str) {
    let text = text.replace('\'', "''");
    execute(&app.database_url, &format!("UPDATE {table} SET {column} = '{text}' WHERE {condition}"));
}

/// The condition that finds the rows of a record by a column.
fn of(app: &TestApp, column: &str, id: &str) -> String {
    if app.database_url.starts_with("sqlite") {
        format!("{column} = x'{}'", id.replace('-', ""))
    } else {
        format!("{column} = '{id}'")
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

/// What a stream gives before it ends or is cut.
fn streamed(app: &TestApp, path: &str) -> String {
    let address = app.url.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Every way in which a content may be damaged.
fn damages(sound: &Value) -> Vec<String> {
    let text = sound.to_string();
    let without = |name: &str| {
        let mut damaged = sound.clone();
        damaged.as_object_mut().unwrap().shift_remove(name);
        damaged.to_string()
    };
    let with = |name: &str, value: Value| {
        let mut damaged = sound.clone();
        damaged[name] = value;
        damaged.to_string()
    };
    let cut = text.char_indices().nth(text.chars().count() / 2).unwrap().0;
    vec![
        text[..cut].to_owned(),
        text[..text.len() - 1].to_owned(),
        "{}".into(),
        "null".into(),
        "[]".into(),
        String::new(),
        "not JSON".into(),
        format!("{text}}}"),
        without("category"),
        without("parties"),
        without("citations"),
        without("id"),
        with("parties", json!("x")),
        with("category", json!(1)),
        with("since", json!("1958")),
        with("name", json!(null)),
        with("id", json!(kakehashi::util::random::new_uuid())),
    ]
}

on_both!(a_damaged_record_is_told_wherever_it_is_asked_for, seeded, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let records = export_records(app);
    let sound = records.iter().find(|record| {
        record["identifiers"].as_array().unwrap().iter().any(|one| one["value"] == "paris-kyoto")
    });
    let sound = sound.unwrap();
    let id = sound["id"].as_str().unwrap();
    let party = sound["parties"][0]["authority"]["id"].as_str().unwrap();
    let before = change_count(app);
    let (record, own) = (format!("/v1/partnerships/{id}"), of(app, "id", id));
    let mut put = sound.clone();
    put["status_reason"] = json!({"fr": "y"});
    for damaged in damages(sound) {
        damage(app, "records", "content", &damaged, &own);
        let reads = [
            record.clone(),
            format!("/v1/partnerships/{SLUG}"),
            format!("{record}?fields=id"),
            format!("{record}?format=csv"),
            format!("{record}?format=jsonld"),
            format!("{record}?format=geojson"),
            format!("{record}?include=memoranda"),
            format!("{record}?valid_on=2020-01-01"),
            format!("{record}/owners"),
            format!("{record}/citations"),
            "/v1/partnerships".into(),
            "/v1/partnerships?count=exact".into(),
            "/v1/partnerships?fields=id".into(),
            "/v1/partnerships?format=csv".into(),
            "/v1/partnerships?format=ndjson&limit=500".into(),
            "/v1/partnerships?format=atom".into(),
            format!("/v1/partnerships?identifier={SLUG}"),
            format!("/v1/authorities/{party}?include=partnerships"),
            "/v1/search?q=kyoto&kind=partnership".into(),
            "/v1/feeds/partnerships/rpde".into(),
            "/v1/statistics/partnerships?counting=clair".into(),
        ];
        for path in reads {
            let answer = app.get(&path);
            assert_eq!(
                answer.status,
                500,
                "{}: {path}: {:.300}",
                &damaged[damaged.len().saturating_sub(30)..],
                answer.text
            );
            let problem = answer.json();
            assert_eq!(problem["code"], "damaged_record", "{path}: {problem}");
            assert!(problem["detail"].as_str().unwrap().contains(id), "{path}: {problem}");
        }
        let other = items(app, "/v1/partnerships?status=dormant&limit=1");
        let other = other.first().map_or(SLUG.to_owned(), |other| other["id"].as_str().unwrap().to_owned());
        let merge = format!("{record}/merge-into/{other}");
        let writes = [
            app.patch(&record, Some("*"), &json!({"status_reason": {"fr": "x"}})),
            app.patch(&format!("{record}?base_version=1"), None, &json!({"status_reason": {"fr": "x"}})),
            app.put(&record, Some("*"), &put),
            app.put(&format!("/v1/partnerships/{SLUG}"), Some("*"), &put),
            app.request("POST", &format!("{record}/versions/1/restore"))
                .key(&app.key)
                .if_match(Some("*"))
                .send(),
        ];
        for (index, answer) in writes.into_iter().enumerate() {
            assert_eq!(answer.status, 500, "{damaged:.40}: write {index}: {:.300}", answer.text);
            assert_eq!(answer.json()["code"], "damaged_record");
        }
        let deleting = app.delete(&record, Some("*"));
        assert!([409, 500].contains(&deleting.status), "{damaged:.40}: {}", deleting.text);
        if other != SLUG {
            app.request("POST", &merge).key(&admin).if_match(Some("*")).send().expect(500);
        }
        for stream in ["/v1/snapshot", "/v1/snapshot?kind=partnership"] {
            let text = streamed(app, stream);
            assert!(!text.contains("\"kind\":\"end\""), "{damaged:.40}: {stream}");
        }
        let copied = app.db.read_long(|tx| dump::dump(tx, "now", &mut Vec::new()));
        let refused = wait(copied).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Damaged);
        assert!(refused.to_string().contains(id), "{refused}");
        let report = wait(app.db.read(verify::verify)).unwrap();
        assert!(report.errors.iter().any(|error| error.contains(id)), "{:?}", report.errors);
        let written = engine_reindex(app, id);
        assert_eq!(written, Some(ErrorCode::Damaged), "{damaged:.40}");
        assert_eq!(report.head, before, "{damaged:.40}");
    }
    // An administrator mends it.
    let restore = app.request("POST", &format!("{record}/versions/1/restore"));
    let restored = restore.key(&admin).if_match(Some("*")).send().expect(200).json();
    assert_eq!(
        (&restored["version"], &restored["parties"][0]["authority"]["id"]),
        (&json!(2), &json!(party))
    );
    assert_eq!(app.get(&record).expect(200).json()["category"], sound["category"]);
    let citations = app.get(&record).expect(200).json()["citations"].as_array().unwrap().len();
    assert_eq!(citations, sound["citations"].as_array().unwrap().len());
    assert_eq!(change_count(app), before + 1);
});

/// Why a record cannot be derived again.
fn engine_reindex(app: &TestApp, id: &str) -> Option<ErrorCode> {
    let id = kakehashi::db::types::parse_record_id(id).unwrap();
    let written = app.db.write(move |tx| {
        let head = kakehashi::store::records::find(tx, id)?.unwrap();
        projections::reindex_record(tx, &head)
    });
    wait(written).err().map(|problem| problem.code)
}

on_both!(a_damaged_name_is_told, seeded, |app| {
    let records = export_records(app);
    let partnership = records.iter().find(|record| record["kind"] == "partnership").unwrap();
    let party = partnership["parties"][0]["authority"]["id"].as_str().unwrap().to_owned();
    for damaged in ["", "x", "null", "[]", "{\"fr\":\"Kana", "{\"fr\":1}"] {
        damage(app, "records", "name", damaged, &of(app, "id", &party));
        let own = ["", "?fields=id", "?format=csv"].map(|rest| format!("/v1/authorities/{party}{rest}"));
        let others = ["", "?fields=id", "?limit=30"].map(|rest| format!("/v1/partnerships{rest}"));
        for path in own.iter().chain(&others) {
            let answer = app.get(path);
            assert_eq!(answer.status, 500, "{damaged:?} {path}");
            assert_eq!(answer.json()["code"], "damaged_record", "{damaged:?} {path}");
        }
    }
});

on_both!(a_damaged_version_is_told, seeded, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let made =
        app.patch(&format!("/v1/partnerships/{SLUG}"), Some("*"), &json!({"status_reason": {"fr": "x"}}));
    let made = made.expect(200).json();
    let id = made["id"].as_str().unwrap();
    let record = format!("/v1/partnerships/{id}");
    let of_first = format!("version = 1 AND {}", of(app, "record_id", id));
    for damaged in ["{}", "null", "{\"id\":", "not JSON"] {
        damage(app, "changes", "body", damaged, &of_first);
        let reads = [
            format!("{record}/versions/1"),
            format!("{record}/versions/2/diff"),
            format!("{record}/versions/1/diff"),
            format!("{record}?as_of=2026-11-22T11:00:00Z"),
            "/v1/changes?limit=500".into(),
            "/v1/changes?kind=partnership".into(),
        ];
        for path in reads.iter().filter(|path| !path.contains("as_of")) {
            let problem = app.get(path).expect(500).json();
            assert_eq!(problem["code"], "damaged_record", "{path}: {problem}");
            assert!(problem["detail"].as_str().unwrap().contains(id), "{path}: {problem}");
        }
        assert_eq!(app.get(&record).expect(200).json()["version"], 2);
        let restore = app.request("POST", &format!("{record}/versions/1/restore"));
        restore.key(&admin).if_match(Some("*")).send().expect(500);
        let based = app.patch(&format!("{record}?base_version=1"), None, &json!({"summary": {"fr": "x"}}));
        based.expect(500);
        let copied = app.db.read_long(|tx| dump::dump(tx, "now", &mut Vec::new()));
        assert!(wait(copied).unwrap_err().to_string().contains(id));
    }
    execute(&app.database_url, "UPDATE changes SET changed = 'x'");
    for path in ["/v1/changes".to_owned(), format!("{record}/versions"), format!("{record}/owners")] {
        assert_eq!(app.get(&path).expect(500).json()["code"], "damaged_record", "{path}");
    }
});

on_both!(a_key_of_cursors_that_is_missing_is_never_an_empty_one, empty, |app| {
    for name in ["cursor_key", "epoch"] {
        execute(&app.database_url, &format!("UPDATE settings SET value = '' WHERE name = '{name}'"));
    }
    let settings = settings(&app.database_url, 0, OperationSettings::default());
    let state = wait(ServerState::new(app.db.clone(), app.clock.clone(), &settings));
    assert_eq!(state.err().map(|problem| problem.code), Some(ErrorCode::Internal));
    assert_eq!(app.get("/v1/changes").expect(500).json()["code"], "internal");
});
