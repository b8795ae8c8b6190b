//! The command line: every command does what `kakehashi --help` says, beside a running server where it says so.

use crate::on_both_databases;
use crate::program::{Program, Scratch, command, stderr};
use crate::support::Backend;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write as _;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

/// The end of this command line makes a key.
const CREATE: [&str; 6] = ["keys", "create", "--name", "harvest", "--origin", "clair"];

fn create(more: &[&'static str]) -> Vec<&'static str> {
    [&CREATE, more].concat()
}

/// The public part of a key.
fn id_of(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

#[test]
fn the_help_names_every_command_and_setting() {
    let scratch = Scratch::new(Backend::Sqlite);
    let help = scratch.output(&["--help"]);
    for word in
        ["serve", "migrate", "keys", "import", "export", "backup", "restore", "openapi", "feed", "--listen"]
    {
        assert!(help.contains(word), "{word}: {help}");
    }
    for word in [
        "--database-url",
        "DATABASE_URL",
        "KAKEHASHI_LISTEN",
        "KAKEHASHI_NO_FOUNDING_DATA",
        "KAKEHASHI_WORKERS",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    assert!(scratch.output(&["--version"]).contains(env!("CARGO_PKG_VERSION")));
    assert!(scratch.refusal(&["servo"]).contains("servo"));
}

on_both_databases!(a_key_works_and_ends_while_the_server_runs, |scratch| {
    let server = Program::serve(&scratch.url, &["--no-founding-data"]);
    let output = scratch.run(&create(&["--scope", "write:source", "--scheme", "clair"]));
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let key = text.strip_suffix('\n').unwrap();
    assert!(key.starts_with("kkh_") && !key.contains(char::is_whitespace), "{text:?} is not a key alone");

    let client = server.client(key);
    let made = client.post_source("One").unwrap();
    assert_eq!((made.status, made.body["origin"].as_str()), (201, Some("clair")));
    let owned = r#"{"title": {"en": "Two"}, "identifiers": [{"scheme": "clair", "value": "2"}]}"#;
    assert_eq!(client.send("POST", "/v1/sources", owned).unwrap().status, 201);
    let person = r#"{"name": {"en": "Nobody"}}"#;
    assert_eq!(client.send("POST", "/v1/people", person).unwrap().status, 403);

    let list = scratch.output(&["keys", "list"]);
    let secret = key.splitn(3, '_').nth(2).unwrap();
    assert!(list.contains(id_of(key)) && list.contains("harvest") && list.contains("in force"), "{list}");
    assert!(!list.contains(secret), "the list tells the secret");

    assert_eq!(scratch.output(&["keys", "revoke", id_of(key)]), "");
    assert_eq!(client.post_source("Three").unwrap().status, 401);
    assert!(scratch.output(&["keys", "list"]).contains("revoked"));
    assert!(scratch.refusal(&["keys", "revoke", id_of(key)]).contains("there is no key"));
});

#[test]
fn a_key_expires_when_it_was_said_to() {
    let scratch = Scratch::new(Backend::Sqlite);
    let server = Program::serve(&scratch.url, &["--no-founding-data"]);
    let long = scratch.output(&create(&["--scope", "write", "--expires", "90d"]));
    let short = scratch.output(&create(&["--scope", "write", "--expires", "1s"]));
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(server.client(short.trim_end()).post_source("Late").unwrap().status, 401);
    assert_eq!(server.client(long.trim_end()).post_source("In time").unwrap().status, 201);
    let list = scratch.output(&["keys", "list"]);
    let line = |key: &str| list.lines().find(|line| line.contains(id_of(key))).unwrap().to_owned();
    assert!(line(&short).contains("\texpired\t"), "{list}");
    assert!(line(&long).contains("\tin force\t"), "{list}");
}

#[test]
fn a_key_that_cannot_be_is_refused_with_a_reason() {
    let scratch = Scratch::new(Backend::Sqlite);
    scratch.output(&["migrate"]);
    for (arguments, reason) in [
        (create(&["--scope", "wirte"]), "wirte"),
        (create(&["--scope", "write:partnerships"]), "partnerships"),
        (create(&["--scope", "write", "--expires", "soon"]), "soon"),
        (create(&["--scope", "write", "--scheme", "dantai"]), "dantai"),
        (create(&[]), "--scope"),
        (vec!["keys", "create", "--name", " ", "--origin", "o", "--scope", "write"], "name"),
        (vec!["keys", "create", "--name", "n", "--origin", "system", "--scope", "write"], "system"),
        (vec!["keys", "create", "--name", "n", "--origin", "a b", "--scope", "write"], "a b"),
    ] {
        let said = scratch.refusal(&arguments);
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
    assert_eq!(scratch.output(&["keys", "list"]), "");
}

#[test]
fn the_document_is_printed() {
    let scratch = Scratch::new(Backend::Sqlite);
    assert_eq!(scratch.output(&["openapi"]), format!("{}\n", kakehashi::server::openapi::document_text()));
    assert_eq!(std::fs::read_dir(&scratch.folder).unwrap().count(), 0, "no database is needed");
}

/// The lines of an export, without its end line, which must tell their number.
#[track_caller]
fn records(export: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let end = lines.pop().unwrap();
    assert_eq!((end["kind"].as_str(), end["count"].as_u64()), (Some("end"), Some(lines.len() as u64)));
    lines
}

on_both_databases!(an_export_is_imported_elsewhere, |scratch| {
    let server = Program::serve(&scratch.url, &[]);
    let export = scratch.output(&["export", "-"]);
    let exported = records(&export);
    assert!(exported.len() > 80, "{}", exported.len());
    let file = scratch.folder.join("all.ndjson").display().to_string();
    assert_eq!(scratch.output(&["export", &file]), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), export);
    let count = exported.len();
    let unchanged = format!("0 created, 0 updated, {count} unchanged\n");
    assert_eq!(scratch.output(&["import", &file]), unchanged, "into the registry that it came from");
    drop(server);

    let other = Scratch::new(Backend::Sqlite);
    other.output(&["migrate"]);
    assert_eq!(other.output(&["import", &file]), format!("{count} created, 0 updated, 0 unchanged\n"));
    assert_eq!(other.output(&["import", &file]), unchanged);
    let array = Value::from(exported.clone()).to_string();
    let output = other.feed(&["import", "-"], &array);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        unchanged,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let bare = |mut record: Value| {
        let members = record.as_object_mut().unwrap();
        for name in ["created_at", "updated_at"] {
            members.shift_remove(name).unwrap();
        }
        record
    };
    let imported = records(&other.output(&["export", "-"]));
    for (before, after) in exported.into_iter().zip(imported) {
        assert_eq!(bare(before), bare(after));
    }
});

#[test]
fn an_import_with_a_fault_writes_nothing_and_says_where_it_is() {
    let scratch = Scratch::new(Backend::Sqlite);
    scratch.output(&["migrate"]);
    let good = r#"{"kind": "source", "title": {"en": "Good"}}"#;
    for (bad, place) in [
        (r#"{"kind": "source", "titel": {"en": "Bad"}}"#, "record 2"),
        (r#"{"kind": "sauce", "title": {"en": "Bad"}}"#, "record 2"),
        (r#"{"kind": "source", "title": "#, "line 2"),
    ] {
        let output = scratch.feed(&["import", "-"], &format!("{good}\n{bad}\n"));
        assert!(!output.status.success(), "{bad}");
        assert!(stderr(&output).contains(place), "{bad}: {}", stderr(&output));
    }
    assert_eq!(records(&scratch.output(&["export", "-"])), Vec::<Value>::new());
    assert!(scratch.refusal(&["import", "no/such/file"]).contains("no/such/file"));
}

on_both_databases!(an_import_may_be_tried_and_may_leave_out_what_is_wrong, |scratch| {
    scratch.output(&["migrate"]);
    let line = |n: usize, title: &str| {
        let identifiers = serde_json::json!([{"scheme": "slug", "value": format!("s{n}")}]);
        format!(
            "{}\n",
            serde_json::json!({"kind": "source", "identifiers": identifiers, "title": {"en": title}})
        )
    };
    let all: String = (0..600).map(|n| line(n, "x")).collect();
    let file = scratch.folder.join("all.ndjson.gz").display().to_string();
    let mut out = GzEncoder::new(std::fs::File::create(&file).unwrap(), Compression::fast());
    out.write_all(all.as_bytes()).and_then(|()| out.finish().map(drop)).unwrap();
    let made = "600 created, 0 updated, 0 unchanged\n";
    assert_eq!(scratch.output(&["import", "--dry-run", &file]), made);
    assert_eq!(scratch.output(&["import", "--mode", "create", &file]), made, "the trial left nothing");
    let mixed = line(0, "y") + &line(1, "x") + &line(2, "").repeat(25) + &line(600, "x");
    for (arguments, done, stays) in [
        (vec!["import", "-"], "1 created, 1 updated, 1 unchanged, 25 rejected\n", "nothing was written"),
        (
            vec!["import", "--no-atomic", "-"],
            "1 created, 1 updated, 1 unchanged, 25 rejected\n",
            "not everything",
        ),
        (
            vec!["import", "--no-atomic", "--mode", "update", "-"],
            "0 created, 0 updated, 3 unchanged, 25 rejected\n",
            "not everything",
        ),
    ] {
        let output = scratch.feed(&arguments, &mixed);
        let said = stderr(&output);
        assert!(!output.status.success() && said.contains(stays), "{said}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), done, "{said}");
        assert!(
            said.contains("record 3: invalid") && said.contains("record 22") && !said.contains("record 23"),
            "{said}"
        );
        assert!(said.contains("and 5 more") && said.contains("/title"), "{said}");
    }
    assert!(scratch.output(&["feed", "verify"]).starts_with("602 changes, 601 records"));
});

on_both_databases!(an_empty_registry_is_founded_unless_told_otherwise, |scratch| {
    let total =
        |server: &Program| server.client("").get("/v1/rencontres?count=exact").body["page"]["total"].clone();
    let empty = Program::serve(&scratch.url, &["--no-founding-data"]);
    assert_eq!(total(&empty), 0);
    assert!(!empty.said().contains("founding dataset"), "{}", empty.said());
    drop(empty);
    let founded = Program::serve(&scratch.url, &[]);
    assert_eq!(total(&founded), 9);
    assert!(founded.said().contains("founding dataset"), "{}", founded.said());
    drop(founded);
    let again = Program::serve(&scratch.url, &[]);
    assert_eq!(total(&again), 9);
    assert!(!again.said().contains("founding dataset"), "{}", again.said());
});

#[test]
fn without_a_command_it_serves_as_its_environment_says() {
    let scratch = Scratch::new(Backend::Sqlite);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut bare = command(&scratch.url);
    bare.env("KAKEHASHI_LISTEN", &free)
        .env("KAKEHASHI_NO_FOUNDING_DATA", "true")
        .env("KAKEHASHI_WORKERS", "1");
    let server = Program::start(&mut bare);
    assert_eq!(server.url, format!("http://{free}"));
    assert_eq!(server.client("").get("/v1/sources?count=exact").body["page"]["total"], 0);
    // The port is taken now: a second server says so and ends.
    let said = scratch.refusal(&["serve", "--listen", &free]);
    assert!(said.contains(&free), "{said}");
    drop(server);
    let server = Program::start(command(&scratch.url).args(["--listen", "127.0.0.1:0"]));
    assert_eq!(server.client("").get("/health/ready").status, 200);
}
