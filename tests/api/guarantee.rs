//! The guarantee of the feed: every committed version is told to every reader, once, in order; and a mirror made of a
//! snapshot and the feed is the registry, byte for byte. Under eight writers, refused writes, and a server that is
//! killed; on PostgreSQL two servers share the database.
//!
//! `KAKEHASHI_GUARANTEE_SECONDS=600 cargo test guarantee` runs it longer.

use crate::on_both_databases;
use crate::program::{Client, Program};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the writers write.
fn span() -> Duration {
    let seconds = std::env::var("KAKEHASHI_GUARANTEE_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

/// Versions that the registry acknowledged: record, version.
type Acknowledged = Arc<Mutex<Vec<(String, i64)>>>;

/// The servers that answer now, by address; a killed one is taken out.
#[derive(Clone)]
struct Servers(Arc<Mutex<Vec<Client>>>);

impl Servers {
    fn some(&self, turn: usize) -> Client {
        let servers = self.0.lock().unwrap();
        servers[turn % servers.len()].clone()
    }
}

/// Writes until told to stop, or until its server is gone.
fn write(
    client: Client,
    name: usize,
    shared: String,
    stop: Arc<AtomicBool>,
    told: Acknowledged,
) -> JoinHandle<usize> {
    thread::spawn(move || {
        let mut mine: Vec<(String, i64)> = Vec::new();
        let mut refused = 0;
        for turn in 0_usize.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let text = format!("{name} {turn} 橋");
            let sent = match turn % 6 {
                0 | 1 => client.send("POST", "/v1/sources", &json!({"title": {"ja": text}}).to_string()),
                // Refused late, when the row is reserved already: rolled back.
                2 => client.send(
                    "POST",
                    "/v1/people",
                    &json!({"name": {"fr": text}, "mandates": [{"role": "mayor", "holder": {"id": "insee_com:75999"}}]})
                        .to_string(),
                ),
                // All writers change the same record.
                3 => client.send(
                    "PATCH",
                    &format!("/v1/sources/{shared}?force=true"),
                    &json!({"publisher": {"fr": text}}).to_string(),
                ),
                4 => match mine.last() {
                    Some((id, _)) => {
                        let person = json!({"name": {"fr": text}, "citations": [
                            {"source": {"id": id}, "pointer": "/name", "quote": "橋"}]});
                        client.send("POST", "/v1/people", &person.to_string())
                    }
                    None => continue,
                },
                _ => match mine.pop() {
                    Some((id, version)) if turn % 12 == 5 => {
                        let path = format!("/v1/sources/{id}");
                        match client.send("DELETE", &path, "") {
                            Ok(reply) if reply.status == 204 => told.lock().unwrap().push((id, version + 1)),
                            Ok(reply) => assert_eq!(reply.status, 409, "{}", reply.body),
                            Err(_) => return refused,
                        }
                        continue;
                    }
                    Some((id, _)) => client.send(
                        "PATCH",
                        &format!("/v1/sources/{id}"),
                        &json!({"title": {"fr": text}}).to_string(),
                    ),
                    None => continue,
                },
            };
            let Ok(reply) = sent else { return refused };
            match reply.status {
                200 | 201 => {
                    let id = reply.body["id"].as_str().unwrap().to_owned();
                    let version = reply.body["version"].as_i64().unwrap();
                    told.lock().unwrap().push((id.clone(), version));
                    if reply.body["kind"] == "source" && id != shared {
                        mine.push((id, version));
                    }
                }
                422 => refused += 1,
                status => panic!("{status}: {}", reply.body),
            }
        }
        refused
    })
}

/// What a reader was told: the numbers in order, and each version by record and version.
#[derive(Default)]
struct Told {
    seqs: Vec<i64>,
    versions: HashMap<(String, i64), String>,
    /// The record of each id as the last version told, without the deleted: a mirror.
    mirror: BTreeMap<String, String>,
}

impl Told {
    fn take(&mut self, item: &Value) {
        let (id, version) = (item["id"].as_str().unwrap().to_owned(), item["version"].as_i64().unwrap());
        self.seqs.push(item["seq"].as_i64().unwrap());
        let twice = self.versions.insert((id.clone(), version), item.to_string());
        assert!(twice.is_none(), "told twice: {item}");
        match item.get("record") {
            Some(record) => self.mirror.insert(id, record.to_string()),
            None => self.mirror.remove(&id),
        };
    }
}

/// A page, from whichever server answers; one that is being killed does not count.
fn page(servers: &Servers, turn: &mut usize, path: &str) -> Value {
    loop {
        *turn += 1;
        match servers.some(*turn).send("GET", path, "") {
            Ok(reply) if reply.status == 200 => return reply.body,
            Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.body),
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Reads the feed a page at a time, from one server and the other, until it is at the end and the writers too.
fn read(servers: Servers, start: Told, mut path: String, done: Arc<AtomicBool>) -> JoinHandle<Told> {
    thread::spawn(move || {
        let (mut told, mut turn) = (start, 0);
        loop {
            let ended = done.load(Ordering::SeqCst);
            let page = page(&servers, &mut turn, &path);
            page["items"].as_array().unwrap().iter().for_each(|item| told.take(item));
            page["next"].as_str().unwrap().clone_into(&mut path);
            if ended && page["has_more"] == false && page["items"].as_array().unwrap().is_empty() {
                return told;
            }
        }
    })
}

/// The lines of a snapshot: records by id, and the cursor from its end line.
fn snapshot(servers: &Servers) -> (BTreeMap<String, String>, String) {
    let text = loop {
        match servers.some(0).text("/v1/snapshot") {
            Ok(text) => break text,
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut lines: Vec<&str> = text.lines().collect();
    let end: Value = serde_json::from_str(lines.pop().unwrap()).unwrap();
    assert_eq!((end["kind"].as_str(), end["count"].as_u64()), (Some("end"), Some(lines.len() as u64)), "cut");
    let id = |line: &&str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    let records = lines.iter().map(|line| (id(line), (*line).to_owned())).collect();
    (records, end["cursor"].as_str().unwrap().to_owned())
}

on_both_databases!(every_reader_is_told_every_version_in_order, |scratch| {
    let is_shared = scratch.url.starts_with("postgres");
    let serve = || Program::serve(&scratch.url, &["--no-founding-data"]);
    let mut programs = vec![serve()];
    if is_shared {
        programs.push(serve());
    }
    let key = scratch.key("admin");
    let client = |program: &Program| program.client(&key).with("if-match", "*");
    let servers = Servers(Arc::new(Mutex::new(programs.iter().map(client).collect())));
    let shared = json!({"title": {"fr": "all"}}).to_string();
    let shared = programs[0].client(&key).send("POST", "/v1/sources", &shared).unwrap().body;
    let shared = shared["id"].as_str().unwrap().to_owned();

    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let told: Acknowledged = Arc::default();
    let next = AtomicUsize::new(0);
    let start = |program: &Program, count: usize| -> Vec<JoinHandle<usize>> {
        let one = |_| {
            let name = next.fetch_add(1, Ordering::Relaxed);
            write(client(program), name, shared.clone(), stop.clone(), told.clone())
        };
        (0..count).map(one).collect()
    };
    let count = 8 / programs.len();
    let mut writers: Vec<_> = programs.iter().flat_map(|program| start(program, count)).collect();
    let mut readers: Vec<_> = [1, 7, 1000]
        .map(|limit| {
            let path = format!("/v1/changes?limit={limit}{}", if limit == 7 { "&wait=1" } else { "" });
            read(servers.clone(), Told::default(), path, done.clone())
        })
        .into();
    let deadline = Instant::now() + span();
    thread::sleep(span() / 3);

    // A mirror starts from a snapshot in the middle of it all.
    let (records, cursor) = snapshot(&servers);
    let mirror = Told { mirror: records, ..Told::default() };
    let follower =
        read(servers.clone(), mirror, format!("/v1/changes?limit=50&after={cursor}"), done.clone());

    // One server is killed among its writes; where it is the only one, it comes back first.
    let killed = programs.pop().unwrap();
    if is_shared {
        servers.0.lock().unwrap().pop();
    }
    killed.kill();
    let back = serve();
    {
        let mut servers = servers.0.lock().unwrap();
        servers.truncate(programs.len());
        servers.push(client(&back));
    }
    writers.extend(start(&back, count));
    programs.push(back);
    thread::sleep(deadline.saturating_duration_since(Instant::now()));
    stop.store(true, Ordering::SeqCst);
    let refused: usize = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
    done.store(true, Ordering::SeqCst);

    readers.push(follower);
    let mut all: Vec<Told> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    let follower = all.pop().unwrap();
    let first = &all[0];
    let head = i64::try_from(first.seqs.len()).unwrap();
    for reader in &all {
        assert_eq!(reader.seqs, (1..=head).collect::<Vec<_>>(), "in order, without a hole");
        assert_eq!(reader.versions, first.versions, "all readers are told the same");
    }
    let acknowledged = told.lock().unwrap();
    for version in acknowledged.iter() {
        assert!(first.versions.contains_key(version), "{version:?} was acknowledged and is not told");
    }
    assert!(acknowledged.len() > 50 && refused > 5, "{} written, {refused} refused", acknowledged.len());
    let (records, _) = snapshot(&servers);
    assert_eq!(follower.mirror, records, "snapshot and feed make the registry");
    assert_eq!(first.mirror, records, "and so does the feed alone");
    let numbers = follower.seqs.windows(2).all(|pair| pair[1] == pair[0] + 1);
    assert!(numbers && follower.seqs.last() == Some(&head), "the feed goes on from the snapshot to the end");
    let verified = scratch.output(&["feed", "verify"]);
    assert!(verified.starts_with(&format!("{head} changes")), "{verified}");
    eprintln!(
        "{}: {head} changes, {} acknowledged, {refused} refused, {} records",
        if is_shared { "two servers on PostgreSQL" } else { "one server on SQLite" },
        acknowledged.len(),
        records.len()
    );
});
