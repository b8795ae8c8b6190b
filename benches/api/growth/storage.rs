//! The databases of the registries: SQLite files and a PostgreSQL cluster, all in one folder.

use super::process::cpu_of_family;
use super::size_of;
use crate::postgres::find_binaries;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::Double;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The database of one registry.
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) url: String,
    /// Folder of the databases and of the figures of their imports.
    pub(crate) folder: PathBuf,
    /// Process id of the PostgreSQL server, and URL of its maintenance database; none for SQLite.
    server: Option<(u32, String)>,
}

impl Database {
    /// Returns an SQLite database in a folder.
    pub(crate) fn file(folder: &Path, size: usize) -> Self {
        let name = format!("sqlite-{size}");
        let url = format!("sqlite://{}", folder.join(&name).join("growth.db").display());
        Self { name, url, folder: folder.to_owned(), server: None }
    }

    /// Creates the database, replacing an existing one.
    pub(crate) fn clear(&self) {
        match &self.server {
            None => {
                let own = self.folder.join(&self.name);
                let _ = std::fs::remove_dir_all(&own);
                std::fs::create_dir_all(own).expect("a folder");
            }
            Some((_, admin)) => {
                execute(admin, &format!(r#"DROP DATABASE IF EXISTS "{}""#, self.name));
                execute(admin, &format!(r#"CREATE DATABASE "{}""#, self.name));
            }
        }
    }

    /// Vacuums a PostgreSQL database, as autovacuum would a minute later.
    pub(crate) fn vacuum(&self) {
        if self.server.is_some() {
            execute(&self.url, "VACUUM ANALYZE");
        }
    }

    /// Returns the CPU time so far of the database server; zero for SQLite.
    pub(crate) fn cpu(&self) -> Duration {
        self.server.as_ref().map_or(Duration::ZERO, |(pid, _)| cpu_of_family(*pid))
    }

    /// Returns the size in bytes.
    pub(crate) fn bytes(&self) -> f64 {
        if self.server.is_none() {
            return size_of(&self.folder.join(&self.name));
        }
        let mut connection = PgConnection::establish(&self.url).expect("a connection");
        let size = sql::<Double>("CAST(pg_database_size(current_database()) AS FLOAT8)");
        diesel::select(size).get_result(&mut connection).expect("a size")
    }
}

fn execute(url: &str, statement: &str) {
    let mut connection = PgConnection::establish(url).expect("a connection");
    connection.batch_execute(statement).expect("a statement that works");
}

/// A PostgreSQL cluster in a folder, running until dropped; with fsync, as in production.
pub(crate) struct Postgres {
    folder: PathBuf,
    port: u16,
    supervisor: Child,
    pid: u32,
}

/// Shell script that creates the cluster if missing and runs it until its standard input ends. PostgreSQL
/// refuses to run as root, so that root runs it as user `postgres`.
const SUPERVISOR: &str = r#"
bin=$1 data=$2 port=$3
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
cd /
if [ ! -e "$data/PG_VERSION" ]; then
    mkdir -p "$data"; [ "$(id -u)" != 0 ] || chown postgres "$data"
    as "$bin/initdb" -D "$data" -U bench --locale=C.UTF-8 -E UTF8 --auth=trust >/dev/null || exit 1
fi
as "$bin/pg_ctl" -D "$data" -l "$data/server.log" -w -t 600 \
    -o "-p $port -k $data -c listen_addresses=127.0.0.1 -c shared_buffers=256MB" start >/dev/null || exit 1
head -n 1 "$data/postmaster.pid"
cat >/dev/null
as "$bin/pg_ctl" -D "$data" -w -t 600 -m fast stop >/dev/null
"#;

impl Postgres {
    /// Starts the cluster; none if PostgreSQL is not installed.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let binaries = find_binaries()?;
        let folder = std::path::absolute(folder).expect("a folder");
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = free.local_addr().expect("its address").port();
        drop(free);
        let mut command = Command::new("sh");
        command
            .args(["-c", SUPERVISOR, "supervisor"])
            .arg(binaries)
            .arg(folder.join("postgres"))
            .arg(port.to_string());
        // In a process group of its own, so that Ctrl-C ends it only through its standard input.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut supervisor = command.spawn().expect("a shell");
        let mut line = String::new();
        BufReader::new(supervisor.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let pid = line.trim().parse().expect("the process of a PostgreSQL server that started");
        Some(Self { folder, port, supervisor, pid })
    }

    /// Returns the database of one size.
    pub(crate) fn database(&self, size: usize) -> Database {
        let name = format!("postgres-{size}");
        let url = |name: &str| format!("postgres://bench@127.0.0.1:{}/{name}", self.port);
        let server = Some((self.pid, url("postgres")));
        Database { url: url(&name), name, folder: self.folder.clone(), server }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}
