//! Several processes over one database: they start at once, one migrates while others serve, and each ends without a
//! request being lost.

use crate::on_both_databases;
use crate::program::{PATIENCE, Program, Scratch};
use crate::support::{Backend, postgres};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use kakehashi::transfer::seed;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// The whole answer to a GET, its head too, on a connection of its own that the client would keep.
fn get(program: &Program, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(program.url.strip_prefix("http://").unwrap()).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    (!answer.is_empty()).then(|| answer.to_ascii_lowercase())
}

on_both_databases!(a_server_that_is_told_to_end_is_not_ready_but_answers, |scratch| {
    let program = Program::serve(&scratch.url, &["--no-founding-data", "--drain", "2"]);
    assert_eq!(program.client("").get("/health/ready").status, 200);
    let began = Instant::now();
    program.terminate();
    thread::sleep(Duration::from_millis(300));
    let ready = get(&program, "/health/ready").unwrap();
    assert!(ready.starts_with("http/1.1 503") && ready.contains("\r\nretry-after: "), "{ready}");
    let sources = get(&program, "/v1/sources").unwrap();
    assert!(
        sources.starts_with("http/1.1 200") && sources.contains("\r\nconnection: close\r\n"),
        "{sources}"
    );
    let mut answers = 0;
    while let Some(answer) = get(&program, "/v1/sources") {
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
        answers += 1;
        thread::sleep(Duration::from_millis(20));
    }
    assert!(
        answers > 5 && began.elapsed() >= Duration::from_millis(1900),
        "{answers}, {:?}",
        began.elapsed()
    );
    assert!(program.end().success());
});

#[test]
fn several_that_start_at_once_found_the_registry_once() {
    if postgres::server().is_none() {
        return;
    }
    let scratch = Scratch::new(Backend::Postgres);
    let servers: Vec<Program> = thread::scope(|scope| {
        let start = |_| scope.spawn(|| Program::serve(&scratch.url, &["--workers", "1"]));
        let starting: Vec<_> = (0..2).map(start).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let founded = servers.iter().filter(|server| server.said().contains("The registry was empty")).count();
    assert_eq!(founded, 1);
    for server in &servers {
        let head = server.client("").get("/v1/changes?after=now").body["head"].as_u64();
        assert_eq!(head, u64::try_from(seed::seed_records().len()).ok());
    }
}

#[test]
fn a_server_waits_for_a_migration_in_progress() {
    if postgres::server().is_none() {
        return;
    }
    let scratch = Scratch::new(Backend::Postgres);
    let mut migrating = PgConnection::establish(&scratch.url).unwrap();
    migrating.batch_execute("SELECT pg_advisory_lock(7452236)").unwrap();
    let began = Instant::now();
    thread::scope(|scope| {
        let server = scope.spawn(|| Program::serve(&scratch.url, &["--no-founding-data"]));
        // Longer than a request waits for a lock, which is 5 s.
        thread::sleep(Duration::from_millis(5500));
        assert!(!server.is_finished());
        drop(migrating);
        let server = server.join().unwrap();
        assert!(began.elapsed() >= Duration::from_millis(5500));
        assert_eq!(server.client("").get("/health/ready").status, 200);
    });
}

on_both_databases!(a_running_server_works_beside_newer_tables_and_no_older_one_starts, |scratch| {
    let running = Program::serve(&scratch.url, &["--no-founding-data"]);
    let client = running.client(&scratch.key("write"));
    assert_eq!(client.post_source("Before").unwrap().status, 201);
    let newer = "ALTER TABLE records ADD COLUMN later TEXT; CREATE TABLE newer (id BIGINT PRIMARY KEY);
        INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
    match scratch.url.strip_prefix("sqlite://") {
        Some(file) => SqliteConnection::establish(file).unwrap().batch_execute(newer).unwrap(),
        None => PgConnection::establish(&scratch.url).unwrap().batch_execute(newer).unwrap(),
    }
    assert_eq!(client.post_source("After").unwrap().status, 201);
    assert_eq!(client.get("/v1/sources?count=exact").body["page"]["total"], 2);
    let refusal = scratch.refusal(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(refusal.contains("9999"), "{refusal}");
});
