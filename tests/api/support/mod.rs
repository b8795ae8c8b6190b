//! Shared by the tests: a server on a fresh database, an HTTP client, and the two database systems.

pub(crate) mod feeds;
pub(crate) mod postgres;
pub(crate) mod raw;
pub(crate) mod records;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use kakehashi::auth::api_key::NewApiKey;
use kakehashi::auth::key_store;
use kakehashi::db::database::Db;
use kakehashi::db::pool::CreateMode;
use kakehashi::http::response_cache::DEFAULT_CACHE_MIB;
use kakehashi::server;
use kakehashi::server::settings::{DatabaseSettings, OperationSettings, ReplicaSettings, ServerSettings};
use kakehashi::server::state::ServerState;
use kakehashi::transfer::seed;
use kakehashi::util::clock::Clock;
use kakehashi::webhooks::worker;
use serde_json::Value;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

/// Runs a test on both databases: `on_both!(name, seeded, |app| { … })` or `on_both!(name, empty, |app| { …
/// })`.
#[macro_export]
macro_rules! on_both {
    // A use of the enclosing file's items, so that `use super::*` is never unused.
    (nothing) => {};
    ($name:ident, $content:ident, |$app:ident| $body:block) => {
        mod $name {
            use super::*;
            use $crate::support::{Backend, Content, TestApp};
            on_both!(nothing);

            fn check($app: &TestApp) $body

            #[test]
            fn sqlite() {
                check(&TestApp::start(Backend::Sqlite, Content::$content()));
            }

            #[test]
            fn postgres() {
                if $crate::support::postgres::server().is_some() {
                    check(&TestApp::start(Backend::Postgres, Content::$content()));
                }
            }
        }
    };
}

/// Runs a test on both databases, on an empty registry and a server with special settings:
/// `on_both_with_settings!(name, operations, |app| { … })`, where `operations` are the
/// [`OperationSettings`](kakehashi::server::settings::OperationSettings).
#[macro_export]
macro_rules! on_both_with_settings {
    ($name:ident, $operations:expr, |$app:ident| $body:block) => {
        mod $name {
            use super::*;
            use $crate::support::{Backend, Content};

            fn check($app: &TestApp) $body

            #[test]
            fn sqlite() {
                check(&TestApp::start_with_settings(Backend::Sqlite, Content::empty(), $operations));
            }

            #[test]
            fn postgres() {
                if $crate::support::postgres::server().is_some() {
                    check(&TestApp::start_with_settings(Backend::Postgres, Content::empty(), $operations));
                }
            }
        }
    };
}

/// The database system of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// The records of the registry when a test starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Empty,
    Seeded,
}

impl Content {
    pub(crate) fn empty() -> Self {
        Self::Empty
    }

    pub(crate) fn seeded() -> Self {
        Self::Seeded
    }
}

/// The database of a test; removed when dropped.
enum TestDatabase {
    File(PathBuf),
    Cluster(#[expect(dead_code, reason = "dropping it removes the database")] postgres::Database),
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::File(folder) = self {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Creates a database as a copy of a template, which is migrated (and seeded) once for all tests.
fn template(content: Content) -> postgres::Database {
    static EMPTY: OnceLock<()> = OnceLock::new();
    static FOUNDED: OnceLock<()> = OnceLock::new();
    let (once, name) = match content {
        Content::Empty => (&EMPTY, "empty"),
        Content::Seeded => (&FOUNDED, "founded"),
    };
    let server = postgres::server().expect("a PostgreSQL server");
    once.get_or_init(|| {
        server.create_named_template(name, |url| {
            let db = Db::open(url, CreateMode::IfMissing, 1).expect("an open database");
            if content == Content::Seeded {
                let founded = actix_web::rt::System::new().block_on(seed::seed_if_empty(&db, &clock()));
                founded.expect("the founding dataset");
            }
        });
    });
    server.create_database(Some(name))
}

fn clock() -> Clock {
    Clock::fixed(NOW.parse::<Timestamp>().expect("a time"))
}

/// The settings of a test's server.
pub(crate) fn settings(url: &str, cache_size: u32, operations: OperationSettings) -> ServerSettings {
    ServerSettings {
        operations,
        listen: ([127, 0, 0, 1], 0).into(),
        database: DatabaseSettings { url: url.into(), connections: 4, statement_timeout: 30_000 },
        no_founding_data: true,
        workers: Some(1),
        drain: 0,
        replica: ReplicaSettings::none(),
        cache_size,
        webhooks_allow_private: true,
    }
}

/// Starts a server over an open database.
fn serve(
    url: &str,
    db: Db,
    clock: Clock,
    cache_size: u32,
    operations: OperationSettings,
) -> (actix_web::dev::ServerHandle, SocketAddr) {
    let (send, receive) = mpsc::channel();
    let settings = settings(url, cache_size, operations);
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let state = ServerState::new(db, clock, &settings).await.expect("a state");
            let (server, address) = server::run::start(&settings, state.clone()).expect("a server");
            let _worker = worker::start(state.app.db, state.app.clock, true);
            send.send((server.handle(), address)).expect("a waiting test");
            server.await.expect("a server that ends well");
        });
    });
    receive.recv_timeout(Duration::from_mins(1)).expect("a server that starts")
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    ureq::Agent::new_with_config(config.timeout_global(Some(Duration::from_mins(1))).build())
}

/// A running server on a fresh database, with an HTTP client.
pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) database_url: String,
    pub(crate) clock: Clock,
    pub(crate) db: Db,
    /// A key of the origin `acme` with the scope `write`, which owns the scheme `acme`.
    pub(crate) key: String,
    stop: Option<actix_web::dev::ServerHandle>,
    agent: ureq::Agent,
    home: Arc<TestDatabase>,
}

/// Time of the fixed clock when a test starts.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";

impl TestApp {
    /// Starts a server with default settings.
    pub(crate) fn start(backend: Backend, content: Content) -> Self {
        Self::start_with_settings(backend, content, OperationSettings::default())
    }

    /// Starts a server.
    pub(crate) fn start_with_settings(
        backend: Backend,
        content: Content,
        operations: OperationSettings,
    ) -> Self {
        let (database_url, home) = match backend {
            Backend::Sqlite => {
                let folder =
                    std::env::temp_dir().join(format!("kakehashi-{}", kakehashi::util::random::new_uuid()));
                std::fs::create_dir_all(&folder).expect("a scratch folder");
                (
                    format!("sqlite://{}", folder.join("test.db").display()),
                    Arc::new(TestDatabase::File(folder)),
                )
            }
            Backend::Postgres => {
                let database = template(content);
                (database.url.clone(), Arc::new(TestDatabase::Cluster(database)))
            }
        };
        let clock = clock();
        let db = Db::open(&database_url, CreateMode::IfMissing, 4).expect("an open database");
        if content == Content::Seeded {
            let founded = actix_web::rt::System::new().block_on(seed::seed_if_empty(&db, &clock));
            founded.expect("the founding dataset");
        }
        let (stop, address) = serve(&database_url, db.clone(), clock.clone(), DEFAULT_CACHE_MIB, operations);
        let url = format!("http://{address}");
        let mut app =
            Self { url, database_url, clock, db, key: String::new(), stop: Some(stop), agent: agent(), home };
        app.key = app.new_key("acme", &["write"], &["acme"]);
        app
    }

    /// Starts another server on the same database, with a response cache of `cache_size` MiB.
    pub(crate) fn start_second_server(&self, cache_size: u32) -> Self {
        let db = Db::open(&self.database_url, CreateMode::Never, 4).expect("an open database");
        let (stop, address) = serve(
            &self.database_url,
            db.clone(),
            self.clock.clone(),
            cache_size,
            OperationSettings::default(),
        );
        Self {
            url: format!("http://{address}"),
            database_url: self.database_url.clone(),
            clock: self.clock.clone(),
            db,
            key: self.key.clone(),
            stop: Some(stop),
            agent: agent(),
            home: self.home.clone(),
        }
    }

    /// Creates an API key directly in the database, as the command line does.
    pub(crate) fn new_key(&self, origin: &str, scopes: &[&str], schemes: &[&str]) -> String {
        let new = NewApiKey {
            name: "test".into(),
            origin: origin.into(),
            scopes: scopes.iter().map(|scope| scope.parse().expect("a scope")).collect(),
            schemes: schemes.iter().map(|scheme| (*scheme).to_owned()).collect(),
            lifetime: None,
        };
        let (key, text) = new.generate(self.clock.now()).expect("a key");
        let db = self.db.clone();
        let write = db.write(move |tx| Ok(key_store::insert(tx, &key)?));
        actix_web::rt::System::new().block_on(write).expect("a key that is kept");
        text
    }

    /// Begins a request without a key.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder<'_> {
        RequestBuilder { app: self, method: method.into(), path: path.into(), headers: vec![], body: None }
    }

    /// Sends a GET without a key.
    pub(crate) fn get(&self, path: &str) -> TestResponse {
        self.request("GET", path).send()
    }

    /// Sends a POST with the key.
    pub(crate) fn post(&self, path: &str, body: &Value) -> TestResponse {
        self.request("POST", path).key(&self.key).json(body).send()
    }

    /// Sends a PUT with the key, and `If-Match` if given.
    pub(crate) fn put(&self, path: &str, if_match: Option<&str>, body: &Value) -> TestResponse {
        self.request("PUT", path).key(&self.key).if_match(if_match).json(body).send()
    }

    /// Sends a merge patch with the key, and `If-Match` if given.
    pub(crate) fn patch(&self, path: &str, if_match: Option<&str>, body: &Value) -> TestResponse {
        let call = self.request("PATCH", path).key(&self.key).if_match(if_match);
        call.body("application/merge-patch+json", &body.to_string()).send()
    }

    /// Sends a DELETE with the key, and `If-Match` if given.
    pub(crate) fn delete(&self, path: &str, if_match: Option<&str>) -> TestResponse {
        self.request("DELETE", path).key(&self.key).if_match(if_match).send()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            drop(stop.stop(false));
        }
    }
}

/// Builder of a request.
pub(crate) struct RequestBuilder<'a> {
    app: &'a TestApp,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl RequestBuilder<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn if_match(self, etag: Option<&str>) -> Self {
        match etag {
            Some(etag) => self.header("if-match", etag),
            None => self,
        }
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", &body.to_string())
    }

    pub(crate) fn body(self, media: &str, body: &str) -> Self {
        self.bytes(media, body.as_bytes())
    }

    pub(crate) fn bytes(mut self, media: &str, body: &[u8]) -> Self {
        self.body = Some(body.into());
        self.header("content-type", media)
    }

    pub(crate) fn send(self) -> TestResponse {
        let encoded = self.path.bytes().map(|byte| match byte {
            0x21..=0x7E => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        });
        let url = format!("{}{}", self.app.url, encoded.collect::<String>());
        let mut request = ureq::http::Request::builder().method(self.method.as_str()).uri(url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(self.body.unwrap_or_default()).expect("a request");
        let mut response = self.app.agent.run(request).expect("an answer");
        let body = response.body_mut().with_config().limit(100 << 20).read_to_vec().expect("a body");
        let encoding = response.headers().get("content-encoding").map(ureq::http::HeaderValue::as_bytes);
        let mut text = String::new();
        match encoding {
            Some(b"gzip") => GzDecoder::new(body.as_slice()).read_to_string(&mut text),
            _ => body.as_slice().read_to_string(&mut text),
        }
        .expect("a text");
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        TestResponse { status: response.status().as_u16(), headers, text }
    }
}

/// A response with its body as text, decompressed.
#[derive(Debug, Clone)]
pub(crate) struct TestResponse {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl TestResponse {
    /// Returns the first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the ETag.
    pub(crate) fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Asserts the status and returns the response.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Returns pointer (or parameter, header) and code of each fault of a problem.
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let body = self.json();
        let text = |fault: &Value, name: &str| fault[name].as_str().map(str::to_owned);
        let place = |fault: &Value| {
            ["pointer", "parameter", "header"].iter().find_map(|name| text(fault, name)).unwrap_or_default()
        };
        let faults = body["errors"].as_array().cloned().unwrap_or_default();
        faults.iter().map(|fault| (place(fault), text(fault, "code").unwrap_or_default())).collect()
    }
}
