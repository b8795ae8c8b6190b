//! Opens and configures connections: URL, session settings, r2d2 connection manager and pool type.

use super::conn::Conn;
use super::statement_timeout;
use crate::domain::errors::problem::Result;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A pool of connections to one database.
pub(super) type Pool = diesel::r2d2::Pool<ConnectionManager>;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL names neither database.
    #[error("`{0}` is not a database URL: use sqlite://FILE or postgres://USER@HOST/DATABASE")]
    Url(String),
    /// The file, or the folder that it should be in, does not exist.
    #[error(
        "there is no database at `{0}` (`kakehashi serve` or `kakehashi migrate` makes one in an existing folder)"
    )]
    Missing(String),
    /// The server does not answer, or the file cannot be opened.
    #[error("cannot open the database: {0}")]
    Connect(String),
    /// The URL asks for TLS, which this build does not have.
    #[error("`sslmode={0}` needs a build with `--features postgres-tls`")]
    NoTls(String),
    /// The primary or the replica is an SQLite file.
    #[error("a replica needs PostgreSQL: both URLs must be postgres://USER@HOST/DATABASE")]
    Replica,
    /// A migration failed.
    #[error("cannot migrate the database: {0}")]
    Migrate(String),
    /// A later version of the program has migrated the database.
    #[error(
        "the database was migrated by a later version of kakehashi (migration {0} is not known here): \
         use that version, or restore a backup into another database"
    )]
    Newer(String),
}

/// Replaces the passwords of a database URL in a message, whether they stand in the authority or in the
/// query, encoded or not.
fn redact_passwords(message: &str, url: &str) -> String {
    let user = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    let password = user.and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters).split('&');
    let parameters = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.to_ascii_lowercase().ends_with("password").then_some(value)
    });
    let mut message = message.to_owned();
    for password in password.into_iter().chain(parameters).filter(|password| !password.is_empty()) {
        let decoded = form_urlencoded::parse(password.as_bytes()).map(|(text, _)| text.into_owned());
        // If the password is not percent-encoded, the parser may report a part of it as a host or a port.
        let parts = password.split(['/', '?', '#', ':', '@']).map(str::to_owned);
        let secrets = [password.to_owned()].into_iter().chain(decoded).chain(parts);
        for secret in secrets.filter(|secret| !secret.is_empty()) {
            message = message.replace(&secret, "…");
        }
    }
    message
}

/// Removes the passwords of `url` from a connection error.
fn redact_error(error: ConnectionError, url: &str) -> diesel::r2d2::Error {
    let hide = |message: &str| redact_passwords(message, url);
    diesel::r2d2::Error::ConnectionError(match error {
        ConnectionError::BadConnection(message) => ConnectionError::BadConnection(hide(&message)),
        ConnectionError::InvalidConnectionUrl(message) => {
            ConnectionError::InvalidConnectionUrl(hide(&message))
        }
        other => other,
    })
}

/// Opens connections to one database; each variant has the URL or file, and the statement timeout.
#[derive(Debug, Clone)]
pub(super) enum ConnectionManager {
    Postgres(String, Duration),
    Sqlite(String, Duration),
}

impl ConnectionManager {
    /// Prepares connections to the database at `url` with a statement timeout. Makes an empty SQLite file if
    /// `create` allows it.
    pub(super) fn new(url: &str, create: CreateMode, limit: Duration) -> Result<Self, OpenError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            for mode in ["require", "verify-ca", "verify-full"] {
                if cfg!(not(feature = "postgres-tls")) && url.contains(&format!("sslmode={mode}")) {
                    return Err(OpenError::NoTls(mode.into()));
                }
            }
            let separator = if url.contains('?') { '&' } else { '?' };
            let seconds = CONNECTION_TIMEOUT.as_secs();
            let url = format!("{url}{separator}connect_timeout={seconds}&tcp_user_timeout=10000");
            return Ok(Self::Postgres(url, limit));
        }
        let Some(file) = url.strip_prefix("sqlite://").filter(|file| !file.is_empty()) else {
            return Err(OpenError::Url(redact_passwords(url, url)));
        };
        let folder = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty());
        let missing = folder.is_some_and(|folder| !folder.is_dir())
            || (create == CreateMode::Never && !Path::new(file).is_file());
        if missing {
            return Err(OpenError::Missing(file.into()));
        }
        if create == CreateMode::IfMissing && !file.starts_with(':') && !Path::new(file).exists() {
            // Readable by the owner only; SQLite gives the same rights to the write-ahead log and its index.
            let new = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file);
            new.map_err(|error| OpenError::Connect(format!("{file}: {error}")))?;
        }
        Ok(Self::Sqlite(file.into(), limit))
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(..))
    }

    /// Returns the timeout of a request's statements.
    pub(super) fn statement_timeout(&self) -> Duration {
        let (Self::Postgres(_, limit) | Self::Sqlite(_, limit)) = self;
        *limit
    }

    /// Returns the path of SQLite's write-ahead log.
    pub(super) fn wal_file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(file, _) => Some(format!("{file}-wal").into()),
            Self::Postgres(..) => None,
        }
    }

    pub(super) fn open(&self) -> Result<Conn, OpenError> {
        self.connect().map_err(|error| OpenError::Connect(error.to_string()))
    }
}

/// Settings of every SQLite connection: readers beside the writer (WAL), commits that survive a power cut,
/// foreign keys enforced. The virtual table `grams` lists the trigrams of the full-text index and stores
/// nothing itself.
const SQLITE_SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_size = -4000;
    PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864;
    CREATE VIRTUAL TABLE temp.grams USING fts5vocab(main, search, row);";

/// Settings of every PostgreSQL session, beside the statement timeout: every wait has a limit, and JIT is
/// off, since queries take milliseconds. Messages are in English if the role may set that, because `error.rs`
/// classifies failures by their messages.
const POSTGRES_SETUP: &str = "SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s'; SET client_min_messages = warning; SET jit = off;
    DO $$ BEGIN SET lc_messages = 'C'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;";

impl ManageConnection for ConnectionManager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, Self::Error> {
        use diesel::r2d2::Error::QueryError;
        match self {
            Self::Postgres(url, limit) => {
                let mut connection =
                    PgConnection::establish(url).map_err(|error| redact_error(error, url))?;
                let limit = format!("SET statement_timeout = {}; ", limit.as_millis());
                connection.batch_execute(&(limit + POSTGRES_SETUP)).map_err(QueryError)?;
                Ok(Conn::Postgres(connection))
            }
            Self::Sqlite(file, limit) => {
                let mut connection =
                    SqliteConnection::establish(file).map_err(diesel::r2d2::Error::ConnectionError)?;
                connection.batch_execute(SQLITE_SETUP).map_err(QueryError)?;
                statement_timeout::register_time_limit(&mut connection, *limit).map_err(QueryError)?;
                Ok(Conn::Sqlite(connection))
            }
        }
    }

    fn is_valid(&self, connection: &mut Conn) -> Result<(), Self::Error> {
        connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut Conn) -> bool {
        std::thread::panicking() || R2D2Connection::is_broken(connection)
    }
}

/// Logs failed connections at debug level, without the URL; the waiting request gets a 503.
#[derive(Debug)]
pub(super) struct LogConnectionErrors;

impl<E: std::fmt::Display> diesel::r2d2::HandleError<E> for LogConnectionErrors {
    fn handle_error(&self, error: E) {
        log::debug!("no database connection: {error}");
    }
}

/// How long a request waits for a connection before it gets a 503.
pub(super) const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// Whether a missing SQLite file may be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateMode {
    /// A missing file is created.
    IfMissing,
    /// A missing file is an error.
    Never,
}
