//! What was erased leaves no byte behind in an SQLite database, and its file is nobody else's to read.

use crate::program::{Program, Scratch};
use crate::support::records::{create, with};
use crate::support::{Backend, Content, TestApp};
use serde_json::json;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// The files of a database: itself, its write-ahead log, the index of that.
fn files(url: &str) -> Vec<PathBuf> {
    let file = url.strip_prefix("sqlite://").unwrap();
    ["", "-wal", "-shm"].iter().map(|end| PathBuf::from(format!("{file}{end}"))).collect()
}

/// How often a word stands in the files of a database, in small letters or as written.
fn found(url: &str, word: &str) -> usize {
    let small = word.to_lowercase();
    let count = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap_or_default();
        let count = |word: &str| bytes.windows(word.len()).filter(|at| *at == word.as_bytes()).count();
        count(word) + count(&small)
    };
    files(url).iter().map(count).sum()
}

#[test]
fn what_was_erased_is_in_no_byte_of_the_files() {
    let app = TestApp::start(Backend::Sqlite, Content::seeded());
    let admin = app.new_key("registry", &["admin"], &[]);
    let words = ["Zyxwvutitle", "Qrstubefore", "Mnopqcomment", "Hijklquote"];
    let long = format!("{} {}", words[1], "x".repeat(9000));
    let cited = create(&app, "sources", &json!({"title": {"fr": "a source"}}));
    let body = json!({
        "title": {"fr": format!("{} Untel", words[0])}, "publisher": {"fr": long},
        "citations": [{"source": {"id": cited["id"]}, "pointer": "/title/fr", "quote": words[3]}]
    });
    let call = app.request("POST", "/v1/sources").key(&app.key).header("idempotency-key", "one");
    let made = call.header("change-comment", words[2]).json(&body).send().expect(201).json();
    let path = format!("/v1/sources/{}", made["id"].as_str().unwrap());
    app.patch(&path, Some("*"), &json!({"publisher": {"fr": "y"}})).expect(200);
    app.put(&path, Some("*"), &with(&body, &json!({"publisher": {"fr": "z"}}))).expect(200);
    for word in words {
        assert!(found(&app.database_url, word) > 0, "{word}");
    }
    app.request("DELETE", &format!("{path}?erase=true")).key(&admin).if_match(Some("*")).send().expect(204);
    for word in words {
        assert_eq!(found(&app.database_url, word), 0, "{word}");
    }
    // It goes on as before.
    create(&app, "sources", &json!({"title": {"fr": "another source"}}));
    app.get(&path).expect(410);
    crate::support::records::change_count(&app);
}

#[test]
fn the_files_are_nobody_elses_to_read() {
    let scratch = Scratch::new(Backend::Sqlite);
    let _program = Program::serve(&scratch.url, &[]);
    for file in files(&scratch.url) {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    for (command, name) in [("backup", "copy.gz"), ("export", "all.ndjson")] {
        let copy = scratch.folder.join(name);
        scratch.output(&[command, copy.to_str().unwrap()]);
        let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
