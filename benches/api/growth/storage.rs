//! Where the registries are: files of SQLite, databases of a PostgreSQL cluster, all in one folder.

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

/// One database.
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) url: String,
    /// Where notes about it are kept.
    pub(crate) folder: PathBuf,
    /// The process of its server, and the address of the server's first database.
    server: Option<(u32, String)>,
}

impl Database {
    /// A file.
    pub(crate) fn file(folder: &Path, size: usize) -> Self {
        let name = format!("sqlite-{size}");
        let url = format!("sqlite://{}", folder.join(&name).join("growth.db").display());
        Self { name, url, folder: folder.to_owned(), server: None }
    }

    /// Makes it anew.
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

    /// What PostgreSQL's autovacuum does by itself, only a minute later.
    pub(crate) fn settle(&self) {
        if self.server.is_some() {
            execute(&self.url, "VACUUM ANALYZE");
        }
    }

    /// CPU time so far of the database server.
    pub(crate) fn cpu(&self) -> Duration {
        self.server.as_ref().map_or(Duration::ZERO, |(pid, _)| cpu_of_family(*pid))
    }

    /// Its size.
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

/// A cluster in a folder, which it survives: it waits for the disk as an installed one does.
pub(crate) struct Postgres {
    folder: PathBuf,
    port: u16,
    keeper: Child,
    pid: u32,
}

/// Makes the cluster where there is none, runs it until the standard input ends. PostgreSQL refuses to run as root: the
/// user `postgres` stands in.
const KEEPER: &str = r#"
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
    /// Starts it; none when PostgreSQL is not installed.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let binaries = find_binaries()?;
        let folder = std::path::absolute(folder).expect("a folder");
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = free.local_addr().expect("its address").port();
        drop(free);
        let mut command = Command::new("sh");
        command
            .args(["-c", KEEPER, "keeper"])
            .arg(binaries)
            .arg(folder.join("postgres"))
            .arg(port.to_string());
        // Out of reach of Ctrl-C, which ends the standard input too.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut keeper = command.spawn().expect("a shell");
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let pid = line.trim().parse().expect("the process of a PostgreSQL server that started");
        Some(Self { folder, port, keeper, pid })
    }

    /// One of its databases.
    pub(crate) fn database(&self, size: usize) -> Database {
        let name = format!("postgres-{size}");
        let url = |name: &str| format!("postgres://bench@127.0.0.1:{}/{name}", self.port);
        let server = Some((self.pid, url("postgres")));
        Database { url: url(&name), name, folder: self.folder.clone(), server }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
