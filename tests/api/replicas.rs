//! A streaming replica is read where it is fresh enough, and nowhere else. The replicas of these tests are databases of
//! which a test says how far they have come, and which lack the records, so that it shows who answers.

use crate::program::{Client, Program, Scratch, command, stderr, wait_until};
use crate::support::{Backend, postgres};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A primary, an empty replica, and a server over both.
struct Pair {
    primary: Scratch,
    replica: Scratch,
    server: Program,
    client: Client,
    asked: Cell<u32>,
}

/// Runs statements in a session of their own.
fn execute(url: &str, statements: &str) {
    PgConnection::establish(url).unwrap().batch_execute(statements).unwrap();
}

/// The name of the database at `url`.
fn name(url: &str) -> &str {
    url.split('?').next().unwrap().rsplit('/').next().unwrap()
}

/// Lets nobody into a database any more, and ends who is in it; or lets them in again.
fn shut(scratch: &Scratch, other: &Scratch, shut: bool) {
    let name = name(&scratch.url);
    execute(&other.url, &format!("ALTER DATABASE \"{name}\" WITH ALLOW_CONNECTIONS {}", !shut));
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname";
    execute(&other.url, &format!("{end} = '{name}' AND {shut}"));
}

impl Pair {
    /// With this bound, in milliseconds. None where there is no PostgreSQL.
    fn start(bound: &str) -> Option<Self> {
        postgres::server()?;
        let [primary, replica] = [Backend::Postgres, Backend::Postgres].map(Scratch::new);
        for scratch in [&primary, &replica] {
            assert!(scratch.run(&["migrate"]).status.success());
        }
        let more = ["--no-founding-data", "--database-replica-url", &replica.url, "--replica-lag", bound];
        let server = Program::serve(&primary.url, &more);
        let client = server.client(&primary.key("write"));
        Some(Self { primary, replica, server, client, asked: Cell::new(0) })
    }

    /// Says how far the replica has come.
    fn has_come_to(&self, seq: i64) {
        execute(&self.replica.url, &format!("UPDATE feed_head SET seq = {seq}"));
    }

    /// How many sources there are: none, where the replica is asked. No two requests are the same.
    fn sources(&self) -> usize {
        self.asked.set(self.asked.get() + 1);
        // Never the same request: nothing that is kept is given again.
        let reply = self.client.get(&format!("/v1/sources?limit={}", self.asked.get() % 400 + 100));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["items"].as_array().unwrap().len()
    }

    fn write(&self) {
        assert_eq!(self.client.post_source("One").unwrap().status, 201);
    }
}

#[test]
fn a_replica_is_read_once_it_has_what_this_process_wrote() {
    let Some(pair) = Pair::start("60000") else { return };
    pair.write();
    assert_eq!(pair.sources(), 1);
    pair.has_come_to(1);
    wait_until("the replica answers", || pair.sources() == 0);
    pair.write();
    assert_eq!(pair.sources(), 2);
    pair.has_come_to(2);
    assert_eq!(pair.sources(), 0, "a replica that missed only the last write is not left alone");
    let metrics = pair.client.text("/metrics").unwrap();
    let counted = |name: &str| -> u64 {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
    };
    assert!(
        counted("kakehashi_replica_reads_total") >= 2 && counted("kakehashi_replica_reads_passed_total") >= 1
    );
    assert!(metrics.contains("kakehashi_database_connections_max{pool=\"replica\"}"), "{metrics}");
    // The feed, and what its numbers do not tell of, are the primary's.
    assert_eq!(pair.client.get("/v1/changes").body["items"].as_array().unwrap().len(), 2);
    let snapshot = pair.client.text("/v1/snapshot").unwrap();
    assert!(snapshot.lines().filter(|line| line.contains("\"source\"")).count() >= 2, "{snapshot}");
    let admin = pair.server.client(&pair.primary.key("admin"));
    assert_eq!(admin.get("/v1/keys").body["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(admin.get("/v1/webhooks").status, 200);
    assert_eq!(pair.client.get("/v1/sync/status").status, 200);
}

#[test]
fn a_replica_that_lags_more_than_the_bound_is_skipped() {
    let Some(pair) = Pair::start("700") else { return };
    wait_until("the replica answers", || pair.sources() == 0);
    let other = Program::serve(&pair.primary.url, &["--no-founding-data"]);
    let written = Instant::now();
    let client = other.client(&pair.primary.key("write"));
    assert_eq!(client.post_source("Elsewhere").unwrap().status, 201);
    wait_until("the replica is skipped", || pair.sources() == 1);
    assert!(written.elapsed() < Duration::from_secs(5), "{:?}", written.elapsed());
    // For good: every read that finds it so goes to the primary.
    for _ in 0..8 {
        assert_eq!(pair.sources(), 1);
        sleep(Duration::from_millis(150));
    }
    pair.has_come_to(1);
    wait_until("the replica answers again", || pair.sources() == 0);
}

#[test]
fn without_its_replica_the_primary_answers() {
    let Some(pair) = Pair::start("60000") else { return };
    pair.write();
    pair.has_come_to(1);
    wait_until("the replica answers", || pair.sources() == 0);
    shut(&pair.replica, &pair.primary, true);
    for _ in 0..20 {
        assert_eq!(pair.sources(), 1);
        sleep(Duration::from_millis(50));
    }
    shut(&pair.replica, &pair.primary, false);
    wait_until("the replica answers again", || pair.sources() == 0);

    let absent = pair.replica.url.replacen(name(&pair.replica.url), "absent", 1);
    let server =
        Program::serve(&pair.primary.url, &["--database-replica-url", &absent, "--no-founding-data"]);
    assert_eq!(server.client("").get("/v1/sources?count=exact").body["page"]["total"], 1);
}

#[test]
fn without_its_primary_the_replica_answers_for_as_long_as_it_is_known_to_be_fresh() {
    let Some(pair) = Pair::start("4000") else { return };
    pair.write();
    pair.has_come_to(1);
    wait_until("the replica answers", || pair.sources() == 0);
    shut(&pair.primary, &pair.replica, true);
    let began = Instant::now();
    assert_eq!(pair.sources(), 0);
    assert_eq!(pair.client.get("/health/ready").status, 200);
    let refused = pair.client.post_source("Two").unwrap();
    assert_eq!((refused.status, refused.retry_after.is_some()), (503, true), "{}", refused.body);
    let refused = || pair.client.get("/v1/sources");
    wait_until("nothing is known any more", || refused().status == 503);
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    assert!(refused().retry_after.is_some());
    shut(&pair.primary, &pair.replica, false);
    wait_until("the primary is back", || pair.client.get("/health/ready").status == 200);
    wait_until("the replica answers again", || pair.sources() == 0);
    pair.write();
    assert_eq!(pair.sources(), 2);
}

#[test]
fn only_postgresql_has_replicas() {
    let scratch = Scratch::new(Backend::Sqlite);
    for (url, replica) in [
        (scratch.url.as_str(), "postgres://localhost/registry"),
        (scratch.url.as_str(), scratch.url.as_str()),
        (scratch.url.as_str(), "registry.db"),
    ] {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--database-replica-url", replica];
        let output = command(url).args(arguments).output().unwrap();
        assert!(!output.status.success(), "{replica}");
        let said = stderr(&output);
        assert!(said.contains("a replica needs PostgreSQL") || said.contains("not a database URL"), "{said}");
    }
}
