//! The reference client of `docs/sync.md`, run: killed at any moment, through kills of the server and restorations, its
//! mirror is the registry, byte for byte.

use crate::on_both_databases;
use crate::program::{Client, PATIENCE, Program, Scratch, command, wait_until};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

/// Where the client is.
pub(crate) fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/mirror.py")
}

/// Whether Python is there. If not, says so; where nothing may be left out, that is a failure.
pub(crate) fn has_python() -> bool {
    let version = "import sys; sys.exit(sys.version_info < (3, 9))";
    let found = Command::new("python3").args(["-c", version]).status().is_ok_and(|status| status.success());
    if !found {
        let missing = "python3 (3.9 or later) is not installed";
        assert!(std::env::var("KAKEHASHI_REQUIRE_POSTGRES").map_or(true, |value| value != "1"), "{missing}");
        // Not `eprintln!`, which the test harness captures.
        let _ = writeln!(stderr(), "\nTHE REFERENCE CLIENT IS NOT TESTED: {missing}\n");
    }
    found
}

/// Serves a database at an address that was served before.
fn serve_at(address: &str, database: &str) -> Program {
    let listen = address.strip_prefix("http://").unwrap();
    Program::start(command(database).args(["serve", "--listen", listen]))
}

/// A running client; killed with it (SIGKILL).
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A mirror in a file, of the registry at an address.
struct Mirror {
    file: PathBuf,
    log: PathBuf,
    url: String,
}

impl Mirror {
    fn new(scratch: &Scratch, url: &str) -> Self {
        let place =
            |name: &str| scratch.folder.join(format!("{}.{name}", kakehashi::util::random::new_uuid()));
        Self { file: place("db"), log: place("log"), url: url.to_owned() }
    }

    fn command(&self, what: &str) -> Command {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new("python3");
        command.arg(script()).arg(what).arg("--file").arg(&self.file).stdin(Stdio::null()).stderr(log);
        command
    }

    fn follow(&self, more: &[&str]) -> Follower {
        let mut command = self.command("follow");
        Follower(command.args(["--url", &self.url]).args(more).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Follows until it is caught up; whether all that it sent was accepted.
    #[track_caller]
    fn catch_up(&self, more: &[&str]) -> bool {
        let mut child = self.follow(&[&["--once"], more].concat());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.0.try_wait().unwrap() {
                assert!(status.code().is_some_and(|code| code < 2), "{status}: {}", self.said());
                return status.success();
            }
            assert!(Instant::now() < deadline, "it does not catch up: {}", self.said());
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits a while for it to write: the journal of the file is there only inside a transaction.
    fn writes(&self) {
        let journal = self.file.with_extension("db-journal");
        let deadline = Instant::now() + Duration::from_millis(400);
        while !journal.exists() && Instant::now() < deadline {
            sleep(Duration::from_micros(100));
        }
    }

    /// What it said so far.
    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn dump(&self) -> String {
        let output = self.command("dump").output().unwrap();
        assert!(output.status.success(), "{}", self.said());
        String::from_utf8(output.stdout).unwrap()
    }

    /// The lines of a fresh snapshot, without the last.
    fn registry(&self) -> String {
        let text = ureq::get(format!("{}/v1/snapshot", self.url)).call().unwrap();
        let text = text.into_body().with_config().limit(u64::MAX).read_to_string().unwrap();
        let end = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
        assert!(text[end..].starts_with(r#"{"kind":"end""#), "{}", &text[end..]);
        text[..end].to_owned()
    }

    /// The mirror is the registry.
    #[track_caller]
    fn is_equal(&self) {
        let (mirror, registry) = (self.dump(), self.registry());
        for (mine, theirs) in mirror.lines().zip(registry.lines()) {
            assert_eq!(mine, theirs, "{}", self.said());
        }
        assert_eq!(mirror.len(), registry.len(), "one has more records: {}", self.said());
    }
}

/// Numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A DELETE of any version.
fn delete(url: &str, key: &str, path: &str) -> Result<u16, ureq::Error> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
    let call = ureq::Agent::new_with_config(config.build()).delete(format!("{url}{path}"));
    Ok(call
        .header("authorization", format!("Bearer {key}"))
        .header("if-match", "*")
        .call()?
        .status()
        .as_u16())
}

/// Makes, changes, deletes sources that cite each other until a time, also while the server is away; how often it wrote.
fn write(client: &Client, url: &str, key: &str, writer: u64, until: Instant) -> usize {
    let mut dice = Dice(writer);
    let mut written = 0;
    for count in 0.. {
        if Instant::now() > until {
            break;
        }
        // What is deleted is gone for ever, so they move on.
        let name = |dice: &mut Dice| format!("slug:w{writer}-{}", count / 2 + dice.below(4));
        let path = format!("/v1/sources/{}", name(&mut dice));
        let answer = if dice.below(4) == 0 {
            delete(url, key, &path)
        } else {
            let mut body = json!({"title": {"fr": format!("n° {count} « é »"), "ja": "架け橋"}});
            if dice.below(2) == 0 {
                let cited = json!({"id": name(&mut dice)});
                body["citations"] = json!([{"source": cited, "pointer": "/title", "quote": "\"\\ 😀"}]);
            }
            client.send("PUT", &path, &body.to_string()).map(|reply| reply.status)
        };
        match answer {
            Ok(200 | 201 | 204) => written += 1,
            // Not there, deleted, referred to, refers to what is not there; or the server is busy.
            Ok(404 | 409 | 410 | 422 | 503) => {}
            Ok(status) => panic!("{path}: {status}"),
            Err(_) => sleep(Duration::from_millis(20)),
        }
    }
    written
}

on_both_databases!(a_client_that_is_killed_at_any_moment_loses_nothing, |scratch| {
    if !has_python() {
        return;
    }
    let first = Program::serve(&scratch.url, &[]);
    let (key, url) = (scratch.key("write"), first.url.clone());
    let (client, mirror) = (first.client(&key), Mirror::new(scratch, &url));
    let half = Instant::now() + Duration::from_millis(2500);
    let end = half + Duration::from_millis(2500);
    let (written, kills, server) = scope(|scope| {
        let writers = (1..=4).map(|writer| {
            let (client, url, key) = (&client, &url, &key);
            scope.spawn(move || write(client, url, key, writer, end))
        });
        let writers: Vec<_> = writers.collect();
        let (mut first, mut second) = (Some(first), None);
        let (mut dice, mut kills) = (Dice(7), 0);
        while Instant::now() < end {
            let follower = mirror.follow(&[]);
            // Anywhere, or between the beginning of a page's transaction and that of the next.
            if dice.below(4) == 0 {
                sleep(Duration::from_millis(dice.below(400)));
            } else {
                mirror.writes();
                sleep(Duration::from_millis(dice.below(12)));
            }
            if let Some(server) = first.take_if(|_| Instant::now() > half) {
                server.kill();
                sleep(Duration::from_millis(100));
                second = Some(serve_at(&url, &scratch.url));
                sleep(Duration::from_millis(dice.below(600)));
            }
            drop(follower);
            kills += 1;
        }
        (writers.into_iter().map(|writer| writer.join().unwrap()).sum::<usize>(), kills, second)
    });
    mirror.catch_up(&[]);
    mirror.is_equal();
    let copies = mirror.said().matches("copied").count();
    assert!(server.is_some() && kills > 5 && written > 50, "{kills} kills, {written} writes");
    assert!(copies <= 1, "it copied everything {copies} times, instead of following");
});

on_both_databases!(a_client_copies_a_registry_that_was_set_back_by_itself, |scratch| {
    if !has_python() {
        return;
    }
    let server = Program::serve(&scratch.url, &[]);
    let url = server.url.clone();
    let (client, mirror) = (server.client(&scratch.key("write")), Mirror::new(scratch, &url));
    let put = |name: &str, title: &str| {
        let body = json!({"title": {"en": title}}).to_string();
        assert!(client.send("PUT", &format!("/v1/sources/slug:{name}"), &body).unwrap().status < 300);
    };
    put("changed", "title-before");
    let backup = scratch.output(&["export", "-"]);
    put("changed", "title-after");
    put("added", "title-added");
    let mut follower = mirror.follow(&[]);
    wait_until("it holds what was written", || mirror.dump().contains("title-added"));

    server.kill();
    let backend = if scratch.url.starts_with("sqlite") { Backend::Sqlite } else { Backend::Postgres };
    let restored = Scratch::new(backend);
    restored.output(&["migrate"]);
    assert!(restored.feed(&["import", "-", "--origin", "backup"], &backup).status.success());
    let _server = serve_at(&url, &restored.url);
    wait_until("it is the restored registry", || mirror.dump() == mirror.registry());
    let dump = mirror.dump();
    // Its version is lower than the one that the mirror had; what was added later is gone.
    assert!(dump.contains("title-before"));
    assert!(!dump.contains("title-after") && !dump.contains("title-added"));
    assert!(follower.0.try_wait().unwrap().is_none(), "it ended: {}", mirror.said());
});

on_both_databases!(a_client_sends_its_records_and_tells_what_stands_against_them, |scratch| {
    if !has_python() {
        return;
    }
    let server = Program::serve(&scratch.url, &["--no-founding-data"]);
    let mirror = Mirror::new(scratch, &server.url);
    let create = |origin| {
        ["keys", "create", "--name", "n", "--origin", origin, "--scope", "write", "--scheme", origin]
    };
    let [clair, cuf] = ["clair", "cuf"].map(|origin| scratch.output(&create(origin)).trim_end().to_owned());
    let file = scratch.folder.join("mine.ndjson");
    let send = |records: &[&Value]| {
        let lines: Vec<_> = records.iter().map(|record| format!("{record}\n")).collect();
        std::fs::write(&file, lines.concat()).unwrap();
        mirror.catch_up(&["--key", &clair, "--push", file.to_str().unwrap(), "--scheme", "clair"])
    };
    let town = |value: &str, country: &str, level: &str, lat: f64| {
        json!({"kind": "authority", "identifiers": [{"scheme": "clair", "value": value}], "country": country,
               "level": level, "name": {"fr": value}, "location": {"lat": lat, "lon": -0.000_01}})
    };
    let parties = json!([{"authority": {"id": "clair:A"}}, {"authority": {"id": "clair:B"}}]);
    let twins = json!({"kind": "partnership", "identifiers": [{"scheme": "clair", "value": "P-1"}],
                       "category": "twinning", "status": "active", "parties": parties});
    let others = Mirror::new(scratch, &server.url);
    others.catch_up(&[]);
    mirror.catch_up(&[]);
    let [one, other] = [town("A", "FR", "commune", 34.9756), town("B", "JP", "city", 1e-7)];
    assert!(send(&[&one, &other, &twins]), "{}", mirror.said());
    assert_eq!(mirror.dump().lines().count(), 3);
    mirror.is_equal();
    assert!(send(&[&one, &other, &twins]), "{}", mirror.said());
    let head = |client: &Client| client.get("/v1/changes?after=now").body["head"].clone();
    let client = server.client(&cuf);
    assert_eq!(head(&client), 3, "sent again, nothing changes");

    // CUF adds a theme. CLAIR does not know: what it sent before is there still, and of a change it is told; what it made
    // from the version that it knew is merged.
    let mut known: Value = serde_json::from_str(mirror.dump().lines().last().unwrap()).unwrap();
    let path = format!("/v1/partnerships/{}", known["id"].as_str().unwrap());
    let added =
        json!({"themes": ["culture"], "category": "twinning", "status": "active", "parties": parties});
    assert_eq!(
        client.send("PUT", &format!("{path}?base_version=1"), &added.to_string()).unwrap().status,
        200
    );
    assert!(send(&[&twins]), "{}", mirror.said());
    let mut changed = twins.clone();
    changed["since"] = json!({"edtf": "1990"});
    assert!(!send(&[&changed]));
    assert!(mirror.said().contains("partnerships/clair:P-1: 409 changed_elsewhere"), "{}", mirror.said());
    known["since"] = json!({"edtf": "1991"});
    assert!(send(&[&known]), "{}", mirror.said());
    let merged = client.get(&path).body;
    assert_eq!((&merged["themes"], &merged["since"]["edtf"]), (&json!(["culture"]), &json!("1991")));
    known["themes"] = json!(["youth"]);
    assert!(!send(&[&known]));
    assert!(
        mirror.said().contains("409 merge_conflict") && mirror.said().contains(r#""pointer": "/themes""#)
    );
    mirror.is_equal();
    // Without its own, CLAIR reads what CUF wrote: one version.
    others.catch_up(&["--key", &clair, "--exclude-self"]);
    let record: Value = serde_json::from_str(others.dump().trim_end()).unwrap();
    assert_eq!((&record["origin"], &record["version"]), (&json!("cuf"), &json!(2)));
});
