//! The servers that are measured: the registry on a fresh database, and a static handler for comparison.

use crate::client::Answer;
use crate::{generate, postgres};
use actix_web::dev::{Server, ServerHandle};
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use kakehashi::auth::api_key::{NewApiKey, Scope};
use kakehashi::db::database::Db;
use kakehashi::db::pool::CreateMode;
use kakehashi::records::author::Author;
use kakehashi::server;
use kakehashi::server::settings::{DatabaseSettings, ReplicaSettings, ServerSettings};
use kakehashi::server::state::ServerState;
use kakehashi::transfer::import::job::ImportJob;
use kakehashi::transfer::import::options::ImportOptions;
use kakehashi::transfer::import::run::{self, ProgressFn};
use kakehashi::transfer::seed;
use kakehashi::util::clock::Clock;
use kakehashi::util::random::new_uuid;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// Number of worker threads of each server.
const WORKERS: u16 = 2;

/// The database system of the registry.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// The database; removed when dropped.
enum Storage {
    Folder(PathBuf),
    Cluster(postgres::Database),
}

impl Drop for Storage {
    fn drop(&mut self) {
        if let Self::Folder(folder) = self {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// A running registry with generated records.
pub(crate) struct Subject {
    pub(crate) running: Running,
    /// A key that may write.
    pub(crate) key: String,
    _storage: Storage,
}

impl Subject {
    /// Starts a registry with a number of partnerships; none if the database system is not available.
    pub(crate) fn start(backend: Backend, partnerships: usize) -> Option<Self> {
        let (url, storage) = match backend {
            Backend::Sqlite => {
                let folder = std::env::temp_dir().join(format!("kakehashi-bench-{}", new_uuid()));
                std::fs::create_dir_all(&folder).expect("a scratch folder");
                (format!("sqlite://{}", folder.join("bench.db").display()), Storage::Folder(folder))
            }
            Backend::Postgres => {
                let database = postgres::server()?.create_database(None);
                (database.url.clone(), Storage::Cluster(database))
            }
        };
        let clock = Clock::default();
        let db = Db::open(&url, CreateMode::IfMissing, 16).expect("an open database");
        let key = actix_web::rt::System::new().block_on(fill(&db, &clock, partnerships));
        if let Storage::Cluster(database) = &storage {
            // Autovacuum would do this a minute later.
            let mut connection = PgConnection::establish(&database.url).expect("a connection");
            connection.batch_execute("VACUUM ANALYZE").expect("fresh statistics");
        }
        let running = Running::start(move || async move {
            let settings = ServerSettings {
                operations: kakehashi::server::settings::OperationSettings::default(),
                listen: ([127, 0, 0, 1], 0).into(),
                database: DatabaseSettings { url, connections: 16, statement_timeout: 30_000 },
                no_founding_data: true,
                workers: Some(WORKERS),
                cache_size: kakehashi::http::response_cache::DEFAULT_CACHE_MIB,
                webhooks_allow_private: false,
                drain: 0,
                replica: ReplicaSettings::none(),
            };
            let state = ServerState::new(db, clock, &settings).await.expect("a state");
            server::run::start(&settings, state).expect("a server")
        });
        Some(Self { running, key, _storage: storage })
    }
}

/// Imports the generated records and creates a key.
async fn fill(db: &Db, clock: &Clock, partnerships: usize) -> String {
    let records: Vec<_> = generate::registry(partnerships).collect();
    let author = Author::operator(seed::ORIGIN, "bench", clock);
    let job = Arc::new(
        ImportJob::from_records(&records, ImportOptions::default(), author, clock).expect("an import"),
    );
    let watch: ProgressFn = Arc::new(|_| true);
    run::run_import(db, &job, &watch).await.expect("an import that ends");
    let summary = job.summary();
    assert_eq!(summary.counts.created, records.len(), "{summary:?}");
    let new = NewApiKey {
        name: "bench".into(),
        origin: "bench".into(),
        scopes: vec![Scope::Write],
        schemes: vec![],
        lifetime: None,
    };
    let (key, text) = new.generate(clock.now()).expect("a key");
    let inserted = db.write(move |tx| Ok(kakehashi::auth::key_store::insert(tx, &key)?)).await;
    inserted.expect("a key that is inserted");
    text
}

/// A server on its own thread; stopped when dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
}

impl Running {
    fn start<F: Future<Output = (Server, SocketAddr)>>(make: impl FnOnce() -> F + Send + 'static) -> Self {
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let (server, address) = make().await;
                send.send((server.handle(), address)).expect("a waiting benchmark");
                server.await.expect("a server that ends well");
            });
        });
        let (handle, address) = receive.recv_timeout(Duration::from_mins(1)).expect("a server that starts");
        Self { address, handle }
    }

    /// Starts a server that sends these responses in rotation, whatever the request: the least work that
    /// actix can do for the same bytes.
    pub(crate) fn start_static(answers: Vec<Answer>) -> Self {
        let answers =
            Data::new((answers.into_iter().map(StaticResponse::of).collect::<Vec<_>>(), AtomicUsize::new(0)));
        Self::start(move || async move {
            let app = move || App::new().app_data(answers.clone()).default_service(web::to(send));
            let server = HttpServer::new(app)
                .client_request_timeout(Duration::from_secs(10))
                .client_disconnect_timeout(Duration::from_secs(2))
                .keep_alive(Duration::from_secs(75))
                .max_connections(10_000)
                .workers(WORKERS.into())
                .bind(("127.0.0.1", 0))
                .expect("a free port");
            let address = server.addrs()[0];
            (server.run(), address)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// A response prepared for sending.
struct StaticResponse {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl StaticResponse {
    fn of(answer: Answer) -> Self {
        let mut headers = answer.headers;
        // actix adds the date to every response.
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        let status = StatusCode::from_u16(answer.status).expect("a status");
        Self { status, headers, body: answer.body.into() }
    }
}

async fn send(_body: Bytes, answers: Data<(Vec<StaticResponse>, AtomicUsize)>) -> HttpResponse {
    let (answers, next) = &**answers;
    let answer = &answers[next.fetch_add(1, Ordering::Relaxed) % answers.len()];
    let mut response = HttpResponse::build(answer.status);
    for (name, value) in &answer.headers {
        response.append_header((name.as_str(), value.as_str()));
    }
    response.body(answer.body.clone())
}
