//! What callers may do at a time: whoever does much leaves the others what they need.

use crate::support::TestApp;
use crate::{on_both, on_both_databases, on_both_with_settings};
use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use kakehashi::db::conn::Conn;
use kakehashi::db::database::Db;
use kakehashi::db::error::TxResult;
use kakehashi::db::fulltext::TextQuery;
use kakehashi::db::keyset_paging::KeysetQuery;
use kakehashi::db::pool::CreateMode;
use kakehashi::db::sql::{BindValue, SqlFragment, Statement};
use kakehashi::domain::errors::codes::ErrorCode;
use kakehashi::server::settings::{CapacitySettings, OperationSettings};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A door that those who read wait at.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<(usize, bool)>, Condvar)>);

impl Gate {
    fn wait(&self) {
        let (state, changed) = &*self.0;
        let mut inside = state.lock().unwrap();
        inside.0 += 1;
        changed.notify_all();
        drop(changed.wait_timeout_while(inside, Duration::from_secs(30), |(_, open)| !*open).unwrap());
    }

    fn gather(&self, count: usize) {
        let (state, changed) = &*self.0;
        let patience = Duration::from_secs(30);
        let (inside, _) =
            changed.wait_timeout_while(state.lock().unwrap(), patience, |(here, _)| *here < count).unwrap();
        assert_eq!(inside.0, count);
    }

    fn open(&self) {
        self.0.0.lock().unwrap().1 = true;
        self.0.1.notify_all();
    }
}

/// Asks on a connection of its own, and gives what comes first of the answer.
fn ask(url: &str, request: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut start = [0; 2048];
    let count = stream.read(&mut start).unwrap_or(0);
    let start = String::from_utf8_lossy(&start[..count]).into_owned();
    (stream, start)
}

/// Asks again until the answer begins so.
fn ask_until(url: &str, request: &str, expected: &str) -> TcpStream {
    let began = Instant::now();
    loop {
        let (stream, start) = ask(url, request);
        if start.starts_with(expected) {
            return stream;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{start}");
        thread::sleep(Duration::from_millis(20));
    }
}

on_both!(slow_questions_and_long_lists_leave_records_the_feed_keys_and_health_alone, seeded, |app| {
    let admin = app.new_key("kakehashi", &["admin"], &[]);
    let gate = Gate::default();
    let count = app.db.stats();
    let size = |name: &str| count.pools.iter().find(|pool| pool.pool == name).unwrap().max;
    let (long, slow) = (size("long"), size("slow"));
    let crowd = usize::try_from(long + slow).unwrap();
    let (db, closed) = (app.db.clone(), gate.clone());
    let reading = thread::spawn(move || {
        let wait = move |_: &mut Conn| {
            closed.wait();
            Ok(())
        };
        actix_web::rt::System::new().block_on(async {
            let long = futures_util::future::join_all((0..long).map(|_| db.read_long(wait.clone())));
            let slow = futures_util::future::join_all((0..slow).map(|_| db.read_slow((), wait.clone())));
            futures_util::future::join(long, slow).await
        })
    });
    gate.gather(crowd);
    let list = app.get("/v1/partnerships?limit=1").expect(200).json();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let began = Instant::now();
    for path in
        [&format!("/v1/partnerships/{id}"), "/v1/rencontres/number:8", "/v1/changes?limit=5", "/health/live"]
    {
        app.get(path).expect(200);
    }
    app.get("/health/ready").expect(200);
    app.request("GET", "/v1/keys").header("authorization", &format!("Bearer {admin}")).send().expect(200);
    app.post("/v1/sources", &serde_json::json!({"title": {"en": "Meanwhile"}})).expect(201);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    gate.open();
    let (long, slow) = reading.join().unwrap();
    assert!(long.iter().chain(&slow).all(Result::is_ok));
    app.get("/v1/statistics/partnerships?group_by=theme").expect(200);
});

on_both!(the_server_is_ready_while_every_common_connection_is_in_use, empty, |app| {
    let gate = Gate::default();
    let pools = app.db.stats().pools;
    let most = pools.iter().find(|pool| ["common", "primary"].contains(&pool.pool)).unwrap().max;
    let (db, closed) = (app.db.clone(), gate.clone());
    let reading = thread::spawn(move || {
        let wait = move |_: &mut Conn| {
            closed.wait();
            Ok(())
        };
        let all = futures_util::future::join_all((0..most).map(|_| db.read(wait.clone())));
        actix_web::rt::System::new().block_on(all)
    });
    gate.gather(usize::try_from(most).unwrap());
    let began = Instant::now();
    app.get("/health/ready").expect(200);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let refused = app.get("/v1/changes").expect(503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    gate.open();
    assert!(reading.join().unwrap().iter().all(Result::is_ok));
    app.get("/v1/changes").expect(200);
});

/// Counts so many rows.
fn counting(rows: i64) -> impl FnOnce(&mut Conn) -> TxResult<i64> + Clone + Send + 'static {
    move |tx| {
        let numbers = SqlFragment::new(
            "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ",
        );
        let numbers = numbers.bind(BindValue::Int(rows)).sql(") SELECT COUNT(*) FROM n WHERE ");
        Ok(Statement::<BigInt>::new(numbers.append(SqlFragment::time_limit())).get_result(tx)?)
    }
}

on_both_databases!(a_statement_that_takes_too_long_is_ended_and_its_connection_stays_good, |scratch| {
    let limit = Duration::from_millis(100);
    let db = Db::open_with_timeout(&scratch.url, CreateMode::IfMissing, 1, limit).unwrap();
    actix_web::rt::System::new().block_on(async {
        for _ in 0..6 {
            let began = Instant::now();
            let refused = db.read_slow((), counting(1 << 40)).await.unwrap_err();
            assert_eq!((refused.code, refused.code.status()), (ErrorCode::TooExpensive, 503));
            assert!(began.elapsed() < Duration::from_secs(10));
            assert_eq!(db.read_slow((), counting(100)).await.unwrap(), 100);
        }
    });
});

on_both!(a_page_of_large_records_ends_early, empty, |app| {
    let loaded = app.db.write(|tx| {
        let (id, text, series) = match tx {
            Conn::Sqlite(_) => (
                "randomblob(16)",
                "hex(zeroblob(250000))",
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 40) SELECT n FROM s)",
            ),
            Conn::Postgres(_) => ("gen_random_uuid()", "repeat('0', 500000)", "generate_series(1, 40) AS s(n)"),
        };
        tx.batch_execute(&format!(
            "INSERT INTO records (id, kind, version, state, shape, created_at, updated_at, origin, name, content)
             SELECT {id}, 'source', 1, 'live', 1, n, n, 'test', '{{}}', {text} FROM {series};"
        ))?;
        let mut paging = KeysetQuery {
            kind: "source",
            table: "records",
            filter: SqlFragment::all([]),
            order: vec![],
            words: TextQuery::default(),
            after: None,
            limit: 500,
        };
        let mut pages = Vec::new();
        loop {
            let (rows, is_cut) = paging.load(tx)?;
            pages.push(rows.len());
            paging.after = rows.last().map(|row| row.position(0));
            if !is_cut {
                return Ok(pages);
            }
        }
    });
    let pages = actix_web::rt::System::new().block_on(loaded).unwrap();
    // After 8 MiB.
    assert_eq!(pages, [17, 17, 6]);
});

fn capacities(capacities: CapacitySettings) -> OperationSettings {
    OperationSettings { capacities, ..OperationSettings::default() }
}

on_both_with_settings!(
    streams_and_those_who_wait_have_so_many_places_for_each_address,
    capacities(CapacitySettings { streams_per_address: 2, ..CapacitySettings::default() }),
    |app| {
        app.post("/v1/sources", &serde_json::json!({"title": {"en": "One"}})).expect(201);
        let stream = "GET /v1/changes/stream HTTP/1.1\r\nhost: x\r\n\r\n";
        let (one, start) = ask(&app.url, stream);
        assert!(start.starts_with("HTTP/1.1 200"), "{start}");
        let _other = ask_until(&app.url, stream, "HTTP/1.1 200");
        for path in ["/v1/changes/stream", "/v1/changes?after=now&wait=1"] {
            let refused = app.get(path).expect(429);
            assert_eq!(refused.json()["code"], "too_many_at_once", "{}", refused.text);
            assert_eq!(refused.header("retry-after"), Some("1"));
        }
        app.get("/v1/changes").expect(200);
        drop(one);
        // The server sees that a reader is gone when it writes to it.
        for number in 0..3 {
            app.post("/v1/sources", &serde_json::json!({"title": {"en": format!("Again {number}")}}))
                .expect(201);
        }
        ask_until(&app.url, stream, "HTTP/1.1 200");
    }
);

on_both_with_settings!(
    imports_have_so_many_places_for_each_key,
    capacities(CapacitySettings { imports_per_key: 1, ..CapacitySettings::default() }),
    |app| {
        let head = |key: &str, length: usize| {
            format!(
                "POST /v1/import HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
                 content-type: application/x-ndjson\r\ncontent-length: {length}\r\n\r\n"
            )
        };
        let line = r#"{"kind":"source","title":{"en":"Two"}}"#;
        let whole = |key: &str| head(key, line.len()) + line;
        // Whoever comes first has the place: a slow import that came second is sent again.
        let began = Instant::now();
        let slow = loop {
            let mut slow = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
            slow.write_all(head(&app.key, 100).as_bytes()).unwrap();
            slow.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            if slow.read(&mut [0; 64]).is_ok() {
                assert!(began.elapsed() < Duration::from_secs(10), "the slow import is refused");
                continue;
            }
            let (_, start) = ask(&app.url, &whole(&app.key));
            assert!(start.starts_with("HTTP/1.1 429"), "{start}");
            break slow;
        };
        let (_, other) = ask(&app.url, &whole(&app.new_key("other", &["write"], &[])));
        assert!(other.starts_with("HTTP/1.1 207"), "{other}");
        drop(slow);
        ask_until(&app.url, &whole(&app.key), "HTTP/1.1 207");
    }
);

on_both_with_settings!(
    connections_have_so_many_places_for_each_address,
    capacities(CapacitySettings { connections_per_address: 3, ..CapacitySettings::default() }),
    |app| {
        let live = "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
        let kept: Vec<_> = (0..3).map(|_| ask_until(&app.url, live, "HTTP/1.1 200")).collect();
        for _ in 0..3 {
            assert_eq!(ask(&app.url, live).1, "");
        }
        drop(kept);
        ask_until(&app.url, live, "HTTP/1.1 200");
    }
);
