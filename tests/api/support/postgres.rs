//! PostgreSQL for the tests: one server for the test binary, a fresh database for every test.
//!
//! With `TEST_DATABASE_URL` (which names a database, and a user who may create more) the tests
//! use that server. Otherwise they start a throw-away cluster in the temporary directory, which
//! lives as long as the test process: a watchdog, the parent of the PostgreSQL server, reads
//! from a pipe that only the test process holds open. When that closes, be it by `kill -9`, the
//! watchdog ends the server and removes its files. `TMPDIR=/dev/shm` makes the cluster faster.
#![expect(clippy::panic, reason = "a test without its database has failed")]

use std::fmt::Display;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};

/// How long `initdb` and the start of the server may take together.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Creates and runs a cluster until the standard input ends or the server stops by itself, then
/// removes it. Arguments: binary directory, data directory, arguments of the server.
///
/// The shell starts the server with `SIGQUIT` ignored, and on `SIGTERM` a running server waits
/// for its clients; the two together end it at once at any stage.
const WATCHDOG: &str = r#"
bin=$1 data=$2; shift 2; trap '' PIPE; exec 3<&0
"$bin/initdb" -D "$data" --locale=C.UTF-8 -E UTF8 --auth=trust -U postgres --no-sync >/dev/null ||
    { rm -rf "$data"; exit 1; }
"$bin/postgres" -D "$data" "$@" </dev/null >"$data/server.log" 2>&1 3<&- & server=$!
{ cat <&3 >/dev/null; kill -TERM $server; kill -QUIT $server; } & trigger=$!
wait $server || tail "$data/server.log" >&2
rm -rf "$data"
kill $trigger
"#;

/// Arguments of the server: no safety against a crash, but speed.
const SERVER_ARGUMENTS: &str = "-c listen_addresses=127.0.0.1 -c max_connections=300 \
    -c shared_buffers=128MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// First half of the advisory lock by which a test process marks its databases on a server that
/// it shares as being in use; the second half is the process id.
const LEASE: i32 = 0x6b_6b68;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The server of this test binary, started by the first call.
///
/// `None`, after a message on standard error, if PostgreSQL is not installed. Panics if the server does not
/// work, or if it is not installed and `KAKEHASHI_REQUIRE_POSTGRES=1` is set.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Option<Server>>> = OnceLock::new();
    match SERVER.get_or_init(Server::find) {
        Ok(server) => server.as_ref(),
        Err(why) => panic!("no PostgreSQL server for the tests: {why}"),
    }
}

/// A PostgreSQL server on which databases can be created.
pub(crate) struct Server {
    /// URL of the database to connect to for creating others.
    admin_url: String,
    /// Kept alive with the server: the watchdog with its pipe, or the session that holds the lease.
    _guard: Box<dyn Send + Sync>,
}

impl Server {
    /// Creates a database: empty, or a copy of the template of that name.
    pub(crate) fn create_database(&self, template: Option<&str>) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = process_database_name(COUNT.fetch_add(1, Ordering::Relaxed));
        let source = template.map_or("template1".to_owned(), process_database_name);
        self.create(&name, &source);
        Database { url: with_database(&self.admin_url, &name), name, admin_url: self.admin_url.clone() }
    }

    /// Creates the template `name` and calls `fill` with its URL. `fill` must leave no connection open. Call
    /// once per template.
    pub(crate) fn create_named_template(&self, name: &str, fill: impl FnOnce(&str)) {
        let name = process_database_name(name);
        // An earlier call may have panicked in `fill`.
        drop_database(&self.admin_url, &name).unwrap_or_else(|why| panic!("{name}: {why}"));
        self.create(&name, "template1");
        fill(&with_database(&self.admin_url, &name));
    }

    /// Creates a database; retries, since a session that is about to end may still be using the source.
    fn create(&self, name: &str, source: &str) {
        let statement = format!(r#"CREATE DATABASE "{name}" TEMPLATE "{source}""#);
        let mut attempts = 5;
        while let Err(why) = execute(&self.admin_url, &statement) {
            attempts -= 1;
            assert!(attempts > 0, "{statement}: {why}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn find() -> Result<Option<Self>> {
        if let Ok(url) = env::var("TEST_DATABASE_URL") {
            return Self::share(url).map(Some);
        }
        if let Some(binaries) = find_binaries() {
            return Self::start(&binaries).map(Some);
        }
        let missing = "found no directory with `initdb` and `postgres` (looked on PATH, in \
            `pg_config --bindir` and in /usr/lib/postgresql/*/bin), and no TEST_DATABASE_URL";
        if env::var("KAKEHASHI_REQUIRE_POSTGRES").is_ok_and(|value| value == "1") {
            return Err(missing.into());
        }
        // Not `eprintln!`, which the test harness captures.
        writeln!(io::stderr(), "\nPOSTGRESQL IS NOT TESTED: {missing}\n")?;
        Ok(None)
    }

    /// Uses the server at `url`, and drops the databases that ended test processes left there.
    fn share(url: String) -> Result<Self> {
        let mut lease = PgConnection::establish(&url)?;
        lease.batch_execute(&format!("SELECT pg_advisory_lock({LEASE}, {})", process::id()))?;
        let abandoned: Vec<String> = sql::<Text>(&format!(
            "SELECT datname::text FROM pg_database WHERE pg_try_advisory_xact_lock( \
             {LEASE}, substring(datname FROM '^kkh_([0-9]{{1,9}})_')::int)"
        ))
        .load(&mut lease)?;
        for name in abandoned {
            drop_database(&url, &name)?;
        }
        Ok(Self { admin_url: url, _guard: Box::new(Mutex::new(lease)) })
    }

    /// Starts a cluster; retries if its port was taken in the meantime.
    fn start(binaries: &Path) -> Result<Self> {
        for _ in 0..3 {
            match Self::start_once(binaries) {
                Err(why) if why.to_string().contains("could not bind") => {}
                result => return result,
            }
        }
        Err("every port tried was taken".into())
    }

    fn start_once(binaries: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let data = env::temp_dir().join(format!("kkh_{}_{port}", process::id()));
        let mut watchdog =
            spawn_watchdog(binaries, &data, port).inspect_err(|_| drop(fs::remove_dir(&data)))?;
        // Only this server has its socket there, and it opens that after the TCP port.
        let host = data.display();
        let socket = format!("host='{host}' port={port} user=postgres dbname=postgres");
        let deadline = Instant::now() + START_LIMIT;
        while PgConnection::establish(&socket).is_err() {
            if watchdog.try_wait()?.is_some() || Instant::now() > deadline {
                let output = watchdog.wait_with_output()?;
                let messages = String::from_utf8_lossy(&output.stderr);
                return Err(format!("the cluster in {host} did not start: {messages}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        let admin_url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        Ok(Self { admin_url, _guard: Box::new(watchdog) })
    }
}

/// A database for one test, dropped with this value.
pub(crate) struct Database {
    /// Where to connect to.
    pub(crate) url: String,
    name: String,
    admin_url: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        // No panic: the test may be panicking already.
        if let Err(why) = drop_database(&self.admin_url, &self.name) {
            eprintln!("cannot drop the database {}: {why}", self.name);
        }
    }
}

/// Returns the name of a database of this process.
fn process_database_name(suffix: impl Display) -> String {
    format!("kkh_{}_{suffix}", process::id())
}

/// Returns `url` with the name of another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_at(url.find('?').unwrap_or(url.len()));
    let server = address.rsplit_once('/').map_or(address, |parts| parts.0);
    format!("{server}/{name}{parameters}")
}

fn drop_database(admin_url: &str, name: &str) -> Result<()> {
    execute(admin_url, &format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#))
}

/// Runs a statement in a session of its own.
fn execute(url: &str, statement: &str) -> Result<()> {
    Ok(PgConnection::establish(url)?.batch_execute(statement)?)
}

/// Creates the directory `data` and starts the watchdog on it, in a process group of its own,
/// out of reach of Ctrl-C. PostgreSQL refuses to run as root: the user `postgres` stands in.
fn spawn_watchdog(binaries: &Path, data: &Path, port: u16) -> Result<Child> {
    fs::DirBuilder::new().mode(0o700).create(data)?;
    let mut command = Command::new("sh");
    if fs::metadata(data)?.uid() == 0 {
        let (uid, gid) = postgres_user().ok_or("run by root, and there is no user `postgres`")?;
        chown(data, Some(uid), Some(gid))?;
        command.uid(uid).gid(gid);
    }
    command.args(["-c", WATCHDOG, "watchdog"]).args([binaries, data]);
    command.args(["-p", &port.to_string(), "-k"]).arg(data);
    command.args(SERVER_ARGUMENTS.split_whitespace());
    command.current_dir(data).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    Ok(command.spawn()?)
}

/// User and group id of the user `postgres`.
fn postgres_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let entry = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = entry.split(':').skip(2).map(str::parse);
    Some((fields.next()?.ok()?, fields.next()?.ok()?))
}

/// Finds the directory of the server's programs (`initdb`, `postgres`).
pub(crate) fn find_binaries() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let configured = Command::new("pg_config").arg("--bindir").output();
    let configured = configured.map_or_else(|_| Vec::new(), |output| output.stdout);
    let mut versions: Vec<u32> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable();
    env::split_paths(&path)
        .chain([String::from_utf8_lossy(&configured).trim().into()])
        .chain(versions.iter().rev().map(|version| format!("/usr/lib/postgresql/{version}/bin").into()))
        .filter(|directory| directory.is_absolute())
        .find(|directory| ["initdb", "postgres"].iter().all(|name| directory.join(name).is_file()))
}
