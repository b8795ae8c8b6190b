//! What was acknowledged is kept: through kills, panics, shutdowns and a database that goes away.

use crate::on_both_databases;
use crate::program::{Client, PATIENCE, Program, Scratch, command, stderr, wait_until};
use crate::support::{Backend, postgres};
use kakehashi::auth::api_key::{NewApiKey, Scope};
use kakehashi::auth::key_store;
use kakehashi::db::database::Db;
use kakehashi::db::pool::CreateMode;
use kakehashi::util::clock::Clock;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

on_both_databases!(what_was_acknowledged_outlives_a_kill, |scratch| {
    const WRITERS: usize = 4;
    let program = Program::serve(&scratch.url, &["--no-founding-data"]);
    let client = program.client(&scratch.key("write"));
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writers = (0..WRITERS).map(|writer| {
        let (client, acknowledged) = (client.clone(), acknowledged.clone());
        thread::spawn(move || {
            for number in 0.. {
                let title = format!("{writer} {number}");
                let Ok(reply) = client.post_source(&title) else { return };
                assert_eq!(reply.status, 201, "{}", reply.body);
                acknowledged.lock().unwrap().push((reply.body["id"].as_str().unwrap().to_owned(), title));
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    wait_until("many records are written", || acknowledged.lock().unwrap().len() >= 100);
    program.kill();
    for writer in writers {
        writer.join().unwrap();
    }

    let program = Program::serve(&scratch.url, &["--no-founding-data"]);
    let client = program.client("");
    let acknowledged = acknowledged.lock().unwrap();
    for (id, title) in acknowledged.iter() {
        let reply = client.get(&format!("/v1/sources/{id}"));
        assert_eq!((reply.status, reply.body["title"]["en"].as_str()), (200, Some(title.as_str())));
    }
    let total = client.get("/v1/sources?count=exact&limit=1").body["page"]["total"].as_u64().unwrap();
    let unanswered = usize::try_from(total).unwrap() - acknowledged.len();
    assert!(unanswered <= WRITERS, "{unanswered} records that nobody waited for");
    let verified = scratch.output(&["feed", "verify"]);
    assert!(verified.starts_with(&format!("{total} changes, {total} records")), "{verified}");
});

/// The names of the keys that a database holds.
async fn names(db: &Db) -> Vec<String> {
    let keys = db.read(|tx| Ok(key_store::all(tx)?)).await.unwrap();
    keys.into_iter().map(|key| key.name).collect()
}

on_both_databases!(a_write_that_panics_takes_no_other_with_it, |scratch| {
    let write = |db: &Db, name: String, panics: bool, pause: Duration| {
        let scopes = vec![Scope::Read];
        let new = NewApiKey { name, origin: "acme".into(), scopes, schemes: vec![], lifetime: None };
        let (key, _) = new.generate(Clock::default().now()).unwrap();
        let db = db.clone();
        async move {
            let work = move |tx: &mut _| {
                key_store::insert(tx, &key)?;
                thread::sleep(pause);
                if panics {
                    // As a panic, but without its message on the standard error.
                    resume_unwind(Box::new("on purpose"));
                }
                Ok(())
            };
            db.write(work).await
        }
    };
    actix_web::rt::System::new().block_on(async {
        let db = Db::open(&scratch.url, CreateMode::IfMissing, 4).unwrap();
        // While the first write sleeps, the others gather into one group behind it.
        let group = (0..20).map(|number| {
            let pause = Duration::from_millis(if number == 0 { 200 } else { 0 });
            write(&db, format!("first {number:02}"), number % 7 == 3, pause)
        });
        let outcomes = futures_util::future::join_all(group).await;
        for (number, outcome) in outcomes.iter().enumerate() {
            assert_eq!(outcome.is_err(), number % 7 == 3, "write {number}: {outcome:?}");
        }
        let later = (0..5).map(|number| write(&db, format!("later {number:02}"), false, Duration::ZERO));
        for outcome in futures_util::future::join_all(later).await {
            outcome.unwrap();
        }
        let mut before = names(&db).await;
        drop(db);
        let mut after = names(&Db::open(&scratch.url, CreateMode::Never, 4).unwrap()).await;
        before.sort();
        after.sort();
        assert_eq!(before, after);
        let first = (0..20).filter(|number| number % 7 != 3).map(|number| format!("first {number:02}"));
        let expected: Vec<_> = first.chain((0..5).map(|number| format!("later {number:02}"))).collect();
        assert_eq!(after, expected);
    });
});

/// Opens a connection and sends what is given.
fn open(program: &Program, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(program.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

on_both_databases!(what_was_accepted_before_a_shutdown_is_answered, |scratch| {
    let program = Program::serve(&scratch.url, &["--no-founding-data"]);
    let body = r#"{"title": {"en": "Half sent"}}"#;
    let (half, rest) = body.split_at(10);
    let head = format!(
        "POST /v1/sources HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{half}",
        scratch.key("write"),
        body.len()
    );
    let mut streams: Vec<_> = (0..4).map(|_| open(&program, &head)).collect();
    thread::sleep(Duration::from_millis(300));
    program.terminate();
    thread::sleep(Duration::from_millis(300));
    for stream in &mut streams {
        stream.write_all(rest.as_bytes()).unwrap();
    }
    for mut stream in streams {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    assert!(program.end().success());
    assert!(scratch.output(&["feed", "verify"]).starts_with("4 changes, 4 records"));
});

#[test]
fn a_client_that_keeps_its_connection_does_not_delay_a_shutdown() {
    let scratch = Scratch::new(Backend::Sqlite);
    let program = Program::serve(&scratch.url, &["--no-founding-data"]);
    let mut idle = open(&program, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(idle.read(&mut [0; 12]).unwrap(), 12);
    let started = Instant::now();
    program.terminate();
    assert!(program.end().success());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// A TCP proxy that can go away and come back at the same address.
struct Proxy {
    address: SocketAddr,
    upstream: SocketAddr,
    running: Option<(Arc<AtomicBool>, thread::JoinHandle<()>)>,
}

impl Proxy {
    fn start(upstream: SocketAddr) -> Self {
        let mut proxy = Self { address: ([127, 0, 0, 1], 0).into(), upstream, running: None };
        proxy.open();
        proxy
    }

    fn open(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        let (upstream, ends) = (self.upstream, Arc::new(AtomicBool::new(false)));
        let end = ends.clone();
        let thread = thread::spawn(move || {
            let mut streams: Vec<TcpStream> = vec![];
            while !end.load(Ordering::SeqCst) {
                let Ok((near, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(5));
                    continue;
                };
                near.set_nonblocking(false).unwrap();
                let far = TcpStream::connect(upstream).unwrap();
                streams.extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)]
                {
                    thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
            for stream in streams {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
        self.running = Some((ends, thread));
    }

    fn close(&mut self) {
        if let Some((ends, thread)) = self.running.take() {
            ends.store(true, Ordering::SeqCst);
            thread.join().unwrap();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
    }
}

/// The address in `postgres://user@address/database`.
fn address(url: &str) -> &str {
    let (_, rest) = url.split_once('@').unwrap();
    rest.split('/').next().unwrap()
}

#[test]
fn without_its_database_the_server_says_so_soon_and_recovers_by_itself() {
    fn is_unavailable(client: &Client, method: &str, path: &str) {
        let started = Instant::now();
        let reply = client.send(method, path, r#"{"title": {"en": "Lost"}}"#).unwrap();
        assert_eq!(reply.status, 503, "{}", reply.body);
        assert!(reply.retry_after.is_some());
        assert_eq!(reply.body["code"], "unavailable");
        assert!(started.elapsed() < Duration::from_secs(8), "{method} {path}: {:?}", started.elapsed());
    }
    if postgres::server().is_none() {
        return;
    }
    let scratch = Scratch::new(Backend::Postgres);
    let key = {
        assert!(scratch.run(&["migrate"]).status.success());
        scratch.key("write")
    };
    let upstream = address(&scratch.url);
    let mut proxy = Proxy::start(upstream.parse().unwrap());
    let url = scratch.url.replacen(upstream, &proxy.address.to_string(), 1);
    let program = Program::serve(&url, &["--no-founding-data"]);
    let client = program.client(&key);
    assert_eq!(client.post_source("Before").unwrap().status, 201);

    proxy.close();
    thread::scope(|scope| {
        for (method, path) in [("GET", "/v1/sources"), ("POST", "/v1/sources"), ("GET", "/health/ready")] {
            scope.spawn(|| is_unavailable(&client.clone(), method, path));
        }
    });
    assert_eq!(client.get("/health/live").status, 200);
    // A second time, when no connection is left in the pool.
    is_unavailable(&client, "GET", "/v1/sources");

    proxy.open();
    wait_until("the database is back", || client.get("/health/ready").status == 200);
    assert_eq!(client.post_source("After").unwrap().status, 201);
    assert_eq!(client.get("/v1/sources?count=exact").body["page"]["total"], 2);
}

#[test]
fn a_database_that_cannot_be_opened_is_a_clear_error() {
    let scratch = Scratch::new(Backend::Sqlite);
    let missing = format!("sqlite://{}", scratch.folder.join("no/folder/registry.db").display());
    let refused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = format!("postgres://someone:hush@{refused}/registry");
    for (url, expected) in [
        (missing.as_str(), "there is no database at"),
        ("mysql://localhost/registry", "is not a database URL"),
        ("registry.db", "is not a database URL"),
        (&refused, "cannot open the database"),
        ("postgres://localhost/registry?sslmode=require", "postgres-tls"),
    ] {
        let started = Instant::now();
        let output = command(url).args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
        let said = stderr(&output);
        assert!(!output.status.success(), "{url}");
        assert!(said.contains(expected), "{url}: {said}");
        assert!(!said.contains("hush"), "the password is told: {said}");
        assert!(started.elapsed() < Duration::from_secs(10), "{url}: {:?}", started.elapsed());
    }
}

#[test]
fn only_serving_and_migrating_make_a_database_file() {
    let scratch = Scratch::new(Backend::Sqlite);
    for arguments in [
        &["keys", "list"][..],
        &["keys", "create", "--name", "n", "--origin", "o", "--scope", "write"],
        &["export", "-"],
        &["feed", "verify"],
    ] {
        assert!(scratch.refusal(arguments).contains("there is no database at"), "{arguments:?}");
        assert_eq!(std::fs::read_dir(&scratch.folder).unwrap().count(), 0, "{arguments:?}");
    }
}
