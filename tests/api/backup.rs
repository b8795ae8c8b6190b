//! Backups: what is restored, on either database, is what was backed up; what cannot be restored changes nothing.

use crate::migrations::columns;
use crate::on_both_databases;
use crate::program::{Client, Program, Scratch, stderr};
use crate::support::{Backend, postgres};
use crate::verify::execute;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use flate2::write::GzEncoder;
use kakehashi::domain::kind::Kind;
use kakehashi::transfer::backup::tables;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// The number that a query finds.
fn number(url: &str, query: &str) -> i64 {
    let found = diesel::dsl::sql::<BigInt>(query);
    match url.strip_prefix("sqlite://") {
        Some(file) => found.get_result(&mut SqliteConnection::establish(file).unwrap()).unwrap(),
        None => found.get_result(&mut PgConnection::establish(url).unwrap()).unwrap(),
    }
}

/// The first line of a backup made now.
fn header(scratch: &Scratch) -> Value {
    serde_json::from_str(scratch.output(&["backup", "-"]).lines().next().unwrap()).unwrap()
}

fn path(scratch: &Scratch, name: &str) -> String {
    scratch.folder.join(name).display().to_string()
}

/// Both databases, where both are there.
fn backends() -> impl Iterator<Item = Backend> {
    [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .filter(|backend| *backend == Backend::Sqlite || postgres::server().is_some())
}

/// What a registry answers: every record and tombstone by its id, every identifier, and some searches.
fn answers(program: &Program, ids: &[String]) -> BTreeMap<String, (u16, Value)> {
    let client = program.client("");
    let mut paths: Vec<String> = ids.iter().map(|id| format!("/v1/sources/{id}")).collect();
    for kind in Kind::ALL {
        let list = format!("/v1/{}?limit=500&count=exact", kind.path());
        for item in client.get(&list).body["items"].as_array().unwrap() {
            paths.push(format!("/v1/{}/{}", kind.path(), item["id"].as_str().unwrap()));
            for identifier in item["identifiers"].as_array().unwrap() {
                let [scheme, value] = ["scheme", "value"].map(|name| identifier[name].as_str().unwrap());
                paths.push(format!("/v1/{}/{scheme}:{value}", kind.path()));
            }
        }
        paths.push(list);
    }
    for search in [
        "/v1/authorities?q=kyoto",
        "/v1/authorities?near=48.85,2.35,50",
        "/v1/partnerships?sort=since&since[overlaps]=1955/1970",
        "/v1/partnerships?authority=dantai:261009",
        "/v1/rencontres/number:8/sessions?sort=-position",
        "/v1/memoranda?theme=culture",
        "/v1/sources/slug:gone",
    ] {
        paths.push(search.replace('[', "%5B").replace(']', "%5D"));
    }
    paths
        .into_iter()
        .map(|path| {
            let mut reply = client.get(&path);
            // The only words that say which address was asked.
            reply.body.as_object_mut().unwrap().remove("request_id");
            (path, (reply.status, reply.body))
        })
        .collect()
}

/// Makes, changes and deletes sources; gives their ids. The last is a tombstone, its first version erased.
fn write(program: &Program, scratch: &Scratch, key: &str) -> Vec<String> {
    let client = program.client(key);
    let mut ids = vec![];
    for slug in ["one", "two", "gone"] {
        let path = format!("/v1/sources/slug:{slug}");
        for title in ["First", "Second"] {
            let body = json!({"title": {"en": format!("{title} of {slug}"), "ja": "静岡"}}).to_string();
            let reply = client.send("PUT", &path, &body).unwrap();
            assert!(reply.status < 300, "{}", reply.body);
            ids.push(reply.body["id"].as_str().unwrap().to_owned());
        }
    }
    ids.dedup();
    let gone = ureq::delete(format!("{}/v1/sources/slug:gone", program.url));
    let gone = gone.header("authorization", format!("Bearer {key}")).header("if-match", "*").call().unwrap();
    assert!(gone.status().is_success());
    execute(
        &scratch.url,
        "UPDATE changes SET body = NULL WHERE seq = (SELECT MAX(seq) - 2 FROM changes);
         INSERT INTO readers (key_id, seq, at) SELECT id, 7, 1 FROM keys;
         INSERT INTO conflicts (key_id, record_id, code, pointers, at)
            SELECT k.id, r.id, 'changed_elsewhere', '[]', 1 FROM keys k, records r WHERE r.state = 'deleted';
         INSERT INTO answers (key_id, token, fingerprint, status, headers, body, record_id, at)
            SELECT id, 't', 'f', 201, '{}', '{\"a\": \"é\"}', NULL, 1 FROM keys;
         INSERT INTO settings (name, value) VALUES ('motto', 'une devise')",
    );
    ids
}

on_both_databases!(a_restored_registry_is_the_one_that_was_backed_up, |scratch| {
    let program = Program::serve(&scratch.url, &[]);
    let key = scratch.key("write");
    let ids = write(&program, scratch, &key);
    program.kill();
    let old = header(scratch);
    let export = scratch.output(&["export", "-"]);
    for (to, name) in backends().zip(["all.ndjson", "all.ndjson.gz"]) {
        let file = path(scratch, name);
        assert_eq!(scratch.output(&["backup", &file]), "");
        let other = Scratch::new(to);
        let output = other.run(&["restore", &file]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("start again"), "{}", stderr(&output));

        // A new epoch, and numbers that none of the old ones can be taken for.
        let new = header(&other);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(new["epoch"].as_str().unwrap()), "{said}");
        assert_ne!(new["epoch"], old["epoch"]);
        let head = old["head"].as_i64().unwrap();
        assert_eq!(
            (new["base"].as_i64(), new["head"].as_i64()),
            (Some(head + 1_000_000), Some(2 * head + 1_000_000))
        );
        for (query, expected) in [
            ("SELECT MIN(seq) FROM changes", head + 1_000_001),
            ("SELECT seq FROM readers", head + 1_000_007),
            ("SELECT COUNT(*) FROM conflicts", 1),
            ("SELECT COUNT(*) FROM answers WHERE body LIKE '%é%'", 1),
            ("SELECT COUNT(*) FROM settings WHERE name = 'motto'", 1),
            ("SELECT COUNT(*) FROM changes WHERE body IS NULL", 2),
        ] {
            assert_eq!(number(&other.url, query), expected, "{query}");
        }

        // The same answers; the keys work; writes go on where the numbers now are.
        let verified = format!("{head} changes, ");
        assert!(other.output(&["feed", "verify"]).starts_with(&verified), "{verified}");
        assert_eq!(other.output(&["export", "-"]), export);
        assert_eq!(other.output(&["keys", "list"]), scratch.output(&["keys", "list"]));
        let [before, after] = [scratch, &other].map(|scratch| Program::serve(&scratch.url, &[]));
        let told = answers(&before, &ids);
        assert!(told.len() > 200 && told["/v1/sources/slug:gone"].0 == 410, "{}", told.len());
        assert!(told["/v1/authorities?q=kyoto"].1["items"].as_array().unwrap().len() > 1);
        assert_eq!(answers(&after, &ids), told);
        assert_eq!(after.client(&key).post_source("Afterwards").unwrap().status, 201);
        assert_eq!(header(&other)["head"], 2 * head + 1_000_001);
        assert!(other.output(&["feed", "verify"]).contains("the change log is true"));

        // Again, over what is there: the numbers go on from the highest.
        let text = other.output(&["backup", "-"]);
        let output = other.feed(&["restore", "--replace", "-"], &text);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(header(&other)["base"], 2 * head + 2_000_001);
        assert_eq!(after.client("").get("/v1/sources/slug:one").status, 200);
    }
});

on_both_databases!(a_backup_beside_writers_is_one_moment, |scratch| {
    let program = Program::serve(&scratch.url, &["--no-founding-data"]);
    let client = program.client(&scratch.key("write"));
    let ends = AtomicBool::new(false);
    let write = |client: Client, writer: usize| {
        let mut acknowledged = vec![];
        while !ends.load(Ordering::SeqCst) {
            let title = format!("{writer} {}", acknowledged.len());
            let reply = client.post_source(&title).unwrap();
            assert_eq!(reply.status, 201, "{}", reply.body);
            acknowledged.push(reply.body["id"].as_str().unwrap().to_owned());
        }
        acknowledged
    };
    let file = path(scratch, "all.ndjson.gz");
    let (first, later) = thread::scope(|scope| {
        let first = client.post_source("Before").unwrap().body["id"].as_str().unwrap().to_owned();
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let client = client.clone();
                scope.spawn(move || write(client, writer))
            })
            .collect();
        thread::sleep(Duration::from_millis(300));
        scratch.output(&["backup", &file]);
        thread::sleep(Duration::from_millis(300));
        ends.store(true, Ordering::SeqCst);
        let last = client.post_source("After").unwrap().body["id"].as_str().unwrap().to_owned();
        let written: Vec<String> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        assert!(written.len() > 10, "{}", written.len());
        (first, last)
    });
    program.kill();
    let other = Scratch::new(Backend::Sqlite);
    other.output(&["restore", &file]);
    assert!(other.output(&["feed", "verify"]).contains("the change log is true"));
    let export = other.output(&["export", "-"]);
    assert!(export.contains(&first) && !export.contains(&later));
    let client = Program::serve(&other.url, &[]);
    assert_eq!(client.client("").get(&format!("/v1/sources/{later}")).status, 404);
});

/// A file with a change, and what must be said of it.
type Damage<'a> = (&'a str, Box<dyn Fn(&str) -> String + 'a>, &'a str);

on_both_databases!(what_cannot_be_restored_is_told_and_changes_nothing, |scratch| {
    let program = Program::serve(&scratch.url, &[]);
    write(&program, scratch, &scratch.key("write"));
    drop(program);
    let text = scratch.output(&["backup", "-"]);
    let before = |scratch: &Scratch| {
        (
            scratch.output(&["export", "-"]),
            scratch.output(&["keys", "list"]),
            header(scratch)["epoch"].clone(),
            scratch.output(&["feed", "verify"]),
        )
    };
    let held = before(scratch);
    let good = path(scratch, "good");
    std::fs::write(&good, &text).unwrap();
    assert!(scratch.refusal(&["restore", &good]).contains("--replace"));

    let lines: Vec<&str> = text.lines().collect();
    let total = lines.len();
    let with = |number: usize, line: &str| {
        let mut lines = lines.clone();
        lines[number - 1] = line;
        lines.join("\n") + "\n"
    };
    let change = lines.iter().position(|line| line.starts_with(r#"{"table":"changes""#)).unwrap() + 1;
    let short = lines[change - 1].replacen("\",1,\"", "\",", 1);
    let [last_line, next_line, this_line] =
        [total, total + 1, change].map(|number| format!("line {number}:"));
    let (this_line, next_line, last_line) = (&*this_line, &*next_line, &*last_line);
    let damages: Vec<Damage<'_>> = vec![
        ("", Box::new(|_| String::new()), "no backup"),
        ("an export", Box::new(|_| held.0.clone()), "line 1: this is no backup"),
        (
            "another format",
            Box::new(|text| text.replacen("\"format\":1", "\"format\":2", 1)),
            "its format is 2",
        ),
        ("cut after a line", Box::new(|_| lines[..total - 1].join("\n") + "\n"), last_line),
        ("cut in a line", Box::new(|text| text[..text.len() - 9].to_owned()), "the file is cut here"),
        ("no JSON", Box::new(|_| with(change, "{\"table\": ")), this_line),
        ("a short row", Box::new(|_| with(change, &short)), this_line),
        ("an unknown table", Box::new(|_| with(change, r#"{"table":"refs","row":[]}"#)), "no table `refs`"),
        ("a twin", Box::new(|_| with(3, lines[1])), "of `records`"),
        ("a changed word", Box::new(|text| text.replacen("First of two", "Fist of two", 1)), last_line),
        (
            "a lost row",
            Box::new(|text| text.replacen(&format!("{}\n", lines[change - 2]), "", 1)),
            "are not those",
        ),
        ("something after the end", Box::new(|text| format!("{text}{{}}\n")), next_line),
    ];
    for (what, damage, said) in damages {
        let bad = path(scratch, "bad");
        let broken = damage(&text);
        assert_ne!(broken, text, "{what}");
        std::fs::write(&bad, broken).unwrap();
        let refusal = scratch.refusal(&["restore", "--replace", &bad]);
        assert!(refusal.contains(said), "{what}: {refusal}");
        assert_eq!(before(scratch), held, "{what}");
    }
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    std::fs::write(&good, &packed[..packed.len() / 2]).unwrap();
    assert!(scratch.refusal(&["restore", "--replace", &good]).contains("line "));
    assert_eq!(before(scratch), held);
    assert!(scratch.refusal(&["restore", "no/such/file"]).contains("no/such/file"));
    assert!(scratch.refusal(&["backup", "no/such/file"]).contains("no/such/file"));

    // A key alone is lost as little as a record.
    let other = Scratch::new(Backend::Sqlite);
    other.output(&["migrate"]);
    other.key("write");
    std::fs::write(&good, &text).unwrap();
    assert!(other.refusal(&["restore", &good]).contains("0 records and 1 keys"));
});

#[test]
fn a_backup_that_fails_leaves_the_older_one() {
    let scratch = Scratch::new(Backend::Sqlite);
    scratch.output(&["migrate"]);
    let file = path(&scratch, "all.ndjson");
    scratch.output(&["backup", &file]);
    let before = std::fs::read(&file).unwrap();
    execute(&scratch.url, "ALTER TABLE keys RENAME TO other_keys");
    assert!(scratch.refusal(&["backup", &file]).contains("internal"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let left = std::fs::read_dir(Path::new(&file).parent().unwrap()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| name == "all.ndjson" || name.starts_with("registry.db")), "{left:?}");
}

on_both_databases!(every_table_and_column_is_in_a_backup_or_derived, |scratch| {
    scratch.output(&["migrate"]);
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for column in columns(&scratch.url) {
        held.entry(column.of).or_default().insert(column.name);
    }
    let derived = tables::derived_tables();
    for name in derived.iter().chain(tables::NOT_BACKED_UP).filter(|name| **name != "search") {
        assert!(held.remove(*name).is_some(), "there is no table {name}");
    }
    for table in tables::ALL {
        let mut kept: BTreeSet<String> = table.columns.iter().map(|name| (*name).to_owned()).collect();
        if table.name == "records" {
            kept.insert("number".into());
        }
        assert_eq!(held.remove(table.name), Some(kept), "{}", table.name);
    }
    assert!(held.is_empty(), "neither backed up nor derived: {held:?}");
});
